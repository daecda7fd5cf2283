//! What is said of an account, and how many deletions it believes.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::absence::doubts;
use super::doors::{SECRET, State, drift_interval};
use super::driver::{Driver, Next};
use super::entry::Entry;
use super::happening::Happening;
use super::hindrance::Hindered;
use super::object::{AccountObject, Object};
use super::store::Event;
use super::store::{Store, StoreError};
use super::unclaimed::unclaimed;
use super::world::World;
use crate::api::{AccountCounts, Claim, Condition, Deletion, Kind, Operation, WhatsAppAccountStatus};
use crate::clock;
use crate::plan::deletions::{Deletions, Elsewhere, Grant, WINDOW};
use crate::plan::facts::{Cause, Key};
use crate::plan::policy;
use crate::plan::reason::Reason;
use crate::plan::status::{self, Access};
use crate::provider::session::Identity;

/// What is said of an account that is held still.
pub(super) const SUSPENDED: &str = "the account is suspended";
/// After somebody else wrote the same account.
const AGAIN: SignedDuration = SignedDuration::from_secs(1);

impl<S: Store> Driver<S> {
    /// Opens an account, says how it is, and gives its objects a turn when that changed.
    pub(super) async fn reconcile_account(&self, key: &Key) -> Next {
        match self.meet(key).await {
            Ok(true) => {}
            Ok(false) => return Next::NEVER,
            Err(error) => return account_failed(key, &error, clock::seconds()),
        }
        let account = match self.hold_account(key).await {
            Ok(Some(account)) => account,
            Ok(None) => return Next::NEVER,
            Err(Hindered::Stale) => return Next::at(clock::seconds() + AGAIN),
            Err(Hindered::Store(why)) => return account_failed(key, &why, clock::seconds()),
            Err(Hindered::Refused(why)) => return self.account_refused(key, &why),
            Err(Hindered::Provider(error)) => return account_failed(key, &error, clock::seconds()),
        };
        let now = clock::seconds();
        let held = match (&account.garbled, account.spec.suspend) {
            (Some(why), _) => Some(why.clone()),
            (None, Some(true)) => Some(SUSPENDED.to_owned()),
            (None, _) => None,
        };
        let is_held = held.is_some();
        let state = if let Some(why) = held {
            // Not even whether the credentials work is asked.
            State::Closed { why, retry: Timestamp::MAX, failures: 0 }
        } else {
            match self.doors.open(&*self.store, &account).await {
                Ok(state) => state,
                Err(error) => return account_failed(key, &error, now),
            }
        };
        if !is_held && self.doors.has_turned(key) {
            let woken = self.world().keys_of_account(key);
            self.wake(woken);
        }
        let status = self.account_status(&account, &state);
        if status != account.status {
            match self.store.report_account(key, &account.meta.version, &status).await {
                Ok(written) => {
                    self.world_mut().observe(Event::Account(Box::new(written)));
                    self.tell_invalid(key, &account.status.conditions, &status.conditions);
                }
                // Whoever tells of the change may be late: it is read, and this is said again then.
                Err(StoreError::Conflict | StoreError::Gone) => {
                    if let Err(error) = self.reread_accounts(key).await {
                        return account_failed(key, &error, now);
                    }
                    return Next::at(now + AGAIN);
                }
                Err(StoreError::Refused(why)) => return self.account_refused(key, &why),
                Err(error) => return account_failed(key, &error, now),
            }
        }
        // From this moment, and not from the whole second before it: whoever comes back that much early finds the Secret too
        // young to be read, and reads it a turn later.
        let now = clock::timestamp();
        Next::at(match state {
            State::Closed { retry, .. } => retry.min(now + SECRET),
            State::Open(_) => now + SECRET.min(drift_interval(Some(&account))),
        })
    }

