//! What the state of a template means where nothing is to be changed.

use jiff::{SignedDuration, Timestamp};

use super::facts::Facts;
use super::says;
use crate::api::{Claim, ReadyWhen, ReviewState};
use crate::plan::reason::Reason;
use crate::plan::step::{Plan, Step};
use crate::template::Observed;

/// A review that just began is looked at so often,
const SOONEST: SignedDuration = SignedDuration::from_mins(1);
/// one that takes long so seldom (providers.md, trap 48),
const LATEST: SignedDuration = SignedDuration::from_mins(15);
/// and between them after this part of its age.
const PART: i32 = 4;

/// How often a template of this state is looked at.
pub(super) fn interval(facts: &Facts<'_>, claim: &Claim, state: ReviewState) -> SignedDuration {
    let drift = facts.situation.times.drift;
    match state {
        ReviewState::Pending => {
            let edited = claim.edits.iter().map(|edit| edit.0).max();
            let submitted = edited.max(Some(facts.situation.subject.created)).unwrap_or_default();
            (facts.now().duration_since(submitted) / PART).clamp(SOONEST, LATEST).min(drift)
        }
        _ => drift,
    }
}

/// What its state says. `due` is when it is looked at next.
pub(super) fn standing(facts: &Facts<'_>, template: &Observed, due: Timestamp) -> Plan {
    let because = template.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let stopped = |reason, message: String| says::blocked(reason, message, []);
    match template.state {
        ReviewState::Approved => Plan::new(Step::Nothing, Reason::Approved, "approved as written"),
        ReviewState::Pending => says::wait(due, in_review(facts), "the provider reviews it"),
        ReviewState::Suspended => says::wait(
            due,
            Reason::ProviderSaysWait,
            format!("the provider stopped its review{because}; ask its support, or change the text"),
        ),
        ReviewState::Rejected => stopped(
            Reason::Rejected,
            format!(
                "the review refused it{because}; correct the manifest, and it is submitted again (another category \
                 goes along with a corrected text, not alone)"
            ),
        ),
        ReviewState::Paused => stopped(
            Reason::Paused,
            format!(
                "customers complained, and the provider paused it{because}; it may go on by itself after some hours: \
                 improve the text, or unpause it at the provider"
            ),
        ),
        ReviewState::Disabled => stopped(
            Reason::Disabled,
            format!(
                "the provider disabled it{because}; it cannot be sent or changed any more: declare a new text under \
                 a new name"
            ),
        ),
        ReviewState::Archived => stopped(
            Reason::Archived,
            "nobody used it for a year, and the provider archived it; take it out of the archive there within four \
             weeks, or it is deleted"
                .to_owned(),
        ),
        ReviewState::Deleting => going(facts, due),
        ReviewState::Unknown => says::wait(
            due,
            Reason::Observing,
            format!("the provider says a state that waops does not know{because}; nothing is changed meanwhile"),
        ),
    }
}

/// A template that is being deleted at the provider counts as absent, and its name is locked.
pub(super) fn going(facts: &Facts<'_>, due: Timestamp) -> Plan {
    if facts.account.capabilities.name_lock.is_some() {
        let message = "a template of this name is being deleted at the provider, and the name is locked until that \
                       is over, up to 30 days; wait, or declare it under a new name";
        says::wait(due, Reason::NameLocked, message)
    } else {
        says::wait(due, Reason::Observing, "it is being deleted at the provider")
    }
}

fn in_review(facts: &Facts<'_>) -> Reason {
    match facts.situation.ready_when {
        ReadyWhen::Approved => Reason::InReview,
        ReadyWhen::Submitted => Reason::Submitted,
    }
}
