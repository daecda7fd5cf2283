//! A control plane and simulated providers.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use crate::control_plane::ControlPlane;
use crate::objects::scenario;
use crate::process::Operator;

const PROGRAM: &str = env!("CARGO_BIN_EXE_waops");

pub(crate) struct Stage {
    plane: ControlPlane,
    pub(crate) client: Client,
    simulator: Child,
    url: String,
    pub(crate) admin: String,
    _folder: tempfile::TempDir,
}

impl Stage {
    pub(crate) async fn start(settings: &str) -> Self {
        let plane = ControlPlane::start_without_controllers();
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
        std::fs::write(&file, scenario(settings)).expect("the scenario is written");
        let mut simulator = Command::new(PROGRAM)
            .args(["simulate", "--scenario"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulator starts");
        let mut greeting = String::new();
        BufReader::new(simulator.stdout.take().expect("piped")).read_line(&mut greeting).expect("a greeting");
        let addresses: Vec<&str> =
            greeting.split_whitespace().filter(|word| word.starts_with("http")).collect();
        let [url, admin] = addresses[..] else { panic!("no addresses in {greeting}") };
        let (url, admin) = (url.trim_end_matches(';').to_owned(), admin.to_owned());
        Self { plane, client, simulator, url, admin, _folder: folder }
    }

    /// The operator of a namespace, as the only one.
    pub(crate) fn operator(&self, namespace: &str) -> Operator {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("a port")
            .port();
        let mut command = Command::new(PROGRAM);
        command
            .args(["operator", "--namespace", namespace, "--listen", &format!("127.0.0.1:{port}")])
            .args(["--settle-time", "1s", "--leader-elect", "--lease-name", namespace])
            // As a pod that starts again: the lease is its own still.
            .args(["--identity", "bench"])
            .env("KUBECONFIG", self.plane.kubeconfig())
            .env("WAOPS_META_ENDPOINT", &self.url)
            .env("WAOPS_ALIBABA_ENDPOINT", &self.url);
        Operator::start(command, port)
    }

    /// Writes to our objects in a namespace so far, as the API server noted them; those who declare included.
    pub(crate) fn writes(&self, namespace: &str) -> usize {
        let log = std::fs::read_to_string(self.plane.dir().join("audit.log")).unwrap_or_default();
        let wanted = format!("\"resource\":\"whatsappqrcodes\",\"namespace\":\"{namespace}\"");
        log.lines().filter(|line| line.contains(&wanted)).count()
    }

    pub(crate) async fn writes_reach(&self, namespace: &str, count: usize) {
        let start = Instant::now();
        while self.writes(namespace) < count {
            assert!(
                start.elapsed() < Duration::from_secs(900),
                "{} of {count} writes",
                self.writes(namespace)
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Events written so far, by anybody.
    pub(crate) async fn event_writes(&self) -> usize {
        let request = axum::http::Request::get("/metrics").body(Vec::new()).expect("a request");
        let text = self.client.request_text(request).await.expect("metrics of the API server");
        let ours = |line: &&str| {
            line.starts_with("apiserver_request_total{")
                && line.contains("resource=\"events\"")
                && (line.contains("verb=\"POST\"") || line.contains("verb=\"PATCH\""))
        };
        let counts =
            text.lines().filter(ours).filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok());
        counts.sum()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.simulator.kill();
        let _ = self.simulator.wait();
    }
}
