//! How long to hold back after a failure. Pure: the jitter comes from who asks, not from chance.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::plan::facts::Trouble;
use crate::provider::error::Class;

/// How long to hold back: the first time, and at most.
fn bounds(class: Class) -> (SignedDuration, SignedDuration) {
    match class {
        // The budget holds the calls back by itself.
        Class::Throttled { .. } => (SignedDuration::from_secs(1), SignedDuration::from_secs(30)),
        Class::Transient => (SignedDuration::from_secs(2), SignedDuration::from_mins(5)),
        // Absence and existence are looked at again by a list, not by hope.
        Class::NotFound { .. } | Class::AlreadyExists => {
            (SignedDuration::from_secs(5), SignedDuration::from_mins(10))
        }
        Class::Credentials => (SignedDuration::from_secs(30), SignedDuration::from_mins(5)),
        Class::Slow | Class::NoEdit => (SignedDuration::from_mins(5), SignedDuration::from_hours(1)),
        // Of a name that was never in use it takes minutes, of another one a month; and nobody says which.
        Class::NameLocked => (SignedDuration::from_mins(5), SignedDuration::from_hours(24)),
        // Nothing helps until the manifest changes; a new version of waops or of the provider might, once a day.
        Class::Terminal => (SignedDuration::from_hours(24), SignedDuration::from_hours(24)),
    }
}

/// When to try again after so many failures in a row, the last of them now. Doubles each time, and differs by up to
/// a quarter from object to object, so that those who failed together do not come back together.
pub(super) fn not_before(class: Class, failures: u32, who: &str, now: Timestamp) -> Timestamp {
    let (first, most) = bounds(class);
    let doubled = first.checked_mul(1 << failures.saturating_sub(1).min(20)).unwrap_or(most).min(most);
    let asked = match class {
        Class::Throttled { after: Some(after) } => SignedDuration::try_from(after).unwrap_or(most),
        _ => SignedDuration::ZERO,
    };
    now.checked_add(jittered(doubled.max(asked), who, failures)).unwrap_or(Timestamp::MAX)
}

/// When a locked name is free at the latest: it was locked before a provider first said so. Where it still is when that has
/// passed, somebody else has used and deleted it meanwhile.
pub(super) fn free(
    class: Class,
    before: Option<&Trouble>,
    lock: Option<Duration>,
    now: Timestamp,
) -> Option<Timestamp> {
    let known = before.and_then(|trouble| trouble.free).filter(|free| *free > now);
    let locked = lock.filter(|_| class == Class::NameLocked);
    known.or_else(|| now.checked_add(SignedDuration::try_from(locked?).ok()?).ok())
}

/// A duration made up to a quarter longer.
pub(super) fn jittered(duration: SignedDuration, who: &str, count: u32) -> SignedDuration {
    let mut hasher = DefaultHasher::new();
    (who, count).hash(&mut hasher);
    let thousandth = i32::try_from(hasher.finish() % 250).unwrap_or_default();
    duration + duration / 1000 * thousandth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_within_bounds() {
        let now = Timestamp::UNIX_EPOCH;
        let seconds = |class, failures| not_before(class, failures, "a", now).as_second();
        for (failures, least, most) in
            [(1, 2, 3), (2, 4, 5), (3, 8, 10), (20, 300, 375), (u32::MAX, 300, 375)]
        {
            let waits = seconds(Class::Transient, failures);
            assert!((least..=most).contains(&waits), "{failures} failures: {waits} s");
        }
        let asked = Duration::from_secs(600);
        assert!(seconds(Class::Throttled { after: Some(asked) }, 1) >= 600, "the provider's word counts");
        assert!(seconds(Class::Terminal, 1) >= 24 * 3600);
        for (failures, least) in [(1, 5 * 60), (3, 20 * 60), (10, 24 * 3600), (30, 24 * 3600)] {
            let waits = seconds(Class::NameLocked, failures);
            assert!((least..=least * 5 / 4).contains(&waits), "{failures} tries at a locked name: {waits} s");
        }
    }

    #[test]
    fn a_locked_name_is_free_a_month_after_it_was_first_found_locked() {
        let day = |day: i32| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24) * day;
        let month = Some(Duration::from_secs(30 * 24 * 3600));
        let trouble = |free| Trouble {
            class: Class::NameLocked,
            not_before: day(0),
            free,
            why: String::new(),
            hash: Some(String::new()),
        };
        for (class, before, lock, today, expected, reason) in [
            (Class::NameLocked, None, month, 0, Some(30), "nobody knows more"),
            (Class::NameLocked, Some(None), month, 0, Some(30), "something else went wrong before"),
            (Class::NameLocked, Some(Some(30)), month, 7, Some(30), "it does not move"),
            (Class::Transient, Some(Some(30)), month, 7, Some(30), "whatever goes wrong meanwhile"),
            (Class::NameLocked, Some(Some(30)), month, 30, Some(60), "the day came, and it is locked anew"),
            (Class::Transient, Some(Some(30)), month, 30, None, "it may be free"),
            (Class::Slow, None, month, 0, None, "no name is locked"),
            (Class::NameLocked, None, None, 0, None, "nobody knows for how long this provider locks names"),
        ] {
            let before = before.map(|free: Option<i32>| trouble(free.map(day)));
            let found = free(class, before.as_ref(), lock, day(today));
            assert_eq!(found, expected.map(day), "{reason}");
        }
    }

    #[test]
    fn those_who_failed_together_come_back_apart() {
        let now = Timestamp::UNIX_EPOCH;
        let moments: std::collections::BTreeSet<i128> = (0..100)
            .map(|who| not_before(Class::Transient, 5, &format!("object {who}"), now).as_nanosecond())
            .collect();
        assert!(moments.len() > 50, "{}", moments.len());
    }
}
