//! What nothing to do costs. An hour at the default of ten minutes has six comparisons; here is one a minute, the most that an
//! account may ask for.

use std::time::Duration;

use super::{ACCOUNTS, Extent, UNLIMITED, made, number};
use crate::contestant::Contestant;
use crate::process::{cpu, memory};
use crate::results::{Measure, Run};
use crate::stage::Stage;

const INTERVAL: Duration = Duration::from_secs(60);
const DEFAULT: Duration = Duration::from_secs(600);

pub(super) async fn rests(extent: &Extent, run: &mut Run) {
    let (sizes, window) = extent.idle;
    for objects in sizes {
        for contestant in [Contestant::Waops, Contestant::ControllerRuntime] {
            run.keep(one(contestant, *objects, window).await);
        }
    }
}

async fn one(contestant: Contestant, objects: usize, window: Duration) -> Measure {
    let mut measure = Measure::of("idle", contestant.name(), objects, 0);
    let stage = Stage::comparing(INTERVAL, ACCOUNTS, UNLIMITED).await;
    let Some(process) = made(contestant, &stage, objects, &mut measure).await else { return measure };
    let id = process.id();
    // Whoever looks at each object in each minute never stops to call; writes end.
    let mut writes = 0;
    while std::mem::replace(&mut writes, stage.writes()) != stage.writes() {
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    let (busy, calls) = (cpu(id), stage.calls("").await);
    let requests = stage.requests(None).await;
    tokio::time::sleep(window).await;
    // Six comparisons, however long they took here.
    let hours = window.as_secs_f64() / (6.0 * INTERVAL.as_secs_f64());
    let busy = cpu(id) - busy;
    measure.note("idle cpu %", busy / window.as_secs_f64() * 100.0);
    // Nothing else takes time worth speaking of.
    let comparison = busy / (window.as_secs_f64() / INTERVAL.as_secs_f64());
    measure.note("idle cpu % by default", comparison / DEFAULT.as_secs_f64() * 100.0);
    measure.note("idle calls an hour", number(stage.calls("").await - calls) / hours);
    measure.note("idle writes an hour", number(stage.writes() - writes) / hours);
    let hours = window.as_secs_f64() / 3600.0;
    measure.note("idle requests an hour", number(stage.requests(None).await - requests) / hours);
    measure.note("memory idle MB", memory(id).0);
    measure
}
