//! Every rule has a page, a name of its own and a case that breaks it.

use std::collections::BTreeSet;

use waops::lint::{Checked, all};

use crate::{account, one_provider, qr_code, set, template, variables};

#[test]
fn every_rule_has_a_name_of_its_own_and_a_page() {
    let mut seen = BTreeSet::new();
    for rule in all() {
        let id = rule.id;
        assert!(seen.insert(id), "{id} is there twice");
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(id.chars().all(fits) && !id.starts_with('-') && !id.ends_with('-'), "{id} is not kebab-case");
        // A list of signs may end in a full stop that is one of them.
        let is_sentence = rule.title.ends_with('.') && !rule.title.ends_with(" .");
        assert!(!rule.title.is_empty() && !is_sentence, "{id}: {:?}", rule.title);
        assert!(!rule.title.contains('\n'), "{id}: a title is one line");
        assert!(rule.explanation.len() > 20, "{id}: {:?}", rule.explanation);
        assert!(rule.link.is_empty() || rule.link.starts_with("https://"), "{id}: {}", rule.link);
        assert!(rule.alibaba.is_some() || rule.meta.is_some(), "{id} holds nowhere");
        let is_a_vendors = rule.alibaba != rule.meta;
        assert!(!is_a_vendors || !rule.link.is_empty(), "{id}: whose rule is it?");
    }
}

#[test]
fn every_rule_of_lint_is_broken_by_a_case() {
    let tables =
        [account::CASES, qr_code::CASES, template::CASES, variables::CASES, one_provider::CASES].concat();
    let broken: BTreeSet<_> =
        tables.iter().map(|(rule, ..)| *rule).chain(set::CASES.iter().map(|(rule, ..)| *rule)).collect();
    let rules = all().filter(|rule| rule.checked == Checked::Lint).map(|rule| rule.id);
    let untried: Vec<_> = rules.filter(|id| !broken.contains(id)).collect();
    assert!(untried.is_empty(), "no case breaks {untried:?}");
}
