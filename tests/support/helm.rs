//! A real Helm, built at a fixed version.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a harness that fails, fails the test")]

use std::path::PathBuf;
use std::process::{Command, Output};

/// Runs Helm 3, away from the home of whoever runs the tests.
pub(crate) fn helm(arguments: &[&str], kubeconfig: Option<&str>) -> Output {
    helm_of("3", arguments, kubeconfig)
}

/// Runs Helm of this major version.
pub(crate) fn helm_of(major: &str, arguments: &[&str], kubeconfig: Option<&str>) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(built("tests/helm/build.sh", major));
    command.args(arguments).env("HOME", home.path()).env_remove("KUBECONFIG");
    if let Some(kubeconfig) = kubeconfig {
        command.env("KUBECONFIG", kubeconfig);
    }
    command.output().unwrap()
}

/// What a script builds, and prints the path of.
pub(crate) fn built(script: &str, what: &str) -> PathBuf {
    let built = Command::new(script).arg(what).output().expect("the script starts");
    assert!(built.status.success(), "{script} {what}: {}", String::from_utf8_lossy(&built.stderr));
    PathBuf::from(String::from_utf8(built.stdout).unwrap().trim())
}

/// The standard output of a command that must succeed.
#[track_caller]
pub(crate) fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}
