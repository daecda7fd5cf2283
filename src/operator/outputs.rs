//! `spec.output`: code, link and image in a ConfigMap, for applications and print shops.
//!
//! The image is drawn here, from the link: it never expires. A ConfigMap that this object does not own is never
//! touched, so an application's own data cannot be lost by a wrong name. One that is ours comes back when somebody
//! deletes or edits it, and goes when its object names another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{DeleteParams, ObjectMeta, PostParams, Preconditions};
use kube::{Api, Client};
use tokio::sync::mpsc;
use tokio::time::{Instant, interval};

use super::events::{Tells, Told};
use super::health::FRESH;
use super::maps::{Map, Place};
use super::relay::{Output, Relay};
use crate::api::{GROUP, Kind, Name, VERSION};
use crate::engine::store::StoreError;
use crate::plan::facts::Key;
use crate::plan::reason::Reason;
use crate::qr_image::QrImage;
use crate::store::kube::{Asked, MANAGER, ask};

/// The label by which ours are found.
pub(super) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// How soon a write that failed is made again, and a new leader begins.
const AGAIN: Duration = Duration::from_secs(5);
/// How often those are tried again that somebody else's ConfigMap stands in the way of: it is not watched.
const BLOCKED: Duration = Duration::from_secs(60);
/// How often all are looked at, whether or not anything is known to have changed.
const ROUND: Duration = Duration::from_secs(600);

/// What the writer is told.
pub(super) enum Word {
    /// An object wants this.
    Wanted(Output),
    /// An object names another ConfigMap than before, or none.
    Changed,
    /// A ConfigMap of ours is like this.
    Map(Map),
    /// A ConfigMap of ours is gone.
    MapGone(Place),
    /// Of a namespace, or of all, there are these and no others.
    Maps(Option<String>, BTreeSet<Place>),
    /// Of a namespace, or of all, nobody tells of them, and why.
    Unwatched(Option<String>, String),
}

/// Writes ConfigMaps.
pub(super) struct Outputs {
    client: Client,
    relay: Arc<Relay>,
    tells: Tells,
    wanted: BTreeMap<Key, Output>,
    /// Those of which nothing is left to do.
    done: BTreeSet<Key>,
    /// Those of them that something stands in the way of.
    blocked: BTreeSet<Key>,
    maps: BTreeMap<Place, Map>,
    /// Those that nobody wants any more, and that could not be deleted.
    stuck: BTreeSet<Place>,
    /// Of which namespace, or of all, nobody tells; when that was last so, and why.
    unwatched: BTreeMap<Option<String>, (Instant, String)>,
    /// The versions that we wrote: their echo is no news.
    wrote: BTreeMap<Place, String>,
}

/// What became of one.
#[derive(Debug, PartialEq, Eq)]
enum Written {
    Done,
    /// Somebody else has a ConfigMap of this name.
    Taken,
}

impl Outputs {
    pub(super) fn new(client: Client, relay: Arc<Relay>, tells: Tells) -> Self {
        Self {
            client,
            relay,
            tells,
            wanted: BTreeMap::new(),
            done: BTreeSet::new(),
            blocked: BTreeSet::new(),
            maps: BTreeMap::new(),
            stuck: BTreeSet::new(),
            unwatched: BTreeMap::new(),
            wrote: BTreeMap::new(),
        }
    }

    /// Writes what is wanted, as long as this process leads.
    pub(super) async fn write(mut self, mut words: mpsc::UnboundedReceiver<Word>) {
        let mut pace = interval(AGAIN);
        let (mut round, mut blocked) = (Instant::now(), Instant::now());
        let mut term = None;
        loop {
            tokio::select! {
                biased;
                word = words.recv() => {
                    let Some(word) = word else { return };
                    self.hear(word);
                    if !words.is_empty() {
                        continue;
                    }
                }
                _ = pace.tick() => {}
            }
            // What another leader did meanwhile, and what the new term has yet to be told of.
            let now = self.relay.term();
            let begins = std::mem::replace(&mut term, now) != now;
            if now.is_none() {
                continue;
            }
            if begins || round.elapsed() >= ROUND {
                round = Instant::now();
                self.done.clear();
            }
            if blocked.elapsed() >= BLOCKED {
                blocked = Instant::now();
                self.stuck.clear();
                for key in std::mem::take(&mut self.blocked) {
                    self.done.remove(&key);
                }
            }
            // A watch that goes on says nothing, so silence is well.
            let over = self.unwatched.iter().filter(|(_, (at, _))| at.elapsed() >= FRESH);
            for namespace in over.map(|(namespace, _)| namespace.clone()).collect::<Vec<_>>() {
                self.watched(namespace.as_deref());
            }
            self.settle().await;
        }
    }

