//! All objects and accounts of the installation, as they were last seen, and what this process remembers of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::object::{AccountObject, Object, Spec};
use super::share::Share;
use super::store::Event;
use crate::api::Claim;
use crate::clock::Stamp;
use crate::plan::claim::{Copies, Written};
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
    fn of(object: &Object) -> Self {
        let sentence = |broken: Vec<crate::api::rules::Violation>| {
            let rules: Vec<&str> = broken.iter().map(|violation| violation.rule).collect();
            format!("the manifest breaks {}; `waops explain` says more", rules.join(", "))
        };
        match &object.spec {
            Spec::QrCode(spec, _) => Self::QrCode(qr_code::parse(spec).map(Box::new).map_err(sentence)),
            Spec::Template(spec, _) => Self::Template(template::parse(spec).map(Box::new).map_err(sentence)),
            Spec::Garbled(garbled) if object.key.kind == crate::api::Kind::QrCode => {
                Self::QrCode(Err(garbled.why.clone()))
            }
            Spec::Garbled(garbled) => Self::Template(Err(garbled.why.clone())),
        }
    }

    /// What the object is found by among others that want the same.
    pub(super) fn mark(&self) -> Option<Mark> {
        match self {
            Self::QrCode(Ok(desired)) => Some(Mark::Text(qr_code::content_hash(&desired.message))),
            Self::Template(Ok(desired)) => Some(Mark::template(&desired.name, &desired.language)),
            _ => None,
        }
    }
}

/// What two objects can collide on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// The hash of a QR code's text.
    Text(String),
    /// Name and language of a template.
    Template(String, String),
    /// A QR code.
    Code(String),
    /// An object's UID.
    Uid(String),
}

impl Mark {
    /// The mark of a template: languages compare by meaning.
    pub fn template(name: &str, language: &str) -> Self {
        Self::Template(name.to_owned(), language.replace('-', "_").to_ascii_lowercase())
    }
}

/// One object and what is remembered of it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As it was last seen.
    pub object: Arc<Object>,
    /// What its manifest wants.
    pub desired: Arc<Desired>,
    /// What went before.
    pub memory: Memory,
    /// What became of its intent, as long as that is not written.
    pub result: Option<Claim>,
    /// How many calls failed in a row.
    pub failures: u32,
    /// When a template was last read by itself.
    pub read_at: Option<Stamp>,
    /// What was found there.
    pub read: Option<Arc<template::Observed>>,
    /// The window of deletions, by its start, that this process has counted it in.
    pub counted: Option<Timestamp>,
    /// The code or template that it owns, and since when this process knows: no older list says that it is gone.
    pub owned: Option<(String, Instant)>,
    /// When somebody asked for a look (`waops.dev/reconcile-at`): no older list says how it is.
    pub asked_at: Option<Stamp>,
    /// What stands in the way of its ConfigMap, if anything; none where nobody knows.
    pub output: Option<Option<String>>,
    marks: BTreeSet<Mark>,
}

impl Entry {
    fn new(object: Object) -> Self {
        let desired = Arc::new(Desired::of(&object));
        let mut entry = Self {
            object: Arc::new(object),
            desired,
            memory: Memory::default(),
            result: None,
            failures: 0,
            read_at: None,
            read: None,
            counted: None,
            owned: None,
            asked_at: None,
            output: None,
            marks: BTreeSet::new(),
        };
        entry.marks = entry.marked();
        entry.note_owned();
        entry
    }

    /// The copies of its claim.
    pub fn copies(&self) -> Copies {
        Copies {
            annotation: self.object.annotation.clone(),
            status: self.object.status_claim(),
            memory: self.result.clone(),
        }
    }

    /// Every claim that any copy makes, ours or not: what is claimed by anybody is nobody's to take.
    pub fn claims(&self) -> impl Iterator<Item = Claim> {
        let said = |written: Written| match written {
            Written::Says(claim) => Some(*claim),
            _ => None,
        };
        [said(self.object.annotation.clone()), said(self.object.status_claim()), self.result.clone()]
            .into_iter()
            .flatten()
    }

