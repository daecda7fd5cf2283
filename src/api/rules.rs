//! Rules that the API server enforces by itself: CEL expressions of the CRDs, each with an id, the
//! places it holds at, and words that say what to do.
//!
//! The same ids and the same words are used by `waops validate`, which checks them in Rust
//! ([`crate::template::Desired`], [`crate::lint`]); a test holds the two verdicts side by side on
//! the real API server.

use super::Kind;
use crate::manifest::{Path, Place};

/// A rule that a manifest breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Id of a rule in [`ALL`].
    pub rule: &'static str,
    /// The field to blame.
    pub path: Path,
}

/// Collects what a manifest breaks.
#[derive(Debug, Default)]
pub struct Violations(pub Vec<Violation>);

impl Violations {
    /// Notes that a rule is broken at a place.
    pub fn add(&mut self, rule: &'static str, place: &Place<'_>) {
        self.0.push(Violation { rule, path: place.path() });
    }

    /// Notes it unless the rule holds.
    pub fn check(&mut self, holds: bool, rule: &'static str, place: &Place<'_>) {
        if !holds {
            self.add(rule, place);
        }
    }
}

/// One CEL rule of the CRDs.
#[derive(Clone, Copy, Debug)]
pub struct CelRule {
    /// Stable id, shared with lint.
    pub id: &'static str,
    /// Where it holds: kind and path of what its `self` is; `[]` steps into a list. A rule of one field stands at that
    /// field: where that is not set nothing is evaluated, with each write of an object, and the answer shows its value.
    pub at: &'static [(Kind, &'static str)],
    /// The expression.
    pub expression: &'static str,
    /// What is wrong and what to do.
    pub message: &'static str,
    /// The field below `at` that is to blame, if it is one.
    pub field: Option<&'static str>,
}

impl CelRule {
    /// Whether the rule compares an object with its former self, which no manifest alone can break.
    pub fn is_transition(&self) -> bool {
        self.expression.contains("oldSelf")
    }
}

/// The message of the rule with this id; the id itself where there is none, which a test rules out.
pub fn message(id: &str) -> &'static str {
    ALL.iter().find(|rule| rule.id == id).map_or("", |rule| rule.message)
}

const ACCOUNT: &[(Kind, &str)] = &[(Kind::Account, "spec")];
const ALIBABA: &[(Kind, &str)] = &[(Kind::Account, "spec.alibaba")];
const META: &[(Kind, &str)] = &[(Kind::Account, "spec.meta")];
const CREDENTIALS: &[(Kind, &str)] =
    &[(Kind::Account, "spec.alibaba.credentials"), (Kind::Account, "spec.meta.credentials")];
const ACCOUNT_REF: &[(Kind, &str)] =
    &[(Kind::QrCode, "spec.accountRef"), (Kind::Template, "spec.accountRef")];
const QR: &[(Kind, &str)] = &[(Kind::QrCode, "spec")];
const TEMPLATE: &[(Kind, &str)] = &[(Kind::Template, "spec")];
const NAME: &[(Kind, &str)] = &[(Kind::Template, "spec.name")];
const LANGUAGE: &[(Kind, &str)] = &[(Kind::Template, "spec.language")];
const COMPONENTS: &[(Kind, &str)] = &[(Kind::Template, "spec.components")];
const ANY_HEADER: &[(Kind, &str)] = &[
    (Kind::Template, "spec.components.header"),
    (Kind::Template, "spec.components.carousel.cards[].header"),
];
const BUTTON: &[(Kind, &str)] = &[
    (Kind::Template, "spec.components.buttons[]"),
    (Kind::Template, "spec.components.carousel.cards[].buttons[]"),
];
const BUTTON_PHONE: &[(Kind, &str)] = &[
    (Kind::Template, "spec.components.buttons[].phoneNumber"),
    (Kind::Template, "spec.components.carousel.cards[].buttons[].phoneNumber"),
];
const BUTTON_COUPON: &[(Kind, &str)] = &[
    (Kind::Template, "spec.components.buttons[].couponCode"),
    (Kind::Template, "spec.components.carousel.cards[].buttons[].couponCode"),
];
const BUTTONS: &[(Kind, &str)] = &[(Kind::Template, "spec.components.buttons")];

