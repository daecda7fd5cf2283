//! An object that is to go (claims.md 17 to 21).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::sight::{Case, blocked, text};
use super::{Situation, owning, resolving};
use crate::api::{Claim, Deletion, Operation};
use crate::plan::claim::Standing;
use crate::plan::deletions::{self, Grant};
use crate::plan::facts::{AccountView, Cause, Deleting, Key, Peer, Presence, later};
use crate::plan::reason::Reason;
use crate::plan::step::{Call, Consequence, Note, Plan, Released, Step};
use crate::qr_code::content_hash;

/// How often an heir is looked at.
const HEIR: SignedDuration = SignedDuration::from_secs(10);

/// Whose it is, then what may be left behind, then what must be known, then the delete.
pub(super) fn plan(of: &Situation<'_>, deleting: Deleting) -> Plan {
    let claim = match of.subject.standing {
        Standing::Nothing => return released(Released::Nothing, "it never had a code"),
        Standing::Elsewhere(claim) => {
            let message = "another installation of waops looks after its code, which stays";
            return leaving(released(Released::NotOurs, message), claim);
        }
        Standing::Copy { of: original, .. } => {
            return released(Released::NotOurs, format!("it is a copy of {original}, which keeps the code"));
        }
        Standing::Unreadable => return unreadable(of, deleting),
        Standing::Ours { claim, .. } | Standing::Ownerless(claim) => claim,
    };
    if claim.code.is_none() && claim.intent.is_none() {
        return released(Released::Nothing, "nothing of it is left at the provider");
    }
    collateral(of, deleting, claim).unwrap_or_else(|| wanted(of, deleting, claim))
}

/// Goes because something else goes: never deletes (claims.md 18).
fn collateral(of: &Situation<'_>, deleting: Deleting, claim: &Claim) -> Option<Plan> {
    let why = match (deleting.cause, &of.account) {
        (Cause::Definition, _) => "its CustomResourceDefinition goes",
        (Cause::Leaving, _) => "waops lets everything go",
        (Cause::Namespace, _) if !of.policies.deletes_by_itself => "its namespace goes",
        (_, AccountView::Missing { seen: false }) => "nobody here looks after the namespace of its account",
        (_, AccountView::Missing { seen: true }) => "its account is gone",
        (_, AccountView::NotAllowed) => "its account does not allow this namespace any more",
        _ => return None,
    };
    Some(let_go(claim, why))
}

fn let_go(claim: &Claim, why: &str) -> Plan {
    let message = match owned(claim).collect::<Vec<_>>().as_slice() {
        [] => format!("{why}; a call of which nobody knows the end may have left a code at the provider"),
        [code] => format!("{why}; the code {code} stays at the provider"),
        codes => format!("{why}; the codes {} stay at the provider", codes.join(" and ")),
    };
    leaving(released(Released::Collateral, message), claim)
}

/// Goes because it is meant to.
fn wanted(of: &Situation<'_>, deleting: Deleting, claim: &Claim) -> Plan {
    let retains = of.policies.deletion(claim.adopted) == Deletion::Retain;
    if let Some(plan) = inherited(of, deleting, claim, retains) {
        return plan;
    }
    let account = match owning::account(of) {
        Ok(account) => account,
        Err(_) if retains => return retained(claim),
        Err(_) if deleting.cause == Cause::Namespace => return let_go(claim, "its namespace goes"),
        Err(plan) => return needing(&plan.message),
    };
    if let Some(plan) = owning::not_ours(of) {
        return if retains { retained(claim) } else { plan };
    }
    let case = Case { of, account, claim: Some(claim) };
    if let Some(intent) = &claim.intent {
        let plan = resolving::plan(&case, claim, intent);
        return match plan.step {
            Step::Blocked { .. } if retains => retained(claim),
            Step::Blocked { .. } => needing(&plan.message),
            _ => plan,
        };
    }
    let Some(code) = claim.code.as_deref().filter(|_| !retains) else { return retained(claim) };
    delete(&case, deleting, claim, code)
}

fn delete(case: &Case<'_>, deleting: Deleting, claim: &Claim, code: &str) -> Plan {
    let of = case.of;
    if of.seen.own == Presence::Absent && case.account.suspicious.is_none() {
        let message = format!("the code {code} is missing in the provider's list; a second one decides");
        return case.missing(claim, Timestamp::MIN, (Reason::Missing, &message), || {
            resolving::belated(case, claim).unwrap_or_else(|| {
                released(Released::Deleted, format!("the code {code} is gone at the provider"))
            })
        });
    }
    let counted = deletions::together(deleting.since, of.times.now);
    if of.times.now < counted {
        let message = "it waits a moment, so that many deletions at once are noticed";
        return Plan::new(Step::Wait { until: counted }, Reason::Deleting, message);
    }
    if let Grant::Held { wanted, limit } = case.account.deletions {
        let how = vec![format!("confirmDeletions: {{upTo: {wanted}}}")];
        let message = format!(
            "{wanted} objects are to be deleted within ten minutes, which is more than the {limit} believed without a \
             question; confirm that on the account {}",
            of.subject.account
        );
        return blocked(Reason::DeletionHeld, how, message);
    }
    let claim = Arc::new(claim.intending(case.intent_to_delete(code)));
    let step = Step::Call { call: Call::Delete(code.to_owned()), claim };
    Plan {
        consequences: vec![Consequence::KillsPrintedCode(code.to_owned())],
        differences: of.seen.own.here().map(|live| text(Some(&live.message), None)).unwrap_or_default(),
        ..Plan::new(step, Reason::Deleting, format!("the code {code} is deleted"))
    }
}

