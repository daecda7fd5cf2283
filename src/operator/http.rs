//! `/healthz`, `/readyz` and `/metrics`.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use super::metrics::Metrics;

/// Listens at an address. `[::]` is every address that the machine has, those of IPv4 included.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    let listener = match TcpListener::bind(address).await {
        // A kernel that was started without IPv6 knows no such address.
        Err(error) if address.ip() == Ipv6Addr::UNSPECIFIED && error.kind() != ErrorKind::AddrInUse => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port())).await
        }
        listener => listener,
    };
    listener.map_err(|error| format!("cannot listen at {address}: {error}"))
}

/// Answers whoever asks.
pub(super) async fn serve(listener: TcpListener, metrics: Arc<Metrics>) {
    let router = Router::new()
        // Whoever can answer lives: everything else has deadlines of its own.
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(exposition))
        .with_state(metrics);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!("probes and metrics are not served any more: {error}");
    }
}

async fn ready(State(metrics): State<Arc<Metrics>>) -> (StatusCode, String) {
    let missing = metrics.health().missing();
    if missing.is_empty() {
        (StatusCode::OK, "ready\n".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, missing.join("\n") + "\n")
    }
}

async fn exposition(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics.exposition())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    /// With IPv6 it is the same socket that answers, and without it another one.
    #[tokio::test]
    async fn whoever_listens_everywhere_is_reached_by_ipv4() {
        let everywhere = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0));
        let listener = bind(everywhere).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    }
}
