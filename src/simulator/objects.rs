//! What the providers keep for their customers.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::images::Format;
use super::review::{Event, Step};
use super::time::Time;

/// A QR code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct QrCode {
    /// Grows with each code, so that cursors survive deletions.
    pub(crate) sequence: u64,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Alibaba remembers the format; Meta does not (providers.md C1).
    pub(crate) format: Format,
    pub(crate) created: Time,
}

/// A template: one name in one language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Template {
    /// Grows with each template, so that cursors survive deletions.
    pub(crate) sequence: u64,
    /// Meta's id (one per language), Alibaba's `TemplateCode` (one per name).
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) category: String,
    pub(crate) previous_category: Option<String>,
    pub(crate) status: Status,
    /// Why it was rejected.
    pub(crate) reason: Option<String>,
    pub(crate) quality: String,
    /// As written, in the keys of its face.
    pub(crate) components: Vec<Value>,
    /// The other fields it was written with, in the keys of its face.
    pub(crate) fields: Map<String, Value>,
    /// When it was edited while approved (providers.md B3.2, edit frequency).
    pub(crate) edits: Vec<Time>,
    pub(crate) updated: Time,
    /// Deleted, but still listed until then (providers.md B3.2, `PENDING_DELETION`).
    pub(crate) gone_at: Option<Time>,
    /// What will happen to it, soonest first.
    pub(crate) future: Vec<Step<Time>>,
}

/// What a template is when it is submitted.
pub(crate) struct Submission<'a> {
    pub(crate) id: String,
    pub(crate) name: &'a str,
    pub(crate) language: &'a str,
    pub(crate) category: &'a str,
    pub(crate) components: Vec<Value>,
    pub(crate) fields: Map<String, Value>,
}

impl Template {
    pub(crate) fn new(submission: Submission<'_>, now: Time) -> Self {
        Self {
            sequence: 0,
            id: submission.id,
            name: submission.name.to_owned(),
            language: submission.language.to_owned(),
            category: submission.category.to_owned(),
            previous_category: None,
            status: Status::Pending,
            reason: None,
            quality: "UNKNOWN".to_owned(),
            components: submission.components,
            fields: submission.fields,
            edits: Vec::new(),
            updated: now,
            gone_at: None,
            future: Vec::new(),
        }
    }

    /// Lets one thing happen to it.
    pub(crate) fn meet(&mut self, event: &Event) {
        match event {
            Event::Approve | Event::Unpause => self.become_status(Status::Approved, None),
            Event::Reject { reason } => self.become_status(Status::Rejected, Some(reason.clone())),
            Event::Pause => self.become_status(Status::Paused, None),
            Event::Disable => self.become_status(Status::Disabled, None),
            Event::Archive => self.become_status(Status::Archived, None),
            Event::Appeal => self.become_status(Status::InAppeal, None),
            Event::Suspend => self.become_status(Status::Suspended, None),
            Event::LimitExceeded => self.become_status(Status::LimitExceeded, None),
            Event::Recategorise { category } => {
                self.previous_category = Some(std::mem::replace(&mut self.category, category.clone()));
            }
            Event::Quality { score } => self.quality.clone_from(score),
        }
    }

    fn become_status(&mut self, status: Status, reason: Option<String>) {
        self.status = status;
        self.reason = reason;
    }

    pub(crate) fn text_field(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// The state of a template, in a neutral word; each face has its own (providers.md C3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    Pending,
    Suspended,
    Approved,
    Rejected,
    Paused,
    Disabled,
    Archived,
    InAppeal,
    LimitExceeded,
    PendingDeletion,
}

impl Status {
    /// providers.md B3.3.
    pub(crate) fn on_meta(self) -> &'static str {
        match self {
            Self::Pending | Self::Suspended => "PENDING",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Paused => "PAUSED",
            Self::Disabled => "DISABLED",
            Self::Archived => "ARCHIVED",
            Self::InAppeal => "IN_APPEAL",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::PendingDeletion => "PENDING_DELETION",
        }
    }

    /// providers.md A3.4.
    pub(crate) fn on_alibaba(self) -> &'static str {
        match self {
            Self::Pending | Self::InAppeal | Self::PendingDeletion => "auditing",
            Self::Suspended => "unaudit",
            Self::Approved => "pass",
            Self::Rejected => "fail",
            Self::Paused | Self::LimitExceeded => "paused",
            Self::Disabled | Self::Archived => "disabled",
        }
    }
}
