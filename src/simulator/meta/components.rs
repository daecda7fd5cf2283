//! The rules that components must keep when they are written (providers.md B3.2, B3.4, part F).

use serde_json::Value;

use super::super::settings::MetaSettings;
use super::super::time::Time;
use super::super::values::{length, list, text, variables, whole};
use super::buttons;
use super::error::GraphError;
use super::uploads::Handle;

/// What the rules depend on.
pub(super) struct Rules<'a> {
    pub(super) category: &'a str,
    pub(super) named: bool,
    pub(super) settings: &'a MetaSettings,
    pub(super) handles: &'a [Handle],
    pub(super) app: &'a str,
    pub(super) now: Time,
}

/// The type of a component or button, which may be written in either case (B3.4).
pub(super) fn kind(value: &Value) -> String {
    text(value, "type").to_ascii_uppercase()
}

pub(super) fn too_long(what: &str, most: usize) -> GraphError {
    let words = format!("{what} can have at most {most} characters.");
    GraphError::template(2_388_040, "Character limit exceeded", &words)
}

pub(super) fn broken(what: &str) -> GraphError {
    GraphError::invalid(what)
}

fn header_broken(words: &str) -> GraphError {
    GraphError::template(2_388_047, "Message header format is incorrect", words)
}

fn body_broken(words: &str) -> GraphError {
    GraphError::template(2_388_072, "Message body format is incorrect", words)
}

fn footer_broken(words: &str) -> GraphError {
    GraphError::template(2_388_073, "Message footer format is incorrect", words)
}

