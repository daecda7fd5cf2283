//! Killed in the middle of its creates, and started again: what is made twice, and what is never made.

use std::time::{Duration, Instant};

use super::{ACCOUNTS, Extent, UNLIMITED, begun, number, patience};
use crate::contestant::Contestant;
use crate::objects::declare;
use crate::process::rests;
use crate::results::{Measure, Run};
use crate::stage::{NAMESPACE, Stage};
use crate::watcher::Watcher;

/// Whoever cannot know what became of a call waits for its deadline and for what providers' lists lag behind: with the
/// defaults, for a minute and a half.
const SOONER: [&str; 2] = ["--settle-time=5s", "--call-timeout=5s"];

/// Who is not ready by then is stuck.
const DEADLINE: Duration = Duration::from_secs(120);

pub(super) async fn in_the_middle(extent: &Extent, run: &mut Run) {
    let (objects, contestants) = extent.crashes;
    for (contestant, trials) in contestants {
        for trial in 0..*trials {
            run.keep(one(*contestant, objects, trial).await);
        }
    }
}

async fn one(contestant: Contestant, objects: usize, trial: usize) -> Measure {
    let mut measure = Measure::of("crash", contestant.name(), objects, trial);
    let stage = Stage::start(ACCOUNTS, UNLIMITED).await;
    let watcher = Watcher::start(&stage.client, NAMESPACE, "whatsappqrcodes");
    let arguments = if contestant == Contestant::Waops { &SOONER[..] } else { &[] };
    let process = begun(contestant, &stage, arguments).await;
    let middle = async {
        watcher.until_ready(objects / 2, patience(objects)).await;
        process.kill();
        measure.note("ready when killed", number(watcher.ready()));
        Instant::now()
    };
    let ((), killed) = futures::join!(declare(&stage, 0..objects), middle);
    let process = contestant.start_with(&stage, arguments);
    if let Some(ready) = watcher.until_ready(objects, DEADLINE).await {
        measure.note("ready again s", (ready - killed).as_secs_f64());
        rests(process.id(), Duration::from_secs(60), async || stage.calls("").await).await;
    } else {
        let ready = watcher.ready();
        measure.falls_short = Some(format!("{ready} of {objects} became ready within {DEADLINE:?}"));
    }
    let (_, twice) = stage.codes().await;
    measure.note("duplicates", number(twice));
    measure.note("stuck", number(objects - watcher.ready()));
    measure
}
