//! Killed in the middle of its creates, and started again: what is made twice, and what is never made.

use std::time::{Duration, Instant};

use super::{Extent, UNLIMITED, all_ready, begun, enough, number, patience};
use crate::contestant::Contestant;
use crate::objects::declare;
use crate::results::{ACCOUNTS, Measure, Run};
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
            let measure = Measure::of("crash", contestant.name(), objects, trial);
            let one = async |measure: &mut Measure| one(*contestant, objects, measure).await;
            run.trial(measure, enough(objects), one).await;
        }
    }
}

async fn one(contestant: Contestant, objects: usize, measure: &mut Measure) -> Result<(), String> {
    let stage = Stage::start(ACCOUNTS, UNLIMITED).await;
    let watcher = Watcher::start(&stage.client, NAMESPACE, "whatsappqrcodes");
    let arguments = if contestant == Contestant::Waops { &SOONER[..] } else { &[] };
    let mut process = begun(contestant, &stage, arguments).await?;
    let middle = async {
        let half = all_ready(&watcher, &mut process, objects / 2, patience(objects)).await;
        process.kill();
        measure.note("ready when killed", number(watcher.ready()));
        half.map(|_| Instant::now())
    };
    let ((), killed) = futures::join!(declare(&stage, 0..objects), middle);
    let killed = killed?;
    let mut process = contestant.start_with(&stage, arguments);
    let ready = all_ready(&watcher, &mut process, objects, DEADLINE).await;
    // What somebody who is gone left undone is not stuck: nobody tried.
    process.lives()?;
    let end = match ready {
        Ok(ready) => {
            measure.note("ready again s", (ready - killed).as_secs_f64());
            process.rests(Duration::from_secs(60), async || stage.calls("").await).await.map(|_| ())
        }
        Err(why) => Err(why),
    };
    let (_, twice) = stage.codes().await;
    measure.note("duplicates", number(twice));
    measure.note("stuck", number(objects - watcher.ready()));
    end
}
