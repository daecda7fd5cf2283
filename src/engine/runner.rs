//! Whose turn it is: a queue over a driver, which never lets one object stop another (promise 7).
//!
//! Objects that wait for the provider's quota wait inside their turn, some for an hour, so turns are apart: for objects
//! that own nothing yet, of which there may be thousands, and for all others; for codes and for templates, which have
//! quotas of their own; and for each account.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use super::driver::{Driver, Next};
use super::store::Event;
use super::store::Store;
use crate::api::Kind;
use crate::clock;
use crate::plan::facts::Key;

/// At most so many objects of one pool are under way at once.
const TURNS: usize = 64;
/// So many of all pools together, as long as each pool then has its `FEWEST`: what a turn holds while it waits is memory
/// that a process keeps, and more of them than this only wait for the store.
const TOGETHER: usize = 256;
/// So many of one pool there may always be, however many pools there are.
const FEWEST: usize = 8;
/// A turn that takes longer hangs: it is ended and made again. Waiting for an hourly quota is no hanging.
const HANGS: Duration = Duration::from_secs(2 * 3600);
/// After a panic or a hang.
const PAUSE: Duration = Duration::from_secs(60);

/// What a runner is told from outside.
#[derive(Debug)]
pub enum Word {
    /// Something changed in the store.
    Event(Event),
    /// Look at this now.
    Look(Key),
    /// What stands in the way of an object's ConfigMap; nothing where it is written.
    Output(Key, Option<String>),
    /// End: take no new turn, and let those under way end.
    Stop,
}

/// How a runner stands, for whoever shows progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Objects whose turn it is.
    pub ready: usize,
    /// Objects under way.
    pub running: usize,
    /// Objects that wait for a time.
    pub waiting: usize,
    /// When the next turn is due, where anybody waits for one; while it is somebody's turn, since the last one ended. A loop
    /// that stands still leaves it behind.
    pub due: Option<Instant>,
}

/// Which turns an object takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pool {
    pub(super) account: String,
    pub(super) kind: Kind,
    pub(super) owns: bool,
    /// Who waits there waits for a list, not for a quota: the more of them, the fewer lists.
    pub(super) shares_lists: bool,
}

impl Pool {
    fn turns(&self) -> usize {
        if self.shares_lists { TOGETHER } else { TURNS }
    }
}

/// The turns of one kind.
#[derive(Debug, Default)]
struct Turns {
    ready: VecDeque<Key>,
    running: usize,
}

/// A queue over a driver.
pub struct Runner<S> {
    driver: Arc<Driver<S>>,
    words: mpsc::UnboundedReceiver<Word>,
    turns: BTreeMap<Pool, Turns>,
    /// The pools of which somebody may start: a step never looks at all of them.
    open: BTreeSet<Pool>,
    queued: BTreeSet<Key>,
    later: BTreeSet<(Instant, Key)>,
    due: HashMap<Key, Instant>,
    leisure: BTreeSet<Key>,
    running: BTreeMap<Key, Pool>,
    tasks: JoinSet<(Key, Option<Next>)>,
    ids: HashMap<Id, Key>,
    again: BTreeSet<Key>,
    shown: watch::Sender<Standing>,
    given: u64,
    /// When a turn ended last, or somebody came whose turn it was at once.
    moved: Instant,
}

/// How to talk to a runner. Clones talk to the same one.
#[derive(Clone, Debug)]
pub struct Voice {
    words: mpsc::UnboundedSender<Word>,
    standing: watch::Receiver<Standing>,
}

impl Voice {
    /// Says a word. A runner that has ended hears nothing.
    pub fn say(&self, word: Word) {
        // Nobody listens any more: there is nothing to do.
        let _ = self.words.send(word);
    }

    /// How the runner stood when it last stopped to wait.
    pub fn standing(&self) -> Standing {
        *self.standing.borrow()
    }
}

impl<S: Store> Runner<S> {
    /// A runner over a driver, and how to talk to it.
    pub fn new(driver: Arc<Driver<S>>) -> (Self, Voice) {
        let (sender, words) = mpsc::unbounded_channel();
        let (shown, standing) = watch::channel(Standing::default());
        let runner = Self {
            driver,
            words,
            turns: BTreeMap::new(),
            open: BTreeSet::new(),
            queued: BTreeSet::new(),
            later: BTreeSet::new(),
            due: HashMap::new(),
            leisure: BTreeSet::new(),
            running: BTreeMap::new(),
            tasks: JoinSet::new(),
            ids: HashMap::new(),
            again: BTreeSet::new(),
            shown,
            given: 0,
            moved: Instant::now(),
        };
        (runner, Voice { words: sender, standing })
    }

