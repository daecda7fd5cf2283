//! Letting an object go without a call to its provider.

use jiff::Timestamp;

use super::file::FileStore;
use crate::api::Kind;
use crate::engine::object::{AccountObject, Object, Spec, Status};
use crate::engine::store::{Hold, Store, StoreError};
use crate::plan::claim::Written;
use crate::plan::facts::{Cause, Key};

/// So often somebody else may write in between.
const TRIES: usize = 8;

/// Lets an object go: neither claim nor finalizer stays, and what it owned stays at the provider as it is. True where
/// there was something to let go.
pub async fn release<S: Store>(store: &S, key: &Key) -> Result<bool, StoreError> {
    let mut found = false;
    for _ in 0..TRIES {
        let Some(object) = store.read(key).await? else { return Ok(found) };
        found |= is_ours(&object);
        match once(store, object).await {
            Err(StoreError::Conflict) => {}
            Err(StoreError::Gone) => return Ok(found),
            other => return other.map(|()| found),
        }
    }
    Err(StoreError::Conflict)
}

/// Whether anything of ours is on an object.
pub fn is_ours(object: &Object) -> bool {
    object.meta.held || object.annotation != Written::Missing || object.status_claim() != Written::Missing
}

/// Lets an account go: nothing waits for us before it ends.
pub async fn release_account<S: Store>(store: &S, mut account: AccountObject) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        match store.hold_account(&account.key, &account.meta.version, false).await {
            Err(StoreError::Conflict) => {}
            Err(StoreError::Gone) => return Ok(()),
            other => return other.map(|_| ()),
        }
        let accounts = store.accounts().await?;
        let Some(now) = accounts.into_iter().find(|now| now.key == account.key) else { return Ok(()) };
        account = now;
    }
    Err(StoreError::Conflict)
}

/// Forgets objects that were released, and accounts that nobody refers to.
pub async fn forget(store: &FileStore, keys: &[Key], now: Timestamp) -> Result<(), String> {
    let (accounts, objects): (Vec<&Key>, Vec<&Key>) = keys.iter().partition(|key| key.kind == Kind::Account);
    for key in objects {
        store.memory().delete(key, Cause::Leaving, now);
    }
    for key in accounts {
        let refers = |object: &Object| object.account_name() == Some((&key.namespace, &key.name));
        if let Some(object) = store.memory().all().1.iter().find(|object| refers(object)) {
            return Err(format!("{} refers to {key}; forget that first", object.key));
        }
        if let Some(account) = store.memory().account(key) {
            release_account(store, AccountObject::clone(&account))
                .await
                .map_err(|error| error.to_string())?;
        }
        store.memory().delete(key, Cause::Leaving, now);
    }
    store.settled().await.map_err(|error| error.to_string())
}

async fn once<S: Store>(store: &S, mut object: Object) -> Result<(), StoreError> {
    // The status first: while the annotation stands, a crash here changes nothing.
    if let Some(status) = without_claim(&object) {
        object = store.report(&object.key, &object.meta.version, &status).await?;
    }
    store.hold(&object.key, &object.meta.version, Hold::Nothing).await.map(|_| ())
}

/// The status after a release: nothing in it speaks of what is not ours any more.
fn without_claim(object: &Object) -> Option<Status> {
    match &object.spec {
        Spec::QrCode(_, status) => {
            let previous_codes = status.previous_codes.clone();
            let status = crate::api::WhatsAppQrCodeStatus { previous_codes, ..Default::default() };
            Some(Status::QrCode(Box::new(status)))
        }
        Spec::Template(..) => Some(Status::Template(Box::default())),
        Spec::Garbled(garbled) => garbled.status.claim().map(|_| Status::blank(object.key.kind)),
    }
}

/// What an object owns at its provider, in the words of a person.
pub fn owned(object: &Object) -> Option<String> {
    let says = |written| match written {
        Written::Says(claim) => Some(claim),
        Written::Missing | Written::Garbled => None,
    };
    let (annotation, status) = (says(object.annotation.clone()), says(object.status_claim()));
    let claim = annotation.into_iter().chain(status).max_by_key(|claim| (claim.n, claim.intent.is_none()))?;
    let under_way =
        claim.intent.as_ref().map(|_| "whatever a call that is under way may have done".to_owned());
    let thing = match (&claim.code, &claim.template_id) {
        (Some(code), _) => Some(format!("QR code {code}")),
        (None, Some(id)) => Some(format!("template {id}")),
        (None, None) => None,
    };
    let parts: Vec<String> = thing.into_iter().chain(under_way).collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}
