//! An account that can be called, as the loop uses it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::api::WhatsAppAccountSpec;
use crate::provider::Provider;
use crate::provider::accounts::{
    Accounts, Codes, Connected, Entry, Fingerprint, OpenAccount, Patience, TextLock,
};
use crate::provider::budget::{Budget, Lane};
use crate::provider::error::{Class, Error, Verdict};
use crate::provider::inventory::{Inventory, TemplateLister};
use crate::provider::session::{Session, Ways, limits};
use crate::qr_code::Phone;

use super::driver::read;
use super::object::AccountObject;

/// Every account that is open, and the ways to open one.
#[derive(Debug)]
pub(super) struct Remotes {
    ways: Ways,
    accounts: Arc<Accounts<Provider>>,
}

impl Remotes {
    pub(super) fn new(ways: Ways, patience: Patience) -> Self {
        Self { ways, accounts: Arc::new(Accounts::new(patience)) }
    }

    pub(super) fn budgets(&self) -> Vec<(String, Budget)> {
        self.accounts.budgets()
    }

    /// Opens an account. The provider is asked whose it is, where the manifest does not say.
    pub(super) async fn open(
        &self,
        account: &AccountObject,
        secret: Option<&BTreeMap<String, Vec<u8>>>,
    ) -> Result<Remote, Error> {
        let name = account.key.object();
        if is_ambient(&account.spec) && !self.ways.has_ambient_for(&account.key.namespace) {
            return Err(Error::new("Open", "Credentials.Ambient", AMBIENT));
        }
        let limits = limits(&account.spec);
        let alone = Budget::new(limits.clone());
        let session = Session::open(&account.spec, secret, &name, &self.ways, alone)?;
        let identity = session.identify(read(Lane::UserEdit)).await?;
        let quota = session.quota(Lane::UserEdit).await;
        let entry = Entry { fingerprint: Fingerprint::of(&account.spec, secret), quota, limits, name };
        let connect = |budget| async move { Ok(Connected { identity, ..session.spending(budget).into() }) };
        let open = self.accounts.connect(entry, connect).await?;
        Ok(Remote { open, accounts: Arc::clone(&self.accounts), lines: Arc::default() })
    }
}

const AMBIENT: Verdict = Verdict::refused(
    Class::Credentials,
    "this namespace may not use the operator's own credentials; refer to a Secret, or let the operator's \
     --ambient-credentials-namespace name it",
);

fn is_ambient(spec: &WhatsAppAccountSpec) -> bool {
    let alibaba = spec.alibaba.as_ref().map(|account| &account.credentials);
    let credentials = alibaba.or_else(|| spec.meta.as_ref().map(|account| &account.credentials));
    // Without a Secret it is the environment, whether that was written or not.
    credentials.is_some_and(|credentials| credentials.secret_ref.is_none())
}

/// An account that can be called. Clones are the same one.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    open: OpenAccount<Provider>,
    accounts: Arc<Accounts<Provider>>,
    /// What calls name phone numbers by: it never changes.
    lines: Arc<Mutex<HashMap<Phone, String>>>,
}

impl Remote {
    pub(super) fn identity(&self) -> &str {
        self.open.identity().as_str()
    }

    pub(super) fn provider(&self) -> &Provider {
        self.open.provider()
    }

    pub(super) fn warnings(&self) -> &[String] {
        self.open.warnings()
    }

    pub(super) fn codes(&self, phone: &str) -> Codes<Provider> {
        self.open.codes(phone)
    }

    pub(super) fn all_codes(&self) -> Vec<(String, Codes<Provider>)> {
        self.open.all_codes()
    }

    pub(super) fn templates(&self) -> Inventory<TemplateLister<Provider>> {
        self.open.templates()
    }

    /// Waits for the right to make this at this account; who came first goes first.
    pub(super) async fn lock(&self, place: &str, what: &str) -> TextLock {
        self.accounts.lock(self.open.identity(), place, what).await
    }

    pub(super) fn known_line(&self, phone: &Phone) -> Option<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).get(phone).cloned()
    }

    pub(super) fn remember_line(&self, phone: &Phone, key: &str) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.insert(phone.clone(), key.to_owned());
    }
}
