//! An account at Alibaba Cloud as the neutral face shows it.

use super::client::Client;
use super::operation::{self, Operation};
use super::wire::{template_page, templates as wire};
use crate::provider::budget::{Budget, Lane, Permit};
use crate::provider::capabilities::{self, Capabilities};
use crate::provider::error::{Class, Error, Verdict};
use crate::provider::face::{Account, Change, Connection, Line, Read};
use crate::qr_code::Phone;

/// An account, or one customer's space in it.
#[derive(Clone, Debug)]
pub struct Alibaba {
    pub(super) client: Client,
    cust_space_id: Option<String>,
}

impl Alibaba {
    /// The space is part of every call; without one the account's own is meant.
    pub fn new(client: Client, cust_space_id: Option<&str>) -> Self {
        Self { client, cust_space_id: cust_space_id.map(str::to_owned) }
    }

    /// The same with another budget to spend from.
    #[must_use]
    pub fn spending(self, budget: Budget) -> Self {
        Self { client: self.client.spending(budget), ..self }
    }

    /// The client behind it.
    pub fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn space(&self) -> Option<&str> {
        self.cust_space_id.as_deref()
    }
}

fn operation(change: Change) -> &'static Operation {
    match change {
        Change::CreateCode => &operation::CREATE_QR_CODE,
        Change::UpdateCode => &operation::UPDATE_QR_CODE,
        Change::DeleteCode => &operation::DELETE_QR_CODE,
        Change::CreateTemplate => &operation::CREATE_TEMPLATE,
        Change::DeleteTemplate => &operation::DELETE_TEMPLATE,
        Change::SetTemplate => &operation::MODIFY_TEMPLATE_PROPERTIES,
        // The last three are refused before anything is sent; whatever permit they hold returns unspent.
        Change::EditTemplate
        | Change::UnpauseTemplate
        | Change::ArchiveTemplate
        | Change::UnarchiveTemplate => &operation::MODIFY_TEMPLATE,
    }
}

impl Account for Alibaba {
    fn capabilities(&self) -> &'static Capabilities {
        &capabilities::ALIBABA
    }

    async fn permit(&self, change: Change, lane: Lane) -> Permit {
        self.client.budget().acquire(operation(change).name, lane).await
    }

    async fn verify(&self, read: Read) -> Result<Connection, Error> {
        let smallest = wire::list(self.space(), 1, 1);
        let list = &operation::LIST_TEMPLATES;
        let answer = self.client.read(list, &smallest, read.lane, read.deadline).await?;
        template_page(&answer).map_err(|why| Error::unreadable(list.name, &why))?;
        Ok(Connection::Works)
    }

    async fn whoami(&self, read: Read) -> Result<Option<String>, Error> {
        self.client.account_id(read).await.map(Some)
    }

    /// Numbers are their own keys. Whether one belongs to the space shows in the first call about it.
    async fn resolve(&self, phone: &Phone, _: Read) -> Result<Line, Error> {
        match phone {
            Phone::Number(number) => {
                Ok(Line { key: number.clone(), number: Some(number.clone()), verified: None })
            }
            Phone::Id(_) => Err(Error::new("Resolve", "Phone.NoIds", NO_IDS)),
        }
    }

    /// None of the calls that we know of lists them.
    async fn lines(&self, _: Read) -> Result<Option<Vec<Line>>, Error> {
        Ok(None)
    }
}

const NO_IDS: Verdict =
    Verdict::refused(Class::Terminal, "Alibaba has no ids for phone numbers; write phoneNumber instead");
