//! What a plain scalar means: number, boolean, null or text.
//!
//! The rules are those of kubectl, so that waops sees what the API server would get: YAML 1.1 as
//! go.yaml.in/yaml/v2 reads it, turned to JSON by sigs.k8s.io/yaml, decoded with integers preserved. Three
//! steps, and each changes something: `on` is true, `0123` is 83, `1.0` arrives as the integer 1.

use std::borrow::Cow;

/// The type of a scalar as it arrives at the API server; its text is kept beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resolved {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true`, and YAML 1.1's `yes`, `on`, `y`.
    Bool(bool),
    /// A number that JSON writes without a fraction, within 64 bits.
    Integer(i64),
    /// Any other number; infinities and NaN too, which JSON cannot carry and kubectl refuses.
    Float(f64),
    /// Text, dates included.
    String,
}

/// A tag says one thing and the text beneath it another: kubectl refuses the document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// What the tag asks for, with its article.
    pub(super) wanted: &'static str,
}

/// Resolves a plain scalar without a tag.
pub(super) fn resolve(text: &str) -> Resolved {
    // Most scalars are words, and the first byte tells them from numbers.
    match text.as_bytes().first() {
        None => Resolved::Null,
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number(text),
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => word(text),
        Some(_) => Resolved::String,
    }
}

/// Resolves a scalar under a tag of YAML's own namespace (`str` for `!!str`); its quotes no longer matter.
pub(super) fn resolve_tagged(tag: &str, text: &str) -> Result<Resolved, Mismatch> {
    let resolved = resolve(text);
    let (matches, wanted) = match tag {
        "null" => (resolved == Resolved::Null, "null"),
        "bool" => (matches!(resolved, Resolved::Bool(_)), "a boolean"),
        // `1.0` is an integer on the wire, but not to !!int, which looks at the text.
        "int" => (resolved != Resolved::String && integer(&digits_only(text)).is_some(), "an integer"),
        "float" => (matches!(resolved, Resolved::Integer(_) | Resolved::Float(_)), "a number"),
        // kubectl would decode the base64; nothing in a manifest of ours is binary.
        "binary" => (false, "text, not binary data"),
        _ => return Ok(Resolved::String),
    };
    if matches { Ok(resolved) } else { Err(Mismatch { wanted }) }
}

fn word(text: &str) -> Resolved {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        _ => Resolved::String,
    }
}

fn number(text: &str) -> Resolved {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Resolved::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Resolved::Float(f64::NAN),
        _ => {}
    }
    if text.starts_with('.') {
        // Go's own parser reads these: underscores only between digits.
        return if underscores_separate_digits(text) {
            decimal_or_text(&digits_only(text))
        } else {
            Resolved::String
        };
    }
    let plain = digits_only(text);
    match integer(&plain) {
        Some(resolved) => resolved,
        None => decimal_or_text(&plain),
    }
}

fn digits_only(text: &str) -> Cow<'_, str> {
    if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) }
}

fn underscores_separate_digits(text: &str) -> bool {
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| {
        *byte != b'_'
            || (digit(at.checked_sub(1).and_then(|before| bytes.get(before))) && digit(bytes.get(at + 1)))
    })
}

/// Go's `ParseInt` with base 0: a sign, then 0x, 0b, 0o or a bare 0 for octal.
fn integer(plain: &str) -> Option<Resolved> {
    let (negative, signed, digits) = match plain.as_bytes().first()? {
        b'-' => (true, true, &plain[1..]),
        b'+' => (false, true, &plain[1..]),
        _ => (false, false, plain),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // Rust takes a sign here. So does Go, by accident, after a lower-case `0b`: `0b-1` is -1.
    if digits.starts_with(['+', '-']) && !plain.starts_with("0b") {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -magnitude } else { magnitude };
    match i64::try_from(value) {
        Ok(value) => Some(Resolved::Integer(value)),
        // Go keeps these in a uint64; the API server has none and makes them floats.
        Err(_) if !signed => u64::try_from(value).ok().map(|value| {
            #[allow(clippy::cast_precision_loss)] // as the API server loses it
            Resolved::Float(value as f64)
        }),
        Err(_) => None,
    }
}

fn decimal_or_text(plain: &str) -> Resolved {
    match decimal(plain) {
        Some(value) => as_json(value),
        None => Resolved::String,
    }
}

/// YAML's own notation of floats, which is narrower than Rust's (`1e5`, but not `inf` or `infinity`).
fn decimal(text: &str) -> Option<f64> {
    if !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some(value)
}

/// JSON has one kind of number: a float without a fraction is written, and read back, as an integer.
fn as_json(value: f64) -> Resolved {
    if value.fract() == 0.0 && value.abs() < 1e21 {
        // By its shortest digits, as Go writes it: 2^60 arrives as 1152921504606847000.
        if let Ok(integer) = value.to_string().parse() {
            return Resolved::Integer(integer);
        }
    }
    Resolved::Float(value)
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::super::documents;

    /// The table is data, so that a test with a real API server can be held against the same rows.
    #[test]
    fn scalars_mean_what_kubectl_makes_of_them() {
        let rows = include_str!("resolution.tsv").lines().filter(|line| !line.starts_with("# "));
        for row in rows {
            let [scalar, expected, why] = row.split('\t').collect::<Vec<_>>()[..] else {
                panic!("not three columns: {row:?}");
            };
            let read = documents(&format!("v: {scalar}\n")).next().unwrap();
            let json = read.ok().filter(|document| document.faults.is_empty());
            let json = json.map(|document| document.root.get("v").unwrap().to_json());
            let expected = (expected != "refused").then(|| serde_json::from_str::<Json>(expected).unwrap());
            assert_eq!(json, expected, "{scalar:?}: {why}");
        }
    }

    #[test]
    fn what_json_cannot_say_keeps_its_text() {
        for scalar in [".inf", "+.INF", "-.Inf", ".NaN"] {
            let document = documents(scalar).next().unwrap().unwrap();
            assert_eq!(document.root.to_json(), Json::from(scalar), "kubectl refuses {scalar}");
            assert_eq!(document.root.as_str(), None, "yet it is no text");
        }
    }
}
