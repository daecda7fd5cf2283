//! The simulator on a real port: what a fault does to a connection, TLS, the state file, and its speed.

// Helpers of tests are tests too, and tables of literals read best plain.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use waops::simulator::http::{Running, ServeOptions, serve};
use waops::simulator::run::{SimulateOptions, start};
use waops::simulator::{Fault, FaultRule, sandbox};

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