    fn hear(&mut self, word: Word) {
        match word {
            Word::Wanted(output) => {
                if self.wanted.get(&output.key) != Some(&output) {
                    self.done.remove(&output.key);
                    self.wanted.insert(output.key.clone(), output);
                }
            }
            Word::Changed => {}
            Word::Map(map) => {
                if self.wrote.get(&map.place) != Some(&map.version) {
                    self.redo(&map.place);
                }
                self.maps.insert(map.place.clone(), map);
            }
            Word::MapGone(place) => {
                self.maps.remove(&place);
                self.wrote.remove(&place);
                self.redo(&place);
            }
            Word::Maps(namespace, there) => {
                self.watched(namespace.as_deref());
                let is_covered = |place: &&Place| covers(namespace.as_deref(), &place.0);
                let known = self.maps.keys().filter(is_covered);
                let gone: Vec<Place> = known.filter(|place| !there.contains(place)).cloned().collect();
                for place in gone {
                    self.hear(Word::MapGone(place));
                }
            }
            Word::Unwatched(namespace, why) => {
                let before = self.unwatched.insert(namespace.clone(), (Instant::now(), why.clone()));
                if before.is_none_or(|(_, before)| before != why) {
                    tracing::warn!("a ConfigMap that is deleted or edited comes back late: {why}");
                    self.redo_all(namespace.as_deref());
                }
            }
        }
    }

    /// Whoever wants this ConfigMap has a look at it.
    fn redo(&mut self, place: &Place) {
        let wants = |output: &&Output| *output.key.namespace == *place.0 && output.config_map == place.1;
        for output in self.wanted.values().filter(wants) {
            self.done.remove(&output.key);
        }
    }

    /// Everybody there has a look at theirs.
    fn redo_all(&mut self, namespace: Option<&str>) {
        self.done.retain(|key| !covers(namespace, &key.namespace));
    }

    /// Of this namespace, or of all, somebody tells again.
    fn watched(&mut self, namespace: Option<&str>) {
        let before = self.unwatched.len();
        self.unwatched.retain(|place, _| place.as_deref() != namespace);
        if self.unwatched.len() < before {
            self.redo_all(namespace);
        }
    }

    async fn settle(&mut self) {
        let relay = Arc::clone(&self.relay);
        let is_wanted = |output: &Output| {
            relay.known(&output.key).is_some_and(|known| {
                *known.uid == *output.uid && known.config_map.as_deref() == Some(&*output.config_map)
            })
        };
        self.wanted.retain(|_, output| is_wanted(output));
        let is_left = |map: &&Map| !self.stuck.contains(&map.place) && self.is_left(map);
        let left: Vec<Map> = self.maps.values().filter(is_left).cloned().collect();
        for map in left {
            self.remove(map).await;
        }
        let todo: Vec<Output> = self.wanted.values().filter(|output| self.is_todo(output)).cloned().collect();
        for output in todo {
            if self.settle_one(&output).await {
                self.done.insert(output.key);
            }
        }
    }

    /// Whether an output is to be written, by this process.
    fn is_todo(&self, output: &Output) -> bool {
        !self.done.contains(&output.key) && self.relay.served(&output.key).is_some()
    }

    /// Whether the object that owns a ConfigMap wants another, or none. Of one that is gone the garbage collector knows;
    /// of one that cannot be read, nobody: what it has stays.
    fn is_left(&self, map: &Map) -> bool {
        let (namespace, name) = &map.place;
        let Some((owner, uid)) = &map.owner else { return false };
        let key = Key::new(Kind::QrCode, namespace.clone(), owner.clone());
        self.relay
            .served(&key)
            .filter(|known| *known.uid == **uid && !known.is_garbled)
            .is_some_and(|known| known.config_map.as_deref() != Some(&**name))
    }

