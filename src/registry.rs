//! One thing for each identity, however many hold it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Shares what belongs to an identity. What nobody holds any more is forgotten.
#[derive(Debug)]
pub struct Registry<I, T>(Mutex<HashMap<I, Weak<T>>>);

/// So many are looked through for those that nobody holds, however few are held.
const FEW: usize = 64;

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
        // Not each time: everybody who comes would look through all that are held.
        if held.len() >= FEW && held.len() == held.capacity() {
            held.retain(|_, shared| shared.strong_count() > 0);
            let kept = held.len();
            held.reserve(kept);
        }
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
    }

    #[test]
    fn what_nobody_holds_takes_no_room() {
        let registry = Registry::<usize, usize>::default();
        let held: Vec<_> = (0..100).map(|number| registry.of(number, || number)).collect();
        for number in 100..10_000 {
            registry.of(number, || number);
        }
        let room = registry.0.lock().unwrap().len();
        assert!(room < 1_000, "{room} for {}", held.len());
        assert!(held.iter().enumerate().all(|(number, one)| Arc::ptr_eq(one, &registry.of(number, || 0))));
    }
}
