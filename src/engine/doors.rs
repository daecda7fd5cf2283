//! The accounts: which of them can be called, with what, and since when not.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex as Turn;

use super::account_status::SUSPENDED;
use super::backoff;
use super::driver::read;
use super::object::{AccountObject, Object};
use super::remote::{Remote, Remotes};
use super::selector;
use super::store::{Store, StoreError};
use super::world::World;
use crate::api::{Name, WhatsAppAccountSpec, duration};
use crate::clock;
use crate::plan::facts::Key;
use crate::provider::accounts::Patience;
use crate::provider::budget::Budget;
use crate::provider::budget::Lane;
use crate::provider::error::Error;
use crate::provider::face::Account as _;
use crate::provider::session::{Identity, Ways};

/// How often everything is compared with the provider where the account does not say.
const DRIFT: SignedDuration = SignedDuration::from_mins(10);
/// How long a Secret is believed before it is read again.
pub(super) const SECRET: SignedDuration = SignedDuration::from_secs(30);

type Secret = BTreeMap<String, Vec<u8>>;

/// The accounts that were opened, or could not be.
#[derive(Debug)]
pub(super) struct Doors {
    remotes: Remotes,
    /// One opens an account for all who ask.
    turns: Mutex<BTreeMap<Key, Arc<Turn<()>>>>,
    known: Mutex<BTreeMap<Key, Door>>,
    /// The accounts that opened or closed, until their objects are told.
    turned: Mutex<BTreeSet<Key>>,
}

/// An account, as it was last found.
#[derive(Clone, Debug)]
struct Door {
    /// The manifest it was opened for, so that its hash is made once for all who ask.
    edition: Edition,
    /// Hashes of the spec and of the Secret it was opened with.
    print: (u64, u64),
    /// When the Secret was last read.
    looked: Timestamp,
    state: State,
}

/// What tells two manifests of an account apart: its UID, its generation, and when somebody asked for a look.
type Edition = (Name, i64, Option<String>);

/// Whether an account can be called.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// It can.
    Open(Remote),
    /// It cannot; why, and when to try again.
    Closed { why: String, retry: Timestamp, failures: u32 },
}

/// What an object may do with its account.
#[derive(Clone, Debug)]
pub(super) enum Access {
    Missing {
        /// Whether one would be seen: its namespace is looked after.
        seen: bool,
    },
    NotAllowed,
    NotReady(Arc<AccountObject>, String),
    Open(Remote),
}

impl Door {
    fn new(account: &AccountObject, print: (u64, u64), looked: Timestamp, state: &State) -> Self {
        Self { edition: edition(account), print, looked, state: state.clone() }
    }

    /// The print of what an account says, which is the known one as long as nobody changed it.
    fn spec(&self, account: &AccountObject) -> u64 {
        let (uid, generation, asked) = &self.edition;
        let is_same = *uid == account.meta.uid
            && *generation == account.meta.generation
            && *asked == account.meta.asked;
        if is_same { self.print.0 } else { spec_print(account) }
    }
}

impl Doors {
    pub(super) fn new(ways: Ways, patience: Patience) -> Self {
        let (turns, known, turned) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { remotes: Remotes::new(ways, patience), turns, known, turned }
    }

    pub(super) fn budgets(&self) -> Vec<(String, Budget)> {
        self.remotes.budgets()
    }

    /// The account that an object refers to, if it can be called.
    pub(super) fn remote_of(&self, object: &Object) -> Option<Remote> {
        let (namespace, name) = object.account_name()?;
        match self.state(&AccountObject::key_of(namespace, name))? {
            State::Open(remote) => Some(remote),
            State::Closed { .. } => None,
        }
    }

    /// Whether an account can be called, as it was last found.
    pub(super) fn state(&self, key: &Key) -> Option<State> {
        self.doors().get(key).map(|door| door.state.clone())
    }

    /// The open accounts that are at this identity.
    pub(super) fn open_at(&self, identity: &str) -> Vec<Key> {
        let is_there =
            |door: &Door| matches!(&door.state, State::Open(remote) if remote.identity() == identity);
        self.doors().iter().filter(|(_, door)| is_there(door)).map(|(key, _)| key.clone()).collect()
    }

