//! The tutorials in a cluster: one reader, who goes from the installation to the end.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::kubelet::{Kubelet, free_port};
use crate::shell::Reader;
use crate::support::control_plane::{ControlPlane, binary};
use crate::support::helm::built;
use crate::tutorials::tutorial;

/// In this order: each goes on where the one before it ended.
pub(crate) const FOLLOWED: &[&str] = &["quick-start-helm.md", "teams.md", "operations.md"];

#[test]
fn from_the_installation_to_the_end() {
    let plane = ControlPlane::start();
    assert!(plane.has_controllers(), "a Deployment needs a kube-controller-manager in KUBEBUILDER_ASSETS");
    let kubelet = Kubelet::start(&plane, "waops");
    let mut reader = Reader::new();
    reader.set("KUBECONFIG", plane.kubeconfig().to_str().unwrap());
    for part in ["charts", "examples"] {
        reader.clone_of(part);
    }
    let kubectl: PathBuf = binary().with_file_name("kubectl");
    reader.program("kubectl", &kubectl);
    // All pods are on one machine here, so the operator gets a port of its own.
    let helm = built("tests/helm/build.sh", "3");
    let mut script = "#!/bin/sh\n".to_owned();
    let _ =
        writeln!(script, "case $1 in install | upgrade) set -- \"$@\" --set port={} ;; esac", free_port());
    let _ = writeln!(script, "exec '{}' \"$@\"", helm.display());
    reader.script("helm", &script);
    for page in FOLLOWED {
        let followed =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| reader.follow(&tutorial(page))));
        assert!(followed.is_ok(), "{page}\n{}", kubelet.logs());
    }
}
