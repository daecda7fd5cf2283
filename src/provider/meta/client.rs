//! Calls to the Graph API: with token and proof, classified, within the budget.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::auth::Credentials;
use super::operation::{Body, CREATE_TEMPLATE, GraphRequest, Host};
use super::{errors, usage};
use crate::api::AccountLimits;
use crate::provider::answer::Answered;
use crate::provider::attempt::{Mandate, Reads};
use crate::provider::budget::{Budget, HOUR, Lane, Limit, Permit, Scope, lowered};
use crate::provider::deadline::Deadline;
use crate::provider::encoding::percent;
use crate::provider::error::{Class, Error, Verdict};
use crate::provider::record::{Write, record};
use crate::provider::sparse::sparse;
use crate::provider::transport::{Request, Transport};

/// Calls in an hour for a business account with a registered number. Without one it is 200, but who has no
/// number has no QR codes; and the usage headers slow us down long before either.
const CALLS_PER_HOUR: u32 = 5000;
/// Templates created in an hour (B3.2).
const CREATIONS_PER_HOUR: u32 = 100;

/// A client of one business account.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Transport,
    credentials: Arc<Credentials>,
    graph_version: String,
    graph: Url,
    api: Url,
    budget: Budget,
}

/// The limits that Meta documents (B5), and the account's own where they are lower.
pub fn limits(lower: &AccountLimits) -> Vec<Limit> {
    let limit = |scope, calls, own, window| Limit { scope, calls: lowered(calls, own), window };
    let creations = Scope::Operation(CREATE_TEMPLATE.name);
    let mut limits = vec![
        limit(Scope::Together, CALLS_PER_HOUR, lower.requests_per_hour, HOUR),
        limit(creations, CREATIONS_PER_HOUR, lower.template_creations_per_hour, HOUR),
    ];
    if lower.requests_per_second.is_some() {
        let second = Duration::from_secs(1);
        limits.push(limit(Scope::EachOperation, u32::MAX, lower.requests_per_second, second));
    }
    limits
}

/// What a call brought back, and what its record wants to know.
struct Success {
    answer: Value,
    request_id: String,
}

impl Client {
    /// A client. The version has been validated: it becomes part of paths.
    pub fn new(
        graph_version: &str,
        credentials: Arc<Credentials>,
        transport: Transport,
        budget: Budget,
    ) -> Result<Self, Error> {
        let url = |text: &str| Url::parse(text).map_err(|_| Error::new("Client", "Client.Host", HOST));
        Ok(Self {
            graph_version: graph_version.to_owned(),
            graph: url("https://graph.facebook.com")?,
            api: url("https://api.facebook.com")?,
            transport,
            credentials,
            budget,
        })
    }

