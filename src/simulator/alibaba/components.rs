//! The components of a template: the rules of writing, and the form of reading (providers.md A3.3).

use serde_json::{Map, Value};

use super::super::settings::Variables;
use super::super::values::{length, list, text, variables};

/// Code behind `InvalidParameter.`, and a message. The codes are those of A4; where none of them
/// fits, `CreateError`.
type Broken = (&'static str, String);

const BUTTON_TYPES: &[&str] = &[
    "PHONE_NUMBER",
    "URL",
    "QUICK_REPLY",
    "COPY_CODE",
    "ONE_TAP",
    "ZERO_TAP",
    "CATALOG",
    "MPM",
    "FLOW",
    "Flow",
];
const COMPONENT_KEYS: &[&str] = &[
    "Type",
    "Text",
    "Format",
    "Url",
    "Caption",
    "FileName",
    "FileType",
    "Duration",
    "ThumbUrl",
    "Buttons",
    "Cards",
    "CodeExpirationMinutes",
    "AddSecretRecommendation",
    "HasExpiration",
    "CardComponents",
    "Latitude",
    "Longitude",
    "LocationName",
    "LocationAddress",
];
const BUTTON_KEYS: &[&str] = &[
    "Type",
    "Text",
    "PhoneNumber",
    "Url",
    "UrlType",
    "CouponCode",
    "IsOptOut",
    "SupportedApps",
    "PackageName",
    "SignatureHash",
    "AutofillText",
    "FlowId",
    "FlowAction",
    "NavigateScreen",
    "ExtendAttrs",
];

/// Checks components as written; returns them as they are kept: keys that the product does not know
/// are dropped without a word, as a typed server does.
pub(super) fn check(
    components: &Value,
    example: &Value,
    category: &str,
    quick_reply_beside_others: bool,
) -> Result<Vec<Value>, Broken> {
    let Some(components) = components.as_array() else {
        return Err(("CreateError", "Components is not an array.".to_owned()));
    };
    let rules = Rules { category, example, quick_reply_beside_others };
    let has_body = components.iter().any(|component| text(component, "Type") == "BODY");
    if !has_body {
        return Err(("CreateError", "A template needs a BODY.".to_owned()));
    }
    for component in components {
        rules.component(component)?;
    }
    if category == "AUTHENTICATION" {
        authentication(components)?;
    }
    Ok(components.iter().map(keep).collect())
}

struct Rules<'a> {
    category: &'a str,
    example: &'a Value,
    quick_reply_beside_others: bool,
}

