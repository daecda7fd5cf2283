//! Calls to `cams` and STS: signed afresh for each attempt, classified, within the budget.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, Url};
use serde_json::Value;
use tokio::time::Instant;

use super::caller::Caller;
use super::clock::{ProviderClock, refuses_time};
use super::credentials::{Credentials, Keys};
use super::operation::{CREATE_TEMPLATE, Operation, Place, Service};
use super::sign::{Call, Parameter, Signed, Stamp, v1, v3};
use super::wire::envelope;
use super::{errors, sts};
use crate::api::{AccountLimits, SignatureVersion};
use crate::provider::answer::{Answered, Reply};
use crate::provider::attempt::{Mandate, Reads, fresh_nonce};
use crate::provider::budget::{Budget, HOUR, Lane, Limit, Permit, Scope, lowered};
use crate::provider::deadline::Deadline;
use crate::provider::error::{Class, Error, Verdict};
use crate::provider::record::{Write, record};
use crate::provider::redact::Redactor;
use crate::provider::transport::{Request, Transport};

/// A client of one account.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Transport,
    pub(super) credentials: Arc<Credentials>,
    pub(super) caller: Caller,
    signature: SignatureVersion,
    cams: Url,
    sts: Url,
    budget: Budget,
    clock: ProviderClock,
}

/// The limits that Alibaba documents (A3.1), where its pages disagree the lower ones, and the account's own where
/// they are lower still. They count for a whole Alibaba Cloud account.
pub fn limits(lower: &AccountLimits) -> Vec<Limit> {
    let second = Duration::from_secs(1);
    let per_second = Operation::ALL.iter().map(|operation| Limit {
        scope: Scope::Operation(operation.name),
        calls: lowered(operation.per_second, lower.requests_per_second),
        window: second,
    });
    let hourly = |scope, calls: Option<i32>| {
        calls.map(|calls| Limit { scope, calls: lowered(u32::MAX, Some(calls)), window: HOUR })
    };
    per_second
        .chain(hourly(Scope::Together, lower.requests_per_hour))
        .chain(hourly(Scope::Operation(CREATE_TEMPLATE.name), lower.template_creations_per_hour))
        .collect()
}

impl Client {
    /// A client. The region has been validated: it becomes a host name.
    pub fn new(
        region: &str,
        signature: SignatureVersion,
        credentials: Arc<Credentials>,
        transport: Transport,
        budget: Budget,
    ) -> Result<Self, Error> {
        let host = format!("https://cams.{region}.aliyuncs.com/");
        let vendor = Url::parse(&host).map_err(|_| Error::new("Client", "Client.Region", REGION))?;
        Ok(Self {
            cams: transport.resolve(&vendor),
            sts: transport.resolve(&sts::url(sts::HOST)?),
            caller: Caller::default(),
            transport,
            credentials,
            signature,
            budget,
            clock: ProviderClock::default(),
        })
    }

    /// The same with STS at another host.
    pub fn with_sts(self, host: &str) -> Result<Self, Error> {
        Ok(Self { sts: self.transport.resolve(&sts::url(host)?), ..self })
    }

