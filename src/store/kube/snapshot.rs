//! Everything that a cluster holds of ours, read once, for those who only look.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{Api, Client};
use serde_json::Value;

use super::{Asked, KubeStore, Scope, ask, definition};
use crate::api::Kind;
use crate::engine::object::{AccountObject, Object};
use crate::engine::store::StoreError;
use crate::plan::claim::Written;
use crate::store::Memory;

/// What a cluster holds of ours.
pub struct Snapshot {
    /// Its objects and accounts.
    pub memory: Memory,
    /// What could not be seen, and what differs from this command.
    pub warnings: Vec<String>,
    client: Client,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("memory", &self.memory).finish_non_exhaustive()
    }
}

/// Reads everything, in pages. Who may not read the whole cluster reads these namespaces.
pub async fn snapshot(client: Client, namespaces: &BTreeSet<String>) -> Result<Snapshot, String> {
    let mut warnings = Vec::new();
    let known = KubeStore::open(client.clone(), Scope::Cluster).await;
    let mut store = match known {
        Ok(store) => store,
        // Whose claims these are shows in the claims.
        Err(StoreError::Refused(_)) => KubeStore::looking(client.clone(), Scope::Cluster),
        Err(error) => return Err(error.to_string()),
    };
    let found = match store.everything().await {
        Err(StoreError::Refused(_)) => {
            let names: Vec<String> = namespaces.iter().cloned().collect();
            warnings.push(format!(
                "you may not list the whole cluster, so only these namespaces were looked at: {}; another object with \
                 the same text or name elsewhere was not seen",
                names.join(", ")
            ));
            store.scope = Scope::Namespaces(names);
            store.everything().await
        }
        found => found,
    };
    let (accounts, objects) = found.map_err(|error| error.to_string())?;
    let mut installation = store.installation;
    if installation.is_empty() {
        installation = most_named(&objects).unwrap_or_else(|| "unknown".to_owned());
        warnings.push(
            "you may not read the namespace kube-system, so whose claims these are was taken from the claims \
             themselves"
                .to_owned(),
        );
    }
    warnings.extend(differing_definitions(&client).await);
    let versions = objects.iter().map(|object| object.meta.version.parse::<u64>().unwrap_or_default());
    let version = versions.max().unwrap_or_default();
    let memory = Memory::load(installation, version, accounts, objects);
    Ok(Snapshot { memory, warnings, client })
}

impl Snapshot {
    /// Learns the labels of these namespaces, where some account selects by labels.
    pub async fn learn_labels(&self, namespaces: &BTreeSet<String>) -> Vec<String> {
        let selects = |account: &AccountObject| {
            account.spec.allowed_namespaces.as_ref().is_some_and(|allowed| allowed.selector.is_some())
        };
        if !self.memory.all().0.iter().any(|account| selects(account)) {
            return Vec::new();
        }
        let mut warnings = Vec::new();
        for name in namespaces {
            let asked = Asked { verb: "get", resource: "namespaces", namespace: Some(name) };
            let api: Api<Namespace> = Api::all(self.client.clone());
            match ask(asked, api.get_metadata_opt(name)).await {
                Ok(found) => {
                    let labels = found.map(|found| found.metadata.labels.unwrap_or_default());
                    if labels.is_some() {
                        self.memory.set_labels(name, labels);
                    }
                }
                Err(error) => {
                    warnings
                        .push(format!("whether an account allows namespace {name} is not known: {error}"));
                }
            }
        }
        warnings
    }
}

impl KubeStore {
    pub(super) async fn everything(&self) -> Result<(Vec<AccountObject>, Vec<Object>), StoreError> {
        use crate::engine::store::Store as _;
        futures::future::try_join(self.accounts(), self.objects()).await
    }
}

/// The installation that most claims name.
fn most_named(objects: &[Object]) -> Option<String> {
    let claims = objects.iter().flat_map(|object| [object.annotation.clone(), object.status_claim()]);
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    for written in claims {
        if let Written::Says(claim) = written {
            let installation = claim.installation.to_string();
            *counts.entry(installation).or_default() += 1;
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(installation, _)| installation)
}

/// The kinds whose definition in the cluster is another than ours: another version of waops wrote it. Who may not
/// look at definitions is not told.
async fn differing_definitions(client: &Client) -> Option<String> {
    let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
    let ours = crate::api::crds();
    let mut differing = Vec::new();
    for kind in Kind::ALL {
        let name = definition(kind);
        let asked = Asked { verb: "get", resource: "customresourcedefinitions", namespace: None };
        let Ok(Some(theirs)) = ask(asked, definitions.get_opt(&name)).await else { return None };
        let ours = ours.iter().find(|ours| ours["metadata"]["name"] == *name)?;
        let ours: CustomResourceDefinition = serde_json::from_value(ours.clone()).ok()?;
        if schema(&ours) != schema(&theirs) {
            differing.push(kind.name());
        }
    }
    (!differing.is_empty()).then(|| {
        format!(
            "the cluster's definition of {} is of another version of waops than this command ({}), so the operator may \
             see something else than this plan",
            differing.join(", "),
            env!("CARGO_PKG_VERSION")
        )
    })
}

fn schema(definition: &CustomResourceDefinition) -> Value {
    let version = definition.spec.versions.iter().find(|version| version.name == crate::api::VERSION);
    serde_json::to_value(version.map(|version| &version.schema)).unwrap_or_default()
}
