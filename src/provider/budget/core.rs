//! The pure heart of the budget: who goes next. Time is an argument, counted from any fixed moment.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use super::lane::{LANES, Lane};
use super::window::Window;

/// A place in the queue, and later the right to one call. Numbers grow, so the smallest came first.
pub(super) type Ticket = u64;

/// The calls of a limit that holds for nobody any more.
const UNLIMITED: u32 = u32::MAX;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The calls of each operation by itself.
    EachOperation,
    /// The calls of one operation.
    Operation(&'static str),
    /// The calls of all operations together.
    Together,
}

impl Scope {
    /// Under which name the calls of this operation are counted, if they are.
    fn counts(self, operation: &'static str) -> Option<&'static str> {
        match self {
            Self::EachOperation => Some(operation),
            Self::Operation(only) => (only == operation).then_some(operation),
            Self::Together => Some(TOGETHER),
        }
    }
}

/// The name under which calls of all operations are counted.
pub(super) const TOGETHER: &str = "*";

/// A limit: never more than so many calls in a window of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What it counts.
    pub scope: Scope,
    /// How many calls.
    pub calls: u32,
    /// In how long.
    pub window: Duration,
}

impl Limit {
    /// Whether both count the same calls in the same time.
    pub(in crate::provider) fn counts_as(&self, other: &Self) -> bool {
        self.scope == other.scope && self.window == other.window
    }
}

/// Calls stopped because the provider said so.
#[derive(Clone, Copy, Debug, Default)]
struct Pause {
    until: Duration,
    /// How many times in a row it was imposed without a word on how long.
    streak: u32,
}

