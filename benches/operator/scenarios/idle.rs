//! What nothing to do costs. An hour at the default of ten minutes has six comparisons; here is one a minute, the most that an
//! account may ask for, and then a minute at the default.

use std::time::Duration;

use super::{Extent, UNLIMITED, enough, made, number, patience, written};
use crate::contestant::Contestant;
use crate::objects::compare;
use crate::results::{ACCOUNTS, Measure, Run};
use crate::stage::{INTERVAL as DEFAULT, Stage};

const INTERVAL: Duration = Duration::from_secs(60);
/// At the default: nearly all of it is between two comparisons.
const BETWEEN: Duration = Duration::from_secs(60);

pub(super) async fn rests(extent: &Extent, run: &mut Run) {
    let (sizes, window) = extent.idle;
    for objects in sizes {
        for contestant in [Contestant::Waops, Contestant::ControllerRuntime] {
            let measure = Measure::of("idle", contestant.name(), *objects, 0);
            let one = async |measure: &mut Measure| one(contestant, *objects, window, measure).await;
            run.trial(measure, enough(*objects) + window + BETWEEN, one).await;
        }
    }
}

async fn one(
    contestant: Contestant,
    objects: usize,
    window: Duration,
    measure: &mut Measure,
) -> Result<(), String> {
    let mut stage = Stage::comparing(INTERVAL, ACCOUNTS, UNLIMITED).await;
    let mut process = made(contestant, &stage, objects).await?;
    written(&stage, &mut process).await?;
    let (busy, calls) = (process.cpu()?, stage.calls("").await);
    let (writes, requests) = (stage.writes(), stage.requests(None).await);
    tokio::time::sleep(window).await;
    // Six comparisons, however long they took here.
    let hours = window.as_secs_f64() / (6.0 * INTERVAL.as_secs_f64());
    let often = (process.cpu()? - busy) / window.as_secs_f64() * 100.0;
    measure.note("idle cpu %", often);
    measure.note("idle calls an hour", number(stage.calls("").await - calls) / hours);
    measure.note("idle writes an hour", number(stage.writes() - writes) / hours);
    let hours = window.as_secs_f64() / 3600.0;
    measure.note("idle requests an hour", number(stage.requests(None).await - requests) / hours);
    measure.note("memory idle MB", process.memory()?.0);
    // Started again, since peers are told once; a start looks at everything, so that no look is due in what follows.
    process.kill();
    stage.interval = DEFAULT;
    compare(&stage).await;
    let mut process = contestant.start(&stage);
    process.rests(patience(objects), async || stage.writes() + stage.calls("").await).await?;
    let (busy, calls) = (process.cpu()?, stage.calls("").await);
    tokio::time::sleep(BETWEEN).await;
    let between = (process.cpu()? - busy) / BETWEEN.as_secs_f64() * 100.0;
    measure.note("idle cpu % between", between);
    measure.note("idle calls between", number(stage.calls("").await - calls));
    // What is above that are comparisons, which are so much rarer by default.
    let rarer = DEFAULT.as_secs_f64() / INTERVAL.as_secs_f64();
    measure.note("idle cpu % by default", between + (often - between).max(0.0) / rarer);
    Ok(())
}