    /// The wall clock was set back by so much: what waits for a time waits no longer for that.
    pub(super) fn set_back(&self, by: SignedDuration) {
        for door in self.doors().values_mut() {
            if let State::Closed { retry, .. } = &mut door.state {
                *retry = retry.checked_sub(by).unwrap_or(Timestamp::MIN);
            }
        }
    }

    /// An account that is gone.
    pub(super) fn forget(&self, key: &Key) {
        self.turns().remove(key);
        self.doors().remove(key);
    }

    /// Credentials stopped working: the account is closed to all its objects.
    pub(super) fn close(&self, key: &Key, error: &Error) {
        let now = clock::timestamp();
        if let Some(door) = self.doors().get_mut(key) {
            door.state = closed(key, error, Some(&door.state), now);
        }
    }

    /// What an object may do with its account, which is opened if it was not.
    pub(super) async fn access<S: Store>(
        &self,
        store: &S,
        account: Option<Arc<AccountObject>>,
        object: &Object,
    ) -> Result<Access, StoreError> {
        let Some(account) = account else {
            let seen = object.account_name().is_none_or(|(namespace, _)| store.sees(namespace));
            return Ok(Access::Missing { seen });
        };
        if !allows(store, &account, &object.key.namespace).await? {
            return Ok(Access::NotAllowed);
        }
        if let Some(why) = account.garbled.clone() {
            return Ok(Access::NotReady(account, why));
        }
        if account.spec.suspend == Some(true) {
            return Ok(Access::NotReady(account, SUSPENDED.to_owned()));
        }
        Ok(match self.open(store, &account).await? {
            State::Open(remote) => Access::Open(remote),
            State::Closed { why, .. } => Access::NotReady(account, why),
        })
    }

    /// Opens an account, once for all who ask, and again when its spec or its Secret changed.
    pub(super) async fn open<S: Store>(
        &self,
        store: &S,
        account: &AccountObject,
    ) -> Result<State, StoreError> {
        // Everybody asks at each turn: only who has to look waits for others who do.
        if let Some(state) = self.still(account, clock::timestamp()) {
            return Ok(state);
        }
        let turn = self.turns().entry(account.key.clone()).or_default().clone();
        let _turn = turn.lock().await;
        let now = clock::timestamp();
        if let Some(state) = self.still(account, now) {
            return Ok(state);
        }
        let known = self.doors().get(&account.key).cloned();
        let spec = known.as_ref().map_or_else(|| spec_print(account), |door| door.spec(account));
        let secret = match account.spec.secret_name() {
            Some(name) => match store.secret(&account.key.namespace, name).await {
                Ok(secret) => secret,
                // A right that is missing concerns this account alone, and its condition says so; in a namespace that
                // goes, rights go first, and its objects must still be let go.
                Err(StoreError::Refused(why)) => {
                    let print = (spec, print_of(&why));
                    let state = State::Closed { why, retry: now + SECRET, failures: 1 };
                    self.put(account, Door::new(account, print, now, &state));
                    return Ok(state);
                }
                Err(error) => return Err(error),
            },
            None => None,
        };
        let print = (spec, print_of(&secret));
        if let Some(mut door) = known.clone().filter(|door| door.print == print && !is_due(&door.state, now))
        {
            door.looked = now;
            door.edition = edition(account);
            let state = door.state.clone();
            self.doors().insert(account.key.clone(), door);
            return Ok(state);
        }
        let state = match Box::pin(self.connect(account, secret.as_ref())).await {
            Ok(remote) => State::Open(remote),
            Err(error) => {
                // Failures under other credentials say nothing about these.
                let before = known.filter(|door| door.print == print).map(|door| door.state);
                closed(&account.key, &error, before.as_ref(), now)
            }
        };
        self.put(account, Door::new(account, print, now, &state));
        Ok(state)
    }

    /// How an account was found a short while ago, as it is now.
    fn still(&self, account: &AccountObject, now: Timestamp) -> Option<State> {
        let doors = self.doors();
        let door = doors.get(&account.key)?;
        let is_young = door.looked <= now && now < door.looked + SECRET;
        let holds = is_young && !is_due(&door.state, now) && door.print.0 == door.spec(account);
        holds.then(|| door.state.clone())
    }

