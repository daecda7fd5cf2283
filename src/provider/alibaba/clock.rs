//! How far our clock is from the provider's. Signatures hold a time, and 15 minutes are too much.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use jiff::{SignedDuration, Timestamp};

use crate::clock;
use crate::provider::answer::Reply;
use crate::provider::error::Error;

/// Differences below this are the network's, and nobody minds them.
const NOTICEABLE: i64 = 60;

/// The provider's clock, as its answers show it. Clones share it.
///
/// What `Date` says is only noted. It is signed with once the provider refuses our own time: a proxy with a
/// wrong clock must not spoil requests that were right.
#[derive(Clone, Debug, Default)]
pub struct ProviderClock(Arc<Seconds>);

#[derive(Debug, Default)]
struct Seconds {
    seen: AtomicI64,
    used: AtomicI64,
}

impl ProviderClock {
    /// How far the provider's clock is ahead of ours; zero as long as they agree.
    pub fn ahead(&self) -> SignedDuration {
        SignedDuration::from_secs(self.0.seen.load(Relaxed))
    }

    /// The time to sign with.
    pub(super) fn now(&self) -> Timestamp {
        clock::timestamp() + SignedDuration::from_secs(self.0.used.load(Relaxed))
    }

    /// Compares an answer's `Date` with our time.
    pub(super) fn look(&self, reply: &Reply) {
        let date = reply.headers.get("date").and_then(|date| parse(date.to_str().ok()?));
        let Some(date) = date else { return };
        let ahead = date.duration_since(clock::timestamp()).as_secs();
        let ahead = if ahead.abs() < NOTICEABLE { 0 } else { ahead };
        let before = self.0.seen.load(Relaxed);
        // A few seconds more or less are the same finding.
        if ahead == before || (ahead != 0 && (ahead - before).abs() < NOTICEABLE) {
            return;
        }
        self.0.seen.store(ahead, Relaxed);
        if ahead == 0 {
            tracing::info!("this machine's clock agrees with the provider's again");
        } else {
            tracing::warn!(seconds = ahead, "{}", sentence(ahead));
        }
    }

    /// The provider refused our time: signs with its own from now on. `false` when that changes nothing.
    pub(super) fn adopt(&self) -> bool {
        let seen = self.0.seen.load(Relaxed);
        self.0.used.swap(seen, Relaxed) != seen
    }

    /// Says plainly that the clock is wrong, where the provider refused our time.
    pub(super) fn explain(&self, error: Error) -> Error {
        let ahead = self.0.seen.load(Relaxed);
        if !refuses_time(&error) || ahead == 0 {
            return error;
        }
        Error { advice: format!("{}; set it (NTP)", sentence(ahead)).into(), ..error }
    }
}

/// Whether the provider refused a request for its time.
pub(super) fn refuses_time(error: &Error) -> bool {
    matches!(&*error.code, "InvalidTimeStamp.Expired" | "IllegalTimestamp")
}

fn sentence(ahead: i64) -> String {
    let direction = if ahead > 0 { "behind" } else { "ahead of" };
    format!("this machine's clock is {} s {direction} the provider's", ahead.abs())
}

/// `Tue, 15 Nov 1994 08:12:31 GMT`.
fn parse(date: &str) -> Option<Timestamp> {
    let civil = jiff::fmt::strtime::parse("%a, %d %b %Y %H:%M:%S GMT", date).ok()?.to_datetime().ok()?;
    civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;
    use reqwest::header::HeaderMap;

    use super::*;

    fn reply(ahead: i64) -> Reply {
        let date =
            (clock::timestamp() + SignedDuration::from_secs(ahead)).strftime("%a, %d %b %Y %H:%M:%S GMT");
        let headers = HeaderMap::from_iter([("date".parse().unwrap(), date.to_string().parse().unwrap())]);
        Reply { status: StatusCode::OK, headers, body: Vec::new() }
    }

    #[test]
    fn a_date_is_read_as_http_writes_it() {
        let want = "1994-11-15T08:12:31Z".parse::<Timestamp>().unwrap();
        assert_eq!(parse("Tue, 15 Nov 1994 08:12:31 GMT"), Some(want));
        assert_eq!(parse("yesterday"), None);
    }

    #[test]
    fn a_skew_is_noticed_and_used_only_after_a_refusal() {
        let clock = ProviderClock::default();
        let signed_ahead =
            |clock: &ProviderClock| clock.now().duration_since(clock::timestamp()).as_secs().abs();
        clock.look(&reply(30));
        assert_eq!(clock.ahead(), SignedDuration::ZERO, "half a minute is nothing");
        clock.look(&reply(3600));
        let found = clock.ahead();
        assert!((3598..=3600).contains(&found.as_secs()), "{found:?}");
        assert!(signed_ahead(&clock) <= 1, "nobody refused anything yet");
        assert!(clock.adopt() && signed_ahead(&clock) >= 3590);
        assert!(!clock.adopt(), "once is enough");
        clock.look(&reply(3590));
        assert_eq!(clock.ahead(), found, "the same finding");
        clock.look(&reply(0));
        assert_eq!(clock.ahead(), SignedDuration::ZERO, "somebody set the clock");
        assert!(clock.adopt() && signed_ahead(&clock) <= 1);
    }

    #[test]
    fn the_sentence_says_which_clock_is_wrong() {
        assert_eq!(sentence(90), "this machine's clock is 90 s behind the provider's");
        assert_eq!(sentence(-90), "this machine's clock is 90 s ahead of the provider's");
    }
}
