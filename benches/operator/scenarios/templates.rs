//! Templates through their review.

use std::time::Instant;

use super::{Extent, MANY_ACCOUNTS, begun, number, patience};
use crate::contestant::Contestant;
use crate::objects::declare_templates;
use crate::process::{cpu, memory};
use crate::results::{Measure, Run};
use crate::stage::{NAMESPACE, Stage};
use crate::watcher::Watcher;

pub(super) async fn reviewed(extent: &Extent, run: &mut Run) {
    let objects = extent.templates;
    let mut measure = Measure::of("templates", Contestant::Waops.name(), objects, 0);
    let stage = Stage::start(MANY_ACCOUNTS, "{limits: false, reviewMs: 30000}").await;
    let watcher = Watcher::start(&stage.client, NAMESPACE, "whatsapptemplates");
    let process = begun(Contestant::Waops, &stage, &[]).await;
    let (start, busy) = (Instant::now(), cpu(process.id()));
    let (calls, writes) = (stage.calls("").await, stage.writes());
    declare_templates(&stage, 0..objects).await;
    match watcher.until_ready(objects, patience(objects) * 2).await {
        Some(approved) => measure.note("approved s", (approved - start).as_secs_f64()),
        None => measure.falls_short = Some(format!("{} of {objects} were approved", watcher.ready())),
    }
    measure.note("cpu s", cpu(process.id()) - busy);
    measure.note("calls each", number(stage.calls("").await - calls) / number(objects));
    measure.note("writes each", number(stage.writes() - writes) / number(objects));
    let (now, most) = memory(process.id());
    measure.note("memory settled MB", now);
    measure.note("memory most MB", most);
    run.keep(measure);
}
