//! What lint has to say about a manifest.

use super::rule::Rule;
use crate::manifest::{Path, Place};

/// A rule that a manifest breaks: where, with which values, and how to mend it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The field to blame.
    pub path: Path,
    /// What is wrong with the values at hand.
    pub message: String,
    /// How to mend it; empty where the message says it already.
    pub help: String,
}

/// Collects findings. Words are made only where something is wrong, so a clean manifest costs nothing.
#[derive(Debug, Default)]
pub(super) struct Findings(pub(super) Vec<Finding>);

impl Findings {
    pub(super) fn add(
        &mut self,
        rule: &'static Rule,
        place: &Place<'_>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.0.push(Finding { rule, path: place.path(), message: message.into(), help: help.into() });
    }
}

/// In bytes: nobody means a longer word by a slip of the pen, and comparing takes the square of the length.
pub(super) const LONGEST_WORD: usize = 64;

/// How much of a person's text a message repeats: enough to find it, too little to flood a log.
const QUOTED_CHARACTERS: usize = 60;

/// A text in quotes for a message: on one line, control characters escaped, cut where it is long.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for (count, character) in text.chars().enumerate() {
        if count == QUOTED_CHARACTERS {
            quoted.push('…');
            break;
        }
        // What turns the direction of writing around would disguise the rest of the line.
        if character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            quoted.extend(character.escape_default());
        } else {
            quoted.push(character);
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn quotes_are_short_and_harmless() {
        let long = "ä".repeat(61);
        let cut = format!("\"{}…\"", "ä".repeat(60));
        for (text, want, reason) in [
            ("plain", "\"plain\"", "nothing to do"),
            ("two\nlines\x1b[2J", "\"two\\nlines\\u{1b}[2J\"", "a terminal obeys control characters"),
            ("a\u{202e}b", "\"a\\u{202e}b\"", "and turns around what follows"),
            (&long, &cut, "characters, not bytes"),
        ] {
            assert_eq!(quote(text), want, "{reason}");
        }
    }
}
