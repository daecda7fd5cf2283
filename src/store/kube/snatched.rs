//! Objects that went although our finalizer held them.
//!
//! The API server looks at finalizers when a DELETE begins, and not again when it ends. One that read an object before
//! our first write ends after it, and takes the object with its claim along, perhaps while its code is being made. Here
//! such an object goes on as if it had been held, until it is let go (docs/adr/0050-what-is-snatched-goes-on.md).

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::clock;
use crate::engine::object::Object;
use crate::plan::facts::{Cause, Deleting, Key};
use crate::store::memory::Memory;

/// A DELETE that began before a write of ours has ended by then: the API server gives a request a minute, and we give a
/// write half of one.
const OVER: Duration = Duration::from_secs(120);

/// What was snatched, and what could be.
pub(super) struct Snatched {
    /// As Kubernetes would have kept them.
    going: Memory,
    /// Whose claims were written of late, the oldest first. Who loses an older one was not snatched: somebody reached past
    /// the API server, and nobody asked for anything to be deleted elsewhere.
    written: Mutex<VecDeque<(Instant, Key)>>,
}

impl Snatched {
    pub(super) fn new(installation: &str) -> Self {
        Self { going: Memory::new(installation), written: Mutex::default() }
    }

    /// A claim is about to be written: its object may be gone before the answer comes.
    pub(super) fn note(&self, key: &Key) {
        self.written().push_back((Instant::now(), key.clone()));
    }

    /// Takes in what a watch showed last of an object that is gone.
    pub(super) fn lose(&self, mut object: Object) {
        let is_young = || self.written().iter().any(|(_, key)| *key == object.key);
        if !object.meta.held || object.meta.deleting.is_some() || !is_young() {
            return;
        }
        tracing::warn!(
            object = %object.key,
            "a deletion that began before waops held the object removed it; it goes on until it is let go"
        );
        object.meta.deleting = Some(Deleting { since: clock::timestamp(), cause: Cause::Person });
        self.going.go_on_with(object);
    }

    /// The store that has this object, if it was snatched. As long as it goes on, nobody else has its name.
    pub(super) fn with(&self, key: &Key) -> Option<&Memory> {
        self.going.object(key).map(|_| &self.going)
    }

    /// All that go on.
    pub(super) fn all(&self) -> Vec<Object> {
        self.going.all().1.into_iter().map(|object| Object::clone(&object)).collect()
    }

    fn written(&self) -> MutexGuard<'_, VecDeque<(Instant, Key)>> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        while written.front().is_some_and(|(at, _)| at.elapsed() > OVER) {
            written.pop_front();
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::{Claim, FINALIZER, Kind};
    use crate::engine::store::{Hold, Store as _, StoreError};
    use crate::store::kube::Raw;

    fn lost(finalizer: &str, deleted: Option<&str>) -> Object {
        let metadata = json!({
            "name": "poster", "namespace": "shop", "uid": "u1", "resourceVersion": "70",
            "finalizers": [finalizer], "deletionTimestamp": deleted,
        });
        let raw = serde_json::from_value::<Raw>(json!({"metadata": metadata, "spec": null}));
        raw.unwrap().into_object(Kind::QrCode)
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_nobody_let_go_goes_on() {
        let second = Duration::from_secs(1);
        for (object, age, want, reason) in [
            (lost(FINALIZER, None), second, true, "held, and gone"),
            (lost(FINALIZER, Some("2026-05-01T10:00:00Z")), second, false, "it was deleted, and let go"),
            (lost("another/one", None), second, false, "it was not held by us"),
            (lost(FINALIZER, None), OVER + second, false, "no DELETE takes so long: somebody changed etcd"),
        ] {
            let snatched = Snatched::new("here");
            snatched.note(&object.key);
            tokio::time::advance(age).await;
            snatched.lose(object.clone());
            assert_eq!(snatched.with(&object.key).is_some(), want, "{reason}");
            assert_eq!(snatched.all().len(), usize::from(want), "{reason}");
        }
        let snatched = Snatched::new("here");
        snatched.lose(lost(FINALIZER, None));
        assert!(snatched.all().is_empty(), "this process never wrote of it");
    }

    #[tokio::test]
    async fn what_was_snatched_is_deleted_as_if_a_person_had_until_it_is_let_go() {
        let snatched = Snatched::new("here");
        let object = lost(FINALIZER, None);
        snatched.note(&object.key);
        snatched.lose(object.clone());
        let store = snatched.with(&object.key).unwrap();
        let now = store.read(&object.key).await.unwrap().unwrap();
        assert!(now.meta.deleting.is_some_and(|deleting| deleting.cause == Cause::Person));
        assert_eq!(
            (now.meta.uid.as_str(), now.meta.version.as_str()),
            ("u1", "71"),
            "newer than the last event"
        );
        let claim = Claim { n: 2, ..Claim::default() };
        let late = store.hold(&object.key, "70", Hold::Claim(&claim)).await;
        assert_eq!(late, Err(StoreError::Conflict), "as it was before");
        let held = store.hold(&object.key, "71", Hold::Claim(&claim)).await.unwrap().unwrap();
        assert!(held.annotation.says().is_some_and(|said| **said == claim));
        assert_eq!(store.hold(&object.key, &held.meta.version, Hold::Nothing).await, Ok(None));
        assert!(snatched.with(&object.key).is_none());
    }
}
