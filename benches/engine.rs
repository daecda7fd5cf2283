//! What `waops plan` and `waops apply` cost: ten thousand QR codes and two thousand templates at both providers, as
//! manifests in a folder with a state beside them, and the providers in this process; and how near it comes to the real
//! limits. Run by `make bench-rooms`. It says what we aim at and whether that is reached, here and in
//! `target/engine-figures.md` and `.json`.
//!
//! The simulator's own work is in every figure, and what it remembers in that of the memory. Calls take no time here, so
//! that fewer objects share a list before they are made than on a network: `tests/effort.rs` counts there. What a
//! provider's limit costs is in the seconds of the first apply: 25 codes at five a second, of each account at Alibaba Cloud.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that cannot go on says where

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use waops::api::Kind;
use waops::clock::{self, Virtual};
use waops::engine::driver::{Driver, Settings};
use waops::engine::runner::Runner;
use waops::engine::store::Store;
use waops::inside::Inside;
use waops::local::drive::{Patience, drive, standings};
use waops::local::interrupt::Interrupts;
use waops::local::plans::Plans;
use waops::local::rest::Until;
use waops::local::workspace::Workspace;
use waops::plan::facts::Key;
use waops::provider::session::Ways;
use waops::render::outcome::Outcome;
use waops::render::plan::{self, Against};
use waops::simulator::{Request, Scenario, Simulator, sandbox};
use waops::store::file::{FOLDER, FileStore};
use waops::store::folder;
use waops::store::{Declared, Memory, Wanted};

/// At each provider: Meta's hourly limits are an account's own, and so many accounts are stopped by none.
const ACCOUNTS: usize = 20;
/// What each account has.
const META: Side = Side { codes: 475, templates: 90 };
const ALIBABA: Side = Side { codes: 25, templates: 10 };
const CODES: usize = ACCOUNTS * (META.codes + ALIBABA.codes);
const TEMPLATES: usize = ACCOUNTS * (META.templates + ALIBABA.templates);
/// The pages of one list of everything: Meta's have so many things, and Alibaba's have room for all of an account.
const PAGES: usize = ACCOUNTS * (META.codes.div_ceil(25) + META.templates.div_ceil(100) + 1 + 1);
/// Calls that open an account: is it there, and whose is it, or which number has it.
const OPENING: usize = 2;
/// What is over soon is done so often, and the worst of it is told.
const RUNS: usize = 3;

struct Side {
    codes: usize,
    templates: usize,
}

/// A limit of a provider, and so many creates under it.
struct Limit {
    what: &'static str,
    is_meta: bool,
    kind: Kind,
    objects: usize,
    calls: usize,
    window: Duration,
}

const LIMITS: [Limit; 3] = [
    Limit {
        what: "codes at Alibaba Cloud, 5 a second",
        is_meta: false,
        kind: Kind::QrCode,
        objects: 1_000,
        calls: 5,
        window: Duration::from_secs(1),
    },
    Limit {
        what: "templates at Alibaba Cloud, 50 a second",
        is_meta: false,
        kind: Kind::Template,
        objects: 1_000,
        calls: 50,
        window: Duration::from_secs(1),
    },
    Limit {
        what: "templates at Meta, 100 an hour",
        is_meta: true,
        kind: Kind::Template,
        objects: 220,
        calls: 100,
        window: Duration::from_secs(3_600),
    },
];

fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().expect("a folder");
    let mut figures = Figures::default();
    tokio::runtime::Runtime::new().expect("a runtime").block_on(many(folder.path(), &mut figures));
    for limit in &LIMITS {
        let paused = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        paused.expect("a runtime").block_on(limited(limit, &mut figures));
    }
    figures.keep();
}

