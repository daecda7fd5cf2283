//! A store in memory that counts what is written to it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use waops::api::WhatsAppAccountStatus;
use waops::engine::object::{AccountObject, Object, Status};
use waops::engine::store::{Hold, Store, StoreError};
use waops::plan::facts::{Cause, Deleting, Key};
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
    fn installation(&self) -> &str {
        self.memory.installation()
    }

    async fn read(&self, key: &Key) -> Result<Option<Object>, StoreError> {
        self.memory.read(key).await
    }

    async fn objects(&self) -> Result<Vec<Object>, StoreError> {
        self.memory.objects().await
    }

    async fn accounts(&self) -> Result<Vec<AccountObject>, StoreError> {
        self.memory.accounts().await
    }

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

    async fn cause(&self, key: &Key, deleting: Deleting) -> Result<Cause, StoreError> {
        self.memory.cause(key, deleting).await
    }

    async fn secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<BTreeMap<String, Vec<u8>>>, StoreError> {
        self.memory.secret(namespace, name).await
    }

    async fn labels(&self, namespace: &str) -> Result<Option<BTreeMap<String, String>>, StoreError> {
        self.memory.labels(namespace).await
    }
}
