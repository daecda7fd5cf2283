//! All objects and accounts of the installation, as they were last seen, and what this process remembers of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::entry::{Entry, FoundBy, Mark, Place};
use super::object::{AccountObject, Object};
use super::share::Share;
use super::store::Event;
use super::words::Words;
use crate::api::{Kind, Name};
use crate::clock::Stamp;
use crate::index::Index;
use crate::plan::facts::Key;
use crate::provider::session::Identity;

/// The objects of an account.
#[derive(Debug, Default)]
struct Flock {
    all: BTreeSet<Key>,
    owners: usize,
    going: BTreeSet<Key>,
}

/// Every object and account, and who collides with whom.
#[derive(Debug)]
pub struct World {
    /// Whose objects are looked after; others are not kept.
    pub share: Share,
    /// Accounts that are served since they are known, and whose objects may have been passed over before.
    pub unread: BTreeSet<Key>,
    /// In no order: every look at whatever collides is a look in here. Boxed, since a map has room for more than it holds.
    objects: HashMap<Key, Box<Entry>>,
    accounts: BTreeMap<Key, Arc<AccountObject>>,
    words: Words,
    marked: Index<Mark, Key>,
    flocks: HashMap<Key, Flock>,
    /// The accounts of each account of a provider, as far as their manifests say.
    identities: Index<Option<Identity>, Key>,
    at: Index<Place, Key>,
    /// Counts what can change how many deletions wait; and how many did, by account, at one count and time.
    changes: u64,
    waiting: Mutex<HashMap<Key, (u64, Timestamp, usize)>>,
    /// When all claims were last read, uncached.
    pub read_at: Option<Instant>,
    reading: Option<Reading>,
}

/// Everything is being read, a part at a time.
#[derive(Debug, Default)]
struct Reading {
    /// Who was known before, with their UIDs, and was in no part yet.
    unseen: BTreeMap<Key, Name>,
    /// Who went meanwhile: a list that began before shows them still.
    gone: BTreeSet<Key>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            share: Share::ALL,
            unread: BTreeSet::new(),
            objects: HashMap::new(),
            accounts: BTreeMap::new(),
            words: Words::default(),
            marked: Index::default(),
            flocks: HashMap::new(),
            identities: Index::default(),
            at: Index::default(),
            changes: 0,
            waiting: Mutex::default(),
            read_at: None,
            reading: None,
        }
    }
}