async fn many(folder: &Path, figures: &mut Figures) {
    write_manifests(folder);
    let shop = Shop { folder: folder.to_owned(), inside: inside(many_accounts()) };
    let objects = CODES + TEMPLATES;
    println!("{CODES} codes and {TEMPLATES} templates of {} accounts", 2 * ACCOUNTS);

    let took = shop.plan().await;
    figures.took("plan of all, before they are made", &took);
    println!("plan: {}", told(&shop.calls()));

    let took = shop.apply().await;
    figures.took("apply", &took);
    let calls = shop.calls();
    println!("apply: {}", told(&calls));
    let (creates, pages) = (of(&calls, CREATES), of(&calls, LISTS));
    let others = calls.values().sum::<u64>() - creates - pages;
    figures.aim("calls that make something, of each object", Aim::AtMost(1.0), ratio(creates, objects));
    let opening = number(OPENING);
    figures.aim(
        "other calls than these and pages, of each account",
        Aim::AtMost(opening),
        ratio(others, 2 * ACCOUNTS),
    );
    figures.note("writes of the state by the first apply", number(took.writes));

    let took = shop.apply().await;
    println!("apply, once the reviews are over: {}", told(&shop.calls()));
    figures.note("writes of the state once the reviews are over", number(took.writes));

    let mut worst = Took::default();
    for _ in 0..RUNS {
        let took = shop.apply().await;
        let calls = shop.calls();
        println!("apply, with nothing to do: {}", told(&calls));
        let beyond = calls.values().sum::<u64>() - u64::try_from(2 * ACCOUNTS * OPENING).unwrap();
        figures.worst(
            "calls with nothing to do, of the pages that there are",
            Aim::AtMost(1.0),
            ratio(beyond, PAGES),
        );
        figures.worst("writes of the state with nothing to do", Aim::AtMost(0.0), number(took.writes));
        if took.all() > worst.all() {
            worst = took;
        }
    }
    figures.aim("apply with nothing to do, s", Aim::AtMost(1.0), worst.all());
    for (what, seconds) in &worst.laps {
        figures.note(format!("of that, {what}, s"), *seconds);
    }
    let state = fs::metadata(shop.state().join("state.json")).expect("a state").len();
    figures.note("the state, kB", number(state >> 10));
    figures.note("most memory, the simulator's among it, MiB", number(peak()));
}

/// A folder of manifests with a state beside it, and the providers.
struct Shop {
    folder: PathBuf,
    inside: Inside,
}

/// What a command took: seconds of each of its parts, of the processor, and writes of the state.
#[derive(Default)]
struct Took {
    laps: Vec<(&'static str, f64)>,
    cpu: f64,
    writes: u64,
}

impl Took {
    fn all(&self) -> f64 {
        self.laps.iter().map(|(_, seconds)| seconds).sum()
    }
}

impl Shop {
    fn state(&self) -> PathBuf {
        self.folder.join(FOLDER)
    }

    fn read(&self) -> folder::Folder {
        let paths = vec![self.folder.clone()];
        let options = folder::Options { paths, namespace: None, secrets: None, provider: None };
        folder::read(&options).expect("manifests")
    }

    fn peek(&self) -> Option<Memory> {
        FileStore::peek(&self.state()).expect("a state")
    }

    /// What a new process has, over the providers of this one.
    fn open<S: Store>(&self, folder: folder::Folder, store: Arc<S>, memory: Memory) -> Workspace<S> {
        let outcome =
            folder.declare(&memory, false, &|_: &str| None, clock::timestamp()).expect("an outcome");
        let ways = Ways::through(Arc::new(self.inside.clone()), Arc::new(|_| None));
        let driver = Arc::new(Driver::new(Arc::clone(&store), ways, Settings::default()));
        Workspace { store, memory, driver, folder, outcome, against: Against::Provider }
    }

    /// `waops plan`
    async fn plan(&self) -> Took {
        let mut watch = Watch::start();
        let folder = self.read();
        watch.lap("reading manifests");
        let memory = self.peek().unwrap_or_else(|| Memory::new("none yet"));
        watch.lap("opening the state");
        let workspace = self.open(folder, Arc::new(memory.clone()), memory);
        planned(&workspace, &workspace.objects()).await;
        watch.lap("planning");
        watch.stop(0)
    }

    /// `waops apply`
    async fn apply(&self) -> Took {
        let mut watch = Watch::start();
        let folder = self.read();
        watch.lap("reading manifests");
        let store = FileStore::open(&self.state(), "waops apply", clock::timestamp()).expect("a state");
        let opened = store.writes();
        watch.lap("opening the state");
        let memory = store.memory().clone();
        let workspace = self.open(folder, Arc::new(store), memory);
        let keys = workspace.declared();
        planned(&workspace, &keys).await;
        watch.lap("planning");
        let keys: BTreeSet<Key> = keys.into_iter().collect();
        workspace.driver.confine(keys.clone());
        workspace.store.settled().await.expect("a state that is written");
        let (until, call) = (Until::Submitted, Duration::from_secs(30));
        let patience = Patience { until, timeout: None, call, interrupts: Interrupts::never() };
        let end = drive(&workspace, &keys, &patience, |_| ()).await.expect("an end");
        let outcome = Outcome::of(&end, &standings(&workspace, &keys, until));
        assert!(outcome.is_complete(), "{}", outcome.text("apply", false));
        watch.lap("working");
        watch.stop(workspace.store.writes() - opened)
    }

