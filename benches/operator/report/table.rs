//! Tables: a row for each contestant, a column for each value.

use std::fmt::Write as _;

use super::US;
use super::summary::{Spread, Summary};
use crate::results::{BOUND, Measure};

/// A title, what it says, and its columns: heading, and the value that it shows.
struct Part {
    scenario: &'static str,
    title: &'static str,
    says: &'static str,
    columns: &'static [(&'static str, &'static str)],
}

const PARTS: [Part; 9] = [
    Part {
        scenario: "life",
        title: "From apply to Ready",
        says: "Objects are applied as quickly as the API server takes them, on 20 accounts, while the contestant runs.\n\n\
               ![Seconds until all are Ready](benchmarks/ready.svg)",
        columns: &[
            ("ready s", "ready s"),
            ("of the bound", "ready s ÷"),
            ("settled s", "settled s"),
            ("CPU s", "cpu s"),
            ("CPU s of the cluster", "cluster cpu s"),
            ("writes each", "writes each"),
            ("calls each", "calls each"),
            ("Events each", "events each"),
            ("MB at most", "memory most MB"),
            ("MB settled", "memory settled MB"),
            ("made twice", "duplicates"),
        ],
    },
    Part {
        scenario: "idle",
        title: "Nothing to do",
        says: "Everything is compared with the provider once a minute. Calls and writes are those of six comparisons: an hour at the default \
               of ten minutes. Requests to the API server are as measured. CPU is measured, then and in a minute at the default after a start, \
               with so many calls; what it is by default is computed from both: the second, and a tenth of what the first is above it.",
        columns: &[
            ("CPU %", "idle cpu %"),
            ("CPU % between comparisons", "idle cpu % between"),
            ("calls in that minute", "idle calls between"),
            ("CPU % by default", "idle cpu % by default"),
            ("calls an hour", "idle calls an hour"),
            ("writes an hour", "idle writes an hour"),
            ("requests to the API server an hour", "idle requests an hour"),
            ("MB", "memory idle MB"),
        ],
    },
    Part {
        scenario: "life",
        title: "Killed at rest, and started again",
        says: "Until it rests again; then everything is deleted.",
        columns: &[
            ("restart s", "restart s"),
            ("calls", "restart calls"),
            ("writes", "restart writes"),
            ("MB at most", "memory restart most MB"),
            ("MB settled", "memory restarted MB"),
            ("all deleted s", "deleted s"),
        ],
    },
    Part {
        scenario: "crash",
        title: "Killed in the middle of its creates",
        says: "`kill -9` when half of all are Ready, and started again at once. Who is not Ready two minutes later is stuck.",
        columns: &[
            ("ready when killed", "ready when killed"),
            ("all ready after s", "ready again s"),
            ("made twice", "duplicates"),
            ("stuck", "stuck"),
        ],
    },
    Part {
        scenario: "edits",
        title: "An edit while a thousand creates wait",
        says: "One Alibaba account with five calls a second; seconds from the edit until it reaches the provider.",
        columns: &[
            ("edits", "edits"),
            ("median s", "edit median s"),
            ("99th percentile s", "edit 99 % s"),
            ("at most s", "edit most s"),
            ("still waiting at the end", "waiting at the end"),
        ],
    },
    Part {
        scenario: "memory",
        title: "Memory against the number of objects",
        says: "On 20 accounts, or on 100 where there are more than 30,000 objects: a process that made them, and one that was started when they were there.\n\n![Megabytes settled](benchmarks/memory.svg)",
        columns: &[
            ("MB settled", "memory settled MB"),
            ("MB at most", "memory most MB"),
            ("MB after a start", "memory restarted MB"),
            ("MB at most of the start", "memory restart most MB"),
        ],
    },
    Part {
        scenario: "accounts",
        title: "A thousand objects on more and more accounts",
        says: "A look at an account is one page of codes at least.",
        columns: &[
            ("accounts", "accounts"),
            ("ready s", "ready s"),
            ("calls each", "calls each"),
            ("MB settled", "memory settled MB"),
            ("calls a comparison", "calls a check"),
            ("CPU s a comparison", "cpu s a check"),
        ],
    },
    Part {
        scenario: "templates",
        title: "Templates through their review",
        says: "Reviews take half a minute; until all are approved, on 100 accounts.",
        columns: &[
            ("approved s", "approved s"),
            ("CPU s", "cpu s"),
            ("calls each", "calls each"),
            ("writes each", "writes each"),
            ("MB at most", "memory most MB"),
            ("MB settled", "memory settled MB"),
        ],
    },
    Part {
        scenario: "server",
        title: "The API server ends and comes back",
        says: "With everything settled; an edit is made as soon as it is back.",
        columns: &[
            ("edit delivered after s", "edit after return s"),
            ("CPU s", "cpu s"),
            ("writes", "writes"),
            ("MB at most", "memory most MB"),
        ],
    },
];

