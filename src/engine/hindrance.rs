//! What stands in the way of a round, and when to come back.

use std::sync::PoisonError;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::backoff;
use super::doors::drift_interval;
use super::driver::{Driver, Next};
use super::happening::Happening;
use super::object::AccountObject;
use super::store::{Store, StoreError};
use crate::clock;
use crate::plan::claim::needs_settling;
use crate::plan::facts::{Key, Trouble};
use crate::plan::reason::Reason;
use crate::plan::step::{Plan, Step};
use crate::provider::error::{Class, Error};

/// How often it is looked at whether an account allows a namespace by now.
const NOT_ALLOWED: SignedDuration = SignedDuration::from_secs(60);

/// Why a round could not be made.
pub(super) enum Hindered {
    /// Read again and start anew.
    Stale,
    /// The store cannot, now.
    Store(String),
    /// The store will not, until somebody does something.
    Refused(String),
    /// The provider did not.
    Provider(Error),
}

impl From<StoreError> for Hindered {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict | StoreError::Gone => Self::Stale,
            StoreError::Refused(why) => Self::Refused(why),
            StoreError::Unavailable(why) => Self::Store(why),
        }
    }
}

impl From<Error> for Hindered {
    fn from(error: Error) -> Self {
        Self::Provider(error)
    }
}

impl<S: Store> Driver<S> {
    pub(super) fn next(&self, key: &Key, plan: &Plan) -> Next {
        let now = clock::timestamp();
        let world = self.world();
        let Some(entry) = world.get(key) else { return Next::NEVER };
        // Whoever only looks writes no claim, not even at leisure.
        let settle = !self.settings.read_only
            && needs_settling(entry.object.annotation.says(), entry.object.claim_in_status());
        let account = world.account_of(&entry.object).map(|account| &**account);
        let drift = match plan.reason {
            // A label on a namespace wakes nobody; to look again costs no call.
            Reason::AccountNotAllowed => NOT_ALLOWED.min(drift_interval(account)),
            _ => drift_interval(account),
        };
        let drift = now.checked_add(backoff::jittered(drift, &key.to_string(), 0)).ok();
        let at = match &plan.step {
            // A time that has passed must not make a loop that never rests. Whoever waits for longer than others are left
            // alone is looked at with them: what it waits with may be gone.
            Step::Wait { until } => {
                let until = (*until).max(now + SignedDuration::from_secs(1));
                Some(drift.map_or(until, |drift| until.min(drift)))
            }
            // What whoever only looks would do is there to be done by others, and may be done.
            _ => drift,
        };
        Next { at, settle }
    }

    /// What a hindrance comes to: when to come back, or none to start anew at once.
    pub(super) async fn hinder(&self, key: &Key, hindered: Hindered) -> Option<Next> {
        let now = clock::timestamp();
        match hindered {
            Hindered::Stale => {
                match self.reread_one(key).await {
                    Ok(()) => {}
                    Err(StoreError::Refused(why)) => return Some(self.store_refused(key, &why, now)),
                    Err(error) => return Some(self.store_failed(key, &error.to_string(), now)),
                }
                None
            }
            Hindered::Store(why) => Some(self.store_failed(key, &why, now)),
            Hindered::Refused(why) => Some(self.store_refused(key, &why, now)),
            // Planning speaks of it from now on, and says when to come back.
            Hindered::Provider(error) => {
                self.trouble(key, &error, None, None);
                None
            }
        }
    }

    fn store_refused(&self, key: &Key, why: &str, now: Timestamp) -> Next {
        // Where no status can be written, only an Event is left to say so.
        self.witness.tell(key, &Happening::Unwritten(why));
        self.store_failed(key, why, now)
    }

    pub(super) fn store_failed(&self, key: &Key, why: &str, now: Timestamp) -> Next {
        tracing::warn!(object = %key, "{why}");
        let failures = self.world_mut().remember(key, |entry| {
            entry.failures = entry.failures.saturating_add(1);
            entry.failures
        });
        Next::at(backoff::not_before(Class::Transient, failures.unwrap_or(1), &key.to_string(), now))
    }

    /// Remembers what went wrong, and how long to hold back. `lock` is for how long the provider locks the names of what is
    /// deleted.
    pub(super) fn trouble(&self, key: &Key, error: &Error, hash: Option<&str>, lock: Option<Duration>) {
        let now = clock::timestamp();
        if error.class == Class::Credentials {
            self.distrust(key, error);
        }
        self.world_mut().remember(key, |entry| {
            entry.failures = entry.failures.saturating_add(1);
            let free = backoff::free(error.class, entry.memory.trouble.as_deref(), lock, now);
            let not_before = backoff::not_before(error.class, entry.failures, &key.to_string(), now);
            // Patience that a provider asks for besides has nothing to do with the name.
            let soonest = free.filter(|_| error.class == Class::NameLocked);
            entry.memory.trouble = Some(Box::new(Trouble {
                class: error.class,
                not_before: soonest.map_or(not_before, |free| not_before.min(free)),
                free,
                why: error.to_string(),
                hash: hash.map(str::to_owned),
            }));
        });
    }

    /// Credentials stopped working: the account closes, and all its objects hold still.
    pub(super) fn distrust(&self, key: &Key, error: &Error) {
        let account = self.world().get(key).and_then(|entry| entry.object.account());
        let Some((namespace, name)) = account else { return };
        let account = AccountObject::key_of(&namespace, &name);
        self.doors.close(&account, error);
        self.wake([account]);
    }

    /// A look succeeded; what a call failed of is not over by that.
    pub(super) fn looked(&self, key: &Key) {
        self.world_mut().remember(key, |entry| {
            if entry.memory.trouble.as_ref().is_none_or(|trouble| trouble.hash.is_none()) {
                entry.failures = 0;
                entry.memory.trouble = None;
            }
        });
    }

    /// A call succeeded.
    pub(super) fn calm(&self, key: &Key) {
        self.world_mut().remember(key, |entry| {
            entry.failures = 0;
            entry.memory.trouble = None;
        });
    }

    /// Since when the wall clock can be believed. Set back, it would make everybody wait twice; set forward, as by a
    /// machine that slept, it says nothing about how much time a provider had.
    pub(super) fn steady_since(&self) -> Timestamp {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(jump) = watch.look() {
            tracing::warn!(seconds = jump.by.as_secs(), "the wall clock jumped");
            if jump.by.is_negative() {
                self.world_mut().set_back(jump.by.abs());
                self.doors.set_back(jump.by.abs());
            }
        }
        watch.steady_since()
    }
}
