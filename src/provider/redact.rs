//! What foreign text looks like before anybody may read it: bounded, on one line, without secrets.

use secrecy::{ExposeSecret, SecretString};

use super::encoding::percent;

/// How many characters of a vendor's words are carried along.
const LIMIT: usize = 300;
/// How many of a code or an id: the longest that vendors use has 42.
const WORD: usize = 64;
const MASK: &str = "***";
/// Shorter needles would mask ordinary words.
const SHORTEST: usize = 6;

/// The secrets of one attempt, each in every form in which a provider or a proxy may echo it.
///
/// Alibaba's `SignatureDoesNotMatch` prints the string it signed, with the security token percent-encoded twice.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    needles: Vec<SecretString>,
}

impl Redactor {
    /// Adds a secret; what was derived from one (a signature, a proof) is one too.
    #[must_use]
    pub fn with(mut self, secret: &str) -> Self {
        let secret = secret.trim();
        if secret.len() >= SHORTEST {
            let once = percent(secret);
            let twice = percent(&once);
            self.needles.extend([secret.to_owned(), once, twice].map(SecretString::from));
            // The longest first: one secret may be the beginning of another.
            self.needles.sort_by_key(|needle| std::cmp::Reverse(needle.expose_secret().len()));
        }
        self
    }

    /// The text as it may be shown; empty when nothing is left of it.
    pub fn text(&self, foreign: &str) -> String {
        let mut text = foreign.to_owned();
        for needle in &self.needles {
            text = text.replace(needle.expose_secret(), MASK);
        }
        bounded(&without_queries(&text), LIMIT)
    }

    /// The same for a code or an id, of which less is plenty.
    pub fn word(&self, foreign: &str) -> String {
        bounded(&self.text(foreign), WORD)
    }
}

/// One line of bounded length: control characters become blanks, runs of blanks become one.
fn bounded(text: &str, limit: usize) -> String {
    let line = text.replace(|character: char| character.is_control() || is_invisible(character), " ");
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(limit - 1) {
        Some((end, last)) if end + last.len_utf8() < line.len() => format!("{}…", &line[..end]),
        _ => line,
    }
}

/// Marks that turn the direction of a line: what they hide in a log is not what a terminal shows.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Cuts what follows `?` in an address: signed links and version 1 requests carry credentials there.
fn without_queries(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let end = rest[start..]
            .find(|character: char| character.is_whitespace() || matches!(character, '"' | '\'' | '<' | '>'))
            .map_or(rest.len(), |length| start + length);
        let address = &rest[..end];
        match address[start..].find('?') {
            Some(query) => clean.extend([&address[..=start + query], MASK]),
            None => clean.push_str(address),
        }
        rest = &rest[end..];
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_in_every_encoding() {
        let redactor = Redactor::default().with("tok+/=en~*\n");
        let echo = "a tok+/=en~* b tok%2B%2F%3Den~%2A c tok%252B%252F%253Den~%252A d";
        assert_eq!(redactor.text(echo), "a *** b *** c *** d");
    }

    #[test]
    fn a_secret_that_begins_another_leaves_no_tail() {
        let redactor = Redactor::default().with("secret").with("secret-and-more");
        assert_eq!(redactor.text("secret-and-more secret"), "*** ***");
    }

    #[test]
    fn text_is_bounded_and_on_one_line() {
        let redactor = Redactor::default();
        for (foreign, want, reason) in [
            ("a\r\n\tb", "a b", "line breaks would forge log lines"),
            ("a\u{1b}[31mb", "a [31mb", "escape sequences would colour a terminal"),
            ("a\u{202e}b", "a b", "nor may the direction turn"),
            ("  ", "", "blanks are nothing"),
            ("see https://x.example/p?sig=abc&b=1 now", "see https://x.example/p?*** now", "signed links"),
            ("x://?a 'y://?b'", "x://?*** 'y://?***'", "each of them"),
            ("why? because", "why? because", "a question is no query"),
        ] {
            assert_eq!(redactor.text(foreign), want, "{reason}");
        }
        let long = redactor.text(&"é".repeat(5000));
        assert_eq!(long.chars().count(), LIMIT);
        assert!(long.ends_with('…'));
        assert_eq!(redactor.text(&"é".repeat(LIMIT)), "é".repeat(LIMIT), "exactly as long as allowed");
        assert_eq!(redactor.word(&"é".repeat(5000)).chars().count(), WORD);
    }

    #[test]
    fn the_redactor_shows_nothing_of_itself() {
        let shown = format!("{:?}", Redactor::default().with("tok+/=en~*"));
        assert!(!shown.contains("en~"), "{shown}");
    }
}
