//! The same number of objects on more and more accounts.

use std::time::{Duration, Instant};

use super::{Extent, UNLIMITED, begun, number, patience};
use crate::contestant::Contestant;
use crate::objects::declare;
use crate::process::{cpu, memory, rests};
use crate::results::{Measure, Run};
use crate::stage::{NAMESPACE, Stage};
use crate::watcher::Watcher;

const OBJECTS: usize = 1_000;
const INTERVAL: Duration = Duration::from_secs(60);
const WINDOW: Duration = Duration::from_secs(60);

pub(super) async fn more(extent: &Extent, run: &mut Run) {
    for accounts in extent.accounts {
        let mut measure = Measure::of("accounts", Contestant::Waops.name(), OBJECTS, 0);
        measure.note("accounts", number(*accounts));
        let stage = Stage::comparing(INTERVAL, *accounts, UNLIMITED).await;
        let watcher = Watcher::start(&stage.client, NAMESPACE, "whatsappqrcodes");
        let process = begun(Contestant::Waops, &stage, &[]).await;
        let (start, calls) = (Instant::now(), stage.calls("").await);
        declare(&stage, 0..OBJECTS).await;
        match watcher.until_ready(OBJECTS, patience(OBJECTS)).await {
            Some(ready) => measure.note("ready s", (ready - start).as_secs_f64()),
            None => measure.falls_short = Some(format!("{} became ready", watcher.ready())),
        }
        rests(process.id(), patience(OBJECTS), async || stage.writes() + stage.calls("").await).await;
        measure.note("calls each", number(stage.calls("").await - calls) / number(OBJECTS));
        measure.note("memory settled MB", memory(process.id()).0);
        let (busy, calls) = (cpu(process.id()), stage.calls("").await);
        tokio::time::sleep(WINDOW).await;
        let checks = WINDOW.as_secs_f64() / INTERVAL.as_secs_f64();
        measure.note("calls a check", number(stage.calls("").await - calls) / checks);
        measure.note("cpu s a check", (cpu(process.id()) - busy) / checks);
        run.keep(measure);
    }
}
