//! Every rule there is. A rule lives beside its check; this is where they come together.

use super::rule::Rule;
use super::{
    account, buttons, carousel, crd, language, media, one_provider, qr_code, reading, schema, set, text, ttl,
    variables,
};

/// Every rule: what reading finds first, then what the schema does, the CRDs' rules, and lint's own.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    TOPICS.iter().flat_map(|topic| topic.iter().copied())
}

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

static TOPICS: &[&[&Rule]] = &[
    reading::RULES,
    schema::RULES,
    crd::account::RULES,
    crd::qr_code::RULES,
    crd::template::RULES,
    crd::components::RULES,
    crd::buttons::RULES,
    account::RULES,
    qr_code::RULES,
    language::RULES,
    ttl::RULES,
    text::RULES,
    variables::RULES,
    media::RULES,
    buttons::RULES,
    carousel::RULES,
    one_provider::RULES,
    set::RULES,
];
