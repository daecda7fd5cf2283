//! Claims in custom resources.
//!
//! | what | how it is written | why |
//! |---|---|---|
//! | claim and finalizer | one merge patch of both, which names the version it is based on | an intent is whole or not there (claims.md 2) |
//! | status | one JSON patch that names the version and replaces the status | server-side apply leaves what another manager co-owns, and a claim in the status must be exactly what was written (docs/adr/0046-a-status-is-a-patch-with-a-version.md) |
//!
//! Reads are lists and gets without a cache, at the newest state. The client does not repeat anything by itself: the
//! loop knows better when. Secrets are read by name alone.

mod address;
mod decide;
mod fault;
mod finalizers;
mod raw;
mod rights;
mod shared;
mod snapshot;
mod snatched;
mod standing;

use std::collections::BTreeMap;

use axum::http::Request;
use k8s_openapi::api::core::v1::{Namespace, Secret};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, Client};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

pub(crate) use self::address::heed_no_proxy;
pub use self::address::{Address, Cluster};
pub use self::decide::{DECIDER, decide};
pub(crate) use self::fault::{Asked, ask, whole};
use self::finalizers::{Foreign, Known, Seen};
pub(crate) use self::raw::{Raw, definition, plural};
use self::shared::Shared;
pub use self::snapshot::{Snapshot, snapshot};
use self::snatched::Snatched;
pub use self::standing::{one, standing};
use crate::api::{CLAIM_ANNOTATION, FINALIZER, GROUP, Kind, WhatsAppAccountStatus};
use crate::engine::object::{AccountObject, Object, Status};
use crate::engine::store::{Event, Hold, Store, StoreError};
use crate::plan::facts::{Cause, Deleting, Key};

/// Who writes, as `kubectl get --show-managed-fields` shows it.
pub(crate) const MANAGER: &str = "waops";
/// So many objects come in one answer.
const PAGE: u32 = 500;
/// The same for a process that stays: what an answer takes while it is read is memory that it keeps.
pub(crate) const SMALL_PAGE: u32 = 100;
/// So many writes are under way at once. More make nothing faster: they wait in the API server, and whatever is asked behind
/// them, the lease included, waits for them.
const WRITES: usize = 32;

/// Where objects are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere.
    Cluster,
    /// In these namespaces, and nowhere else.
    Namespaces(Vec<String>),
}

impl Scope {
    /// These namespaces; everywhere, where none is named.
    pub fn of(namespaces: Vec<String>) -> Self {
        if namespaces.is_empty() { Self::Cluster } else { Self::Namespaces(namespaces) }
    }

    /// Each place that a list or a watch covers; none is the whole cluster.
    pub(crate) fn places(&self) -> Vec<Option<&str>> {
        match self {
            Self::Cluster => vec![None],
            Self::Namespaces(names) => names.iter().map(|name| Some(name.as_str())).collect(),
        }
    }
}

/// One change of a JSON patch.
#[derive(Serialize)]
struct PatchOperation<'a, T: ?Sized> {
    op: &'static str,
    path: &'static str,
    value: &'a T,
}

/// What the metadata of something say, if it is there.
type Found = Result<Option<ObjectMeta>, StoreError>;

/// Claims in the custom resources of a cluster.
pub struct KubeStore {
    client: Client,
    scope: Scope,
    installation: String,
    page: u32,
    /// Whether this is who lets everything go, so that nobody is sent there.
    leaves: bool,
    foreign: Foreign,
    snatched: Snatched,
    writes: Semaphore,
    namespaces: Shared<String, Found>,
    definitions: Shared<Kind, Found>,
}

impl std::fmt::Debug for KubeStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KubeStore")
            .field("scope", &self.scope)
            .field("installation", &self.installation)
            .finish_non_exhaustive()
    }
}

