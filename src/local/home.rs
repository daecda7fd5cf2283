//! Objects where they stand: in the state of a folder, or in a cluster. Nothing is planned, and no provider is called.

use std::path::{Path, PathBuf};

use crate::api::Kind;
use crate::engine::object::{AccountObject, Object};
use crate::plan::facts::Key;
use crate::render::state;
use crate::store::Memory;
use crate::store::file::FileStore;
use crate::store::kube::{self, Address, Cluster, Scope};
use crate::store::selection::Selection;

/// Where to look, and at how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// Where.
    pub place: Place,
    /// At how much of it.
    pub within: Within,
}

/// Where objects stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the state in this folder.
    State(PathBuf),
    /// In this cluster.
    Cluster(Address),
}

/// How much is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// One namespace.
    One(String),
    /// All of them.
    All,
    /// Of a cluster the namespace of the context, of a state all.
    Usual,
}

/// What stands there.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The accounts, those elsewhere that objects refer to included.
    pub accounts: Vec<AccountObject>,
    /// QR codes and templates.
    pub objects: Vec<Object>,
}

impl Home {
    /// Everything.
    pub async fn everything(&self) -> Result<Standing, String> {
        let folder = match &self.place {
            Place::State(folder) => folder,
            Place::Cluster(address) => {
                let cluster = address.cluster().await?;
                let scope = Scope::of(self.within.namespace(&cluster).into_iter().collect());
                let (accounts, objects) = kube::standing(cluster.client, scope).await?;
                return Ok(Standing { accounts, objects });
            }
        };
        let (accounts, objects) = peek(folder)?.all();
        let accounts = accounts.iter().map(|account| AccountObject::clone(account)).collect();
        let mut objects: Vec<Object> = objects.iter().map(|object| Object::clone(object)).collect();
        let mut standing = Standing { accounts, objects: Vec::new() };
        if let Within::One(namespace) = &self.within {
            objects.retain(|object| *object.key.namespace == *namespace);
            let is_referred = |key: &Key| objects.iter().any(|object| account(object).as_ref() == Some(key));
            standing.accounts.retain(|it| *it.key.namespace == *namespace || is_referred(&it.key));
        }
        Ok(Standing { objects, ..standing })
    }

    /// One QR code or template that somebody named.
    pub async fn one(&self, selection: &Selection) -> Result<Object, String> {
        if selection.kind() == Kind::Account {
            return Err("an account is meant, where a QR code or a template is wanted".to_owned());
        }
        if let Place::Cluster(address) = &self.place {
            let cluster = address.cluster().await?;
            if let Some(key) = selection.key(self.within.namespace(&cluster).as_deref()) {
                let found = kube::one(cluster.client, &key).await?;
                return found.ok_or_else(|| selection.missing(&format!("in namespace {}", key.namespace)));
            }
        }
        let Standing { objects, .. } = self.everything().await?;
        let key = selection.find(objects.iter().map(|object| &object.key))?.clone();
        objects.into_iter().find(|object| object.key == key).ok_or_else(|| selection.missing("here"))
    }
}

impl Within {
    /// The namespace in this cluster; none where all are meant.
    pub(super) fn namespace(&self, cluster: &Cluster) -> Option<String> {
        match self {
            Self::One(namespace) => Some(namespace.clone()),
            Self::All => None,
            Self::Usual => Some(cluster.namespace.clone()),
        }
    }
}

impl Standing {
    /// Keeps the objects that somebody named, and their accounts; of an account that was named, all of its objects.
    pub fn keep(&mut self, selected: &[Selection]) -> Result<(), String> {
        let accounts = self.accounts.iter().map(|account| &account.key);
        let all: Vec<&Key> = accounts.chain(self.objects.iter().map(|object| &object.key)).collect();
        let named = selected.iter().map(|one| one.find(all.iter().copied()).cloned());
        let named: Vec<Key> = named.collect::<Result<_, _>>()?;
        let is_named = |key: &Key| named.contains(key);
        self.objects.retain(|object| {
            is_named(&object.key) || account(object).is_some_and(|account| is_named(&account))
        });
        let referred: Vec<Key> = self.objects.iter().filter_map(account).collect();
        self.accounts.retain(|account| is_named(&account.key) || referred.contains(&account.key));
        Ok(())
    }
}

/// The account that an object refers to.
fn account(object: &Object) -> Option<Key> {
    let (namespace, name) = object.account_name()?;
    Some(AccountObject::key_of(namespace, name))
}

/// What a state holds.
pub fn peek(folder: &Path) -> Result<Memory, String> {
    FileStore::peek(folder).map_err(|error| error.to_string())?.ok_or_else(|| state::none(folder))
}
