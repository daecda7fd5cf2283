//! The rules of a call: written before it goes out, closed at its deadline, and the same whoever asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Notify;
use waops::api::Kind;
use waops::clock;
use waops::engine::driver::{Driver, Settings};
use waops::engine::object::{Object, Status};
use waops::engine::store::{Event, Hold, Store, StoreError};
use waops::inside::Inside;
use waops::plan::claim::Written;
use waops::plan::facts::{Cause, Key};
use waops::plan::step::{Call, Plan, Step};
use waops::provider::deadline::Deadline;
use waops::simulator::Simulator;
use waops::store::memory::{Declared, Memory, Wanted};

use crate::world::{paused, ways};
use crate::{House, alibaba_code, meta_code};

/// A store in which somebody else writes the same object just before our first intents arrive.
struct Rival {
    memory: Memory,
    writes: AtomicUsize,
    intents: AtomicUsize,
}

impl Rival {
    const WRITES: usize = 3;
}

impl Store for Rival {
    beneath! { memory: installation read objects accounts hold_account report report_account cause secret labels }

    async fn hold(&self, key: &Key, version: &str, hold: Hold<'_>) -> Result<Option<Object>, StoreError> {
        if matches!(hold, Hold::Claim(claim) if claim.intent.is_some())
            && self.writes.fetch_add(1, Ordering::SeqCst) < Self::WRITES
        {
            let object = self.memory.read(key).await?.unwrap();
            let status = object.status();
            // A foreign write: nothing that matters, but another version.
            let Status::QrCode(mut status) = status else { panic!() };
            status.image_url = Some(format!("https://example.com/{}", self.writes.load(Ordering::SeqCst)));
            self.memory.report(key, &object.meta.version, &Status::QrCode(status)).await?;
        }
        let after = self.memory.hold(key, version, hold).await?;
        if let Some(object) = after.as_ref().filter(|object| object.has_open_call()) {
            assert!(object.meta.held, "finalizer and intent come in one write");
            self.intents.fetch_add(1, Ordering::SeqCst);
        }
        Ok(after)
    }
}

/// A store that lacks an object for a while, and whose answer that it does comes later than it is asked for.
struct Snatched {
    memory: Memory,
    lacks: AtomicBool,
    is_asked: Notify,
    answers: Notify,
}

impl Store for Snatched {
    beneath! { memory: installation objects accounts hold hold_account report_account cause secret labels }

    async fn read(&self, key: &Key) -> Result<Option<Object>, StoreError> {
        if self.lacks.load(Ordering::SeqCst) {
            self.is_asked.notify_one();
            self.answers.notified().await;
            return Ok(None);
        }
        self.memory.read(key).await
    }

    async fn report(&self, key: &Key, version: &str, status: &Status) -> Result<Object, StoreError> {
        if self.lacks.load(Ordering::SeqCst) {
            return Err(StoreError::Gone);
        }
        self.memory.report(key, version, status).await
    }
}

#[test]
fn promise_01_a_late_answer_that_an_object_is_gone_forgets_nobody_who_came_after_it() {
    paused(async {
        let house = House::idle().await;
        let key = house.qr("poster", meta_code("Hello"));
        let store = Arc::new(Snatched {
            memory: house.store.clone(),
            lacks: true.into(),
            is_asked: Notify::new(),
            answers: Notify::new(),
        });
        let driver = Arc::new(Driver::new(store.clone(), ways(&house.inside), Settings::default()));
        driver.load().await.unwrap();
        let turn = tokio::spawn({
            let (driver, key) = (driver.clone(), key.clone());
            async move { driver.reconcile(&key).await }
        });
        store.is_asked.notified().await;
        assert_eq!(house.live().len(), 1, "made, and the store does not know its object any more");
        store.lacks.store(false, Ordering::SeqCst);
        house.store.delete(&key, Cause::Person, clock::timestamp());
        driver.observe(Event::Object(Box::new((*house.object(&key)).clone())));
        store.answers.notify_one();
        turn.await.unwrap();
        // Many deletions at once would be noticed first.
        for _ in 0..2 {
            driver.reconcile(&key).await;
            house.minutes(1).await;
        }
        assert!(house.store.object(&key).is_none(), "{}", house.message(&key));
        assert_eq!(house.live(), []);
    });
}

fn creates(house: &House) -> usize {
    house.calls("POST message_qrdls")
}

#[test]
fn claim_02_an_intent_that_meets_a_conflict_is_planned_again_before_any_call() {
    paused(async {
        let house = House::idle().await;
        let key = house.qr("poster", meta_code("Hello"));
        let rival =
            Rival { memory: house.store.clone(), writes: AtomicUsize::new(0), intents: AtomicUsize::new(0) };
        let rival = Arc::new(rival);
        let driver = Driver::new(rival.clone(), ways(&house.inside), Settings::default());
        driver.load().await.unwrap();
        driver.reconcile(&key).await;
        assert_eq!(rival.writes.load(Ordering::SeqCst), Rival::WRITES + 1, "each time it was planned again");
        assert_eq!((rival.intents.load(Ordering::SeqCst), creates(&house)), (1, 1), "one intent, one call");
        assert_eq!(house.reason(&key), "Live", "{}", house.message(&key));
    });
}

