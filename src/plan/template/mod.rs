//! Planning of templates.

mod deleting;
mod facts;
mod holds;
mod owned;
mod quota;
mod resolve;
mod review;
mod says;
mod trouble;
mod wanted;

use jiff::Timestamp;

pub use wanted::refusal;

use super::facts::{AccountView, Memory, Peer, Presence, Subject, Times};
use super::policy::Resolved;
use super::step::Plan;
use crate::api::ReadyWhen;
use crate::template::{Desired, Observed};
use facts::{Facts, Want};

/// Everything that decides about a template.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The object.
    pub subject: Subject<'a>,
    /// What its manifest wants, or what is wrong with it in one sentence.
    pub desired: Result<&'a Desired, &'a str>,
    /// What Ready waits for.
    pub ready_when: ReadyWhen,
    /// Its account.
    pub account: AccountView<'a>,
    /// What may be done.
    pub policies: Resolved,
    /// What the provider has.
    pub seen: Seen<'a>,
    /// The other objects that want or own this name and language.
    pub peers: &'a [Peer<'a>],
    /// What went before.
    pub memory: &'a Memory,
    /// The clock.
    pub times: Times,
}

/// What is known of the template at the provider.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// When the last complete list started; none where nothing is known.
    pub listed: Option<Timestamp>,
    /// When the template was last read by itself; none where it never was.
    pub read: Option<Timestamp>,
    /// The template of this name and language. Its content is none as long as only a thin list showed it.
    pub own: Presence<&'a Observed>,
}

/// What to do about one template. The first row that fits decides; rules are those of claims.md.
///
/// | object | step | rule |
/// |---|---|---|
/// | goes: claim is a copy's, another's, or none | Release | 14, 15 |
/// | goes as collateral, or its account is gone | Release, what is left is named | 18 |
/// | goes: `Retain` | Release, once an heir has it | 17, 7 |
/// | goes: an intent is open | as below; what was never made needs no call | 19 |
/// | goes: another object has inherited it | Release | 7 |
/// | goes: another object wants it | Wait for the heir | 7 |
/// | goes: its account cannot be called, or it or the name is another | Blocked, or Release in a dying namespace | 16, 21 |
/// | goes: not there any more, or another by id | Release | 13, 19 |
/// | goes: disabled, and the provider deletes no such | Release, what is left is named | 19 |
/// | goes: younger than 30 s; too many at once | Wait; Blocked | 20 |
/// | goes | Call Delete, `LocksName` where it was approved | 17 |
/// | claim unreadable; elsewhere; a copy | Blocked; Blocked; Conflict | 14, 15 |
/// | claim ownerless, or one of its places lost it | Keep, intent and all | 6, 14, 15 |
/// | account missing, closed, not ready, suspicious; object suspended; manifest invalid | Blocked or Wait | 9, 21 |
/// | claim about another account, name or language | Conflict | 16 |
/// | intent open, too young | Wait until its deadline and the settle time | 5 |
/// | create: here, same text, absent before | Keep Done | 12, 13 |
/// | create: here, otherwise | Conflict, or Keep Adopted under `Always` | 13 |
/// | create: absent in two looks a settle time apart | Keep NotDone | 5 |
/// | edit: read, same text; other text | Keep Done; Keep NotDone, not spent | 12 |
/// | edit: read, and nobody can tell | Keep NotDone, spent, content unknown | 12 |
/// | owns nothing: an older object has it, wants it or is about to make it | Conflict | 7 |
/// | owns nothing: the owner goes | Keep Inherited | 7 |
/// | owns nothing: one is there | by `adoption`: Blocked, Keep Adopted, Conflict | 6, 13 |
/// | owns nothing: absent for certain | Call Create | 1, 9 |
/// | owns one that is gone for certain | Keep Vanished; Blocked under `drift: Report` | 9 |
/// | owns one that has another id now | as one that is there and is not ours | 13 |
/// | what it knows is too old, or thin where that matters | Look | 9 |
/// | content delivered unknown: no difference; a difference | Keep Tidied; as a change | 12 |
/// | content differs from what was delivered, or drifted under `Correct` | see below | 12 |
/// | as written | by its review: Nothing, Wait, Blocked | |
///
/// | a change of one that is | step |
/// |---|---|
/// | any, under `update: Never`, or refused for good before | Blocked |
/// | any, in settings alone that need no review | Call Set |
/// | any, in settings alone that no edit delivers | none, `NotByEdit` |
/// | in review, or the provider stopped | Call Update where it may be edited, else Wait |
/// | approved | Call Update within the quota, Wait for it, or Blocked where it may not be edited |
/// | rejected | Call Update |
/// | paused | Call Update, or Blocked where it may not be edited |
/// | disabled, archived, being deleted, unknown | what its state says |
///
/// A call that failed is not made again before its time: then it is a Wait, unless the content is another and the
/// trouble was about content.
pub fn plan(situation: &Situation<'_>) -> Plan {
    let plan = match situation.subject.deleting {
        Some(deleting) => deleting::plan(situation, deleting),
        None => living(situation),
    };
    situation.policies.within_reach(trouble::gate(plan, situation), situation.subject.account)
}

fn living(situation: &Situation<'_>) -> Plan {
    if let Some(plan) = holds::by_claim(situation) {
        return plan;
    }
    let facts = match holds::by_account(situation) {
        Ok(account) => Facts { situation, account },
        Err(plan) => return *plan,
    };
    let want = match situation.desired {
        Ok(desired) => Want { desired, content: desired.content() },
        Err(why) => return holds::invalid(why),
    };
    let Some(claim) = situation.subject.standing.ours() else { return wanted::plan(&facts, &want) };
    if let Some(plan) = holds::by_move(&facts, claim).or_else(|| holds::by_clock(situation, claim)) {
        return plan;
    }
    if let Some(intent) = &claim.intent {
        return resolve::plan(&facts, Some(&want), claim, intent);
    }
    match &claim.template_id {
        Some(id) => owned::plan(&facts, &want, claim, id),
        None => wanted::plan(&facts, &want),
    }
}

#[cfg(test)]
mod tests;
