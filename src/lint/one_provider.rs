//! What only one of the providers has.

use super::finding::Findings;
use super::rule::{ALIBABA_INFORMS, ALIBABA_REFUSES, ALIBABA_WARNS, BOTH_INFORM, META_WARNS, lint};
use super::{links, walk};
use crate::api::{ButtonType, Category, HeaderFormat, WhatsAppTemplateSpec};
use crate::manifest::Place;

rules! {
    META_HEADER = lint(
        "meta-only-header",
        ALIBABA_REFUSES,
        links::ALIBABA_CREATE_TEMPLATE,
        "LOCATION and PRODUCT headers exist on Meta only",
        "Alibaba's document lists TEXT, IMAGE, VIDEO and DOCUMENT and refuses other headers \
         (InvalidParameter.HeaderTypeNotSupport).",
    );
    META_BUTTON = lint(
        "meta-only-button",
        ALIBABA_REFUSES,
        links::ALIBABA_CREATE_TEMPLATE,
        "SPM, VOICE_CALL, ORDER_DETAILS and REQUEST_CONTACT_INFO buttons exist on Meta only",
        "Alibaba's document has no such types of buttons. Leave the button out, or keep the template at Meta.",
    );
    META_CALL_PERMISSION = lint(
        "meta-only-call-permission",
        ALIBABA_REFUSES,
        links::META_CALL_PERMISSION,
        "callPermissionRequest exists on Meta only",
        "Alibaba's document has no such component. Leave it out, or keep the template at Meta.",
    );
    META_FIELD = lint(
        "meta-only-field",
        ALIBABA_WARNS,
        links::META_MANAGEMENT,
        "subCategory, parameterFormat and ctaUrlLinkTrackingOptedOut have an effect on Meta only",
        "Alibaba has no such parameters, so waops does not send them there and the field says something that is \
         not so.",
    );
    ALIBABA_FIELD = lint(
        "alibaba-only-field",
        META_WARNS,
        links::ALIBABA_CREATE_TEMPLATE,
        "categoryChangePaused, isOptOut and caption have an effect on Alibaba only",
        "Meta has no such fields, so waops does not send them there and the field says something that is not so.",
    );
    CATEGORY_CHANGE = lint(
        "allow-category-change-deprecated",
        BOTH_INFORM,
        links::META_MANAGEMENT,
        "allowCategoryChange has had no effect since April 2025",
        "Meta chooses the category by itself since then; both providers still take the field. waops shows the \
         category that the provider chose and never fights it.",
    );
    TTL_FOREVER = lint(
        "ttl-alibaba-forever",
        ALIBABA_REFUSES,
        links::ALIBABA_CREATE_TEMPLATE,
        "messageSendTtlSeconds: -1 exists on Meta only",
        "Meta reads -1 as 30 days. Alibaba's document gives 30 to 900 for AUTHENTICATION and 30 to 43200 for \
         UTILITY.",
    );
    TTL_MARKETING = lint(
        "ttl-alibaba-marketing",
        ALIBABA_WARNS,
        links::ALIBABA_CREATE_TEMPLATE,
        "Alibaba documents messageSendTtlSeconds for AUTHENTICATION and UTILITY",
        "The range for MARKETING is Meta's. Alibaba's document does not mention one, so it may refuse the field.",
    );
    TTL_ALLOW_LIST = lint(
        "ttl-alibaba-allow-list",
        ALIBABA_INFORMS,
        links::ALIBABA_CREATE_TEMPLATE,
        "Alibaba's staff must allow messageSendTtlSeconds for the business account first",
        "Alibaba's document says that templates with this field are refused until its staff put the business \
         account on a list. Ask them, or leave the field out.",
    );
}

pub(super) fn check(spec: &WhatsAppTemplateSpec, place: &Place<'_>, found: &mut Findings) {
    check_fields(spec, place, found);
    check_ttl(spec, place, found);
    let parts = &spec.components;
    let components = place.field("components");
    walk::headers(parts, &components, |header, place| {
        if matches!(header.format, HeaderFormat::Location | HeaderFormat::Product) {
            let message = format!("Alibaba has no {} header", header.format.as_str());
            found.add(&META_HEADER, &place.field("format"), message, "TEXT, IMAGE, VIDEO or DOCUMENT");
        }
        if header.caption.is_some() {
            has_no_effect(&ALIBABA_FIELD, "caption", "Meta", place, found);
        }
    });
    walk::button_rows(parts, &components, |buttons, place| {
        for (index, button) in buttons.iter().enumerate() {
            let place = place.index(index);
            if is_meta_only(button.r#type) {
                let message = format!("Alibaba has no {} button", button.r#type.as_str());
                found.add(&META_BUTTON, &place.field("type"), message, "leave it out for Alibaba");
            }
            if button.is_opt_out.is_some() {
                has_no_effect(&ALIBABA_FIELD, "isOptOut", "Meta", &place, found);
            }
        }
    });
    if parts.call_permission_request == Some(true) {
        let place = components.field("callPermissionRequest");
        found.add(
            &META_CALL_PERMISSION,
            &place,
            "Alibaba has no call permission request",
            "leave it out for Alibaba",
        );
    }
}

fn is_meta_only(kind: ButtonType) -> bool {
    matches!(
        kind,
        ButtonType::Spm | ButtonType::VoiceCall | ButtonType::OrderDetails | ButtonType::RequestContactInfo
    )
}

fn check_fields(spec: &WhatsAppTemplateSpec, place: &Place<'_>, found: &mut Findings) {
    for (is_set, field) in [
        (spec.sub_category.is_some(), "subCategory"),
        (spec.parameter_format.is_some(), "parameterFormat"),
        (spec.cta_url_link_tracking_opted_out.is_some(), "ctaUrlLinkTrackingOptedOut"),
    ] {
        if is_set {
            has_no_effect(&META_FIELD, field, "Alibaba", place, found);
        }
    }
    if spec.category_change_paused.is_some() {
        has_no_effect(&ALIBABA_FIELD, "categoryChangePaused", "Meta", place, found);
    }
    if spec.allow_category_change.is_some() {
        let place = place.field("allowCategoryChange");
        found.add(
            &CATEGORY_CHANGE,
            &place,
            "providers take the field but do not heed it any more",
            "leave it out",
        );
    }
}

fn has_no_effect(
    rule: &'static super::Rule,
    field: &str,
    provider: &str,
    place: &Place<'_>,
    found: &mut Findings,
) {
    found.add(
        rule,
        &place.field(field),
        format!("{field} has no effect on {provider}"),
        "leave it out there",
    );
}

fn check_ttl(spec: &WhatsAppTemplateSpec, place: &Place<'_>, found: &mut Findings) {
    let Some(ttl) = spec.message_send_ttl_seconds else { return };
    let place = place.field("messageSendTtlSeconds");
    let message =
        "until Alibaba's staff allow it for the business account, a template with this field is refused";
    found.add(&TTL_ALLOW_LIST, &place, message, "ask Alibaba, or leave it out");
    if ttl == -1 {
        found.add(
            &TTL_FOREVER,
            &place,
            "Alibaba does not know -1",
            "write a number of seconds, or leave it out",
        );
    }
    if spec.category == Category::Marketing {
        let message = "Alibaba documents no time to live for MARKETING";
        found.add(&TTL_MARKETING, &place, message, "leave it out for Alibaba");
    }
}
