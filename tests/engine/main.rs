//! The loop over a store in memory and both providers in this process: what people do, and what comes of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[macro_use]
#[path = "../support/beneath.rs"]
mod beneath;

mod accounts;
mod edges;
mod promises;
mod protocol;
mod samples;
#[path = "../support/session.rs"]
mod session;
#[path = "../support/world.rs"]
mod world;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use serde_json::{Value, json};
use session::{Shelf, alibaba_secret, alibaba_spec, meta_secret, meta_spec};
use waops::api::{Condition, Kind};
use waops::clock;
use waops::engine::driver::{Driver, Settings};
use waops::engine::object::{Object, Spec};
use waops::engine::runner::{Runner, Voice, Word};
use waops::engine::store::{Event, Hold, Store, StoreError};
use waops::inside::Inside;
use waops::plan::facts::{Cause, Key};
use waops::simulator::{Simulator, sandbox};
use waops::store::memory::{Declared, Memory, Wanted};
use world::{paused, ways};

/// A store, a simulator and a loop between them.
struct House {
    store: Memory,
    inside: Inside,
    voice: Voice,
}

impl House {
    async fn new() -> Self {
        let house = Self::with(Memory::new("here"), Inside::new(Simulator::default()));
        house.await
    }

    async fn with(store: Memory, inside: Inside) -> Self {
        let now = clock::timestamp();
        for (name, spec, secret) in
            [("meta", meta_spec(), meta_secret()), ("alibaba", alibaba_spec(), alibaba_secret())]
        {
            let secret_name = spec
                .meta
                .as_ref()
                .map(|meta| &meta.credentials)
                .or(spec.alibaba.as_ref().map(|alibaba| &alibaba.credentials));
            let secret_name = secret_name.unwrap().secret_ref.as_ref().unwrap().name.clone();
            let secret_name = format!("{name}-{secret_name}");
            let mut spec = spec;
            for credentials in spec
                .meta
                .iter_mut()
                .map(|meta| &mut meta.credentials)
                .chain(spec.alibaba.iter_mut().map(|alibaba| &mut alibaba.credentials))
            {
                credentials.secret_ref.as_mut().unwrap().name.clone_from(&secret_name);
            }
            store.set_secret("shop", &secret_name, Some(secret));
            store.apply(declared(Kind::Account, name, Wanted::Account(Box::new(spec))), now);
        }
        let voice = start(&store, &inside).await;
        Self { store, inside, voice }
    }

    fn qr(&self, name: &str, spec: Value) -> Key {
        let spec = serde_json::from_value(spec).unwrap();
        let declared = declared(Kind::QrCode, name, Wanted::QrCode(Box::new(spec)));
        let key = declared.key.clone();
        self.store.apply(declared, clock::timestamp());
        key
    }

    fn template(&self, name: &str, spec: Value) -> Key {
        let spec = serde_json::from_value(spec).unwrap();
        let declared = declared(Kind::Template, name, Wanted::Template(Box::new(spec)));
        let key = declared.key.clone();
        self.store.apply(declared, clock::timestamp());
        key
    }

    /// The reason of Ready.
    fn reason(&self, key: &Key) -> String {
        let status = self.store.object(key).map(|object| object.status());
        status.and_then(|status| status.reason().map(str::to_owned)).unwrap_or_default()
    }

