//! What the loop costs: ten thousand QR codes and two thousand templates, planned, applied and found unchanged, over a
//! state file and both providers in this process; and how near it comes to a provider's real limit. Run by
//! `make bench`. The simulator's own work is in every figure, and what it remembers in that of the memory. Calls take no
//! time here, so that fewer objects share a list before they are made than on a network: `tests/effort.rs` counts there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that cannot go on says where

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use futures::future::BoxFuture;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use waops::api::Kind;
use waops::clock::{self, Virtual};
use waops::engine::driver::{Driver, Settings};
use waops::engine::runner::Runner;
use waops::engine::store::Store;
use waops::inside::Inside;
use waops::plan::facts::Key;
use waops::plan::step::{Plan, Step};
use waops::provider::answer::Reply;
use waops::provider::carrier::{Broken, Carrier};
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
/// What is over soon is done so often: the shortest and the longest are told.
const RUNS: usize = 3;

fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().expect("a folder");
    tokio::runtime::Runtime::new().expect("a runtime").block_on(many(folder.path()));
    let paused = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    paused.expect("a runtime").block_on(limited());
}

/// A provider in this process, and how often it was called.
#[derive(Clone, Debug)]
struct World {
    inside: Inside,
    calls: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Carrier for World {
    fn carry(&self, request: reqwest::Request) -> BoxFuture<'_, Result<Reply, Broken>> {
        let what = request.url().path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
        let what = format!("{} {what}", request.method());
        *self.calls.lock().unwrap().entry(what).or_default() += 1;
        self.inside.carry(request)
    }
}

impl World {
    fn new(scenario: Json) -> Self {
        let scenario: Scenario = serde_json::from_value(scenario).expect("a scenario");
        Self { inside: Inside::new(Simulator::new(scenario)), calls: Arc::default() }
    }

    /// A loop as a new process has it.
    fn driver<S: Store>(&self, store: &Arc<S>) -> Arc<Driver<S>> {
        let ways = Ways::through(Arc::new(self.clone()), Arc::new(|_| None));
        Arc::new(Driver::new(store.clone(), ways, Settings::default()))
    }

    /// The calls since this was last asked, by what they were.
    fn calls(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}

/// Gives turns to everything until everybody rests, as a new process does.
async fn settle<S: Store>(world: &World, store: &Arc<S>) {
    let driver = world.driver(store);
    let keys = driver.load().await.expect("all objects");
    let (mut runner, _voice) = Runner::new(driver);
    runner.enqueue(keys);
    runner.settle().await;
}

async fn many(folder: &Path) {
    let world = World::new(many_accounts());
    let store = Arc::new(FileStore::open(folder, "bench", Timestamp::now()).expect("a state"));
    declare_many(store.memory());
    let objects = CODES + TEMPLATES;
    println!("{CODES} codes and {TEMPLATES} templates of {ACCOUNTS} accounts");

    let (mut times, mut again) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let (driver, watch) = (world.driver(&store), Watch::start());
        let keys: Vec<Key> = driver.load().await.expect("all objects").into_iter().collect();
        plan_all(&driver, &keys, objects).await;
        times.push(watch.stop());
        let (calls, watch) = (world.calls(), Watch::start());
        plan_all(&driver, &keys, objects).await;
        again.push(watch.stop());
        assert_eq!(world.calls(), BTreeMap::new(), "the lists were fresh");
        if again.len() == RUNS {
            report("plan", &times, &told(&calls));
            report("plan once more, from lists that are known", &again, "no calls");
        }
    }

    let (watch, writes) = (Watch::start(), store.writes());
    settle(&world, &store).await;
    let (calls, writes) = (world.calls(), store.writes() - writes);
    let all: u64 = calls.values().sum();
    let what =
        format!("{:.3} calls an object, {writes} writes of the state; {}", ratio(all, objects), told(&calls));
    report("apply", &[watch.stop()], &what);
    assert_eq!(made(store.memory()), objects, "objects made");