/// Another object has the code, or wants it and is given the time to take it (claims.md 7).
fn inherited(of: &Situation<'_>, deleting: Deleting, claim: &Claim, retains: bool) -> Option<Plan> {
    let code = claim.code.as_deref()?;
    let (now, enough) = (of.times.now, deletions::inherited(deleting.since, of.times.now));
    let wait = |heir: Option<&Key>, message: String| {
        let until = later(now, HEIR).min(enough);
        let notes = heir.cloned().map(Note::HandsOver).into_iter().collect();
        Some(Plan { notes, ..Plan::new(Step::Wait { until }, Reason::Deleting, message) })
    };
    if let Some(peer) = of.peers.iter().find(|peer| has(of, peer, code)) {
        let key = peer.key;
        let message = format!("{key} has inherited the code {code}");
        // One that goes too may be about to leave the code to us.
        let holds = if peer.deleting { deletes(peer) } else { peer.stands };
        if !holds && now < enough {
            let heir = (!peer.deleting).then_some(key);
            return wait(heir, format!("{message}; it is still to be seen that it keeps it"));
        }
        return Some(released(Released::Inherited(key.clone()), message));
    }
    let is_gone = of.seen.own == Presence::Absent;
    let heir = heir(of, claim).filter(|_| claim.intent.is_none() && !is_gone)?;
    if now < enough {
        let message = format!("{heir} wants the same message and is about to inherit the code {code}");
        return wait(Some(&heir), message);
    }
    let held = format!("{heir} wants the same message and does not take the code {code} over");
    match deleting.cause {
        // What stays where it is the heir finds by its text.
        _ if retains => None,
        Cause::Namespace => Some(let_go(claim, "its namespace goes")),
        _ => Some(needing(&format!("{held}; see what holds that one, or delete it too"))),
    }
}

/// Of two that have one code and both go, the older lets go and the younger decides.
fn has(of: &Situation<'_>, peer: &Peer<'_>, code: &str) -> bool {
    let younger = (peer.created, peer.uid) > (of.subject.created, of.subject.uid);
    peer.claim.is_some_and(|claim| claim.code.as_deref() == Some(code)) && (!peer.deleting || younger)
}

/// Whether it is certain to delete what it has.
fn deletes(peer: &Peer<'_>) -> bool {
    let intent = peer.claim.and_then(|claim| claim.intent.as_ref());
    intent.is_some_and(|intent| intent.operation == Operation::Delete)
}

/// Who wants this text and has nothing, while nobody else has it. A text that was not delivered yet counts where its
/// change keeps the code.
fn heir(of: &Situation<'_>, claim: &Claim) -> Option<Key> {
    let delivered = claim.content_hash.clone();
    let wanted =
        of.desired.map_or_else(|_| delivered.clone(), |desired| Some(content_hash(&desired.message)));
    let keeps_code =
        matches!(of.account, AccountView::Here(account) if account.capabilities.update_keeps_code);
    if wanted != delivered && !keeps_code {
        return None;
    }
    let mut waiting = of.peers.iter().filter(|peer| peer.wants && !peer.deleting);
    if waiting
        .clone()
        .any(|peer| peer.claim.is_some_and(|claim| claim.code.is_some() && claim.content_hash == wanted))
    {
        return None;
    }
    let has_nothing =
        |peer: &&Peer<'_>| peer.claim.is_none_or(|claim| claim.code.is_none() && claim.intent.is_none());
    waiting.find(has_nothing).map(|peer| peer.key.clone())
}

fn unreadable(of: &Situation<'_>, deleting: Deleting) -> Plan {
    let by_itself = deleting.cause == Cause::Person || of.policies.deletes_by_itself;
    if !by_itself || matches!(of.account, AccountView::Missing { .. } | AccountView::NotAllowed) {
        return released(Released::Collateral, "its claim cannot be read; a code may stay at the provider");
    }
    if of.policies.deletion(false) == Deletion::Retain {
        return released(Released::Retained, "its claim cannot be read; a code may stay at the provider");
    }
    needing("its annotation waops.dev/claim cannot be read; update waops, or restore the annotation")
}

fn retained(claim: &Claim) -> Plan {
    leaving(released(Released::Retained, "its code stays at the provider, as `deletion: Retain` says"), claim)
}

/// A delete always ends: this says by what (claims.md 21).
fn needing(what: &str) -> Plan {
    let how = vec!["policies: {deletion: Retain}".to_owned()];
    blocked(
        Reason::DeletionBlocked,
        how,
        format!("it cannot be deleted: {what}; or let the code stay with the line"),
    )
}

fn released(why: Released, message: impl Into<String>) -> Plan {
    Plan::new(Step::Release(why), Reason::Released, message)
}

fn leaving(plan: Plan, claim: &Claim) -> Plan {
    let consequences = owned(claim).map(|code| Consequence::LeavesBehind(code.to_owned())).collect();
    Plan { consequences, ..plan }
}

/// Its code, and the one that this has replaced and that is still to be deleted.
fn owned(claim: &Claim) -> impl Iterator<Item = &str> {
    let replaced = claim.intent.as_ref().filter(|intent| claim.replaced_by(intent));
    let replaced = replaced.and_then(|intent| intent.from.as_deref());
    claim.code.as_deref().into_iter().chain(replaced)
}
