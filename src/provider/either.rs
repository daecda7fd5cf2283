//! One of the providers. Here alone it matters which one: a third is a variant more.

use std::time::Duration;

use super::alibaba::Alibaba;
use super::attempt::Mandate;
use super::budget::{Budget, Lane, Permit};
use super::capabilities::Capabilities;
use super::error::Error;
use super::face::{
    Account, Attachments, Change, Connection, Deleted, Line, Listing, QrCodes, Read, Templates, Which,
};
use super::meta::Meta;
use super::recorded::Recorded;
use crate::api::ImageFormat;
use crate::qr_code::{self, Code, Phone};
use crate::template::{self, Accepted, Desired};

/// An account at one of the providers.
#[derive(Clone, Debug)]
pub enum Provider {
    /// Alibaba Cloud Chat App Message Service.
    Alibaba(Alibaba),
    /// Meta's WhatsApp Business Platform.
    Meta(Meta),
    /// Either of them, as it was written down.
    Recorded(Recorded),
}

impl Provider {
    /// The same account with another budget to spend from.
    #[must_use]
    pub fn spending(self, budget: Budget) -> Self {
        match self {
            Self::Alibaba(account) => Self::Alibaba(account.spending(budget)),
            Self::Meta(account) => Self::Meta(account.spending(budget)),
            // Nothing is spent where nothing is called.
            Self::Recorded(recorded) => Self::Recorded(recorded),
        }
    }
}

/// The same call, whichever it is.
macro_rules! whichever {
    ($self:ident, $account:ident => $call:expr) => {
        match $self {
            Provider::Alibaba($account) => $call,
            Provider::Meta($account) => $call,
            Provider::Recorded($account) => $call,
        }
    };
}

impl Account for Provider {
    fn capabilities(&self) -> &'static Capabilities {
        whichever!(self, account => account.capabilities())
    }

    async fn permit(&self, change: Change, lane: Lane) -> Permit {
        whichever!(self, account => account.permit(change, lane).await)
    }

    async fn verify(&self, read: Read) -> Result<Connection, Error> {
        whichever!(self, account => account.verify(read).await)
    }

    async fn whoami(&self, read: Read) -> Result<Option<String>, Error> {
        whichever!(self, account => account.whoami(read).await)
    }

    async fn resolve(&self, phone: &Phone, read: Read) -> Result<Line, Error> {
        whichever!(self, account => account.resolve(phone, read).await)
    }

    async fn lines(&self, read: Read) -> Result<Option<Vec<Line>>, Error> {
        whichever!(self, account => account.lines(read).await)
    }
}

impl QrCodes for Provider {
    async fn list_codes(
        &self,
        phone: &str,
        format: ImageFormat,
        read: Read,
    ) -> Result<Listing<qr_code::Observed>, Error> {
        whichever!(self, account => account.list_codes(phone, format, read).await)
    }

    async fn new_codes(
        &self,
        phone: &str,
        format: ImageFormat,
        known: &(dyn Fn(&Code) -> bool + Sync),
        read: Read,
    ) -> Result<Listing<qr_code::Observed>, Error> {
        whichever!(self, account => account.new_codes(phone, format, known, read).await)
    }

    async fn find_code(
        &self,
        phone: &str,
        code: &Code,
        format: ImageFormat,
        read: Read,
    ) -> Result<Option<qr_code::Observed>, Error> {
        whichever!(self, account => account.find_code(phone, code, format, read).await)
    }

    async fn create_code(
        &self,
        phone: &str,
        message: &str,
        format: ImageFormat,
        mandate: Mandate<'_>,
    ) -> Result<qr_code::Observed, Error> {
        whichever!(self, account => account.create_code(phone, message, format, mandate).await)
    }

    async fn update_code(
        &self,
        phone: &str,
        code: &Code,
        message: &str,
        format: ImageFormat,
        mandate: Mandate<'_>,
    ) -> Result<qr_code::Observed, Error> {
        whichever!(self, account => account.update_code(phone, code, message, format, mandate).await)
    }

    async fn delete_code(&self, phone: &str, code: &Code, mandate: Mandate<'_>) -> Result<Deleted, Error> {
        whichever!(self, account => account.delete_code(phone, code, mandate).await)
    }
}

impl Templates for Provider {
    async fn list_templates(&self, read: Read) -> Result<Listing<template::Observed>, Error> {
        whichever!(self, account => account.list_templates(read).await)
    }

    async fn read_template(&self, which: Which<'_>, read: Read) -> Result<Option<template::Observed>, Error> {
        whichever!(self, account => account.read_template(which, read).await)
    }

    fn reading_takes(&self, templates: usize, lane: Lane) -> Duration {
        whichever!(self, account => account.reading_takes(templates, lane))
    }

    async fn prepare(&self, desired: &Desired, read: Read) -> Result<Attachments, Error> {
        whichever!(self, account => account.prepare(desired, read).await)
    }

    async fn create_template(
        &self,
        desired: &Desired,
        attachments: &Attachments,
        mandate: Mandate<'_>,
    ) -> Result<Accepted, Error> {
        whichever!(self, account => account.create_template(desired, attachments, mandate).await)
    }

    async fn edit_template(
        &self,
        known: &template::Observed,
        desired: &Desired,
        attachments: &Attachments,
        mandate: Mandate<'_>,
    ) -> Result<Accepted, Error> {
        whichever!(self, account => account.edit_template(known, desired, attachments, mandate).await)
    }

    async fn set_category_change_paused(
        &self,
        known: &template::Observed,
        paused: bool,
        mandate: Mandate<'_>,
    ) -> Result<(), Error> {
        whichever!(self, account => account.set_category_change_paused(known, paused, mandate).await)
    }

    async fn delete_template(
        &self,
        known: &template::Observed,
        mandate: Mandate<'_>,
    ) -> Result<Deleted, Error> {
        whichever!(self, account => account.delete_template(known, mandate).await)
    }

    async fn unpause_template(&self, known: &template::Observed, mandate: Mandate<'_>) -> Result<(), Error> {
        whichever!(self, account => account.unpause_template(known, mandate).await)
    }

    async fn archive_template(&self, known: &template::Observed, mandate: Mandate<'_>) -> Result<(), Error> {
        whichever!(self, account => account.archive_template(known, mandate).await)
    }

    async fn unarchive_template(
        &self,
        known: &template::Observed,
        mandate: Mandate<'_>,
    ) -> Result<(), Error> {
        whichever!(self, account => account.unarchive_template(known, mandate).await)
    }
}
