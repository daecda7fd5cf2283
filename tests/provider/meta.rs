//! The client of the Graph API against a provider that misbehaves.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::server::{Act, Server, asker, json, mandate, soon};
use serde_json::json as value;
use waops::api::AccountLimits;
use waops::provider::budget::{Budget, Lane};
use waops::provider::deadline::Deadline;
use waops::provider::error::{Effect, Error};
use waops::provider::meta::auth::Credentials;
use waops::provider::meta::client::{Client, limits};
use waops::provider::meta::media::{Media, Uploads};
use waops::provider::meta::operation::{ARCHIVE_TEMPLATES, CREATE_QR_CODE, GraphRequest, LIST_QR_CODES};
use waops::provider::meta::wire::paths::qr_codes;

fn client(server: &Server, app_secret: Option<&str>) -> Client {
    let credentials = Arc::new(Credentials::new("EAAtoken", app_secret));
    Client::new("v25.0", credentials, server.transport(), Budget::new(limits(&AccountLimits::default())))
        .unwrap()
}

fn list() -> GraphRequest {
    let fields = ("fields", "code,qr_image_url.format(SVG)".to_owned());
    GraphRequest::get(&LIST_QR_CODES, qr_codes("v25.0", "106540352242922"), vec![fields])
}

async fn create(client: &Client) -> Result<(), Error> {
    let request =
        GraphRequest::post(&CREATE_QR_CODE, qr_codes("v25.0", "1"), value!({"prefilled_message": "Hé"}));
    let asker = asker();
    client.write(&request, mandate(client.budget(), CREATE_QR_CODE.name, &asker).await).await.map(|_| ())
}

