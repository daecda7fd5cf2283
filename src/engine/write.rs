//! What is written of an object, and whose turn it is because of that.

use super::driver::{Driver, Round};
use super::gather::Facts;
use super::happening::Happening;
use super::hindrance::Hindered;
use super::object::Object;
use super::store::{Event, Hold, Store, StoreError};
use crate::api::Claim;
use crate::clock;
use crate::plan::claim::Written;
use crate::plan::facts::Key;
use crate::plan::reason::Reason;
use crate::plan::step::{Consequence, Kept, Plan, Released, Step};
use crate::provider::budget::Lane;

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

    /// Writes the next claim. What is taken with it, others may be about to take as well: it is done under a lock, after
    /// one more look at who has it, and of what was found by its text only after all claims were read (claims.md 5, 6).
    /// What is left to another object is left only to one that is there.
    pub(super) async fn keep(
        &self,
        key: &Key,
        facts: &Facts,
        claim: &Claim,
        why: &Kept,
        lane: Lane,
    ) -> Result<(), Hindered> {
        let has = |claim: &Claim| claim.code.clone().or(claim.template_id.clone());
        let before = facts.common().standing.ours().and_then(has);
        let taken = has(claim).filter(|name| before.as_ref() != Some(name));
        let remote = self.doors.remote_of(&facts.common().entry.object);
        let _lock = match (&taken, &remote) {
            (Some(name), Some(remote)) => Some(remote.lock(TAKEN, name).await),
            _ => None,
        };
        match (why, &remote) {
            (Kept::Yielded(other), _) => self.reread_one(other).await?,
            (Kept::Adopted, Some(remote)) => {
                let listed = match facts {
                    Facts::QrCode(facts) => {
                        facts.phone.as_ref().and_then(|phone| remote.codes(phone).listed())
                    }
                    Facts::Template(_) => remote.templates().listed(),
                };
                if let Some(listed) = listed {
                    self.reread(listed.running()).await?;
                }
            }
            _ if taken.is_none() => return self.keep_as_it_is(key, facts, claim, why).await,
            _ => {}
        }
        let Some(facts) = self.gather(key, lane).await? else { return Ok(()) };
        match facts.plan().step {
            Step::Keep { claim: again, why: still } if *again == *claim && still == *why => {
                self.keep_as_it_is(key, &facts, claim, why).await
            }
            _ => Ok(()),
        }
    }

    async fn keep_as_it_is(
        &self,
        key: &Key,
        facts: &Facts,
        claim: &Claim,
        why: &Kept,
    ) -> Result<(), Hindered> {
        self.hold(key, facts, Hold::Claim(claim)).await?;
        self.witness.tell(key, &Happening::Kept(why));
        Ok(())
    }

    pub(super) async fn release(
        &self,
        key: &Key,
        facts: &Facts,
        plan: &Plan,
        why: &Released,
        lane: Lane,
    ) -> Result<Round, Hindered> {
        // What an heir has is left to it only if it has it still.
        if let Released::Inherited(heir) = why {
            self.reread_one(heir).await?;
            match self.gather(key, lane).await? {
                Some(again) if again.plan().step != plan.step => return Ok(Round::Again),
                _ => {}
            }
        }
        let left = plan.consequences.iter().filter_map(|consequence| match consequence {
            Consequence::LeavesBehind(what) => Some(what.as_str()),
            _ => None,
        });
        let left = left.collect::<Vec<_>>().join(", ");
        let left = (!left.is_empty()).then_some(left.as_str());
        let entry = &facts.common().entry;
        if entry.object.meta.held || entry.claim().is_some() {
            self.hold(key, facts, Hold::Nothing).await?;
        }
        self.witness.tell(key, &Happening::Released { why, left, uid: &entry.object.meta.uid });
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
            None => self.gone(key, Some(version)),
        }
        Ok(())
    }

    /// Writes the status, if it says anything new.
    pub(super) async fn report(&self, key: &Key, plan: &Plan, facts: &Facts) -> Result<(), Hindered> {
        let Some(status) = facts.status(plan, clock::timestamp()) else { return Ok(()) };
        let object = &facts.common().entry.object;
        let before = object.status_part();
        if before == status.part() {
            return Ok(());
        }
        let written = self.store.report(key, &object.meta.version, &status).await?;
        if before.reason() != status.reason() {
            let from = before.reason().and_then(Reason::from_name);
            let moved = Happening::Moved { from, reason: plan.reason, message: &plan.message };
            self.witness.tell(key, &moved);
        }
        if let Some(claim) = status.claim() {
            self.forget_result(key, claim);
        }
        self.take_in(written);
        Ok(())
    }

    /// Reads one object again, uncached.
    pub(super) async fn reread_one(&self, key: &Key) -> Result<(), StoreError> {
        let known = self.world().get(key).map(|entry| entry.object.meta.version.clone());
        match self.store.read(key).await? {
            Some(object) => self.take_in(object),
            None => self.gone(key, known.as_deref()),
        }
        Ok(())
    }

    /// What was known at this version is there no more. Who is there under its name by now came after that.
    fn gone(&self, key: &Key, version: Option<&str>) {
        let mut world = self.world_mut();
        let now = world.get(key).map(|entry| entry.object.meta.version.as_str());
        if now.is_some() && now != version {
            return;
        }
        let woken = world.observe(Event::Gone(key.clone()));
        drop(world);
        self.wake(woken);
    }

    /// What was remembered is written now.
    pub(super) fn forget_result(&self, key: &Key, written: &Claim) {
        let mut world = self.world_mut();
        if world.get(key).is_some_and(|entry| entry.result.as_deref() == Some(written)) {
            world.restate(key, |entry| entry.result = None);
        }
    }

    /// Takes in what a read or one of our own writes came to; whoever collides with the object gets a turn, and so does
    /// another one under its name.
    pub(super) fn take_in(&self, object: Object) {
        let (key, uid) = (object.key.clone(), object.meta.uid.clone());
        let mut world = self.world_mut();
        let is_known = world.get(&key).is_none_or(|entry| entry.object.meta.uid == uid);
        let mut woken = world.observe(Event::Object(Box::new(object)));
        drop(world);
        if is_known {
            woken.remove(&key);
        }
        self.wake(woken);
    }
}

/// Where those wait who are about to take something; no number has this name.
const TAKEN: &str = "taken";
