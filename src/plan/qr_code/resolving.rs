//! What became of a call whose answer nobody has (claims.md 5 and 11).

use std::sync::Arc;

use jiff::Timestamp;

use super::sight::{Case, adopting, blocked, text};
use crate::api::{Claim, Intent, Operation};
use crate::plan::claim::{Done, SET_BACK, approval};
use crate::plan::facts::Presence;
use crate::plan::reason::Reason;
use crate::plan::step::{Call, Consequence, Kept, Look, Plan, Step};
use crate::qr_code::{Observed, content_hash};

/// Nothing before the call must have ended and shown; then by what a list says that started after that.
pub(super) fn plan(case: &Case<'_>, claim: &Claim, intent: &Intent) -> Plan {
    if let Some(claim) = claim.not_after(case.of.times.latest()) {
        return kept(claim, Kept::Tidied, SET_BACK);
    }
    let ready = case.of.times.settled(intent.deadline.0);
    if case.of.times.now < ready {
        let message = "nobody knows yet what became of a call; the provider gets a little time to show it";
        return Plan::new(Step::Wait { until: ready }, Reason::Resolving, message);
    }
    if !case.listed_since(ready) {
        return looking(Look::List(ready));
    }
    let at_stake = intent.from.as_ref().or(claim.code.as_ref());
    match (intent.operation, case.of.seen.own) {
        (Operation::Create, _) => created(case, claim),
        // What is seen is never believed to be ours but by the claim.
        (_, Presence::Here(own)) if at_stake.is_none_or(|code| code != own.code.as_str()) => {
            case.unseen(Reason::Resolving)
        }
        (_, Presence::Unknown) => case.unseen(Reason::Resolving),
        (_, Presence::Unlisted) => looking(Look::Exact(ready)),
        (Operation::Update, Presence::Here(own)) => updated(case, claim, intent, own),
        (Operation::Update, Presence::Absent) => replaced(case, claim),
        (Operation::Delete, Presence::Here(own)) => not_deleted(case, claim, own),
        (Operation::Delete, Presence::Absent) => deleted(case, claim),
    }
}

fn created(case: &Case<'_>, claim: &Claim) -> Plan {
    match outcome(case) {
        Outcome::Unclear => ambiguous(case),
        Outcome::Ours(code) => taken(case, claim, code),
        Outcome::None => missed(case, claim, || {
            let message = "the call to make it was not carried out; it is made again";
            kept(claim.abandoning(case.of.times.now), Kept::NotDone, message)
        }),
    }
}

/// The code is there. Beside it a new one, where updates make new ones: that one, and the old one dies as was
/// approved, even if somebody gave it the new text meanwhile. In place: done. Otherwise not done.
fn updated(case: &Case<'_>, claim: &Claim, intent: &Intent, own: &Observed) -> Plan {
    let keeps = case.account.capabilities.update_keeps_code;
    let outcome = if keeps { Outcome::None } else { outcome(case) };
    let now = case.of.times.now;
    match outcome {
        Outcome::Ours(new) => superseding(case, &with(case, claim, new), own),
        _ if content_hash(&own.message) == intent.text_hash => taken(case, claim, own),
        Outcome::Unclear => ambiguous(case),
        Outcome::None => {
            let claim = if keeps { claim.settled(Done::Nothing, now) } else { claim.unchanged(now) };
            kept(claim, Kept::NotDone, "the call to change it was not carried out; it is made again")
        }
    }
}

/// A change that was given up and happened late all the same: the code that it changed is gone, and a new one has its
/// content. That one is ours as it would have been in time (claims.md 11).
pub(super) fn belated(case: &Case<'_>, claim: &Claim) -> Option<Plan> {
    let change = |code: &Observed| {
        let hash = content_hash(&code.message);
        claim.abandoned.iter().any(|call| call.from.is_some() && call.text_hash == hash)
    };
    let [code] = case.of.seen.late else { return None };
    (!case.account.capabilities.update_keeps_code && change(code)).then(|| {
        let mut claim = Claim {
            code: Some(code.code.to_string()),
            content_hash: Some(content_hash(&code.message)),
            refused: None,
            ..claim.next()
        };
        for call in claim.abandoned.extract_if(.., |call| call.from.is_some()).collect::<Vec<_>>() {
            claim.spend(approval(&call.from.unwrap_or_default(), &call.text_hash));
        }
        let message = format!("a change that was given up was carried out late; the code is {}", code.code);
        kept(claim, Kept::Done, message)
    })
}

/// The code is gone: the new one is ours, or in two lists there is none.
fn replaced(case: &Case<'_>, claim: &Claim) -> Plan {
    let outcome = if case.account.capabilities.update_keeps_code { Outcome::None } else { outcome(case) };
    match outcome {
        Outcome::Unclear => ambiguous(case),
        Outcome::Ours(code) => taken(case, claim, code),
        Outcome::None => missed(case, claim, || {
            let message =
                "the code is gone at the provider, and no other came of the change; another is made";
            kept(claim.vanished(case.of.times.now), Kept::Vanished, message)
        }),
    }
}

