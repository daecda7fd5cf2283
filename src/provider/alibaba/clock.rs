//! How far our clock is from the provider's. Signatures hold a time, and 15 minutes are too much.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use crate::provider::answer::Reply;
use crate::provider::error::Error;

/// Differences below this are the network's, and nobody minds them.
const NOTICEABLE: i64 = 60;

/// The provider's clock, as its answers show it. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct ProviderClock(Arc<AtomicI64>);

impl ProviderClock {
    /// What must be added to our time to get the provider's; zero as long as they agree.
    pub fn offset(&self) -> SignedDuration {
        SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }

    /// Compares an answer's `Date` with our time.
    pub(super) fn look(&self, reply: &Reply) {
        let date = reply.headers.get("date").and_then(|date| parse(date.to_str().ok()?));
        let Some(date) = date else { return };
        let ahead = date.duration_since(Timestamp::now()).as_secs();
        let ahead = if ahead.abs() < NOTICEABLE { 0 } else { ahead };
        let before = self.0.load(Ordering::Relaxed);
        // A second more or less is the same finding.
        if (ahead - before).abs() < NOTICEABLE.min(before.abs().max(1)) {
            return;
        }
        self.0.store(ahead, Ordering::Relaxed);
        match ahead {
            0 => tracing::info!("this machine's clock agrees with the provider's again"),
            _ => tracing::warn!(
                seconds = ahead,
                "{}; requests are signed with the provider's time",
                sentence(ahead)
            ),
        }
    }

    /// Says plainly that the clock is wrong, where the provider refused our time.
    pub(super) fn explain(&self, error: Error) -> Error {
        let ahead = self.0.load(Ordering::Relaxed);
        let refused = matches!(&*error.code, "InvalidTimeStamp.Expired" | "IllegalTimestamp");
        if !refused || ahead == 0 {
            return error;
        }
        Error { advice: format!("{}; set it (NTP)", sentence(ahead)).into(), ..error }
    }
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
            (Timestamp::now() + SignedDuration::from_secs(ahead)).strftime("%a, %d %b %Y %H:%M:%S GMT");
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
    fn a_skew_is_noticed_kept_and_forgotten() {
        let clock = ProviderClock::default();
        clock.look(&reply(30));
        assert_eq!(clock.offset(), SignedDuration::ZERO, "half a minute is nothing");
        clock.look(&reply(3600));
        let found = clock.offset();
        assert!((3598..=3600).contains(&found.as_secs()), "{found:?}");
        clock.look(&reply(3590));
        assert_eq!(clock.offset(), found, "the same finding");
        clock.look(&reply(0));
        assert_eq!(clock.offset(), SignedDuration::ZERO, "somebody set the clock");
    }

    #[test]
    fn the_sentence_says_which_clock_is_wrong() {
        assert_eq!(sentence(90), "this machine's clock is 90 s behind the provider's");
        assert_eq!(sentence(-90), "this machine's clock is 90 s ahead of the provider's");
    }
}
