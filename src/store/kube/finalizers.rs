//! The finalizers of others, which a write of ours must not touch.
//!
//! A merge patch replaces a list as a whole, so whoever adds one finalizer must know the others. Almost no object has
//! any; for the few that have, they are remembered beside the version that they were seen in.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::raw::Raw;
use crate::plan::facts::Key;

/// The finalizers of others, by object.
#[derive(Debug, Default)]
pub(super) struct Foreign(Mutex<HashMap<Key, Seen>>);

/// What was seen of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    version: String,
    /// The finalizers that are not ours.
    pub(super) finalizers: Vec<String>,
    /// Whether ours can be added.
    pub(super) can_hold: bool,
}

/// What is known of an object at a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// This.
    Yes(Seen),
    /// Something, but of another version: look first.
    Outdated,
}

impl Seen {
    /// An object that only we hold, or nobody.
    pub(super) const NOTHING: Self = Self { version: String::new(), finalizers: Vec::new(), can_hold: true };

    /// Of an object as it is.
    pub(super) fn of(raw: &Raw) -> Self {
        Self {
            version: raw.version().to_owned(),
            finalizers: raw.foreign_finalizers(),
            can_hold: !raw.is_past_holding(),
        }
    }
}

impl Foreign {
    /// Takes in an object. A late look at an older version changes nothing.
    pub(super) fn note(&self, key: Key, raw: &Raw) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(&key).is_some_and(|known| number(&known.version) > number(raw.version())) {
            return;
        }
        let seen = Seen::of(raw);
        if seen.finalizers.is_empty() && seen.can_hold {
            all.remove(&key);
        } else {
            all.insert(key, seen);
        }
    }

    /// An object that is gone.
    pub(super) fn forget(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// What is known of an object at this version. An object that nothing is remembered of had no others: every
    /// version that the loop works with was noted, and only a later one could have taken them away.
    pub(super) fn at(&self, key: &Key, version: &str) -> Known {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(key) {
            None => Known::Yes(Seen::NOTHING),
            Some(seen) if seen.version == version => Known::Yes(seen.clone()),
            Some(_) => Known::Outdated,
        }
    }
}

fn number(version: &str) -> u64 {
    version.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::{FINALIZER, Kind};

    fn key() -> Key {
        Key::new(Kind::QrCode, "shop", "poster")
    }

    fn raw(version: &str, finalizers: &[&str], deleted: Option<&str>) -> Raw {
        let metadata =
            json!({"resourceVersion": version, "finalizers": finalizers, "deletionTimestamp": deleted});
        serde_json::from_value::<Raw>(json!({"metadata": metadata, "spec": Value::Null})).unwrap()
    }

    #[test]
    fn others_are_known_at_the_version_they_were_seen_in() {
        let foreign = Foreign::default();
        foreign.note(key(), &raw("5", &[FINALIZER], None));
        assert_eq!(foreign.at(&key(), "5"), Known::Yes(Seen::NOTHING));
        foreign.note(key(), &raw("7", &["a/b", FINALIZER], None));
        assert!(matches!(foreign.at(&key(), "7"), Known::Yes(seen) if seen.finalizers == ["a/b"]));
        assert_eq!(foreign.at(&key(), "9"), Known::Outdated, "somebody wrote meanwhile");
        foreign.note(key(), &raw("6", &[], None));
        assert!(
            matches!(foreign.at(&key(), "7"), Known::Yes(seen) if seen.finalizers == ["a/b"]),
            "a late event"
        );
        foreign.note(key(), &raw("8", &[FINALIZER], None));
        assert_eq!(foreign.at(&key(), "8"), Known::Yes(Seen::NOTHING), "they let go");
    }

    #[test]
    fn an_object_that_goes_without_us_cannot_be_held_again() {
        let foreign = Foreign::default();
        let gone = Some("2026-05-01T10:00:00Z");
        foreign.note(key(), &raw("7", &["a/b"], gone));
        assert!(matches!(foreign.at(&key(), "7"), Known::Yes(seen) if !seen.can_hold));
        foreign.note(key(), &raw("8", &["a/b", FINALIZER], gone));
        assert!(matches!(foreign.at(&key(), "8"), Known::Yes(seen) if seen.can_hold));
        foreign.forget(&key());
        assert_eq!(foreign.at(&key(), "8"), Known::Yes(Seen::NOTHING));
    }
}