    /// The newest claim of any copy.
    pub fn claim(&self) -> Option<Claim> {
        self.claims().max_by_key(|claim| (claim.n, claim.intent.is_none()))
    }

    /// Whether it owns anything at its provider.
    pub fn owns(&self) -> bool {
        let owns = |claim: &Claim| claim.code.is_some() || claim.template_id.is_some();
        let said = |written: &Written| matches!(written, Written::Says(claim) if owns(claim));
        self.result
            .as_ref()
            .map_or_else(|| said(&self.object.annotation) || self.object.status_has_claim(owns), owns)
    }

    /// Notes since when it owns what it owns.
    fn note_owned(&mut self) {
        let owned = self.claim().and_then(|claim| claim.code.or(claim.template_id));
        if owned.as_ref() != self.owned.as_ref().map(|(name, _)| name) {
            self.owned = owned.map(|name| (name, Instant::now()));
        }
    }

    fn marked(&self) -> BTreeSet<Mark> {
        let mut marks: BTreeSet<Mark> = self.desired.mark().into_iter().collect();
        marks.insert(Mark::Uid(self.object.meta.uid.clone()));
        for claim in self.claims() {
            marks.extend(claim.code.map(Mark::Code));
            let texts = claim.intent.into_iter().map(|intent| intent.text_hash).chain(claim.content_hash);
            marks.extend(texts.map(Mark::Text));
        }
        marks
    }
}

/// Every object and account, and who collides with whom.
#[derive(Debug)]
pub struct World {
    /// Whose objects are looked after; others are not kept.
    pub share: Share,
    /// Accounts that are served since they are known, and whose objects may have been passed over before.
    pub unread: BTreeSet<Key>,
    objects: BTreeMap<Key, Entry>,
    accounts: BTreeMap<Key, Arc<AccountObject>>,
    marks: HashMap<Mark, BTreeSet<Key>>,
    /// When all claims were last read, uncached.
    pub read_at: Option<Instant>,
    /// Who went while everything is being read: a list that began before shows them still.
    gone_meanwhile: Option<BTreeSet<Key>>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            share: Share::ALL,
            unread: BTreeSet::new(),
            objects: BTreeMap::new(),
            accounts: BTreeMap::new(),
            marks: HashMap::new(),
            read_at: None,
            gone_meanwhile: None,
        }
    }
}

impl World {
    /// Takes an event in; the objects that may want another step because of it.
    pub fn observe(&mut self, event: Event) -> BTreeSet<Key> {
        if let Some(gone) = &mut self.gone_meanwhile {
            match &event {
                Event::Gone(key) | Event::AccountGone(key) => drop(gone.insert(key.clone())),
                Event::Object(object) => drop(gone.remove(&object.key)),
                Event::Account(account) => drop(gone.remove(&account.key)),
            }
        }
        match event {
            Event::Object(object) => self.put(*object),
            Event::Gone(key) => self.remove(&key),
            Event::Account(account) => {
                let key = account.key.clone();
                let newer = |known: &Arc<AccountObject>| {
                    known.meta.uid == account.meta.uid && is_older(&account.meta.version, &known.meta.version)
                };
                if self.accounts.get(&key).is_some_and(newer) {
                    return BTreeSet::new();
                }
                let same = self.accounts.get(&key).is_some_and(|known| {
                    known.spec == account.spec
                        && known.take_over == account.take_over
                        && known.meta.asked == account.meta.asked
                        && known.confirm_absence == account.confirm_absence
                        && known.meta.uid == account.meta.uid
                        && known.meta.deleting == account.meta.deleting
                });
                let served_before = self.serves(&key);
                self.accounts.insert(key.clone(), Arc::new(*account));
                if same {
                    return BTreeSet::new();
                }
                if self.share.of > 1 && served_before != self.serves(&key) {
                    return self.hand_over(key);
                }
                let mine = self.of_account(&key);
                for object in &mine {
                    // What failed under the old account may work under the new.
                    self.remember(object, |entry| {
                        entry.memory.trouble = None;
                        entry.failures = 0;
                    });
                }
                mine
            }
            Event::AccountGone(key) => {
                let served_before = self.serves(&key);
                self.accounts.remove(&key);
                if self.share.of > 1 && served_before != self.serves(&key) {
                    return self.hand_over(key);
                }
                self.of_account(&key)
            }
        }
    }

