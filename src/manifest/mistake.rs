//! What people write that no YAML parser can guess: the line tells more than the error.

use granit_parser::ErrorKind;

use super::fault::excerpt;

/// Lines above an error that are searched for the start of a block.
const LINES_ABOVE: usize = 200;

/// A mistake that was recognised.
pub(super) struct Mistake {
    pub(super) message: String,
    pub(super) help: String,
    /// Where it is on its line, from 1.
    pub(super) column: u32,
    /// Whether it is on the line above the one where the parser noticed.
    pub(super) is_above: bool,
}

/// The line of an error.
struct Line<'a> {
    text: &'a str,
    /// The whole text above it.
    above: &'a str,
    /// The byte of the error in it.
    at: usize,
}

/// Recognises the mistake behind an error at this byte of the text.
pub(super) fn mistake(kind: &ErrorKind, text: &str, at: usize) -> Option<Mistake> {
    use ErrorKind as Kind;
    let line = Line::around(text, at)?;
    line.odd_indentation().or_else(|| match kind {
        Kind::UnexpectedCharacter { character: sign @ ('@' | '`' | '%') } => Some(line.first_sign(*sign)),
        Kind::UnknownAnchor => Some(line.unknown_alias()),
        Kind::BlockSequenceEntryNotAllowed => line.starts_value().then(|| line.first_sign('-')),
        Kind::MappingKeyNotAllowed => line.starts_value().then(|| line.first_sign('?')),
        Kind::InvalidBlockScalarHeader => Some(line.block_header()),
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => {
            line.behind_colon().or_else(|| line.too_little_indented())
        }
        Kind::MappingValueNotAllowed => line.curly_quotes().or_else(|| line.behind_colon_above()),
        Kind::ExpectedBlockMappingKey => line.after_bracket().or_else(|| line.too_little_indented()),
        Kind::UnclosedFlowCollection { .. } => line.comment_in_brackets(),
        _ => None,
    })
}

/// Recognises a line at this byte that was meant to belong to the block text above it.
pub(super) fn outside_of_block(text: &str, at: usize) -> Option<Mistake> {
    let line = Line::around(text, at)?;
    let starts_line = line.text.get(..line.at)?.trim_start().is_empty();
    if starts_line { line.too_little_indented() } else { None }
}

/// What to say of a blank that is none to YAML; none of any other character.
pub(super) fn odd_blank(character: char) -> Option<Mistake> {
    let is_odd = character.is_whitespace() && !character.is_ascii();
    is_odd.then(|| Mistake {
        message: format!(
            "the line starts with the blank U+{:04X}, which is none to YAML",
            u32::from(character)
        ),
        help: "write plain spaces: such blanks are copied from web pages and word processors".to_owned(),
        column: 1,
        is_above: false,
    })
}

