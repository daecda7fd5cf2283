//! All objects as the API server has them, followed by a watch of our own that nothing disturbs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use futures::StreamExt as _;
use kube::api::{ApiResource, DynamicObject};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, ResourceExt as _};
use serde_json::Value;

use crate::people::Kind;

/// What is known of an object.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) kind: Kind,
    pub(crate) generation: i64,
    pub(crate) observed: i64,
    pub(crate) ready: bool,
    pub(crate) reason: String,
    pub(crate) message: String,
    /// The code or template that its status names.
    pub(crate) owns: Option<String>,
    /// Whether a call may be under way: its annotation has an intent that its status has not settled.
    pub(crate) intent: bool,
    pub(crate) deleting: bool,
}

impl Seen {
    /// Whether something is left to do that waops does by itself.
    pub(crate) fn is_pending(&self) -> bool {
        self.intent
            || self.deleting
            || self.observed != self.generation
            || (!self.ready && self.reason != "ApprovalNeeded")
    }

    /// The line that its message offers to approve a change with.
    pub(crate) fn approval(&self) -> Option<String> {
        let line = self.message.split("approve: ").nth(1)?;
        let line: String = line.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '@').collect();
        (self.reason == "ApprovalNeeded" && line.contains('@')).then_some(line)
    }
}

/// Every object of ours, by name.
#[derive(Clone, Default)]
pub(crate) struct Cluster(Arc<Mutex<BTreeMap<String, Seen>>>);

impl Cluster {
    /// Follows the objects of a namespace.
    pub(crate) fn follow(client: &Client, namespace: &str) -> Self {
        let cluster = Self::default();
        for kind in [Kind::QrCode, Kind::Template] {
            let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &resource(kind));
            let (all, mut listed) = (cluster.clone(), Vec::new());
            tokio::spawn(async move {
                let mut events = std::pin::pin!(watcher(api, watcher::Config::default()).default_backoff());
                while let Some(event) = events.next().await {
                    let mut all = all.all();
                    match event {
                        Ok(watcher::Event::Init) => listed.clear(),
                        Ok(watcher::Event::InitApply(object)) => {
                            listed.push(object.name_any());
                            all.insert(object.name_any(), see(kind, &object));
                        }
                        Ok(watcher::Event::InitDone) => {
                            all.retain(|name, seen| seen.kind != kind || listed.contains(name));
                        }
                        Ok(watcher::Event::Apply(object)) => {
                            all.insert(object.name_any(), see(kind, &object));
                        }
                        Ok(watcher::Event::Delete(object)) => drop(all.remove(&object.name_any())),
                        Err(_) => {}
                    }
                }
            });
        }
        cluster
    }

    pub(crate) fn all(&self) -> MutexGuard<'_, BTreeMap<String, Seen>> {
        self.0.lock().unwrap()
    }

    pub(crate) fn get(&self, name: &str) -> Option<Seen> {
        self.all().get(name).cloned()
    }

    /// How many objects have work left, and how many of those an intent.
    pub(crate) fn pending(&self) -> (usize, usize) {
        let all = self.all();
        let pending = all.values().filter(|seen| seen.is_pending()).count();
        (pending, all.values().filter(|seen| seen.intent).count())
    }
}

pub(crate) fn resource(kind: Kind) -> ApiResource {
    let (kind, plural) = match kind {
        Kind::QrCode => ("WhatsAppQrCode", "whatsappqrcodes"),
        Kind::Template => ("WhatsAppTemplate", "whatsapptemplates"),
    };
    ApiResource {
        group: "waops.dev".into(),
        version: "v1alpha1".into(),
        api_version: "waops.dev/v1alpha1".into(),
        kind: kind.into(),
        plural: plural.into(),
    }
}

fn see(kind: Kind, object: &DynamicObject) -> Seen {
    let status = &object.data["status"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let conditions = status["conditions"].as_array();
    let ready = conditions.and_then(|all| all.iter().find(|condition| condition["type"] == "Ready"));
    let claim = object.annotations().get("waops.dev/claim");
    let claim: Value = claim.and_then(|claim| serde_json::from_str(claim).ok()).unwrap_or_default();
    // Of two copies of a claim the one that counts higher holds, and at the same count the one without an intent.
    let counts = |claim: &Value| (claim["n"].as_i64().unwrap_or(-1), claim["intent"].is_null());
    let holds = std::cmp::max_by_key(&claim, &status["claim"], |claim| counts(claim));
    Seen {
        kind,
        generation: object.metadata.generation.unwrap_or_default(),
        observed: status["observedGeneration"].as_i64().unwrap_or(-1),
        ready: ready.is_some_and(|ready| ready["status"] == "True"),
        reason: ready.map(|ready| text(&ready["reason"])).unwrap_or_default(),
        message: ready.map(|ready| text(&ready["message"])).unwrap_or_default(),
        owns: status[if kind == Kind::QrCode { "code" } else { "templateId" }].as_str().map(str::to_owned),
        intent: !holds["intent"].is_null(),
        deleting: object.metadata.deletion_timestamp.is_some(),
    }
}
