//! A kubelet for tests: it runs the pods of a namespace as processes of this machine.
//!
//! What a pod says is done: command, arguments, environment, probes of readiness and of life, grace period and a token of
//! its ServiceAccount that is bound to the pod. Its status is set, so that Deployments and `helm --wait` see what a cluster
//! would show. Pods with one port have an address each, so that one is ready before the other goes. Not done: scheduling, images, isolation. A process finds the API server by a kubeconfig in `KUBECONFIG`, since
//! the path of a mounted token belongs to the machine.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a harness that fails, fails the test"
)]

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use k8s_openapi::api::authentication::v1::{BoundObjectReference, TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{Container, Pod, Probe, Service, ServiceAccount};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config, ResourceExt as _};
use serde_json::{Value, json};
use tokio::task;

use crate::support::control_plane::{ControlPlane, poll};

const PACE: Duration = Duration::from_millis(100);

/// Runs the pods of one namespace until it is dropped.
pub(crate) struct Kubelet {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// Where the API server is for a pod, by the pod's name.
pub(crate) type Way = Box<dyn Fn(&str) -> String + Send + Sync>;

struct Shared {
    namespace: String,
    dir: PathBuf,
    kubeconfig: PathBuf,
    way: Option<Way>,
    ends: AtomicBool,
    pids: Mutex<BTreeMap<String, u32>>,
    addresses: Mutex<BTreeMap<String, SocketAddrV4>>,
}

/// A pod's process.
struct Process {
    child: Child,
    address: Ipv4Addr,
    restarts: i32,
    ready: bool,
    readiness: Prober,
    liveness: Prober,
    /// How long it has to end.
    grace: Duration,
    /// When it is killed, once it was told to end.
    killed: Option<Instant>,
}

/// Whoever asks a container what a probe wants to know.
struct Prober {
    next: Instant,
    /// Nobody else waits for the answer of one who hangs.
    asking: Option<task::JoinHandle<bool>>,
    failures: i32,
}

impl Kubelet {
    /// Runs what is in this namespace.
    pub(crate) fn start(plane: &ControlPlane, namespace: &str) -> Self {
        Self::begin(plane, namespace, None)
    }

    /// Runs what is in this namespace; each pod finds the API server where it is told to.
    pub(crate) fn start_with_way(plane: &ControlPlane, namespace: &str, way: Way) -> Self {
        Self::begin(plane, namespace, Some(way))
    }

    fn begin(plane: &ControlPlane, namespace: &str, way: Option<Way>) -> Self {
        let dir = plane.dir().join("pods").join(namespace);
        fs::create_dir_all(&dir).unwrap();
        let shared = Arc::new(Shared {
            namespace: namespace.to_owned(),
            dir,
            kubeconfig: plane.kubeconfig().to_owned(),
            way,
            ends: AtomicBool::new(false),
            pids: Mutex::default(),
            addresses: Mutex::default(),
        });
        let works = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(works.work());
        });
        Self { shared, thread: Some(thread) }
    }

    /// The processes that run, by pod.
    pub(crate) fn pids(&self) -> BTreeMap<String, u32> {
        self.shared.pids.lock().unwrap().clone()
    }

    /// The one process that runs.
    #[track_caller]
    pub(crate) fn pid(&self) -> u32 {
        let one = || self.pids().values().copied().next();
        poll(Duration::from_secs(30), one).expect("a pod runs")
    }

    /// Where a pod listens at this port.
    pub(crate) fn address(&self, port: u16) -> SocketAddrV4 {
        let addresses = self.shared.addresses.lock().unwrap();
        let at = addresses.values().find(|address| address.port() == port).copied();
        at.unwrap_or(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
    }

    /// What all pods of this namespace said so far.
    pub(crate) fn logs(&self) -> String {
        let files = fs::read_dir(&self.shared.dir).unwrap().map(|entry| entry.unwrap().path());
        let logs = files.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
        logs.map(|path| fs::read_to_string(path).unwrap_or_default()).collect()
    }

    /// The same, each pod's by its name.
    pub(crate) fn logs_by_pod(&self) -> BTreeMap<String, String> {
        let files = fs::read_dir(&self.shared.dir).unwrap().map(|entry| entry.unwrap().path());
        let logs = files.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
        let name = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
        logs.map(|path| (name(&path), fs::read_to_string(&path).unwrap_or_default())).collect()
    }

    /// Sends a signal.
    pub(crate) fn signal(pid: u32, signal: &str) {
        let sent = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).status().unwrap();
        assert!(sent.success(), "kill -{signal} {pid}");
    }
}

