//! Which of an object's copies of its claim holds, whose it is, and how a claim changes (claims.md, "Words").

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::facts::Key;
use crate::api::{Abandoned, Claim, Intent, Operation, Refused};

/// How long a code that turns up late is looked for (claims.md 5).
const LATE: SignedDuration = SignedDuration::from_hours(24);
/// So far ahead of everything that is due a time in a claim can be by two clocks that differ; further, and a clock was
/// wrong.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);
/// What is said of a claim whose times are put right.
pub const SET_BACK: &str = "a clock was set back since a call was begun; its time counts from now";
/// So many used approvals are remembered; older ones name codes that are long dead.
const SPENT: usize = 20;
/// What is spent of a code that is gone: any approval, and the line that took it over
/// (docs/adr/0047-a-lost-code-is-a-spent-line.md).
const GONE: &str = "gone";

/// The copies of one object's claim.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Copies {
    /// The annotation.
    pub annotation: Written,
    /// The status.
    pub status: Written,
    /// What this process knows and could not write yet.
    pub memory: Option<Arc<Claim>>,
    /// Whether our finalizer holds the object.
    pub held: bool,
}

/// One copy, as it was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Written {
    /// There is none.
    #[default]
    Missing,
    /// It says this.
    Says(Arc<Claim>),
    /// It is there and cannot be read.
    Garbled,
}

/// Whether the annotation still has the intent whose outcome stands in the status.
pub fn needs_settling(annotation: Option<&Arc<Claim>>, status: Option<&Arc<Claim>>) -> bool {
    matches!((annotation, status), (Some(annotation), Some(status)) if annotation.ends_in(status))
}

impl Written {
    /// What stands in an annotation.
    pub fn annotation(text: Option<&str>) -> Self {
        match text.map(serde_json::from_str) {
            None => Self::Missing,
            Some(Ok(claim)) => Self::Says(Arc::new(claim)),
            Some(Err(_)) => Self::Garbled,
        }
    }

    /// The claim, if there is one.
    pub fn says(&self) -> Option<&Arc<Claim>> {
        match self {
            Self::Says(claim) => Some(claim),
            _ => None,
        }
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// Our installation.
    pub installation: &'a str,
    /// The object's UID.
    pub uid: &'a str,
    /// Its namespace and name.
    pub object: &'a str,
    /// The installation whose claims are to be taken over (claims.md 14).
    pub take_over: Option<&'a str>,
}

impl Holder<'_> {
    /// Whether what a claim that is found at this object names is claimed by it: what a copy says of its original counts
    /// for that one alone (claims.md 15).
    pub fn counts(self, claim: &Claim) -> bool {
        claim.installation != self.installation || claim.uid == self.uid || claim.object == self.object
    }
}

/// What an object's claim is worth.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Standing {
    /// It has none.
    #[default]
    Nothing,
    /// It is ours.
    Ours {
        /// The claim.
        claim: Arc<Claim>,
        /// Whether nothing needs repair: the annotation has this very claim, or its intent, which is settled at
        /// leisure once the status has the outcome (claims.md 4), and our finalizer holds what owns something.
        complete: bool,
    },
    /// It is ours to take: it was restored, or its installation is taken over. It must be written anew first.
    Ownerless(Arc<Claim>),
    /// Another installation's: hands off (claims.md 14).
    Elsewhere(Arc<Claim>),
    /// A copy of the claim of another object, which lives (claims.md 15).
    Copy {
        /// The other object.
        of: Key,
        /// Its claim.
        claim: Arc<Claim>,
    },
    /// It is there, and nobody can read it: newer, or edited by hand.
    Unreadable,
}

impl Standing {
    /// The claim, where it is ours.
    pub fn ours(&self) -> Option<&Claim> {
        self.shared().map(|claim| &**claim)
    }

    /// The same, to be kept.
    pub fn shared(&self) -> Option<&Arc<Claim>> {
        match self {
            Self::Ours { claim, .. } => Some(claim),
            _ => None,
        }
    }

    /// The claim, where it is ours or ours to take.
    pub fn about(&self) -> Option<&Claim> {
        match self {
            Self::Ours { claim, .. } | Self::Ownerless(claim) => Some(claim),
            _ => None,
        }
    }
}

