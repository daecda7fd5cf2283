//! One object, one step after another, until nothing is left to do for now.
//!
//! ```text
//!        ┌───────────────────────────── again ─────────────────────────────┐
//! gather ─▶ plan ─▶ Nothing, Wait, Blocked, Conflict ─▶ report status       │
//!                ├▶ Look ─────────── list or read ──────────────────────────┤
//!                ├▶ Keep ─────────── write the claim ───────────────────────┤
//!                ├▶ Release ──────── let go                                 │
//!                └▶ Call ─ lock ─ permit ─ fresh list ─ plan again ─ intent ─ call
//! ```

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::backoff;
use super::calls::Calls;
use super::doors::{Access, Doors, drift_interval};
use super::gather::Facts;
use super::happening::{Happening, Witness};
use super::object::{AccountObject, Object, Status};
use super::share::Share;
use super::store::Event;
use super::store::{Hold, Store, StoreError};
use super::world::World;
use crate::api::{Claim, Kind};
use crate::clock::{self, Watch};
use crate::plan::claim::needs_settling;
use crate::plan::facts::{Key, Trouble};
use crate::plan::reason::Reason;
use crate::plan::step::{Plan, Released, Step};
use crate::provider::accounts::Patience;
use crate::provider::budget::{Budget, Lane};
use crate::provider::deadline::Deadline;
use crate::provider::error::{Class, Error};
use crate::provider::face::Read;
use crate::provider::session::Ways;

/// So many steps one object makes in a row; more means that two parts of us disagree.
const STEPS: usize = 24;
/// How long a read may take, its waiting for the quota included.
const READ: Duration = Duration::from_secs(600);

/// How often it is looked at whether an account allows a namespace by now.
const NOT_ALLOWED: SignedDuration = SignedDuration::from_secs(60);

/// How the loop behaves.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a provider may take to show or do what it was told.
    pub settle: SignedDuration,
    /// How long one write may take.
    pub call: SignedDuration,
    /// Whether providers are only looked at: no claim is written, and no call changes anything.
    pub read_only: bool,
    /// Whether what exists and is as written is taken over where the policies would ask.
    pub adopts: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let (settle, call) = (SignedDuration::from_secs(60), SignedDuration::from_secs(30));
        Self { settle, call, read_only: false, adopts: false }
    }
}

/// Until when this process may write at all: the lease of the leader (claims.md 3). None where there is but one.
pub type Lease = Arc<dyn Fn() -> Option<Deadline> + Send + Sync>;

/// The loop over one store.
pub struct Driver<S> {
    pub(super) store: Arc<S>,
    pub(super) doors: Doors,
    pub(super) settings: Settings,
    pub(super) witness: Witness,
    /// Whose deletion is being counted.
    pub(super) counting: tokio::sync::Mutex<()>,
    pub(super) calls: Calls,
    lease: Option<Lease>,
    /// Whoever reads everything: one does it for all who want it.
    reading: tokio::sync::Mutex<()>,
    /// The only objects that are worked on, where somebody said so.
    confined: OnceLock<BTreeSet<Key>>,
    world: Mutex<World>,
    /// Whose turn it is because of what was done, until somebody takes them.
    woken: Mutex<BTreeSet<Key>>,
    watch: Mutex<Watch>,
    /// Which great losses a person confirmed to this process.
    pub(super) confirmed: Vec<String>,
}

/// What is left to do about an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// When to look again; none where only an event brings something new.
    pub at: Option<Timestamp>,
    /// Whether the annotation is still to be brought in line with the status, at leisure.
    pub settle: bool,
}

impl Next {
    /// Nothing until an event.
    pub const NEVER: Self = Self { at: None, settle: false };

    pub(super) fn at(at: Timestamp) -> Self {
        Self { at: Some(at), settle: false }
    }
}

/// What one round of an object came to.
enum Round {
    Again,
    Rest(Box<Plan>, Facts),
    Gone,
}

/// Why a round could not be made.
pub(super) enum Hindered {
    /// Read again and start anew.
    Stale,
    /// The store cannot, or will not.
    Store(String),
    /// The provider did not.
    Provider(Error),
}

impl From<StoreError> for Hindered {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict | StoreError::Gone => Self::Stale,
            StoreError::Refused(why) | StoreError::Unavailable(why) => Self::Store(why),
        }
    }
}

