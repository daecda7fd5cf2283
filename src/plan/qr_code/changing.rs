//! An object that owns a code: is it live as written, and may it be changed (claims.md 9 and 10)?

use std::sync::Arc;

use jiff::Timestamp;

use super::making::taken;
use super::sight::{Case, blocked, text};
use crate::api::{Claim, Drift, Operation, Update};
use crate::plan::claim::approval;
use crate::plan::facts::{Peer, Presence};
use crate::plan::reason::Reason;
use crate::plan::step::{Call, Consequence, Kept, Look, Note, Plan, Step};
use crate::qr_code::{Desired, Observed, content_hash};

/// So many digits of a content hash are offered.
const DIGITS: usize = 8;

/// The code a claim owns, and what the manifest wants of it.
#[derive(Clone, Copy)]
struct Owned<'a> {
    case: &'a Case<'a>,
    claim: &'a Claim,
    code: &'a str,
    desired: &'a Desired,
    hash: &'a str,
}

/// First whether it is ours alone, then whether it is there, then whether it says what it should.
pub(super) fn plan(case: &Case<'_>, claim: &Claim, code: &str, desired: &Desired) -> Plan {
    if let Some(peer) = first_owner(case, claim, code) {
        return yielding(claim, code, peer);
    }
    let hash = content_hash(&desired.message);
    let owned = Owned { case, claim, code, desired, hash: &hash };
    match case.of.seen.own {
        Presence::Unknown => case.unseen(Reason::Observing),
        Presence::Unlisted => {
            let message = format!("the code {code} is missing in the provider's list; it is read by itself");
            Plan::new(Step::Look(Look::Exact(case.of.times.now)), Reason::Observing, message)
        }
        Presence::Absent => {
            let message = format!("the code {code} is missing in the provider's list; a second one decides");
            case.missing(claim, Timestamp::MIN, (Reason::Missing, &message), || vanished(owned))
        }
        Presence::Here(live) => here(owned, live),
    }
}

/// The other object that has the code as well, and keeps it.
fn first_owner<'a>(case: &Case<'a>, claim: &Claim, code: &str) -> Option<&'a Peer<'a>> {
    let has = |peer: &Peer<'_>| peer.claim.is_some_and(|theirs| theirs.code.as_deref() == Some(code));
    case.of.peers.iter().find(|peer| has(peer) && peer.keeps(&case.of.subject, claim))
}

fn yielding(claim: &Claim, code: &str, peer: &Peer<'_>) -> Plan {
    let claim = Claim { code: None, content_hash: None, adopted: false, ..claim.next() };
    let step = Step::Keep { claim: Arc::new(claim), why: Kept::Yielded(peer.key.clone()) };
    Plan::new(step, Reason::Taken, format!("{} has the code {code}, and keeps it", peer.key))
}

fn vanished(owned: Owned<'_>) -> Plan {
    let message = format!("the code {} is gone at the provider; another is made", owned.code);
    let claim = Arc::new(owned.claim.vanished(owned.case.of.times.now));
    Plan {
        notes: vec![Note::Replaced(owned.code.to_owned())],
        ..Plan::new(Step::Keep { claim, why: Kept::Vanished }, Reason::Creating, message)
    }
}

fn here(owned: Owned<'_>, live: &Observed) -> Plan {
    let case = owned.case;
    let is_live = content_hash(&live.message) == owned.hash;
    let was_delivered = owned.claim.content_hash.as_deref() == Some(owned.hash);
    let is_fresh = case.listed_since(case.stale_before());
    match (is_live, was_delivered) {
        (true, true) if !is_fresh => Plan::new(
            Step::Look(Look::List(case.stale_before())),
            Reason::Live,
            format!("the code {} was live when it was looked at last", owned.code),
        ),
        _ if !is_fresh => Plan::new(
            Step::Look(Look::List(case.stale_before())),
            Reason::Observing,
            "the provider's codes are listed",
        ),
        (true, true) => as_written(owned),
        (true, false) => {
            let claim = Claim { content_hash: Some(owned.hash.to_owned()), ..owned.claim.next() };
            let step = Step::Keep { claim: Arc::new(claim), why: Kept::Tidied };
            Plan::new(step, Reason::Live, format!("the code {} has this message already", owned.code))
        }
        (false, true) => drifted(owned, live),
        (false, false) => taken(case, owned.desired).unwrap_or_else(|| changed(owned, live)),
    }
}

