//! What a text is: bodies of requests, answers, lists of them, forms, or manifests.

use reqwest::Url;
use serde_json::{Map, Value as Json};

use crate::api::{GROUP, ImageFormat, Kind};
use crate::lint::ProviderKind;
use crate::manifest::documents;
use crate::provider::{alibaba, meta};
use crate::template::Said;

/// Lists in lists: more than any provider nests.
const DEEPEST: usize = 8;
/// So many fields are named of what is not known.
const FIELDS: usize = 6;

/// Something that was found, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What it is.
    pub thing: Thing,
    /// File and place in it.
    pub place: String,
}

/// Something that can be converted.
#[derive(Clone, Debug, PartialEq)]
pub enum Thing {
    /// A template in a provider's words.
    Template(Box<Said>, ProviderKind),
    /// A QR code in a provider's words.
    Code {
        /// The code; none where it is only asked for.
        code: Option<String>,
        /// Its phone number, digits alone, where that is said.
        phone: Option<String>,
        /// The message that stands ready.
        message: String,
        /// How its image is drawn.
        format: Option<ImageFormat>,
        /// In whose words.
        from: ProviderKind,
    },
    /// A manifest of ours.
    Manifest(Kind),
}

/// Everything in a text; nothing where it holds objects of others alone, such as a Secret.
pub fn read(name: &str, text: &str) -> Result<Vec<Found>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut found = Vec::new();
    if text.trim_start().starts_with(['{', '[']) {
        let values = serde_json::Deserializer::from_str(text).into_iter::<Json>();
        for (index, value) in values.enumerate() {
            let value = value.map_err(|error| {
                format!("{name}:{}:{}: this is no JSON: {error}", error.line(), error.column())
            })?;
            let place = if index == 0 { name.to_owned() } else { format!("{name}, value {}", index + 1) };
            take(&value, &place, 0, &mut found)?;
        }
    } else if let Some(form) = form(text) {
        take(&form, name, 0, &mut found)?;
    } else {
        for document in documents(text) {
            let document = document.map_err(|fault| {
                let place = fault.position.map(|position| format!(":{position}")).unwrap_or_default();
                format!("{name}{place}: {}; {}", fault.message, fault.help)
            })?;
            let place = format!("{name}:{}", document.root.start);
            take(&document.root.to_json(), &place, 0, &mut found)?;
        }
    }
    Ok(found)
}

/// Whether the last list in a text is a page of Meta that others come after: a list names the next one, and none where it
/// is the last.
pub fn goes_on(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let values = serde_json::Deserializer::from_str(text).into_iter::<Json>();
    let pages = values.map_while(Result::ok).flat_map(|value| match value {
        Json::Array(pages) => pages,
        page => vec![page],
    });
    let lists = pages.filter(|page| page["data"].is_array());
    lists.last().is_some_and(|page| page["paging"]["next"].is_string())
}

/// The parameters of a form, as they travel to Alibaba: `Name=order_shipped&Components=%5B…`.
fn form(text: &str) -> Option<Json> {
    let line = text.trim();
    let (first, _) = line.split_once('=')?;
    let is_name = !first.is_empty() && first.chars().all(|c| c.is_ascii_alphanumeric());
    if !is_name || line.contains(char::is_whitespace) {
        return None;
    }
    let mut url = Url::parse("https://form.invalid/").ok()?;
    url.set_query(Some(line));
    let fields: Map<String, Json> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), Json::from(value.into_owned()))).collect();
    Some(Json::Object(fields))
}

