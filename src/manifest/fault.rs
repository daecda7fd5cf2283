//! What can be wrong with a manifest before anybody asks what it means.

use std::fmt;

use super::node::Position;

pub(super) const YAML_SYNTAX: &str = "yaml-syntax";
pub(super) const YAML_DUPLICATE_KEY: &str = "yaml-duplicate-key";
/// Of any document: a manifest of ours may be the one that is lost.
pub const YAML_SEPARATOR: &str = "yaml-separator";
pub(super) const YAML_ALIAS_BOMB: &str = "yaml-alias-bomb";
pub(super) const YAML_DEPTH: &str = "yaml-depth";
pub(super) const YAML_KEY: &str = "yaml-key";
pub(super) const YAML_TAG: &str = "yaml-tag";
pub(super) const YAML_ENCODING: &str = "yaml-encoding";
pub(super) const FILE_TOO_LARGE: &str = "file-too-large";
pub(super) const FILE_NOT_FOUND: &str = "file-not-found";
pub(super) const FILE_UNREADABLE: &str = "file-unreadable";
pub(super) const FILE_SYMLINK_LOOP: &str = "file-symlink-loop";

/// Every rule of this room, so that a test can hold the pages of `waops explain` against it.
pub const RULES: [&str; 12] = [
    YAML_SYNTAX,
    YAML_DUPLICATE_KEY,
    YAML_SEPARATOR,
    YAML_ALIAS_BOMB,
    YAML_DEPTH,
    YAML_KEY,
    YAML_TAG,
    YAML_ENCODING,
    FILE_TOO_LARGE,
    FILE_NOT_FOUND,
    FILE_UNREADABLE,
    FILE_SYMLINK_LOOP,
];

/// One thing that is wrong, where it is and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// One of [`RULES`].
    pub rule: &'static str,
    /// Where; none when the whole file is meant.
    pub position: Option<Position>,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do about it, without a full stop.
    pub help: String,
}

impl Fault {
    /// A fault of a file as a whole.
    pub(super) fn new(rule: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { rule, position: None, message: message.into(), help: help.into() }
    }

    /// The same fault at a place in the text.
    pub(super) fn at(mut self, position: Position) -> Self {
        self.position = Some(position);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "{position}: ")?;
        }
        write!(f, "{} [{}]: {}", self.message, self.rule, self.help)
    }
}

impl std::error::Error for Fault {}

/// A piece of somebody's text, short enough and tame enough to stand in a message.
pub fn excerpt(text: &str) -> String {
    const LENGTH: usize = 40;
    let mut short: String = text.chars().take(LENGTH).flat_map(printable).collect();
    if text.chars().nth(LENGTH).is_some() {
        short.push('…');
    }
    short
}

/// Control characters are escaped: a manifest must not steer the terminal it is reported on.
fn printable(character: char) -> impl Iterator<Item = char> {
    let escape = character.is_control().then(|| character.escape_default());
    let plain = escape.is_none().then_some(character);
    escape.into_iter().flatten().chain(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_and_cannot_steer_a_terminal() {
        assert_eq!(excerpt("plain"), "plain");
        assert_eq!(excerpt("a\u{1b}[31m\nb"), "a\\u{1b}[31m\\nb");
        assert_eq!(excerpt(&"x".repeat(41)), format!("{}…", "x".repeat(40)));
    }

    #[test]
    fn a_fault_reads_as_place_message_rule_and_help() {
        let fault = Fault::new(YAML_KEY, "what", "how").at(Position { line: 3, column: 7 });
        assert_eq!(fault.to_string(), "3:7: what [yaml-key]: how");
    }
}
