//! Texts with `{{variables}}`: waops' own notation, from which each provider gets its own.

use std::fmt;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Letters that stand for themselves.
    Literal(String),
    /// The name of a variable.
    Variable(String),
}

/// A text, cut into literals and variables. Cutting is total: what is no variable is a literal, and
/// whether such a literal was meant is for lint to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text {
    pieces: Vec<Piece>,
}

impl Text {
    /// Cuts a text at its variables.
    pub fn parse(source: &str) -> Text {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = source;
        while let Some(start) = rest.find("{{") {
            let (before, opened) = rest.split_at(start);
            literal.push_str(before);
            match inside_braces(&opened[2..]) {
                Some((inside, after)) if is_variable_name(inside.trim()) => {
                    push_literal(&mut pieces, &mut literal);
                    pieces.push(Piece::Variable(inside.trim().to_owned()));
                    rest = after;
                }
                _ => {
                    // One brace only: `{{{name}}` is a brace and a variable.
                    literal.push('{');
                    rest = &opened[1..];
                }
            }
        }
        literal.push_str(rest);
        push_literal(&mut pieces, &mut literal);
        Text { pieces }
    }

    /// A text of the given pieces; neighbouring literals become one.
    pub fn from_pieces(pieces: impl IntoIterator<Item = Piece>) -> Text {
        let mut joined: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (joined.last_mut(), piece) {
                (_, Piece::Literal(text)) if text.is_empty() => {}
                (Some(Piece::Literal(last)), Piece::Literal(text)) => last.push_str(&text),
                (_, piece) => joined.push(piece),
            }
        }
        Text { pieces: joined }
    }

    /// The pieces in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The names of the variables in order of appearance, repetitions included.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
    }

    /// The text with each variable written as `write` has it.
    pub fn render(&self, mut write: impl FnMut(&str) -> String) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => text.clone(),
                Piece::Variable(name) => write(name),
            })
            .collect()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Literal(text) => f.write_str(text),
            Piece::Variable(name) => write!(f, "{{{{{name}}}}}"),
        })
    }
}

/// What stands before `}}`, and after it. No name has a brace, so looking no further than the next one keeps
/// cutting linear, whatever is never closed.
fn inside_braces(opened: &str) -> Option<(&str, &str)> {
    let (inside, rest) = opened.split_at(opened.find(['{', '}'])?);
    Some((inside, rest.strip_prefix("}}")?))
}

fn push_literal(pieces: &mut Vec<Piece>, literal: &mut String) {
    if !literal.is_empty() {
        pieces.push(Piece::Literal(std::mem::take(literal)));
    }
}

/// Whether this is a name for a variable: a letter, then letters, digits and `_`, up to 64.
pub fn is_variable_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn literal(text: &str) -> Piece {
        Piece::Literal(text.into())
    }

    fn variable(name: &str) -> Piece {
        Piece::Variable(name.into())
    }

    #[test]
    fn cuts_at_variables_and_nowhere_else() {
        for (source, want, reason) in [
            ("", vec![], "nothing"),
            ("plain", vec![literal("plain")], "no variable"),
            ("Hi {{name}}!", vec![literal("Hi "), variable("name"), literal("!")], "one in the middle"),
            ("{{ name }}", vec![variable("name")], "blanks inside are people's taste"),
            ("{{a}}{{b}}", vec![variable("a"), variable("b")], "adjacent"),
            ("{{1}}", vec![literal("{{1}}")], "a number is no name: lint says so"),
            ("{{name", vec![literal("{{name")], "never closed"),
            ("{{a b}}", vec![literal("{{a b}}")], "no name has a blank"),
            ("{{{name}}}", vec![literal("{"), variable("name"), literal("}")], "braces around"),
            ("{{x {{name}}", vec![literal("{{x "), variable("name")], "the inner one counts"),
            ("$(name)", vec![literal("$(name)")], "Alibaba's notation is not ours"),
        ] {
            assert_eq!(Text::parse(source).pieces(), want, "{source:?}: {reason}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(source in "([a-z {}$(]|\\{\\{[a-z]{1,3}\\}\\}){0,20}") {
            let text = Text::parse(&source);
            prop_assert_eq!(Text::parse(&text.to_string()), text);
        }
    }
}
