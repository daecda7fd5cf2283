//! Every rule there is. A rule lives beside its check; this is where they come together.

use super::rule::Rule;
use super::{
    account, buttons, crd, language, marketing, media, notation, one_provider, one_time_code, placement,
    qr_code, reading, schema, set, text, variables,
};

/// Every rule: what reading finds first, then what the schema does, the CRDs' rules, and lint's own.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let topics = READING.iter().chain(&crd::TOPICS).chain(OWN);
    topics.flat_map(|topic| topic.iter().copied())
}

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

static READING: &[&[&Rule]] = &[reading::RULES, schema::RULES];

static OWN: &[&[&Rule]] = &[
    account::RULES,
    qr_code::RULES,
    language::RULES,
    text::RULES,
    notation::RULES,
    placement::RULES,
    variables::RULES,
    media::RULES,
    buttons::RULES,
    one_time_code::RULES,
    marketing::RULES,
    one_provider::RULES,
    set::RULES,
];
