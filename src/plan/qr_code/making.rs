//! An object that owns no code: another object's, one that exists, or a new one (claims.md 1, 6 and 7).

use std::sync::Arc;

use super::resolving;
use super::sight::{Case, adopting, blocked, made};
use crate::api::{Adoption, Claim, Operation};
use crate::plan::facts::{Peer, Presence};
use crate::plan::reason::Reason;
use crate::plan::step::{Call, Kept, Look, Plan, Step};
use crate::qr_code::{Desired, Observed, content_hash};

/// Peers first, then what the manifest takes over, then what exists, then a new one.
pub(super) fn plan(case: &Case<'_>, desired: &Desired) -> Plan {
    if case.of.phone.is_none() {
        let message = "the provider is asked for the phone number";
        return Plan::new(Step::Look(Look::List(case.of.times.now)), Reason::Observing, message);
    }
    if let Some(peer) = bequest(case, desired) {
        return inheriting(case, peer);
    }
    if let Some(plan) = taken(case, desired) {
        return plan;
    }
    // A line that names what was replaced since, or had and lost, is history, here as where a code is owned.
    let is_gone = case.of.seen.adopt == Presence::Absent;
    let had = |claim: &Claim, code: &str| claim.has_replaced(code) || (is_gone && claim.has_lost(code));
    let is_history = |code: &&String| case.claim.is_some_and(|claim| had(claim, code));
    if let Some(code) = desired.adopt.as_ref().filter(|code| !is_history(code)) {
        return adopt(case, code);
    }
    if let Some(plan) = case.suspicious() {
        return plan;
    }
    if !case.listed_since(case.stale_before()) {
        let message = "the provider's codes are listed before one is made";
        return Plan::new(Step::Look(Look::List(case.stale_before())), Reason::Observing, message);
    }
    let belated = case.claim.and_then(|claim| resolving::belated(case, claim));
    belated.or_else(|| unclaimed(case)).unwrap_or_else(|| creating(case, desired))
}

/// A peer that goes and leaves its code to us: one with this text, or else one whose change to it was not delivered yet,
/// where a change keeps the code. No other heir is older, none has it already, and it is not gone.
fn bequest<'a>(case: &Case<'a>, desired: &Desired) -> Option<&'a Peer<'a>> {
    let hash = content_hash(&desired.message);
    let peers = case.of.peers;
    if peers.iter().any(|peer| living(peer) && !owns_any(peer) && older(case, peer)) {
        return None;
    }
    let heir_of = |claim: &Claim, code: &str| {
        let mut kept =
            peers.iter().filter(|peer| !peer.deleting).filter_map(|peer| peer.claim?.code.as_deref());
        desired
            .adopt
            .as_deref()
            .is_none_or(|adopt| adopt == code || claim.has_replaced(adopt) || claim.has_lost(adopt))
            && kept.all(|kept| kept != code)
    };
    let is_delivered =
        |peer: &Peer<'_>| peer.claim.is_some_and(|claim| claim.content_hash.as_deref() == Some(&hash));
    let leaves = |peer: &&Peer<'_>| {
        peer.deleting
            && !peer.bereft
            && (is_delivered(peer) || (peer.wants && case.account.capabilities.update_keeps_code))
            && peer.claim.is_some_and(|claim| {
                claim.intent.is_none() && claim.code.as_deref().is_some_and(|code| heir_of(claim, code))
            })
    };
    peers.iter().filter(leaves).min_by_key(|peer| (!is_delivered(peer), peer.created, peer.uid))
}

/// The claim is written at the heir first; the other lets it go when it sees that.
fn inheriting(case: &Case<'_>, peer: &Peer<'_>) -> Plan {
    let theirs = peer.claim.cloned().unwrap_or_default();
    let mut claim = case.base().next();
    claim.phone = theirs.phone.or(claim.phone);
    claim.code = theirs.code;
    claim.content_hash = theirs.content_hash;
    claim.adopted = theirs.adopted;
    claim.refused = None;
    for line in theirs.spent {
        claim.spend(line);
    }
    let message = format!("it inherits the code of {}, which goes", peer.key);
    let step = Step::Keep { claim: Arc::new(claim), why: Kept::Inherited(peer.key.clone()) };
    Plan::new(step, Reason::Adopting, message)
}

