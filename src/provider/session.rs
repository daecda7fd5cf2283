//! From an account's manifest to somebody who can be called.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;

use super::alibaba::credentials::Environment;
use super::alibaba::{self, Alibaba};
use super::answer::Reply;
use super::budget::{Budget, Lane, Limit};
use super::carrier::{Broken, Carrier};
use super::deadline::Deadline;
use super::either::Provider;
use super::error::{Class, Error, Verdict};
use super::face::{Account as _, Read};
use super::meta::{self, Meta};
use super::recorded::{Record, Recorded};
use super::samples::{SampleSource, Web};
use super::tally::Tally;
use super::transport::{Settings, SettingsError, Transport};
use crate::api::{AlibabaAccount, Credentials, MetaAccount, WhatsAppAccountSpec};

const OPERATION: &str = "Session";
/// The only region that Alibaba documents.
const REGION: &str = "ap-southeast-1";
const GRAPH_VERSION: &str = "v25.0";
/// How long whoever opens an account waits to learn whose quota it spends.
const WHOSE: Duration = Duration::from_secs(5);

/// The ways to the providers: built once, shared by all accounts, so that they share connections.
#[derive(Clone)]
pub struct Ways {
    alibaba: Transport,
    meta: Transport,
    samples: Arc<dyn SampleSource>,
    environment: Environment,
    /// Where the environment's credentials may be used; none for everywhere.
    ambient: Option<Arc<[String]>>,
    /// What is known of all accounts, where none is to be called.
    record: Option<Arc<Record>>,
}

impl fmt::Debug for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ways")
            .field("alibaba", &self.alibaba)
            .field("meta", &self.meta)
            .finish_non_exhaustive()
    }
}

impl Ways {
    /// `WAOPS_ALIBABA_ENDPOINT` and `WAOPS_META_ENDPOINT` lead to a simulator in place of the providers. Only the
    /// environment can say so: an endpoint in a manifest would take credentials anywhere (trap 29).
    pub fn open(environment: Environment, ca_bundle: Option<&[u8]>) -> Result<Self, SettingsError> {
        let tally = Tally::default();
        let open = |variable: Option<&str>| {
            let endpoint = variable.and_then(|name| environment(name)).filter(|url| !url.trim().is_empty());
            let endpoint = endpoint.map(|url| Url::parse(url.trim()).map_err(|_| SettingsError::Endpoint));
            let ca_bundle = ca_bundle.map(<[u8]>::to_vec);
            let transport = Transport::new(&Settings { ca_bundle, endpoint: endpoint.transpose()? })?;
            Ok(transport.counted_by(tally.clone()))
        };
        Ok(Self {
            alibaba: open(Some("WAOPS_ALIBABA_ENDPOINT"))?,
            meta: open(Some("WAOPS_META_ENDPOINT"))?,
            samples: Arc::new(Web::new(open(None)?)),
            environment,
            ambient: None,
            record: None,
        })
    }

    /// Ways around the network, samples included: nothing leaves this process.
    pub fn through(carrier: Arc<dyn Carrier>, environment: Environment) -> Self {
        let way = Transport::through(carrier);
        let samples = Arc::new(Web::new(way.clone()));
        Self { alibaba: way.clone(), meta: way, samples, environment, ambient: None, record: None }
    }

    /// No way at all: accounts are what a record says of them. Neither credentials nor the network are used.
    pub fn recorded(record: Record) -> Self {
        let ways = Self::through(Arc::new(Nowhere), Arc::new(|_: &str| None));
        Self { record: Some(Arc::new(record)), ..ways }
    }

    /// The same, with the environment's credentials for accounts of these namespaces alone: in a cluster, whoever may
    /// write an account must not get the operator's own rights by it.
    #[must_use]
    pub fn with_ambient_in(self, namespaces: Vec<String>) -> Self {
        Self { ambient: Some(namespaces.into()), ..self }
    }

    /// Whether an account of this namespace may use the environment's credentials.
    pub fn has_ambient_for(&self, namespace: &str) -> bool {
        self.ambient.as_ref().is_none_or(|namespaces| namespaces.iter().any(|name| name == namespace))
    }

    /// Where all calls are counted.
    pub fn tally(&self) -> &Tally {
        self.meta.tally()
    }

    /// The same with samples from elsewhere.
    #[must_use]
    pub fn with_samples(self, samples: Arc<dyn SampleSource>) -> Self {
        Self { samples, ..self }
    }
}

/// Where nothing is called, nothing is.
#[derive(Debug)]
struct Nowhere;

impl Carrier for Nowhere {
    fn carry(&self, _: reqwest::Request) -> futures::future::BoxFuture<'_, Result<Reply, Broken>> {
        Box::pin(async { Err(Broken::Unreached("no provider is called for this".to_owned())) })
    }
}

/// Who an account is at its provider, whatever objects point at it: sessions, locks and claims are kept by it.
/// Printed as `meta/102290129340398` or `alibaba/cams-kei123`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(String);

