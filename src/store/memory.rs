//! Objects and accounts as Kubernetes keeps them, without Kubernetes.
//!
//! | a write | version | generation | told to followers |
//! |---|---|---|---|
//! | of a spec | new | counts up | yes |
//! | of an annotation, the finalizer or a status | new | stays | yes |
//! | that changes nothing | stays | stays | no |
//! | based on another version | [`StoreError::Conflict`] | | no |
//!
//! Deleting an object that our finalizer holds marks it; letting it go ends it. Without the finalizer it ends at once.

mod face;

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::events::{Events, Followers};
use crate::api::{
    Claim, Kind, Operation, WhatsAppAccountSpec, WhatsAppAccountStatus, WhatsAppQrCodeSpec,
    WhatsAppTemplateSpec,
};
use crate::engine::object::{AccountObject, Garbled, Meta, Object, Spec, Status};
use crate::engine::store::{Event, StoreError};
use crate::plan::claim::Written;
use crate::plan::facts::{Cause, Deleting, Key};

/// What a person declares: one manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// What it is known by.
    pub key: Key,
    /// What is asked for.
    pub wanted: Wanted,
    /// `waops.dev/reconcile-at`.
    pub asked: Option<String>,
    /// `waops.dev/take-over`, on accounts.
    pub take_over: Option<String>,
    /// `waops.dev/confirm-absence`, on accounts.
    pub confirm_absence: Option<String>,
    /// `waops.dev/claim`, where the manifest is a copy of another object; what is there stays without it.
    pub claim: Option<Written>,
}

impl Declared {
    /// The account that it refers to: namespace and name.
    pub fn account(&self) -> Option<(&str, &str)> {
        let reference = match &self.wanted {
            Wanted::QrCode(spec) => &spec.account_ref,
            Wanted::Template(spec) => &spec.account_ref,
            Wanted::Account(_) | Wanted::Garbled(_) => return None,
        };
        Some((reference.namespace.as_deref().unwrap_or(&self.key.namespace), &reference.name))
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// An account.
    Account(Box<WhatsAppAccountSpec>),
    /// A QR code.
    QrCode(Box<WhatsAppQrCodeSpec>),
    /// A template.
    Template(Box<WhatsAppTemplateSpec>),
    /// A QR code or template that does not have the shape of its kind; why, in one sentence.
    Garbled(String),
}

/// What applying a manifest came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is new.
    Created,
    /// Its spec or annotations changed.
    Changed,
    /// It was like this before.
    Unchanged,
}

/// A store that forgets. Clones are handles to the same.
#[derive(Clone)]
pub struct Memory(Arc<Shared>);

struct Shared {
    installation: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The version of the newest write.
    version: u64,
    objects: BTreeMap<Key, Arc<Object>>,
    accounts: BTreeMap<Key, Arc<AccountObject>>,
    secrets: BTreeMap<(String, String), BTreeMap<String, Vec<u8>>>,
    labels: BTreeMap<String, BTreeMap<String, String>>,
    followers: Followers,
}

impl Memory {
    /// An empty store of an installation.
    pub fn new(installation: impl Into<String>) -> Self {
        Self(Arc::new(Shared { installation: installation.into(), state: Mutex::default() }))
    }

    /// A store as it was written down once; `version` is the newest version there was.
    pub(super) fn load(
        installation: String,
        version: u64,
        accounts: Vec<AccountObject>,
        objects: Vec<Object>,
    ) -> Self {
        let kept = |object: Object| (object.key.clone(), Arc::new(object));
        let state = State {
            version,
            objects: objects.into_iter().map(kept).collect(),
            accounts: accounts.into_iter().map(|account| (account.key.clone(), Arc::new(account))).collect(),
            ..State::default()
        };
        Self(Arc::new(Shared { installation, state: Mutex::new(state) }))
    }

