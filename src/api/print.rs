//! YAML for people, written. The one place that knows `serde_yaml`, which is archived: it only ever
//! sees values that waops made itself.

use serde::Serialize;

/// Words that YAML 1.1, as Helm and kubectl read it, takes for true and false, and that `serde_yaml` leaves bare.
const BARE: [&str; 4] = ["n", "N", "y", "Y"];

/// A value as a YAML document.
///
/// Only values of our own making come here; what cannot be written is a bug, and says so in its place.
pub fn yaml<T: Serialize>(value: &T) -> String {
    match serde_yaml::to_string(value) {
        Ok(text) => text.lines().map(|line| quoted(line) + "\n").collect(),
        Err(error) => format!("# cannot be written as YAML: {error}\n"),
    }
}

/// A line whose key or value is one of those words, with the word in quotes.
fn quoted(line: &str) -> String {
    let (indent, rest) = line.split_at(line.len() - line.trim_start_matches([' ', '-']).len());
    let (key, value) = match rest.split_once(':') {
        Some((key, value)) => (key, Some(value)),
        None => (rest, None),
    };
    let quote = |word: &str| if BARE.contains(&word) { format!("'{word}'") } else { word.to_owned() };
    match value.map(|value| (value, value.trim_start())) {
        None => format!("{indent}{}", quote(key)),
        Some((_, word)) if BARE.contains(&word) => format!("{indent}{}: '{word}'", quote(key)),
        Some((value, _)) => format!("{indent}{}:{value}", quote(key)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_word_is_taken_for_a_truth_value() {
        let value = json!({"n": {"y": ["n", "N"], "of": "y", "plain": "name: n"}, "long": "a\n  b: c\n"});
        let text = yaml(&value);
        for line in ["'n':", "'y':", "- 'n'", "- 'N'", "of: 'y'", "plain: 'name: n'"] {
            assert!(text.lines().any(|found| found.trim_start() == line), "{line} in {text}");
        }
        assert_eq!(serde_yaml::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
