//! Planning of QR codes.
//!
//! `owning` says whose the claim is, `resolving` what became of an unclear call, `making` how an object comes to a
//! code, `changing` whether its code is as written, `deleting` how it goes, `holding` what trouble holds back.

mod changing;
mod deleting;
mod holding;
mod making;
mod owning;
mod resolving;
mod sight;

use jiff::Timestamp;

use self::sight::{Case, blocked};
use super::facts::{AccountView, Memory, Peer, Presence, Subject, Times};
use super::policy::Resolved;
use super::reason::Reason;
use super::step::{Consequence, Kept, Note, Plan, Step};
use crate::qr_code::{Desired, Observed};

/// Everything that decides about a QR code.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The object.
    pub subject: Subject<'a>,
    /// What its manifest wants, or what is wrong with it in one sentence.
    pub desired: Result<&'a Desired, &'a str>,
    /// What the provider's calls name its phone number by, once that is known.
    pub phone: Option<&'a str>,
    /// Its account.
    pub account: AccountView<'a>,
    /// What may be done.
    pub policies: Resolved,
    /// What the provider has.
    pub seen: Seen<'a>,
    /// The other objects that want or own this text on this phone.
    pub peers: &'a [Peer<'a>],
    /// What went before.
    pub memory: &'a Memory,
    /// The clock.
    pub times: Times,
}

/// What is known of the provider's codes on this phone.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// When the last complete list started; none where nothing is known.
    pub listed: Option<Timestamp>,
    /// The code that the open intent changes or deletes; without one, the code that the claim owns.
    pub own: Presence<&'a Observed>,
    /// The code that the manifest takes over, and who of us has it.
    pub adopt: Presence<&'a Observed>,
    /// Who of us owns the code that the manifest takes over.
    pub adopt_owner: Option<&'a super::facts::Key>,
    /// Live codes with the desired text that nobody of us claims.
    pub same_text: &'a [&'a Observed],
    /// Live codes with the text of the open intent that nobody of us claims and that were not there before it.
    pub outcome: &'a [&'a Observed],
    /// Unclaimed codes that are new since the intent, whose text is merely similar.
    pub similar: &'a [&'a Observed],
    /// Which of `outcome`, in the order of their codes, is this one's: what others take is left out of that. As many as there
    /// are where none is left for it.
    pub older_intents: usize,
    /// Objects with an open intent on the same text, this one included.
    pub open_intents: usize,
    /// Unclaimed codes that may be the late outcome of a call that was given up.
    pub late: &'a [&'a Observed],
}

/// The next step for one QR code. The first row that fits holds; numbers are rules of claims.md.
///
/// | living object | step |
/// |---|---|
/// | claim unreadable; of another installation (14) | blocked; the line that takes over |
/// | claim copied from an object that lives (15) | conflict with it |
/// | claim restored (15) or taken over (14) | kept under our name, its intent with it |
/// | account missing, not allowing, not ready; suspended | blocked without a line: an event ends it; no calls; without an account, an invalid manifest says so |
/// | claim of another account or phone (16) | conflict |
/// | annotation lost, whatever follows (6) | kept again, unless a call or a new claim follows |
/// | intent open, deadline + settle not over (5) | wait |
/// | intent open, no list since then | look |
/// | create: as many candidates as calls or fewer | the oldest objects take them |
/// | create: more, or a similar one | blocked; the lines that name one; nothing is made |
/// | create: none, in one list / in two | look again / given up, made again |
/// | update: the code has the new text (11) | done |
/// | update: the code has another text, no new code | not done |
/// | update: both, where updates make new codes | the new one is taken and the old one deleted, in one write |
/// | update: only a new one | taken |
/// | update: neither, in two lists | vanished, made again |
/// | delete: there / gone | not done / done; a replaced code is deleted again |
/// | manifest invalid | blocked |
/// | *no code* | |
/// | a peer goes that owns this text (7) | inherited, by the oldest heir |
/// | a peer owns or made it first, no `duplicates: Allow` | conflict |
/// | `adopt`: there / gone / another object's | adopted with its text / blocked / conflict |
/// | lists are suspicious (9) | blocked |
/// | a change that was given up made a code late (11) | taken |
/// | an unclaimed code has this text (6) | by `adoption`: ask, take the only one, or go on |
/// | otherwise (1) | create |
/// | *a code* | |
/// | not in the list / unknown / certainly gone (9) | read it / look / vanished, unless lists are suspicious |
/// | as written | nothing, or a look once the list is old |
/// | has the wanted text, but not from us | kept |
/// | changed by somebody else | by `drift`; an approval never counts (10) |
/// | manifest changed | by `update`: the line that approves, or an update |
///
/// | object that goes | step |
/// |---|---|
/// | nothing claimed; a copy; another installation's | released |
/// | namespace, definition, account or all goes (18) | released, with what stays behind |
/// | another object has its code, or is about to (7) | released / wait |
/// | account cannot be called; suspended; lists cannot tell (21) | blocked; the line that releases; never in a namespace that goes |
/// | intent open (19) | resolved first |
/// | `Retain` (17) | released |
/// | gone already | released |
/// | 30 s not over; too many (20) | wait; blocked |
/// | otherwise | delete |
///
/// A call whose content was refused is blocked, and one that failed waits its time. Another image format is no write.
pub fn plan(situation: &Situation<'_>) -> Plan {
    let plan = match situation.subject.deleting {
        Some(deleting) => deleting::plan(situation, deleting),
        None => noted(situation, owning::completed(situation, living(situation))),
    };
    situation.policies.within_reach(holding::back(situation, plan), situation.subject.account)
}

fn living(of: &Situation<'_>) -> Plan {
    if let Some(plan) = owning::not_ours(of) {
        return plan;
    }
    let account = match owning::account(of) {
        Ok(account) => account,
        Err(plan) => return *plan,
    };
    let claim = of.subject.standing.ours();
    let case = Case { of, account, claim };
    if let Some((claim, intent)) = claim.and_then(|claim| Some((claim, claim.intent.as_ref()?))) {
        return resolving::plan(&case, claim, intent);
    }
    let desired = match of.desired {
        Ok(desired) => desired,
        Err(why) => return blocked(Reason::Invalid, Vec::new(), why),
    };
    match claim.and_then(|claim| Some((claim, claim.code.as_deref()?))) {
        Some((claim, code)) => changing::plan(&case, claim, code, desired),
        None => making::plan(&case, desired),
    }
}

/// With what else a person should know: codes that turned up late, and an approval that nothing comes of.
fn noted(of: &Situation<'_>, mut plan: Plan) -> Plan {
    let taken = match &plan.step {
        Step::Keep { claim, why: Kept::Adopted | Kept::Done } => claim.code.clone(),
        _ => None,
    };
    let late =
        of.seen.late.iter().map(|code| code.code.to_string()).filter(|code| Some(code) != taken.as_ref());
    plan.notes.extend(late.map(Note::LateCode));
    let decided = matches!(
        plan.reason,
        Reason::Live | Reason::Drifted | Reason::ApprovalNeeded | Reason::Creating | Reason::Updating
    );
    let used =
        plan.consequences.iter().any(|consequence| matches!(consequence, Consequence::SpendsApproval(_)));
    if let Ok(Some(line)) = of.desired.map(|desired| desired.approve.as_ref())
        && decided
        && !used
    {
        plan.notes.push(Note::StaleApproval(line.to_string()));
    }
    plan
}

#[cfg(test)]
mod tests;
