//! What a provider can do for us, in words that fit them all: the engine is generic over these traits and never
//! asks which provider it talks to. Where they differ, [`Capabilities`] says so as data.
//!
//! Reads take a lane and a deadline and are repeated within it. Writes take a [`Mandate`], are exactly one call,
//! and are never repeated; what has to be done before one ([`Templates::prepare`]) is a step of its own, so that
//! an error of a write always speaks of that write.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use super::attempt::Mandate;
use super::budget::{Lane, Permit};
use super::capabilities::Capabilities;
use super::deadline::Deadline;
use super::error::{Class, Error, Verdict};
use crate::api::ImageFormat;
use crate::qr_code::{self, Code, Phone};
use crate::template;

/// How urgent a read is, and until when it may take.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// Why it is made.
    pub lane: Lane,
    /// Its hard end.
    pub deadline: Deadline,
}

impl Read {
    /// A read that belongs to a write: as urgent, and over as soon.
    pub fn after(mandate: &Mandate<'_>) -> Self {
        Self { lane: mandate.permit.lane(), deadline: mandate.deadline }
    }
}

/// What is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<T> {
    /// When the request for the first page left the queue. What happened later may be missing (claims.md 8), and
    /// nothing that happened before.
    pub started: Instant,
    /// What was found.
    pub items: Vec<T>,
    /// Whether it is everything. Only then is what is missing absent (claims.md 9).
    pub complete: bool,
}

/// A phone number as its provider knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What calls name it by: the digits, or the provider's own id.
    pub key: String,
    /// Country code and number, digits alone, where that is known.
    pub number: Option<String>,
    /// Whether its owner proved to own it, where that is known.
    pub verified: Option<bool>,
}

impl Line {
    /// The reason why no code can be made for it, if there is one.
    pub fn usable(&self) -> Result<(), Error> {
        match self.verified {
            Some(false) => Err(Error::new("Resolve", "Phone.NotVerified", NOT_VERIFIED)),
            _ => Ok(()),
        }
    }
}

const NOT_VERIFIED: Verdict =
    Verdict::refused(Class::Slow, "the phone number is not verified; verify it with the provider");

/// How a template is named in a call about one that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which<'a> {
    /// The provider's id, where it is known.
    pub id: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
    /// Its language: one name has many.
    pub language: &'a str,
}

impl<'a> From<&'a template::Observed> for Which<'a> {
    fn from(known: &'a template::Observed) -> Self {
        Self { id: Some(&known.id), name: &known.name, language: &known.language }
    }
}

/// What the provider had to be sent before a template. Empty where it fetches samples itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachments {
    /// The provider's word for each sample, by its address.
    pub(super) samples: BTreeMap<String, String>,
    /// Those words among them that were given a while ago, for another template, and may hold no more.
    pub(super) old: BTreeSet<String>,
}

/// How a deletion ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// By this call.
    Now,
    /// It was gone before, and an exact read with the same credentials proved it (trap 43).
    Before,
}

/// Whether an account can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// A call succeeded.
    Works,
    /// The account names nothing that could be asked about; the first object will show.
    Untried,
}

/// What changes something, so that a permit can be had before the intent is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// [`QrCodes::create_code`]
    CreateCode,
    /// [`QrCodes::update_code`]
    UpdateCode,
    /// [`QrCodes::delete_code`]
    DeleteCode,
    /// [`Templates::create_template`]
    CreateTemplate,
    /// [`Templates::edit_template`]
    EditTemplate,
    /// [`Templates::set_category_change_paused`]
    SetTemplate,
    /// [`Templates::delete_template`]
    DeleteTemplate,
    /// [`Templates::unpause_template`]
    UnpauseTemplate,
    /// [`Templates::archive_template`]
    ArchiveTemplate,
    /// [`Templates::unarchive_template`]
    UnarchiveTemplate,
}

/// The account as a whole.
pub trait Account: Send + Sync {
    /// What the provider can do.
    fn capabilities(&self) -> &'static Capabilities;

    /// Waits for the right to one change.
    fn permit(&self, change: Change, lane: Lane) -> impl Future<Output = Permit> + Send;

    /// One cheap call that says whether the connection works.
    fn verify(&self, read: Read) -> impl Future<Output = Result<Connection, Error>> + Send;

    /// Whose the credentials are, where the provider tells. Cheap while the credentials stay the same, and asked anew
    /// once they are others.
    fn whoami(&self, read: Read) -> impl Future<Output = Result<Option<String>, Error>> + Send;

    /// Finds a phone number of the account.
    fn resolve(&self, phone: &Phone, read: Read) -> impl Future<Output = Result<Line, Error>> + Send;

    /// Every phone number of the account; `None` where nobody can be asked for them.
    fn lines(&self, read: Read) -> impl Future<Output = Result<Option<Vec<Line>>, Error>> + Send;
}

/// QR codes of a phone number, by [`Line::key`].
pub trait QrCodes: Send + Sync {
    /// All codes: every page, or an error.
    fn list_codes(
        &self,
        phone: &str,
        format: ImageFormat,
        read: Read,
    ) -> impl Future<Output = Result<Listing<qr_code::Observed>, Error>> + Send;

