//! A decision of a person, written into the object that waits for it.

use kube::Client;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use super::{Asked, KubeStore, Scope, ask, definition};
use crate::engine::store::StoreError;
use crate::plan::facts::Key;

/// Who decides, as `kubectl get --show-managed-fields` shows it. Its name must not begin with `kubectl`: Flux takes the
/// fields of such managers back.
pub const DECIDER: &str = "waops-approve";

/// Merges a decision into an object, at the version that it was made about: of another one it says nothing.
pub async fn decide(client: Client, key: &Key, version: &str, patch: &Value) -> Result<(), StoreError> {
    let mut patch = patch.clone();
    patch["metadata"]["resourceVersion"] = json!(version);
    let resource = definition(key.kind);
    let asked = Asked { verb: "patch", resource: &resource, namespace: Some(&key.namespace) };
    let parameters = PatchParams { field_manager: Some(DECIDER.to_owned()), ..PatchParams::default() };
    let store = KubeStore::looking(client, Scope::Cluster);
    let api = store.api(key.kind, Some(&key.namespace));
    ask(asked, api.patch(&key.name, &parameters, &Patch::Merge(&patch))).await.map(|_| ())
}
