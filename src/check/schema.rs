//! A document held against the schema of its kind: the same that the API server has, so that the same
//! mistakes are found, and all of them at once.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde_json::Value as Json;

use crate::api::{self, Kind};
use crate::manifest::{Entry, Node, Path, Place, Resolved, Scalar, Value};

/// Something that does not fit the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Id of a lint rule.
    pub rule: &'static str,
    /// The field.
    pub path: Path,
    /// Whether the name of the field is meant, not its value.
    pub at_key: bool,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

/// The schema of one kind, ready to be held against documents.
#[derive(Debug)]
pub struct Schema(Shape);

#[derive(Debug)]
enum Shape {
    Object {
        fields: Vec<Field>,
        required: Vec<String>,
    },
    Map {
        values: Box<Shape>,
        most: usize,
    },
    List {
        items: Box<Shape>,
        least: usize,
        most: usize,
        set: bool,
    },
    Text {
        least: usize,
        most: usize,
        words: Vec<String>,
        example: Option<String>,
    },
    Integer {
        least: i64,
        most: i64,
    },
    Boolean,
    /// Kubernetes' own, which the API server checks.
    Any,
}

#[derive(Debug)]
struct Field {
    name: String,
    shape: Shape,
}

static SCHEMAS: LazyLock<[Schema; 3]> = LazyLock::new(|| {
    let mut crds = api::crds().into_iter().map(|crd| {
        let mut schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone();
        schema["properties"]["metadata"] = metadata();
        // Known by the time a schema is chosen, and written by waops: nothing to check.
        for field in ["apiVersion", "kind", "status"] {
            schema["properties"][field] = Json::Bool(true);
        }
        schema["required"] = serde_json::json!(["metadata", "spec"]);
        Schema(Shape::compile(&schema))
    });
    [(); 3].map(|()| crds.next().unwrap_or(Schema(Shape::Any)))
});

/// What a person writes in `metadata`, and what the server adds.
fn metadata() -> Json {
    let text = serde_json::json!({ "type": "string" });
    let texts = serde_json::json!({ "type": "object", "additionalProperties": text });
    let mut fields = serde_json::Map::new();
    for name in ["name", "generateName", "namespace", "uid", "resourceVersion", "selfLink"] {
        fields.insert(name.into(), text.clone());
    }
    for name in ["labels", "annotations"] {
        fields.insert(name.into(), texts.clone());
    }
    for name in [
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "finalizers",
        "generation",
        "managedFields",
        "ownerReferences",
    ] {
        fields.insert(name.into(), Json::Bool(true));
    }
    serde_json::json!({ "type": "object", "properties": fields })
}

impl Schema {
    /// The schema of a kind.
    pub fn of(kind: Kind) -> &'static Schema {
        &SCHEMAS[kind as usize]
    }

    /// Everything in a document that does not fit.
    pub fn check(&self, document: &Node) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        self.0.check(document, &Place::ROOT, &mut misfits);
        misfits
    }
}

impl Shape {
    fn compile(schema: &Json) -> Shape {
        let size = |key: &str, otherwise: usize| {
            schema[key].as_u64().map_or(otherwise, |size| usize::try_from(size).unwrap_or(otherwise))
        };
        match schema["type"].as_str() {
            Some("object") if schema["additionalProperties"].is_object() => Shape::Map {
                values: Box::new(Shape::compile(&schema["additionalProperties"])),
                most: size("maxProperties", usize::MAX),
            },
            Some("object") => {
                let fields = schema["properties"].as_object().into_iter().flatten();
                let required = schema["required"].as_array().into_iter().flatten();
                Shape::Object {
                    fields: fields
                        .map(|(name, field)| Field { name: name.clone(), shape: Shape::compile(field) })
                        .collect(),
                    required: required.filter_map(Json::as_str).map(str::to_owned).collect(),
                }
            }
            Some("array") => Shape::List {
                items: Box::new(Shape::compile(&schema["items"])),
                least: size("minItems", 0),
                most: size("maxItems", usize::MAX),
                set: schema["x-kubernetes-list-type"] == "set",
            },
            Some("string") => {
                let words = schema["enum"].as_array().into_iter().flatten();
                let description = schema["description"].as_str().unwrap_or_default();
                Shape::Text {
                    least: size("minLength", 0),
                    most: size("maxLength", usize::MAX),
                    words: words.filter_map(Json::as_str).map(str::to_owned).collect(),
                    example: description.split_once("\nExample: ").map(|(_, example)| example.to_owned()),
                }
            }
            Some("integer") => Shape::Integer {
                least: schema["minimum"].as_i64().unwrap_or(i64::MIN),
                most: schema["maximum"].as_i64().unwrap_or(i64::MAX),
            },
            Some("boolean") => Shape::Boolean,
            _ => Shape::Any,
        }
    }