pub(super) fn all(summary: &Summary<'_>) -> String {
    PARTS.iter().map(|part| table(part, summary)).collect()
}

/// What is better when there is more of it, or neither.
const NO_COST: [&str; 1] = ["ready when killed"];

/// Where somebody who does the same job needs less than we do, by more than chance.
pub(super) fn better(summary: &Summary<'_>) -> String {
    let mut rows = String::new();
    for part in &PARTS {
        for objects in summary.sizes(part.scenario) {
            for who in summary.everybody(part.scenario).into_iter().filter(|who| ![US, BOUND].contains(who)) {
                for (head, value) in part.columns.iter().filter(|(_, value)| !NO_COST.contains(value)) {
                    let of = |who| summary.spread(part.scenario, who, objects, value);
                    let (Some(ours), Some(theirs)) = (of(US), of(who)) else { continue };
                    if theirs.middle < ours.middle * 0.95 {
                        let (ours, theirs) = (shown(ours), shown(theirs));
                        let _ = writeln!(
                            rows,
                            "| {} | {objects} | {head} | {ours} | {theirs}, {who} |",
                            part.title
                        );
                    }
                }
            }
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "## Where a peer is better\n\nEvery value of the tables above of which a peer needs less, by more than a twentieth.\n\n\
         | table | objects | value | waops | peer |\n|---|--:|---|--:|---|\n{rows}\n"
    )
}

fn table(part: &Part, summary: &Summary<'_>) -> String {
    let mut rows = String::new();
    for objects in summary.sizes(part.scenario) {
        for who in summary.everybody(part.scenario) {
            rows += &row(part, summary, objects, who);
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let heads: Vec<&str> = part.columns.iter().map(|(head, _)| *head).collect();
    format!(
        "## {}\n\n{}\n\n| objects | who | {} | trials |\n|--:|---|{}--:|\n{rows}\n",
        part.title,
        part.says,
        heads.join(" | "),
        "--:|".repeat(heads.len()),
    )
}

/// A row for each trial where a scenario varies something else than objects; else one for all.
fn row(part: &Part, summary: &Summary<'_>, objects: usize, who: &str) -> String {
    if part.scenario == "accounts" {
        let each = summary.of(part.scenario, who, objects).map(|measure| {
            let cell = |(_, value): &(&str, &str)| measure.counted(value).map_or("–".to_owned(), figure);
            let cells: Vec<String> = part.columns.iter().map(cell).collect();
            format!("| {objects} | {who} | {} | {} |\n", cells.join(" | "), trials(&[measure]))
        });
        return each.collect();
    }
    let cell = |(_, value): &(&str, &'static str)| match value.strip_suffix(" ÷") {
        Some(value) if who != BOUND => summary.ratio(part.scenario, (who, BOUND), objects, value),
        Some(_) => None,
        None => summary.spread(part.scenario, who, objects, value),
    };
    let spreads: Vec<Option<Spread>> = part.columns.iter().map(cell).collect();
    let measures: Vec<&Measure> = summary.of(part.scenario, who, objects).collect();
    if spreads.iter().all(Option::is_none) && measures.iter().all(|measure| measure.falls_short.is_none()) {
        return String::new();
    }
    let cells: Vec<String> = spreads.into_iter().map(|spread| spread.map_or("–".to_owned(), shown)).collect();
    format!("| {objects} | {who} | {} | {} |\n", cells.join(" | "), trials(&measures))
}

/// How many there were, and how many of them say nothing but what they left behind.
fn trials(measures: &[&Measure]) -> String {
    let all = measures.len();
    match measures.iter().filter(|measure| measure.falls_short.is_some()).count() {
        0 => all.to_string(),
        short => format!("{all}, {short} fell short"),
    }
}

pub(super) fn shown(spread: Spread) -> String {
    let (least, most) = (figure(spread.least), figure(spread.most));
    if least == most { least } else { format!("{} ({least}–{most})", figure(spread.middle)) }
}

/// Three digits that matter, and no more.
pub(super) fn figure(value: f64) -> String {
    let size = value.abs();
    if size >= 100.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}
