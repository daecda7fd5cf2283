//! How many calls were made, and how they ended.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::budget::Lane;
use super::error::{Class, Effect, Error};

/// Calls of one kind that ended in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// What was called.
    pub operation: &'static str,
    /// Why.
    pub lane: Lane,
    /// `done`, `refused`, `throttled`, `unclear` or `failed`.
    pub outcome: &'static str,
}

/// Counts calls. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<BTreeMap<Call, u64>>>);

impl Tally {
    /// One more call.
    pub fn count(&self, operation: &'static str, lane: Lane, outcome: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(Call { operation, lane, outcome }).or_default() += 1;
    }

    /// One more call that ended like this.
    pub(super) fn ended<T>(&self, operation: &'static str, lane: Lane, result: &Result<T, Error>) {
        let outcome = match result {
            Ok(_) => "done",
            Err(Error { class: Class::Throttled { .. }, .. }) => "throttled",
            Err(Error { effect: Effect::Unclear, .. }) => "unclear",
            Err(Error { class: Class::Transient, .. }) => "failed",
            Err(_) => "refused",
        };
        self.count(operation, lane, outcome);
    }

    /// How many calls there were of each kind and end.
    pub fn counts(&self) -> BTreeMap<Call, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
