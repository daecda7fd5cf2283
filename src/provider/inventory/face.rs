//! The inventory as tasks see it: many wait, one list is made.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use tokio::time::Instant;

use super::snapshot::{Act, Alike, Listed, Moment, Outcome, Reach, Rules, Snapshot, WriteId};
use super::urgency::Urgency;
use crate::clock::Stamp;
use crate::provider::budget::Lane;
use crate::provider::error::Error;

/// What makes the lists of an inventory.
pub trait Lister: Send + Sync + 'static {
    /// What objects are known by.
    type Key: Ord + Clone + Debug + Send + Sync + 'static;
    /// What a list says of one.
    type Entry: Alike + Debug + Send + 'static;

    /// Makes a list in the lane of this urgency, and says since when it counts. With [`Reach::Newest`] it may end with
    /// the first page that has come to keys already listed.
    fn list(
        &self,
        reach: Reach,
        listed: Arc<BTreeSet<Self::Key>>,
        urgency: Urgency,
    ) -> impl Future<Output = Result<Dated<Self::Key, Self::Entry>, Error>> + Send;
}

/// A list, and when its first request left the queue: what happened later may be missing, and nothing that happened
/// before. A list that waits for its turn has not started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated<K, E> {
    /// Not later than the first byte of the first page's request.
    pub started: Instant,
    /// What came back.
    pub list: Listed<K, E>,
}

/// The inventory of an account. Clones share it.
#[derive(Debug)]
pub struct Inventory<L: Lister>(Arc<Common<L>>);

impl<L: Lister> Clone for Inventory<L> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct Common<L: Lister> {
    lister: L,
    start: Instant,
    state: Mutex<State<L>>,
}

#[derive(Debug)]
struct State<L: Lister> {
    snapshot: Snapshot<L::Key, L::Entry>,
    flight: Option<Flight>,
    /// When the last complete list started.
    listed: Option<Stamp>,
    /// Somebody waits for a list of every page that starts at this moment or later: if the one that runs is not it,
    /// the next one must be, however many want less.
    whole_since: Option<Moment>,
}

type List = BoxFuture<'static, Result<(), Error>>;

/// A list under way. It belongs to those who wait: each of them can carry it on when another gives up, and when
/// the last one does, it ends.
#[derive(Clone, Debug)]
struct Flight {
    /// It starts then or later.
    called: Moment,
    reach: Reach,
    urgency: Urgency,
    list: WeakShared<List>,
}

/// A place on a flight.
struct Seat {
    list: Shared<List>,
    /// Whether this list is certainly what was wanted. Otherwise its end tells: it may start late enough, or only
    /// stand in the way.
    suits: bool,
}

impl<L: Lister> Inventory<L> {
    /// Knows nothing yet.
    pub fn new(rules: Rules, lister: L) -> Self {
        let snapshot = Snapshot::new(rules);
        let state = Mutex::new(State { snapshot, flight: None, listed: None, whole_since: None });
        Self(Arc::new(Common { lister, start: Instant::now(), state }))
    }

    /// Returns when a list is known that started at this moment or later and reached so far. Of all who wait, one
    /// list is made; a list that started too early is waited for and then followed by another, so there are
    /// never two at once. One that still waits for its turn has not started, and serves those who come meanwhile. An incomplete or suspicious list is an answer too: ask the snapshot.
    pub async fn fresh(&self, newer_than: Instant, reach: Reach, lane: Lane) -> Result<(), Error> {
        let newer_than = newer_than.saturating_duration_since(self.0.start);
        loop {
            let Some(Seat { list, suits }) = self.board(newer_than, reach, lane) else { return Ok(()) };
            let result = list.await;
            if suits {
                return result;
            }
        }
    }

    /// Returns when a complete list is known that is no older than this.
    pub async fn within(&self, age: Moment, lane: Lane) -> Result<(), Error> {
        let now = Instant::now();
        self.fresh(now.checked_sub(age).unwrap_or(self.0.start), Reach::Whole, lane).await
    }

    /// Looks at what is known.
    pub fn with<T>(&self, look: impl FnOnce(&Snapshot<L::Key, L::Entry>) -> T) -> T {
        look(&self.0.state().snapshot)
    }

    /// How long ago the last list started.
    pub fn age(&self) -> Option<Moment> {
        let now = self.0.now();
        self.with(|snapshot| snapshot.age(now))
    }

    /// When the last complete list started, believed or suspicious.
    pub fn listed(&self) -> Option<Stamp> {
        self.0.state().listed
    }

    /// Whether somebody makes a list.
    pub fn is_under_way(&self) -> bool {
        let state = self.0.state();
        state.flight.as_ref().is_some_and(|flight| flight.list.upgrade().is_some())
    }

