//! Whitespace, line breaks and signs in texts.

use super::finding::{Findings, quote};
use super::links;
use super::rule::{BOTH_REFUSE, BOTH_WARN, lint};
use super::walk::{self, Role};
use crate::api::ComponentsSpec;
use crate::manifest::Place;

rules! {
    WHITESPACE = lint(
        "text-whitespace",
        BOTH_WARN,
        links::META_ERRORS,
        "a text has no tabs, no more than four blanks and no more than two line breaks in a row",
        "Meta refuses tabs, more than four blanks and runs of line breaks in the values of a message, since they push \
         words out of sight, and reviewers dislike them in texts. Mostly they slip in by the indentation of a YAML \
         block.",
    );
    BLANK = lint(
        "text-blank",
        BOTH_REFUSE,
        links::META_COMPONENTS,
        "a text says something",
        "White space and characters without width show nothing, and providers refuse a text that is empty once it is \
         trimmed. Leave the component out where there is nothing to say.",
    );
    CONTROL = lint(
        "text-control",
        BOTH_REFUSE,
        links::META_COMPONENTS,
        "a text has no control characters but line breaks and tabs",
        "Nobody sees them and no provider takes them. Mostly they were pasted from a terminal or a word processor.",
    );
    ESCAPE = lint(
        "text-escape",
        BOTH_WARN,
        links::NONE,
        "a text has line breaks, not \\n as it is written",
        "YAML reads \\n as a line break in double quotes alone; elsewhere it stays a backslash and a letter, and \
         customers see it so. Write the text in double quotes or as a block with |-.",
    );
    EDGES = lint(
        "text-edges",
        BOTH_WARN,
        links::META_COMPONENTS,
        "a text neither starts nor ends with blanks or line breaks",
        "Nobody sees them, and a provider may trim them, so that its text is no longer the manifest's. Mostly it is the \
         line break at the end of a YAML block (| or >): use |- or >- or quotes.",
    );
    LINE_BREAK = lint(
        "text-line-break",
        BOTH_WARN,
        links::META_COMPONENTS,
        "headers, footers, buttons and offers are one line",
        "WhatsApp shows them on one line, and Meta's console refuses line breaks there.",
    );
    HEADER_SIGNS = lint(
        "header-signs",
        BOTH_WARN,
        links::META_COMPONENTS,
        "a header has neither emoji nor signs that format text",
        "A header is bold by itself. Meta refuses emoji, asterisks and other signs of formatting in it (error \
         2388047); put them into the body.",
    );
}

const BLANKS_IN_A_ROW: usize = 4;
const LINE_BREAKS_IN_A_ROW: usize = 2;

pub(super) fn check(parts: &ComponentsSpec, place: &Place<'_>, found: &mut Findings) {
    walk::texts(parts, place, |role, text, place| {
        if walk::is_overlong(text) || matches!(role, Role::Url | Role::Coupon) {
            return; // schema-length, button-url-form and button-coupon-form speak of those
        }
        if text.chars().all(is_invisible) {
            let message = format!("{} shows nothing", quote(text));
            found.add(&BLANK, place, message, "write something, or leave it out");
            return;
        }
        check_characters(text, place, found);
        let trimmed = text.trim();
        if trimmed.len() != text.len() {
            let message = format!("{} starts or ends with blanks or line breaks", quote(text));
            found.add(&EDGES, place, message, "remove them; a YAML block wants |- or >-");
        }
        if role.is_body() {
            if let Some(what) = odd_whitespace(trimmed) {
                found.add(&WHITESPACE, place, format!("the text has {what}"), "remove them");
            }
        } else if trimmed.contains(['\n', '\r']) {
            let message = format!("{} has several lines", quote(text));
            found.add(&LINE_BREAK, place, message, "write it in one line; a YAML block wants >-");
        }
        if role == Role::Header
            && let Some(sign) = text.chars().find(|c| is_emoji(*c) || matches!(c, '*' | '~' | '`'))
        {
            found.add(&HEADER_SIGNS, place, format!("the header has {sign}"), "move it to the body");
        }
    });
}

/// What no text has, whoever reads it.
pub(super) fn check_characters(text: &str, place: &Place<'_>, found: &mut Findings) {
    let is_odd = |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if let Some(character) = text.chars().find(is_odd) {
        let message = format!("the text has the control character {}", character.escape_unicode());
        found.add(&CONTROL, place, message, "remove it");
    }
    if let Some(escape) = ["\\n", "\\t"].into_iter().find(|escape| text.contains(escape)) {
        let message = format!("the text has {escape} as it is written");
        found.add(&ESCAPE, place, message, "a line break needs double quotes or a block |-");
    }
}

fn is_invisible(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// What a sample may not have either, since it stands for a value of the text.
pub(super) fn odd_whitespace(text: &str) -> Option<&'static str> {
    if text.contains('\t') {
        return Some("a tab");
    }
    if longest_run(text, ' ') > BLANKS_IN_A_ROW {
        return Some("more than four blanks in a row");
    }
    (longest_run(text, '\n') > LINE_BREAKS_IN_A_ROW).then_some("more than two line breaks in a row")
}

fn longest_run(text: &str, wanted: char) -> usize {
    let (longest, _) =
        text.chars().filter(|c| *c != '\r').fold((0, 0), |(longest, run): (usize, usize), c| {
            let run = if c == wanted { run + 1 } else { 0 };
            (longest.max(run), run)
        });
    longest
}

fn is_emoji(character: char) -> bool {
    matches!(character, '\u{1f1e6}'..='\u{1f1ff}' | '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}')
}
