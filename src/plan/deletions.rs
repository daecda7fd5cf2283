//! How many deletions at once are believed (claims.md 20).

/// Whether one more deletion is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// It is.
    Granted,
    /// Too many came at once; a person must confirm.
    Held {
        /// How many are wanted within the window, those done included.
        wanted: i64,
        /// How many are believed without a question.
        limit: i64,
    },
}

pub fn weigh(
    _: Option<&crate::api::DeletionWindow>,
    _: i64,
    _: i64,
    _: Option<i64>,
    _: jiff::Timestamp,
) -> (Grant, Option<crate::api::DeletionWindow>) {
    todo!()
}
