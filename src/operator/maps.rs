//! The ConfigMaps that are ours, as a watch tells of them: by label, and their metadata alone.

use std::collections::BTreeSet;
use std::pin::pin;

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::core::PartialObjectMeta;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use tokio::sync::mpsc;

use super::outputs::{MANAGED_BY, Word};
use crate::engine::store::StoreError;
use crate::store::kube::{Asked, MANAGER, Scope};

/// Namespace and name.
pub(super) type Place = (String, String);

/// A ConfigMap of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Map {
    /// Where it is.
    pub(super) place: Place,
    /// Its version.
    pub(super) version: String,
    /// Name and UID of the object that owns it.
    pub(super) owner: Option<(String, String)>,
}

type Meta = PartialObjectMeta<ConfigMap>;

/// Every watch of a scope, to be polled for ever.
pub(super) fn follow(
    client: &Client,
    scope: &Scope,
    words: &mpsc::UnboundedSender<Word>,
) -> Vec<impl Future<Output = ()> + Send + use<>> {
    let stream = |place: Option<&str>| follow_one(client.clone(), place.map(str::to_owned), words.clone());
    scope.places().into_iter().map(stream).collect()
}

async fn follow_one(client: Client, place: Option<String>, words: mpsc::UnboundedSender<Word>) {
    let api: Api<Meta> = match &place {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    let ours = watcher::Config::default().labels(&format!("{MANAGED_BY}={MANAGER}"));
    let mut events = pin!(watcher::watcher(api, ours).default_backoff());
    let mut seen = BTreeSet::new();
    while let Some(event) = events.next().await {
        let word = match event {
            Ok(watcher::Event::Init) => {
                seen.clear();
                continue;
            }
            Ok(watcher::Event::InitApply(meta)) => {
                let map = map(&meta);
                seen.insert(map.place.clone());
                Word::Map(map)
            }
            Ok(watcher::Event::InitDone) => Word::Maps(place.clone(), std::mem::take(&mut seen)),
            Ok(watcher::Event::Apply(meta)) => Word::Map(map(&meta)),
            Ok(watcher::Event::Delete(meta)) => Word::MapGone(map(&meta).place),
            Err(error) => match fault(&error, place.as_deref()) {
                StoreError::Refused(why) => Word::Unwatched(place.clone(), why),
                passing => {
                    tracing::debug!("the watch of ConfigMaps goes on later: {passing}");
                    continue;
                }
            },
        };
        // Whoever writes them ends with the process.
        let _ = words.send(word);
    }
}

fn fault(error: &watcher::Error, namespace: Option<&str>) -> StoreError {
    let (verb, error) = match error {
        watcher::Error::InitialListFailed(error) => ("list", error),
        watcher::Error::WatchStartFailed(error) | watcher::Error::WatchFailed(error) => ("watch", error),
        error => return StoreError::Unavailable(error.to_string()),
    };
    Asked { verb, resource: "configmaps", namespace }.meaning(error)
}

fn map(meta: &Meta) -> Map {
    let meta = &meta.metadata;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let owner = meta.owner_references.iter().flatten().find(|owner| owner.controller == Some(true));
    Map {
        place: (text(&meta.namespace), text(&meta.name)),
        version: text(&meta.resource_version),
        owner: owner.map(|owner| (owner.name.clone(), owner.uid.clone())),
    }
}