/// What was remembered of old calls is forgotten in time.
fn as_written(owned: Owned<'_>) -> Plan {
    let now = owned.case.of.times.now;
    let message = format!("the code {} is live as written", owned.code);
    if owned.claim.abandoned.iter().all(|call| call.until.0 > now) {
        return Plan::new(Step::Nothing, Reason::Live, message);
    }
    let mut claim = owned.claim.next();
    claim.abandoned.retain(|call| call.until.0 > now);
    Plan::new(Step::Keep { claim: Arc::new(claim), why: Kept::Tidied }, Reason::Live, message)
}

/// The manifest wants another text than was delivered.
fn changed(owned: Owned<'_>, live: &Observed) -> Plan {
    let policy = owned.case.of.policies.update;
    let rotates = !owned.case.account.capabilities.update_keeps_code;
    let plan = match policy {
        Update::Never => blocked(
            Reason::UpdatesNever,
            vec!["policies: {update: Guarded}".to_owned()],
            "the policy `update: Never` leaves the code with its old message; change the policy, or undo the change",
        ),
        Update::Guarded if rotates => match granted(owned) {
            None => approval_needed(owned),
            granted => updating(owned, granted),
        },
        Update::Guarded | Update::Automatic => updating(owned, None),
    };
    priced(owned, live, plan)
}

/// Somebody else changed the text. An approval never counts for that: it was given for a change of the manifest.
fn drifted(owned: Owned<'_>, live: &Observed) -> Plan {
    let policies = owned.case.of.policies;
    let rotates = !owned.case.account.capabilities.update_keeps_code;
    let message = |then: &str| format!("somebody changed the message of the code {}; {then}", owned.code);
    let mut plan = match (policies.drift, policies.update) {
        (Drift::Report, _) => {
            Plan::new(Step::Nothing, Reason::Drifted, message("the policy `drift: Report` leaves it so"))
        }
        (Drift::Correct, Update::Never) => blocked(
            Reason::Drifted,
            vec!["policies: {drift: Report}".to_owned()],
            message("the policy `update: Never` leaves it so"),
        ),
        (Drift::Correct, Update::Guarded) if rotates => blocked(
            Reason::Drifted,
            vec!["policies: {update: Automatic}".to_owned(), "policies: {drift: Report}".to_owned()],
            message("to change it back would kill what is printed with it; allow that, or leave it so"),
        ),
        (Drift::Correct, _) => updating(owned, None),
    };
    plan.notes.push(Note::Drifted);
    if policies.drift == Drift::Report {
        plan.differences = text(Some(&live.message), Some(&owned.desired.message));
        return plan;
    }
    priced(owned, live, plan)
}

/// The line in the manifest, where it is for this code and this content and was never used.
fn granted(owned: Owned<'_>) -> Option<String> {
    let given = owned.desired.approve.as_ref()?;
    let fits = given.code == owned.code && owned.hash.starts_with(&given.hash);
    let line = approval(owned.code, owned.hash);
    (fits && !owned.claim.spent.contains(&line)).then_some(line)
}

fn approval_needed(owned: Owned<'_>) -> Plan {
    let code = owned.code;
    let digits = owned.hash.get(..DIGITS).unwrap_or(owned.hash);
    let line = format!("approve: {code}@{digits}");
    let is_spent = owned.claim.spent.contains(&approval(code, owned.hash));
    let (line, what) = if is_spent {
        ("policies: {update: Automatic}".to_owned(), "the approval was used already")
    } else {
        (line, "approve it with the line, or undo the change")
    };
    let message = format!("the new message would kill everything printed with the code {code}; {what}");
    blocked(Reason::ApprovalNeeded, vec![line], message)
}

/// The approval is used up with the intent, and given back only if that is found not done.
fn updating(owned: Owned<'_>, line: Option<String>) -> Plan {
    let mut claim =
        owned.claim.intending(owned.case.intent(Operation::Update, Some(owned.code), owned.desired));
    let consequences = line.iter().cloned().map(Consequence::SpendsApproval).collect();
    if let Some(line) = line {
        claim.spend(line);
    }
    let step = Step::Call { call: Call::Update(owned.code.to_owned()), claim: Arc::new(claim) };
    let message = format!("the message of the code {} is changed", owned.code);
    Plan { consequences, ..Plan::new(step, Reason::Updating, message) }
}

/// With what a change costs and what it changes, whether it happens or waits for leave.
fn priced(owned: Owned<'_>, live: &Observed, mut plan: Plan) -> Plan {
    if !owned.case.account.capabilities.update_keeps_code {
        plan.consequences.insert(0, Consequence::KillsPrintedCode(owned.code.to_owned()));
    }
    plan.differences = text(Some(&live.message), Some(&owned.desired.message));
    plan
}