    /// The version of the newest write.
    pub(crate) fn version(&self) -> u64 {
        self.state().version
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows what changes from now on.
    pub fn subscribe(&self) -> Events {
        self.state().followers.follow(self.clone())
    }

    /// How things stand with a key.
    pub(super) fn event(&self, key: Key) -> Event {
        if key.kind == Kind::Account {
            return self.account(&key).map_or(Event::AccountGone(key), |account| {
                Event::Account(Box::new(Arc::unwrap_or_clone(account)))
            });
        }
        let object = self.object(&key);
        object.map_or(Event::Gone(key), |object| Event::Object(Box::new(Arc::unwrap_or_clone(object))))
    }

    /// An object, shared.
    pub fn object(&self, key: &Key) -> Option<Arc<Object>> {
        self.state().objects.get(key).cloned()
    }

    /// An account, shared.
    pub fn account(&self, key: &Key) -> Option<Arc<AccountObject>> {
        self.state().accounts.get(key).cloned()
    }

    /// Everything, shared.
    pub fn all(&self) -> (Vec<Arc<AccountObject>>, Vec<Arc<Object>>) {
        let state = self.state();
        let objects = state.objects.values().cloned().collect();
        (state.accounts.values().cloned().collect(), objects)
    }

    /// What everything is known by, accounts first.
    pub fn keys(&self) -> Vec<Key> {
        let state = self.state();
        state.accounts.keys().chain(state.objects.keys()).cloned().collect()
    }

    /// Makes or changes what a manifest declares, as `kubectl apply` does.
    pub fn apply(&self, declared: Declared, now: Timestamp) -> Applied {
        let mut state = self.state();
        match declared.wanted {
            Wanted::Account(_) => state.apply_account(&self.0.installation, declared, now),
            _ => state.apply_object(&self.0.installation, declared, now),
        }
    }

    /// Puts an object back as it was, under a UID of its own: what a restored backup does.
    pub fn restore(&self, object: &Object, now: Timestamp) {
        let mut state = self.state();
        let meta = state.meta(&self.0.installation, &object.key, now);
        let asked = object.meta.asked.clone();
        let meta = Meta { held: object.meta.held, generation: object.meta.generation, asked, ..meta };
        state.put(Object { meta, ..object.clone() });
    }

    /// Goes on with an object of another store as it was there, under a version that is newer than all of that store.
    pub(crate) fn go_on_with(&self, object: Object) {
        let mut state = self.state();
        state.version = state.version.max(object.meta.version.parse().unwrap_or_default());
        state.put(object);
    }

    /// Deletes an object or an account, as `kubectl delete` does.
    pub fn delete(&self, key: &Key, cause: Cause, now: Timestamp) {
        let since = Deleting { since: now, cause };
        self.interfere(key, |object| object.meta.deleting = object.meta.deleting.or(Some(since)));
        let mut state = self.state();
        if let Some(account) = state.accounts.get_mut(key) {
            let account = Arc::make_mut(account);
            account.meta.deleting = account.meta.deleting.or(Some(since));
            let account = account.clone();
            state.put_account(account);
        }
    }

    /// Changes an object behind the back of whoever works with it, as `kubectl edit` can: finalizers, annotations and
    /// claims included. One that is to go and is not held any more ends.
    pub fn interfere(&self, key: &Key, edit: impl FnOnce(&mut Object)) {
        let mut state = self.state();
        let Some(kept) = state.objects.get(key) else { return };
        let mut object = Object::clone(kept);
        edit(&mut object);
        if **kept != object {
            state.put(object);
        }
    }

    /// Keeps an object after all that a person had deleted: its manifest is back. Not one whose deletion is under way,
    /// nor one that goes for another reason.
    pub fn keep(&self, key: &Key) -> bool {
        let mut kept = false;
        self.interfere(key, |object| {
            let deletes = |claim: &Claim| {
                claim.intent.as_ref().is_some_and(|intent| intent.operation == Operation::Delete)
            };
            let pending = |written: &Written| matches!(written, Written::Says(claim) if deletes(claim));
            let by_person = object.meta.deleting.is_some_and(|deleting| deleting.cause == Cause::Person);
            kept = by_person && !pending(&object.annotation) && !pending(&object.status_claim());
            if kept {
                object.meta.deleting = None;
            }
        });
        let mut state = self.state();
        if let Some(account) = state.accounts.get(key).filter(|account| account.meta.deleting.is_some()) {
            let mut account = AccountObject::clone(account);
            account.meta.deleting = None;
            state.put_account(account);
            kept = true;
        }
        kept
    }

    /// Namespace and name of every Secret.
    pub(super) fn secrets(&self) -> Vec<(String, String)> {
        self.state().secrets.keys().cloned().collect()
    }

    /// Sets what a Secret holds, or that there is none. The accounts that name it are told of.
    pub fn set_secret(&self, namespace: &str, name: &str, data: Option<BTreeMap<String, Vec<u8>>>) {
        let mut state = self.state();
        let key = (namespace.to_owned(), name.to_owned());
        if state.secrets.get(&key) != data.as_ref() {
            match data {
                Some(data) => state.secrets.insert(key, data),
                None => state.secrets.remove(&key),
            };
            state.tell_accounts(|account| {
                *account.key.namespace == *namespace && names_secret(&account.spec, name)
            });
        }
    }

    /// Sets the labels of a namespace, or that there is none. The accounts that select by labels are told of.
    pub fn set_labels(&self, namespace: &str, labels: Option<BTreeMap<String, String>>) {
        let mut state = self.state();
        if state.labels.get(namespace) != labels.as_ref() {
            match labels {
                Some(labels) => state.labels.insert(namespace.to_owned(), labels),
                None => state.labels.remove(namespace),
            };
            let selects = |account: &AccountObject| {
                account.spec.allowed_namespaces.as_ref().is_some_and(|allowed| allowed.selector.is_some())
            };
            state.tell_accounts(selects);
        }
    }
}

fn names_secret(spec: &WhatsAppAccountSpec, name: &str) -> bool {
    let alibaba = spec.alibaba.as_ref().map(|alibaba| &alibaba.credentials);
    let credentials = alibaba.or(spec.meta.as_ref().map(|meta| &meta.credentials));
    let reference = credentials.and_then(|credentials| credentials.secret_ref.as_ref());
    reference.is_some_and(|reference| reference.name == name)
}

impl State {
    fn next_version(&mut self) -> String {
        self.version += 1;
        self.version.to_string()
    }

