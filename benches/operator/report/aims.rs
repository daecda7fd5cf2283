//! What we aim at, and whether it is reached.

use std::fmt::Write as _;

use super::US;
use super::summary::{Spread, Summary, count};
use super::table::{figure, shown};
use crate::results::{ACCOUNTS, BOUND};

const GO: &str = "controller-runtime";
const SETTLED: &str = "memory settled MB";

struct Aim {
    says: &'static str,
    most: f64,
    is: Option<Found>,
}

/// What was measured of an aim.
struct Found {
    spread: Spread,
    /// The value of these that is judged.
    judged: f64,
    /// Whether each trial has one.
    is_whole: bool,
}

impl Found {
    fn middle(spread: Spread, is_whole: bool) -> Self {
        Self { spread, judged: spread.middle, is_whole }
    }

    fn worst(spread: Spread, is_whole: bool) -> Self {
        Self { spread, judged: spread.most, is_whole }
    }

    /// In relation to something that does not vary.
    fn of(self, whole: f64) -> Self {
        Self { spread: self.spread.of_whole(whole), judged: self.judged / whole, ..self }
    }
}

/// What is reached for sure: a trial without a value may have been the worst.
fn judgement(is: Option<&Found>, most: f64) -> &'static str {
    match is {
        Some(found) if found.judged > most => "**no**",
        Some(found) if found.is_whole => "yes",
        _ => "not measured",
    }
}

pub(super) fn table(of: &Summary<'_>) -> String {
    let ours = |found: fn(Spread, bool) -> Found, scenario, objects, value| {
        let spread = of.spread(scenario, US, objects, value)?;
        Some(found(spread, of.is_whole(scenario, US, objects, value)))
    };
    let middle = |scenario, objects, value| ours(Found::middle, scenario, objects, value);
    let worst = |scenario, objects, value| ours(Found::worst, scenario, objects, value);
    let ratio = |other, value| {
        let spread = of.ratio("life", (US, other), 10_000, value)?;
        let is_whole = |who| of.is_whole("life", who, 10_000, value);
        Some(Found::middle(spread, is_whole(US) && is_whole(other)))
    };
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
            is: ratio(GO, SETTLED),
        },
        Aim {
            says: "megabytes settled with 10,000 objects",
            most: 80.0,
            is: middle("life", 10_000, SETTLED),
        },
        Aim { says: "kilobytes settled that each object adds", most: 6.0, is: each(of) },
        Aim {
            says: "CPU at rest with 10,000 objects, compared every ten minutes, %, computed",
            most: 1.0,
            is: worst("idle", 10_000, "idle cpu % by default"),
        },
        Aim {
            says: "idle calls with 10,000 objects, of the pages that the provider has of them",
            most: 1.1,
            is: worst("idle", 10_000, "idle calls an hour").map(|calls| calls.of(comparisons)),
        },
        Aim { says: "writes an hour at rest", most: 0.0, is: worst("idle", 10_000, "idle writes an hour") },
        Aim { says: "restart with 10,000 objects, s", most: 5.0, is: middle("life", 10_000, "restart s") },
        Aim {
            says: "calls of that restart, of the pages and two of each account: its credentials and its number; in the worst trial",
            most: 1.0,
            is: worst("life", 10_000, "restart calls").map(|calls| calls.of(looks)),
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
        let reached = judgement(is.as_ref(), most);
        let (measured, trials) = match is {
            Some(found) => (shown(found.spread), found.spread.trials.to_string()),
            None => ("–".to_owned(), "–".to_owned()),
        };
        let _ = writeln!(rows, "| {says} | {} | {measured} | {trials} | {reached} |", figure(most));
    }
    format!(
        "## Aims\n\nThe middle of the trials is judged where nothing else is said. Where a trial fell short, an aim is missed or not \
         measured.\n\n\
         | waops | at most | measured | trials | reached |\n|---|--:|--:|--:|---|\n{rows}\n"
    )
}

/// Kilobytes that each object adds: the slope of a line through the middles of all sizes.
fn each(of: &Summary<'_>) -> Option<Found> {
    let (megabytes, _) = of.line("memory", US, SETTLED)?;
    let sizes = of.sizes("memory");
    let spreads = sizes.iter().filter_map(|size| of.spread("memory", US, *size, SETTLED));
    let trials = spreads.map(|spread| spread.trials).min()?;
    let is_whole = sizes.iter().all(|size| of.is_whole("memory", US, *size, SETTLED));
    Some(Found::middle(Spread::alone(megabytes * 1000.0, trials), is_whole))
}
