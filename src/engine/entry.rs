//! One object as it was last seen, and what this process remembers of it.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::object::{AccountObject, Object, Spec};
use super::words::Words;
use crate::api::{Claim, Kind, Name};
use crate::clock::Stamp;
pub use crate::index::Mark;
use crate::plan::claim::Copies;
use crate::plan::facts::{Key, Memory};
use crate::{qr_code, template};

/// What a manifest wants, typed; or what is wrong with it, in one sentence.
#[derive(Clone, Debug, PartialEq)]
pub enum Desired {
    /// A QR code.
    QrCode(Result<Box<qr_code::Desired>, String>),
    /// A template.
    Template(Result<Box<template::Desired>, String>),
}

impl Desired {
    /// What the manifest of an object wants. Made anew for each turn: kept, it would be as large as the manifest.
    pub(super) fn of(object: &Object) -> Self {
        let sentence = |broken: Vec<crate::api::rules::Violation>| {
            let rules: Vec<&str> = broken.iter().map(|violation| violation.rule).collect();
            format!("the manifest breaks {}; `waops explain` says more", rules.join(", "))
        };
        match &object.spec {
            Spec::QrCode(spec, _) => Self::QrCode(qr_code::parse(spec).map(Box::new).map_err(sentence)),
            Spec::Template(spec, _) => Self::Template(template::parse(spec).map(Box::new).map_err(sentence)),
            Spec::Garbled(garbled) if object.key.kind == Kind::QrCode => {
                Self::QrCode(Err(garbled.why.clone()))
            }
            Spec::Garbled(garbled) => Self::Template(Err(garbled.why.clone())),
        }
    }

    /// What the object is found by among others that want the same.
    pub(super) fn mark(&self) -> Option<Mark> {
        match self {
            Self::QrCode(Ok(desired)) => Some(Mark::text(&qr_code::content_hash(&desired.message))),
            Self::Template(Ok(desired)) => Some(Mark::template(&desired.name, &desired.language)),
            _ => None,
        }
    }
}

/// What two objects can collide on.
impl Mark {
    /// The mark of a QR code's text, by its hash.
    pub fn text(hash: &str) -> Self {
        Self::of("text", hash)
    }

    /// The mark of a template's name and language, which compare by meaning.
    pub fn template(name: &str, language: &str) -> Self {
        Self::of("template", &template::likeness(name, language))
    }

    /// The mark of a code, or of a template by its id.
    pub fn owned(name: &str) -> Self {
        Self::of("owned", name)
    }

    /// The mark of an object, by its UID.
    pub fn uid(uid: &str) -> Self {
        Self::of("uid", uid)
    }
}

/// One object and what is remembered of it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As it was last seen.
    pub object: Arc<Object>,
    /// What went before.
    pub memory: Memory,
    /// What became of its intent, as long as that is not written.
    pub result: Option<Arc<Claim>>,
    /// How many calls failed in a row.
    pub failures: u32,
    /// What was found when a template was last read by itself.
    pub read: Option<Arc<Read>>,
    /// The window of deletions, by its start, that this process has counted it in.
    pub counted: Option<Timestamp>,
    /// The code or template that it owns, and since when this process knows: no older list says that it is gone.
    pub owned: Option<(Box<str>, Instant)>,
    /// When somebody asked for a look (`waops.dev/reconcile-at`): no older list says how it is.
    pub asked_at: Option<Box<Stamp>>,
    /// What stands in the way of its ConfigMap, if anything; none where nobody knows.
    pub output: Option<Option<Box<str>>>,
    wanted: Option<Mark>,
}

/// A template that was read by itself.
#[derive(Debug)]
pub struct Read {
    /// When that began.
    pub at: Stamp,
    /// What was found.
    pub found: Option<template::Observed>,
}

/// What an object is found by, besides its key: each has an index, so that nobody looks through all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FoundBy {
    /// In order, each once.
    pub(super) marks: Vec<Mark>,
    /// The account that it refers to.
    pub(super) account: Option<Key>,
    /// The account of a provider that its claim is about, and the phone number, where it is about one.
    pub(super) place: Option<Place>,
    pub(super) owns: bool,
    /// Somebody wants it gone, and it owns something.
    pub(super) goes: bool,
}

/// An account of a provider, and a phone number of it.
pub(super) type Place = (Name, Option<Name>);

