//! An account as somebody wrote it down: a provider that answers from a record, and can be asked nothing else. Plans
//! are made against it where there are no credentials.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::attempt::Mandate;
use super::budget::{Budget, Lane, Permit};
use super::capabilities::{ALIBABA, Capabilities, META};
use super::error::Error;
use super::face::{
    Account, Attachments, Change, Connection, Deleted, Line, Listing, QrCodes, Read, Templates, Which,
    unsupported,
};
use crate::api::{ImageFormat, WhatsAppAccountSpec};
use crate::qr_code::{self, Code, Phone};
use crate::template::{self, Accepted, Desired, same_language};

/// What accounts hold, by their identity.
#[derive(Debug, Default)]
pub struct Record {
    /// What is known of each.
    pub accounts: BTreeMap<String, Holdings>,
    /// The identities of accounts, by their names, where they were found out before.
    pub identities: BTreeMap<String, String>,
}

impl Record {
    /// Who the account of this name is. `identity` is what its manifest says: where that is no more than a name, it may
    /// have been found out whose the credentials are.
    pub fn identity<'a>(&'a self, name: &str, identity: &'a str) -> &'a str {
        let known = self.identities.get(name).filter(|_| owner(identity).is_some());
        known.map_or(identity, String::as_str)
    }
}

/// What one account holds.
#[derive(Debug, Default)]
pub struct Holdings {
    /// Its codes, by what calls name the phone number by.
    pub codes: BTreeMap<String, Vec<qr_code::Observed>>,
    /// Its templates.
    pub templates: Vec<template::Observed>,
    /// What calls name phone numbers by.
    pub lines: HashMap<Phone, String>,
}

/// One account of a record.
#[derive(Clone, Debug)]
pub struct Recorded {
    record: Arc<Record>,
    identity: Option<String>,
    capabilities: &'static Capabilities,
    budget: Budget,
}

impl Recorded {
    /// The account of this name. `identity` is what its manifest says, where no record does.
    pub(super) fn new(
        record: Arc<Record>,
        spec: &WhatsAppAccountSpec,
        name: &str,
        identity: &str,
        budget: Budget,
    ) -> Self {
        let capabilities = if spec.alibaba.is_some() { &ALIBABA } else { &META };
        let identity = Some(record.identity(name, identity).to_owned());
        Self { record, identity, capabilities, budget }
    }

    fn holdings(&self) -> Option<&Holdings> {
        self.record.accounts.get(self.identity.as_deref()?)
    }