fn not_deleted(case: &Case<'_>, claim: &Claim, own: &Observed) -> Plan {
    if claim.intent.as_ref().is_some_and(|intent| claim.replaced_by(intent)) {
        return superseding(case, claim, own);
    }
    let message = "the call to delete it was not carried out";
    kept(claim.settled(Done::Nothing, case.of.times.now), Kept::NotDone, message)
}

fn deleted(case: &Case<'_>, claim: &Claim) -> Plan {
    case.suspicious().unwrap_or_else(|| {
        let message = "the code is gone at the provider, as it should be";
        kept(claim.settled(Done::Deleted, case.of.times.now), Kept::Done, message)
    })
}

/// Deletes a code that a newer one has replaced. One write takes the new one and remembers the old one, as what the
/// intent is about: so a crash loses neither, and neither does a call that fails.
fn superseding(case: &Case<'_>, claim: &Claim, old: &Observed) -> Plan {
    let code = old.code.to_string();
    let claim = Arc::new(claim.intending(case.intent_to_delete(&code)));
    let message = format!("the code {code} was replaced and is still live; it is deleted");
    let step = Step::Call { call: Call::Delete(code.clone()), claim };
    Plan {
        consequences: vec![Consequence::KillsPrintedCode(code)],
        differences: text(Some(&old.message), None),
        ..Plan::new(step, Reason::Updating, message)
    }
}

/// What a list says about the outcome.
enum Outcome<'a> {
    /// Ours.
    Ours(&'a Observed),
    /// There is none, or older objects have it.
    None,
    /// More than can be told apart.
    Unclear,
}

/// The oldest objects take what is there, as long as there is not more than calls were made. A person may have named
/// the one.
fn outcome<'a>(case: &Case<'a>) -> Outcome<'a> {
    let seen = &case.of.seen;
    let is_named = |code: &&&Observed| named(case) == Some(code.code.as_str());
    if seen.adopt_owner.is_none()
        && let Some(code) = seen.outcome.iter().chain(seen.similar).find(is_named)
    {
        return Outcome::Ours(code);
    }
    if !seen.similar.is_empty() || seen.outcome.len() > seen.open_intents {
        return Outcome::Unclear;
    }
    let mut codes = seen.outcome.to_vec();
    codes.sort_unstable_by(|one, other| one.code.cmp(&other.code));
    codes.get(seen.older_intents).map_or(Outcome::None, |code| Outcome::Ours(code))
}

/// Nothing is chosen and nothing is made.
fn ambiguous(case: &Case<'_>) -> Plan {
    let codes = || case.of.seen.outcome.iter().chain(case.of.seen.similar).map(|code| code.code.as_str());
    let named: Vec<&str> = codes().collect();
    let message = format!(
        "any of the codes {} could be what an unclear call made; name the one, or delete the others at the provider",
        named.join(", ")
    );
    blocked(Reason::Ambiguous, adopting(codes()), message)
}

/// The claim with this outcome, and the content that is really there.
fn with(case: &Case<'_>, claim: &Claim, code: &Observed) -> Claim {
    let mut claim = claim.settled(Done::Code(code.code.to_string()), case.of.times.now);
    claim.content_hash = Some(content_hash(&code.message));
    claim.adopted |= named(case) == Some(code.code.as_str());
    claim
}

/// The code that a person says is the one.
fn named<'a>(case: &Case<'a>) -> Option<&'a str> {
    case.of.desired.ok().and_then(|desired| desired.adopt.as_deref())
}

fn taken(case: &Case<'_>, claim: &Claim, code: &Observed) -> Plan {
    kept(with(case, claim, code), Kept::Done, format!("the call was carried out; the code is {}", code.code))
}

/// What was seen before the clock jumped proves nothing about how long ago that was.
fn missed(case: &Case<'_>, claim: &Claim, then: impl FnOnce() -> Plan) -> Plan {
    let since =
        claim.intent.as_ref().map_or(Timestamp::MIN, |intent| case.of.times.settled(intent.deadline.0));
    let message = "a list did not show what became of a call; a second one, a little later, decides";
    case.missing(claim, since, (Reason::Resolving, message), then)
}

fn looking(look: Look) -> Plan {
    let message = "nobody knows yet what became of a call; the provider's codes are looked at";
    Plan::new(Step::Look(look), Reason::Resolving, message)
}

fn kept(claim: Claim, why: Kept, message: impl Into<String>) -> Plan {
    Plan::new(Step::Keep { claim: Arc::new(claim), why }, Reason::Resolving, message)
}
