//! A store in memory that counts what is written to it.

#[macro_use]
#[path = "beneath.rs"]
mod beneath;

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use waops::api::WhatsAppAccountStatus;
use waops::engine::object::{AccountObject, Object, Status};
use waops::engine::store::{Hold, Store, StoreError};
use waops::plan::facts::Key;
use waops::store::Memory;

#[derive(Debug)]
pub(crate) struct Counted {
    memory: Memory,
    writes: AtomicUsize,
}

impl Counted {
    pub(crate) fn new(memory: Memory) -> Self {
        Self { memory, writes: AtomicUsize::new(0) }
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The writes since this was last asked.
    pub(crate) fn writes(&self) -> usize {
        self.writes.swap(0, Relaxed)
    }

    fn write(&self) -> &Memory {
        self.writes.fetch_add(1, Relaxed);
        &self.memory
    }
}

impl Store for Counted {
    beneath! { memory: installation read objects accounts cause secret labels }

    async fn hold(&self, key: &Key, version: &str, hold: Hold<'_>) -> Result<Option<Object>, StoreError> {
        self.write().hold(key, version, hold).await
    }

    async fn report(&self, key: &Key, version: &str, status: &Status) -> Result<Object, StoreError> {
        self.write().report(key, version, status).await
    }

    async fn report_account(
        &self,
        key: &Key,
        version: &str,
        status: &WhatsAppAccountStatus,
    ) -> Result<AccountObject, StoreError> {
        self.write().report_account(key, version, status).await
    }

    async fn hold_account(
        &self,
        key: &Key,
        version: &str,
        held: bool,
    ) -> Result<Option<AccountObject>, StoreError> {
        self.write().hold_account(key, version, held).await
    }
}