impl KubeStore {
    /// The store of a cluster, whose installation is named after its kube-system namespace.
    pub async fn open(client: Client, scope: Scope) -> Result<Self, StoreError> {
        let asked = Asked { verb: "get", resource: "namespaces", namespace: Some("kube-system") };
        let namespaces: Api<Namespace> = Api::all(client.clone());
        let namespace = ask(asked, namespaces.get_metadata("kube-system")).await?;
        Ok(Self::of(client, scope, namespace.metadata.uid.unwrap_or_default()))
    }

    /// The store of a cluster whose installation is known.
    fn of(client: Client, scope: Scope, installation: String) -> Self {
        Self {
            client,
            scope,
            page: PAGE,
            leaves: false,
            foreign: Foreign::default(),
            snatched: Snatched::new(&installation),
            installation,
            writes: Semaphore::new(WRITES),
            namespaces: Shared::default(),
            definitions: Shared::default(),
        }
    }

    /// The same, for a process that stays.
    pub(crate) fn staying(self) -> Self {
        Self { page: SMALL_PAGE, ..self }
    }

    /// The same, for who lets everything go.
    pub(crate) fn leaving(self) -> Self {
        Self { leaves: true, ..self }
    }

    /// The store of who only looks: whose claims these are is not asked.
    pub(crate) fn looking(client: Client, scope: Scope) -> Self {
        Self::of(client, scope, String::new())
    }

    /// What a watch or a write showed of one of our objects.
    pub(crate) fn event(&self, kind: Kind, raw: Raw) -> Event {
        match kind {
            Kind::Account => Event::Account(Box::new(self.account(raw))),
            _ => Event::Object(Box::new(self.object(kind, raw))),
        }
    }

    /// An object that is gone.
    pub(crate) fn gone(&self, key: Key) -> Event {
        self.foreign.forget(&key);
        if key.kind == Kind::Account { Event::AccountGone(key) } else { Event::Gone(key) }
    }

    /// An object that a watch saw go.
    pub(crate) fn lost(&self, kind: Kind, raw: Raw) -> Key {
        let key = raw.key(kind);
        if kind != Kind::Account {
            self.snatched.lose(raw.into_object(kind));
        }
        key
    }

    /// What an event is to whoever works: while an object that was snatched goes on, nothing else is known by its key.
    pub(crate) fn as_it_goes_on(&self, event: Event) -> Event {
        let key = match &event {
            Event::Object(object) => &object.key,
            Event::Gone(key) => key,
            Event::Account(_) | Event::AccountGone(_) => return event,
        };
        let going = self.snatched.with(key).and_then(|store| store.object(key));
        going.map_or(event, |object| Event::Object(Box::new(Object::clone(&object))))
    }

    fn object(&self, kind: Kind, raw: Raw) -> Object {
        self.foreign.note(raw.key(kind), &raw);
        raw.into_object(kind)
    }

    fn account(&self, raw: Raw) -> AccountObject {
        self.foreign.note(raw.key(Kind::Account), &raw);
        raw.into_account()
    }