impl Rules<'_> {
    fn component(&self, component: &Value) -> Result<(), Broken> {
        match text(component, "Type") {
            "BODY" => self.body(component, 1_024),
            "HEADER" => self.header(component),
            "FOOTER" => self.footer(component),
            "BUTTONS" => self.buttons(list(component, "Buttons"), 10),
            "CAROUSEL" => self.carousel(component),
            "LIMITED_TIME_OFFER" => Ok(()),
            other => Err(("CreateError", format!("Components.Type {other:?} is not valid."))),
        }
    }

    fn body(&self, body: &Value, limit: usize) -> Result<(), Broken> {
        let words = text(body, "Text");
        if self.category == "AUTHENTICATION" {
            return empty(words, "MessageInvalid", "The BODY of AUTHENTICATION must have no Text.");
        }
        check_that(!words.is_empty(), "MessageInvalid", "A BODY needs a Text.")?;
        check_that(length(words) <= limit, "MessageInvalid", "The BODY is too long.")?;
        // A4: a body that holds `{{1}}` is refused (trap 45).
        let positional = variables(words, "{{", "}}").iter().any(|name| name.parse::<u32>().is_ok());
        check_that(!positional, "MessageInvalid", "The BODY holds {{n}}; variables are written $(name).")?;
        self.has_samples(words, "MessageInvalid")
    }

    /// Every variable has a sample in `Example` (A3.3).
    fn has_samples(&self, words: &str, code: &'static str) -> Result<(), Broken> {
        for name in variables(words, "$(", ")") {
            if self.example.get(name).is_none() {
                return Err((code, format!("Example has no value for the variable {name}.")));
            }
        }
        Ok(())
    }

    fn header(&self, header: &Value) -> Result<(), Broken> {
        let words = text(header, "Text");
        match text(header, "Format") {
            "TEXT" => {
                check_that(
                    !words.is_empty() && length(words) <= 60,
                    "MessageInvalid",
                    "A HEADER has 1 to 60 characters.",
                )?;
                let count = variables(words, "$(", ")").len();
                check_that(count <= 1, "HeaderMoreVariable", "A HEADER holds at most one variable.")?;
                self.has_samples(words, "MessageInvalid")
            }
            "IMAGE" | "VIDEO" | "DOCUMENT" => {
                let url = text(header, "Url");
                check_that(
                    url.starts_with("http"),
                    "MessageInvalid",
                    "A media HEADER needs the Url of its file.",
                )
            }
            "LOCATION" => Ok(()),
            other => Err(("HeaderTypeNotSupport", format!("Format {other:?} is not supported."))),
        }
    }

    fn footer(&self, footer: &Value) -> Result<(), Broken> {
        let words = text(footer, "Text");
        if self.category == "AUTHENTICATION" {
            return empty(words, "MessageInvalid", "The FOOTER of AUTHENTICATION must have no Text.");
        }
        check_that(
            variables(words, "$(", ")").is_empty(),
            "FooterHaveVariable",
            "A FOOTER holds no variable.",
        )?;
        check_that(
            !words.is_empty() && length(words) <= 60,
            "MessageInvalid",
            "A FOOTER has 1 to 60 characters.",
        )
    }

    fn buttons(&self, buttons: &[Value], most: usize) -> Result<(), Broken> {
        let count = |kind: &str| buttons.iter().filter(|button| text(button, "Type") == kind).count();
        let fits = (1..=most).contains(&buttons.len());
        check_that(fits, "CreateError", &format!("1 to {most} buttons are allowed."))?;
        check_that(count("PHONE_NUMBER") <= 1, "CreateError", "At most one PHONE_NUMBER button is allowed.")?;
        check_that(count("URL") <= 2, "CreateError", "At most two URL buttons are allowed.")?;
        let is_reply = |button: &Value| text(button, "Type") == "QUICK_REPLY";
        let changes = buttons.windows(2).filter(|pair| is_reply(&pair[0]) != is_reply(&pair[1])).count();
        let replies_alone = count("QUICK_REPLY") == 0 || count("PHONE_NUMBER") + count("URL") == 0;
        if self.quick_reply_beside_others {
            check_that(changes <= 1, "CreateError", "QUICK_REPLY buttons must stand together.")?;
        } else {
            check_that(replies_alone, "CreateError", "QUICK_REPLY cannot stand beside PHONE_NUMBER or URL.")?;
        }
        buttons.iter().try_for_each(|button| self.button(button))
    }

    fn button(&self, button: &Value) -> Result<(), Broken> {
        let kind = text(button, "Type");
        check_that(BUTTON_TYPES.contains(&kind), "CreateError", "Buttons.Type is not valid.")?;
        let label = text(button, "Text");
        check_that(
            variables(label, "$(", ")").is_empty(),
            "ButtonTextHaveVariable",
            "A button text holds no variable.",
        )?;
        check_that(length(label) <= 25, "CreateError", "A button text has at most 25 characters.")?;
        let labelled = matches!(kind, "PHONE_NUMBER" | "URL" | "QUICK_REPLY" | "FLOW" | "Flow");
        check_that(!labelled || !label.is_empty(), "CreateError", "This button needs a Text.")?;
        match kind {
            "PHONE_NUMBER" => phone_number(text(button, "PhoneNumber")),
            "URL" => self.url(button),
            "COPY_CODE" if self.category != "AUTHENTICATION" => coupon(text(button, "CouponCode")),
            "ONE_TAP" | "ZERO_TAP" => one_tap(button),
            "FLOW" | "Flow" => flow(button),
            _ => Ok(()),
        }
    }

    fn url(&self, button: &Value) -> Result<(), Broken> {
        let url = text(button, "Url");
        check_that(
            url.starts_with("http") && length(url) <= 2_000,
            "CreateError",
            "A URL button needs a Url.",
        )?;
        let count = variables(url, "$(", ")").len();
        check_that(count <= 1, "UrlMoreVariable", "A Url holds at most one variable.")?;
        match text(button, "UrlType") {
            "" | "static" => check_that(count == 0, "UrlMoreVariable", "A static Url holds no variable."),
            "dynamic" => {
                check_that(count == 1, "CreateError", "A dynamic Url holds one variable.")?;
                self.has_samples(url, "CreateError")
            }
            _ => Err(("CreateError", "UrlType is static or dynamic.".to_owned())),
        }
    }

    fn carousel(&self, carousel: &Value) -> Result<(), Broken> {
        let cards = list(carousel, "Cards");
        check_that(!cards.is_empty() && cards.len() <= 10, "CreateError", "A CAROUSEL has 1 to 10 cards.")?;
        for component in cards.iter().flat_map(|card| list(card, "CardComponents")) {
            match text(component, "Type") {
                "BODY" => self.body(component, 160)?,
                "HEADER" => {
                    let format = text(component, "Format");
                    let known = matches!(format, "IMAGE" | "VIDEO");
                    check_that(known, "HeaderTypeNotSupport", "The HEADER of a card is IMAGE or VIDEO.")?;
                    self.header(component)?;
                }
                "BUTTONS" => self.buttons(list(component, "Buttons"), 2)?,
                _ => return Err(("CreateError", "CardComponents.Type is not valid.".to_owned())),
            }
        }
        Ok(())
    }
}

