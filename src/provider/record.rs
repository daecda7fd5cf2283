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

/// Writes the line. `outcome` is the request id of a success, or an error, which brings its own.
pub fn record(write: &Write<'_>, outcome: Result<&str, &Error>) {
    let shown = |value: &Value| write.redactor.text(&value.to_string());
    let (outcome, code, request_id) = match outcome {
        Ok(request_id) => ("done", "OK", write.redactor.text(request_id)),
        Err(error) => {
            let outcome = if error.effect == Effect::Unclear { "unclear" } else { "refused" };
            (outcome, &*error.code, error.request_id.as_deref().unwrap_or_default().to_owned())
        }
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

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::json;

    use super::*;
    use crate::provider::error::{Class, Verdict};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn recorded(outcome: Result<&str, &Error>) -> Value {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber =
            tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone()).finish();
        let write = Write {
            asker: &Asker { object: "WhatsAppQrCode marketing/poster".to_owned(), generation: 7 },
            operation: "UpdatePhoneMessageQrdl",
            before: Some(&json!({"text": "old"})),
            after: &json!({"text": "new s3cr3t!", "more": "x".repeat(1000)}),
            redactor: &Redactor::default().with("s3cr3t!"),
        };
        tracing::subscriber::with_default(subscriber, || record(&write, outcome));
        let lines = lines.0.lock().unwrap().clone();
        assert_eq!(lines.split(|byte| *byte == b'\n').count(), 2, "one line");
        serde_json::from_slice(&lines).unwrap()
    }

    #[test]
    fn a_write_is_one_structured_line() {
        let line = recorded(Ok("R1\n"));
        for (field, want) in [
            ("target", json!(TARGET)),
            ("object", json!("WhatsAppQrCode marketing/poster")),
            ("generation", json!(7)),
            ("operation", json!("UpdatePhoneMessageQrdl")),
            ("before", json!(r#"{"text":"old"}"#)),
            ("outcome", json!("done")),
            ("request_id", json!("R1")),
        ] {
            assert_eq!(line[field], want, "{field}");
        }
        let after = line["after"].as_str().unwrap();
        assert!(after.starts_with(r#"{"text":"new ***""#) && after.chars().count() <= 300, "{after}");
    }

    #[test]
    fn what_did_not_succeed_is_recorded_too() {
        for (verdict, want) in [
            (Verdict::refused(Class::Slow, "a"), "refused"),
            (Verdict::unclear(Class::Transient, "a"), "unclear"),
        ] {
            let error = Error { request_id: Some("R2".into()), ..Error::new("Op", "Some.Code", verdict) };
            let line = recorded(Err(&error));
            let fields = ["outcome", "code", "request_id"].map(|field| line[field].as_str().unwrap());
            assert_eq!(fields, [want, "Some.Code", "R2"]);
        }
    }
}
