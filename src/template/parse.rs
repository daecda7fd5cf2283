//! From what a person wrote to [`Desired`], or to the rules it breaks: the same that the CRD's CEL has.

use super::desired::{
    Body, Button, Card, Desired, Footer, Header, Media, MediaFormat, Offer, OneTap, SupportedApp,
};
use super::text::{Text, is_variable_name};
use crate::api::rules::{Violation, Violations};
use crate::api::{
    BodySpec, ButtonSpec, ButtonType, CardSpec, Category, ComponentsSpec, FlowAction, FooterSpec,
    HeaderFormat, HeaderSpec, WhatsAppTemplateSpec,
};
use crate::manifest::Place;

/// Types a manifest, or names every rule it breaks.
pub fn parse(spec: &WhatsAppTemplateSpec) -> Result<Desired, Vec<Violation>> {
    let mut broken = Violations::default();
    let root = Place::ROOT;
    let place = root.field("spec");
    check_spec(spec, &place, &mut broken);
    let components = place.field("components");
    check_category(spec.category, &spec.components, &components, &mut broken);
    check_counts(&spec.components, &components, &mut broken);
    let desired = build(spec, &components, &mut broken);
    match desired {
        Some(desired) if broken.0.is_empty() => Ok(desired),
        _ => Err(broken.0),
    }
}

fn build(spec: &WhatsAppTemplateSpec, place: &Place<'_>, broken: &mut Violations) -> Option<Desired> {
    let parts = &spec.components;
    let header = parts.header.as_ref().map(|header| header_of(header, &place.field("header"), broken));
    if parts.header.as_ref().is_some_and(|header| header.format == HeaderFormat::Product) {
        broken.add("header-product", &place.field("header").field("format"));
    }
    let buttons_place = place.field("buttons");
    let buttons = buttons_of(parts.buttons.as_deref(), &buttons_place, broken);
    let carousel_place = place.field("carousel");
    let cards_place = carousel_place.field("cards");
    // Every card is looked at before one of them can end the list.
    let cards = parts.carousel.iter().flat_map(|carousel| &carousel.cards).enumerate();
    let cards: Vec<_> = cards.map(|(index, card)| card_of(card, &cards_place.index(index), broken)).collect();
    let cards: Option<Vec<Card>> = cards.into_iter().collect();
    Some(Desired {
        name: spec.name.clone(),
        language: spec.language.clone(),
        category: spec.category,
        sub_category: spec.sub_category,
        parameter_format: spec.parameter_format.unwrap_or_default(),
        header: match header {
            Some(header) => Some(header?),
            None => None,
        },
        body: body_of(&parts.body, spec.category),
        footer: parts.footer.as_ref().and_then(footer_of),
        buttons: buttons?,
        cards: cards?,
        offer: parts
            .limited_time_offer
            .as_ref()
            .map(|offer| Offer { text: offer.text.clone(), has_expiration: offer.has_expiration }),
        call_permission_request: parts.call_permission_request.unwrap_or(false),
        examples: spec.examples.clone().unwrap_or_default(),
        ttl_seconds: spec.message_send_ttl_seconds,
        category_change_paused: spec.category_change_paused,
        allow_category_change: spec.allow_category_change,
        product_set_id: spec.product_set_id.clone(),
        link_tracking_opted_out: spec.cta_url_link_tracking_opted_out,
    })
}

fn check_spec(spec: &WhatsAppTemplateSpec, place: &Place<'_>, broken: &mut Violations) {
    let name_characters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    broken.check(
        !spec.name.is_empty() && spec.name.chars().all(name_characters),
        "template-name",
        &place.field("name"),
    );
    broken.check(is_language_form(&spec.language), "template-language-form", &place.field("language"));
    if let Some(ttl) = spec.message_send_ttl_seconds {
        let fits = match spec.category {
            Category::Authentication => ttl == -1 || (30..=900).contains(&ttl),
            Category::Utility => ttl == -1 || (30..=43_200).contains(&ttl),
            Category::Marketing => ttl >= 43_200,
        };
        broken.check(fits, "template-ttl", &place.field("messageSendTtlSeconds"));
    }
    let examples = place.field("examples");
    for name in spec.examples.iter().flatten().map(|(name, _)| name) {
        broken.check(is_variable_name(name), "variable-name", &examples.field(name));
    }
    broken.check(
        spec.sub_category.is_none() || spec.category == Category::Utility,
        "template-sub-category",
        &place.field("subCategory"),
    );
}

