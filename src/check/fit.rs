//! The walk that holds a document against a schema.

use std::borrow::Cow;

use super::shape::{Field, Shape};
use super::similar::similar;
use crate::manifest::{Entry, Node, Path, Place, Position, Resolved, Scalar, Value, excerpt};

/// So many misfits of one document are reported: who has more mends these first.
pub(super) const MOST: usize = 100;

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

/// What in a document does not fit its schema.
pub(super) fn fit(shape: &Shape, document: &Node) -> Vec<Misfit> {
    let mut fitting = Fitting(Vec::new());
    fitting.node(shape, document, &Place::ROOT);
    fitting.0
}

struct Fitting(Vec<Misfit>);

impl Fitting {
    fn add(
        &mut self,
        rule: &'static str,
        place: &Place<'_>,
        position: Position,
        message: String,
        help: impl Into<String>,
    ) {
        if self.0.len() < MOST {
            self.0.push(Misfit { rule, path: place.path(), position, message, help: help.into() });
        }
    }

    fn node(&mut self, shape: &Shape, node: &Node, place: &Place<'_>) {
        match (shape, &node.value) {
            (Shape::Any, _) => {}
            (Shape::Object { fields, required, .. }, Value::Mapping(entries)) => {
                self.object(fields, required, entries, node.start, place);
            }
            (Shape::Map { values, most }, Value::Mapping(entries)) => {
                for entry in entries.iter().take(*most) {
                    self.node(values, &entry.value, &place.field(&entry.key.text));
                }
                self.count(entries.len(), ("entry", "entries"), (0, *most), node.start, place);
            }
            (Shape::List { items, least, most, set, .. }, Value::Sequence(nodes)) => {
                for (index, node) in nodes.iter().enumerate().take(*most) {
                    self.node(items, node, &place.index(index));
                }
                self.count(nodes.len(), ("item", "items"), (*least, *most), node.start, place);
                if *set {
                    self.set(&nodes[..nodes.len().min(*most)], place);
                }
            }
            (Shape::Text { least, most, words, example }, Value::Scalar(scalar)) => {
                self.text(scalar, (*least, *most), words, example.as_deref(), node.start, place);
            }
            (Shape::Integer { least, most }, Value::Scalar(scalar)) => match scalar.resolved {
                Resolved::Integer(number) if (*least..=*most).contains(&number) => {}
                Resolved::Integer(_) => {
                    let message = format!("{} is out of range: {least} to {most}", excerpt(&scalar.text));
                    let help = format!("write a number from {least} to {most}");
                    self.add("schema-range", place, node.start, message, help);
                }
                _ => self.mistyped(shape, node, place),
            },
            (Shape::Boolean, Value::Scalar(scalar)) if matches!(scalar.resolved, Resolved::Bool(_)) => {}
            _ => self.mistyped(shape, node, place),
        }
    }

    fn object(
        &mut self,
        fields: &[Field],
        required: &[String],
        entries: &[Entry],
        start: Position,
        place: &Place<'_>,
    ) {
        let mut meant = Vec::new();
        for entry in entries {
            let name = &*entry.key.text;
            match fields.iter().find(|field| field.name == name) {
                // The API server drops a null where nothing else may stand: the field counts as absent.
                Some(_) if entry.value.is_null() => {}
                Some(field) => self.node(&field.shape, &entry.value, &place.field(name)),
                // Looking for what was meant takes time, and nobody reads on.
                None if self.0.len() >= MOST => {}
                None => {
                    let known = || fields.iter().map(|field| field.name.as_str());
                    let probably = similar(name, known());
                    meant.extend(probably);
                    let help = probably.map_or_else(
                        || unknown_field(name, entry.value.is_null(), known()),
                        |name| format!("did you mean {name}?"),
                    );
                    let shown = excerpt(name);
                    let message = format!("there is no field {shown}");
                    self.add("schema-unknown-field", &place.field(&shown), entry.key.position, message, help);
                }
            }
        }
        for name in required {
            let found = entries.iter().find(|entry| *entry.key.text == **name);
            // A slip of the pen is one mistake, not an unknown field and a missing one.
            if found.is_none_or(|entry| entry.value.is_null()) && !meant.contains(&name.as_str()) {
                let example =
                    fields.iter().find(|field| field.name == *name).and_then(|field| field.shape.example());
                let help =
                    example.map_or_else(|| format!("add {name}"), |example| format!("add {name}: {example}"));
                self.add("schema-required", &place.field(name), start, format!("{name} is missing"), help);
            }
        }
    }

