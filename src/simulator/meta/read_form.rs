//! How components come back, which is not how they were written (providers.md trap 35, part F).

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::super::encoding::hex;
use super::super::values::text;

/// All components, as they come back.
pub(super) fn of(components: &[Value], base: &str) -> Value {
    components.iter().map(|component| read(component, base)).collect()
}

fn read(component: &Value, base: &str) -> Value {
    let Some(fields) = component.as_object() else { return Value::Null };
    let mut shown: Map<String, Value> = fields
        .iter()
        .map(|(key, value)| {
            let value = match key.as_str() {
                "buttons" => each(value, button),
                "cards" => {
                    each(value, |card| json!({ "components": each(&card["components"], |c| read(c, base)) }))
                }
                "example" => example(value, base),
                _ => value.clone(),
            };
            (key.clone(), value)
        })
        .collect();
    write_authentication(&mut shown);
    Value::Object(shown)
}

fn each(value: &Value, convert: impl Fn(&Value) -> Value) -> Value {
    value.as_array().map_or(Value::Null, |items| items.iter().map(convert).collect())
}

/// The handle of an upload comes back as the address of the file.
fn example(value: &Value, base: &str) -> Value {
    let Some(fields) = value.as_object() else { return value.clone() };
    let link = |handle: &Value| {
        let name = hex(&Sha256::digest(handle.to_string())[..12]);
        Value::from(format!("{base}/v/t61.29466-34/{name}?ccb=1-7&_nc_sid=8b1bef&oh=01_{name}"))
    };
    let convert = |(key, value): (&String, &Value)| match key.as_str() {
        "header_handle" => (key.clone(), each(value, link)),
        _ => (key.clone(), value.clone()),
    };
    Value::Object(fields.iter().map(convert).collect())
}

/// The provider's own words for authentication templates (M-auth).
fn write_authentication(shown: &mut Map<String, Value>) {
    if !shown.contains_key("text") && shown.get("type").is_some_and(|kind| kind == "BODY") {
        let advice = shown.get("add_security_recommendation") == Some(&Value::Bool(true));
        let advice = if advice { " For your security, do not share this code." } else { "" };
        shown.insert("text".to_owned(), format!("*{{{{1}}}}* is your verification code.{advice}").into());
        shown.insert("example".to_owned(), json!({ "body_text": [["123456"]] }));
    }
    if let Some(minutes) = shown.get("code_expiration_minutes").cloned() {
        shown.insert("text".to_owned(), format!("This code expires in {minutes} minutes.").into());
    }
}

/// OTP comes back as a URL button, the example of a coupon as an array, actions in upper case.
fn button(button: &Value) -> Value {
    let mut shown = button.clone();
    match text(button, "type") {
        "OTP" => one_time(button),
        "COPY_CODE" => {
            if let Some(Value::String(code)) = button.get("example") {
                shown["example"] = json!([code]);
            }
            shown["text"] = "Copy offer code".into();
            shown
        }
        "FLOW" => {
            let action = text(button, "flow_action").to_ascii_uppercase();
            shown["flow_action"] = if action.is_empty() { "NAVIGATE".into() } else { action.into() };
            shown
        }
        _ => shown,
    }
}

fn one_time(button: &Value) -> Value {
    let otp_type = text(button, "otp_type");
    let label = text(button, "text");
    let label = if label.is_empty() { "Copy code" } else { label };
    let link = |code: &str| {
        let mut link = format!("https://www.whatsapp.com/otp/code/?otp_type={otp_type}");
        let first = button.get("supported_apps").and_then(|apps| apps.get(0)).unwrap_or(button);
        if otp_type != "COPY_CODE" {
            let autofill = text(button, "autofill_text").replace(' ', "+");
            let (package, hash) = (text(first, "package_name"), text(first, "signature_hash"));
            link = format!("{link}&cta_display_name={autofill}&package_name={package}&signature_hash={hash}");
        }
        format!("{link}&code=otp{code}")
    };
    json!({ "type": "URL", "text": label, "url": link("{{1}}"), "example": [link("123456")] })
}