impl Drop for Kubelet {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    async fn work(&self) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let kubeconfig = Kubeconfig::read_from(&self.kubeconfig).unwrap();
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
        let client = Client::try_from(config).unwrap();
        let pods: Api<Pod> = Api::namespaced(client.clone(), &self.namespace);
        let mut processes: HashMap<String, Process> = HashMap::new();
        while !self.ends.load(Ordering::Relaxed) {
            // The API server may be restarted by a test.
            if let Ok(list) = pods.list(&ListParams::default()).await {
                let names: Vec<String> = list.items.iter().map(kube::ResourceExt::name_any).collect();
                for pod in &list.items {
                    self.tend(&client, &pods, pod, &mut processes).await;
                }
                processes.retain(|name, process| names.contains(name) || !end(process));
                self.addresses.lock().unwrap().retain(|name, _| processes.contains_key(name));
            }
            let run = processes.iter().map(|(name, process)| (name.clone(), process.child.id()));
            *self.pids.lock().unwrap() = run.collect();
            tokio::time::sleep(PACE).await;
        }
        for process in processes.values_mut() {
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }

    async fn tend(
        &self,
        client: &Client,
        pods: &Api<Pod>,
        pod: &Pod,
        processes: &mut HashMap<String, Process>,
    ) {
        let name = pod.name_any();
        let container = &pod.spec.as_ref().unwrap().containers[0];
        if let Some(process) = processes.get_mut(&name) {
            if let Some(ended) = process.child.try_wait().unwrap() {
                if runs_once(pod) {
                    return finish(pods, pod, ended).await;
                }
                let Some(child) = self.run(client, pod, container).await else { return };
                *process = Process::new(child, process.address, process.restarts + 1, pod, container);
                show(pods, pod, process).await;
            } else if process.killed.is_some() || !lives(container, process).await {
                end(process);
            } else if is_news_of_readiness(container, process).await {
                show(pods, pod, process).await;
            }
            return;
        }
        let Some(child) = self.run(client, pod, container).await else { return };
        let process = Process::new(child, *self.address(pod, container).ip(), 0, pod, container);
        show(pods, pod, &process).await;
        processes.insert(name, process);
    }

