//! The bound: the writes that each object needs, and nothing else.

use std::time::Instant;

use futures::{StreamExt as _, stream};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use super::{UNLIMITED, patience};
use crate::objects::{AT_ONCE, api, code};
use crate::results::{ACCOUNTS, Measure};
use crate::stage::Stage;
use crate::watcher::Watcher;

/// Declares as many objects, and makes the three patches that the operator makes of each, of the same size.
pub(super) async fn run(objects: usize, measure: &mut Measure) -> Result<(), String> {
    let stage = Stage::start(ACCOUNTS, UNLIMITED).await;
    let watcher = Watcher::start(&stage.client, crate::stage::NAMESPACE, "whatsappqrcodes");
    let codes = api(&stage, "WhatsAppQrCode");
    let (start, others) = (Instant::now(), stage.others());
    let all = stream::iter(0..objects);
    all.for_each_concurrent(AT_ONCE, async |number| {
        code(&stage, number).await;
        let patch = annotation(&claim(number, true));
        let object = format!("poster-{number}");
        codes.patch(&object, &PatchParams::default(), &Patch::Merge(patch)).await.expect("an intent");
        let patch = Patch::Merge(status(number));
        codes.patch_status(&object, &PatchParams::default(), &patch).await.expect("a status");
    })
    .await;
    let ready = watcher.until_ready(objects, patience(objects)).await.ok_or("not all became ready")?;
    measure.note("ready s", (ready - start).as_secs_f64());
    let all = stream::iter(0..objects);
    all.for_each_concurrent(AT_ONCE, async |number| {
        let patch = Patch::Merge(annotation(&claim(number, false)));
        let object = format!("poster-{number}");
        codes.patch(&object, &PatchParams::default(), &patch).await.expect("a claim");
    })
    .await;
    measure.note("settled s", start.elapsed().as_secs_f64());
    measure.note("cluster cpu s", stage.others().cluster - others.cluster);
    Ok(())
}

fn status(number: usize) -> Value {
    let condition = |kind: &str, status: &str| {
        json!({"type": kind, "status": status, "reason": "Live", "observedGeneration": 1,
               "lastTransitionTime": "2026-05-01T10:00:00Z", "message": "the code ANED2T5QRU7HG1 is live as written"})
    };
    json!({"status": {
        "observedGeneration": 1, "code": "ANED2T5QRU7HG1", "claim": claim(number, false),
        "deepLinkUrl": "https://wa.me/message/ANED2T5QRU7HG1",
        "imageUrl": "https://simulator.invalid/m1/v/t6/ANED2T5QRU7HG1.svg?ccb=11-4&oh=0123456789abcdef&oe=6a0f",
        "conditions": [condition("Ready", "True"), condition("Synced", "True")],
    }})
}

fn annotation(claim: &Value) -> Value {
    json!({"metadata": {"finalizers": ["waops.dev/claim"], "annotations": {"waops.dev/claim": claim.to_string()}}})
}

fn claim(number: usize, open: bool) -> Value {
    let mut claim = json!({
        "n": 1, "installation": "6f1e2b6c-5a0e-4c1a-9a55-0a4d3f6f0b1a", "uid": "b1946ac9-2d6e-4f0e-8c65-2f3a9e0d1c77",
        "object": format!("bound/poster-{number}"), "account": "bound/shop-1", "identity": "meta/102290129300001",
        "phone": "106540352200001", "contentHash": "v1:3f2a9c1d5e6f7a8b",
    });
    if open {
        claim["intent"] = json!({"operation": "Create", "textHash": "v1:3f2a9c1d5e6f7a8b",
            "absentAt": "2026-05-01T10:00:00Z", "deadline": "2026-05-01T10:00:30Z"});
    } else {
        claim["code"] = json!("ANED2T5QRU7HG1");
    }
    claim
}
