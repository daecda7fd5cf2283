//! The client of `cams` against a provider that misbehaves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::server::{Act, Asked, Server, asker, json, mandate, soon};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use waops::api::{AccountLimits, SignatureVersion};
use waops::provider::alibaba::client::{Client, limits};
use waops::provider::alibaba::credentials::{Credentials, Environment, Keys};
use waops::provider::alibaba::operation::{CREATE_QR_CODE, CREATE_TEMPLATE, LIST_QR_CODES, UPDATE_QR_CODE};
use waops::provider::alibaba::sign::{Call, Parameter, Stamp, v1, v3};
use waops::provider::budget::{Budget, Lane};
use waops::provider::deadline::Deadline;
use waops::provider::error::{Effect, Error};

const OK: &str = r#"{"Code": "OK", "RequestId": "R1\n", "Data": {"QrdlCode": "D9AA3\n"}}"#;
const EXPIRED_TOKEN: &str = r#"{"Code": "InvalidSecurityToken.Expired", "Message": "m"}"#;
const WRONG_TIME: &str = r#"{"Code": "InvalidTimeStamp.Expired", "Message": "m"}"#;

fn keys() -> Keys {
    Keys::new("testid", "testsecret", None)
}

fn client(server: &Server, credentials: Credentials, signature: SignatureVersion) -> Client {
    let budget = Budget::new(limits(&AccountLimits::default()));
    Client::new("ap-southeast-1", signature, Arc::new(credentials), server.transport(), budget).unwrap()
}

fn fixed(server: &Server) -> Client {
    client(server, Credentials::fixed(keys()), SignatureVersion::V3)
}

fn phone() -> Vec<Parameter> {
    vec![("PhoneNumber", "8613800000000".to_owned()), ("PrefilledMessage", "Héllo & ~*".to_owned())]
}

async fn list(client: &Client) -> Result<(), Error> {
    client.read(&LIST_QR_CODES, &phone(), Lane::UserEdit, soon()).await.map(|_| ())
}

async fn update(client: &Client) -> Result<(), Error> {
    let asker = asker();
    let mandate = mandate(client.budget(), UPDATE_QR_CODE.name, &asker).await;
    client.write(&UPDATE_QR_CODE, &phone(), mandate).await.map(|_| ())
}

fn stamp_of(nonce: &str, time: &str) -> Stamp {
    Stamp { nonce: nonce.to_owned(), time: time.parse().unwrap() }
}

#[tokio::test]
async fn what_is_sent_is_what_was_signed_with_v3() {
    let server = Server::answering([json(200, &[], OK)]).await;
    let sts = Keys::new("testid", "testsecret", Some("tok+/=en~*"));
    list(&client(&server, Credentials::fixed(sts.clone()), SignatureVersion::V3)).await.unwrap();
    let asked = &server.asked()[0];
    let query = phone();
    let call = Call {
        host: asked.header("host"),
        action: "ListPhoneMessageQrdl",
        version: LIST_QR_CODES.service.version(),
        query: &query,
        form: &[],
    };
    let stamp = stamp_of(asked.header("x-acs-signature-nonce"), asked.header("x-acs-date"));
    let signed = v3(&call, &sts, &stamp);
    for (name, value) in signed.headers {
        assert_eq!(asked.header(name), value, "{name}");
    }
    assert_eq!((asked.method.as_str(), asked.path.as_str(), &asked.raw_query), ("POST", "/", &signed.query));
    assert!(asked.raw_query.contains("H%C3%A9llo%20%26%20~%2A"), "trap 19: {}", asked.raw_query);
    assert_eq!(asked.header("accept"), "application/json");
    assert_eq!(asked.header("content-length"), "0");
}

#[tokio::test]
async fn what_is_sent_is_what_was_signed_with_v1() {
    let server = Server::answering([json(200, &[], OK)]).await;
    let client = client(&server, Credentials::fixed(keys()), SignatureVersion::V1);
    let form: Vec<Parameter> = vec![("Name", "hello".to_owned()), ("Components", "[{}]".to_owned())];
    client.read(&CREATE_TEMPLATE, &form, Lane::UserEdit, soon()).await.unwrap();
    let asked = &server.asked()[0];
    let call = Call {
        host: asked.header("host"),
        action: "CreateChatappTemplate",
        version: LIST_QR_CODES.service.version(),
        query: &[],
        form: &form,
    };
    let signed = v1(&call, &keys(), &stamp_of(&asked.query["SignatureNonce"], &asked.query["Timestamp"]));
    assert_eq!((&asked.raw_query, asked.text()), (&signed.query, signed.body.as_str()));
    assert_eq!(asked.header("content-type"), "application/x-www-form-urlencoded");
    assert!(!asked.query.contains_key("Components"), "A1.1: templates travel in the body");
}

