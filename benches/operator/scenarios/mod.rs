//! The questions. Every trial has a control plane and providers of its own.

mod accounts;
mod bound;
mod crash;
mod edits;
mod idle;
mod life;
mod memory;
mod server;
mod templates;

use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;

use crate::contestant::Contestant;
use crate::objects::declare;
use crate::process::Process;
use crate::results::Run;
use crate::stage::{NAMESPACE, Stage};
use crate::watcher::Watcher;

/// Where there are more objects than a few accounts may make in an hour: waops keeps to what Meta allows, whoever is asked.
const MANY_ACCOUNTS: usize = 100;
/// Limits would measure patience; and a number has room for more than a vendor gives it.
const UNLIMITED: &str = "{limits: false, codesPerNumber: 1000000}";

/// How much of everything.
pub(crate) struct Extent {
    pub(crate) name: &'static str,
    pub(crate) is_quick: bool,
    /// How many objects, how often by whom.
    lives: &'static [(usize, &'static [(Contestant, usize)])],
    /// Of how many objects the rest is watched, and for how long: some whole comparisons with the provider.
    idle: (&'static [usize], Duration),
    /// How many creates, how often interrupted by whom.
    crashes: (usize, &'static [(Contestant, usize)]),
    /// Of how many objects memory is measured, besides those of the lives.
    memory: &'static [usize],
    accounts: &'static [usize],
    templates: usize,
    edits: usize,
}

use Contestant::{ControllerRuntime, Kopf, Waops};

impl Extent {
    pub(crate) const FULL: Self = Self {
        name: "full",
        is_quick: false,
        lives: &[
            (1_000, &[(Waops, 5), (ControllerRuntime, 5), (Kopf, 2)]),
            (10_000, &[(Waops, 3), (ControllerRuntime, 3), (Kopf, 1)]),
            (30_000, &[(Waops, 1), (ControllerRuntime, 1)]),
        ],
        idle: (&[10_000], Duration::from_secs(360)),
        crashes: (2_000, &[(Waops, 3), (ControllerRuntime, 3), (Kopf, 1)]),
        memory: &[50_000],
        accounts: &[1, 10, 100, 1_000],
        templates: 5_000,
        edits: 100,
    };

    pub(crate) const QUICK: Self = Self {
        name: "quick",
        is_quick: true,
        lives: &[
            (1_000, &[(Waops, 1), (ControllerRuntime, 1), (Kopf, 1)]),
            (3_000, &[(Waops, 1), (ControllerRuntime, 1)]),
        ],
        idle: (&[1_000], Duration::from_secs(60)),
        crashes: (500, &[(Waops, 1), (ControllerRuntime, 1), (Kopf, 1)]),
        memory: &[],
        accounts: &[100],
        templates: 500,
        edits: 25,
    };
}

impl Extent {
    /// One life of so many, or one measure of memory, to see what a change of the code is worth.
    pub(crate) fn of(objects: usize) -> Self {
        let lives = Vec::leak(vec![(objects, &[(Waops, 1)][..])]);
        Self { name: "one", lives, memory: Vec::leak(vec![objects]), ..Self::QUICK }
    }
}

type Scenario = for<'a> fn(&'a Extent, &'a mut Run) -> LocalBoxFuture<'a, ()>;

/// In the order in which they answer most.
pub(crate) const SCENARIOS: [(&str, Scenario); 8] = [
    ("life", |extent, run| life::many(extent, run).boxed_local()),
    ("crash", |extent, run| crash::in_the_middle(extent, run).boxed_local()),
    ("idle", |extent, run| idle::rests(extent, run).boxed_local()),
    ("edits", |extent, run| edits::overtake(extent, run).boxed_local()),
    ("memory", |extent, run| memory::grows(extent, run).boxed_local()),
    ("accounts", |extent, run| accounts::more(extent, run).boxed_local()),
    ("templates", |extent, run| templates::reviewed(extent, run).boxed_local()),
    ("server", |extent, run| server::restarts(extent, run).boxed_local()),
];

/// How long so many objects may take.
fn patience(objects: usize) -> Duration {
    Duration::from_secs(120) + Duration::from_millis(30) * u32::try_from(objects).expect("a count")
}

/// How long a trial of so many may take, all its parts together.
fn enough(objects: usize) -> Duration {
    patience(objects) * 3
}

/// A contestant that has begun and rests.
async fn begun(contestant: Contestant, stage: &Stage, arguments: &[&str]) -> Result<Process, String> {
    let mut process = contestant.start_with(stage, arguments);
    process.rests(Duration::from_secs(60), async || stage.calls("").await).await?;
    Ok(process)
}

/// A contestant that has made so many codes.
async fn made(contestant: Contestant, stage: &Stage, objects: usize) -> Result<Process, String> {
    let watcher = Watcher::start(&stage.client, NAMESPACE, "whatsappqrcodes");
    let mut process = begun(contestant, stage, &[]).await?;
    declare(stage, 0..objects).await;
    all_ready(&watcher, &mut process, objects, patience(objects)).await?;
    Ok(process)
}

/// Waits until nothing is written any more, Events included: whoever compares often never stops to call.
async fn written(stage: &Stage, process: &mut Process) -> Result<(), String> {
    let all = async || stage.writes() + stage.requests(Some("events")).await;
    loop {
        let before = all().await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        process.lives()?;
        if all().await == before {
            return Ok(());
        }
    }
}

/// Waits until so many are ready, and says when the last of them was. Nobody waits for a process that has ended.
async fn all_ready(
    watcher: &Watcher,
    process: &mut Process,
    objects: usize,
    deadline: Duration,
) -> Result<Instant, String> {
    let ready = tokio::select! {
        ready = watcher.until_ready(objects, deadline) => ready,
        how = process.ended() => return Err(how),
    };
    ready.ok_or_else(|| format!("{} of {objects} became ready within {deadline:?}", watcher.ready()))
}

#[allow(clippy::cast_precision_loss, reason = "counts are small")]
fn number(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or_default() as f64
}
