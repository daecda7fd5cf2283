//! A control plane and simulated providers, new for every trial.

use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::http::Request;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;

use crate::contestant::program;
use crate::control_plane::ControlPlane;
use crate::objects::{self, scenario};
use crate::process::{cpu, tied};

pub(crate) const NAMESPACE: &str = "bench";
/// Who declares and edits, as the API server notes it: such writes are nobody's cost.
pub(crate) const MANAGER: &str = "bench";

/// As by default.
pub(crate) const INTERVAL: Duration = Duration::from_secs(600);

pub(crate) struct Stage {
    pub(crate) plane: ControlPlane,
    pub(crate) client: Client,
    /// Where both providers are.
    pub(crate) provider: String,
    pub(crate) accounts: usize,
    /// How often objects are compared with their provider.
    pub(crate) interval: Duration,
    simulator: Child,
    admin: String,
    audit: Mutex<Audit>,
    /// Open as long as it speaks.
    _said: BufReader<ChildStdout>,
    _folder: tempfile::TempDir,
}

/// What the API server noted so far: read on from where it was left.
#[derive(Debug, Default)]
struct Audit {
    at: u64,
    rest: String,
    writes: u64,
}

/// The seconds that everything else had a processor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Others {
    pub(crate) cluster: f64,
    pub(crate) provider: f64,
}

impl Stage {
    /// With so many accounts, each a business of its own with one number.
    pub(crate) async fn start(accounts: usize, settings: &str) -> Self {
        Self::comparing(INTERVAL, accounts, settings).await
    }

    /// The same, compared with the provider more often.
    pub(crate) async fn comparing(interval: Duration, accounts: usize, settings: &str) -> Self {
        Self::build(ControlPlane::start_without_controllers(), interval, accounts, settings).await
    }

    /// The same, on a control plane that is there.
    pub(crate) async fn on(plane: ControlPlane, accounts: usize, settings: &str) -> Self {
        Self::build(plane, INTERVAL, accounts, settings).await
    }

