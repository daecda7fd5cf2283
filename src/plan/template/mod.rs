//! Planning of templates.

use jiff::Timestamp;

use super::facts::{AccountView, Memory, Peer, Presence, Subject, Times};
use super::policy::Resolved;
use crate::api::ReadyWhen;
use crate::template::{Desired, Observed};

/// Everything that decides about a template.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The object.
    pub subject: Subject<'a>,
    /// What its manifest wants, or what is wrong with it in one sentence.
    pub desired: Result<&'a Desired, &'a str>,
    /// What Ready waits for.
    pub ready_when: ReadyWhen,
    /// Its account.
    pub account: AccountView<'a>,
    /// What may be done.
    pub policies: Resolved,
    /// What the provider has.
    pub seen: Seen<'a>,
    /// The other objects that want or own this name and language.
    pub peers: &'a [Peer<'a>],
    /// What went before.
    pub memory: &'a Memory,
    /// The clock.
    pub times: Times,
}

/// What is known of the template at the provider.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// When the last complete list started; none where nothing is known.
    pub listed: Option<Timestamp>,
    /// When the template was last read by itself; none where it never was.
    pub read: Option<Timestamp>,
    /// The template of this name and language. Its content is none as long as only a thin list showed it.
    pub own: Presence<&'a Observed>,
}

pub fn plan(_: &Situation<'_>) -> super::step::Plan {
    todo!()
}