    /// Objects that claims say exist; see [`Snapshot::expect`].
    pub fn expect_keys(&self, keys: impl IntoIterator<Item = L::Key>) {
        self.0.state().snapshot.expect(keys);
    }

    /// How long lists must agree before a great loss is believed, from now on.
    pub fn agree_for(&self, drift: Moment) {
        self.0.state().snapshot.agree_for(drift);
    }

    /// A person believes the suspicious lists; see [`Snapshot::confirm`].
    pub fn confirm(&self) {
        self.0.state().snapshot.confirm();
    }

    /// Reads one object exactly.
    pub async fn exact(
        &self,
        key: L::Key,
        read: impl Future<Output = Result<Option<L::Entry>, Error>>,
    ) -> Result<(), Error> {
        let started = self.0.now();
        let found = read.await?;
        let ended = self.0.now();
        self.0.state().snapshot.read(key, found, started, ended);
        Ok(())
    }

    /// A write of ours begins: call this before the request goes out.
    pub fn writing(&self, act: Act<L::Key>) -> Writing<L> {
        let id = self.0.state().snapshot.begin(act);
        Writing { inventory: self.clone(), id }
    }

    /// A seat on the list that runs, or on a new one; `None` when none is needed.
    fn board(&self, newer_than: Moment, wanted: Reach, lane: Lane) -> Option<Seat> {
        let mut state = self.0.state();
        if !state.snapshot.needs(newer_than, wanted) {
            return None;
        }
        let running = state.flight.as_ref().and_then(|flight| Some((flight, flight.list.upgrade()?)));
        if let Some((flight, list)) = running {
            // Even who only waits for its end hurries it.
            flight.urgency.raise(lane);
            let far_enough = wanted == Reach::Newest || flight.reach == Reach::Whole;
            let suits = far_enough && flight.called >= newer_than;
            if !suits && wanted == Reach::Whole {
                state.whole_since = state.whole_since.max(Some(newer_than));
            }
            return Some(Seat { list, suits });
        }
        let whole = state.whole_since.take().is_some_and(|since| state.snapshot.needs(since, Reach::Whole));
        let wanted = if whole { Reach::Whole } else { wanted };
        let (called, urgency) = (self.0.now(), Urgency::new(lane));
        let reach = state.snapshot.reach(wanted);
        let listed = match reach {
            Reach::Whole => Arc::default(),
            Reach::Newest => state.snapshot.listed(),
        };
        let common = Arc::clone(&self.0);
        let list = common.list(reach, listed, urgency.clone()).boxed().shared();
        let weak = list.downgrade()?;
        state.flight = Some(Flight { called, reach, urgency, list: weak });
        Some(Seat { list, suits: called >= newer_than })
    }
}

impl<L: Lister> Common<L> {
    async fn list(
        self: Arc<Self>,
        reach: Reach,
        listed: Arc<BTreeSet<L::Key>>,
        urgency: Urgency,
    ) -> Result<(), Error> {
        let called = Stamp::now();
        let result = self.lister.list(reach, listed, urgency).await;
        let mut state = self.state();
        // No other can have started: this one could be boarded until now.
        state.flight = None;
        let Dated { started, list } = result?;
        let moment = started.saturating_duration_since(self.start);
        state.snapshot.list(list, moment);
        if state.snapshot.whole_since() == Some(moment) {
            // Where the wall clock was set while it waited, that makes it older, never younger.
            state.listed = Some(called.later(started.saturating_duration_since(called.running())));
        }
        Ok(())
    }

    fn now(&self) -> Moment {
        self.start.elapsed()
    }

    fn state(&self) -> MutexGuard<'_, State<L>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write of ours under way. Dropped without a word, nobody knows what became of it.
#[derive(Debug)]
#[must_use = "a dropped write is an unclear one"]
pub struct Writing<L: Lister> {
    inventory: Inventory<L>,
    id: WriteId,
}

impl<L: Lister> Writing<L> {
    /// What became of it.
    pub fn finish(self, outcome: Outcome<L::Key, L::Entry>) {
        self.end(outcome);
        // Dropped now, and its end is known already: that has no effect.
    }

    fn end(&self, outcome: Outcome<L::Key, L::Entry>) {
        let common = &self.inventory.0;
        let now = common.now();
        common.state().snapshot.finish(self.id, outcome, now);
    }
}

impl<L: Lister> Drop for Writing<L> {
    fn drop(&mut self) {
        self.end(Outcome::Unclear);
    }
}

#[cfg(test)]
#[path = "face_tests.rs"]
mod tests;