impl Entry {
    /// An object that nobody knew.
    pub(super) fn new(mut object: Object, words: &mut Words) -> Self {
        object.compact(words);
        let mut entry = Self {
            wanted: Desired::of(&object).mark(),
            object: Arc::new(object),
            memory: Memory::default(),
            result: None,
            failures: 0,
            read: None,
            counted: None,
            owned: None,
            asked_at: None,
            output: None,
        };
        entry.note_owned();
        entry
    }

    /// It has become this.
    pub(super) fn take(&mut self, mut object: Object, words: &mut Words) {
        // The same words, which every index has.
        object.key.clone_from(&self.object.key);
        object.meta.uid.share(&self.object.meta.uid);
        object.compact(words);
        if self.object.spec_part() != object.spec_part() {
            self.wanted = Desired::of(&object).mark();
        }
        self.object = Arc::new(object);
        self.note_owned();
    }

    /// The copies of its claim.
    pub fn copies(&self) -> Copies {
        Copies {
            annotation: self.object.annotation.clone(),
            status: self.object.status_claim(),
            memory: self.result.clone(),
            held: self.object.meta.held,
        }
    }

    /// Every claim that any copy makes, ours or not: what is claimed by anybody is nobody's to take.
    pub fn claims(&self) -> impl Iterator<Item = &Arc<Claim>> {
        let written = [self.object.annotation.says(), self.object.claim_in_status()];
        written.into_iter().chain([self.result.as_ref()]).flatten()
    }

    /// The newest claim of any copy.
    pub fn claim(&self) -> Option<&Arc<Claim>> {
        self.claims().max_by_key(|claim| (claim.n, claim.intent.is_none()))
    }

    /// Whether both written copies have what its claim owns.
    pub(super) fn claim_stands(&self) -> bool {
        let written = [self.object.annotation.says(), self.object.claim_in_status()];
        let has_same = |claim: &Claim| written.iter().all(|copy| copy.is_some_and(|it| it.owns_same(claim)));
        self.claim().is_some_and(|claim| has_same(claim))
    }

    /// What it is found by among others that want the same.
    pub(super) fn wanted(&self) -> Option<Mark> {
        self.wanted
    }

    /// The phone number that its claim names.
    pub(super) fn claimed_phone(&self) -> Option<String> {
        self.claim()?.phone.as_deref().map(str::to_owned)
    }

    /// The phone number that its manifest names.
    pub(super) fn phone(&self) -> Option<qr_code::Phone> {
        match &self.object.spec {
            Spec::QrCode(spec, _) => qr_code::phone(spec),
            _ => None,
        }
    }

    /// Whether it owns anything at its provider.
    pub fn owns(&self) -> bool {
        let owns = |claim: &Arc<Claim>| claim.code.is_some() || claim.template_id.is_some();
        match &self.result {
            Some(result) => owns(result),
            None => self.claims().any(owns),
        }
    }

    /// Whether this process knows what it owns only since a list began, or there was none.
    pub(super) fn owns_since(&self, listed: Option<Stamp>) -> bool {
        let known = self.owned.as_ref().map(|(_, known)| *known);
        listed.is_none_or(|listed| known.is_some_and(|known| known >= listed.running()))
    }

    /// Notes since when it owns what it owns.
    pub(super) fn note_owned(&mut self) {
        let owned = self.claim().and_then(|claim| claim.code.as_deref().or(claim.template_id.as_deref()));
        if owned != self.owned.as_ref().map(|(name, _)| &**name) {
            self.owned = owned.map(|name| (name.into(), Instant::now()));
        }
    }

    pub(super) fn found_by(&self) -> FoundBy {
        let mut marks: Vec<Mark> = self.wanted.into_iter().collect();
        marks.push(Mark::uid(&self.object.meta.uid));
        for claim in self.claims() {
            marks.extend(claim.own().map(Mark::owned));
            // Templates are told apart by their names: what they say, many may say.
            if self.object.key.kind == Kind::QrCode {
                let texts = claim.intent.iter().map(|intent| &intent.text_hash).chain(&claim.content_hash);
                marks.extend(texts.map(|hash| Mark::text(hash)));
            } else if self.wanted.is_none() {
                // Whoever wants what it has is told when it goes, also where nobody can understand its manifest.
                marks.extend(claim.template_named().map(|(name, language)| Mark::template(name, language)));
            }
        }
        marks.sort_unstable();
        marks.dedup();
        let account = self.object.account_name();
        let account = account.map(|(namespace, name)| AccountObject::key_of(namespace, name));
        let place = self.claim().map(|claim| (claim.identity.clone(), claim.phone.clone()));
        let owns = self.owns();
        FoundBy { marks, account, place, owns, goes: owns && self.object.meta.deleting.is_some() }
    }
}
