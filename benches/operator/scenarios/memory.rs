//! Memory against the number of objects: one process that grows, and the same number after a start.

use super::{Extent, MANY_ACCOUNTS, UNLIMITED, begun, number, patience};
use crate::contestant::Contestant;
use crate::objects::declare;
use crate::process::{memory, rests};
use crate::results::{Measure, Run};
use crate::stage::{NAMESPACE, Stage};
use crate::watcher::Watcher;

pub(super) async fn grows(extent: &Extent, run: &mut Run) {
    for contestant in [Contestant::Waops, Contestant::ControllerRuntime] {
        let stage = Stage::start(MANY_ACCOUNTS, UNLIMITED).await;
        let watcher = Watcher::start(&stage.client, NAMESPACE, "whatsappqrcodes");
        let mut process = begun(contestant, &stage, &[]).await;
        let work = async || stage.writes() + stage.calls("").await;
        let mut declared = 0;
        for objects in extent.memory {
            let mut measure = Measure::of("memory", contestant.name(), *objects, 0);
            declare(&stage, declared..*objects).await;
            declared = *objects;
            if watcher.until_ready(*objects, patience(*objects)).await.is_none() {
                measure.falls_short = Some(format!("{} of {objects} became ready", watcher.ready()));
                run.keep(measure);
                break;
            }
            rests(process.id(), patience(*objects), work).await;
            let (now, most) = memory(process.id());
            measure.note("memory settled MB", now);
            measure.note("memory most MB", most);
            process.kill();
            process = contestant.start(&stage);
            rests(process.id(), patience(*objects), work).await;
            let (now, most) = memory(process.id());
            measure.note("memory restarted MB", now);
            measure.note("memory restart most MB", most);
            measure.note("objects", number(*objects));
            run.keep(measure);
        }
    }
}
