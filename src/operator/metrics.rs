//! What Prometheus reads. Names and labels are a promise (docs/monitoring.md); no label is the name of an object.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::census::Census;
use super::health::Health;
use super::histogram::Histogram;
use super::relay::Relay;
use super::term::Leading;
use crate::api::Kind;
use crate::engine::runner::Standing;
use crate::provider::budget::{Budget, Lane};
use crate::provider::tally::Tally;

/// How long a turn that is due may be late. Turns wait for quotas, but the accounts beside them have one every half minute.
const LATE: Duration = Duration::from_secs(300);

/// Everything that is counted, and where it is read.
pub(super) struct Metrics {
    health: Arc<Health>,
    tally: Tally,
    relay: OnceLock<Arc<Relay>>,
    leading: watch::Receiver<Option<Leading>>,
    shards: u32,
    turns: Mutex<BTreeMap<Kind, Histogram>>,
    /// Events of the cluster that were not written.
    unwritten: AtomicU64,
}

/// A family: its name without what follows from its type, the type, and what it means.
struct Family(&'static str, &'static str, &'static str);

const CALLS: Family =
    Family("waops_provider_calls", "counter", "Calls to providers by operation, lane and outcome.");
const BUDGET: Family = Family(
    "waops_provider_budget_left_ratio",
    "gauge",
    "What is left of a provider's limit, between 0 and 1: of all accounts, the lowest.",
);
const WAITING: Family =
    Family("waops_provider_calls_waiting", "gauge", "Calls that wait for a provider's limit, by lane.");
const OBJECTS: Family =
    Family("waops_objects", "gauge", "Objects by kind and by the reason of their Ready condition.");
const CONDITIONS: Family = Family(
    "waops_object_conditions",
    "gauge",
    "Objects by kind and by the conditions that are true of them.",
);
const REVIEWS: Family = Family("waops_template_reviews", "gauge", "Templates by what the review says.");
const RECATEGORISED: Family = Family(
    "waops_templates_recategorised",
    "gauge",
    "Templates that the provider holds in another category than asked for.",
);
const TURNS: Family = Family(
    "waops_reconcile_duration_seconds",
    "histogram",
    "How long a turn of an object took, waiting for the provider's limits included.",
);
const QUEUE: Family = Family(
    "waops_queue",
    "gauge",
    "Objects whose turn it is (ready), that are under way (running), and that wait for a time (waiting).",
);
const LEADER: Family = Family("waops_leader", "gauge", "1 where this process leads, else 0.");
const WORKING: Family = Family(
    "waops_working",
    "gauge",
    "1 where this process leads, has read everything, hears of changes and makes the turns that are due, else 0.",
);
const SHARDS: Family =
    Family("waops_shards", "gauge", "How many processes share the work: so many lead where all is well.");
const UNWRITTEN: Family = Family(
    "waops_events_unwritten",
    "counter",
    "Events of the cluster that were left out: too many waited, or the API server did not take them.",
);
const BUILD: Family = Family("waops_build", "info", "The version of this program.");

impl Metrics {
    pub(super) fn new(
        health: Arc<Health>,
        tally: Tally,
        leading: watch::Receiver<Option<Leading>>,
        shards: u32,
    ) -> Self {
        let (turns, unwritten) = (Mutex::default(), AtomicU64::default());
        Self { health, tally, relay: OnceLock::new(), leading, shards, turns, unwritten }
    }

    /// Counts the objects of this relay, from now on.
    pub(super) fn count_objects(&self, relay: Arc<Relay>) {
        // A process has one relay.
        let _ = self.relay.set(relay);
    }

    /// An object's turn is over.
    pub(super) fn turned(&self, kind: Kind, took: Duration) {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.entry(kind).or_default().observe(took);
    }

    /// An Event of the cluster was not written.
    pub(super) fn event_left_out(&self) {
        self.unwritten.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn health(&self) -> &Health {
        &self.health
    }

    /// Everything, as OpenMetrics text.
    pub(super) fn exposition(&self) -> String {
        let mut text = String::new();
        let leading = self.leading.borrow().clone();
        let budgets = leading.as_ref().map(Leading::budgets).unwrap_or_default();
        self.write_calls(&mut text);
        write_budgets(&mut text, &budgets);
        write_census(&mut text, &self.relay.get().map(|relay| relay.census()).unwrap_or_default());
        self.write_turns(&mut text);
        head(&mut text, &QUEUE);
        let standing = leading.as_ref().map(Leading::standing).unwrap_or_default();
        let Standing { ready, running, waiting, .. } = standing;
        for (state, count) in [("ready", ready), ("running", running), ("waiting", waiting)] {
            sample(&mut text, QUEUE.0, &[("state", state)], count);
        }
        head(&mut text, &LEADER);
        sample(&mut text, LEADER.0, &[], u8::from(self.health.is_leader()));
        head(&mut text, &WORKING);
        sample(&mut text, WORKING.0, &[], u8::from(self.works(standing.due)));
        head(&mut text, &SHARDS);
        sample(&mut text, SHARDS.0, &[], self.shards);
        head(&mut text, &UNWRITTEN);
        sample(&mut text, "waops_events_unwritten_total", &[], self.unwritten.load(Ordering::Relaxed));
        head(&mut text, &BUILD);
        sample(&mut text, "waops_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        text.push_str("# EOF\n");
        text
    }

    /// Whether this process does what it is there for, and not only lives.
    fn works(&self, due: Option<Instant>) -> bool {
        // There is a term only where this process leads.
        let knows = self.relay.get().is_some_and(|relay| relay.term().is_some());
        knows && self.health.hears() && due.is_none_or(|due| due.elapsed() < LATE)
    }

    fn write_calls(&self, text: &mut String) {
        head(text, &CALLS);
        for (call, count) in self.tally.counts() {
            let labels =
                [("operation", call.operation), ("lane", call.lane.name()), ("outcome", call.outcome)];
            sample(text, "waops_provider_calls_total", &labels, count);
        }
    }

    fn write_turns(&self, text: &mut String) {
        head(text, &TURNS);
        for (kind, turns) in &*self.turns.lock().unwrap_or_else(PoisonError::into_inner) {
            let kind = ("kind", kind.name());
            for (bound, count) in turns.buckets() {
                sample(text, &format!("{}_bucket", TURNS.0), &[kind, ("le", &bound)], count);
            }
            sample(text, &format!("{}_sum", TURNS.0), &[kind], turns.sum());
            sample(text, &format!("{}_count", TURNS.0), &[kind], turns.count());
        }
    }
}

/// Of all accounts the lowest: an account is no label, and whoever has the least left is who waits.
fn write_budgets(text: &mut String, budgets: &[(String, Budget)]) {
    let mut lowest: BTreeMap<(&str, &str, String), f64> = BTreeMap::new();
    let mut waiting: BTreeMap<Lane, usize> = Lane::ALL.map(|lane| (lane, 0)).into();
    for (provider, budget) in budgets {
        for remaining in budget.remaining() {
            let window = format!("{}s", remaining.limit.window.as_secs());
            let left = u32::try_from(remaining.left).unwrap_or(u32::MAX);
            let ratio = f64::from(left) / f64::from(remaining.limit.calls.max(1));
            let known = lowest.entry((provider, remaining.operation, window)).or_insert(ratio);
            *known = known.min(ratio);
        }
        for (lane, count) in budget.queued() {
            *waiting.entry(lane).or_default() += count;
        }
    }
    head(text, &BUDGET);
    for ((provider, operation, window), ratio) in lowest {
        let labels = [("provider", provider), ("operation", operation), ("window", window.as_str())];
        sample(text, BUDGET.0, &labels, ratio);
    }
    head(text, &WAITING);
    for (lane, count) in waiting {
        sample(text, WAITING.0, &[("lane", lane.name())], count);
    }
}

fn write_census(text: &mut String, census: &Census) {
    head(text, &OBJECTS);
    for ((kind, reason), count) in &census.reasons {
        sample(text, OBJECTS.0, &[("kind", kind.name()), ("reason", reason)], count);
    }
    head(text, &CONDITIONS);
    for ((kind, condition), count) in &census.conditions {
        sample(text, CONDITIONS.0, &[("kind", kind.name()), ("condition", condition)], count);
    }
    head(text, &REVIEWS);
    for (state, count) in &census.reviews {
        sample(text, REVIEWS.0, &[("state", state)], count);
    }
    head(text, &RECATEGORISED);
    for ((asked, has), count) in &census.categories {
        sample(text, RECATEGORISED.0, &[("asked", asked), ("has", has)], count);
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
    use axum::Router;
    use tokio::sync::mpsc;

    use super::super::fake;
    use super::*;
    use crate::provider::budget::{HOUR, Limit, Scope};
    use crate::store::kube::{self, KubeStore};

    #[test]
    fn what_is_counted_is_read() {
        let tally = Tally::default();
        tally.count("CreateMessageQrdl", Lane::UserEdit, "done");
        tally.count("CreateMessageQrdl", Lane::UserEdit, "done");
        let metrics = Metrics::new(Arc::new(Health::default()), tally, watch::channel(None).1, 1);
        let text = metrics.exposition();
        let line = "waops_provider_calls_total{operation=\"CreateMessageQrdl\",lane=\"user-edit\",outcome=\"done\"} 2";
        assert!(text.lines().any(|found| found == line), "{text}");
        assert!(text.contains("\nwaops_leader 0\n"), "{text}");
        metrics.turned(Kind::QrCode, Duration::from_millis(20));
        let turn = "waops_reconcile_duration_seconds_bucket{kind=\"WhatsAppQrCode\",le=\"0.025\"} 1";
        assert!(metrics.exposition().lines().any(|found| found == turn), "{}", metrics.exposition());
        assert!(text.ends_with("# EOF\n"), "OpenMetrics demands it");
        assert_eq!(escaped("a\"b\\c\n"), "a\\\"b\\\\c\\n");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_leads_and_does_nothing_does_not_work() {
        let health = Arc::new(Health::default());
        let store = KubeStore::looking(fake::client(Router::new()).await, kube::Scope::Cluster);
        let words = mpsc::unbounded_channel().0;
        let relay = Arc::new(Relay::new(Arc::new(store), Arc::clone(&health), words));
        let metrics = Metrics::new(Arc::clone(&health), Tally::default(), watch::channel(None).1, 1);
        metrics.count_objects(Arc::clone(&relay));
        let stream = (Kind::QrCode, None);
        health.follows([stream.clone()]);
        health.listed(&stream);
        assert!(!metrics.works(None), "it stands by, or has yet to read everything");
        relay.has_read();
        let now = Instant::now();
        assert!(metrics.works(None) && metrics.works(Some(now)), "with nothing to do, or enough");
        health.refused(&stream, "not allowed to watch");
        assert!(!metrics.works(None), "nobody tells it what changes");
        health.listed(&stream);
        assert!(metrics.works(Some(now + LATE)), "nothing is due yet");
        tokio::time::advance(LATE).await;
        assert!(!metrics.works(Some(now)), "it stands still");
        relay.disconnect();
        assert!(!metrics.works(None), "it ends");
    }

    #[tokio::test(start_paused = true)]
    async fn of_several_accounts_the_one_that_waits_is_shown() {
        let limit = Limit { scope: Scope::Together, calls: 4, window: HOUR };
        let (spent, fresh) = (Budget::new(vec![limit]), Budget::new(vec![limit]));
        for budget in [&spent, &spent, &spent, &fresh] {
            budget.acquire("CreateQrCode", Lane::UserEdit).await.spend();
        }
        let mut text = String::new();
        write_budgets(&mut text, &[("meta".into(), spent), ("meta".into(), fresh)]);
        let line =
            "waops_provider_budget_left_ratio{provider=\"meta\",operation=\"*\",window=\"3600s\"} 0.25";
        assert!(text.lines().any(|found| found == line), "{text}");
        assert!(text.contains("waops_provider_calls_waiting{lane=\"user-edit\"} 0\n"), "{text}");
    }
}
