//! Memory against the number of objects: of a process that made them, and of one that was started when they were there.

use super::{Extent, MANY_ACCOUNTS, UNLIMITED, enough, made, patience};
use crate::contestant::Contestant;
use crate::results::{Measure, Run};
use crate::stage::Stage;

const CONTESTANTS: [Contestant; 2] = [Contestant::Waops, Contestant::ControllerRuntime];
/// What a life measures of it, too.
const VALUES: [&str; 4] =
    ["memory settled MB", "memory most MB", "memory restarted MB", "memory restart most MB"];

pub(super) async fn grows(extent: &Extent, run: &mut Run) {
    for measure in lived(run) {
        if !run.has(&measure) {
            run.keep(measure);
        }
    }
    for objects in extent.memory {
        for contestant in CONTESTANTS {
            let measure = Measure::of("memory", contestant.name(), *objects, 0);
            let one = async |measure: &mut Measure| one(contestant, *objects, measure).await;
            run.trial(measure, enough(*objects), one).await;
        }
    }
}

/// Many objects take many minutes to make: what lives measured is not measured again.
fn lived(run: &Run) -> Vec<Measure> {
    let names = CONTESTANTS.map(Contestant::name);
    let lives =
        run.measures.iter().filter(|measure| measure.scenario == "life" && names.contains(&&*measure.who));
    let only_memory = |life: &Measure| {
        let values = life.values.clone().into_iter().filter(|(what, _)| VALUES.contains(&&**what));
        Measure { scenario: "memory".to_owned(), values: values.collect(), ..life.clone() }
    };
    lives.map(only_memory).collect()
}

async fn one(contestant: Contestant, objects: usize, measure: &mut Measure) -> Result<(), String> {
    let stage = Stage::start(MANY_ACCOUNTS, UNLIMITED).await;
    let mut process = made(contestant, &stage, objects).await?;
    let work = async || stage.writes() + stage.calls("").await;
    let [settled, most, restarted, restart_most] = VALUES;
    process.rests(patience(objects), work).await?;
    let (now, peak) = process.memory()?;
    measure.note(settled, now);
    measure.note(most, peak);
    process.kill();
    let mut process = contestant.start(&stage);
    process.rests(patience(objects), work).await?;
    let (now, peak) = process.memory()?;
    measure.note(restarted, now);
    measure.note(restart_most, peak);
    Ok(())
}
