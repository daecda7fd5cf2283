//! Who leads: what follows from what is seen of a Lease. Pure.
//!
//! Clocks of two machines are never compared: a candidate waits until the lease has not changed for its whole duration
//! on the candidate's own clock. The leader, for its part, stops writing well before that, counted from before it sent
//! its last renewal (claims.md 3).

use std::time::Duration;

use tokio::time::Instant;

/// How long a lease counts after its last change.
pub(super) const DURATION: Duration = Duration::from_secs(15);
/// How long the leader writes after it began to renew; the rest is for clocks that run at another pace.
pub(super) const LEADS: Duration = Duration::from_secs(10);
/// How often the leader renews, and the others look.
pub(super) const PACE: Duration = Duration::from_secs(2);

/// A lease, as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Who has it; none when it was given back.
    pub(super) holder: Option<String>,
    /// How long it counts after a change.
    pub(super) duration: Duration,
    /// Its version: any write changes it.
    pub(super) version: String,
    /// Since when it has this version, on our clock.
    pub(super) since: Instant,
}

/// What to do about a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Take it: nobody has it, or whoever had it is silent.
    Acquire,
    /// It is ours: say so again.
    Renew,
    /// Somebody else has it.
    Yield,
}

/// What follows from a lease.
///
/// | lease | verdict |
/// |---|---|
/// | none, or given back | acquire |
/// | ours | renew |
/// | another's, unchanged for its duration | acquire |
/// | another's | yield |
pub(super) fn evaluate(lease: Option<&Seen>, me: &str, now: Instant) -> Verdict {
    let Some(seen) = lease else { return Verdict::Acquire };
    match seen.holder.as_deref() {
        None | Some("") => Verdict::Acquire,
        Some(holder) if holder == me => Verdict::Renew,
        Some(_) if now.saturating_duration_since(seen.since) >= seen.duration => Verdict::Acquire,
        Some(_) => Verdict::Yield,
    }
}

/// A look at a lease: the time of its last change stays as long as its version does.
pub(super) fn look(
    before: Option<&Seen>,
    holder: Option<String>,
    duration: Duration,
    version: String,
    now: Instant,
) -> Seen {
    let since = before.filter(|before| before.version == version).map_or(now, |before| before.since);
    Seen { holder, duration, version, since }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_lead() {
        let start = Instant::now();
        let held = |holder: Option<&str>| Seen {
            holder: holder.map(str::to_owned),
            duration: DURATION,
            version: "7".into(),
            since: start,
        };
        let (me, other) = (held(Some("me")), held(Some("other")));
        for (lease, after, want, reason) in [
            (None, 0, Verdict::Acquire, "there is none"),
            (Some(&held(None)), 0, Verdict::Acquire, "it was given back"),
            (Some(&held(Some(""))), 0, Verdict::Acquire, "it was given back, as others write it"),
            (Some(&me), 0, Verdict::Renew, "it is ours"),
            (Some(&me), 60, Verdict::Renew, "it is ours and nobody took it"),
            (Some(&other), 0, Verdict::Yield, "somebody leads"),
            (Some(&other), 14, Verdict::Yield, "somebody may lead still"),
            (Some(&other), 15, Verdict::Acquire, "somebody is silent"),
        ] {
            assert_eq!(evaluate(lease, "me", start + Duration::from_secs(after)), want, "{reason}");
        }
    }

    #[test]
    fn a_candidate_counts_from_the_last_change_that_it_saw_itself() {
        let start = Instant::now();
        let other = || Some("other".to_owned());
        let first = look(None, other(), DURATION, "7".into(), start);
        let later = start + Duration::from_secs(14);
        let same = look(Some(&first), other(), DURATION, "7".into(), later);
        assert_eq!(same.since, start, "unchanged");
        let renewed = look(Some(&same), other(), DURATION, "8".into(), later);
        assert_eq!(evaluate(Some(&renewed), "me", later + Duration::from_secs(14)), Verdict::Yield);
        assert_eq!(evaluate(Some(&renewed), "me", later + DURATION), Verdict::Acquire);
    }

    #[test]
    fn claim_03_the_leader_stops_before_another_can_start() {
        // Both clocks start at the renewal, the candidate's at its arrival: later than the leader's.
        assert!(LEADS + 2 * PACE < DURATION, "a margin for clocks that run at another pace");
    }
}