    /// That nobody can read an account is told as it is of objects; how it gets on with its provider its condition says.
    fn tell_invalid(&self, key: &Key, before: &[Condition], now: &[Condition]) {
        let (reason, before) = (Reason::Invalid, ready(before));
        if let Some(said) = ready(now).filter(|said| said.reason == reason.name())
            && before.is_none_or(|before| before.reason != said.reason)
        {
            let from = before.and_then(|before| Reason::from_name(&before.reason));
            self.witness.tell(key, &Happening::Moved { from, reason, message: &said.message });
        }
    }

    /// No status can say it, so an Event does.
    fn account_refused(&self, key: &Key, why: &str) -> Next {
        self.witness.tell(key, &Happening::Unwritten(why));
        account_failed(key, &why, clock::seconds())
    }

    /// Whether this process looks after an account. Of one that has just come to it, the objects are read first.
    async fn meet(&self, key: &Key) -> Result<bool, StoreError> {
        let (serves, is_unread) = {
            let world = self.world();
            (world.serves(key), world.unread.contains(key))
        };
        if serves && is_unread {
            // One reads for all that came together.
            let unread = std::mem::take(&mut self.world_mut().unread);
            if let Err(error) = self.load().await {
                self.world_mut().unread.extend(unread);
                return Err(error);
            }
            for account in &unread {
                let woken = self.world().keys_of_account(account);
                self.wake(woken);
            }
        }
        Ok(serves)
    }

