//! What the buttons of AUTHENTICATION templates must satisfy.

use super::finding::{Findings, quote};
use super::links;
use super::rule::{ALIBABA_REFUSES, ALIBABA_WARNS, BOTH_WARN, META_REFUSES, lint};
use crate::api::{ButtonSpec, ButtonType, Category, WhatsAppTemplateSpec};
use crate::manifest::Place;

rules! {
    TEXT = lint(
        "otp-text",
        ALIBABA_REFUSES,
        links::ALIBABA_CREATE_TEMPLATE,
        "on Alibaba a COPY_CODE or ONE_TAP button for codes has a text",
        "Alibaba's document requires Text for both. Meta writes the words itself, in the customer's language, where \
         none are given.",
    );
    AUTOFILL = lint(
        "otp-autofill-text",
        ALIBABA_REFUSES,
        links::ALIBABA_CREATE_TEMPLATE,
        "on Alibaba a ONE_TAP button has an autofillText",
        "Alibaba's document requires AutofillText. Meta writes the words itself where none are given.",
    );
    ONE_APP = lint(
        "otp-one-app",
        ALIBABA_WARNS,
        links::ALIBABA_CREATE_TEMPLATE,
        "on Alibaba a button hands codes to one app",
        "Alibaba's document has one PackageName and one SignatureHash on the button; only its newer SDKs know a list \
         of apps. Whether the second app is heeded is not documented.",
    );
    ZERO_TAP = lint(
        "otp-zero-tap-alibaba",
        ALIBABA_WARNS,
        links::ALIBABA_CREATE_TEMPLATE,
        "on Alibaba the button of a code is COPY_CODE or ONE_TAP",
        "Alibaba's document lists ZERO_TAP among the types and on the same page says that AUTHENTICATION takes \
         COPY_CODE or ONE_TAP only.",
    );
    TERMS = lint(
        "otp-zero-tap-terms",
        META_REFUSES,
        links::META_AUTHENTICATION,
        "on Meta ZERO_TAP goes with zeroTapTermsAccepted: true",
        "Meta refuses the button until you confirm that zero-tap follows its terms: customers must expect that the \
         code is filled in on their behalf.",
    );
    SIGNATURE_HASH = lint(
        "otp-signature-hash",
        BOTH_WARN,
        links::META_AUTHENTICATION,
        "a signature hash has 11 characters: letters, digits, +, / and =",
        "It is the app's signing key hash of 11 characters; with any other WhatsApp hands nothing over. Samples in \
         the documents have other lengths too (percent-encoded ones have 13), so this is a warning.",
    );
    PACKAGE = lint(
        "otp-package-name",
        BOTH_WARN,
        links::META_AUTHENTICATION,
        "a package name has two parts or more, each of which starts with a letter",
        "It is the application id of the Android app, such as com.example.shop: parts of letters, digits and _, with \
         dots in between. Meta's console refuses others.",
    );
}

const SIGNATURE_HASH_LENGTH: usize = 11;

pub(super) fn check(spec: &WhatsAppTemplateSpec, place: &Place<'_>, found: &mut Findings) {
    if spec.category != Category::Authentication {
        return;
    }
    let buttons = place.field("components");
    let buttons = buttons.field("buttons");
    for (index, button) in spec.components.buttons.iter().flatten().enumerate() {
        check_button(button, &buttons.index(index), found);
    }
}

fn check_button(button: &ButtonSpec, place: &Place<'_>, found: &mut Findings) {
    let kind = button.r#type;
    if matches!(kind, ButtonType::CopyCode | ButtonType::OneTap) && button.text.is_none() {
        let message = format!("Alibaba requires a text on {}", kind.as_str());
        found.add(&TEXT, place, message, "add text: \"Copy code\"");
    }
    if kind == ButtonType::OneTap && button.autofill_text.is_none() {
        found.add(
            &AUTOFILL,
            place,
            "Alibaba requires autofillText on ONE_TAP",
            "add autofillText: \"Autofill\"",
        );
    }
    if kind == ButtonType::ZeroTap {
        let message = "Alibaba's document takes COPY_CODE or ONE_TAP here";
        found.add(&ZERO_TAP, &place.field("type"), message, "use ONE_TAP on Alibaba");
        if button.zero_tap_terms_accepted != Some(true) {
            let message = "Meta refuses ZERO_TAP without zeroTapTermsAccepted: true";
            found.add(&TERMS, place, message, "add it if you follow Meta's terms for zero-tap");
        }
    }
    let apps = button.supported_apps.as_deref().unwrap_or_default();
    let place = place.field("supportedApps");
    if apps.len() > 1 {
        let message = format!("{} apps, of which Alibaba may heed only the first", apps.len());
        found.add(&ONE_APP, &place, message, "name one app on Alibaba");
    }
    for (index, app) in apps.iter().enumerate() {
        let place = place.index(index);
        if !is_signature_hash(&app.signature_hash) {
            let message = format!("{} is not a hash of 11 characters", quote(&app.signature_hash));
            let help = "compute it with Google's sms_retriever_hash script";
            found.add(&SIGNATURE_HASH, &place.field("signatureHash"), message, help);
        }
        if !is_package_name(&app.package_name) {
            let message = format!("{} is not the id of an Android app", quote(&app.package_name));
            found.add(&PACKAGE, &place.field("packageName"), message, "for example com.example.shop");
        }
    }
}

fn is_signature_hash(hash: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    hash.len() == SIGNATURE_HASH_LENGTH && hash.chars().all(fits)
}

fn is_package_name(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    name.contains('.') && name.split('.').all(part)
}