    fn message(&self, key: &Key) -> String {
        let Some(object) = self.store.object(key) else { return "gone".to_owned() };
        let conditions = match &object.spec {
            Spec::QrCode(_, status) => status.conditions.clone(),
            Spec::Template(_, status) => status.conditions.clone(),
            Spec::Garbled(garbled) => return garbled.why.clone(),
        };
        let line = |c: &Condition| format!("{}={} {}: {}", c.type_, c.status, c.reason, c.message);
        conditions.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        for _ in 0..24 * 60 {
            if holds() {
                return;
            }
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        let (_, objects) = self.store.all();
        for object in objects {
            eprintln!("{}\n{}\n{:?}", object.key, self.message(&object.key), object.annotation);
        }
        for entry in self.inside.simulator().journal(0).iter().rev().take(20).rev() {
            eprintln!("{entry:?}");
        }
        panic!("a day later: {what}");
    }

    async fn reaches(&self, key: &Key, reason: &str) {
        self.until(&format!("{key} is not {reason}"), || self.reason(key) == reason).await;
    }

    /// The provider fails as this rule says.
    fn fault(&self, rule: Value) {
        self.inside.simulator().inject(serde_json::from_value(rule).unwrap());
    }

    /// Another text, with the line that approves it.
    async fn approved(&self, name: &str, mut spec: Value) {
        let key = self.qr(name, spec.clone());
        self.reaches(&key, "ApprovalNeeded").await;
        let message = self.message(&key);
        let line = message.split("add one of: approve: ").nth(1);
        spec["approve"] = json!(line.and_then(|rest| rest.split_whitespace().next()).expect(&message));
        self.qr(name, spec);
    }

    fn code(&self, key: &Key) -> Option<String> {
        match &self.object(key).spec {
            Spec::QrCode(_, status) => status.code.clone(),
            _ => None,
        }
    }

    fn object(&self, key: &Key) -> Arc<Object> {
        self.store.object(key).unwrap()
    }

    /// Every live code of both providers, with its text.
    fn live(&self) -> Vec<(String, String)> {
        let objects = self.inside.simulator().objects();
        let owners = objects["codes"].as_object().unwrap().values();
        let codes = owners.flat_map(|codes| codes.as_array().unwrap().clone());
        let text = |code: &Value, field: &str| code[field].as_str().expect(field).to_owned();
        codes.map(|code| (text(&code, "code"), text(&code, "message"))).collect()
    }

    fn change(&self, change: Value) {
        let change = serde_json::from_value(change).unwrap();
        assert_eq!(self.inside.simulator().change(&change, clock::timestamp()), 1, "{change:?}");
    }

    async fn gone(&self, key: &Key) {
        self.until("it is gone", || self.store.object(key).is_none()).await;
    }

    async fn minutes(&self, minutes: u64) {
        tokio::time::sleep(Duration::from_secs(minutes * 60)).await;
    }

    async fn hours(&self, hours: u64) {
        self.minutes(hours * 60).await;
    }

    /// How often something was called.
    fn calls(&self, operation: &str) -> usize {
        let journal = self.inside.simulator().journal(0);
        journal.iter().filter(|entry| entry.operation == operation).count()
    }

    /// How many calls so far changed something at a provider.
    fn writes(&self) -> usize {
        let journal = self.inside.simulator().journal(0);
        journal
            .iter()
            .filter(|entry| entry.operation.contains("Create") || entry.operation.starts_with("POST"))
            .count()
    }
}

fn declared(kind: Kind, name: &str, wanted: Wanted) -> Declared {
    let key = Key::new(kind, "shop", name);
    Declared { key, wanted, asked: None, take_over: None, confirm_absence: None, claim: None }
}

async fn start(store: &Memory, inside: &Inside) -> Voice {
    serve(Arc::new(store.clone()), store, inside).await
}

/// A loop over a store that keeps everything in this memory.
async fn serve<S: Store>(store: Arc<S>, memory: &Memory, inside: &Inside) -> Voice {
    let ways = ways(inside).with_samples(Arc::new(Shelf));
    let driver = Arc::new(Driver::new(store, ways, Settings::default()));
    let mut events = memory.subscribe();
    let keys = driver.load().await.unwrap();
    let (mut runner, voice) = Runner::new(driver);
    runner.enqueue(keys);
    tokio::spawn(async move { runner.run().await });
    let say = voice.clone();
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            say.say(Word::Event(event));
        }
    });
    voice
}

fn account_key(name: &str) -> Key {
    Key::new(Kind::Account, "shop", name)
}

fn qr_key(name: &str) -> Key {
    Key::new(Kind::QrCode, "shop", name)
}

fn meta_code(message: &str) -> Value {
    json!({"accountRef": {"name": "meta"}, "phoneNumberId": sandbox::PHONE_NUMBER_ID, "prefilledMessage": message})
}

fn alibaba_code(message: &str) -> Value {
    json!({"accountRef": {"name": "alibaba"}, "phoneNumber": format!("+{}", sandbox::PHONE_NUMBER),
           "prefilledMessage": message})
}

fn order(account: &str, name: &str, language: &str) -> Value {
    json!({"accountRef": {"name": account}, "name": name, "language": language, "category": "UTILITY",
           "components": {"body": {"text": "Hi {{name}}, it is on its way."}}, "examples": {"name": "Ana"}})
}

