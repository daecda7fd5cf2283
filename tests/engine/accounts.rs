//! What is said of an account.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use waops::clock;
use waops::engine::object::{AccountObject, Object};
use waops::engine::runner::Word;
use waops::engine::store::{Hold, Store, StoreError};
use waops::plan::facts::{Cause, Key};
use waops::simulator::sandbox;
use waops::store::memory::Memory;

use crate::world::paused;
use crate::{House, account_key, alibaba_code, meta_code, order, serve};

impl House {
    fn account_object(&self, name: &str) -> AccountObject {
        (*self.store.account(&account_key(name)).unwrap()).clone()
    }

    fn unclaimed(&self) -> Option<i64> {
        self.account_object("meta").status.unclaimed
    }

    fn add_code(&self, message: &str) {
        let code = json!({"provider": "meta", "phone": sandbox::PHONE_NUMBER_ID, "message": message});
        self.change(json!({"addCode": code}));
    }
}

#[test]
fn an_account_says_how_much_at_its_provider_is_nobodys() {
    paused(async {
        let house = House::new().await;
        let poster = house.qr("poster", meta_code("Hello"));
        let order = house.template("order", order("meta", "order", "en_US"));
        house.reaches(&poster, "Live").await;
        house.reaches(&order, "Approved").await;
        house.hours(1).await;
        assert_eq!(house.unclaimed(), None, "all that is there is somebody's");

        house.add_code("Theirs");
        house.add_code("Theirs, too");
        let body = json!({"type": "BODY", "text": "Good morning."});
        house.change(json!({"addTemplate": {"provider": "meta", "space": sandbox::WABA_ID, "name": "theirs",
            "language": "en_US", "category": "UTILITY", "components": [body]}}));
        house.until("they are counted", || house.unclaimed() == Some(3)).await;
        let version = house.account_object("meta").meta.version;
        house.hours(2).await;
        assert_eq!(house.account_object("meta").meta.version, version, "said once");
        assert_eq!(house.account_object("alibaba").status.unclaimed, None);

        let theirs = house.live().into_iter().find(|(_, text)| text == "Theirs").unwrap().0;
        let mut adopting = meta_code("Theirs");
        adopting["adopt"] = json!({"code": theirs});
        let adopted = house.qr("theirs", adopting);
        house.reaches(&adopted, "Live").await;
        house.until("it is somebody's", || house.unclaimed() == Some(2)).await;
        house.store.delete(&adopted, Cause::Person, clock::timestamp());
        house.until("it was let go", || house.unclaimed() == Some(3)).await;

        for (code, _) in house.live().into_iter().filter(|(_, text)| text.starts_with("Theirs")) {
            let phone = sandbox::PHONE_NUMBER_ID;
            house.change(json!({"deleteCode": {"provider": "meta", "phone": phone, "code": code}}));
        }
        let template = json!({"provider": "meta", "space": sandbox::WABA_ID, "name": "theirs"});
        house.change(json!({"deleteTemplate": template}));
        house.until("nothing of it is left", || house.unclaimed().is_none()).await;
    });
}

#[test]
fn what_is_being_made_is_at_no_moment_nobodys_and_costs_the_account_no_writes() {
    paused(async {
        let house = House::new().await;
        house.add_code("Theirs");
        house.fault(json!({"operation": "POST message_qrdls", "fault": "lostResponse", "times": 3}));
        let all: Vec<Key> =
            (0..40).map(|n| house.qr(&format!("poster-{n}"), meta_code(&format!("Hello {n}")))).collect();
        let mut versions = BTreeSet::new();
        for _ in 0..900 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let account = house.account_object("meta");
            assert!(matches!(account.status.unclaimed, None | Some(1)), "{:?}", account.status);
            versions.insert(account.meta.version);
        }
        for key in &all {
            assert_eq!(house.reason(key), "Live", "{}", house.message(key));
        }
        assert_eq!(house.unclaimed(), Some(1));
        assert!(versions.len() <= 6, "{versions:?}");
    });
}

#[test]
fn a_code_that_was_replaced_is_at_no_moment_nobodys() {
    paused(async {
        let house = House::new().await;
        let mut menu = alibaba_code("The menu!");
        menu["policies"] = json!({"update": "Automatic"});
        let key = house.qr("menu", menu.clone());
        house.reaches(&key, "Live").await;
        let before = house.live();
        menu["prefilledMessage"] = json!("The new menu!");
        house.qr("menu", menu);
        for _ in 0..900 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(house.account_object("alibaba").status.unclaimed, None);
        }
        assert_ne!(house.live(), before, "another code has come in its place");
    });
}

/// Counts how often Secrets are read.
struct Counting {
    memory: Memory,
    reads: AtomicUsize,
}

impl Store for Counting {
    beneath! { memory: installation read objects accounts hold hold_account report report_account cause labels }

    async fn secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<BTreeMap<String, Vec<u8>>>, StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.memory.secret(namespace, name).await
    }
}

#[test]
fn a_secret_is_read_every_half_minute_wherever_in_a_second_that_began() {
    paused(async {
        let house = House::new().await;
        house.voice.say(Word::Stop);
        tokio::time::sleep(Duration::from_millis(1_700)).await;
        let store = Arc::new(Counting { memory: house.store.clone(), reads: AtomicUsize::new(0) });
        let voice = serve(Arc::clone(&store), &house.store, &house.inside).await;
        house.minutes(10).await;
        voice.say(Word::Stop);
        let reads = store.reads.load(Ordering::Relaxed);
        assert!((38..=43).contains(&reads), "{reads} reads of two Secrets in ten minutes");
    });
}
