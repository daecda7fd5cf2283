//! The record of every write to a provider: one structured line each, so that auditors need nothing else.

use serde_json::Value;

use super::error::{Effect, Error};
use super::redact::Redactor;

/// The log target of the record; operators can send it somewhere of its own.
pub const TARGET: &str = "waops::provider_writes";

/// Who asked for a write: an object and the generation of its spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// `WhatsAppQrCode marketing/poster`, or the path of a file.
    pub object: String,
    /// The generation of the spec that asked.
    pub generation: i64,
}

/// A write that is over.
#[derive(Clone, Copy, Debug)]
pub struct Write<'a> {
    /// Who asked for it.
    pub asker: &'a Asker,
    /// The operation at the provider.
    pub operation: &'static str,
    /// What was there before, as far as we knew.
    pub before: Option<&'a Value>,
    /// What was asked for.
    pub after: &'a Value,
    /// What must not be repeated.
    pub redactor: &'a Redactor,
}

/// Writes the line. `request_id` is that of a success; an error brings its own.
pub fn record(write: &Write<'_>, outcome: Result<&str, &Error>) {
    let shown = |value: &Value| write.redactor.text(&value.to_string());
    let (outcome, code, request_id) = match outcome {
        Ok(request_id) => ("done", "OK", request_id),
        Err(error) => (
            if error.effect == Effect::Unclear { "unclear" } else { "refused" },
            &*error.code,
            error.request_id.as_deref().unwrap_or_default(),
        ),
    };
    tracing::info!(
        target: TARGET,
        object = %write.asker.object,
        generation = write.asker.generation,
        operation = write.operation,
        before = write.before.map(shown).unwrap_or_default(),
        after = shown(write.after),
        outcome,
        code,
        request_id,
        "provider write"
    );
}
