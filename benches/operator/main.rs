//! What the operator costs on a real control plane, beside a bound and beside peers that do the same job.
//!
//! | file | does |
//! |---|---|
//! | `stage`, `watcher`, `process` | a control plane with simulated providers; what happens on it; what a process needs |
//! | `contestant`, `objects` | who does the job, and what is declared |
//! | `scenarios/` | one file for each question; each answers with [`results::Measure`]s |
//! | `results`, `report/` | all measures as JSON, and what `docs/benchmarks.md` makes of them |
//!
//! Run by `make bench`, which takes an hour and a half on two processors; `QUICK=1` takes a quarter of an hour and fewer objects. `ONLY=crash,idle` takes some
//! scenarios, `OBJECTS=3000` one life of so many objects beside the bound. Each trial is written down as soon as it
//! ended, badly too; `CONTINUE=1` goes on with the one in which a run of the same program was interrupted.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a bench that cannot go on says where

mod contestant;
#[path = "../../tests/support/control_plane.rs"]
mod control_plane;
mod objects;
mod process;
mod report;
mod results;
mod scenarios;
mod stage;
mod watcher;

use std::path::PathBuf;

use results::Run;
use scenarios::{Extent, SCENARIOS};

fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(file) = variable("REPORT") {
        report::write(&root, &Run::read(&file));
        return;
    }
    let objects = variable("OBJECTS").map(|count| count.parse().expect("OBJECTS is a number"));
    let extent = match (objects, variable("QUICK")) {
        (Some(objects), _) => Extent::of(objects),
        (None, Some(_)) => Extent::QUICK,
        (None, None) => Extent::FULL,
    };
    let only = variable("ONLY").or_else(|| objects.map(|_| "life".to_owned()));
    let is_asked_for = |name: &str| only.as_ref().is_none_or(|only| only.split(',').any(|one| one == name));
    let folder = root.join("target/benchmarks");
    let begin = if variable("CONTINUE").is_some() { Run::go_on } else { Run::begin };
    contestant::build_peers();
    let mut run = begin(folder.join("results.json"), extent.name);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for (name, scenario) in SCENARIOS.iter().filter(|(name, _)| is_asked_for(name)) {
        println!("== {name} (load {})", results::load());
        runtime.block_on(scenario(&extent, &mut run));
        report::write(&folder, &run);
    }
    run.finish(only.is_none());
    // What is committed comes from a whole run.
    report::write(if only.is_none() && !extent.is_quick { &root } else { &folder }, &run);
}
