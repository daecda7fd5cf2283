//! Variables: how they are written, where they stand, and their samples.

use std::collections::BTreeMap;

use super::finding::{Findings, quote};
use super::rule::{BOTH_REFUSE, BOTH_WARN, META_REFUSES, META_REFUSES_ALIBABA_WARNS, META_WARNS, lint};
use super::walk::{self, Role};
use super::{links, notation, placement, text};
use crate::api::{ParameterFormat, WhatsAppTemplateSpec};
use crate::manifest::Place;
use crate::template::{Piece, Text, is_variable_name};

rules! {
    FIXED = lint(
        "variable-fixed-text",
        BOTH_REFUSE,
        links::META_COMPONENTS,
        "footers and buttons have no variables",
        "Both providers refuse variables there (InvalidParameter.FooterHaveVariable and ButtonTextHaveVariable on \
         Alibaba). What differs from customer to customer belongs to the body.",
    );
    OFFER = lint(
        "variable-offer",
        BOTH_WARN,
        links::META_OFFER,
        "the text of an offer has no variables",
        "It is part of the template and cannot be filled in when a message is sent, so braces would be refused or stand \
         there as they are written.",
    );
    UPPER_CASE = lint(
        "variable-upper-case",
        META_REFUSES,
        links::META_COMPONENTS,
        "on Meta the name of a variable has no upper-case letters",
        "Named parameters consist of lower-case letters, digits and _. Rename the variable, in the texts and in \
         examples, or set parameterFormat: POSITIONAL, with which Meta gets numbers in place of names.",
    );
    LONG_NAME = lint(
        "variable-long-name",
        META_WARNS,
        links::META_COMPONENTS,
        "on Meta the name of a variable has at most 32 characters",
        "Meta's console refuses longer names; its documents do not say so.",
    );
    REPEATED = lint(
        "variable-repeated",
        META_WARNS,
        links::META_COMPONENTS,
        "on Meta a text has each named variable once",
        "Meta's console refuses a text that names the same parameter twice; its documents do not say so. Give the \
         second place a name of its own, or set parameterFormat: POSITIONAL.",
    );
    UNUSED = lint(
        "variable-unused",
        BOTH_WARN,
        links::META_COMPONENTS,
        "every sample in examples has its variable",
        "No text has a variable of this name, so the sample goes nowhere. Mostly one of the two is misspelt.",
    );
    NO_SAMPLE = lint(
        "variable-no-sample",
        META_REFUSES_ALIBABA_WARNS,
        links::META_COMPONENTS,
        "every variable has a sample in examples",
        "Reviewers judge a template with its samples, and Meta refuses one without. Alibaba's document calls them \
         optional, but it submits to Meta. Write what a real message would say, without personal data.",
    );
    EMPTY_SAMPLE = lint(
        "sample-empty",
        META_REFUSES_ALIBABA_WARNS,
        links::META_COMPONENTS,
        "a sample says something",
        "An empty sample is as good as none: Meta refuses it, and a reviewer learns nothing from it.",
    );
    SAMPLE_WHITESPACE = lint(
        "sample-whitespace",
        BOTH_WARN,
        links::META_ERRORS,
        "a sample is one line, without tabs or long runs of blanks",
        "Meta refuses values with line breaks, tabs or more than four blanks in a row when a message is sent, so a \
         sample should not promise them.",
    );
    SAMPLE_LENGTH = lint(
        "sample-length",
        BOTH_WARN,
        links::META_COMPONENTS,
        "a text with its samples filled in keeps within its bound",
        "What customers get is bounded like the template itself. If even the samples do not fit, messages will be \
         refused when they are sent.",
    );
}

pub(super) fn check(spec: &WhatsAppTemplateSpec, place: &Place<'_>, found: &mut Findings) {
    static NONE: BTreeMap<String, String> = BTreeMap::new();
    let examples = spec.examples.as_ref().unwrap_or(&NONE);
    let mut check = Check { spec, examples, texts: Vec::new(), found };
    walk::texts(&spec.components, &place.field("components"), |role, source, place| {
        if source.contains("{{") || source.contains("}}") || source.contains("$(") {
            check.text(role, source, place);
        }
    });
    check.samples(&place.field("examples"));
}

/// The checks of one template, and the texts with variables that they have seen so far.
struct Check<'a> {
    spec: &'a WhatsAppTemplateSpec,
    examples: &'a BTreeMap<String, String>,
    texts: Vec<Text>,
    found: &'a mut Findings,
}