#[test]
fn a_code_is_made_shown_changed_and_deleted_at_both_providers() {
    paused(async {
        let house = House::new().await;
        for spec in [meta_code, alibaba_code] {
            let key = house.qr("poster", spec("Hello"));
            house.reaches(&key, "Live").await;
            let code = house.code(&key).unwrap();
            assert!(code.len() >= 8, "{code}");
            house.store.delete(&key, Cause::Person, clock::timestamp());
            house.until("it is gone", || house.store.object(&key).is_none()).await;
        }
    });
}

/// By which an operator tells whether it works (`waops_working`).
#[test]
fn a_loop_at_work_leaves_nothing_behind_that_is_due() {
    paused(async {
        let house = House::new().await;
        for number in 0..100 {
            house.qr(&format!("poster-{number}"), meta_code(&format!("Hello {number}")));
        }
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_secs(31)).await;
            let due = house.voice.standing().due.expect("accounts are looked at again");
            assert!(due.elapsed() < Duration::from_secs(60), "{:?}", house.voice.standing());
        }
    });
}

#[test]
fn a_text_change_keeps_the_code_at_meta_and_is_blocked_at_alibaba_until_it_is_approved() {
    paused(async {
        let house = House::new().await;
        let poster = house.qr("poster", meta_code("Hello"));
        house.reaches(&poster, "Live").await;
        let code = house.code(&poster);
        house.qr("poster", meta_code("Hello you"));
        tokio::time::sleep(Duration::from_secs(300)).await;
        house.reaches(&poster, "Live").await;
        assert_eq!(house.code(&poster), code);

        let flyer = house.qr("flyer", alibaba_code("Hello"));
        house.reaches(&flyer, "Live").await;
        let code = house.code(&flyer).unwrap();
        house.approved("flyer", alibaba_code("Hello you")).await;
        house.reaches(&flyer, "Live").await;
        assert_ne!(house.code(&flyer).unwrap(), code, "it was replaced");
    });
}

#[test]
fn a_template_goes_through_its_review() {
    paused(async {
        let house = House::new().await;
        for account in ["meta", "alibaba"] {
            let key = house.template("order", order(account, &format!("order_{account}"), "en_US"));
            house.reaches(&key, "Approved").await;
            house.store.delete(&key, Cause::Person, clock::timestamp());
            house.until("it is gone", || house.store.object(&key).is_none()).await;
        }
    });
}

#[test]
fn a_locked_name_is_tried_once_a_day_and_taken_when_it_is_free() {
    paused(async {
        let house = House::new().await;
        let submit = || house.template("order", order("meta", "order", "en_US"));
        let key = submit();
        house.reaches(&key, "Approved").await;
        house.store.delete(&key, Cause::Person, clock::timestamp());
        house.gone(&key).await;
        let key = submit();
        house.reaches(&key, "NameLocked").await;
        let day = |said: &str| {
            let rest = said.split("the name is free on ").nth(1).expect(said);
            rest.split(" at the latest").next().unwrap().to_owned()
        };
        let said = day(&house.message(&key));
        assert!(said.ends_with(" February 2027"), "{said}");
        // It may have been one that is free within minutes.
        house.hours(48).await;
        let tries = || house.calls("POST message_templates");
        let before = tries();
        house.hours(72).await;
        assert!((2..=3).contains(&(tries() - before)), "{} tries in three days", tries() - before);
        assert_eq!(house.reason(&key), "NameLocked");
        assert_eq!(day(&house.message(&key)), said, "it does not move");
        // The provider frees it earlier.
        house.inside.simulator().advance(30 * 24 * 3_600_000);
        house.hours(24).await;
        house.reaches(&key, "Approved").await;
    });
}

#[test]
fn promise_04_with_nothing_to_do_there_are_no_writes_and_one_list_each_interval() {
    paused(async {
        let house = House::new().await;
        for number in 0..20 {
            house.qr(&format!("poster-{number}"), meta_code(&format!("Hello {number}")));
        }
        let last = house.qr("poster-20", meta_code("Hello 20"));
        house.reaches(&last, "Live").await;
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let versions = |house: &House| -> Vec<String> {
            let (accounts, objects) = house.store.all();
            let accounts = accounts.iter().map(|account| account.meta.version.clone());
            accounts.chain(objects.iter().map(|object| object.meta.version.clone())).collect()
        };
        let (before, calls) = (versions(&house), house.inside.simulator().journal(0).len());
        let writes = house.writes();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(versions(&house), before, "a store write");
        assert_eq!(house.writes(), writes);
        let calls = house.inside.simulator().journal(0).len() - calls;
        assert!((4..=7).contains(&calls), "{calls} calls in an hour of checks every ten minutes");
        house.voice.say(Word::Stop);
    });
}

