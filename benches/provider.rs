//! What the simulator, a client and the budget cost, each beside its bound of the same run. Run by `make bench`.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot go on says where

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use reqwest::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use waops::api::SignatureVersion;
use waops::inside::Inside;
use waops::provider::alibaba::client::{Client as Alibaba, limits};
use waops::provider::alibaba::credentials::{Credentials as AlibabaCredentials, Keys};
use waops::provider::alibaba::operation::LIST_QR_CODES;
use waops::provider::budget::{Budget, Lane};
use waops::provider::deadline::Deadline;
use waops::provider::meta::auth::Credentials as MetaCredentials;
use waops::provider::meta::client::Client as Meta;
use waops::provider::meta::operation::{self as graph, GraphRequest};
use waops::provider::meta::wire::paths;
use waops::provider::transport::{Settings, Transport};
use waops::simulator::http::{Running, ServeOptions, serve};
use waops::simulator::{Simulator, sandbox};

const RUNS: usize = 7;
/// Connections that load a server.
const CONNECTIONS: usize = 8;
const LOAD: Duration = Duration::from_millis(1_500);
/// Calls one after another that make one figure of a client.
const CALLS: u32 = 1_000;
/// The budget: queued calls, tasks, and for how long they are watched.
const QUEUED: usize = 500;
const TASKS: usize = 50;
const WATCH: Duration = Duration::from_secs(20);
const PER_SECOND: f64 = 5.0;

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    simulator_beside_a_bare_handler().await;
    clients_beside_a_bare_call().await;
    clients_without_a_socket().await;
    budget_beside_its_limit().await;
}

/// The middle of the runs and their spread.
fn report(what: &str, mut ratios: Vec<f64>, aim: &str) {
    ratios.sort_by(f64::total_cmp);
    let (first, last) = (ratios[0], ratios[ratios.len() - 1]);
    println!("{what:<48} {:>6.3}   ({first:.3} to {last:.3}; {aim})", ratios[ratios.len() / 2]);
}

/// A handler that answers everything with this.
async fn bare(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        let json = [("content-type", "application/json")];
        let app = Router::new().fallback(move || async move { (json, answer) });
        drop(axum::serve(listener, app).await);
    });
    format!("http://{address}")
}

async fn simulator() -> Running {
    serve(ServeOptions::default()).await.expect("a simulator")
}

async fn simulator_beside_a_bare_handler() {
    let running = simulator().await;
    running.simulator().settings().limits = false;
    let path = paths::qr_codes("v25.0", sandbox::PHONE_NUMBER_ID);
    let text = reqwest::Client::new();
    let made = text.post(format!("{}{path}", running.url)).bearer_auth(sandbox::ACCESS_TOKEN);
    let made = made.body(r#"{"prefilled_message": "Hi"}"#).header("content-type", "application/json");
    assert!(made.send().await.expect("an answer").status().is_success());
    // As long as the simulator's own answer.
    let constant = bare(
        r#"{"data":[{"prefilled_message":"Hi","deep_link_url":"https://wa.me/message/AAAAAAAAAAAAAA","code":"AAAAAAAAAAAAAA"}],"paging":{"cursors":{"before":"QVFIUmx1WTB","after":"QVFIUmx1WTB"}}}"#,
    )
    .await;
    let mut ratios = Vec::new();
    let (mut slow, mut fast) = (0.0_f64, 0.0_f64);
    for _ in 0..RUNS {
        let bound = pace(&constant, &path).await;
        let ours = pace(&running.url, &path).await;
        (slow, fast) = (slow.max(ours), fast.max(bound));
        ratios.push(ours / bound);
    }
    println!("bare handler at best {fast:.0} requests/s, simulator at best {slow:.0}");
    report("simulator / bare handler, requests a second", ratios, "aim: at least 0.5");
}

/// Requests a second over keep-alive connections, by a client that does as little as one can.
async fn pace(url: &str, path: &str) -> f64 {
    let host = url.trim_start_matches("http://").to_owned();
    let token = sandbox::ACCESS_TOKEN;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n");
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (host, request) = (host.clone(), request.clone());
        tasks.spawn(async move {
            let mut stream = TcpStream::connect(host).await.expect("a connection");
            let (end, mut calls) = (Instant::now() + LOAD, 0_u32);
            while Instant::now() < end {
                stream.write_all(request.as_bytes()).await.expect("sent");
                read_answer(&mut stream).await;
                calls += 1;
            }
            calls
        });
    }
    f64::from(tasks.join_all().await.into_iter().sum::<u32>()) / LOAD.as_secs_f64()
}

