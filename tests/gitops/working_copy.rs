//! Repositories that somebody works in.

use std::fs;
use std::path::{Path, PathBuf};

use crate::ci::root;
use crate::repository::{begin, commit};

/// A folder with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A repository with a copy of a folder of this one.
pub(crate) fn repository_of(folder: &str) -> tempfile::TempDir {
    let repository = tempfile::tempdir().unwrap();
    copy(&root().join(folder), repository.path());
    begin(repository.path());
    repository
}

/// Replaces words of a file, which must be there, and commits that.
#[track_caller]
pub(crate) fn edit(repository: &Path, file: &str, from: &str, to: &str) {
    let path: PathBuf = repository.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(path, text.replace(from, to)).unwrap();
    commit(repository, &format!("Change {file}"));
}
