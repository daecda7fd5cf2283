//! One HTTP request: with a hard deadline, a bounded answer, and errors that hold no address.

use std::error::Error as StdError;
use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::StreamExt;
use reqwest::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Certificate, Client, Method, Response, StatusCode, Url, redirect, retry};
use tracing::Instrument as _;

use super::answer::Reply;
use super::carrier::{Broken, Carrier};
use super::deadline::Deadline;
use super::error::{Class, Error, Verdict};
use super::redact::Redactor;
use super::tally::Tally;

/// How we introduce ourselves to the providers.
const INTRODUCTION: &str = concat!("waops/", env!("CARGO_PKG_VERSION"), " (+https://waops.dev)");
/// Two thousand QR codes, or a page of templates, are far below it.
const MAX_BODY: usize = 8 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than any load balancer's own: a write on a connection that just died would be an unclear one.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// What an operator may say about the way to the providers. Manifests never can.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Certificates to trust besides the system's, as PEM.
    pub ca_bundle: Option<Vec<u8>>,
    /// Where to call instead of the vendor's own hosts, for the simulator: scheme, host and port count.
    pub endpoint: Option<Url>,
}

/// The settings make no client.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The bundle cannot be read.
    #[error("the CA bundle is not PEM with at least one certificate")]
    CaBundle,
    /// The endpoint cannot be called.
    #[error("the endpoint must be http:// or https:// with a host and nothing after the port")]
    Endpoint,
    /// Roots are missing, or no crypto provider was installed.
    #[error("no TLS client: {0}")]
    Tls(String),
}

/// The way to a provider.
#[derive(Clone, Debug)]
pub struct Transport {
    way: Way,
    max_body: usize,
    tally: Tally,
}

#[derive(Clone, Debug)]
enum Way {
    Network { client: Client, endpoint: Option<Url> },
    Carried(Arc<dyn Carrier>),
}

/// A request, ready to go. Its address and headers may hold secrets, so it has no `Debug`.
pub struct Request<'a> {
    /// The operation, for errors.
    pub operation: &'static str,
    /// Method.
    pub method: Method,
    /// The vendor's own address; the endpoint replaces its scheme, host and port.
    pub url: Url,
    /// Headers, all of them treated as sensitive.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// What must not be repeated from any error.
    pub redactor: &'a Redactor,
}

impl Transport {
    /// Builds the client once; it keeps its connections for all calls. Proxies come from `HTTPS_PROXY` and
    /// `NO_PROXY`. The process must have installed a crypto provider.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let mut builder = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(POOL_IDLE)
            .tcp_keepalive(Duration::from_secs(30))
            // A redirect would carry credentials elsewhere; a repetition would carry an old nonce.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false);
        if let Some(pem) = &settings.ca_bundle {
            let certificates = Certificate::from_pem_bundle(pem).map_err(|_| SettingsError::CaBundle)?;
            if certificates.is_empty() {
                return Err(SettingsError::CaBundle);
            }
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder.build().map_err(|error| SettingsError::Tls(innermost(&error)))?;
        let endpoint = settings.endpoint.clone();
        if endpoint.as_ref().is_some_and(|url| !is_origin(url)) {
            return Err(SettingsError::Endpoint);
        }
        let way = Way::Network { client, endpoint };
        Ok(Self { way, max_body: MAX_BODY, tally: Tally::default() })
    }

    /// A way around the network, under the same rules: deadlines, bounds, errors.
    pub fn through(carrier: Arc<dyn Carrier>) -> Self {
        Self { way: Way::Carried(carrier), max_body: MAX_BODY, tally: Tally::default() }
    }

    /// The same with a smaller cap for answers.
    #[must_use]
    pub fn with_max_body(self, max_body: usize) -> Self {
        Self { max_body, ..self }
    }

    /// The same, with its calls counted here.
    #[must_use]
    pub fn counted_by(self, tally: Tally) -> Self {
        Self { tally, ..self }
    }

    /// Where its calls are counted.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Where a request to this vendor address really goes.
    pub fn resolve(&self, vendor: &Url) -> Url {
        let mut url = vendor.clone();
        if let Way::Network { endpoint: Some(endpoint), .. } = &self.way {
            // Both are origins with a host, so none of the three can be refused.
            let _ = url.set_scheme(endpoint.scheme());
            let _ = url.set_host(endpoint.host_str());
            let _ = url.set_port(endpoint.port());
        }
        url
    }

    /// Sends a request once and reads the whole answer, until the deadline and no byte further.
    pub async fn send(&self, request: Request<'_>, deadline: Deadline) -> Result<Reply, Error> {
        let (operation, redactor) = (request.operation, request.redactor);
        let built = self.build(request)?;
        if deadline.passed() {
            return Err(Error::new(operation, "Transport.TooLate", TOO_LATE));
        }
        let span = tracing::debug_span!("request", operation);
        let mut exchange = pin!(self.exchange(operation, built, redactor).instrument(span));
        let too_late = || Err(Error::new(operation, "Transport.Timeout", TIMEOUT));
        // After a stop that was longer than that, a connection may be ready before the timer is.
        let in_time =
            poll_fn(
                |cx| if deadline.passed() { Poll::Ready(too_late()) } else { exchange.as_mut().poll(cx) },
            );
        tokio::select! {
            biased;
            // Dropping the exchange closes its connection.
            () = deadline.wait() => too_late(),
            answer = in_time => answer,
        }
    }

