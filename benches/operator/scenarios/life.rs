//! From the first apply until all are ready, settled, at rest, started again, and gone.

use std::time::Instant;

use super::{ACCOUNTS, Extent, UNLIMITED, begun, bound, number, patience};
use crate::contestant::Contestant;
use crate::objects::{declare, delete};
use crate::process::{Process, cpu, memory, rests};
use crate::results::{Measure, Run};
use crate::stage::{NAMESPACE, Stage};
use crate::watcher::Watcher;

/// What takes long says as much of so many as of more: the bound, and the deletion of everything, which once is enough.
const ENOUGH: usize = 10_000;

pub(super) async fn many(extent: &Extent, run: &mut Run) {
    for (objects, contestants) in extent.lives {
        let trials = contestants.iter().map(|(_, trials)| *trials).max().unwrap_or_default();
        for trial in 0..trials {
            if *objects <= ENOUGH {
                run.keep(bound::run(*objects, trial).await);
            }
            for (contestant, _) in contestants.iter().filter(|(_, trials)| trial < *trials) {
                let deletes = trial == 0 && *objects <= ENOUGH;
                run.keep(one(*contestant, *objects, trial, deletes).await);
            }
        }
    }
}

async fn one(contestant: Contestant, objects: usize, trial: usize, deletes: bool) -> Measure {
    let mut measure = Measure::of("life", contestant.name(), objects, trial);
    let stage = Stage::start(ACCOUNTS, UNLIMITED).await;
    let watcher = Watcher::start(&stage.client, NAMESPACE, "whatsappqrcodes");
    let process = begun(contestant, &stage, &[]).await;
    measure.note("memory before MB", memory(process.id()).0);
    if let Some(why) = made(&stage, &watcher, &process, objects, &mut measure).await {
        measure.falls_short = Some(why);
        return measure;
    }
    let process = again(contestant, &stage, process, &mut measure).await;
    if deletes {
        let start = Instant::now();
        delete(&stage, 0..objects).await;
        match watcher.until_gone(patience(objects)).await {
            Some(gone) => measure.note("deleted s", (gone - start).as_secs_f64()),
            None => measure.falls_short = Some("not all were deleted".to_owned()),
        }
    }
    drop(process);
    measure
}

/// Until all are ready and nothing happens any more; why they are not, where they are not.
async fn made(
    stage: &Stage,
    watcher: &Watcher,
    process: &Process,
    objects: usize,
    measure: &mut Measure,
) -> Option<String> {
    let id = process.id();
    let (writes, calls, events) =
        (stage.writes(), stage.calls("").await, stage.requests(Some("events")).await);
    let (start, busy, others) = (Instant::now(), cpu(id), stage.others());
    declare(stage, 0..objects).await;
    measure.note("declared s", start.elapsed().as_secs_f64());
    let Some(ready) = watcher.until_ready(objects, patience(objects)).await else {
        return Some(format!("{} of {objects} were ready after {:?}", watcher.ready(), start.elapsed()));
    };
    measure.note("ready s", (ready - start).as_secs_f64());
    let work = async || stage.writes() + stage.calls("").await;
    let settled = rests(id, patience(objects), work).await;
    measure.note("settled s", settled.map_or(f64::NAN, |settled| (settled - start).as_secs_f64()));
    let others_now = stage.others();
    measure.note("cpu s", cpu(id) - busy);
    measure.note("cluster cpu s", others_now.cluster - others.cluster);
    measure.note("provider cpu s", others_now.provider - others.provider);
    let each = |count: u64| number(count) / number(objects);
    measure.note("writes each", each(stage.writes() - writes));
    measure.note("events each", each(stage.requests(Some("events")).await - events));
    measure.note("calls each", each(stage.calls("").await - calls));
    let (now, most) = memory(id);
    measure.note("memory most MB", most);
    measure.note("memory settled MB", now);
    let (live, twice) = stage.codes().await;
    measure.note("duplicates", number(twice));
    (live != objects).then(|| format!("{live} codes for {objects} objects"))
}

/// Killed and started again.
async fn again(contestant: Contestant, stage: &Stage, process: Process, measure: &mut Measure) -> Process {
    process.kill();
    let (writes, calls, start) = (stage.writes(), stage.calls("").await, Instant::now());
    let process = contestant.start(stage);
    let work = async || stage.writes() + stage.calls("").await;
    let rested = rests(process.id(), patience(20_000), work).await;
    measure.note("restart s", rested.map_or(f64::NAN, |rested| (rested - start).as_secs_f64()));
    measure.note("restart calls", number(stage.calls("").await - calls));
    measure.note("restart writes", number(stage.writes() - writes));
    let (now, most) = memory(process.id());
    measure.note("memory restarted MB", now);
    measure.note("memory restart most MB", most);
    process
}
