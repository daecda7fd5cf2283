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

/// Whether the deletions that wait are believed, and the window to store before the next one.
pub fn weigh(
    window: Option<&crate::api::DeletionWindow>,
    all: i64,
    waiting: i64,
    confirmed: Option<i64>,
    now: jiff::Timestamp,
) -> (Grant, Option<crate::api::DeletionWindow>) {
    let open = window
        .filter(|window| now.duration_since(window.started_at.0).abs() < jiff::SignedDuration::from_mins(10))
        .cloned();
    let open = open.unwrap_or_else(|| crate::api::DeletionWindow {
        started_at: k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(now),
        base: all,
        deleted: 0,
    });
    let wanted = open.deleted + waiting;
    let limit = 10.max(open.base.saturating_mul(3) / 10);
    let granted = wanted <= limit.max(confirmed.unwrap_or_default());
    let grant = if granted { Grant::Granted } else { Grant::Held { wanted, limit } };
    (grant, Some(crate::api::DeletionWindow { deleted: open.deleted + 1, ..open }))
}