fn take(value: &Json, place: &str, depth: usize, found: &mut Vec<Found>) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("{place}: {why}"));
    if depth > DEEPEST {
        return wrong("it is nested deeper than anything that a provider answers");
    }
    let fields = match value {
        Json::Array(items) => {
            return each(items, place, depth, found);
        }
        Json::Object(fields) => fields,
        Json::Null => return Ok(()),
        _ => return wrong("this is neither an object nor a list"),
    };
    let has = |name: &str| fields.get(name).is_some_and(|field| !field.is_null());
    let text = |name: &str| fields.get(name).and_then(Json::as_str);
    let group = text("apiVersion").and_then(|version| version.split_once('/')).map(|(group, _)| group);
    if has("apiVersion") || has("kind") {
        return match (group, text("kind").and_then(Kind::from_name), fields.get("items")) {
            (Some(GROUP), Some(kind), _) => {
                found.push(Found { thing: Thing::Manifest(kind), place: place.to_owned() });
                Ok(())
            }
            (_, _, Some(Json::Array(items))) => each(items, &format!("{place}.items"), depth, found),
            // A Secret or a ConfigMap beside the manifests.
            _ => Ok(()),
        };
    }
    if has("error") && !has("components") {
        return wrong("this is an error that Meta answered; there is nothing in it to convert");
    }
    // Lists, and what is around an answer.
    for name in ["data", "ListTemplate", "List", "Data"] {
        if let Some(inner @ (Json::Array(_) | Json::Object(_))) = fields.get(name) {
            return take(inner, &format!("{place}.{name}"), depth + 1, found);
        }
    }
    let thing = if has("Components") {
        alibaba_template(value)
    } else if has("components") {
        meta_template(value)
    } else if has("QrdlCode") || has("PrefilledMessage") {
        alibaba_code(value)
    } else if has("prefilled_message") {
        meta_code(value)
    } else if has("TemplateCode") || has("TemplateName") {
        Err("Alibaba's list does not say what a template says: convert answers of GetChatappTemplateDetail, or let `waops import` \
             read them"
            .to_owned())
    } else if has("id") && has("name") && has("language") {
        Err("the components are missing: ask Meta for fields=id,name,language,category,components,parameter_format".to_owned())
    } else {
        let names: Vec<&str> = fields.keys().take(FIELDS).map(String::as_str).collect();
        let names = if names.is_empty() {
            "no fields".to_owned()
        } else {
            format!("the fields {}", names.join(", "))
        };
        Err(format!(
            "this is neither a manifest nor a template or QR code of Meta or Alibaba: it has {names}; a template has components or \
             Components, a QR code prefilled_message or PrefilledMessage"
        ))
    };
    found.push(Found { thing: thing.map_err(|why| format!("{place}: {why}"))?, place: place.to_owned() });
    Ok(())
}

fn each(items: &[Json], place: &str, depth: usize, found: &mut Vec<Found>) -> Result<(), String> {
    items
        .iter()
        .enumerate()
        .try_for_each(|(index, item)| take(item, &format!("{place}[{index}]"), depth + 1, found))
}

fn alibaba_template(value: &Json) -> Result<Thing, String> {
    let said = if value.get("TemplateCode").is_some_and(|code| !code.is_null()) {
        let answer = serde_json::json!({"Data": value});
        alibaba::wire::template(&answer).map(|observed| Said::of(observed).ok_or(()))
    } else {
        alibaba::wire::request(value).map(Ok)
    };
    template(said, ProviderKind::Alibaba)
}

fn meta_template(value: &Json) -> Result<Thing, String> {
    let said = if value.get("id").is_some_and(|id| !id.is_null()) {
        meta::wire::template(value).map(|observed| Said::of(observed).ok_or(()))
    } else {
        meta::wire::request(value).map(Ok)
    };
    template(said, ProviderKind::Meta)
}

fn template<E: std::fmt::Display>(
    said: Result<Result<Said, ()>, E>,
    from: ProviderKind,
) -> Result<Thing, String> {
    match said {
        Ok(Ok(said)) => Ok(Thing::Template(Box::new(said), from)),
        Ok(Err(())) => Err("its components cannot be read".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn alibaba_code(value: &Json) -> Result<Thing, String> {
    let text =
        |name: &str| value.get(name).and_then(Json::as_str).map(str::trim).filter(|text| !text.is_empty());
    Ok(Thing::Code {
        code: text("QrdlCode").map(str::to_owned),
        phone: text("PhoneNumber").map(|phone| phone.trim_start_matches('+').to_owned()),
        message: message(value.get("PrefilledMessage"))?,
        format: format(text("GenerateQrImage")),
        from: ProviderKind::Alibaba,
    })
}

fn meta_code(value: &Json) -> Result<Thing, String> {
    let text =
        |name: &str| value.get(name).and_then(Json::as_str).map(str::trim).filter(|text| !text.is_empty());
    Ok(Thing::Code {
        code: text("code").map(str::to_owned),
        phone: None,
        message: message(value.get("prefilled_message"))?,
        format: format(text("generate_qr_image")),
        from: ProviderKind::Meta,
    })
}

fn message(field: Option<&Json>) -> Result<String, String> {
    let text = field.and_then(Json::as_str).map(str::to_owned);
    text.ok_or_else(|| "the QR code has no message".to_owned())
}

fn format(word: Option<&str>) -> Option<ImageFormat> {
    match word?.to_ascii_uppercase().as_str() {
        "SVG" => Some(ImageFormat::Svg),
        "PNG" => Some(ImageFormat::Png),
        _ => None,
    }
}
