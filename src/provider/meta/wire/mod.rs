//! What goes over the wire to Meta, and what comes back. Pure: no client, no clock, no token.
//!
//! A request is a path, a query and a JSON body; each has its own function, since only the client knows
//! how they become one.

mod components;
pub mod media;
pub mod paths;
pub mod phone_numbers;
pub mod qr_codes;
mod read;
pub mod templates;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::Value;

pub use components::{Handles, MissingHandle};
pub use read::{accepted, request, template, template_page};

use crate::provider::lenient::{Flag, Many, One, Unreadable, Word, read};

/// The parameters of a query, in order.
pub type Query = Vec<(&'static str, String)>;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last.
    pub after: Option<String>,
}

/// Whether an answer says `success`; none where it does not say.
pub fn success(answer: &Value) -> Option<bool> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Answer {
        success: Flag,
    }
    read::<Answer>(answer).ok()?.success.0
}

/// Reads a list. It must have its `data`: an answer without is no proof that nothing is there.
fn page<W, T>(answer: &Value, item: impl Fn(W) -> Result<T, &'static str>) -> Result<Page<T>, Unreadable>
where
    W: serde::de::DeserializeOwned + Default,
{
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Paging {
        cursors: One<Cursors>,
        next: Word,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Cursors {
        after: Word,
    }
    #[derive(Deserialize)]
    #[serde(default, bound = "W: serde::de::DeserializeOwned + Default")]
    struct Answer<W> {
        data: Option<Many<W>>,
        paging: One<Paging>,
    }
    impl<W> Default for Answer<W> {
        fn default() -> Self {
            Answer { data: None, paging: One(None) }
        }
    }
    let answer: Answer<W> = read(answer)?;
    let Many(data) = answer.data.ok_or_else(|| Unreadable::new("it has no data"))?;
    let entries = data.into_iter().enumerate();
    let items = entries.map(|(index, entry)| {
        item(entry).map_err(|field| Unreadable::new(format!("data[{index}] has no {field}")))
    });
    let items = items.collect::<Result<_, _>>()?;
    // A cursor stands on the last page too; only `next` says that there is another one.
    let paging = answer.paging.0.unwrap_or_default();
    let after = paging.cursors.0.and_then(|cursors| cursors.after.trimmed());
    match (paging.next.trimmed(), after) {
        (None, _) => Ok(Page { items, after: None }),
        (Some(_), Some(after)) => Ok(Page { items, after: Some(after) }),
        (Some(_), None) => Err(Unreadable::new("it has a next page but no cursor")),
    }
}
