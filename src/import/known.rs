//! What the folder declares and the state holds already: nothing of it is imported a second time.

use std::collections::{BTreeSet, HashMap};

use crate::api::{Claim, Kind};
use crate::engine::object::{Object, Spec};
use crate::plan::claim::Written;
use crate::plan::facts::Key;
use crate::provider::face::Line;
use crate::provider::session::Identity;
use crate::qr_code::{self, Phone};
use crate::store::Memory;
use crate::store::folder::Folder;
use crate::template::spelled;

/// Who has something already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The object.
    pub key: Key,
    /// Where its manifest stands; none where only the state knows it.
    pub place: Option<String>,
    /// The other installation of waops that looks after it, if one does.
    pub elsewhere: Option<String>,
}

/// What is there already of one account.
#[derive(Debug, Default)]
pub struct Known {
    codes: HashMap<String, Owner>,
    texts: HashMap<(Phone, String), Owner>,
    ids: HashMap<String, Owner>,
    templates: HashMap<(String, String), Owner>,
    phones: BTreeSet<String>,
    names: HashMap<Kind, BTreeSet<String>>,
}

impl Known {
    /// Everything of the account, and of others that are the same at the provider. Names are those of one namespace.
    pub fn of(memory: &Memory, folder: &Folder, account: &Key, namespace: &str) -> Self {
        let (accounts, objects) = memory.all();
        let identity = |key: &Key| {
            let known = accounts.iter().find(|known| known.key == *key)?;
            Identity::of(&known.spec, &key.object())
        };
        let ours = identity(account);
        let mut known = Self::default();
        for object in &objects {
            if *object.key.namespace == *namespace {
                known.names.entry(object.key.kind).or_default().insert(object.key.name.to_string());
            }
            let theirs = object
                .account()
                .and_then(|(namespace, name)| identity(&Key::new(Kind::Account, namespace, name)));
            let claim = claim(object);
            let claims_here = claim.as_ref().is_some_and(|claim| {
                ours.as_ref().is_some_and(|ours| claim.identity == ours.as_str())
                    || claim.account == account.object()
            });
            if theirs == ours || claims_here {
                known.take(object, claim, memory, folder);
            }
        }
        known
    }

    fn take(&mut self, object: &Object, claim: Option<Claim>, memory: &Memory, folder: &Folder) {
        use crate::engine::store::Store as _;
        let elsewhere = claim.as_ref().map(|claim| claim.installation.to_string());
        let owner = Owner {
            key: object.key.clone(),
            place: folder.spot(&object.key).map(ToString::to_string),
            elsewhere: elsewhere.filter(|installation| installation != memory.installation()),
        };
        let owns_a_code = claim.as_ref().is_some_and(|claim| claim.code.is_some());
        if let Some(claim) = claim {
            self.codes.extend(claim.code.map(|code| (code, owner.clone())));
            self.ids.extend(claim.template_id.map(|id| (id, owner.clone())));
        }
        match &object.spec {
            Spec::QrCode(spec, _) => {
                let Ok(desired) = qr_code::parse(spec) else { return };
                if let Phone::Number(number) = &desired.phone {
                    self.phones.insert(number.clone());
                }
                match desired.adopt {
                    Some(code) => {
                        self.codes.insert(code, owner);
                    }
                    // It waits for no code that exists.
                    None if owns_a_code || desired.duplicates_allowed => {}
                    None => {
                        self.texts.insert((desired.phone, desired.message), owner);
                    }
                }
            }
            Spec::Template(spec, _) => {
                self.templates.insert((spec.name.clone(), spelled(&spec.language)), owner);
            }
            Spec::Garbled(_) => {}
        }
    }

    /// Who has this code, or waits for one with this message.
    pub fn code(&self, line: &Line, code: &qr_code::Observed) -> Option<&Owner> {
        let phones = [Some(Phone::Id(line.key.clone())), line.number.clone().map(Phone::Number)];
        let by_text = |phone: Phone| self.texts.get(&(phone, code.message.clone()));
        self.codes.get(code.code.as_str()).or_else(|| phones.into_iter().flatten().find_map(by_text))
    }

    /// Whether this very code is named or owned, not only its message.
    pub fn has_code(&self, code: &str) -> bool {
        self.codes.contains_key(code)
    }

    /// Who has this template.
    pub fn template(&self, id: &str, name: &str, language: &str) -> Option<&Owner> {
        self.templates.get(&(name.to_owned(), spelled(language))).or_else(|| self.ids.get(id))
    }

    /// The phone numbers that QR codes of the account have, digits alone.
    pub fn phones(&self) -> impl Iterator<Item = &str> {
        self.phones.iter().map(String::as_str)
    }

    /// Names of objects of a kind that are taken.
    pub fn names(&self, kind: Kind) -> BTreeSet<String> {
        self.names.get(&kind).cloned().unwrap_or_default()
    }
}

/// The claim of an object, from wherever it has one.
fn claim(object: &Object) -> Option<Claim> {
    [&object.annotation, &object.status_claim()].into_iter().find_map(|written| match written {
        Written::Says(claim) => Some(Claim::clone(claim)),
        _ => None,
    })
}
