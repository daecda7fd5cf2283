//! A store in a file beside the manifests: the store in memory, made durable.
//!
//! ```text
//! write ─▶ Memory ─▶ waits ─┐
//! write ─▶ Memory ─▶ waits ─┼─▶ one thread: write beside, fsync, keep the old, rename, fsync ─▶ all return
//! write ─▶ Memory ─▶ waits ─┘
//! ```
//!
//! | file in `.waops` | |
//! |---|---|
//! | `state.json` | the state; always whole |
//! | `state.json.backup` | the one before it |
//! | `lock` | who works with it |
//! | `.gitignore` | keeps all of it out of Git |

mod disk;
mod error;
mod format;
mod lock;
mod record;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::api::WhatsAppAccountStatus;
use crate::engine::object::{AccountObject, Object, Status};
use crate::engine::store::{Hold, Store, StoreError};
use crate::manifest::is_manifest;
use crate::plan::facts::{Cause, Deleting, Key};
use crate::store::Memory;
use disk::{Place, is_same};
pub use error::StateError;
use format::{FORMAT, Flaw, Header};
pub use lock::Holder;
use lock::Lock;
use record::Thing;
use writer::Writer;

/// The name of the folder of a state, beside the manifests.
pub const FOLDER: &str = ".waops";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A store in a file. A write returns when it is on disk.
#[derive(Debug)]
pub struct FileStore {
    memory: Memory,
    found_at: u64,
    // Dropped in this order: the last write comes before the lock is given back.
    writer: Writer,
    _lock: Lock,
}

impl FileStore {
    /// Opens a state for writing, or begins one. `command` is what others are told who find it locked. It is written at
    /// once, so that a folder that cannot be written is noticed before anything is done.
    pub fn open(folder: &Path, command: &str, now: Timestamp) -> Result<Self, StateError> {
        let place = Place::new(folder);
        let unwritable = |error| StateError::Unwritable { folder: place.folder.clone(), error };
        place.make().map_err(unwritable)?;
        let lock = Lock::take(&place, command, now)?;
        let folder = place.canonical().map_err(unwritable)?;
        let (header, memory) = match read(&place)? {
            Some((header, memory)) => {
                refuse_copy(&place, &folder, &header)?;
                (header, memory)
            }
            None => begin(&folder, now),
        };
        let (written_by, folder) = (VERSION.to_owned(), folder.display().to_string());
        let header = Header { format: FORMAT, written_by, folder, ..header };
        let found_at = header.revision;
        let writer = Writer::start(memory.clone(), place, header)?;
        Ok(Self { memory, found_at, writer, _lock: lock })
    }

    /// Reads a state without locking it, for those who only look; none where there is none yet. It is whole at any
    /// moment, and what is done to the answer stays in memory. What could not be applied is not shown either.
    pub fn peek(folder: &Path) -> Result<Option<Memory>, StateError> {
        let place = Place::new(folder);
        let Some((header, memory)) = read(&place)? else { return Ok(None) };
        let unreadable = |error| StateError::Unreadable { file: place.state().display().to_string(), error };
        refuse_copy(&place, &place.canonical().map_err(unreadable)?, &header)?;
        Ok(Some(memory))
    }

    /// What the file holds, for those who follow it and who feed it; see [`FileStore::settled`].
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The version of the newest write that was there when it was opened; 0 where there was no state.
    pub fn found_at(&self) -> u64 {
        self.found_at
    }

    /// Waits until everything that happened in memory up to now is on disk.
    pub async fn settled(&self) -> Result<(), StoreError> {
        self.writer.durable(self.memory.version()).await.map_err(StoreError::Unavailable)
    }

    /// Ends without writing what nobody waited for: manifests that were read, and then not applied.
    pub fn discard(&self) {
        self.writer.discard();
    }

    /// How often the file was written.
    pub fn writes(&self) -> u64 {
        self.writer.writes()
    }
}

/// Reads a state; none where there is none.
fn read(place: &Place) -> Result<Option<(Header, Memory)>, StateError> {
    let (file, backup) = (place.state().display().to_string(), place.backup().display().to_string());
    let bytes = match fs::read(place.state()) {
        Ok(bytes) => bytes,
        // Where a file stands in the way of the folder there is no state either; whoever writes one says what to do.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return if place.backup().exists() { Err(StateError::Lost { file, backup }) } else { Ok(None) };
        }
        Err(error) => return Err(StateError::Unreadable { file, error }),
    };
    let flaw = |flaw| match flaw {
        Flaw::Newer { by, format } => {
            StateError::Newer { file: file.clone(), by, format, ours: VERSION, reads: FORMAT }
        }
        Flaw::Damaged(what) => StateError::Damaged { file: file.clone(), backup: backup.clone(), what },
    };
    let (header, lines) = format::read(&bytes).map_err(flaw)?;
    let (mut accounts, mut objects) = (Vec::new(), Vec::with_capacity(lines.len()));
    for (index, line) in lines.into_iter().enumerate() {
        let thing = record::thing(line, &header.revision.to_string());
        match thing
            .map_err(|error| flaw(Flaw::Damaged(format!("cannot be read in line {}: {error}", index + 2))))?
        {
            Thing::Account(account) => accounts.push(*account),
            Thing::Object(object) => objects.push(*object),
        }
    }
    let memory = Memory::load(header.installation.clone(), header.revision, accounts, objects);
    Ok(Some((header, memory)))
}

