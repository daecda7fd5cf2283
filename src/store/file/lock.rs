//! One process at a time. The system lets go of the lock when its process ends, however it ends.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::{Deserialize, Serialize};

use super::disk::Place;
use super::error::StateError;

/// Who works with a state.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Holder {
    command: String,
    pid: u32,
    host: String,
    since: Time,
}

/// The right to write; given back when dropped.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// Takes the lock, or says who has it.
    pub(super) fn take(place: &Place, command: &str, now: Timestamp) -> Result<Self, StateError> {
        let unwritable = |error| StateError::Unwritable { folder: place.folder.clone(), error };
        // Never truncated here: it may say who holds it.
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(place.lock());
        let mut file = open.map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StateError::Locked { folder: place.folder.clone(), holder: holder(&mut file) });
            }
            Err(TryLockError::Error(error)) => {
                return Err(StateError::NoLock { folder: place.folder.clone(), error });
            }
        }
        let me =
            Holder { command: command.to_owned(), pid: std::process::id(), host: host(), since: Time(now) };
        // A courtesy to whoever waits; the lock holds without it, on a full disk too.
        let text = serde_json::to_vec(&me).unwrap_or_default();
        let _ =
            file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0))).and_then(|_| file.write_all(&text));
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.set_len(0);
        let _ = self.0.unlock();
    }
}

fn holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.take(4096).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn host() -> String {
    let name = std::fs::read_to_string(Path::new("/proc/sys/kernel/hostname")).ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "an unknown host".to_owned() } else { name.to_owned() }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, pid, host, since } = self;
        write!(f, "`{command}` (process {pid} on {host}, since {})", since.0)
    }
}