/// No HEADER, exactly one button, `COPY_CODE` or `ONE_TAP` or `ZERO_TAP` (A3.3).
fn authentication(components: &[Value]) -> Result<(), Broken> {
    let mut parts = components.iter().map(|component| text(component, "Type"));
    let plain = parts.all(|kind| matches!(kind, "BODY" | "FOOTER" | "BUTTONS"));
    check_that(plain, "HeaderTypeNotSupport", "AUTHENTICATION has BODY, FOOTER and BUTTONS only.")?;
    let buttons: Vec<_> = components.iter().flat_map(|component| list(component, "Buttons")).collect();
    let kind = buttons.first().map_or("", |button| text(button, "Type"));
    let one = buttons.len() == 1 && matches!(kind, "COPY_CODE" | "ONE_TAP" | "ZERO_TAP");
    check_that(one, "CreateError", "AUTHENTICATION needs exactly one button, COPY_CODE or ONE_TAP.")
}

fn check_that(holds: bool, code: &'static str, message: &str) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err((code, message.to_owned())) }
}

fn empty(words: &str, code: &'static str, message: &str) -> Result<(), Broken> {
    check_that(words.is_empty(), code, message)
}

/// Samples carry `+86…` (A3.3; trap 12).
fn phone_number(number: &str) -> Result<(), Broken> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    let right = (1..=20).contains(&number.len()) && digits.chars().all(|c| c.is_ascii_digit());
    check_that(right, "PhoneNumberError", "The phone number is not valid.")
}

/// Letters and digits, or one variable (A3.3).
fn coupon(code: &str) -> Result<(), Broken> {
    let variable = code.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'));
    let plain = variable.unwrap_or(code);
    let right = !plain.is_empty() && plain.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    check_that(right, "CreateError", "CouponCode consists of letters and digits.")
}

