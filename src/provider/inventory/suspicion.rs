//! Lists that are too empty to be true (claims.md 9). Pure.

use std::collections::BTreeSet;

use super::snapshot::Moment;

/// So many objects may go at once without a question, however few there are.
const FEW: usize = 10;

/// Why nothing counts as absent for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspicion<K> {
    /// When the first of the lists that agree started.
    pub since: Moment,
    /// When the last of them started.
    pub latest: Moment,
    /// What they lack.
    pub missing: BTreeSet<K>,
    /// How many objects were known before.
    pub known: usize,
    /// Whether something that is missing was seen since: no list agrees with these any more.
    pub disputed: bool,
}

impl<K: Ord> Suspicion<K> {
    /// This was seen.
    pub(super) fn dispute(&mut self, key: &K) {
        self.disputed |= self.missing.remove(key);
    }
}

/// What a complete list lacks of what was known.
#[derive(Debug)]
pub(super) struct Loss<K> {
    pub(super) started: Moment,
    pub(super) missing: BTreeSet<K>,
    pub(super) known: usize,
    /// Whether the list is empty.
    pub(super) empty: bool,
}

impl<K: Ord> Loss<K> {
    /// Whether this is too much to be believed after this suspicion; `None` when it is believed.
    ///
    /// While a suspicion stands, its own base counts: objects that others add meanwhile would make the loss
    /// look small.
    pub(super) fn judge(self, before: Option<Suspicion<K>>, drift: Moment) -> Option<Suspicion<K>> {
        let known = before.as_ref().map_or(self.known, |before| before.known.min(self.known));
        if !is_too_much(self.missing.len(), known, self.empty) {
            return None;
        }
        let agrees = |before: &Suspicion<K>| !before.disputed && before.missing == self.missing;
        let Some(before) = before.filter(agrees) else {
            let (since, latest) = (self.started, self.started);
            return Some(Suspicion { since, latest, missing: self.missing, known, disputed: false });
        };
        let is_old = self.started.saturating_sub(before.since) >= drift;
        (!is_old).then_some(Suspicion { latest: self.started, known, ..before })
    }
}

fn is_too_much(missing: usize, known: usize, empty: bool) -> bool {
    (empty && missing > 0) || (missing > FEW && missing * 10 > known * 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claim_09_how_much_is_too_much() {
        for (missing, known, empty, want, reason) in [
            (0, 0, true, false, "a new account"),
            (1, 1, true, true, "an empty list where one code was"),
            (0, 3, true, false, "all of them are our own, too young for the list"),
            (1, 1, false, false, "another one is there instead"),
            (10, 12, false, false, "ten may always go"),
            (11, 12, false, true, "eleven of twelve"),
            (11, 36, false, true, "eleven are more than 30 % of 36"),
            (11, 37, false, false, "and less of 37"),
            (600, 2000, false, false, "exactly 30 %"),
            (601, 2000, false, true, "one more"),
        ] {
            assert_eq!(is_too_much(missing, known, empty), want, "{reason}");
        }
    }
}
