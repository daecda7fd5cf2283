//! The tree of one document, each value with its place.

use std::fmt;

use serde_json::{Map, Number, Value as Json};

use super::{
    path::{Path, Segment},
    resolve::Resolved,
};

/// A place in a text, as editors count: from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value and where it starts. One that came through an alias stands where its anchor is.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its first character; of a mapping in block style, that is its first key.
    pub start: Position,
}

/// The three shapes of YAML; aliases and merge keys are already expanded.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text, number, boolean or null.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// An object, in the order of the text and without duplicates.
    Mapping(Vec<Entry>),
}

/// A leaf. It keeps its text, so that an id of digits never loses a leading zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// As written, without quotes and escapes; empty when nothing is written.
    pub text: Box<str>,
    /// What kubectl makes of it.
    pub resolved: Resolved,
    /// Written in quotes or as a block (`|`, `>`), and therefore text.
    pub quoted: bool,
}

/// A field of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name.
    pub key: Key,
    /// Its value.
    pub value: Node,
}

/// The name of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// As kubectl reads it: an unquoted `on` is "true", which is also a fault of the document.
    pub text: Box<str>,
    /// Where it is written.
    pub position: Position,
}

impl Node {
    /// The field of a mapping; none if there is none, or if this is no mapping.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// Like [`Node::get`], with the key and its position.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.as_mapping()?.iter().find(|entry| &*entry.key.text == name)
    }

    /// Follows a path; none where it leads nowhere.
    pub fn at(&self, path: &Path) -> Option<&Node> {
        path.segments().iter().try_fold(self, Node::step)
    }

    /// Where a field is. One that is missing is reported at the closest mapping or sequence above it.
    pub fn position_of(&self, path: &Path) -> Position {
        let mut node = self;
        for segment in path.segments() {
            match node.step(segment) {
                Some(below) => node = below,
                None => break,
            }
        }
        node.start
    }

    fn step(&self, segment: &Segment) -> Option<&Node> {
        match segment {
            Segment::Field(name) => self.get(name),
            Segment::Index(index) => self.as_sequence()?.get(*index),
        }
    }

    /// The text of a scalar that is text; an unquoted number is none.
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar().filter(|scalar| scalar.resolved == Resolved::String).map(|scalar| &*scalar.text)
    }

    /// The leaf, if this is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            Value::Scalar(_) | Value::Mapping(_) => None,
        }
    }

    /// The fields, if this is an object.
    pub fn as_mapping(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            Value::Scalar(_) | Value::Sequence(_) => None,
        }
    }

    /// Null or nothing; Kubernetes treats such a field as absent.
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(|scalar| scalar.resolved == Resolved::Null)
    }

    /// The JSON that kubectl would send. Recursion is safe: no tree is deeper than the parser allows.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Scalar(scalar) => scalar.to_json(),
            Value::Sequence(items) => items.iter().map(Node::to_json).collect(),
            Value::Mapping(entries) => {
                let fields = entries.iter().map(|entry| (entry.key.text.to_string(), entry.value.to_json()));
                Json::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}

impl Scalar {
    /// A leaf of JSON; an infinity, which JSON cannot say and kubectl refuses, stays the text it was.
    pub fn to_json(&self) -> Json {
        let text = || Json::String(self.text.to_string());
        match self.resolved {
            Resolved::Null => Json::Null,
            Resolved::Bool(value) => Json::Bool(value),
            Resolved::Integer(value) => Json::Number(value.into()),
            Resolved::Float(value) => Number::from_f64(value).map_or_else(text, Json::Number),
            Resolved::String => text(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::documents, *};

    fn tree(text: &str) -> Node {
        documents(text).next().unwrap().unwrap().root
    }

    #[test]
    fn paths_lead_to_values_and_missing_ones_to_their_parents() {
        let root = tree("kind: X\nspec:\n  buttons:\n    - {type: URL, url: x}\n    - type: FLOW\n");
        let buttons = Path::from_iter(["spec", "buttons"]);
        let cases = [
            (Path::root(), (1, 1), "the document"),
            (Path::from_iter(["kind"]), (1, 7), "a value, not its key"),
            (buttons.join(0), (4, 7), "a flow mapping starts at its brace"),
            (buttons.join(0).join("url"), (4, 24), "within it"),
            (buttons.join(1), (5, 7), "a block mapping starts at its first key"),
            (buttons.join(1).join("url"), (5, 7), "a missing field is reported at its parent"),
            (buttons.join(2).join("url"), (4, 5), "a missing item at its list"),
            (Path::from_iter(["nope", "at", "all"]), (1, 1), "or at the root"),
            (Path::from_iter(["kind", "x"]), (1, 7), "a scalar has no fields"),
        ];
        for (path, (line, column), why) in cases {
            assert_eq!(root.position_of(&path), Position { line, column }, "{why}");
        }
        assert_eq!(root.at(&buttons.join(1).join("type")).and_then(Node::as_str), Some("FLOW"));
        assert_eq!(root.at(&buttons.join(1).join("url")), None);
    }

    #[test]
    fn only_text_is_text() {
        let root = tree("{a: x, b: 1, c: '1', d: yes, e: , f: [x], g: ~}");
        let text = |name| root.get(name).and_then(Node::as_str);
        assert_eq!(
            [text("a"), text("b"), text("c"), text("d"), text("f")],
            [Some("x"), None, Some("1"), None, None]
        );
        assert!(root.get("e").unwrap().is_null() && root.get("g").unwrap().is_null());
        assert_eq!(&*root.get("b").unwrap().as_scalar().unwrap().text, "1");
    }
}
