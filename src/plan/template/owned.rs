//! A template that the object owns: gone, changed, to be changed, or as written.

use std::sync::Arc;

use super::facts::{Facts, Want, owns, shown};
use super::{quota, review, says, wanted};
use crate::api::{Claim, Drift, Operation, ReviewState, Update};
use crate::plan::facts::{Peer, Presence, later};
use crate::plan::reason::Reason;
use crate::plan::step::{Call, Consequence, Difference, Kept, Note, Plan, Step};
use crate::template::{Desired, Observed};

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

pub(super) fn plan(facts: &Facts<'_>, want: &Want<'_>, claim: &Claim, id: &str) -> Plan {
    // Two claims on one template: whoever made it keeps it, then the older. A peer that goes has just let us inherit.
    if let Some(peer) = first_owner(facts, claim, id) {
        let claim = without(claim);
        let message = format!("{} has the template {id}, and keeps it", peer.key);
        return says::keep(claim, Kept::Yielded(peer.key.clone()), message);
    }
    let template = match facts.situation.seen.own {
        Presence::Unknown => return facts.list(),
        Presence::Unlisted => return says::read(facts.now()),
        Presence::Absent => return vanished(facts, claim, id),
        Presence::Here(template) => template,
    };
    if template.id != id {
        let plan = wanted::there(facts, want, template);
        let message = format!("{}; the one that was ours ({id}) is gone", plan.message);
        return Plan { message, ..plan };
    }
    let due = match facts.fresh(review::interval(facts, claim, template.state)) {
        Ok(due) => due,
        Err(look) => return *look,
    };
    let mut plan = compared(facts, want, claim, template, due);
    plan.notes.extend(category(want, template));
    plan
}

/// The other object that has the template as well, and keeps it.
fn first_owner<'a>(facts: &Facts<'a>, claim: &Claim, id: &str) -> Option<&'a Peer<'a>> {
    let has = |peer: &Peer<'_>| owns(peer, id, claim.template.as_deref());
    facts.situation.peers.iter().find(|peer| has(peer) && peer.keeps(&facts.situation.subject, claim))
}

/// The claim without its template.
fn without(claim: &Claim) -> Claim {
    Claim { template_id: None, content_hash: None, edits: Vec::new(), adopted: false, ..claim.next() }
}

/// Gone for certain: made again, unless somebody else's changes are only reported (claims.md 9).
fn vanished(facts: &Facts<'_>, claim: &Claim, id: &str) -> Plan {
    let message = format!("the provider's list lacks template {id}; a second look decides");
    if let Some(plan) = facts.missing(claim, Timestamp::MIN, (Reason::Missing, &message)) {
        return plan;
    }
    if facts.situation.policies.drift == Drift::Report {
        let message = format!("template {id} was deleted at the provider; this line lets it be made again");
        let plan = says::blocked(Reason::Drifted, message, [says::policy("drift", "Correct")]);
        return Plan { notes: vec![Note::Drifted], ..plan };
    }
    let claim = without(claim);
    let message = format!("template {id} was deleted at the provider, and is made again");
    Plan { notes: vec![Note::Drifted], ..says::keep(claim, Kept::Vanished, message) }
}

/// The provider decides about the category; it is shown, never fought (providers.md, trap 36).
pub(super) fn category(want: &Want<'_>, template: &Observed) -> Option<Note> {
    let asked = want.desired.category.as_str();
    (!template.category.eq_ignore_ascii_case(asked))
        .then(|| Note::OtherCategory { asked: asked.to_owned(), theirs: template.category.clone() })
}

/// A change of a template that is there.
struct Change<'a> {
    /// Somebody else made it necessary.
    drift: bool,
    /// It needs no review.
    set: bool,
    /// The template to be changed.
    template: &'a Observed,
    /// What differs, as far as that is known.
    differences: Vec<Difference>,
}

fn compared(facts: &Facts<'_>, want: &Want<'_>, claim: &Claim, template: &Observed, due: Timestamp) -> Plan {
    let delivered = claim.content_hash.as_deref().and_then(|hash| want.content.has_hash(hash));
    let Some(theirs) = &template.content else {
        // A thin list is enough as long as nothing was asked that was not delivered.
        return if delivered == Some(true) {
            review::standing(facts, template, due)
        } else {
            facts.unread(template)
        };
    };
    let capabilities = facts.account.capabilities;
    let (stuck, differences): (Vec<_>, Vec<_>) = shown(want.content.differences(theirs))
        .into_iter()
        .partition(|it| capabilities.not_by_edit.contains(&name(&it.field)));
    let change = if !differences.is_empty() {
        let settable = |it: &Difference| capabilities.sets_without_review.contains(&name(&it.field));
        let set = differences.iter().all(settable) && is_a_setting_alone(want, claim, delivered);
        Some(Change { drift: delivered == Some(true), set, template, differences })
    } else if delivered.is_none() {
        let claim = Claim { content_hash: Some(want.content.hash()), ..claim.next() };
        return says::keep(claim, Kept::Tidied, "it says what the manifest says, and that is noted");
    } else if delivered == Some(false) && stuck.is_empty() {
        // What does not come back, such as a sample, was changed in the manifest.
        Some(Change { drift: false, set: false, template, differences: Vec::new() })
    } else {
        None
    };
    let mut plan = match change {
        Some(change) => changed(facts, want, claim, change, due),
        None => review::standing(facts, template, due),
    };
    if !stuck.is_empty() {
        let fields = stuck.into_iter().map(|it| it.field).collect();
        plan.notes.push(Note::NotByEdit(fields));
    }
    plan
}

