//! The accounts that are open, and what they share.
//!
//! | belongs to | what | when it is made anew |
//! |---|---|---|
//! | a WhatsAppAccount | its session | when its Secret or its connection changes |
//! | an identity, however many accounts point at it | inventories, locks of texts | when nobody held it any more |
//! | a quota of the provider | the budget, under the strictest limits of those that share it | never |

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex as TextMutex, OwnedMutexGuard};

use super::budget::{Budget, Limit};
use super::either::Provider;
use super::error::Error;
use super::face::AnyProvider;
use super::inventory::{Callers, CodeLister, Inventory, TemplateLister};
use super::quota::{Quota, Share};
use super::session::{Identity, Session};
use crate::api::WhatsAppAccountSpec;
use crate::registry::Registry;

/// All accounts that are open.
#[derive(Debug)]
pub struct Accounts<P: AnyProvider> {
    patience: Patience,
    open: Mutex<BTreeMap<String, Weak<Opened<P>>>>,
    identities: Registry<Identity, Shared<P>>,
    /// Few, and kept: their providers count on while nobody is there.
    quotas: Mutex<BTreeMap<String, Arc<Quota>>>,
    texts: Registry<(Identity, String, String), TextMutex<()>>,
}

/// How lists are judged ([`Rules`](super::inventory::Rules)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long a provider's lists may lag behind its answers.
    pub settle: Duration,
    /// How long lists must agree before a great loss is believed.
    pub drift: Duration,
}

/// An account to open.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The object: `shop/main`.
    pub name: String,
    /// What its session is made from.
    pub fingerprint: Fingerprint,
    /// The provider's quota that it spends from.
    pub quota: String,
    /// The limits of that quota, lowered by the account's own.
    pub limits: Vec<Limit>,
}

/// What a session is made from, as a hash: connection, limits and Secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of an account and what its Secret holds, if it refers to one.
    pub fn of(spec: &WhatsAppAccountSpec, secret: Option<&BTreeMap<String, Vec<u8>>>) -> Self {
        let connection = (&spec.alibaba, &spec.meta, &spec.limits);
        let connection = serde_json::to_vec(&connection).unwrap_or_default();
        let pairs = secret.into_iter().flatten().flat_map(|(name, value)| [name.as_bytes(), value]);
        let mut hash = Sha256::new();
        for part in std::iter::once(connection.as_slice()).chain(pairs) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// A short secret could be guessed from its hash.
impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(***)")
    }
}

/// What connecting brings.
#[derive(Clone, Debug)]
pub struct Connected<P> {
    /// Who the account is.
    pub identity: Identity,
    /// What can be called.
    pub provider: P,
    /// What people should know of its credentials.
    pub warnings: Vec<String>,
}

impl From<Session> for Connected<Provider> {
    fn from(session: Session) -> Self {
        let Session { identity, provider, warnings, .. } = session;
        Self { identity, provider, warnings }
    }
}

/// What all accounts of an identity share.
#[derive(Debug)]
struct Shared<P: AnyProvider> {
    callers: Arc<Callers<P>>,
    codes: Mutex<BTreeMap<String, Codes<P>>>,
    templates: Inventory<TemplateLister<P>>,
}

/// The inventory of a phone number's codes.
pub type Codes<P> = Inventory<CodeLister<P>>;

/// An open account. Clones are the same one; what it shares lives as long as somebody holds one.
#[derive(Debug)]
pub struct OpenAccount<P: AnyProvider>(Arc<Opened<P>>);

impl<P: AnyProvider> Clone for OpenAccount<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct Opened<P: AnyProvider> {
    fingerprint: Fingerprint,
    quota: String,
    identity: Identity,
    provider: Arc<P>,
    warnings: Vec<String>,
    share: Share,
    patience: Patience,
    shared: Arc<Shared<P>>,
}

/// The right to create, for as long as it is held, a code with this text on this phone number: of the same text twice
/// the second creator sees what the first one made (claims.md 1).
#[derive(Debug)]
#[must_use = "dropped, it lets the next one go"]
pub struct TextLock {
    _held: OwnedMutexGuard<()>,
}

impl<P: AnyProvider> Accounts<P> {
    /// Nothing is open yet.
    pub fn new(patience: Patience) -> Self {
        Self {
            patience,
            open: Mutex::default(),
            identities: Registry::default(),
            quotas: Mutex::default(),
            texts: Registry::default(),
        }
    }