    /// What a new object is known by. Its UID is the same in every run that did the same at the same times.
    fn meta(&mut self, installation: &str, key: &Key, now: Timestamp) -> Meta {
        let version = self.next_version();
        // Whole seconds, as everywhere such times are written down.
        let created = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let uid = uid(&[installation, &key.to_string(), &version, &now.as_nanosecond().to_string()]);
        Meta { uid: uid.into(), version, generation: 1, created, deleting: None, held: false, asked: None }
    }

    /// Keeps an object under a new version, or ends it if it is to go and nothing holds it; tells everybody.
    fn put(&mut self, mut object: Object) -> Option<Arc<Object>> {
        object.meta.version = self.next_version();
        self.followers.tell(&object.key);
        if object.meta.deleting.is_some() && !object.meta.held {
            self.objects.remove(&object.key);
            return None;
        }
        let key = object.key.clone();
        let object = Arc::new(object);
        self.objects.insert(key, object.clone());
        Some(object)
    }

    fn put_account(&mut self, mut account: AccountObject) -> Option<Arc<AccountObject>> {
        account.meta.version = self.next_version();
        self.followers.tell(&account.key);
        if account.meta.deleting.is_some() && !account.meta.held {
            self.accounts.remove(&account.key);
            return None;
        }
        let key = account.key.clone();
        let account = Arc::new(account);
        self.accounts.insert(key, account.clone());
        Some(account)
    }

    fn tell_accounts(&mut self, concerns: impl Fn(&AccountObject) -> bool) {
        for (key, account) in &self.accounts {
            if concerns(account) {
                self.followers.tell(key);
            }
        }
    }

