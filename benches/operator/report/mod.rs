//! `docs/benchmarks.md`, its plots and its JSON, from what was measured.

mod aims;
mod plot;
mod summary;
mod table;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use summary::Summary;

use crate::results::Run;

/// Who is compared with the others.
const US: &str = "waops";
const TUNING: &str = include_str!("tuning.md");

/// Writes the page into the folder `docs` below this one.
pub(crate) fn write(root: &Path, run: &Run) {
    let folder = root.join("docs/benchmarks");
    fs::create_dir_all(&folder).expect("the folder is made");
    let summary = Summary(&run.measures);
    for (name, picture) in plot::all(&summary) {
        fs::write(folder.join(name), picture).expect("a plot is written");
    }
    fs::write(folder.join("results.json"), run.json()).expect("the results are written");
    fs::write(root.join("docs/benchmarks.md"), page(run)).expect("the page is written");
}

fn page(run: &Run) -> String {
    let summary = Summary(&run.measures);
    let mut page = String::from(
        "# Benchmarks\n\n<!-- Written by `make bench`. Do not edit: change benches/operator and run it. -->\n\n",
    );
    if !run.complete {
        page += "**Partial**: the run was interrupted, or did not take every scenario. What is missing was not measured.\n\n";
    }
    let _ = writeln!(
        page,
        "Measured on {} by `{}`, on a real control plane (etcd, API server), with both providers simulated by `waops simulate` on the \
         same machine. Every trial has a control plane of its own. A range is the least and the most of its trials; a ratio is taken \
         within a trial, whose contestants ran one after another, so that it says more than the seconds do on a machine that others \
         share. Of a trial that fell short only what it left behind counts: codes made twice, objects that are stuck. \
         [All values](benchmarks/results.json), each with the load average at its beginning.\n",
        run.date,
        if run.extent == "quick" { "make bench QUICK=1" } else { "make bench" },
    );
    for (title, facts) in [("machine", &run.machine), ("version", &run.versions)] {
        let _ = writeln!(page, "| {title} | |\n|---|---|");
        for (name, value) in facts {
            let _ = writeln!(page, "| {name} | {value} |");
        }
        page.push('\n');
    }
    page += &aims::table(&summary);
    page += &table::all(&summary);
    page += &table::better(&summary);
    page += &short_falls(run);
    page += TUNING;
    page
}

/// Trials whose end was not the one that was asked for: their values say nothing beside those of others.
fn short_falls(run: &Run) -> String {
    let mut text = String::new();
    for measure in &run.measures {
        if let Some(why) = &measure.falls_short {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                measure.scenario,
                measure.who,
                measure.objects,
                measure.trial + 1,
                why.replace(['\n', '|'], " "),
            );
        }
    }
    if text.is_empty() {
        return "Every trial reached the end that was asked for.\n\n".to_owned();
    }
    format!(
        "## What fell short\n\n| scenario | who | objects | trial | why |\n|---|---|--:|--:|---|\n{text}\n"
    )
}
