//! The same number of objects on more and more accounts.

use std::time::{Duration, Instant};

use super::{Extent, UNLIMITED, all_ready, begun, enough, number, patience, written};
use crate::contestant::Contestant;
use crate::objects::declare;
use crate::results::{Measure, Run};
use crate::stage::{NAMESPACE, Stage};
use crate::watcher::Watcher;

const OBJECTS: usize = 1_000;
const INTERVAL: Duration = Duration::from_secs(60);
const WINDOW: Duration = Duration::from_secs(60);

pub(super) async fn more(extent: &Extent, run: &mut Run) {
    // A trial for each: who and how many are the same.
    for (trial, accounts) in extent.accounts.iter().enumerate() {
        let measure = Measure::of("accounts", Contestant::Waops.name(), OBJECTS, trial);
        run.trial(measure, enough(OBJECTS), async |measure: &mut Measure| one(*accounts, measure).await)
            .await;
    }
}

async fn one(accounts: usize, measure: &mut Measure) -> Result<(), String> {
    measure.note("accounts", number(accounts));
    let stage = Stage::comparing(INTERVAL, accounts, UNLIMITED).await;
    let watcher = Watcher::start(&stage.client, NAMESPACE, "whatsappqrcodes");
    let mut process = begun(Contestant::Waops, &stage, &[]).await?;
    let (start, calls) = (Instant::now(), stage.calls("").await);
    declare(&stage, 0..OBJECTS).await;
    let ready = all_ready(&watcher, &mut process, OBJECTS, patience(OBJECTS)).await?;
    measure.note("ready s", (ready - start).as_secs_f64());
    written(&stage, &mut process).await?;
    measure.note("calls each", number(stage.calls("").await - calls) / number(OBJECTS));
    measure.note("memory settled MB", process.memory()?.0);
    let (busy, calls) = (process.cpu()?, stage.calls("").await);
    tokio::time::sleep(WINDOW).await;
    let checks = WINDOW.as_secs_f64() / INTERVAL.as_secs_f64();
    measure.note("calls a check", number(stage.calls("").await - calls) / checks);
    measure.note("cpu s a check", (process.cpu()? - busy) / checks);
    Ok(())
}
