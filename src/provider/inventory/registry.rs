//! One inventory for each identity, however many accounts point at it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Shares what belongs to an identity (claims.md, "Words"): two WhatsAppAccounts on one WABA see each other's
/// writes. What nobody holds any more is forgotten.
#[derive(Debug)]
pub struct Registry<I, T>(Mutex<HashMap<I, Weak<T>>>);

impl<I, T> Default for Registry<I, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<I: Eq + Hash, T> Registry<I, T> {
    /// What belongs to this identity, made now if nobody holds it.
    pub fn of(&self, identity: I, make: impl FnOnce() -> T) -> Arc<T> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = held.get(&identity).and_then(Weak::upgrade) {
            return shared;
        }
        held.retain(|_, shared| shared.strong_count() > 0);
        let shared = Arc::new(make());
        held.insert(identity, Arc::downgrade(&shared));
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_of_one_identity_share() {
        let registry = Registry::<&str, u8>::default();
        let first = registry.of("waba-1", || 1);
        assert!(Arc::ptr_eq(&first, &registry.of("waba-1", || 2)));
        assert_eq!(*registry.of("waba-2", || 3), 3);
        drop(first);
        assert_eq!(*registry.of("waba-1", || 4), 4, "nobody held it any more");
        assert_eq!(registry.0.lock().unwrap().len(), 1, "nor the other");
    }
}