    fn codes(&self, phone: &str) -> &[qr_code::Observed] {
        self.holdings().and_then(|holdings| holdings.codes.get(phone)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Whose the credentials are, in an identity that only they tell.
fn owner(identity: &str) -> Option<&str> {
    identity.strip_prefix("alibaba/account:")
}

fn all<T: Clone>(items: &[T]) -> Listing<T> {
    Listing { started: Instant::now(), items: items.to_vec(), complete: true }
}

impl Account for Recorded {
    fn capabilities(&self) -> &'static Capabilities {
        self.capabilities
    }

    async fn permit(&self, _: Change, lane: Lane) -> Permit {
        self.budget.acquire("Recorded", lane).await
    }

    async fn verify(&self, _: Read) -> Result<Connection, Error> {
        Ok(Connection::Untried)
    }

    async fn whoami(&self, _: Read) -> Result<Option<String>, Error> {
        let owner = self.identity.as_deref().and_then(owner);
        // A name with a slash stands for an owner whom nobody has found out.
        Ok(owner.filter(|owner| !owner.contains('/')).map(str::to_owned))
    }

    async fn resolve(&self, phone: &Phone, _: Read) -> Result<Line, Error> {
        let (Phone::Number(digits) | Phone::Id(digits)) = phone;
        let known = self.holdings().and_then(|holdings| holdings.lines.get(phone));
        Ok(Line { key: known.unwrap_or(digits).clone(), number: None, verified: None })
    }

    /// A record names the phone numbers of its own objects, which need not be all.
    async fn lines(&self, _: Read) -> Result<Option<Vec<Line>>, Error> {
        Ok(None)
    }
}

impl QrCodes for Recorded {
    async fn list_codes(
        &self,
        phone: &str,
        _: ImageFormat,
        _: Read,
    ) -> Result<Listing<qr_code::Observed>, Error> {
        Ok(all(self.codes(phone)))
    }

    async fn new_codes(
        &self,
        phone: &str,
        _: ImageFormat,
        _: &(dyn Fn(&Code) -> bool + Sync),
        _: Read,
    ) -> Result<Listing<qr_code::Observed>, Error> {
        Ok(all(self.codes(phone)))
    }

    async fn find_code(
        &self,
        phone: &str,
        code: &Code,
        _: ImageFormat,
        _: Read,
    ) -> Result<Option<qr_code::Observed>, Error> {
        Ok(self.codes(phone).iter().find(|known| known.code == *code).cloned())
    }

    async fn create_code(
        &self,
        _: &str,
        _: &str,
        _: ImageFormat,
        _: Mandate<'_>,
    ) -> Result<qr_code::Observed, Error> {
        Err(unsupported(Change::CreateCode))
    }

    async fn update_code(
        &self,
        _: &str,
        _: &Code,
        _: &str,
        _: ImageFormat,
        _: Mandate<'_>,
    ) -> Result<qr_code::Observed, Error> {
        Err(unsupported(Change::UpdateCode))
    }

    async fn delete_code(&self, _: &str, _: &Code, _: Mandate<'_>) -> Result<Deleted, Error> {
        Err(unsupported(Change::DeleteCode))
    }
}

impl Templates for Recorded {
    async fn list_templates(&self, _: Read) -> Result<Listing<template::Observed>, Error> {
        Ok(all(self.holdings().map(|holdings| holdings.templates.as_slice()).unwrap_or_default()))
    }

    async fn read_template(&self, which: Which<'_>, _: Read) -> Result<Option<template::Observed>, Error> {
        let is_it = |known: &&template::Observed| match which.id {
            Some(id) => known.id == id,
            None => known.name == which.name && same_language(&known.language, which.language),
        };
        Ok(self.holdings().and_then(|holdings| holdings.templates.iter().find(is_it)).cloned())
    }

    fn reading_takes(&self, _: usize, _: Lane) -> Duration {
        Duration::ZERO
    }

    async fn prepare(&self, _: &Desired, _: Read) -> Result<Attachments, Error> {
        Err(unsupported(Change::CreateTemplate))
    }

    async fn create_template(&self, _: &Desired, _: &Attachments, _: Mandate<'_>) -> Result<Accepted, Error> {
        Err(unsupported(Change::CreateTemplate))
    }

    async fn edit_template(
        &self,
        _: &template::Observed,
        _: &Desired,
        _: &Attachments,
        _: Mandate<'_>,
    ) -> Result<Accepted, Error> {
        Err(unsupported(Change::EditTemplate))
    }

    async fn set_category_change_paused(
        &self,
        _: &template::Observed,
        _: bool,
        _: Mandate<'_>,
    ) -> Result<(), Error> {
        Err(unsupported(Change::SetTemplate))
    }

    async fn delete_template(&self, _: &template::Observed, _: Mandate<'_>) -> Result<Deleted, Error> {
        Err(unsupported(Change::DeleteTemplate))
    }

    async fn unpause_template(&self, _: &template::Observed, _: Mandate<'_>) -> Result<(), Error> {
        Err(unsupported(Change::UnpauseTemplate))
    }

    async fn archive_template(&self, _: &template::Observed, _: Mandate<'_>) -> Result<(), Error> {
        Err(unsupported(Change::ArchiveTemplate))
    }

    async fn unarchive_template(&self, _: &template::Observed, _: Mandate<'_>) -> Result<(), Error> {
        Err(unsupported(Change::UnarchiveTemplate))
    }
}
