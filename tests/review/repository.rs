//! A Git repository of manifests in a temporary folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Git as nobody has configured it.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Ana", "-c", "user.email=ana@shop.example", "-c", "commit.gpgsign=false"]);
    command.args(["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"]);
    command.args(arguments).current_dir(folder);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command.output().expect("git is on the PATH")
}

/// The same, and it succeeds.
#[track_caller]
pub(crate) fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = git(folder, arguments);
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A repository at this folder, with everything in it committed to main.
pub(crate) fn begin(folder: &Path) -> PathBuf {
    done(folder, &["init", "--quiet"]);
    commit(folder, "Begin");
    folder.to_owned()
}

pub(crate) fn commit(folder: &Path, message: &str) {
    done(folder, &["add", "--all"]);
    done(folder, &["commit", "--quiet", "--message", message]);
}
