//! What is believed of an account, from lists, exact reads and our own writes. Pure.
//!
//! | what comes in | what it does |
//! |---|---|
//! | own write, finished | holds against every list that started before it finished, and a settle time longer |
//! | own write, under way | no list touches its object |
//! | own delete, under way during a list | that list proves no absence: pages shift |
//! | list with a missing page, a repeated key or another total | adds what it shows, removes nothing |
//! | list that lacks too much | the same, and a [`Suspicion`]: nothing counts as absent |
//! | list older than one that was already read | nothing |
//! | complete list | decides everything else |

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::suspicion::{Loss, Suspicion};
use crate::index::{Index, Mark};
use crate::{qr_code, template};

/// A point in time, counted from any fixed one.
pub type Moment = Duration;

/// How an account is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long a provider's lists may lag behind its answers.
    pub settle: Duration,
    /// How long lists must agree before a great loss is believed.
    pub drift: Duration,
    /// Whether the provider can read one object by its key; if so, absence needs that too.
    pub exact_reads: bool,
}

/// A list, as the provider gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<K, E> {
    /// What is ours to see.
    pub entries: Vec<(K, E)>,
    /// How far it was read.
    pub reach: Reach,
    /// How many entries the pages held, those of other channels included.
    pub seen: usize,
    /// How many the provider says there are, where it does.
    pub total: Option<usize>,
}

/// How far a list was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every page.
    Whole,
    /// Newest first, up to a page that has come to what is known: enough before a create, and no proof of absence.
    Newest,
}

/// What was made of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Believed in full.
    Complete,
    /// Believed in what it shows.
    Incomplete,
    /// The same, and it lacks too much.
    Suspicious,
    /// Not newer than what is known already.
    Outdated,
}

/// What we are about to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act<K> {
    /// Make an object, whose key nobody knows yet.
    Create,
    /// Change one.
    Update(K),
    /// Delete one.
    Delete(K),
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<K, E> {
    /// The provider says that this exists now. After an update with another key the old one is left to lists.
    Exists(K, E),
    /// The provider says that this is gone.
    Gone(K),
    /// Nothing changed.
    Refused,
    /// Nobody knows; lists that start a settle time from now will tell.
    Unclear,
}

/// What is found by what it looks like, too: nobody goes through all of an account for one object.
pub trait Alike {
    /// The same for all that could be taken for each other.
    fn likeness(&self) -> String;
}

impl Alike for qr_code::Observed {
    fn likeness(&self) -> String {
        qr_code::likeness(&self.message)
    }
}

impl Alike for template::Observed {
    fn likeness(&self) -> String {
        template::likeness(&self.name, &self.language)
    }
}

/// A write under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WriteId(u64);

/// What holds against lists that started at or before a moment.
#[derive(Clone, Copy, Debug)]
struct Fact {
    gone: bool,
    until: Moment,
    /// The call that it comes of ended then, and nobody knows how: what is shown after that is the better news, and
    /// only what is missing proves nothing yet.
    unclear: Option<Moment>,
}

/// What is believed of an account's objects of one sort.
#[derive(Clone, Debug)]
pub struct Snapshot<K, E> {
    rules: Rules,
    entries: BTreeMap<K, E>,
    /// The keys of entries, by what they look like.
    alike: Index<Mark, K>,
    /// Claimed, and no list was asked about them yet: neither a restart nor what another process made meanwhile may make
    /// us believe an empty one.
    expected: BTreeSet<K>,
    facts: BTreeMap<K, Fact>,
    /// What a list lacked that was there before, by likeness, for a settle time: that list may have lagged.
    faded: BTreeMap<K, (Mark, Moment)>,
    open: BTreeMap<WriteId, Act<K>>,
    /// How many writes under way change or delete an object.
    touched: BTreeMap<K, usize>,
    last_write: u64,
    /// Lists that started at or before this had a delete of ours in between.
    shifted_until: Option<Moment>,
    /// Exact reads that found nothing.
    not_found: BTreeSet<K>,
    /// When the last list that was read started, and whether it was complete.
    last: Option<(Moment, bool)>,
    /// When the last list of every page started.
    last_whole: Option<Moment>,
    /// What lists have shown without a gap. Our own creates are not among them: a page full of them would hide
    /// a stranger on the next.
    listed: Arc<BTreeSet<K>>,
    /// Whether any complete list was believed.
    proven: bool,
    suspicion: Option<Suspicion<K>>,
}