    /// The account as it is open already, or connected now. Let go of an account after its successor is open: what
    /// the two share then lives on.
    pub async fn connect<F>(
        &self,
        entry: Entry,
        connect: impl FnOnce(Budget) -> F,
    ) -> Result<OpenAccount<P>, Error>
    where
        F: Future<Output = Result<Connected<P>, Error>>,
    {
        if let Some(known) = self.known(&entry) {
            return Ok(known);
        }
        let Entry { name, fingerprint, quota, limits } = entry;
        let share = self.quota(&quota).join(limits);
        let Connected { identity, provider, warnings } = connect(share.budget().clone()).await?;
        let patience = self.patience;
        let shared = self.identities.of(identity.clone(), || Shared::new(patience));
        let provider = Arc::new(provider);
        shared.callers.admit(&provider);
        let opened =
            Arc::new(Opened { fingerprint, quota, identity, provider, warnings, share, patience, shared });
        let mut open = self.open();
        open.retain(|_, opened| opened.strong_count() > 0);
        open.insert(name, Arc::downgrade(&opened));
        Ok(OpenAccount(opened))
    }

    /// Waits for the right to create this text; who came first goes first.
    pub async fn lock(&self, identity: &Identity, phone: &str, text: &str) -> TextLock {
        let key = (identity.clone(), phone.to_owned(), text.to_owned());
        TextLock { _held: self.texts.of(key, TextMutex::default).lock_owned().await }
    }

    /// The budget of each quota that an account was opened under, with the provider's name.
    pub fn budgets(&self) -> Vec<(String, Budget)> {
        let quotas = self.quotas.lock().unwrap_or_else(PoisonError::into_inner);
        // Quotas are named after identities: `meta/102290129340398`.
        let provider = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
        quotas.iter().map(|(name, quota)| (provider(name), quota.budget().clone())).collect()
    }

    fn quota(&self, name: &str) -> Arc<Quota> {
        let mut quotas = self.quotas.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(quotas.entry(name.to_owned()).or_default())
    }

    /// The account of this name, if it is open and was made from the same.
    fn known(&self, entry: &Entry) -> Option<OpenAccount<P>> {
        let opened = self.open().get(&entry.name)?.upgrade()?;
        let same = opened.fingerprint == entry.fingerprint && opened.quota == entry.quota;
        same.then_some(OpenAccount(opened))
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<String, Weak<Opened<P>>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: AnyProvider> Shared<P> {
    fn new(patience: Patience) -> Self {
        let callers = Arc::new(Callers::default());
        let rules = TemplateLister::<P>::rules(patience.settle, patience.drift);
        let templates = Inventory::new(rules, TemplateLister::new(Arc::clone(&callers)));
        Self { callers, codes: Mutex::default(), templates }
    }
}

impl<P: AnyProvider> OpenAccount<P> {
    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// What can be called, with its own credentials.
    pub fn provider(&self) -> &P {
        &self.0.provider
    }

    /// What it spends from.
    pub fn budget(&self) -> &Budget {
        self.0.share.budget()
    }

    /// What people should know of its credentials.
    pub fn warnings(&self) -> &[String] {
        &self.0.warnings
    }

    /// The codes of a phone number, by [`Line::key`](super::face::Line::key).
    pub fn codes(&self, phone: &str) -> Codes<P> {
        let (shared, patience) = (&self.0.shared, self.0.patience);
        let mut codes = shared.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let inventory = codes.entry(phone.to_owned()).or_insert_with(|| {
            let capabilities = self.0.provider.capabilities();
            let rules = CodeLister::<P>::rules(patience.settle, patience.drift, capabilities);
            Inventory::new(rules, CodeLister::new(Arc::clone(&shared.callers), phone))
        });
        inventory.clone()
    }

    /// The codes of every phone number that somebody asked for.
    pub fn all_codes(&self) -> Vec<(String, Codes<P>)> {
        let codes = self.0.shared.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.iter().map(|(phone, codes)| (phone.clone(), codes.clone())).collect()
    }

    /// The templates of the account.
    pub fn templates(&self) -> Inventory<TemplateLister<P>> {
        self.0.shared.templates.clone()
    }
}