impl World {
    /// Takes an event in; the objects that may want another step because of it.
    pub fn observe(&mut self, event: Event) -> BTreeSet<Key> {
        if let Some(Reading { gone, .. }) = &mut self.reading {
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
                    self.identities.leave(&identity(&gone), &key);
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
                self.identities.leave(&before, &key);
            }
            self.identities.enter(now, &key);
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

    /// Everything is about to be read.
    pub fn begin_reading(&mut self) {
        let known = |(key, entry): (&Key, &Entry)| (key.clone(), entry.object.meta.uid.clone());
        let unseen = self.objects().map(known).collect();
        self.reading = Some(Reading { unseen, gone: BTreeSet::new() });
    }

    /// A part of what is read; the objects that may want another step because of it. Events go on meanwhile: who came is
    /// in no part, and who went may be.
    pub fn read(&mut self, part: impl IntoIterator<Item = Event>) -> BTreeSet<Key> {
        let mut woken = BTreeSet::new();
        for event in part {
            let key = match &event {
                Event::Object(object) => &object.key,
                Event::Account(account) => &account.key,
                Event::Gone(key) | Event::AccountGone(key) => key,
            };
            let is_gone = self.reading.as_mut().is_some_and(|reading| {
                reading.unseen.remove(key);
                reading.gone.contains(key)
            });
            if !is_gone {
                woken.extend(self.observe(event));
            }
        }
        woken
    }

    /// Everything was read: who was known before and in no part is gone. The objects that may want another step
    /// because of it.
    pub fn finish_reading(&mut self) -> BTreeSet<Key> {
        let mut woken = BTreeSet::new();
        for (key, uid) in self.reading.take().unwrap_or_default().unseen {
            if self.objects.get(&key).is_some_and(|entry| entry.object.meta.uid == uid) {
                woken.extend(self.observe(Event::Gone(key)));
            }
        }
        woken
    }

    /// Not everything could be read, so who was in no part may be there.
    pub fn stop_reading(&mut self) {
        self.reading = None;
    }

    fn put(&mut self, object: Object) -> BTreeSet<Key> {
        let key = object.key.clone();
        let account = |key: &Key| self.accounts.get(key).map(|account| &**account);
        if !self.share.serves_object(&object, account) {
            return self.remove(&key);
        }
        // Why something goes is found out here, and asked again whenever everything is read.
        let is_same = |known: &Object| {
            object.meta.deleting.is_none()
                && known.meta.uid == object.meta.uid
                && known.meta.version == object.meta.version
        };
        if self.objects.get(&key).is_some_and(|known| is_same(&known.object)) {
            return BTreeSet::new();
        }
        let Some(known) = self.objects.get_mut(&key).filter(|known| known.object.meta.uid == object.meta.uid)
        else {
            self.remove(&key);
            self.changes += 1;
            let entry = Entry::new(object, &mut self.words);
            let found_by = entry.found_by();
            let mut woken = self.colliding(&found_by.marks);
            self.enter(&key, found_by);
            self.objects.insert(key.clone(), Box::new(entry));
            woken.insert(key);
            return woken;
        };
        if is_older(&object.meta.version, &known.object.meta.version) || *known.object == object {
            return BTreeSet::new();
        }
        let wakes = asks_for_a_look(&known.object, &object);
        if known.object.meta.asked != object.meta.asked {
            known.asked_at = Some(Box::new(Stamp::now()));
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
        let before = known.found_by();
        let stood = known.claim_stands();
        known.take(object, &mut self.words);
        let after = known.found_by();
        // Whose code it inherited lets go once its claim stands twice.
        let lets_go = !stood && known.claim_stands();
        if before == after && !leaves && !lets_go {
            return if wakes { BTreeSet::from([key]) } else { BTreeSet::new() };
        }
        let is_marked_anew = before.marks != after.marks || leaves || lets_go;
        let marks: Vec<Mark> = before.marks.iter().chain(&after.marks).copied().collect();
        self.leave(&key, &before);
        self.enter(&key, after);
        let mut woken = if is_marked_anew { self.colliding(&marks) } else { BTreeSet::new() };
        if wakes {
            woken.insert(key);
        } else {
            woken.remove(&key);
        }
        woken
    }

    fn remove(&mut self, key: &Key) -> BTreeSet<Key> {
        let Some(entry) = self.objects.remove(key) else { return BTreeSet::new() };
        let found_by = entry.found_by();
        self.leave(key, &found_by);
        let mut woken = self.colliding(&found_by.marks);
        // An account that is to go may have waited for it.
        let account = self.account_of(&entry.object).filter(|account| account.meta.deleting.is_some());
        woken.extend(account.map(|account| account.key.clone()));
        woken
    }

    /// Changes what is remembered of an object, but nothing that it is found by: for that there is [`Self::restate`].
    pub fn remember<T>(&mut self, key: &Key, change: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let entry = self.objects.get_mut(key)?;
        let counted = entry.counted;
        let result = change(entry);
        self.changes += u64::from(entry.counted != counted);
        Some(result)
    }

    /// Changes an object as it is known here: why it goes, or what became of its call.
    pub fn restate<T>(&mut self, key: &Key, change: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let entry = self.objects.get_mut(key)?;
        let before = entry.found_by();
        let result = change(entry);
        entry.note_owned();
        let after = entry.found_by();
        self.changes += 1;
        if before != after {
            self.leave(key, &before);
            self.enter(key, after);
        }
        Some(result)
    }

    /// The wall clock was set back by so much: who holds back until a time holds back no longer for that, and neither does
    /// who waits for a second list.
    pub fn set_back(&mut self, by: SignedDuration) {
        let set_back = |time: &mut Timestamp| *time = time.checked_sub(by).unwrap_or(Timestamp::MIN);
        for memory in self.objects.values_mut().map(|entry| &mut entry.memory) {
            if let Some((_, missed)) = &mut memory.missed {
                set_back(missed);
            }
            if let Some(trouble) = &mut memory.trouble {
                set_back(&mut trouble.not_before);
                if let Some(free) = &mut trouble.free {
                    set_back(free);
                }
            }
        }
    }

    /// One object.
    pub fn get(&self, key: &Key) -> Option<&Entry> {
        self.objects.get(key).map(|entry| &**entry)
    }

    fn find(&self, key: &Key) -> Option<(&Key, &Entry)> {
        self.objects.get_key_value(key).map(|(key, entry)| (key, &**entry))
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

    /// Whether a list goes before the permit of a create, since of both it is what takes its time: one of all templates,
    /// page after page, where as many creates as a page has are allowed in the time of some pages.
    pub(super) fn lists_first(&self, object: &Object) -> bool {
        object.key.kind == Kind::Template
            && self.account_of(object).is_some_and(|account| {
                // They share the quota, and the lowest limit of all holds.
                self.same_as(account).all(|account| account.makes_templates_by_the_second())
            })
    }

    /// All objects, in no order.
    pub fn objects(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        self.objects.iter().map(|(key, entry)| (key, &**entry))
    }

    /// All accounts.
    pub fn accounts(&self) -> impl Iterator<Item = (&Key, &Arc<AccountObject>)> {
        self.accounts.iter()
    }

    /// The objects with this mark.
    pub fn with(&self, mark: Mark) -> impl Iterator<Item = (&Key, &Entry)> {
        self.marked.find(&mark).filter_map(|key| self.find(key))
    }

    /// The objects that refer to this account.
    pub fn of_account(&self, account: &Key) -> impl Iterator<Item = (&Key, &Entry)> {
        let keys = self.flocks.get(account).into_iter().flat_map(|flock| &flock.all);
        keys.filter_map(|key| self.find(key))
    }

    /// Those among them that own something and are to go.
    pub fn going_of(&self, account: &Key) -> impl Iterator<Item = (&Key, &Entry)> {
        let keys = self.flocks.get(account).into_iter().flat_map(|flock| &flock.going);
        keys.filter_map(|key| self.find(key))
    }

    /// How many of them own something.
    pub fn owners_of(&self, account: &Key) -> usize {
        self.flocks.get(account).map_or(0, |flock| flock.owners)
    }

    /// How many deletions wait for the window of an account: counted again only after something changed, since all that
    /// are to go ask for it.
    pub fn waiting(&self, window: &Key, now: Timestamp, count: impl FnOnce() -> usize) -> usize {
        let mut known = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
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
        self.identities.find(&identity(account)).filter_map(|key| self.accounts.get(key))
    }

    /// Their keys.
    pub fn keys_of_account(&self, account: &Key) -> BTreeSet<Key> {
        self.flocks.get(account).map(|flock| flock.all.clone()).unwrap_or_default()
    }

    /// The objects whose claims are about this account of a provider, and about this phone number or none.
    pub fn claimed_at(&self, identity: &str, phone: Option<&str>) -> impl Iterator<Item = &Entry> {
        let keys = self.at.find(&(Name::from(identity), phone.map(Name::from)));
        keys.filter_map(|key| self.get(key))
    }

    fn colliding(&self, marks: &[Mark]) -> BTreeSet<Key> {
        marks.iter().flat_map(|mark| self.marked.find(mark)).cloned().collect()
    }

    fn enter(&mut self, key: &Key, found_by: FoundBy) {
        for mark in found_by.marks {
            self.marked.enter(mark, key);
        }
        if let Some(account) = found_by.account {
            let flock = self.flocks.entry(account).or_default();
            flock.all.insert(key.clone());
            flock.owners += usize::from(found_by.owns);
            if found_by.goes {
                flock.going.insert(key.clone());
            }
        }
        if let Some(place) = found_by.place {
            self.at.enter(place, key);
        }
    }

    fn leave(&mut self, key: &Key, found_by: &FoundBy) {
        for mark in &found_by.marks {
            self.marked.leave(mark, key);
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
            self.at.leave(place, key);
        }
    }
}

fn identity(account: &AccountObject) -> Option<Identity> {
    Identity::of(&account.spec, &account.key.object())
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

#[cfg(test)]
#[path = "world_tests.rs"]
mod tests;
