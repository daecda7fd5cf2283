//! Who applies commits.

use std::process::{Command, Output};

use crate::house::House;
use crate::people::People;
use crate::repository::done;
use crate::support::control_plane;
use crate::texts::Text;

/// Follows main: applies what is there, prunes what is gone.
pub(crate) struct Agent<'a> {
    clone: tempfile::TempDir,
    house: &'a House<'a>,
    pub(crate) applied: usize,
}

impl<'a> Agent<'a> {
    pub(crate) fn follow(people: &People, house: &'a House<'a>) -> Self {
        let clone = tempfile::tempdir().unwrap();
        done(clone.path(), &["clone", "--quiet", "--branch", "main", &people.url(), "."]);
        Self { clone, house, applied: 0 }
    }

    /// What was applied last.
    pub(crate) fn texts(&self) -> Vec<Text> {
        Text::all(self.clone.path())
    }

    #[track_caller]
    pub(crate) fn apply(&mut self) {
        let path = self.clone.path();
        done(path, &["fetch", "--quiet"]);
        done(path, &["reset", "--quiet", "--hard", "origin/main"]);
        let apply = || {
            Command::new(control_plane::binary())
                .args(["kubectl", "apply", "--server-side", "--force-conflicts", "--field-manager=agent"])
                .args([
                    "--prune",
                    "--applyset=configmap/shop",
                    "--recursive",
                    "--namespace",
                    &self.house.name,
                ])
                .args(["--filename=accounts.yaml", "--filename=texts"])
                .env("KUBECTL_APPLYSET", "true")
                .env("KUBECONFIG", self.house.plane.kubeconfig())
                .current_dir(path)
                .output()
                .unwrap()
        };
        let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
        let mut output = apply();
        // What goes by itself between kubectl's list and its delete it takes for a mistake.
        while said(&output).contains("error: pruning") && said(&output).contains("not found") {
            output = apply();
        }
        assert!(output.status.success(), "{}", said(&output));
        self.applied += 1;
    }
}
