//! Promise 6: a secret never appears in a log or an error. Every sort of failing call runs at `trace`, and all
//! that was printed is searched for every secret that was used, in every encoding.
//!
//! One test in a process of its own: the log of a process is global.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "provider/server.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod server;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json as value;
use server::{Act, Asked, Server, asker, json};
use tracing_subscriber::fmt::MakeWriter;
use waops::api::{AccountLimits, SignatureVersion};
use waops::provider::alibaba::client::{Client as Alibaba, limits as alibaba_limits};
use waops::provider::alibaba::credentials::{Credentials as AlibabaCredentials, Environment, Keys};
use waops::provider::alibaba::operation::{CREATE_QR_CODE, CREATE_TEMPLATE, LIST_QR_CODES};
use waops::provider::attempt::Mandate;
use waops::provider::budget::{Budget, Lane};
use waops::provider::deadline::Deadline;
use waops::provider::error::Error;
use waops::provider::face::Read;
use waops::provider::meta::auth::Credentials as MetaCredentials;
use waops::provider::meta::client::{Client as Meta, limits as meta_limits};
use waops::provider::meta::operation::{self as graph, GraphRequest};
use waops::provider::meta::wire::paths::qr_codes;

const ACCESS_KEY_SECRET: &str = "aliSecret+/=~*0123456789";
const SECURITY_TOKEN: &str = "stsToken+/=~*0123456789";
const OIDC_TOKEN: &str = "eyJhbGciOi.service-account.c2ln";
const ACCESS_TOKEN: &str = "EAAaccessToken0123456789";
const APP_SECRET: &str = "appSecret0123456789abcdef";

#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Printed {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What was derived from secrets and so is one: collected by the servers.
type Derived = Arc<Mutex<Vec<String>>>;

/// A server that tells the worst of what it was told: everything, in every kind of answer.
async fn parrot(kind: usize, derived: Derived) -> Server {
    Server::scripted(move |asked: &Asked| {
        let authorization = asked.header("authorization");
        let mut derived = derived.lock().unwrap();
        derived.extend(authorization.split_once("Signature=").map(|(_, signature)| signature.to_owned()));
        derived.extend(
            ["Signature", "appsecret_proof"].iter().filter_map(|name| asked.query.get(*name).cloned()),
        );
        let told = format!(
            "GET {}?{} {:?} {authorization} {}",
            asked.path,
            asked.raw_query,
            asked.query,
            String::from_utf8_lossy(&asked.body)
        );
        let date = (Timestamp::now() + SignedDuration::from_hours(2))
            .strftime("%a, %d %b %Y %H:%M:%S GMT")
            .to_string();
        let cams = |code: &str| value!({"Code": code, "Message": &told, "RequestId": &told}).to_string();
        let graph =
            value!({"error": {"code": 100, "message": &told, "error_user_msg": &told, "fbtrace_id": &told}});
        match kind {
            0 => json(400, &[], &cams("SignatureDoesNotMatch")),
            1 => json(400, &[], &cams(&told)),
            2 => json(403, &[], &cams("InvalidSecurityToken.Expired")),
            3 => json(400, &[("date", &date)], &cams("InvalidTimeStamp.Expired")),
            4 => json(502, &[], &format!("<html>{told}</html>")),
            5 => json(400, &[], &format!("<Error><Code>{told}</Code><Message>{told}</Message></Error>")),
            6 => json(200, &[], &format!("{{\"Code\": \"{}", told.replace('"', ""))),
            7 => json(307, &[("location", &format!("http://x.invalid/?{}", asked.raw_query))], ""),
            8 => Act::SendAndClose(Vec::new()),
            9 => Act::Silence,
            10 => json(400, &[], &graph.to_string()),
            _ => json(200, &[], &value!({"Code": "OK", "RequestId": &told, "id": &told}).to_string()),
        }
    })
    .await
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_millis(700))
}