async fn read_answer(stream: &mut TcpStream) {
    let mut buffer = [0; 4096];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await.expect("an answer");
        assert!(read > 0, "the connection stays open");
        filled += read;
        let text = std::str::from_utf8(&buffer[..filled]).expect("text");
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        assert!(head.starts_with("HTTP/1.1 200"), "{text}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.expect("a length").parse().expect("a number") {
            return;
        }
    }
}

fn transport(url: &str) -> Transport {
    let endpoint = Some(Url::parse(url).expect("an address"));
    Transport::new(&Settings { endpoint, ..Settings::default() }).expect("a transport")
}

fn alibaba(transport: Transport, budget: Budget) -> Alibaba {
    let keys = Keys::new(sandbox::ACCESS_KEY_ID, sandbox::ACCESS_KEY_SECRET, None);
    let credentials = Arc::new(AlibabaCredentials::fixed(keys));
    Alibaba::new("ap-southeast-1", SignatureVersion::V3, credentials, transport, budget).expect("a client")
}

fn later() -> Deadline {
    Deadline::after(Duration::from_secs(600))
}

async fn clients_beside_a_bare_call() {
    let answer = r#"{"Code":"OK","RequestId":"R1","Data":[],"data":[{"code":"A","prefilled_message":"Hi"}]}"#;
    let url = bare(answer).await;
    let alibaba = alibaba(transport(&url), Budget::new(Vec::new()));
    let credentials = Arc::new(MetaCredentials::new(sandbox::ACCESS_TOKEN, Some(sandbox::APP_SECRET)));
    let meta = Meta::new("v25.0", credentials, transport(&url), Budget::new(Vec::new())).expect("a client");
    let parameters = [("PhoneNumber", sandbox::PHONE_NUMBER.to_owned())];
    let path = paths::qr_codes("v25.0", sandbox::PHONE_NUMBER_ID);
    let list = GraphRequest::get(&graph::LIST_QR_CODES, path.clone(), Vec::new());
    let plain = reqwest::Client::new();
    let (mut v3, mut graph) = (Vec::new(), Vec::new());
    let mut best = [f64::MAX; 3];
    for _ in 0..RUNS {
        let bound = each(async || {
            let response = plain.get(format!("{url}{path}")).send().await.expect("an answer");
            drop(response.bytes().await.expect("a body"));
        });
        let bound = bound.await;
        let signed = each(async || {
            drop(alibaba.read(&LIST_QR_CODES, &parameters, Lane::UserEdit, later()).await.expect("a list"));
        });
        let signed = signed.await;
        let proven = each(async || {
            drop(meta.read(&list, Lane::UserEdit, later()).await.expect("a list"));
        });
        let proven = proven.await;
        v3.push(signed / bound);
        graph.push(proven / bound);
        for (best, now) in best.iter_mut().zip([bound, signed, proven]) {
            *best = best.min(now);
        }
    }
    let [bound, signed, proven] = best.map(|seconds| seconds * 1e6);
    println!("a call at best: bare {bound:.0} µs, Alibaba V3 {signed:.0} µs, Meta {proven:.0} µs");
    report("Alibaba V3 / bare reqwest call, time", v3, "overhead: sign, send, parse");
    report("Meta with proof / bare reqwest call, time", graph, "the same");
}

