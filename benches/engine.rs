//! What the loop costs: ten thousand QR codes and two thousand templates, planned, applied and found unchanged, over a
//! state file and both providers in this process; and how near it comes to a provider's real limit. Run by
//! `make bench`. The simulator's own work is in every figure.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that cannot go on says where

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use waops::api::Kind;
use waops::clock::{self, Virtual};
use waops::engine::driver::{Driver, Settings};
use waops::engine::runner::Runner;
use waops::engine::store::Store;
use waops::inside::{Inside, Pace};
use waops::plan::facts::Key;
use waops::plan::step::{Plan, Step};
use waops::provider::session::Ways;
use waops::simulator::{Scenario, Simulator, sandbox};
use waops::store::file::FileStore;
use waops::store::{Declared, Memory, Wanted};

/// Meta's hourly limits are an account's own: so many accounts that they are met by none.
const ACCOUNTS: usize = 20;
const CODES: usize = 10_000;
const TEMPLATES: usize = 2_000;
/// At Alibaba's limit: five calls a second for each operation on QR codes.
const LIMITED: usize = 1_000;
const PER_SECOND: f64 = 5.0;

fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().expect("a folder");
    tokio::runtime::Runtime::new().expect("a runtime").block_on(many(folder.path()));
    let paused = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    paused.expect("a runtime").block_on(limited());
}

/// A provider in this process, and how often it was called.
struct World {
    inside: Inside,
    calls: Arc<AtomicU64>,
}

impl World {
    fn new(scenario: Json) -> Self {
        let scenario: Scenario = serde_json::from_value(scenario).expect("a scenario");
        let calls = Arc::new(AtomicU64::new(0));
        let count = calls.clone();
        let inside = Inside::new(Simulator::new(scenario)).with_pace(move || {
            count.fetch_add(1, Relaxed);
            Pace::default()
        });
        Self { inside, calls }
    }

    /// A loop as a new process has it.
    fn driver<S: Store>(&self, store: &Arc<S>) -> Arc<Driver<S>> {
        let ways = Ways::through(Arc::new(self.inside.clone()), Arc::new(|_| None));
        Arc::new(Driver::new(store.clone(), ways, Settings::default()))
    }

    fn calls(&self) -> u64 {
        self.calls.swap(0, Relaxed)
    }
}

async fn many(folder: &Path) {
    let world = World::new(many_accounts());
    let store = Arc::new(FileStore::open(folder, "bench", Timestamp::now()).expect("a state"));
    declare_many(store.memory());
    let objects = CODES + TEMPLATES;

    let (driver, start) = (world.driver(&store), Instant::now());
    let keys: Vec<Key> = driver.load().await.expect("all objects").into_iter().collect();
    let plans = stream::iter(keys.iter().filter(|key| key.kind != Kind::Account));
    let plans: Vec<_> = plans.map(|key| driver.plan(key)).buffer_unordered(256).collect().await;
    let creates = |plan: &Result<Option<Plan>, String>| matches!(plan, Ok(Some(plan)) if matches!(plan.step, Step::Call { .. }));
    if let Some(other) = plans.iter().find(|plan| !creates(plan)) {
        panic!("not to be created: {other:?}");
    }
    assert_eq!(plans.len(), objects, "objects to create");
    report("plan 10,000 codes and 2,000 templates", start, &format!("{} calls, all lists", world.calls()));

    let (start, writes) = (Instant::now(), store.writes());
    let (mut runner, _voice) = Runner::new(driver);
    runner.enqueue(keys.iter().cloned());
    runner.settle().await;
    let (calls, writes) = (world.calls(), store.writes() - writes);
    let per_object = f64::from(u32::try_from(calls).unwrap()) / f64::from(u32::try_from(objects).unwrap());
    let what = format!(
        "{calls} calls ({per_object:.3} an object), {writes} writes of the state, {} MiB at most",
        peak()
    );
    report("apply them", start, &what);
    assert_eq!(made(store.memory()), objects, "objects made");

    let start = Instant::now();
    let driver = world.driver(&store);
    let (keys, writes) = (driver.load().await.expect("all objects"), store.writes());
    let (mut runner, _voice) = Runner::new(driver);
    runner.enqueue(keys);
    runner.settle().await;
    let what = format!("{} calls, {} writes of the state", world.calls(), store.writes() - writes);
    report("apply them again, with nothing to do", start, &what);
}

