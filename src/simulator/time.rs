//! Points in time, as the simulator counts them: milliseconds that never overflow.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    pub(crate) fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    pub(crate) fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    pub(crate) fn unix_seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// `2026-01-02T03:04:05Z`, the form of Alibaba's timestamps.
    pub(crate) fn iso(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%SZ")
    }

    /// The form of the HTTP header `Date`.
    pub(crate) fn http_date(self) -> String {
        self.format("%a, %d %b %Y %H:%M:%S GMT")
    }

    fn format(self, pattern: &str) -> String {
        let timestamp = Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH);
        timestamp.strftime(pattern).to_string()
    }

    /// Reads `2026-01-02T03:04:05Z` and nothing else.
    pub(crate) fn from_iso(text: &str) -> Option<Self> {
        let shape = text.len() == 20 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
        let timestamp: Timestamp = shape.then(|| text.parse().ok()).flatten()?;
        Some(timestamp.into())
    }
}

impl From<Timestamp> for Time {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_millisecond())
    }
}

/// The two clocks of one call.
///
/// Callers sign with real time, while a test that jumps thirty days ahead wants name locks, reviews
/// and links to age. So authentication looks at `wall`, everything else at `now`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// What the provider believes the time of day is.
    pub(crate) wall: Time,
    /// The age of things.
    pub(crate) now: Time,
}