impl Rules<'_> {
    /// Checks all components; returns them as they are kept, types in upper case.
    pub(super) fn check(&self, components: &Value) -> Result<Vec<Value>, GraphError> {
        let components = components.as_array().filter(|list| list.iter().all(Value::is_object));
        let components = components.ok_or_else(|| broken("Param components must be an array of objects."))?;
        let kinds: Vec<_> = components.iter().map(kind).collect();
        let twice = kinds.iter().enumerate().any(|(at, kind)| kinds[..at].contains(kind));
        if twice {
            return Err(broken("Each type of component can be used once."));
        }
        if !kinds.iter().any(|kind| kind == "BODY") {
            return Err(body_broken("A template needs a BODY."));
        }
        let is_offer = kinds.iter().any(|kind| kind == "LIMITED_TIME_OFFER");
        for component in components {
            self.component(component, is_offer)?;
        }
        self.combination(components, &kinds)?;
        Ok(components.iter().map(upper_case).collect())
    }

    fn component(&self, component: &Value, is_offer: bool) -> Result<(), GraphError> {
        match kind(component).as_str() {
            "HEADER" => self.header(component, false),
            "BODY" if self.category == "AUTHENTICATION" => authentication_body(component),
            // LTO 600 (B3.4).
            "BODY" => self.body(component, if is_offer { 600 } else { 1_024 }),
            "FOOTER" => self.footer(component),
            "BUTTONS" => buttons::check(self, list(component, "buttons"), 10),
            "CAROUSEL" => self.carousel(component),
            "LIMITED_TIME_OFFER" => offer(component),
            "CALL_PERMISSION_REQUEST" => Ok(()),
            other => Err(broken(&format!("Unknown type of component: {other}."))),
        }
    }

    /// What may stand beside what (B3.4).
    fn combination(&self, components: &[Value], kinds: &[String]) -> Result<(), GraphError> {
        let has = |wanted: &str| kinds.iter().any(|kind| kind == wanted);
        if self.category == "AUTHENTICATION" {
            let plain = kinds.iter().all(|kind| matches!(kind.as_str(), "BODY" | "FOOTER" | "BUTTONS"));
            let buttons: Vec<_> =
                components.iter().flat_map(|component| list(component, "buttons")).collect();
            let one = buttons.len() == 1 && buttons.iter().all(|button| kind(button) == "OTP");
            if !plain || !one {
                return Err(broken("AUTHENTICATION has BODY, FOOTER and exactly one OTP button."));
            }
        }
        if (has("CAROUSEL") || has("LIMITED_TIME_OFFER")) && self.category != "MARKETING" {
            return Err(broken("CAROUSEL and LIMITED_TIME_OFFER are for MARKETING only."));
        }
        if has("LIMITED_TIME_OFFER") && has("FOOTER") {
            return Err(footer_broken("A template with a LIMITED_TIME_OFFER has no FOOTER."));
        }
        Ok(())
    }

    pub(super) fn header(&self, header: &Value, on_card: bool) -> Result<(), GraphError> {
        let format = text(header, "format").to_ascii_uppercase();
        match format.as_str() {
            "TEXT" if !on_card => self.header_text(header),
            "IMAGE" | "VIDEO" | "DOCUMENT" | "GIF" => self.media(header, &format),
            "LOCATION" if !on_card => Ok(()),
            "PRODUCT" if on_card => Ok(()),
            other => Err(header_broken(&format!("Unknown format of a HEADER: {other}."))),
        }
    }

    fn header_text(&self, header: &Value) -> Result<(), GraphError> {
        let words = text(header, "text");
        if words.is_empty() {
            return Err(header_broken("A TEXT header needs a text."));
        }
        if length(words) > 60 {
            return Err(too_long("A HEADER", 60));
        }
        let names = self.names(words).map_err(|what| header_broken(&what))?;
        if names.len() > 1 {
            return Err(header_broken("A HEADER has at most one parameter."));
        }
        // `header_text` is flat where `body_text` is nested (trap 46).
        let example = header.get("example").unwrap_or(&Value::Null);
        let flat = list(example, "header_text");
        let given = self.named_samples(example, "header_text_named_params", &names)
            || (flat.len() == names.len() && flat.iter().all(Value::is_string));
        if names.is_empty() || given {
            Ok(())
        } else {
            Err(header_broken("The parameter of the HEADER needs one example."))
        }
    }

    /// The handle of an upload of this app, still fresh (B3.5).
    fn media(&self, header: &Value, format: &str) -> Result<(), GraphError> {
        let handles = header.get("example").map_or(&[][..], |example| list(example, "header_handle"));
        let [Value::String(handle)] = handles else {
            return Err(header_broken("A media HEADER needs example.header_handle with one handle."));
        };
        let known = self.handles.iter().find(|known| known.value == *handle && known.app == self.app);
        let fits = known.is_some_and(|known| {
            let kind = match format {
                "IMAGE" => "image/",
                "DOCUMENT" => "application/",
                _ => "video/",
            };
            self.now < known.expires && known.kind.starts_with(kind)
        });
        if fits {
            Ok(())
        } else {
            Err(header_broken("The header_handle is unknown, expired or of another type."))
        }
    }

    pub(super) fn body(&self, body: &Value, most: usize) -> Result<(), GraphError> {
        let words = text(body, "text");
        if words.is_empty() {
            return Err(body_broken("A BODY needs a text."));
        }
        if length(words) > most {
            return Err(too_long("A BODY", most));
        }
        let names = self.names(words).map_err(|what| body_broken(&what))?;
        let example = body.get("example").unwrap_or(&Value::Null);
        let nested = list(example, "body_text").first().and_then(Value::as_array);
        let given = self.named_samples(example, "body_text_named_params", &names)
            || nested
                .is_some_and(|samples| samples.len() == names.len() && samples.iter().all(Value::is_string));
        if !names.is_empty() && !given {
            return Err(body_broken("Each parameter of the BODY needs an example."));
        }
        self.placement(words, names.len())
    }

    /// Not first, not last (2388299); enough words around them (2388293). Adjacent ones are accepted, whatever
    /// B3.4 says: they live in production (part F).
    fn placement(&self, words: &str, count: usize) -> Result<(), GraphError> {
        if count == 0 {
            return Ok(());
        }
        let end = if self.settings.punctuation_is_text {
            words.trim()
        } else {
            words.trim().trim_end_matches(|c: char| c.is_ascii_punctuation() && c != '}')
        };
        if end.starts_with("{{") || end.ends_with("}}") {
            let message = "Variables cannot be at the start or end of the template.";
            return Err(GraphError::template(2_388_299, "Template variable placement", message));
        }
        let literal = words.split_whitespace().filter(|word| !word.contains("{{")).count();
        if literal < count.saturating_mul(self.settings.words_per_variable).saturating_add(1) {
            let message = "This template has too many variables for its length.";
            return Err(GraphError::template(2_388_293, "Template variable ratio", message));
        }
        Ok(())
    }

    /// The distinct parameters of a text: 1, 2, 3 without gaps, or lower-case names (B3.4).
    pub(super) fn names<'t>(&self, words: &'t str) -> Result<Vec<&'t str>, String> {
        let mut names = Vec::new();
        for name in variables(words, "{{", "}}") {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let lower = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        let right = if self.named {
            names.iter().all(|name| lower(name))
        } else {
            (1..=names.len()).all(|number| names.contains(&number.to_string().as_str()))
        };
        if right {
            Ok(names)
        } else {
            Err("The parameters are not written as parameter_format says.".to_owned())
        }
    }

    fn named_samples(&self, example: &Value, key: &str, names: &[&str]) -> bool {
        let samples = list(example, key);
        let has = |name: &&str| {
            samples.iter().any(|s| text(s, "param_name") == *name && !text(s, "example").is_empty())
        };
        self.named && names.iter().all(has)
    }

    fn footer(&self, footer: &Value) -> Result<(), GraphError> {
        let words = text(footer, "text");
        if self.category == "AUTHENTICATION" {
            let minutes = footer.get("code_expiration_minutes").map(whole);
            let right = matches!(minutes, None | Some(Some(1..=90))) && words.is_empty();
            return if right {
                Ok(())
            } else {
                Err(footer_broken("code_expiration_minutes goes from 1 to 90."))
            };
        }
        if words.is_empty() || words.contains("{{") {
            return Err(footer_broken("A FOOTER has a text without parameters."));
        }
        if length(words) > 60 { Err(too_long("A FOOTER", 60)) } else { Ok(()) }
    }

    /// 2 to 10 cards of identical structure, a header of media, at most two buttons (M-car).
    fn carousel(&self, carousel: &Value) -> Result<(), GraphError> {
        let cards = list(carousel, "cards");
        if !(2..=10).contains(&cards.len()) {
            return Err(broken("A CAROUSEL has 2 to 10 cards."));
        }
        let shapes: Vec<_> = cards.iter().map(shape).collect();
        if shapes.windows(2).any(|pair| pair[0] != pair[1]) {
            return Err(broken("All cards have the same components and buttons."));
        }
        for component in cards.iter().flat_map(|card| list(card, "components")) {
            match kind(component).as_str() {
                "HEADER" => self.header(component, true)?,
                "BODY" => self.body(component, 160)?,
                "BUTTONS" => buttons::check(self, list(component, "buttons"), 2)?,
                other => return Err(broken(&format!("A card has no {other}."))),
            }
        }
        if shapes.iter().any(|shape| !shape.iter().any(|kind| kind.starts_with("HEADER"))) {
            return Err(header_broken("Each card needs a HEADER."));
        }
        Ok(())
    }
}