    /// The calls since this was last asked, by what they were.
    fn calls(&self) -> BTreeMap<String, u64> {
        let mut simulator = self.inside.simulator();
        let counted = simulator.admin(&Request::new("GET", "/calls"), clock::timestamp()).value();
        simulator.admin(&Request::new("DELETE", "/journal"), clock::timestamp());
        serde_json::from_value(counted).expect("how often each operation was called")
    }
}

/// Plans all of these, and writes it as people read it.
async fn planned<S: Store>(workspace: &Workspace<S>, keys: &[Key]) {
    let plans = Plans::of(workspace, keys).await.expect("plans");
    assert_eq!(plans.objects.len(), keys.len(), "objects that are planned");
    black_box(plan::text(&plans.objects, false, false));
}

/// How near the creates come to a real limit, in virtual time: what the limit takes at least, of what they take.
async fn limited(limit: &Limit, figures: &mut Figures) {
    let _wall = Virtual::start(Timestamp::constant(1_800_000_000, 0));
    let (inside, store) = (inside(json!({})), Arc::new(Memory::new("bench")));
    declare_under(limit, &store);
    let ways = Ways::through(Arc::new(inside), Arc::new(|_| None));
    let driver = Arc::new(Driver::new(Arc::clone(&store), ways, Settings::default()));
    let keys = driver.load().await.expect("all objects");
    let (mut runner, _voice) = Runner::new(driver);
    let start = tokio::time::Instant::now();
    runner.enqueue(keys);
    runner.settle().await;
    let took = start.elapsed();
    assert_eq!(made(&store), limit.objects, "objects made");
    let least = limit.window.as_secs_f64() * number((limit.objects - 1) / limit.calls);
    let what = format!("rate of the allowed: {}", limit.what);
    figures.aim(what, Aim::AtLeast(0.98), least / took.as_secs_f64());
}

fn declare_under(limit: &Limit, store: &Memory) {
    let credentials = json!({"secretRef": {"name": "shop"}});
    let account = if limit.is_meta {
        json!({"meta": {"businessAccountId": sandbox::WABA_ID, "credentials": credentials}})
    } else {
        json!({"alibaba": {"custSpaceId": sandbox::CUST_SPACE_ID, "credentials": credentials}})
    };
    declare(
        store,
        Kind::Account,
        "shop",
        Wanted::Account(serde_json::from_value(account).expect("an account")),
    );
    let secret = [
        ("accessToken", sandbox::ACCESS_TOKEN),
        ("accessKeyId", sandbox::ACCESS_KEY_ID),
        ("accessKeySecret", sandbox::ACCESS_KEY_SECRET),
    ];
    let secret = secret.map(|(key, value)| (key.to_owned(), value.as_bytes().to_vec()));
    store.set_secret("shop", "shop", Some(BTreeMap::from(secret)));
    for number in 0..limit.objects {
        let account = json!({"name": "shop"});
        let wanted = if limit.kind == Kind::QrCode {
            let spec = json!({"accountRef": account, "phoneNumber": sandbox::PHONE_NUMBER,
                "prefilledMessage": format!("Hello {number}")});
            Wanted::QrCode(serde_json::from_value(spec).expect("a code"))
        } else {
            let spec = json!({"accountRef": account, "name": format!("order_{number}"), "language": "en_US",
                "category": "UTILITY", "examples": {"name": "Ana"},
                "components": {"body": {"text": "Hi {{name}}, your order is on its way and arrives on Monday."}}});
            Wanted::Template(serde_json::from_value(spec).expect("a template"))
        };
        declare(store, limit.kind, &format!("object-{number}"), wanted);
    }
}

fn declare(store: &Memory, kind: Kind, name: &str, wanted: Wanted) {
    let key = Key::new(kind, "shop", name);
    let declared = Declared { key, wanted, asked: None, take_over: None, confirm_absence: None, claim: None };
    store.apply(declared, clock::timestamp());
}

/// How many objects are as their manifests want them, or in review.
fn made(store: &Memory) -> usize {
    let objects = store.all().1;
    let is_made = |reason: Option<&str>| matches!(reason, Some("Live" | "Approved" | "InReview"));
    objects.iter().filter(|object| is_made(object.status().reason())).count()
}

fn inside(scenario: Json) -> Inside {
    let scenario: Scenario = serde_json::from_value(scenario).expect("a scenario");
    Inside::new(Simulator::new(scenario))
}

fn many_accounts() -> Json {
    let wabas: Vec<Json> = (0..ACCOUNTS)
        .map(|number| {
            let phone = json!({"id": phone_id(number), "display": "+49 30 901820", "verifiedName": "Shop"});
            json!({"id": waba(number), "name": "Shop", "phones": [phone]})
        })
        .collect();
    let ids: Vec<String> = (0..ACCOUNTS).map(waba).collect();
    let token = json!({"token": sandbox::ACCESS_TOKEN, "app": sandbox::APP_ID, "wabas": ids,
        "scopes": ["whatsapp_business_management", "whatsapp_business_messaging"]});
    let app = json!({"id": sandbox::APP_ID, "secret": sandbox::APP_SECRET});
    // Each is a customer of its own: a quota is that of all that one has.
    let alibaba: Vec<Json> = (0..ACCOUNTS)
        .map(|number| {
            let space = json!({"id": space(number), "phones": [phone(number)]});
            let key = json!({"id": key_id(number), "secret": sandbox::ACCESS_KEY_SECRET});
            json!({"uid": format!("1000000001{number:05}"), "spaces": [space], "keys": [key]})
        })
        .collect();
    json!({
        "settings": {"limits": false, "reviewMs": 0}, "alibaba": alibaba,
        "meta": {"apps": [app], "tokens": [token], "wabas": wabas},
    })
}

fn waba(number: usize) -> String {
    format!("1022901293{number:05}")
}

fn phone_id(number: usize) -> String {
    format!("1065403522{number:05}")
}

fn space(number: usize) -> String {
    format!("cams-bench{number}")
}

fn phone(number: usize) -> String {
    format!("49309018{number:04}")
}

fn key_id(number: usize) -> String {
    format!("LTAI5tBench{number}")
}

fn write_manifests(folder: &Path) {
    for number in 0..ACCOUNTS {
        let (meta, alibaba) = (format!("meta-{number}"), format!("alibaba-{number}"));
        let token = format!("accessToken: {}", sandbox::ACCESS_TOKEN);
        let waba = format!("meta: {{businessAccountId: \"{}\", ", waba(number));
        let own = format!("phoneNumberId: \"{}\"", phone_id(number));
        write_account(folder, &meta, (&waba, &token), &own, &META);
        let keys =
            format!("accessKeyId: {}, accessKeySecret: {}", key_id(number), sandbox::ACCESS_KEY_SECRET);
        let space = format!("alibaba: {{custSpaceId: {}, ", space(number));
        let own = format!("phoneNumber: \"+{}\"", phone(number));
        write_account(folder, &alibaba, (&space, &keys), &own, &ALIBABA);
    }
}

/// One file for an account and all that is on it.
fn write_account(folder: &Path, name: &str, (identity, secret): (&str, &str), phone: &str, side: &Side) {
    let head = "apiVersion: waops.dev/v1alpha1\nkind:";
    let mut text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\nstringData: {{{secret}}}\n---\n{head} WhatsAppAccount\n\
         metadata: {{name: {name}}}\nspec:\n  {identity}credentials: {{secretRef: {{name: {name}}}}}}}\n"
    );
    for number in 0..side.codes {
        let _ = write!(
            text,
            "---\n{head} WhatsAppQrCode\nmetadata: {{name: poster-{name}-{number}}}\nspec:\n  accountRef: {{name: {name}}}\n  \
             {phone}\n  prefilledMessage: Hello {number}\n"
        );
    }
    for number in 0..side.templates {
        let _ = write!(
            text,
            "---\n{head} WhatsAppTemplate\nmetadata: {{name: order-{name}-{number}}}\nspec:\n  accountRef: {{name: {name}}}\n  \
             name: order_{number}\n  language: en_US\n  category: UTILITY\n  components: {{body: {{text: \"Hi {{{{name}}}}, your \
             order is on its way and arrives on Monday.\"}}}}\n  examples: {{name: Ana}}\n"
        );
    }
    fs::write(folder.join(format!("{name}.yaml")), text).expect("a manifest is written");
}