#[test]
fn promise_01_whatever_is_lost_one_code_is_there_in_the_end() {
    let lags = json!({"staleList": {"ms": 50_000}});
    for (fault, lists, reason) in [
        (json!("lostResponse"), None, "the code was made, and nobody heard it"),
        (json!("lostResponse"), Some(lags), "the code was made, and lists do not show it yet"),
        (json!("timeoutBefore"), None, "the code was not made, and nobody heard that"),
        (json!({"lateExecution": {"afterMs": 50_000}}), None, "the code is made later"),
    ] {
        paused(async {
            let house = House::new().await;
            house.fault(json!({"operation": "POST message_qrdls", "fault": fault, "times": 1}));
            if let Some(fault) = lists {
                // Not those before the call.
                let rule = json!({"operation": "GET message_qrdls", "fault": fault, "skip": 2, "times": 2});
                house.fault(rule);
            }
            let key = house.qr("poster", meta_code("Hello"));
            house.reaches(&key, "Live").await;
            house.hours(1).await;
            let live = house.live();
            assert_eq!(live.len(), 1, "{reason}: {live:?}");
            assert_eq!(house.code(&key).as_ref(), Some(&live[0].0), "{reason}");
        });
    }
}

#[test]
fn claim_11_a_change_that_happens_after_it_was_given_up_needs_nobody() {
    for rewritten in [false, true] {
        paused(async {
            let house = House::new().await;
            let key = house.qr("poster", alibaba_code("Hello"));
            house.reaches(&key, "Live").await;
            let first = house.code(&key);
            // Long after deadline and settle time, and while the second try is on its way.
            let late = json!({"lateExecution": {"afterMs": 92_000}});
            let busy = json!({"throttle": {"retryAfterMs": 5000}});
            for (skip, fault) in [(0, late), (1, busy)] {
                let rule =
                    json!({"operation": "UpdatePhoneMessageQrdl", "fault": fault, "skip": skip, "times": 1});
                house.fault(rule);
            }
            let mut wanted = alibaba_code("Hello there");
            wanted["policies"] = json!({"update": "Automatic"});
            house.qr("poster", wanted.clone());
            if rewritten {
                tokio::time::sleep(Duration::from_secs(60)).await;
                wanted["prefilledMessage"] = json!("Good evening");
                house.qr("poster", wanted.clone());
            }
            house.hours(1).await;
            let live = house.live();
            assert_eq!(live.len(), 1, "{live:?}");
            assert_eq!(json!(live[0].1), wanted["prefilledMessage"]);
            assert_eq!((house.reason(&key).as_str(), house.code(&key).as_ref()), ("Live", Some(&live[0].0)));
            assert_ne!(house.code(&key), first);
        });
    }
}

#[test]
fn claim_06_a_lost_finalizer_comes_back_at_once() {
    paused(async {
        let house = House::new().await;
        let poster = house.qr("poster", meta_code("Hello"));
        let order = house.template("order", order("meta", "order", "en_US"));
        for (key, reason) in [(&poster, "Live"), (&order, "Approved")] {
            house.reaches(key, reason).await;
            tokio::time::sleep(Duration::from_secs(5)).await;
            house.store.interfere(key, |object| object.meta.held = false);
            tokio::time::sleep(Duration::from_secs(5)).await;
            assert!(house.object(key).meta.held, "{key}: nobody would hear that it is deleted");
        }
        house.store.delete(&poster, Cause::Person, clock::timestamp());
        house.gone(&poster).await;
        assert_eq!(house.live(), [], "so it leaves no code behind");
    });
}

#[test]
fn claim_06_a_lost_memory_asks_before_it_makes_a_second_code() {
    paused(async {
        let house = House::new().await;
        let key = house.qr("poster", meta_code("Hello"));
        house.reaches(&key, "Live").await;
        let code = house.code(&key).unwrap();
        let spec = house.object(&key);
        let again = House::with(Memory::new("here"), house.inside.clone()).await;
        again.qr("poster", meta_code("Hello"));
        again.reaches(&key, "AdoptionNeeded").await;
        assert!(again.message(&key).contains(&format!("adopt: {{code: {code}}}")), "{}", again.message(&key));
        let mut adopting = meta_code("Hello");
        adopting["adopt"] = json!({"code": code});
        again.qr("poster", adopting);
        again.reaches(&key, "Live").await;
        assert_eq!(again.live().len(), 1);
        again.store.delete(&key, Cause::Person, clock::timestamp());
        again.gone(&key).await;
        assert_eq!(again.live().len(), 1, "what was adopted is kept (claims.md 17): {:?}", spec.key);
    });
}

