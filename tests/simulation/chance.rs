//! Chance, all of it from the seed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A source of numbers that tells the same story for the same seed (splitmix64).
#[derive(Debug)]
pub(crate) struct Chance(Mutex<u64>);

impl Chance {
    /// One of several sources of a seed: what one part draws never moves what another draws.
    pub(crate) fn new(seed: u64, part: u64) -> Self {
        let source = Self(Mutex::new(seed ^ part.wrapping_mul(0xa076_1d64_78bd_642f)));
        source.next();
        source
    }

    pub(crate) fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below this number.
    pub(crate) fn below(&self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// So many times of a thousand.
    pub(crate) fn permille(&self, times: u64) -> bool {
        self.below(1000) < times
    }

    pub(crate) fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        from.get(usize::try_from(self.below(from.len() as u64)).unwrap_or_default())
    }

    pub(crate) fn millis(&self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least + 1))
    }

    /// How often each of these comes, by weight; the index.
    pub(crate) fn weighed<T: Copy>(&self, from: &[(u64, T)]) -> T {
        let mut left = self.below(from.iter().map(|(weight, _)| weight).sum());
        for (weight, it) in from {
            if left < *weight {
                return *it;
            }
            left -= weight;
        }
        from[0].1
    }
}