/// What the copies are worth together. `alive` finds a living object of ours by its UID.
///
/// | copies | standing |
/// |---|---|
/// | none | nothing |
/// | any of this object and installation | ours: the one with the highest `n`, of equal ones the settled |
/// | of this object, of the installation to be taken over | ownerless |
/// | of this object, of another installation | elsewhere |
/// | of another object that lives | a copy |
/// | of another UID, same namespace and name, that lives no more | ownerless: a restore |
/// | of another UID, another name, that lives no more | nothing: what it owned is found by its text |
/// | all garbled | unreadable |
pub fn standing(copies: &Copies, holder: Holder<'_>, alive: impl Fn(&str) -> Option<Key>) -> Standing {
    let written = [copies.annotation.says(), copies.status.says(), copies.memory.as_ref()];
    let all: Vec<&Arc<Claim>> = written.into_iter().flatten().collect();
    let is_ours = |claim: &&Arc<Claim>| claim.installation == holder.installation && claim.uid == holder.uid;
    let newest = |claims: &mut dyn Iterator<Item = &Arc<Claim>>| {
        claims.max_by_key(|claim| (claim.n, claim.intent.is_none())).cloned()
    };
    if let Some(claim) = newest(&mut all.iter().copied().filter(is_ours)) {
        let written = copies.annotation.says().is_some_and(|said| **said == *claim || said.ends_in(&claim));
        let complete = written && (copies.held || claim.is_about_nothing());
        return Standing::Ours { claim, complete };
    }
    let Some(claim) = newest(&mut all.into_iter()) else {
        let garbled = [&copies.annotation, &copies.status].contains(&&Written::Garbled);
        return if garbled { Standing::Unreadable } else { Standing::Nothing };
    };
    if claim.uid != holder.uid {
        if let Some(of) = alive(&claim.uid) {
            return Standing::Copy { of, claim };
        }
        if claim.object != holder.object {
            return Standing::Nothing;
        }
    }
    if claim.installation == holder.installation || holder.take_over == Some(&claim.installation) {
        Standing::Ownerless(claim)
    } else {
        Standing::Elsewhere(claim)
    }
}

/// What became of an intent.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// The code is this, with the content of the intent.
    Code(String),
    /// The template is this, with the content of the intent.
    Template(String),
    /// It is deleted.
    Deleted,
    /// Nothing happened.
    Nothing,
    /// Nothing happened, and will not with this content.
    Refused {
        /// What was refused.
        hash: String,
        /// Why, and what to do.
        why: String,
    },
}

/// How claims change. Each change counts `n` upward, but for the end of an intent: of two copies with one `n` the
/// settled one is the later.
impl Claim {
    /// The next claim, with an intent.
    #[must_use]
    pub fn intending(&self, intent: Intent) -> Self {
        Self { intent: Some(Box::new(intent)), refused: None, ..self.next() }
    }