const CREATES: &[&str] =
    &["POST message_qrdls", "POST message_templates", "CreatePhoneMessageQrdl", "CreateChatappTemplate"];
const LISTS: &[&str] =
    &["GET message_qrdls", "GET message_templates", "ListPhoneMessageQrdl", "ListChatappTemplate"];

fn of(calls: &BTreeMap<String, u64>, operations: &[&str]) -> u64 {
    operations.iter().filter_map(|operation| calls.get(*operation)).sum()
}

fn told(calls: &BTreeMap<String, u64>) -> String {
    let each: Vec<String> = calls.iter().map(|(what, count)| format!("{count} {what}")).collect();
    format!("{} calls: {}", calls.values().sum::<u64>(), each.join(", "))
}

fn number(count: impl TryInto<u32>) -> f64 {
    f64::from(count.try_into().unwrap_or(u32::MAX))
}

fn ratio(count: u64, of: usize) -> f64 {
    number(count) / number(of)
}

/// Wall time and this process's own: on a busy machine only the second says anything.
struct Watch {
    lap: Instant,
    cpu: f64,
    laps: Vec<(&'static str, f64)>,
}

impl Watch {
    fn start() -> Self {
        Self { lap: Instant::now(), cpu: cpu(), laps: Vec::new() }
    }

