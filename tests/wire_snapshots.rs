//! The bytes that waops sends, for each operation of both providers, held against snapshots that people reviewed.
//! Secrets, nonces and dates are masked. `WAOPS_BLESS=1` writes the snapshots anew: read the difference.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "support/desired.rs"]
mod desired;
#[path = "support/session.rs"]
mod session;
#[path = "support/wire.rs"]
mod wire;

use std::collections::BTreeSet;

use desired::template;
use session::{
    alibaba_secret, alibaba_spec, as_role, mandate, meta_spec, open, open_ambient, read, secret,
    spaceless_spec,
};
use waops::api::{ImageFormat, ReviewState, SignatureVersion};
use waops::provider::alibaba::operation::Operation;
use waops::provider::face::{Account as _, Attachments, Change, QrCodes as _, Templates as _, Which};
use waops::provider::session::Session;
use waops::qr_code::{Code, Phone};
use waops::simulator::sandbox;
use waops::template::Observed;
use wire::Recorder;

const MESSAGE: &str = "Hé! 2 + 2 = 4 & *more*~";
const SVG: ImageFormat = ImageFormat::Svg;

fn known(language: &str) -> Observed {
    Observed {
        id: "594425479261596".to_owned(),
        name: "order_shipped".to_owned(),
        language: language.to_owned(),
        category: "UTILITY".to_owned(),
        previous_category: None,
        correct_category: None,
        state: ReviewState::Rejected,
        reason: None,
        quality: None,
        content: None,
    }
}

/// Every call of the account and of its QR codes.
async fn record_codes(session: &Session, phone: &str, recorder: &Recorder) {
    let (provider, asker) = (&session.provider, session::asker());
    let code = Code::parse("FO7JXE4BG3RFG1").unwrap();
    provider.verify(read()).await.unwrap();
    recorder.file("verify");
    provider.resolve(&Phone::Number("4930901820".to_owned()), read()).await.unwrap();
    recorder.file("resolve");
    provider.list_codes(phone, SVG, read()).await.unwrap();
    recorder.file("list-codes");
    provider.find_code(phone, &code, SVG, read()).await.unwrap();
    recorder.file("find-code");
    let change = mandate(session, Change::CreateCode, &asker).await;
    provider.create_code(phone, MESSAGE, SVG, change).await.unwrap();
    recorder.file("create-code");
    let change = mandate(session, Change::UpdateCode, &asker).await;
    provider.update_code(phone, &code, MESSAGE, SVG, change).await.unwrap();
    recorder.file("update-code");
    let change = mandate(session, Change::DeleteCode, &asker).await;
    provider.delete_code(phone, &code, change).await.unwrap();
    recorder.file("delete-code");
}

/// Every call of its templates.
async fn record_templates(session: &Session, file: &str, recorder: &Recorder) {
    let (provider, asker) = (&session.provider, session::asker());
    let desired = template(file);
    let known = known(&desired.language);
    provider.list_templates(read()).await.unwrap();
    recorder.file("list-templates");
    provider.read_template(Which::from(&known), read()).await.unwrap();
    recorder.file("read-template");
    let which = Which { id: None, ..Which::from(&known) };
    provider.read_template(which, read()).await.unwrap();
    recorder.file("read-template-by-name");
    let none = Attachments::default();
    let change = mandate(session, Change::CreateTemplate, &asker).await;
    provider.create_template(&desired, &none, change).await.unwrap();
    recorder.file("create-template");
    let change = mandate(session, Change::EditTemplate, &asker).await;
    provider.edit_template(&known, &desired, &none, change).await.unwrap();
    recorder.file("edit-template");
    let change = mandate(session, Change::DeleteTemplate, &asker).await;
    provider.delete_template(&known, change).await.unwrap();
    recorder.file("delete-template");
    // Only some providers have these; a call that does not exist sends nothing.
    let change = mandate(session, Change::SetTemplate, &asker).await;
    let _ = provider.set_category_change_paused(&known, true, change).await;
    recorder.file("set-category-change-paused");
    let change = mandate(session, Change::UnpauseTemplate, &asker).await;
    let _ = provider.unpause_template(&known, change).await;
    recorder.file("unpause-template");
    let change = mandate(session, Change::ArchiveTemplate, &asker).await;
    let _ = provider.archive_template(&known, change).await;
    recorder.file("archive-template");
    let change = mandate(session, Change::UnarchiveTemplate, &asker).await;
    let _ = provider.unarchive_template(&known, change).await;
    recorder.file("unarchive-template");
}

#[tokio::test]
async fn every_operation_sends_the_bytes_that_were_reviewed() {
    let recorder = Recorder::new().await;

    recorder.under("alibaba");
    let alibaba = open(&recorder.url, &alibaba_spec(), &alibaba_secret());
    record_codes(&alibaba, "4930901820", &recorder).await;
    record_templates(&alibaba, "alibaba-template-order-shipped", &recorder).await;

    recorder.under("alibaba-v1-sts");
    let mut spec = alibaba_spec();
    if let Some(alibaba) = &mut spec.alibaba {
        alibaba.signature = Some(SignatureVersion::V1);
    }
    let mut temporary = alibaba_secret();
    temporary.extend(secret(&[("securityToken", "sts-token")]));
    let alibaba = open(&recorder.url, &spec, &temporary);
    record_codes(&alibaba, "4930901820", &recorder).await;
    record_templates(&alibaba, "alibaba-template-carousel", &recorder).await;

    recorder.under("alibaba-v1-sts");
    let mut spec = spaceless_spec();
    spec.alibaba.as_mut().unwrap().signature = Some(SignatureVersion::V1);
    open(&recorder.url, &spec, &temporary).identify(read()).await.unwrap();
    recorder.file("identify");

    recorder.under("alibaba-role");
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, "service-account-token").unwrap();
    let role = open_ambient(as_role(&recorder.url, sandbox::ROLE_ARN, &token_file));
    role.identify(read()).await.unwrap();
    recorder.file("identify");

    recorder.under("meta");
    let with_proof = secret(&[("accessToken", "EAAtoken"), ("appSecret", "app-secret")]);
    let meta = open(&recorder.url, &meta_spec(), &with_proof);
    record_codes(&meta, "106540352242922", &recorder).await;
    record_templates(&meta, "meta-template-order-shipped", &recorder).await;
    let invoice = template("meta-template-invoice");
    let attachments = meta.provider.prepare(&invoice, read()).await.unwrap();
    recorder.file("upload-resumed");
    let asker = session::asker();
    let change = mandate(&meta, Change::CreateTemplate, &asker).await;
    meta.provider.create_template(&invoice, &attachments, change).await.unwrap();
    recorder.file("create-template-with-a-document");

    let every = Operation::ALL.iter().map(|operation| operation.name).chain(["AssumeRoleWithOIDC"]);
    let every: BTreeSet<_> = every.map(str::to_owned).collect();
    assert_eq!(recorder.actions(), every, "each operation of Alibaba's is recorded");
    recorder.compare();
}
