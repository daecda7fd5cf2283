//! What is known when a step is chosen.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::absence::Suspicious;
use super::claim::Standing;
use super::deletions::Grant;
use crate::api::{Claim, Kind};
use crate::provider::capabilities::Capabilities;
use crate::provider::error::Class;

/// What an object is known by, among all of ours. One word that clones share: every index has some of each object.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Arc<Named>);

/// What a key says.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace.
    pub namespace: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Of all that: who is found by its key is looked for many times in each turn.
    digest: u64,
}

impl Hash for Named {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.digest);
    }
}

impl Deref for Key {
    type Target = Named;

    fn deref(&self) -> &Named {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Named { kind, namespace, name, .. } = &**self;
        f.debug_struct("Key").field("kind", kind).field("namespace", namespace).field("name", name).finish()
    }
}

impl Key {
    /// The key of an object of this kind.
    pub fn new(kind: Kind, namespace: impl Into<Box<str>>, name: impl Into<Box<str>>) -> Self {
        let (namespace, name) = (namespace.into(), name.into());
        let mut hasher = DefaultHasher::new();
        (kind, &*namespace, &*name).hash(&mut hasher);
        Self(Arc::new(Named { kind, namespace, name, digest: hasher.finish() }))
    }

    /// Namespace and name, as claims have them.
    pub fn object(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// As commands take it.
    pub fn selection(&self) -> String {
        format!("{}/{}", self.kind.short_name(), self.object())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind.name(), self.namespace, self.name)
    }
}

/// The object itself.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What it is known by.
    pub key: &'a Key,
    /// Who it is: another object under the same name has another.
    pub uid: &'a str,
    /// Our installation, whose claims it makes.
    pub installation: &'a str,
    /// When it was made; the older of two goes first.
    pub created: Timestamp,
    /// Set when it is to go.
    pub deleting: Option<Deleting>,
    /// Whether it or its account is held still.
    pub suspended: bool,
    /// What it owns.
    pub standing: &'a Standing,
    /// Namespace and name of the account it refers to.
    pub account: &'a str,
}

/// An object that is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleting {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub cause: Cause,
}

/// Why an object goes. Only a person deletes; collateral never does (claims.md 18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Somebody deleted this object.
    Person,
    /// Its namespace goes.
    Namespace,
    /// Its CustomResourceDefinition goes.
    Definition,
    /// waops is about to be uninstalled and lets everything go.
    Leaving,
}

/// The account an object refers to.
#[derive(Clone, Copy, Debug)]
pub enum AccountView<'a> {
    /// None of this name is known.
    Missing {
        /// Whether one would be: its namespace is looked after.
        seen: bool,
    },
    /// It does not allow the object's namespace.
    NotAllowed,
    /// It is there.
    Here(Account<'a>),
}

/// An account that is there.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// Who it is at the provider.
    pub identity: &'a str,
    /// Whether it can be called; if not, why, and what to do, in one sentence.
    pub ready: Result<(), &'a str>,
    /// What its provider can do.
    pub capabilities: &'static Capabilities,
    /// The installation whose claims are to be taken over (claims.md 14).
    pub take_over: Option<&'a str>,
    /// Whether one more deletion is believed.
    pub deletions: Grant,
    /// Why nothing counts as absent (claims.md 9).
    pub suspicious: Option<&'a Suspicious>,
}

/// Another object of ours on the same key: the same text on the same phone, or the same template.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// What it is known by.
    pub key: &'a Key,
    /// Who it is.
    pub uid: &'a str,
    /// When it was made.
    pub created: Timestamp,
    /// What it owns, if that is ours to believe.
    pub claim: Option<&'a Claim>,
    /// Whether it is to go.
    pub deleting: bool,
    /// Whether what it claims stands in its annotation and in its status: one alone is lost with one stroke.
    pub stands: bool,
    /// Whether the code that it claims is certainly gone at the provider.
    pub bereft: bool,
    /// Whether it wants this key itself; otherwise only its claim is about it.
    pub wants: bool,
}

impl Peer<'_> {
    /// Of two living objects that claim one thing, as two processes may have let them, whether this one keeps it: whoever
    /// made it does; then the older.
    pub fn keeps(&self, subject: &Subject<'_>, claim: &Claim) -> bool {
        let order = |theirs: &Claim| (theirs.adopted, self.created, self.uid);
        let goes_first = |theirs| order(theirs) < (claim.adopted, subject.created, subject.uid);
        !self.deleting && self.claim.is_some_and(goes_first)
    }
}

/// Whether something is at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence<T> {
    /// It is there.
    Here(T),
    /// It is certainly not there: a complete list lacks it, and an exact read where there is one (claims.md 9).
    Absent,
    /// A complete list lacks it, and an exact read is still to be made.
    Unlisted,
    /// Nobody knows.
    Unknown,
}

impl<T> Presence<T> {
    /// The same, borrowed.
    pub fn as_ref(&self) -> Presence<&T> {
        match self {
            Self::Here(it) => Presence::Here(it),
            Self::Absent => Presence::Absent,
            Self::Unlisted => Presence::Unlisted,
            Self::Unknown => Presence::Unknown,
        }
    }

    /// What is there.
    pub fn here(self) -> Option<T> {
        match self {
            Self::Here(it) => Some(it),
            _ => None,
        }
    }
}

/// What this process remembers of an object and no store needs to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// The claim (by its `n`) whose code, template or unclear call a list did not show, and when that list started.
    pub missed: Option<(i64, Timestamp)>,
    /// What went wrong last.
    pub trouble: Option<Box<Trouble>>,
}

impl Memory {
    /// Whether nothing is tried any more until something changes.
    pub fn gave_up(&self) -> bool {
        let class = self.trouble.as_ref().map(|trouble| trouble.class);
        matches!(class, Some(Class::Terminal | Class::NotFound { .. } | Class::AlreadyExists))
    }
}

/// A call that did not succeed.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// How to carry on.
    pub class: Class,
    /// Before this, no call is made.
    pub not_before: Timestamp,
    /// When a name that a provider has locked is free at the latest. It does not move with each try, nor with what else goes
    /// wrong until then.
    pub free: Option<Timestamp>,
    /// What happened and what to do, in one sentence; redacted and bounded.
    pub why: String,
    /// The content that was sent, where it was a write: other content may be tried at once.
    pub hash: Option<String>,
}

/// The clock and its measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// Now.
    pub now: Timestamp,
    /// How long a provider may take to show or do what it was told (default 60 s).
    pub settle: SignedDuration,
    /// How old a list may be to say that all is well.
    pub drift: SignedDuration,
    /// How long one write may take.
    pub call: SignedDuration,
    /// Since when the wall clock has not jumped, as far as anybody saw. What was before that may be a moment ago.
    pub steady: Timestamp,
}

/// A time so much later, or the last one there is.
pub(super) fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

impl Times {
    /// When a provider has had its time to do and show what a call with this deadline told it.
    pub fn settled(&self, deadline: Timestamp) -> Timestamp {
        later(deadline.max(self.steady), self.settle)
    }

    /// The latest time that a call which begins now can have in its claim.
    pub fn latest(&self) -> Timestamp {
        later(self.now, self.call)
    }
}
