//! Flux on the control plane: its kustomize-controller, and commits as the artifacts that it takes.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::house::defined;
use crate::kubelet::free_port;
use crate::repository::done;
use crate::support::control_plane::{ControlPlane, Output, poll};
use crate::support::helm::built;

/// Where Kustomizations and sources are.
pub(crate) const SYSTEM: &str = "flux-system";
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(90);
/// Runs the rest of the arguments until standard input closes, which no end of the test can prevent.
const LEASH: &str = r#""$@" & pid=$!; cat >/dev/null; kill $pid; wait $pid"#;

/// A controller, and the place where it finds artifacts.
pub(crate) struct Flux {
    plane: &'static ControlPlane,
    folder: PathBuf,
    url: String,
    _leash: Child,
}

/// The one of this binary.
pub(crate) fn flux() -> &'static Flux {
    static FLUX: LazyLock<Flux> = LazyLock::new(|| Flux::start(defined()));
    &FLUX
}

impl Flux {
    fn start(plane: &'static ControlPlane) -> Self {
        let definitions = built("tests/tools/build.sh", "flux-crds").display().to_string();
        plane.kubectl(&["apply", "--server-side", "--filename", &definitions]).success();
        plane.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", "crd", "--all"]).success();
        plane.kubectl(&["create", "namespace", SYSTEM]).success();
        let folder = plane.dir().join("artifacts");
        fs::create_dir_all(&folder).unwrap();
        let url = serve(folder.clone());
        let log = File::create(plane.dir().join("flux.log")).unwrap();
        let leash = Command::new("sh")
            .args(["-c", LEASH, "sh"])
            .arg(built("tests/tools/build.sh", "kustomize-controller"))
            .args(["--feature-gates=ExternalArtifact=true", "--requeue-dependency=1s"])
            .arg(format!("--metrics-addr=127.0.0.1:{}", free_port()))
            .arg(format!("--health-addr=127.0.0.1:{}", free_port()))
            .env("RUNTIME_NAMESPACE", SYSTEM)
            .env("KUBECONFIG", plane.kubeconfig())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { plane, folder, url, _leash: leash }
    }

    /// Makes the newest commit of a repository what this source has; its revision.
    #[track_caller]
    pub(crate) fn publish(&self, source: &str, repository: &Path) -> String {
        let commit = done(repository, &["rev-parse", "HEAD"]);
        let file = format!("{source}-{commit}.tar.gz");
        let path = self.folder.join(&file);
        done(repository, &["archive", "--format=tar.gz", "--output", path.to_str().unwrap(), "HEAD"]);
        let archive = fs::read(&path).unwrap();
        let digest = hex(&Sha256::digest(&archive));
        let revision = format!("main@sha1:{commit}");
        let artifact = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "ExternalArtifact",
            "metadata": {"name": source, "namespace": SYSTEM}, "spec": {},
        });
        self.plane.kubectl_stdin(&["apply", "--filename=-"], &artifact.to_string()).success();
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let status = json!({"status": {
            "artifact": {
                "url": format!("{}/{file}", self.url), "path": file, "revision": revision,
                "digest": format!("sha256:{digest}"), "size": archive.len(), "lastUpdateTime": now,
            },
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored",
                "lastTransitionTime": now,
            }],
        }});
        let source = format!("externalartifact/{source}");
        let stores =
            ["patch", &source, "--subresource=status", "--type=merge", "--patch", &status.to_string()];
        self.kubectl(&stores).success();
        revision
    }

    /// Has a Kustomization followed, as it is written but for where it comes from.
    #[track_caller]
    pub(crate) fn follow(&self, kustomization: &Value, source: &str) {
        let mut kustomization = kustomization.clone();
        kustomization["spec"]["sourceRef"] = json!({"kind": "ExternalArtifact", "name": source});
        self.plane.kubectl_stdin(&["apply", "--filename=-"], &kustomization.to_string()).success();
    }

    /// Has a Kustomization looked at once more, and waits until that is done.
    #[track_caller]
    pub(crate) fn again(&self, name: &str, round: usize) {
        let round = format!("round-{round}");
        let annotation = format!("reconcile.fluxcd.io/requestedAt={round}");
        let object = format!("kustomization/{name}");
        self.kubectl(&["annotate", "--overwrite", &object, &annotation]).success();
        self.until(name, &format!("{name} to be looked at again"), |status| {
            (status["lastHandledReconcileAt"] == round.as_str()).then_some(())
        });
    }

    /// Waits until a Kustomization is ready at a revision.
    #[track_caller]
    pub(crate) fn ready(&self, name: &str, revision: &str) {
        self.until(name, &format!("{name} to be ready at {revision}"), |status| {
            let ready = condition(status, "Ready")?;
            (status["lastAppliedRevision"] == revision && ready["status"] == "True").then_some(())
        });
    }

    /// Waits until a Kustomization says at a revision that it failed; in which words.
    #[track_caller]
    pub(crate) fn fails(&self, name: &str, revision: &str) -> String {
        self.until(name, &format!("{name} to fail at {revision}"), |status| {
            let ready = condition(status, "Ready")?;
            let is_failed =
                status["lastAttemptedRevision"] == revision && ready["reason"] == "HealthCheckFailed";
            is_failed.then(|| ready["message"].as_str().unwrap_or_default().to_owned())
        })
    }

    /// The Ready condition of a Kustomization.
    pub(crate) fn says(&self, name: &str) -> Value {
        condition(&self.get(name)["status"], "Ready").unwrap_or_default()
    }

    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Output {
        let namespace = format!("--namespace={SYSTEM}");
        self.plane.kubectl(&[&[namespace.as_str()], arguments].concat())
    }

    /// What the controller said so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.plane.dir().join("flux.log")).unwrap()
    }

    fn get(&self, name: &str) -> Value {
        let object = format!("kustomization/{name}");
        serde_json::from_str(&self.kubectl(&["get", &object, "--output=json"]).success()).unwrap()
    }

    #[track_caller]
    fn until<T>(&self, name: &str, what: &str, mut condition: impl FnMut(&Value) -> Option<T>) -> T {
        poll(DEADLINE, || condition(&self.get(name)["status"])).unwrap_or_else(|| {
            let object = format!("kustomization/{name}");
            let is = self.kubectl(&["get", &object, "--output=yaml"]).stdout;
            panic!("waited {DEADLINE:?} for {what}\n{is}\n{}", self.log())
        })
    }
}

fn condition(status: &Value, type_: &str) -> Option<Value> {
    status["conditions"].as_array()?.iter().find(|condition| condition["type"] == type_).cloned()
}

/// Hands out the files of a folder on the loopback, until the process ends.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let _ = hand_out(&folder, &stream);
        }
    });
    url
}

fn hand_out(folder: &Path, mut stream: &TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // A connection that is closed over unread words takes the answer with it.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let name = request.split_whitespace().nth(1).unwrap_or_default().trim_start_matches('/');
    let (status, body) = fs::read(folder.join(name)).map_or((404, Vec::new()), |body| (200, body));
    let length = body.len();
    write!(stream, "HTTP/1.1 {status} It\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")?;
    stream.write_all(&body)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
