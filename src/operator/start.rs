//! What must be there before there is anything to do; whatever is missing is named, and waited for.

use std::sync::Arc;
use std::time::Duration;

use kube::api::ListParams;
use kube::{Client, Config};
use tokio::time::sleep;

use super::Options;
use super::health::Health;
use crate::api::Kind;
use crate::engine::store::StoreError;
use crate::provider::session::Ways;
use crate::store::kube::{Asked, KubeStore, Scope, ask, definition, heed_no_proxy, whole};

/// How often what is missing is looked for.
const AGAIN: Duration = Duration::from_secs(2);
/// How long a connection to the API server may take.
const CONNECT: Duration = Duration::from_secs(10);

/// The ways to the providers.
pub(super) fn ways(options: &Options) -> Result<Ways, String> {
    let read = |path: &std::path::PathBuf| {
        std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
    };
    let ca_bundle = options.ca_bundle.as_ref().map(read).transpose()?;
    let environment = Arc::new(|name: &str| std::env::var(name).ok());
    let ways = Ways::open(environment, ca_bundle.as_deref()).map_err(|error| error.to_string())?;
    Ok(ways.with_ambient_in(options.ambient.clone()))
}

/// A client of the cluster: the one that the environment or a kubeconfig names, or the one around this pod.
pub(super) async fn client() -> Result<Client, String> {
    let why = |error: &dyn std::error::Error| format!("no cluster to work with: {}", whole(error));
    let mut config = Config::infer().await.map_err(|error| why(&error))?;
    heed_no_proxy(&mut config, &|name| std::env::var(name).ok());
    // The loop knows better when to ask again, and every request has a deadline of its own.
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT);
    Client::try_from(config).map_err(|error| why(&error))
}

/// The store, as soon as the API server says whose cluster it is.
pub(super) async fn store(client: &Client, scope: &Scope, health: &Health) -> Arc<KubeStore> {
    loop {
        match KubeStore::open(client.clone(), scope.clone()).await {
            Ok(store) => return Arc::new(store.staying()),
            Err(error) => health.waits(&error.to_string()),
        }
        sleep(AGAIN).await;
    }
}

/// Returns when all kinds can be listed, and somebody can hear of them.
pub(super) async fn definitions(store: &KubeStore, scope: &Scope, health: &Health) {
    loop {
        let mut missing = Vec::new();
        for kind in Kind::ALL {
            for place in scope.places() {
                missing.extend(hindrance(store, kind, place).await);
            }
        }
        missing.dedup();
        if missing.is_empty() {
            return;
        }
        health.waits(&missing.join("; "));
        sleep(AGAIN).await;
    }
}

/// Why a kind cannot be listed, or none of it be told of.
async fn hindrance(store: &KubeStore, kind: Kind, place: Option<&str>) -> Option<String> {
    let resource = definition(kind);
    let asked = Asked { verb: "list", resource: &resource, namespace: place };
    let first = ListParams::default().limit(1);
    match ask(asked, store.api(kind, place).list(&first)).await {
        Ok(_) => store.silence(kind, place).await,
        Err(StoreError::Refused(why)) => store.refusal(place, why).await,
        Err(StoreError::Gone) => Some(format!(
            "{resource} is not defined; install the chart waops-crds, or `waops crds | kubectl apply --server-side -f -`"
        )),
        Err(error) => Some(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::{get, post};
    use serde_json::{Value, json};

    use super::super::fake::{client, failure};
    use super::*;

    /// Why whoever has no rights at all cannot list the codes of a namespace, of which this is known.
    async fn refused(namespace: (StatusCode, String), leaves: bool) -> Option<String> {
        let router = Router::new()
            .route("/api/v1/namespaces/shop", get(move || async move { namespace }))
            .fallback(|| async { failure(StatusCode::FORBIDDEN, "Forbidden") });
        let store = KubeStore::looking(client(router).await, Scope::Cluster);
        let store = if leaves { store.leaving() } else { store };
        hindrance(&store, Kind::QrCode, Some("shop")).await
    }

    #[tokio::test]
    async fn what_becomes_of_a_namespace_decides_what_a_right_that_is_missing_in_it_means() {
        let there = |deleted: Option<&str>| {
            let metadata = json!({"name": "shop", "deletionTimestamp": deleted});
            let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata});
            (StatusCode::OK, namespace.to_string())
        };
        let stays = refused(there(None), false).await.unwrap();
        assert!(stays.contains("not allowed to list whatsappqrcodes.waops.dev in namespace shop"), "{stays}");
        assert!(!stays.contains("waops release"), "it can be granted: {stays}");
        let goes = refused(there(Some("2026-01-01T00:00:00Z")), false).await.unwrap();
        assert!(goes.starts_with(&stays) && goes.contains("--cluster --namespace shop`"), "{goes}");
        let leaves = refused(there(Some("2026-01-01T00:00:00Z")), true).await.unwrap();
        assert!(leaves.starts_with(&stays) && leaves.contains("ClusterRoleBinding"), "{leaves}");
        assert!(!leaves.contains("waops release"), "that is what runs: {leaves}");
        let gone = refused(failure(StatusCode::NOT_FOUND, "NotFound"), false).await;
        assert_eq!(gone, None, "nothing is there, and the others go on");
    }

    /// What stands in the way of whoever may list the codes of a namespace, which is like this, and is denied this.
    async fn unheard(deleted: Option<&'static str>, denied: &'static [&'static str]) -> Option<String> {
        let namespace = get(move || async move {
            let metadata = json!({"name": "shop", "deletionTimestamp": deleted});
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}).to_string()
        });
        let codes = json!({"apiVersion": "waops.dev/v1alpha1", "kind": "List", "metadata": {}, "items": []});
        let review = post(move |body: String| async move {
            let mut review: Value = serde_json::from_str(&body).unwrap();
            let asked = &review["spec"]["resourceAttributes"];
            assert_eq!(asked["namespace"], "shop");
            let name = |field: &str| asked[field].as_str().unwrap_or_default().to_owned();
            let asked = format!("{} {}/{}", name("verb"), name("resource"), name("subresource"));
            review["status"] = json!({"allowed": !denied.contains(&asked.as_str())});
            (StatusCode::CREATED, review.to_string())
        });
        let router = Router::new()
            .route("/api/v1/namespaces/shop", namespace)
            .route(
                "/apis/waops.dev/v1alpha1/namespaces/shop/whatsappqrcodes",
                get(move || async move { codes.to_string() }),
            )
            .route("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review);
        let store = KubeStore::looking(client(router).await, Scope::Cluster);
        hindrance(&store, Kind::QrCode, Some("shop")).await
    }

    #[tokio::test]
    async fn nothing_begins_where_nobody_would_hear_of_it() {
        const STATUS: &str = "patch whatsappqrcodes/status";
        const EVENT: &str = "create events/";
        let named = unheard(None, &[STATUS, EVENT]).await.unwrap();
        assert!(
            named.contains("not allowed to patch whatsappqrcodes.waops.dev/status in namespace shop"),
            "{named}"
        );
        assert_eq!(unheard(None, &[STATUS]).await, None, "an Event says so");
        assert_eq!(unheard(None, &[EVENT]).await, None, "a status says what matters");
        let goes = unheard(Some("2026-01-01T00:00:00Z"), &[STATUS, EVENT]).await;
        assert_eq!(goes, None, "its rights went first, and its objects still have to be let go");
    }
}