    /// One part is over.
    fn lap(&mut self, what: &'static str) {
        self.laps.push((what, self.lap.elapsed().as_secs_f64()));
        self.lap = Instant::now();
    }

    fn stop(self, writes: u64) -> Took {
        Took { laps: self.laps, cpu: cpu() - self.cpu, writes }
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

/// What was measured, and what we aim at.
#[derive(Default)]
struct Figures(Vec<Figure>);

struct Figure {
    what: String,
    aim: Option<Aim>,
    is: f64,
}

#[derive(Clone, Copy)]
enum Aim {
    AtMost(f64),
    AtLeast(f64),
}

impl Figures {
    fn note(&mut self, what: impl Into<String>, is: f64) {
        self.0.push(Figure { what: what.into(), aim: None, is });
    }

    fn aim(&mut self, what: impl Into<String>, aim: Aim, is: f64) {
        self.0.push(Figure { what: what.into(), aim: Some(aim), is });
    }

    /// The same of what is measured again: the most of it.
    fn worst(&mut self, what: &str, aim: Aim, is: f64) {
        match self.0.iter_mut().find(|figure| figure.what == what) {
            Some(figure) => figure.is = figure.is.max(is),
            None => self.aim(what, aim, is),
        }
    }

    fn took(&mut self, what: &str, took: &Took) {
        self.note(format!("{what}, s"), took.all());
        self.note(format!("{what}, s of CPU"), took.cpu);
    }

    /// Prints them, and keeps them in files.
    fn keep(&self) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
        fs::create_dir_all(&folder).expect("the folder is made");
        let table = self.table();
        println!("\n{table}");
        fs::write(folder.join("engine-figures.md"), table).expect("the table is written");
        fs::write(folder.join("engine-figures.json"), format!("{:#}\n", self.json()))
            .expect("the figures are written");
    }

    fn table(&self) -> String {
        let mut table = "| what | aim | measured | reached |\n|---|--:|--:|---|\n".to_owned();
        for Figure { what, aim, is } in &self.0 {
            let (aim, reached) = match aim {
                Some(aim) => (aim.to_string(), if aim.is_reached(*is) { "yes" } else { "**no**" }),
                None => ("–".to_owned(), "–"),
            };
            let _ = writeln!(table, "| {what} | {aim} | {} | {reached} |", figure(*is));
        }
        table
    }

    fn json(&self) -> Json {
        let one = |Figure { what, aim, is }: &Figure| {
            let aimed = aim.map(|aim| json!({"aim": aim.to_string(), "reached": aim.is_reached(*is)}));
            let mut figure = aimed.unwrap_or_else(|| json!({}));
            figure["what"] = json!(what);
            figure["measured"] = json!(is);
            figure
        };
        json!({"measuredAt": clock::timestamp().to_string(), "figures": self.0.iter().map(one).collect::<Vec<_>>()})
    }
}

impl Aim {
    fn is_reached(self, is: f64) -> bool {
        match self {
            Self::AtMost(most) => is <= most,
            Self::AtLeast(least) => is >= least,
        }
    }
}

impl std::fmt::Display for Aim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "at most {}", figure(*most)),
            Self::AtLeast(least) => write!(f, "at least {}", figure(*least)),
        }
    }
}

/// So many digits as say something.
fn figure(value: f64) -> String {
    let size = value.abs();
    if size >= 100.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.3}")
    }
}
