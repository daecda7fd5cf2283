//! The resumable upload of a media sample, which gives the handle that a header carries.

use serde::Deserialize;
use serde_json::Value;

use super::Query;
use crate::provider::lenient::{Unreadable, Whole, Word, read};
use crate::template::{Desired, Header, Media};

/// The samples that a template needs a handle for, in order of appearance.
pub fn samples(desired: &Desired) -> impl Iterator<Item = (&Media, &str)> {
    let header = match &desired.header {
        Some(Header::Media(media)) => Some(media),
        _ => None,
    };
    let all = header.into_iter().chain(desired.cards.iter().map(|card| &card.header));
    all.filter_map(|media| Some((media, media.url.as_deref()?)))
}

/// Opens an upload session.
pub fn session_query(file_name: &str, length: usize, media_type: &str) -> Query {
    vec![
        ("file_name", file_name.to_owned()),
        ("file_length", length.to_string()),
        ("file_type", media_type.to_owned()),
    ]
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    id: Word,
    file_offset: Whole,
    h: Word,
}

/// The session that was opened.
pub fn session(answer: &Value) -> Result<String, Unreadable> {
    let answer: Answer = read(answer)?;
    answer.id.trimmed().ok_or_else(|| Unreadable::new("it has no id"))
}

/// How many bytes of an interrupted upload arrived.
pub fn offset(answer: &Value) -> Result<u64, Unreadable> {
    let answer: Answer = read(answer)?;
    let offset = answer.file_offset.0.and_then(|offset| u64::try_from(offset).ok());
    offset.ok_or_else(|| Unreadable::new("it has no file_offset"))
}

/// The handle of what was uploaded.
pub fn handle(answer: &Value) -> Result<String, Unreadable> {
    let answer: Answer = read(answer)?;
    answer.h.trimmed().ok_or_else(|| Unreadable::new("it has no h"))
}
