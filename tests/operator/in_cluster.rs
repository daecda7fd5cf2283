//! The way of a pod to its API server: address in the environment, token and certificate in files that are renewed.
//!
//! Their path belongs to the machine, so the process gets a mount namespace of its own.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use kube::config::Kubeconfig;

use crate::house::{House, defined};
use crate::support::control_plane::poll;

/// How often the client reads the token again, and what a loaded machine adds.
const RENEWED: Duration = Duration::from_secs(100);
/// Mounts the folder `$1` where a pod has its token, and becomes the rest of the arguments.
const MOUNT: &str = r#"
set -e
run=$(readlink -f /var/run)
mount -t tmpfs tmpfs "$run"
mkdir -p "$run/secrets/kubernetes.io"
ln -s "$1" "$run/secrets/kubernetes.io/serviceaccount"
shift
exec "$@"
"#;

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn has_mount_namespaces() -> bool {
    let tried = Command::new("unshare").args(["-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).output();
    tried.is_ok_and(|tried| tried.status.success())
}

/// Puts a token of the operator's ServiceAccount where the process reads it, as a kubelet does: all at once.
fn renew(house: &House<'_>, dir: &Path, secret: &str) {
    let system = "--namespace=pod-system";
    house.plane.kubectl(&[system, "create", "secret", "generic", secret]).success();
    let create = ["create", "token", "waops", "--bound-object-kind=Secret", "--bound-object-name", secret];
    let token = house.plane.kubectl(&[&[system], &create[..]].concat()).success();
    fs::write(dir.join("new"), token.trim()).unwrap();
    fs::rename(dir.join("new"), dir.join("token")).unwrap();
}

#[test]
fn a_pod_finds_its_cluster_by_its_token_and_goes_on_with_a_renewed_one() {
    if !has_mount_namespaces() {
        eprintln!("skipped: this machine gives a test no mount namespace (unshare -Urm)");
        return;
    }
    let house = House::prepared(defined(), "pod");
    let alone = "leaderElection.enabled=false,uninstall.release=false";
    house.install(&["watchNamespaces={pod}", "replicas=0", alone]);
    house.account();
    let dir = house.plane.dir().join("serviceaccount");
    fs::create_dir_all(&dir).unwrap();
    let kubeconfig = Kubeconfig::read_from(house.plane.kubeconfig()).unwrap();
    let authority =
        kubeconfig.clusters[0].cluster.as_ref().unwrap().certificate_authority_data.clone().unwrap();
    let certificate = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.decode(authority).unwrap()
    };
    fs::write(dir.join("ca.crt"), certificate).unwrap();
    fs::write(dir.join("namespace"), "pod-system").unwrap();
    renew(&house, &dir, "first");

    let server = house.plane.server_url().trim_start_matches("https://").to_owned();
    let (host, port) = server.rsplit_once(':').unwrap();
    let log = dir.join("log");
    let child = Command::new("unshare")
        .args(["-Urm", "sh", "-c", MOUNT, "sh"])
        .arg(&dir)
        .args([
            env!("CARGO_BIN_EXE_waops"),
            "operator",
            "--namespace=pod",
            "--settle-time=1s",
            "--log-level=info",
        ])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("KUBERNETES_SERVICE_HOST", host)
        .env("KUBERNETES_SERVICE_PORT", port)
        .env("WAOPS_META_ENDPOINT", &house.simulator.url)
        .stdin(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let _running = Running(child);
    let said = || fs::read_to_string(&log).unwrap_or_default();
    house.code("poster", "Hello");
    let ready = house.kubectl(&["wait", "--for=condition=Ready", "--timeout=60s", "waqr/poster"]);
    assert!(ready.status.success(), "{}\n{}", ready.stderr, said());

    renew(&house, &dir, "second");
    // The old token is good for nothing any more.
    house.plane.kubectl(&["--namespace=pod-system", "delete", "secret", "first"]).success();
    house.code("flyer", "Hello again");
    let is_ready = || {
        let found = house.condition("waqr/flyer", "Ready")?;
        (found["status"] == "True").then_some(())
    };
    assert!(poll(RENEWED, is_ready).is_some(), "{}", said());
    assert_eq!(house.codes().len(), 2);
}