/// The last part of a field's path.
fn name(field: &str) -> &str {
    field.rsplit('.').next().unwrap_or(field)
}

/// Whether nothing else was changed in the manifest, not even what does not come back.
fn is_a_setting_alone(want: &Want<'_>, claim: &Claim, delivered: Option<bool>) -> bool {
    let before = |paused| Desired { category_change_paused: paused, ..want.desired.clone() }.content();
    let hash = claim.content_hash.as_deref().unwrap_or_default();
    delivered != Some(false)
        || [None, Some(true)].into_iter().any(|it| before(it).has_hash(hash) == Some(true))
}

fn changed(facts: &Facts<'_>, want: &Want<'_>, claim: &Claim, change: Change<'_>, due: Timestamp) -> Plan {
    let drifted = change.drift.then_some(Note::Drifted);
    let unshown = change.differences.is_empty().then_some(Note::Unshown);
    let notes: Vec<Note> = drifted.into_iter().chain(unshown).collect();
    let plan = decided(facts, want, claim, &change, due);
    Plan { differences: change.differences, notes, ..plan }
}

fn decided(facts: &Facts<'_>, want: &Want<'_>, claim: &Claim, change: &Change<'_>, due: Timestamp) -> Plan {
    let (policies, capabilities) = (facts.situation.policies, facts.account.capabilities);
    let state = change.template.state;
    let standing = || review::standing(facts, change.template, due);
    let is_still = matches!(
        state,
        ReviewState::Disabled | ReviewState::Archived | ReviewState::Deleting | ReviewState::Unknown
    );
    if is_still {
        return standing();
    }
    if change.drift && policies.drift == Drift::Report {
        return match state {
            ReviewState::Approved | ReviewState::Pending => says::blocked(
                Reason::Drifted,
                "somebody else changed it at the provider; this line lets waops bring back what the manifest says",
                [says::policy("drift", "Correct")],
            ),
            _ => standing(),
        };
    }
    if policies.update == Update::Never {
        return says::blocked(
            Reason::UpdatesNever,
            "it differs from the manifest, and update: Never leaves it so; this line lets it be changed",
            [says::policy("update", "Guarded")],
        );
    }
    if let Some(plan) = wanted::refused(claim, want, Some(&change.template.category)) {
        return plan;
    }
    if change.set {
        return call(facts, want, claim, change, Counted::No);
    }
    match state {
        ReviewState::Approved if capabilities.edits_approved => approved(facts, want, claim, change),
        ReviewState::Paused if !capabilities.edits_paused => forbidden("paused"),
        ReviewState::Approved => forbidden("approved"),
        ReviewState::Pending | ReviewState::Suspended if !capabilities.edits_in_review => {
            says::wait(due, Reason::InReview, "the provider reviews it; the change is sent after that")
        }
        _ => call(facts, want, claim, change, Counted::No),
    }
}

/// The way out that always works: another name.
fn forbidden(state: &str) -> Plan {
    let why = format!("a template that is {state} cannot be changed at this provider");
    let message = format!(
        "{why}; declare the new text as a new WhatsAppTemplate under a new name, and delete this one once the new \
         one is approved and nobody sends this one any more"
    );
    let plan = says::blocked(Reason::ProviderForbids, message, []);
    Plan { consequences: vec![Consequence::ProviderForbids(why)], ..plan }
}

fn approved(facts: &Facts<'_>, want: &Want<'_>, claim: &Claim, change: &Change<'_>) -> Plan {
    let quotas = facts.account.capabilities.approved_edits;
    let spends = quota::spends(quotas, &claim.edits, facts.now());
    let consequences = [Some(Consequence::ReentersReview), spends].into_iter().flatten().collect();
    let plan = match quota::allowed_at(quotas, &claim.edits, facts.now()) {
        Some(until) => says::wait(
            until,
            Reason::EditsUsedUp,
            format!("the edits that the provider allows are used up; the change is sent at {until}"),
        ),
        None => call(facts, want, claim, change, Counted::Yes),
    };
    Plan { consequences, ..plan }
}

/// Whether an edit counts against the quota: only those of approved templates do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    Yes,
    No,
}

fn call(facts: &Facts<'_>, want: &Want<'_>, claim: &Claim, change: &Change<'_>, counted: Counted) -> Plan {
    let id = change.template.id.clone();
    let intent = facts.intent(Operation::Update, Some(&id), want.content.hash());
    let mut claim = claim.clone();
    claim.edits = quota::remembered(facts.account.capabilities.approved_edits, &claim.edits, facts.now());
    if counted == Counted::Yes {
        claim.edits.push(Time(later(facts.now(), facts.situation.times.call)));
    }
    let (call, message) = if change.set {
        (Call::Set(id), "a setting is changed, without a review")
    } else {
        (Call::Update(id), "the template is changed and reviewed again")
    };
    let step = Step::Call { call, claim: Arc::new(claim.intending(intent)) };
    let mut plan = Plan::new(step, Reason::Updating, message);
    // A paused one may go on by itself; once edited, it waits for the review.
    if !change.set && change.template.state == ReviewState::Paused {
        plan.consequences.push(Consequence::ReentersReview);
    }
    plan
}
