//! The vendor's own samples, and what goes out.

use serde_json::{Value, json};

use super::components::{Handles, MissingHandle};
use super::{accepted, phone_numbers, qr_codes, success, template, template_page, templates};
use crate::api::{Category, ImageFormat, ReviewState};
use crate::qr_code::Code;
use crate::template::{Desired, parse};

fn desired(category: &str, components: &Value, more: &Value) -> Desired {
    let mut spec = json!({
        "accountRef": {"name": "shop"}, "name": "hello", "language": "en_US", "category": category,
        "components": components, "examples": {"order_id": "A1", "name": "Ana"},
    });
    for (field, value) in more.as_object().into_iter().flatten() {
        spec[field] = value.clone();
    }
    parse(&serde_json::from_value(spec).unwrap()).unwrap()
}

fn sent(desired: &Desired) -> Value {
    templates::create(desired, &Handles::new()).unwrap()
}

/// Trap 6: the two bodies differ by the code alone, and an update cannot be made without one.
#[test]
fn a_code_is_created_and_updated_by_different_bodies() {
    let code = Code::parse("ANED2T5QRU7HG1").unwrap();
    let created = qr_codes::create("Hi!", ImageFormat::Svg);
    assert_eq!(created, json!({"prefilled_message": "Hi!", "generate_qr_image": "SVG"}));
    let updated = qr_codes::update(&code, "Hi!");
    assert_eq!(updated, json!({"code": "ANED2T5QRU7HG1", "prefilled_message": "Hi!"}));
    let fields = "code,prefilled_message,deep_link_url,qr_image_url.format(PNG)";
    let found = [("fields", fields.to_owned()), ("code", code.to_string())];
    assert_eq!(qr_codes::find(ImageFormat::Png, &code), found);
    let next = [("fields", fields), ("limit", "25"), ("after", "QVFI")];
    assert_eq!(qr_codes::list(ImageFormat::Png, Some("QVFI")), next.map(|(k, v)| (k, v.to_owned())));
}

#[test]
fn the_samples_of_codes_are_read() {
    let image =
        "https://scontent-iad3-1.xx.fbcdn.net/m1/v/t6/An-H7T?ccb=10-5&oh=00_AfASq&oe=64550A9E&_nc_sid=f36290";
    let with_image = json!({"data": [{
        "code": "FO7JXE4BG3RFG1", "prefilled_message": "Tell me more about your event planning packages",
        "deep_link_url": "https://wa.me/message/FO7JXE4BG3RFG1", "qr_image_url": image}]});
    let page = qr_codes::listed(&with_image).unwrap();
    assert_eq!(page.after, None);
    assert_eq!(page.items[0].code.as_str(), "FO7JXE4BG3RFG1");
    assert_eq!(page.items[0].image_expires.unwrap().to_string(), "2023-05-05T13:54:38Z");
    let updated = json!({
        "code": "WOMVT6TJ2BP7A1", "prefilled_message": "Hello! I'd like to know more about your latest offers.",
        "deep_link_url": "https://wa.me/message/WOMVT6TJ2BP7A1"});
    let observed = qr_codes::written(&updated).unwrap();
    assert_eq!(
        (observed.link.as_deref(), &observed.image_url),
        (Some("https://wa.me/message/WOMVT6TJ2BP7A1"), &None)
    );
    assert_eq!(qr_codes::listed(&json!({"data": []})).unwrap().items, []);
}

/// A page without data, an entry without a code, a next page without a cursor: nothing is concluded of these.
#[test]
fn a_list_is_whole_or_none() {
    for (answer, reason) in [
        (json!({}), "it has no data"),
        (json!({"data": null}), "it has no data"),
        (json!({"data": [{"prefilled_message": "x"}]}), "data[0] has no code"),
        (json!({"data": [], "paging": {"next": "https://x"}}), "it has a next page but no cursor"),
        (json!("<html>"), "it is not a JSON object"),
    ] {
        let error = qr_codes::listed(&answer).unwrap_err().to_string();
        assert!(error.ends_with(reason), "{answer}: {error}");
    }
    let last = json!({"data": [], "paging": {"cursors": {"before": "A", "after": "B"}}});
    assert_eq!(qr_codes::listed(&last).unwrap().after, None, "the last page has cursors too");
    let more = json!({"data": [], "paging": {"cursors": {"after": "B"}, "next": "https://x"}});
    assert_eq!(qr_codes::listed(&more).unwrap().after.as_deref(), Some("B"));
}

#[test]
fn trap_12_phone_numbers_are_compared_by_their_digits() {
    let answer = json!({"data": [{"id": 106_540_352_242_922_u64, "display_phone_number": "+1 631-555-5555",
        "code_verification_status": "VERIFIED"}]});
    let page = phone_numbers::listed(&answer).unwrap();
    assert_eq!(
        (page.items[0].id.as_str(), page.items[0].number.as_str()),
        ("106540352242922", "16315555555")
    );
}