    async fn build(plane: ControlPlane, interval: Duration, accounts: usize, settings: &str) -> Self {
        let kubeconfig = Kubeconfig::read_from(plane.kubeconfig()).expect("a kubeconfig");
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
        let client = Client::try_from(config.expect("a configuration")).expect("a client");
        for kind in ["whatsappaccount", "whatsappqrcode", "whatsapptemplate"] {
            let file = format!("{}/crds/{kind}.yaml", env!("CARGO_MANIFEST_DIR"));
            plane.kubectl(&["create", "--filename", &file]).success();
            let crd = format!("crd/{kind}s.waops.dev");
            plane.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", &crd]).success();
        }
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("scenario.yaml");
        std::fs::write(&file, scenario(accounts, settings)).expect("the scenario is written");
        let mut simulator = tied(program())
            .args(["simulate", "--scenario"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulator starts");
        let mut greeting = String::new();
        let mut said = BufReader::new(simulator.stdout.take().expect("piped"));
        said.read_line(&mut greeting).expect("a greeting");
        let addresses: Vec<&str> =
            greeting.split_whitespace().filter(|word| word.starts_with("http")).collect();
        let [provider, admin] = addresses[..] else { panic!("no addresses in {greeting}") };
        let (provider, admin) = (provider.trim_end_matches(';').to_owned(), admin.to_owned());
        let audit = Mutex::default();
        let stage = Self {
            plane,
            client,
            provider,
            accounts,
            interval,
            simulator,
            admin,
            audit,
            _said: said,
            _folder: folder,
        };
        objects::namespace(&stage).await;
        objects::accounts(&stage).await;
        stage
    }

    pub(crate) fn kubeconfig(&self) -> &Path {
        self.plane.kubeconfig()
    }

    /// Writes to QR codes and templates so far, but for those of who declares and edits.
    pub(crate) fn writes(&self) -> u64 {
        let mut audit = self.audit.lock().expect("a lock");
        let mut file = std::fs::File::open(self.plane.dir().join("audit.log")).expect("the audit log");
        let length = file.metadata().expect("the audit log").len();
        assert!(length >= audit.at, "the audit log began anew: writes were lost");
        file.seek(SeekFrom::Start(audit.at)).expect("its end");
        let mut text = std::mem::take(&mut audit.rest);
        let read = file.read_to_string(&mut text).expect("the audit log");
        audit.at += u64::try_from(read).expect("a length");
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        text[whole..].clone_into(&mut audit.rest);
        let is_of_objects = |line: &&str| {
            line.contains("\"resource\":\"whatsappqrcodes\"")
                || line.contains("\"resource\":\"whatsapptemplates\"")
        };
        let is_ours = |line: &&str| line.contains(&format!("fieldManager={MANAGER}"));
        let lines = text[..whole].lines().filter(is_of_objects).filter(|line| !is_ours(line));
        // A deletion is what was asked for; taking a finalizer off is a patch.
        audit.writes += lines.filter(|line| !line.contains("\"verb\":\"delete\"")).count() as u64;
        audit.writes
    }

    /// Requests to the API server so far, watches and reads of its metrics apart: of one resource, or of all.
    pub(crate) async fn requests(&self, resource: Option<&str>) -> u64 {
        let request = Request::get("/metrics").body(Vec::new()).expect("a request");
        let text = self.client.request_text(request).await.unwrap_or_default();
        let wanted = resource.map(|resource| format!(",resource=\"{resource}\""));
        let is_wanted = |line: &&str| {
            line.starts_with("apiserver_request_total{")
                && !line.contains("verb=\"WATCH\"")
                && !line.contains(",resource=\"\"")
                && wanted.as_ref().is_none_or(|wanted| line.contains(wanted))
        };
        let counts =
            text.lines().filter(is_wanted).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts")]
        let all = counts.sum::<f64>() as u64;
        all
    }

    /// Calls to the providers so far, of all operations or of those with this in their name.
    pub(crate) async fn calls(&self, operation: &str) -> u64 {
        let all = self.ask("calls").await;
        let counts = all.as_object().into_iter().flatten().filter(|(name, _)| name.contains(operation));
        counts.filter_map(|(_, count)| count.as_u64()).sum()
    }

    /// Codes that live at the provider, and how many of them are the second of a text on a number, or a further one.
    pub(crate) async fn codes(&self) -> (usize, usize) {
        let objects = self.ask("objects").await;
        let mut seen = std::collections::HashSet::new();
        let mut all = 0;
        for (number, codes) in objects["codes"].as_object().into_iter().flatten() {
            for code in codes.as_array().into_iter().flatten() {
                all += 1;
                seen.insert((number.clone(), code["message"].to_string()));
            }
        }
        (all, all - seen.len())
    }

    /// Waits until a provider is called with this text; how long it took, or none within the deadline. `seen` is the
    /// last call that was looked at.
    pub(crate) async fn until_called_with(&self, text: &str, seen: &mut u64) -> Option<Duration> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            let journal = self.ask(&format!("journal?after={seen}")).await;
            let calls = journal["calls"].as_array().cloned().unwrap_or_default();
            *seen = calls.last().and_then(|call| call["number"].as_u64()).unwrap_or(*seen);
            if calls.iter().any(|call| call.to_string().contains(text)) {
                return Some(start.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        None
    }

    async fn ask(&self, what: &str) -> Value {
        let answer = reqwest::get(format!("{}/{what}", self.admin)).await.expect("the simulator answers");
        serde_json::from_str(&answer.text().await.expect("text")).expect("JSON")
    }

    pub(crate) fn others(&self) -> Others {
        let cluster = cpu(self.plane.pid("kube-apiserver")) + cpu(self.plane.pid("etcd"));
        Others { cluster, provider: cpu(self.simulator.id()) }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.simulator.kill();
        let _ = self.simulator.wait();
    }
}
