//! How long to hold back after a failure. Pure: the jitter comes from who asks, not from chance.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::{SignedDuration, Timestamp};

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
        Class::Slow | Class::NameLocked | Class::NoEdit => {
            (SignedDuration::from_mins(5), SignedDuration::from_hours(1))
        }
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
        let asked = std::time::Duration::from_secs(600);
        assert!(seconds(Class::Throttled { after: Some(asked) }, 1) >= 600, "the provider's word counts");
        assert!(seconds(Class::Terminal, 1) >= 24 * 3600);
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