/// Trap 46, and links that are numbered whatever the parameter format says.
#[test]
fn trap_46_samples_nest_as_each_format_wants_it() {
    let components = json!({
        "header": {"format": "TEXT", "text": "Order {{order_id}}"},
        "body": {"text": "Hi {{name}}, order {{order_id}} of {{name}}."},
        "buttons": [{"type": "URL", "text": "Track", "url": "https://x.example/{{order_id}}"}],
    });
    let link = json!({"type": "BUTTONS", "buttons": [
        {"url": "https://x.example/{{1}}", "example": ["https://x.example/A1"], "type": "URL", "text": "Track"}]});
    let named = sent(&desired("UTILITY", &components, &json!({})));
    let header = json!({"header_text_named_params": [{"param_name": "order_id", "example": "A1"}]});
    let body = json!({"body_text_named_params": [
        {"param_name": "name", "example": "Ana"}, {"param_name": "order_id", "example": "A1"}]});
    let want = json!([
        {"type": "HEADER", "format": "TEXT", "text": "Order {{order_id}}", "example": header},
        {"type": "BODY", "text": "Hi {{name}}, order {{order_id}} of {{name}}.", "example": body},
        link,
    ]);
    assert_eq!((&named["parameter_format"], &named["components"]), (&json!("NAMED"), &want));

    let positional = sent(&desired("UTILITY", &components, &json!({"parameterFormat": "POSITIONAL"})));
    let want = json!([
        {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": {"header_text": ["A1"]}},
        {"type": "BODY", "text": "Hi {{1}}, order {{2}} of {{1}}.", "example": {"body_text": [["Ana", "A1"]]}},
        link,
    ]);
    assert_eq!((&positional["parameter_format"], &positional["components"]), (&json!("POSITIONAL"), &want));
}

#[test]
fn what_has_no_variables_needs_no_format_and_no_samples() {
    let plain = sent(&desired("UTILITY", &json!({"body": {"text": "Here it is."}}), &json!({})));
    let want = json!({"name": "hello", "language": "en_US", "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Here it is."}]});
    assert_eq!(plain, want);
    let whole = json!({"body": {"text": "Hi."}, "buttons": [
        {"type": "URL", "text": "Go", "url": "https://x.example/{{order_id}}"}]});
    let whole = sent(&desired("UTILITY", &whole, &json!({"examples": {"order_id": "https://x.example/A1"}})));
    let example = &whole["components"][1]["buttons"][0]["example"];
    assert_eq!(example, &json!(["https://x.example/A1"]), "a sample may be the whole link");
}

#[test]
fn codes_coupons_and_offers_are_written_as_meta_spells_them() {
    let apps = json!([{"packageName": "com.example.shop", "signatureHash": "K8a/AINcGX7"}]);
    let tap = json!({"type": "ZERO_TAP", "text": "Copy", "autofillText": "Fill", "supportedApps": apps,
        "zeroTapTermsAccepted": true});
    let components = json!({"body": {"addSecurityRecommendation": true}, "footer": {"codeExpirationMinutes": 5},
        "buttons": [tap]});
    let codes = sent(&desired("AUTHENTICATION", &components, &json!({})));
    let want = json!([
        {"type": "BODY", "add_security_recommendation": true},
        {"type": "FOOTER", "code_expiration_minutes": 5},
        {"type": "BUTTONS", "buttons": [{
            "autofill_text": "Fill",
            "supported_apps": [{"package_name": "com.example.shop", "signature_hash": "K8a/AINcGX7"}],
            "zero_tap_terms_accepted": true, "type": "OTP", "otp_type": "ZERO_TAP", "text": "Copy"}]},
    ]);
    assert_eq!(codes["components"], want);

    let components = json!({"body": {"text": "Hi."}, "limitedTimeOffer": {"text": "Soon", "hasExpiration": true},
        "buttons": [{"type": "COPY_CODE", "text": "Copy", "couponCode": "SPRING25"},
                    {"type": "ORDER_DETAILS", "text": "Review"}]});
    let offer = sent(&desired("MARKETING", &components, &json!({})));
    let want = json!([
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Soon", "has_expiration": true}},
        {"type": "BODY", "text": "Hi."},
        {"type": "BUTTONS", "buttons": [{"example": "SPRING25", "type": "COPY_CODE"},
                                        {"type": "ORDER_DETAILS", "text": "Review"}]},
    ]);
    assert_eq!((&offer["components"], &offer["display_format"]), (&want, &json!("ORDER_DETAILS")));
}

