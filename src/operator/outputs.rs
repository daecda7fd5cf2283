//! `spec.output`: code, link and image in a ConfigMap, for applications and print shops.
//!
//! The image is drawn here, from the link: it never expires. A ConfigMap that this object does not own is never
//! touched, so an application's own data cannot be lost by a wrong name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::sync::mpsc;
use tokio::time::{Instant, interval};

use super::events::Told;
use super::health::Health;
use super::relay::{Output, Relay};
use crate::api::{GROUP, VERSION};
use crate::engine::store::StoreError;
use crate::plan::facts::Key;
use crate::qr_image::QrImage;
use crate::store::kube::{Asked, MANAGER, ask};

/// How soon a write that failed is made again, and a new leader begins.
const AGAIN: Duration = Duration::from_secs(5);
/// How often all are looked at, whether or not anything is known to have changed.
const ROUND: Duration = Duration::from_secs(600);

/// Writes ConfigMaps.
pub(super) struct Outputs {
    pub(super) client: Client,
    pub(super) relay: Arc<Relay>,
    pub(super) health: Arc<Health>,
    pub(super) tells: mpsc::Sender<Told>,
}

/// What became of one.
#[derive(Debug, PartialEq, Eq)]
enum Written {
    Done,
    /// Somebody else has a ConfigMap of this name.
    Taken,
}

impl Outputs {
    /// Writes what is wanted, as long as this process leads.
    pub(super) async fn write(self, mut wanted: mpsc::UnboundedReceiver<Output>) {
        let mut all: BTreeMap<Key, Output> = BTreeMap::new();
        let mut done: BTreeSet<Key> = BTreeSet::new();
        let mut pace = interval(AGAIN);
        let mut round = Instant::now();
        loop {
            tokio::select! {
                biased;
                output = wanted.recv() => {
                    let Some(output) = output else { return };
                    if all.get(&output.key) == Some(&output) {
                        continue;
                    }
                    done.remove(&output.key);
                    all.insert(output.key.clone(), output);
                    if !wanted.is_empty() {
                        continue;
                    }
                }
                _ = pace.tick() => {}
            }
            if !self.health.is_leader() {
                continue;
            }
            if round.elapsed() >= ROUND {
                round = Instant::now();
                done.clear();
            }
            all.retain(|key, output| self.relay.known(key).is_some_and(|known| known.uid == output.uid));
            for (key, output) in &all {
                if !done.contains(key) && self.settle(output).await {
                    done.insert(key.clone());
                }
            }
        }
    }

    /// Whether nothing is left to do.
    async fn settle(&self, output: &Output) -> bool {
        let warn = |reason: &str, note: String| {
            let told = Told {
                key: output.key.clone(),
                warns: true,
                reason: reason.to_owned(),
                action: "Output",
                note,
            };
            // Where too many wait, this one is left out; the next round says it again.
            let _ = self.tells.try_send(told);
        };
        match self.put(output).await {
            Ok(Written::Done) => true,
            Ok(Written::Taken) => {
                let name = &output.config_map;
                warn(
                    "OutputTaken",
                    format!("ConfigMap {name} is not this object's; name another in spec.output"),
                );
                true
            }
            Err(StoreError::Refused(why)) => {
                warn("OutputRefused", why);
                true
            }
            Err(error) => {
                tracing::info!(object = %output.key, "the output is written later: {error}");
                false
            }
        }
    }

    async fn put(&self, output: &Output) -> Result<Written, StoreError> {
        let namespace = &output.key.namespace;
        let asked = |verb| Asked { verb, resource: "configmaps", namespace: Some(namespace) };
        let api: Api<ConfigMap> = Api::namespaced(self.client.clone(), namespace);
        let parameters = PostParams { field_manager: Some(MANAGER.into()), ..PostParams::default() };
        let Some(found) = ask(asked("get"), api.get_opt(&output.config_map)).await? else {
            ask(asked("create"), api.create(&parameters, &config_map(output))).await?;
            return Ok(Written::Done);
        };
        let owners = found.metadata.owner_references.as_deref().unwrap_or_default();
        if !owners.iter().any(|owner| owner.uid == output.uid) {
            return Ok(Written::Taken);
        }
        let wanted = config_map(output);
        if found.data == wanted.data && found.binary_data == wanted.binary_data {
            return Ok(Written::Done);
        }
        let changed = ConfigMap { data: wanted.data, binary_data: wanted.binary_data, ..found };
        ask(asked("update"), api.replace(&output.config_map, &parameters, &changed)).await?;
        Ok(Written::Done)
    }
}

fn config_map(output: &Output) -> ConfigMap {
    let mut data =
        BTreeMap::from([("code".to_owned(), output.code.clone()), ("link".to_owned(), output.link.clone())]);
    let mut pixels = None;
    // A link is far shorter than what a QR code holds.
    if let Some(image) = QrImage::of(&output.link) {
        if output.png {
            pixels = Some(BTreeMap::from([("qr.png".to_owned(), ByteString(image.png()))]));
        } else {
            data.insert("qr.svg".to_owned(), image.svg());
        }
    }
    let owner = OwnerReference {
        api_version: format!("{GROUP}/{VERSION}"),
        kind: output.key.kind.name().to_owned(),
        name: output.key.name.clone(),
        uid: output.uid.clone(),
        controller: Some(true),
        block_owner_deletion: None,
    };
    let metadata = ObjectMeta {
        name: Some(output.config_map.clone()),
        namespace: Some(output.key.namespace.clone()),
        labels: Some(BTreeMap::from([("app.kubernetes.io/managed-by".to_owned(), MANAGER.to_owned())])),
        owner_references: Some(vec![owner]),
        ..ObjectMeta::default()
    };
    ConfigMap { metadata, data: Some(data), binary_data: pixels, immutable: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;
    use crate::qr_image::scan;

    #[test]
    fn a_phone_reads_the_link_from_the_image() {
        let key = Key { kind: Kind::QrCode, namespace: "shop".into(), name: "poster".into() };
        let output = Output {
            key,
            uid: "u".into(),
            config_map: "poster-qr".into(),
            code: "ANED2T5QRU7HG1".into(),
            link: "https://wa.me/message/ANED2T5QRU7HG1".into(),
            png: true,
        };
        let map = config_map(&output);
        assert_eq!(scan::png(&map.binary_data.unwrap()["qr.png"].0), output.link);
        assert_eq!(map.data.unwrap()["code"], output.code);
        let map = config_map(&Output { png: false, ..output });
        assert!(map.data.unwrap()["qr.svg"].starts_with("<svg"));
        assert_eq!(map.metadata.owner_references.unwrap()[0].uid, "u");
    }
}