    fn apply_object(&mut self, installation: &str, declared: Declared, now: Timestamp) -> Applied {
        let Declared { key, wanted, asked, claim, .. } = declared;
        let Some(was) = self.objects.get(&key).map(|kept| Object::clone(kept)) else {
            let meta = Meta { asked, ..self.meta(installation, &key, now) };
            let spec = with_status(wanted, Status::blank(key.kind));
            self.put(Object { key, meta, spec, annotation: claim.unwrap_or_default() });
            return Applied::Created;
        };
        let spec = with_status(wanted, was.status());
        let generation = was.meta.generation + i64::from(spec != was.spec);
        let meta = Meta { generation, asked, ..was.meta.clone() };
        let annotation = claim.unwrap_or_else(|| was.annotation.clone());
        let object = Object { key, meta, spec, annotation };
        if object == was {
            return Applied::Unchanged;
        }
        self.put(object);
        Applied::Changed
    }

    fn apply_account(&mut self, installation: &str, declared: Declared, now: Timestamp) -> Applied {
        let Declared { key, wanted: Wanted::Account(spec), asked, take_over, confirm_absence, .. } = declared
        else {
            return Applied::Unchanged;
        };
        let Some(was) = self.accounts.get(&key).cloned() else {
            let meta = Meta { asked, ..self.meta(installation, &key, now) };
            let status = WhatsAppAccountStatus::default();
            let spec = *spec;
            self.put_account(AccountObject {
                key,
                meta,
                spec,
                status,
                take_over,
                confirm_absence,
                garbled: None,
            });
            return Applied::Created;
        };
        let generation = was.meta.generation + i64::from(*spec != was.spec);
        let meta = Meta { generation, asked, ..was.meta.clone() };
        let (spec, status) = (*spec, was.status.clone());
        let account = AccountObject { key, meta, spec, status, take_over, confirm_absence, garbled: None };
        if account == *was {
            return Applied::Unchanged;
        }
        self.put_account(account);
        Applied::Changed
    }

    /// The account that a write is based on.
    fn account_at(&self, key: &Key, version: &str) -> Result<AccountObject, StoreError> {
        let account = self.accounts.get(key).ok_or(StoreError::Gone)?;
        if account.meta.version != version {
            return Err(StoreError::Conflict);
        }
        Ok(AccountObject::clone(account))
    }

    /// The object that a write is based on.
    fn based(&self, key: &Key, version: &str) -> Result<Object, StoreError> {
        let kept = self.objects.get(key).ok_or(StoreError::Gone)?;
        if kept.meta.version != version {
            return Err(StoreError::Conflict);
        }
        Ok(Object::clone(kept))
    }
}

/// A spec with the status that belongs to it. It stays while the spec cannot be read.
fn with_status(wanted: Wanted, status: Status) -> Spec {
    match (wanted, status) {
        (Wanted::QrCode(spec), Status::QrCode(status)) => Spec::QrCode(spec, status),
        (Wanted::QrCode(spec), _) => Spec::QrCode(spec, Box::default()),
        (Wanted::Template(spec), Status::Template(status)) => Spec::Template(spec, status),
        (Wanted::Template(spec), _) => Spec::Template(spec, Box::default()),
        (Wanted::Garbled(why), status) => Spec::Garbled(Garbled { why, status }),
        (Wanted::Account(_), status) => Spec::Garbled(Garbled { why: "it is an account".to_owned(), status }),
    }
}

/// A UID made of what makes an object unique, in the shape that Kubernetes gives them.
pub(super) fn uid(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let hex = hash.finalize().iter().take(16).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    // Version 8 of RFC 9562: the bits are the maker's own.
    format!("{}-{}-8{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

impl fmt::Debug for Memory {
    /// How much there is. What Secrets hold is never shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Memory")
            .field("installation", &self.0.installation)
            .field("accounts", &state.accounts.len())
            .field("objects", &state.objects.len())
            .finish_non_exhaustive()
    }
}
