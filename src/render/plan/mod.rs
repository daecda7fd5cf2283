//! A plan as people and programs read it: what will happen, what it costs, and who must decide.
//!
//! | sign | meaning |
//! |---|---|
//! | `+` | it is made |
//! | `~` | it is changed, or taken over |
//! | `-` | it is deleted, or let go |
//! | `!` | it is blocked, or in conflict with another object |
//! | `?` | nobody knows yet, or no list of the provider backs it |
//! | none | nothing changes |

mod annotations;
mod json;
pub mod markdown;
mod setting;
mod text;

pub use annotations::annotations;
pub use json::{Document, Saved, document, schema};
pub use setting::{Against, Setting};
pub use text::{costs, left, left_accounts, opening, orphans, text};

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::facts::Key;
use crate::plan::reason::{Progress, Reason};
use crate::plan::step::{Call, Plan, Step};

/// One object with its plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// What it is known by.
    pub key: Key,
    /// `file:line` of its manifest, where it has one.
    pub place: Option<String>,
    /// What is to be done.
    pub plan: Plan,
    /// Whether it had anything at the provider before.
    pub existed: bool,
    /// Whether a list of the provider backs the plan (claims.md 22).
    pub verified: bool,
}

/// What happens to an object, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// Nothing.
    Unchanged,
    /// It is made.
    Create,
    /// It is changed.
    Change,
    /// It is deleted.
    Delete,
    /// What exists is taken over; nothing changes at the provider.
    TakeOver,
    /// It is let go; nothing changes at the provider.
    Release,
    /// It is made or changed once the provider allows it.
    Later,
    /// A person must decide first.
    Blocked,
    /// Another object has what it wants.
    Conflict,
    /// More must be known first.
    Unknown,
}

impl Planned {
    /// What happens to it.
    pub fn action(&self) -> Action {
        match &self.plan.step {
            // Whoever holds an object still has decided.
            _ if self.plan.reason.progress() == Progress::Held => Action::Unchanged,
            Step::Call { call: Call::Create, .. } => Action::Create,
            Step::Call { call: Call::Update(_) | Call::Set(_) | Call::Revive(_), .. } => Action::Change,
            Step::Call { call: Call::Delete(_), .. } => Action::Delete,
            Step::Keep { .. } => kept(self.plan.reason),
            Step::Release(_) => Action::Release,
            Step::Wait { .. } if self.plan.heir().is_some() => Action::Release,
            // What cannot be looked at is not known.
            Step::Blocked { .. } if !self.verified => Action::Unknown,
            Step::Blocked { .. } => Action::Blocked,
            Step::Conflict { .. } => Action::Conflict,
            Step::Look(_) => Action::Unknown,
            Step::Nothing => self.resting(Action::Unchanged),
            Step::Wait { .. } => self.resting(Action::Later),
        }
    }

    /// Nothing is done now: because all is well, because nobody knows, because it is not allowed, or not yet.
    fn resting(&self, not_yet: Action) -> Action {
        match self.plan.delivered() {
            None => Action::Unknown,
            Some(true) => Action::Unchanged,
            Some(false) if self.plan.reason.progress() == Progress::Stalled => Action::Blocked,
            Some(false) => not_yet,
        }
    }

    /// The sign of its line.
    pub fn sign(&self) -> char {
        match self.action() {
            _ if !self.verified => '?',
            Action::Unchanged => ' ',
            Action::Create => '+',
            Action::Later if !self.existed => '+',
            Action::Change | Action::TakeOver | Action::Later => '~',
            Action::Delete | Action::Release => '-',
            Action::Blocked | Action::Conflict => '!',
            Action::Unknown => '?',
        }
    }

    /// Whether somebody has to do something. Who suspends an object knows that.
    pub fn needs_you(&self) -> bool {
        self.plan.reason.progress() == Progress::Stalled
    }

    /// The lines that decide, ready to be pasted into the manifest.
    pub fn decisions(&self) -> &[String] {
        match &self.plan.step {
            Step::Blocked { how } => how,
            _ => &[],
        }
    }
}

/// A claim that changes is what comes next: bookkeeping by itself is nobody's business.
fn kept(reason: Reason) -> Action {
    match reason {
        Reason::Creating => Action::Create,
        Reason::Updating => Action::Change,
        Reason::Deleting => Action::Delete,
        Reason::Adopting => Action::TakeOver,
        _ => Action::Unchanged,
    }
}

/// How many objects there are of each action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Are made.
    pub create: usize,
    /// Are changed.
    pub change: usize,
    /// Are deleted.
    pub delete: usize,
    /// Are taken over.
    pub take_over: usize,
    /// Are let go.
    pub release: usize,
    /// Are made or changed once the provider allows it.
    pub later: usize,
    /// Wait for a decision.
    pub blocked: usize,
    /// Want what another object has.
    pub conflict: usize,
    /// Are not known well enough.
    pub unknown: usize,
    /// Stay as they are.
    pub unchanged: usize,
    /// Of all these, how many no list of the provider backs.
    pub unverified: usize,
    /// Of all these, how many need somebody.
    pub need_you: usize,
}

impl Summary {
    /// Counts a plan.
    pub fn of(objects: &[Planned]) -> Self {
        let mut summary = Self::default();
        for object in objects {
            *summary.slot(object.action()) += 1;
            summary.unverified += usize::from(!object.verified);
            summary.need_you += usize::from(object.needs_you());
        }
        summary
    }

    fn slot(&mut self, action: Action) -> &mut usize {
        match action {
            Action::Unchanged => &mut self.unchanged,
            Action::Create => &mut self.create,
            Action::Change => &mut self.change,
            Action::Delete => &mut self.delete,
            Action::TakeOver => &mut self.take_over,
            Action::Release => &mut self.release,
            Action::Later => &mut self.later,
            Action::Blocked => &mut self.blocked,
            Action::Conflict => &mut self.conflict,
            Action::Unknown => &mut self.unknown,
        }
    }

    /// How many objects something happens to, now or later.
    pub fn changes(&self) -> usize {
        self.create + self.change + self.delete + self.take_over + self.release + self.later
    }

    /// Whether all there is to do is to take over what exists: nothing changes at the provider.
    pub fn only_takes_over(&self) -> bool {
        self.take_over > 0
            && self.take_over == self.changes()
            && self.stopped() + self.unknown + self.unverified == 0
    }

    /// How many objects nothing happens to although something should.
    pub fn stopped(&self) -> usize {
        self.blocked + self.conflict
    }
}

/// In the order in which people look for them: kind, namespace, name.
fn sorted(objects: &[Planned]) -> Vec<&Planned> {
    let mut sorted: Vec<&Planned> = objects.iter().collect();
    sorted.sort_by(|one, other| one.key.cmp(&other.key));
    sorted
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
