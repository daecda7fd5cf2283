//! Reading what vendors really send: ids as strings or numbers, blanks at the end, nulls where lists
//! belong, one thing where the documents promise several.
//!
//! The leniency sits in the types of the fields, so the structures of the wire modules stay what they
//! are: a description of the wire. Nothing here fails on a value of the wrong type; it counts as missing.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// An answer of which nothing can be made. The reason is short and quotes nothing of the answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the provider's answer cannot be read: {0}")]
pub struct Unreadable(pub(crate) String);

impl Unreadable {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// An answer as the structure it should be. Anything but an object is no answer at all.
pub(crate) fn read<T: DeserializeOwned + Default>(answer: &Value) -> Result<T, Unreadable> {
    if !answer.is_object() {
        return Err(Unreadable::new("it is not a JSON object"));
    }
    T::deserialize(answer).map_err(|_| Unreadable::new("it has another shape than documented"))
}

/// A piece of text: a string, or a number or boolean that should have been one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word(Option<String>);

impl Word {
    /// As it came, for what people wrote.
    pub(crate) fn exact(self) -> Option<String> {
        self.0
    }

    /// As it came, unless it is empty: an empty text says what a missing one says.
    pub(crate) fn filled(self) -> Option<String> {
        self.0.filter(|text| !text.is_empty())
    }

    /// Without blanks around it, for ids and links: vendors' samples end in a newline. Nothing left is nothing.
    pub(crate) fn trimmed(&self) -> Option<String> {
        let text = self.0.as_deref()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A word of a closed list, which comes in either case.
    pub(crate) fn upper(&self) -> Option<String> {
        self.trimmed().map(|word| word.to_ascii_uppercase())
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Word(match Value::deserialize(deserializer)? {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        }))
    }
}

/// Yes or no: a boolean, or the word for one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) Option<bool>);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Flag(match Value::deserialize(deserializer)? {
            Value::Bool(flag) => Some(flag),
            Value::String(word) if word.trim().eq_ignore_ascii_case("true") => Some(true),
            Value::String(word) if word.trim().eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }))
    }
}

/// A whole number, or a string of its digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whole(pub(crate) Option<i64>);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Whole(match Value::deserialize(deserializer)? {
            Value::Number(number) => number.as_i64(),
            Value::String(digits) => digits.trim().parse().ok(),
            _ => None,
        }))
    }
}

/// A structure, or nothing where something else stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct One<T>(pub(crate) Option<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(One(serde_json::from_value(Value::deserialize(deserializer)?).ok()))
    }
}

/// A list, or the one thing that should have been in it. What cannot be read leaves an empty entry
/// rather than a gap: whoever needs a field of it says which entry is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Many<T>(pub(crate) Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Many(Vec::new())
    }
}

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = match Value::deserialize(deserializer)? {
            Value::Array(items) => items,
            Value::Null => Vec::new(),
            Value::String(text) if text.trim().is_empty() => Vec::new(),
            one => vec![one],
        };
        Ok(Many(items.into_iter().map(|item| serde_json::from_value(item).unwrap_or_default()).collect()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Sample {
        word: Word,
        flag: Flag,
        whole: Whole,
        one: One<Inner>,
        many: Many<Word>,
    }

    #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Inner {
        word: Word,
    }

    fn word(text: &str) -> Word {
        Word(Some(text.into()))
    }

    #[test]
    fn takes_what_vendors_send() {
        let number = Sample { word: word("594425479261596"), ..Sample::default() };
        for (answer, want, reason) in [
            (json!({}), Sample::default(), "nothing is there"),
            (
                json!({"word": null, "flag": null, "whole": null, "one": null, "many": null}),
                Sample::default(),
                "nulls",
            ),
            (
                json!({"word": [], "flag": 3, "whole": {}, "one": "x", "many": ""}),
                Sample::default(),
                "wrong types",
            ),
            (json!({"word": 594_425_479_261_596_u64}), number, "an id as a number"),
            (
                json!({"flag": "True"}),
                Sample { flag: Flag(Some(true)), ..Sample::default() },
                "Python's boolean",
            ),
            (json!({"whole": "12"}), Sample { whole: Whole(Some(12)), ..Sample::default() }, "digits"),
            (
                json!({"many": "x"}),
                Sample { many: Many(vec![word("x")]), ..Sample::default() },
                "one for many",
            ),
        ] {
            assert_eq!(read::<Sample>(&answer), Ok(want), "{reason}");
        }
        assert_eq!(word("D9AA3***\n").trimmed().as_deref(), Some("D9AA3***"));
        assert_eq!(word(" \n").trimmed(), None);
        assert!(read::<Sample>(&json!([])).unwrap_err().to_string().ends_with("it is not a JSON object"));
    }
}