    pub(crate) fn api(&self, kind: Kind, namespace: Option<&str>) -> Api<Raw> {
        match namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &kind),
            None => Api::all_with(self.client.clone(), &kind),
        }
    }

    async fn get(&self, key: &Key) -> Result<Option<Raw>, StoreError> {
        let resource = definition(key.kind);
        let asked = Asked { verb: "get", resource: &resource, namespace: Some(&key.namespace) };
        ask(asked, self.api(key.kind, Some(&key.namespace)).get_opt(&key.name)).await
    }

    /// Every object, of the kinds that are defined.
    pub(crate) async fn objects_if_defined(&self) -> Result<Vec<Object>, StoreError> {
        let mut objects = Vec::new();
        for kind in [Kind::QrCode, Kind::Template] {
            let list = self.list(kind, |raw| self.object(kind, raw)).await;
            objects.extend(nothing_if_undefined(list)?);
        }
        Ok(objects)
    }

    /// Every account, where that kind is defined.
    pub(crate) async fn accounts_if_defined(&self) -> Result<Vec<AccountObject>, StoreError> {
        nothing_if_undefined(self.list(Kind::Account, |raw| self.account(raw)).await)
    }

    /// Everything of a kind, at the newest state.
    async fn list<T>(&self, kind: Kind, small: impl Fn(Raw) -> T) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        self.pages(kind, |page| all.extend(page.into_iter().map(&small))).await?;
        Ok(all)
    }

    /// The same in pages. Each becomes small before the next one is asked for: as the API server sends them, ten
    /// thousand objects fill more memory than all that is kept of them.
    async fn pages(&self, kind: Kind, mut take: impl FnMut(Vec<Raw>)) -> Result<(), StoreError> {
        for place in self.scope.places() {
            let api = self.api(kind, place);
            let resource = definition(kind);
            let asked = Asked { verb: "list", resource: &resource, namespace: place };
            let mut parameters = ListParams::default().limit(self.page);
            loop {
                let page = match ask(asked, api.list(&parameters)).await {
                    Err(StoreError::Refused(why)) => match Box::pin(self.refusal(place, why)).await {
                        Some(why) => return Err(StoreError::Refused(why)),
                        None => break,
                    },
                    page => page?,
                };
                take(page.items);
                match page.metadata.continue_.filter(|token| !token.is_empty()) {
                    Some(token) => parameters = parameters.continue_token(&token),
                    None => break,
                }
            }
        }
        Ok(())
    }

    /// What must be known of an object's finalizers to write at this version.
    async fn seen(&self, key: &Key, version: &str) -> Result<Seen, StoreError> {
        if let Known::Yes(seen) = self.foreign.at(key, version) {
            return Ok(seen);
        }
        let raw = self.get(key).await?.ok_or(StoreError::Gone)?;
        self.foreign.note(key.clone(), &raw);
        if raw.version() == version { Ok(Seen::of(&raw)) } else { Err(StoreError::Conflict) }
    }

    /// The finalizers that an object is to have, those of others included.
    async fn finalizers(&self, key: &Key, version: &str, held: bool) -> Result<Vec<String>, StoreError> {
        let Seen { mut finalizers, can_hold, .. } = self.seen(key, version).await?;
        if held && can_hold {
            finalizers.push(FINALIZER.to_owned());
        }
        Ok(finalizers)
    }

    /// Changes metadata, at a version; none where nothing keeps the object any more.
    async fn patch_metadata(
        &self,
        key: &Key,
        version: &str,
        mut metadata: Value,
    ) -> Result<Option<Raw>, StoreError> {
        metadata["resourceVersion"] = json!(version);
        let resource = definition(key.kind);
        let asked = Asked { verb: "patch", resource: &resource, namespace: Some(&key.namespace) };
        let parameters = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        let (api, patch) = (self.api(key.kind, Some(&key.namespace)), json!({"metadata": metadata}));
        let raw = self.write(asked, api.patch(&key.name, &parameters, &Patch::Merge(&patch))).await?;
        if raw.is_over() {
            self.foreign.forget(key);
            return Ok(None);
        }
        Ok(Some(raw))
    }

    /// Replaces a status, at a version.
    async fn replace_status(
        &self,
        key: &Key,
        version: &str,
        status: &(impl Serialize + Sync),
    ) -> Result<Raw, StoreError> {
        let resource = format!("{}/status", definition(key.kind));
        let asked = Asked { verb: "patch", resource: &resource, namespace: Some(&key.namespace) };
        // Built when it is its turn: many may wait, each with what it wrote.
        let request = async {
            let change = (
                PatchOperation { op: "replace", path: "/metadata/resourceVersion", value: version },
                PatchOperation { op: "add", path: "/status", value: status },
            );
            let address = format!(
                "/apis/{GROUP}/{}/namespaces/{}/{}/{}/status?fieldManager={MANAGER}",
                crate::api::VERSION,
                key.namespace,
                plural(key.kind),
                key.name
            );
            let request = Request::patch(address)
                .header("content-type", "application/json-patch+json")
                .body(serde_json::to_vec(&change).map_err(kube::Error::SerdeError)?)
                .map_err(kube::Error::HttpError)?;
            self.client.request(request).await
        };
        self.write(asked, request).await
    }

    /// Whether as many writes are under way as may be.
    pub(crate) fn is_crowded(&self) -> bool {
        self.writes.available_permits() == 0
    }

    /// Makes a request that writes, when it is its turn.
    async fn write<T>(
        &self,
        asked: Asked<'_>,
        request: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<T, StoreError> {
        // Nobody closes it, so there is always a turn.
        let _turn = self.writes.acquire().await;
        ask(asked, request).await
    }

    async fn namespace(&self, name: &str) -> Found {
        let request = async {
            let asked = Asked { verb: "get", resource: "namespaces", namespace: Some(name) };
            let namespaces: Api<Namespace> = Api::all(self.client.clone());
            Ok(ask(asked, namespaces.get_metadata_opt(name)).await?.map(|found| found.metadata))
        };
        self.namespaces.ask(name.to_owned(), request).await
    }

    async fn definition(&self, kind: Kind) -> Found {
        let request = async {
            let resource = "customresourcedefinitions.apiextensions.k8s.io";
            let asked = Asked { verb: "get", resource, namespace: None };
            let definitions: Api<CustomResourceDefinition> = Api::all(self.client.clone());
            Ok(ask(asked, definitions.get_metadata_opt(&definition(kind))).await?.map(|found| found.metadata))
        };
        self.definitions.ask(kind, request).await
    }
}

