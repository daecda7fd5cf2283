//! Two operators, both providers, a control plane and everybody who uses them, while all of it goes wrong at once.
//!
//! Objects are declared, edited, approved, renamed and deleted all the time; processes are killed, stopped and cut off,
//! and single requests meet every fault there is. A disruption counts when it hit work in flight. Once it is over, what
//! the providers really have is held against what people said: the promises, without exception.
//!
//! `make chaos` plays the long campaign; `SEED=…` makes other choices.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

#[path = "../support/kubelet.rs"]
mod kubelet;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/mod.rs"]
mod support;

mod cluster;
mod disruptions;
mod judge;
mod people;
mod random;
mod report;
mod stage;

use std::sync::Arc;
use std::time::Duration;

use disruptions::{Kind, disrupt};
use judge::{Watched, judge, truth, writes};
use people::{Assortment, Fate, People};
use random::Random;
use report::Report;
use stage::Stage;
use tokio::time::{Instant, sleep};

/// A short campaign takes three minutes; this is what a machine that is busy may make of it.
const SHORT: Duration = Duration::from_secs(240);

/// So long after the last write and the last call nothing is left to be said: an account says within half a minute how
/// many objects it has, and does so in a write of its own.
const QUIET: Duration = Duration::from_secs(35);

/// How much there is of everything.
#[derive(Clone, Copy, Debug)]
struct Campaign {
    seed: u64,
    full: bool,
    objects: Assortment,
    /// Between two things that people do.
    pace: Duration,
    /// How long everything may take to come to rest.
    rest: Duration,
    /// How long nothing may happen then.
    idle: Duration,
}

impl Campaign {
    fn chosen() -> Self {
        let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
        let objects =
            Assortment { alibaba_codes: 170, alibaba_templates: 120, meta_codes: 150, meta_templates: 60 };
        let full = std::env::var_os("WAOPS_CHAOS_FULL").is_some();
        let (pace, rest, idle) = if full { (400, 300, 60) } else { (150, 150, 8) };
        Self {
            seed,
            full,
            objects,
            pace: Duration::from_millis(pace),
            rest: Duration::from_secs(rest),
            idle: Duration::from_secs(idle),
        }
    }
}

#[test]
fn the_promises_hold_whatever_goes_wrong() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(play(Campaign::chosen()));
}

async fn play(campaign: Campaign) {
    let began = Instant::now();
    let start = began;
    let stage = Arc::new(Stage::set(campaign.seed).await);
    let watched = Watched::default();
    tokio::spawn(watched.clone().follow(Arc::clone(&stage)));
    stage.some_leader().await;
    let mut random = Random(campaign.seed);
    let mut report = Report::default();
    report.note("set up", start);

    let start = Instant::now();
    let mut people = People::new(stage.client.clone(), Random(random.next()), campaign.full);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let everybody = {
        let stage = Arc::clone(&stage);
        tokio::spawn(async move {
            people.declare(campaign.objects).await;
            while !*stopped.borrow() {
                people.act(&stage.cluster).await;
                sleep(campaign.pace).await;
            }
            people
        })
    };
    // Nothing to disrupt before there is anything to do.
    while stage.cluster.pending().0 < 5 {
        sleep(Duration::from_millis(20)).await;
    }
    let (coarse, fine): (Vec<_>, Vec<_>) = Kind::ALL.into_iter().partition(|(kind, ..)| kind.is_coarse());
    let (coarse, fine) = tokio::join!(
        lane(&stage, campaign, coarse, Random(random.next())),
        lane(&stage, campaign, fine, Random(random.next())),
    );
    report.disruptions.extend(coarse.into_iter().chain(fine));
    stop.send_replace(true);
    let mut people = everybody.await.expect("nobody gave up");
    report.note("disrupted", start);

    let start = Instant::now();
    let rested = rest(&stage, &mut people, campaign.rest).await;
    report.note("came to rest", start);
    let before = (writes(&stage), watched.story().calls);
    sleep(campaign.idle).await;
    watched.look(&stage.simulator);
    let after = (writes(&stage), watched.story().calls);
    report.people = people.done.clone();
    report.facts(&stage, &people, &watched);
    report.fact("writes to our objects, in all", after.0);
    println!("{report}");

    let mut wrong = judge(&stage, &people, &watched);
    if !rested {
        wrong.insert(0, format!("it came to no rest within {:?}", campaign.rest));
    }
    if before != after {
        wrong.push(format!(
            "promise 4: {:?} idle: writes and calls went from {before:?} to {after:?}",
            campaign.idle
        ));
    }
    wrong.extend(report.shortfalls(campaign.full));
    if !campaign.full && began.elapsed() > SHORT {
        wrong.push(format!("a short campaign took {:?}, and {SHORT:?} at most are meant", began.elapsed()));
    }
    if !wrong.is_empty() {
        let kept = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("chaos");
        std::fs::create_dir_all(&kept).unwrap();
        std::fs::write(kept.join("operators.log"), stage.kubelet.logs()).unwrap();
        let journal = serde_json::to_string_pretty(&stage.simulator.simulator().journal(0)).unwrap();
        std::fs::write(kept.join("journal.json"), journal).unwrap();
        // What was wrong is said in any case.
        let _ = std::fs::copy(stage.plane.dir().join("audit.log"), kept.join("audit.log"));
        panic!("seed {}; see {}\n{}", campaign.seed, kept.display(), wrong.join("\n"));
    }
}

/// Disrupts until everything was met often enough, in an order of chance.
async fn lane(
    stage: &Stage,
    campaign: Campaign,
    kinds: Vec<(Kind, &'static str, usize, usize)>,
    mut random: Random,
) -> Vec<(Kind, report::Row)> {
    let mut rows: Vec<(Kind, report::Row)> = Vec::new();
    let mut left = Vec::new();
    for (kind, name, short, long) in kinds {
        let wanted = if campaign.full { long } else { short };
        left.extend(std::iter::repeat_n(kind, wanted));
        rows.push((kind, report::Row::new(name, wanted)));
    }
    while !left.is_empty() {
        let kind = left.swap_remove(random.below(left.len()));
        let met = disrupt(stage, kind, &mut random, campaign.full).await;
        let row = &mut rows.iter_mut().find(|(known, _)| *known == kind).expect("a row for each").1;
        // What met nothing is made again, within reason.
        if !row.count(met) && row.missed <= 2 * row.wanted + 3 {
            left.push(kind);
        }
        sleep(Duration::from_millis(random.next() % 300)).await;
    }
    rows
}

/// Lets everything come to rest; people decide what waits for them. Whether it did within this time.
async fn rest(stage: &Stage, people: &mut People, patience: Duration) -> bool {
    let start = Instant::now();
    let mut quiet = (Instant::now(), (0, 0));
    while start.elapsed() < patience {
        let (codes, _) = truth(&stage.simulator);
        let text_of = |code: &str| codes.iter().find(|live| live.name == code).map(|live| live.text.clone());
        let decided = people.decide(&stage.cluster, text_of).await;
        let is_settled = !decided
            && stage.cluster.pending().0 == 0
            && people.pieces.iter().all(|piece| {
                (piece.fate == Fate::Lives)
                    == stage.cluster.get(&piece.name).is_some_and(|seen| !seen.is_pending())
            });
        let now =
            (writes(stage), stage.simulator.simulator().journal(0).last().map_or(0, |entry| entry.number));
        if !is_settled || quiet.1 != now {
            quiet = (Instant::now(), now);
        }
        if quiet.0.elapsed() > QUIET {
            return true;
        }
        sleep(Duration::from_millis(500)).await;
    }
    false
}
