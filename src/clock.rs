//! The time of day: the one place that reads the wall clock, and the one that can replace it.
//!
//! A simulation brings its own wall with [`Virtual`], which follows tokio's clock: paused, it stands still; advanced,
//! it moves on; and it jumps when told to. It counts for the thread that started it, since one seed of a simulation
//! is one thread with one runtime, a thousand seeds run beside each other, and what asks for the time
//! ([`Deadline`](crate::provider::deadline::Deadline) is a `Copy` value) should not have to carry a clock along.
//! Threads of a pool see the real wall.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long the wall goes unwatched: a machine that slept notices within this time.
pub(crate) const LOOK_AT_THE_WALL: Duration = Duration::from_secs(1);

thread_local! {
    static VIRTUAL: RefCell<Option<Wall>> = const { RefCell::new(None) };
}

/// A wall clock that follows tokio's.
#[derive(Debug)]
struct Wall {
    at: Timestamp,
    since: Instant,
    /// Wakes who waits in the order in which they came: one seed is one story.
    jumps: Arc<Notify>,
}

impl Wall {
    fn now(&self) -> Timestamp {
        plus(self.at, SignedDuration::try_from(self.since.elapsed()).unwrap_or(SignedDuration::MAX))
    }

    fn put(&mut self, at: Timestamp) {
        (self.at, self.since) = (at, Instant::now());
        self.jumps.notify_waiters();
    }
}

/// A clock that ended is a jump too.
impl Drop for Wall {
    fn drop(&mut self) {
        self.jumps.notify_waiters();
    }
}

fn plus(time: Timestamp, by: SignedDuration) -> Timestamp {
    let end = if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
    time.checked_add(by).unwrap_or(end)
}

/// The time of day.
pub fn timestamp() -> Timestamp {
    #[allow(clippy::disallowed_methods, reason = "the one place")]
    VIRTUAL.with_borrow(|wall| wall.as_ref().map(Wall::now)).unwrap_or_else(Timestamp::now)
}

/// The time of day in whole seconds, as Kubernetes writes times: what is stored reads back the same.
pub fn seconds() -> Timestamp {
    let now = timestamp();
    now.checked_sub(SignedDuration::from_nanos(i64::from(now.subsec_nanosecond()))).unwrap_or(now)
}

/// The time of day, as the standard library counts it.
pub fn now() -> SystemTime {
    #[allow(clippy::disallowed_methods, reason = "the one place")]
    VIRTUAL.with_borrow(|wall| wall.as_ref().map(|wall| wall.now().into())).unwrap_or_else(SystemTime::now)
}

/// When something happened, by both clocks: the wall's may be set meanwhile, and the running one knows how long ago it
/// was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    wall: Timestamp,
    running: Instant,
}

impl Stamp {
    /// Now.
    pub fn now() -> Self {
        Self { wall: timestamp(), running: Instant::now() }
    }

    /// So long after this one, on both.
    #[must_use]
    pub(crate) fn later(self, by: Duration) -> Self {
        let wall = plus(self.wall, SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX));
        Self { wall, running: self.running + by }
    }

    /// The moment on the running clock, which nobody sets.
    pub fn running(self) -> Instant {
        self.running
    }

    /// The time of day that it was, to be held against what the wall clock says now. Where it was set meanwhile, the
    /// two disagree, and the older one counts: what is thought too old is only looked at again.
    pub fn wall(self) -> Timestamp {
        let age = SignedDuration::try_from(self.running.elapsed()).unwrap_or(SignedDuration::MAX);
        self.wall.min(timestamp().checked_sub(age).unwrap_or(Timestamp::MIN))
    }
}

/// So much two looks at the clocks may differ before one of them was set, or the machine slept.
const SET: SignedDuration = SignedDuration::from_secs(5);

/// Watches the wall clock for jumps: after one, the times that were written before it no longer say how long ago that
/// was.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    seen: Stamp,
    since: Timestamp,
}

/// What a look at the clocks shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// How far the wall clock jumped; backwards where negative.
    pub by: SignedDuration,
}

impl Default for Watch {
    fn default() -> Self {
        Self { seen: Stamp::now(), since: Timestamp::MIN }
    }
}

impl Watch {
    /// Looks at both clocks; a jump since the last look, if there was one.
    pub fn look(&mut self) -> Option<Jump> {
        let now = Stamp::now();
        let passed = now.running.saturating_duration_since(self.seen.running);
        let by = now.wall.duration_since(self.seen.later(passed).wall);
        self.seen = now;
        (by.abs() > SET).then(|| {
            self.since = now.wall;
            Jump { by }
        })
    }

    /// Since when the wall clock has run without a jump; for ever, as long as nobody saw one.
    pub fn steady_since(&self) -> Timestamp {
        self.since
    }
}