#[test]
fn claim_03_a_call_ends_with_the_lease_and_is_never_made_again_blindly() {
    paused(async {
        let house = House::idle().await;
        let rule = json!({"operation": "POST message_qrdls", "fault": "timeoutAfter", "times": 1});
        house.fault(rule);
        let key = house.qr("poster", meta_code("Hello"));
        let lease = Deadline::after(Duration::from_secs(7));
        let store = Arc::new(house.store.clone());
        let driver =
            Driver::new(store, ways(&house.inside), Settings::default()).under(Arc::new(move || Some(lease)));
        let driver = Arc::new(driver);
        driver.load().await.unwrap();
        let turn = tokio::spawn({
            let (driver, key) = (driver.clone(), key.clone());
            async move { driver.reconcile(&key).await }
        });
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert_eq!((driver.calls(), creates(&house)), (1, 1), "under way, and nobody answers");
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(driver.calls(), 0, "closed with the lease, not with the thirty seconds of the intent");
        turn.await.unwrap();
        assert_eq!((house.reason(&key), creates(&house)), ("Resolving".to_owned(), 1));
        house.wake().await;
        house.reaches(&key, "Live").await;
        assert_eq!((house.live().len(), creates(&house)), (1, 1), "it was found, not made again");
    });
}

/// What a plan says in a word.
fn says(plan: &Plan) -> &'static str {
    match &plan.step {
        Step::Call { call: Call::Create, .. } => "create",
        Step::Call { .. } => "call",
        Step::Blocked { .. } => "blocked",
        Step::Conflict { .. } => "conflict",
        Step::Nothing => "nothing",
        _ => "other",
    }
}

#[test]
fn claim_22_what_is_planned_is_what_is_done() {
    paused(async {
        let house = House::new().await;
        let live = house.qr("live", meta_code("Live"));
        let edited = house.qr("edited", alibaba_code("Edited"));
        for key in [&live, &edited] {
            house.reaches(key, "Live").await;
        }
        house.rest();
        let foreign = json!({"addCode": {"provider": "meta", "phone": waops::simulator::sandbox::PHONE_NUMBER_ID,
                                         "message": "Known"}});
        house.change(foreign);
        house.qr("edited", alibaba_code("Edited again"));
        let new = house.qr("new", meta_code("New"));
        let twice = house.qr("twice", meta_code("Live"));
        let known = house.qr("known", meta_code("Known"));
        let mut homeless = meta_code("Nowhere");
        homeless["accountRef"] = json!({"name": "nobody"});
        let homeless = house.qr("homeless", homeless);
        let look = Settings { read_only: true, ..Settings::default() };
        let looking = Driver::new(Arc::new(house.store.clone()), ways(&house.inside), look);
        looking.load().await.unwrap();
        let (before, writes) = (house.store.all(), house.writes());
        let mut planned = Vec::new();
        for (key, want) in [
            (&live, "nothing"),
            (&edited, "blocked"),
            (&new, "create"),
            (&twice, "conflict"),
            (&known, "blocked"),
            (&homeless, "blocked"),
        ] {
            let plan = looking.plan(key).await.unwrap().unwrap();
            assert_eq!(says(&plan), want, "{key}: {plan:?}");
            planned.push((key, plan));
        }
        assert_eq!((house.store.all(), house.writes()), (before, writes), "planning changes nothing");
        house.wake().await;
        house.reaches(&new, "Live").await;
        house.hours(1).await;
        for (key, plan) in planned {
            let reason = house.reason(key);
            let want = if says(&plan) == "create" { "Live" } else { plan.reason.name() };
            assert_eq!(reason, want, "{key}: {}", house.message(key));
        }
        assert_eq!(house.writes(), writes + 1, "the one create that was planned");
    });
}

#[test]
fn claim_22_a_claim_that_is_written_again_first_hides_no_change() {
    paused(async {
        let house = House::new().await;
        let spec = |text: &str| {
            json!({"accountRef": {"name": "meta"}, "name": "order", "language": "en_US",
            "category": "UTILITY", "components": {"body": {"text": text}}, "examples": {"name": "Ana"}})
        };
        let order = house.template("order", spec("Hi {{name}}, it is on its way."));
        house.reaches(&order, "Approved").await;
        house.rest();
        let wanted = serde_json::from_value(spec("Hi {{name}}, it is there.")).unwrap();
        let stripped = Some(Written::Missing);
        let declared = crate::declared(Kind::Template, "order", Wanted::Template(Box::new(wanted)));
        house.store.apply(Declared { claim: stripped, ..declared }, clock::timestamp());
        let look = Settings { read_only: true, ..Settings::default() };
        let looking = Driver::new(Arc::new(house.store.clone()), ways(&house.inside), look);
        looking.load().await.unwrap();
        let plan = looking.plan(&order).await.unwrap().unwrap();
        assert!(matches!(plan.step, Step::Call { call: Call::Update(_), .. }), "{plan:?}");
        assert!(!plan.differences.is_empty(), "{plan:?}");
    });
}

impl House {
    /// Nobody works on it yet.
    async fn idle() -> Self {
        let house = Self::with(Memory::new("here"), Inside::new(Simulator::default())).await;
        house.rest();
        tokio::time::sleep(Duration::from_secs(1)).await;
        house
    }

    /// The loop ends.
    fn rest(&self) {
        self.voice.say(waops::engine::runner::Word::Stop);
    }

    /// Another loop begins.
    async fn wake(&self) {
        crate::start(&self.store, &self.inside).await;
    }
}
