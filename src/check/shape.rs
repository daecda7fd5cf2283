//! A schema, compiled: what may stand in each place of a document.

use serde_json::Value as Json;

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

    pub(super) fn compile(schema: &Json) -> Shape {
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
