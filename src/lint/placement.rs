//! Where variables stand.

use super::finding::Findings;
use super::links;
use super::rule::{BOTH_REFUSE, BOTH_WARN, META_REFUSES_ALIBABA_WARNS, lint};
use super::walk::Role;
use crate::manifest::Place;
use crate::template::{Piece, Text};

rules! {
    EDGE = lint(
        "variable-edge",
        META_REFUSES_ALIBABA_WARNS,
        links::META_ERRORS,
        "a body neither starts nor ends with a variable",
        "Meta refuses it (error 2388299), since a reader could not tell the business's words from the customer's. \
         Alibaba's documents say nothing of it, but Alibaba submits to Meta. Add words: \"Hi {{name}}, …\", \
         \"… {{code}} is your order.\"",
    );
    EDGE_PUNCTUATION = lint(
        "variable-edge-punctuation",
        BOTH_WARN,
        links::META_ERRORS,
        "between a variable and the edge of a body stands more than punctuation",
        "Meta refused bodies like \"… at {{time}}!\" in 2026 (error 2388299), so punctuation seems not to count as \
         text; yet templates of 2023 and 2024 that end in \"{{name}}.\" are approved. The evidence is mixed, so this \
         is a warning.",
    );
    ADJACENT = lint(
        "variable-adjacent",
        BOTH_WARN,
        links::META_ERRORS,
        "between two variables stands some text",
        "Meta's console asks for text between variables, and its documents too, but {{a}} {{b}} has been approved \
         many times. Join the two, or write a word in between.",
    );
    TOO_MANY = lint(
        "variable-too-many",
        BOTH_WARN,
        links::META_ERRORS,
        "a body has more words than variables",
        "Meta refuses bodies with too many variables for their length (error 2388293) without saying how many that \
         is. People who tried found two words and one more for each variable: 3 words for one, 5 for two, 9 for four. \
         Write more around them, or join some.",
    );
    HEADER = lint(
        "variable-header",
        BOTH_REFUSE,
        links::META_COMPONENTS,
        "a header has at most one variable",
        "Both providers refuse a second one (InvalidParameter.HeaderMoreVariable on Alibaba). Put the other into the \
         body.",
    );
    URL_COUNT = lint(
        "variable-url",
        BOTH_REFUSE,
        links::META_COMPONENTS,
        "the url of a button has at most one variable",
        "Both providers refuse a second one (InvalidParameter.UrlMoreVariable on Alibaba). Let one variable carry the \
         whole rest of the address.",
    );
    URL_POSITION = lint(
        "variable-url-position",
        META_REFUSES_ALIBABA_WARNS,
        links::META_COMPONENTS,
        "the variable of a url stands at its end",
        "Meta appends the value to the url, so nothing can follow it. Alibaba's documents say nothing of it, but \
         Alibaba submits to Meta. Turn the address around: https://shop.example/track?id={{id}}",
    );
}

pub(super) fn check(role: Role, text: &Text, place: &Place<'_>, found: &mut Findings) {
    let count = text.variables().count();
    match role {
        Role::Header if count > 1 => {
            found.add(&HEADER, place, format!("{count} variables in a header"), "keep one of them");
        }
        Role::Url => check_url(text, count, place, found),
        Role::Body | Role::CardBody if count > 0 => {
            let from_the_start = text.pieces().iter();
            check_edge("starts", from_the_start, place, found);
            let from_the_end = text.pieces().iter().rev();
            check_edge("ends", from_the_end, place, found);
            check_neighbours(text.pieces(), place, found);
            check_density(text, count, place, found);
        }
        _ => {}
    }
}

fn check_url(text: &Text, count: usize, place: &Place<'_>, found: &mut Findings) {
    if count > 1 {
        found.add(&URL_COUNT, place, format!("{count} variables in a url"), "keep one of them, at the end");
    } else if count == 1
        && let Some(Piece::Literal(rest)) = text.pieces().last()
    {
        let message = format!("{} stands behind the variable", super::quote(rest));
        found.add(&URL_POSITION, place, message, "move the variable to the end of the url");
    }
}

fn check_edge<'a>(
    verb: &str,
    mut inwards: impl Iterator<Item = &'a Piece>,
    place: &Place<'_>,
    found: &mut Findings,
) {
    let help = "write some words around it";
    match (inwards.next(), inwards.next()) {
        (Some(Piece::Variable(name)), _) => {
            found.add(&EDGE, place, format!("the text {verb} with {{{{{name}}}}}"), help);
        }
        (Some(Piece::Literal(edge)), Some(Piece::Variable(name))) if edge.trim().is_empty() => {
            found.add(&EDGE, place, format!("the text {verb} with {{{{{name}}}}}"), help);
        }
        (Some(Piece::Literal(edge)), Some(Piece::Variable(name))) if !has_words(edge) => {
            let message = format!("the text {verb} with {{{{{name}}}}} and punctuation");
            found.add(&EDGE_PUNCTUATION, place, message, help);
        }
        _ => {}
    }
}

fn check_neighbours(pieces: &[Piece], place: &Place<'_>, found: &mut Findings) {
    let mut before: Option<&str> = None;
    for piece in pieces {
        match (piece, before) {
            (Piece::Variable(name), Some(before)) => {
                let message = format!("nothing stands between {{{{{before}}}}} and {{{{{name}}}}}");
                found.add(&ADJACENT, place, message, "write a word in between, or join the two");
                return;
            }
            (Piece::Variable(name), None) => before = Some(name),
            (Piece::Literal(literal), _) if !literal.trim().is_empty() => before = None,
            (Piece::Literal(_), _) => {}
        }
    }
}

fn check_density(text: &Text, count: usize, place: &Place<'_>, found: &mut Findings) {
    let words: usize = text.pieces().iter().map(words).sum();
    let needed = 2 * count + 1;
    if words < needed {
        let message = format!("{words} words around {count} variables; Meta seems to want {needed}");
        found.add(&TOO_MANY, place, message, "write more around them, or join some");
    }
}

fn words(piece: &Piece) -> usize {
    let Piece::Literal(literal) = piece else { return 0 };
    let spaced = literal.split(|c: char| c.is_whitespace() || is_unspaced(c));
    spaced.filter(|word| has_words(word)).count() + literal.chars().filter(|c| is_unspaced(*c)).count()
}

/// Scripts that put no blanks between words; a letter of theirs is about a syllable, so it counts as a word.
fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

/// Whether there is more than blanks and punctuation. An emoji counts: nobody saw one refused.
fn has_words(text: &str) -> bool {
    text.chars().any(|c| {
        let is_punctuation = matches!(c, '¡' | '¿' | '«' | '»' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}'
            | '\u{ff00}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}');
        c.is_alphanumeric() || !(c.is_ascii() || c.is_whitespace() || is_punctuation)
    })
}