macro_rules! rules {
    ($($id:literal, $at:expr, $field:expr, $expression:expr, $message:expr;)*) => {
        &[$(CelRule { id: $id, at: $at, field: $field, expression: $expression, message: $message }),*]
    };
}

/// Every rule, by kind and by place. `namespace` is a word of CEL's own, so that field is written `__namespace__`.
pub const ALL: &[CelRule] = rules![
    // WhatsAppAccount
    "account-provider", ACCOUNT, None,
        "has(self.alibaba) != has(self.meta)",
        "an account has exactly one provider: set either alibaba or meta";
    "account-provider-immutable", ACCOUNT, None,
        "has(self.alibaba) == has(oldSelf.alibaba)",
        "the provider of an account cannot change: make another WhatsAppAccount and let new objects refer to it";
    "account-space-immutable", ALIBABA, None,
        "has(self.custSpaceId) == has(oldSelf.custSpaceId) && (!has(self.custSpaceId) || self.custSpaceId == oldSelf.custSpaceId)",
        "custSpaceId cannot be added, changed or removed, since it selects another tenant: make another WhatsAppAccount";
    "account-waba-immutable", META, None,
        "has(self.businessAccountId) == has(oldSelf.businessAccountId) && (!has(self.businessAccountId) || self.businessAccountId == oldSelf.businessAccountId)",
        "businessAccountId cannot be added, changed or removed, since it selects another tenant: make another WhatsAppAccount";
    "account-region", &[(Kind::Account, "spec.alibaba.region")], None,
        "self.matches('^[a-z]{2,3}(-[a-z0-9]{1,16}){1,3}$')",
        "a region looks like ap-southeast-1";
    "account-graph-version", &[(Kind::Account, "spec.meta.graphVersion")], None,
        "self.matches('^v(2[3-9]|[3-9][0-9])[.]0$')",
        "a Graph API version looks like v25.0, and v23.0 is the oldest that waops speaks";
    "account-waba-id", &[(Kind::Account, "spec.meta.businessAccountId")], None,
        "self.matches('^[0-9]+$')",
        "a business account id consists of digits: copy it from Meta's Business Manager, in quotes";
    "account-app-id", &[(Kind::Account, "spec.meta.appId")], None,
        "self.matches('^[0-9]+$')",
        "an app id consists of digits: copy it from Meta's app dashboard, in quotes";
    "account-credentials", CREDENTIALS, None,
        "has(self.secretRef) != has(self.ambient)",
        "credentials come from one place: set either secretRef: {name: …} or ambient: {}";
    "account-drift-interval", &[(Kind::Account, "spec.driftCheckInterval")], None,
        "self.matches('^([0-9]{1,5}[smh])+$') && duration(self) >= duration('1m') && duration(self) <= duration('24h')",
        "an interval looks like 10m or 1h30m, from 1m to 24h";

    // What refers to an account
    "account-ref-immutable", ACCOUNT_REF, None,
        "self.name == oldSelf.name && has(self.__namespace__) == has(oldSelf.__namespace__) && (!has(self.__namespace__) || self.__namespace__ == oldSelf.__namespace__)",
        "accountRef cannot change, since nothing moves between accounts: make another object, and delete this one when the new one is ready";

    // WhatsAppQrCode
    "qr-phone", QR, None,
        "has(self.phoneNumber) != has(self.phoneNumberId)",
        "a QR code belongs to one phone number: set either phoneNumber or phoneNumberId";
    "qr-phone-e164", &[(Kind::QrCode, "spec.phoneNumber")], None,
        "self.matches('^[+]?[1-9][0-9]{6,14}$')",
        "a phone number is country code and number in digits, in quotes, for example \"+4930901820\"";
    "qr-phone-id", &[(Kind::QrCode, "spec.phoneNumberId")], None,
        "self.matches('^[0-9]+$')",
        "a phone number id consists of digits: copy it from Meta's WhatsApp Manager, in quotes";
    "qr-phone-immutable", QR, None,
        "has(self.phoneNumber) == has(oldSelf.phoneNumber) && has(self.phoneNumberId) == has(oldSelf.phoneNumberId) && (!has(self.phoneNumber) || self.phoneNumber.replace('+', '') == oldSelf.phoneNumber.replace('+', '')) && (!has(self.phoneNumberId) || self.phoneNumberId == oldSelf.phoneNumberId)",
        "the phone number of a QR code cannot change: make another object, and delete this one when nothing printed needs it any more";
    "qr-approve", &[(Kind::QrCode, "spec.approve")], None,
        "self.matches('^[A-Za-z0-9]{1,64}@[0-9a-f]{8,63}$')",
        "approve is the line that ChangeBlocked prints, a code and a hash: D9II3ABC@3f2a9c1d";
    "qr-adopt-code", &[(Kind::QrCode, "spec.adopt.code")], None,
        "self.matches('^[A-Za-z0-9]+$')",
        "a code consists of letters and digits, as they stand behind https://wa.me/message/";
    "qr-adoption-always", &[(Kind::QrCode, "spec.policies.adoption")], None,
        "self != 'Always'",
        "adoption: Always is for templates, since nothing but its text tells one QR code from another: name the code with adopt: {code: …}";
    "qr-output-name", &[(Kind::QrCode, "spec.output.configMapName")], None,
        "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
        "the name of a ConfigMap consists of lower-case letters, digits, - and .";

    // WhatsAppTemplate
    "template-name", NAME, None,
        "self.matches('^[a-z0-9_]+$')",
        "a template name consists of lower-case letters, digits and _";
    "template-name-immutable", NAME, None,
        "self == oldSelf",
        "the name of a template cannot change: declare the new text under a new name, and delete this object when nothing sends it any more";
    "template-language-form", LANGUAGE, None,
        "self.matches('^[a-z]{2,3}(_[A-Za-z0-9]{2,4})?$')",
        "a language is written as the provider writes it: en, en_US, pt_BR (with _, not -)";
    "template-language-immutable", LANGUAGE, None,
        "self == oldSelf",
        "the language of a template cannot change: make another object for the other language";
    "template-ttl", TEMPLATE, Some(".messageSendTtlSeconds"),
        "!has(self.messageSendTtlSeconds) || (self.category == 'AUTHENTICATION' ? (self.messageSendTtlSeconds == -1 || (self.messageSendTtlSeconds >= 30 && self.messageSendTtlSeconds <= 900)) : self.category == 'UTILITY' ? (self.messageSendTtlSeconds == -1 || (self.messageSendTtlSeconds >= 30 && self.messageSendTtlSeconds <= 43200)) : self.messageSendTtlSeconds >= 43200)",
        "messageSendTtlSeconds goes from 30 to 900 for AUTHENTICATION, from 30 to 43200 for UTILITY, from 43200 to 2592000 for MARKETING; -1 (30 days) is not for MARKETING";
    "variable-name", &[(Kind::Template, "spec.examples")], None,
        "self.all(name, name.size() <= 64 && name.matches('^[A-Za-z][A-Za-z0-9_]*$'))",
        "the name of a variable starts with a letter and goes on with letters, digits and _, up to 64";
    "template-sub-category", TEMPLATE, Some(".subCategory"),
        "!has(self.subCategory) || self.category == 'UTILITY'",
        "a subCategory belongs to UTILITY: remove it or change the category";
    "auth-header", TEMPLATE, Some(".components.header"),
        "self.category != 'AUTHENTICATION' || !has(self.components.header)",
        "an AUTHENTICATION template has no header: remove it";
    "auth-body-text", TEMPLATE, Some(".components.body.text"),
        "self.category != 'AUTHENTICATION' || !has(self.components.body.text)",
        "the provider writes the body of an AUTHENTICATION template: remove text";
    "auth-footer-text", TEMPLATE, Some(".components.footer.text"),
        "self.category != 'AUTHENTICATION' || !has(self.components.footer) || !has(self.components.footer.text)",
        "the provider writes the footer of an AUTHENTICATION template: remove text, and set codeExpirationMinutes if it should name an end";
    "auth-one-button", TEMPLATE, Some(".components.buttons"),
        "self.category != 'AUTHENTICATION' || (has(self.components.buttons) && self.components.buttons.size() == 1 && self.components.buttons[0].type in ['COPY_CODE', 'ONE_TAP', 'ZERO_TAP'])",
        "an AUTHENTICATION template has exactly one button: COPY_CODE, ONE_TAP or ZERO_TAP";
    "auth-plain", TEMPLATE, Some(".components"),
        "self.category != 'AUTHENTICATION' || (!has(self.components.carousel) && !has(self.components.limitedTimeOffer) && !has(self.components.callPermissionRequest))",
        "an AUTHENTICATION template has body, footer and one button, and nothing else";
    "auth-only-fields", TEMPLATE, Some(".components"),
        "self.category == 'AUTHENTICATION' || (!has(self.components.body.addSecurityRecommendation) && !(has(self.components.footer) && has(self.components.footer.codeExpirationMinutes)))",
        "addSecurityRecommendation and codeExpirationMinutes are for AUTHENTICATION only";
    "auth-only-buttons", TEMPLATE, Some(".components.buttons"),
        "self.category == 'AUTHENTICATION' || !has(self.components.buttons) || self.components.buttons.all(button, !(button.type in ['ONE_TAP', 'ZERO_TAP']))",
        "ONE_TAP and ZERO_TAP are for AUTHENTICATION only";
    "auth-coupon", TEMPLATE, Some(".components.buttons"),
        "self.category != 'AUTHENTICATION' || !has(self.components.buttons) || self.components.buttons.all(button, !has(button.couponCode))",
        "the COPY_CODE button of an AUTHENTICATION template copies the one-time code: remove couponCode";
    "body-text", TEMPLATE, Some(".components.body.text"),
        "self.category == 'AUTHENTICATION' || has(self.components.body.text)",
        "a template has a body: set components.body.text";
    "footer-content", &[(Kind::Template, "spec.components.footer")], None,
        "has(self.text) || has(self.codeExpirationMinutes)",
        "a footer has a text (codeExpirationMinutes for AUTHENTICATION): set it or remove the footer";
    "carousel-marketing", TEMPLATE, Some(".components.carousel"),
        "!has(self.components.carousel) || self.category != 'UTILITY'",
        "a carousel is for MARKETING templates only";
    "offer-marketing", TEMPLATE, Some(".components.limitedTimeOffer"),
        "!has(self.components.limitedTimeOffer) || self.category != 'UTILITY'",
        "a limited-time offer is for MARKETING templates only";
    "button-opt-out-marketing", TEMPLATE, Some(".components.buttons"),
        "self.category == 'MARKETING' || !has(self.components.buttons) || self.components.buttons.all(button, !has(button.isOptOut) || !button.isOptOut)",
        "isOptOut is for MARKETING templates only: remove it or change the category";
    "offer-footer", COMPONENTS, Some(".footer"),
        "!has(self.limitedTimeOffer) || !has(self.footer)",
        "a template with a limited-time offer has no footer: remove it";
    "offer-header", COMPONENTS, Some(".header"),
        "!has(self.limitedTimeOffer) || !has(self.header) || self.header.format in ['IMAGE', 'VIDEO']",
        "the header of a limited-time offer is an IMAGE or a VIDEO";
    "offer-body-length", COMPONENTS, Some(".body.text"),
        "!has(self.limitedTimeOffer) || !has(self.body.text) || self.body.text.size() <= 600",
        "the body of a limited-time offer has at most 600 characters";
    "buttons-phone-number", BUTTONS, None,
        "self.filter(button, button.type == 'PHONE_NUMBER').size() <= 1",
        "a template has at most one PHONE_NUMBER button";
    "buttons-url", BUTTONS, None,
        "self.filter(button, button.type == 'URL').size() <= 2",
        "a template has at most two URL buttons";
    "buttons-copy-code", BUTTONS, None,
        "self.filter(button, button.type == 'COPY_CODE').size() <= 1",
        "a template has at most one COPY_CODE button";

    // Headers
    "header-text", ANY_HEADER, Some(".text"),
        "has(self.text) == (self.format == 'TEXT')",
        "a header with format: TEXT has a text, and no other has one";
    "header-url", ANY_HEADER, Some(".url"),
        "has(self.url) == (self.format in ['IMAGE', 'VIDEO', 'DOCUMENT'])",
        "an IMAGE, VIDEO or DOCUMENT header has the url of a sample, and no other has one";
    "header-document", ANY_HEADER, None,
        "self.format == 'DOCUMENT' || (!has(self.fileName) && !has(self.caption))",
        "fileName and caption are for format: DOCUMENT only";
    "header-product", &[(Kind::Template, "spec.components.header.format")], None,
        "self != 'PRODUCT'",
        "format: PRODUCT is for the cards of a carousel only";

    // Cards
    "card-header", &[(Kind::Template, "spec.components.carousel.cards[].header.format")], None,
        "self in ['IMAGE', 'VIDEO', 'PRODUCT']",
        "the header of a card is an IMAGE, a VIDEO or a PRODUCT";
    "card-body", &[(Kind::Template, "spec.components.carousel.cards[].body")], None,
        "has(self.text) && self.text.size() <= 160 && !has(self.addSecurityRecommendation)",
        "the body of a card has a text of at most 160 characters";
    "card-button", &[(Kind::Template, "spec.components.carousel.cards[].buttons[].type")], None,
        "self in ['QUICK_REPLY', 'URL', 'PHONE_NUMBER', 'SPM']",
        "a button on a card is a QUICK_REPLY, a URL or a PHONE_NUMBER (or SPM on a product card)";

    // Buttons
    "button-text", BUTTON, Some(".text"),
        "has(self.text) || !(self.type in ['PHONE_NUMBER', 'URL', 'QUICK_REPLY', 'FLOW'])",
        "this button shows a text: set text";
    "button-url", BUTTON, Some(".url"),
        "has(self.url) == (self.type == 'URL')",
        "a URL button has a url, and no other has one";
    "button-phone-number", BUTTON, Some(".phoneNumber"),
        "has(self.phoneNumber) == (self.type == 'PHONE_NUMBER')",
        "a PHONE_NUMBER button has a phoneNumber, and no other has one";
    "button-phone-e164", BUTTON_PHONE, None,
        "self.matches('^[+]?[0-9]{3,19}$')",
        "the number of a button is + and digits, in quotes, for example \"+4930901820\"";
    "button-flow-id", BUTTON, Some(".flowId"),
        "has(self.flowId) == (self.type == 'FLOW')",
        "a FLOW button has a flowId, and no other has one";
    "button-flow-fields", BUTTON, None,
        "self.type == 'FLOW' || (!has(self.flowAction) && !has(self.navigateScreen))",
        "flowAction and navigateScreen are for FLOW buttons only";
    "button-flow-screen", BUTTON, Some(".navigateScreen"),
        "!has(self.navigateScreen) || !has(self.flowAction) || self.flowAction == 'NAVIGATE'",
        "navigateScreen goes with flowAction: NAVIGATE; with DATA_EXCHANGE the Flow's endpoint decides: remove it";
    "button-apps", BUTTON, Some(".supportedApps"),
        "has(self.supportedApps) == (self.type in ['ONE_TAP', 'ZERO_TAP'])",
        "a ONE_TAP or ZERO_TAP button names its supportedApps, and no other does";
    "button-autofill", BUTTON, Some(".autofillText"),
        "!has(self.autofillText) || self.type in ['ONE_TAP', 'ZERO_TAP']",
        "autofillText is for ONE_TAP and ZERO_TAP buttons only";
    "button-zero-tap-terms", BUTTON, Some(".zeroTapTermsAccepted"),
        "!has(self.zeroTapTermsAccepted) || self.type == 'ZERO_TAP'",
        "zeroTapTermsAccepted is for ZERO_TAP buttons only";
    "button-coupon", BUTTON, Some(".couponCode"),
        "!has(self.couponCode) || self.type == 'COPY_CODE'",
        "couponCode is for COPY_CODE buttons only";
    "button-coupon-form", BUTTON_COUPON, None,
        "self.matches('^([A-Za-z0-9]+|[{][{] *[A-Za-z][A-Za-z0-9_]* *[}][}])$')",
        "a coupon code consists of letters and digits, or is one {{variable}}";
    "button-opt-out", BUTTON, Some(".isOptOut"),
        "!has(self.isOptOut) || self.type == 'QUICK_REPLY'",
        "isOptOut is for QUICK_REPLY buttons only";
    "button-ttl", BUTTON, Some(".ttlMinutes"),
        "!has(self.ttlMinutes) || self.type == 'VOICE_CALL'",
        "ttlMinutes is for VOICE_CALL buttons only";
];