#[tokio::test]
async fn trap_21_a_read_is_repeated_with_a_fresh_nonce() {
    let server = Server::answering([
        json(503, &[], "<html>busy</html>"),
        Act::SendAndClose(Vec::new()),
        json(500, &[], r#"{"Code": "InternalError"}"#),
        json(400, &[], r#"{"Code": "SignatureNonceUsed"}"#),
        json(200, &[], OK),
    ])
    .await;
    list(&fixed(&server)).await.unwrap();
    let asked = server.asked();
    let nonces: std::collections::BTreeSet<_> =
        asked.iter().map(|asked| asked.header("x-acs-signature-nonce")).collect();
    assert_eq!((asked.len(), nonces.len()), (5, 5));
}

#[tokio::test]
async fn trap_8_a_write_is_never_repeated_blindly() {
    for act in [
        json(503, &[], "<html>busy</html>"),
        json(500, &[], r#"{"Code": "InternalError"}"#),
        json(400, &[], r#"{"Code": "SignatureNonceUsed"}"#),
        json(400, &[], r#"{"Code": "Throttling.Api"}"#),
        Act::SendAndClose(Vec::new()),
    ] {
        let throttled =
            matches!(&act, Act::Send(bytes) if bytes.windows(10).any(|part| part == b"Throttling"));
        let server = Server::answering([act]).await;
        let error = update(&fixed(&server)).await.unwrap_err();
        assert_eq!(server.asked().len(), 1, "{error}");
        assert_eq!(error.effect == Effect::None, throttled, "{error}");
    }
}

#[tokio::test]
async fn a_refusal_is_not_repeated_either() {
    let server = Server::answering([json(400, &[], r#"{"Code": "Ram.PermissionDeny"}"#)]).await;
    assert_eq!(list(&fixed(&server)).await.unwrap_err().class.name(), "slow");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn throttling_is_waited_for_as_long_as_the_provider_says() {
    let throttled = json(400, &[("x-acs-retry-after", "400")], r#"{"Code": "Throttling.Api"}"#);
    let server = Server::answering([throttled, json(200, &[], OK)]).await;
    let start = Instant::now();
    list(&fixed(&server)).await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(400), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_read_that_would_come_too_late_is_not_sent() {
    let throttled = json(400, &[("x-acs-retry-after", "60000")], r#"{"Code": "Throttling.Api"}"#);
    let server = Server::answering([throttled, json(200, &[], OK)]).await;
    let deadline = Deadline::after(Duration::from_millis(500));
    let error = fixed(&server).read(&LIST_QR_CODES, &phone(), Lane::UserEdit, deadline).await.unwrap_err();
    assert_eq!((&*error.code, error.effect), ("Budget.TooLate", Effect::None));
    assert_eq!(server.asked().len(), 1);
}

/// A gateway whose clock is so far ahead of ours, and that refuses what is 15 minutes off.
async fn gateway_ahead(ahead: SignedDuration) -> Server {
    Server::scripted(move |asked: &Asked| {
        let now = Timestamp::now() + ahead;
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let signed: Timestamp = asked.header("x-acs-date").parse().unwrap();
        let off = signed.duration_since(now).abs() > SignedDuration::from_mins(15);
        let (status, body) = if off { (400, WRONG_TIME) } else { (200, OK) };
        json(status, &[("date", &date)], body)
    })
    .await
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_once_even_for_a_write_and_then_for_good() {
    for hours in [1, -30] {
        let server = gateway_ahead(SignedDuration::from_hours(hours)).await;
        let client = fixed(&server);
        update(&client).await.unwrap();
        update(&client).await.unwrap();
        assert_eq!(server.asked().len(), 3, "one refusal in all");
        let noticed = client.clock().ahead().as_secs() - hours * 3600;
        assert!(noticed.abs() <= 2, "{noticed}");
    }
}

#[tokio::test]
async fn a_clock_that_cannot_be_corrected_is_said_plainly() {
    let late =
        (Timestamp::now() + SignedDuration::from_hours(1)).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let server = Server::answering([json(400, &[("date", &late)], WRONG_TIME)]).await;
    let error = update(&fixed(&server)).await.unwrap_err();
    assert_eq!((server.asked().len(), error.class.name(), error.effect), (2, "slow", Effect::None));
    assert!(error.advice.contains("s behind the provider's; set it"), "{error}");

    let server = Server::answering([json(400, &[], WRONG_TIME)]).await;
    let error = update(&fixed(&server)).await.unwrap_err();
    assert_eq!(server.asked().len(), 1, "without a date there is nothing to correct");
    assert!(error.advice.contains("clock"), "{error}");
}

/// STS and cams in one: each assumed role has a number, and only the newest token works.
async fn rrsa(life: SignedDuration) -> (Server, Arc<AtomicUsize>) {
    let issued = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&issued);
    let server = Server::scripted(move |asked: &Asked| {
        if asked.query.get("Action").is_some_and(|action| action == "AssumeRoleWithOIDC") {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            let until = Timestamp::now() + life;
            return json(
                200,
                &[],
                &format!(
                    r#"{{"RequestId": "R", "Credentials": {{"AccessKeyId": "STS.{number}", "AccessKeySecret":
                    "sts-secret", "SecurityToken": "sts-token-{number}", "Expiration": "{until}"}}}}"#
                ),
            );
        }
        let newest = format!("sts-token-{}", counter.load(Ordering::SeqCst));
        if asked.header("x-acs-security-token") == newest {
            json(200, &[], OK)
        } else {
            json(403, &[], EXPIRED_TOKEN)
        }
    })
    .await;
    (server, issued)
}

fn environment(token_file: &std::path::Path) -> Environment {
    let variables = BTreeMap::from([
        ("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/waops".to_owned()),
        ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/ack".to_owned()),
        ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", token_file.to_str().unwrap().to_owned()),
    ]);
    Arc::new(move |name| variables.get(name).cloned())
}

#[tokio::test]
async fn rrsa_is_asked_once_by_many_and_unsigned() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "service-account-token\n").unwrap();
    let (server, issued) = rrsa(SignedDuration::from_hours(1)).await;
    let credentials = Credentials::ambient(environment(&file), server.transport());
    let client = client(&server, credentials, SignatureVersion::V3);
    for result in join_all((0..5).map(|_| list(&client))).await {
        result.unwrap();
    }
    assert_eq!(issued.load(Ordering::SeqCst), 1, "single flight");
    let asked = &server.asked()[0];
    assert_eq!(asked.header("authorization"), "");
    assert_eq!((&*asked.query["Version"], &*asked.query["Format"]), ("2015-04-01", "JSON"));
    assert!(!asked.raw_query.contains("service-account-token"), "the token is not in the address");
    assert!(
        asked.text().contains("OIDCToken=service-account-token&"),
        "nor is the line break: {}",
        asked.text()
    );
}

#[tokio::test]
async fn trap_26_keys_near_their_end_are_renewed_and_the_token_file_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "first").unwrap();
    let (server, issued) = rrsa(SignedDuration::ZERO).await;
    let client =
        client(&server, Credentials::ambient(environment(&file), server.transport()), SignatureVersion::V3);
    list(&client).await.unwrap();
    std::fs::write(&file, "second").unwrap();
    list(&client).await.unwrap();
    assert_eq!(issued.load(Ordering::SeqCst), 2);
    assert!(server.asked()[2].text().contains("OIDCToken=second&"));
}

#[tokio::test]
async fn trap_26_an_expired_token_is_renewed_once_even_for_a_write() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "token").unwrap();
    let (server, issued) = rrsa(SignedDuration::from_hours(1)).await;
    let client =
        client(&server, Credentials::ambient(environment(&file), server.transport()), SignatureVersion::V3);
    update(&client).await.unwrap();
    // Somebody else assumes the role: to this gateway our token has expired.
    issued.fetch_add(5, Ordering::SeqCst);
    update(&client).await.unwrap();
    let actions = server.asked().len();
    assert_eq!(actions, 5, "assume, update, refused update, assume, update");
}

#[tokio::test]
async fn an_expired_token_of_a_secret_is_a_matter_of_credentials() {
    let server = Server::answering([json(403, &[], EXPIRED_TOKEN)]).await;
    let keys = Keys::new("testid", "testsecret", Some("old-token"));
    let error = list(&client(&server, Credentials::fixed(keys), SignatureVersion::V3)).await.unwrap_err();
    assert_eq!((error.class.name(), server.asked().len()), ("credentials", 1));
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_a_matter_of_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let server =
        Server::answering([json(404, &[], r#"{"Code": "EntityNotExist.Role", "RequestId": "R"}"#)]).await;
    let client =
        client(&server, Credentials::ambient(environment(&file), server.transport()), SignatureVersion::V3);
    assert_eq!(&*list(&client).await.unwrap_err().code, "Credentials.TokenFile");
    std::fs::write(&file, "token").unwrap();
    let error = list(&client).await.unwrap_err();
    assert_eq!((error.class.name(), &*error.code), ("credentials", "EntityNotExist.Role"));
    assert!(error.advice.contains("trust policy"), "{error}");
}

#[tokio::test]
async fn a_permit_whose_call_cannot_be_made_returns() {
    let server = Server::answering([json(200, &[], OK)]).await;
    let nothing: Environment = Arc::new(|_| None);
    let client = client(&server, Credentials::ambient(nothing, server.transport()), SignatureVersion::V3);
    let asker = asker();
    let mandate = mandate(client.budget(), CREATE_QR_CODE.name, &asker).await;
    client.write(&CREATE_QR_CODE, &phone(), mandate).await.unwrap_err();
    assert!(client.budget().remaining().iter().all(|remaining| remaining.left == 5));
}
