//! A process: what it needs of the machine, and when it rests.

use std::ffi::OsStr;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A contestant at work, until it is dropped.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Self {
        let quiet = if std::env::var_os("LOUD").is_some() { Stdio::inherit() } else { Stdio::null() };
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(quiet).spawn();
        Self { child: child.unwrap_or_else(|error| panic!("{command:?}: {error}")) }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// As by `kill -9`.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// A command whose process dies when this one does, however that ends: who went on working would disturb the next run.
pub(crate) fn tied(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// Resident memory in megabytes (of a million bytes): now, and at most.
pub(crate) fn memory(id: u32) -> (f64, f64) {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let size = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let kilobytes = line.split_whitespace().next().and_then(|size| size.parse::<f64>().ok());
        kilobytes.unwrap_or_default() * 1024.0 / 1e6
    };
    (size("VmRSS:"), size("VmHWM:"))
}

/// The seconds that a process had a processor so far.
pub(crate) fn cpu(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // Its name may hold anything, so fields are counted from behind it: user and system time, in hundredths.
    let fields = stat.rsplit_once(") ").map(|(_, rest)| rest.split(' ')).into_iter().flatten();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Waits until a process does nothing for two seconds: it takes less than a twentieth of a processor, and `work`, which
/// counts what it does elsewhere, stays as it is. When that began; none where it did not within the deadline.
pub(crate) async fn rests(
    id: u32,
    deadline: Duration,
    mut work: impl AsyncFnMut() -> u64,
) -> Option<Instant> {
    const STEP: Duration = Duration::from_millis(250);
    const QUIET: u32 = 8;
    let (end, mut quiet, mut since) = (Instant::now() + deadline, 0, Instant::now());
    let (mut busy, mut done) = (cpu(id), work().await);
    while Instant::now() < end {
        tokio::time::sleep(STEP).await;
        let (now, then) = (cpu(id), work().await);
        if now - busy <= STEP.as_secs_f64() / 20.0 && then == done {
            quiet += 1;
        } else {
            (quiet, since) = (0, Instant::now());
        }
        if quiet >= QUIET {
            return Some(since);
        }
        (busy, done) = (now, then);
    }
    None
}

/// How busy the machine is with everything.
pub(crate) fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}
