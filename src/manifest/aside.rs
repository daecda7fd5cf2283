//! What stands beside a text on its line and is no part of it, although somebody may have meant it to be.

use super::node::Position;

/// Words beside a text without quotes: YAML takes them for something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// Where the text itself starts.
    pub text: Position,
    /// What YAML takes the words for.
    pub kind: AsideKind,
    /// The words as they are written.
    pub words: Box<str>,
}

/// What YAML takes words beside a text for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsideKind {
    /// `Call us #1` ends before the `#`.
    Comment,
    /// `!important Hello` starts with `Hello`.
    Tag,
    /// `&Co Hello` as well, as long as no alias asks for the anchor.
    Anchor,
}

/// The comment that ends a text without quotes on its line; `end` is the byte behind the text.
pub(super) fn comment_after(source: &str, end: usize) -> Option<&str> {
    let (text, rest) = source.split_at_checked(end)?;
    let comment = rest.trim_start_matches([' ', '\t']);
    let is_apart = comment.len() < rest.len() || text.ends_with([' ', '\t']);
    (is_apart && comment.starts_with('#')).then(|| comment.lines().next().unwrap_or_default())
}

/// The word before a text on its line, if it starts with this sign; `start` is the first byte of the text.
pub(super) fn word_before(source: &str, start: usize, sign: char) -> Option<&str> {
    let before = source.get(..start)?.trim_end_matches([' ', '\t']);
    let word = before.rsplit([' ', '\t', '\n', '\r']).next()?;
    word.starts_with(sign).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::super::documents;

    /// What is beside texts: line, kind and words.
    fn asides(text: &str) -> Vec<String> {
        let asides = documents(text).flat_map(|document| document.unwrap().asides);
        asides.map(|aside| format!("{} {:?} {}", aside.text, aside.kind, aside.words)).collect()
    }

    #[test]
    fn words_that_a_text_loses_are_kept_beside_it() {
        let cases: &[(&str, &[&str], &str)] = &[
            ("a: Call us #1", &["1:4 Comment #1"], "the text ends before the sign"),
            (
                "a: Call us\t# 1 \r\nb: 2",
                &["1:4 Comment # 1 "],
                "after a tab, too, up to the end of the line",
            ),
            ("a: #1 in town", &["1:2 Comment #1 in town"], "nothing is left of the text"),
            ("a: Call\n  us #1", &["1:4 Comment #1"], "in the second line of a text"),
            ("- Call us #1", &["1:3 Comment #1"], "in a list"),
            ("a: Call us#1", &[], "without a blank it is a letter"),
            ("a: 'Call us' #1", &[], "quotes say where a text ends"),
            ("a: |  # 1\n  Call us #2", &[], "and so does a block"),
            ("a: Call us\n#1\nb: {c: d}  # 2", &[], "a comment of its own line, or behind a bracket"),
            ("a:  # 1\n  b: c", &[], "behind a field that holds others"),
            ("a: !important Hello", &["1:15 Tag !important"], "a tag that nobody knows"),
            ("a: ! Hello", &["1:6 Tag !"], "the tag that says nothing"),
            ("a: !!str Hello", &[], "a tag of YAML's own says how to read the text"),
            ("a: !important 'Hello'", &[], "quotes say where a text starts"),
            ("a: &Co Hello", &["1:8 Anchor &Co"], "an anchor that nobody asks for"),
            ("a: &Co Hello\nb: *Co", &[], "one that somebody does"),
            ("&Co a: Hello", &[], "one of a field's name"),
            ("a: &Co {b: c}", &[], "one of something else than a text"),
            ("a: !x Hello #1", &["1:7 Tag !x", "1:7 Comment #1"], "on both sides"),
        ];
        for (text, expected, why) in cases {
            assert_eq!(asides(text), *expected, "{why}: {text:?}");
        }
    }

    #[test]
    fn an_item_of_a_list_keeps_what_is_beside_its_own_texts() {
        let text = "kind: List\nitems:\n- a: x #1\n- b: y\n- c: z #3\n";
        let counts: Vec<_> = documents(text).map(|document| document.unwrap().asides.len()).collect();
        assert_eq!(counts, [1, 0, 1]);
    }
}
