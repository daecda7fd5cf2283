//! The folder of a state, and how a file in it is replaced so that there is always a whole one.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What hides our files from Git, and only those: editor schemas may lie beside them. A state is not code, and two
/// people's states in one history would fight.
const GITIGNORE: &str = "# Written by waops once; empty this file if you want the state in Git.\n\
                         .gitignore\nlock\nstate.json\nstate.json.*\n";
/// So much is handed to the system at a time.
const BUFFER: usize = 1 << 20;

/// The folder of a state.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
}

impl Place {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    pub(super) fn state(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    pub(super) fn backup(&self) -> PathBuf {
        self.folder.join("state.json.backup")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    /// Where the next state is written before it takes its place; a crash leaves it behind, and the next write takes
    /// it over.
    fn next(&self) -> PathBuf {
        self.folder.join("state.json.new")
    }

    /// The folder as the system knows it, whatever link led to it.
    pub(super) fn canonical(&self) -> io::Result<PathBuf> {
        fs::canonicalize(&self.folder)
    }

    /// Makes the folder; before its first state, it is hidden from Git.
    pub(super) fn make(&self) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        if self.state().exists() || self.backup().exists() {
            return Ok(());
        }
        let gitignore = self.folder.join(".gitignore");
        if !gitignore.exists() {
            fs::write(&gitignore, GITIGNORE).inspect_err(|_| {
                // Left empty by a full disk it would say that the state belongs into Git.
                let _ = fs::remove_file(&gitignore);
            })?;
        }
        // So that the folder itself is still there after a power cut.
        match self.canonical()?.parent() {
            Some(parent) => sync_folder(parent),
            None => Ok(()),
        }
    }

    /// Replaces the state at once and for good: after this returns, a power cut loses nothing; if it fails or never
    /// returns, the old state is whole.
    pub(super) fn replace(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let next = self.next();
        let written = File::create(&next).and_then(|file| {
            let mut out = BufWriter::with_capacity(BUFFER, file);
            write(&mut out)?;
            out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
        });
        let replaced = written.and_then(|()| {
            self.back_up()?;
            fs::rename(&next, self.state())?;
            sync_folder(&self.folder)
        });
        if replaced.is_err() {
            // What is half-written would only take up space that may be wanting.
            let _ = fs::remove_file(&next);
        }
        replaced
    }

    /// Gives the present state a second name, which it keeps when it is replaced.
    fn back_up(&self) -> io::Result<()> {
        let (state, backup) = (self.state(), self.backup());
        if !state.exists() {
            return Ok(());
        }
        match fs::remove_file(&backup) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Not every file system has hard links.
        fs::hard_link(&state, &backup).or_else(|_| fs::copy(&state, &backup).map(|_| ()))
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Whether two paths lead to one file: a folder can be mounted twice.
#[cfg(unix)]
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |path| fs::metadata(path).map(|file: fs::Metadata| (file.dev(), file.ino())).ok();
    id(one).is_some_and(|one| Some(one) == id(other))
}

/// Whether two paths lead to one file.
#[cfg(not(unix))]
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    one == other
}
