//! Whose the claim is, and whether the account lets anything happen (claims.md 14 to 16).

use std::sync::Arc;

use super::Situation;
use super::sight::{blocked, made, text};
use crate::api::Claim;
use crate::plan::claim::Standing;
use crate::plan::facts::{Account, AccountView, Peer};
use crate::plan::reason::Reason;
use crate::plan::step::{Difference, Kept, Plan, Step};
use crate::plan::words::no_account;
use crate::qr_code::content_hash;

/// A claim that is not ours to act on as it stands.
pub(super) fn not_ours(of: &Situation<'_>) -> Option<Plan> {
    match of.subject.standing {
        Standing::Nothing | Standing::Ours { .. } => None,
        Standing::Ownerless(claim) => Some(taking_over(of, claim)),
        Standing::Elsewhere(claim) => Some(blocked(
            Reason::ClaimedElsewhere,
            vec![format!("waops.dev/take-over: {}", claim.installation)],
            format!(
                "another installation of waops looks after it; to take over from it, annotate the account with its \
                 id, {}",
                claim.installation
            ),
        )),
        Standing::Copy { of: original, .. } => Some(Plan::new(
            Step::Conflict { with: Some(original.clone()) },
            Reason::Copied,
            format!(
                "it is a copy of {original}, which has the code; remove the annotation waops.dev/claim from it"
            ),
        )),
        Standing::Unreadable => Some(blocked(
            Reason::ClaimUnreadable,
            Vec::new(),
            "its annotation waops.dev/claim cannot be read; update waops, or restore the annotation, or remove it to \
             have its code found by its text",
        )),
    }
}

/// The claim under our name. An intent stays and is resolved next.
fn taking_over(of: &Situation<'_>, claim: &Claim) -> Plan {
    let subject = &of.subject;
    let theirs = claim.installation != subject.installation;
    let why = if theirs { Kept::TakenOver } else { Kept::Restored };
    let message =
        if theirs { "it is taken over from another installation" } else { "its restored claim is renewed" };
    let mut claim = Claim {
        installation: subject.installation.into(),
        uid: subject.uid.into(),
        object: subject.key.object().into(),
        ..claim.next()
    };
    // What another object has inherited since the backup is that object's.
    let has = |peer: &Peer<'_>| peer.claim.is_some_and(|other| other.code == claim.code);
    if claim.code.is_some() && of.peers.iter().any(has) {
        claim.code = None;
        claim.content_hash = None;
    }
    Plan::new(Step::Keep { claim: Arc::new(claim), why }, Reason::Adopting, message)
}

/// The account, where it can be called for this object; otherwise what is to happen there first. Each of these ends
/// with an event and not at a time, so they are [`Step::Blocked`] without lines.
pub(super) fn account<'a>(of: &'a Situation<'a>) -> Result<&'a Account<'a>, Box<Plan>> {
    let wait = |reason, message: String| Err(Box::new(blocked(reason, Vec::new(), message)));
    let name = of.subject.account;
    let account = match &of.account {
        AccountView::Missing { seen } => {
            // Whose account nobody can read wants the manifest first.
            if let Err(why) = of.desired {
                return wait(Reason::Invalid, why.to_owned());
            }
            return wait(Reason::AccountMissing, no_account(name, *seen));
        }
        AccountView::NotAllowed => {
            let why = format!(
                "the WhatsAppAccount {name} does not allow this namespace; add it to its allowedNamespaces"
            );
            return wait(Reason::AccountNotAllowed, why);
        }
        AccountView::Here(account) => account,
    };
    if of.subject.suspended {
        let why = "it is held still; remove `suspend` from it or its account";
        let differences = undelivered(of);
        return Err(Box::new(Plan { differences, ..blocked(Reason::Suspended, Vec::new(), why) }));
    }
    if let Err(why) = account.ready {
        return wait(Reason::AccountNotReady, why.to_owned());
    }
    match of.subject.standing.ours().and_then(|claim| moved(of, account, claim)) {
        Some(why) => Err(Box::new(Plan::new(Step::Conflict { with: None }, Reason::AccountChanged, why))),
        None => Ok(account),
    }
}

/// What the manifest wants and nobody delivered, as far as the claim tells.
fn undelivered(of: &Situation<'_>) -> Vec<Difference> {
    let Ok(desired) = of.desired else { return Vec::new() };
    let claim = of.subject.standing.ours();
    let hash = content_hash(&desired.message);
    let is_delivered = |claim: &Claim| {
        claim.intent.is_none() && claim.code.is_some() && claim.content_hash.as_ref() == Some(&hash)
    };
    if claim.is_some_and(is_delivered) {
        return Vec::new();
    }
    match (of.seen.own.here(), claim.and_then(|claim| claim.code.as_ref())) {
        (None, None) => made(desired),
        (own, _) => text(own.map(|own| own.message.as_str()), Some(&desired.message)),
    }
}

/// What says that the claim is about another account or phone (claims.md 16), and what to do.
fn moved(of: &Situation<'_>, account: &Account<'_>, claim: &Claim) -> Option<String> {
    let why = claim.moved(of.subject.account, account.identity, of.phone)?;
    Some(format!("{why}; put back what was changed, or make a new object for the new place"))
}

/// An annotation that was lost comes back before anything is waited for; a call writes it anyway.
pub(super) fn completed(of: &Situation<'_>, plan: Plan) -> Plan {
    match (of.subject.standing, &plan.step) {
        (_, Step::Call { .. } | Step::Keep { .. } | Step::Release(_)) => plan,
        (Standing::Ours { claim, complete: false }, _) => {
            let step = Step::Keep { claim: claim.clone(), why: Kept::Restored };
            Plan { step, ..plan }
        }
        _ => plan,
    }
}