    fn put(&self, account: &AccountObject, door: Door) {
        let key = &account.key;
        let is_open = |door: &Door| matches!(door.state, State::Open(_));
        let opens = is_open(&door);
        let was_open = self.doors().insert(key.clone(), door).as_ref().is_some_and(is_open);
        if opens != was_open {
            self.turned().insert(key.clone());
        }
    }

    /// Whether an account opened or closed since this was last asked: of all who wait for it, one hears of it.
    pub(super) fn has_turned(&self, key: &Key) -> bool {
        self.turned().remove(key)
    }

    async fn connect(&self, account: &AccountObject, secret: Option<&Secret>) -> Result<Remote, Error> {
        let remote = self.remotes.open(account, secret).await?;
        remote.provider().verify(read(Lane::UserEdit)).await?;
        Ok(remote)
    }

    fn doors(&self) -> MutexGuard<'_, BTreeMap<Key, Door>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turned(&self) -> MutexGuard<'_, BTreeSet<Key>> {
        self.turned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turns(&self) -> MutexGuard<'_, BTreeMap<Key, Arc<Turn<()>>>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn closed(key: &Key, error: &Error, before: Option<&State>, now: Timestamp) -> State {
    let failures = match before {
        Some(State::Closed { failures, .. }) => failures.saturating_add(1),
        _ => 1,
    };
    let retry = backoff::not_before(error.class, failures, &key.to_string(), now);
    State::Closed { why: error.to_string(), retry, failures }
}

fn is_due(state: &State, now: Timestamp) -> bool {
    matches!(state, State::Closed { retry, .. } if *retry <= now)
}

/// Whether an account allows a namespace: its own, and those it names.
async fn allows<S: Store>(store: &S, account: &AccountObject, namespace: &str) -> Result<bool, StoreError> {
    if *account.key.namespace == *namespace {
        return Ok(true);
    }
    let Some(allowed) = &account.spec.allowed_namespaces else { return Ok(false) };
    if allowed.names.iter().flatten().any(|name| name == namespace) {
        return Ok(true);
    }
    let Some(selector) = &allowed.selector else { return Ok(false) };
    let labels = store.labels(namespace).await?;
    Ok(labels.is_some_and(|labels| selector::matches(selector, &labels)))
}

fn edition(account: &AccountObject) -> Edition {
    (account.meta.uid.clone(), account.meta.generation, account.meta.asked.clone())
}

/// A hash of what an account is opened with. Whoever asks for a look wants the credentials to be tried, too.
fn spec_print(account: &AccountObject) -> u64 {
    let connection = serde_json::to_string(&connection(&account.spec)).unwrap_or_default();
    print_of(&(connection, &account.meta.asked))
}

/// The part of a spec that a connection is made of.
fn connection(spec: &WhatsAppAccountSpec) -> WhatsAppAccountSpec {
    WhatsAppAccountSpec {
        alibaba: spec.alibaba.clone(),
        meta: spec.meta.clone(),
        limits: spec.limits,
        ..WhatsAppAccountSpec::default()
    }
}

/// A hash that never leaves the process.
fn print_of(it: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    it.hash(&mut hasher);
    hasher.finish()
}

/// How often the objects of an account are compared with its provider.
pub(super) fn drift_interval(account: Option<&AccountObject>) -> SignedDuration {
    let written = account.and_then(|account| account.spec.drift_check_interval.as_deref());
    let parsed =
        written.and_then(duration::parse).and_then(|interval| SignedDuration::try_from(interval).ok());
    parsed.unwrap_or(DRIFT)
}

/// Whether two objects are at the same account of a provider, as far as their manifests say.
pub(super) fn same_identity(world: &World, one: &Object, other: &Object) -> bool {
    let account = |object: &Object| {
        object.account_name().map(|(namespace, name)| AccountObject::key_of(namespace, name))
    };
    let (one, other) = (account(one), account(other));
    let identity =
        |key: &Key| world.account(key).and_then(|account| Identity::of(&account.spec, &key.object()));
    match (&one, &other) {
        (Some(one), Some(other)) if one == other => true,
        (Some(one), Some(other)) => identity(one).is_some() && identity(one) == identity(other),
        _ => false,
    }
}