#[test]
fn claim_07_a_renamed_object_keeps_its_code_in_whatever_order() {
    for delete_first in [true, false] {
        paused(async {
            let house = House::new().await;
            let old = house.qr("poster", meta_code("Hello"));
            house.reaches(&old, "Live").await;
            let (code, writes) = (house.code(&old), house.writes());
            let new = qr_key("flyer");
            if delete_first {
                house.store.delete(&old, Cause::Person, clock::timestamp());
                house.qr("flyer", meta_code("Hello"));
            } else {
                house.qr("flyer", meta_code("Hello"));
                house.reaches(&new, "Taken").await;
                house.store.delete(&old, Cause::Person, clock::timestamp());
            }
            let renamed = clock::timestamp();
            house.reaches(&new, "Live").await;
            let took = clock::timestamp().duration_since(renamed);
            assert!(
                took <= jiff::SignedDuration::from_mins(1),
                "nobody waits for the drift interval: {took}"
            );
            house.gone(&old).await;
            house.hours(1).await;
            assert_eq!((house.code(&new), house.writes()), (code, writes), "deleted first: {delete_first}");
            assert_eq!(house.live().len(), 1);
        });
    }
}

#[test]
fn claim_09_a_code_that_vanished_is_made_again_and_the_old_one_remembered() {
    paused(async {
        let house = House::new().await;
        let key = house.qr("poster", meta_code("Hello"));
        for number in 0..12 {
            house.qr(&format!("other-{number}"), meta_code(&format!("Hello {number}")));
        }
        house.reaches(&qr_key("other-11"), "Live").await;
        house.reaches(&key, "Live").await;
        let code = house.code(&key).unwrap();
        let phone = sandbox::PHONE_NUMBER_ID;
        house.change(json!({"deleteCode": {"provider": "meta", "phone": phone, "code": code}}));
        house.until("it is made again", || house.code(&key).is_some_and(|now| now != code)).await;
        let Spec::QrCode(_, status) = &house.object(&key).spec else { panic!() };
        assert_eq!(status.previous_codes[0].code, code);
    });
}

#[test]
fn claim_15_a_copy_never_takes_or_kills_the_code_of_its_original() {
    paused(async {
        let house = House::new().await;
        let key = house.qr("poster", meta_code("Hello"));
        house.reaches(&key, "Live").await;
        house.hours(1).await;
        let mut copy = (*house.object(&key)).clone();
        copy.key = qr_key("copy");
        house.store.restore(&copy, clock::timestamp());
        house.reaches(&copy.key, "Copied").await;
        house.store.delete(&copy.key, Cause::Person, clock::timestamp());
        house.gone(&copy.key).await;
        house.hours(1).await;
        assert_eq!(house.live().len(), 1);
        assert_eq!(house.reason(&key), "Live");
    });
}

#[test]
fn claim_18_a_dying_namespace_deletes_nothing() {
    paused(async {
        let house = House::new().await;
        let key = house.qr("poster", meta_code("Hello"));
        house.reaches(&key, "Live").await;
        house.store.delete(&key, Cause::Namespace, clock::timestamp());
        house.gone(&key).await;
        house.hours(1).await;
        assert_eq!(house.live().len(), 1);
    });
}

#[test]
fn claim_20_too_many_deletions_are_held_until_they_are_confirmed() {
    paused(async {
        let house = House::new().await;
        let keys: Vec<Key> =
            (0..20).map(|n| house.qr(&format!("poster-{n}"), meta_code(&format!("Hello {n}")))).collect();
        for key in &keys {
            house.reaches(key, "Live").await;
        }
        for key in &keys[..15] {
            house.store.delete(key, Cause::Person, clock::timestamp());
        }
        house.reaches(&keys[0], "DeletionHeld").await;
        house.hours(5).await;
        assert_eq!(house.live().len(), 20, "none of them went");
        assert!(house.message(&keys[0]).contains("upTo: 15"), "{}", house.message(&keys[0]));
        let account = house.store.account(&account_key("meta")).unwrap();
        let mut spec = account.spec.clone();
        spec.confirm_deletions = Some(waops::api::ConfirmDeletions { up_to: 15 });
        house
            .store
            .apply(declared(Kind::Account, "meta", Wanted::Account(Box::new(spec))), clock::timestamp());
        for key in &keys[..15] {
            house.gone(key).await;
        }
        assert_eq!(house.live().len(), 5);
    });
}