#[test]
fn a_sample_is_uploaded_before_its_template_is_written() {
    let url = "https://x.example/a.png";
    let desired = desired(
        "UTILITY",
        &json!({"header": {"format": "IMAGE", "url": url}, "body": {"text": "Hi."}}),
        &json!({}),
    );
    assert_eq!(templates::create(&desired, &Handles::new()), Err(MissingHandle));
    let handles = Handles::from([(url.to_owned(), "4::aW".to_owned())]);
    let header = json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW"]}});
    assert_eq!(templates::create(&desired, &handles).unwrap()["components"][0], header);
    // Trap 34: an edit replaces everything; and the category of an approved template cannot change.
    let edit = templates::edit(&desired, &handles, None).unwrap();
    assert_eq!((edit["components"].as_array().unwrap().len(), edit.get("category")), (2, None));
    let edit = templates::edit(&desired, &handles, Some(Category::Utility)).unwrap();
    assert_eq!(edit["category"], "UTILITY");
}

/// Trap 30: the name alone would delete every language.
#[test]
fn a_delete_names_one_language() {
    let want = [("hsm_id", "594425479261596".to_owned()), ("name", "hello".to_owned())];
    assert_eq!(templates::delete("594425479261596", "hello"), want);
    assert_eq!(success(&json!({"success": "true"})), Some(true));
    assert_eq!(success(&json!({})), None);
}

#[test]
fn trap_37_states_are_mapped_and_new_ones_are_unknown() {
    for (status, want) in [
        ("APPROVED", ReviewState::Approved),
        ("pending", ReviewState::Pending),
        ("IN_APPEAL", ReviewState::Pending),
        ("REJECTED", ReviewState::Rejected),
        ("LIMIT_EXCEEDED", ReviewState::Paused),
        ("DISABLED", ReviewState::Disabled),
        ("ARCHIVED", ReviewState::Archived),
        ("PENDING_DELETION", ReviewState::Deleting),
        ("BRAND_NEW", ReviewState::Unknown),
    ] {
        let answer = json!({"id": 1, "name": "n", "language": "en-US", "status": status, "rejected_reason": "NONE",
            "quality_score": "GREEN"});
        let observed = template(&answer).unwrap();
        assert_eq!((observed.state, observed.quality.as_deref()), (want, Some("GREEN")), "{status}");
        let reason = (status == "LIMIT_EXCEEDED").then_some("LIMIT_EXCEEDED");
        assert_eq!((observed.reason.as_deref(), observed.language.as_str()), (reason, "en-US"));
        assert_eq!(observed.content, None, "fields that were not asked for are absent");
        assert_eq!(template(&json!({"data": [answer]})).unwrap(), observed, "wrapped");
        assert_eq!(template_page(&json!({"data": [answer]})).unwrap().items, [observed]);
    }
    let created =
        accepted(&json!({"id": "594425479261596", "status": "APPROVED", "category": "MARKETING"})).unwrap();
    assert_eq!(
        (created.state, created.category.as_deref()),
        (Some(ReviewState::Approved), Some("MARKETING"))
    );
}

/// Trap 35, with a read form that was recorded: no flag in the body, minutes in the link, the button a URL.
#[test]
fn a_recorded_one_time_code_differs_in_nothing() {
    let link =
        "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code_expiration_minutes=10&code=otp{{1}}";
    let answer = json!({"id": "1", "name": "hello", "language": "en_US", "category": "AUTHENTICATION", "status": "APPROVED",
        "components": [
            {"type": "BODY", "text": "*{{1}}* is your verification code.", "example": {"body_text": [["123456"]]}},
            {"type": "FOOTER", "text": "This code expires in 10 minutes."},
            {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Copy code", "url": link, "example": [link]}]}]});
    let theirs = template(&answer).unwrap().content.unwrap();
    let components = json!({"body": {"addSecurityRecommendation": true}, "footer": {"codeExpirationMinutes": 10},
        "buttons": [{"type": "COPY_CODE"}]});
    let ours = desired("AUTHENTICATION", &components, &json!({"examples": {}})).content();
    assert_eq!(ours.differences(&theirs), []);
    let components = json!({"body": {}, "buttons": [{"type": "ONE_TAP",
        "supportedApps": [{"packageName": "a", "signatureHash": "K8a/AINcGX7"}]}]});
    let ours = desired("AUTHENTICATION", &components, &json!({"examples": {}})).content();
    let fields: Vec<_> = ours.differences(&theirs).into_iter().map(|difference| difference.field).collect();
    assert_eq!(fields, ["spec.components.buttons[0].type"]);
}

/// What waops does not know yet is a difference, never nothing.
#[test]
fn an_unknown_component_is_a_difference() {
    let answer = json!({"id": "1", "name": "hello", "language": "en_US", "status": "APPROVED", "components": [
        {"type": "BODY", "text": "Here it is."}, {"type": "HOLOGRAM"}]});
    let theirs = template(&answer).unwrap().content.unwrap();
    let ours = desired("UTILITY", &json!({"body": {"text": "Here it is."}}), &json!({})).content();
    let differences = ours.differences(&theirs);
    assert_eq!(differences.len(), 1);
    assert_eq!(
        (differences[0].field.as_str(), differences[0].ours.as_deref()),
        ("spec.components.HOLOGRAM", None)
    );
}