    /// Keeps an account as long as objects of its namespace need it (claims.md 21); none where it is gone.
    async fn hold_account(&self, key: &Key) -> Result<Option<Arc<AccountObject>>, Hindered> {
        let (account, wanted) = {
            let world = self.world();
            let Some(account) = world.account(key).cloned() else { return Ok(None) };
            let wanted = account.meta.deleting.is_none() || !held_up_by(&world, &account).is_empty();
            (account, wanted)
        };
        let wanted = match account.meta.deleting {
            // Without the definition there are no accounts, and whoever takes it away means all of them (claims.md 18).
            Some(deleting) if wanted && account.meta.held => {
                self.store.cause(key, deleting).await? != Cause::Definition
            }
            _ => wanted,
        };
        // Whoever only looks holds nothing; and of an account that goes, nobody can get hold any more.
        if account.meta.held == wanted
            || self.settings.read_only
            || (account.meta.deleting.is_some() && !account.meta.held)
        {
            return Ok(Some(account));
        }
        match self.store.hold_account(key, &account.meta.version, wanted).await {
            Ok(Some(account)) => {
                self.world_mut().observe(Event::Account(Box::new(account.clone())));
                Ok(Some(Arc::new(account)))
            }
            Ok(None) => {
                let woken = self.observe(Event::AccountGone(key.clone()));
                self.wake(woken.into_iter().filter(|woken| woken != key));
                Ok(None)
            }
            Err(StoreError::Conflict | StoreError::Gone) => {
                self.reread_accounts(key).await?;
                Err(Hindered::Stale)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Reads all accounts, since what is known of this one is old.
    pub(super) async fn reread_accounts(&self, key: &Key) -> Result<(), StoreError> {
        let accounts = self.store.accounts().await?;
        let mut woken = BTreeSet::new();
        if accounts.iter().all(|account| account.key != *key) {
            woken.extend(self.observe(Event::AccountGone(key.clone())));
        }
        for account in accounts {
            woken.extend(self.world_mut().observe(Event::Account(Box::new(account))));
        }
        self.wake(woken);
        Ok(())
    }

    fn account_status(&self, account: &AccountObject, state: &State) -> WhatsAppAccountStatus {
        let world = self.world();
        let generation = account.meta.generation;
        let (doubt, warning) = match state {
            State::Open(remote) => (
                doubts(remote).first().map(|doubt| status::asking(&doubt.why, &[doubt.line.as_str()])),
                remote.warnings().first().cloned(),
            ),
            State::Closed { .. } => (None, None),
        };
        let access = match state {
            State::Open(_) => doubt.as_deref().map_or(Access::Works(warning.as_deref()), Access::Doubted),
            State::Closed { why, .. } if account.garbled.is_some() => Access::Invalid(why),
            State::Closed { why, .. } if account.spec.suspend == Some(true) => Access::Suspended(why),
            State::Closed { why, .. } => Access::Closed(why),
        };
        let conditions = status::account(status::Account {
            access,
            waits_for: waits_for(&world, account).as_deref(),
            previous: &account.status.conditions,
            generation,
            now: clock::seconds(),
        });
        let identity = match state {
            State::Open(remote) => Some(remote.identity().to_owned()),
            State::Closed { .. } => account.status.identity.clone().or_else(|| {
                Identity::of(&account.spec, &account.key.object()).map(|identity| identity.to_string())
            }),
        };
        let count = |kind| {
            let mine = world.of_account(&account.key).filter(|(key, _)| key.kind == kind);
            i64::try_from(mine.count()).unwrap_or(i64::MAX)
        };
        let loose = match state {
            State::Open(remote) => unclaimed(&world, remote, self.store.installation()),
            State::Closed { .. } => None,
        };
        WhatsAppAccountStatus {
            observed_generation: Some(generation),
            conditions,
            identity,
            counts: Some(AccountCounts { qr_codes: count(Kind::QrCode), templates: count(Kind::Template) }),
            // That there are none is not said: it would cost every account a write.
            unclaimed: match loose {
                Some(loose) => i64::try_from(loose).ok().filter(|loose| *loose > 0),
                None => account.status.unclaimed,
            },
            ..account.status.clone()
        }
    }

    /// Counts a deletion in the account's window before it is made, so that a restart grants nothing. All that wait at
    /// the account were granted together and are counted together, in one write.
    pub(super) async fn count_deletion(&self, key: &Key) -> Result<(), Hindered> {
        // One after another: each counts on top of the one before.
        let _turn = self.counting.lock().await;
        let now = clock::seconds();
        let (account, together, window) = {
            let world = self.world();
            let Some(entry) = world.get(key) else { return Err(Hindered::Stale) };
            let Some(account) = world.account_of(&entry.object) else { return Ok(()) };
            if is_counted(entry, account, now) {
                return Ok(());
            }
            let mut together: BTreeSet<Key> = waiting(&world, account, now).cloned().collect();
            together.insert(key.clone());
            let more = i64::try_from(together.len()).unwrap_or(i64::MAX);
            (account.clone(), together, deletions(&world, account, now).counting(more))
        };
        let since = window.started_at.0;
        let status = WhatsAppAccountStatus { deletion_window: Some(window), ..account.status.clone() };
        match self.store.report_account(&account.key, &account.meta.version, &status).await {
            Ok(account) => drop(self.world_mut().observe(Event::Account(Box::new(account)))),
            Err(StoreError::Conflict) => {
                for account in self.store.accounts().await? {
                    self.world_mut().observe(Event::Account(Box::new(account)));
                }
                return Err(Hindered::Stale);
            }
            Err(error) => return Err(error.into()),
        }
        let mut world = self.world_mut();
        for key in &together {
            world.remember(key, |entry| entry.counted = Some(since));
        }
        Ok(())
    }
}

fn ready(conditions: &[Condition]) -> Option<&Condition> {
    conditions.iter().find(|condition| condition.type_ == "Ready")
}

/// The objects that an account waits for before it goes: those of its own namespace that have something to lose.
fn held_up_by(world: &World, account: &AccountObject) -> Vec<Key> {
    let mine = world.of_account(&account.key).filter(|(key, _)| key.namespace == account.key.namespace);
    mine.filter(|(_, entry)| entry.object.meta.held || entry.claim().is_some())
        .map(|(key, _)| key.clone())
        .collect()
}

/// The names of the objects that the deletion of an account waits for, where it does.
fn waits_for(world: &World, account: &AccountObject) -> Option<String> {
    const NAMED: usize = 5;
    account.meta.deleting?;
    let waits_for = held_up_by(world, account);
    let mut names: Vec<String> = waits_for.iter().take(NAMED).map(ToString::to_string).collect();
    if waits_for.len() > NAMED {
        names.push(format!("{} more", waits_for.len() - NAMED));
    }
    (!names.is_empty()).then(|| names.join(", "))
}

/// Whether one more deletion is believed (claims.md 20). One that is counted already waits no more, but for a
/// confirmation that was taken back.
pub(super) fn deletion_grant(world: &World, object: &Object, now: Timestamp) -> Grant {
    let Some(account) = world.account_of(object) else { return Grant::Granted };
    let counted = world.get(&object.key).is_some_and(|entry| is_counted(entry, account, now));
    let all = if counted { counted_deletions } else { deletions };
    all(world, account, now).grant()
}

fn account_failed(key: &Key, error: &impl std::fmt::Display, now: Timestamp) -> Next {
    tracing::warn!(account = %key, "{error}");
    Next::at(now + SECRET)
}

/// The deletions that are counted at the identity of an account, and those that wait.
fn deletions<'a>(world: &World, account: &'a AccountObject, now: Timestamp) -> Deletions<'a> {
    let count = || world.same_as(account).map(|same| waiting(world, same, now).count()).sum();
    let waiting = i64::try_from(world.waiting(&account.key, now, count)).unwrap_or(i64::MAX);
    Deletions { waiting, ..counted_deletions(world, account, now) }
}

/// The same without those that wait, which takes a look at each that goes.
fn counted_deletions<'a>(world: &World, account: &'a AccountObject, now: Timestamp) -> Deletions<'a> {
    let objects: usize = world.same_as(account).map(|same| world.owners_of(&same.key)).sum();
    let others = world.same_as(account).filter(|same| same.key != account.key);
    let windows = others.filter_map(|same| same.status.deletion_window.as_ref());
    Deletions {
        window: account.status.deletion_window.as_ref(),
        objects: i64::try_from(objects).unwrap_or(i64::MAX),
        waiting: 0,
        elsewhere: Elsewhere::of(windows, now),
        confirmed: account.spec.confirm_deletions.map(|confirmed| confirmed.up_to),
        now,
    }
}

