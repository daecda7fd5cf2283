//! Where the keys of Alibaba Cloud come from, and when they are fetched again.

mod oidc;
mod profile;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::clock;
use crate::provider::deadline::Deadline;
use crate::provider::error::{Class, Error, Verdict};
use crate::provider::redact::Redactor;
use crate::provider::secret_data::{OPERATION, missing, value};
use crate::provider::transport::Transport;

/// How long before their end temporary keys are replaced.
const MARGIN: Duration = Duration::from_secs(15 * 60);

/// An access key, with the token that temporary ones have.
#[derive(Clone, Debug)]
pub struct Keys {
    /// `AccessKeyId`: not secret by itself.
    pub id: String,
    /// `AccessKeySecret`.
    pub secret: SecretString,
    /// `SecurityToken` of temporary keys.
    pub token: Option<SecretString>,
}

impl Keys {
    /// Keys from plain text; an empty token is none.
    pub fn new(id: &str, secret: &str, token: Option<&str>) -> Self {
        let token = token.map(str::trim).filter(|token| !token.is_empty()).map(SecretString::from);
        Self { id: id.trim().to_owned(), secret: secret.trim().into(), token }
    }

    /// What must not be repeated while these keys are in use.
    pub fn redactor(&self) -> Redactor {
        let token = self.token.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
        Redactor::default().with(self.secret.expose_secret()).with(token)
    }

    fn same_as(&self, other: &Self) -> bool {
        let token = |keys: &Self| keys.token.as_ref().map(|token| token.expose_secret().to_owned());
        self.id == other.id
            && self.secret.expose_secret() == other.secret.expose_secret()
            && token(self) == token(other)
    }
}

/// Keys, and how long they live.
#[derive(Clone, Debug)]
struct Held {
    keys: Keys,
    fetched: Timestamp,
    until: Option<Timestamp>,
}

impl Held {
    fn for_ever(keys: Keys) -> Self {
        Self { keys, fetched: clock::timestamp(), until: None }
    }

    fn is_alive(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Whether they should be replaced, though they may still work.
    fn is_stale(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| {
            let life = until.duration_since(self.fetched).unsigned_abs();
            now.as_duration() + jiff_duration(MARGIN.min(life / 2)) >= until.as_duration()
        })
    }
}

fn jiff_duration(duration: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(duration).unwrap_or(jiff::SignedDuration::MAX)
}

/// How environment variables are read: the process's own, or a test's.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The keys of one account, kept fresh.
pub struct Credentials {
    source: Source,
    /// Held during a fetch, so that many waiters cause one.
    held: Mutex<Option<Held>>,
}

enum Source {
    Fixed,
    Ambient { environment: Environment, transport: Transport },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(***)")
    }
}

impl Credentials {
    /// Keys that never change: a new Secret makes a new client.
    pub fn fixed(keys: Keys) -> Self {
        Self { source: Source::Fixed, held: Mutex::new(Some(Held::for_ever(keys))) }
    }

    /// Keys from a Secret, and what to tell people about it.
    pub fn from_secret(data: &BTreeMap<String, Vec<u8>>) -> Result<(Self, Vec<String>), Error> {
        let mut warnings = Vec::new();
        let id = value(data, "accessKeyId", &mut warnings)?.ok_or_else(|| missing("accessKeyId"))?;
        let secret =
            value(data, "accessKeySecret", &mut warnings)?.ok_or_else(|| missing("accessKeySecret"))?;
        let token = value(data, "securityToken", &mut warnings)?;
        Ok((Self::fixed(Keys::new(&id, &secret, token.as_deref())), warnings))
    }

    /// Keys from the surroundings: environment, RRSA, a profile of the CLI, a credentials file, in this order.
    pub fn ambient(environment: Environment, transport: Transport) -> Self {
        Self { source: Source::Ambient { environment, transport }, held: Mutex::new(None) }
    }

    /// The keys to use now.
    pub async fn keys(&self, deadline: Deadline) -> Result<Keys, Error> {
        let mut held = self.held.lock().await;
        let now = clock::timestamp();
        match &*held {
            Some(current) if !current.is_stale(now) => Ok(current.keys.clone()),
            Some(current) if current.is_alive(now) => match self.fetch(deadline).await {
                Ok(fresh) => Ok(held.insert(fresh).keys.clone()),
                Err(error) => {
                    tracing::warn!(%error, "temporary keys end soon and could not be replaced yet");
                    Ok(current.keys.clone())
                }
            },
            _ => Ok(held.insert(self.fetch(deadline).await?).keys.clone()),
        }
    }

    /// Other keys, because the provider says that these have expired. `None`: there are no others.
    pub async fn renew(&self, refused: &Keys, deadline: Deadline) -> Result<Option<Keys>, Error> {
        if matches!(self.source, Source::Fixed) {
            return Ok(None);
        }
        let mut held = self.held.lock().await;
        // Somebody else may have renewed them while we waited.
        if let Some(current) = held.as_ref().filter(|current| !current.keys.same_as(refused)) {
            return Ok(Some(current.keys.clone()));
        }
        let fresh = self.fetch(deadline).await?;
        let keys = held.insert(fresh).keys.clone();
        Ok((!keys.same_as(refused)).then_some(keys))
    }

    async fn fetch(&self, deadline: Deadline) -> Result<Held, Error> {
        let Source::Ambient { environment, transport } = &self.source else {
            return Err(Error::new(OPERATION, "Credentials.Missing", NOWHERE));
        };
        let variable = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
        if let (Some(id), Some(secret)) =
            (variable("ALIBABA_CLOUD_ACCESS_KEY_ID"), variable("ALIBABA_CLOUD_ACCESS_KEY_SECRET"))
        {
            let token = variable("ALIBABA_CLOUD_SECURITY_TOKEN");
            return Ok(Held::for_ever(Keys::new(&id, &secret, token.as_deref())));
        }
        if let Some(role) = oidc::Role::from_environment(&variable) {
            return role.assume(transport, deadline).await;
        }
        match profile::find(&variable).await? {
            Some(keys) => Ok(Held::for_ever(keys)),
            None => Err(Error::new(OPERATION, "Credentials.Missing", NOWHERE)),
        }
    }
}

const NOWHERE: Verdict = Verdict::refused(
    Class::Credentials,
    "no credentials in the surroundings: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or \
     use RRSA, a profile of the aliyun CLI or ALIBABA_CLOUD_CREDENTIALS_FILE",
);

#[cfg(test)]
mod tests;
