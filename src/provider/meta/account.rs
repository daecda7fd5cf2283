//! A WhatsApp Business account at Meta as the neutral face shows it.

use std::fmt;
use std::sync::Arc;

use super::client::Client;
use super::media::Uploads;
use super::operation::{self, Operation};
use crate::provider::budget::{Budget, Lane, Permit};
use crate::provider::capabilities::{self, Capabilities};
use crate::provider::error::{Class, Error, Verdict};
use crate::provider::face::{Account, Change, Connection, Line, Read};
use crate::provider::samples::SampleSource;
use crate::qr_code::Phone;

/// A business account, or only the phone numbers of one.
#[derive(Clone)]
pub struct Meta {
    pub(super) client: Client,
    waba: Option<String>,
    pub(super) uploads: Option<Arc<Uploads>>,
    pub(super) samples: Arc<dyn SampleSource>,
}

impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meta").field("client", &self.client).field("waba", &self.waba).finish_non_exhaustive()
    }
}

impl Meta {
    /// Templates and look-ups of phone numbers need the id of the business account; media headers need that of the
    /// app, and somebody to fetch the samples.
    pub fn new(
        client: Client,
        waba: Option<&str>,
        app_id: Option<&str>,
        samples: Arc<dyn SampleSource>,
    ) -> Self {
        let uploads = app_id.map(|app_id| Arc::new(Uploads::new(app_id)));
        Self { client, waba: waba.map(str::to_owned), uploads, samples }
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

    pub(super) fn version(&self) -> &str {
        self.client.graph_version()
    }

    /// The business account, for calls that cannot do without.
    pub(super) fn waba(&self, operation: &'static Operation) -> Result<&str, Error> {
        self.waba.as_deref().ok_or_else(|| Error::new(operation.name, "Account.NoBusinessAccount", NO_WABA))
    }

    pub(super) fn waba_if_any(&self) -> Option<&str> {
        self.waba.as_deref()
    }
}

fn operation(change: Change) -> &'static Operation {
    match change {
        Change::CreateCode => &operation::CREATE_QR_CODE,
        Change::UpdateCode => &operation::UPDATE_QR_CODE,
        Change::DeleteCode => &operation::DELETE_QR_CODE,
        Change::CreateTemplate => &operation::CREATE_TEMPLATE,
        Change::DeleteTemplate => &operation::DELETE_TEMPLATE,
        // The second is refused before anything is sent; its permit returns unspent.
        Change::EditTemplate | Change::SetTemplate => &operation::EDIT_TEMPLATE,
        Change::UnpauseTemplate => &operation::UNPAUSE_TEMPLATE,
        Change::ArchiveTemplate => &operation::ARCHIVE_TEMPLATES,
        Change::UnarchiveTemplate => &operation::UNARCHIVE_TEMPLATES,
    }
}

impl Account for Meta {
    fn capabilities(&self) -> &'static Capabilities {
        &capabilities::META
    }

    async fn permit(&self, change: Change, lane: Lane) -> Permit {
        self.client.budget().acquire(operation(change).name, lane).await
    }

    async fn verify(&self, read: Read) -> Result<Connection, Error> {
        match self.waba {
            Some(_) => self.phone_numbers_page(None, read).await.map(|_| Connection::Works),
            None => Ok(Connection::Untried),
        }
    }

    /// A manifest names the business account or the phone's id, and neither depends on whose the token is.
    async fn whoami(&self, _: Read) -> Result<Option<String>, Error> {
        Ok(None)
    }

    async fn resolve(&self, phone: &Phone, read: Read) -> Result<Line, Error> {
        self.find_phone(phone, read).await
    }

    async fn lines(&self, read: Read) -> Result<Option<Vec<Line>>, Error> {
        match self.waba {
            Some(_) => self.phones(read).await.map(Some),
            None => Ok(None),
        }
    }
}

/// An answer that means "not there, or not yours", in a call about the business account itself: that it is gone is
/// the unlikely half, and nothing may be taken for absent because of it.
pub(super) fn about_the_business_account(error: Error) -> Error {
    hidden(
        error,
        "the token may not see this WhatsApp Business Account; check businessAccountId, and give the system \
        user access to it",
    )
}

/// The same in a call about a phone number.
pub(super) fn about_the_phone(error: Error) -> Error {
    hidden(
        error,
        "the token may not see this phone number; check it, and give the system user access to its \
        WhatsApp Business Account",
    )
}

fn hidden(error: Error, advice: &'static str) -> Error {
    match error.class {
        Class::NotFound { .. } => Error { class: Class::Slow, advice: advice.into(), ..error },
        _ => error,
    }
}

const NO_WABA: Verdict = Verdict::refused(
    Class::Terminal,
    "the account has no businessAccountId, which templates and look-ups of phone numbers need; add it",
);
