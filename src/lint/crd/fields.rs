//! What to do about a field that one type of button or header has and the others have not.

use super::Detail;
use crate::api::{ButtonSpec, HeaderSpec};

/// The types that have a field, and how it is written.
struct Field {
    is_there: bool,
    types: &'static str,
    example: &'static str,
}

fn field(is_there: bool, types: &'static str, example: &'static str) -> Field {
    Field { is_there, types, example }
}

/// Of a button without a field that its type has, or with one that it has not.
pub(in crate::lint) fn button(spec: &ButtonSpec, name: &str) -> Detail {
    let field = match name {
        "text" => field(spec.text.is_some(), "QUICK_REPLY", "Track"),
        "url" => field(spec.url.is_some(), "URL", "https://shop.example/orders"),
        "phoneNumber" => field(spec.phone_number.is_some(), "PHONE_NUMBER", "\"+4930901820\""),
        "flowId" => field(spec.flow_id.is_some(), "FLOW", "\"479884093605183\""),
        "flowAction" => field(spec.flow_action.is_some(), "FLOW", "NAVIGATE"),
        "navigateScreen" => field(spec.navigate_screen.is_some(), "FLOW", "DETAILS"),
        "supportedApps" => field(
            spec.supported_apps.is_some(),
            "ONE_TAP or ZERO_TAP",
            "[{packageName: com.example.shop, signatureHash: K8a/AINcGX7}]",
        ),
        "autofillText" => field(spec.autofill_text.is_some(), "ONE_TAP or ZERO_TAP", "Autofill"),
        "zeroTapTermsAccepted" => field(spec.zero_tap_terms_accepted.is_some(), "ZERO_TAP", "true"),
        "couponCode" => field(spec.coupon_code.is_some(), "COPY_CODE", "SPRING25"),
        "isOptOut" => field(spec.is_opt_out.is_some(), "QUICK_REPLY", "true"),
        "ttlMinutes" => field(spec.ttl_minutes.is_some(), "VOICE_CALL", "10080"),
        _ => return Detail::default(),
    };
    field.detail(name, "type", spec.r#type.as_str())
}

/// Of a header without a field that its format has, or with one that it has not.
pub(in crate::lint) fn header(spec: &HeaderSpec, name: &str) -> Detail {
    let field = match name {
        "text" => field(spec.text.is_some(), "TEXT", "Your order"),
        "url" => {
            field(spec.url.is_some(), "IMAGE, VIDEO or DOCUMENT", "https://assets.example/samples/coat.jpg")
        }
        "fileName" => field(spec.file_name.is_some(), "DOCUMENT", "invoice.pdf"),
        "caption" => field(spec.caption.is_some(), "DOCUMENT", "Your invoice"),
        _ => return Detail::default(),
    };
    field.detail(name, "format", spec.format.as_str())
}

impl Field {
    fn detail(&self, name: &str, selector: &str, selected: &str) -> Detail {
        let (value, help) = if self.is_there {
            let help = format!("remove {name}, or write {selector}: {}", self.types);
            (format!("{selected} with {name}"), help)
        } else {
            (format!("{selected} without {name}"), format!("add {name}: {}", self.example))
        };
        Detail { value: Some(value), help }
    }
}
