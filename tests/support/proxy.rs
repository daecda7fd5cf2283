//! What stands between one operator and the API server, and goes wrong when told to.
//!
//! Plain HTTP on the operator's side, TLS on the other: so that a single answer can be replaced or kept back, and the
//! connections themselves broken or silenced. Nothing is ever changed on the way.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, reason = "a harness that fails, fails the test")]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kube::config::Kubeconfig;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 409, and nothing is written.
    Conflict,
    /// 429 with a time to come back.
    TooMany,
    /// 500; whether it was written before.
    Error { written: bool },
    /// No answer, until nobody waits for it any more.
    Silence { written: bool },
    /// The connection breaks.
    Cut { written: bool },
    /// It is written, and the answer waits until it is let go.
    Held,
}

/// Which requests a fault is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A write to a QR code or a template.
    Write,
    /// The renewal of the lease.
    Lease,
}

impl Target {
    fn is(self, request: &Request<Incoming>) -> bool {
        let path = request.uri().path();
        let is_there = match self {
            Self::Write => path.contains("/whatsappqrcodes/") || path.contains("/whatsapptemplates/"),
            Self::Lease => path.contains("/leases/"),
        };
        is_there && matches!(request.method().as_str(), "PATCH" | "PUT" | "POST")
    }
}

/// How the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Since how many breaks.
    Whole(usize),
    /// Every connection is refused.
    Refusing,
    /// Connections stay, and nothing moves on them.
    Silent,
}

/// A proxy of one operator.
pub(crate) struct Proxy {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    server: String,
    client: reqwest::Client,
    orders: Mutex<VecDeque<(Target, Fault)>>,
    struck: AtomicUsize,
    released: Notify,
    line: watch::Sender<Line>,
    /// Writes to objects that are on their way.
    under_way: AtomicUsize,
}

