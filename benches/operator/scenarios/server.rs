//! The API server ends and comes back, while nothing is to be done but one edit.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{ACCOUNTS, Extent, UNLIMITED, made, number, patience};
use crate::contestant::Contestant;
use crate::control_plane::ControlPlane;
use crate::objects::edit;
use crate::process::{cpu, memory, rests};
use crate::results::{Measure, Run};
use crate::stage::Stage;

const DEADLINE: Duration = Duration::from_secs(120);

pub(super) async fn restarts(extent: &Extent, run: &mut Run) {
    let objects = if extent.is_quick { 1_000 } else { 5_000 };
    for contestant in [Contestant::Waops, Contestant::ControllerRuntime] {
        run.keep(one(contestant, objects).await);
    }
}

async fn one(contestant: Contestant, objects: usize) -> Measure {
    let mut measure = Measure::of("server", contestant.name(), objects, 0);
    let stage = Stage::on(ControlPlane::start_restarting(), ACCOUNTS, UNLIMITED).await;
    let Some(process) = made(contestant, &stage, objects, &mut measure).await else { return measure };
    let work = async || stage.writes() + stage.calls("").await;
    rests(process.id(), patience(objects), work).await;
    let (busy, writes) = (cpu(process.id()), stage.writes());
    let server = stage.plane.pid("kube-apiserver").to_string();
    assert!(Command::new("kill").args(["-KILL", &server]).status().is_ok_and(|status| status.success()));
    while !stage.plane.kubectl(&["get", "--raw=/readyz"]).status.success() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (back, mut seen) = (Instant::now(), 0);
    let text = "Hello after the restart";
    edit(&stage, "poster-0", text).await;
    if stage.until_called_with(text, &mut seen).await.is_none() {
        measure.falls_short = Some("the edit never arrived".to_owned());
        return measure;
    }
    measure.note("edit after return s", back.elapsed().as_secs_f64());
    rests(process.id(), DEADLINE, work).await;
    measure.note("cpu s", cpu(process.id()) - busy);
    measure.note("writes", number(stage.writes() - writes));
    measure.note("memory most MB", memory(process.id()).1);
    measure
}
