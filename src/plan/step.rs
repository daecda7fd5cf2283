//! What can come out of planning.

use std::sync::Arc;

use jiff::Timestamp;

use super::facts::{Key, Memory, Times, later};
use super::reason::Reason;
use crate::api::Claim;

/// What to do about an object now, and everything that people want to know before it is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What to do.
    pub step: Step,
    /// Where the object stands.
    pub reason: Reason,
    /// The same in a sentence for a person, with what to do.
    pub message: String,
    /// What the step costs.
    pub consequences: Vec<Consequence>,
    /// What it changes.
    pub differences: Vec<Difference>,
    /// What else should be known.
    pub notes: Vec<Note>,
}

impl Plan {
    /// A plan without consequences.
    pub fn new(step: Step, reason: Reason, message: impl Into<String>) -> Self {
        Self {
            step,
            reason,
            message: message.into(),
            consequences: Vec::new(),
            differences: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Whether the provider has what the manifest says; none where nobody knows.
    pub fn delivered(&self) -> Option<bool> {
        let differs = !self.differences.is_empty() || self.notes.contains(&Note::Unshown);
        self.reason.delivered().map(|delivered| delivered && !differs)
    }

    /// Who gets what the object has, where somebody does.
    pub fn heir(&self) -> Option<&Key> {
        let told = self.notes.iter().find_map(|note| match note {
            Note::HandsOver(heir) => Some(heir),
            _ => None,
        });
        told.or(match &self.step {
            Step::Release(Released::Inherited(heir)) => Some(heir),
            _ => None,
        })
    }

    /// This plan as what follows from another one, in which a claim changes. Where nothing follows that one says it all.
    #[must_use]
    pub fn after(self, first: Option<Self>) -> Self {
        let Some(first) = first else { return self };
        let rests = matches!(self.step, Step::Nothing | Step::Wait { .. }) && self.differences.is_empty();
        if rests && first.reason == Reason::Adopting {
            return first;
        }
        let (message, how) = match first.reason {
            Reason::Adopting => (self.message, Some(Note::First(first.message))),
            _ if matches!(self.step, Step::Call { .. }) => (first.message, None),
            // What it was to lead to does not come about, and this says why.
            _ => (self.message, None),
        };
        Self {
            message,
            consequences: first.consequences.into_iter().chain(self.consequences).collect(),
            notes: how.into_iter().chain(first.notes).chain(self.notes).collect(),
            ..self
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// All is as it should be.
    Nothing,
    /// More must be known first.
    Look(Look),
    /// The claim changes, and nothing at the provider.
    Keep {
        /// The claim from now on.
        claim: Arc<Claim>,
        /// Why.
        why: Kept,
    },
    /// The provider is called; the claim with its intent is written before.
    Call {
        /// What is called.
        call: Call,
        /// The claim with the intent.
        claim: Arc<Claim>,
    },
    /// The object is let go: no claim, no finalizer, no call.
    Release(Released),
    /// Nothing before this time.
    Wait {
        /// Until when.
        until: Timestamp,
    },
    /// Nothing before a person decides; the lines that decide, ready to be pasted.
    Blocked {
        /// Each line is one way out.
        how: Vec<String>,
    },
    /// Nothing while another object has what this one wants.
    Conflict {
        /// Who has it, where it is one of ours.
        with: Option<Key>,
    },
}

/// What must be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// A complete list that started at this time or later.
    List(Timestamp),
    /// An exact read of the object that is owned or wanted, at this time or later.
    Exact(Timestamp),
    /// What should be there was missed by the list that started at `missed`: remember that ([`Memory::missed`]), for only
    /// a second list is proof (claims.md 5 and 9).
    ///
    /// [`Memory::missed`]: super::facts::Memory::missed
    Second {
        /// When the list started that did not show it.
        missed: Timestamp,
        /// When the second may start at the earliest.
        from: Timestamp,
    },
}

impl Look {
    /// What is to be done before it is believed that something is missing, which the list of this time lacks: two lists
    /// have to, a settle time apart, for lists lag (claims.md 5 and 9). Only what was missed since `since` counts. None
    /// once it is believed.
    pub fn twice(
        memory: &Memory,
        times: &Times,
        claim: &Claim,
        since: Timestamp,
        listed: Timestamp,
    ) -> Option<Step> {
        let Some((_, first)) = memory.missed.filter(|(n, at)| *n == claim.n && *at >= since) else {
            return Some(Step::Look(Self::Second { missed: listed, from: later(listed, times.settle) }));
        };
        // A clock that was set back and forward again makes the first list look older than it is, and so its own second.
        let second = times.settled(first);
        match (listed >= second, times.now < second) {
            (true, _) => None,
            (false, true) => Some(Step::Wait { until: second }),
            (false, false) => Some(Step::Look(Self::List(second))),
        }
    }
}

/// A write at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Makes what is desired.
    Create,
    /// Changes it to what is desired. The code, or the template's id, as it is known now.
    Update(String),
    /// Changes settings that need no review (`Capabilities::sets_without_review`).
    Set(String),
    /// Deletes it.
    Delete(String),
    /// Lets a paused template go on, or takes it out of the archive.
    Revive(String),
}

/// Why a claim changes without a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Taken over, since the manifest says so.
    Adopted,
    /// From another object of ours, which lets it go after.
    Inherited(Key),
    /// From another installation, as confirmed on the account.
    TakenOver,
    /// A restored object, or a claim whose other copy was lost.
    Restored,
    /// An unclear intent, found done.
    Done,
    /// An unclear intent, found not done.
    NotDone,
    /// Gone at the provider, for certain.
    Vanished,
    /// Another object of ours has it as well, and was first.
    Yielded(Key),
    /// What was spent, abandoned or refused is noted or forgotten.
    Tidied,
}

impl Kept {
    /// Whether it is news by itself to whoever asks what will happen: something changes hands, or is gone.
    pub fn is_news(&self) -> bool {
        matches!(self, Self::Adopted | Self::Inherited(_) | Self::TakenOver | Self::Vanished)
    }
}

/// Why an object is let go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Released {
    /// It never had anything, or nothing is left.
    Nothing,
    /// It was deleted at the provider, by us.
    Deleted,
    /// Its policy keeps what it has.
    Retained,
    /// Another object has inherited it.
    Inherited(Key),
    /// Namespace, definition or account go: collateral never deletes.
    Collateral,
    /// It is a copy, or another installation's: nothing is ours to delete.
    NotOurs,
    /// The provider refuses to delete it for good.
    Undeletable,
}