    /// Where a pod listens, as long as it runs.
    fn address(&self, pod: &Pod, container: &Container) -> SocketAddrV4 {
        let port =
            container.ports.iter().flatten().map(|port| port.container_port).next().unwrap_or_default();
        let port = port.try_into().unwrap();
        let mut addresses = self.addresses.lock().unwrap();
        let is_free = |address: &SocketAddrV4| !addresses.values().any(|other| other == address);
        let mut all = (1..u8::MAX).map(|last| SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, last), port));
        let free = all.find(is_free).expect("an address is free");
        *addresses.entry(pod.name_any()).or_insert(free)
    }

    async fn run(&self, client: &Client, pod: &Pod, container: &Container) -> Option<Child> {
        let (names, values): (Vec<String>, Vec<String>) = environment(pod, container).into_iter().unzip();
        let values = self.resolved(client, values).await?;
        let mut environment: BTreeMap<String, String> = names.into_iter().zip(values).collect();
        let expand = |text: &String| {
            environment
                .iter()
                .fold(text.clone(), |text, (name, value)| text.replace(&format!("$({name})"), value))
        };
        // All that a pod has are its own addresses.
        let ours = format!("{}:", self.address(pod, container).ip());
        let arguments = container.args.iter().flatten().map(expand);
        let arguments = arguments.map(|text| text.replace("0.0.0.0:", &ours).replace("[::]:", &ours));
        let arguments = self.resolved(client, arguments.collect()).await?;
        if pod.spec.as_ref()?.automount_service_account_token != Some(false) {
            let kubeconfig = self.kubeconfig_of(client, pod).await?;
            environment.insert("KUBECONFIG".to_owned(), kubeconfig.display().to_string());
        }
        // The entrypoint of the image is the program.
        let command = container.command.clone().unwrap_or_else(|| vec!["waops".to_owned()]);
        let log =
            File::options().create(true).append(true).open(self.dir.join(format!("{}.log", pod.name_any())));
        let log = log.unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_waops"))
            .args(command[1..].iter().chain(&arguments))
            .env_clear()
            .envs(&environment)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        Some(child.unwrap())
    }

    /// Names of Services as the addresses that a cluster would find: here all pods are on one machine. A Service that
    /// selects no pod that is ready has none.
    async fn resolved(&self, client: &Client, mut texts: Vec<String>) -> Option<Vec<String>> {
        if !texts.iter().any(|text| text.contains(".svc")) {
            return Some(texts);
        }
        let pods: Api<Pod> = Api::namespaced(client.clone(), &self.namespace);
        let pods = pods.list(&ListParams::default()).await.ok()?;
        let services: Api<Service> = Api::namespaced(client.clone(), &self.namespace);
        for service in services.list(&ListParams::default()).await.ok()? {
            let host = format!("{}.{}.svc", service.name_any(), self.namespace);
            let selector = service.spec.and_then(|spec| spec.selector).unwrap_or_default();
            let is_selected = |pod: &&Pod| {
                is_ready(pod) && selector.iter().all(|(name, value)| pod.labels().get(name) == Some(value))
            };
            let selected = pods.iter().find(is_selected);
            if let Some(address) = selected.and_then(|pod| pod.status.as_ref()?.pod_ip.as_deref()) {
                texts = texts.iter().map(|text| text.replace(&host, address)).collect();
            }
        }
        Some(texts)
    }

    /// A kubeconfig with a token of the pod's ServiceAccount, bound to the pod.
    async fn kubeconfig_of(&self, client: &Client, pod: &Pod) -> Option<PathBuf> {
        let account = pod.spec.as_ref()?.service_account_name.clone()?;
        let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), &self.namespace);
        let bound = BoundObjectReference {
            api_version: Some("v1".into()),
            kind: Some("Pod".into()),
            name: Some(pod.name_any()),
            uid: pod.uid(),
        };
        let spec = TokenRequestSpec { bound_object_ref: Some(bound), ..TokenRequestSpec::default() };
        let request = TokenRequest { spec: Some(spec), ..TokenRequest::default() };
        let answer = accounts.create_token_request(&account, &PostParams::default(), &request).await.ok()?;
        let file = |extension: &str| self.dir.join(format!("{}.{extension}", pod.name_any()));
        fs::write(file("token"), answer.status?.token?).unwrap();
        let mut admin = Kubeconfig::read_from(&self.kubeconfig).unwrap();
        if let (Some(way), Some(cluster)) = (&self.way, &mut admin.clusters[0].cluster) {
            cluster.server = Some(way(&pod.name_any()));
        }
        let user = json!({"name": "pod", "user": {"tokenFile": file("token")}});
        let context = json!({"name": "pod", "context": {"cluster": admin.clusters[0].name, "user": "pod"}});
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "pod",
            "clusters": serde_json::to_value(&admin.clusters).unwrap(), "users": [user], "contexts": [context],
        });
        fs::write(file("kubeconfig"), config.to_string()).unwrap();
        Some(file("kubeconfig"))
    }
}

