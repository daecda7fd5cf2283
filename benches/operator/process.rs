//! A process of ours: what it needs, and what it says of itself.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The operator, until it is dropped.
pub(crate) struct Operator {
    child: Child,
    port: u16,
}

/// Resident memory in megabytes (of a million bytes), now and at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) now: u64,
    pub(crate) most: u64,
}

impl Operator {
    pub(crate) fn start(mut command: Command, port: u16) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn();
        Self { child: child.expect("the operator starts"), port }
    }

    pub(crate) fn memory(&self) -> Memory {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let size = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().and_then(|size| size.parse::<u64>().ok()).unwrap_or_default()
                * 1024
                / 1_000_000
        };
        Memory { now: size("VmRSS:"), most: size("VmHWM:") }
    }

    /// The time that it had a processor so far.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // Its name may hold anything, so fields are counted from behind it: user and system time, in hundredths.
        let fields = stat.rsplit_once(") ").map(|(_, rest)| rest.split(' ')).into_iter().flatten();
        let ticks: u64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 10)
    }

    pub(crate) async fn metrics(&self) -> Metrics {
        let address = format!("http://127.0.0.1:{}/metrics", self.port);
        let text = match reqwest::get(address).await {
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        };
        let samples = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        Metrics(samples.collect())
    }

    pub(crate) async fn until(&mut self, what: &str, holds: impl Fn(&Metrics) -> bool) {
        let start = Instant::now();
        loop {
            let metrics = self.metrics().await;
            if holds(&metrics) {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(900), "not reached: {what}: {metrics:?}");
            assert!(self.child.try_wait().expect("a child").is_none(), "the operator ended");
            // Asking makes work, too: all objects are counted for each answer.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `/metrics` says.
#[derive(Debug)]
pub(crate) struct Metrics(BTreeMap<String, usize>);

impl Metrics {
    fn get(&self, name: &str) -> Option<usize> {
        self.0.get(name).copied()
    }

    pub(crate) fn objects(&self, kind: &str, reason: &str) -> usize {
        self.get(&format!("waops_objects{{kind=\"{kind}\",reason=\"{reason}\"}}")).unwrap_or_default()
    }

    /// Whether nobody has a turn.
    pub(crate) fn rests(&self) -> bool {
        let queue = |state: &str| self.get(&format!("waops_queue{{state=\"{state}\"}}"));
        queue("ready") == Some(0) && queue("running") == Some(0)
    }

    /// Whether so many objects had their turn and wait for a time.
    pub(crate) fn looked(&self, count: usize) -> bool {
        self.get("waops_queue{state=\"waiting\"}").is_some_and(|waiting| waiting >= count)
    }

    pub(crate) fn calls(&self) -> usize {
        self.by_operation().values().sum()
    }

    pub(crate) fn calls_by_operation(&self) -> String {
        let all = self.by_operation();
        all.iter().map(|(operation, count)| format!("{operation} {count}")).collect::<Vec<_>>().join(", ")
    }

    fn by_operation(&self) -> BTreeMap<String, usize> {
        let mut all = BTreeMap::new();
        for (name, count) in &self.0 {
            if let Some(rest) = name.strip_prefix("waops_provider_calls_total{operation=\"") {
                *all.entry(rest.split('"').next().unwrap_or_default().to_owned()).or_default() += count;
            }
        }
        all
    }
}

/// How busy the machine is with everything.
pub(crate) fn load() -> String {
    fs::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned()
}