/// The provider writes the text (M-auth).
fn authentication_body(body: &Value) -> Result<(), GraphError> {
    let flag = body.get("add_security_recommendation");
    if !text(body, "text").is_empty() || flag.is_some_and(|flag| !flag.is_boolean()) {
        return Err(body_broken("The BODY of AUTHENTICATION has add_security_recommendation and no text."));
    }
    Ok(())
}

/// Which components and buttons a card consists of.
fn shape(card: &Value) -> Vec<String> {
    let parts = list(card, "components").iter().flat_map(|component| {
        let format = text(component, "format").to_ascii_uppercase();
        let own = format!("{} {format}", kind(component));
        std::iter::once(own).chain(list(component, "buttons").iter().map(kind))
    });
    parts.collect()
}

/// `limited_time_offer: {text <= 16, has_expiration}` (M-lto).
fn offer(component: &Value) -> Result<(), GraphError> {
    let offer = component.get("limited_time_offer").unwrap_or(&Value::Null);
    let words = text(offer, "text");
    if words.is_empty() || length(words) > 16 {
        return Err(too_long("The text of a LIMITED_TIME_OFFER", 16));
    }
    match offer.get("has_expiration") {
        None | Some(Value::Bool(_)) => Ok(()),
        Some(_) => Err(broken("has_expiration is true or false.")),
    }
}

/// Types and formats in upper case, as they come back (B3.4).
fn upper_case(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| match value {
                Value::String(word) if matches!(key.as_str(), "type" | "format" | "otp_type") => {
                    (key.clone(), word.to_ascii_uppercase().into())
                }
                Value::Object(_) | Value::Array(_) if key != "example" => (key.clone(), upper_case(value)),
                other => (key.clone(), other.clone()),
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(upper_case).collect(),
        other => other.clone(),
    }
}
