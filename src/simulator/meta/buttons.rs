//! The rules of buttons (providers.md B3.4, part F).

use serde_json::Value;

use super::super::values::{length, list, text, variables};
use super::components::{Rules, broken, kind, too_long};
use super::error::GraphError;

pub(super) fn check(rules: &Rules<'_>, buttons: &[Value], most: usize) -> Result<(), GraphError> {
    let count = |wanted: &str| buttons.iter().filter(|button| kind(button) == wanted).count();
    if !(1..=most).contains(&buttons.len()) {
        return Err(broken(&format!("1 to {most} buttons are allowed.")));
    }
    for (wanted, most) in [("URL", 2), ("PHONE_NUMBER", 1), ("COPY_CODE", 1), ("OTP", 1)] {
        if count(wanted) > most {
            return Err(broken(&format!("At most {most} {wanted} buttons are allowed.")));
        }
    }
    // Grouped, not interleaved.
    let reply = |button: &Value| kind(button) == "QUICK_REPLY";
    if buttons.windows(2).filter(|pair| reply(&pair[0]) != reply(&pair[1])).count() > 1 {
        return Err(broken("QUICK_REPLY buttons must stand together."));
    }
    buttons.iter().try_for_each(|button| one(rules, button))
}

fn one(rules: &Rules<'_>, button: &Value) -> Result<(), GraphError> {
    let label = text(button, "text");
    if length(label) > 25 {
        return Err(too_long("The text of a button", 25));
    }
    let kind = kind(button);
    let labelled = matches!(kind.as_str(), "URL" | "PHONE_NUMBER" | "QUICK_REPLY" | "FLOW");
    if labelled && (label.is_empty() || label.contains("{{")) {
        return Err(broken(&format!("A {kind} button needs a text without parameters.")));
    }
    match kind.as_str() {
        "URL" => url(button),
        "PHONE_NUMBER" => {
            let number = text(button, "phone_number");
            let digits = number.strip_prefix('+').unwrap_or(number);
            let right = (1..=20).contains(&number.len()) && digits.chars().all(|c| c.is_ascii_digit());
            if right { Ok(()) } else { Err(broken("phone_number has 1 to 20 characters.")) }
        }
        "COPY_CODE" => {
            // A string on create, an array on read; both are accepted here (part F).
            let example = button.get("example").map(|e| e.as_str().or_else(|| e.get(0)?.as_str()));
            let right = example.flatten().is_some_and(|code| (1..=20).contains(&length(code)));
            if right {
                Ok(())
            } else {
                Err(broken("A COPY_CODE button needs an example of 1 to 20 characters."))
            }
        }
        "OTP" => one_time(rules, button),
        "FLOW" => {
            let named = ["flow_id", "flow_name", "flow_json"].iter().any(|key| button.get(key).is_some());
            let action = text(button, "flow_action").to_ascii_lowercase();
            let known = matches!(action.as_str(), "" | "navigate" | "data_exchange");
            // Without navigate_screen it is accepted (part F).
            if named && known {
                Ok(())
            } else {
                Err(broken("A FLOW button needs flow_id, flow_name or flow_json."))
            }
        }
        "QUICK_REPLY"
        | "CATALOG"
        | "MPM"
        | "SPM"
        | "VOICE_CALL"
        | "ORDER_DETAILS"
        | "REQUEST_CONTACT_INFO" => Ok(()),
        other => Err(broken(&format!("Unknown type of button: {other}."))),
    }
}

/// One variable, at the end, with an example: the suffix alone or a full address (B3.4, part F).
fn url(button: &Value) -> Result<(), GraphError> {
    let url = text(button, "url");
    if !url.starts_with("http") {
        return Err(broken("A URL button needs a url."));
    }
    if length(url) > 2_000 {
        return Err(too_long("A url", 2_000));
    }
    match variables(url, "{{", "}}").len() {
        0 => Ok(()),
        1 if url.ends_with("}}") && list(button, "example").iter().filter(|e| e.is_string()).count() == 1 => {
            Ok(())
        }
        _ => Err(broken("A url has one parameter at its end, with one example.")),
    }
}

/// `otp_type`, and apps for `ONE_TAP` and `ZERO_TAP`, flat or as a list (M-auth, part F).
fn one_time(rules: &Rules<'_>, button: &Value) -> Result<(), GraphError> {
    if rules.category != "AUTHENTICATION" {
        return Err(broken("OTP buttons are for AUTHENTICATION only."));
    }
    if length(text(button, "autofill_text")) > 25 {
        return Err(too_long("autofill_text", 25));
    }
    let otp_type = text(button, "otp_type").to_ascii_uppercase();
    match otp_type.as_str() {
        "COPY_CODE" => Ok(()),
        "ONE_TAP" | "ZERO_TAP" => {
            let apps = list(button, "supported_apps");
            let app = |app: &Value| {
                let (name, hash) = (text(app, "package_name"), text(app, "signature_hash"));
                (1..=224).contains(&name.len()) && hash.len() == 11
            };
            let right = if apps.is_empty() { app(button) } else { apps.len() <= 5 && apps.iter().all(app) };
            let accepted = button.get("zero_tap_terms_accepted").and_then(Value::as_bool) == Some(true);
            match (right, otp_type == "ZERO_TAP" && !accepted) {
                (true, false) => Ok(()),
                (false, _) => Err(broken("supported_apps has 1 to 5 apps, each hash 11 characters.")),
                (true, true) => Err(broken("ZERO_TAP needs zero_tap_terms_accepted: true.")),
            }
        }
        _ => Err(broken("otp_type is COPY_CODE, ONE_TAP or ZERO_TAP.")),
    }
}
