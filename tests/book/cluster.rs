//! The tutorials in a cluster: one reader, who goes from the installation to the end.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::kubelet::{Kubelet, free_port};
use crate::page::Page;
use crate::root;
use crate::shell::Reader;
use crate::support::control_plane::{ControlPlane, binary};
use crate::support::helm::built;
use crate::tutorials::tutorial;

/// In this order: each goes on where the one before it ended.
pub(crate) const FOLLOWED: &[&str] = &["quick-start-helm.md", "teams.md", "operations.md"];

/// A control plane, and a reader who has kubectl and Helm for it.
struct Cluster {
    reader: Reader,
    kubelet: Kubelet,
    _plane: ControlPlane,
}

impl Cluster {
    fn start() -> Self {
        let plane = ControlPlane::start();
        assert!(
            plane.has_controllers(),
            "a Deployment needs a kube-controller-manager in KUBEBUILDER_ASSETS"
        );
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
        let _ = writeln!(
            script,
            "case $1 in install | upgrade) set -- \"$@\" --set port={} ;; esac",
            free_port()
        );
        let _ = writeln!(script, "exec '{}' \"$@\"", helm.display());
        reader.script("helm", &script);
        Self { reader, kubelet, _plane: plane }
    }

    fn follow(&self, page: &Page) {
        let followed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.reader.follow(page)));
        assert!(followed.is_ok(), "{}\n{}", page.path.display(), self.kubelet.logs());
    }
}

#[test]
fn from_the_installation_to_the_end() {
    let cluster = Cluster::start();
    for page in FOLLOWED {
        cluster.follow(&tutorial(page));
    }
}

#[test]
fn the_readme_runs_as_it_is_written_beside_a_folder_and_in_a_cluster() {
    let cluster = Cluster::start();
    let readme = Page::read(&root().join("README.md"));
    for heading in ["Ten lines", "In a cluster"] {
        cluster.follow(&readme.section(heading));
    }
}
