//! The way from the clients to the simulator without a socket, for simulations and benches: here alone the two rooms
//! meet that know nothing of each other.
//!
//! A call goes out and comes back in tokio's time, and is answered at [`clock::timestamp`]: under a paused clock and
//! a [`clock::Virtual`] wall, the same calls tell the same story.

use std::fmt;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Request, StatusCode, Url};

use crate::clock;
use crate::provider::answer::Reply;
use crate::provider::carrier::{Broken, Carrier};
use crate::simulator::{self, End, Response, Simulator};

/// A simulator in this process. Clones share it.
#[derive(Clone)]
pub struct Inside {
    simulator: Arc<Mutex<Simulator>>,
    pace: Arc<dyn Fn() -> Pace + Send + Sync>,
}

/// How long one call is on its way, besides what the simulator's faults add.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// From the client to the provider.
    pub there: Duration,
    /// From the provider to the client.
    pub back: Duration,
}

impl fmt::Debug for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside").finish_non_exhaustive()
    }
}

impl Inside {
    /// A simulator to which calls take no time.
    pub fn new(simulator: Simulator) -> Self {
        Self { simulator: Arc::new(Mutex::new(simulator)), pace: Arc::new(Pace::default) }
    }

    /// The same where each call takes what this says when it goes out.
    #[must_use]
    pub fn with_pace(self, pace: impl Fn() -> Pace + Send + Sync + 'static) -> Self {
        Self { pace: Arc::new(pace), ..self }
    }

    /// The state machine behind it.
    pub fn simulator(&self) -> MutexGuard<'_, Simulator> {
        // A panic in another call is no reason to stop answering.
        self.simulator.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Carrier for Inside {
    fn carry(&self, request: Request) -> BoxFuture<'_, Result<Reply, Broken>> {
        let pace = (self.pace)();
        Box::pin(async move {
            travel(pace.there).await;
            let outcome = self.simulator().handle(&arrived(&request), clock::timestamp());
            travel(Duration::from_millis(outcome.delay_ms).saturating_add(pace.back)).await;
            match outcome.end {
                End::Respond(response) => Ok(reply(response)),
                End::Reset => Err(Broken::Lost("connection reset by peer".to_owned())),
                // The deadline of the call ends it.
                End::Silence => pending().await,
            }
        })
    }
}

/// Even a call that takes no time lets others go before: on a network nobody is answered at once.
async fn travel(duration: Duration) {
    if duration.is_zero() {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(duration).await;
    }
}

/// The request as it comes out of a connection.
fn arrived(request: &Request) -> simulator::Request {
    let (url, body) = (request.url(), request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default());
    let sent = request.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    simulator::Request {
        method: request.method().as_str().to_owned(),
        path: url.path().to_owned(),
        query: url.query().unwrap_or_default().to_owned(),
        headers: std::iter::once(("host".to_owned(), host(url))).chain(sent).collect(),
        body: body.to_vec(),
    }
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The answer as a client reads it. What no connection could carry is left out, as no scenario should hold it.
fn reply(response: Response) -> Reply {
    let headers = response.headers.iter().filter_map(|(name, value)| {
        Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
    });
    let headers: HeaderMap = headers.collect();
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::BAD_REQUEST);
    Reply { status, headers, body: response.body }
}
