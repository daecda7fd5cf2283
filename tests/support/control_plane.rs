//! A real Kubernetes control plane for a test: etcd, the API server and its controllers, on
//! loopback ports of its own, gone when the test is.
//!
//! The work is done by the supervisor in `tests/control-plane`, which stops everything once its
//! standard input closes. So nothing is left to clean up here that a panic, an exit or SIGKILL
//! could skip.
#![allow(dead_code)] // each test binary uses its own part
#![allow(clippy::expect_used, clippy::panic)] // a harness that fails, fails the test

use std::{
    collections::BTreeMap,
    env,
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Seek as _, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

use serde::Deserialize;

/// No call of kubectl in a test takes longer, so a hung server fails the test instead of stopping it.
const KUBECTL_DEADLINE: Duration = Duration::from_secs(120);

/// The supervisor kills without asking, so this is only for the day when it hangs itself.
const STOP_DEADLINE: Duration = Duration::from_secs(10);

/// A running control plane. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct ControlPlane {
    supervisor: Child,
    ready: Ready,
}

/// The line that the supervisor prints once everything answers.
#[derive(Debug, Deserialize)]
struct Ready {
    kubeconfig: PathBuf,
    server: String,
    kubectl: PathBuf,
    dir: PathBuf,
    pids: BTreeMap<String, u32>,
}

impl ControlPlane {
    /// Starts etcd, the API server and the controller manager, and returns when all three work.
    ///
    /// Where `KUBEBUILDER_ASSETS` is set and holds no controller manager there is none; see
    /// [`has_controllers`](Self::has_controllers).
    #[track_caller]
    pub(crate) fn start() -> Self {
        Self::up(&["--controller-manager"])
    }

    /// Starts etcd and the API server only: faster, but namespaces stay `Terminating`, no garbage
    /// is collected and no `ServiceAccount` appears by itself.
    #[track_caller]
    pub(crate) fn start_without_controllers() -> Self {
        Self::up(&[])
    }

    /// Like [`start`](Self::start), but a component that is killed comes back, under another number: see
    /// [`pid`](Self::pid).
    #[track_caller]
    pub(crate) fn start_restarting() -> Self {
        Self::up(&["--controller-manager", "--restart"])
    }

