//! What Argo CD and Flux say, asked of their own code (`tests/judges`).

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::ci::root;
use crate::house::House;
use crate::support::helm::built;

/// The scripts that are shipped.
pub(crate) const SCRIPTS: &str = "integrations/argocd/argocd-cm.yaml";

/// What Argo CD shows of each object: state and message.
pub(crate) fn health(objects: &[Value]) -> Vec<(String, String)> {
    verdicts(&["health", &scripts()], objects)
}

/// What Flux waits for, of each object.
pub(crate) fn kstatus(objects: &[Value]) -> Vec<(String, String)> {
    verdicts(&["kstatus"], objects)
}

/// An application of Argo CD in the namespace of a house.
pub(crate) struct Application<'a> {
    pub(crate) house: &'a House<'a>,
    /// As with `ServerSideApply=true`.
    pub(crate) server_side: bool,
}

impl Application<'_> {
    /// Applies, wave by wave, and prunes; what became of each resource.
    #[track_caller]
    pub(crate) fn sync(&self, manifests: &str) -> Value {
        let server_side = format!("--server-side={}", self.server_side);
        self.ask("sync", &["--prune", &server_side, "--timeout=120s"], manifests)
    }

    /// Each resource with its health, and how it is out of sync.
    #[track_caller]
    pub(crate) fn compare(&self, manifests: &str) -> Vec<Value> {
        self.ask("compare", &[], manifests).as_array().unwrap().clone()
    }

    /// Nothing is out of sync, whichever way Argo CD compares, and this many resources were compared.
    #[track_caller]
    pub(crate) fn is_in_sync(&self, manifests: &str, resources: usize) {
        let compared = self.compare(manifests);
        assert_eq!(compared.len(), resources, "{compared:?}");
        for resource in compared {
            assert_eq!(resource["outOfSync"], json!([]), "{resource}");
        }
    }

    #[track_caller]
    fn ask(&self, face: &str, more: &[&str], manifests: &str) -> Value {
        let kubeconfig = format!("--kubeconfig={}", self.house.plane.kubeconfig().display());
        let namespace = format!("--namespace={}", self.house.name);
        let scripts = format!("--scripts={}", scripts());
        judge(&[&[face, &kubeconfig, &namespace, &scripts], more].concat(), manifests)
    }
}

fn scripts() -> String {
    root().join(SCRIPTS).display().to_string()
}

#[track_caller]
fn verdicts(arguments: &[&str], objects: &[Value]) -> Vec<(String, String)> {
    let said = judge(arguments, &json!(objects).to_string());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let said = said.as_array().unwrap().iter();
    said.map(|verdict| (text(&verdict["status"]), text(&verdict["message"]))).collect()
}

/// Asks a judge; what it answers.
#[track_caller]
pub(crate) fn judge(arguments: &[&str], input: &str) -> Value {
    let mut child = Command::new(built("tests/judges/build.sh", ""))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It reads everything before it says anything.
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
