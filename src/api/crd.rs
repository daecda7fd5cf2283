//! The CRDs and the editor schemas, made from the types and from [`super::rules`].

use kube::CustomResourceExt;
use serde_json::{Map, Value, json};

use super::rules;
use super::{GROUP, Kind, VERSION, WhatsAppAccount, WhatsAppQrCode, WhatsAppTemplate};

/// The CRDs of all kinds, in the order of [`Kind::ALL`].
pub fn all() -> Vec<Value> {
    Kind::ALL.into_iter().map(crd).collect()
}

fn crd(kind: Kind) -> Value {
    let derived = match kind {
        Kind::Account => WhatsAppAccount::crd(),
        Kind::QrCode => WhatsAppQrCode::crd(),
        Kind::Template => WhatsAppTemplate::crd(),
    };
    let mut crd = serde_json::to_value(derived).unwrap_or_default();
    let schema = &mut crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    tidy(schema);
    for rule in rules::ALL {
        for (_, path) in rule.at.iter().filter(|(at, _)| *at == kind) {
            if let Some(place) = descend(schema, path) {
                attach(place, rule);
            }
        }
    }
    for (path, list) in LISTS {
        if let Some(place) = descend(schema, path) {
            place["x-kubernetes-list-type"] = json!(list.0);
            if !list.1.is_empty() {
                place["x-kubernetes-list-map-keys"] = json!(list.1);
            }
        }
    }
    // A claim is written whole and by waops alone; otherwise the API server would keep the owner of each of its fields.
    if let Some(claim) = descend(schema, "status.claim") {
        claim["x-kubernetes-map-type"] = json!("atomic");
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.insert("metadata".into(), json!({"type": "object"}));
    }
    // An object that nobody has looked at yet would count as settled: kstatus, and Flux and Argo CD with it, take an
    // object without conditions for one that needs none. A generation that never was says that it is not.
    if let Some(status) = descend(schema, "status") {
        status["default"] = json!({ "observedGeneration": -1 });
    }
    crd
}

/// How lists merge under server-side apply. Buttons and cards are in an order that matters and have no
/// name, so whoever owns such a list owns the whole of it.
const LISTS: &[(&str, (&str, &[&str]))] = &[
    ("status.conditions", ("map", &["type"])),
    ("status.previousCodes", ("map", &["code"])),
    ("spec.allowedNamespaces.names", ("set", &[])),
    ("spec.policies.enforced", ("set", &[])),
    ("spec.components.buttons", ("atomic", &[])),
    ("spec.components.buttons[].supportedApps", ("map", &["packageName", "signatureHash"])),
    ("spec.components.carousel.cards", ("atomic", &[])),
    ("spec.components.carousel.cards[].buttons", ("atomic", &[])),
    ("spec.components.carousel.cards[].buttons[].supportedApps", ("map", &["packageName", "signatureHash"])),
];

/// Makes the derived schema one that the API server takes without a word and people like to read.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            // The API server drops nulls of fields that are not nullable, so a `footer:` that a Helm
            // chart left empty means the same as none; a nullable field would keep the null and count as set.
            object.remove("nullable");
            // Formats that OpenAPI does not know make the API server warn.
            if let Some(Value::String(format)) = object.get("format")
                && format.starts_with("uint")
            {
                object.remove("format");
            }
            for bound in ["minimum", "maximum"] {
                if let Some(number) = object.get(bound).and_then(Value::as_f64)
                    && number.fract() == 0.0
                {
                    #[allow(clippy::cast_possible_truncation)] // bounds are small whole numbers
                    object.insert(bound.into(), json!(number as i64));
                }
            }
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = paragraph(text);
            }
            if let Some(Value::Array(values)) = object.get_mut("enum") {
                values.retain(|value| !value.is_null());
            }
            object.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// Rust doc comments break lines for the editor; `kubectl explain` breaks them for the terminal.
fn paragraph(text: &str) -> String {
    match text.split_once("Example: ") {
        Some((sentence, example)) => {
            let joined = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("{joined}\nExample: {}", example.trim().trim_matches('`'))
        }
        None => text.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

fn attach(place: &mut Value, rule: &rules::CelRule) {
    let mut validation = json!({ "message": rule.message, "rule": rule.expression });
    if let Some(field) = rule.field {
        validation["fieldPath"] = json!(field);
    }
    match place.get_mut("x-kubernetes-validations") {
        Some(Value::Array(validations)) => validations.push(validation),
        _ => place["x-kubernetes-validations"] = json!([validation]),
    }
}

/// The schema at a path such as `spec.components.buttons[].text`; `None` where this kind has no such field.
fn descend<'a>(schema: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    path.split('.').try_fold(schema, |place, segment| {
        let name = segment.trim_end_matches("[]");
        let field = place.get_mut("properties")?.get_mut(name)?;
        if segment.ends_with("[]") { field.get_mut("items") } else { Some(field) }
    })
}

