//! RRSA: a Kubernetes service account token for temporary keys, at STS.

use jiff::Timestamp;
use reqwest::{Method, Url};
use serde_json::Value;

use super::{Held, Keys};
use crate::clock;
use crate::provider::alibaba::sign::{FORM, Parameter, canonical};
use crate::provider::alibaba::{errors, sts};
use crate::provider::answer::Answered;
use crate::provider::deadline::Deadline;
use crate::provider::error::{Class, Error, Verdict};
use crate::provider::redact::Redactor;
use crate::provider::secret_data::OPERATION;
use crate::provider::transport::{Request, Transport};

const ACTION: &str = "AssumeRoleWithOIDC";
const SESSION: &str = "waops";

/// A role, and the token that may assume it.
#[derive(Debug)]
pub(super) struct Role {
    arn: String,
    provider_arn: String,
    token_file: String,
    host: String,
}

impl Role {
    /// The role that the pod identity webhook wrote into the environment, if it did.
    pub(super) fn from_environment(variable: &impl Fn(&str) -> Option<String>) -> Option<Self> {
        Some(Self {
            arn: variable("ALIBABA_CLOUD_ROLE_ARN")?,
            provider_arn: variable("ALIBABA_CLOUD_OIDC_PROVIDER_ARN")?,
            token_file: variable("ALIBABA_CLOUD_OIDC_TOKEN_FILE")?,
            host: sts::host(variable),
        })
    }

    /// Exchanges the token, which is read anew each time because it rotates.
    pub(super) async fn assume(&self, transport: &Transport, deadline: Deadline) -> Result<Held, Error> {
        let token = tokio::fs::read_to_string(&self.token_file).await.map_err(|error| {
            Error::new(OPERATION, "Credentials.TokenFile", TOKEN_FILE).saying(&error.kind().to_string())
        })?;
        let redactor = Redactor::default().with(&token);
        let fetched = clock::timestamp();
        let request = Request {
            operation: ACTION,
            method: Method::POST,
            url: self.url(fetched)?,
            headers: vec![("accept", "application/json".to_owned()), ("content-type", FORM.to_owned())],
            body: self.form(token.trim()).into_bytes(),
            redactor: &redactor,
        };
        let reply = transport.send(request, deadline).await?;
        let answered = Answered { operation: ACTION, reply: &reply, redactor: &redactor };
        let answer = errors::read_sts(&answered).map_err(explain)?;
        held(&answer, fetched).ok_or_else(|| answered.odd("Answer.NoCredentials"))
    }

    fn url(&self, now: Timestamp) -> Result<Url, Error> {
        let query = canonical(&[
            ("Action", ACTION.to_owned()),
            ("Version", sts::VERSION.to_owned()),
            ("Format", "JSON".to_owned()),
            ("Timestamp", now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        ]);
        let mut url = sts::url(&self.host)?;
        url.set_query(Some(&query));
        Ok(url)
    }

    /// The token travels in the body: addresses end up in logs of proxies.
    fn form(&self, token: &str) -> String {
        let form: [Parameter; 4] = [
            ("RoleArn", self.arn.clone()),
            ("OIDCProviderArn", self.provider_arn.clone()),
            ("OIDCToken", token.to_owned()),
            ("RoleSessionName", SESSION.to_owned()),
        ];
        canonical(&form)
    }
}

fn held(answer: &Value, fetched: Timestamp) -> Option<Held> {
    let credentials = answer.get("Credentials")?;
    let text = |key: &str| credentials.get(key)?.as_str();
    let keys = Keys::new(text("AccessKeyId")?, text("AccessKeySecret")?, Some(text("SecurityToken")?));
    Some(Held { keys, fetched, until: Some(text("Expiration")?.parse().ok()?) })
}

/// Whatever STS refuses for good is a matter of credentials, not of the object that is being worked on.
fn explain(error: Error) -> Error {
    match error.class {
        Class::Transient | Class::Throttled { .. } => error,
        _ => Error { class: Class::Credentials, advice: ROLE.into(), ..error },
    }
}

const ROLE: &str = "STS refused to assume the role; check the role's trust policy, the OIDC provider and the service account";
const TOKEN_FILE: Verdict = Verdict::refused(
    Class::Credentials,
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE cannot be read; check that the pod identity webhook has mounted it",
);