impl Proxy {
    /// A proxy in front of an API server.
    pub(crate) async fn start(server: &str, client: reqwest::Client) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            server: server.to_owned(),
            client,
            orders: Mutex::default(),
            struck: AtomicUsize::default(),
            released: Notify::new(),
            line: watch::Sender::new(Line::Whole(0)),
            under_way: AtomicUsize::default(),
        });
        let accepting = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&accepting).connection(stream));
            }
        });
        Self { url, shared }
    }

    /// Writes to objects that are on their way now. What else is asked, such as the lease, an idle operator asks, too.
    pub(crate) fn under_way(&self) -> usize {
        self.shared.under_way.load(Ordering::SeqCst)
    }

    /// Lets something happen to the next request that fits.
    pub(crate) fn order(&self, target: Target, fault: Fault) {
        self.shared.orders.lock().unwrap().push_back((target, fault));
    }

    /// Lets an answer go that is held.
    pub(crate) fn let_go(&self) {
        self.shared.released.notify_one();
    }

    /// Lets something happen to the next request that fits; whether one came within this time.
    pub(crate) async fn strike(&self, target: Target, fault: Fault, patience: Duration) -> bool {
        let before = self.shared.struck.load(Ordering::SeqCst);
        self.order(target, fault);
        let struck = async {
            while self.shared.struck.load(Ordering::SeqCst) == before {
                sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(patience, struck).await.is_ok() {
            return true;
        }
        self.shared.orders.lock().unwrap().clear();
        self.shared.struck.load(Ordering::SeqCst) != before
    }

    /// Breaks every connection; new ones are served. Whether there is a line to break.
    pub(crate) fn cut(&self) -> bool {
        self.shared.line.send_if_modified(|line| match line {
            Line::Whole(breaks) => {
                *breaks += 1;
                true
            }
            _ => false,
        })
    }

    /// Nothing gets through, for so long.
    pub(crate) async fn partition(&self, silent: bool, time: Duration) {
        self.shared.line.send_replace(if silent { Line::Silent } else { Line::Refusing });
        sleep(time).await;
        self.shared.line.send_replace(Line::Whole(0));
    }
}

impl Shared {
    async fn connection(self: Arc<Self>, stream: TcpStream) {
        let mut line = self.line.subscribe();
        let _ = stream.set_nodelay(true);
        // What is broken shall look broken.
        let _ = stream.set_zero_linger();
        let cut = Arc::new(Notify::new());
        let service = service_fn(|request| Arc::clone(&self).answer(request, Arc::clone(&cut)));
        let mut serving =
            std::pin::pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        let mut now = *line.borrow_and_update();
        loop {
            match now {
                Line::Refusing => return,
                // Held without a word, and useless afterwards: the other side has sent what nobody read.
                Line::Silent => return drop(line.wait_for(|line| *line != Line::Silent).await),
                Line::Whole(_) => {}
            }
            tokio::select! {
                biased;
                changed = line.changed() => {
                    let next = *line.borrow_and_update();
                    if changed.is_err() || matches!((now, next), (Line::Whole(_), Line::Whole(_))) {
                        return;
                    }
                    now = next;
                }
                () = cut.notified() => return,
                _ = &mut serving => return,
            }
        }
    }

    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        cut: Arc<Notify>,
    ) -> Result<Response<Body>, Infallible> {
        let counted = Target::Write.is(&request).then(|| Counted::new(Arc::clone(&self)));
        let fault = self.fault(&request);
        if let Some(Fault::Cut { written: false } | Fault::Silence { written: false }) = fault {
            return Self::end(fault, &cut).await;
        }
        match fault {
            Some(Fault::Conflict) => return Ok(failure(409, "Conflict", "the object has been modified")),
            Some(Fault::TooMany) => return Ok(failure(429, "TooManyRequests", "too many requests")),
            Some(Fault::Error { written: false }) => return Ok(failure(500, "InternalError", "no luck")),
            _ => {}
        }
        let Some(answer) = self.forward(request).await else {
            // The API server is away: what is between us and it breaks.
            return Self::end(Some(Fault::Cut { written: false }), &cut).await;
        };
        match fault {
            Some(Fault::Error { .. }) => Ok(failure(500, "InternalError", "no luck afterwards")),
            Some(Fault::Held) => {
                self.released.notified().await;
                Ok(answer.map(|body| until_sent(counted, body)))
            }
            Some(_) => Self::end(fault, &cut).await,
            None => Ok(answer.map(|body| until_sent(counted, body))),
        }
    }

    async fn end(fault: Option<Fault>, cut: &Notify) -> Result<Response<Body>, Infallible> {
        if matches!(fault, Some(Fault::Cut { .. })) {
            cut.notify_one();
        }
        // Dropped with its connection, which ends at the latest when the other side has waited long enough.
        std::future::pending().await
    }

    fn fault(&self, request: &Request<Incoming>) -> Option<Fault> {
        let mut orders = self.orders.lock().unwrap();
        let found = orders.iter().position(|(target, _)| target.is(request))?;
        let (_, fault) = orders.remove(found)?;
        self.struck.fetch_add(1, Ordering::SeqCst);
        Some(fault)
    }

    async fn forward(&self, request: Request<Incoming>) -> Option<Response<Body>> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(Body::new(body), usize::MAX).await.ok()?;
        let mut headers = parts.headers;
        headers.remove(header::HOST);
        headers.remove(header::CONTENT_LENGTH);
        let url = format!("{}{}", self.server, parts.uri);
        let sent = self.client.request(parts.method, url).headers(headers).body(body).send().await.ok()?;
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = sent.status();
        *answer.headers_mut() = sent.headers().clone();
        // Of a connection, not of an answer.
        answer.headers_mut().remove(header::TRANSFER_ENCODING);
        answer.headers_mut().remove(header::CONNECTION);
        Some(answer.map(|_| Body::from_stream(sent.bytes_stream())))
    }
}

/// A client that trusts the API server and says nothing by itself: who asks stands in the request.
pub(crate) fn upstream(kubeconfig: &Kubeconfig) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cluster = kubeconfig.clusters[0].cluster.as_ref().unwrap();
    let authority = cluster.certificate_authority_data.as_ref().unwrap();
    let authority = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, authority).unwrap();
    let authority = reqwest::Certificate::from_pem_bundle(&authority).unwrap();
    reqwest::Client::builder().tls_certs_only(authority).no_gzip().no_proxy().http1_only().build().unwrap()
}

/// A request that is on its way as long as this lives.
struct Counted(Arc<Shared>);

impl Counted {
    fn new(shared: Arc<Shared>) -> Self {
        shared.under_way.fetch_add(1, Ordering::SeqCst);
        Self(shared)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A body that keeps what is counted until it has been sent.
fn until_sent(counted: Option<Counted>, body: Body) -> Body {
    let stream = futures::StreamExt::map(body.into_data_stream(), move |chunk| {
        let _on_its_way = &counted;
        chunk
    });
    Body::from_stream(stream)
}

fn failure(code: u16, reason: &str, message: &str) -> Response<Body> {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    });
    let mut answer = Response::new(Body::from(status.to_string()));
    *answer.status_mut() = StatusCode::from_u16(code).unwrap();
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    if code == 429 {
        answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    }
    answer
}
