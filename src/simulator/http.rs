//! The simulator on a real port: the only file here that does I/O or reads a clock.

use std::future::IntoFuture as _;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::listener::{Breaker, Listener};
use super::{End, Request, Response, Simulator};
use crate::clock;

/// The largest body that is read: the largest media that Meta takes (100 MB documents), and some room.
const LARGEST_BODY: usize = 110 << 20;
/// How long a call that is never answered is held.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often a call gives way to others before it blocks its thread.
const TURNS: u32 = 64;
/// How often changes are written to the state file.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// What to serve, and where.
#[derive(Debug, Default)]
pub struct ServeOptions {
    /// The story.
    pub simulator: Simulator,
    /// Where both vendors are served; a free port of the loopback by default.
    pub listen: Option<SocketAddr>,
    /// Where the admin API is served; a free port of the loopback by default.
    pub admin: Option<SocketAddr>,
    /// Whether the vendors are served with TLS, under a certificate made for this run.
    pub tls: bool,
    /// Where the state is kept.
    pub state: Option<PathBuf>,
}

/// A simulator that is being served, until it is dropped.
#[derive(Debug)]
pub struct Running {
    /// Both vendors: `http://127.0.0.1:PORT`.
    pub url: String,
    /// The admin API.
    pub admin_url: String,
    /// The certificate to trust, in PEM, when served with TLS.
    pub certificate: Option<String>,
    shared: Shared,
    state: Option<PathBuf>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Clone, Debug)]
struct Shared(Arc<Mutex<Simulator>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Simulator> {
        // A panic in another call is no reason to stop answering.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Like [`Self::lock`], but lets the thread serve other connections while one call is being answered.
    async fn call<T>(&self, answer: impl FnOnce(&mut Simulator) -> T) -> T {
        for _ in 0..TURNS {
            if let Ok(mut simulator) = self.0.try_lock() {
                return answer(&mut simulator);
            }
            tokio::task::yield_now().await;
        }
        answer(&mut self.lock())
    }
}

impl Running {
    /// The state machine behind the port.
    pub fn simulator(&self) -> MutexGuard<'_, Simulator> {
        self.shared.lock()
    }

    /// Stops answering and writes the state down.
    pub fn shutdown(self) -> io::Result<()> {
        self.stop.send_replace(true);
        match &self.state {
            Some(path) => save(&self.shared, path),
            None => Ok(()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Serves a simulator.
pub async fn serve(options: ServeOptions) -> io::Result<Running> {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let vendors = TcpListener::bind(options.listen.unwrap_or(loopback)).await?;
    let admin = TcpListener::bind(options.admin.unwrap_or(loopback)).await?;
    let (vendors_at, admin_at) = (vendors.local_addr()?, admin.local_addr()?);
    let (acceptor, certificate) = if options.tls {
        let (acceptor, certificate) = super::tls::acceptor(vendors_at.ip())?;
        (Some(acceptor), Some(certificate))
    } else {
        (None, None)
    };
    let scheme = if options.tls { "https" } else { "http" };
    let url = format!("{scheme}://{vendors_at}");
    let mut simulator = options.simulator;
    simulator.settings().public_url.clone_from(&url);
    let shared = Shared(Arc::new(Mutex::new(simulator)));
    let (stop, stopped) = watch::channel(false);

    let faces = Router::new().fallback(vendor).with_state(shared.clone());
    let faces = faces.into_make_service_with_connect_info::<Breaker>();
    let desk = Router::new().fallback(administer).with_state(shared.clone());
    let faces = axum::serve(Listener::new(vendors, acceptor), faces);
    let faces = faces.with_graceful_shutdown(end(stopped.clone())).into_future();
    let desk = axum::serve(admin, desk).with_graceful_shutdown(end(stopped.clone())).into_future();
    // axum's servers end only when they are told to, and never with an error.
    let mut tasks = vec![tokio::spawn(async { drop(faces.await) }), tokio::spawn(async { drop(desk.await) })];
    if let Some(path) = options.state.clone() {
        tasks.push(tokio::spawn(keep_saving(shared.clone(), path, stopped)));
    }
    let admin_url = format!("http://{admin_at}");
    Ok(Running { url, admin_url, certificate, shared, state: options.state, stop, tasks })
}

/// Ends when it is time to stop; a sender that is gone means the same.
async fn end(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn vendor(
    State(shared): State<Shared>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    request: axum::extract::Request,
) -> axum::response::Response {
    let Some(request) = read(request).await else { return refused() };
    let outcome = shared.call(|simulator| simulator.handle(&request, clock::timestamp())).await;
    if outcome.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(outcome.delay_ms)).await;
    }
    match outcome.end {
        End::Respond(response) => write(response),
        End::Silence => {
            tokio::time::sleep(PATIENCE).await;
            breaker.break_connection();
            refused()
        }
        End::Reset => {
            breaker.break_connection();
            refused()
        }
    }
}

async fn administer(
    State(shared): State<Shared>,
    request: axum::extract::Request,
) -> axum::response::Response {
    let Some(request) = read(request).await else { return refused() };
    let response = shared.lock().admin(&request, clock::timestamp());
    write(response)
}

async fn read(request: axum::extract::Request) -> Option<Request> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LARGEST_BODY).await.ok()?;
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    Some(Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: body.into(),
    })
}

fn write(response: Response) -> axum::response::Response {
    let mut builder = http::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(*name, value);
    }
    builder.body(Body::from(response.body)).unwrap_or_else(|_| refused())
}

/// For bodies that cannot be read and faults that no scenario should hold.
fn refused() -> axum::response::Response {
    let mut response = axum::response::Response::new(Body::empty());
    *response.status_mut() = http::StatusCode::BAD_REQUEST;
    response
}

async fn keep_saving(shared: Shared, path: PathBuf, mut stopped: watch::Receiver<bool>) {
    let mut saved = None;
    while tokio::time::timeout(SAVE_EVERY, stopped.wait_for(|stop| *stop)).await.is_err() {
        let revision = Some(shared.lock().revision());
        if revision == saved {
            continue;
        }
        match save(&shared, &path) {
            Ok(()) => saved = revision,
            Err(error) => eprintln!("cannot save {}: {error}", path.display()),
        }
    }
}

/// Writes a new file and puts it in place of the old one, so that a crash leaves one of the two.
fn save(shared: &Shared, path: &std::path::Path) -> io::Result<()> {
    let bytes = shared.lock().save()?;
    let beside = path.with_extension("tmp");
    std::fs::write(&beside, bytes)?;
    std::fs::rename(&beside, path)
}