    async fn remove(&mut self, map: Map) {
        let (namespace, name) = &map.place;
        let api: Api<ConfigMap> = Api::namespaced(self.client.clone(), namespace);
        let preconditions = Preconditions { resource_version: Some(map.version.clone()), uid: None };
        let parameters = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
        let asked = Asked { verb: "delete", resource: "configmaps", namespace: Some(namespace) };
        match ask(asked, api.delete(name, &parameters)).await {
            Ok(_) | Err(StoreError::Gone) => {
                tracing::info!("ConfigMap {namespace}/{name} is deleted: its object names another");
                self.maps.remove(&map.place);
            }
            // It changed meanwhile: the watch tells how.
            Err(StoreError::Conflict) => {}
            Err(StoreError::Refused(why)) => {
                if let Some((owner, uid)) = &map.owner {
                    let key = Key::new(Kind::QrCode, namespace.clone(), owner.clone());
                    let note = format!("ConfigMap {name} stays, which it names no more: {why}");
                    self.tell(key, uid.as_str().into(), note);
                }
                self.stuck.insert(map.place.clone());
            }
            Err(error) => tracing::warn!("ConfigMap {namespace}/{name} stays for now: {error}"),
        }
    }

    /// Whether nothing is left to do.
    async fn settle_one(&mut self, output: &Output) -> bool {
        let why = match self.put(output).await {
            Ok(Written::Done) => {
                self.relay.tell_output(&output.key, self.comes_back_late(&output.key));
                return true;
            }
            Ok(Written::Taken) => {
                format!("ConfigMap {} is not this object's; name another in spec.output", output.config_map)
            }
            Err(StoreError::Refused(why)) => why,
            Err(error) => {
                tracing::info!(object = %output.key, "the output is written later: {error}");
                return false;
            }
        };
        self.relay.tell_output(&output.key, Some(why.clone()));
        self.blocked.insert(output.key.clone());
        self.tell(output.key.clone(), output.uid.clone(), why);
        true
    }

    /// Why an output that is written would come back late, where it would.
    fn comes_back_late(&self, key: &Key) -> Option<String> {
        let mut unwatched = self.unwatched.iter();
        let (_, (_, why)) = unwatched.find(|(place, _)| covers(place.as_deref(), &key.namespace))?;
        Some(format!(
            "its ConfigMap is written, but comes back late when somebody deletes or edits it: {why}"
        ))
    }

    fn tell(&self, key: Key, uid: Name, note: String) {
        let reason = Reason::OutputBlocked.name().into();
        self.tells.tell(Told { key, uid: Some(uid), warns: true, reason, action: "Output", note });
    }

    async fn put(&mut self, output: &Output) -> Result<Written, StoreError> {
        let namespace = &output.key.namespace;
        let asked = |verb| Asked { verb, resource: "configmaps", namespace: Some(namespace) };
        let api: Api<ConfigMap> = Api::namespaced(self.client.clone(), namespace);
        let parameters = PostParams { field_manager: Some(MANAGER.into()), ..PostParams::default() };
        let wanted = config_map(output);
        let written = match ask(asked("get"), api.get_opt(&output.config_map)).await? {
            None => ask(asked("create"), api.create(&parameters, &wanted)).await?,
            Some(found) => {
                let owners = found.metadata.owner_references.as_deref().unwrap_or_default();
                if !owners.iter().any(|owner| output.uid == owner.uid) {
                    return Ok(Written::Taken);
                }
                let mut labels = found.metadata.labels.clone().unwrap_or_default();
                let is_labelled = labels.insert(MANAGED_BY.to_owned(), MANAGER.to_owned());
                let is_found = is_labelled.as_deref() == Some(MANAGER);
                if is_found && found.data == wanted.data && found.binary_data == wanted.binary_data {
                    return Ok(Written::Done);
                }
                let metadata = ObjectMeta { labels: Some(labels), ..found.metadata };
                let changed =
                    ConfigMap { metadata, data: wanted.data, binary_data: wanted.binary_data, ..found };
                ask(asked("update"), api.replace(&output.config_map, &parameters, &changed)).await?
            }
        };
        let place = (namespace.to_string(), output.config_map.clone());
        self.wrote.insert(place, written.metadata.resource_version.unwrap_or_default());
        Ok(Written::Done)
    }
}

/// Whether what is said of a namespace, or of all, is about this one.
fn covers(namespace: Option<&str>, this: &str) -> bool {
    namespace.is_none_or(|namespace| namespace == this)
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
        name: output.key.name.to_string(),
        uid: output.uid.to_string(),
        controller: Some(true),
        block_owner_deletion: None,
    };
    let metadata = ObjectMeta {
        name: Some(output.config_map.clone()),
        namespace: Some(output.key.namespace.to_string()),
        labels: Some(BTreeMap::from([(MANAGED_BY.to_owned(), MANAGER.to_owned())])),
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
        let key = Key::new(Kind::QrCode, "shop", "poster");
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
