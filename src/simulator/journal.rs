//! The journal: which calls came, and what became of them.

use std::collections::VecDeque;

use serde::Serialize;

use super::Provider;
use super::request::{End, Outcome, Request};
use super::time::Time;

/// How many calls are remembered.
const ROOM: usize = 10_000;
/// How much of a body is remembered.
const BODY: usize = 4_096;
/// Parameters whose values are nobody's business.
const SECRET: &[&str] =
    &["AccessKeyId", "Signature", "SecurityToken", "OIDCToken", "access_token", "appsecret_proof"];

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Counts upward from one.
    pub number: u64,
    /// When it came, by the clock of things.
    pub at: Time,
    /// To whom.
    pub provider: Option<Provider>,
    /// `CreatePhoneMessageQrdl`, `POST message_qrdls`.
    pub operation: String,
    /// The path.
    pub path: String,
    /// The query, without secrets.
    pub query: Vec<(String, String)>,
    /// The beginning of the body; left out for sign-ins.
    pub body: String,
    /// Status of the answer; none where none was delivered.
    pub status: Option<u16>,
    /// The beginning of the answer.
    pub answer: String,
}

/// The calls of one process, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    count: u64,
}

impl Journal {
    pub(crate) fn note(
        &mut self,
        at: Time,
        (provider, operation): (Option<Provider>, &str),
        request: &Request,
        outcome: &Outcome,
    ) {
        self.count = self.count.saturating_add(1);
        let (status, answer) = match &outcome.end {
            End::Respond(response) => (Some(response.status), beginning(&response.body)),
            End::Silence | End::Reset => (None, String::new()),
        };
        let mut query = request.query_pairs();
        query.retain(|(key, _)| !SECRET.contains(&key.as_str()));
        let body = String::from_utf8_lossy(&request.body);
        let signs_in = SECRET.iter().any(|secret| body.contains(&format!("{secret}=")));
        self.entries.push_back(Entry {
            number: self.count,
            at,
            provider,
            operation: operation.to_owned(),
            path: request.path.clone(),
            query,
            body: if signs_in { String::new() } else { beginning(&request.body) },
            status,
            answer,
        });
        if self.entries.len() > ROOM {
            self.entries.pop_front();
        }
    }

    pub(crate) fn since(&self, number: u64) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| entry.number > number).collect()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

fn beginning(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(BODY)]).into_owned()
}
