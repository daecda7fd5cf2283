//! What the parser refuses, in words that say how to mend it.

use granit_parser::{ErrorKind, ScanError};

use super::{
    bounds::{position, too_deep},
    fault::{Fault, YAML_SYNTAX, excerpt},
    mistake::{Mistake, mistake, odd_blank, outside_of_block},
    node::Position,
};

/// The fault of a text that is not YAML.
pub(super) fn fault(error: &ScanError, text: &str) -> Fault {
    let position = position(error.marker());
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return too_deep(position);
    }
    let braces = error.marker().byte_offset().and_then(|at| open_braces(text, at));
    if let Some((column, at)) = braces {
        return double_braces(text, at, Position { column, ..position });
    }
    let mistake = error.marker().byte_offset().and_then(|at| mistake(error.kind(), text, at));
    if let Some(Mistake { message, help, column, is_above }) = mistake {
        let line = position.line.saturating_sub(u32::from(is_above));
        return Fault::new(YAML_SYNTAX, message, help).at(Position { line, column });
    }
    let (message, help) = words(error.kind());
    let message = if message.is_empty() { error.info() } else { message.to_owned() };
    Fault::new(YAML_SYNTAX, message, help).at(position)
}

/// Refuses a tab in the indentation before a block, `before` being all the text before it.
pub(super) fn refuse_tab_before(before: &str, block: Position) -> Result<(), Fault> {
    let indentation = before.rsplit('\n').next().unwrap_or_default();
    match indentation.find('\t') {
        // An anchor or a tag before the block may be followed by a tab.
        Some(at) if indentation.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'-' | b'?')) => {
            // One byte a character, as only those were let through.
            Err(tab(Position { column: u32::try_from(at + 1).unwrap_or(u32::MAX), ..block }))
        }
        _ => Ok(()),
    }
}

fn tab(position: Position) -> Fault {
    let (message, help) = words(&ErrorKind::TabInIndentation);
    Fault::new(YAML_SYNTAX, message, help).at(position)
}

/// Two braces where a value starts: a template that nobody rendered, or a variable that lacks quotes.
/// They stand at this byte of the text.
pub(super) fn double_braces(text: &str, at: usize, position: Position) -> Fault {
    let inside = text.get(at..).unwrap_or_default().trim_start_matches('{');
    let inside = inside.split(['}', '\n']).next().unwrap_or_default();
    let outside = if is_variable(inside) { outside_of_block(text, at) } else { None };
    let (message, help) = if let Some(Mistake { message, help, .. }) = outside {
        (message, help)
    } else if is_variable(inside) {
        let name = excerpt(inside.trim());
        (
            "`{{` opens a mapping here, since the text is not in quotes".to_owned(),
            format!("put the whole text in quotes, as in text: \"{{{{{name}}}}} ...\""),
        )
    } else {
        (
            format!("`{{{{{}}}}}` looks like a template that has not been rendered", excerpt(inside)),
            "render it first: helm template CHART | waops validate -f -".to_owned(),
        )
    };
    Fault::new(YAML_SYNTAX, message, help).at(position)
}

/// `{{name}}` is a variable of ours; `{{ .Values.x }}`, `{{- end }}` and calls are Helm's.
fn is_variable(inside: &str) -> bool {
    let name = inside.trim();
    !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !matches!(name, "end" | "else" | "break" | "continue")
}

/// A field whose name starts with a blank that is none to YAML: the line is not indented at all.
pub(super) fn refuse_odd_indentation(name: &str, position: Position) -> Result<(), Fault> {
    match name.chars().next().and_then(odd_blank) {
        Some(Mistake { message, help, .. }) => Err(Fault::new(YAML_SYNTAX, message, help).at(position)),
        None => Ok(()),
    }
}

/// Two braces where a value or a directive starts, on the line of this byte: column and byte. The line is
/// found from the byte: counting lines from the start would take for ever in a file of broken documents.
fn open_braces(text: &str, at: usize) -> Option<(u32, usize)> {
    let (before, after) = text.split_at_checked(at)?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let end = after.find('\n').map_or(text.len(), |newline| at + newline);
    let line = &text[start..end];
    let starts_value = |before: &str| {
        let before = before.trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with([':', '-', '[', ','])
    };
    let (at, _) = line.match_indices("{{").find(|(at, _)| starts_value(&line[..*at]))?;
    let column = u32::try_from(line[..at].chars().count() + 1).ok()?;
    Some((column, start + at))
}

const QUOTES: &str = "put quotes around the text, with \\\" for a quote and \\\\ for a backslash within it";
const INDENT: &str = "indent with spaces: fields of one mapping start in the same column";

/// Message and help; an empty message leaves the parser's own.
fn words(kind: &ErrorKind) -> (&'static str, &'static str) {
    use ErrorKind as Kind;
    match kind {
        Kind::TabNotAllowed
        | Kind::TabInBlockIndentation
        | Kind::TabInIndentation
        | Kind::TabAtBlockScalarStart
        | Kind::TabInPlainScalar
        | Kind::InvalidBlockEntryWhitespace
        | Kind::InvalidMappingValueWhitespace => {
            ("a tab, where YAML allows only spaces", "replace the tab by spaces")
        }
        Kind::MissingAnchorOrAliasName => {
            ("`*` or `&` without a name", "put quotes around a text that starts with * or &")
        }
        Kind::MappingValueNotAllowed => (
            "a colon where no field can start",
            "put quotes around a text that contains `: `; otherwise check the indentation",
        ),
        Kind::UnclosedFlowCollection { .. } => ("the bracket is never closed", "close it, or quote the text"),
        Kind::MisplacedFlowCollectionEnd | Kind::MismatchedFlowCollectionEnd { .. } => {
            ("", "make the brackets match, or quote the text")
        }
        Kind::UnclosedQuotedScalar => ("the quote is never closed", "close it with the same kind of quote"),
        Kind::DocumentIndicatorInQuotedScalar => {
            ("the quote is still open at the end of the document", "close it with the same kind of quote")
        }
        Kind::InvalidQuotedScalarIndent => {
            ("the quoted text goes on at too small an indent", "close the quote, or indent the line")
        }
        Kind::InvalidTrailingSingleQuotedScalar => {
            ("text after the closing quote", "write '' for an apostrophe within single quotes")
        }
        Kind::InvalidTrailingDoubleQuotedScalar => ("text after the closing quote", QUOTES),
        Kind::UnknownQuotedScalarEscape => {
            ("an unknown escape within double quotes", "write \\\\ for a backslash, or use single quotes")
        }
        Kind::ExpectedFlowMappingSeparator | Kind::ExpectedFlowSequenceSeparator => {
            ("", "separate the items with commas and close the bracket")
        }
        Kind::ExpectedBlockMappingKey
        | Kind::ExpectedBlockSequenceEntry
        | Kind::InvalidIndentation
        | Kind::InvalidBlockScalarIndent
        | Kind::BlockSequenceEntryNotAllowed => ("", INDENT),
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => (
            "a line that is neither a field nor a list item",
            "write `name: value`, with a space after the colon",
        ),
        Kind::ExpectedDocumentStart => {
            ("text after the end of the document", "separate documents with a line `---`")
        }
        Kind::BomInsideDocument => ("", "remove the byte order mark (U+FEFF) from the middle of the file"),
        _ => ("", "see https://yaml.org/spec/1.2.2/ or quote the text"),
    }
}