impl Check<'_> {
    fn text(&mut self, role: Role, source: &str, place: &Place<'_>) {
        let text = Text::parse(source);
        if role.is_fixed() && source.contains("{{") {
            let message = format!("{} has a variable", quote(source));
            let broken = if role == Role::Offer { &OFFER } else { &FIXED };
            self.found.add(broken, place, message, "write the same words for everybody");
        } else {
            notation::check(&text, place, self.found);
            placement::check(role, &text, place, self.found);
            self.names(&text, place);
            self.filled_in(role, &text, place);
        }
        self.texts.push(text);
    }

    /// Speaks of each name once, where it first appears.
    fn names(&mut self, text: &Text, place: &Place<'_>) {
        let is_named = self.spec.parameter_format.unwrap_or_default() == ParameterFormat::Named;
        for (index, name) in text.variables().enumerate() {
            if text.variables().take(index).any(|earlier| earlier == name) {
                let is_second = text.variables().take(index).filter(|earlier| *earlier == name).count() == 1;
                if is_named && is_second {
                    let message = format!("{{{{{name}}}}} stands twice in this text, which Meta may refuse");
                    self.found.add(&REPEATED, place, message, "give the second one a name of its own");
                }
                continue;
            }
            if self.texts.iter().any(|earlier| has(earlier, name)) {
                continue;
            }
            if is_named && name.contains(|c: char| c.is_ascii_uppercase()) {
                let message = format!("Meta refuses upper-case letters in {{{{{name}}}}}");
                let help = format!("write {{{{{}}}}}, in examples too", name.to_ascii_lowercase());
                self.found.add(&UPPER_CASE, place, message, help);
            }
            if is_named && name.len() > MAX_NAME_ON_META {
                let message =
                    format!("the name {} has {} characters; Meta may refuse it", quote(name), name.len());
                self.found.add(&LONG_NAME, place, message, "at most 32 are safe");
            }
            if !self.examples.contains_key(name) {
                let message = format!("{{{{{name}}}}} has no sample");
                let help = format!("add it: examples: {{{name}: \"…\"}}");
                self.found.add(&NO_SAMPLE, place, message, help);
            }
        }
    }

    fn filled_in(&mut self, role: Role, text: &Text, place: &Place<'_>) {
        let Some(bound) = self.bound(role) else { return };
        let lengths = text.pieces().iter().map(|piece| match piece {
            Piece::Literal(literal) => literal.chars().count(),
            Piece::Variable(name) => self.examples.get(name).map_or(0, |sample| sample.chars().count()),
        });
        let length: usize = lengths.sum();
        if length > bound {
            let message = format!("{length} characters with the samples filled in, at most {bound}");
            self.found.add(&SAMPLE_LENGTH, place, message, "shorten the text or the samples");
        }
    }

    fn bound(&self, role: Role) -> Option<usize> {
        match role {
            Role::Header => Some(60),
            Role::Body if self.spec.components.limited_time_offer.is_some() => Some(600),
            Role::Body => Some(1024),
            Role::CardBody => Some(160),
            Role::Url => Some(2000),
            Role::Footer | Role::Label | Role::Offer | Role::Coupon => None,
        }
    }

    fn samples(&mut self, place: &Place<'_>) {
        // What is no name at all is left to variable-name.
        for (name, sample) in self.examples.iter().filter(|(name, _)| is_variable_name(name)) {
            let place = place.field(name);
            if !self.texts.iter().any(|text| has(text, name)) {
                let message = format!("no text has {{{{{name}}}}}");
                self.found.add(&UNUSED, &place, message, self.nearest(name));
            }
            if sample.trim().is_empty() {
                let message = format!("the sample of {name} is empty");
                self.found.add(&EMPTY_SAMPLE, &place, message, "write what a real message would say");
            } else if sample.contains(['\n', '\r']) || text::odd_whitespace(sample).is_some() {
                let what = text::odd_whitespace(sample).unwrap_or("a line break");
                let message = format!("the sample {} has {what}", quote(sample));
                self.found.add(&SAMPLE_WHITESPACE, &place, message, "write it in one line");
            }
        }
    }

    fn nearest(&self, name: &str) -> String {
        let without_sample =
            self.texts.iter().flat_map(Text::variables).filter(|other| !self.examples.contains_key(*other));
        let nearest = without_sample.min_by_key(|other| strsim::osa_distance(other, name));
        match nearest.filter(|other| strsim::osa_distance(other, name) <= 3) {
            Some(other) => format!("did you mean {other}?"),
            None => "remove it, or use it in a text".to_owned(),
        }
    }
}

const MAX_NAME_ON_META: usize = 32;

fn has(text: &Text, name: &str) -> bool {
    text.variables().any(|variable| variable == name)
}