async fn alibaba(
    server: &Server,
    credentials: AlibabaCredentials,
    signature: SignatureVersion,
) -> Vec<Error> {
    let budget = Budget::new(alibaba_limits(&AccountLimits::default()));
    let client =
        Alibaba::new("ap-southeast-1", signature, Arc::new(credentials), server.transport(), budget).unwrap();
    let parameters = [("PhoneNumber", "1".to_owned())];
    let mut errors = Vec::new();
    errors.extend(client.read(&LIST_QR_CODES, &parameters, Lane::UserEdit, soon()).await.err());
    let read = Read { lane: Lane::UserEdit, deadline: soon() };
    errors.extend(client.account_id(read).await.err());
    let asker = asker();
    for operation in [&CREATE_QR_CODE, &CREATE_TEMPLATE] {
        let permit = client.budget().acquire(operation.name, Lane::UserEdit).await;
        let mandate = Mandate { permit, deadline: soon(), asker: &asker, before: None };
        errors.extend(client.write(operation, &parameters, mandate).await.err());
    }
    tracing::trace!(?client, "everything we hold");
    errors
}

async fn meta(server: &Server) -> Vec<Error> {
    let credentials = Arc::new(MetaCredentials::new(ACCESS_TOKEN, Some(APP_SECRET)));
    let budget = Budget::new(meta_limits(&AccountLimits::default()));
    let client = Meta::new("v25.0", credentials, server.transport(), budget).unwrap();
    let mut errors = Vec::new();
    let list = GraphRequest::get(&graph::LIST_QR_CODES, qr_codes("v25.0", "1"), Vec::new());
    errors.extend(client.read(&list, Lane::UserEdit, soon()).await.err());
    let create = GraphRequest::post(
        &graph::CREATE_QR_CODE,
        qr_codes("v25.0", "1"),
        value!({"prefilled_message": "x"}),
    );
    let asker = asker();
    let permit = client.budget().acquire(graph::CREATE_QR_CODE.name, Lane::UserEdit).await;
    let mandate = Mandate { permit, deadline: soon(), asker: &asker, before: Some(&value!({"code": "A"})) };
    errors.extend(client.write(&create, mandate).await.err());
    tracing::trace!(?client, ?create, "everything we hold");
    errors
}

fn rrsa(server: &Server, token_file: &std::path::Path) -> AlibabaCredentials {
    let variables = BTreeMap::from([
        ("ALIBABA_CLOUD_ROLE_ARN", "role".to_owned()),
        ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "provider".to_owned()),
        ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", token_file.to_str().unwrap().to_owned()),
    ]);
    let environment: Environment = Arc::new(move |name| variables.get(name).cloned());
    AlibabaCredentials::ambient(environment, server.transport())
}

fn encoded(secret: &str) -> String {
    let escape = |byte: u8| {
        let plain = byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    secret.bytes().map(escape).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_25_no_failing_call_prints_a_secret_even_at_trace() {
    let printed = Printed::default();
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(printed.clone()).init();
    let derived = Derived::default();
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, OIDC_TOKEN).unwrap();

    let campaigns = (0..=11).map(|kind| {
        let (derived, token_file) = (Arc::clone(&derived), token_file.clone());
        async move {
            let server = parrot(kind, derived).await;
            let keys =
                || AlibabaCredentials::fixed(Keys::new("LTAIid", ACCESS_KEY_SECRET, Some(SECURITY_TOKEN)));
            let mut errors = alibaba(&server, keys(), SignatureVersion::V3).await;
            errors.extend(alibaba(&server, keys(), SignatureVersion::V1).await);
            errors.extend(alibaba(&server, rrsa(&server, &token_file), SignatureVersion::V3).await);
            errors.extend(meta(&server).await);
            for error in &errors {
                tracing::error!(%error, ?error, "failed");
            }
            errors.len()
        }
    });
    let errors: usize = futures::future::join_all(campaigns).await.iter().sum();

    let printed = String::from_utf8(printed.0.lock().unwrap().clone()).unwrap();
    let derived = derived.lock().unwrap().clone();
    assert!(errors > 100, "calls failed: {errors}");
    assert!(derived.len() > 50, "signatures and proofs were seen: {}", derived.len());
    assert!(printed.contains("waops::provider_writes"), "the log was captured");
    let secrets = [ACCESS_KEY_SECRET, SECURITY_TOKEN, OIDC_TOKEN, ACCESS_TOKEN, APP_SECRET];
    for secret in secrets.into_iter().map(str::to_owned).chain(derived) {
        for form in [secret.clone(), encoded(&secret), encoded(&encoded(&secret))] {
            if let Some(at) = printed.find(&form) {
                let line = printed[..at].rfind('\n').map_or(0, |end| end + 1);
                panic!("{form} was printed: {}", &printed[line..(at + form.len() + 80).min(printed.len())]);
            }
        }
    }
    println!("{errors} failing calls printed {} bytes, no secret among them", printed.len());
}