#[derive(Debug, Default)]
pub(super) struct Core {
    limits: Vec<Limit>,
    windows: BTreeMap<(usize, &'static str), Window>,
    pauses: BTreeMap<&'static str, Pause>,
    waiting: [BTreeMap<&'static str, BTreeSet<Ticket>>; LANES],
    /// Calls of other lanes since this one, while it could have gone.
    passed_by: [u32; LANES],
    held: HashMap<Ticket, (&'static str, Lane)>,
    /// When the first answer came: calls from then on find a connection.
    connected: Option<Duration>,
    /// How long the quickest answer of each operation took since: what the way there and back takes at least.
    quickest: BTreeMap<&'static str, Duration>,
    last: Ticket,
}

impl Core {
    pub(super) fn new(limits: Vec<Limit>) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Other limits from now on. What was spent counts on under the limit that counts the same; one that is not
    /// among them any more stops nobody, and a new one counts from now, calls under way included.
    pub(super) fn set_limits(&mut self, limits: &[Limit]) {
        for known in &mut self.limits {
            let successor = limits.iter().find(|limit| limit.counts_as(known));
            known.calls = successor.map_or(UNLIMITED, |limit| limit.calls);
        }
        for limit in limits {
            if !self.limits.iter().any(|known| known.counts_as(limit)) {
                self.limits.push(*limit);
            }
        }
        for ((limit, _), window) in &mut self.windows {
            window.set_calls(self.limits[*limit].calls);
        }
        let waiting = self.waiting.iter().flat_map(|lane| lane.keys().copied());
        let operations: BTreeSet<_> =
            waiting.chain(self.held.values().map(|(operation, _)| *operation)).collect();
        for operation in operations {
            self.open_windows(operation);
        }
    }

    /// How long so many calls take from now on where nothing was spent yet: the windows that they fill.
    pub(super) fn least(&self, operation: &'static str, lane: Lane, calls: usize) -> Duration {
        let counted = self.limits.iter().filter(|limit| limit.scope.counts(operation).is_some());
        let full = counted.map(|limit| {
            let room = Window::new(limit.calls, limit.window, limit.scope == Scope::Together).room(lane);
            let windows = u32::try_from(calls.saturating_sub(1) / room).unwrap_or(u32::MAX);
            limit.window.saturating_mul(windows)
        });
        full.max().unwrap_or_default()
    }

    /// Takes a place in the queue.
    pub(super) fn join(&mut self, operation: &'static str, lane: Lane) -> Ticket {
        self.last += 1;
        self.waiting[lane as usize].entry(operation).or_default().insert(self.last);
        self.open_windows(operation);
        self.last
    }

    /// A window for each limit that counts this operation, with the permits that are out already.
    fn open_windows(&mut self, operation: &'static str) {
        for key in self.keys(operation) {
            let limit = self.limits[key.0];
            let held = &self.held;
            self.windows.entry(key).or_insert_with(|| {
                let mut window = Window::new(limit.calls, limit.window, limit.scope == Scope::Together);
                let counted = held.values().filter(|(held, _)| limit.scope.counts(held) == Some(key.1));
                counted.for_each(|(_, lane)| window.hold(*lane));
                window
            });
        }
    }

    /// Leaves the queue, or returns an unused permit.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        if let Some((operation, lane)) = self.held.remove(&ticket) {
            self.windows_of(operation, |window| window.give_back(lane));
            return;
        }
        for lane in &mut self.waiting {
            lane.retain(|_, tickets| {
                tickets.remove(&ticket);
                !tickets.is_empty()
            });
        }
    }

    /// The call goes out now.
    pub(super) fn spend(&mut self, ticket: Ticket, now: Duration) {
        if let Some((operation, lane)) = self.held.remove(&ticket) {
            self.windows_of(operation, |window| window.spend(lane, now));
        }
    }

    /// The call that went out then is answered now. Two calls arrive as far apart as they were sent only if both were
    /// equally long on their way, so a call counts from as much later as its answer took longer than the quickest one:
    /// no later call can then arrive within a window of it. While nothing is known of the way, because the call had to
    /// make its connection or is the first of its kind, it counts from its answer.
    pub(super) fn answered(&mut self, ticket: Ticket, sent: Duration, now: Duration) {
        let Some((operation, _)) = self.held.get(&ticket) else { return };
        let took = now.saturating_sub(sent);
        let connected = *self.connected.get_or_insert(now);
        let mut late = took;
        if sent >= connected {
            let quickest = self.quickest.get(operation).copied();
            late = quickest.map_or(took, |quickest| took.saturating_sub(quickest));
            self.quickest.insert(operation, quickest.map_or(took, |quickest| quickest.min(took)));
        }
        self.spend(ticket, sent + late);
    }

    /// Grants whatever can be granted now, in order.
    pub(super) fn dispatch(&mut self, now: Duration) -> Vec<Ticket> {
        self.windows.values_mut().for_each(|window| window.advance(now));
        let mut granted = Vec::new();
        while let Some((lane, operation, ticket)) = self.pick(now) {
            let tickets = &mut self.waiting[lane as usize];
            if let Some(queue) = tickets.get_mut(operation) {
                queue.remove(&ticket);
                if queue.is_empty() {
                    tickets.remove(operation);
                }
            }
            self.held.insert(ticket, (operation, lane));
            self.windows_of(operation, |window| window.hold(lane));
            granted.push(ticket);
        }
        granted
    }

    /// Who goes next: the last lane that is due, or else the first lane that can go; in a lane, who came first.
    fn pick(&mut self, now: Duration) -> Option<(Lane, &'static str, Ticket)> {
        let ready: Vec<_> = Lane::ALL.into_iter().filter_map(|lane| self.first_ready(lane, now)).collect();
        let due = |(lane, ..): &&(Lane, &str, Ticket)| self.passed_by[*lane as usize] >= lane.patience();
        let chosen = *ready.iter().rev().find(due).or(ready.first())?;
        for (lane, ..) in &ready {
            self.passed_by[*lane as usize] += 1;
        }
        self.passed_by[chosen.0 as usize] = 0;
        Some(chosen)
    }

    fn first_ready(&self, lane: Lane, now: Duration) -> Option<(Lane, &'static str, Ticket)> {
        let queues = self.waiting[lane as usize].iter();
        let ready = queues.filter(|(operation, _)| self.blocked_until(operation, lane, now).is_none());
        let first = ready.filter_map(|(operation, tickets)| Some((*tickets.first()?, *operation)));
        first.min().map(|(ticket, operation)| (lane, operation, ticket))
    }

    /// When to dispatch again at the latest, if nothing else happens.
    pub(super) fn next(&self, now: Duration) -> Option<Duration> {
        let waiting = Lane::ALL
            .into_iter()
            .flat_map(|lane| self.waiting[lane as usize].keys().map(move |operation| (lane, *operation)));
        waiting.filter_map(|(lane, operation)| self.blocked_until(operation, lane, now)?).min()
    }

    /// `None` when this call can go; otherwise when that may change by itself, if it does.
    #[expect(clippy::option_option, reason = "blocked, and until when: two questions")]
    fn blocked_until(&self, operation: &'static str, lane: Lane, now: Duration) -> Option<Option<Duration>> {
        let paused = [operation, TOGETHER].into_iter().filter_map(|name| self.pauses.get(name));
        if let Some(until) = paused.map(|pause| pause.until).filter(|until| *until > now).max() {
            return Some(Some(until));
        }
        let windows = self.keys(operation).filter_map(|key| self.windows.get(&key));
        let full = windows.filter(|window| !window.admits(lane));
        full.map(Window::changes).reduce(|one, other| one.zip(other).map(|(one, other)| one.max(other)))
    }

    /// The provider said "too many": stops this operation, or all.
    pub(super) fn throttle(
        &mut self,
        operation: Option<&'static str>,
        after: Option<Duration>,
        now: Duration,
    ) {
        let pause = self.pauses.entry(operation.unwrap_or(TOGETHER)).or_default();
        // Answers to calls that were under way together are one refusal.
        if after.is_none() && pause.until <= now {
            pause.streak += 1;
            let wait = FIRST_PAUSE.saturating_mul(1 << (pause.streak - 1).min(16)).min(LONGEST_PAUSE);
            pause.until = now + wait;
        }
        pause.until = pause.until.max(now + after.unwrap_or_default());
    }

    /// The provider took a call: the next refusal starts small again.
    pub(super) fn succeed(&mut self, operation: &'static str, now: Duration) {
        for name in [operation, TOGETHER] {
            self.pauses.retain(|paused, pause| *paused != name || pause.until > now);
        }
    }

    /// The provider's own count of what all callers used, in percent, and in how long it has room again.
    pub(super) fn report(&mut self, percent: usize, room_after: Option<Duration>, now: Duration) {
        for window in self.windows.values_mut().filter(|window| window.shared()) {
            window.report(percent, room_after, now);
        }
    }

    /// Calls left of each limit that was met so far.
    pub(super) fn remaining(&mut self, now: Duration) -> Vec<(&'static str, Limit, usize)> {
        self.windows.values_mut().for_each(|window| window.advance(now));
        self.windows
            .iter()
            .map(|((limit, name), window)| (*name, self.limits[*limit], window.left()))
            .filter(|(_, limit, _)| limit.calls < UNLIMITED)
            .collect()
    }

    /// How many wait in each lane.
    pub(super) fn queued(&self) -> [usize; LANES] {
        Lane::ALL.map(|lane| self.waiting[lane as usize].values().map(BTreeSet::len).sum())
    }

    fn keys(&self, operation: &'static str) -> impl Iterator<Item = (usize, &'static str)> + use<> {
        let counted = |(index, limit): (usize, &Limit)| Some((index, limit.scope.counts(operation)?));
        self.limits.iter().enumerate().filter_map(counted).collect::<Vec<_>>().into_iter()
    }

    fn windows_of(&mut self, operation: &'static str, mut change: impl FnMut(&mut Window)) {
        for key in self.keys(operation) {
            if let Some(window) = self.windows.get_mut(&key) {
                change(window);
            }
        }
    }
}

#[cfg(test)]
#[path = "core_tests.rs"]
mod tests;