#[test]
fn a_number_is_asked_for_once_however_many_objects_have_it() {
    paused(async {
        let house = House::new().await;
        for number in 0..20 {
            house.qr(&format!("poster-{number}"), numbered_code(&format!("Hello {number}")));
        }
        for number in 0..20 {
            let key = Key::new(Kind::QrCode, "shop", format!("poster-{number}"));
            house.reaches(&key, "Live").await;
        }
        let journal = house.inside.simulator().journal(0);
        let asked = journal.iter().filter(|entry| entry.operation == "GET phone_numbers").count();
        assert_eq!(asked, 2, "once whether the account works, and once for the number");
    });
}

/// A code whose number must be looked up.
fn numbered_code(message: &str) -> Value {
    json!({"accountRef": {"name": "meta"}, "phoneNumber": format!("+{}", sandbox::PHONE_NUMBER),
           "prefilledMessage": message})
}

/// A store whose lists take their time: what changes meanwhile is not in them.
struct Slow {
    store: Memory,
    read: tokio::sync::Notify,
    goes_on: tokio::sync::Notify,
    holds: std::sync::atomic::AtomicBool,
}

impl Store for Slow {
    beneath! { store: installation read accounts hold hold_account report report_account cause secret labels }

    async fn objects(&self) -> Result<Vec<Object>, StoreError> {
        let objects = self.store.objects().await;
        if self.holds.load(std::sync::atomic::Ordering::Relaxed) {
            self.read.notify_one();
            self.goes_on.notified().await;
        }
        objects
    }
}

#[test]
fn what_comes_and_goes_while_everything_is_read_is_neither_forgotten_nor_brought_back() {
    paused(async {
        let house = House::new().await;
        let (stays, goes) = (house.qr("stays", meta_code("Hello")), house.qr("goes", meta_code("Hello you")));
        let slow = Arc::new(Slow {
            store: house.store.clone(),
            read: tokio::sync::Notify::new(),
            goes_on: tokio::sync::Notify::new(),
            holds: false.into(),
        });
        let driver = Arc::new(Driver::new(slow.clone(), ways(&house.inside), Settings::default()));
        driver.load().await.unwrap();
        slow.holds.store(true, std::sync::atomic::Ordering::Relaxed);
        let loads = tokio::spawn({
            let driver = driver.clone();
            async move { driver.load().await }
        });
        slow.read.notified().await;
        let comes = house.qr("comes", meta_code("Hello there"));
        driver.observe(Event::Object(Box::new((*house.object(&comes)).clone())));
        driver.observe(Event::Gone(goes.clone()));
        slow.goes_on.notify_one();
        let keys = loads.await.unwrap().unwrap();
        assert!(keys.contains(&stays) && keys.contains(&comes), "who came has a turn: {keys:?}");
        assert!(!keys.contains(&goes), "who went is not there again: {keys:?}");
    });
}

#[test]
fn what_a_look_at_all_claims_finds_first_gets_its_turn() {
    paused(async {
        let store = Memory::new("here");
        let house = House::with(store.clone(), Inside::new(Simulator::default())).await;
        let driver = Arc::new(Driver::new(Arc::new(store.clone()), ways(&house.inside), Settings::default()));
        let rule = json!({"operation": "POST message_qrdls", "fault": "timeoutBefore", "times": 1});
        house.fault(rule);
        house.voice.say(Word::Stop);
        tokio::task::yield_now().await;
        let key = house.qr("poster", meta_code("Hello"));
        driver.load().await.unwrap();
        driver.reconcile(&key).await;
        let other = house.qr("flyer", meta_code("Hello again"));
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_secs(120)).await;
            driver.reconcile(&key).await;
        }
        assert_eq!(house.reason(&key), "Live");
        assert!(driver.take_woken().contains(&other), "the event that tells of it brings nothing new");
    });
}