    /// The same with another budget to spend from.
    #[must_use]
    pub fn spending(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    /// The budget this client spends from.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// How far this machine's clock is from the provider's, where that was noticed.
    pub fn clock(&self) -> &ProviderClock {
        &self.clock
    }

    /// A call that changes nothing: repeated while the trouble is transient and the deadline allows it.
    pub async fn read(
        &self,
        operation: &'static Operation,
        parameters: &[Parameter],
        lane: Lane,
        deadline: Deadline,
    ) -> Result<Value, Error> {
        self.dated_read(operation, parameters, lane, deadline).await.map(|(answer, _)| answer)
    }

    /// The same, and when the request that was answered left the queue: its answer knows of everything before.
    pub(super) async fn dated_read(
        &self,
        operation: &'static Operation,
        parameters: &[Parameter],
        lane: Lane,
        deadline: Deadline,
    ) -> Result<(Value, Instant), Error> {
        let mut reads = Reads::new(operation.name, &self.budget, lane, deadline);
        loop {
            let permit = reads.permit().await?;
            let started = Instant::now();
            match self.call(operation, parameters, permit, reads.attempt()).await {
                Ok((answer, _)) => return Ok((answer, started)),
                Err(error) => reads.pause(error).await?,
            }
        }
    }

    /// A call that changes something: sent once, and recorded whatever became of it.
    pub async fn write(
        &self,
        operation: &'static Operation,
        parameters: &[Parameter],
        mandate: Mandate<'_>,
    ) -> Result<Value, Error> {
        let after = Value::Object(
            parameters.iter().map(|(key, value)| ((*key).to_owned(), value.clone().into())).collect(),
        );
        let result = self.call(operation, parameters, mandate.permit, mandate.deadline).await;
        let (request_id, redactor) = match &result {
            Ok((answer, redactor)) => (envelope(answer).request_id, redactor.clone()),
            Err(_) => (None, Redactor::default()),
        };
        let write = Write {
            asker: mandate.asker,
            operation: operation.name,
            before: mandate.before,
            after: &after,
            redactor: &redactor,
        };
        record(&write, result.as_ref().map(|_| request_id.as_deref().unwrap_or_default()));
        result.map(|(answer, _)| answer)
    }

    /// One call. It is sent a second time only if the provider refused the first unread: because temporary keys
    /// had expired, or because our clock is wrong and we know now by how much.
    async fn call(
        &self,
        operation: &'static Operation,
        parameters: &[Parameter],
        permit: Permit,
        deadline: Deadline,
    ) -> Result<(Value, Redactor), Error> {
        let lane = permit.lane();
        let keys = self.credentials.keys(deadline).await?;
        let error = match self.attempt(operation, parameters, permit, &keys, deadline).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let keys = match &*error.code {
            "InvalidSecurityToken.Expired" => self.credentials.renew(&keys, deadline).await?.ok_or(error)?,
            _ if refuses_time(&error) && self.clock.adopt() => keys,
            _ => return Err(self.clock.explain(error)),
        };
        let permit = Reads::new(operation.name, &self.budget, lane, deadline).permit().await?;
        self.attempt(operation, parameters, permit, &keys, deadline)
            .await
            .map_err(|error| self.clock.explain(error))
    }

    /// One request, counted.
    async fn attempt(
        &self,
        operation: &'static Operation,
        parameters: &[Parameter],
        permit: Permit,
        keys: &Keys,
        deadline: Deadline,
    ) -> Result<(Value, Redactor), Error> {
        let lane = permit.lane();
        let result = self.exchange(operation, parameters, permit, keys, deadline).await;
        self.transport.tally().ended(operation.name, lane, &result);
        result
    }

    /// One request, signed with a fresh nonce and the provider's time.
    async fn exchange(
        &self,
        operation: &'static Operation,
        parameters: &[Parameter],
        permit: Permit,
        keys: &Keys,
        deadline: Deadline,
    ) -> Result<(Value, Redactor), Error> {
        let signed = self.sign(operation, parameters, keys);
        let redactor = keys.redactor().with(&signed.signature);
        let mut url = self.url(operation.service).clone();
        url.set_query(Some(&signed.query).filter(|query| !query.is_empty()).map(String::as_str));
        let mut headers = signed.headers;
        headers.push(("accept", "application/json".to_owned()));
        let request = Request {
            operation: operation.name,
            method: Method::POST,
            url,
            headers,
            body: signed.body.into_bytes(),
            redactor: &redactor,
        };
        let sent = permit.send();
        let reply = self.transport.send(request, deadline).await?;
        sent.answered();
        self.clock.look(&reply);
        let answer = self.understand(operation, &reply, &redactor)?;
        Ok((answer, redactor))
    }

    fn understand(
        &self,
        operation: &'static Operation,
        reply: &Reply,
        redactor: &Redactor,
    ) -> Result<Value, Error> {
        let answered = Answered { operation: operation.name, reply, redactor };
        let result = match operation.service {
            Service::Cams => errors::read(&answered),
            Service::Sts => errors::read_sts(&answered),
        };
        match &result {
            Ok(_) => self.budget.succeeded(operation.name),
            Err(Error { class: Class::Throttled { after }, code, .. }) => {
                // Quotas are counted for each operation, but for this one code.
                let is_everybody = &**code == "Throttling.User" && operation.service == Service::Cams;
                let scope = (!is_everybody).then_some(operation.name);
                self.budget.throttled(scope, *after);
            }
            Err(_) => {}
        }
        result
    }

    fn url(&self, service: Service) -> &Url {
        match service {
            Service::Cams => &self.cams,
            Service::Sts => &self.sts,
        }
    }

    fn sign(&self, operation: &Operation, parameters: &[Parameter], keys: &Keys) -> Signed {
        let (query, form): (&[Parameter], &[Parameter]) = match operation.place {
            Place::Query => (parameters, &[]),
            Place::Form => (&[], parameters),
        };
        // Where a port is not the scheme's own, it stands in the `host` header and so in the signature.
        let url = self.url(operation.service);
        let host = url.host_str().unwrap_or_default();
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let call =
            Call { host: &host, action: operation.name, version: operation.service.version(), query, form };
        let stamp = Stamp { nonce: fresh_nonce(), time: self.clock.now() };
        match self.signature {
            SignatureVersion::V1 => v1(&call, keys, &stamp),
            SignatureVersion::V3 => v3(&call, keys, &stamp),
        }
    }
}

const REGION: Verdict =
    Verdict::refused(Class::Terminal, "the region is no host name; ap-southeast-1 is the usual one");