/// `ONE_TAP` needs Text, `AutofillText`, `PackageName`, `SignatureHash`; newer documents write the last two
/// as `SupportedApps` (A3.3).
fn one_tap(button: &Value) -> Result<(), Broken> {
    let flat = !text(button, "PackageName").is_empty() && !text(button, "SignatureHash").is_empty();
    let apps = list(button, "SupportedApps");
    let complete =
        |app: &Value| !text(app, "PackageName").is_empty() && !text(app, "SignatureHash").is_empty();
    let named = flat || (!apps.is_empty() && apps.iter().all(complete));
    check_that(named, "CreateError", "PackageName and SignatureHash are needed.")?;
    let texts = !text(button, "Text").is_empty() && !text(button, "AutofillText").is_empty();
    check_that(texts, "CreateError", "Text and AutofillText are needed.")
}

fn flow(button: &Value) -> Result<(), Broken> {
    check_that(!text(button, "FlowId").is_empty(), "CreateError", "FlowId is needed.")?;
    match text(button, "FlowAction") {
        "NAVIGATE" => {
            let screen = !text(button, "NavigateScreen").is_empty();
            check_that(screen, "CreateError", "NavigateScreen is needed with NAVIGATE.")
        }
        "" | "DATA_EXCHANGE" => Ok(()),
        _ => Err(("CreateError", "FlowAction is NAVIGATE or DATA_EXCHANGE.".to_owned())),
    }
}

/// Keeps what the product knows: `PascalCase` keys of its model, and no empty lists (A1.2; trap 17).
fn keep(component: &Value) -> Value {
    known(component, COMPONENT_KEYS, |key, value| match key {
        "Buttons" => each(value, |button| known(button, BUTTON_KEYS, |_, value| value.clone())),
        "Cards" | "CardComponents" => each(value, keep),
        _ => value.clone(),
    })
}

fn known(value: &Value, keys: &[&str], convert: impl Fn(&str, &Value) -> Value) -> Value {
    let Some(fields) = value.as_object() else { return Value::Null };
    let is_empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let kept = fields.iter().filter(|(key, value)| keys.contains(&key.as_str()) && !is_empty(value));
    Value::Object(kept.map(|(key, value)| (key.clone(), convert(key, value))).collect())
}

fn each(value: &Value, convert: impl Fn(&Value) -> Value) -> Value {
    value.as_array().map_or(Value::Null, |items| items.iter().map(convert).collect())
}

/// What `GetChatappTemplateDetail` shows: `HasExpiration` changes its spelling (A3.3; traps 17, 35), and
/// variables their notation, by a switch.
pub(super) fn read_form(components: &[Value], notation: Variables) -> Value {
    let mut seen = Vec::new();
    components.iter().map(|component| read(component, notation, &mut seen)).collect()
}

fn read(value: &Value, notation: Variables, seen: &mut Vec<String>) -> Value {
    match value {
        Value::Object(fields) => {
            let mut shown = Map::new();
            for (key, value) in fields {
                let key = if key == "HasExpiration" { "hasExpiration" } else { key };
                shown.insert(key.to_owned(), read(value, notation, seen));
            }
            Value::Object(shown)
        }
        Value::Array(items) => items.iter().map(|item| read(item, notation, seen)).collect(),
        Value::String(words) if notation == Variables::Numbered => numbered(words, seen).into(),
        other => other.clone(),
    }
}

/// `$(name)` becomes `{{n}}`, each name with the number of its first appearance.
fn numbered(words: &str, seen: &mut Vec<String>) -> String {
    let mut result = words.to_owned();
    for name in variables(words, "$(", ")") {
        let position = seen.iter().position(|known| known == name).unwrap_or_else(|| {
            seen.push(name.to_owned());
            seen.len() - 1
        });
        result = result.replace(&format!("$({name})"), &format!("{{{{{}}}}}", position + 1));
    }
    result
}
