//! The simulator on a real port: what a fault does to a connection, TLS, the state file, and its speed.

// Helpers of tests are tests too, and tables of literals read best plain.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use axum::Router;
use serde_json::{Value, json};
use waops::simulator::http::{Running, ServeOptions, serve};
use waops::simulator::run::{SimulateOptions, start};
use waops::simulator::{Change, Fault, FaultRule, Provider, Request, Simulator, sandbox};

fn client() -> reqwest::Client {
    // Two tests may come here at once; whoever is second finds it done.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build().unwrap()
}

fn edge(running: &Running) -> String {
    format!("{}/v25.0/{}/message_qrdls", running.url, sandbox::PHONE_NUMBER_ID)
}

async fn create(client: &reqwest::Client, running: &Running) -> Result<Value, reqwest::Error> {
    let body = json!({ "prefilled_message": "Hi", "generate_qr_image": "SVG" }).to_string();
    let request = client.post(edge(running)).bearer_auth(sandbox::ACCESS_TOKEN);
    let response = request.header("content-type", "application/json").body(body).send().await?;
    Ok(serde_json::from_slice(&response.bytes().await?).unwrap_or_default())
}

fn codes(running: &Running) -> usize {
    running.simulator().objects()["codes"]
        .as_object()
        .unwrap()
        .values()
        .map(|list| list.as_array().unwrap().len())
        .sum()
}

#[tokio::test]
async fn links_in_answers_lead_back() {
    let running = serve(ServeOptions::default()).await.unwrap();
    let client = client();
    let made = create(&client, &running).await.unwrap();
    let image = client.get(made["qr_image_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(image.headers()["content-type"], "image/svg+xml");
    assert!(image.text().await.unwrap().starts_with("<svg "));
    let journal = client.get(format!("{}/journal", running.admin_url)).send().await.unwrap();
    assert!(journal.text().await.unwrap().contains("POST message_qrdls"));
}

#[tokio::test]
async fn faults_break_real_connections() {
    let running = serve(ServeOptions::default()).await.unwrap();
    let client = client();
    for (fault, executed) in [
        (Fault::ResetBefore, 0),
        (Fault::LostResponse, 1),
        (Fault::TimeoutBefore, 1),
        (Fault::TimeoutAfter, 2),
    ] {
        running.simulator().inject(FaultRule::once("*", fault.clone()));
        let error = create(&client, &running).await.unwrap_err();
        let silent = matches!(fault, Fault::TimeoutBefore | Fault::TimeoutAfter);
        assert_eq!(error.is_timeout(), silent, "{fault:?}: {error:?}");
        assert_eq!(codes(&running), executed, "{fault:?}");
    }
    running.simulator().inject(FaultRule::once("*", Fault::Latency { ms: 200 }));
    let started = Instant::now();
    create(&client, &running).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn tls_is_served_under_a_certificate_of_its_own() {
    let running = serve(ServeOptions { tls: true, ..ServeOptions::default() }).await.unwrap();
    assert!(running.url.starts_with("https://"));
    assert!(create(&client(), &running).await.is_err(), "nobody knows it");
    let pem = running.certificate.clone().unwrap();
    let trusted = reqwest::Certificate::from_pem(pem.as_bytes()).unwrap();
    let trusting = reqwest::Client::builder().no_proxy().tls_certs_only([trusted]).build().unwrap();
    assert!(create(&trusting, &running).await.unwrap()["code"].is_string());
    running.simulator().inject(FaultRule::once("*", Fault::ResetBefore));
    assert!(create(&trusting, &running).await.is_err(), "connections break under TLS as well");
}

#[tokio::test]
async fn a_state_file_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let (state, scenario) = (folder.path().join("state.json"), folder.path().join("scenario.json"));
    std::fs::write(&scenario, r#"{"seed": 3, "settings": {"reviewMs": 1}}"#).unwrap();
    let options =
        SimulateOptions { state: Some(state), scenario: Some(scenario), ..SimulateOptions::default() };
    let first = start(options.clone()).await.unwrap();
    let made = create(&client(), &first).await.unwrap();
    first.shutdown().unwrap();
    let second = start(options).await.unwrap();
    assert_eq!(codes(&second), 1);
    let list = client().get(edge(&second)).bearer_auth(sandbox::ACCESS_TOKEN).send().await.unwrap();
    assert!(list.text().await.unwrap().contains(made["code"].as_str().unwrap()));
    assert!(
        start(SimulateOptions { scenario: Some("/nowhere".into()), ..SimulateOptions::default() })
            .await
            .is_err()
    );
}

/// Calls in a second from eight connections.
async fn pace(url: &str) -> f64 {
    const EACH: u32 = 2_000;
    let client = client();
    let started = Instant::now();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (client, url) = (client.clone(), url.to_owned());
            tokio::spawn(async move {
                for _ in 0..EACH {
                    let response = client.get(&url).bearer_auth(sandbox::ACCESS_TOKEN).send().await.unwrap();
                    assert_eq!(response.status(), 200);
                    response.bytes().await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    f64::from(8 * EACH) / started.elapsed().as_secs_f64()
}

/// Calls in a second without a network.
fn alone() -> f64 {
    const CALLS: u32 = 50_000;
    let mut simulator = Simulator::default();
    simulator.settings().limits = false;
    let phone = sandbox::PHONE_NUMBER_ID.to_owned();
    let change = Change::AddCode { provider: Provider::Meta, phone, message: "Hi".to_owned(), code: None };
    simulator.change(&change, jiff::Timestamp::now());
    let target = format!("/v25.0/{}/message_qrdls", sandbox::PHONE_NUMBER_ID);
    let request =
        Request::new("GET", &target).header("authorization", &format!("Bearer {}", sandbox::ACCESS_TOKEN));
    let started = Instant::now();
    for _ in 0..CALLS {
        simulator.handle(&request, jiff::Timestamp::now());
    }
    f64::from(CALLS) / started.elapsed().as_secs_f64()
}

/// Beside a bare axum handler that returns a constant. Run it alone and in release:
/// `cargo test --release --test simulator_http -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a figure, not a verdict; needs an idle machine"]
async fn at_least_half_as_fast_as_a_bare_handler() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bare = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let app = Router::new().fallback(|| async { "{\"data\":[]}" });
        axum::serve(listener, app).await.unwrap();
    });
    let running = serve(ServeOptions::default()).await.unwrap();
    running.simulator().settings().limits = false;
    create(&client(), &running).await.unwrap();
    let url = edge(&running);
    // By turns and by the median, since other work on the machine comes and goes.
    let (mut plain, mut simulated) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        plain.push(pace(&bare).await);
        simulated.push(pace(&url).await);
    }
    let (plain, simulated) = (median(plain), median(simulated));
    let (alone, share) = (alone(), simulated / plain * 100.0);
    println!(
        "bare {plain:.0}/s, simulated {simulated:.0}/s ({share:.0} %), state machine alone {alone:.0}/s"
    );
    assert!(simulated >= plain / 2.0);
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
