//! All objects and accounts of the installation, as they were last seen, and what this process remembers of them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::object::{AccountObject, Object, Spec};
use super::share::Share;
use super::store::Event;
use crate::api::Claim;
use crate::clock::Stamp;
use crate::plan::claim::Copies;
use crate::plan::facts::{Key, Memory};
use crate::provider::session::Identity;
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
    wanted: Option<Mark>,
    found_by: Arc<FoundBy>,
}

/// What an object is found by, besides its key: each has an index, so that nobody looks through all of them.
#[derive(Clone, Debug, Default, PartialEq)]
struct FoundBy {
    marks: BTreeSet<Mark>,
    /// The account that it refers to.
    account: Option<Key>,
    /// The account of a provider that its claim is about, and the phone number, where it is about one.
    place: Option<Place>,
    owns: bool,
    /// Somebody wants it gone, and it owns something.
    goes: bool,
}

type Place = (String, Option<String>);

/// The objects of an account.
#[derive(Debug, Default)]
struct Flock {
    all: BTreeSet<Key>,
    owners: usize,
    going: BTreeSet<Key>,
}

impl Entry {
    fn new(object: Object) -> Self {
        let desired = Desired::of(&object);
        let mut entry = Self {
            object: Arc::new(object),
            wanted: desired.mark(),
            desired: Arc::new(desired),
            memory: Memory::default(),
            result: None,
            failures: 0,
            read_at: None,
            read: None,
            counted: None,
            owned: None,
            asked_at: None,
            output: None,
            found_by: Arc::default(),
        };
        entry.found_by = Arc::new(entry.to_be_found_by());
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
    pub fn claims(&self) -> impl Iterator<Item = &Claim> {
        let written = [self.object.annotation.says(), self.object.claim_in_status()];
        written.into_iter().chain([self.result.as_ref()]).flatten()
    }

    /// The newest claim of any copy.
    pub fn claim(&self) -> Option<&Claim> {
        self.claims().max_by_key(|claim| (claim.n, claim.intent.is_none()))
    }

    /// What it is found by among others that want the same.
    pub(super) fn wanted(&self) -> Option<&Mark> {
        self.wanted.as_ref()
    }

    /// Whether it owns anything at its provider.
    pub fn owns(&self) -> bool {
        let owns = |claim: &Claim| claim.code.is_some() || claim.template_id.is_some();
        match &self.result {
            Some(result) => owns(result),
            None => self.claims().any(owns),
        }
    }

    /// Notes since when it owns what it owns.
    fn note_owned(&mut self) {
        let owned = self.claim().and_then(|claim| claim.code.as_ref().or(claim.template_id.as_ref()));
        if owned != self.owned.as_ref().map(|(name, _)| name) {
            self.owned = owned.map(|name| (name.clone(), Instant::now()));
        }
    }

    fn to_be_found_by(&self) -> FoundBy {
        let mut marks: BTreeSet<Mark> = self.wanted.iter().cloned().collect();
        marks.insert(Mark::Uid(self.object.meta.uid.clone()));
        for claim in self.claims() {
            marks.extend(claim.code.clone().map(Mark::Code));
            let texts = claim.intent.iter().map(|intent| &intent.text_hash).chain(&claim.content_hash);
            marks.extend(texts.cloned().map(Mark::Text));
        }
        let account = self.object.account_name();
        let account = account.map(|(namespace, name)| AccountObject::key_of(namespace, name));
        let place = self.claim().map(|claim| (claim.identity.clone(), claim.phone.clone()));
        let owns = self.owns();
        FoundBy { marks, account, place, owns, goes: owns && self.object.meta.deleting.is_some() }
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
    marked: HashMap<Mark, BTreeSet<Key>>,
    flocks: HashMap<Key, Flock>,
    /// The accounts of each account of a provider, as far as their manifests say.
    identities: HashMap<Option<Identity>, BTreeSet<Key>>,
    at: HashMap<Place, BTreeSet<Key>>,
    /// Counts what can change how many deletions wait; and how many did, by account, at one count and time.
    changes: u64,
    waiting: RefCell<HashMap<Key, (u64, Timestamp, usize)>>,
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
            marked: HashMap::new(),
            flocks: HashMap::new(),
            identities: HashMap::new(),
            at: HashMap::new(),
            changes: 0,
            waiting: RefCell::default(),
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
        if !matches!(event, Event::Object(_)) {
            self.changes += 1;
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
                        && known.garbled == account.garbled
                        && known.take_over == account.take_over
                        && known.meta.asked == account.meta.asked
                        && known.confirm_absence == account.confirm_absence
                        && known.meta.uid == account.meta.uid
                        && known.meta.deleting == account.meta.deleting
                });
                let served_before = self.serves(&key);
                self.put_account(*account);
                if same {
                    return BTreeSet::new();
                }
                if self.share.of > 1 && served_before != self.serves(&key) {
                    return self.hand_over(key);
                }
                let mine = self.keys_of_account(&key);
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
                if let Some(gone) = self.accounts.remove(&key) {
                    leave(&mut self.identities, &identity(&gone), &key);
                }
                if self.share.of > 1 && served_before != self.serves(&key) {
                    return self.hand_over(key);
                }
                self.keys_of_account(&key)
            }
        }
    }

    fn put_account(&mut self, account: AccountObject) {
        let (key, now) = (account.key.clone(), identity(&account));
        let before = self.accounts.insert(key.clone(), Arc::new(account)).map(|before| identity(&before));
        if before.as_ref() != Some(&now) {
            if let Some(before) = before {
                leave(&mut self.identities, &before, &key);
            }
            enter(&mut self.identities, &now, &key);
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
        for key in self.keys_of_account(&account) {
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
            self.changes += 1;
            let entry = Entry::new(object);
            self.enter(&key, &entry.found_by);
            let mut woken = self.colliding(&entry.found_by.marks);
            self.objects.insert(key.clone(), entry);
            woken.insert(key);
            return woken;
        };
        if is_older(&object.meta.version, &known.object.meta.version) || *known.object == object {
            return BTreeSet::new();
        }
        if known.object.spec_part() != object.spec_part() {
            known.desired = Arc::new(Desired::of(&object));
            known.wanted = known.desired.mark();
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
        let same_claims = known.object.annotation == object.annotation
            && known.object.claim_in_status() == object.claim_in_status();
        self.changes += u64::from(wakes || !same_claims);
        known.object = Arc::new(object);
        known.note_owned();
        let (before, after) = (known.found_by.clone(), Arc::new(known.to_be_found_by()));
        if before == after && !leaves {
            return if wakes { BTreeSet::from([key]) } else { BTreeSet::new() };
        }
        known.found_by = after.clone();
        self.leave(&key, &before);
        self.enter(&key, &after);
        let mut woken = BTreeSet::new();
        if before.marks != after.marks || leaves {
            woken = self.colliding(&before.marks);
            woken.extend(self.colliding(&after.marks));
        }
        if wakes {
            woken.insert(key);
        } else {
            woken.remove(&key);
        }
        woken
    }

    fn remove(&mut self, key: &Key) -> BTreeSet<Key> {
        let Some(entry) = self.objects.remove(key) else { return BTreeSet::new() };
        self.leave(key, &entry.found_by);
        let mut woken = self.colliding(&entry.found_by.marks);
        // An account that is to go may have waited for it.
        let account = self.account_of(&entry.object).filter(|account| account.meta.deleting.is_some());
        woken.extend(account.map(|account| account.key.clone()));
        woken
    }

    /// Changes what is remembered of an object.
    pub fn remember<T>(&mut self, key: &Key, change: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let entry = self.objects.get_mut(key)?;
        let (was, counted) = ((entry.object.clone(), entry.result.clone()), entry.counted);
        let result = change(entry);
        self.changes += u64::from(entry.counted != counted);
        if Arc::ptr_eq(&was.0, &entry.object) && was.1 == entry.result {
            return Some(result);
        }
        self.changes += 1;
        entry.note_owned();
        let (before, after) = (entry.found_by.clone(), Arc::new(entry.to_be_found_by()));
        if before != after {
            entry.found_by = after.clone();
            self.leave(key, &before);
            self.enter(key, &after);
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
        let (namespace, name) = object.account_name()?;
        self.account(&AccountObject::key_of(namespace, name))
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
        let keys = self.marked.get(mark).into_iter().flatten();
        keys.filter_map(|key| self.objects.get_key_value(key))
    }

    /// The objects that refer to this account.
    pub fn of_account(&self, account: &Key) -> impl Iterator<Item = (&Key, &Entry)> {
        let keys = self.flocks.get(account).into_iter().flat_map(|flock| &flock.all);
        keys.filter_map(|key| self.objects.get_key_value(key))
    }

    /// Those among them that own something and are to go.
    pub fn going_of(&self, account: &Key) -> impl Iterator<Item = (&Key, &Entry)> {
        let keys = self.flocks.get(account).into_iter().flat_map(|flock| &flock.going);
        keys.filter_map(|key| self.objects.get_key_value(key))
    }

    /// How many of them own something.
    pub fn owners_of(&self, account: &Key) -> usize {
        self.flocks.get(account).map_or(0, |flock| flock.owners)
    }

    /// How many deletions wait for the window of an account: counted again only after something changed, since all that
    /// are to go ask for it.
    pub fn waiting(&self, window: &Key, now: Timestamp, count: impl FnOnce() -> usize) -> usize {
        let mut known = self.waiting.borrow_mut();
        match known.get(window) {
            Some((changes, at, waiting)) if (*changes, *at) == (self.changes, now) => *waiting,
            _ => {
                let waiting = count();
                known.insert(window.clone(), (self.changes, now, waiting));
                waiting
            }
        }
    }

    /// The accounts at the same account of a provider, itself included.
    pub fn same_as(&self, account: &AccountObject) -> impl Iterator<Item = &Arc<AccountObject>> {
        let same = self.identities.get(&identity(account)).into_iter().flatten();
        same.filter_map(|key| self.accounts.get(key))
    }

    /// Their keys.
    pub fn keys_of_account(&self, account: &Key) -> BTreeSet<Key> {
        self.flocks.get(account).map(|flock| flock.all.clone()).unwrap_or_default()
    }

    /// The objects whose claims are about this account of a provider, and about this phone number or none.
    pub fn claimed_at(&self, identity: &str, phone: Option<&str>) -> impl Iterator<Item = &Entry> {
        let keys = self.at.get(&(identity.to_owned(), phone.map(str::to_owned))).into_iter().flatten();
        keys.filter_map(|key| self.objects.get(key))
    }

    fn colliding(&self, marks: &BTreeSet<Mark>) -> BTreeSet<Key> {
        marks.iter().filter_map(|mark| self.marked.get(mark)).flatten().cloned().collect()
    }

    fn enter(&mut self, key: &Key, found_by: &FoundBy) {
        for mark in &found_by.marks {
            enter(&mut self.marked, mark, key);
        }
        if let Some(account) = &found_by.account {
            let flock = self.flocks.entry(account.clone()).or_default();
            flock.all.insert(key.clone());
            flock.owners += usize::from(found_by.owns);
            if found_by.goes {
                flock.going.insert(key.clone());
            }
        }
        if let Some(place) = &found_by.place {
            enter(&mut self.at, place, key);
        }
    }

    fn leave(&mut self, key: &Key, found_by: &FoundBy) {
        for mark in &found_by.marks {
            leave(&mut self.marked, mark, key);
        }
        if let Some(account) = &found_by.account
            && let Some(flock) = self.flocks.get_mut(account)
        {
            flock.all.remove(key);
            flock.going.remove(key);
            flock.owners -= usize::from(found_by.owns);
            if flock.all.is_empty() {
                self.flocks.remove(account);
            }
        }
        if let Some(place) = &found_by.place {
            leave(&mut self.at, place, key);
        }
    }
}

fn identity(account: &AccountObject) -> Option<Identity> {
    Identity::of(&account.spec, &account.key.object())
}

fn enter<K: Hash + Eq + Clone>(index: &mut HashMap<K, BTreeSet<Key>>, by: &K, key: &Key) {
    index.entry(by.clone()).or_default().insert(key.clone());
}

fn leave<K: Hash + Eq>(index: &mut HashMap<K, BTreeSet<Key>>, by: &K, key: &Key) {
    if let Some(keys) = index.get_mut(by) {
        keys.remove(key);
        if keys.is_empty() {
            index.remove(by);
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
