//! The status of a template.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Verdict, settle, verdicts, whole_seconds};
use crate::api::{Claim, ReviewState, ReviewStatus, TemplateEdits, WhatsAppTemplateStatus};
use crate::plan::facts::Presence;
use crate::plan::reason::Reason;
use crate::plan::step::Plan;
use crate::provider::capabilities::{Capabilities, Quota};
use crate::template::Observed;

/// What the status of a template follows from.
#[derive(Clone, Copy, Debug)]
pub struct Template<'a> {
    /// What is to be done.
    pub plan: &'a Plan,
    /// The status as it stands.
    pub previous: &'a WhatsAppTemplateStatus,
    /// The claim that holds; none where nothing is ours. What the status has of a foreign claim stays.
    pub claim: Option<&'a Arc<Claim>>,
    /// The template that the claim owns, at the provider.
    pub own: Presence<&'a Observed>,
    /// What the provider can do; none while the account is unknown.
    pub capabilities: Option<&'a Capabilities>,
    /// The generation that the plan is about.
    pub generation: i64,
    /// Now.
    pub now: Timestamp,
}

/// The status of a template.
pub fn template(facts: Template<'_>) -> WhatsAppTemplateStatus {
    let Template { plan, previous, claim, generation, now, .. } = facts;
    let template_id = claim.and_then(|claim| claim.template_id.clone());
    let (review, category) = seen(facts, template_id.as_deref());
    let mut verdicts = verdicts(plan);
    if let Some(review) = &review {
        verdicts.insert(2, approved(review));
    }
    WhatsAppTemplateStatus {
        observed_generation: Some(generation),
        conditions: settle(verdicts, plan, &previous.conditions, generation, now),
        review,
        category,
        edits: match (facts.capabilities, claim) {
            (Some(capabilities), Some(claim)) if template_id.is_some() => {
                edits(claim, capabilities.approved_edits, now)
            }
            (None, _) if template_id.is_some() => previous.edits.clone(),
            _ => None,
        },
        submitted_hash: claim.and_then(|claim| claim.content_hash.clone()),
        claim: claim.or(previous.claim.as_ref()).cloned(),
        template_id,
    }
}

/// Review and category: what the provider says, and what it said last as long as nobody knows better.
fn seen(facts: Template<'_>, id: Option<&str>) -> (Option<ReviewStatus>, Option<String>) {
    let previous = facts.previous;
    match facts.own {
        Presence::Here(own) if id == Some(own.id.as_str()) => {
            let review = ReviewStatus {
                state: own.state,
                reason: own.reason.clone(),
                quality_score: own.quality.clone(),
            };
            (Some(review), Some(own.category.clone()))
        }
        Presence::Unknown | Presence::Unlisted if id.is_some() && id == previous.template_id.as_deref() => {
            (previous.review.clone(), previous.category.clone())
        }
        _ => (None, None),
    }
}

/// Whether it can be sent.
fn approved(review: &ReviewStatus) -> Verdict {
    let (status, reason) = match review.state {
        ReviewState::Approved => (Some(true), Reason::Approved),
        ReviewState::Pending | ReviewState::Suspended => (Some(false), Reason::InReview),
        ReviewState::Rejected => (Some(false), Reason::Rejected),
        ReviewState::Paused => (Some(false), Reason::Paused),
        ReviewState::Disabled => (Some(false), Reason::Disabled),
        ReviewState::Archived => (Some(false), Reason::Archived),
        ReviewState::Deleting => (Some(false), Reason::Deleting),
        ReviewState::Unknown => (None, Reason::Observing),
    };
    let message = match &review.reason {
        Some(why) => format!("{}: {why}", reason.page().title),
        None => reason.page().title.to_owned(),
    };
    Verdict::new("Approved", status, reason, message)
}

/// How many edits are used within the longest window, and from when the next is possible. That time does not depend
/// on now: once it has passed it stays where it was, and nothing is written for it.
fn edits(claim: &Claim, quotas: &[Quota], now: Timestamp) -> Option<TemplateEdits> {
    let longest = quotas.iter().max_by_key(|quota| quota.within)?;
    let mut times: Vec<Timestamp> = claim.edits.iter().map(|edit| edit.0).collect();
    times.sort_unstable();
    let within = |quota: &Quota| SignedDuration::try_from(quota.within).unwrap_or(SignedDuration::MAX);
    let used = times.iter().filter(|edit| now.duration_since(**edit) < within(longest)).count();
    let next_at = quotas.iter().filter_map(|quota| {
        let oldest = times.len().checked_sub(usize::try_from(quota.times).ok()?)?;
        times.get(oldest)?.checked_add(within(quota)).ok()
    });
    Some(TemplateEdits {
        used: i64::try_from(used).unwrap_or(i64::MAX),
        of: i64::from(longest.times),
        next_at: next_at.max().map(whole_seconds),
    })
}
