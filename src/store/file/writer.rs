//! The one thread that writes: all who wait share a write.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::disk::Place;
use super::error::StateError;
use super::format::{self, Header, Line};
use super::record;
use crate::api::Kind;
use crate::plan::facts::Key;
use crate::store::{Events, Memory};

/// A write is followed by a rest so many times as long,
const RESTS: u32 = 2;
/// and never longer than this.
const LONGEST: Duration = Duration::from_millis(100);

/// Whoever waits for what a store in memory holds to be on disk.
type Waiter = oneshot::Sender<Result<(), String>>;

/// Writes a store in memory down, in one file.
#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    /// Everything up to this version is on disk.
    durable: AtomicU64,
    writes: AtomicU64,
}

#[derive(Debug, Default)]
struct Queue {
    waiters: Vec<Waiter>,
    is_closing: bool,
    is_discarded: bool,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    /// Writes everything once, which shows that it can, and then whenever somebody waits.
    pub(super) fn start(memory: Memory, place: Place, header: Header) -> Result<Self, StateError> {
        let unwritable = |folder| move |error| StateError::Unwritable { folder, error };
        let folder = place.folder.clone();
        let shared = Arc::new(Shared::default());
        let mut pages = Pages::new(memory, place, header).map_err(unwritable(folder.clone()))?;
        pages.write(&shared).map_err(unwritable(folder.clone()))?;
        let theirs = shared.clone();
        let thread = thread::Builder::new().name("waops-state".to_owned());
        let thread = thread.spawn(move || pages.serve(&theirs)).map_err(unwritable(folder))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Waits until everything up to this version is on disk.
    pub(super) async fn durable(&self, version: u64) -> Result<(), String> {
        if self.shared.durable.load(Ordering::Acquire) >= version {
            return Ok(());
        }
        let (waiter, written) = oneshot::channel();
        self.shared.queue().waiters.push(waiter);
        self.shared.wake.notify_one();
        written.await.unwrap_or_else(|_| Err("the state is not written any more".to_owned()))
    }

    /// Writes nothing any more.
    pub(super) fn discard(&self) {
        self.shared.queue().is_discarded = true;
    }

    /// How often the file was written.
    pub(super) fn writes(&self) -> u64 {
        self.shared.writes.load(Ordering::Relaxed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.queue().is_closing = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the file is to hold, line by line.
struct Pages {
    memory: Memory,
    changes: Events,
    place: Place,
    header: Header,
    lines: BTreeMap<Key, Line>,
}

impl Pages {
    fn new(memory: Memory, place: Place, header: Header) -> io::Result<Self> {
        let changes = memory.subscribe();
        let mut pages = Self { changes, place, header, lines: BTreeMap::new(), memory };
        let (accounts, objects) = pages.memory.all();
        for account in accounts {
            pages.copy(account.key.clone())?;
        }
        for object in objects {
            pages.copy(object.key.clone())?;
        }
        Ok(pages)
    }

    /// Serves whoever waits, until the store is dropped; then what nobody waits for is written, too.
    ///
    /// A large state takes a while to write, and many who wait come one after another: after a write the thread rests
    /// for twice as long as that took, and all who come meanwhile share the next one. Who comes later than that is
    /// served at once.
    fn serve(mut self, shared: &Shared) {
        let mut rests_until = Instant::now();
        loop {
            let (waiters, is_closing, is_discarded) = {
                let idle = |queue: &mut Queue| queue.waiters.is_empty() && !queue.is_closing;
                let queue = shared.wake.wait_while(shared.queue(), idle);
                let queue = queue.unwrap_or_else(PoisonError::into_inner);
                let rest = rests_until.saturating_duration_since(Instant::now());
                let rested = shared.wake.wait_timeout_while(queue, rest, |queue| !queue.is_closing);
                let (mut queue, _) = rested.unwrap_or_else(PoisonError::into_inner);
                (std::mem::take(&mut queue.waiters), queue.is_closing, queue.is_discarded)
            };
            let stale = shared.durable.load(Ordering::Acquire) < self.memory.version();
            let begun = Instant::now();
            let written = if stale && !is_discarded { self.write(shared) } else { Ok(()) };
            rests_until = Instant::now() + (begun.elapsed() * RESTS).min(LONGEST);
            let folder = &self.place.folder;
            let written =
                written.map_err(|error| StateError::Unwritable { folder: folder.clone(), error }.to_string());
            if let Err(error) = &written {
                tracing::warn!("{error}");
            }
            for waiter in waiters {
                // Who went away does not want to know.
                let _ = waiter.send(written.clone());
            }
            if is_closing {
                return;
            }
        }
    }

    /// Writes everything as it is now. What could not be written stays on the pages, for the next time.
    fn write(&mut self, shared: &Shared) -> io::Result<()> {
        // Read first: what changes after this may be written, too, but is not promised.
        let version = self.memory.version();
        for key in self.changes.drain() {
            self.copy(key)?;
        }
        // What is on the pages may be newer; no version of it is to be given again.
        self.header.revision = self.memory.version();
        self.place.replace(|out| format::write(out, &self.header, self.lines.values()))?;
        shared.writes.fetch_add(1, Ordering::Relaxed);
        shared.durable.store(version, Ordering::Release);
        Ok(())
    }

    fn copy(&mut self, key: Key) -> io::Result<()> {
        let json = match key.kind {
            Kind::Account => self.memory.account(&key).map(|account| record::account(&account)),
            Kind::QrCode | Kind::Template => self.memory.object(&key).map(|object| record::object(&object)),
        };
        match json.transpose()? {
            Some(json) => self.lines.insert(key, Line::new(json)),
            None => self.lines.remove(&key),
        };
        Ok(())
    }
}