impl Identity {
    /// The identity in a manifest. Where it names neither space nor business account, the credentials decide whose
    /// account it is, and they can be renewed; so it is `otherwise`, a name that stays (`shop/main`).
    pub fn of(spec: &WhatsAppAccountSpec, otherwise: &str) -> Option<Self> {
        let (provider, own) = match (&spec.alibaba, &spec.meta) {
            (Some(alibaba), None) => ("alibaba", &alibaba.cust_space_id),
            (None, Some(meta)) => ("meta", &meta.business_account_id),
            _ => return None,
        };
        Some(Self(match own {
            Some(own) => format!("{provider}/{own}"),
            // No id has a colon, so it cannot be taken for one.
            None => format!("{provider}/account:{otherwise}"),
        }))
    }

    /// The identity of an account that is known by its owner alone: the same for all that use the owner's credentials.
    /// An owner is a number, so it is never taken for the name of [`Identity::of`].
    fn owned_by(owner: &str) -> Self {
        Self(format!("alibaba/account:{owner}"))
    }

    /// As it stands in claims.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The limits of the account's provider, lowered by the account's own, for the budget of its quota scope.
pub fn limits(spec: &WhatsAppAccountSpec) -> Vec<Limit> {
    let lower = spec.limits.unwrap_or_default();
    if spec.alibaba.is_some() { alibaba::client::limits(&lower) } else { meta::client::limits(&lower) }
}

/// An account that can be called.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who it is, as far as its manifest says; [`Session::identify`] knows for certain.
    pub identity: Identity,
    /// What can be called.
    pub provider: Provider,
    /// What it spends from; accounts under one quota share it.
    pub budget: Budget,
    /// What people should know of its credentials.
    pub warnings: Vec<String>,
    /// Whether its manifest says who it is.
    is_named: bool,
}

impl Session {
    /// Makes the clients; nothing is called. `secret` is what the account's Secret holds, if it refers to one, and
    /// `otherwise` is a name that stays, see [`Identity::of`].
    pub fn open(
        spec: &WhatsAppAccountSpec,
        secret: Option<&BTreeMap<String, Vec<u8>>>,
        otherwise: &str,
        ways: &Ways,
        budget: Budget,
    ) -> Result<Self, Error> {
        let identity =
            Identity::of(spec, otherwise).ok_or_else(|| Error::new(OPERATION, "Account.Provider", ONE))?;
        let space = spec.alibaba.as_ref().map(|alibaba| alibaba.cust_space_id.is_some());
        let is_named = space.unwrap_or(true);
        if let Some(record) = &ways.record {
            let account =
                Recorded::new(Arc::clone(record), spec, otherwise, identity.as_str(), budget.clone());
            let (provider, warnings) = (Provider::Recorded(account), Vec::new());
            return Ok(Self { identity, provider, budget, warnings, is_named });
        }
        let (provider, warnings) = match (&spec.alibaba, &spec.meta) {
            (Some(account), _) => open_alibaba(account, secret, ways, budget.clone())?,
            (None, Some(account)) => open_meta(account, secret, ways, budget.clone())?,
            (None, None) => return Err(Error::new(OPERATION, "Account.Provider", ONE)),
        };
        Ok(Self { identity, provider, budget, warnings, is_named })
    }

    /// Who the account is for certain. Where its manifest does not say it, the provider is asked whose the credentials
    /// are: two accounts of one owner are one, and credentials of somebody else make another (claims.md 16).
    /// Asked before each round of work, it costs a call only when the credentials have changed.
    pub async fn identify(&self, read: Read) -> Result<Identity, Error> {
        if self.is_named {
            return Ok(self.identity.clone());
        }
        let owner = self.provider.whoami(read).await?;
        Ok(owner.map_or_else(|| self.identity.clone(), |owner| Identity::owned_by(&owner)))
    }

    /// What its calls are counted in at the provider: Alibaba counts for all the spaces and users of an account
    /// together, Meta for each business account. Where Alibaba does not say whose the credentials are within a moment,
    /// the account counts by itself.
    pub async fn quota(&self, lane: Lane) -> String {
        let read = Read { lane, deadline: Deadline::after(WHOSE) };
        let owner = match self.provider.whoami(read).await {
            Ok(owner) => owner,
            Err(error) => {
                tracing::debug!(%error, "nobody says whose quota an account spends; it gets one of its own");
                None
            }
        };
        owner.map_or_else(|| self.identity.to_string(), |owner| Identity::owned_by(&owner).to_string())
    }

    /// The same with another budget to spend from.
    #[must_use]
    pub fn spending(self, budget: Budget) -> Self {
        Self { provider: self.provider.spending(budget.clone()), budget, ..self }
    }
}

type Opened = (Provider, Vec<String>);

