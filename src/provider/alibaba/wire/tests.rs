//! The vendor's own samples, and what goes out.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::qr_codes::{self, Scope};
use super::templates::{self, Which};
use super::{accepted, envelope, template, template_page};
use crate::api::{ImageFormat, ReviewState};
use crate::qr_code::Code;
use crate::template::{Desired, parse};

const SCOPE: Scope<'_> = Scope { cust_space_id: Some("cams-kei123"), phone: "+8613800000000" };

fn desired(category: &str, components: &Value, examples: &Value) -> Desired {
    let spec = json!({
        "accountRef": {"name": "shop"}, "name": "hello", "language": "en", "category": category,
        "components": components, "examples": examples,
    });
    parse(&serde_json::from_value(spec).unwrap()).unwrap()
}

fn sent(desired: &Desired) -> Value {
    let parameters = templates::create(None, desired);
    let (_, components) = parameters.iter().find(|(name, _)| *name == "Components").unwrap();
    serde_json::from_str(components).unwrap()
}

#[test]
fn a_code_is_created_updated_deleted_and_listed() {
    let code = Code::parse("D9II3ABC").unwrap();
    let phone = ("PhoneNumber", "8613800000000".to_owned());
    let space = ("CustSpaceId", "cams-kei123".to_owned());
    let text = ("PrefilledMessage", "Héllo".to_owned());
    let image = ("GenerateQrImage", "SVG".to_owned());
    let qrdl = ("QrdlCode", "D9II3ABC".to_owned());
    let created = vec![phone.clone(), space.clone(), text, image];
    assert_eq!(qr_codes::create(SCOPE, "Héllo", ImageFormat::Svg), created);
    let updated: Vec<_> = created.into_iter().chain([qrdl.clone()]).collect();
    assert_eq!(qr_codes::update(SCOPE, &code, "Héllo", ImageFormat::Svg), updated);
    assert_eq!(qr_codes::delete(SCOPE, &code), [phone.clone(), space.clone(), qrdl]);
    assert_eq!(qr_codes::list(SCOPE), [phone, space]);
}

/// Traps 2 and 13: a newline at the end of the code, and an echo that differs from the request.
#[test]
fn trap_2_the_sample_of_an_update_is_read_without_its_newlines() {
    let answer = json!({
        "AccessDeniedDetail": "None",
        "RequestId": "90E63D28-E31D-1EB2-8939-A94866411B2O\n",
        "Message": "None",
        "Data": {
            "QrImageUrl": "https://img.png", "PhoneNumber": "86158********", "QrdlCode": "D9AA3***\n",
            "DeepLinkUrl": "https://wa.msg/\n", "GenerateQrImage": "PNG", "PrefilledMessage": "Hello",
        },
        "Code": "OK",
    });
    let observed = qr_codes::written(&answer).unwrap();
    assert_eq!(observed.code.as_str(), "D9AA3***");
    assert_eq!(observed.link.as_deref(), Some("https://wa.msg/"));
    assert_eq!(observed.image_format, Some(ImageFormat::Png));
    assert_eq!(observed.image_expires, None::<Timestamp>);
    assert_eq!(envelope(&answer).request_id.as_deref(), Some("90E63D28-E31D-1EB2-8939-A94866411B2O"));
    let listed = qr_codes::listed(&json!({"Code": "OK", "Data": [answer["Data"]]})).unwrap();
    assert_eq!(listed, [observed]);
}

/// Traps 10 and 27: nothing there is an empty list, an entry without a code is no list at all.
#[test]
fn trap_10_a_list_of_codes_is_whole_or_none() {
    for empty in [json!({"Code": "OK"}), json!({"Code": "OK", "Data": null}), json!({"Data": []})] {
        assert_eq!(qr_codes::listed(&empty), Ok(Vec::new()), "{empty}");
    }
    let broken = qr_codes::listed(&json!({"Data": [{"QrdlCode": "A"}, {"QrdlCode": " "}]})).unwrap_err();
    assert_eq!(broken.to_string(), "the provider's answer cannot be read: Data[1] has no QrdlCode");
    assert!(qr_codes::written(&json!({"Code": "OK", "Data": "x"})).is_err());
}

