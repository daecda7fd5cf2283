//! How variables are written.

use std::collections::BTreeSet;

use super::finding::{Findings, quote};
use super::rule::{ALIBABA_REFUSES_META_WARNS, BOTH_REFUSE, BOTH_WARN, lint};
use super::{links, schema};
use crate::api::ParameterFormat;
use crate::manifest::Place;
use crate::template::{Piece, Text, is_variable_name};

rules! {
    POSITIONAL = lint(
        "variable-positional",
        BOTH_REFUSE,
        links::META_COMPONENTS,
        "variables have names, not numbers",
        "waops writes {{name}} in every text and gives each provider its own notation; {{1}} would be sent as it \
         stands, which Alibaba refuses (InvalidParameter.MessageInvalid) and Meta cannot match with a sample. \
         Senders that know only numbers are served by parameterFormat: POSITIONAL, which numbers the names in order \
         of appearance.",
    );
    ALIBABA_NOTATION = lint(
        "variable-alibaba-notation",
        ALIBABA_REFUSES_META_WARNS,
        links::ALIBABA_TEMPLATE,
        "variables are written {{name}}, not $(name)",
        "$(name) is Alibaba's own notation, in which waops writes {{name}} for it. Written by hand it would be a \
         variable that waops does not know of, without a sample; on Meta it would stand in the message as it is.",
    );
    SINGLE_BRACE = lint(
        "variable-single-brace",
        BOTH_WARN,
        links::META_OVERVIEW,
        "variables are written {{name}}, not {name} or %s",
        "Other tools write {name}, %s or %1$s. Here they are plain text, which customers would see as it is written.",
    );
    MALFORMED = lint(
        "variable-malformed",
        BOTH_REFUSE,
        links::META_OVERVIEW,
        "a variable is {{name}}: a name between two pairs of braces",
        "The name starts with a letter and goes on with letters, digits and _. Meta names missing or mismatched \
         braces among its reasons for rejection, and braces are never meant for customers' eyes.",
    );
}

/// What looks like a variable but is none has stayed in the literals.
pub(super) fn check(format: ParameterFormat, text: &Text, place: &Place<'_>, found: &mut Findings) {
    let mut numbers = BTreeSet::new();
    for piece in text.pieces() {
        let Piece::Literal(literal) = piece else { continue };
        if let Some((foreign, name)) = foreign_variable(literal) {
            let message = format!("{foreign} is no variable");
            found.add(&SINGLE_BRACE, place, message, format!("write {{{{{name}}}}}"));
        }
        check_braces(literal, &mut numbers, place, found);
        if let Some(name) = alibaba_variable(literal) {
            let message = format!("$({name}) is Alibaba's own notation");
            found.add(&ALIBABA_NOTATION, place, message, format!("write {{{{{name}}}}}"));
        }
    }
    let too_many = text.pieces().windows(2).find_map(|pair| match pair {
        [Piece::Literal(before), Piece::Variable(name)] if before.ends_with('{') => Some(name),
        [Piece::Variable(name), Piece::Literal(after)] if after.starts_with('}') => Some(name),
        _ => None,
    });
    if let Some(name) = too_many {
        let message = format!("more than two braces stand around {name}");
        found.add(&MALFORMED, place, message, format!("write {{{{{name}}}}}"));
    }
    if !numbers.is_empty() {
        let written: Vec<String> = numbers.iter().map(|number| format!("{{{{{number}}}}}")).collect();
        let message = match written.as_slice() {
            [one] => format!("{} is a number, not a name", quote(one)),
            several => format!("{} are numbers, not names", quote(&several.join(", "))),
        };
        let help = "give each a name, such as {{order_id}}, and a sample in examples";
        let help = match format {
            ParameterFormat::Named => {
                format!("{help}; parameterFormat: POSITIONAL keeps numbers on Meta's wire")
            }
            ParameterFormat::Positional => help.to_owned(),
        };
        found.add(&POSITIONAL, place, message, help);
    }
}

fn check_braces<'a>(
    literal: &'a str,
    numbers: &mut BTreeSet<&'a str>,
    place: &Place<'_>,
    found: &mut Findings,
) {
    let mut rest = literal;
    while let Some(start) = rest.find("{{") {
        let opened = &rest[start + 2..];
        let Some((inside, after)) = opened.split_once("}}") else {
            let message = format!("{} is never closed", quote(&rest[start..]));
            found.add(&MALFORMED, place, message, "close it with }}, or remove the braces");
            return;
        };
        let inside = inside.trim();
        if !inside.is_empty() && inside.chars().all(|c| c.is_ascii_digit()) {
            numbers.insert(inside);
        } else {
            check_inside(inside, place, found);
        }
        rest = after;
    }
    if rest.contains("}}") {
        let message = format!("{} closes what was never opened", quote(rest));
        found.add(&MALFORMED, place, message, "write {{name}}, or remove the braces");
    }
}

fn check_inside(inside: &str, place: &Place<'_>, found: &mut Findings) {
    let written = quote(&format!("{{{{{inside}}}}}"));
    if inside.starts_with(['.', '-', '$']) || inside.starts_with("include ") {
        let message = format!("{written} is an expression of a Helm chart that was not rendered");
        found.add(&schema::HELM_TEMPLATE, place, message, "check the output of helm template");
    } else {
        let name = as_name(inside);
        let help =
            if is_variable_name(&name) { format!("did you mean {{{{{name}}}}}?") } else { String::new() };
        found.add(&MALFORMED, place, format!("{written} is no variable"), help);
    }
}

/// The name that was probably meant: what no name has becomes `_`.
fn as_name(inside: &str) -> String {
    let characters = inside.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
    let name: String = characters.collect();
    name.trim_matches(|c: char| c == '_' || c.is_ascii_digit()).to_owned()
}

/// What other tools take for a variable, and the name to give it.
fn foreign_variable(literal: &str) -> Option<(String, &str)> {
    let braced = literal.match_indices('{').find_map(|(at, _)| {
        let (name, after) = literal[at + 1..].split_once(['{', '}'])?;
        let is_single = !literal[..at].ends_with('{') && !after.starts_with('}');
        (is_single && is_variable_name(name) && literal[at + 1 + name.len()..].starts_with('}'))
            .then(|| (format!("{{{name}}}"), name))
    });
    let is_part = |c: char| c.is_alphanumeric() || c == '%';
    let format = || {
        literal.match_indices('%').find_map(|(at, _)| {
            let rest = literal[at + 1..].trim_start_matches(|c: char| c.is_ascii_digit());
            let letter = rest.strip_prefix('$').unwrap_or(rest);
            let after = letter.strip_prefix(['s', 'd'])?;
            let stands_alone = !literal[..at].ends_with(is_part) && !after.starts_with(is_part);
            let end = literal.len() - after.len();
            (stands_alone && end - at <= 6).then(|| (literal[at..end].to_owned(), "name"))
        })
    };
    braced.or_else(format)
}

fn alibaba_variable(literal: &str) -> Option<&str> {
    literal.split("$(").skip(1).find_map(|rest| {
        let (name, _) = rest.split_once(')')?;
        is_variable_name(name).then_some(name)
    })
}