    fn check(&self, node: &Node, place: &Place<'_>, misfits: &mut Vec<Misfit>) {
        match (self, &node.value) {
            (Shape::Any, _) => {}
            (Shape::Object { fields, required }, Value::Mapping(entries)) => {
                check_object(fields, required, entries, place, misfits);
            }
            (Shape::Map { values, most }, Value::Mapping(entries)) => {
                for entry in entries {
                    let place = place.field(&entry.key.text);
                    values.check(&entry.value, &place, misfits);
                }
                if entries.len() > *most {
                    add(
                        misfits,
                        "schema-count",
                        place,
                        counted(entries.len(), "entries", 0, *most),
                        "remove some",
                    );
                }
            }
            (Shape::List { items, least, most, set }, Value::Sequence(nodes)) => {
                for (index, node) in nodes.iter().enumerate() {
                    items.check(node, &place.index(index), misfits);
                }
                if nodes.len() < *least || nodes.len() > *most {
                    let help =
                        if nodes.is_empty() { "add one, or remove the field" } else { "add or remove some" };
                    add(misfits, "schema-count", place, counted(nodes.len(), "items", *least, *most), help);
                }
                if *set {
                    check_set(nodes, place, misfits);
                }
            }
            (Shape::Text { least, most, words, example }, Value::Scalar(scalar)) => {
                let bounds = (*least, *most);
                check_text(scalar, bounds, words, example.as_deref(), place, misfits);
            }
            (Shape::Integer { least, most }, Value::Scalar(scalar)) => match scalar.resolved {
                Resolved::Integer(number) if (*least..=*most).contains(&number) => {}
                Resolved::Integer(_) => {
                    let message = format!("{} is out of range: {least} to {most}", excerpt(&scalar.text));
                    add(
                        misfits,
                        "schema-range",
                        place,
                        message,
                        format!("write a number from {least} to {most}"),
                    );
                }
                _ => not(node, "a whole number", "without quotes", place, misfits),
            },
            (Shape::Boolean, Value::Scalar(scalar)) => {
                if !matches!(scalar.resolved, Resolved::Bool(_)) {
                    not(node, "true or false", "without quotes", place, misfits);
                }
            }
            (Shape::Object { .. } | Shape::Map { .. }, _) => {
                not(node, "an object", "with its fields indented below it", place, misfits);
            }
            (Shape::List { .. }, _) => not(node, "a list", "with a dash before each item", place, misfits),
            (Shape::Text { .. }, _) => not(node, "a text", "on one line, or after |", place, misfits),
            (Shape::Integer { .. }, _) => not(node, "a whole number", "without quotes", place, misfits),
            (Shape::Boolean, _) => not(node, "true or false", "without quotes", place, misfits),
        }
    }
}

fn check_object(
    fields: &[Field],
    required: &[String],
    entries: &[Entry],
    place: &Place<'_>,
    misfits: &mut Vec<Misfit>,
) {
    for entry in entries {
        let name = &*entry.key.text;
        let here = place.field(name);
        match fields.iter().find(|field| field.name == name) {
            // The API server drops a null where nothing else may stand: the field counts as absent.
            Some(_) if entry.value.is_null() => {}
            Some(field) => field.shape.check(&entry.value, &here, misfits),
            None => misfits.push(Misfit {
                rule: "schema-unknown-field",
                path: here.path(),
                at_key: true,
                message: format!("there is no field {}", excerpt(name)),
                help: similar(name, fields.iter().map(|field| field.name.as_str())).map_or_else(
                    || {
                        format!(
                            "the fields here are {}",
                            list(fields.iter().map(|field| field.name.as_str()))
                        )
                    },
                    |name| format!("did you mean {name}?"),
                ),
            }),
        }
    }
    for name in required {
        let found = entries.iter().find(|entry| *entry.key.text == **name);
        if found.is_none_or(|entry| entry.value.is_null()) {
            let message = format!("{name} is missing");
            add(misfits, "schema-required", &place.field(name), message, format!("add {name}"));
        }
    }
}

