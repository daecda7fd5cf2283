//! What goes in and what comes out: HTTP without a network.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::encoding;

/// A call, as it arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// `GET`, `POST`, `DELETE`, ...
    pub method: String,
    /// The path, still encoded.
    pub path: String,
    /// What stands behind the question mark, still encoded.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    #[serde(with = "bytes")]
    pub body: Vec<u8>,
}

impl Request {
    /// A call without headers or body.
    pub fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), ..Self::default() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Sets the body and its type.
    #[must_use]
    pub fn content(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }.header("content-type", content_type)
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.content("application/json", body.to_string())
    }

    pub(crate) fn head(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim())
    }

    pub(crate) fn query_pairs(&self) -> Vec<(String, String)> {
        encoding::form(&self.query)
    }

    pub(crate) fn content_type(&self) -> &str {
        self.head("content-type").unwrap_or_default()
    }

    pub(crate) fn has_form_body(&self) -> bool {
        self.content_type().starts_with("application/x-www-form-urlencoded")
    }

    pub(crate) fn form_pairs(&self) -> Vec<(String, String)> {
        if self.has_form_body() { encoding::form(&String::from_utf8_lossy(&self.body)) } else { Vec::new() }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The raw body.
    pub body: Vec<u8>,
}

impl Response {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body: body.into() }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The body as JSON; null where it is none.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The first header of this name.
    pub fn head(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }
}

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Waits before the end.
    pub delay_ms: u64,
    /// How the call ends.
    pub end: End,
}

/// How a call ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With an answer.
    Respond(Response),
    /// Never: the connection stays open and nothing comes.
    Silence,
    /// With a connection that breaks before a byte of the answer.
    Reset,
}

impl Outcome {
    /// The answer, if there is one.
    pub fn response(self) -> Option<Response> {
        match self.end {
            End::Respond(response) => Some(response),
            End::Silence | End::Reset => None,
        }
    }
}

/// Bytes as base64, so that a state file stays JSON that people can read.
mod bytes {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map_err(D::Error::custom)
    }
}
