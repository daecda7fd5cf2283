//! One budget for all who share a quota at a provider, under the strictest of their limits.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::budget::{Budget, Limit};

/// A quota at a provider.
#[derive(Debug)]
pub(super) struct Quota {
    budget: Budget,
    members: Mutex<Members>,
}

#[derive(Debug, Default)]
struct Members {
    last: u64,
    limits: BTreeMap<u64, Vec<Limit>>,
}

impl Members {
    /// The lowest of all that count the same in the same time.
    fn strictest(&self) -> Vec<Limit> {
        let mut strictest: Vec<Limit> = Vec::new();
        for limit in self.limits.values().flatten() {
            match strictest.iter_mut().find(|known| known.counts_as(limit)) {
                Some(known) => known.calls = known.calls.min(limit.calls),
                None => strictest.push(*limit),
            }
        }
        strictest
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self { budget: Budget::new(Vec::new()), members: Mutex::default() }
    }
}

impl Quota {
    /// One more spends from it, under these limits of its own.
    pub(super) fn join(self: &Arc<Self>, limits: Vec<Limit>) -> Share {
        let mut members = self.members();
        members.last += 1;
        let member = members.last;
        members.limits.insert(member, limits);
        self.budget.set_limits(&members.strictest());
        Share { quota: Arc::clone(self), member }
    }

    /// What is spent from.
    pub(super) fn budget(&self) -> &Budget {
        &self.budget
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A share in a quota. Dropped, its limits hold for nobody any more.
#[derive(Debug)]
pub(super) struct Share {
    quota: Arc<Quota>,
    member: u64,
}

impl Share {
    pub(super) fn budget(&self) -> &Budget {
        &self.quota.budget
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut members = self.quota.members();
        members.limits.remove(&self.member);
        // The provider goes on counting when nobody is left: so do the last limits.
        if !members.limits.is_empty() {
            self.quota.budget.set_limits(&members.strictest());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::provider::budget::{HOUR, Lane, Scope};

    fn limit(scope: Scope, calls: u32, seconds: u64) -> Limit {
        Limit { scope, calls, window: Duration::from_secs(seconds) }
    }

    async fn seconds_of(budget: &Budget, calls: u32) -> u64 {
        let start = Instant::now();
        for _ in 0..calls {
            budget.acquire("Op", Lane::Recovery).await.spend();
        }
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn the_strictest_limits_hold_while_their_owner_is_there() {
        let quota = Arc::new(Quota::default());
        let wide = quota.join(vec![limit(Scope::EachOperation, 10, 100)]);
        assert_eq!(seconds_of(wide.budget(), 8).await, 0);
        let narrow = quota.join(vec![limit(Scope::EachOperation, 5, 100), limit(Scope::Together, 50, 3600)]);
        assert_eq!(
            seconds_of(wide.budget(), 5).await,
            101,
            "what was spent before counts under the new limit"
        );
        drop(narrow);
        assert_eq!(seconds_of(wide.budget(), 5).await, 0, "five more of ten");
        drop(wide);
        let again = quota.join(vec![limit(Scope::EachOperation, 10, 100)]);
        assert_eq!(seconds_of(again.budget(), 10).await, 101, "the provider never stopped counting");
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_comes_while_calls_wait_or_are_under_way_holds_for_them() {
        let quota = Arc::new(Quota::default());
        let first = quota.join(vec![limit(Scope::EachOperation, 2, 10)]);
        let sent = first.budget().acquire("Op", Lane::UserEdit).await.send();
        first.budget().acquire("Op", Lane::UserEdit).await.spend();
        let waiting = tokio::spawn({
            let budget = first.budget().clone();
            async move { seconds_of(&budget, 1).await }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        let second = quota.join(vec![Limit { scope: Scope::Together, calls: 1, window: HOUR }]);
        sent.answered();
        assert!(waiting.await.unwrap() > 3600, "the call under way used the one of this hour");
        drop(second);
    }
}