#[tokio::test]
async fn a_request_carries_token_proof_and_encoded_parts() {
    let server = Server::answering([json(200, &[], r#"{"data": []}"#)]).await;
    let client = client(&server, Some("app-secret"));
    client.read(&list(), Lane::UserEdit, soon()).await.unwrap();
    create(&client).await.unwrap();
    let [read, write] = &server.asked()[..] else { panic!("two requests") };
    assert_eq!((read.method.as_str(), read.path.as_str()), ("GET", "/v25.0/106540352242922/message_qrdls"));
    assert_eq!(read.header("authorization"), "Bearer EAAtoken");
    assert_eq!(read.query["fields"], "code,qr_image_url.format(SVG)");
    assert_eq!(read.query["appsecret_proof"].len(), 64);
    assert_eq!((read.body.len(), read.header("content-type")), (0, ""));
    assert_eq!(write.header("content-type"), "application/json");
    assert_eq!(write.text(), r#"{"prefilled_message":"Hé"}"#);
}

#[tokio::test]
async fn no_id_reaches_another_path() {
    let server = Server::answering([json(200, &[], "{}")]).await;
    let client = client(&server, None);
    let request = GraphRequest::get(&LIST_QR_CODES, qr_codes("v25.0", "a/../../b?c#d"), Vec::new());
    client.read(&request, Lane::UserEdit, soon()).await.unwrap();
    let asked = &server.asked()[0];
    assert_eq!(
        (asked.path.as_str(), asked.raw_query.as_str()),
        ("/v25.0/a%2F..%2F..%2Fb%3Fc%23d/message_qrdls", "")
    );
}

#[tokio::test]
async fn archiving_lives_on_a_host_without_versions() {
    let server = Server::answering([json(200, &[], "{}")]).await;
    let request =
        GraphRequest::get(&ARCHIVE_TEMPLATES, "/1/message_templates/archive".to_owned(), Vec::new());
    client(&server, None).read(&request, Lane::UserEdit, soon()).await.unwrap();
    assert_eq!(server.asked()[0].path, "/1/message_templates/archive");
}

#[tokio::test]
async fn a_read_is_repeated_and_a_write_is_not() {
    let busy = || json(500, &[], r#"{"error": {"code": 2, "message": "busy", "is_transient": true}}"#);
    let server = Server::answering([busy(), busy(), json(200, &[], r#"{"data": []}"#)]).await;
    client(&server, None).read(&list(), Lane::UserEdit, soon()).await.unwrap();
    assert_eq!(server.asked().len(), 3);

    let server = Server::answering([busy()]).await;
    let error = create(&client(&server, None)).await.unwrap_err();
    assert_eq!((server.asked().len(), error.class.name(), error.effect), (1, "transient", Effect::Unclear));
}

#[tokio::test]
async fn a_limit_stops_all_calls_for_the_minutes_that_the_header_says() {
    let usage = r#"{"1": [{"type": "whatsapp", "call_count": 100, "estimated_time_to_regain_access": 7}]}"#;
    let limited = json(
        400,
        &[("x-business-use-case-usage", usage)],
        r#"{"error": {"code": 80008, "message": "too many"}}"#,
    );
    let server = Server::answering([limited]).await;
    let client = client(&server, None);
    let error = create(&client).await.unwrap_err();
    let after = Some(Duration::from_secs(7 * 60));
    assert_eq!(error.class, waops::provider::error::Class::Throttled { after }, "minutes (trap 23)");
    let deadline = Deadline::after(Duration::from_millis(200));
    let error = client.read(&list(), Lane::Recovery, deadline).await.unwrap_err();
    assert_eq!(
        (&*error.code, server.asked().len()),
        ("Budget.TooLate", 1),
        "a further call would extend the wait"
    );
}

#[tokio::test]
async fn the_usage_header_slows_background_calls_down_before_the_limit() {
    let usage = r#"{"1": [{"call_count": 60, "total_time": 1, "estimated_time_to_regain_access": 0}]}"#;
    let server =
        Server::answering([json(200, &[("x-business-use-case-usage", usage)], r#"{"data": []}"#)]).await;
    let client = client(&server, None);
    client.read(&list(), Lane::UserEdit, soon()).await.unwrap();
    let together =
        client.budget().remaining().into_iter().find(|remaining| remaining.operation == "*").unwrap();
    assert_eq!((together.limit.calls, together.left), (5000, 2000), "others use the quota too");
}

const PHOTO: Media<'static> =
    Media { file_name: "photo.png", content_type: "image/png", bytes: b"0123456789" };
const SESSION: &str = r#"{"id": "upload:MTphd?sig=ARZq"}"#;

#[tokio::test]
async fn a_file_is_uploaded_once_for_all_who_need_it() {
    let server = Server::answering([json(200, &[], SESSION), json(200, &[], r#"{"h": "4::aW1h"}"#)]).await;
    let (client, uploads) = (client(&server, None), Uploads::new("684477648739411"));
    let upload = || uploads.handle(&client, PHOTO, Lane::UserEdit, soon());
    let (one, two) = tokio::join!(upload(), upload());
    for handle in [one, two, upload().await] {
        assert_eq!(handle.unwrap().word, "4::aW1h");
    }
    let [start, send] = &server.asked()[..] else { panic!("two requests") };
    assert_eq!((start.method.as_str(), start.path.as_str()), ("POST", "/v25.0/684477648739411/uploads"));
    assert_eq!((&*start.query["file_length"], &*start.query["file_type"]), ("10", "image/png"));
    assert_eq!((send.path.as_str(), &*send.query["sig"]), ("/v25.0/upload:MTphd", "ARZq"));
    assert_eq!((send.header("authorization"), send.header("file_offset")), ("OAuth EAAtoken", "0"));
    assert_eq!(send.body, PHOTO.bytes);
}

#[tokio::test]
async fn a_broken_upload_goes_on_where_it_stopped() {
    let server = Server::answering([
        json(200, &[], SESSION),
        Act::SendAndClose(Vec::new()),
        json(200, &[], r#"{"id": "upload:MTphd", "file_offset": 4}"#),
        json(200, &[], r#"{"h": "4::aW1h"}"#),
    ])
    .await;
    let (client, uploads) = (client(&server, None), Uploads::new("1"));
    assert_eq!(uploads.handle(&client, PHOTO, Lane::UserEdit, soon()).await.unwrap().word, "4::aW1h");
    let asked = server.asked();
    assert_eq!(
        (asked[2].method.as_str(), asked[3].header("file_offset"), asked[3].text()),
        ("GET", "4", "456789")
    );
}

#[tokio::test]
async fn a_failed_upload_is_not_remembered() {
    let refused = json(400, &[], r#"{"error": {"code": 100, "message": "no such app"}}"#);
    let server =
        Server::answering([refused, json(200, &[], SESSION), json(200, &[], r#"{"h": "4::x"}"#)]).await;
    let (client, uploads) = (client(&server, None), Uploads::new("1"));
    let upload = || uploads.handle(&client, PHOTO, Lane::UserEdit, soon());
    assert_eq!(upload().await.unwrap_err().class.name(), "terminal");
    assert_eq!(upload().await.unwrap().word, "4::x");
}

#[tokio::test]
async fn a_forgotten_handle_is_used_no_more() {
    let answers = ["4::one", "4::two"].map(|handle| {
        let handle = value!({"h": handle}).to_string();
        [json(200, &[], SESSION), json(200, &[], &handle)]
    });
    let server = Server::answering(answers.into_iter().flatten()).await;
    let (client, uploads) = (client(&server, None), Uploads::new("1"));
    let upload = || uploads.handle(&client, PHOTO, Lane::UserEdit, soon());
    let first = upload().await.unwrap();
    assert!(!first.is_old(), "it was made just now");
    uploads.forget(&BTreeSet::from(["4::other".to_owned()]));
    assert_eq!(upload().await.unwrap(), first);
    uploads.forget(&BTreeSet::from([first.word]));
    assert_eq!(upload().await.unwrap().word, "4::two");
}