    /// What is new: page after page, newest first, until one has come to codes that are known. The whole list where
    /// lists have no such order.
    fn new_codes(
        &self,
        phone: &str,
        format: ImageFormat,
        known: &(dyn Fn(&Code) -> bool + Sync),
        read: Read,
    ) -> impl Future<Output = Result<Listing<qr_code::Observed>, Error>> + Send;

    /// One code; `None` where it certainly is not there. Out of a list where the provider has no exact read.
    fn find_code(
        &self,
        phone: &str,
        code: &Code,
        format: ImageFormat,
        read: Read,
    ) -> impl Future<Output = Result<Option<qr_code::Observed>, Error>> + Send;

    /// Makes a code. Not idempotent.
    fn create_code(
        &self,
        phone: &str,
        message: &str,
        format: ImageFormat,
        mandate: Mandate<'_>,
    ) -> impl Future<Output = Result<qr_code::Observed, Error>> + Send;

    /// Changes a code. The one that comes back is its identity from now on ([`Capabilities::update_keeps_code`]).
    /// Without an image in the answer the old one still holds, since it shows the link and that did not change.
    fn update_code(
        &self,
        phone: &str,
        code: &Code,
        message: &str,
        format: ImageFormat,
        mandate: Mandate<'_>,
    ) -> impl Future<Output = Result<qr_code::Observed, Error>> + Send;

    /// Deletes a code.
    fn delete_code(
        &self,
        phone: &str,
        code: &Code,
        mandate: Mandate<'_>,
    ) -> impl Future<Output = Result<Deleted, Error>> + Send;
}

/// Templates of an account.
pub trait Templates: Send + Sync {
    /// All templates: every page, or an error. Without contents where [`Capabilities::list_has_components`] says so.
    fn list_templates(
        &self,
        read: Read,
    ) -> impl Future<Output = Result<Listing<template::Observed>, Error>> + Send;

    /// One template with its content; `None` where it certainly is not there. What is found by its name may have
    /// another id than was asked for.
    fn read_template(
        &self,
        which: Which<'_>,
        read: Read,
    ) -> impl Future<Output = Result<Option<template::Observed>, Error>> + Send;

    /// How long the limits make so many [`Templates::read_template`] take, at least.
    fn reading_takes(&self, templates: usize, lane: Lane) -> Duration;

    /// Does what a create or an edit needs done before. It can be repeated, and no error of it says anything about
    /// the template.
    fn prepare(
        &self,
        desired: &template::Desired,
        read: Read,
    ) -> impl Future<Output = Result<Attachments, Error>> + Send;

    /// Submits a template. Where the answer says no state, the template is read once; that it could not be read is
    /// no failure of the create.
    fn create_template(
        &self,
        desired: &template::Desired,
        attachments: &Attachments,
        mandate: Mandate<'_>,
    ) -> impl Future<Output = Result<template::Accepted, Error>> + Send;

    /// Replaces the content of a template as it was last read. [`Capabilities::not_by_edit`] stays as it is.
    fn edit_template(
        &self,
        known: &template::Observed,
        desired: &template::Desired,
        attachments: &Attachments,
        mandate: Mandate<'_>,
    ) -> impl Future<Output = Result<template::Accepted, Error>> + Send;

    /// Sets the one thing that some providers change without a review ([`Capabilities::sets_without_review`]).
    fn set_category_change_paused(
        &self,
        known: &template::Observed,
        paused: bool,
        mandate: Mandate<'_>,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Deletes one language of a template: never by its name alone, which would take them all (trap 30).
    fn delete_template(
        &self,
        known: &template::Observed,
        mandate: Mandate<'_>,
    ) -> impl Future<Output = Result<Deleted, Error>> + Send;

    /// Lets a paused template go on ([`Capabilities::unpauses`]).
    fn unpause_template(
        &self,
        known: &template::Observed,
        mandate: Mandate<'_>,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Archives a template ([`Capabilities::archives`]).
    fn archive_template(
        &self,
        known: &template::Observed,
        mandate: Mandate<'_>,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Takes a template out of the archive ([`Capabilities::archives`]).
    fn unarchive_template(
        &self,
        known: &template::Observed,
        mandate: Mandate<'_>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A provider with all that it can do for us.
pub trait AnyProvider: Account + QrCodes + Templates + 'static {}

impl<P: Account + QrCodes + Templates + 'static> AnyProvider for P {}

/// The provider has no such call. Nothing was sent.
pub(super) fn unsupported(change: Change) -> Error {
    let verdict = Verdict::refused(Class::Terminal, "this provider cannot do that");
    Error::new("Provider", "Provider.Unsupported", verdict).saying(&format!("{change:?}"))
}

/// The provider says that it did not do it, and not why.
pub(super) fn not_done(operation: &'static str) -> Error {
    let verdict =
        Verdict::refused(Class::Slow, "the provider did not do it and says no more; look at its console");
    Error::new(operation, "Answer.NotDone", verdict)
}

/// What a refused deletion comes to, once a read with the same credentials has told whether the thing is still
/// there. That it is, or that nobody knows, leaves the error as it was.
pub(super) fn deleted<T>(error: Error, still_there: Result<Option<T>, Error>) -> Result<Deleted, Error> {
    match (error.class, still_there) {
        (Class::NotFound { certain: true }, _) | (_, Ok(None)) => Ok(Deleted::Before),
        _ => Err(error),
    }
}
