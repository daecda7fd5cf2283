//! One object, one step after another, until nothing is left to do for now.
//!
//! ```text
//!        ┌───────────────────────────── again ─────────────────────────────┐
//! gather ─▶ plan ─▶ Nothing, Wait, Blocked, Conflict ─▶ report status       │
//!                ├▶ Look ─────────── list or read ──────────────────────────┤
//!                ├▶ Keep ─────────── write the claim ───────────────────────┤
//!                ├▶ Release ──────── let go                                 │
//!                └▶ Call ─ lock ─ permit ─ samples ─ fresh list ─ plan again ─ intent ─ call
//!                              (the list goes before the permit where it takes longer)
//! ```

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::backoff;
use super::calls::Calls;
use super::doors::{Access, Doors};
use super::gather::Facts;
use super::happening::{Happening, Witness};
use super::hindrance::Hindered;
use super::object::Object;
use super::runner::Pool;
use super::share::Share;
use super::store::Event;
use super::store::{Store, StoreError};
use super::world::World;
use crate::api::{Claim, Kind};
use crate::clock::{self, Watch};
use crate::plan::facts::Key;
use crate::plan::reason::Reason;
use crate::plan::status::looking;
use crate::plan::step::{Plan, Step};
use crate::provider::accounts::Patience;
use crate::provider::budget::{Budget, Lane};
use crate::provider::deadline::Deadline;
use crate::provider::error::Class;
use crate::provider::face::Read;
use crate::provider::session::Ways;

/// So many steps one object makes in a row; more means that two parts of us disagree.
const STEPS: usize = 24;
/// How long a read may take, its waiting for the quota included.
const READ: Duration = Duration::from_secs(600);

/// How the loop behaves.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a provider may take to show or do what it was told.
    pub settle: SignedDuration,
    /// How long one write may take.
    pub call: SignedDuration,
    /// Whether providers are only looked at: statuses say what is found and what would be done, no claim is written, and no
    /// call changes anything.
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
    /// Held by who reads everything; at which count of its changes the store was read, where it counts them.
    reading: tokio::sync::Mutex<Option<u64>>,
    /// The only objects that are worked on, where somebody said so.
    confined: RwLock<Option<BTreeSet<Key>>>,
    world: RwLock<World>,
    /// Whose turn it is because of what was done, until somebody takes them.
    woken: Mutex<BTreeSet<Key>>,
    pub(super) watch: Mutex<Watch>,
    /// Counts turns, so that all lines of one are found together.
    turns: AtomicU64,
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
pub(super) enum Round {
    Again,
    Rest(Box<Plan>, Facts),
    Gone,
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
            confined: RwLock::default(),
            world: RwLock::default(),
            woken: Mutex::default(),
            watch: Mutex::default(),
            turns: AtomicU64::default(),
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
        self.world_mut().share = share;
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

    /// Works on these objects from now on, and on no other, whatever wakes it; which of them it left alone before.
    pub fn confine(&self, keys: BTreeSet<Key>) -> Vec<Key> {
        let mut confined = self.confined.write().unwrap_or_else(PoisonError::into_inner);
        let before = confined.replace(keys.clone());
        let is_new = |key: &Key| before.as_ref().is_some_and(|before| !before.contains(key));
        keys.into_iter().filter(is_new).collect()
    }

    fn leaves(&self, key: &Key) -> bool {
        let confined = self.confined.read().unwrap_or_else(PoisonError::into_inner);
        confined.as_ref().is_some_and(|keys| !keys.contains(key))
    }

    /// Reads everything there is; the keys of all objects and accounts.
    pub async fn load(&self) -> Result<BTreeSet<Key>, StoreError> {
        let mut read_at = self.reading.lock().await;
        let changes = self.store.changes();
        if changes.is_none() || *read_at != changes {
            self.read_everything().await?;
            *read_at = changes;
        }
        // Everybody gets a turn now.
        self.take_woken();
        let world = self.world();
        let accounts = world.accounts().map(|(key, _)| key);
        Ok(accounts.chain(world.objects().map(|(key, _)| key)).cloned().collect())
    }

    /// Reads everything again, unless somebody did since then.
    pub(super) async fn reread(&self, since: Instant) -> Result<(), StoreError> {
        let _reading = self.reading.lock().await;
        if self.world().read_at.is_none_or(|read| read < since) {
            self.read_everything().await?;
        }
        Ok(())
    }

    /// A part at a time: as a whole, everything would be there twice. What is new by it gets its turn: the event that
    /// tells of it comes later, and brings nothing new any more.
    async fn read_everything(&self) -> Result<(), StoreError> {
        let now = Instant::now();
        self.world_mut().begin_reading();
        let read = self.read_parts().await;
        let mut world = self.world_mut();
        if let Err(error) = read {
            world.stop_reading();
            return Err(error);
        }
        world.read_at = Some(now);
        let woken = world.finish_reading();
        drop(world);
        self.wake(woken);
        Ok(())
    }

