//! Components as Alibaba writes them: `PascalCase` keys, `$(name)` variables.

use serde_json::{Value, json};

use crate::api::FlowAction;
use crate::provider::sparse::sparse;
use crate::template::{Body, Button, Card, Desired, Footer, Header, Media, OneTap, Text};

/// The array that the parameter `Components` holds as a string.
pub(super) fn components(desired: &Desired) -> Value {
    let mut components = Vec::new();
    components.extend(desired.header.as_ref().map(header));
    components.push(body(&desired.body));
    components.extend(desired.footer.as_ref().map(footer));
    components.extend(desired.offer.as_ref().map(|offer| {
        json!({"Type": "LIMITED_TIME_OFFER", "Text": offer.text, "HasExpiration": offer.has_expiration})
    }));
    components.extend(buttons(&desired.buttons));
    if !desired.cards.is_empty() {
        let cards: Vec<Value> = desired.cards.iter().map(card).collect();
        components.push(json!({"Type": "CAROUSEL", "Cards": cards}));
    }
    if desired.call_permission_request {
        components.push(json!({"Type": "CALL_PERMISSION_REQUEST"}));
    }
    sparse(Value::Array(components))
}

fn header(header: &Header) -> Value {
    match header {
        Header::Text(text) => json!({"Type": "HEADER", "Format": "TEXT", "Text": written(text)}),
        Header::Media(sample) => media(sample),
        Header::Location => json!({"Type": "HEADER", "Format": "LOCATION"}),
    }
}

fn media(media: &Media) -> Value {
    json!({
        "Type": "HEADER",
        "Format": media.format.as_str(),
        "Url": media.url,
        "FileName": media.file_name,
        "Caption": media.caption,
    })
}

fn body(body: &Body) -> Value {
    match body {
        Body::Text(text) => json!({"Type": "BODY", "Text": written(text)}),
        // The wire name is Secret where the thing is security.
        Body::Code { add_security_recommendation } => {
            json!({"Type": "BODY", "AddSecretRecommendation": add_security_recommendation})
        }
    }
}

fn footer(footer: &Footer) -> Value {
    match footer {
        Footer::Text(text) => json!({"Type": "FOOTER", "Text": text}),
        Footer::CodeExpiration(minutes) => json!({"Type": "FOOTER", "CodeExpirationMinutes": minutes}),
    }
}

fn card(card: &Card) -> Value {
    let mut components = vec![media(&card.header)];
    components.extend(card.body.as_ref().map(|text| json!({"Type": "BODY", "Text": written(text)})));
    components.extend(buttons(&card.buttons));
    json!({"CardComponents": components})
}

fn buttons(buttons: &[Button]) -> Option<Value> {
    let written: Vec<Value> = buttons.iter().map(button).collect();
    (!written.is_empty()).then(|| json!({"Type": "BUTTONS", "Buttons": written}))
}

fn button(button: &Button) -> Value {
    let mut fields = match button {
        Button::PhoneNumber { phone_number, .. } => {
            json!({"PhoneNumber": format!("+{}", phone_number.trim_start_matches('+'))})
        }
        Button::Url { url, .. } => {
            let is_dynamic = url.variables().next().is_some();
            json!({"Url": written(url), "UrlType": if is_dynamic { "dynamic" } else { "static" }})
        }
        Button::QuickReply { is_opt_out, .. } => json!({"IsOptOut": is_opt_out}),
        Button::CopyCode { coupon_code, .. } => json!({"CouponCode": coupon_code.as_ref().map(written)}),
        Button::OneTap(tap) | Button::ZeroTap { tap, .. } => apps(tap),
        Button::Flow { flow_id, action, navigate_screen, .. } => json!({
            "FlowId": flow_id,
            "FlowAction": action.map(flow_action),
            "NavigateScreen": navigate_screen,
        }),
        _ => json!({}),
    };
    fields["Type"] = json!(button.kind().as_str());
    fields["Text"] = json!(button.text());
    fields
}

/// The list of apps, and beside it the two fields that older documents know, where they can say the same.
fn apps(tap: &OneTap) -> Value {
    let only = match tap.apps.as_slice() {
        [app] => Some(app),
        _ => None,
    };
    let apps: Vec<Value> = tap
        .apps
        .iter()
        .map(|app| json!({"PackageName": app.package_name, "SignatureHash": app.signature_hash}))
        .collect();
    json!({
        "AutofillText": tap.autofill_text,
        "SupportedApps": apps,
        "PackageName": only.map(|app| &app.package_name),
        "SignatureHash": only.map(|app| &app.signature_hash),
    })
}

fn flow_action(action: FlowAction) -> &'static str {
    match action {
        FlowAction::Navigate => "NAVIGATE",
        FlowAction::DataExchange => "DATA_EXCHANGE",
    }
}

fn written(text: &Text) -> String {
    text.render(|name| format!("$({name})"))
}
