//! One of several processes that share the work: each has the Lease of its part, and whoever finds all taken stands by.
//!
//! Which part serves an account follows from their number, so processes that count differently must never work at the
//! same time. Each Lease says how many parts its holder counts. Whoever acquires one looks at all others before and
//! after: where somebody who counts differently holds one, it is given back. Of two that write and then look, at least
//! one sees the other, so at no moment do both work; while a rollout changes the number, the new ones wait for the last
//! of the old ones.

use tokio::time::sleep;

use super::elect::{Candidate, Elector};
use super::health::Health;
use super::lease::PACE;
use crate::engine::driver;
use crate::engine::share::Share;
use crate::engine::store::StoreError;

/// The Leases of all parts, one of which may be ours.
pub(super) struct Shards {
    electors: Vec<Elector>,
    mine: usize,
}

impl Shards {
    pub(super) fn new(client: &kube::Client, candidate: &Candidate) -> Self {
        let elector = |index| Elector::new(client.clone(), candidate.of_part(index));
        Self { electors: (0..candidate.shards.max(1)).map(elector).collect(), mine: 0 }
    }

    /// Returns when one part is ours: which.
    pub(super) async fn acquire(&mut self, health: &Health) -> Share {
        let of = u32::try_from(self.electors.len()).unwrap_or(u32::MAX);
        loop {
            let mut hindrance = None;
            for (index, elector) in self.electors.iter_mut().enumerate() {
                match elector.attempt().await {
                    Ok(true) => {
                        health.waits_no_more();
                        self.mine = index;
                        return Share { index: u32::try_from(index).unwrap_or(u32::MAX), of };
                    }
                    Ok(false) | Err(StoreError::Conflict) => {}
                    Err(error) => hindrance = Some(error),
                }
            }
            match hindrance {
                Some(error) => health.waits(&error.to_string()),
                None => health.waits_no_more(),
            }
            // Those who count differently come back at different times, so that one of them is first.
            sleep(PACE + PACE / 8 * (of % 8)).await;
        }
    }

    /// Leads as long as it can; returns when somebody else leads, or could.
    pub(super) async fn keep(&mut self) {
        if let Some(elector) = self.electors.get_mut(self.mine) {
            elector.keep().await;
        }
    }

    /// Gives the Lease back, so that the next one need not wait.
    pub(super) async fn give_back(&mut self) {
        if let Some(elector) = self.electors.get_mut(self.mine) {
            elector.give_back().await;
        }
    }

    /// Until when this process may write.
    pub(super) fn term(&self) -> Option<driver::Lease> {
        self.electors.get(self.mine).map(Elector::term)
    }
}
