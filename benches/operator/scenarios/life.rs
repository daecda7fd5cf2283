//! From the first apply until all are ready, settled, at rest, started again, and gone.

use std::time::Instant;

use super::{Extent, UNLIMITED, all_ready, begun, bound, enough, number, patience};
use crate::contestant::Contestant;
use crate::objects::{declare, delete};
use crate::process::Process;
use crate::results::{ACCOUNTS, BOUND, Measure, Run};
use crate::stage::{NAMESPACE, Stage};
use crate::watcher::Watcher;

/// What takes long says as much of so many as of more: the bound, and the deletion of everything, which once is enough.
const ENOUGH: usize = 10_000;

pub(super) async fn many(extent: &Extent, run: &mut Run) {
    for (objects, contestants) in extent.lives {
        let trials = contestants.iter().map(|(_, trials)| *trials).max().unwrap_or_default();
        for trial in 0..trials {
            if *objects <= ENOUGH {
                let measure = Measure::of("life", BOUND, *objects, trial);
                let one = async |measure: &mut Measure| bound::run(*objects, measure).await;
                run.trial(measure, enough(*objects), one).await;
            }
            for (contestant, _) in contestants.iter().filter(|(_, trials)| trial < *trials) {
                let deletes = trial == 0 && *objects <= ENOUGH;
                let measure = Measure::of("life", contestant.name(), *objects, trial);
                let one = async |measure: &mut Measure| one(*contestant, *objects, deletes, measure).await;
                run.trial(measure, enough(*objects), one).await;
            }
        }
    }
}

async fn one(
    contestant: Contestant,
    objects: usize,
    deletes: bool,
    measure: &mut Measure,
) -> Result<(), String> {
    let stage = Stage::start(ACCOUNTS, UNLIMITED).await;
    let watcher = Watcher::start(&stage.client, NAMESPACE, "whatsappqrcodes");
    let mut process = begun(contestant, &stage, &[]).await?;
    measure.note("memory before MB", process.memory()?.0);
    made(&stage, &watcher, &mut process, objects, measure).await?;
    process.kill();
    let mut process = again(contestant, &stage, measure).await?;
    if deletes {
        let start = Instant::now();
        delete(&stage, 0..objects).await;
        let gone = watcher.until_gone(patience(objects)).await;
        process.lives()?;
        measure.note("deleted s", (gone.ok_or("not all were deleted")? - start).as_secs_f64());
    }
    Ok(())
}

/// Until all are ready and nothing happens any more.
async fn made(
    stage: &Stage,
    watcher: &Watcher,
    process: &mut Process,
    objects: usize,
    measure: &mut Measure,
) -> Result<(), String> {
    let (writes, calls, events) =
        (stage.writes(), stage.calls("").await, stage.requests(Some("events")).await);
    let (start, busy, others) = (Instant::now(), process.cpu()?, stage.others());
    declare(stage, 0..objects).await;
    measure.note("declared s", start.elapsed().as_secs_f64());
    let ready = all_ready(watcher, process, objects, patience(objects)).await?;
    measure.note("ready s", (ready - start).as_secs_f64());
    let settled = process.rests(patience(objects), async || stage.writes() + stage.calls("").await).await?;
    measure.note("settled s", (settled - start).as_secs_f64());
    let others_now = stage.others();
    measure.note("cpu s", process.cpu()? - busy);
    measure.note("cluster cpu s", others_now.cluster - others.cluster);
    measure.note("provider cpu s", others_now.provider - others.provider);
    let each = |count: u64| number(count) / number(objects);
    measure.note("writes each", each(stage.writes() - writes));
    measure.note("events each", each(stage.requests(Some("events")).await - events));
    measure.note("calls each", each(stage.calls("").await - calls));
    let (now, most) = process.memory()?;
    measure.note("memory most MB", most);
    measure.note("memory settled MB", now);
    let (live, twice) = stage.codes().await;
    measure.note("duplicates", number(twice));
    if live == objects { Ok(()) } else { Err(format!("{live} codes for {objects} objects")) }
}

/// Started again after it was killed.
async fn again(contestant: Contestant, stage: &Stage, measure: &mut Measure) -> Result<Process, String> {
    let (writes, calls, start) = (stage.writes(), stage.calls("").await, Instant::now());
    let mut process = contestant.start(stage);
    let work = async || stage.writes() + stage.calls("").await;
    let rested = process.rests(patience(20_000), work).await?;
    measure.note("restart s", (rested - start).as_secs_f64());
    measure.note("restart calls", number(stage.calls("").await - calls));
    measure.note("restart writes", number(stage.writes() - writes));
    let (now, most) = process.memory()?;
    measure.note("memory restarted MB", now);
    measure.note("memory restart most MB", most);
    Ok(process)
}
