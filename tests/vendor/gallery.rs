//! Manifests that together set every field, and another value for any of their fields.

use std::sync::LazyLock;

use serde_json::{Value, json};
use waops::api;

/// An account, a QR code and a template as one object, since no two of them share a path that a vendor
/// sees: `{spec, status}`.
pub(crate) type World = Value;

/// Worlds that together have every field a provider gets.
pub(crate) fn worlds() -> Vec<World> {
    let templates = TEMPLATES.iter().map(|(components, more)| {
        let components: Value = serde_json::from_str(components).unwrap();
        let mut world = world();
        world["spec"]["components"] = components;
        let more: Value = serde_json::from_str(more).unwrap();
        for (field, value) in more.as_object().unwrap() {
            world["spec"][field] = value.clone();
        }
        world
    });
    templates.collect()
}

fn world() -> World {
    json!({
        "spec": {
            "alibaba": {"custSpaceId": "cams-kei123"},
            "meta": {"graphVersion": "v25.0", "businessAccountId": "102290129340398", "appId": "684477648739411"},
            "accountRef": {"name": "shop"},
            "phoneNumber": "+4930901820",
            "phoneNumberId": "106540352242922",
            "prefilledMessage": "Hi! I saw your poster",
            "image": {"format": "SVG"},
            "adopt": {"code": "FO7JXE4BG3RFG1"},
            "name": "order_shipped",
            "language": "en_US",
            "category": "MARKETING",
            "examples": {"order_id": "A1", "name": "Ana"},
            "categoryChangePaused": true,
            "allowCategoryChange": true,
            "productSetId": "1234567890",
            "ctaUrlLinkTrackingOptedOut": true,
            "messageSendTtlSeconds": 50000,
        },
        "status": {"code": "ANED2T5QRU7HG1", "templateId": "594425479261596"},
    })
}

/// Components, and what else the template needs.
const TEMPLATES: &[(&str, &str)] = &[
    (
        r#"{"header": {"format": "TEXT", "text": "Order {{order_id}}"}, "body": {"text": "Hi {{name}}, here it is."},
            "footer": {"text": "Reply STOP"},
            "buttons": [{"type": "URL", "text": "Track", "url": "https://x.example/{{order_id}}"},
                        {"type": "PHONE_NUMBER", "text": "Call", "phoneNumber": "+4930901821"},
                        {"type": "QUICK_REPLY", "text": "Stop", "isOptOut": false},
                        {"type": "CATALOG", "text": "View catalog"}],
            "callPermissionRequest": true}"#,
        "{}",
    ),
    (
        r#"{"header": {"format": "TEXT", "text": "Order {{order_id}}"}, "body": {"text": "Hi {{name}}, here it is."}}"#,
        r#"{"category": "UTILITY", "subCategory": "ORDER_STATUS", "parameterFormat": "POSITIONAL",
            "messageSendTtlSeconds": 3600}"#,
    ),
    (
        r#"{"header": {"format": "DOCUMENT", "url": "https://x.example/a", "fileName": "a.pdf", "caption": "Yours"},
            "body": {"text": "Hi {{name}}, here it is."},
            "buttons": [{"type": "FLOW", "text": "Start", "flowId": "479884093605183", "flowAction": "DATA_EXCHANGE"},
                        {"type": "VOICE_CALL", "text": "Talk", "ttlMinutes": 10080}]}"#,
        "{}",
    ),
    (
        r#"{"header": {"format": "IMAGE", "url": "https://x.example/a.png"}, "body": {"text": "Hi {{name}}, here it is."},
            "buttons": [{"type": "FLOW", "text": "Start", "flowId": "479884093605183", "flowAction": "NAVIGATE",
             "navigateScreen": "FIRST"},
                        {"type": "COPY_CODE", "couponCode": "SPRING25"}],
            "limitedTimeOffer": {"text": "Ends soon", "hasExpiration": true}}"#,
        "{}",
    ),
    (
        r#"{"body": {"text": "Hi {{name}}, look."}, "carousel": {"cards": [
            {"header": {"format": "IMAGE", "url": "https://x.example/1.png"}, "body": {"text": "One, {{name}}"},
             "buttons": [{"type": "QUICK_REPLY", "text": "More"},
                         {"type": "URL", "text": "Buy", "url": "https://x.example/{{order_id}}"}]},
            {"header": {"format": "IMAGE", "url": "https://x.example/2.png"}, "body": {"text": "Two, {{name}}"},
             "buttons": [{"type": "PHONE_NUMBER", "text": "Call", "phoneNumber": "+4930901822"}]}]}}"#,
        "{}",
    ),
    (
        r#"{"body": {"text": "Hi {{name}}, look."}, "carousel": {"cards": [
            {"header": {"format": "IMAGE", "url": "https://x.example/1.png"}, "body": {"text": "One, {{name}}"}}]}}"#,
        r#"{"parameterFormat": "POSITIONAL"}"#,
    ),
    (
        r#"{"body": {"addSecurityRecommendation": true}, "footer": {"codeExpirationMinutes": 5},
            "buttons": [{"type": "ZERO_TAP", "text": "Copy", "autofillText": "Autofill", "zeroTapTermsAccepted": true,
                         "supportedApps": [{"packageName": "com.example.shop", "signatureHash": "K8a/AINcGX7"}]}]}"#,
        r#"{"category": "AUTHENTICATION", "messageSendTtlSeconds": 60, "examples": {}}"#,
    ),
    (
        r#"{"body": {}, "buttons": [{"type": "ONE_TAP",
            "supportedApps": [{"packageName": "com.example.shop", "signatureHash": "K8a/AINcGX7"}]}]}"#,
        r#"{"category": "AUTHENTICATION", "messageSendTtlSeconds": 60, "examples": {}}"#,
    ),
    (r#"{"body": {"text": "Here it is."}}"#, r#"{"messageSendTtlSeconds": null, "examples": {}}"#),
];

