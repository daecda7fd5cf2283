//! Durations as people write them: `10m`, `1h30m`.

use std::time::Duration;

/// Reads a duration of whole seconds, minutes and hours; `None` where it is not one.
pub fn parse(text: &str) -> Option<Duration> {
    let mut seconds = 0u64;
    let mut digits = String::new();
    if text.is_empty() {
        return None;
    }
    for character in text.chars() {
        let unit = match character {
            '0'..='9' => {
                digits.push(character);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return None,
        };
        if digits.is_empty() || digits.len() > 5 {
            return None;
        }
        seconds += digits.parse::<u64>().ok()? * unit;
        digits.clear();
    }
    digits.is_empty().then_some(Duration::from_secs(seconds))
}

/// Writes one in the same form.
pub fn text(duration: jiff::SignedDuration) -> String {
    let seconds = duration.as_secs();
    let parts = [(seconds / 3600, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    if parts.is_empty() { "0s".to_owned() } else { parts.concat() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_it_reads() {
        for (seconds, want) in [(0, "0s"), (45, "45s"), (600, "10m"), (5400, "1h30m"), (90_061, "25h1m1s")] {
            assert_eq!(text(jiff::SignedDuration::from_secs(seconds)), want);
            assert_eq!(parse(want), Some(Duration::from_secs(seconds.unsigned_abs())), "{want}");
        }
    }

    #[test]
    fn reads_what_people_write() {
        for (text, want, reason) in [
            ("10m", Some(600), "the default"),
            ("1h30m", Some(5400), "units add up"),
            ("90s", Some(90), "seconds"),
            ("", None, "nothing"),
            ("10", None, "no unit"),
            ("m", None, "no number"),
            ("-1m", None, "no sign"),
            ("1.5h", None, "no fractions"),
            ("10 m", None, "no blanks"),
            ("99999999999h", None, "no overflow"),
        ] {
            assert_eq!(parse(text).map(|d| d.as_secs()), want, "{text:?}: {reason}");
        }
    }
}
