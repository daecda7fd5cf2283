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

    /// Nothing, or how it ended by itself: whoever is gone needs no memory, and rests for ever.
    pub(crate) fn lives(&mut self) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(format!("it ended by itself: {status}")),
            Err(error) => Err(format!("nobody knows whether it lives: {error}")),
        }
    }

    /// Waits until it ends by itself, and says how.
    pub(crate) async fn ended(&mut self) -> String {
        loop {
            if let Err(how) = self.lives() {
                return how;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Resident memory in megabytes (of a million bytes): now, and at most.
    pub(crate) fn memory(&mut self) -> Result<(f64, f64), String> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let size = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.split_whitespace().next()?.parse::<f64>().ok()? * 1024.0 / 1e6)
        };
        if let (Some(now), Some(most)) = (size("VmRSS:"), size("VmHWM:")) {
            return Ok((now, most));
        }
        self.lives()?;
        Err("nobody knows its memory".to_owned())
    }

    /// The seconds that it had a processor so far.
    pub(crate) fn cpu(&mut self) -> Result<f64, String> {
        self.lives()?;
        Ok(cpu(self.id()))
    }

    /// Waits until it does nothing for two seconds: it takes less than a twentieth of a processor, and `work`, which counts
    /// what it does elsewhere, stays as it is. When that began; an error where it did not within the deadline, or ended.
    pub(crate) async fn rests(
        &mut self,
        deadline: Duration,
        mut work: impl AsyncFnMut() -> u64,
    ) -> Result<Instant, String> {
        const STEP: Duration = Duration::from_millis(250);
        const QUIET: u32 = 8;
        let (end, mut quiet, mut since) = (Instant::now() + deadline, 0, Instant::now());
        let (mut busy, mut done) = (self.cpu()?, work().await);
        while Instant::now() < end {
            tokio::time::sleep(STEP).await;
            let (now, then) = (self.cpu()?, work().await);
            if now - busy <= STEP.as_secs_f64() / 20.0 && then == done {
                quiet += 1;
            } else {
                (quiet, since) = (0, Instant::now());
            }
            if quiet >= QUIET {
                return Ok(since);
            }
            (busy, done) = (now, then);
        }
        Err(format!("it did not rest within {deadline:?}"))
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

/// The seconds that a process had a processor so far.
pub(crate) fn cpu(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // Its name may hold anything, so fields are counted from behind it: user and system time, in hundredths.
    let fields = stat.rsplit_once(") ").map(|(_, rest)| rest.split(' ')).into_iter().flatten();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
