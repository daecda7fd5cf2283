//! What the engine sees of a store in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Memory;
use crate::api::WhatsAppAccountStatus;
use crate::engine::object::{AccountObject, Object, Spec, Status};
use crate::engine::store::{Hold, Store, StoreError};
use crate::plan::claim::Written;
use crate::plan::facts::{Cause, Deleting, Key};

impl Store for Memory {
    fn installation(&self) -> &str {
        &self.0.installation
    }

    fn changes(&self) -> Option<u64> {
        Some(self.version())
    }

    async fn read(&self, key: &Key) -> Result<Option<Object>, StoreError> {
        Ok(self.object(key).map(Arc::unwrap_or_clone))
    }

    async fn objects(&self) -> Result<Vec<Object>, StoreError> {
        Ok(self.all().1.into_iter().map(Arc::unwrap_or_clone).collect())
    }

    async fn accounts(&self) -> Result<Vec<AccountObject>, StoreError> {
        Ok(self.all().0.into_iter().map(Arc::unwrap_or_clone).collect())
    }

    async fn hold(&self, key: &Key, version: &str, hold: Hold<'_>) -> Result<Option<Object>, StoreError> {
        let mut state = self.state();
        let was = state.based(key, version)?;
        let mut object = was.clone();
        (object.annotation, object.meta.held) = match hold {
            Hold::Claim(claim) => (Written::Says(Arc::new(claim.clone())), true),
            Hold::Nothing => (Written::Missing, false),
        };
        if object == was {
            return Ok(Some(was));
        }
        Ok(state.put(object).map(Arc::unwrap_or_clone))
    }

    async fn report(&self, key: &Key, version: &str, status: &Status) -> Result<Object, StoreError> {
        let mut state = self.state();
        let was = state.based(key, version)?;
        let mut object = was.clone();
        match (&mut object.spec, status) {
            (Spec::QrCode(_, written), Status::QrCode(status)) => written.clone_from(status),
            (Spec::Template(_, written), Status::Template(status)) => written.clone_from(status),
            (Spec::Garbled(garbled), status) => garbled.status.clone_from(status),
            _ => return Err(StoreError::Refused(format!("the status of another kind was written to {key}"))),
        }
        if object == was {
            return Ok(was);
        }
        state.put(object).map(Arc::unwrap_or_clone).ok_or(StoreError::Gone)
    }

    async fn report_account(
        &self,
        key: &Key,
        version: &str,
        status: &WhatsAppAccountStatus,
    ) -> Result<AccountObject, StoreError> {
        let mut state = self.state();
        let was = state.account_at(key, version)?;
        if was.status == *status {
            return Ok(was);
        }
        let account = AccountObject { status: status.clone(), ..was };
        state.put_account(account).map(Arc::unwrap_or_clone).ok_or(StoreError::Gone)
    }

    async fn hold_account(
        &self,
        key: &Key,
        version: &str,
        held: bool,
    ) -> Result<Option<AccountObject>, StoreError> {
        let mut state = self.state();
        let mut account = state.account_at(key, version)?;
        if account.meta.held == held {
            return Ok(Some(account));
        }
        account.meta.held = held;
        Ok(state.put_account(account).map(Arc::unwrap_or_clone))
    }

    async fn cause(&self, _: &Key, deleting: Deleting) -> Result<Cause, StoreError> {
        Ok(deleting.cause)
    }

    async fn secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<BTreeMap<String, Vec<u8>>>, StoreError> {
        Ok(self.state().secrets.get(&(namespace.to_owned(), name.to_owned())).cloned())
    }

    async fn labels(&self, namespace: &str) -> Result<Option<BTreeMap<String, String>>, StoreError> {
        Ok(self.state().labels.get(namespace).cloned())
    }
}