    /// One complete control plane for all tests of a binary. Each test brings its own namespaces.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: LazyLock<ControlPlane> = LazyLock::new(ControlPlane::start);
        &SHARED
    }

    #[track_caller]
    fn up(flags: &[&str]) -> Self {
        let binary = binary();
        assert!(binary.is_file(), "{} is missing: run `make control-plane` first", binary.display());
        let mut supervisor = Command::new(binary)
            .arg("up")
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0) // an interrupt at the terminal reaches it through our end, in order
            .spawn()
            .expect("the supervisor can be started");
        let mut line = String::new();
        // Bounded by the supervisor: it gives up by itself and then says why on standard error.
        BufReader::new(supervisor.stdout.take().expect("piped"))
            .read_line(&mut line)
            .expect("the supervisor writes UTF-8");
        let Ok(ready) = serde_json::from_str(&line) else {
            let _ = supervisor.kill();
            let _ = supervisor.wait();
            panic!("the control plane did not start (its reasons are on standard error); it said: {line:?}");
        };
        Self { supervisor, ready }
    }

    /// The kubeconfig of a cluster administrator. It is whole in itself and names no other file.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.ready.kubeconfig
    }

    /// The folder with its kubectl, for a PATH.
    pub(crate) fn tools(&self) -> &Path {
        self.ready.kubectl.parent().expect("it is a file in a folder")
    }

    /// Where the API server listens: `https://127.0.0.1:<port>`.
    pub(crate) fn server_url(&self) -> &str {
        &self.ready.server
    }

    /// Data, credentials and `logs/<component>.log`, removed with the control plane.
    pub(crate) fn dir(&self) -> &Path {
        &self.ready.dir
    }

    /// The components by name.
    pub(crate) fn pids(&self) -> &BTreeMap<String, u32> {
        &self.ready.pids
    }

    /// The process of a component, as of now.
    #[track_caller]
    pub(crate) fn pid(&self, component: &str) -> u32 {
        let file = self.dir().join("pids").join(component);
        let number = std::fs::read_to_string(&file).ok().and_then(|text| text.parse().ok());
        number.unwrap_or_else(|| panic!("{} has no number", file.display()))
    }

    /// The process that holds the components together.
    pub(crate) fn supervisor_pid(&self) -> u32 {
        self.supervisor.id()
    }

    /// Whether namespaces are really deleted and garbage is collected.
    pub(crate) fn has_controllers(&self) -> bool {
        self.ready.pids.contains_key("kube-controller-manager")
    }

    /// Runs kubectl as cluster administrator.
    #[track_caller]
    pub(crate) fn kubectl(&self, args: &[&str]) -> Output {
        self.run_kubectl(args, Stdio::null())
    }

    /// Runs kubectl and hands it `input`, as for `apply -f -`.
    #[track_caller]
    pub(crate) fn kubectl_stdin(&self, args: &[&str], input: &str) -> Output {
        // A file never fills up as a pipe does, so nobody has to write and read at the same time.
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(input.as_bytes()).and_then(|()| file.rewind()).expect("the input is written");
        self.run_kubectl(args, file.into())
    }

    #[track_caller]
    fn run_kubectl(&self, args: &[&str], stdin: Stdio) -> Output {
        let stdout = tempfile::tempfile().expect("a temporary file");
        let stderr = tempfile::tempfile().expect("a temporary file");
        let mut kubectl = Command::new(&self.ready.kubectl)
            .args(args)
            .env_clear() // the developer's own cluster, cache and settings stay out of it
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.ready.dir.join("home"))
            .env("KUBECONFIG", &self.ready.kubeconfig)
            .current_dir(&self.ready.dir)
            .stdin(stdin)
            .stdout(stdout.try_clone().expect("a second handle"))
            .stderr(stderr.try_clone().expect("a second handle"))
            .spawn()
            .expect("kubectl can be started");
        let status = poll(KUBECTL_DEADLINE, || kubectl.try_wait().expect("kubectl is our child"));
        if status.is_none() {
            let _ = kubectl.kill();
            let _ = kubectl.wait();
        }
        let (stdout, stderr) = (whole(stdout), whole(stderr));
        let Some(status) = status else {
            panic!("kubectl {args:?} hangs\nstdout: {stdout}\nstderr: {stderr}");
        };
        Output { status, stdout, stderr }
    }

    /// Polls until `condition` returns something, and panics when it has not within `deadline`.
    #[track_caller]
    pub(crate) fn wait_for<T>(
        &self,
        what: &str,
        deadline: Duration,
        condition: impl FnMut() -> Option<T>,
    ) -> T {
        poll(deadline, condition).unwrap_or_else(|| {
            let events = self.kubectl(&["get", "events", "--all-namespaces"]);
            panic!("waited {deadline:?} for {what}\nevents:\n{}{}", events.stdout, events.stderr)
        })
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take()); // this asks it to stop
        if poll(STOP_DEADLINE, || self.supervisor.try_wait().ok().flatten()).is_none() {
            let _ = self.supervisor.kill(); // its children die with it
            let _ = self.supervisor.wait();
        }
    }
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    /// The standard output of a command that must succeed.
    #[track_caller]
    pub(crate) fn success(self) -> String {
        assert!(self.status.success(), "{}\nstdout: {}\nstderr: {}", self.status, self.stdout, self.stderr);
        self.stdout
    }
}

/// The Kubernetes that the test control plane is built from, as its `go.mod` says.
pub(crate) fn kubernetes_version() -> &'static str {
    include_str!("../control-plane/go.mod")
        .lines()
        .find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes "))
        .expect("go.mod requires k8s.io/kubernetes")
}

/// Whether the servers and kubectl come from `KUBEBUILDER_ASSETS`.
pub(crate) fn has_external_assets() -> bool {
    env::var_os("KUBEBUILDER_ASSETS").is_some_and(|folder| !folder.is_empty())
}

/// Where `tests/control-plane/build.sh` puts what it builds.
pub(crate) fn binary() -> PathBuf {
    let flavour = if has_external_assets() { "external" } else { kubernetes_version() };
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/control-plane").join(flavour).join("control-plane")
}

/// Asks again and again until there is an answer or the time is up.
pub(crate) fn poll<T>(deadline: Duration, mut condition: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + deadline;
    loop {
        let answer = condition();
        if answer.is_some() || Instant::now() >= end {
            return answer;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn whole(mut file: File) -> String {
    let mut text = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut text)).expect("the file can be read");
    String::from_utf8_lossy(&text).into_owned()
}