    /// Whether this process looks after an account.
    pub fn serves(&self, account: &Key) -> bool {
        self.share.serves_account(account, self.account(account).map(|account| &**account))
    }

    /// An account has come to this process, or has gone to another: so have its objects.
    fn hand_over(&mut self, account: Key) -> BTreeSet<Key> {
        if self.serves(&account) {
            self.unread.insert(account.clone());
            return BTreeSet::from([account]);
        }
        for key in self.of_account(&account) {
            self.remove(&key);
        }
        self.unread.remove(&account);
        BTreeSet::new()
    }

    /// Everything is about to be read; who is known before, with their UIDs.
    pub fn begin_reading(&mut self) -> BTreeMap<Key, String> {
        self.gone_meanwhile = Some(BTreeSet::new());
        self.objects.iter().map(|(key, entry)| (key.clone(), entry.object.meta.uid.clone())).collect()
    }

    /// Nothing is being read any more; who went meanwhile.
    pub fn end_reading(&mut self) -> BTreeSet<Key> {
        self.gone_meanwhile.take().unwrap_or_default()
    }

    /// Everything was read; the objects that may want another step because of it. Events went on meanwhile: who came is
    /// not in the lists, and who went may be.
    pub fn finish_reading(
        &mut self,
        known: BTreeMap<Key, String>,
        accounts: Vec<AccountObject>,
        objects: Vec<Object>,
    ) -> BTreeSet<Key> {
        let mut woken = BTreeSet::new();
        let gone = self.end_reading();
        for account in accounts.into_iter().filter(|account| !gone.contains(&account.key)) {
            woken.extend(self.observe(Event::Account(Box::new(account))));
        }
        let mut there = BTreeSet::new();
        for object in objects.into_iter().filter(|object| !gone.contains(&object.key)) {
            there.insert(object.key.clone());
            woken.extend(self.observe(Event::Object(Box::new(object))));
        }
        for (key, uid) in known.into_iter().filter(|(key, _)| !there.contains(key)) {
            if self.objects.get(&key).is_some_and(|entry| entry.object.meta.uid == uid) {
                woken.extend(self.observe(Event::Gone(key)));
            }
        }
        woken
    }

    fn put(&mut self, object: Object) -> BTreeSet<Key> {
        let key = object.key.clone();
        let account = |key: &Key| self.accounts.get(key).map(|account| &**account);
        if !self.share.serves_object(&object, account) {
            return self.remove(&key);
        }
        let Some(known) = self.objects.get_mut(&key).filter(|known| known.object.meta.uid == object.meta.uid)
        else {
            self.remove(&key);
            let entry = Entry::new(object);
            self.mark(&key, &entry.marks);
            let mut woken = self.colliding(&entry.marks);
            self.objects.insert(key.clone(), entry);
            woken.insert(key);
            return woken;
        };
        if is_older(&object.meta.version, &known.object.meta.version) || *known.object == object {
            return BTreeSet::new();
        }
        if known.object.spec_part() != object.spec_part() {
            known.desired = Arc::new(Desired::of(&object));
        }
        let wakes = asks_for_a_look(&known.object, &object);
        if known.object.meta.asked != object.meta.asked {
            known.asked_at = Some(Stamp::now());
        }
        // Whoever wants what it has may inherit it from now on (claims.md 7).
        let leaves = known.object.meta.deleting.is_none() && object.meta.deleting.is_some();
        if known.object.meta.asked != object.meta.asked
            || (known.object.meta.generation != object.meta.generation && known.memory.gave_up())
        {
            known.memory.trouble = None;
            known.failures = 0;
        }
        known.object = Arc::new(object);
        known.note_owned();
        let (before, after) = (known.marks.clone(), known.marked());
        known.marks.clone_from(&after);
        if before == after && !leaves {
            return if wakes { BTreeSet::from([key]) } else { BTreeSet::new() };
        }
        self.unmark(&key, &before);
        self.mark(&key, &after);
        let mut woken = self.colliding(&before);
        woken.extend(self.colliding(&after));
        if !wakes {
            woken.remove(&key);
        }
        woken
    }