/// Those that wait at an account and that its window does not count yet.
fn waiting<'a>(
    world: &'a World,
    account: &'a AccountObject,
    now: Timestamp,
) -> impl Iterator<Item = &'a Key> {
    let waits = move |entry: &Entry| waits_to_be_deleted(entry, account) && !is_counted(entry, account, now);
    world.going_of(&account.key).filter(move |(_, entry)| waits(entry)).map(|(key, _)| key)
}

/// Whether an object is to be deleted at its provider too.
fn waits_to_be_deleted(entry: &Entry, account: &AccountObject) -> bool {
    let person = entry.object.meta.deleting.is_some_and(|deleting| deleting.cause == Cause::Person);
    person && {
        let policies = policy::resolve(account.spec.policies.as_ref(), entry.object.policies());
        let adopted = entry.claim().is_some_and(|claim| claim.adopted);
        policies.deletion(adopted) == Deletion::Delete
    }
}

/// Whether the window of now counts this deletion already: it was counted by this process, or its intent is written,
/// which happens after.
fn is_counted(entry: &Entry, account: &AccountObject, now: Timestamp) -> bool {
    let deleting = |claim: &Arc<Claim>| {
        claim.intent.as_ref().is_some_and(|intent| intent.operation == Operation::Delete)
    };
    let window = account.status.deletion_window.as_ref().map(|window| window.started_at.0);
    let lasts = window.is_some_and(|since| now.duration_since(since).abs() < WINDOW);
    lasts && (entry.counted == window || entry.claim().is_some_and(deleting))
}
