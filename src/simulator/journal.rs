//! The journal: which calls came, and what became of them.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::Provider;
use super::encoding;
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
    /// The beginning of the answer; left out where it hands out a key.
    pub answer: String,
}

/// What is kept of a call. It is made readable only when somebody reads it, since every call is noted.
#[derive(Clone, Debug)]
struct Note {
    at: Time,
    provider: Option<Provider>,
    operation: String,
    path: String,
    query: String,
    body: Vec<u8>,
    status: Option<u16>,
    answer: Vec<u8>,
}

impl Note {
    fn entry(&self, number: u64) -> Entry {
        let mut query = encoding::form(&self.query);
        query.retain(|(key, _)| !SECRET.contains(&key.as_str()));
        let body = String::from_utf8_lossy(&self.body);
        let answer = String::from_utf8_lossy(&self.answer);
        let signs_in = SECRET.iter().any(|secret| body.contains(&format!("{secret}=")));
        Entry {
            number,
            at: self.at,
            provider: self.provider,
            operation: self.operation.clone(),
            path: self.path.clone(),
            query,
            body: if signs_in { String::new() } else { body.into_owned() },
            status: self.status,
            answer: if answer.contains("AccessKeySecret") { String::new() } else { answer.into_owned() },
        }
    }
}

/// The calls of one process, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    notes: VecDeque<Note>,
    /// How many calls were noted and forgotten.
    forgotten: u64,
    /// How often each operation was called, forgotten calls included.
    counts: BTreeMap<String, u64>,
}

impl Journal {
    pub(crate) fn note(
        &mut self,
        at: Time,
        provider: Option<Provider>,
        operation: String,
        request: &Request,
        outcome: &Outcome,
    ) {
        let (status, answer) = match &outcome.end {
            End::Respond(response) => (Some(response.status), beginning(&response.body)),
            End::Silence | End::Reset => (None, Vec::new()),
        };
        match self.counts.get_mut(&operation) {
            Some(count) => *count += 1,
            None => drop(self.counts.insert(operation.clone(), 1)),
        }
        self.notes.push_back(Note {
            at,
            provider,
            operation,
            path: request.path.clone(),
            query: request.query.clone(),
            body: beginning(&request.body),
            status,
            answer,
        });
        if self.notes.len() > ROOM {
            self.notes.pop_front();
            self.forgotten += 1;
        }
    }

    /// The calls after the one with this number.
    pub(crate) fn since(&self, number: u64) -> Vec<Entry> {
        let numbered = (self.forgotten + 1..).zip(&self.notes);
        numbered.filter(|(own, _)| *own > number).map(|(own, note)| note.entry(own)).collect()
    }

    /// How often each operation was called since the journal was last cleared.
    pub(crate) fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    pub(crate) fn clear(&mut self) {
        self.forgotten += self.notes.len() as u64;
        self.notes.clear();
        self.counts.clear();
    }
}

fn beginning(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len().min(BODY)].to_vec()
}
