//! What Prometheus reads. Names and labels are a promise; no label is the name of an object.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use super::health::Health;
use super::relay::Relay;
use super::term::standing;
use crate::engine::runner::Voice;
use crate::provider::tally::Tally;

/// Everything that is counted, and where it is read.
pub(super) struct Metrics {
    health: Arc<Health>,
    tally: Tally,
    relay: OnceLock<Arc<Relay>>,
    voice: watch::Receiver<Option<Voice>>,
    /// Events of the cluster that were not written, because too many waited.
    pub(super) unwritten: AtomicU64,
}

/// A family: its name without what follows from its type, the type, and what it means.
struct Family(&'static str, &'static str, &'static str);

const CALLS: Family =
    Family("waops_provider_calls", "counter", "Calls to providers by operation, lane and outcome.");
const OBJECTS: Family =
    Family("waops_objects", "gauge", "Objects by kind and by the reason of their Ready condition.");
const QUEUE: Family = Family(
    "waops_queue",
    "gauge",
    "Objects whose turn it is (ready), that are under way (running), and that wait for a time (waiting).",
);
const LEADER: Family = Family("waops_leader", "gauge", "1 where this process leads, else 0.");
const UNWRITTEN: Family = Family(
    "waops_events_unwritten",
    "counter",
    "Events of the cluster that were left out because too many waited.",
);
const BUILD: Family = Family("waops_build", "info", "The version of this program.");

impl Metrics {
    pub(super) fn new(health: Arc<Health>, tally: Tally, voice: watch::Receiver<Option<Voice>>) -> Self {
        Self { health, tally, relay: OnceLock::new(), voice, unwritten: AtomicU64::default() }
    }

    /// Counts the objects of this relay, from now on.
    pub(super) fn count_objects(&self, relay: Arc<Relay>) {
        // A process has one relay.
        let _ = self.relay.set(relay);
    }

    pub(super) fn health(&self) -> &Health {
        &self.health
    }

    /// Everything, as OpenMetrics text.
    pub(super) fn exposition(&self) -> String {
        let mut text = String::new();
        head(&mut text, &CALLS);
        for (call, count) in self.tally.counts() {
            let labels =
                [("operation", call.operation), ("lane", call.lane.name()), ("outcome", call.outcome)];
            sample(&mut text, "waops_provider_calls_total", &labels, count);
        }
        head(&mut text, &OBJECTS);
        for ((kind, reason), count) in self.relay.get().map_or_else(BTreeMap::new, |relay| relay.counts()) {
            sample(&mut text, OBJECTS.0, &[("kind", kind.name()), ("reason", &reason)], count);
        }
        head(&mut text, &QUEUE);
        let standing = standing(self.voice.borrow().as_ref());
        for (state, count) in
            [("ready", standing.ready), ("running", standing.running), ("waiting", standing.waiting)]
        {
            sample(&mut text, QUEUE.0, &[("state", state)], count);
        }
        head(&mut text, &LEADER);
        sample(&mut text, LEADER.0, &[], u8::from(self.health.is_leader()));
        head(&mut text, &UNWRITTEN);
        sample(&mut text, "waops_events_unwritten_total", &[], self.unwritten.load(Ordering::Relaxed));
        head(&mut text, &BUILD);
        sample(&mut text, "waops_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        text.push_str("# EOF\n");
        text
    }
}

fn head(text: &mut String, Family(name, kind, help): &Family) {
    let _ = write!(text, "# TYPE {name} {kind}\n# HELP {name} {help}\n");
}

fn sample(text: &mut String, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
    let labels: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    let _ = writeln!(text, "{name}{labels} {value}");
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::budget::Lane;

    #[test]
    fn what_is_counted_is_read() {
        let tally = Tally::default();
        tally.count("CreateMessageQrdl", Lane::UserEdit, "done");
        tally.count("CreateMessageQrdl", Lane::UserEdit, "done");
        let metrics = Metrics::new(Arc::new(Health::default()), tally, watch::channel(None).1);
        let text = metrics.exposition();
        let line = "waops_provider_calls_total{operation=\"CreateMessageQrdl\",lane=\"user-edit\",outcome=\"done\"} 2";
        assert!(text.lines().any(|found| found == line), "{text}");
        assert!(text.contains("\nwaops_leader 0\n"), "{text}");
        assert!(text.ends_with("# EOF\n"), "OpenMetrics demands it");
        assert_eq!(escaped("a\"b\\c\n"), "a\\\"b\\\\c\\n");
    }
}