/// Trap 15: an alarming message on success.
#[test]
fn the_sample_of_a_template_create_is_read() {
    let answer = json!({
        "RequestId": "90E63D28-E31D-1EB2-8939-A94866******", "Code": "OK",
        "Message": "User not authorized to operate on the specified resource.",
        "Data": {"TemplateCode": "MSG_232907****", "TemplateName": "hello_world"},
        "AccessDeniedDetail": "None",
    });
    let accepted = accepted(&answer).unwrap();
    assert_eq!((accepted.id.as_str(), accepted.state), ("MSG_232907****", None));
    assert_eq!(envelope(&answer).code.as_deref(), Some("OK"));
    let lower = envelope(&json!({"code": "Throttling.User", "requestId": "1"}));
    assert_eq!(lower.code.as_deref(), Some("Throttling.User"), "gateways write lower case");
}

#[test]
fn a_list_of_templates_is_found_where_either_document_puts_it() {
    let entry = json!({"TemplateCode": 232_907, "TemplateName": "hello", "Language": "en", "Category": "utility",
        "AuditStatus": "AUDITING", "Reason": "", "LastUpdateTime": 1});
    let mut named = entry.clone();
    named["Name"] = named["TemplateName"].take();
    for answer in [
        json!({"Total": 30, "ListTemplate": [entry]}),
        json!({"Success": true, "Data": {"Total": "30", "List": [named]}}),
    ] {
        let page = template_page(&answer).unwrap();
        assert_eq!((page.entries, page.total), (1, Some(30)), "{answer}");
        let [observed] = &page.templates[..] else { panic!("{answer}") };
        assert_eq!((observed.id.as_str(), observed.name.as_str()), ("232907", "hello"));
        assert_eq!((observed.state, observed.category.as_str()), (ReviewState::Pending, "UTILITY"));
        assert_eq!((&observed.content, &observed.reason), (&None, &None), "a thin entry has no content");
    }
}

#[test]
fn entries_of_other_channels_are_counted_and_left_alone() {
    let viber = json!({"TemplateCode": "V1", "TemplateName": "other", "TemplateType": "VIBER"});
    let page = template_page(&json!({"Total": 1, "ListTemplate": [viber]})).unwrap();
    assert_eq!((page.templates.len(), page.entries, page.total), (0, 1, Some(1)));
}

#[test]
fn audit_states_are_mapped_and_new_ones_are_unknown() {
    for (word, want) in [
        ("pass", ReviewState::Approved),
        ("fail", ReviewState::Rejected),
        ("auditing", ReviewState::Pending),
        ("unaudit", ReviewState::Suspended),
        ("paused", ReviewState::Paused),
        ("Disabled", ReviewState::Disabled),
        ("brand_new", ReviewState::Unknown),
        ("", ReviewState::Unknown),
    ] {
        let data = json!({"TemplateCode": "1", "Name": "n", "Language": "en", "AuditStatus": word});
        assert_eq!(template(&json!({"Data": data})).unwrap().state, want, "{word:?}");
    }
    assert!(template(&json!({"Code": "OK", "Data": null})).is_err());
}

