//! What a Secret holds: named bytes, typed in by people.

use std::collections::BTreeMap;

use super::error::{Class, Error, Verdict};

/// The "operation" of errors that come up before any call.
pub(super) const OPERATION: &str = "Credentials";

/// A value of a Secret without blanks around it; `None` when it is not there or empty.
///
/// `echo key | base64` leaves a line break behind, which no signature survives.
pub(super) fn value(
    data: &BTreeMap<String, Vec<u8>>,
    key: &'static str,
    warnings: &mut Vec<String>,
) -> Result<Option<String>, Error> {
    let Some(bytes) = data.get(key) else { return Ok(None) };
    let text = std::str::from_utf8(bytes).map_err(|_| {
        let verdict =
            Verdict::refused(Class::Credentials, "a key of the Secret is not text; create it again");
        Error::new(OPERATION, "Credentials.NotText", verdict).saying(key)
    })?;
    let trimmed = text.trim();
    if trimmed.len() != text.len() {
        warnings.push(format!("{key} in the Secret has blanks or a line break around it; they are ignored"));
    }
    Ok((!trimmed.is_empty()).then(|| trimmed.to_owned()))
}

/// The Secret lacks a key.
pub(super) fn missing(key: &'static str) -> Error {
    let verdict = Verdict::refused(Class::Credentials, "the Secret lacks a key, or it is empty");
    let advice = format!("the Secret has no {key}, or it is empty; add it");
    Error { advice: advice.into(), ..Error::new(OPERATION, "Credentials.MissingKey", verdict) }
}
