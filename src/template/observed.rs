//! What a provider has of a template.

use super::content::Content;
use crate::api::ReviewState;

/// A template as the provider has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The provider's id: a template code at Alibaba, an id at Meta.
    pub id: String,
    /// Name at the provider.
    pub name: String,
    /// Language, as the provider wrote it; compare with [`same_language`].
    pub language: String,
    /// Category, in the provider's words: old templates have ones that nobody can ask for any more.
    pub category: String,
    /// The category it had before the provider moved it.
    pub previous_category: Option<String>,
    /// The category the provider is about to move it to.
    pub correct_category: Option<String>,
    /// Where it stands in the review.
    pub state: ReviewState,
    /// Why, in the provider's words.
    pub reason: Option<String>,
    /// What customers make of it: GREEN, YELLOW, RED or UNKNOWN.
    pub quality: Option<String>,
    /// What it says; none where the answer is a thin one, such as an entry of Alibaba's list.
    pub content: Option<Content>,
}

/// A template in somebody else's words: what a provider has, or what it was or will be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The provider's id; none where it is only asked for.
    pub id: Option<String>,
    /// Name at the provider.
    pub name: String,
    /// Language, as it was written.
    pub language: String,
    /// Category, as it was written.
    pub category: String,
    /// Asked once, at creation, and never answered.
    pub allow_category_change: Option<bool>,
    /// What it says.
    pub content: Content,
}

impl Said {
    /// What was observed; none where the answer was a thin one.
    pub fn of(observed: Observed) -> Option<Self> {
        let Observed { id, name, language, category, content, .. } = observed;
        Some(Self { id: Some(id), name, language, category, allow_category_change: None, content: content? })
    }
}

/// What a provider answers to a create or an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The provider's id.
    pub id: String,
    /// Where it stands in the review, where the answer says so.
    pub state: Option<ReviewState>,
    /// The category under which it was taken, which may be another than asked for.
    pub category: Option<String>,
}

/// Whether two language codes mean the same: webhooks say `en-US` where the API says `en_US`.
pub fn same_language(one: &str, other: &str) -> bool {
    spelled(one) == spelled(other)
}

/// A language code in the one spelling that all of them share.
pub(crate) fn spelled(code: &str) -> String {
    code.trim().replace('-', "_").to_ascii_lowercase()
}

/// What a template is found by, however its language is spelled.
pub fn likeness(name: &str, language: &str) -> String {
    format!("{name}/{}", spelled(language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_compare_by_meaning() {
        for (one, other, same) in [
            ("en_US", "en-US", true),
            ("pt_BR", "PT_br", true),
            ("en", "en_US", false),
            ("zh_CN", "zh_HK", false),
        ] {
            assert_eq!(same_language(one, other), same, "{one} and {other}");
        }
    }
}
