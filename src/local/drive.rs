//! Doing what is to be done, until everybody rests.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::interrupt::Interrupts;
use super::rest::{Standing, Until, standing};
use super::workspace::Workspace;
use crate::api::Kind;
use crate::engine::object::Object;
use crate::engine::runner::Runner;
use crate::plan::facts::Key;
use crate::store::file::FileStore;

/// How often progress is told.
const BEAT: Duration = Duration::from_millis(250);
/// What a call in flight may take beyond its own deadline until it is written down.
const MARGIN: Duration = Duration::from_secs(5);

/// How far everything is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beat {
    /// Objects that rest.
    pub resting: usize,
    /// Objects that need somebody, among those.
    pub stopped: usize,
    /// All of them.
    pub all: usize,
    /// Objects that wait for their turn or have it.
    pub busy: usize,
    /// How long it has taken.
    pub elapsed: Duration,
}

/// What is told while it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// How far everything is.
    Beat(Beat),
    /// Somebody asked to end.
    Stopping {
        /// How many calls are in flight.
        calls: usize,
        /// How long they may take.
        grace: Duration,
    },
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Everybody rests.
    Settled,
    /// The time was up.
    TimedOut {
        /// Objects whose turn it was, and of whom nothing new was written: what stands there is from before.
        unseen: BTreeSet<Key>,
    },
    /// Somebody asked to end; whether every call in flight came to its end.
    Interrupted {
        /// Whether every call in flight came to its end.
        clean: bool,
        /// As where the time is up.
        unseen: BTreeSet<Key>,
    },
    /// The state cannot be written.
    Broken(String),
}

/// What to wait for, and for how long.
#[derive(Clone, Debug)]
pub struct Patience {
    /// What is waited for.
    pub until: Until,
    /// For how long; for ever with none.
    pub timeout: Option<Duration>,
    /// How long a call may take.
    pub call: Duration,
    /// Who may end it.
    pub interrupts: Interrupts,
}

impl Patience {
    /// What calls in flight may take until they are written down.
    fn grace(&self) -> Duration {
        self.call + MARGIN
    }
}

/// Gives turns until these objects rest.
pub async fn drive(
    workspace: &Workspace<FileStore>,
    keys: &BTreeSet<Key>,
    patience: &Patience,
    mut tell: impl FnMut(News),
) -> Result<End, String> {
    // Nobody else writes while we hold the lock: there is nothing to be told.
    let (mut runner, _voice) = Runner::new(workspace.driver.clone());
    let known = workspace.driver.load().await.map_err(|error| error.to_string())?;
    let worked = known.into_iter().filter(|key| key.kind == Kind::Account || keys.contains(key));
    let (accounts, objects): (Vec<Key>, Vec<Key>) = worked.partition(|key| key.kind == Kind::Account);
    runner.enqueue(accounts.iter().cloned().chain(objects));
    let start = Instant::now();
    let mut beats = interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let deadline = patience.timeout.map(|timeout| start + timeout);
    let mut are_counted = false;
    let mut end = loop {
        if runner.is_idle() && !count(workspace, &runner, keys, patience.until, start).moves {
            if are_counted {
                break End::Settled;
            }
            // What nobody claims was counted while objects still took it over, and nobody counts it after this.
            are_counted = true;
            runner.enqueue(accounts.iter().cloned());
        }
        if let Err(error) = tokio::select! {
            biased;
            () = patience.interrupts.times(1) => {
                tell(News::Stopping { calls: workspace.driver.calls(), grace: patience.grace() });
                let before = under_way(workspace, &runner, keys);
                let clean = closed(workspace, patience).await;
                break End::Interrupted { clean, unseen: unwritten(workspace, before) };
            }
            () = until(deadline) => break End::TimedOut { unseen: BTreeSet::new() },
            _ = beats.tick() => {
                tell(News::Beat(count(workspace, &runner, keys, patience.until, start).beat));
                written(workspace, &runner).await
            }
            _ = runner.turn() => Ok(()),
        } {
            break End::Broken(error);
        }
    };
    tell(News::Beat(count(workspace, &runner, keys, patience.until, start).beat));
    if let End::TimedOut { unseen } = &mut end {
        let before = under_way(workspace, &runner, keys);
        tokio::select! {
            () = patience.interrupts.times(1) => {}
            _ = runner.end(patience.grace()) => {}
        }
        // The calls that were in flight may have been the last.
        *unseen = unwritten(workspace, before);
        let found = standings(workspace, keys, patience.until);
        if unseen.is_empty() && found.iter().all(|(.., stands)| *stands == Standing::Done) {
            return Ok(End::Settled);
        }
    }
    Ok(end)
}