/// What a simulation pays for a call: client, budget and simulator in one thread.
async fn clients_without_a_socket() {
    let mut simulator = Simulator::default();
    simulator.settings().limits = false;
    let transport = Transport::through(Arc::new(Inside::new(simulator)));
    let credentials = Arc::new(MetaCredentials::new(sandbox::ACCESS_TOKEN, None));
    let meta = Meta::new("v25.0", credentials, transport.clone(), Budget::new(Vec::new())).expect("a client");
    let alibaba = alibaba(transport, Budget::new(Vec::new()));
    let parameters = [("PhoneNumber", sandbox::PHONE_NUMBER.to_owned())];
    let path = paths::qr_codes("v25.0", sandbox::PHONE_NUMBER_ID);
    let list = GraphRequest::get(&graph::LIST_QR_CODES, path, Vec::new());
    let signed = each(async || {
        drop(alibaba.read(&LIST_QR_CODES, &parameters, Lane::UserEdit, later()).await.expect("a list"));
    });
    let signed = signed.await * 1e6;
    let plain = each(async || {
        drop(meta.read(&list, Lane::UserEdit, later()).await.expect("a list"));
    });
    let plain = plain.await * 1e6;
    println!(
        "a call without a socket: Alibaba V3 {signed:.0} µs, Meta {plain:.0} µs, the simulator included"
    );
}

/// Seconds for each of many calls, one after another.
async fn each(call: impl AsyncFn()) -> f64 {
    let start = Instant::now();
    for _ in 0..CALLS {
        call().await;
    }
    start.elapsed().as_secs_f64() / f64::from(CALLS)
}

/// All runs at once: each has a simulator, a budget and a queue of its own, and mostly waits.
async fn budget_beside_its_limit() {
    let mut runs = JoinSet::new();
    for _ in 0..RUNS {
        runs.spawn(one_queue());
    }
    let runs = runs.join_all().await;
    let waits = runs.iter().map(|run| run.edit_waited).collect();
    let throttled: Vec<usize> = runs.iter().flat_map(|run| run.throttled.clone()).collect();
    let overtaken: usize = runs.iter().map(|run| run.before_the_edit).sum();
    report(
        "budget: rate / limit of 5 calls a second",
        runs.iter().map(|run| run.rate).collect(),
        "aim: 0.98",
    );
    report("a user edit in the middle waited, seconds", waits, "a window is 1.01 s");
    println!("{} throttled answers (aim: 0), by number of the call: {throttled:?}", throttled.len());
    println!("{overtaken} background calls went out between the edits and their answers");
}

struct Queue {
    rate: f64,
    edit_waited: f64,
    /// Which calls were refused, by their number.
    throttled: Vec<usize>,
    /// Background calls that went out after the edit had come and before it went out itself.
    before_the_edit: usize,
}

async fn one_queue() -> Queue {
    let running = simulator().await;
    let client = alibaba(transport(&running.url), Budget::new(limits(&waops::api::AccountLimits::default())));
    let parameters = [("PhoneNumber", sandbox::PHONE_NUMBER.to_owned())];
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let (client, parameters) = (client.clone(), parameters.clone());
        tasks.spawn(async move {
            for _ in 0..QUEUED / TASKS {
                drop(client.read(&LIST_QR_CODES, &parameters, Lane::DriftPass, later()).await);
            }
        });
    }
    // Between two windows, so that the edit has something to wait for.
    tokio::time::sleep(WATCH / 2 + Duration::from_millis(300)).await;
    let sent = running.simulator().journal(0).len();
    let arrived = Instant::now();
    client.read(&LIST_QR_CODES, &parameters, Lane::UserEdit, later()).await.expect("a list");
    let edit_waited = arrived.elapsed().as_secs_f64();
    // The edit itself is among them.
    let before_the_edit = (running.simulator().journal(0).len() - sent).saturating_sub(1);
    tokio::time::sleep((WATCH / 2).saturating_sub(arrived.elapsed())).await;

    let simulator = running.simulator();
    let journal = simulator.journal(0);
    let times: Vec<i64> = journal.iter().map(|entry| entry.at.0).collect();
    let throttled = (1..).zip(&journal).filter(|(_, entry)| entry.answer.contains("Throttling"));
    let throttled = throttled.map(|(call, _)| call).collect();
    Queue { rate: rate(&times), edit_waited, throttled, before_the_edit }
}

/// Calls a second over the limit, from the first call to the first of the last window: what was granted at once at
/// the start must not flatter it.
fn rate(times: &[i64]) -> f64 {
    let windows = times.len() / 5;
    let last = (windows - 1) * 5;
    let milliseconds = u32::try_from(times[last] - times[0]).expect("less than a minute");
    let calls = u32::try_from(last).expect("a few calls");
    f64::from(calls) / (f64::from(milliseconds) / 1e3) / PER_SECOND
}
