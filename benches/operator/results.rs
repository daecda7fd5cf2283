//! What was measured: one line for each trial, kept as JSON.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use futures::FutureExt as _;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

/// Who makes the writes that each object needs, and nothing else.
pub(crate) const BOUND: &str = "bare loop";
/// The accounts of most scenarios. Meta's lists have 25 codes a page, so a look costs pages.
pub(crate) const ACCOUNTS: usize = 20;
/// What somebody left behind: it counts in a trial that fell short, too.
const FAULTS: [&str; 2] = ["duplicates", "stuck"];

/// One trial of one contestant in one scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Measure {
    pub(crate) scenario: String,
    pub(crate) who: String,
    pub(crate) objects: usize,
    /// Trials of the same number ran one after another: their ratio says more than their values.
    pub(crate) trial: usize,
    pub(crate) values: BTreeMap<String, f64>,
    /// Why the end is not the one that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) falls_short: Option<String>,
    /// How busy the machine was when it began, with everything.
    pub(crate) load: String,
}

impl Measure {
    pub(crate) fn of(scenario: &str, who: &str, objects: usize, trial: usize) -> Self {
        let (scenario, who) = (scenario.to_owned(), who.to_owned());
        Self { scenario, who, objects, trial, values: BTreeMap::new(), falls_short: None, load: load() }
    }

    pub(crate) fn note(&mut self, what: &str, value: f64) {
        println!("   {:<20} {:>7} {:<12} {what:<28} {value:>10.3}", self.who, self.objects, self.scenario);
        self.values.insert(what.to_owned(), value);
    }

    /// A value that may stand beside those of others: in a trial that fell short, its faults alone.
    pub(crate) fn counted(&self, what: &str) -> Option<f64> {
        let counts = self.falls_short.is_none() || FAULTS.contains(&what);
        self.values.get(what).copied().filter(|_| counts)
    }

    fn is_of_the_same_trial(&self, other: &Self) -> bool {
        let trial = |of: &Self| (of.objects, of.trial);
        (&self.scenario, &self.who, trial(self)) == (&other.scenario, &other.who, trial(other))
    }
}

/// Everything that one run measured, and where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) date: String,
    pub(crate) extent: String,
    /// Whether every scenario ended.
    pub(crate) complete: bool,
    pub(crate) machine: BTreeMap<String, String>,
    pub(crate) versions: BTreeMap<String, String>,
    pub(crate) measures: Vec<Measure>,
    #[serde(skip)]
    file: PathBuf,
}

impl Run {
    pub(crate) fn begin(file: PathBuf, extent: &str) -> Self {
        let date = jiff::Timestamp::now().to_string()[..10].to_owned();
        let (machine, versions) = (machine(), versions());
        let extent = extent.to_owned();
        Self { date, extent, complete: false, machine, versions, measures: Vec::new(), file }
    }

    /// Goes on where one of the same programs on the same machine was interrupted.
    pub(crate) fn go_on(file: PathBuf, extent: &str) -> Self {
        let new = Self::begin(file, extent);
        let Ok(text) = std::fs::read(&new.file) else { return new };
        let old: Self = serde_json::from_slice(&text).expect("results as JSON");
        let is_same =
            (&old.extent, &old.machine, &old.versions) == (&new.extent, &new.machine, &new.versions);
        assert!(is_same, "{} is of another run: go on without CONTINUE", new.file.display());
        Self { file: new.file, ..old }
    }

    pub(crate) fn read(file: &str) -> Self {
        serde_json::from_slice(&std::fs::read(file).expect("the results")).expect("results as JSON")
    }

    /// Takes a trial, unless it was taken before the run was interrupted. One that fails or does not end falls short, and the
    /// others go on.
    pub(crate) async fn trial(
        &mut self,
        mut measure: Measure,
        deadline: Duration,
        one: impl AsyncFnOnce(&mut Measure) -> Result<(), String>,
    ) {
        if self.has(&measure) {
            return;
        }
        let trial = AssertUnwindSafe(one(&mut measure)).catch_unwind().boxed_local();
        let ended = timeout(deadline, trial).await;
        measure.falls_short = match ended {
            Ok(Ok(ended)) => ended.err(),
            Ok(Err(panic)) => Some(said(&*panic)),
            Err(_) => Some(format!("did not end within {deadline:?}")),
        };
        self.keep(measure);
    }

    pub(crate) fn has(&self, measure: &Measure) -> bool {
        self.measures.iter().any(|kept| kept.is_of_the_same_trial(measure))
    }

    /// Keeps a measure, on disk too: whatever comes next may be interrupted.
    pub(crate) fn keep(&mut self, measure: Measure) {
        if let Some(why) = &measure.falls_short {
            println!("   {:<20} falls short: {why}", measure.who);
        }
        self.measures.push(measure);
        self.save();
    }

    pub(crate) fn finish(&mut self, complete: bool) {
        self.complete = complete;
        self.save();
    }

    fn save(&self) {
        std::fs::create_dir_all(self.file.parent().expect("a folder")).expect("the folder is made");
        // Whoever is interrupted while it writes leaves what was there before.
        let new = self.file.with_extension("json.new");
        std::fs::write(&new, self.json()).expect("the results are written");
        std::fs::rename(&new, &self.file).expect("the results are in their place");
    }

    pub(crate) fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("JSON") + "\n"
    }
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}

/// How busy the machine is with everything.
pub(crate) fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}

fn machine() -> BTreeMap<String, String> {
    let field = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
        line.trim_start_matches([':', ' ', '\t']).trim().to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let kilobytes: u64 =
        field("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or_default();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let kernel: String = kernel.trim().split('-').next().unwrap_or_default().to_owned();
    BTreeMap::from([
        ("cores".to_owned(), cores.to_string()),
        ("processor".to_owned(), field("/proc/cpuinfo", "model name")),
        ("memory".to_owned(), format!("{} GB", kilobytes * 1024 / 1_000_000_000)),
        ("kernel".to_owned(), format!("Linux {kernel}")),
    ])
}

/// Of everything that takes part.
fn versions() -> BTreeMap<String, String> {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    };
    let pinned = |file: &str, name: &str| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.trim().starts_with(name)).unwrap_or_default().trim();
        line[name.len().min(line.len())..].trim_matches(['=', ' ']).to_owned()
    };
    let waops =
        format!("{} ({})", env!("CARGO_PKG_VERSION"), said("git", &["describe", "--always", "--dirty"]));
    let go = "benches/peers/controller-runtime/go.mod";
    BTreeMap::from([
        ("waops".to_owned(), waops),
        ("rustc".to_owned(), said("rustc", &["--version"])),
        ("Go".to_owned(), said("go", &["env", "GOVERSION"])),
        ("Python".to_owned(), said("python3", &["--version"])),
        ("Kubernetes".to_owned(), pinned("tests/control-plane/go.mod", "k8s.io/kubernetes")),
        ("etcd".to_owned(), pinned("tests/control-plane/go.mod", "go.etcd.io/etcd/server/v3")),
        ("controller-runtime".to_owned(), pinned(go, "sigs.k8s.io/controller-runtime")),
        ("kopf".to_owned(), pinned("benches/peers/kopf/requirements.txt", "kopf")),
    ])
}