    /// Gives each of these a turn.
    pub fn enqueue(&mut self, keys: impl IntoIterator<Item = Key>) {
        for key in keys {
            self.wake(key);
        }
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        Standing {
            ready: self.queued.len(),
            running: self.running.len(),
            waiting: self.due.len(),
            due: if self.queued.is_empty() { self.next() } else { Some(self.moved) },
        }
    }

    /// The next time that somebody waits for.
    fn next(&self) -> Option<Instant> {
        self.later.first().map(|(at, _)| *at)
    }

    /// Gives turns until everybody rests, at least until the next time that somebody waits for; that time. `None`
    /// where nobody waits for a time, or when told to stop.
    pub async fn settle(&mut self) -> Option<Instant> {
        loop {
            self.start();
            if self.is_idle() {
                return self.next();
            }
            if !self.turn().await {
                return None;
            }
        }
    }

    /// Gives turns for ever, until told to stop.
    pub async fn run(&mut self) {
        loop {
            if !self.turn().await {
                return;
            }
        }
    }

    /// Takes in what is said and gives no turns, until told to stop. For whoever reads everything meanwhile: what waits
    /// to be taken in would be there twice. Dropping it loses nothing.
    pub async fn listen(&mut self) {
        loop {
            let word = self.words.recv().await;
            if self.hear(word).is_stop() {
                return;
            }
        }
    }

    /// Lets the calls under way end, for so long; whoever waits for a quota or a list is dropped at once, and at the end
    /// everybody is. Nothing is lost by that: every call has its intent. Whether all calls ended.
    pub async fn end(self, grace: Duration) -> bool {
        timeout(grace, self.driver.close()).await.is_ok()
    }

    /// Gives turns, and waits for one thing to happen; false when told to stop. Dropping it loses nothing.
    pub async fn turn(&mut self) -> bool {
        self.start();
        !self.step().await.is_stop()
    }

    /// Whether everybody rests, at least until the next time that somebody waits for.
    pub fn is_idle(&self) -> bool {
        self.running.is_empty() && self.queued.is_empty() && self.leisure.is_empty()
    }

    /// Whether it is the turn of this one, or will be as soon as there is room. What is done at leisure is no turn.
    pub fn is_under_way(&self, key: &Key) -> bool {
        (self.queued.contains(key) || self.running.contains_key(key)) && !self.due.contains_key(key)
    }

    /// How many turns were given.
    pub fn turns(&self) -> u64 {
        self.given
    }

    /// The next time that an object waits for.
    pub fn due(&self, key: &Key) -> Option<Instant> {
        self.due.get(key).copied()
    }