/// Traps 16, 17, 22 and 45, in the golden body of providers.md A6.1.
#[test]
fn trap_16_a_template_is_written_as_parameters_that_hold_json() {
    let hello = desired("UTILITY", &json!({"body": {"text": "Hi {{name}}, é"}}), &json!({"name": "Bob"}));
    let want = [
        ("Name", "hello"),
        ("Language", "en"),
        ("Category", "UTILITY"),
        ("TemplateType", "WHATSAPP"),
        ("Components", r#"[{"Type":"BODY","Text":"Hi $(name), é"}]"#),
        ("Example", r#"{"name":"Bob"}"#),
    ];
    assert_eq!(templates::create(None, &hello), want.map(|(name, value)| (name, value.to_owned())));
    let modified = templates::modify(Some("cams"), Which::Name("hello"), &hello);
    assert_eq!(modified[0], ("TemplateName", "hello".to_owned()));
    assert_eq!(modified.last(), Some(&("CustSpaceId", "cams".to_owned())));
    let paused = templates::properties(None, "MSG_1", "en", true);
    assert_eq!(paused.last(), Some(&("CategoryChangePaused", "true".to_owned())));
    assert!(templates::list(None, 1, 20).contains(&("Page", r#"{"Index":1,"Size":20}"#.to_owned())));
    // Trap 30: never without its language.
    let deleted = templates::delete(None, Which::Code("MSG_1"), "en");
    let want = [("TemplateCode", "MSG_1"), ("Language", "en"), ("TemplateType", "WHATSAPP")];
    assert_eq!(deleted, want.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn trap_17_buttons_are_written_as_alibaba_spells_them() {
    let buttons = json!([
        {"type": "URL", "text": "Track", "url": "https://x.example/{{id}}"},
        {"type": "URL", "text": "Home", "url": "https://x.example"},
        {"type": "PHONE_NUMBER", "text": "Call", "phoneNumber": "4930901820"},
        {"type": "QUICK_REPLY", "text": "Stop", "isOptOut": true},
        {"type": "COPY_CODE", "couponCode": "{{coupon}}"},
        {"type": "FLOW", "text": "Go", "flowId": "47", "flowAction": "NAVIGATE", "navigateScreen": "DETAILS"},
    ]);
    let components = json!({"body": {"text": "Hi."}, "buttons": buttons,
        "limitedTimeOffer": {"text": "Ends soon", "hasExpiration": false}});
    let desired = desired("MARKETING", &components, &json!({"id": "1", "coupon": "A"}));
    let want = json!([
        {"Type": "BODY", "Text": "Hi."},
        {"Type": "LIMITED_TIME_OFFER", "Text": "Ends soon", "HasExpiration": false},
        {"Type": "BUTTONS", "Buttons": [
            {"Url": "https://x.example/$(id)", "UrlType": "dynamic", "Type": "URL", "Text": "Track"},
            {"Url": "https://x.example", "UrlType": "static", "Type": "URL", "Text": "Home"},
            {"PhoneNumber": "+4930901820", "Type": "PHONE_NUMBER", "Text": "Call"},
            {"IsOptOut": true, "Type": "QUICK_REPLY", "Text": "Stop"},
            {"CouponCode": "$(coupon)", "Type": "COPY_CODE"},
            {"FlowId": "47", "FlowAction": "NAVIGATE", "NavigateScreen": "DETAILS", "Type": "FLOW", "Text": "Go"},
        ]},
    ]);
    assert_eq!(sent(&desired), want);
}

/// Older documents know one app beside the button, newer ones a list: one app says both, several only the list.
#[test]
fn apps_are_written_for_old_and_new_documents() {
    let app = |name: &str| json!({"packageName": name, "signatureHash": "K8a/AINcGX7"});
    let button = |apps: Value| {
        let button =
            json!({"type": "ONE_TAP", "text": "Copy", "autofillText": "Fill", "supportedApps": apps});
        let components = json!({"body": {"addSecurityRecommendation": true}, "buttons": [button]});
        sent(&desired("AUTHENTICATION", &components, &json!({})))
    };
    let one = button(json!([app("a")]));
    assert_eq!(one[0], json!({"Type": "BODY", "AddSecretRecommendation": true}));
    let written = &one[1]["Buttons"][0];
    assert_eq!((&written["PackageName"], &written["SignatureHash"]), (&json!("a"), &json!("K8a/AINcGX7")));
    assert_eq!(written["SupportedApps"], json!([{"PackageName": "a", "SignatureHash": "K8a/AINcGX7"}]));
    let two = button(json!([app("a"), app("b")]));
    assert_eq!(two[1]["Buttons"][0].get("PackageName"), None);
    assert_eq!(two[1]["Buttons"][0]["SupportedApps"].as_array().unwrap().len(), 2);
}