impl Store for KubeStore {
    fn installation(&self) -> &str {
        &self.installation
    }

    fn sees(&self, namespace: &str) -> bool {
        match &self.scope {
            Scope::Cluster => true,
            Scope::Namespaces(names) => names.iter().any(|name| name == namespace),
        }
    }

    async fn read(&self, key: &Key) -> Result<Option<Object>, StoreError> {
        let read = self.get(key).await?.map(|raw| self.object(key.kind, raw));
        // Asked afterwards: it may have been snatched meanwhile.
        match self.snatched.with(key) {
            Some(going) => going.read(key).await,
            None => Ok(read),
        }
    }

    async fn objects(&self) -> Result<Vec<Object>, StoreError> {
        let mut all = Vec::new();
        self.each(|part| all.extend(part)).await?;
        Ok(all)
    }

    async fn each(&self, mut part: impl FnMut(Vec<Object>) + Send) -> Result<(), StoreError> {
        for kind in [Kind::QrCode, Kind::Template] {
            let take = |page: Vec<Raw>| {
                let page = page.into_iter().map(|raw| self.object(kind, raw));
                part(page.filter(|object| self.snatched.with(&object.key).is_none()).collect());
            };
            self.pages(kind, take).await.map_err(undefined)?;
        }
        part(self.snatched.all());
        Ok(())
    }

    async fn accounts(&self) -> Result<Vec<AccountObject>, StoreError> {
        self.list(Kind::Account, |raw| self.account(raw)).await.map_err(undefined)
    }