/// A folder that moved is fine; one that was copied is not, while the original is there.
fn refuse_copy(place: &Place, folder: &Path, header: &Header) -> Result<(), StateError> {
    let original = Place::new(Path::new(&header.folder));
    if original.folder == folder || is_same(&original.state(), &place.state()) {
        return Ok(());
    }
    let theirs =
        fs::read(original.state()).ok().and_then(|bytes| format::read(&bytes).ok().map(|(it, _)| it));
    if theirs.is_some_and(|theirs| theirs.installation == header.installation) {
        let file = place.state().display().to_string();
        let (folder, original) = (place.folder.clone(), original.folder);
        return Err(StateError::Copied { file, folder, original });
    }
    Ok(())
}

/// A state of its own, with an installation id that no other has.
fn begin(folder: &Path, now: Timestamp) -> (Header, Memory) {
    let mut random = [0_u8; 16];
    // It fails where the system has no randomness; place, time and process are still unique.
    let _ = rustls::crypto::ring::default_provider().secure_random.fill(&mut random);
    let random = u128::from_be_bytes(random).to_string();
    let (time, process) = (now.as_nanosecond().to_string(), std::process::id().to_string());
    let installation = super::memory::uid(&[&random, &time, &process, &folder.display().to_string()]);
    let memory = Memory::new(installation.clone());
    let header = Header {
        waops: "state".to_owned(),
        format: FORMAT,
        written_by: VERSION.to_owned(),
        installation,
        folder: String::new(),
        revision: 0,
    };
    (header, memory)
}

impl Store for FileStore {
    fn installation(&self) -> &str {
        self.memory.installation()
    }

    fn changes(&self) -> Option<u64> {
        self.memory.changes()
    }

    async fn read(&self, key: &Key) -> Result<Option<Object>, StoreError> {
        self.memory.read(key).await
    }

    async fn objects(&self) -> Result<Vec<Object>, StoreError> {
        self.memory.objects().await
    }

    async fn accounts(&self) -> Result<Vec<AccountObject>, StoreError> {
        self.memory.accounts().await
    }

    async fn hold(&self, key: &Key, version: &str, hold: Hold<'_>) -> Result<Option<Object>, StoreError> {
        let object = self.memory.hold(key, version, hold).await?;
        self.settled().await?;
        Ok(object)
    }

    async fn report(&self, key: &Key, version: &str, status: &Status) -> Result<Object, StoreError> {
        let object = self.memory.report(key, version, status).await?;
        self.settled().await?;
        Ok(object)
    }

    async fn report_account(
        &self,
        key: &Key,
        version: &str,
        status: &WhatsAppAccountStatus,
    ) -> Result<AccountObject, StoreError> {
        let account = self.memory.report_account(key, version, status).await?;
        self.settled().await?;
        Ok(account)
    }

    async fn hold_account(
        &self,
        key: &Key,
        version: &str,
        held: bool,
    ) -> Result<Option<AccountObject>, StoreError> {
        let account = self.memory.hold_account(key, version, held).await?;
        self.settled().await?;
        Ok(account)
    }

    async fn cause(&self, key: &Key, deleting: Deleting) -> Result<Cause, StoreError> {
        self.memory.cause(key, deleting).await
    }

    async fn secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<BTreeMap<String, Vec<u8>>>, StoreError> {
        self.memory.secret(namespace, name).await
    }

    async fn labels(&self, namespace: &str) -> Result<Option<BTreeMap<String, String>>, StoreError> {
        self.memory.labels(namespace).await
    }
}

/// The folder of the state that belongs to these manifests: beside them, or where one stands for lack of a better place.
pub fn beside(paths: &[PathBuf]) -> PathBuf {
    // One that a branch removed was what it is called like.
    let is_folder = |path: &Path| path.is_dir() || !(path.exists() || is_manifest(path));
    match paths {
        [one] if one.as_os_str() == "-" => PathBuf::from(FOLDER),
        [one] if is_folder(one) => one.join(FOLDER),
        [one] => one.parent().unwrap_or(Path::new("")).join(FOLDER),
        _ => PathBuf::from(FOLDER),
    }
}
