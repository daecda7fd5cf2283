//! The content as a manifest has it: what is written down of a template that exists.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::{Content, Leaf, last_field};
use crate::manifest::{Path, Segment};
use crate::template::text::Text;

impl Content {
    /// The fields below `spec` that say this. What is off is not written: nothing says the same.
    pub fn spec(&self) -> Map<String, Json> {
        let mut spec = Json::Object(Map::new());
        for (path, leaf) in &self.leaves {
            let value = match leaf {
                Leaf::Flag(false) => continue,
                Leaf::Flag(true) => Json::Bool(true),
                Leaf::Number(number) => Json::from(*number),
                other => Json::from(other.show()),
            };
            if let [Segment::Field(root), below @ ..] = path.segments()
                && **root == *"spec"
            {
                put(&mut spec, below, value);
            }
        }
        match spec {
            Json::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    /// The names of all variables.
    pub fn variables(&self) -> BTreeSet<&str> {
        self.texts().flat_map(|(text, _)| text.variables()).collect()
    }

    /// Those of them that had only a number, so that their names are made up.
    pub fn made_up(&self) -> BTreeSet<&str> {
        self.texts().filter(|(_, numbered)| *numbered).flat_map(|(text, _)| text.variables()).collect()
    }

    /// Whether a text has numbers for names. Links do not count: theirs are numbered on every wire.
    pub fn has_numbers(&self) -> bool {
        let numbered = |(path, leaf): (&Path, &Leaf)| {
            matches!(leaf, Leaf::Numbered(_)) && last_field(path) == Some("text")
        };
        self.leaves.iter().any(numbered)
    }

    /// Each text, and whether its variables had numbers.
    fn texts(&self) -> impl Iterator<Item = (&Text, bool)> {
        self.leaves.values().filter_map(|leaf| match leaf {
            Leaf::Text(text) => Some((text, false)),
            Leaf::Numbered(text) => Some((text, true)),
            _ => None,
        })
    }
}

/// Puts a value where a path leads; whatever is missing on the way is made.
fn put(place: &mut Json, path: &[Segment], value: Json) {
    match path {
        [] => *place = value,
        [Segment::Field(name), below @ ..] => {
            if !place.is_object() {
                *place = Json::Object(Map::new());
            }
            put(&mut place[&**name], below, value);
        }
        [Segment::Index(index), below @ ..] => {
            if !place.is_array() {
                *place = Json::Array(Vec::new());
            }
            if let Json::Array(items) = place {
                while items.len() <= *index {
                    items.push(Json::Object(Map::new()));
                }
                put(&mut items[*index], below, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::provider::meta::wire;

    #[test]
    fn what_a_provider_says_is_written_as_a_manifest_has_it() {
        let answer = json!({
            "id": "1", "name": "spring", "language": "en_US", "status": "APPROVED", "category": "MARKETING",
            "parameter_format": "POSITIONAL", "cta_url_link_tracking_opted_out": false,
            "components": [
                {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://cdn.example/a.jpg?oe=1"]}},
                {"type": "BODY", "text": "Hi {{1}}", "example": {"body_text": [["Ana"]]}},
                {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Stop"}, {"type": "NOVEL"}]},
            ],
        });
        let content = wire::template(&answer).unwrap().content.unwrap();
        let spec = serde_json::Value::Object(content.spec());
        assert_eq!(
            spec,
            json!({
                "components": {
                    "header": {"format": "IMAGE", "url": "https://cdn.example/a.jpg?oe=1"},
                    "body": {"text": "Hi {{body_1}}"},
                    "buttons": [{"type": "QUICK_REPLY", "text": "Stop"}, {"type": "NOVEL"}],
                },
                "examples": {"body_1": "Ana"},
                "parameterFormat": "POSITIONAL",
            })
        );
        assert_eq!(content.made_up().into_iter().collect::<Vec<_>>(), ["body_1"]);
    }
}
