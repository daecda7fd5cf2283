//! The API server ends and comes back, while nothing is to be done but one edit.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{Extent, UNLIMITED, enough, made, number, patience};
use crate::contestant::Contestant;
use crate::control_plane::ControlPlane;
use crate::objects::edit;
use crate::results::{ACCOUNTS, Measure, Run};
use crate::stage::Stage;

const DEADLINE: Duration = Duration::from_secs(120);

pub(super) async fn restarts(extent: &Extent, run: &mut Run) {
    let objects = if extent.is_quick { 1_000 } else { 5_000 };
    for contestant in [Contestant::Waops, Contestant::ControllerRuntime] {
        let measure = Measure::of("server", contestant.name(), objects, 0);
        let one = async |measure: &mut Measure| one(contestant, objects, measure).await;
        run.trial(measure, enough(objects), one).await;
    }
}

async fn one(contestant: Contestant, objects: usize, measure: &mut Measure) -> Result<(), String> {
    let stage = Stage::on(ControlPlane::start_restarting(), ACCOUNTS, UNLIMITED).await;
    let mut process = made(contestant, &stage, objects).await?;
    let work = async || stage.writes() + stage.calls("").await;
    process.rests(patience(objects), work).await?;
    let (busy, writes) = (process.cpu()?, stage.writes());
    let server = stage.plane.pid("kube-apiserver").to_string();
    assert!(Command::new("kill").args(["-KILL", &server]).status().is_ok_and(|status| status.success()));
    while !stage.plane.kubectl(&["get", "--raw=/readyz"]).status.success() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (back, mut seen) = (Instant::now(), 0);
    let text = "Hello after the restart";
    edit(&stage, "poster-0", text).await;
    stage.until_called_with(text, &mut seen).await.ok_or("the edit never arrived")?;
    measure.note("edit after return s", back.elapsed().as_secs_f64());
    process.rests(DEADLINE, work).await?;
    measure.note("cpu s", process.cpu()? - busy);
    measure.note("writes", number(stage.writes() - writes));
    measure.note("memory most MB", process.memory()?.1);
    Ok(())
}
