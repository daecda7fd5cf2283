//! A way around the network is held to the same rules as the network (claims.md 3, trap 25).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use futures::future::{BoxFuture, pending};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode, Url};
use tokio::time::Instant;
use waops::provider::answer::Reply;
use waops::provider::carrier::{Broken, Carrier};
use waops::provider::deadline::Deadline;
use waops::provider::error::{Effect, Error};
use waops::provider::redact::Redactor;
use waops::provider::transport::{Request, Transport};

/// Carries every request to the same end.
#[derive(Debug)]
struct To {
    end: fn() -> Option<Result<Vec<u8>, Broken>>,
    carried: AtomicUsize,
    closed: AtomicUsize,
}

/// A connection, until it is closed.
struct Connection<'a>(&'a AtomicUsize);

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

impl Carrier for To {
    fn carry(&self, request: reqwest::Request) -> BoxFuture<'_, Result<Reply, Broken>> {
        self.carried.fetch_add(1, Relaxed);
        assert!(request.headers()["user-agent"].to_str().unwrap().starts_with("waops/"));
        assert_eq!(request.url().host_str(), Some("graph.facebook.com"), "the vendor's own address");
        let connection = Connection(&self.closed);
        Box::pin(async move {
            let _connection = connection;
            let Some(end) = (self.end)() else { return pending().await };
            Ok(Reply { status: StatusCode::OK, headers: HeaderMap::new(), body: end? })
        })
    }
}

fn to(end: fn() -> Option<Result<Vec<u8>, Broken>>) -> (Transport, Arc<To>) {
    let to = Arc::new(To { end, carried: AtomicUsize::new(0), closed: AtomicUsize::new(0) });
    (Transport::through(Arc::clone(&to) as Arc<dyn Carrier>), to)
}

async fn send(transport: &Transport, deadline: Deadline) -> Result<Reply, Error> {
    let redactor = Redactor::default().with("s3cr3t!");
    let request = Request {
        operation: "Op",
        method: Method::POST,
        url: Url::parse("https://graph.facebook.com/v25.0/1").unwrap(),
        headers: vec![("authorization", "Bearer s3cr3t!".to_owned())],
        body: Vec::new(),
        redactor: &redactor,
    };
    transport.send(request, deadline).await
}

#[tokio::test(start_paused = true)]
async fn every_end_has_the_error_it_has_on_the_network() {
    type Case = (fn() -> Option<Result<Vec<u8>, Broken>>, &'static str, Effect, &'static str);
    let cases: [Case; 4] = [
        (|| None, "Transport.Timeout", Effect::Unclear, "silence"),
        (|| Some(Ok(vec![b' '; 101])), "Transport.TooLarge", Effect::Unclear, "an answer beyond the bound"),
        (
            || Some(Err(Broken::Lost("reset, and s3cr3t! echoed".to_owned()))),
            "Transport.Lost",
            Effect::Unclear,
            "it may have arrived",
        ),
        (
            || Some(Err(Broken::Unreached("no route for s3cr3t!".to_owned()))),
            "Transport.Connect",
            Effect::None,
            "it never left",
        ),
    ];
    for (end, code, effect, reason) in cases {
        let (transport, to) = to(end);
        let start = Instant::now();
        let error = send(&transport.with_max_body(100), Deadline::after(Duration::from_secs(30))).await;
        let error = error.expect_err(reason);
        assert_eq!((&*error.code, error.effect), (code, effect), "{reason}");
        assert!(!format!("{error} {error:?}").contains("s3cr3t!"), "{reason}: {error}");
        assert!(start.elapsed() <= Duration::from_secs(30), "{reason}");
        assert_eq!(to.closed.load(Relaxed), 1, "{reason}: the connection is closed");
    }
}

#[tokio::test(start_paused = true)]
async fn claim_03_after_its_deadline_nothing_is_carried() {
    let (transport, to) = to(|| Some(Ok(Vec::new())));
    let error = send(&transport, Deadline::after(Duration::ZERO)).await.unwrap_err();
    assert_eq!((&*error.code, error.effect), ("Transport.TooLate", Effect::None));
    assert_eq!(to.carried.load(Relaxed), 0);
    assert!(send(&transport, Deadline::after(Duration::from_secs(1))).await.is_ok(), "but before it is");
}

/// A way on which the process stands still for longer than its calls may take, as one that was stopped.
#[derive(Debug, Default)]
struct Stopped(AtomicUsize);

impl Carrier for Stopped {
    fn carry(&self, _: reqwest::Request) -> BoxFuture<'_, Result<Reply, Broken>> {
        Box::pin(async {
            std::thread::sleep(Duration::from_millis(100));
            tokio::task::yield_now().await;
            self.0.fetch_add(1, Relaxed);
            Ok(Reply { status: StatusCode::OK, headers: HeaderMap::new(), body: Vec::new() })
        })
    }
}

#[tokio::test(start_paused = true)]
async fn claim_03_nothing_goes_out_after_a_stop_that_was_longer_than_the_deadline() {
    let stopped = Arc::new(Stopped::default());
    let transport = Transport::through(Arc::clone(&stopped) as Arc<dyn Carrier>);
    // No timer fires meanwhile: the clock of the runtime stands still.
    let deadline = Deadline::at(SystemTime::now() + Duration::from_millis(50));
    let error = send(&transport, deadline).await.unwrap_err();
    assert_eq!((&*error.code, error.effect), ("Transport.Timeout", Effect::Unclear));
    assert_eq!(stopped.0.load(Relaxed), 0);
}
