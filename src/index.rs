//! Who is found by what: mostly one by each word, and then no room is kept for more.

use std::borrow::Borrow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, btree_set};
use std::hash::Hash;
use std::{iter, slice};

use sha2::{Digest as _, Sha256};

/// What something is found by, as a digest: all objects have several, and all of them are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark([u8; 16]);

impl Mark {
    /// The mark of a name, among names of the same sort.
    pub(crate) fn of(sort: &str, name: &str) -> Self {
        let digest: [u8; 32] =
            Sha256::new().chain_update(sort).chain_update([0]).chain_update(name).finalize().into();
        let mut mark = [0; 16];
        mark.copy_from_slice(&digest[..16]);
        Self(mark)
    }
}

/// Keys by what they are found by.
#[derive(Clone, Debug)]
pub struct Index<By, K>(HashMap<By, Keys<K>>);

#[derive(Clone, Debug)]
enum Keys<K> {
    One(K),
    #[allow(clippy::box_collection, reason = "a set is three words, and most entries hold one key")]
    Many(Box<BTreeSet<K>>),
}

impl<By, K> Default for Index<By, K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<By: Eq + Hash, K: Ord + Clone> Index<By, K> {
    /// From now on this key is found by this.
    pub fn enter(&mut self, by: By, key: &K) {
        match self.0.entry(by) {
            Entry::Vacant(place) => drop(place.insert(Keys::One(key.clone()))),
            Entry::Occupied(mut place) => match place.get_mut() {
                Keys::One(known) if known == key => {}
                Keys::One(known) => {
                    let both = BTreeSet::from([known.clone(), key.clone()]);
                    place.insert(Keys::Many(Box::new(both)));
                }
                Keys::Many(keys) => drop(keys.insert(key.clone())),
            },
        }
    }

    /// And from now on not any more.
    pub fn leave<Q: Eq + Hash + ?Sized>(&mut self, by: &Q, key: &K)
    where
        By: Borrow<Q>,
    {
        let is_last = match self.0.get_mut(by) {
            Some(Keys::One(known)) => known == key,
            Some(Keys::Many(keys)) => {
                keys.remove(key);
                keys.is_empty()
            }
            None => false,
        };
        if is_last {
            self.0.remove(by);
        }
    }

    /// All keys that are found by this, in their order.
    pub fn find<Q: Eq + Hash + ?Sized>(&self, by: &Q) -> Found<'_, K>
    where
        By: Borrow<Q>,
    {
        match self.0.get(by) {
            None => Found::One([].iter()),
            Some(Keys::One(key)) => Found::One(slice::from_ref(key).iter()),
            Some(Keys::Many(keys)) => Found::Many(keys.iter()),
        }
    }
}

/// The keys that are found by one thing.
#[derive(Clone, Debug)]
pub enum Found<'a, K> {
    /// At most one.
    One(slice::Iter<'a, K>),
    /// Any number.
    Many(btree_set::Iter<'a, K>),
}

impl<'a, K> Iterator for Found<'a, K> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        match self {
            Self::One(keys) => keys.next(),
            Self::Many(keys) => keys.next(),
        }
    }
}

impl<K> iter::FusedIterator for Found<'_, K> {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_what_a_plain_map_of_sets_finds(
            steps in prop::collection::vec((any::<bool>(), 0_u8..3, 0_u8..4), 0..60),
        ) {
            let (mut index, mut plain) = (Index::default(), HashMap::<u8, BTreeSet<u8>>::new());
            for (enters, by, key) in steps {
                if enters {
                    index.enter(by, &key);
                    plain.entry(by).or_default().insert(key);
                } else {
                    index.leave(&by, &key);
                    plain.entry(by).or_default().remove(&key);
                }
                for by in 0..3 {
                    let found: Vec<u8> = index.find(&by).copied().collect();
                    let expected: Vec<u8> = plain.get(&by).into_iter().flatten().copied().collect();
                    prop_assert_eq!(found, expected);
                }
            }
            plain.retain(|_, keys| !keys.is_empty());
            prop_assert_eq!(index.0.len(), plain.len(), "what nobody is found by takes no room");
        }
    }
}
