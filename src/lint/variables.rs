//! Variables: how they are written, where they stand, and their samples.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::finding::{Findings, LONGEST_WORD, quote};
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
    let mut check = Check { spec, examples, used: BTreeSet::new(), found };
    walk::texts(&spec.components, &place.field("components"), |role, source, place| {
        if walk::is_overlong(source) {
            check.used.extend(Text::parse(source).variables().map(str::to_owned));
        } else if source.contains(['{', '}', '%']) || source.contains("$(") {
            check.text(role, source, place);
        }
    });
    // media-url-variable speaks of them; their samples are not to be called unused besides.
    walk::headers(&spec.components, &place.field("components"), |header, _| {
        let url = header.url.as_deref().unwrap_or_default();
        check.used.extend(
            Text::parse(url).variables().filter(|name| examples.contains_key(*name)).map(str::to_owned),
        );
    });
    check.samples(&place.field("examples"));
}

/// The checks of one template, and the variables that they have seen so far.
struct Check<'a> {
    spec: &'a WhatsAppTemplateSpec,
    examples: &'a BTreeMap<String, String>,
    used: BTreeSet<String>,
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
            notation::check(self.spec.parameter_format.unwrap_or_default(), &text, place, self.found);
            placement::check(role, &text, place, self.found);
            self.names(&text, place);
            self.filled_in(role, &text, place);
        }
        self.used.extend(text.variables().map(str::to_owned));
    }

    /// Speaks of each name once, where it first appears.
    fn names(&mut self, text: &Text, place: &Place<'_>) {
        let is_named = self.spec.parameter_format.unwrap_or_default() == ParameterFormat::Named;
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for name in text.variables() {
            let count = counts.entry(name).or_default();
            *count += 1;
            if *count > 1 {
                if is_named && *count == 2 {
                    let message = format!("{{{{{name}}}}} stands twice in this text, which Meta may refuse");
                    self.found.add(&REPEATED, place, message, "give the second one a name of its own");
                }
                continue;
            }
            if self.used.contains(name) {
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
        let without_sample = self.used.iter().filter(|name| !self.examples.contains_key(*name));
        let without_sample: Vec<&str> = without_sample.map(String::as_str).take(MOST_COMPARED).collect();
        // What is no name at all is left to variable-name, and what is too many to schema-count.
        let names = self.examples.iter().filter(|(name, _)| is_variable_name(name));
        for (name, sample) in names.take(MOST_COMPARED) {
            let place = place.field(name);
            if !self.used.contains(name) {
                let message = format!("no text has {{{{{name}}}}}");
                self.found.add(&UNUSED, &place, message, nearest(name, &without_sample));
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
}

const MAX_NAME_ON_META: usize = 32;

/// More than any schema allows; comparing names takes the square of their number.
const MOST_COMPARED: usize = 200;

fn nearest(name: &str, without_sample: &[&str]) -> String {
    let words = without_sample.iter().filter(|other| other.len() <= LONGEST_WORD);
    let nearest = words.map(|other| (strsim::osa_distance(other, name), other)).min();
    match nearest {
        Some((distance, other)) if distance <= 3 => format!("did you mean {other}?"),
        _ => "remove it, or use it in a text".to_owned(),
    }
}
