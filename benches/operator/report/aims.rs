//! What we aim at, and whether it is reached.

use std::fmt::Write as _;

use super::US;
use super::summary::{Summary, count};
use super::table::figure;
use crate::results::{ACCOUNTS, BOUND};

const GO: &str = "controller-runtime";

struct Aim {
    says: &'static str,
    most: f64,
    is: Option<f64>,
}

pub(super) fn table(of: &Summary<'_>) -> String {
    let life = |who, objects, value| of.spread("life", who, objects, value).map(|spread| spread.middle);
    let worst = |scenario, objects, value| of.spread(scenario, US, objects, value).map(|spread| spread.most);
    let ratio = |other, value| of.ratio("life", (US, other), 10_000, value).map(|spread| spread.middle);
    let crashed = of.sizes("crash").last().copied().unwrap_or_default();
    // Meta lists 25 codes a page.
    let pages = 10_000.0 / 25.0;
    let (comparisons, looks) = (6.0 * pages, pages + 2.0 * count(ACCOUNTS));
    let aims = [
        Aim { says: "10,000 objects to Ready, of the bound", most: 1.25, is: ratio(BOUND, "ready s") },
        Aim { says: "the same, of controller-runtime", most: 1.0, is: ratio(GO, "ready s") },
        Aim {
            says: "memory settled with 10,000 objects, of controller-runtime",
            most: 0.67,
            is: ratio(GO, "memory settled MB"),
        },
        Aim {
            says: "megabytes settled with 10,000 objects",
            most: 80.0,
            is: life(US, 10_000, "memory settled MB"),
        },
        Aim {
            says: "kilobytes settled that each object adds",
            most: 6.0,
            is: of.line("memory", US, "memory settled MB").map(|(each, _)| each * 1000.0),
        },
        Aim {
            says: "CPU at rest with 10,000 objects, compared every ten minutes, %",
            most: 1.0,
            is: worst("idle", 10_000, "idle cpu % by default"),
        },
        Aim {
            says: "idle calls with 10,000 objects, of the pages that the provider has of them",
            most: 1.1,
            is: worst("idle", 10_000, "idle calls an hour").map(|calls| calls / comparisons),
        },
        Aim { says: "writes an hour at rest", most: 0.0, is: worst("idle", 10_000, "idle writes an hour") },
        Aim { says: "restart with 10,000 objects, s", most: 5.0, is: life(US, 10_000, "restart s") },
        Aim {
            says: "calls of that restart, of the pages and two of each account: its credentials and its number",
            most: 1.0,
            is: worst("life", 10_000, "restart calls").map(|calls| calls / looks),
        },
        Aim {
            says: "made twice after `kill -9`, in the worst trial",
            most: 0.0,
            is: worst("crash", crashed, "duplicates"),
        },
        Aim {
            says: "stuck after `kill -9`, in the worst trial",
            most: 0.0,
            is: worst("crash", crashed, "stuck"),
        },
        Aim {
            says: "an edit behind a thousand creates, 99th percentile, s",
            most: 1.0,
            is: worst("edits", 1_000, "edit 99 % s"),
        },
    ];
    let mut rows = String::new();
    for Aim { says, most, is } in aims {
        let (is, reached) = match is {
            Some(is) => (figure(is), if is <= most { "yes" } else { "**no**" }),
            None => ("not measured".to_owned(), "–"),
        };
        let _ = writeln!(rows, "| {says} | {} | {is} | {reached} |", figure(most));
    }
    format!("## Aims\n\n| waops | at most | measured | reached |\n|---|--:|--:|---|\n{rows}\n")
}
