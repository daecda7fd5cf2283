//! Where objects stand, as their statuses say: for who looks and plans nothing.

use std::collections::BTreeSet;

use futures::future::join_all;
use kube::Client;

use super::{KubeStore, Scope};
use crate::engine::object::{AccountObject, Object};
use crate::engine::store::{Store as _, StoreError};
use crate::plan::facts::Key;

/// Reads every account and object that a scope covers, in pages, and the accounts elsewhere that they refer to. One that
/// nobody lets us read is left out.
pub async fn standing(client: Client, scope: Scope) -> Result<(Vec<AccountObject>, Vec<Object>), String> {
    let store = KubeStore::looking(client, scope);
    let (mut accounts, objects) = store.everything().await.map_err(|error| error.to_string())?;
    let known: BTreeSet<Key> = accounts.iter().map(|account| account.key.clone()).collect();
    let referred = objects.iter().filter_map(Object::account_name);
    let elsewhere: BTreeSet<Key> = referred
        .map(|(namespace, name)| AccountObject::key_of(namespace, name))
        .filter(|key| !known.contains(key))
        .collect();
    let found = join_all(elsewhere.iter().map(|key| store.get(key))).await;
    accounts.extend(found.into_iter().flatten().flatten().map(|raw| store.account(raw)));
    Ok((accounts, objects))
}

/// One QR code or template.
pub async fn one(client: Client, key: &Key) -> Result<Option<Object>, String> {
    let store = KubeStore::looking(client, Scope::Namespaces(vec![key.namespace.to_string()]));
    match store.read(key).await {
        // Where the kind is not defined, there is none of it.
        Err(StoreError::Gone) => Ok(None),
        found => found.map_err(|error| error.to_string()),
    }
}