    fn remove(&mut self, key: &Key) -> BTreeSet<Key> {
        let Some(entry) = self.objects.remove(key) else { return BTreeSet::new() };
        self.unmark(key, &entry.marks);
        let mut woken = self.colliding(&entry.marks);
        // An account that is to go may have waited for it.
        let account = self.account_of(&entry.object).filter(|account| account.meta.deleting.is_some());
        woken.extend(account.map(|account| account.key.clone()));
        woken
    }

    /// Changes what is remembered of an object.
    pub fn remember<T>(&mut self, key: &Key, change: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let entry = self.objects.get_mut(key)?;
        let result = change(entry);
        entry.note_owned();
        let (before, after) = (entry.marks.clone(), entry.marked());
        if before != after {
            entry.marks.clone_from(&after);
            self.unmark(key, &before);
            self.mark(key, &after);
        }
        Some(result)
    }

    /// The wall clock was set back by so much: who holds back until a time holds back no longer for that.
    pub fn set_back(&mut self, by: SignedDuration) {
        for trouble in self.objects.values_mut().filter_map(|entry| entry.memory.trouble.as_mut()) {
            trouble.not_before = trouble.not_before.checked_sub(by).unwrap_or(Timestamp::MIN);
        }
    }

    /// One object.
    pub fn get(&self, key: &Key) -> Option<&Entry> {
        self.objects.get(key)
    }

    /// One account.
    pub fn account(&self, key: &Key) -> Option<&Arc<AccountObject>> {
        self.accounts.get(key)
    }

    /// The account that an object refers to.
    pub fn account_of(&self, object: &Object) -> Option<&Arc<AccountObject>> {
        let (namespace, name) = object.account()?;
        self.account(&AccountObject::key_of(&namespace, &name))
    }

    /// All objects.
    pub fn objects(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        self.objects.iter()
    }

    /// All accounts.
    pub fn accounts(&self) -> impl Iterator<Item = (&Key, &Arc<AccountObject>)> {
        self.accounts.iter()
    }

    /// The objects with this mark.
    pub fn with(&self, mark: &Mark) -> impl Iterator<Item = (&Key, &Entry)> {
        let keys = self.marks.get(mark).into_iter().flatten();
        keys.filter_map(|key| self.objects.get_key_value(key))
    }

    /// The objects that refer to this account.
    pub fn of_account(&self, account: &Key) -> BTreeSet<Key> {
        let refers =
            |entry: &Entry| entry.object.account() == Some((account.namespace.clone(), account.name.clone()));
        self.objects.iter().filter(|(_, entry)| refers(entry)).map(|(key, _)| key.clone()).collect()
    }

    fn colliding(&self, marks: &BTreeSet<Mark>) -> BTreeSet<Key> {
        marks.iter().filter_map(|mark| self.marks.get(mark)).flatten().cloned().collect()
    }

    fn mark(&mut self, key: &Key, marks: &BTreeSet<Mark>) {
        for mark in marks {
            self.marks.entry(mark.clone()).or_default().insert(key.clone());
        }
    }

    fn unmark(&mut self, key: &Key, marks: &BTreeSet<Mark>) {
        for mark in marks {
            if let Some(keys) = self.marks.get_mut(mark) {
                keys.remove(key);
                if keys.is_empty() {
                    self.marks.remove(mark);
                }
            }
        }
    }
}

/// Versions count upward wherever they are numbers; a late event must not bring an old object back.
fn is_older(version: &str, known: &str) -> bool {
    match (version.parse::<u64>(), known.parse::<u64>()) {
        (Ok(version), Ok(known)) => version < known,
        _ => false,
    }
}

/// Whether an object wants a step because of what changed: our own writes do not.
fn asks_for_a_look(known: &Object, now: &Object) -> bool {
    known.meta.generation != now.meta.generation
        || known.meta.deleting != now.meta.deleting
        || known.meta.asked != now.meta.asked
        || known.meta.held != now.meta.held
        || known.spec_part() != now.spec_part()
        || (known.annotation != now.annotation && now.annotation != now.status_claim())
}