/// `en`, `en_US`: two or three lower-case letters, perhaps `_` and two to four letters or digits.
pub(crate) fn is_language_form(language: &str) -> bool {
    let (base, region) = match language.split_once('_') {
        Some((base, region)) => (base, Some(region)),
        None => (language, None),
    };
    (2..=3).contains(&base.len())
        && base.chars().all(|c| c.is_ascii_lowercase())
        && region.is_none_or(|r| (2..=4).contains(&r.len()) && r.chars().all(|c| c.is_ascii_alphanumeric()))
}

fn check_category(category: Category, parts: &ComponentsSpec, place: &Place<'_>, broken: &mut Violations) {
    let body = place.field("body");
    let footer = place.field("footer");
    let buttons = place.field("buttons");
    let button_specs = parts.buttons.as_deref().unwrap_or_default();
    let footer_expires = parts.footer.as_ref().is_some_and(|footer| footer.code_expiration_minutes.is_some());
    let of_codes = |button: &ButtonSpec| matches!(button.r#type, ButtonType::OneTap | ButtonType::ZeroTap);
    if category == Category::Authentication {
        broken.check(parts.header.is_none(), "auth-header", &place.field("header"));
        broken.check(parts.body.text.is_none(), "auth-body-text", &body.field("text"));
        let footer_text = parts.footer.as_ref().and_then(|footer| footer.text.as_ref());
        broken.check(footer_text.is_none(), "auth-footer-text", &footer.field("text"));
        let one_of_codes =
            matches!(button_specs, [one] if of_codes(one) || one.r#type == ButtonType::CopyCode);
        broken.check(one_of_codes, "auth-one-button", &buttons);
        let plain = parts.carousel.is_none()
            && parts.limited_time_offer.is_none()
            && parts.call_permission_request.is_none();
        broken.check(plain, "auth-plain", place);
    } else {
        broken.check(parts.body.text.is_some(), "body-text", &body);
        broken.check(
            parts.body.add_security_recommendation.is_none(),
            "auth-only-fields",
            &body.field("addSecurityRecommendation"),
        );
        broken.check(!footer_expires, "auth-only-fields", &footer.field("codeExpirationMinutes"));
    }
    broken.check(
        parts.footer.as_ref().is_none_or(|footer| footer.text.is_some() || footer_expires),
        "footer-content",
        &footer,
    );
    let utility = category == Category::Utility;
    broken.check(!(utility && parts.carousel.is_some()), "carousel-marketing", &place.field("carousel"));
    broken.check(
        !(utility && parts.limited_time_offer.is_some()),
        "offer-marketing",
        &place.field("limitedTimeOffer"),
    );
    for (index, button) in button_specs.iter().enumerate() {
        let at = buttons.index(index);
        if category == Category::Authentication {
            broken.check(button.coupon_code.is_none(), "auth-coupon", &at.field("couponCode"));
        } else {
            broken.check(!of_codes(button), "auth-only-buttons", &at.field("type"));
        }
        let opts_out = button.is_opt_out == Some(true) && category != Category::Marketing;
        broken.check(!opts_out, "button-opt-out-marketing", &at.field("isOptOut"));
    }
}

fn check_counts(parts: &ComponentsSpec, place: &Place<'_>, broken: &mut Violations) {
    let count = |kind| parts.buttons.iter().flatten().filter(|button| button.r#type == kind).count();
    let buttons = place.field("buttons");
    broken.check(count(ButtonType::PhoneNumber) <= 1, "buttons-phone-number", &buttons);
    broken.check(count(ButtonType::Url) <= 2, "buttons-url", &buttons);
    broken.check(count(ButtonType::CopyCode) <= 1, "buttons-copy-code", &buttons);
    if parts.limited_time_offer.is_some() {
        broken.check(parts.footer.is_none(), "offer-footer", &place.field("footer"));
        let moving = |header: &HeaderSpec| matches!(header.format, HeaderFormat::Image | HeaderFormat::Video);
        broken.check(parts.header.as_ref().is_none_or(moving), "offer-header", &place.field("header"));
        let length = parts.body.text.as_ref().map_or(0, |text| text.chars().count());
        broken.check(length <= 600, "offer-body-length", &place.field("body").field("text"));
    }
}

fn header_of(spec: &HeaderSpec, place: &Place<'_>, broken: &mut Violations) -> Option<Header> {
    let format = match spec.format {
        HeaderFormat::Text | HeaderFormat::Location => None,
        HeaderFormat::Image => Some(MediaFormat::Image),
        HeaderFormat::Video => Some(MediaFormat::Video),
        HeaderFormat::Document => Some(MediaFormat::Document),
        HeaderFormat::Product => Some(MediaFormat::Product),
    };
    let has_sample = format.is_some_and(|format| format != MediaFormat::Product);
    broken.check(spec.url.is_some() == has_sample, "header-url", &place.field("url"));
    let has_text = spec.format == HeaderFormat::Text;
    broken.check(spec.text.is_some() == has_text, "header-text", &place.field("text"));
    if spec.format != HeaderFormat::Document {
        broken.check(spec.file_name.is_none(), "header-document", &place.field("fileName"));
        broken.check(spec.caption.is_none(), "header-document", &place.field("caption"));
    }
    match (spec.format, format) {
        (HeaderFormat::Text, _) => spec.text.as_deref().map(|text| Header::Text(Text::parse(text))),
        (_, Some(format)) => Some(Header::Media(Media {
            format,
            url: spec.url.clone(),
            file_name: spec.file_name.clone(),
            caption: spec.caption.clone(),
        })),
        _ => Some(Header::Location),
    }
}

fn body_of(spec: &BodySpec, category: Category) -> Body {
    match &spec.text {
        Some(text) if category != Category::Authentication => Body::Text(Text::parse(text)),
        _ => Body::Code { add_security_recommendation: spec.add_security_recommendation },
    }
}

fn footer_of(spec: &FooterSpec) -> Option<Footer> {
    match (&spec.text, spec.code_expiration_minutes) {
        (Some(text), _) => Some(Footer::Text(text.clone())),
        (None, Some(minutes)) => Some(Footer::CodeExpiration(minutes)),
        (None, None) => None,
    }
}

fn card_of(spec: &CardSpec, place: &Place<'_>, broken: &mut Violations) -> Option<Card> {
    let header_place = place.field("header");
    let header = match header_of(&spec.header, &header_place, broken) {
        Some(Header::Media(media)) if media.format != MediaFormat::Document => Some(media),
        _ => {
            broken.add("card-header", &header_place.field("format"));
            None
        }
    };
    if let Some(body) = &spec.body {
        let fits = body.text.as_ref().is_some_and(|text| text.chars().count() <= 160);
        broken.check(fits && body.add_security_recommendation.is_none(), "card-body", &place.field("body"));
    }
    let buttons_place = place.field("buttons");
    for (index, button) in spec.buttons.iter().flatten().enumerate() {
        let fits = matches!(
            button.r#type,
            ButtonType::QuickReply | ButtonType::Url | ButtonType::PhoneNumber | ButtonType::Spm
        );
        broken.check(fits, "card-button", &buttons_place.index(index).field("type"));
    }
    let buttons = buttons_of(spec.buttons.as_deref(), &buttons_place, broken);
    let body = spec.body.as_ref().and_then(|body| body.text.as_deref()).map(Text::parse);
    Some(Card { header: header?, body, buttons: buttons? })
}

fn buttons_of(
    specs: Option<&[ButtonSpec]>,
    place: &Place<'_>,
    broken: &mut Violations,
) -> Option<Vec<Button>> {
    // Every button is looked at before one of them can end the list.
    let buttons = specs.unwrap_or_default().iter().enumerate();
    let buttons: Vec<_> = buttons.map(|(index, spec)| button_of(spec, &place.index(index), broken)).collect();
    buttons.into_iter().collect()
}

fn button_of(spec: &ButtonSpec, place: &Place<'_>, broken: &mut Violations) -> Option<Button> {
    check_button(spec, place, broken);
    let text = spec.text.clone();
    let tap = || {
        let apps = spec.supported_apps.iter().flatten();
        let apps = apps.map(|app| SupportedApp {
            package_name: app.package_name.clone(),
            signature_hash: app.signature_hash.clone(),
        });
        OneTap { text: spec.text.clone(), autofill_text: spec.autofill_text.clone(), apps: apps.collect() }
    };
    Some(match spec.r#type {
        ButtonType::PhoneNumber => {
            Button::PhoneNumber { text: text?, phone_number: spec.phone_number.clone()? }
        }
        ButtonType::Url => Button::Url { text: text?, url: Text::parse(spec.url.as_deref()?) },
        ButtonType::QuickReply => Button::QuickReply { text: text?, is_opt_out: spec.is_opt_out },
        ButtonType::CopyCode => {
            Button::CopyCode { text, coupon_code: spec.coupon_code.as_deref().map(Text::parse) }
        }
        ButtonType::OneTap => Button::OneTap(tap()),
        ButtonType::ZeroTap => Button::ZeroTap { tap: tap(), terms_accepted: spec.zero_tap_terms_accepted },
        ButtonType::Catalog => Button::Catalog { text },
        ButtonType::Mpm => Button::Mpm { text },
        ButtonType::Spm => Button::Spm { text },
        ButtonType::Flow => Button::Flow {
            text: text?,
            flow_id: spec.flow_id.clone()?,
            action: spec.flow_action,
            navigate_screen: spec.navigate_screen.clone(),
        },
        ButtonType::VoiceCall => Button::VoiceCall { text, ttl_minutes: spec.ttl_minutes },
        ButtonType::OrderDetails => Button::OrderDetails { text },
        ButtonType::RequestContactInfo => Button::RequestContactInfo { text },
    })
}

/// Which fields a button of each type has, and has not.
fn check_button(spec: &ButtonSpec, place: &Place<'_>, broken: &mut Violations) {
    use ButtonType::{CopyCode, Flow, OneTap, PhoneNumber, QuickReply, Url, VoiceCall, ZeroTap};
    let kind = spec.r#type;
    let shows_text = matches!(kind, PhoneNumber | Url | QuickReply | Flow);
    let of_codes = matches!(kind, OneTap | ZeroTap);
    let only_with = |present: bool, allowed: bool| !present || allowed;
    let mut check = |holds, rule, field| broken.check(holds, rule, &place.field(field));
    check(spec.text.is_some() || !shows_text, "button-text", "text");
    check(spec.url.is_some() == (kind == Url), "button-url", "url");
    check(spec.phone_number.is_some() == (kind == PhoneNumber), "button-phone-number", "phoneNumber");
    check(spec.phone_number.as_deref().is_none_or(is_dialled), "button-phone-e164", "phoneNumber");
    check(spec.flow_id.is_some() == (kind == Flow), "button-flow-id", "flowId");
    check(only_with(spec.flow_action.is_some(), kind == Flow), "button-flow-fields", "flowAction");
    check(only_with(spec.navigate_screen.is_some(), kind == Flow), "button-flow-fields", "navigateScreen");
    let exchanges = spec.flow_action == Some(FlowAction::DataExchange);
    check(only_with(spec.navigate_screen.is_some(), !exchanges), "button-flow-screen", "navigateScreen");
    check(spec.supported_apps.is_some() == of_codes, "button-apps", "supportedApps");
    check(only_with(spec.autofill_text.is_some(), of_codes), "button-autofill", "autofillText");
    check(
        only_with(spec.zero_tap_terms_accepted.is_some(), kind == ZeroTap),
        "button-zero-tap-terms",
        "zeroTapTermsAccepted",
    );
    check(only_with(spec.coupon_code.is_some(), kind == CopyCode), "button-coupon", "couponCode");
    check(spec.coupon_code.as_deref().is_none_or(is_coupon), "button-coupon-form", "couponCode");
    check(only_with(spec.is_opt_out.is_some(), kind == QuickReply), "button-opt-out", "isOptOut");
    check(only_with(spec.ttl_minutes.is_some(), kind == VoiceCall), "button-ttl", "ttlMinutes");
}

fn is_dialled(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or(number);
    (3..=19).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit())
}

fn is_coupon(code: &str) -> bool {
    let plain = !code.is_empty() && code.chars().all(|c| c.is_ascii_alphanumeric());
    let inside = code.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    plain || inside.is_some_and(|name| is_variable_name(name.trim_matches(' ')))
}
