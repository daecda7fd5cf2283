//! What happened, as a table.

use std::collections::BTreeMap;
use std::fmt;

use tokio::time::Instant;

use crate::disruptions::{Kind, Met};
use crate::judge::Watched;
use crate::people::{Fate, People};
use crate::stage::Stage;

/// One kind of disruption.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    name: &'static str,
    pub(crate) wanted: usize,
    hit: usize,
    pub(crate) missed: usize,
    most: Met,
}

impl Row {
    pub(crate) fn new(name: &'static str, wanted: usize) -> Self {
        Self { name, wanted, hit: 0, missed: 0, most: Met::default() }
    }

    /// Counts a disruption; whether it met work.
    pub(crate) fn count(&mut self, met: Met) -> bool {
        if met.work() {
            self.hit += 1;
        } else {
            self.missed += 1;
        }
        let most = &mut self.most;
        most.pending = most.pending.max(met.pending);
        most.intents = most.intents.max(met.intents);
        most.requests = most.requests.max(met.requests);
        met.work()
    }
}

/// A campaign in figures.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) disruptions: BTreeMap<Kind, Row>,
    pub(crate) people: BTreeMap<&'static str, usize>,
    times: Vec<(&'static str, f64)>,
    facts: Vec<(&'static str, usize)>,
}

impl Report {
    pub(crate) fn note(&mut self, what: &'static str, since: Instant) {
        self.times.push((what, since.elapsed().as_secs_f64()));
    }

    pub(crate) fn fact(&mut self, what: &'static str, count: usize) {
        self.facts.push((what, count));
    }

    pub(crate) fn facts(&mut self, stage: &Stage, people: &People, watched: &Watched) {
        let story = watched.story();
        self.fact(
            "objects that live",
            people.pieces.iter().filter(|piece| piece.fate == Fate::Lives).count(),
        );
        self.fact("calls to the providers", story.calls);
        self.fact("codes that ever lived", story.lived.len());
        self.fact("looks at both providers meanwhile", story.looks);
        self.fact("starts of operators", stage.kubelet.logs().matches("standing by").count());
    }

    /// What happened too seldom to prove anything.
    pub(crate) fn shortfalls(&self, full: bool) -> Vec<String> {
        let rows = self.disruptions.values();
        let mut short: Vec<String> = rows
            .filter(|row| row.hit < row.wanted)
            .map(|row| format!("too seldom: {} hit work {} times of {}", row.name, row.hit, row.wanted))
            .collect();
        let all: usize = self.disruptions.values().map(|row| row.hit).sum();
        if full && all < 200 {
            short.push(format!("{all} disruptions of 200 hit work"));
        }
        short
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n| disruption | hit work in flight | met none | most objects pending | most open intents |"
        )?;
        writeln!(f, "|---|---|---|---|---|")?;
        let (mut hit, mut missed) = (0, 0);
        for row in self.disruptions.values() {
            let Met { pending, intents, .. } = row.most;
            writeln!(f, "| {} | {} | {} | {pending} | {intents} |", row.name, row.hit, row.missed)?;
            hit += row.hit;
            missed += row.missed;
        }
        writeln!(f, "| all | {hit} | {missed} | | |\n")?;
        for (what, seconds) in &self.times {
            writeln!(f, "{what}: {seconds:.0} s")?;
        }
        for (what, count) in self.people.iter().chain(self.facts.iter().map(|(what, count)| (what, count))) {
            writeln!(f, "{what}: {count}")?;
        }
        Ok(())
    }
}