/// Objects whose turn it is, with what tells whether anything is written about them.
type UnderWay<'a> = Vec<(&'a Key, Option<String>)>;

fn under_way<'a>(
    workspace: &Workspace<FileStore>,
    runner: &Runner<FileStore>,
    keys: &'a BTreeSet<Key>,
) -> UnderWay<'a> {
    let under_way = keys.iter().filter(|key| runner.is_under_way(key));
    under_way.map(|key| (key, version(workspace, key))).collect()
}

/// Those of whom nothing was written since.
fn unwritten(workspace: &Workspace<FileStore>, before: UnderWay<'_>) -> BTreeSet<Key> {
    let same = before.into_iter().filter(|(key, before)| version(workspace, key) == *before);
    same.map(|(key, _)| key.clone()).collect()
}

/// What tells whether anything was written about an object.
fn version(workspace: &Workspace<FileStore>, key: &Key) -> Option<String> {
    workspace.memory.object(key).map(|object| object.meta.version.clone())
}

/// Calls in flight get their deadline, unless somebody asks a second time; whether every one came to its end.
async fn closed(workspace: &Workspace<FileStore>, patience: &Patience) -> bool {
    tokio::select! {
        () = patience.interrupts.times(2) => false,
        ended = tokio::time::timeout(patience.grace(), workspace.driver.close()) => ended.is_ok(),
    }
}

/// While everybody waits, nobody would notice that the disk is full.
async fn written(workspace: &Workspace<FileStore>, runner: &Runner<FileStore>) -> Result<(), String> {
    if runner.is_idle() { workspace.store.settled().await.map_err(|error| error.to_string()) } else { Ok(()) }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// How each of these objects stands at the end.
pub fn standings(
    workspace: &Workspace<FileStore>,
    keys: &BTreeSet<Key>,
    until: Until,
) -> Vec<(Key, Option<Object>, Standing)> {
    let one = |key: &Key| {
        let object = workspace.memory.object(key).map(|object| Object::clone(&object));
        let stands = object.as_ref().map_or(Standing::Done, |it| standing(it, until, None, Duration::MAX));
        (key.clone(), object, stands)
    };
    keys.iter().map(one).collect()
}

struct Count {
    beat: Beat,
    moves: bool,
}

fn count(
    workspace: &Workspace<FileStore>,
    runner: &Runner<FileStore>,
    keys: &BTreeSet<Key>,
    until: Until,
    start: Instant,
) -> Count {
    let now = Instant::now();
    let elapsed = now.duration_since(start);
    let (mut resting, mut stopped) = (0, 0);
    for key in keys {
        let stands = workspace.memory.object(key).map_or(Standing::Done, |object| {
            let due = runner.due(key).map(|due| due.saturating_duration_since(now));
            standing(&object, until, due, elapsed)
        });
        resting += usize::from(stands != Standing::Moving);
        stopped += usize::from(stands == Standing::Stopped);
    }
    let busy = runner.standing();
    let beat = Beat { resting, stopped, all: keys.len(), busy: busy.ready + busy.running, elapsed };
    Count { moves: resting < keys.len(), beat }
}