    fn text(
        &mut self,
        scalar: &Scalar,
        (least, most): (usize, usize),
        words: &[String],
        example: Option<&str>,
        start: Position,
        place: &Place<'_>,
    ) {
        let text = &*scalar.text;
        if scalar.resolved != Resolved::String {
            return self.unquoted(scalar, example, start, place);
        }
        if !words.is_empty() {
            if !words.iter().any(|word| word == text) {
                let known = || words.iter().map(String::as_str);
                let message = format!("\"{}\" is none of {}", excerpt(text), list(known()));
                let help = similar(text, known())
                    .map_or_else(|| "write one of them".into(), |word| format!("did you mean {word}?"));
                self.add("schema-enum", place, start, message, help);
            }
            return;
        }
        let length = text.chars().count();
        if length < least {
            self.add("schema-length", place, start, "the text is empty".to_owned(), "write some text");
        } else if length > most {
            let message = format!("{length} characters, at most {most}");
            self.add("schema-length", place, start, message, format!("shorten it by {}", length - most));
        }
    }

    fn unquoted(&mut self, scalar: &Scalar, example: Option<&str>, start: Position, place: &Place<'_>) {
        let text = excerpt(&scalar.text);
        let message = match scalar.resolved {
            Resolved::Null if text.is_empty() => "nothing stands here, but a text belongs here".to_owned(),
            Resolved::Null => format!("{text} is read as nothing, but a text belongs here"),
            Resolved::Bool(_) => format!("{text} is read as a truth value, but a text belongs here"),
            _ => format!("{text} is read as a number, but a text belongs here"),
        };
        let help = match (text.is_empty(), example) {
            (true, Some(example)) => format!("write a text, for example {example}"),
            (true, None) => "write a text".to_owned(),
            (false, _) => format!("put it in quotes: \"{text}\""),
        };
        self.add("string-unquoted", place, start, message, help);
    }

    fn count(
        &mut self,
        count: usize,
        (one, many): (&str, &str),
        (least, most): (usize, usize),
        start: Position,
        place: &Place<'_>,
    ) {
        let what = |count| if count == 1 { one } else { many };
        let (message, help) = if count == 0 && least > 0 {
            (
                format!("the list is empty, at least {least} {} belong here", what(least)),
                "add one, or remove the field".to_owned(),
            )
        } else if count < least {
            (format!("{count} {}, at least {least}", what(count)), format!("add {}", least - count))
        } else if count > most {
            (format!("{count} {}, at most {most}", what(count)), format!("remove {}", count - most))
        } else {
            return;
        };
        self.add("schema-count", place, start, message, help);
    }

    fn set(&mut self, nodes: &[Node], place: &Place<'_>) {
        for (index, node) in nodes.iter().enumerate() {
            let Some(text) = node.as_str() else { continue };
            if nodes[..index].iter().any(|before| before.as_str() == Some(text)) {
                let message = format!("\"{}\" stands here twice", excerpt(text));
                self.add("schema-count", &place.index(index), node.start, message, "remove one of them");
            }
        }
    }

    /// A value of another type than the field has.
    fn mistyped(&mut self, shape: &Shape, node: &Node, place: &Place<'_>) {
        let (wanted, how) = match shape {
            Shape::Object { .. } | Shape::Map { .. } => ("an object", "with its fields indented below it"),
            Shape::List { .. } => ("a list", "with a dash before each item"),
            Shape::Text { .. } => ("a text", "on one line, or after |"),
            Shape::Integer { .. } => ("a whole number", "without quotes"),
            Shape::Boolean | Shape::Any => ("true or false", "without quotes"),
        };
        let found: Cow<'_, str> = match &node.value {
            Value::Mapping(_) => "an object".into(),
            Value::Sequence(_) => "a list".into(),
            Value::Scalar(scalar) if scalar.resolved == Resolved::Null => "nothing".into(),
            Value::Scalar(scalar) if scalar.quoted => {
                format!("the text \"{}\"", excerpt(&scalar.text)).into()
            }
            Value::Scalar(scalar) => excerpt(&scalar.text).into(),
        };
        let help = shape.example().map_or_else(
            || format!("write {wanted}, {how}"),
            |example| format!("write {wanted}, {how}, for example {example}"),
        );
        self.add("schema-type", place, node.start, format!("{wanted} belongs here, not {found}"), help);
    }
}

/// What to do about a field that nobody knows and that is no slip of the pen.
fn unknown_field<'a>(name: &str, is_empty: bool, known: impl Iterator<Item = &'a str>) -> String {
    let secrets =
        ["accessToken", "appSecret", "accessKeyId", "accessKeySecret", "securityToken", "token", "password"];
    if secrets.contains(&name) {
        "a secret never stands in a manifest: put it into a Secret that credentials.secretRef names, and revoke this one"
            .to_owned()
    } else if is_empty && name.contains(' ') {
        // `{text: Small, but fine}` has a field `but fine`.
        "a comma ends a text in braces: put the whole text in quotes".to_owned()
    } else {
        format!("the fields here are {}", list(known))
    }
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}
