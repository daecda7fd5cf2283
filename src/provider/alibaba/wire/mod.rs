//! What goes over the wire to Alibaba, and what comes back. Pure: no client, no clock, no signature.
//!
//! A request is an ordered list of parameters; whether they travel in the query or in a form is the
//! client's business. What Alibaba does not know of a template is sent as written, so that it refuses
//! loudly what it cannot do; only settings that speak of Meta's own wire are left out.

mod components;
pub mod qr_codes;
mod read;
mod sts;
pub mod templates;
#[cfg(test)]
mod tests;

use serde::Deserialize;

pub use read::{TemplatePage, accepted, request, template, template_page};
pub use sts::account_id;

use crate::provider::lenient::Word;

/// The parameters of a call, in order.
pub type Parameters = Vec<(&'static str, String)>;

/// What every answer has around its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// `OK`, or what went wrong. It alone decides (providers.md, trap 15).
    pub code: Option<String>,
    /// A sentence that can be alarming on success, so it never decides.
    pub message: Option<String>,
    /// For the vendor's support.
    pub request_id: Option<String>,
}

/// Reads what is around the data of any answer, of an error too: gateways write either case.
pub fn envelope(answer: &serde_json::Value) -> Envelope {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Upper {
        code: Word,
        message: Word,
        request_id: Word,
    }
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Lower {
        code: Word,
        message: Word,
        request_id: Word,
    }
    let upper = Upper::deserialize(answer).unwrap_or_default();
    let lower = Lower::deserialize(answer).unwrap_or_default();
    Envelope {
        code: upper.code.trimmed().or(lower.code.trimmed()),
        message: upper.message.trimmed().or(lower.message.trimmed()),
        request_id: upper.request_id.trimmed().or(lower.request_id.trimmed()),
    }
}

/// Adds a parameter where there is a value; Alibaba takes a missing one for "not set".
fn push(parameters: &mut Parameters, name: &'static str, value: Option<impl ToString>) {
    if let Some(value) = value {
        parameters.push((name, value.to_string()));
    }
}
