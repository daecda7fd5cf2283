//! An object that is to go (claims.md 17-21).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::facts::{Facts, Want, another, owns};
use super::{Situation, holds, resolve, says};
use crate::api::{Claim, Deletion, Operation, ReviewState};
use crate::plan::claim::Standing;
use crate::plan::deletions::{self, Grant};
use crate::plan::facts::{AccountView, Cause, Deleting, Peer, Presence, later};
use crate::plan::reason::Reason;
use crate::plan::step::{Call, Consequence, Note, Plan, Released, Step};
use crate::provider::error::Class;
use crate::template::Observed;

pub(super) fn plan(situation: &Situation<'_>, deleting: Deleting) -> Plan {
    let collateral = is_collateral(situation, deleting.cause);
    match situation.subject.standing {
        Standing::Nothing => says::release(Released::Nothing, None, "it has nothing at the provider"),
        Standing::Unreadable if collateral => says::release(
            Released::Collateral,
            Some("what its claim names, which cannot be read".to_owned()),
            "its claim cannot be read; what it had stays at the provider",
        ),
        Standing::Unreadable => holds::unreadable(Reason::DeletionBlocked),
        Standing::Elsewhere(claim) | Standing::Copy { claim, .. } => says::release(
            Released::NotOurs,
            left(claim),
            "its claim belongs to another; nothing is deleted at the provider",
        ),
        Standing::Ownerless(claim) if collateral => let_go(claim, Released::Collateral),
        Standing::Ownerless(claim) => holds::take(situation, claim),
        Standing::Ours { claim, .. } => ours(situation, deleting, claim, collateral),
    }
}

/// What goes without a person having meant it (claims.md 18).
fn is_collateral(situation: &Situation<'_>, cause: Cause) -> bool {
    let account_is_gone = matches!(situation.account, AccountView::Missing { .. } | AccountView::NotAllowed);
    match cause {
        Cause::Definition | Cause::Leaving => true,
        Cause::Namespace => account_is_gone || !situation.policies.deletes_by_itself,
        Cause::Person => account_is_gone,
    }
}

fn left(claim: &Claim) -> Option<String> {
    match (&claim.template_id, &claim.intent) {
        (Some(id), _) => Some(format!("template {id}")),
        (None, Some(_)) => Some("perhaps a template: nobody knows what became of the last call".to_owned()),
        (None, None) => None,
    }
}

fn let_go(claim: &Claim, why: Released) -> Plan {
    let message = match why {
        Released::Retained => "its policy keeps what it has at the provider",
        Released::Undeletable => "the provider does not delete a disabled template; it stays there",
        _ => "nobody asked for the template itself to be deleted; it stays at the provider",
    };
    says::release(why, left(claim), message)
}

fn ours(situation: &Situation<'_>, deleting: Deleting, claim: &Claim, collateral: bool) -> Plan {
    if claim.template_id.is_none() && claim.intent.is_none() {
        return says::release(Released::Nothing, None, "it has nothing at the provider");
    }
    let retained = situation.policies.deletion(claim.adopted) == Deletion::Retain;
    if let Some(plan) = heirs(situation, deleting, claim, collateral || retained) {
        return plan;
    }
    if collateral {
        return let_go(claim, Released::Collateral);
    }
    if retained {
        return let_go(claim, Released::Retained);
    }
    let AccountView::Here(account) = situation.account else { return let_go(claim, Released::Collateral) };
    let facts = Facts { situation, account };
    if let Some(plan) = unreachable(&facts, deleting.cause, claim) {
        return plan;
    }
    if let Some(plan) = holds::by_clock(situation, claim) {
        return plan;
    }
    if let Some(intent) = &claim.intent {
        let want = situation.desired.ok().map(|desired| Want { desired, content: desired.content() });
        let plan = resolve::plan(&facts, want.as_ref(), claim, intent);
        return match plan.step {
            // It was deleted: nothing is left to be written down.
            Step::Keep { claim: after, .. } if after.template_id.is_none() && after.intent.is_none() => {
                let why =
                    if intent.operation == Operation::Delete { Released::Deleted } else { Released::Nothing };
                says::release(why, None, "nothing of it is left at the provider")
            }
            // What is there is not ours, so nothing is ours to delete.
            Step::Conflict { .. } => {
                says::release(Released::NotOurs, left(claim), "what is there is not certainly ours")
            }
            _ => plan,
        };
    }
    match &claim.template_id {
        Some(id) => delete(&facts, deleting, claim, id),
        None => says::release(Released::Nothing, None, "it has nothing at the provider"),
    }
}

fn handing_over(until: Timestamp, heir: &Peer<'_>, message: String) -> Plan {
    let notes = vec![Note::HandsOver(heir.key.clone())];
    Plan { notes, ..says::wait(until, Reason::Deleting, message) }
}