    /// The version of the Graph API, for paths.
    pub fn graph_version(&self) -> &str {
        &self.graph_version
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

    /// A call that changes nothing: repeated while the trouble is transient and the deadline allows it.
    pub async fn read(&self, request: &GraphRequest, lane: Lane, deadline: Deadline) -> Result<Value, Error> {
        self.dated_read(request, lane, deadline).await.map(|(answer, _)| answer)
    }

    /// The same, and when the request that was answered left the queue: its answer knows of everything before.
    pub(super) async fn dated_read(
        &self,
        request: &GraphRequest,
        lane: Lane,
        deadline: Deadline,
    ) -> Result<(Value, Instant), Error> {
        let mut reads = Reads::new(request.operation.name, &self.budget, lane, deadline);
        loop {
            let permit = reads.permit().await?;
            let started = Instant::now();
            match self.attempt(request, permit, reads.attempt()).await {
                Ok(success) => return Ok((success.answer, started)),
                Err(error) => reads.pause(error).await?,
            }
        }
    }

    /// A call that changes nothing and is not repeated either: whoever asks decides how to go on.
    pub(super) async fn once(
        &self,
        request: &GraphRequest,
        lane: Lane,
        deadline: Deadline,
    ) -> Result<Value, Error> {
        let permit = Reads::new(request.operation.name, &self.budget, lane, deadline).permit().await?;
        self.attempt(request, permit, deadline).await.map(|success| success.answer)
    }

    /// A call that changes something: sent once, and recorded whatever became of it.
    pub async fn write(&self, request: &GraphRequest, mandate: Mandate<'_>) -> Result<Value, Error> {
        let result = self.attempt(request, mandate.permit, mandate.deadline).await;
        let after = shown(request);
        let write = Write {
            asker: mandate.asker,
            operation: request.operation.name,
            before: mandate.before,
            after: &after,
            redactor: self.credentials.redactor(),
        };
        record(&write, result.as_ref().map(|success| success.request_id.as_str()));
        result.map(|success| success.answer)
    }

    /// One request, counted.
    async fn attempt(
        &self,
        request: &GraphRequest,
        permit: Permit,
        deadline: Deadline,
    ) -> Result<Success, Error> {
        let lane = permit.lane();
        let result = self.exchange(request, permit, deadline).await;
        self.transport.tally().ended(request.operation.name, lane, &result);
        result
    }

    async fn exchange(
        &self,
        request: &GraphRequest,
        permit: Permit,
        deadline: Deadline,
    ) -> Result<Success, Error> {
        let operation = request.operation.name;
        let redactor = self.credentials.redactor();
        let (headers, body) = self.dress(request);
        let request = Request {
            operation,
            method: request.method.clone(),
            url: self.url(request),
            headers,
            body,
            redactor,
        };
        let sent = permit.send();
        let reply = self.transport.send(request, deadline).await?;
        sent.answered();
        let answered = Answered { operation, reply: &reply, redactor };
        let answer = self.understand(&answered)?;
        let request_id =
            ["x-fb-request-id", "x-fb-trace-id"].into_iter().find_map(|name| answered.header(name));
        Ok(Success { request_id: request_id.unwrap_or_default().to_owned(), answer })
    }

    /// Reads the answer, and lets the budget learn from it.
    fn understand(&self, answered: &Answered<'_>) -> Result<Value, Error> {
        let usage = usage::read(&answered.reply.headers);
        if let Some(percent) = usage.percent {
            self.budget.reported(percent, usage.regain);
        }
        let result = errors::read(answered).map_err(|error| match error.class {
            Class::Throttled { after: None } => {
                Error { class: Class::Throttled { after: usage.regain }, ..error }
            }
            _ => error,
        });
        match &result {
            // Calls while being limited make the wait longer, whoever's answer said so.
            Err(Error { class: Class::Throttled { after }, .. }) => self.budget.throttled(None, *after),
            _ if usage.regain.is_some() => self.budget.throttled(None, usage.regain),
            Ok(_) => self.budget.succeeded(answered.operation),
            Err(_) => {}
        }
        result
    }

    fn url(&self, request: &GraphRequest) -> Url {
        let mut url = match request.operation.host {
            Host::Graph => self.graph.clone(),
            Host::Api => self.api.clone(),
        };
        // An upload session brings a query of its own.
        let (path, own) =
            request.path.split_once('?').map_or((&*request.path, None), |(path, own)| (path, Some(own)));
        url.set_path(path);
        let proof = self.credentials.proof().map(|proof| ("appsecret_proof", proof.to_owned()));
        let parameters = request.query.iter().cloned().chain(proof);
        let pairs = parameters.map(|(name, value)| format!("{name}={}", percent(&value)));
        let query: Vec<_> = own.map(str::to_owned).into_iter().chain(pairs).collect();
        url.set_query((!query.is_empty()).then(|| query.join("&")).as_deref());
        url
    }

    /// Headers and body.
    fn dress(&self, request: &GraphRequest) -> (Vec<(&'static str, String)>, Vec<u8>) {
        let mut headers = vec![
            ("accept", "application/json".to_owned()),
            ("authorization", self.credentials.authorization(request.operation.scheme)),
        ];
        let body = match &request.body {
            Body::Nothing => Vec::new(),
            Body::Json(value) => {
                headers.push(("content-type", "application/json".to_owned()));
                value.to_string().into_bytes()
            }
            Body::File { offset, bytes } => {
                headers.push(("content-type", "application/octet-stream".to_owned()));
                headers.push(("file_offset", offset.to_string()));
                bytes.clone()
            }
        };
        (headers, body)
    }
}

/// What a write asks for, as the record shows it.
fn shown(request: &GraphRequest) -> Value {
    let query: serde_json::Map<_, _> =
        request.query.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
    let body = match &request.body {
        Body::Json(body) => body.clone(),
        Body::Nothing | Body::File { .. } => Value::Null,
    };
    sparse(json!({"method": request.method.as_str(), "path": request.path, "query": query, "body": body}))
}

const HOST: Verdict =
    Verdict::refused(Class::Slow, "this program names Meta's hosts wrongly; report this as a bug");