/// What a step costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// Everything printed with this code stops working.
    KillsPrintedCode(String),
    /// The template is reviewed again, and cannot be sent meanwhile.
    ReentersReview,
    /// One of few edits is spent.
    SpendsEdit {
        /// How many are spent, this one included.
        used: u32,
        /// How many there are.
        of: u32,
    },
    /// The name cannot be used again before this time.
    LocksName {
        /// Until when.
        until: Timestamp,
    },
    /// The provider cannot do this.
    ProviderForbids(String),
    /// It stays at the provider, and nobody here looks after it any more.
    LeavesBehind(String),
    /// A person gave leave, and it is used up by this.
    SpendsApproval(String),
}

/// A field that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Path in the manifest's spec.
    pub field: String,
    /// What is there.
    pub from: Option<String>,
    /// What will be.
    pub to: Option<String>,
}

/// Something a person should know besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Somebody else changed the object at the provider.
    Drifted,
    /// `approve` names something that is not about to happen: it was used, or is for other content.
    StaleApproval(String),
    /// A code turned up late that may be the outcome of a create that was given up; never taken, never deleted.
    LateCode(String),
    /// A template turned up late that may be the outcome of a create that was given up; `adoption` decides.
    LateTemplate(String),
    /// The provider holds the template in another category than asked for.
    OtherCategory {
        /// The category asked for.
        asked: String,
        /// The provider's.
        theirs: String,
    },
    /// Settings that the provider does not take by an edit.
    NotByEdit(Vec<String>),
    /// What was changed in the manifest is nothing that the provider shows.
    Unshown,
    /// The code had another text before, or another code was there before.
    Replaced(String),
    /// What it has goes over to another object as this one goes.
    HandsOver(Key),
    /// What comes before: something changes hands, and then it is changed.
    First(String),
    /// Nobody looked whether it is there already; `adoption` takes it over if it is as written.
    TakenOverIfThere,
    /// What a branch changes in its manifest and this plan does not tell, such as what will hold for it later.
    BranchChanges(Vec<Difference>),
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn claim_09_no_list_is_its_own_second_one_because_a_clock_was_set() {
        let at = |seconds: i64| Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        let claim = Claim::default();
        let wait = |until| Some(Step::Wait { until: at(until) });
        for (missed, listed, now, steady, want, reason) in [
            (0, 0, 10, None, wait(60), "a list was made"),
            (0, 60, 61, None, None, "and a second one"),
            (-3600, 0, 10, Some(5), wait(65), "the same list, after an hour back and forward"),
            (-3600, -3600, 10, Some(0), wait(60), "it slept an hour, and the list is a moment old"),
            (-3600, 60, 61, Some(0), None, "and a second one after that"),
        ] {
            let times = Times {
                now: at(now),
                settle: SignedDuration::from_secs(60),
                drift: SignedDuration::from_mins(10),
                call: SignedDuration::from_secs(30),
                steady: steady.map_or(Timestamp::MIN, at),
            };
            let memory = Memory { missed: Some((claim.n, at(missed))), trouble: None };
            let step = Look::twice(&memory, &times, &claim, Timestamp::MIN, at(listed));
            assert_eq!(step, want, "{reason}");
        }
    }

    #[test]
    fn who_waits_for_a_decision_says_for_which_whatever_came_before() {
        let gone = || {
            let step = Step::Keep { claim: Arc::default(), why: Kept::Vanished };
            Plan::new(step, Reason::Creating, "it is gone; another is made")
        };
        let step = Step::Blocked { how: Vec::new() };
        let blocked = Plan::new(step, Reason::AdoptionImpossible, "correct `adopt`");
        assert_eq!(blocked.clone().after(Some(gone())), blocked);
        let step = Step::Call { call: Call::Create, claim: Arc::default() };
        let made = Plan::new(step, Reason::Creating, "it is made");
        assert_eq!(made.after(Some(gone())).message, "it is gone; another is made");
    }
}
