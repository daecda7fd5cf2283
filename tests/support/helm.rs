//! A real Helm, built at a fixed version.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a harness that fails, fails the test")]

use std::path::PathBuf;
use std::process::{Command, Output};

/// Runs Helm, away from the home of whoever runs the tests.
pub(crate) fn helm(arguments: &[&str], kubeconfig: Option<&str>) -> Output {
    let built = Command::new("tests/helm/build.sh").output().expect("tests/helm/build.sh starts");
    assert!(built.status.success(), "run `make helm`: {}", String::from_utf8_lossy(&built.stderr));
    let home = tempfile::tempdir().unwrap();
    let helm = PathBuf::from(String::from_utf8(built.stdout).unwrap().trim());
    let mut command = Command::new(helm);
    command.args(arguments).env("HOME", home.path()).env_remove("KUBECONFIG");
    if let Some(kubeconfig) = kubeconfig {
        command.env("KUBECONFIG", kubeconfig);
    }
    command.output().unwrap()
}

/// The standard output of a command that must succeed.
#[track_caller]
pub(crate) fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}
