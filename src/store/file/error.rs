//! Why a state cannot be used, and what to do.

use std::io;
use std::path::PathBuf;

use super::lock::Holder;

/// Why a state cannot be used, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Somebody else works with it.
    #[error(
        "the state in {folder} is in use{}; wait until it ends, or interrupt it (Ctrl-C), which is safe at any moment",
        holder.as_ref().map(|holder| format!(" by {holder}")).unwrap_or_default()
    )]
    Locked {
        /// The folder of the state.
        folder: PathBuf,
        /// Who, where it could be found out.
        holder: Option<Holder>,
    },
    /// The file system has no locks.
    #[error("cannot lock the state in {folder}: {error}; keep it on a file system with locks: --state DIR")]
    NoLock {
        /// The folder of the state.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It is not what waops wrote.
    #[error(
        "{file} {what}. Nothing was changed. Either put the copy before it back: mv {backup} {file}. Or build it anew \
         from the provider: delete both files; `waops plan` then shows what exists and the lines that take it over, \
         and nothing is made twice"
    )]
    Damaged {
        /// The state.
        file: String,
        /// The copy of the one before it.
        backup: String,
        /// What is wrong with it.
        what: String,
    },
    /// A newer waops wrote it.
    #[error(
        "{file} was written by waops {by} in format {format}, and waops {ours} reads up to format {reads}: use waops \
         {by} or a newer one"
    )]
    Newer {
        /// The state.
        file: String,
        /// The version that wrote it.
        by: String,
        /// Its format.
        format: u32,
        /// Our version.
        ours: &'static str,
        /// The newest format we read.
        reads: u32,
    },
    /// It was copied, and the original is still there.
    #[error(
        "{file} is a copy of the state in {original}, which is still there; two folders with one state would both \
         change the same codes. Work in that folder, or delete the one that is not to be used any more. To let this \
         folder start on its own, delete {folder}: `waops plan` then shows what exists, and nothing is made twice"
    )]
    Copied {
        /// The state.
        file: String,
        /// Its folder.
        folder: PathBuf,
        /// The folder it was copied from.
        original: PathBuf,
    },
    /// There is a backup and nothing else.
    #[error(
        "{file} is missing, and {backup} is there. Put it back: mv {backup} {file}. Or delete it, to build the state \
         anew from the provider: `waops plan` then shows what exists, and nothing is made twice"
    )]
    Lost {
        /// The state.
        file: String,
        /// The copy of the one before it.
        backup: String,
    },
    /// It cannot be read.
    #[error("cannot read {file}: {error}; check who may read it, and the disk")]
    Unreadable {
        /// The state.
        file: String,
        /// What the system says.
        error: io::Error,
    },
    /// It cannot be written.
    #[error(
        "cannot write the state in {folder}: {error}. waops writes down what it is about to do before it calls a \
         provider, so it calls none. {}",
        advice(error)
    )]
    Unwritable {
        /// The folder of the state.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "Free some space there and try again: what was written before is still whole"
        }
        io::ErrorKind::FileTooLarge => {
            "Raise the limit of file sizes (ulimit -f) and try again: what was written before is still whole"
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            "Make the folder writable, or keep the state elsewhere: --state DIR"
        }
        _ => "Check the folder and the disk, and try again: what was written before is still whole",
    }
}
