//! API servers for unit tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use k8s_openapi::api::coordination::v1::Lease;
use kube::{Client, Config};
use serde_json::json;
use tokio::net::TcpListener;

/// Leases by name, which a test looks at and changes while they are served.
pub(super) type Leases = Arc<Mutex<BTreeMap<String, Lease>>>;

/// A client of an API server that answers like this.
pub(super) async fn client(router: Router) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = Config::new(format!("http://{}", listener.local_addr().unwrap()).parse().unwrap());
    // Nobody is to be trusted, so nobody looks for whom this machine trusts.
    config.root_cert = Some(Vec::new());
    config.default_retry = false;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Client::try_from(config).unwrap()
}

/// What an API server says where it does not do what it is asked for.
pub(super) fn failure(code: StatusCode, reason: &str) -> (StatusCode, String) {
    let status = json!({
        "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure", "message": "no", "reason": reason,
        "code": code.as_u16(),
    });
    (code, status.to_string())
}

/// Serves Leases of the namespace waops, but for the one that nobody may touch.
pub(super) fn serving(leases: &Leases, forbidden: Option<&'static str>) -> Router {
    let [listed, read, written] = [(); 3].map(|()| Arc::clone(leases));
    let answer = move |name: &str, body: String| {
        if forbidden == Some(name) {
            failure(StatusCode::FORBIDDEN, "Forbidden")
        } else {
            (StatusCode::OK, body)
        }
    };
    let list = get(move || async move {
        let items: Vec<Lease> = listed.lock().unwrap().values().cloned().collect();
        json!({"apiVersion": "coordination.k8s.io/v1", "kind": "LeaseList", "metadata": {}, "items": items})
            .to_string()
    });
    let one = get(move |Path(name): Path<String>| async move {
        let found = read.lock().unwrap().get(&name).cloned();
        answer(&name, serde_json::to_string(&found).unwrap())
    });
    let one = one.put(move |Path(name): Path<String>, body: String| async move {
        if forbidden != Some(&*name) {
            written.lock().unwrap().insert(name.clone(), serde_json::from_str(&body).unwrap());
        }
        answer(&name, body)
    });
    let path = "/apis/coordination.k8s.io/v1/namespaces/waops/leases";
    Router::new().route(path, list).route(&format!("{path}/{{name}}"), one)
}
