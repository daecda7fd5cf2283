//! Things that are listed, with enough of their past to show a list that lags behind.

use serde::{Deserialize, Serialize};

use super::time::{HOUR, Time};

/// How long the past is remembered, which bounds how stale a list can be.
const HORIZON: i64 = HOUR;

/// Things of one owner, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Shelf<T> {
    entries: Vec<Entry<T>>,
}

/// What one thing was since when; none where it was deleted. Never empty.
type Entry<T> = Vec<(Time, Option<T>)>;

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T: Clone> Shelf<T> {
    /// Everything that lives now.
    pub(crate) fn live(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.entries.iter().filter_map(|entry| entry.last()?.1.as_ref())
    }

    /// Everything as it was then.
    pub(crate) fn as_of(&self, then: Time) -> impl DoubleEndedIterator<Item = &T> {
        self.entries
            .iter()
            .filter_map(move |entry| entry.iter().rev().find(|(since, _)| *since <= then)?.1.as_ref())
    }

    pub(crate) fn find(&self, wanted: impl Fn(&T) -> bool) -> Option<&T> {
        self.live().find(|thing| wanted(thing))
    }

    pub(crate) fn add(&mut self, now: Time, thing: T) {
        self.forget(now);
        self.entries.push(vec![(now, Some(thing))]);
    }

    /// Changes everything that matches; says how many.
    pub(crate) fn change(
        &mut self,
        now: Time,
        wanted: impl Fn(&T) -> bool,
        mut edit: impl FnMut(&mut T),
    ) -> usize {
        let mut changed = 0;
        for entry in &mut self.entries {
            if let Some((_, Some(thing))) = entry.last()
                && wanted(thing)
            {
                let mut thing = thing.clone();
                edit(&mut thing);
                entry.push((now, Some(thing)));
                changed += 1;
            }
        }
        self.forget(now);
        changed
    }

    /// Deletes everything that matches; returns it.
    pub(crate) fn remove(&mut self, now: Time, wanted: impl Fn(&T) -> bool) -> Vec<T> {
        let mut removed = Vec::new();
        for entry in &mut self.entries {
            if let Some((_, Some(thing))) = entry.last()
                && wanted(thing)
            {
                removed.push(thing.clone());
                entry.push((now, None));
            }
        }
        self.forget(now);
        removed
    }

    /// Drops what no list can show any more.
    fn forget(&mut self, now: Time) {
        let oldest = now.plus(-HORIZON);
        for entry in &mut self.entries {
            // The last version from before the horizon is still what a list as of the horizon shows.
            let outdated = entry.iter().take_while(|(since, _)| *since <= oldest).count().saturating_sub(1);
            entry.drain(..outdated);
        }
        self.entries.retain(|entry| match entry.last() {
            Some((since, None)) => *since > oldest,
            Some((_, Some(_))) => true,
            None => false,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_past_until_the_horizon() {
        let mut shelf = Shelf::default();
        shelf.add(Time(10), "a");
        shelf.add(Time(20), "b");
        assert_eq!(shelf.change(Time(30), |thing| *thing == "a", |thing| *thing = "A"), 1);
        assert_eq!(shelf.remove(Time(40), |thing| *thing == "b"), ["b"]);
        let then = |shelf: &Shelf<&'static str>, at| shelf.as_of(Time(at)).copied().collect::<Vec<_>>();
        assert_eq!(then(&shelf, 15), ["a"]);
        assert_eq!(then(&shelf, 25), ["a", "b"]);
        assert_eq!(then(&shelf, 35), ["A", "b"]);
        assert_eq!(shelf.live().copied().collect::<Vec<_>>(), ["A"]);
        shelf.add(Time(41 + HORIZON), "c");
        assert_eq!(then(&shelf, 41 + HORIZON), ["A", "c"]);
        assert_eq!(shelf.entries.len(), 2, "what was deleted an hour ago is gone for good");
    }
}
