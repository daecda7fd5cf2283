//! An edit while a thousand creates wait for a limited account.

use std::time::{Duration, Instant};

use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use waops::simulator::sandbox;

use crate::objects::{api, create, namespace};
use crate::stage::Stage;

const WAITING: usize = 1_000;
const EDITED: usize = 10;
const EDITS: usize = 100;

pub(crate) async fn overtake() {
    let stage = Stage::start("settings: {limits: true}").await;
    let name = "edits";
    namespace(&stage.client, name).await;
    let credentials = json!({"secretRef": {"name": "alibaba"}});
    let spec = json!({
        "alibaba": {"custSpaceId": sandbox::CUST_SPACE_ID, "credentials": credentials},
        "policies": {"update": "Automatic"},
    });
    create(&stage.client, name, "WhatsAppAccount", "shop", spec).await;
    let mut operator = stage.operator(name);
    for number in 0..EDITED {
        declare(&stage, number).await;
    }
    operator.until("some are ready", |m| m.objects("WhatsAppQrCode", "Live") == EDITED).await;
    for number in EDITED..EDITED + WAITING {
        declare(&stage, number).await;
    }
    let codes = api(&stage.client, name, "WhatsAppQrCode");
    let mut took = Vec::new();
    let mut seen = last_call(&stage, 0).await.0;
    for edit in 0..EDITS {
        let text = format!("Edit {edit} of a poster");
        let patch = json!({"spec": {"prefilledMessage": text}});
        let start = Instant::now();
        let object = format!("poster-{}", edit % EDITED);
        codes.patch(&object, &PatchParams::default(), &Patch::Merge(patch)).await.expect("an edit");
        loop {
            let (last, calls) = last_call(&stage, seen).await;
            seen = last;
            let is_it = |call: &Value| {
                call["operation"] == "UpdatePhoneMessageQrdl" && call["query"].to_string().contains(&text)
            };
            if calls.iter().any(is_it) {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "the edit never arrived");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        took.push(start.elapsed());
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    let waiting = WAITING + EDITED - operator.metrics().await.objects("WhatsAppQrCode", "Live");
    took.sort();
    let at = |share: usize| took[(took.len() * share).div_ceil(100).max(1) - 1].as_secs_f64();
    println!("\n{EDITS} edits while {waiting} to {WAITING} creates wait for five calls a second");
    println!(
        "  until it reaches the provider      {:>8.3} s at the median, {:.3} s at the 99th percentile, {:.3} s at most",
        at(50),
        at(99),
        at(100)
    );
}

async fn declare(stage: &Stage, number: usize) {
    let spec = json!({
        "accountRef": {"name": "shop"}, "phoneNumber": format!("+{}", sandbox::PHONE_NUMBER),
        "prefilledMessage": format!("Hello from poster {number}"),
    });
    create(&stage.client, "edits", "WhatsAppQrCode", &format!("poster-{number}"), spec).await;
}

/// The calls after a number, and the last number.
async fn last_call(stage: &Stage, after: u64) -> (u64, Vec<Value>) {
    let answer =
        reqwest::get(format!("{}/journal?after={after}", stage.admin)).await.expect("the simulator answers");
    let journal: Value = serde_json::from_str(&answer.text().await.expect("text")).expect("JSON");
    let calls = journal["calls"].as_array().cloned().unwrap_or_default();
    (calls.last().and_then(|call| call["number"].as_u64()).unwrap_or(after), calls)
}