impl From<Error> for Hindered {
    fn from(error: Error) -> Self {
        Self::Provider(error)
    }
}

impl<S: Store> Driver<S> {
    /// A loop that knows nothing yet: [`Self::load`] it, or feed it with [`Self::observe`].
    pub fn new(store: Arc<S>, ways: Ways, settings: Settings) -> Self {
        Self {
            store,
            doors: Doors::new(ways, patience(settings.settle)),
            settings,
            witness: Witness::default(),
            counting: tokio::sync::Mutex::default(),
            calls: Calls::default(),
            lease: None,
            reading: tokio::sync::Mutex::default(),
            confined: OnceLock::new(),
            world: Mutex::default(),
            woken: Mutex::default(),
            watch: Mutex::default(),
            confirmed: Vec::new(),
        }
    }

    /// The same with somebody who listens.
    #[must_use]
    pub fn heard_by(self, witness: Witness) -> Self {
        Self { witness, ..self }
    }

    /// The same for a part of all accounts.
    #[must_use]
    pub fn serving(self, share: Share) -> Self {
        self.world().share = share;
        self
    }

    /// The same with great losses that a person confirms, as messages name them (claims.md 9).
    #[must_use]
    pub fn believing(self, confirmed: Vec<String>) -> Self {
        Self { confirmed, ..self }
    }

    /// The same under a lease.
    #[must_use]
    pub fn under(self, lease: Lease) -> Self {
        Self { lease: Some(lease), ..self }
    }

    /// Works on these objects from now on, and on no other, whatever wakes it. Said once.
    pub fn confine(&self, keys: BTreeSet<Key>) {
        let _ = self.confined.set(keys);
    }

    /// Reads everything there is; the keys of all objects and accounts.
    pub async fn load(&self) -> Result<BTreeSet<Key>, StoreError> {
        let _reading = self.reading.lock().await;
        let mut keys = self.read_everything().await?;
        let world = self.world();
        keys.extend(world.accounts().map(|(key, _)| key.clone()));
        keys.extend(world.objects().map(|(key, _)| key.clone()));
        Ok(keys)
    }

    /// Reads everything again, unless somebody did since then. What is new by it gets its turn: the event that tells of
    /// it comes later, and brings nothing new any more.
    pub(super) async fn reread(&self, since: Instant) -> Result<(), StoreError> {
        let _reading = self.reading.lock().await;
        if self.world().read_at.is_none_or(|read| read < since) {
            let woken = self.read_everything().await?;
            self.wake(woken);
        }
        Ok(())
    }

    /// Whose turn it is because of what was read.
    async fn read_everything(&self) -> Result<BTreeSet<Key>, StoreError> {
        let now = Instant::now();
        let known = self.world().begin_reading();
        let accounts = self.store.accounts().await;
        let objects = if accounts.is_ok() { self.store.objects().await } else { Ok(Vec::new()) };
        let mut world = self.world();
        match (accounts, objects) {
            (Ok(accounts), Ok(objects)) => {
                world.read_at = Some(now);
                Ok(world.finish_reading(known, accounts, objects))
            }
            (Err(error), _) | (_, Err(error)) => {
                world.end_reading();
                Err(error)
            }
        }
    }

    /// Takes in what a store tells; whose turn it is because of it.
    pub fn observe(&self, event: Event) -> BTreeSet<Key> {
        let account = match &event {
            Event::Account(account) => Some(account.key.clone()),
            Event::AccountGone(key) => {
                self.doors.forget(key);
                Some(key.clone())
            }
            _ => None,
        };
        let mut woken = self.world().observe(event);
        woken.extend(account);
        woken
    }

    /// Takes in what became of an object's ConfigMap; whether its status is to say something else.
    pub(super) fn observe_output(&self, key: &Key, blocked: Option<String>) -> bool {
        let news = |entry: &mut super::world::Entry| {
            let is_news = entry.output.as_ref() != Some(&blocked);
            // Of one that is written nothing is said, so that a start says nothing of all of them.
            let is_said = blocked.is_some() || entry.object.says(Reason::OutputBlocked.name());
            entry.output = Some(blocked);
            is_news && is_said
        };
        self.world().remember(key, news).unwrap_or_default()
    }

