//! A document held against the schema of its kind: the same that the API server has, so that the same
//! mistakes are found, and all of them at once.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::fit::fit;
use crate::api::{self, Kind};
use crate::manifest::{Node, Path, Position};

/// Something that does not fit the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Id of a lint rule.
    pub rule: &'static str,
    /// The field.
    pub path: Path,
    /// Where it stands; of a missing field, the object that lacks it.
    pub position: Position,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

/// The schema of one kind, ready to be held against documents.
#[derive(Debug)]
pub struct Schema(Shape);

/// What may stand in a place.
#[derive(Debug)]
pub(super) enum Shape {
    Object {
        fields: Vec<Field>,
        required: Vec<String>,
        example: Option<String>,
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
        example: Option<String>,
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

/// A field of an object.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) shape: Shape,
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

    /// What in a document does not fit, as far as anybody wants to read.
    pub fn check(&self, document: &Node) -> Vec<Misfit> {
        fit(&self.0, document)
    }
}

impl Shape {
    /// What a person could write here.
    pub(super) fn example(&self) -> Option<&str> {
        match self {
            Shape::Object { example, .. } | Shape::List { example, .. } | Shape::Text { example, .. } => {
                example.as_deref()
            }
            _ => None,
        }
    }

    fn compile(schema: &Json) -> Shape {
        let size = |key: &str, otherwise: usize| {
            schema[key].as_u64().map_or(otherwise, |size| usize::try_from(size).unwrap_or(otherwise))
        };
        let description = schema["description"].as_str().unwrap_or_default();
        let example = description.split_once("\nExample: ").map(|(_, example)| example.to_owned());
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
                    example,
                }
            }
            Some("array") => Shape::List {
                items: Box::new(Shape::compile(&schema["items"])),
                least: size("minItems", 0),
                most: size("maxItems", usize::MAX),
                set: schema["x-kubernetes-list-type"] == "set",
                example,
            },
            Some("string") => {
                let words = schema["enum"].as_array().into_iter().flatten();
                Shape::Text {
                    least: size("minLength", 0),
                    most: size("maxLength", usize::MAX),
                    words: words.filter_map(Json::as_str).map(str::to_owned).collect(),
                    example,
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
}

/// The known word that somebody may have meant.
pub fn similar<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| {
        word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    if written.len() > 64 {
        return None;
    }
    let written = plain(written);
    let near = |word: &str| {
        let word = plain(word);
        match strsim::damerau_levenshtein(&written, &word) {
            distance if distance <= 1.max(word.len() / 3).min(3) => Some(distance),
            // `phone` for `phoneNumber`, after everything that differs by a letter.
            _ if written.len() >= 4 && word.starts_with(&written) => Some(4),
            _ => None,
        }
    };
    if written.is_empty() {
        return None;
    }
    known
        .filter_map(|word| near(word).map(|distance| (distance, word)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint;
    use crate::manifest::{RULES, documents};

    fn misfits(spec: &str) -> Vec<(&'static str, String, String)> {
        let text = format!("metadata: {{name: x}}\nspec:\n{spec}");
        let root = documents(&text).next().unwrap().unwrap().root;
        let misfits = Schema::of(Kind::Template).check(&root).into_iter();
        misfits.map(|misfit| (misfit.rule, misfit.path.to_string(), misfit.help)).collect()
    }

    #[test]
    fn helps_name_what_was_probably_meant() {
        let base = "  accountRef: {name: shop}\n  name: x\n  language: en\n  category: UTILITY\n";
        for (components, rule, path, help) in [
            ("{body: {txt: x}}", "schema-unknown-field", "spec.components.body.txt", "did you mean text?"),
            (
                "{body: {text: Small, but fine}}",
                "schema-unknown-field",
                "spec.components.body[\"but fine\"]",
                "a comma ends a text in braces: put the whole text in quotes",
            ),
            (
                "{body: {text: yes}}",
                "string-unquoted",
                "spec.components.body.text",
                "put it in quotes: \"yes\"",
            ),
            (
                "{body: {text: 2026-01-01}, footer: {}}",
                "",
                "",
                "a date stays the text it is, and a null field is none",
            ),
            (
                "{body: {text: x}, buttons: []}",
                "schema-count",
                "spec.components.buttons",
                "add one, or remove the field",
            ),
            (
                "{body: {text: x}, footer: {codeExpirationMinutes: \"5\"}}",
                "schema-type",
                "spec.components.footer.codeExpirationMinutes",
                "write a whole number, without quotes",
            ),
        ] {
            let found = misfits(&format!("{base}  components: {components}\n"));
            let wanted: Vec<_> =
                (!rule.is_empty()).then(|| (rule, path.to_owned(), help.to_owned())).into_iter().collect();
            assert_eq!(found, wanted, "{components}");
        }
    }

    #[test]
    fn every_fault_of_reading_has_a_page() {
        for rule in RULES {
            assert!(lint::find(rule).is_some(), "{rule}");
        }
    }
}
