//! The pages of the rules that the API server enforces; the rules themselves are [`crate::api::rules`].

mod account;
mod buttons;
mod components;
pub(super) mod fields;
mod qr_code;
mod template;

use super::finding::{Finding, quote};
use super::rule::Rule;
use crate::api::rules::Violation;

/// The pages, kind by kind.
pub(super) static TOPICS: [&[&Rule]; 5] =
    [account::RULES, qr_code::RULES, template::RULES, components::RULES, buttons::RULES];

/// What to say of a broken rule besides its own words: the value at hand, and how to mend it.
#[derive(Default)]
pub(super) struct Detail {
    pub(super) value: Option<String>,
    pub(super) help: String,
}

impl Detail {
    /// The text at hand, and how to mend it.
    pub(super) fn of(text: &str, help: impl Into<String>) -> Detail {
        Detail { value: Some(quote(text)), help: help.into() }
    }

    /// The value at hand, where there is one; how to mend it goes without saying.
    pub(super) fn value(value: Option<String>) -> Detail {
        Detail { value, help: String::new() }
    }
}

/// Turns what [`crate::template::parse`] and its like found into findings, in the words of the API server.
pub(super) fn findings(
    violations: Vec<Violation>,
    detail: impl Fn(&Violation) -> Detail,
) -> impl Iterator<Item = Finding> {
    violations.into_iter().filter_map(move |broken| {
        let rule = TOPICS.iter().copied().flatten().find(|rule| rule.id == broken.rule)?;
        let Detail { value, help } = detail(&broken);
        let message = match value {
            Some(value) => format!("{} (here: {value})", rule.title),
            None => rule.title.to_owned(),
        };
        Some(Finding { rule, path: broken.path, message, help })
    })
}

#[cfg(test)]
mod tests {
    use crate::api::rules;
    use crate::lint::{Checked, find};

    #[test]
    fn every_rule_of_the_crds_has_a_page_in_the_same_words() {
        for rule in rules::ALL {
            let page = find(rule.id).unwrap_or_else(|| panic!("{} has no page", rule.id));
            assert_eq!(page.title, rule.message, "{}", rule.id);
            let checked = if rule.is_transition() { Checked::Transition } else { Checked::Cel };
            assert_eq!(page.checked, checked, "{}", rule.id);
        }
    }
}