    /// What would be done about an object, and what it would cost. Looks at the provider, changes nothing.
    pub async fn plan(&self, key: &Key) -> Result<Option<Plan>, String> {
        for _ in 0..STEPS {
            let Some(facts) = self.gather(key, Lane::UserEdit).await.map_err(said)? else { return Ok(None) };
            let plan = facts.plan_ahead();
            match &plan.step {
                Step::Look(look) => self.look(&facts, look, Lane::UserEdit).await.map_err(said)?,
                _ => return Ok(Some(plan)),
            }
        }
        Err("the provider's lists change while they are read; try again".to_owned())
    }

    /// Does what is to be done about an object or an account; when to come back.
    pub async fn reconcile(&self, key: &Key) -> Next {
        let began = Instant::now();
        let next = self.take_turn(key).await;
        self.witness.tell(key, &Happening::Turned(began.elapsed()));
        next
    }

    async fn take_turn(&self, key: &Key) -> Next {
        if key.kind == Kind::Account {
            return self.reconcile_account(key).await;
        }
        if self.confined.get().is_some_and(|keys| !keys.contains(key)) {
            return Next::NEVER;
        }
        let _turn = self.calls.turn(key);
        for _ in 0..STEPS {
            match self.round(key).await {
                Ok(Round::Again) => {}
                Ok(Round::Gone) => return Next::NEVER,
                Ok(Round::Rest(plan, facts)) => match self.report(key, &plan, &facts).await {
                    Ok(()) => return self.next(key, &plan),
                    Err(hindered) => {
                        if let Some(next) = self.hinder(key, hindered).await {
                            return next;
                        }
                    }
                },
                Err(hindered) => {
                    if let Some(next) = self.hinder(key, hindered).await {
                        return next;
                    }
                }
            }
        }
        tracing::warn!(object = %key, "no rest after {STEPS} steps; waiting");
        Next::at(backoff::not_before(Class::Transient, 4, &key.to_string(), clock::timestamp()))
    }

    /// Begins no call any more, and waits until those under way are over and written down.
    pub async fn close(&self) {
        self.calls.close();
        self.calls.none().await;
    }

    /// The budgets of the accounts that were opened, by provider.
    pub fn budgets(&self) -> Vec<(String, Budget)> {
        self.doors.budgets()
    }

    /// How many calls are under way.
    pub fn calls(&self) -> usize {
        self.calls.count()
    }

    /// Brings the annotation in line with the claim, which stands in the status already.
    pub async fn settle(&self, key: &Key) {
        let Some(entry) = self.world().get(key).cloned() else { return };
        let Some(claim) = entry.claim().cloned() else { return };
        let stands = |written: &crate::plan::claim::Written| matches!(written, crate::plan::claim::Written::Says(said) if **said == claim);
        let copies = entry.copies();
        if !stands(&copies.status) || (stands(&copies.annotation) && entry.object.meta.held) {
            return;
        }
        let version = &entry.object.meta.version;
        // Nothing is lost where it fails: whoever changed it is followed by another look.
        if let Ok(Some(object)) = self.store.hold(key, version, Hold::Claim(&claim)).await {
            self.take_in(object);
        }
    }

    async fn round(&self, key: &Key) -> Result<Round, Hindered> {
        let lane = self.lane(key);
        let Some(facts) = self.gather(key, lane).await? else { return Ok(Round::Gone) };
        let plan = facts.plan();
        tracing::debug!(object = %key, step = ?plan.step, reason = ?plan.reason, "plan");
        if self.settings.read_only && !matches!(plan.step, Step::Look(_)) {
            return Ok(Round::Rest(Box::new(plan), facts));
        }
        match &plan.step {
            Step::Look(look) => self.look(&facts, look, lane).await?,
            Step::Keep { claim, why } => {
                self.hold(key, &facts, Hold::Claim(claim)).await?;
                self.witness.tell(key, &Happening::Kept(why));
            }
            Step::Call { call, claim } => self.call(&facts, call, claim, lane).await?,
            Step::Release(why) => return self.release(key, &facts, &plan, why).await,
            Step::Nothing | Step::Wait { .. } | Step::Blocked { .. } | Step::Conflict { .. } => {
                return Ok(Round::Rest(Box::new(plan), facts));
            }
        }
        Ok(Round::Again)
    }