/// The JSON Schema of a kind for editors: as strict as `waops validate` where a schema can be.
pub fn editor_schema(kind: Kind) -> Value {
    let crd = crd(kind);
    let version = &crd["spec"]["versions"][0];
    let mut schema = version["schema"]["openAPIV3Schema"].clone();
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.remove("status");
        properties.insert("apiVersion".into(), json!({ "const": format!("{GROUP}/{VERSION}") }));
        properties.insert("kind".into(), json!({ "const": kind.name() }));
    }
    for (path, pattern) in PATTERNS {
        if let Some(place) = descend(&mut schema, path) {
            place["pattern"] = json!(pattern);
        }
    }
    close(&mut schema);
    // After closing: metadata has more fields than a person needs to be offered.
    schema["properties"]["metadata"] = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": { "type": "string", "maxLength": 253 },
            "namespace": { "type": "string", "maxLength": 63 },
        },
    });
    if let Value::Object(object) = &mut schema {
        let rest = std::mem::take(object);
        let mut head = Map::new();
        head.insert("$schema".into(), json!("http://json-schema.org/draft-07/schema#"));
        head.insert("title".into(), json!(kind.name()));
        head.extend(rest);
        head.insert("required".into(), json!(["apiVersion", "kind", "metadata", "spec"]));
        *object = head;
    }
    schema
}

/// What CEL says in the CRD, as far as a pattern can say it in an editor.
const PATTERNS: &[(&str, &str)] = &[
    ("spec.phoneNumber", "^[+]?[1-9][0-9]{6,14}$"),
    ("spec.phoneNumberId", "^[0-9]+$"),
    ("spec.name", "^[a-z0-9_]+$"),
    ("spec.language", "^[a-z]{2,3}(_[A-Za-z0-9]{2,4})?$"),
    ("spec.approve", "^[A-Za-z0-9]{1,64}@[0-9a-f]{8,63}$"),
    ("spec.driftCheckInterval", "^([0-9]{1,5}[smh])+$"),
    ("spec.meta.businessAccountId", "^[0-9]+$"),
    ("spec.meta.appId", "^[0-9]+$"),
    ("spec.meta.graphVersion", "^v(2[3-9]|[3-9][0-9])[.]0$"),
    ("spec.alibaba.region", "^[a-z]{2,3}(-[a-z0-9]{1,16}){1,3}$"),
];

/// Forbids fields that nobody knows, so that an editor underlines a typing mistake; and leaves out what
/// only the API server reads.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.retain(|key, _| !key.starts_with("x-kubernetes"));
            if object.contains_key("properties") {
                object.entry("additionalProperties").or_insert(json!(false));
            }
            object.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_finds_its_places() {
        for rule in rules::ALL {
            for (kind, path) in rule.at {
                let mut crd = crd(*kind);
                let schema = &mut crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
                let place = descend(schema, path).unwrap_or_else(|| panic!("{}: no {path}", rule.id));
                assert!(place["x-kubernetes-validations"].to_string().contains("rule"), "{}", rule.id);
            }
        }
    }

    #[test]
    fn every_field_says_what_it_is_and_shows_an_example() {
        fn walk(path: &str, schema: &Value, missing: &mut Vec<String>) {
            for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                let path = format!("{path}.{name}");
                // Conditions and selectors are Kubernetes' own words.
                if path.contains("conditions") || path.contains("selector.") {
                    continue;
                }
                let text = field["description"].as_str().unwrap_or_default();
                let top = matches!(name.as_str(), "spec" | "status" | "metadata" | "apiVersion" | "kind");
                if !top && !text.contains("\nExample: ") {
                    missing.push(path.clone());
                }
                walk(&path, field, missing);
                walk(&format!("{path}[]"), &field["items"], missing);
            }
        }
        let mut missing = Vec::new();
        for crd in all() {
            walk("", &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"], &mut missing);
        }
        assert!(missing.is_empty(), "fields without an example: {missing:#?}");
    }

    #[test]
    fn every_list_and_string_that_cel_touches_is_bounded() {
        fn walk(path: &str, schema: &Value, unbounded: &mut Vec<String>) {
            match schema["type"].as_str() {
                Some("array") if schema.get("maxItems").is_none() => unbounded.push(path.to_owned()),
                Some("string") if schema.get("maxLength").is_none() && schema.get("enum").is_none() => {
                    unbounded.push(path.to_owned());
                }
                _ => {}
            }
            walk_children(path, schema, unbounded);
        }
        fn walk_children(path: &str, schema: &Value, unbounded: &mut Vec<String>) {
            for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                if name != "selector" {
                    walk(&format!("{path}.{name}"), field, unbounded);
                }
            }
            if schema["items"].is_object() {
                walk(&format!("{path}[]"), &schema["items"], unbounded);
            }
        }
        let mut unbounded = Vec::new();
        for crd in all() {
            let spec = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
            walk("spec", spec, &mut unbounded);
        }
        assert!(unbounded.is_empty(), "{unbounded:#?}");
    }
}
