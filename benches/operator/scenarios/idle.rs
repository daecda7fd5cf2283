//! What nothing to do costs. An hour at the default of ten minutes has six comparisons; here is one a minute, the most that an
//! account may ask for.

use std::time::Duration;

use super::{Extent, UNLIMITED, enough, made, number, written};
use crate::contestant::Contestant;
use crate::results::{ACCOUNTS, Measure, Run};
use crate::stage::Stage;

const INTERVAL: Duration = Duration::from_secs(60);
const DEFAULT: Duration = Duration::from_secs(600);

pub(super) async fn rests(extent: &Extent, run: &mut Run) {
    let (sizes, window) = extent.idle;
    for objects in sizes {
        for contestant in [Contestant::Waops, Contestant::ControllerRuntime] {
            let measure = Measure::of("idle", contestant.name(), *objects, 0);
            let one = async |measure: &mut Measure| one(contestant, *objects, window, measure).await;
            run.trial(measure, enough(*objects) + window, one).await;
        }
    }
}

async fn one(
    contestant: Contestant,
    objects: usize,
    window: Duration,
    measure: &mut Measure,
) -> Result<(), String> {
    let stage = Stage::comparing(INTERVAL, ACCOUNTS, UNLIMITED).await;
    let mut process = made(contestant, &stage, objects).await?;
    written(&stage, &mut process).await?;
    let (busy, calls) = (process.cpu()?, stage.calls("").await);
    let (writes, requests) = (stage.writes(), stage.requests(None).await);
    tokio::time::sleep(window).await;
    // Six comparisons, however long they took here.
    let hours = window.as_secs_f64() / (6.0 * INTERVAL.as_secs_f64());
    let busy = process.cpu()? - busy;
    measure.note("idle cpu %", busy / window.as_secs_f64() * 100.0);
    // Nothing else takes time worth speaking of.
    let comparison = busy / (window.as_secs_f64() / INTERVAL.as_secs_f64());
    measure.note("idle cpu % by default", comparison / DEFAULT.as_secs_f64() * 100.0);
    measure.note("idle calls an hour", number(stage.calls("").await - calls) / hours);
    measure.note("idle writes an hour", number(stage.writes() - writes) / hours);
    let hours = window.as_secs_f64() / 3600.0;
    measure.note("idle requests an hour", number(stage.requests(None).await - requests) / hours);
    measure.note("memory idle MB", process.memory()?.0);
    Ok(())
}
