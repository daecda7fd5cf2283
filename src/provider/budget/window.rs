//! One limit of a provider, and what of it is used.

use std::collections::VecDeque;
use std::time::Duration;

use super::lane::{LANES, Lane};

/// From this length on, a window keeps room for the lanes before; in a shorter one they just wait a moment.
const LONG: Duration = Duration::from_secs(60);
/// What each lane is guaranteed of a long window: one call in so many.
const FLOOR: usize = 20;

/// Calls within a sliding window: never more than so many, wherever it starts.
///
/// A permit that is held counts, and counts from the moment it was spent for one window more.
#[derive(Debug)]
pub(super) struct Window {
    calls: usize,
    length: Duration,
    /// Whether all operations share it, and so all lanes meet in it.
    shared: bool,
    spent: VecDeque<(Duration, Lane)>,
    used: [usize; LANES],
    reported: Option<Reported>,
}

/// What the provider says is used, in percent: others may use the same quota.
#[derive(Clone, Copy, Debug)]
struct Reported {
    percent: usize,
    until: Duration,
}

impl Window {
    pub(super) fn new(calls: u32, length: Duration, shared: bool) -> Self {
        // One percent longer than the provider's: calls may arrive closer together than they were sent.
        let length = length + length / 100;
        // A limit of nothing would never let anybody go.
        Self {
            calls: calls.max(1) as usize,
            length,
            shared,
            spent: VecDeque::new(),
            used: [0; LANES],
            reported: None,
        }
    }

    /// Another limit of the same length.
    pub(super) fn set_calls(&mut self, calls: u32) {
        self.calls = calls.max(1) as usize;
    }

    /// Forgets what left the window.
    pub(super) fn advance(&mut self, now: Duration) {
        while let Some(&(at, lane)) = self.spent.front()
            && at + self.length <= now
        {
            self.spent.pop_front();
            self.used[lane as usize] -= 1;
        }
        self.reported = self.reported.filter(|reported| reported.until > now);
    }

    /// Whether this lane may make one more call.
    pub(super) fn admits(&self, lane: Lane) -> bool {
        let total: usize = self.used.iter().sum();
        if total >= self.calls {
            return false;
        }
        if !self.shared || self.length < LONG {
            return true;
        }
        let percent = self.reported.map_or(0, |reported| reported.percent);
        if self.used[lane as usize] < self.floor() {
            return percent < 100;
        }
        let kept: usize = Lane::ALL
            .into_iter()
            .filter(|other| *other != lane)
            .map(|other| self.floor().saturating_sub(self.used[other as usize]))
            .sum();
        let full = (total * 100).max(percent * self.calls);
        full < lane.ceiling() * self.calls && total + kept < self.calls
    }

    /// How many calls one lane alone may make in it.
    pub(super) fn room(&self, lane: Lane) -> usize {
        let divided = self.shared && self.length >= LONG;
        if divided { (self.calls * lane.ceiling() / 100).max(self.floor()).max(1) } else { self.calls }
    }

    /// The guarantee of each lane, in calls. Windows under ten calls are too small to be divided.
    fn floor(&self) -> usize {
        if self.calls < 2 * LANES { 0 } else { self.calls.div_ceil(FLOOR) }
    }

    /// When more room appears by itself; none while everything used is still held.
    pub(super) fn changes(&self) -> Option<Duration> {
        let expiry = self.spent.front().map(|(at, _)| *at + self.length);
        let report = self.reported.map(|reported| reported.until);
        expiry.into_iter().chain(report).min()
    }

    pub(super) fn hold(&mut self, lane: Lane) {
        self.used[lane as usize] += 1;
    }

    pub(super) fn give_back(&mut self, lane: Lane) {
        self.used[lane as usize] -= 1;
    }

    pub(super) fn spend(&mut self, lane: Lane, now: Duration) {
        // Answers come out of order, and so do the moments from which their calls count.
        let place = self.spent.partition_point(|(at, _)| *at <= now);
        self.spent.insert(place, (now, lane));
    }

    /// Takes the provider's word for a while, at most until there is room again where it says when that is; how fast
    /// its own count falls it never says.
    pub(super) fn report(&mut self, percent: usize, room_after: Option<Duration>, now: Duration) {
        let lasts = self.length / 12;
        self.reported =
            Some(Reported { percent, until: now + room_after.map_or(lasts, |after| after.min(lasts)) });
    }

    pub(super) fn shared(&self) -> bool {
        self.shared
    }

    /// Calls left, whoever may make them.
    pub(super) fn left(&self) -> usize {
        let reported = self.reported.map_or(0, |reported| reported.percent * self.calls / 100);
        self.calls.saturating_sub(self.used.iter().sum::<usize>().max(reported))
    }
}
