//! Calls within a sliding window.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::time::Time;

/// When each limited thing was done.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Windows(BTreeMap<String, VecDeque<Time>>);

impl Windows {
    /// How often it was done within the window that ends now.
    pub(crate) fn count(&mut self, key: &str, window: i64, now: Time) -> usize {
        let Some(times) = self.0.get_mut(key) else { return 0 };
        // `>= window` leaves a time that is exactly one window old outside; a clock that goes back keeps it.
        while times.front().is_some_and(|first| now.since(*first) >= window) {
            times.pop_front();
        }
        times.len()
    }

    /// Notes that it was done.
    pub(crate) fn note(&mut self, key: &str, now: Time) {
        if let Some(times) = self.0.get_mut(key) {
            times.push_back(now);
        } else {
            self.0.insert(key.to_owned(), VecDeque::from([now]));
        }
    }

    /// How long until the count falls below the limit.
    pub(crate) fn wait(&self, key: &str, limit: usize, window: i64, now: Time) -> i64 {
        let Some(times) = self.0.get(key) else { return 0 };
        let Some(blocking) = times.len().checked_sub(limit.max(1)).and_then(|index| times.get(index)) else {
            return 0;
        };
        (window - now.since(*blocking)).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slides() {
        let mut windows = Windows::default();
        for time in [0, 100, 200] {
            windows.note("a", Time(time));
        }
        assert_eq!(windows.count("a", 1_000, Time(999)), 3);
        assert_eq!(windows.wait("a", 3, 1_000, Time(999)), 1);
        assert_eq!(windows.wait("a", 2, 1_000, Time(999)), 101);
        assert_eq!(windows.count("a", 1_000, Time(1_000)), 2);
        assert_eq!(windows.count("b", 1_000, Time(0)), 0);
    }
}