fn looks(likeness: &str) -> Mark {
    Mark::of("likeness", likeness)
}

impl<K: Ord + Clone, E: Alike> Snapshot<K, E> {
    /// Nothing is known yet.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            entries: BTreeMap::new(),
            alike: Index::default(),
            expected: BTreeSet::new(),
            facts: BTreeMap::new(),
            faded: BTreeMap::new(),
            open: BTreeMap::new(),
            touched: BTreeMap::new(),
            last_write: 0,
            shifted_until: None,
            not_found: BTreeSet::new(),
            last: None,
            last_whole: None,
            listed: Arc::default(),
            proven: false,
            suspicion: None,
        }
    }

    /// Objects that claims say exist, and that no list was asked about since. They count as known for the next complete
    /// list, so that one that is too empty is suspicious after a restart, too, and where another process made them.
    pub fn expect(&mut self, keys: impl IntoIterator<Item = K>) {
        let Self { entries, facts, expected, .. } = self;
        let is_gone = |key: &K| facts.get(key).is_some_and(|fact| fact.gone);
        expected.extend(keys.into_iter().filter(|key| !entries.contains_key(key) && !is_gone(key)));
    }

    /// A write of ours begins.
    pub fn begin(&mut self, act: Act<K>) -> WriteId {
        self.last_write += 1;
        let id = WriteId(self.last_write);
        if let Act::Update(key) | Act::Delete(key) = &act {
            *self.touched.entry(key.clone()).or_default() += 1;
        }
        self.open.insert(id, act);
        id
    }

    /// A write of ours has ended.
    pub fn finish(&mut self, id: WriteId, outcome: Outcome<K, E>, now: Moment) {
        let Some(act) = self.open.remove(&id) else { return };
        if let Act::Update(key) | Act::Delete(key) = &act
            && let Some(count) = self.touched.get_mut(key)
        {
            *count -= 1;
            if *count == 0 {
                self.touched.remove(key);
            }
        }
        let settled = now + self.rules.settle;
        match outcome {
            Outcome::Exists(key, entry) => {
                // A key that changed is an object that went: pages shift.
                if matches!(&act, Act::Update(from) if *from != key) {
                    self.shift(now);
                }
                self.note(key, entry, settled);
            }
            Outcome::Gone(key) => {
                self.shift(now);
                self.strike(key, settled);
            }
            Outcome::Refused => {}
            Outcome::Unclear => {
                if matches!(act, Act::Delete(_)) {
                    self.shift(settled);
                }
                if let Act::Update(key) | Act::Delete(key) = act {
                    self.facts.insert(key, Fact { gone: false, until: settled, unclear: Some(now) });
                }
            }
        }
    }

    /// An exact read of one object, and when it started and ended.
    pub fn read(&mut self, key: K, found: Option<E>, started: Moment, ended: Moment) {
        match found {
            Some(entry) if !self.hides(&key, started) => self.note(key, entry, ended),
            None if !self.holds(&key, started) => drop(self.not_found.insert(key)),
            _ => {}
        }
    }

    /// A list that started at this moment. What it says counts from there, however long it took.
    pub fn list(&mut self, list: Listed<K, E>, started: Moment) -> Judgement {
        if self.last.is_some_and(|(last, _)| started < last) {
            return Judgement::Outdated;
        }
        self.facts.retain(|_, fact| fact.until >= started);
        self.faded.retain(|_, (_, until)| *until >= started);
        let (whole, gapless) = (list.reach == Reach::Whole, self.is_gapless(&list, started));
        let complete = whole && gapless;
        let known: BTreeSet<K> = if complete {
            self.entries.keys().chain(&self.expected).cloned().collect()
        } else {
            BTreeSet::new()
        };
        let shown: BTreeSet<K> = list.entries.iter().map(|(key, _)| key.clone()).collect();
        for (key, entry) in list.entries {
            if !self.hides(&key, started) {
                self.show(key, entry);
            }
        }
        self.remember(started, whole, gapless, &shown);
        if !complete {
            return Judgement::Incomplete;
        }
        let missing = known.iter().filter(|key| !shown.contains(key) && !self.holds(key, started));
        let missing: BTreeSet<K> = missing.cloned().collect();
        let loss = Loss { started, missing: missing.clone(), known: known.len(), empty: shown.is_empty() };
        self.suspicion = loss.judge(self.suspicion.take(), self.rules.drift);
        if self.suspicion.is_some() {
            return Judgement::Suspicious;
        }
        self.lose(&missing, started);
        Judgement::Complete
    }

    /// How long lists must agree before a great loss is believed.
    pub fn agreement(&self) -> Duration {
        self.rules.drift
    }

    /// The same from now on.
    pub fn agree_for(&mut self, drift: Duration) {
        self.rules.drift = drift;
    }

    /// A person says that what the suspicious lists lack is really gone.
    pub fn confirm(&mut self) {
        if let Some(Suspicion { latest, mut missing, .. }) = self.suspicion.take() {
            missing.retain(|key| !self.holds(key, latest));
            self.lose(&missing, latest);
        }
    }

    /// All entries that fit. Those of suspicious absence are among them.
    pub fn find(&self, fits: impl Fn(&E) -> bool) -> impl Iterator<Item = (&K, &E)> {
        self.entries.iter().filter(move |(_, entry)| fits(entry))
    }

    /// All entries that look like this ([`Alike::likeness`]).
    pub fn alike<'a>(&'a self, likeness: &str) -> impl Iterator<Item = &'a E> + use<'a, K, E> {
        self.alike.find(&looks(likeness)).filter_map(|key| self.entries.get(key))
    }

    /// What looked like this and was there until a list lacked it, not long ago. It may be there: nothing that is made now is it.
    pub fn faded(&self, likeness: &str) -> impl Iterator<Item = &K> {
        let looks = looks(likeness);
        self.faded.iter().filter(move |(_, (looked, _))| *looked == looks).map(|(key, _)| key)
    }

    /// One entry.
    pub fn get(&self, key: &K) -> Option<&E> {
        self.entries.get(key)
    }

    /// Whether this is certainly not there, as of the last complete list: ask [`Self::needs`] first.
    pub fn believed_absent(&self, key: &K) -> bool {
        let may_be_there = self.entries.contains_key(key) || self.expected.contains(key);
        if may_be_there || self.suspicion.is_some() || self.is_open(key) {
            return false;
        }
        match self.facts.get(key) {
            // The answer to our own delete is better than any list.
            Some(fact) => fact.gone,
            None => self.proven && (!self.rules.exact_reads || self.not_found.contains(key)),
        }
    }

    /// How long ago the last list started; none before the first.
    pub fn age(&self, now: Moment) -> Option<Duration> {
        self.last.map(|(started, _)| now.saturating_sub(started))
    }

    /// When the last complete list started, believed or suspicious; none before the first.
    pub fn whole_since(&self) -> Option<Moment> {
        self.last_whole
    }

    /// Whether the last list was complete and is believed.
    pub fn complete(&self) -> bool {
        self.suspicion.is_none() && self.last.is_some_and(|(_, complete)| complete)
    }

    /// Whether a list is needed for whoever wants one that started at this moment or later and reached so far.
    pub fn needs(&self, newer_than: Moment, reach: Reach) -> bool {
        let last = match reach {
            Reach::Whole => self.last_whole,
            Reach::Newest => self.last.map(|(started, _)| started),
        };
        last.is_none_or(|started| started < newer_than)
    }

    /// How far a list must reach to show all that is new: to the first known objects, if there are any.
    pub fn reach(&self, wanted: Reach) -> Reach {
        if self.proven { wanted } else { Reach::Whole }
    }

    /// What a list of the newest need not read again: it ends with the first page that has come to it.
    pub fn listed(&self) -> Arc<BTreeSet<K>> {
        Arc::clone(&self.listed)
    }

    /// Why nothing counts as absent, if so.
    pub fn suspicion(&self) -> Option<&Suspicion<K>> {
        self.suspicion.as_ref()
    }

    /// How many objects are there, as far as we know.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is there, as far as we know.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the list shows everything as far as it reaches.
    fn is_gapless(&self, list: &Listed<K, E>, started: Moment) -> bool {
        let keys: BTreeSet<&K> = list.entries.iter().map(|(key, _)| key).collect();
        let deleting = self.open.values().any(|act| matches!(act, Act::Delete(_)));
        let shifted = deleting || self.shifted_until.is_some_and(|until| until >= started);
        let counted = list.reach == Reach::Newest || list.total.is_none_or(|total| total == list.seen);
        // A key that came twice stood in the place of one that did not come.
        counted && keys.len() == list.entries.len() && !shifted
    }

    /// Whether what we know of this object holds against what started at this moment.
    fn holds(&self, key: &K, started: Moment) -> bool {
        self.is_open(key) || self.facts.get(key).is_some_and(|fact| fact.until >= started)
    }

    /// Whether what is shown of it since this moment is no news.
    fn hides(&self, key: &K, started: Moment) -> bool {
        let unclear = self.facts.get(key).and_then(|fact| fact.unclear);
        self.holds(key, started) && (self.is_open(key) || unclear.is_none_or(|since| started < since))
    }

    fn is_open(&self, key: &K) -> bool {
        self.touched.contains_key(key)
    }

    /// Somebody who must know says that this is there, until lists that start later say otherwise.
    fn note(&mut self, key: K, entry: E, until: Moment) {
        self.show(key.clone(), entry);
        self.facts.insert(key, Fact { gone: false, until, unclear: None });
    }

    /// Or that it is gone, by our own hand: that is no loss to wonder about.
    fn strike(&mut self, key: K, until: Moment) {
        self.take_out(&key);
        self.expected.remove(&key);
        if let Some(suspicion) = &mut self.suspicion {
            suspicion.missing.remove(&key);
        }
        self.facts.insert(key, Fact { gone: true, until, unclear: None });
    }

    fn show(&mut self, key: K, entry: E) {
        self.not_found.remove(&key);
        self.expected.remove(&key);
        if let Some(suspicion) = &mut self.suspicion {
            suspicion.dispute(&key);
        }
        let likeness = entry.likeness();
        if self.entries.get(&key).is_none_or(|known| known.likeness() != likeness) {
            self.take_out(&key);
            self.alike.enter(looks(&likeness), &key);
        }
        self.entries.insert(key, entry);
    }

    fn take_out(&mut self, key: &K) -> Option<E> {
        let entry = self.entries.remove(key)?;
        self.alike.leave(&looks(&entry.likeness()), key);
        Some(entry)
    }

    fn remember(&mut self, started: Moment, whole: bool, gapless: bool, shown: &BTreeSet<K>) {
        self.last = Some((started, whole && gapless));
        if whole && gapless {
            self.last_whole = Some(started);
            self.listed = Arc::default();
        }
        if gapless {
            Arc::make_mut(&mut self.listed).extend(shown.iter().cloned());
        }
    }

    fn lose(&mut self, missing: &BTreeSet<K>, started: Moment) {
        let until = started + self.rules.settle;
        for key in missing {
            if let Some(entry) = self.take_out(key) {
                self.faded.insert(key.clone(), (looks(&entry.likeness()), until));
            }
        }
        self.expected.clear();
        self.proven = true;
    }

    fn shift(&mut self, until: Moment) {
        self.shifted_until = self.shifted_until.max(Some(until));
    }
}

impl<K: Ord + Clone> Snapshot<K, qr_code::Observed> {
    /// The live codes that carry exactly this text.
    pub fn live(&self, text: &str) -> impl Iterator<Item = &qr_code::Observed> {
        self.alike(&qr_code::likeness(text)).filter(move |code| code.message == text)
    }
}

impl<K: Ord + Clone> Snapshot<K, template::Observed> {
    /// The templates of this name in this language. One that is being deleted may stand beside its successor.
    pub fn named<'a>(&'a self, name: &str, language: &str) -> impl Iterator<Item = &'a template::Observed> {
        self.alike(&template::likeness(name, language))
    }
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "properties.rs"]
mod properties;
