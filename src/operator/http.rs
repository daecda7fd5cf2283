//! `/healthz`, `/readyz` and `/metrics`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use super::metrics::Metrics;

/// Listens at an address.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("cannot listen at {address}: {error}"))
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