impl<'a> Line<'a> {
    /// Found from the byte: counting lines from the start would take for ever in a file of broken documents.
    fn around(text: &'a str, at: usize) -> Option<Line<'a>> {
        let (before, after) = text.split_at_checked(at)?;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let end = after.find(['\n', '\r']).map_or(text.len(), |newline| at + newline);
        Some(Line { text: text.get(start..end)?, above: &text[..start], at: at - start })
    }

    fn mistake(&self, at: usize, message: impl Into<String>, help: impl Into<String>) -> Mistake {
        let before = self.text.get(..at).unwrap_or_default().chars().count();
        let column = u32::try_from(before + 1).unwrap_or(u32::MAX);
        Mistake { message: message.into(), help: help.into(), column, is_above: false }
    }

    /// What stands where the error is.
    fn here(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default().trim_end()
    }

    /// Whether the error is where a value starts, on the line of its field.
    fn starts_value(&self) -> bool {
        self.text.get(..self.at).is_some_and(|before| before.trim_end_matches(' ').ends_with(':'))
    }

    /// The value of the field of this line, and its first byte.
    fn value(&self) -> Option<(usize, &'a str)> {
        let (name, value) = self.text.split_once(": ")?;
        let start = self.text.len() - value.trim_start().len();
        (!name.contains(['"', '\''])).then(|| (start, value.trim()))
    }

    fn odd_indentation(&self) -> Option<Mistake> {
        let indentation = self.text.len() - self.text.trim_start().len();
        let mut blanks = self.text.get(..indentation)?.char_indices();
        let (at, Mistake { message, help, .. }) =
            blanks.find_map(|(at, blank)| Some((at, odd_blank(blank)?)))?;
        Some(self.mistake(at, message, help))
    }

    /// A name and a colon without a plain blank behind it make no field, but one text together with what follows.
    fn behind_colon(&self) -> Option<Mistake> {
        let (before, after) = self.text.split_once(':')?;
        let name = before.trim_start_matches([' ', '-']);
        let next = after.chars().next().filter(|next| !matches!(next, ' ' | '\t' | '/'))?;
        if name.is_empty() || !name.chars().all(char::is_alphanumeric) {
            return None;
        }
        let (message, help) = if let Some(Mistake { help, .. }) = odd_blank(next) {
            (format!("the blank U+{:04X} behind the colon is none to YAML", u32::from(next)), help)
        } else {
            let field = excerpt(name);
            (format!("no blank behind the colon of {field}"), format!("write `{field}: ` and the value"))
        };
        Some(self.mistake(before.len() + 1, message, help))
    }

    /// The parser takes such a line for the start of a text, and notices at the next colon.
    fn behind_colon_above(&self) -> Option<Mistake> {
        let above = self.above.strip_suffix('\n')?;
        let start = above.rfind('\n').map_or(0, |newline| newline + 1);
        let line = Line { text: above.get(start..)?.trim_end_matches('\r'), above: &above[..start], at: 0 };
        Some(Mistake { is_above: true, ..line.behind_colon()? })
    }

    fn first_sign(&self, sign: char) -> Mistake {
        let apart = if matches!(sign, '-' | '?') { " and a blank" } else { "" };
        let message = format!("a text cannot start with {sign}{apart} unless it is in quotes");
        self.mistake(self.at, message, format!("put the whole text in quotes: {}", quoted(self.here())))
    }

    fn unknown_alias(&self) -> Mistake {
        let here = self.here();
        let word = here.split([' ', ',', '}', ']']).next().unwrap_or_default();
        let message =
            format!("`{}` is read as an alias, and no anchor before it has that name", excerpt(word));
        let help = if self.starts_value() {
            format!("put a text that starts with * in quotes: {}", quoted(here))
        } else {
            "put a text that starts with * in quotes, or define the anchor with & first".to_owned()
        };
        self.mistake(self.at, message, help)
    }

    fn block_header(&self) -> Mistake {
        let message = "text behind | or >, which announce a text in the lines below";
        let help = "start the text in the next line, indented, or put all of it in quotes";
        self.mistake(self.at, message, help)
    }

    /// A line without a colon after a block text: it was meant to belong to it.
    fn too_little_indented(&self) -> Option<Mistake> {
        let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let above = self.above.strip_suffix('\n')?.rsplit('\n').take(LINES_ABOVE).map(str::trim_end);
        let mut least = usize::MAX;
        for line in above.filter(|line| !line.is_empty()) {
            if is_block_header(line) {
                return (indentation(line) < least).then(|| self.not_indented(indentation(self.text)));
            }
            least = least.min(indentation(line));
        }
        None
    }

    fn not_indented(&self, at: usize) -> Mistake {
        let message = "this line is not indented like the text of | or > above it, so it is no part of it";
        let help = "indent all lines of the text alike, deeper than its field";
        self.mistake(at, message, help)
    }

    fn curly_quotes(&self) -> Option<Mistake> {
        let (start, value) = self.value()?;
        let first = value.chars().next().filter(|c| matches!(c, '“' | '”' | '„' | '‘' | '’' | '‚'))?;
        let message = format!("{first} is a letter to YAML, not a quote");
        Some(self.mistake(start, message, "write straight quotes, \" or ', around the text"))
    }

    fn after_bracket(&self) -> Option<Mistake> {
        let (start, value) = self.value().filter(|(_, value)| value.starts_with(['{', '[']))?;
        let message = "text behind a closing bracket: a text that starts with { or [ is no text to YAML";
        Some(self.mistake(start, message, format!("put the whole text in quotes: {}", quoted(value))))
    }

    fn comment_in_brackets(&self) -> Option<Mistake> {
        let (text, comment) = self.here().split_once(" #")?;
        let is_open = |quote: char| text.matches(quote).count() % 2 == 1;
        if is_open('"') || is_open('\'') || !comment.contains(['}', ']']) {
            return None;
        }
        let message = "the bracket is never closed: a blank and a # start a comment, which swallows the rest";
        Some(self.mistake(self.at, message, "put the text with the # in quotes"))
    }
}

/// `text: |`, `- >-` and the like, with or without a comment.
fn is_block_header(line: &str) -> bool {
    let line = line.split(" #").next().unwrap_or_default().trim_end();
    let before = line.trim_end_matches(|c: char| matches!(c, '+' | '-') || c.is_ascii_digit());
    before.strip_suffix(['|', '>']).is_some_and(|before| before.ends_with([' ', ':']))
}

/// A text as it could stand in the manifest, as far as a message has room.
fn quoted(text: &str) -> String {
    format!("\"{}\"", excerpt(text).replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::super::documents;

    #[test]
    fn mistakes_are_named_with_their_place_and_remedy() {
        for (text, place, message, help) in [
            ("a:\n  b: 1\n \u{a0}c: 2", "3:2", "starts with the blank U+00A0", "plain spaces"),
            ("a:\n  b: 1\n\u{a0} c: 2", "3:1", "starts with the blank U+00A0", "plain spaces"),
            ("a:\n\u{2003}b: 1", "2:1", "starts with the blank U+2003", "plain spaces"),
            ("a:\u{a0}b\nc: d", "1:3", "U+00A0 behind the colon", "plain spaces"),
            ("a: 1\nb:\u{a0}c", "2:3", "U+00A0 behind the colon", "plain spaces"),
            ("a:b\nc: d", "1:3", "no blank behind the colon of a", "write `a: ` and"),
            ("a:\n- b:c\n  d: e", "2:5", "no blank behind the colon of b", "write `b: ` and"),
            ("a: 1\nb:c\n", "2:3", "no blank behind the colon of b", "write `b: ` and"),
            ("a:\n\tb: 1", "2:2", "a tab", "replace the tab by spaces"),
            ("a: “Hi: you”", "1:4", "“ is a letter to YAML", "straight quotes"),
            ("a: *bold* Hi", "1:4", "`*bold*` is read as an alias", "quotes: \"*bold* Hi\""),
            ("a: [*b]", "1:5", "`*b` is read as an alias", "define the anchor"),
            ("a: - Hi", "1:4", "cannot start with - and a blank", "quotes: \"- Hi\""),
            ("a: ? Hi", "1:4", "cannot start with ? and a blank", "quotes: \"? Hi\""),
            ("a: @you \"x\"", "1:4", "cannot start with @", "quotes: \"@you \\\"x\\\"\""),
            ("a: `you`", "1:4", "cannot start with `", "quotes: \"`you`\""),
            ("a: |\nHi there", "2:1", "not indented like the text of |", "indent all lines"),
            ("a:\n  b: >-  # x\n  Hi there", "3:3", "not indented like the text of |", "indent all lines"),
            ("a:\n  b: |\n     Hi\n\n   there", "5:4", "not indented like the text of |", "indent all lines"),
            (
                "a: |\n  Hi\n{{name}}, it is here",
                "3:1",
                "not indented like the text of |",
                "indent all lines",
            ),
            ("a: |\n  Hi\n{{- if .x }}", "3:1", "has not been rendered", "helm template"),
            ("a: |\n  Hi\nb: c\nthere you", "4:1", "neither a field nor a list item", "name: value"),
            ("a: | Hi", "1:4", "text behind | or >", "start the text in the next line"),
            ("a: [Hi] you", "1:4", "behind a closing bracket", "quotes: \"[Hi] you\""),
            ("a: {b: Call #1}", "1:4", "# start a comment", "text with the # in quotes"),
            ("a: {b: \"c\", d: Call #1}", "1:4", "# start a comment", "text with the # in quotes"),
            ("a: {b: \"c #1}", "1:8", "the quote is never closed", "same kind of quote"),
            ("a: {b: c # d\n", "1:4", "the bracket is never closed", "close it"),
        ] {
            let fault = documents(text).find_map(Result::err).unwrap();
            let told = fault.to_string();
            assert!(told.starts_with(&format!("{place}: ")), "{place}: {text:?}: {told}");
            assert!(fault.message.contains(message), "{message}: {text:?}: {told}");
            assert!(fault.help.contains(help), "{help}: {text:?}: {told}");
        }
    }
}