    /// Waits for one thing to happen.
    async fn step(&mut self) -> Stop {
        self.shown.send_replace(self.standing());
        let next = self.next();
        let alarm = async {
            match next {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            word = self.words.recv() => return self.hear(word),
            Some(ended) = self.tasks.join_next_with_id() => self.ended(ended),
            () = alarm => self.ring(),
        }
        Stop::No
    }

    fn hear(&mut self, word: Option<Word>) -> Stop {
        match word {
            Some(Word::Event(event)) => {
                let woken = self.driver.observe(event);
                self.enqueue(woken);
            }
            Some(Word::Look(key)) => self.wake(key),
            Some(Word::Output(key, blocked)) => {
                if self.driver.observe_output(&key, blocked) {
                    self.wake(key);
                }
            }
            Some(Word::Stop) | None => return Stop::Yes,
        }
        Stop::No
    }

    fn wake(&mut self, key: Key) {
        if let Some(at) = self.due.remove(&key) {
            self.later.remove(&(at, key.clone()));
        }
        if self.running.contains_key(&key) {
            self.again.insert(key);
            return;
        }
        if self.queued.is_empty() {
            self.moved = Instant::now();
        }
        if self.queued.insert(key.clone()) {
            let pool = self.driver.pool(&key);
            self.open.insert(pool.clone());
            self.turns.entry(pool).or_default().ready.push_back(key);
        }
    }

    fn ring(&mut self) {
        let now = Instant::now();
        while let Some((at, key)) = self.later.first().cloned() {
            if at > now {
                break;
            }
            self.wake(key);
        }
    }

    /// Starts as many turns as there is room for; what is done at leisure only when nobody is ready.
    fn start(&mut self) {
        let mut starting = Vec::new();
        let pools = self.turns.len();
        for pool in std::mem::take(&mut self.open) {
            let Some(turns) = self.turns.get_mut(&pool) else { continue };
            let room = most(pools, pool.turns()).saturating_sub(turns.running).min(turns.ready.len());
            starting.extend(turns.ready.drain(..room).map(|key| (pool.clone(), key)));
        }
        for (pool, key) in starting {
            self.queued.remove(&key);
            self.leisure.remove(&key);
            let driver = Arc::clone(&self.driver);
            self.spawn(pool, key.clone(), async move {
                let next = unless_it_hangs(&key, driver.reconcile(&key)).await;
                (key, next)
            });
        }
        if self.queued.is_empty() && self.running.len() < TURNS {
            while let Some(key) = self.leisure.pop_first() {
                let driver = Arc::clone(&self.driver);
                let pool = driver.pool(&key);
                let due = self.due.get(&key).copied();
                self.spawn(pool, key.clone(), async move {
                    let settled = unless_it_hangs(&key, driver.settle(&key)).await;
                    (key, settled.and_then(|()| due.is_none().then_some(Next::NEVER)))
                });
                if self.running.len() >= TURNS {
                    break;
                }
            }
        }
    }

    fn spawn(
        &mut self,
        pool: Pool,
        key: Key,
        turn: impl Future<Output = (Key, Option<Next>)> + Send + 'static,
    ) {
        let handle = self.tasks.spawn(turn);
        self.given += 1;
        self.ids.insert(handle.id(), key.clone());
        self.turns.entry(pool.clone()).or_default().running += 1;
        self.running.insert(key, pool);
    }

    fn ended(&mut self, ended: Result<(Id, (Key, Option<Next>)), JoinError>) {
        let (key, next) = match ended {
            Ok((id, (key, next))) => {
                self.ids.remove(&id);
                (key, next)
            }
            Err(error) => {
                let Some(key) = self.ids.remove(&error.id()) else { return };
                tracing::error!(object = %key, "a turn ended in a panic; the object pauses, all others go on");
                (key, None)
            }
        };
        if let Some(pool) = self.running.remove(&key) {
            self.leave(pool);
        }
        self.moved = Instant::now();
        match next {
            Some(Next { at, settle }) => {
                if settle {
                    self.leisure.insert(key.clone());
                }
                if let Some(at) = at {
                    self.delay(&key, running_clock(at));
                }
            }
            None if self.due.contains_key(&key) => {}
            None => self.delay(&key, Instant::now() + PAUSE),
        }
        let woken = self.driver.take_woken();
        if self.again.remove(&key) {
            self.wake(key);
        }
        self.enqueue(woken);
    }

    /// A turn ended: another one of its pool may start.
    fn leave(&mut self, pool: Pool) {
        let Some(turns) = self.turns.get_mut(&pool) else { return };
        turns.running -= 1;
        if !turns.ready.is_empty() {
            self.open.insert(pool);
        } else if turns.running == 0 {
            self.turns.remove(&pool);
        }
    }

    fn delay(&mut self, key: &Key, at: Instant) {
        if let Some(before) = self.due.insert(key.clone(), at) {
            self.later.remove(&(before, key.clone()));
        }
        self.later.insert((at, key.clone()));
    }
}

enum Stop {
    Yes,
    No,
}

impl Stop {
    fn is_stop(&self) -> bool {
        matches!(self, Self::Yes)
    }
}

/// What a turn comes to, where it ends in time. As an `async fn` it would keep the turn twice, and a turn is large.
fn unless_it_hangs<T>(key: &Key, turn: impl Future<Output = T>) -> impl Future<Output = Option<T>> {
    timeout(HANGS, turn).map(move |ended| {
        if ended.is_err() {
            tracing::error!(object = %key, "a turn hangs and is ended; the object pauses, all others go on");
        }
        ended.ok()
    })
}

/// So many of a pool, of so many pools, are under way at once; of one alone, so many turns.
fn most(pools: usize, turns: usize) -> usize {
    (TOGETHER / pools.max(1)).clamp(FEWEST, turns)
}

/// The moment on the running clock that a time of day will be.
fn running_clock(at: jiff::Timestamp) -> Instant {
    let ahead = Duration::try_from(at.duration_since(clock::timestamp())).unwrap_or_default();
    // A year is as good as never, and no clock overflows.
    Instant::now() + ahead.min(Duration::from_secs(365 * 24 * 3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_accounts_share_what_few_have_to_themselves() {
        for (pools, turns, want, reason) in [
            (0, TURNS, 64, "nobody is there"),
            (1, TURNS, 64, "one account"),
            (4, TURNS, 64, "as many as have room"),
            (1, TOGETHER, 256, "one list serves all of them"),
            (2, TOGETHER, 128, "others are there, too"),
            (20, TURNS, 12, "they share"),
            (1_000, TURNS, 8, "nobody comes to a stand because of others"),
        ] {
            assert_eq!(most(pools, turns), want, "{reason}");
        }
    }
}
