//! Texts of others inside a Markdown comment: shown as they are, and never Markdown, HTML, a mention or a reference.
//!
//! Platforms look for mentions and references in the finished page, everywhere but in code. So what others wrote
//! stands in `<code>`, and its punctuation as entities, which no parser takes for structure.

use std::fmt::Write;

use crate::plan::words::printable;

/// A name, a path or a value on one line.
pub(super) fn code(text: &str) -> String {
    let mut out = "<code>".to_owned();
    let mut before = ' ';
    for character in printable(text).chars() {
        let plain = character.is_alphanumeric()
            || !character.is_ascii()
            || matches!(character, ' ' | '-' | '/' | ',')
            || (character == '.' && !before.eq_ignore_ascii_case(&'w'));
        if plain {
            out.push(character);
        } else {
            entity(&mut out, character);
        }
        before = character;
    }
    out.push_str("</code>");
    out
}

/// A sentence of ours, in which there may be words of others.
pub(super) fn prose(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut before = [' '; 2];
    while let Some(character) = characters.next() {
        let ends = characters.peek().is_none_or(|next| !next.is_alphanumeric());
        let numbers = characters.peek().is_some_and(char::is_ascii_digit);
        let plain = character.is_alphanumeric()
            || !character.is_ascii()
            || matches!(character, ' ' | ',' | ';' | '(' | ')' | '\'')
            || (character == '-' && !(numbers && names_an_issue(before)))
            || (matches!(character, '.' | ':') && ends);
        if plain {
            out.push(character);
        } else {
            out.push_str("<code>");
            entity(&mut out, character);
            out.push_str("</code>");
        }
        before = [before[1], character];
    }
    out
}

/// Whether a number after these letters and a `-` is an issue: `GH-26` at GitHub, `GL-26` at GitLab, in any case.
fn names_an_issue(letters: [char; 2]) -> bool {
    matches!(letters.map(|letter| letter.to_ascii_lowercase()), ['g', 'h' | 'l'])
}

/// Lines that are to be read or copied as they stand. Nothing in them can end the block: its fence is longer than any
/// run of backticks within.
pub(super) fn block(language: &str, lines: &[String]) -> String {
    let run = |line: &String| {
        let runs = line.split(|character| character != '`').map(str::len);
        runs.max().unwrap_or_default()
    };
    let fence = "`".repeat(lines.iter().map(run).max().unwrap_or_default().max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", lines.join("\n"))
}

fn entity(out: &mut String, character: char) {
    let _ = write!(out, "&#{};", u32::from(character));
}