    async fn hold(&self, key: &Key, version: &str, hold: Hold<'_>) -> Result<Option<Object>, StoreError> {
        if let Some(going) = self.snatched.with(key) {
            return match going.hold(key, version, hold).await? {
                // Somebody may have made another one under its name.
                None => self.read(key).await,
                still => Ok(still),
            };
        }
        let claim = match hold {
            Hold::Claim(claim) => {
                let written = serde_json::to_string(claim);
                Some(written.map_err(|error| StoreError::Refused(format!("the claim of {key}: {error}")))?)
            }
            Hold::Nothing => None,
        };
        let finalizers = self.finalizers(key, version, claim.is_some()).await?;
        if claim.is_some() {
            self.snatched.note(key);
        }
        let metadata = json!({"finalizers": finalizers, "annotations": {CLAIM_ANNOTATION: claim}});
        match self.patch_metadata(key, version, metadata).await {
            Ok(raw) => Ok(raw.map(|raw| self.object(key.kind, raw))),
            // Who is gone is let go.
            Err(StoreError::Gone) if hold == Hold::Nothing => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn report(&self, key: &Key, version: &str, status: &Status) -> Result<Object, StoreError> {
        if let Some(going) = self.snatched.with(key) {
            return going.report(key, version, status).await;
        }
        let raw = match status {
            Status::QrCode(status) => self.replace_status(key, version, status).await?,
            Status::Template(status) => self.replace_status(key, version, status).await?,
        };
        Ok(self.object(key.kind, raw))
    }

    async fn report_account(
        &self,
        key: &Key,
        version: &str,
        status: &WhatsAppAccountStatus,
    ) -> Result<AccountObject, StoreError> {
        Ok(self.account(self.replace_status(key, version, status).await?))
    }

    async fn hold_account(
        &self,
        key: &Key,
        version: &str,
        held: bool,
    ) -> Result<Option<AccountObject>, StoreError> {
        let metadata = json!({"finalizers": self.finalizers(key, version, held).await?});
        let raw = self.patch_metadata(key, version, metadata).await;
        match raw {
            Ok(raw) => Ok(raw.map(|raw| self.account(raw))),
            Err(StoreError::Gone) if !held => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn cause(&self, key: &Key, _: Deleting) -> Result<Cause, StoreError> {
        if goes(self.definition(key.kind).await?) {
            return Ok(Cause::Definition);
        }
        let namespace_goes = goes(self.namespace(&key.namespace).await?);
        Ok(if namespace_goes { Cause::Namespace } else { Cause::Person })
    }

    async fn secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<BTreeMap<String, Vec<u8>>>, StoreError> {
        let asked = Asked { verb: "get", resource: "secrets", namespace: Some(namespace) };
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), namespace);
        let secret = ask(asked, secrets.get_opt(name)).await?;
        let data = |secret: Secret| {
            secret.data.unwrap_or_default().into_iter().map(|(name, value)| (name, value.0)).collect()
        };
        Ok(secret.map(data))
    }

    async fn labels(&self, namespace: &str) -> Result<Option<BTreeMap<String, String>>, StoreError> {
        Ok(self.namespace(namespace).await?.map(|meta| meta.labels.unwrap_or_default()))
    }
}

/// Whether what was found is not there, or not for long.
fn goes(found: Option<ObjectMeta>) -> bool {
    found.is_none_or(|meta| meta.deletion_timestamp.is_some())
}

/// To the loop, a definition that is missing is a store that cannot answer now.
fn undefined(error: StoreError) -> StoreError {
    match error {
        StoreError::Gone => StoreError::Unavailable("a definition of waops.dev is missing".to_owned()),
        error => error,
    }
}

fn nothing_if_undefined<T>(listed: Result<Vec<T>, StoreError>) -> Result<Vec<T>, StoreError> {
    match listed {
        Err(StoreError::Gone) => Ok(Vec::new()),
        listed => listed,
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use kube::Config;

    use super::*;

    #[tokio::test]
    async fn it_is_crowded_as_long_as_as_many_write_as_may() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut config = Config::new("http://127.0.0.1:9".parse().unwrap());
        config.root_cert = Some(Vec::new());
        let store = KubeStore::looking(Client::try_from(config).unwrap(), Scope::Cluster);
        let asked = Asked { verb: "patch", resource: "whatsappqrcodes", namespace: Some("shop") };
        let mut writes = Vec::new();
        for _ in 0..WRITES {
            assert!(!store.is_crowded(), "there is room after {}", writes.len());
            let mut write = Box::pin(store.write(asked, pending::<Result<(), kube::Error>>()));
            assert!(futures::poll!(&mut write).is_pending());
            writes.push(write);
        }
        assert!(store.is_crowded());
        writes.pop();
        assert!(!store.is_crowded(), "one is over");
    }
}
