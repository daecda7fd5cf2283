//! Templates through their review.

use std::time::Instant;

use super::{Extent, MANY_ACCOUNTS, all_ready, begun, enough, number, patience};
use crate::contestant::Contestant;
use crate::objects::declare_templates;
use crate::results::{Measure, Run};
use crate::stage::{NAMESPACE, Stage};
use crate::watcher::Watcher;

pub(super) async fn reviewed(extent: &Extent, run: &mut Run) {
    let objects = extent.templates;
    let measure = Measure::of("templates", Contestant::Waops.name(), objects, 0);
    run.trial(measure, enough(objects), async |measure: &mut Measure| one(objects, measure).await).await;
}

async fn one(objects: usize, measure: &mut Measure) -> Result<(), String> {
    let stage = Stage::start(MANY_ACCOUNTS, "{limits: false, reviewMs: 30000}").await;
    let watcher = Watcher::start(&stage.client, NAMESPACE, "whatsapptemplates");
    let mut process = begun(Contestant::Waops, &stage, &[]).await?;
    let (start, busy) = (Instant::now(), process.cpu()?);
    let (calls, writes) = (stage.calls("").await, stage.writes());
    declare_templates(&stage, 0..objects).await;
    let approved = all_ready(&watcher, &mut process, objects, patience(objects) * 2).await?;
    measure.note("approved s", (approved - start).as_secs_f64());
    measure.note("cpu s", process.cpu()? - busy);
    measure.note("calls each", number(stage.calls("").await - calls) / number(objects));
    measure.note("writes each", number(stage.writes() - writes) / number(objects));
    let (now, most) = process.memory()?;
    measure.note("memory settled MB", now);
    measure.note("memory most MB", most);
    Ok(())
}