/// What a container says its environment is.
fn environment(pod: &Pod, container: &Container) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for variable in container.env.iter().flatten() {
        let field = variable.value_from.as_ref().and_then(|from| from.field_ref.as_ref());
        let value = match field.map(|field| field.field_path.as_str()) {
            None => variable.value.clone().unwrap_or_default(),
            Some("metadata.name") => pod.name_any(),
            Some("metadata.namespace") => pod.namespace().unwrap(),
            Some(other) => panic!("no value for the field {other}"),
        };
        all.insert(variable.name.clone(), value);
    }
    all
}

impl Process {
    fn new(child: Child, address: Ipv4Addr, restarts: i32, pod: &Pod, container: &Container) -> Self {
        let grace = pod.spec.as_ref().and_then(|spec| spec.termination_grace_period_seconds);
        Self {
            child,
            address,
            restarts,
            ready: false,
            readiness: Prober::new(container.readiness_probe.as_ref()),
            liveness: Prober::new(container.liveness_probe.as_ref()),
            grace: seconds(grace.unwrap_or(30)),
            killed: None,
        }
    }
}

impl Prober {
    fn new(probe: Option<&Probe>) -> Self {
        let delay = probe.and_then(|probe| probe.initial_delay_seconds).unwrap_or_default();
        Self { next: Instant::now() + seconds(delay.into()), asking: None, failures: 0 }
    }

    /// Asks every so often; what the container has answered since, if anything.
    async fn answer(
        &mut self,
        probe: &Probe,
        container: &Container,
        address: Ipv4Addr,
        period: Duration,
    ) -> Option<bool> {
        let Some(asking) = &mut self.asking else {
            if Instant::now() >= self.next {
                self.next = Instant::now() + period;
                self.asking = Some(ask(probe, container, address));
            }
            return None;
        };
        if !asking.is_finished() {
            return None;
        }
        let is_well = asking.await.unwrap_or(false);
        self.asking = None;
        self.failures = if is_well { 0 } else { self.failures + 1 };
        Some(is_well)
    }

    fn has_failed(&self, probe: &Probe) -> bool {
        self.failures >= probe.failure_threshold.unwrap_or(3)
    }
}

/// Asks a container once.
fn ask(probe: &Probe, container: &Container, address: Ipv4Addr) -> task::JoinHandle<bool> {
    let get = probe.http_get.as_ref().expect("probes by HTTP alone");
    let port = match &get.port {
        IntOrString::Int(port) => *port,
        IntOrString::String(name) => {
            let ports = container.ports.iter().flatten();
            ports
                .clone()
                .find(|port| port.name.as_ref() == Some(name))
                .expect("the port is named")
                .container_port
        }
    };
    let url = format!("http://{address}:{port}{}", get.path.as_deref().unwrap_or("/"));
    let patience = seconds(probe.timeout_seconds.unwrap_or(1).into());
    let request = reqwest::Client::new().get(url).timeout(patience);
    task::spawn(async move { request.send().await.is_ok_and(|answer| answer.status().is_success()) })
}

/// Whether a container's readiness changed.
async fn is_news_of_readiness(container: &Container, process: &mut Process) -> bool {
    let Some(probe) = &container.readiness_probe else {
        return !std::mem::replace(&mut process.ready, true);
    };
    // As a kubelet does, one that is not ready yet is asked more often than it says.
    let period = if process.ready { period(probe) } else { PACE };
    let Some(is_well) = process.readiness.answer(probe, container, process.address, period).await else {
        return false;
    };
    let ready = is_well || (process.ready && !process.readiness.has_failed(probe));
    std::mem::replace(&mut process.ready, ready) != ready
}

