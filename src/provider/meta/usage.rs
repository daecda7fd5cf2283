//! What the usage headers say: how much of the quota everybody together has used (B5).

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

/// The usage that an answer reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the fullest of the quotas, in percent.
    pub percent: Option<usize>,
    /// How long calls will be refused, when they are.
    pub regain: Option<Duration>,
}

/// Reads both headers; what cannot be read says nothing.
pub fn read(headers: &HeaderMap) -> Usage {
    let json = |name: &str| -> Option<Value> { serde_json::from_str(headers.get(name)?.to_str().ok()?).ok() };
    let business = json("x-business-use-case-usage");
    let business = business.iter().filter_map(Value::as_object).flat_map(serde_json::Map::values);
    let business: Vec<&Value> = business.filter_map(Value::as_array).flatten().collect();
    let app = json("x-app-usage");
    let percent = business.iter().copied().chain(&app).filter_map(fullest).max();
    let percent = percent.and_then(|percent| usize::try_from(percent).ok());
    let minutes = |entry: &&Value| number(entry, "estimated_time_to_regain_access");
    // Not milliseconds like the other provider's hint (trap 23).
    let regain = business.iter().filter_map(minutes).max().filter(|minutes| *minutes > 0);
    // Nobody is locked out for longer than a day.
    Usage { percent, regain: regain.map(|minutes| Duration::from_secs(60 * minutes.min(24 * 60))) }
}

fn fullest(entry: &Value) -> Option<u64> {
    ["call_count", "total_cputime", "total_time"].into_iter().filter_map(|name| number(entry, name)).max()
}

/// A number, rounded up; some of them come with decimals.
fn number(entry: &Value, name: &str) -> Option<u64> {
    let number = entry.get(name)?.as_f64()?.ceil();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the range just checked"
    )]
    (0.0..=1e9).contains(&number).then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_quota_counts_and_minutes_are_minutes() {
        let entry = |count, time, regain| {
            format!(
                r#"{{"1": [{{"type": "whatsapp", "call_count": {count}, "total_cputime": 1, "total_time": {time},
                "estimated_time_to_regain_access": {regain}}}]}}"#
            )
        };
        for (header, value, percent, regain, reason) in [
            ("x-business-use-case-usage", entry("28", "25", "0"), Some(28), None, "calls"),
            ("x-business-use-case-usage", entry("1", "90.2", "0"), Some(91), None, "time, rounded up"),
            ("x-business-use-case-usage", entry("100", "1", "7"), Some(100), Some(7 * 60), "locked out"),
            (
                "x-business-use-case-usage",
                entry("1e300", "-5", "1e9"),
                Some(1),
                Some(86_400),
                "nonsense is bounded",
            ),
            (
                "x-app-usage",
                r#"{"call_count": 12, "total_time": 40, "total_cputime": 3}"#.into(),
                Some(40),
                None,
                "app",
            ),
            ("x-app-usage", "[]".into(), None, None, "another shape"),
            ("x-app-usage", "{".into(), None, None, "no JSON"),
        ] {
            let value = value.replace('\n', "").parse().unwrap();
            let headers = HeaderMap::from_iter([(header.parse().unwrap(), value)]);
            let want = Usage { percent, regain: regain.map(Duration::from_secs) };
            assert_eq!(read(&headers), want, "{reason}");
        }
    }
}