/// Another object that wants the same inherits it before this one goes (claims.md 7).
fn heirs(situation: &Situation<'_>, deleting: Deleting, claim: &Claim, stays: bool) -> Option<Plan> {
    let id = claim.template_id.as_deref()?;
    let mut living = situation.peers.iter().filter(|peer| !peer.deleting);
    let until = deletions::inherited(deleting.since, situation.times.now);
    if let Some(heir) = living.clone().find(|peer| owns(peer, id, claim.template.as_deref())) {
        let message = format!("{} has inherited the template", heir.key);
        if !heir.stands && situation.times.now < until {
            let message = format!("{message}, which is still to be written in its status too");
            return Some(handing_over(until, heir, message));
        }
        return Some(says::release(Released::Inherited(heir.key.clone()), None, message));
    }
    // Who wants what the manifest was renamed to does not want what this one has.
    let is_another = situation.desired.is_ok_and(|desired| another(claim, desired).is_some());
    let heir = living.find(|peer| peer.wants && !is_another)?;
    let is_gone = match situation.seen.own {
        Presence::Absent => true,
        Presence::Here(template) => template.id != id,
        Presence::Unlisted | Presence::Unknown => false,
    };
    if is_gone || claim.intent.is_some() {
        return None;
    }
    if situation.times.now < until {
        let message = format!("{} wants the same template and is about to inherit it", heir.key);
        return Some(handing_over(until, heir, message));
    }
    // What stays where it is the heir finds by its name.
    (!stays).then(|| {
        let message = format!(
            "{} wants the same template and does not take it over; see what holds it, or delete it too",
            heir.key
        );
        says::blocked(Reason::DeletionBlocked, message, [])
    })
}

/// The account cannot be asked. In a dying namespace that ends it, elsewhere somebody must help (claims.md 16, 21).
fn unreachable(facts: &Facts<'_>, cause: Cause, claim: &Claim) -> Option<Plan> {
    let situation = facts.situation;
    let trouble = situation.memory.trouble.as_ref().filter(|trouble| trouble.class == Class::Credentials);
    let why = holds::moved(facts, claim)
        .or_else(|| facts.account.ready.err().map(str::to_owned))
        .or_else(|| trouble.map(|trouble| trouble.why.clone()).filter(|_| cause == Cause::Namespace))
        .or_else(|| situation.subject.suspended.then(|| says::SUSPENDED.to_owned()));
    if let Some(why) = why {
        if cause == Cause::Namespace {
            return Some(let_go(claim, Released::Collateral));
        }
        return Some(blocked(&why));
    }
    let suspicious = facts.account.suspicious?;
    // Where everything goes, nobody else lists.
    Some(holds::agreeing(situation).unwrap_or_else(|| {
        let mut plan = blocked(&suspicious.why);
        if let Step::Blocked { how } = &mut plan.step {
            how.push(suspicious.line.clone());
        }
        plan
    }))
}

fn blocked(why: &str) -> Plan {
    let message = format!("the template cannot be deleted: {why}; or let it go with this line");
    says::blocked(Reason::DeletionBlocked, message, [says::policy("deletion", "Retain")])
}

fn delete(facts: &Facts<'_>, deleting: Deleting, claim: &Claim, id: &str) -> Plan {
    let template = match facts.situation.seen.own {
        Presence::Unknown => return facts.list(),
        Presence::Unlisted => return says::read(facts.now()),
        Presence::Here(template) if template.id == id && template.state != ReviewState::Deleting => template,
        Presence::Absent => {
            let message = format!("the provider's list lacks template {id}; a second look decides");
            let gone = || says::release(Released::Nothing, None, "nothing of it is left at the provider");
            return facts.missing(claim, Timestamp::MIN, (Reason::Missing, &message)).unwrap_or_else(gone);
        }
        // On its way out, or another one in its place.
        Presence::Here(_) => {
            return says::release(Released::Nothing, None, "nothing of it is left at the provider");
        }
    };
    // Only now: a plan that knows what is there tells what comes of it once the wait is over.
    let together = deletions::together(deleting.since, facts.now());
    if facts.now() < together {
        return says::wait(
            together,
            Reason::Deleting,
            "deletions are counted together before the first is made",
        );
    }
    if template.state == ReviewState::Disabled && !facts.account.capabilities.deletes_disabled {
        return let_go(claim, Released::Undeletable);
    }
    // A refused deletion sent no content.
    if let Some(refused) = claim.refused.as_ref().filter(|refused| refused.hash.is_empty()) {
        return blocked(&refused.why);
    }
    // A provider that will not change it knows something of it that is not known here.
    let refused = facts.situation.memory.trouble.as_ref().filter(|trouble| trouble.class == Class::NoEdit);
    let due = refused.map(|trouble| trouble.not_before).filter(|due| *due <= facts.now());
    if due.is_some_and(|due| facts.sighted() < Some(due)) {
        return facts.list();
    }
    match facts.account.deletions {
        Grant::Held { wanted, limit } => says::blocked(
            Reason::DeletionHeld,
            format!(
                "{wanted} deletions within ten minutes are more than the {limit} that are believed without a \
                 question; this line on the account confirms them"
            ),
            [format!("confirmDeletions: {{upTo: {wanted}}}")],
        ),
        Grant::Granted => call(facts, claim, template),
    }
}

fn call(facts: &Facts<'_>, claim: &Claim, template: &Observed) -> Plan {
    let intent = facts.intent(Operation::Delete, Some(&template.id), String::new());
    let step =
        Step::Call { call: Call::Delete(template.id.clone()), claim: Arc::new(claim.intending(intent)) };
    let mut plan = Plan::new(step, Reason::Deleting, "the template is deleted at the provider");
    let was_approved = matches!(
        template.state,
        ReviewState::Approved | ReviewState::Paused | ReviewState::Disabled | ReviewState::Archived
    );
    let lock = facts.account.capabilities.name_lock.filter(|_| was_approved);
    if let Some(lock) = lock.and_then(|lock| SignedDuration::try_from(lock).ok()) {
        plan.consequences.push(Consequence::LocksName { until: later(facts.now(), lock) });
    }
    plan
}
