//! What is said of an account, and how many deletions it believes.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::doors::{SECRET, State, drift_interval};
use super::driver::{Driver, Hindered, Next};
use super::object::{AccountObject, Object};
use super::store::Event;
use super::store::{Store, StoreError};
use super::world::World;
use crate::api::{AccountCounts, Deletion, DeletionWindow, Kind, WhatsAppAccountStatus};
use crate::clock;
use crate::plan::deletions::{self, Grant};
use crate::plan::facts::{Cause, Key};
use crate::plan::policy;
use crate::provider::session::Identity;

impl<S: Store> Driver<S> {
    /// Opens an account, says how it is, and gives its objects a turn when that changed.
    pub(super) async fn reconcile_account(&self, key: &Key) -> Next {
        let Some(account) = self.world().account(key).cloned() else { return Next::NEVER };
        let was_open = matches!(self.doors.state(key), Some(State::Open(_)));
        let now = clock::timestamp();
        let state = match self.doors.open(&*self.store, &account).await {
            Ok(state) => state,
            Err(error) => return self.account_failed(key, &error, now),
        };
        if was_open != matches!(state, State::Open(_)) {
            let woken = self.world().of_account(key);
            self.wake(woken);
        }
        let status = self.account_status(&account, &state);
        if status != account.status && !self.settings.read_only {
            match self.store.report_account(key, &account.meta.version, &status).await {
                Ok(account) => drop(self.world().observe(Event::Account(Box::new(account)))),
                // The store tells of the change, and this is said again then.
                Err(StoreError::Conflict | StoreError::Gone) => self.wake([key.clone()]),
                Err(error) => return self.account_failed(key, &error, now),
            }
        }
        Next::at(match state {
            State::Closed { retry, .. } => retry.min(now + SECRET),
            State::Open(_) => now + SECRET.min(drift_interval(Some(&account))),
        })
    }

    fn account_failed(&self, key: &Key, error: &StoreError, now: Timestamp) -> Next {
        tracing::warn!(account = %key, "{error}");
        Next::at(now + SECRET)
    }

    fn account_status(&self, account: &AccountObject, state: &State) -> WhatsAppAccountStatus {
        let world = self.world();
        let generation = account.meta.generation;
        let (status, reason, message) = match state {
            State::Open(remote) => match remote.warnings().first() {
                Some(warning) => ("True", "Connected", warning.clone()),
                None => ("True", "Connected", "calls to the provider succeed".to_owned()),
            },
            State::Closed { why, .. } if account.spec.suspend == Some(true) => {
                ("False", "Suspended", why.clone())
            }
            State::Closed { why, .. } => ("False", "NotConnected", why.clone()),
        };
        let before = account.status.conditions.iter().find(|condition| condition.type_ == "Ready");
        let since =
            before.filter(|before| before.status == status).map(|before| before.last_transition_time.clone());
        let ready = Condition {
            type_: "Ready".to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message,
            observed_generation: Some(generation),
            last_transition_time: since.unwrap_or_else(|| Time(clock::timestamp())),
        };
        let identity = match state {
            State::Open(remote) => Some(remote.identity().to_owned()),
            State::Closed { .. } => account.status.identity.clone().or_else(|| {
                Identity::of(&account.spec, &account.key.object()).map(|identity| identity.to_string())
            }),
        };
        let mine = world.of_account(&account.key);
        let count =
            |kind| i64::try_from(mine.iter().filter(|key| key.kind == kind).count()).unwrap_or(i64::MAX);
        WhatsAppAccountStatus {
            observed_generation: Some(generation),
            conditions: vec![ready],
            identity,
            counts: Some(AccountCounts { qr_codes: count(Kind::QrCode), templates: count(Kind::Template) }),
            ..account.status.clone()
        }
    }

    /// Whether one more deletion is believed (claims.md 20).
    pub(super) fn deletion_grant(&self, world: &World, object: &Object, now: Timestamp) -> Grant {
        match self.account_of(world, object) {
            Some(account) => self.weigh(world, account, now).0,
            None => Grant::Granted,
        }
    }

    /// Stores the window before the first delete in it, so that a restart grants nothing.
    pub(super) async fn open_deletion_window(&self, object: &Object) -> Result<(), Hindered> {
        let weighed = {
            let world = self.world();
            self.account_of(&world, object)
                .map(|account| (account.clone(), self.weigh(&world, account, clock::timestamp()).1))
        };
        let Some((account, Some(window))) = weighed else { return Ok(()) };
        if account.status.deletion_window.as_ref() == Some(&window) {
            return Ok(());
        }
        let status = WhatsAppAccountStatus { deletion_window: Some(window), ..account.status.clone() };
        match self.store.report_account(&account.key, &account.meta.version, &status).await {
            Ok(account) => drop(self.world().observe(Event::Account(Box::new(account)))),
            Err(StoreError::Conflict) => {
                for account in self.store.accounts().await? {
                    self.world().observe(Event::Account(Box::new(account)));
                }
                return Err(Hindered::Stale);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Whether the deletions that wait at an account are believed, and the window to store for them.
    fn weigh(
        &self,
        world: &World,
        account: &AccountObject,
        now: Timestamp,
    ) -> (Grant, Option<DeletionWindow>) {
        let identity = Identity::of(&account.spec, &account.key.object());
        let is_same = |object: &Object| {
            self.account_of(world, object)
                .is_some_and(|other| Identity::of(&other.spec, &other.key.object()) == identity)
        };
        let mut waiting = 0;
        let mut all = 0;
        for (_, entry) in world.objects().filter(|(_, entry)| is_same(&entry.object)) {
            let Some(claim) = entry.claim() else { continue };
            if claim.code.is_none() && claim.template_id.is_none() {
                continue;
            }
            all += 1;
            let policies = policy::resolve(account.spec.policies.as_ref(), entry.object.policies());
            let deletes = entry.object.meta.deleting.is_some_and(|deleting| {
                deleting.cause == Cause::Person && policies.deletion(claim.adopted) == Deletion::Delete
            });
            waiting += i64::from(deletes);
        }
        let confirmed = account.spec.confirm_deletions.map(|confirmed| i64::from(confirmed.up_to));
        deletions::weigh(account.status.deletion_window.as_ref(), all, waiting, confirmed, now)
    }
}
