//! What the loop costs, counted and not timed: calls, writes and turns, for few objects and for many.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "support/counted.rs"]
mod counted;
#[path = "support/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counted::Counted;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use waops::api::Kind;
use waops::clock;
use waops::engine::driver::{Driver, Settings};
use waops::engine::runner::Runner;
use waops::inside::{Inside, Pace};
use waops::plan::facts::{Cause, Key};
use waops::provider::answer::Reply;
use waops::provider::carrier::{Broken, Carrier};
use waops::provider::session::Ways;
use waops::simulator::{Scenario, Simulator, sandbox};
use waops::store::{Declared, Memory, Wanted};
use world::paused;

/// Each with one phone number.
const ACCOUNTS: usize = 4;
/// So many codes are on a page of Meta's lists, and so many templates.
const CODES_A_PAGE: usize = 25;
const TEMPLATES_A_PAGE: usize = 100;

/// An account is tried once, and its phone number is looked up once.
const OPENING: usize = 2;

/// A provider at some distance, and what it was asked for.
#[derive(Clone, Debug)]
struct Shop {
    inside: Inside,
    calls: Arc<Mutex<BTreeMap<String, usize>>>,
    store: Arc<Counted>,
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
struct Effort {
    calls: BTreeMap<String, usize>,
    writes: usize,
    turns: u64,
}

impl Effort {
    fn of(&self, what: &str) -> usize {
        self.calls.get(what).copied().unwrap_or_default()
    }

    fn creates(&self) -> usize {
        self.of("POST message_qrdls") + self.of("POST message_templates")
    }

    fn pages(&self) -> usize {
        self.of("GET message_qrdls") + self.of("GET message_templates")
    }
}

impl Shop {
    /// Of each five objects, one is a template.
    fn with(objects: usize) -> Self {
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
    async fn settle(&self) -> Effort {
        let ways = Ways::through(Arc::new(self.clone()), Arc::new(|_| None));
        let driver = Arc::new(Driver::new(self.store.clone(), ways, Settings::default()));
        let keys = driver.load().await.unwrap();
        let (mut runner, _voice) = Runner::new(driver);
        runner.enqueue(keys);
        runner.settle().await;
        let calls = std::mem::take(&mut *self.calls.lock().unwrap());
        Effort { calls, writes: self.store.writes(), turns: runner.turns() }
    }

    /// The same after a minute and a half, when what waits for a time has its turn.
    async fn settle_later(&self) -> Effort {
        tokio::time::sleep(Duration::from_secs(90)).await;
        self.settle().await
    }

    fn reasons(&self) -> BTreeMap<String, usize> {
        let mut reasons = BTreeMap::new();
        for object in self.store.memory().all().1 {
            let reason = object.status().and_then(|status| status.reason().map(str::to_owned));
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

/// The pages of one list of everything.
fn all_pages(objects: usize) -> usize {
    let (codes, templates) = (objects * 4 / 5 / ACCOUNTS, objects / 5 / ACCOUNTS);
    ACCOUNTS * (codes.div_ceil(CODES_A_PAGE) + templates.div_ceil(TEMPLATES_A_PAGE))
}

#[test]
fn an_object_costs_one_call_and_nothing_to_do_costs_its_pages() {
    paused(async {
        let (objects, shop) = (600, Shop::with(600));
        let first = shop.settle().await;
        assert_eq!(first.creates(), objects, "one call makes an object: {first:?}");
        // The lists before the creates are shared by all who wait, and end where all is known.
        assert!(first.pages() <= all_pages(objects) * 2, "{first:?}");
        let others = first.calls.values().sum::<usize>() - first.creates() - first.pages();
        assert_eq!(others, OPENING * ACCOUNTS, "{first:?}");
        assert!(first.writes <= 3 * objects + 2 * ACCOUNTS, "{first:?}");

        let reviewed = shop.settle_later().await;
        assert_eq!(reviewed.writes, objects / 5, "what the reviews said: {reviewed:?}");
        assert_eq!(shop.reasons(), BTreeMap::from([("Approved".to_owned(), 120), ("Live".to_owned(), 480)]));

        let idle = shop.settle_later().await;
        assert_eq!((idle.creates(), idle.pages()), (0, all_pages(objects)), "{idle:?}");
        assert_eq!(idle.calls.values().sum::<usize>(), all_pages(objects) + OPENING * ACCOUNTS, "{idle:?}");
        assert_eq!(idle.writes, 0, "nothing happened, and nothing is written: {idle:?}");
    });
}

#[test]
fn four_times_the_objects_are_four_times_the_work() {
    let effort = |objects: usize| {
        paused(async {
            let shop = Shop::with(objects);
            let first = shop.settle().await;
            let idle = shop.settle_later().await;
            shop.store.memory().keys().iter().filter(|key| key.kind != Kind::Account).for_each(|key| {
                shop.store.memory().delete(key, Cause::Person, clock::timestamp());
            });
            let gone = shop.settle_later().await;
            [first, idle, gone]
        })
    };
    let (few, many) = (effort(160), effort(640));
    for (few, many) in few.iter().zip(&many) {
        let sums = |effort: &Effort| [effort.calls.values().sum::<usize>(), effort.writes];
        for (few, many) in sums(few).into_iter().zip(sums(many)) {
            assert!(many <= few * 5, "{many} for {few}: {few:?} {many:?}");
        }
        assert!(many.turns <= few.turns * 5, "{many:?} for {few:?}");
    }
}