/// The rate of creates under the real limit, in virtual time.
async fn limited() {
    let _wall = Virtual::start(Timestamp::constant(1_800_000_000, 0));
    let (world, store) = (World::new(json!({})), Arc::new(Memory::new("bench")));
    let credentials = json!({"secretRef": {"name": "shop"}});
    account(
        &store,
        "shop",
        json!({"alibaba": {"custSpaceId": sandbox::CUST_SPACE_ID, "credentials": credentials}}),
    );
    secret(
        &store,
        [("accessKeyId", sandbox::ACCESS_KEY_ID), ("accessKeySecret", sandbox::ACCESS_KEY_SECRET)],
    );
    for number in 0..LIMITED {
        code(&store, number, "shop", sandbox::PHONE_NUMBER);
    }
    let driver = world.driver(&store);
    let keys = driver.load().await.expect("all objects");
    let start = tokio::time::Instant::now();
    let (mut runner, _voice) = Runner::new(driver);
    runner.enqueue(keys);
    runner.settle().await;
    assert_eq!(made(&store), LIMITED, "codes made");
    let rate = f64::from(u32::try_from(LIMITED).unwrap()) / start.elapsed().as_secs_f64();
    println!(
        "{:<48} {:>6.3}   ({rate:.2} of {PER_SECOND} creates a second)",
        "achieved rate / allowed rate",
        rate / PER_SECOND
    );
}

fn report(what: &str, start: Instant, more: &str) {
    println!("{what:<48} {:>6.2} s ({more})", start.elapsed().as_secs_f64());
}

/// The most memory this process ever had, where the system says so.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|size| size.parse::<u64>().ok()).unwrap_or_default() / 1024
}

fn many_accounts() -> Json {
    let wabas: Vec<Json> = (0..ACCOUNTS)
        .map(|number| {
            let phone = json!({"id": phone(number), "display": "+49 30 901820", "verifiedName": "Shop"});
            json!({"id": waba(number), "name": "Shop", "phones": [phone]})
        })
        .collect();
    let ids: Vec<String> = (0..ACCOUNTS).map(waba).collect();
    let token = json!({"token": sandbox::ACCESS_TOKEN, "app": sandbox::APP_ID, "wabas": ids,
        "scopes": ["whatsapp_business_management", "whatsapp_business_messaging"]});
    let app = json!({"id": sandbox::APP_ID, "secret": sandbox::APP_SECRET});
    json!({"settings": {"limits": false, "reviewMs": 0}, "meta": {"apps": [app], "tokens": [token], "wabas": wabas}})
}

fn waba(number: usize) -> String {
    format!("1022901293{number:05}")
}

fn phone(number: usize) -> String {
    format!("1065403522{number:05}")
}

fn declare_many(store: &Memory) {
    secret(store, [("accessToken", sandbox::ACCESS_TOKEN)]);
    for number in 0..ACCOUNTS {
        let credentials = json!({"secretRef": {"name": "shop"}});
        let meta = json!({"businessAccountId": waba(number), "credentials": credentials});
        account(store, &format!("shop-{number}"), json!({ "meta": meta }));
    }
    for number in 0..CODES {
        let account = number % ACCOUNTS;
        code(store, number, &format!("shop-{account}"), &phone(account));
    }
    for number in 0..TEMPLATES {
        let spec = json!({"accountRef": {"name": format!("shop-{}", number % ACCOUNTS)}, "name": format!("order_{number}"),
            "language": "en", "category": "UTILITY", "examples": {"name": "Ana"},
            "components": {"body": {"text": "Hi {{name}}, your order is on its way and arrives on Monday."}}});
        let wanted = Wanted::Template(serde_json::from_value(spec).expect("a template"));
        declare(store, Kind::Template, &format!("order-{number}"), wanted);
    }
}

fn account(store: &Memory, name: &str, spec: Json) {
    declare(store, Kind::Account, name, Wanted::Account(serde_json::from_value(spec).expect("an account")));
}

fn code(store: &Memory, number: usize, account: &str, phone: &str) {
    let place = if account == "shop" { "phoneNumber" } else { "phoneNumberId" };
    let spec =
        json!({"accountRef": {"name": account}, place: phone, "prefilledMessage": format!("Hello {number}")});
    let wanted = Wanted::QrCode(serde_json::from_value(spec).expect("a code"));
    declare(store, Kind::QrCode, &format!("poster-{number}"), wanted);
}

fn declare(store: &Memory, kind: Kind, name: &str, wanted: Wanted) {
    let key = Key { kind, namespace: "shop".to_owned(), name: name.to_owned() };
    store.apply(Declared { key, wanted, asked: None, take_over: None, confirm_absence: None, claim: None }, clock::timestamp());
}

fn secret<const N: usize>(store: &Memory, data: [(&str, &str); N]) {
    let data: BTreeMap<String, Vec<u8>> =
        data.into_iter().map(|(key, value)| (key.to_owned(), value.as_bytes().to_vec())).collect();
    store.set_secret("shop", "shop", Some(data));
}

/// How many objects are as their manifests want them, or in review.
fn made(store: &Memory) -> usize {
    let objects = store.all().1;
    let is_made = |reason: Option<&str>| matches!(reason, Some("Live" | "Approved" | "InReview"));
    objects.iter().filter(|object| object.status().is_some_and(|status| is_made(status.reason()))).count()
}
