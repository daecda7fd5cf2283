//! YAML for people, written. The one place that knows `serde_yaml`, which is archived: it only ever
//! sees values that waops made itself.

use serde::Serialize;

/// Words that YAML 1.1, as Helm and kubectl read it, takes for true and false, and that `serde_yaml` leaves bare.
const BARE: [&str; 16] =
    ["n", "N", "y", "Y", "no", "No", "NO", "yes", "Yes", "YES", "on", "On", "ON", "off", "Off", "OFF"];

/// A value as a YAML document.
///
/// Only values of our own making come here; what cannot be written is a bug, and says so in its place.
pub fn yaml<T: Serialize>(value: &T) -> String {
    match serde_yaml::to_string(value) {
        Ok(text) => unambiguous(&text),
        Err(error) => format!("# cannot be written as YAML: {error}\n"),
    }
}

/// The same with those words in quotes, where they are keys or values; a block of text stays as it is.
fn unambiguous(text: &str) -> String {
    let mut block: Option<usize> = None;
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if block.is_some_and(|header| indent > header || line.trim().is_empty()) {
            out.push_str(line);
        } else {
            // Of a key behind a dash, the block is deeper than the key.
            let key = line.len() - line.trim_start_matches([' ', '-']).len();
            block = opens_block(line).then_some(if line.contains(':') { key } else { indent });
            out.push_str(&quoted(line));
        }
        out.push('\n');
    }
    out
}

/// Whether a line ends in the header of a block of text.
fn opens_block(line: &str) -> bool {
    let header = line.rsplit([' ', '-']).find(|word| !word.is_empty()).unwrap_or_default();
    let header = header.trim_end_matches(['+', '-']).trim_end_matches(|c: char| c.is_ascii_digit());
    header == "|" || header == ">"
}

/// Whether YAML 1.1 makes another value of a bare word: a truth value, a number of digits in groups (`1_000`), a date or
/// a time. kubectl keeps dates as they are, but a patch of kustomize makes `2024-05-12T00:00:00Z` of one.
fn is_misread(word: &str) -> bool {
    let grouped = word.contains('_')
        && word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
        && word.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '_' | '+' | '-' | '.' | 'x' | 'o'));
    let dated = word.contains(['-', ':'])
        && word.starts_with(|c: char| c.is_ascii_digit())
        && word
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '-' | ':' | '.' | '+' | ' ' | 'T' | 't' | 'Z' | 'z'));
    BARE.contains(&word) || grouped || dated || matches!(word, "<<" | "=")
}

/// A line whose key or value is one of those words, with the word in quotes.
fn quoted(line: &str) -> String {
    let (indent, rest) = line.split_at(line.len() - line.trim_start_matches([' ', '-']).len());
    let quote = |word: &str| if is_misread(word) { format!("'{word}'") } else { word.to_owned() };
    // A colon within a word, as in a time, ends no key.
    if let Some((key, value)) = rest.split_once(": ") {
        return format!("{indent}{}: {}", quote(key), quote(value));
    }
    match rest.strip_suffix(':') {
        Some(key) => format!("{indent}{}:", quote(key)),
        None => format!("{indent}{}", quote(rest)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_word_is_taken_for_another_value() {
        let value = json!({"n": {"y": ["n", "N"], "of": "y", "plain": "name: n"}, "long": "a\n  b: c\n",
                           "no": "Off", "grouped": "1_000", "hex": "0x_1F", "id": "a_1", "phone": "+49_30",
                           "date": "2024-05-12", "at": "2024-05-12T10:00:00Z", "time": "12:30", "merge": "<<",
                           "times": ["12:30", "2024-05-12 10:00:00", "10:00:00Z"], "10:00": 1, "number": "4930-90",
                           "block": "y\nn\n\nn: y\n2024-05-12\n", "list": ["n\ny", "y", {"a": "n\ny", "b": "y"}]});
        let text = yaml(&value);
        for line in [
            "'n':",
            "'y':",
            "- 'n'",
            "- 'N'",
            "of: 'y'",
            "'no': 'Off'",
            "grouped: '1_000'",
            "hex: '0x_1F'",
            "id: a_1",
            "phone: '+49_30'",
            "b: 'y'",
            "date: '2024-05-12'",
            "at: '2024-05-12T10:00:00Z'",
            "time: '12:30'",
            "merge: '<<'",
            "- '12:30'",
            "- '2024-05-12 10:00:00'",
            "'10:00': 1",
            "plain: 'name: n'",
        ] {
            assert!(text.lines().any(|found| found.trim_start() == line), "{line} in {text}");
        }
        assert_eq!(serde_yaml::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
