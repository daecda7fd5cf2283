//! The loop over a store in memory and both providers in this process: what people do, and what comes of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "support/session.rs"]
mod session;
#[path = "support/world.rs"]
mod world;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use serde_json::{Value, json};
use session::{alibaba_secret, alibaba_spec, meta_secret, meta_spec};
use waops::api::Kind;
use waops::clock;
use waops::engine::driver::{Driver, Settings};
use waops::engine::object::{Object, Spec};
use waops::engine::runner::{Runner, Voice, Word};
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
        let status = self.store.object(key).and_then(|object| object.status());
        status.and_then(|status| status.reason().map(str::to_owned)).unwrap_or_default()
    }

    fn message(&self, key: &Key) -> String {
        let Some(object) = self.store.object(key) else { return "gone".to_owned() };
        let conditions = match &object.spec {
            Spec::QrCode(_, status) => status.conditions.clone(),
            Spec::Template(_, status) => status.conditions.clone(),
            Spec::Garbled(why) => return why.clone(),
        };
        conditions.iter().map(|c| format!("{}={} {}: {}\n", c.type_, c.status, c.reason, c.message)).collect()
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

    fn code(&self, key: &Key) -> Option<String> {
        match &self.object(key).spec {
            Spec::QrCode(_, status) => status.code.clone(),
            _ => None,
        }
    }

    fn object(&self, key: &Key) -> Arc<Object> {
        self.store.object(key).unwrap()
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
    let key = Key { kind, namespace: "shop".to_owned(), name: name.to_owned() };
    Declared { key, wanted, asked: None, take_over: None, claim: None }
}

async fn start(store: &Memory, inside: &Inside) -> Voice {
    let driver = Arc::new(Driver::new(Arc::new(store.clone()), ways(inside), Settings::default()));
    let mut events = store.subscribe();
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

fn meta_code(message: &str) -> Value {
    json!({"accountRef": {"name": "meta"}, "phoneNumberId": sandbox::PHONE_NUMBER_ID, "prefilledMessage": message})
}

fn alibaba_code(message: &str) -> Value {
    json!({"accountRef": {"name": "alibaba"}, "phoneNumber": format!("+{}", sandbox::PHONE_NUMBER),
           "prefilledMessage": message})
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
        house.qr("flyer", alibaba_code("Hello you"));
        house.reaches(&flyer, "ApprovalNeeded").await;
        let message = house.message(&flyer);
        let line = message
            .split("add one of: approve: ")
            .nth(1)
            .and_then(|rest| rest.split_whitespace().next())
            .expect(&message)
            .to_owned();
        let mut spec = alibaba_code("Hello you");
        spec["approve"] = json!(line.trim_start_matches("approve: "));
        house.qr("flyer", spec);
        house.reaches(&flyer, "Live").await;
        assert_ne!(house.code(&flyer).unwrap(), code, "it was replaced");
    });
}

#[test]
fn a_template_goes_through_its_review() {
    paused(async {
        let house = House::new().await;
        for account in ["meta", "alibaba"] {
            let key = house.template(
                "order",
                json!({"accountRef": {"name": account}, "name": format!("order_{account}"), "language": "en_US",
                       "category": "UTILITY", "components": {"body": {"text": "Hi {{name}}, it is on its way."}},
                       "examples": {"name": "Ana"}}),
            );
            house.reaches(&key, "Approved").await;
            house.store.delete(&key, Cause::Person, clock::timestamp());
            house.until("it is gone", || house.store.object(&key).is_none()).await;
        }
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
