//! How a provider gives back what it was sent, with the liberties it is known to take
//! (providers.md, traps 17, 35 and 36, and part F).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use waops::api::Category;
use waops::provider::{alibaba, meta};
use waops::template::Desired;

/// Which liberties an answer takes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Liberties {
    /// One-time-code buttons come back as links.
    pub(crate) codes_as_links: bool,
    /// Variables come back as numbers.
    pub(crate) numbers: bool,
    /// Words come in another case, and a key misspelt.
    pub(crate) spelling: bool,
    /// Defaults are spelled out, and what only echoes is left out.
    pub(crate) defaults: bool,
}

/// The answer of `GetChatappTemplateDetail` after a create.
pub(crate) fn alibaba(desired: &Desired, liberties: Liberties) -> Value {
    let sent = alibaba::wire::templates::create(None, desired);
    let text = |name: &str| sent.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
    let json = |name: &str| text(name).map(|value| serde_json::from_str::<Value>(&value).unwrap());
    let mut components = json("Components").unwrap();
    each_object(&mut components, &mut |object| alibaba_object(object, desired, liberties));
    let code = "MSG_232907\n";
    json!({
        "Code": "OK", "RequestId": "90E63D28\n", "AccessDeniedDetail": "None",
        "Message": "User not authorized to operate on the specified resource.",
        "Data": {
            "TemplateCode": code, "Name": text("Name"), "Language": text("Language"), "TemplateType": "WHATSAPP",
            "Category": text("Category"), "AuditStatus": "pass", "Reason": "Fine", "QualityScore": "GREEN",
            "Example": json("Example"), "Components": components,
            "MessageSendTtlSeconds": json("MessageSendTtlSeconds"),
            "CategoryChangePaused": json("CategoryChangePaused"),
            "ProductSetId": text("ProductSetId"),
        },
    })
}

fn alibaba_object(object: &mut Map<String, Value>, desired: &Desired, liberties: Liberties) {
    rename(object, "HasExpiration", "hasExpiration");
    let of_codes = desired.category == Category::Authentication;
    if of_codes && object.get("Type") == Some(&json!("BODY")) {
        object.insert("Text".into(), json!(""));
    }
    if liberties.numbers {
        for field in ["Text", "Url", "CouponCode"] {
            renumber(object, field, "$(", ")");
        }
    }
    if liberties.spelling {
        rename(object, "Format", "formate");
        if object.get("Type") == Some(&json!("FLOW")) {
            object.insert("Type".into(), json!("Flow"));
        }
    }
    if liberties.defaults {
        object.remove("SupportedApps").filter(|_| !object.contains_key("PackageName")).map(|apps| {
            // Several apps only fit into the list.
            object.insert("SupportedApps".into(), apps)
        });
        if object.contains_key("FlowId") {
            object.entry("FlowAction").or_insert(json!("NAVIGATE"));
        }
        if object.get("Type") == Some(&json!("QUICK_REPLY")) {
            object.entry("IsOptOut").or_insert(json!("False"));
        }
    }
    if object.get("Type") == Some(&json!("HEADER")) && object.contains_key("Url") {
        object.insert("Url".into(), json!("https://oss.example/copy.png"));
    }
}

/// The answer of a read of one template after a create.
pub(crate) fn meta(desired: &Desired, liberties: Liberties) -> Value {
    let samples = meta::wire::media::samples(desired);
    let handles: BTreeMap<_, _> = samples.map(|(_, url)| (url.to_owned(), "4::aW".to_owned())).collect();
    let mut answer = meta::wire::templates::create(desired, &handles).unwrap();
    each_object(&mut answer["components"], &mut |object| meta_object(object, desired, liberties));
    let format = answer.get("parameter_format").cloned().unwrap_or(json!("POSITIONAL"));
    answer["parameter_format"] = format;
    answer["id"] = json!("594425479261596");
    answer["status"] = json!("APPROVED");
    answer["rejected_reason"] = json!("NONE");
    answer["quality_score"] = json!({"score": "GREEN", "date": 1});
    if desired.category == Category::Utility {
        // Nobody's to fight.
        answer["category"] = json!("MARKETING");
        answer["previous_category"] = json!("UTILITY");
        answer["correct_category"] = json!("UTILITY");
    }
    answer
}

fn meta_object(object: &mut Map<String, Value>, desired: &Desired, liberties: Liberties) {
    if let Some(handles) = object.get_mut("header_handle") {
        *handles = json!(["https://scontent.whatsapp.net/v/t61/copy?oe=64550A9E"]);
    }
    match object.get("type").and_then(Value::as_str).unwrap_or_default() {
        "BODY" if desired.category == Category::Authentication => {
            object.insert("text".into(), json!("*{{1}}* is your verification code."));
            object.insert("example".into(), json!({"body_text": [["123456"]]}));
        }
        "FOOTER" if desired.category == Category::Authentication => {
            object.insert("text".into(), json!("This code expires in 5 minutes."));
            if liberties.defaults {
                object.remove("code_expiration_minutes");
            }
        }
        "OTP" => one_time_code(object, liberties),
        "COPY_CODE" => {
            object.insert("text".into(), json!("Copy offer code"));
            if let Some(code) = object.remove("example") {
                object.insert("example".into(), json!([code]));
            }
        }
        "PHONE_NUMBER" if liberties.defaults => {
            let number = object["phone_number"].as_str().unwrap().trim_start_matches('+').to_owned();
            object.insert("phone_number".into(), json!(number));
        }
        "FLOW" if liberties.defaults => {
            object.entry("flow_action").or_insert(json!("NAVIGATE"));
            object.entry("navigate_screen").or_insert(json!("FIRST"));
        }
        "CATALOG" | "MPM" | "SPM" | "VOICE_CALL" if liberties.defaults => {
            object.entry("text").or_insert(json!("View"));
        }
        _ => {}
    }
    if liberties.spelling
        && let Some(Value::String(kind)) = object.get_mut("type")
    {
        *kind = kind.to_ascii_lowercase();
    }
}

fn one_time_code(object: &mut Map<String, Value>, liberties: Liberties) {
    object.insert("text".into(), json!("Copy code"));
    if liberties.codes_as_links {
        let kind = object["otp_type"].as_str().unwrap();
        let link = format!("https://www.whatsapp.com/otp/code/?otp_type={kind}&code=otp{{{{1}}}}");
        *object = Map::from_iter([
            ("type".to_owned(), json!("URL")),
            ("text".to_owned(), json!("Copy code")),
            ("url".to_owned(), json!(link)),
            ("example".to_owned(), json!(["https://www.whatsapp.com/otp/code/?otp_type=X&code=otp123456"])),
        ]);
    } else if liberties.defaults {
        object.remove("zero_tap_terms_accepted");
    }
}

fn rename(object: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = object.remove(from) {
        object.insert(to.to_owned(), value);
    }
}

fn renumber(object: &mut Map<String, Value>, field: &str, open: &str, close: &str) {
    let Some(Value::String(text)) = object.get_mut(field) else { return };
    let mut names: Vec<String> = Vec::new();
    while let Some(start) = text.find(open) {
        let end = start + text[start..].find(close).unwrap();
        let name = text[start + open.len()..end].to_owned();
        let position = names.iter().position(|known| *known == name).unwrap_or(names.len());
        if position == names.len() {
            names.push(name);
        }
        text.replace_range(start..=end, &format!("{{{{{}}}}}", position + 1));
    }
}

fn each_object(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(|field| each_object(field, change));
            change(object);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        _ => {}
    }
}