    async fn release(
        &self,
        key: &Key,
        facts: &Facts,
        plan: &Plan,
        why: &Released,
    ) -> Result<Round, Hindered> {
        let left = plan.consequences.iter().find_map(|consequence| match consequence {
            crate::plan::step::Consequence::LeavesBehind(what) => Some(what.as_str()),
            _ => None,
        });
        let entry = &facts.common().entry;
        if entry.object.meta.held || entry.claim().is_some() {
            self.hold(key, facts, Hold::Nothing).await?;
        }
        self.witness.tell(key, &Happening::Released(why, left));
        Ok(Round::Gone)
    }

    /// Writes the object's own half; what was known only here is written with it.
    pub(super) async fn hold(&self, key: &Key, facts: &Facts, hold: Hold<'_>) -> Result<(), Hindered> {
        let version = &facts.common().entry.object.meta.version;
        match self.store.hold(key, version, hold).await? {
            Some(object) => {
                if let Hold::Claim(claim) = hold {
                    self.forget_result(key, claim);
                }
                self.take_in(object);
            }
            None => self.gone(key),
        }
        Ok(())
    }

    /// Writes the status, if it says anything new.
    async fn report(&self, key: &Key, plan: &Plan, facts: &Facts) -> Result<(), Hindered> {
        let Some(status) = facts.status(plan, clock::timestamp()) else { return Ok(()) };
        let object = &facts.common().entry.object;
        let before = object.status();
        if before.as_ref() == Some(&status) {
            return Ok(());
        }
        let written = self.store.report(key, &object.meta.version, &status).await?;
        if before.as_ref().and_then(Status::reason) != status.reason() {
            self.witness.tell(key, &Happening::Moved { reason: plan.reason, message: &plan.message });
        }
        if let Some(claim) = status.claim() {
            self.forget_result(key, claim);
        }
        self.take_in(written);
        Ok(())
    }

    fn gone(&self, key: &Key) {
        let woken = self.world().observe(Event::Gone(key.clone()));
        self.wake(woken);
    }

    /// What was remembered is written now.
    fn forget_result(&self, key: &Key, written: &Claim) {
        self.world().remember(key, |entry| {
            if entry.result.as_ref() == Some(written) {
                entry.result = None;
            }
        });
    }

    /// Takes in what one of our own writes came to; whoever collides with the object gets a turn.
    fn take_in(&self, object: Object) {
        let key = object.key.clone();
        let mut woken = self.world().observe(Event::Object(Box::new(object)));
        woken.remove(&key);
        self.wake(woken);
    }

