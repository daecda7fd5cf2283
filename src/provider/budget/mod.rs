//! The budget of an account: no quota is ever exceeded, nobody starves, and who matters most goes first.
//!
//! All decisions are made by the pure [`core`]; this file lends it a clock and lets tasks wait.

mod core;
mod lane;
mod window;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as TurnLock, Notify, oneshot};
use tokio::time::Instant;

use self::core::{Core, Ticket};
pub use self::core::{Limit, Scope};
pub use self::lane::Lane;

/// The window of quotas that are counted by the hour.
pub const HOUR: Duration = Duration::from_secs(3600);

/// A provider's limit, or the account's own where that is lower.
pub fn lowered(limit: u32, own: Option<i32>) -> u32 {
    own.and_then(|own| u32::try_from(own).ok()).map_or(limit, |own| own.min(limit))
}

/// The budget of one quota at a provider. Clones share it.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    start: Instant,
    state: Mutex<State>,
    /// Something changed that may let a waiter go earlier than expected.
    changed: Notify,
    /// Held by the one waiter that watches the clock for all; the next takes over when it is served or gives up.
    watch: TurnLock<()>,
}

#[derive(Debug)]
struct State {
    core: Core,
    waiters: HashMap<Ticket, oneshot::Sender<()>>,
}

/// The right to one call. Dropped without being spent, it returns to the budget.
#[derive(Debug)]
#[must_use = "a dropped permit returns to the budget"]
pub struct Permit {
    budget: Budget,
    ticket: Ticket,
    operation: &'static str,
    lane: Lane,
}

/// What is left of a limit, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// The operation, or `*` for all together.
    pub operation: &'static str,
    /// The limit.
    pub limit: Limit,
    /// Calls left in the window that ends now.
    pub left: usize,
}

impl Budget {
    /// A budget under these limits.
    pub fn new(limits: Vec<Limit>) -> Self {
        Self(Arc::new(Shared {
            start: Instant::now(),
            state: Mutex::new(State { core: Core::new(limits), waiters: HashMap::new() }),
            changed: Notify::new(),
            watch: TurnLock::new(()),
        }))
    }

    /// Other limits from now on. What was spent under a limit that counts the same calls in the same time counts on.
    pub fn set_limits(&self, limits: &[Limit]) {
        self.state().core.set_limits(limits);
        self.0.changed.notify_one();
    }

    /// Waits for the right to one call. Giving up (dropping the future) frees the place.
    pub async fn acquire(&self, operation: &'static str, lane: Lane) -> Permit {
        let (sender, granted) = oneshot::channel();
        let permit = {
            let mut state = self.state();
            let ticket = state.core.join(operation, lane);
            state.waiters.insert(ticket, sender);
            Permit { budget: self.clone(), ticket, operation, lane }
        };
        self.0.changed.notify_one();
        tokio::select! {
            biased;
            // The sender is dropped only after it sent, or together with this future.
            _ = granted => permit,
            never = self.watch_the_clock() => match never {},
        }
    }

    /// Grants when time has come. All waiters call this and one of them does it.
    async fn watch_the_clock(&self) -> Infallible {
        let _turn = self.0.watch.lock().await;
        loop {
            match self.dispatch() {
                Some(next) => tokio::select! {
                    biased;
                    () = tokio::time::sleep_until(self.0.start + next) => {}
                    () = self.0.changed.notified() => {}
                },
                None => self.0.changed.notified().await,
            }
        }
    }

    /// Serves who can be served, and says when to look again.
    fn dispatch(&self) -> Option<Duration> {
        let now = self.now();
        let mut state = self.state();
        for ticket in state.core.dispatch(now) {
            if let Some(waiter) = state.waiters.remove(&ticket) {
                // Whoever gave up meanwhile returns its permit by itself.
                let _ = waiter.send(());
            }
        }
        state.core.next(now)
    }

    /// The provider refused a call as one too many: stops this operation, or all of them.
    pub fn throttled(&self, operation: Option<&'static str>, after: Option<Duration>) {
        self.state().core.throttle(operation, after, self.now());
    }

    /// The provider took a call.
    pub fn succeeded(&self, operation: &'static str) {
        self.state().core.succeed(operation, self.now());
    }

    /// The provider's own count of what all callers used of the shared quota, in percent, and in how long it has room
    /// again, where it says so.
    pub fn reported(&self, percent: usize, room_after: Option<Duration>) {
        self.state().core.report(percent, room_after, self.now());
        self.0.changed.notify_one();
    }

    /// What is left of each limit that was met so far.
    pub fn remaining(&self) -> Vec<Remaining> {
        let remaining = self.state().core.remaining(self.now());
        remaining.into_iter().map(|(operation, limit, left)| Remaining { operation, limit, left }).collect()
    }

    /// How long so many calls of an operation take at least, by the limits alone, where nobody else calls.
    pub fn least(&self, operation: &'static str, lane: Lane, calls: usize) -> Duration {
        self.state().core.least(operation, lane, calls)
    }

    /// How many calls wait in each lane.
    pub fn queued(&self) -> Vec<(Lane, usize)> {
        Lane::ALL.into_iter().zip(self.state().core.queued()).collect()
    }

    fn now(&self) -> Duration {
        self.0.start.elapsed()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The operation it is for.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The lane it was granted in.
    pub fn lane(&self) -> Lane {
        self.lane
    }

    /// The budget it came from.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The call goes out now: from here on it counts.
    pub fn spend(self) {
        self.budget.state().core.spend(self.ticket, self.budget.now());
        // Dropped now, and known to nobody: returning it has no effect.
    }

    /// The call goes out now, and the moment it arrives will be known better when it is answered. Until then it
    /// counts as under way.
    pub fn send(self) -> Sent {
        Sent { at: self.budget.now(), permit: self }
    }
}

/// A call under way. Dropped without an answer, it counts from that moment: nobody knows when it arrived.
#[derive(Debug)]
#[must_use = "a call counts as under way until it is answered or given up"]
pub struct Sent {
    permit: Permit,
    at: Duration,
}

impl Sent {
    /// The answer came, so the call arrived before now.
    pub fn answered(self) {
        let budget = &self.permit.budget;
        budget.state().core.answered(self.permit.ticket, self.at, budget.now());
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        let budget = &self.permit.budget;
        // After an answer nobody knows the ticket any more, and this has no effect.
        budget.state().core.spend(self.permit.ticket, budget.now());
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        {
            let mut state = self.budget.state();
            state.waiters.remove(&self.ticket);
            state.core.leave(self.ticket);
        }
        self.budget.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests;
