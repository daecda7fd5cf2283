//! Whose the credentials are, for accounts that name no space.

use std::sync::{Arc, Mutex, PoisonError};

use super::client::Client;
use super::operation::GET_CALLER_IDENTITY;
use super::wire;
use crate::provider::error::Error;
use crate::provider::face::Read;

/// What was found out last: a key never moves to another account, so while the key stays nobody is asked again.
#[derive(Clone, Debug, Default)]
pub(super) struct Caller(Arc<Mutex<Option<Known>>>);

#[derive(Clone, Debug)]
struct Known {
    key: String,
    account: String,
}

impl Caller {
    fn of(&self, key: &str) -> Option<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|known| known.key == key).map(|known| known.account.clone())
    }

    fn keep(&self, key: String, account: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known { key, account });
    }
}

impl Client {
    /// The id of the Alibaba Cloud account that the credentials belong to, asked for again once they are others
    /// (claims.md 16).
    pub async fn account_id(&self, read: Read) -> Result<String, Error> {
        let key = self.credentials.keys(read.deadline).await?.id;
        if let Some(account) = self.caller.of(&key) {
            return Ok(account);
        }
        let answer = self.read(&GET_CALLER_IDENTITY, &[], read.lane, read.deadline).await?;
        let account =
            wire::account_id(&answer).map_err(|why| Error::unreadable(GET_CALLER_IDENTITY.name, &why))?;
        // Keys that were renewed meanwhile may have been the ones that were asked about.
        if self.credentials.keys(read.deadline).await?.id == key {
            self.caller.keep(key, account.clone());
        }
        Ok(account)
    }
}
