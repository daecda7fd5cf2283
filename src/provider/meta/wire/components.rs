//! Components as Meta writes them: `snake_case` keys, and beside each text the samples of its variables.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::media;
use crate::api::{ButtonType, Category, FlowAction, ParameterFormat};
use crate::provider::sparse::sparse;
use crate::template::{Body, Button, Card, Desired, Footer, Header, Media, OneTap, Piece, Text};

/// The handle that the upload of each sample gave, by its URL.
pub type Handles = BTreeMap<String, String>;

/// A sample was not uploaded before its template was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sample of a media header was not uploaded yet")]
pub struct MissingHandle;

/// The array `components`.
pub(super) fn components(desired: &Desired, handles: &Handles) -> Result<Value, MissingHandle> {
    if media::samples(desired).any(|(_, url)| !handles.contains_key(url)) {
        return Err(MissingHandle);
    }
    Ok(Writer { desired, handles }.components())
}

struct Writer<'a> {
    desired: &'a Desired,
    handles: &'a Handles,
}

impl Writer<'_> {
    fn components(&self) -> Value {
        let desired = self.desired;
        let mut components = Vec::new();
        components.extend(desired.header.as_ref().map(|header| self.header(header)));
        components.extend(desired.offer.as_ref().map(|offer| {
            let offer = json!({"text": offer.text, "has_expiration": offer.has_expiration});
            json!({"type": "LIMITED_TIME_OFFER", "limited_time_offer": offer})
        }));
        components.push(match &desired.body {
            Body::Text(text) => self.body(text),
            Body::Code { add_security_recommendation } => {
                json!({"type": "BODY", "add_security_recommendation": add_security_recommendation})
            }
        });
        components.extend(desired.footer.as_ref().map(|footer| match footer {
            Footer::Text(text) => json!({"type": "FOOTER", "text": text}),
            Footer::CodeExpiration(minutes) => {
                json!({"type": "FOOTER", "code_expiration_minutes": minutes})
            }
        }));
        components.extend(self.buttons(&desired.buttons));
        if !desired.cards.is_empty() {
            let cards: Vec<Value> = desired.cards.iter().map(|card| self.card(card)).collect();
            components.push(json!({"type": "CAROUSEL", "cards": cards}));
        }
        if desired.call_permission_request {
            components.push(json!({"type": "CALL_PERMISSION_REQUEST"}));
        }
        sparse(Value::Array(components))
    }

    fn header(&self, header: &Header) -> Value {
        match header {
            Header::Text(text) => json!({
                "type": "HEADER",
                "format": "TEXT",
                "text": self.written(text),
                // One list here, a list of lists in the body.
                "example": self.samples(text, "header_text", |samples| json!(samples)),
            }),
            Header::Media(media) => self.media(media),
            Header::Location => json!({"type": "HEADER", "format": "LOCATION"}),
        }
    }

    fn media(&self, media: &Media) -> Value {
        let handle = media.url.as_ref().and_then(|url| self.handles.get(url));
        json!({
            "type": "HEADER",
            "format": media.format.as_str(),
            "example": {"header_handle": [handle]},
        })
    }

    fn body(&self, text: &Text) -> Value {
        json!({
            "type": "BODY",
            "text": self.written(text),
            "example": self.samples(text, "body_text", |samples| json!([samples])),
        })
    }

    fn card(&self, card: &Card) -> Value {
        let mut components = vec![self.media(&card.header)];
        components.extend(card.body.as_ref().map(|text| self.body(text)));
        components.extend(self.buttons(&card.buttons));
        json!({"components": components})
    }

    fn buttons(&self, buttons: &[Button]) -> Option<Value> {
        let written: Vec<Value> = buttons.iter().map(|button| self.button(button)).collect();
        (!written.is_empty()).then(|| json!({"type": "BUTTONS", "buttons": written}))
    }

    fn button(&self, button: &Button) -> Value {
        let mut fields = match button {
            Button::PhoneNumber { phone_number, .. } => {
                json!({"phone_number": format!("+{}", phone_number.trim_start_matches('+'))})
            }
            Button::Url { url, .. } => json!({"url": numbered(url), "example": self.link_sample(url)}),
            Button::CopyCode { coupon_code, .. } => {
                json!({"example": coupon_code.as_ref().map(|code| self.filled(code))})
            }
            Button::OneTap(tap) => Self::tap(tap, None),
            Button::ZeroTap { tap, terms_accepted } => Self::tap(tap, *terms_accepted),
            Button::Flow { flow_id, action, navigate_screen, .. } => json!({
                "flow_id": flow_id,
                "flow_action": action.map(flow_action),
                "navigate_screen": navigate_screen,
            }),
            Button::VoiceCall { ttl_minutes, .. } => json!({"ttl_minutes": ttl_minutes}),
            _ => json!({}),
        };
        let kind = button.kind();
        let of_codes = self.desired.category == Category::Authentication;
        if of_codes && matches!(kind, ButtonType::CopyCode | ButtonType::OneTap | ButtonType::ZeroTap) {
            fields["type"] = json!("OTP");
            fields["otp_type"] = json!(kind.as_str());
        } else {
            fields["type"] = json!(kind.as_str());
        }
        // Meta words the button of a coupon itself and knows no text for it.
        if of_codes || kind != ButtonType::CopyCode {
            fields["text"] = json!(button.text());
        }
        fields
    }

    fn tap(tap: &OneTap, terms_accepted: Option<bool>) -> Value {
        let apps = tap.apps.iter();
        let apps: Vec<Value> = apps
            .map(|app| json!({"package_name": app.package_name, "signature_hash": app.signature_hash}))
            .collect();
        json!({
            "autofill_text": tap.autofill_text,
            "supported_apps": apps,
            "zero_tap_terms_accepted": terms_accepted,
        })
    }

    fn written(&self, text: &Text) -> String {
        match self.desired.parameter_format {
            ParameterFormat::Named => text.to_string(),
            ParameterFormat::Positional => numbered(text),
        }
    }

    fn samples(&self, text: &Text, key: &str, nest: impl Fn(Vec<&str>) -> Value) -> Value {
        let names = distinct(text);
        if names.is_empty() {
            return Value::Null;
        }
        match self.desired.parameter_format {
            ParameterFormat::Named => {
                let params =
                    names.iter().map(|name| json!({"param_name": name, "example": self.sample(name)}));
                json!({format!("{key}_named_params"): params.collect::<Vec<_>>()})
            }
            ParameterFormat::Positional => {
                json!({key: nest(names.iter().map(|name| self.sample(name)).collect())})
            }
        }
    }

    /// Lint asks for a sample of each variable; where there is none all the same, its name keeps the
    /// others in their places.
    fn sample<'a>(&'a self, name: &'a str) -> &'a str {
        self.desired.examples.get(name).map_or(name, String::as_str)
    }

    fn filled(&self, text: &Text) -> String {
        text.render(|name| self.sample(name).to_owned())
    }

    /// The whole link, as the customer will open it; people write the sample as a whole link too.
    fn link_sample(&self, url: &Text) -> Option<[String; 1]> {
        let name = url.variables().next()?;
        let sample = self.sample(name);
        let is_whole = sample.starts_with("https://") || sample.starts_with("http://");
        Some([if is_whole { sample.to_owned() } else { self.filled(url) }])
    }
}

/// The variables in order of appearance, each once.
fn distinct(text: &Text) -> Vec<&str> {
    let mut names = Vec::new();
    for name in text.variables() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The text with `{{1}}`, `{{2}}`, …; a name that comes again keeps its number.
fn numbered(text: &Text) -> String {
    let names = distinct(text);
    let pieces = text.pieces().iter();
    pieces
        .map(|piece| match piece {
            Piece::Literal(literal) => literal.clone(),
            Piece::Variable(name) => {
                let position = names.iter().position(|known| known == name).unwrap_or_default();
                format!("{{{{{}}}}}", position + 1)
            }
        })
        .collect()
}

fn flow_action(action: FlowAction) -> &'static str {
    match action {
        FlowAction::Navigate => "navigate",
        FlowAction::DataExchange => "data_exchange",
    }
}
