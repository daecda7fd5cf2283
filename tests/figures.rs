//! What `make bench` makes of trials that fail, and of what they leave behind.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test, and what the bench does where it cannot go on"
)]
#![allow(dead_code, reason = "the bench takes more of it")]

#[path = "../benches/operator/report/mod.rs"]
mod report;
#[path = "../benches/operator/results.rs"]
mod results;

use std::fs;
use std::path::Path;
use std::time::Duration;

use results::{Measure, Run};

const DEADLINE: Duration = Duration::from_secs(60);

fn crash(trial: usize) -> Measure {
    Measure::of("crash", "waops", 2_000, trial)
}

/// A trial that ends well, unless objects are stuck.
async fn take(run: &mut Run, trial: usize, stuck: f64) {
    let one = async |measure: &mut Measure| {
        measure.note("duplicates", 0.0);
        measure.note("stuck", stuck);
        if stuck > 0.0 {
            return Err("not all became ready".to_owned());
        }
        measure.note("ready again s", 14.5);
        Ok(())
    };
    run.trial(crash(trial), DEADLINE, one).await;
}

/// One that must not be taken, or that breaks.
fn broken() -> Result<(), String> {
    panic!("no\nanswer")
}

/// The lines of the page that a run makes of itself, and that have this text.
fn lines(folder: &Path, run: &Run, text: &str) -> Vec<String> {
    report::write(folder, run);
    let page = fs::read_to_string(folder.join("docs/benchmarks.md")).unwrap();
    page.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn an_aim_is_reached_when_each_trial_reached_it() {
    let folder = tempfile::tempdir().unwrap();
    let aim = |run: &Run| lines(folder.path(), run, "| stuck after").concat();
    let mut run = Run::begin(folder.path().join("results.json"), "full");
    assert!(aim(&run).ends_with("| – | – | not measured |"));
    take(&mut run, 0, 0.0).await;
    take(&mut run, 1, 0.0).await;
    assert!(aim(&run).ends_with("| 0 | 2 | yes |"), "{}", aim(&run));
    run.trial(crash(2), DEADLINE, async |_: &mut Measure| Err("it ended by itself".to_owned())).await;
    assert!(aim(&run).ends_with("| 0 | 2 | not measured |"), "{}", aim(&run));
    take(&mut run, 3, 4.0).await;
    assert!(aim(&run).ends_with("| 0 (0–4) | 3 | **no** |"), "{}", aim(&run));
    let row = lines(folder.path(), &run, "| 2000 | waops | ").concat();
    assert_eq!(row, "| 2000 | waops | – | 14.5 | 0 | 0 (0–4) | 4, 2 fell short |");
}

#[tokio::test(start_paused = true)]
async fn a_trial_that_fails_says_why_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Run::begin(folder.path().join("results.json"), "full");
    run.trial(crash(0), DEADLINE, async |_: &mut Measure| broken()).await;
    run.trial(crash(1), DEADLINE, async |_: &mut Measure| std::future::pending().await).await;
    take(&mut run, 2, 0.0).await;
    let short = lines(folder.path(), &run, "| crash | waops |");
    let why = |trial: usize, why: &str| format!("| crash | waops | 2000 | {trial} | {why} |");
    assert_eq!(short, [why(1, "no answer"), why(2, "did not end within 60s")]);
    assert_eq!(run.measures.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_run_goes_on_with_the_trial_that_was_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("results.json");
    let mut run = Run::begin(file.clone(), "full");
    take(&mut run, 0, 0.0).await;
    drop(run);
    let mut run = Run::go_on(file, "full");
    run.trial(crash(0), DEADLINE, async |_: &mut Measure| broken()).await;
    take(&mut run, 1, 0.0).await;
    assert!(run.measures.iter().all(|measure| measure.falls_short.is_none()));
    assert_eq!(run.measures.len(), 2);
}
