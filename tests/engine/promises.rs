//! What may never happen: to what others made, to a printed code, to a neighbour.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use waops::clock;
use waops::engine::object::Object;
use waops::engine::runner::Word;
use waops::engine::store::{Hold, Store, StoreError};
use waops::plan::facts::{Cause, Key};
use waops::simulator::sandbox;
use waops::store::memory::Memory;

use crate::world::paused;
use crate::{House, alibaba_code, meta_code, qr_key, serve};

#[test]
fn promise_02_what_is_not_ours_is_neither_changed_nor_deleted() {
    for (provider, phone, code) in [
        ("meta", sandbox::PHONE_NUMBER_ID, meta_code as fn(&str) -> Value),
        ("alibaba", sandbox::PHONE_NUMBER, alibaba_code),
    ] {
        paused(async {
            let house = House::new().await;
            let theirs = [("FOREIGN0000001", "Hello"), ("FOREIGN0000002", "Hello you")];
            for (code, message) in theirs {
                let foreign = json!({"provider": provider, "phone": phone, "message": message, "code": code});
                house.change(json!({"addCode": foreign}));
            }
            let mut wanted = code("Hello");
            let key = house.qr("poster", wanted.clone());
            house.reaches(&key, "AdoptionNeeded").await;
            wanted["policies"] = json!({"adoption": "Never", "update": "Automatic"});
            house.qr("poster", wanted.clone());
            house.reaches(&key, "Live").await;
            wanted["prefilledMessage"] = json!("Hello you");
            house.qr("poster", wanted);
            let says = |text: &str| house.live().into_iter().filter(|(_, said)| said == text).count();
            house.until("ours says something else", || (says("Hello"), says("Hello you")) == (1, 2)).await;
            house.reaches(&key, "Live").await;
            house.store.delete(&key, Cause::Person, clock::timestamp());
            house.gone(&key).await;
            house.hours(1).await;
            let mut left = house.live();
            left.sort();
            let theirs = theirs.map(|(code, message)| (code.to_owned(), message.to_owned()));
            assert_eq!(left, theirs, "{provider}");
        });
    }
}

#[test]
fn promise_03_neither_a_rename_nor_a_copy_nor_a_namespace_nor_an_uninstall_kills_a_printed_code() {
    paused(async {
        let house = House::new().await;
        let poster = house.qr("poster", meta_code("Hello"));
        house.reaches(&poster, "Live").await;
        house.minutes(5).await;
        let printed = house.code(&poster);

        let copy = Object { key: qr_key("copy"), ..Object::clone(&house.object(&poster)) };
        house.store.restore(&copy, clock::timestamp());
        house.reaches(&copy.key, "Copied").await;
        house.store.delete(&copy.key, Cause::Person, clock::timestamp());
        house.gone(&copy.key).await;

        house.store.delete(&poster, Cause::Person, clock::timestamp());
        let flyer = house.qr("flyer", meta_code("Hello"));
        house.gone(&poster).await;
        house.reaches(&flyer, "Live").await;
        assert_eq!(house.code(&flyer), printed);

        for (name, cause) in
            [("here", Cause::Namespace), ("anywhere", Cause::Definition), ("nowhere", Cause::Leaving)]
        {
            let key = house.qr(name, meta_code(&format!("Hello from {name}")));
            house.reaches(&key, "Live").await;
            house.minutes(5).await;
            house.store.delete(&key, cause, clock::timestamp());
            house.gone(&key).await;
        }
        house.hours(1).await;
        assert_eq!(house.live().len(), 4, "{:?}", house.live());

        house.store.delete(&flyer, Cause::Person, clock::timestamp());
        house.gone(&flyer).await;
        assert_eq!(house.live().len(), 3, "that is what the manifests say");
    });
}

/// A store that does ill with three objects: it panics over one, never answers about another, and never about the third
/// at leisure.
struct Frail {
    memory: Memory,
    is_ill: AtomicBool,
}

impl Store for Frail {
    beneath! { memory: installation read objects accounts hold_account report report_account cause secret labels }

    async fn hold(&self, key: &Key, version: &str, hold: Hold<'_>) -> Result<Option<Object>, StoreError> {
        let is_at_leisure = matches!(hold, Hold::Claim(claim) if claim.intent.is_none());
        if self.is_ill.load(Ordering::SeqCst) {
            match (&*key.name, is_at_leisure) {
                ("panics", _) => panic!("a bug"),
                ("hangs", _) | ("lingers", true) => std::future::pending::<()>().await,
                _ => {}
            }
        }
        self.memory.hold(key, version, hold).await
    }
}

#[test]
fn promise_07_a_panic_or_a_hang_over_one_object_stops_no_other_and_passes() {
    paused(async {
        let house = House::new().await;
        house.voice.say(Word::Stop);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let frail = Arc::new(Frail { memory: house.store.clone(), is_ill: true.into() });
        let all = ["panics", "hangs", "lingers", "stands"]
            .map(|name| house.qr(name, meta_code(&format!("Hello from {name}"))));
        let [panics, hangs, lingers, stands] = &all;
        serve(frail.clone(), &house.store, &house.inside).await;
        for key in [stands, lingers] {
            house.reaches(key, "Live").await;
        }
        house.qr("lingers", meta_code("Hello again"));
        house.minutes(10).await;
        for key in [panics, hangs] {
            assert_ne!(house.reason(key), "Live");
        }
        let says = |text: &str| house.live().iter().any(|(_, said)| said == text);
        assert!(!says("Hello again"), "nothing is done about it beside its turn");

        let healed = clock::timestamp();
        frail.is_ill.store(false, Ordering::SeqCst);
        house.minutes(3).await;
        assert_eq!(house.reason(panics), "Live", "{}", house.message(panics));
        house.until("the others come back", || house.reason(hangs) == "Live" && says("Hello again")).await;
        let took = clock::timestamp().duration_since(healed);
        assert!(took < SignedDuration::from_hours(3), "{took}: what hangs is ended some time");
        house.hours(1).await;
        for key in &all {
            assert_eq!(house.reason(key), "Live", "{}", house.message(key));
            let object = house.object(key);
            assert_eq!(object.annotation, object.status_claim(), "{key}: settled");
        }
        assert_eq!(house.live().len(), all.len(), "{:?}", house.live());
    });
}
