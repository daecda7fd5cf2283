//! What stands in the way before anything is compared.

use jiff::Timestamp;

use super::Situation;
use super::facts::{Facts, another, made, named, owns, shown};
use super::says;
use crate::api::Claim;
use crate::plan::claim::{SET_BACK, Standing};
use crate::plan::facts::{Account, AccountView, later};
use crate::plan::reason::Reason;
use crate::plan::step::{Difference, Kept, Plan, Step};
use crate::plan::words::no_account;

/// What the claim itself says: whose it is, and whether both places have it.
pub(super) fn by_claim(situation: &Situation<'_>) -> Option<Plan> {
    match situation.subject.standing {
        Standing::Nothing | Standing::Ours { complete: true, .. } => None,
        Standing::Ours { claim, complete: false } => Some(says::keep(
            (**claim).clone(),
            Kept::Restored,
            "a copy of the claim or the finalizer was lost; it is written again",
        )),
        Standing::Ownerless(claim) => Some(take(situation, claim)),
        Standing::Elsewhere(claim) => Some(says::blocked(
            Reason::ClaimedElsewhere,
            format!(
                "installation {} of waops owns this; stop it and take over by annotating the account",
                claim.installation
            ),
            [format!("waops.dev/take-over: {}", claim.installation)],
        )),
        Standing::Copy { of, .. } => Some(says::conflict(
            Reason::Copied,
            format!(
                "its claim is a copy of that of {of}; remove the annotation waops.dev/claim, or delete this object: \
                 that deletes nothing at the provider"
            ),
            Some(of),
        )),
        Standing::Unreadable => Some(unreadable(Reason::ClaimUnreadable)),
    }
}

/// A claim that nobody can read.
pub(super) fn unreadable(reason: Reason) -> Plan {
    says::blocked(
        reason,
        "its claim cannot be read: it is of a newer waops, or was edited; update waops or restore the annotation \
         waops.dev/claim, or remove it, and what it owned is found by its name",
        [],
    )
}

/// An ownerless claim becomes ours, with its intent: what was about to happen is still to be found out.
pub(super) fn take(situation: &Situation<'_>, claim: &Claim) -> Plan {
    let subject = &situation.subject;
    let (why, message) = if claim.installation == subject.installation {
        (Kept::Restored, "the object was restored and gets its claim back")
    } else {
        (Kept::TakenOver, "taken over from another installation, as the account says")
    };
    let mut claim = Claim {
        installation: subject.installation.into(),
        uid: subject.uid.into(),
        object: subject.key.object().into(),
        ..claim.next()
    };
    // What another object has inherited since the backup is that object's.
    let named = claim.template.as_deref();
    let is_theirs = |id: &String| situation.peers.iter().any(|peer| owns(peer, id, named));
    if claim.template_id.as_ref().is_some_and(is_theirs) {
        claim = Claim { template_id: None, content_hash: None, edits: Vec::new(), ..claim };
    }
    says::keep(claim, why, message)
}

/// What the account and the object's own switch say. Until they allow it there is no call.
pub(super) fn by_account<'a>(situation: &Situation<'a>) -> Result<Account<'a>, Box<Plan>> {
    let account = match situation.account {
        AccountView::Here(account) => account,
        // Whose account nobody can read wants the manifest first.
        AccountView::Missing { seen } => {
            return Err(Box::new(match situation.desired {
                Err(why) => invalid(why),
                Ok(_) => {
                    pause(situation, Reason::AccountMissing, no_account(situation.subject.account, seen))
                }
            }));
        }
        AccountView::NotAllowed => {
            return Err(Box::new(says::blocked(Reason::AccountNotAllowed, not_allowed(situation), [])));
        }
    };
    if situation.subject.suspended {
        let plan = says::blocked(Reason::Suspended, says::SUSPENDED, []);
        return Err(Box::new(Plan { differences: undelivered(situation), ..plan }));
    }
    if let Err(why) = account.ready {
        return Err(Box::new(pause(situation, Reason::AccountNotReady, why.to_owned())));
    }
    if let Some(suspicious) = account.suspicious {
        let blocked =
            || says::blocked(Reason::AccountSuspicious, suspicious.why.as_str(), [suspicious.line.clone()]);
        return Err(Box::new(agreeing(situation).unwrap_or_else(blocked)));
    }
    Ok(account)
}

/// The list that is due while lists are too empty to be true: only further ones can agree.
pub(super) fn agreeing(situation: &Situation<'_>) -> Option<Plan> {
    let times = &situation.times;
    let stale = times.now.checked_sub(times.drift).unwrap_or(Timestamp::MIN);
    let is_due = situation.seen.listed.is_none_or(|listed| listed < stale);
    is_due.then(|| Plan { reason: Reason::AccountSuspicious, ..says::list(stale) })
}

/// What the manifest wants and nobody delivered, as far as the claim tells.
fn undelivered(situation: &Situation<'_>) -> Vec<Difference> {
    let Ok(desired) = situation.desired else { return Vec::new() };
    let content = desired.content();
    let is_delivered = |claim: &Claim| {
        let has_hash = claim.content_hash.as_deref().and_then(|hash| content.has_hash(hash)) == Some(true);
        claim.intent.is_none() && claim.template_id.is_some() && has_hash
    };
    let claim = situation.subject.standing.ours();
    let theirs = situation.seen.own.here().and_then(|own| own.content.as_ref());
    match (claim.is_some_and(is_delivered), theirs) {
        (true, _) => Vec::new(),
        (false, Some(theirs)) => shown(content.differences(theirs)),
        (false, None) if claim.is_some_and(|claim| claim.template_id.is_some()) => {
            vec![Difference { field: "spec".to_owned(), from: None, to: None }]
        }
        (false, None) => made(desired, &content),
    }
}

/// The account is not for this namespace.
pub(super) fn not_allowed(situation: &Situation<'_>) -> String {
    format!(
        "WhatsAppAccount {} does not allow namespace {}; add it to its allowedNamespaces",
        situation.subject.account, situation.subject.key.namespace
    )
}

/// It goes on by itself once something else changed; a look now and then costs nothing.
fn pause(situation: &Situation<'_>, reason: Reason, message: String) -> Plan {
    let times = situation.times;
    Plan::new(Step::Wait { until: later(times.now, times.drift) }, reason, message)
}

/// The manifest says nothing that can be done.
pub(super) fn invalid(why: &str) -> Plan {
    says::blocked(Reason::Invalid, why, [])
}

/// Times in a claim that no clock that was right can have written.
pub(super) fn by_clock(situation: &Situation<'_>, claim: &Claim) -> Option<Plan> {
    let claim = claim.not_after(situation.times.latest())?;
    Some(says::keep(claim, Kept::Tidied, SET_BACK))
}

/// A claim about another account, or about another template, is never about absence (claims.md 16).
pub(super) fn by_move(facts: &Facts<'_>, claim: &Claim) -> Option<Plan> {
    let message = format!("{}; put back what was changed, or make a new object", moved(facts, claim)?);
    Some(says::conflict(Reason::AccountChanged, message, None))
}

/// What says that the claim is about another account or template than the manifest's.
pub(super) fn moved(facts: &Facts<'_>, claim: &Claim) -> Option<String> {
    let situation = facts.situation;
    let renamed = || {
        let desired = situation.desired.ok()?;
        let was =
            another(claim, desired).filter(|_| claim.template_id.is_some() || claim.intent.is_some())?;
        Some(format!("it has the template {was}, and this is {}", named(desired)))
    };
    claim.moved(situation.subject.account, facts.account.identity, None).or_else(renamed)
}
