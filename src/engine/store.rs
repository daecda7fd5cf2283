//! Where claims live: in custom resources, in a file, or in memory.

use std::collections::BTreeMap;
use std::future::Future;

use super::object::{AccountObject, Object, Status};
use crate::api::{Claim, WhatsAppAccountStatus};
use crate::plan::facts::{Cause, Deleting, Key};

/// Why a store did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else wrote meanwhile: read again, plan again.
    #[error("somebody else changed it meanwhile")]
    Conflict,
    /// The object is not there any more.
    #[error("it is not there any more")]
    Gone,
    /// The store will not, ever: what is missing, and what to do.
    #[error("{0}")]
    Refused(String),
    /// The store cannot, now; whether it wrote is unknown.
    #[error("{0}")]
    Unavailable(String),
}

/// What is written of an object's own half: the annotation and the finalizer. The status is the other half.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hold<'a> {
    /// This claim, and the finalizer that holds the object.
    Claim(&'a Claim),
    /// Neither claim nor finalizer: the object is let go.
    Nothing,
}

/// What changed in a store. Each tells how things stand now, so of several changes only the last need be told.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// An object is there, like this.
    Object(Box<Object>),
    /// An object is not there any more.
    Gone(Key),
    /// An account is there, like this, or what it refers to changed.
    Account(Box<AccountObject>),
    /// An account is not there any more.
    AccountGone(Key),
}

/// Where claims live. Every write names the version it is based on and fails with [`StoreError::Conflict`] on another
/// one. Reads are never answered from a cache.
pub trait Store: Send + Sync + 'static {
    /// The id of this installation.
    fn installation(&self) -> &str;

    /// Whether what is in this namespace is seen at all.
    fn sees(&self, _namespace: &str) -> bool {
        true
    }

    /// One object.
    fn read(&self, key: &Key) -> impl Future<Output = Result<Option<Object>, StoreError>> + Send;

    /// Counts its changes, where they all go through this process: at one count nothing needs to be read twice.
    fn changes(&self) -> Option<u64> {
        None
    }

    /// Every object that may hold a claim, those that cannot be read included (claims.md 5).
    fn objects(&self) -> impl Future<Output = Result<Vec<Object>, StoreError>> + Send;

    /// The same, a part at a time where that is how the store has them.
    fn each(
        &self,
        mut part: impl FnMut(Vec<Object>) + Send,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        async move {
            part(self.objects().await?);
            Ok(())
        }
    }

    /// Every account.
    fn accounts(&self) -> impl Future<Output = Result<Vec<AccountObject>, StoreError>> + Send;

    /// Writes an object's own half; what is there afterwards. An object that goes and is let go ends with this: then
    /// it is none.
    fn hold(
        &self,
        key: &Key,
        version: &str,
        hold: Hold<'_>,
    ) -> impl Future<Output = Result<Option<Object>, StoreError>> + Send;

    /// Writes its status, the claim in it included; what is there afterwards.
    fn report(
        &self,
        key: &Key,
        version: &str,
        status: &Status,
    ) -> impl Future<Output = Result<Object, StoreError>> + Send;

    /// Writes the status of an account.
    fn report_account(
        &self,
        key: &Key,
        version: &str,
        status: &WhatsAppAccountStatus,
    ) -> impl Future<Output = Result<AccountObject, StoreError>> + Send;

    /// Puts our finalizer on an account, or takes it off; what is there afterwards. An account that goes and is let go
    /// ends with this: then it is none.
    fn hold_account(
        &self,
        key: &Key,
        version: &str,
        held: bool,
    ) -> impl Future<Output = Result<Option<AccountObject>, StoreError>> + Send;

    /// Why an object or an account goes, asked only of those that do.
    fn cause(&self, key: &Key, deleting: Deleting) -> impl Future<Output = Result<Cause, StoreError>> + Send;

    /// What a Secret holds; none where there is none.
    fn secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> impl Future<Output = Result<Option<BTreeMap<String, Vec<u8>>>, StoreError>> + Send;

    /// Labels of a namespace, for `allowedNamespaces.selector`; none where there is no such namespace.
    fn labels(
        &self,
        namespace: &str,
    ) -> impl Future<Output = Result<Option<BTreeMap<String, String>>, StoreError>> + Send;
}