fn open_alibaba(
    account: &AlibabaAccount,
    secret: Option<&BTreeMap<String, Vec<u8>>>,
    ways: &Ways,
    budget: Budget,
) -> Result<Opened, Error> {
    let keys = ["accessKeyId", "accessKeySecret"];
    let (credentials, warnings) = if let Some(secret) = source(&account.credentials, &keys, secret)? {
        alibaba::credentials::Credentials::from_secret(secret)?
    } else {
        let environment = Arc::clone(&ways.environment);
        (alibaba::credentials::Credentials::ambient(environment, ways.alibaba.clone()), Vec::new())
    };
    let client = alibaba::client::Client::new(
        account.region.as_deref().unwrap_or(REGION),
        account.signature.unwrap_or_default(),
        Arc::new(credentials),
        ways.alibaba.clone(),
        budget,
    )?;
    let variable = |name: &str| (ways.environment)(name).filter(|value| !value.trim().is_empty());
    let client = client.with_sts(&alibaba::sts::host(&variable))?;
    Ok((Provider::Alibaba(Alibaba::new(client, account.cust_space_id.as_deref())), warnings))
}

fn open_meta(
    account: &MetaAccount,
    secret: Option<&BTreeMap<String, Vec<u8>>>,
    ways: &Ways,
    budget: Budget,
) -> Result<Opened, Error> {
    let keys = ["accessToken"];
    let (credentials, warnings) = if let Some(secret) = source(&account.credentials, &keys, secret)? {
        meta::auth::Credentials::from_secret(secret)?
    } else {
        let variable = |name: &str| (ways.environment)(name).filter(|value| !value.trim().is_empty());
        let token = variable("WHATSAPP_ACCESS_TOKEN")
            .ok_or_else(|| Error::new(OPERATION, "Credentials.Missing", NO_TOKEN))?;
        let app_secret = variable("WHATSAPP_APP_SECRET");
        (meta::auth::Credentials::new(&token, app_secret.as_deref()), Vec::new())
    };
    let version = account.graph_version.as_deref().unwrap_or(GRAPH_VERSION);
    let client = meta::client::Client::new(version, Arc::new(credentials), ways.meta.clone(), budget)?;
    let (waba, app) = (account.business_account_id.as_deref(), account.app_id.as_deref());
    let samples = Arc::clone(&ways.samples);
    Ok((Provider::Meta(Meta::new(client, waba, app, samples)), warnings))
}

/// The Secret that the credentials refer to, which must have these keys; none where they come from the surroundings.
fn source<'a>(
    credentials: &Credentials,
    keys: &[&str],
    secret: Option<&'a BTreeMap<String, Vec<u8>>>,
) -> Result<Option<&'a BTreeMap<String, Vec<u8>>>, Error> {
    match (&credentials.secret_ref, secret) {
        (None, _) => Ok(None),
        (Some(_), Some(secret)) => Ok(Some(secret)),
        (Some(reference), None) => {
            let variables: Vec<String> = keys.iter().map(|key| reference.variable(None, key)).collect();
            let advice = format!(
                "there is no Secret {} that the account refers to; create it, or without a cluster hand it over by \
                 --secrets or as {}",
                reference.name,
                variables.join(" and ")
            );
            Err(Error { advice: advice.into(), ..Error::new(OPERATION, "Credentials.NoSecret", NO_SECRET) })
        }
    }
}

const ONE: Verdict =
    Verdict::refused(Class::Terminal, "the account names no provider, or two; write alibaba or meta");
const NO_SECRET: Verdict =
    Verdict::refused(Class::Credentials, "there is no Secret that the account refers to; create it");
const NO_TOKEN: Verdict =
    Verdict::refused(Class::Credentials, "no credentials in the surroundings: set WHATSAPP_ACCESS_TOKEN");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_stays_when_credentials_are_renewed() {
        let alibaba = |space: Option<&str>| WhatsAppAccountSpec {
            alibaba: Some(AlibabaAccount {
                cust_space_id: space.map(str::to_owned),
                ..AlibabaAccount::default()
            }),
            ..WhatsAppAccountSpec::default()
        };
        let shown = |spec: &WhatsAppAccountSpec| Identity::of(spec, "shop/main").map(|id| id.to_string());
        assert_eq!(shown(&alibaba(Some("cams-kei123"))).as_deref(), Some("alibaba/cams-kei123"));
        assert_eq!(shown(&alibaba(None)).as_deref(), Some("alibaba/account:shop/main"));
        assert_eq!(shown(&WhatsAppAccountSpec::default()), None);
    }

    #[test]
    fn a_secret_that_is_not_there_is_asked_for_by_its_variables() {
        let environment: Environment = Arc::new(|_: &str| None);
        let ways = Ways::through(Arc::new(Nowhere), environment);
        for (provider, want) in [
            ("meta", "as WAOPS_SECRET_SHOP_1_ACCESS_TOKEN"),
            ("alibaba", "as WAOPS_SECRET_SHOP_1_ACCESS_KEY_ID and WAOPS_SECRET_SHOP_1_ACCESS_KEY_SECRET"),
        ] {
            let account = serde_json::json!({"credentials": {"secretRef": {"name": "shop-1"}}});
            let spec: WhatsAppAccountSpec =
                serde_json::from_value(serde_json::json!({provider: account})).unwrap();
            let budget = Budget::new(limits(&spec));
            let error = Session::open(&spec, None, "shop/main", &ways, budget).unwrap_err();
            assert!(error.advice.ends_with(want), "{error}");
        }
    }
}
