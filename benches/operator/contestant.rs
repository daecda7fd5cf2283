//! Who does the job.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::process::{Process, tied};
use crate::stage::{NAMESPACE, Stage};

/// An operator that can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contestant {
    Waops,
    ControllerRuntime,
    Kopf,
}

impl Contestant {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Waops => "waops",
            Self::ControllerRuntime => "controller-runtime",
            Self::Kopf => "kopf",
        }
    }

    /// Starts it on a stage, as the only one there.
    pub(crate) fn start(self, stage: &Stage) -> Process {
        self.start_with(stage, &[])
    }

    pub(crate) fn start_with(self, stage: &Stage, arguments: &[&str]) -> Process {
        let mut command = match self {
            Self::Waops => waops(stage, arguments),
            Self::ControllerRuntime | Self::Kopf => peer(&PEERS[self.name()]),
        };
        command
            .env("KUBECONFIG", stage.kubeconfig())
            .env("BENCH_NAMESPACE", NAMESPACE)
            .env("BENCH_PROVIDER", &stage.provider)
            .env("BENCH_RESYNC", format!("{}s", stage.interval.as_secs()));
        Process::start(command)
    }
}

/// The program as it is released, or the one that is asked for.
pub(crate) fn program() -> PathBuf {
    let asked = std::env::var_os("WAOPS_BENCH_PROGRAM").map(PathBuf::from);
    asked.unwrap_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_waops")))
}

/// As the chart starts it, but for its log, which goes nowhere.
fn waops(stage: &Stage, arguments: &[&str]) -> Command {
    let mut command = tied(program());
    command
        .args(["operator", "--namespace", NAMESPACE, "--listen", "127.0.0.1:0", "--leader-elect"])
        .args(["--log-level", "info", "--log-format", "json"])
        // As a pod that starts again: the lease is its own still.
        .args(["--identity", "bench"])
        .args(arguments)
        .env("WAOPS_META_ENDPOINT", &stage.provider)
        .env("WAOPS_ALIBABA_ENDPOINT", &stage.provider);
    command
}

/// The commands that start the peers. They are built once, and before any trial: a start is measured.
static PEERS: LazyLock<BTreeMap<&'static str, Vec<String>>> = LazyLock::new(|| {
    let peers = [Contestant::ControllerRuntime, Contestant::Kopf].map(Contestant::name);
    peers.into_iter().map(|name| (name, built(name))).collect()
});

pub(crate) fn build_peers() {
    LazyLock::force(&PEERS);
}

fn built(name: &str) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/build.sh");
    let built = Command::new(script).arg(name).output().expect("the script starts");
    assert!(built.status.success(), "{name}: {}", String::from_utf8_lossy(&built.stderr));
    let command = String::from_utf8(built.stdout).expect("a command");
    command.split_whitespace().map(str::to_owned).collect()
}

fn peer(command: &[String]) -> Command {
    let mut peer = tied(&command[0]);
    peer.args(&command[1..]);
    peer
}