    let (watch, writes) = (Watch::start(), store.writes());
    settle(&world, &store).await;
    let what = format!("{} writes of the state; {}", store.writes() - writes, told(&world.calls()));
    report("apply again, once the reviews are over", &[watch.stop()], &what);

    let mut times = Vec::new();
    for run in 1..=RUNS {
        let (watch, writes) = (Watch::start(), store.writes());
        settle(&world, &store).await;
        times.push(watch.stop());
        let (calls, writes) = (world.calls(), store.writes() - writes);
        assert_eq!(writes, 0, "nothing happened, and nothing is written");
        if run == RUNS {
            report("apply again, with nothing to do", &times, &format!("no writes; {}", told(&calls)));
        }
    }
    let state = fs::metadata(folder.join("state.json")).expect("a state").len();
    println!(
        "{:<44} {:>7} MiB, the simulator's among it; the state file has {} MiB",
        "most memory",
        peak(),
        state >> 20
    );
}

async fn plan_all<S: Store>(driver: &Driver<S>, keys: &[Key], objects: usize) {
    let plans = stream::iter(keys.iter().filter(|key| key.kind != Kind::Account));
    let plans: Vec<_> = plans.map(|key| driver.plan(key)).buffer_unordered(256).collect().await;
    let creates = |plan: &Result<Option<Plan>, String>| matches!(plan, Ok(Some(plan)) if matches!(plan.step, Step::Call { .. }));
    if let Some(other) = plans.iter().find(|plan| !creates(plan)) {
        panic!("not to be created: {other:?}");
    }
    assert_eq!(plans.len(), objects, "objects to create");
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
    let start = tokio::time::Instant::now();
    settle(&world, &store).await;
    assert_eq!(made(&store), LIMITED, "codes made");
    let rate = ratio(LIMITED as u64, 1) / start.elapsed().as_secs_f64();
    println!(
        "{:<44} {:>7.3} ({rate:.2} of {PER_SECOND} creates a second; {})",
        "achieved rate / allowed rate",
        rate / PER_SECOND,
        told(&world.calls())
    );
}

/// The shortest and the longest of some runs.
fn report(what: &str, runs: &[(f64, f64)], more: &str) {
    let range = |of: fn(&(f64, f64)) -> f64| {
        let all = || runs.iter().map(of);
        let (least, most) = (all().fold(f64::MAX, f64::min), all().fold(0.0, f64::max));
        if runs.len() > 1 { format!("{least:.2} to {most:.2}") } else { format!("{least:.2}") }
    };
    println!("{what:<44} {:>12} s, {} s of CPU ({more})", range(|run| run.0), range(|run| run.1));
}

fn told(calls: &BTreeMap<String, u64>) -> String {
    let each: Vec<String> = calls.iter().map(|(what, count)| format!("{count} {what}")).collect();
    format!("{} calls: {}", calls.values().sum::<u64>(), each.join(", "))
}

fn ratio(count: u64, of: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / f64::from(u32::try_from(of).unwrap())
}

/// Wall time and this process's own: on a busy machine only the second says anything.
struct Watch(Instant, f64);

impl Watch {
    fn start() -> Self {
        Self(Instant::now(), cpu())
    }

    fn stop(&self) -> (f64, f64) {
        (self.0.elapsed().as_secs_f64(), cpu() - self.1)
    }
}

/// The processor time of this process, where the system says so.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |field: usize| after_name.split_whitespace().nth(field).and_then(|it| it.parse::<f64>().ok());
    // Hundredths of a second, on every Linux.
    (ticks(11).unwrap_or_default() + ticks(12).unwrap_or_default()) / 100.0
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
    let key = Key::new(kind, "shop", name);
    store.apply(
        Declared { key, wanted, asked: None, take_over: None, confirm_absence: None, claim: None },
        clock::timestamp(),
    );
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
    objects.iter().filter(|object| is_made(object.status().reason())).count()
}