fn check_text(
    scalar: &Scalar,
    (least, most): (usize, usize),
    words: &[String],
    example: Option<&str>,
    place: &Place<'_>,
    misfits: &mut Vec<Misfit>,
) {
    let text = &*scalar.text;
    if scalar.resolved != Resolved::String {
        let what = match scalar.resolved {
            Resolved::Null => "nothing",
            Resolved::Bool(_) => "a truth value",
            _ => "a number",
        };
        let message = if text.is_empty() {
            "a text belongs here, and nothing is written".to_owned()
        } else {
            format!("{} is read as {what}, but a text belongs here", excerpt(text))
        };
        let help = if text.is_empty() {
            example.map_or_else(
                || "write a text".into(),
                |example| format!("write a text, for example {example}"),
            )
        } else {
            format!("put it in quotes: \"{}\"", excerpt(text))
        };
        return add(misfits, "string-unquoted", place, message, help);
    }
    if !words.is_empty() {
        if !words.iter().any(|word| word == text) {
            let message = format!("{} is none of {}", quoted(text), list(words.iter().map(String::as_str)));
            let help = similar(text, words.iter().map(String::as_str))
                .map_or_else(|| "write one of them".into(), |word| format!("did you mean {word}?"));
            add(misfits, "schema-enum", place, message, help);
        }
        return;
    }
    let length = text.chars().count();
    if length < least {
        add(misfits, "schema-length", place, counted(length, "characters", least, most), "write some text");
    } else if length > most {
        let help = format!("shorten it by {}", length - most);
        add(misfits, "schema-length", place, counted(length, "characters", least, most), help);
    }
}

fn check_set(nodes: &[Node], place: &Place<'_>, misfits: &mut Vec<Misfit>) {
    for (index, node) in nodes.iter().enumerate() {
        let text = node.as_str();
        if text.is_some() && nodes[..index].iter().any(|before| before.as_str() == text) {
            let message = format!("{} stands here twice", quoted(text.unwrap_or_default()));
            add(misfits, "schema-count", &place.index(index), message, "remove one of them");
        }
    }
}

fn not(node: &Node, wanted: &str, how: &str, place: &Place<'_>, misfits: &mut Vec<Misfit>) {
    let found: Cow<'_, str> = match &node.value {
        Value::Mapping(_) => "an object".into(),
        Value::Sequence(_) => "a list".into(),
        Value::Scalar(scalar) if scalar.resolved == Resolved::Null => "nothing".into(),
        Value::Scalar(scalar) if scalar.quoted => format!("the text {}", quoted(&scalar.text)).into(),
        Value::Scalar(scalar) => excerpt(&scalar.text).into(),
    };
    let message = format!("{wanted} belongs here, not {found}");
    add(misfits, "schema-type", place, message, format!("write {wanted}, {how}"));
}

fn add(
    misfits: &mut Vec<Misfit>,
    rule: &'static str,
    place: &Place<'_>,
    message: String,
    help: impl Into<String>,
) {
    misfits.push(Misfit { rule, path: place.path(), at_key: false, message, help: help.into() });
}

fn counted(count: usize, what: &str, least: usize, most: usize) -> String {
    match (count < least, least) {
        (true, 1) => format!("empty, at least 1 of at most {most} {what} belongs here"),
        (true, _) => format!("{count} {what}, at least {least}"),
        (false, _) => format!("{count} {what}, at most {most}"),
    }
}

/// The known word that somebody may have meant.
pub fn similar<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| {
        word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let written = plain(written);
    if written.is_empty() || written.len() > 64 {
        return None;
    }
    known
        .map(|word| (strsim::damerau_levenshtein(&written, &plain(word)), word))
        .filter(|(distance, word)| *distance <= 1.max(word.len() / 3).min(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", excerpt(text))
}

fn excerpt(text: &str) -> String {
    crate::manifest::excerpt(text)
}