/// The text belongs to another object, unless a second code is meant (claims.md 7). Who owns it already goes first,
/// then the older, then the lower UID.
pub(super) fn taken(case: &Case<'_>, desired: &Desired) -> Option<Plan> {
    let hash = content_hash(&desired.message);
    let owns_nothing = case.claim.is_none_or(|claim| claim.code.is_none());
    let first = |peer: &&Peer<'_>| {
        let is_hash = |other: &str| other == hash;
        let intent = peer.claim.and_then(|claim| claim.intent.as_ref());
        let makes = intent.is_some_and(|intent| is_hash(&intent.text_hash));
        let owns =
            owns_any(peer) && peer.claim.and_then(|claim| claim.content_hash.as_deref()).is_some_and(is_hash);
        // What it leaves to us is not certain yet.
        let leaves = owns_nothing && peer.deleting && intent.is_some();
        makes || leaves || (living(peer) && (owns || older(case, peer)))
    };
    let peer = case.of.peers.iter().filter(first).min_by_key(|peer| (peer.created, peer.uid))?;
    (!desired.duplicates_allowed).then(|| {
        let message = format!(
            "{} has this message on this phone number; change one of the two, or write `duplicates: Allow`",
            peer.key
        );
        Plan::new(Step::Conflict { with: Some(peer.key.clone()) }, Reason::Taken, message)
    })
}

fn living(peer: &Peer<'_>) -> bool {
    peer.wants && !peer.deleting
}

fn owns_any(peer: &Peer<'_>) -> bool {
    peer.claim.is_some_and(|claim| claim.code.is_some())
}

fn older(case: &Case<'_>, peer: &Peer<'_>) -> bool {
    (peer.created, peer.uid) < (case.of.subject.created, case.of.subject.uid)
}

/// The code that the manifest names.
fn adopt(case: &Case<'_>, code: &str) -> Plan {
    if let Some(owner) = case.of.seen.adopt_owner {
        let message =
            format!("{owner} has the code {code}; remove `adopt` here, or delete the other object first");
        return Plan::new(Step::Conflict { with: Some(owner.clone()) }, Reason::Taken, message);
    }
    if case.of.policies.adoption == Adoption::Never {
        let how = vec!["policies: {adoption: Ask}".to_owned()];
        let message =
            format!("the policy `adoption: Never` forbids to take over the code {code}; remove `adopt`");
        return blocked(Reason::AdoptionImpossible, how, message);
    }
    match case.of.seen.adopt {
        Presence::Here(found) => adopted(case, found),
        Presence::Unknown => case.unseen(Reason::Observing),
        Presence::Unlisted => {
            let message = format!("the provider is asked for the code {code}");
            Plan::new(Step::Look(Look::Exact(case.of.times.now)), Reason::Observing, message)
        }
        // One list may lack it, and it may be made yet.
        Presence::Absent if !case.listed_since(case.stale_before()) => {
            let message = format!("the code {code} was not live when the provider's codes were listed last");
            Plan::new(Step::Look(Look::List(case.stale_before())), Reason::Observing, message)
        }
        Presence::Absent => case.suspicious().unwrap_or_else(|| {
            let message = format!(
                "the code {code} is not live on this phone number; correct `adopt`, or remove it to have one made"
            );
            blocked(Reason::AdoptionImpossible, Vec::new(), message)
        }),
    }
}

/// Takes over a code with the text that it has; another text is a change like any other.
fn adopted(case: &Case<'_>, found: &Observed) -> Plan {
    let claim = Claim {
        code: Some(found.code.to_string()),
        content_hash: Some(content_hash(&found.message)),
        adopted: true,
        refused: None,
        ..case.base().next()
    };
    let message = format!("the code {} is taken over", found.code);
    let step = Step::Keep { claim: Arc::new(claim), why: Kept::Adopted };
    Plan::new(step, Reason::Adopting, message)
}

/// A live code with this text that nobody claims may be the one that was lost sight of (claims.md 6). That a second
/// one is meant (`duplicates: Allow`) does not say that it is not.
fn unclaimed(case: &Case<'_>) -> Option<Plan> {
    let codes = case.of.seen.same_text;
    match (case.of.policies.adoption, codes) {
        (_, []) | (Adoption::Never, _) => None,
        (Adoption::IfIdentical | Adoption::Always, [code]) => Some(adopted(case, code)),
        _ => {
            let named: Vec<&str> = codes.iter().map(|code| code.code.as_str()).collect();
            let mut how = adopting(named.iter().copied());
            how.push("policies: {adoption: Never}".to_owned());
            let message = format!(
                "a code with this message is live already and belongs to no object: {}; take it over, or have another \
                 made",
                named.join(", ")
            );
            Some(blocked(Reason::AdoptionNeeded, how, message))
        }
    }
}

fn creating(case: &Case<'_>, desired: &Desired) -> Plan {
    // What is made is ours, also where a code that was taken over is gone.
    let base = Claim { adopted: false, ..case.base() };
    let claim = base.intending(case.intent(Operation::Create, None, desired));
    let step = Step::Call { call: Call::Create, claim: Arc::new(claim) };
    Plan { differences: made(desired), ..Plan::new(step, Reason::Creating, "a code is made") }
}
