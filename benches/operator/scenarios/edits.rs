//! An edit while a thousand creates wait for a limited account.

use std::time::{Duration, Instant};

use serde_json::json;
use waops::simulator::sandbox;

use super::{Extent, all_ready, begun, enough, number};
use crate::contestant::Contestant;
use crate::objects::{create, edit};
use crate::results::{Measure, Run};
use crate::stage::{NAMESPACE, Stage};
use crate::watcher::Watcher;

const WAITING: usize = 1_000;
const EDITED: usize = 10;

pub(super) async fn overtake(extent: &Extent, run: &mut Run) {
    let measure = Measure::of("edits", Contestant::Waops.name(), WAITING, 0);
    run.trial(measure, enough(WAITING), async |measure: &mut Measure| one(extent.edits, measure).await).await;
}

async fn one(edits: usize, measure: &mut Measure) -> Result<(), String> {
    let stage = Stage::start(1, "{limits: true}").await;
    let watcher = Watcher::start(&stage.client, NAMESPACE, "whatsappqrcodes");
    let spec = json!({
        "alibaba": {"custSpaceId": sandbox::CUST_SPACE_ID, "credentials": {"secretRef": {"name": "alibaba"}}},
        "policies": {"update": "Automatic"},
    });
    create(&stage, "WhatsAppAccount", "limited", spec).await;
    let mut process = begun(Contestant::Waops, &stage, &[]).await?;
    for number in 0..EDITED {
        declare(&stage, number).await;
    }
    all_ready(&watcher, &mut process, EDITED, Duration::from_secs(60)).await?;
    for number in EDITED..EDITED + WAITING {
        declare(&stage, number).await;
    }
    let (mut took, mut seen) = (Vec::new(), 0);
    for round in 0..edits {
        let text = format!("Edit {round} of a poster");
        let start = Instant::now();
        edit(&stage, &format!("poster-{}", round % EDITED), &text).await;
        stage.until_called_with(&text, &mut seen).await.ok_or("an edit never arrived")?;
        took.push(start.elapsed());
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    took.sort();
    let at = |share: usize| took[(took.len() * share).div_ceil(100).max(1) - 1].as_secs_f64();
    for (what, share) in [("edit median s", 50), ("edit 99 % s", 99), ("edit most s", 100)] {
        measure.note(what, at(share));
    }
    measure.note("edits", number(took.len()));
    measure.note("waiting at the end", number(WAITING + EDITED - watcher.ready()));
    process.lives()
}

async fn declare(stage: &Stage, number: usize) {
    let spec = json!({
        "accountRef": {"name": "limited"}, "phoneNumber": format!("+{}", sandbox::PHONE_NUMBER),
        "prefilledMessage": format!("Hello from poster {number}"),
    });
    create(stage, "WhatsAppQrCode", &format!("poster-{number}"), spec).await;
}