    /// The same after one more change.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { n: self.n + 1, ..self.clone() }
    }

    /// The claim after its intent: what the provider answered.
    #[must_use]
    pub fn settled(&self, done: Done, now: Timestamp) -> Self {
        let mut claim = self.clone();
        let Some(intent) = claim.intent.take() else { return claim };
        match done {
            Done::Code(code) => {
                if let Some(from) = intent.from.filter(|from| *from != code) {
                    claim.spend(approval(&from, &intent.text_hash));
                    // Nothing changes a code that is gone.
                    claim.abandoned.retain(|call| call.from.as_ref() != Some(&from));
                }
                claim.code = Some(code);
                claim.content_hash = Some(intent.text_hash);
            }
            Done::Template(id) => {
                // It was made by now.
                let counted = claim.edits.iter_mut().filter(|edit| **edit == intent.deadline);
                counted.for_each(|edit| edit.0 = edit.0.min(now));
                claim.template_id = Some(id);
                claim.content_hash = Some(intent.text_hash);
            }
            // A code that another one replaced; that one stays.
            Done::Deleted if claim.replaced_by(&intent) => {}
            Done::Deleted => {
                claim.code = None;
                claim.template_id = None;
                claim.content_hash = None;
            }
            // Its code is known by this intent alone.
            Done::Nothing if claim.replaced_by(&intent) => claim.intent = Some(intent),
            Done::Nothing => {
                claim.regain(&intent);
                claim.unspend(&intent);
            }
            Done::Refused { hash, why } => {
                claim.regain(&intent);
                claim.unspend(&intent);
                claim.refused = Some(Box::new(Refused { hash, why }));
            }
        }
        claim
    }

    /// Whether it owns something, and another claim the same.
    pub fn owns_same(&self, other: &Self) -> bool {
        !(self.code.is_none() && self.template_id.is_none())
            && (&self.identity, &self.code, &self.template_id)
                == (&other.identity, &other.code, &other.template_id)
    }

    /// What is its own: its code or template, and what it has replaced until that is deleted (claims.md 11).
    pub fn own(&self) -> impl Iterator<Item = &str> {
        let replaced = self.intent.as_ref().and_then(|intent| intent.from.as_deref());
        [self.code.as_deref(), self.template_id.as_deref(), replaced].into_iter().flatten()
    }

    /// Whether this intent deletes what the claim's code has replaced (claims.md 11).
    pub fn replaced_by(&self, intent: &Intent) -> bool {
        intent.operation == Operation::Delete
            && self.code.is_some()
            && intent.from.is_some()
            && intent.from != self.code
    }

    /// Whether nothing is lost where nobody hears that its object goes.
    fn is_about_nothing(&self) -> bool {
        self.code.is_none() && self.template_id.is_none() && self.intent.is_none()
    }

    /// Whether this is the same claim before its intent ended.
    fn ends_in(&self, settled: &Self) -> bool {
        self.n == settled.n && self.intent.is_some() && settled.intent.is_none()
    }

    /// Gives up as not done what may make another code, late: that is looked for during a day.
    #[must_use]
    pub fn abandoning(&self, now: Timestamp) -> Self {
        let mut claim = self.next();
        let intent = claim.intent.take().filter(|intent| intent.operation == Operation::Create);
        claim.abandoned.extend(intent.map(|intent| abandoned(*intent, now)));
        claim
    }

    /// The claim with its code, which a call did not change, as far as anybody can tell: that may still happen late.
    #[must_use]
    pub fn unchanged(&self, now: Timestamp) -> Self {
        let mut claim = self.settled(Done::Nothing, now);
        claim.abandoned.extend(self.intent.clone().map(|intent| abandoned(*intent, now)));
        claim
    }

    /// The claim without its code, which is gone at the provider; what turns up late of an update is remembered.
    #[must_use]
    pub fn vanished(&self, now: Timestamp) -> Self {
        let mut claim = Self { code: None, content_hash: None, ..self.next() };
        if let Some(code) = &self.code {
            claim.spend(approval(code, GONE));
        }
        let intent = claim.intent.take().filter(|intent| intent.operation != Operation::Delete);
        claim.abandoned.extend(intent.map(|intent| abandoned(*intent, now)));
        claim
    }

    /// Gives back the approval of an update that was not made.
    fn regain(&mut self, intent: &Intent) {
        if let Some(from) = &intent.from {
            let line = approval(from, &intent.text_hash);
            self.spent.retain(|spent| *spent != line);
        }
    }

    /// Takes an edit out of what the quota counts, since it was not made. An edit counts from its intent on, by the
    /// deadline (claims.md 12).
    pub fn unspend(&mut self, intent: &Intent) {
        self.edits.retain(|edit| *edit != intent.deadline);
    }

    /// The claim with no time later than this, where it has one that no clock that was right can have written: nobody
    /// waits for a year because a clock was once a year ahead.
    #[must_use]
    pub fn not_after(&self, latest: Timestamp) -> Option<Self> {
        let is_wrong = |time: &Time| time.0.duration_since(latest) > AHEAD;
        let deadline = self.intent.as_ref().map(|intent| &intent.deadline);
        if !self.edits.iter().chain(deadline).any(is_wrong) {
            return None;
        }
        let mut claim = self.next();
        // Edits are known again by the deadline of their intent, so both get the same time.
        let deadline = claim.intent.as_mut().map(|intent| &mut intent.deadline);
        claim.edits.iter_mut().chain(deadline).filter(|time| is_wrong(time)).for_each(|time| time.0 = latest);
        Some(claim)
    }

    /// Notes that an approval was used.
    pub fn spend(&mut self, line: String) {
        if self.spent.contains(&line) {
            return;
        }
        self.spent.push(line);
        let surplus = self.spent.len().saturating_sub(SPENT);
        self.spent.drain(..surplus);
    }

    /// Name and language of the template that it is about, where it is about one.
    pub fn template_named(&self) -> Option<(&str, &str)> {
        self.template.as_deref()?.rsplit_once('/')
    }

    /// Whether a change has put another code in the place of this one.
    pub fn has_replaced(&self, code: &str) -> bool {
        self.spent.iter().filter_map(|line| line.split_once('@')).any(|(was, by)| was == code && by != GONE)
    }

    /// Whether it had this code, and that was gone at the provider.
    pub fn has_lost(&self, code: &str) -> bool {
        self.spent.contains(&approval(code, GONE))
    }

    /// What says that a claim is about another account or phone than the manifest's (claims.md 16): one sentence.
    pub fn moved(&self, account: &str, identity: &str, phone: Option<&str>) -> Option<String> {
        let differs = |what, was: &str, is: &str| {
            (was != is).then(|| format!("it was claimed for {what} {was}, and this is {is}"))
        };
        differs("account", &self.account, account)
            .or_else(|| differs("the provider's account", &self.identity, identity))
            .or_else(|| differs("phone number", self.phone.as_deref()?, phone?))
    }
}

fn abandoned(intent: Intent, now: Timestamp) -> Abandoned {
    let until = Time(now.checked_add(LATE).unwrap_or(Timestamp::MAX));
    Abandoned { from: intent.from, text_hash: intent.text_hash, same_text: intent.same_text, until }
}

/// "This code may die for this content", as it is remembered once it was used.
pub fn approval(code: &str, hash: &str) -> String {
    format!("{code}@{hash}")
}

#[cfg(test)]
#[path = "claim_tests.rs"]
mod tests;