    async fn exchange(
        &self,
        operation: &'static str,
        request: reqwest::Request,
        redactor: &Redactor,
    ) -> Result<Reply, Error> {
        match &self.way {
            Way::Network { client, .. } => {
                let response = client.execute(request).await;
                let response = response.map_err(|error| lost(operation, error, redactor))?;
                self.read(operation, response, redactor).await
            }
            Way::Carried(carrier) => {
                let reply = carrier.carry(request).await;
                let reply = reply.map_err(|broken| never_back(operation, &broken, redactor))?;
                let fits = reply.body.len() <= self.max_body;
                if fits { Ok(reply) } else { Err(too_large(operation, reply.status)) }
            }
        }
    }

    fn build(&self, request: Request<'_>) -> Result<reqwest::Request, Error> {
        let mut built = reqwest::Request::new(request.method, self.resolve(&request.url));
        built.headers_mut().insert(USER_AGENT, HeaderValue::from_static(INTRODUCTION));
        for (name, value) in request.headers {
            let mut value = HeaderValue::from_str(&value).map_err(|_| {
                Error::new(request.operation, "Transport.Header", HEADER).saying(&format!("header {name}"))
            })?;
            value.set_sensitive(true);
            built.headers_mut().insert(HeaderName::from_static(name), value);
        }
        if request.body.is_empty() {
            if built.method() == Method::POST {
                // Left out by the HTTP client, and demanded by some gateways.
                built.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
            }
        } else {
            *built.body_mut() = Some(request.body.into());
        }
        Ok(built)
    }

    async fn read(
        &self,
        operation: &'static str,
        response: Response,
        redactor: &Redactor,
    ) -> Result<Reply, Error> {
        let (status, headers): (_, HeaderMap) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| lost(operation, error, redactor))?;
            if body.len() + chunk.len() > self.max_body {
                return Err(too_large(operation, status));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body })
    }
}

const TOO_LATE: Verdict =
    Verdict::refused(Class::Transient, "its time was over before it could be sent; waops plans it again");
const TIMEOUT: Verdict =
    Verdict::unclear(Class::Transient, "no complete answer in time; waops finds out what became of it");
const HEADER: Verdict = Verdict::refused(
    Class::Credentials,
    "a credential has characters that no HTTP header can carry; copy it again, without line breaks",
);
const TOO_LARGE: Verdict = Verdict::unclear(
    Class::Slow,
    "the answer is too large to be true; look for a proxy that changes answers",
);
const CONNECT: Verdict = Verdict::refused(
    Class::Transient,
    "no connection; check DNS, egress rules and HTTPS_PROXY if it stays so",
);
const TLS: Verdict = Verdict::refused(
    Class::Slow,
    "the certificate was not accepted; behind a proxy that opens TLS, give waops its CA bundle",
);
const LOST: Verdict = Verdict::unclear(
    Class::Transient,
    "the connection broke in the middle; waops finds out what became of it",
);

/// Classifies what the HTTP client says: only a failure to connect proves that nothing was sent.
fn lost(operation: &'static str, error: reqwest::Error, redactor: &Redactor) -> Error {
    let error = error.without_url();
    let (code, verdict) = match () {
        () if error.is_connect() && is_tls(&error) => ("Transport.Tls", TLS),
        () if error.is_connect() => ("Transport.Connect", CONNECT),
        () => ("Transport.Lost", LOST),
    };
    Error::new(operation, code, verdict).saying(&redactor.text(&innermost(&error)))
}

/// The same for what a carrier says.
fn never_back(operation: &'static str, broken: &Broken, redactor: &Redactor) -> Error {
    let (code, verdict, why) = match broken {
        Broken::Unreached(why) => ("Transport.Connect", CONNECT, why),
        Broken::Lost(why) => ("Transport.Lost", LOST, why),
    };
    Error::new(operation, code, verdict).saying(&redactor.text(why))
}

fn too_large(operation: &'static str, status: StatusCode) -> Error {
    Error { http_status: Some(status.as_u16()), ..Error::new(operation, "Transport.TooLarge", TOO_LARGE) }
}

/// The cause at the end of the chain: the one sentence that says something, and never an address.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map_or_else(|| "unknown".to_owned(), ToString::to_string)
}

fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    // An I/O error that wraps another one does not name it as its source.
    fn wraps_tls(cause: &(dyn StdError + 'static)) -> bool {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause.is::<rustls::Error>() || inner.is_some_and(|inner| wraps_tls(inner))
    }
    causes(error).any(wraps_tls)
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// An address that is scheme, host and port alone.
fn is_origin(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}