/// Other values that a field could have, each to be recognised by; more than one only where not every
/// one fits the rest of a manifest.
pub(crate) fn others(path: &str, current: &Value) -> Vec<Value> {
    match current {
        Value::Bool(flag) => vec![json!(!flag)],
        Value::Number(number) => vec![json!(number.as_i64().unwrap() + 1)],
        Value::String(text) => match enum_words(path) {
            words if !words.is_empty() => {
                words.into_iter().filter(|word| word.as_str() != Some(text)).collect()
            }
            _ if path == "spec.language" => vec![json!("pt_BR")],
            _ if text.trim_start_matches('+').chars().all(|c| c.is_ascii_digit()) => {
                vec![json!(format!("{text}7"))]
            }
            _ => vec![json!(format!("{text}{MARK}"))],
        },
        _ => Vec::new(),
    }
}

/// What no vendor and no gallery has in a text.
pub(crate) const MARK: &str = "q7z";

fn enum_words(path: &str) -> Vec<Value> {
    fields()
        .iter()
        .filter(|(field, _)| field == path)
        .flat_map(|(_, schema)| schema["enum"].as_array().cloned().unwrap_or_default())
        .collect()
}

/// Every leaf of every CRD's spec, with its schema. `[]` follows a list, `.<variable>` stands for the keys of a map.
pub(crate) fn fields() -> &'static [(String, Value)] {
    static FIELDS: LazyLock<Vec<(String, Value)>> = LazyLock::new(walk_crds);
    &FIELDS
}

fn walk_crds() -> Vec<(String, Value)> {
    fn walk(path: &str, schema: &Value, leaves: &mut Vec<(String, Value)>) {
        let fields = schema["properties"].as_object();
        for (name, field) in fields.into_iter().flatten() {
            walk(&format!("{path}.{name}"), field, leaves);
        }
        if schema["items"].is_object() {
            walk(&format!("{path}[]"), &schema["items"], leaves);
        }
        if schema["additionalProperties"].is_object() {
            walk(&format!("{path}.<variable>"), &schema["additionalProperties"], leaves);
        }
        if fields.is_none() && !schema["items"].is_object() && !schema["additionalProperties"].is_object() {
            leaves.push((path.to_owned(), schema.clone()));
        }
    }
    let mut leaves = Vec::new();
    for crd in api::crds() {
        let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        walk("spec", &schema["properties"]["spec"], &mut leaves);
    }
    leaves
}
