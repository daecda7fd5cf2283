//! A shop at a simulated provider at some distance, in memory and with paused clocks: what the loop does for it is counted.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::{Value, json};
use waops::api::Kind;
use waops::clock;
use waops::engine::driver::{Driver, Settings};
use waops::engine::runner::Runner;
use waops::inside::{Inside, Pace};
use waops::plan::facts::Key;
use waops::provider::answer::Reply;
use waops::provider::carrier::{Broken, Carrier};
use waops::provider::session::Ways;
use waops::simulator::{Scenario, Simulator, sandbox};
use waops::store::{Declared, Memory, Wanted};

use crate::counted::Counted;

/// Each with one phone number.
pub(crate) const ACCOUNTS: usize = 4;

/// A provider at some distance, and what it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    inside: Inside,
    calls: Arc<Mutex<BTreeMap<String, usize>>>,
    pub(crate) store: Arc<Counted>,
}

impl Carrier for Shop {
    fn carry(&self, request: reqwest::Request) -> BoxFuture<'_, Result<Reply, Broken>> {
        let what = request.url().path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
        *self.calls.lock().unwrap().entry(format!("{} {what}", request.method())).or_default() += 1;
        self.inside.carry(request)
    }
}

/// What one settling took.
#[derive(Debug)]
pub(crate) struct Effort {
    pub(crate) calls: BTreeMap<String, usize>,
    pub(crate) writes: usize,
    pub(crate) turns: u64,
}

impl Effort {
    pub(crate) fn of(&self, what: &str) -> usize {
        self.calls.get(what).copied().unwrap_or_default()
    }

    pub(crate) fn creates(&self) -> usize {
        self.of("POST message_qrdls") + self.of("POST message_templates")
    }

    pub(crate) fn pages(&self) -> usize {
        self.of("GET message_qrdls") + self.of("GET message_templates")
    }
}

impl Shop {
    /// Of each five objects, one is a template.
    pub(crate) fn with(objects: usize) -> Self {
        let wabas: Vec<Value> = (0..ACCOUNTS)
            .map(|number| {
                let phone = json!({"id": phone(number), "display": "+49 30 901820", "verifiedName": "Shop"});
                json!({"id": waba(number), "name": "Shop", "phones": [phone]})
            })
            .collect();
        let ids: Vec<String> = (0..ACCOUNTS).map(waba).collect();
        let token = json!({"token": sandbox::ACCESS_TOKEN, "app": sandbox::APP_ID, "wabas": ids,
            "scopes": ["whatsapp_business_management", "whatsapp_business_messaging"]});
        let app = json!({"id": sandbox::APP_ID, "secret": sandbox::APP_SECRET});
        let scenario = json!({"settings": {"limits": false, "reviewMs": 0},
            "meta": {"apps": [app], "tokens": [token], "wabas": wabas}});
        let scenario: Scenario = serde_json::from_value(scenario).unwrap();
        // So far away that somebody always comes while a list is under way, at a later second.
        let pace = Pace { there: Duration::from_millis(600), back: Duration::from_millis(600) };
        let inside = Inside::new(Simulator::new(scenario)).with_pace(move || pace);
        let store = Arc::new(Counted::new(Memory::new("here")));
        let shop = Self { inside, calls: Arc::default(), store };
        shop.declare(objects);
        shop
    }

    fn declare(&self, objects: usize) {
        let secret = BTreeMap::from([("accessToken".to_owned(), sandbox::ACCESS_TOKEN.as_bytes().to_vec())]);
        self.store.memory().set_secret("shop", "shop", Some(secret));
        for number in 0..ACCOUNTS {
            let meta =
                json!({"businessAccountId": waba(number), "credentials": {"secretRef": {"name": "shop"}}});
            let spec = json!({"meta": meta, "confirmDeletions": {"upTo": 100_000}});
            let spec = serde_json::from_value(spec).unwrap();
            self.apply(Kind::Account, &format!("shop-{number}"), Wanted::Account(spec));
        }
        for number in 0..objects {
            let account = format!("shop-{}", number / 5 % ACCOUNTS);
            let wanted = if number % 5 == 0 {
                let spec = json!({"accountRef": {"name": account}, "name": format!("order_{number}"),
                    "language": "en", "category": "UTILITY",
                    "components": {"body": {"text": "Your order arrives on Monday."}}});
                Wanted::Template(serde_json::from_value(spec).unwrap())
            } else {
                let spec = json!({"accountRef": {"name": account}, "phoneNumberId": phone(number / 5 % ACCOUNTS),
                    "prefilledMessage": format!("Hello {number}")});
                Wanted::QrCode(serde_json::from_value(spec).unwrap())
            };
            let kind = if number % 5 == 0 { Kind::Template } else { Kind::QrCode };
            self.apply(kind, &format!("object-{number}"), wanted);
        }
    }

    fn apply(&self, kind: Kind, name: &str, wanted: Wanted) {
        let key = Key::new(kind, "shop", name);
        let declared =
            Declared { key, wanted, asked: None, take_over: None, confirm_absence: None, claim: None };
        self.store.memory().apply(declared, clock::timestamp());
    }

    /// Gives turns to everything until everybody rests, as a new process does.
    pub(crate) async fn settle(&self) -> Effort {
        self.settle_and_stay().await.0
    }

    /// The same process, which stays as it is then.
    pub(crate) async fn settle_and_stay(&self) -> (Effort, Runner<Counted>) {
        let ways = Ways::through(Arc::new(self.clone()), Arc::new(|_| None));
        let driver = Arc::new(Driver::new(self.store.clone(), ways, Settings::default()));
        let keys = driver.load().await.unwrap();
        let (mut runner, _voice) = Runner::new(driver);
        runner.enqueue(keys);
        runner.settle().await;
        let calls = std::mem::take(&mut *self.calls.lock().unwrap());
        (Effort { calls, writes: self.store.writes(), turns: runner.turns() }, runner)
    }

    /// The same after a minute and a half, when what waits for a time has its turn.
    pub(crate) async fn settle_later(&self) -> Effort {
        tokio::time::sleep(Duration::from_secs(90)).await;
        self.settle().await
    }

    pub(crate) fn reasons(&self) -> BTreeMap<String, usize> {
        let mut reasons = BTreeMap::new();
        for object in self.store.memory().all().1 {
            let reason = object.status().reason().map(str::to_owned);
            *reasons.entry(reason.unwrap_or_default()).or_default() += 1;
        }
        reasons
    }
}

fn waba(number: usize) -> String {
    format!("1022901293{number:05}")
}

fn phone(number: usize) -> String {
    format!("1065403522{number:05}")
}