/// Returns when the wall clock may have come to this time, or earlier: look again. The real one can be set at any
/// moment, so it is looked at again and again; a virtual one says when it jumps, and costs nothing until then.
pub(crate) async fn approach(time: SystemTime) {
    let jumps = VIRTUAL.with_borrow(|wall| wall.as_ref().map(|wall| Arc::clone(&wall.jumps)));
    let Some(jumps) = jumps else { return tokio::time::sleep(LOOK_AT_THE_WALL).await };
    let jump = jumps.notified();
    let left = time.duration_since(now()).unwrap_or_default();
    tokio::select! {
        biased;
        () = jump => {}
        () = tokio::time::sleep(left) => {}
    }
}

/// A wall clock of this thread's own, until it is dropped.
#[derive(Debug)]
#[must_use = "the wall is real again when it is dropped"]
pub struct Virtual {
    before: Option<Wall>,
    /// It belongs to its thread.
    thread: PhantomData<Rc<()>>,
}

impl Virtual {
    /// A wall clock that shows this time now. Start it within the runtime whose clock it follows.
    pub fn start(at: Timestamp) -> Self {
        let wall = Wall { at, since: Instant::now(), jumps: Arc::default() };
        Self { before: VIRTUAL.replace(Some(wall)), thread: PhantomData }
    }

    /// Sets the wall clock, as an administrator does; tokio's does not move.
    pub fn set(&self, at: Timestamp) {
        VIRTUAL.with_borrow_mut(|wall| wall.iter_mut().for_each(|wall| wall.put(at)));
    }

    /// Lets the wall clock jump: forward as after a suspension, or back.
    pub fn jump(&self, by: SignedDuration) {
        self.set(plus(timestamp(), by));
    }
}

impl Drop for Virtual {
    fn drop(&mut self) {
        VIRTUAL.set(self.before.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVE: Timestamp = Timestamp::constant(1_798_761_599, 0);

    #[tokio::test(start_paused = true)]
    async fn a_virtual_wall_follows_tokio_and_jumps() {
        let wall = Virtual::start(EVE);
        assert_eq!(timestamp(), EVE);
        tokio::time::sleep(Duration::from_secs(90)).await;
        assert_eq!(timestamp(), EVE + SignedDuration::from_secs(90), "time passes on both");
        wall.jump(SignedDuration::from_secs(-3600));
        assert_eq!(timestamp(), EVE + SignedDuration::from_secs(90 - 3600), "back");
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(timestamp(), EVE + SignedDuration::from_secs(95 - 3600), "and on from there");
        assert_eq!(now(), SystemTime::from(timestamp()), "both forms say the same");
        wall.set(EVE);
        wall.jump(SignedDuration::MAX);
        assert_eq!(timestamp(), Timestamp::MAX, "never beyond what can be written");
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_clocks_that_disagree_the_older_time_counts() {
        let wall = Virtual::start(EVE);
        for (jumps, want, reason) in [
            (&[][..], 0, "nobody set it"),
            (&[3600], 0, "set forward: it was then, not an hour later"),
            (&[-3600], -3600, "set back: nothing happened in the future"),
            (&[3600, -3600], 0, "forward and back"),
        ] {
            wall.set(EVE);
            let stamp = Stamp::now();
            tokio::time::sleep(Duration::from_secs(10)).await;
            for by in jumps {
                wall.jump(SignedDuration::from_secs(*by));
            }
            assert_eq!(stamp.wall().duration_since(EVE).as_secs(), want, "{reason}");
            assert_eq!(stamp.running().elapsed().as_secs(), 10, "{reason}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_jump_is_noticed_and_a_day_is_none() {
        let wall = Virtual::start(EVE);
        let mut watch = Watch::default();
        tokio::time::sleep(Duration::from_secs(86_400)).await;
        assert_eq!((watch.look(), watch.steady_since()), (None, Timestamp::MIN), "time passes on both");
        for by in [-3600, 3600] {
            wall.jump(SignedDuration::from_secs(by));
            assert_eq!(watch.look(), Some(Jump { by: SignedDuration::from_secs(by) }));
            assert_eq!(watch.steady_since(), timestamp(), "from here on it counts");
        }
        wall.jump(SignedDuration::from_secs(2));
        assert_eq!(watch.look(), None, "clocks are put right a little all the time");
    }

    #[tokio::test(start_paused = true)]
    async fn a_virtual_wall_is_this_threads_alone_and_ends() {
        let outer = Virtual::start(EVE);
        let inner = Virtual::start(Timestamp::UNIX_EPOCH);
        assert_eq!(timestamp(), Timestamp::UNIX_EPOCH);
        drop(inner);
        assert_eq!(timestamp(), EVE, "the one before counts again");
        let elsewhere = std::thread::spawn(timestamp).join().unwrap();
        assert_ne!(elsewhere, EVE, "another seed, or the real world");
        drop(outer);
        assert!(timestamp().duration_since(EVE).abs() > SignedDuration::ZERO);
    }
}
