//! Reading JSON that a stranger wrote, and the variables in its texts.

use serde_json::Value;

/// A text under a key; empty where there is none.
pub(crate) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A list under a key; empty where there is none.
pub(crate) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A whole number, written as such or as a text, as forms write it.
pub(crate) fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

pub(crate) fn length(text: &str) -> usize {
    text.chars().count()
}

/// What stands between each pair of marks, in order: `$(name)` or `{{name}}`.
pub(crate) fn variables<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(open) {
        let Some((name, behind)) = after.split_once(close) else { break };
        found.push(name.trim());
        rest = behind;
    }
    found
}

/// Whether a name is a template's: lower case, digits and underscores, at most 512 (providers.md B3.2).
pub(crate) fn is_template_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (1..=512).contains(&name.len()) && name.chars().all(allowed)
}

/// Whether a word has the form of a language: `en`, `pt_BR`, `fil`.
pub(crate) fn is_language(word: &str) -> bool {
    let (language, region) = word.split_once('_').map_or((word, None), |(l, r)| (l, Some(r)));
    (2..=3).contains(&language.len())
        && language.chars().all(|c| c.is_ascii_lowercase())
        && region.is_none_or(|r| (2..=4).contains(&r.len()) && r.chars().all(|c| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_variables() {
        assert_eq!(variables("a $(x) $(y)b$(", "$(", ")"), ["x", "y"]);
        assert_eq!(variables("{{1}}{{ name }}{{", "{{", "}}"), ["1", "name"]);
    }

    #[test]
    fn knows_names_and_languages() {
        for (name, right) in [("a_1", true), ("1a", true), ("", false), ("A", false), ("a-b", false)] {
            assert_eq!(is_template_name(name), right, "{name}");
        }
        for (word, right) in [("en", true), ("en_US", true), ("fil", true), ("zh_CN", true), ("en-US", false)]
        {
            assert_eq!(is_language(word), right, "{word}");
        }
    }
}
