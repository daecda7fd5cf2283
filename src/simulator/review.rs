//! Reviews: what happens to a template after it was written, and when.

use serde::{Deserialize, Serialize};

use super::Provider;
use super::matching::glob;
use super::objects::Template;
use super::shelf::Shelf;
use super::state::State;
use super::time::Time;

/// Something that happens to a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Event {
    /// The review ends well.
    Approve,
    /// The review ends badly. Meta's reasons are words of providers.md B3.3, Alibaba's are free text.
    Reject {
        /// Why.
        reason: String,
    },
    /// Too many people blocked it.
    Pause,
    /// The pause is over.
    Unpause,
    /// It was paused too often.
    Disable,
    /// Nobody used it for a year.
    Archive,
    /// Its owner disagrees with a rejection.
    Appeal,
    /// The review stands still (Alibaba's `unaudit`).
    Suspend,
    /// It reached its sending limit.
    LimitExceeded,
    /// The provider puts it into another category.
    Recategorise {
        /// Which one.
        category: String,
    },
    /// Its quality was rated.
    Quality {
        /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
        score: String,
    },
}

/// An event and its time: milliseconds after the submission in a rule, a point in time in a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step<T = i64> {
    /// When.
    pub after_ms: T,
    /// What.
    pub event: Event,
}

/// A rule for the reviews of some templates. The first rule that matches decides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewRule {
    /// Of this provider only.
    pub provider: Option<Provider>,
    /// Whose names look like this; `*` stands for anything.
    pub name: Option<String>,
    /// In this language only.
    pub language: Option<String>,
    /// In this category only.
    pub category: Option<String>,
    /// What happens after each submission.
    pub timeline: Vec<Step>,
}

impl ReviewRule {
    fn matches(&self, provider: Provider, template: &Template) -> bool {
        self.provider.is_none_or(|wanted| wanted == provider)
            && self.name.as_deref().is_none_or(|pattern| glob(pattern, &template.name))
            && self.language.as_deref().is_none_or(|language| language == template.language)
            && self.category.as_deref().is_none_or(|category| category == template.category)
    }
}

/// Plans the future of a template that was submitted just now.
pub(crate) fn submit(state: &mut State, provider: Provider, template: &mut Template, now: Time) {
    let rule = state.reviews.iter().find(|rule| rule.matches(provider, template));
    let default = [Step { after_ms: state.settings.review_ms, event: Event::Approve }];
    let timeline = rule.map_or(&default[..], |rule| &rule.timeline);
    template.future = timeline
        .iter()
        .map(|step| Step { after_ms: now.plus(step.after_ms), event: step.event.clone() })
        .collect();
    template.future.sort_by_key(|step| step.after_ms);
    let first = template.future.first().map(|step| step.after_ms);
    state.next_review = state.next_review.into_iter().chain(first).min();
}

/// Lets everything happen whose time has come.
pub(crate) fn settle(state: &mut State, now: Time) {
    // Most calls find nothing due; they must not walk through six thousand templates.
    while let Some(due) = state.next_review.filter(|due| *due <= now) {
        let is_due = |template: &Template| template.future.first().is_some_and(|step| step.after_ms <= due);
        for shelf in state.templates.values_mut() {
            shelf.change(due, is_due, |template| {
                let step = template.future.remove(0);
                template.meet(&step.event);
                template.updated = due;
            });
        }
        let futures = state.templates.values().flat_map(Shelf::live);
        state.next_review = futures.filter_map(|template| Some(template.future.first()?.after_ms)).min();
    }
}
