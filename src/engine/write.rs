//! What is written of an object, and whose turn it is because of that.

use super::driver::{Driver, Round};
use super::gather::Facts;
use super::happening::Happening;
use super::hindrance::Hindered;
use super::object::Object;
use super::store::{Event, Hold, Store};
use crate::api::Claim;
use crate::clock;
use crate::plan::claim::Written;
use crate::plan::facts::Key;
use crate::plan::step::{Consequence, Plan, Released};

impl<S: Store> Driver<S> {
    /// Brings the annotation in line with the claim, which stands in the status already.
    pub async fn settle(&self, key: &Key) {
        let Some(entry) = self.world().get(key).cloned() else { return };
        let Some(claim) = entry.claim().cloned() else { return };
        let stands = |written: &Written| matches!(written, Written::Says(said) if *said == claim);
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

    pub(super) async fn release(
        &self,
        key: &Key,
        facts: &Facts,
        plan: &Plan,
        why: &Released,
    ) -> Result<Round, Hindered> {
        let left = plan.consequences.iter().find_map(|consequence| match consequence {
            Consequence::LeavesBehind(what) => Some(what.as_str()),
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
    pub(super) async fn report(&self, key: &Key, plan: &Plan, facts: &Facts) -> Result<(), Hindered> {
        let Some(status) = facts.status(plan, clock::timestamp()) else { return Ok(()) };
        let object = &facts.common().entry.object;
        let before = object.status();
        if before == status {
            return Ok(());
        }
        let written = self.store.report(key, &object.meta.version, &status).await?;
        if before.reason() != status.reason() {
            self.witness.tell(key, &Happening::Moved { reason: plan.reason, message: &plan.message });
        }
        if let Some(claim) = status.claim() {
            self.forget_result(key, claim);
        }
        self.take_in(written);
        Ok(())
    }

    pub(super) fn gone(&self, key: &Key) {
        let woken = self.world().observe(Event::Gone(key.clone()));
        self.wake(woken);
    }

    /// What was remembered is written now.
    pub(super) fn forget_result(&self, key: &Key, written: &Claim) {
        let mut world = self.world();
        if world.get(key).is_some_and(|entry| entry.result.as_deref() == Some(written)) {
            world.restate(key, |entry| entry.result = None);
        }
    }

    /// Takes in what one of our own writes came to; whoever collides with the object gets a turn.
    pub(super) fn take_in(&self, object: Object) {
        let key = object.key.clone();
        let mut woken = self.world().observe(Event::Object(Box::new(object)));
        woken.remove(&key);
        self.wake(woken);
    }
}
