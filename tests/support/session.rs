//! Sessions against a provider on loopback, opened as the operator opens them.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::json;
use waops::api::WhatsAppAccountSpec;
use waops::provider::attempt::Mandate;
use waops::provider::budget::{Budget, Lane};
use waops::provider::deadline::Deadline;
use waops::provider::error::Error;
use waops::provider::face::{Account as _, Change, Read};
use waops::provider::record::Asker;
use waops::provider::samples::{Sample, SampleSource, sample};
use waops::provider::session::{Session, Ways, limits};
use waops::simulator::sandbox;
use waops::template::MediaFormat;

pub(crate) type Secret = BTreeMap<String, Vec<u8>>;

/// Samples that lie nowhere: the smallest file of each kind.
pub(crate) struct Shelf;

impl SampleSource for Shelf {
    fn fetch<'a>(
        &'a self,
        format: MediaFormat,
        url: &'a str,
        _: Deadline,
    ) -> BoxFuture<'a, Result<Sample, Error>> {
        let start: &[u8] = match format {
            MediaFormat::Image | MediaFormat::Product => b"\x89PNG\r\n\x1a\n",
            MediaFormat::Video => b"\0\0\0\x18ftypmp42",
            MediaFormat::Document => b"%PDF-1.7\n",
        };
        let bytes = [start, url.as_bytes()].concat();
        Box::pin(async move { Ok(sample(format, "sample".to_owned(), bytes).unwrap()) })
    }
}

/// Both providers are at this address.
pub(crate) fn ways(url: &str) -> Ways {
    let url = url.to_owned();
    surroundings(move |name| (name.starts_with("WAOPS_") && name.ends_with("_ENDPOINT")).then(|| url.clone()))
}

/// Ways through an environment of the test's own.
pub(crate) fn surroundings(environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Ways {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ways::open(Arc::new(environment), None).unwrap().with_samples(Arc::new(Shelf))
}

/// What the pod identity webhook writes into the environment of a workload at this provider: a role in place of a key.
pub(crate) fn as_role(url: &str, role: &str, token_file: &Path) -> impl Fn(&str) -> Option<String> + use<> {
    let (url, role, file) = (url.to_owned(), role.to_owned(), token_file.to_str().unwrap().to_owned());
    move |name| match name {
        "WAOPS_ALIBABA_ENDPOINT" => Some(url.clone()),
        "ALIBABA_CLOUD_ROLE_ARN" => Some(role.clone()),
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN" => Some(sandbox::OIDC_PROVIDER_ARN.to_owned()),
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE" => Some(file.clone()),
        _ => None,
    }
}

pub(crate) fn secret(pairs: &[(&str, &str)]) -> Secret {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
}

pub(crate) fn alibaba_spec() -> WhatsAppAccountSpec {
    spec(
        &json!({"alibaba": {"custSpaceId": sandbox::CUST_SPACE_ID, "credentials": {"secretRef": {"name": "s"}}}}),
    )
}

/// An account that the manifest knows by its credentials alone.
pub(crate) fn spaceless_spec() -> WhatsAppAccountSpec {
    spec(&json!({"alibaba": {"credentials": {"secretRef": {"name": "s"}}}}))
}

/// The same with credentials from the surroundings.
pub(crate) fn ambient_spec() -> WhatsAppAccountSpec {
    spec(&json!({"alibaba": {"credentials": {"ambient": {}}}}))
}

pub(crate) fn alibaba_secret() -> Secret {
    secret(&[("accessKeyId", sandbox::ACCESS_KEY_ID), ("accessKeySecret", sandbox::ACCESS_KEY_SECRET)])
}

pub(crate) fn meta_spec() -> WhatsAppAccountSpec {
    spec(&json!({"meta": {"businessAccountId": sandbox::WABA_ID, "appId": sandbox::APP_ID,
                          "credentials": {"secretRef": {"name": "s"}}}}))
}

pub(crate) fn meta_secret() -> Secret {
    secret(&[("accessToken", sandbox::ACCESS_TOKEN)])
}

fn spec(json: &serde_json::Value) -> WhatsAppAccountSpec {
    serde_json::from_value(json.clone()).unwrap()
}

pub(crate) fn open(url: &str, spec: &WhatsAppAccountSpec, secret: &Secret) -> Session {
    Session::open(spec, Some(secret), "shop/main", &ways(url), Budget::new(limits(spec))).unwrap()
}

/// A session with keys from the surroundings.
pub(crate) fn open_ambient(environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Session {
    let (spec, ways) = (ambient_spec(), surroundings(environment));
    Session::open(&spec, None, "shop/main", &ways, Budget::new(limits(&spec))).unwrap()
}

pub(crate) fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

pub(crate) fn read() -> Read {
    Read { lane: Lane::UserEdit, deadline: soon() }
}

/// Who asks in these tests.
pub(crate) fn asker() -> Asker {
    Asker { object: "WhatsAppQrCode marketing/poster".to_owned(), generation: 7 }
}

pub(crate) async fn mandate<'a>(session: &Session, change: Change, asker: &'a Asker) -> Mandate<'a> {
    let permit = session.provider.permit(change, Lane::UserEdit).await;
    Mandate { permit, deadline: soon(), asker, before: None }
}
