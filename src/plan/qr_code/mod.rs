//! Planning of QR codes.

use jiff::Timestamp;

use super::facts::{AccountView, Memory, Peer, Presence, Subject, Times};
use super::policy::Resolved;
use crate::qr_code::{Desired, Observed};

/// Everything that decides about a QR code.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The object.
    pub subject: Subject<'a>,
    /// What its manifest wants, or what is wrong with it in one sentence.
    pub desired: Result<&'a Desired, &'a str>,
    /// What the provider's calls name its phone number by, once that is known.
    pub phone: Option<&'a str>,
    /// Its account.
    pub account: AccountView<'a>,
    /// What may be done.
    pub policies: Resolved,
    /// What the provider has.
    pub seen: Seen<'a>,
    /// The other objects that want or own this text on this phone.
    pub peers: &'a [Peer<'a>],
    /// What went before.
    pub memory: &'a Memory,
    /// The clock.
    pub times: Times,
}

/// What is known of the provider's codes on this phone.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// When the last complete list started; none where nothing is known.
    pub listed: Option<Timestamp>,
    /// The code that the claim owns, or that its intent changes.
    pub own: Presence<&'a Observed>,
    /// The code that the manifest takes over, and who of us has it.
    pub adopt: Presence<&'a Observed>,
    /// Who of us owns the code that the manifest takes over.
    pub adopt_owner: Option<&'a super::facts::Key>,
    /// Live codes with the desired text that nobody of us claims.
    pub same_text: &'a [&'a Observed],
    /// Live codes with the text of the open intent that nobody of us claims and that were not there before it.
    pub outcome: &'a [&'a Observed],
    /// Unclaimed codes that are new since the intent, whose text is merely similar.
    pub similar: &'a [&'a Observed],
    /// Objects with an open intent on the same text that are older than this one.
    pub older_intents: usize,
    /// Objects with an open intent on the same text, this one included.
    pub open_intents: usize,
    /// Unclaimed codes that may be the late outcome of a create that was given up.
    pub late: &'a [&'a Observed],
}

pub fn plan(_: &Situation<'_>) -> super::step::Plan {
    todo!()
}