/// Whether a container lives, as far as its probe knows.
async fn lives(container: &Container, process: &mut Process) -> bool {
    let Some(probe) = &container.liveness_probe else { return true };
    process.liveness.answer(probe, container, process.address, period(probe)).await;
    !process.liveness.has_failed(probe)
}

fn period(probe: &Probe) -> Duration {
    seconds(probe.period_seconds.unwrap_or(10).into())
}

fn seconds(count: i64) -> Duration {
    Duration::from_secs(count.try_into().unwrap())
}

/// Ends a process; whether it has ended.
fn end(process: &mut Process) -> bool {
    if process.child.try_wait().unwrap().is_some() {
        return true;
    }
    match process.killed {
        None => {
            Kubelet::signal(process.child.id(), "TERM");
            process.killed = Some(Instant::now() + process.grace);
        }
        Some(at) if Instant::now() >= at => drop(process.child.kill()),
        Some(_) => {}
    }
    false
}

async fn show(pods: &Api<Pod>, pod: &Pod, process: &Process) {
    let ready = if process.ready { "True" } else { "False" };
    let condition = |kind: &str, status: &str| json!({"type": kind, "status": status});
    let status: Value = json!({"status": {
        "phase": "Running",
        "podIP": process.address.to_string(),
        "conditions": [
            condition("PodScheduled", "True"), condition("Initialized", "True"),
            condition("ContainersReady", ready), condition("Ready", ready),
        ],
        "containerStatuses": [{
            "name": pod.spec.as_ref().unwrap().containers[0].name, "ready": process.ready, "started": true,
            "restartCount": process.restarts, "image": "waops", "imageID": "",
            "state": {"running": {"startedAt": pod.metadata.creation_timestamp}},
        }],
    }});
    // A pod that goes meanwhile needs no status.
    let _ = pods.patch_status(&pod.name_any(), &PatchParams::default(), &Patch::Merge(&status)).await;
}

/// Whether a pod's process is not to be started again.
fn runs_once(pod: &Pod) -> bool {
    pod.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref()) == Some("Never")
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.into_iter().flatten().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// Shows how the process of a pod that runs once has ended.
async fn finish(pods: &Api<Pod>, pod: &Pod, ended: ExitStatus) {
    let phase = if ended.success() { "Succeeded" } else { "Failed" };
    if pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some(phase) {
        return;
    }
    let at = &pod.metadata.creation_timestamp;
    let status: Value = json!({"status": {
        "phase": phase,
        "conditions": [{"type": "Ready", "status": "False", "reason": "PodCompleted"}],
        "containerStatuses": [{
            "name": pod.spec.as_ref().unwrap().containers[0].name, "ready": false, "started": false,
            "restartCount": 0, "image": "waops", "imageID": "",
            "state": {"terminated": {
                "exitCode": ended.code().unwrap_or(137), "startedAt": at, "finishedAt": at,
            }},
        }],
    }});
    // A pod that goes meanwhile needs no status.
    let _ = pods.patch_status(&pod.name_any(), &PatchParams::default(), &Patch::Merge(&status)).await;
}

/// A port that nobody listens at, and that no other test gets while this one lives.
///
/// None that the kernel gives away by itself: between the end of a pod and the start of the next one, any connection could
/// get it and keep it.
pub(crate) fn free_port() -> u16 {
    const PORTS: Range<u16> = 12_000..32_000;
    static TAKEN: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let mut taken = TAKEN.lock().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ports");
    fs::create_dir_all(&folder).unwrap();
    // Other clones know nothing of this folder: each process begins elsewhere.
    let begin = usize::try_from(std::process::id()).unwrap() * 100 % PORTS.len();
    for port in PORTS.cycle().skip(begin).take(PORTS.len()) {
        let file = File::create(folder.join(port.to_string())).unwrap();
        if file.try_lock().is_ok() && TcpListener::bind(("0.0.0.0", port)).is_ok() {
            taken.push(file);
            return port;
        }
    }
    panic!("each port of {PORTS:?} is in use")
}
