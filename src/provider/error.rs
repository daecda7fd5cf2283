//! What became of a call that did not succeed, and what a person can do about it.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use super::lenient::Unreadable;

/// How to carry on after an error. The smallest set that leads to different behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It will pass: back off and try again.
    Transient,
    /// Too many calls: wait, at least as long as the provider says.
    Throttled {
        /// The provider's own word, where it gave one.
        after: Option<Duration>,
    },
    /// The manifest asks for something the provider refuses: nothing helps until it changes.
    Terminal,
    /// A human or time must act (permission, quota, name lock, anything unknown): look again, but slowly.
    Slow,
    /// The edits that a template is allowed are used up, or it takes none for now: look again, but slowly.
    NoEdit,
    /// The name of a template is locked, since one of this name was deleted: look again, but slowly.
    NameLocked,
    /// The credentials do not work: the account holds all its objects.
    Credentials,
    /// The object is not there.
    NotFound {
        /// Whether the provider said exactly that. Otherwise it may as well be a missing permission, and only
        /// a list made with the same credentials proves absence.
        certain: bool,
    },
    /// An object with this natural key exists already.
    AlreadyExists,
}

impl Class {
    /// A short name for metrics and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Throttled { .. } => "throttled",
            Self::Terminal => "terminal",
            Self::Slow => "slow",
            Self::NoEdit => "no-edit",
            Self::NameLocked => "name-locked",
            Self::Credentials => "credentials",
            Self::NotFound { .. } => "not-found",
            Self::AlreadyExists => "already-exists",
        }
    }
}

/// Whether a failed call changed anything at the provider.
///
/// There is no "certainly executed": an answer that says so but cannot be read is resolved like an unclear one,
/// by a list (claims.md 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Certainly not executed: never sent, or refused by name.
    None,
    /// It may or may not have been executed, now or a little later.
    Unclear,
}

/// What an error code means: one row of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How to carry on.
    pub class: Class,
    /// Whether anything changed.
    pub effect: Effect,
    /// One sentence for a person, that names what to do.
    pub advice: &'static str,
}

impl Verdict {
    /// A verdict on a call that was refused: it had no effect.
    pub const fn refused(class: Class, advice: &'static str) -> Self {
        Self { class, effect: Effect::None, advice }
    }

    /// A verdict on a call whose fate nobody knows.
    pub const fn unclear(class: Class, advice: &'static str) -> Self {
        Self { class, effect: Effect::Unclear, advice }
    }
}

/// A call that did not succeed. Holds neither secrets nor addresses, and foreign text only bounded and redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// How to carry on.
    pub class: Class,
    /// Whether anything changed at the provider.
    pub effect: Effect,
    /// The operation that was called.
    pub operation: &'static str,
    /// The provider's code (`Product.Unsubscript`, `100/2388023`), or ours (`Transport.Connect`).
    pub code: Box<str>,
    /// One sentence for a person, that names what to do.
    pub advice: Cow<'static, str>,
    /// The provider's own words; they never decide anything.
    pub vendor_message: Option<Box<str>>,
    /// What the provider's support asks for.
    pub request_id: Option<Box<str>>,
    /// The status of the HTTP answer, if there was one.
    pub http_status: Option<u16>,
}

impl Error {
    /// An error with a verdict and nothing else known.
    pub fn new(operation: &'static str, code: &str, verdict: Verdict) -> Self {
        Self {
            class: verdict.class,
            effect: verdict.effect,
            operation,
            code: code.into(),
            advice: verdict.advice.into(),
            vendor_message: None,
            request_id: None,
            http_status: None,
        }
    }

    /// The provider took the call, but nobody can tell what it answered.
    pub fn unreadable(operation: &'static str, why: &Unreadable) -> Self {
        Self::new(operation, "Answer.Unreadable", UNREADABLE).saying(&why.to_string())
    }

    /// The same with the provider's own words, already redacted; empty ones are left out.
    #[must_use]
    pub fn saying(mut self, vendor_message: &str) -> Self {
        self.vendor_message = (!vendor_message.is_empty()).then(|| vendor_message.into());
        self
    }
}

const UNREADABLE: Verdict = Verdict::unclear(
    Class::Slow,
    "the answer has another shape than documented; update waops, or report this",
);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({}", self.operation, self.advice, self.code)?;
        if let Some(status) = self.http_status {
            write!(f, ", HTTP {status}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, ", request {id}")?;
        }
        f.write_str(")")?;
        match &self.vendor_message {
            Some(message) => write!(f, "; in their words: {message}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_to_do_first() {
        let verdict = Verdict::refused(Class::Slow, "grant cams:* to the RAM user");
        let error = Error::new("ListPhoneMessageQrdl", "Ram.PermissionDeny", verdict);
        assert_eq!(
            error.to_string(),
            "ListPhoneMessageQrdl: grant cams:* to the RAM user (Ram.PermissionDeny)"
        );
        let error = Error { http_status: Some(400), request_id: Some("R1".into()), ..error.saying("no") };
        assert_eq!(
            error.to_string(),
            "ListPhoneMessageQrdl: grant cams:* to the RAM user (Ram.PermissionDeny, HTTP 400, request R1); \
             in their words: no"
        );
    }

    #[test]
    fn an_error_is_small_enough_to_return_by_value() {
        assert!(size_of::<Error>() <= 128, "{}", size_of::<Error>());
    }
}