    async fn read_parts(&self) -> Result<(), StoreError> {
        let accounts = self.store.accounts().await?.into_iter();
        let woken = self.world_mut().read(accounts.map(|account| Event::Account(Box::new(account))));
        self.wake(woken);
        let part = |objects: Vec<Object>| {
            let objects = objects.into_iter().map(|object| Event::Object(Box::new(object)));
            let woken = self.world_mut().read(objects);
            self.wake(woken);
        };
        self.store.each(part).await
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
        let mut woken = self.world_mut().observe(event);
        woken.extend(account);
        woken
    }

    /// Takes in what became of an object's ConfigMap; whether its status is to say something else.
    pub(super) fn observe_output(&self, key: &Key, blocked: Option<String>) -> bool {
        let news = |entry: &mut super::entry::Entry| {
            let is_news = entry.output.as_ref().map(Option::as_deref) != Some(blocked.as_deref());
            // Of one that is written nothing is said, so that a start says nothing of all of them.
            let is_said = blocked.is_some() || entry.object.says(Reason::OutputBlocked.name());
            entry.output = Some(blocked.map(String::into_boxed_str));
            is_news && is_said
        };
        self.world_mut().remember(key, news).unwrap_or_default()
    }

    /// What would be done about an object, and what it would cost. Looks at the provider, changes nothing. That a claim is
    /// written down is no news by itself: what follows from it is.
    pub async fn plan(&self, key: &Key) -> Result<Option<Plan>, String> {
        let (mut first, mut supposed): (Option<Plan>, Option<Arc<Claim>>) = (None, None);
        for _ in 0..STEPS {
            let facts = self.gather_as(key, Lane::UserEdit, supposed.as_ref()).await.map_err(said)?;
            let Some(facts) = facts else { return Ok(None) };
            let plan = facts.plan_ahead();
            match &plan.step {
                Step::Look(look) => self.look(&facts, look, Lane::UserEdit).await.map_err(said)?,
                Step::Keep { claim, why } => {
                    supposed = Some(claim.clone());
                    if why.is_news() {
                        first = Some(plan.after(first.take()));
                    }
                }
                _ => return Ok(Some(plan.after(first))),
            }
        }
        Err("the provider's lists change while they are read; try again".to_owned())
    }

    /// Does what is to be done about an object or an account; when to come back.
    pub async fn reconcile(&self, key: &Key) -> Next {
        let began = Instant::now();
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        let next = self.take_turn(key).instrument(tracing::info_span!("turn", turn, object = %key)).await;
        self.witness.tell(key, &Happening::Turned(began.elapsed()));
        next
    }

    async fn take_turn(&self, key: &Key) -> Next {
        if key.kind == Kind::Account {
            return self.reconcile_account(key).await;
        }
        if self.leaves(key) {
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

    async fn round(&self, key: &Key) -> Result<Round, Hindered> {
        let lane = self.lane(key);
        let Some(facts) = self.gather(key, lane).await? else { return Ok(Round::Gone) };
        if facts.is_here() && facts.common().entry.memory.missed.is_some() {
            self.world_mut().remember(key, |entry| entry.memory.missed = None);
        }
        let plan = facts.plan();
        tracing::debug!(object = %key, step = ?plan.step, reason = ?plan.reason, "plan");
        if self.settings.read_only && !matches!(plan.step, Step::Look(_)) {
            return Ok(Round::Rest(Box::new(looking(plan)), facts));
        }
        match &plan.step {
            // What is rarely awaited is kept apart, so that a turn that has nothing to do stays small.
            Step::Look(look) => Box::pin(self.look(&facts, look, lane)).await?,
            Step::Keep { claim, why } => Box::pin(self.keep(key, &facts, claim, why, lane)).await?,
            Step::Call { call, claim } => Box::pin(self.call(&facts, call, claim, lane)).await?,
            Step::Release(why) => return Box::pin(self.release(key, &facts, &plan, why, lane)).await,
            Step::Nothing | Step::Wait { .. } | Step::Blocked { .. } | Step::Conflict { .. } => {
                return Ok(Round::Rest(Box::new(plan), facts));
            }
        }
        Ok(Round::Again)
    }

    /// Gives turns.
    pub(super) fn wake(&self, keys: impl IntoIterator<Item = Key>) {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner).extend(keys);
    }

    /// Whose turn it is because of what was done since this was last asked.
    pub fn take_woken(&self) -> BTreeSet<Key> {
        std::mem::take(&mut *self.woken.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Which turns an object takes: those of its account and kind, and apart from others as long as it owns nothing.
    pub(super) fn pool(&self, key: &Key) -> Pool {
        let world = self.world();
        let Some(entry) = world.get(key) else {
            return Pool { account: key.object(), kind: key.kind, owns: true, shares_lists: false };
        };
        let (namespace, name) = entry.object.account_name().unwrap_or_default();
        let owns = entry.claim().is_some_and(|claim| claim.code.is_some() || claim.template_id.is_some());
        let shares_lists = !owns && world.lists_first(&entry.object);
        Pool { account: format!("{namespace}/{name}"), kind: key.kind, owns, shares_lists }
    }

    /// To look: many do at once.
    pub(super) fn world(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// To note what happened.
    pub(super) fn world_mut(&self) -> RwLockWriteGuard<'_, World> {
        self.world.write().unwrap_or_else(PoisonError::into_inner)
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
        Hindered::Store(why) | Hindered::Refused(why) => why,
        Hindered::Provider(error) => error.to_string(),
    }
}