    /// Gives turns.
    pub(super) fn wake(&self, keys: impl IntoIterator<Item = Key>) {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner).extend(keys);
    }

    /// Whose turn it is because of what was done since this was last asked.
    pub fn take_woken(&self) -> BTreeSet<Key> {
        std::mem::take(&mut *self.woken.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Which turns an object takes: those of its account, and apart from others as long as it owns nothing.
    pub(super) fn pool(&self, key: &Key) -> (String, bool) {
        let world = self.world();
        let Some(entry) = world.get(key) else { return (key.object(), true) };
        let (namespace, name) = entry.object.account_name().unwrap_or_default();
        let owns = entry.claim().is_some_and(|claim| claim.code.is_some() || claim.template_id.is_some());
        (format!("{namespace}/{name}"), owns)
    }

    fn next(&self, key: &Key, plan: &Plan) -> Next {
        let now = clock::timestamp();
        let world = self.world();
        let Some(entry) = world.get(key) else { return Next::NEVER };
        let settle = needs_settling(entry.object.annotation.says(), entry.object.claim_in_status());
        let at = match &plan.step {
            // A time that has passed must not make a loop that never rests.
            Step::Wait { until } => Some((*until).max(now + SignedDuration::from_secs(1))),
            Step::Nothing | Step::Blocked { .. } | Step::Conflict { .. } => {
                let account = world.account_of(&entry.object).map(|account| &**account);
                let drift = match plan.reason {
                    // A label on a namespace wakes nobody; to look again costs no call.
                    Reason::AccountNotAllowed => NOT_ALLOWED.min(drift_interval(account)),
                    _ => drift_interval(account),
                };
                now.checked_add(backoff::jittered(drift, &key.to_string(), 0)).ok()
            }
            _ => None,
        };
        Next { at, settle }
    }

    /// What a hindrance comes to: when to come back, or none to start anew at once.
    async fn hinder(&self, key: &Key, hindered: Hindered) -> Option<Next> {
        let now = clock::timestamp();
        match hindered {
            Hindered::Stale => {
                match self.store.read(key).await {
                    Ok(Some(object)) => self.take_in(object),
                    Ok(None) => self.gone(key),
                    Err(error) => return Some(self.store_failed(key, &error.to_string(), now)),
                }
                None
            }
            Hindered::Store(why) => Some(self.store_failed(key, &why, now)),
            // Planning speaks of it from now on, and says when to come back.
            Hindered::Provider(error) => {
                self.trouble(key, &error, None);
                None
            }
        }
    }

    fn store_failed(&self, key: &Key, why: &str, now: Timestamp) -> Next {
        tracing::warn!(object = %key, "{why}");
        let failures = self.world().remember(key, |entry| {
            entry.failures = entry.failures.saturating_add(1);
            entry.failures
        });
        Next::at(backoff::not_before(Class::Transient, failures.unwrap_or(1), &key.to_string(), now))
    }

    /// Remembers what went wrong, and how long to hold back.
    pub(super) fn trouble(&self, key: &Key, error: &Error, hash: Option<&str>) {
        let now = clock::timestamp();
        if error.class == Class::Credentials {
            self.distrust(key, error);
        }
        self.world().remember(key, |entry| {
            entry.failures = entry.failures.saturating_add(1);
            entry.memory.trouble = Some(Trouble {
                class: error.class,
                not_before: backoff::not_before(error.class, entry.failures, &key.to_string(), now),
                why: error.to_string(),
                hash: hash.map(str::to_owned),
            });
        });
    }

    /// Credentials stopped working: the account closes, and all its objects hold still.
    fn distrust(&self, key: &Key, error: &Error) {
        let account = self.world().get(key).and_then(|entry| entry.object.account());
        let Some((namespace, name)) = account else { return };
        let account = AccountObject::key_of(&namespace, &name);
        self.doors.close(&account, error);
        self.wake([account]);
    }

    /// A look succeeded; what a call failed of is not over by that.
    pub(super) fn looked(&self, key: &Key) {
        self.world().remember(key, |entry| {
            if entry.memory.trouble.as_ref().is_none_or(|trouble| trouble.hash.is_none()) {
                entry.failures = 0;
                entry.memory.trouble = None;
            }
        });
    }

    /// A call succeeded.
    pub(super) fn calm(&self, key: &Key) {
        self.world().remember(key, |entry| {
            entry.failures = 0;
            entry.memory.trouble = None;
        });
    }

    /// Since when the wall clock can be believed. Set back, it would make everybody wait twice; set forward, as by a
    /// machine that slept, it says nothing about how much time a provider had.
    pub(super) fn steady_since(&self) -> Timestamp {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(jump) = watch.look() {
            tracing::warn!(seconds = jump.by.as_secs(), "the wall clock jumped");
            if jump.by.is_negative() {
                self.world().set_back(jump.by.abs());
                self.doors.set_back(jump.by.abs());
            }
        }
        watch.steady_since()
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an object may do with its account, which is opened if it was not.
    pub(super) async fn access(&self, object: &Object) -> Result<Access, StoreError> {
        let account = self.world().account_of(object).cloned();
        let key = account.as_ref().map(|account| account.key.clone());
        let access = self.doors.access(&*self.store, account, object).await;
        if let Some(key) = key.filter(|key| self.doors.has_turned(key)) {
            let woken = self.world().keys_of_account(&key);
            self.wake(woken);
            self.wake([key]);
        }
        access
    }

    /// The deadline of a write: the intent's, the lease's, whichever is sooner.
    pub(super) fn deadline(&self, intent: Timestamp) -> Deadline {
        let deadline = Deadline::at(intent.into());
        match self.lease.as_ref().and_then(|lease| lease()) {
            Some(lease) => deadline.min(lease),
            None => deadline,
        }
    }
}

/// A read in this lane.
pub(super) fn read(lane: Lane) -> Read {
    Read { lane, deadline: Deadline::after(READ) }
}

fn patience(settle: SignedDuration) -> Patience {
    let settle = Duration::try_from(settle).unwrap_or_default();
    Patience { settle, drift: Duration::from_secs(600) }
}

fn said(hindered: Hindered) -> String {
    match hindered {
        Hindered::Stale => "it changed while it was read; try again".to_owned(),
        Hindered::Store(why) => why,
        Hindered::Provider(error) => error.to_string(),
    }
}
