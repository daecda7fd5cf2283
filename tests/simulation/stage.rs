//! What one seed plays on: a store, both providers, and what everybody did so far.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use waops::clock;
use waops::engine::object::Object;
use waops::inside::{Inside, Pace};
use waops::plan::facts::{Cause, Key};
use waops::simulator::{Change, Fault, FaultRule, Provider as Face, Request, Scenario, Simulator};
use waops::store::memory::Memory;

use super::cast;
use super::chance::Chance;
use super::judge::Live;
use super::ledger::{Ledger, listen};

/// When every story begins.
pub(crate) const BEGIN: Timestamp = Timestamp::constant(1_800_000_000, 0);
/// The installation under test.
pub(crate) const HERE: &str = "6f1e2b6c-5a0e-4c1a-9a55-0a4d3f6f0b1a";

/// How often what was taken.
pub(crate) type Counts = BTreeMap<String, u64>;

/// What people do more than anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// Everything.
    Anything,
    /// They rename, delete and restore.
    Heirs,
    /// They write texts anew, and take that back.
    Texts,
}

impl About {
    fn of(seed: u64) -> Self {
        match Chance::new(seed, 6).below(1000) {
            0..=99 => Self::Heirs,
            100..=149 => Self::Texts,
            _ => Self::Anything,
        }
    }
}

/// Everything that the parts of a story share.
pub(crate) struct Stage {
    pub(crate) store: Memory,
    pub(crate) inside: Inside,
    pub(crate) disk: Chance,
    pub(crate) people: Chance,
    /// For what only some stories have: all others are told as if there were no such thing.
    pub(crate) whims: Chance,
    pub(crate) fate: Chance,
    /// Whether there are so many objects that deletions are counted.
    pub(crate) is_crowd: bool,
    pub(crate) about: About,
    /// For deletions that began before the object was held, in the stories that have such.
    snatches: Option<Chance>,
    /// What such a deletion removed, and nobody was told of yet.
    snatched: Mutex<BTreeSet<Key>>,
    ledger: Mutex<Ledger>,
    counts: Mutex<Counts>,
    story: Option<Mutex<Vec<String>>>,
    /// Whether things go wrong between us and the store.
    weather: Mutex<Weather>,
}

/// What goes wrong with the store, of a thousand operations each.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    pub(crate) conflicts: u64,
    pub(crate) lost: u64,
    pub(crate) late: u64,
    pub(crate) slow: u64,
    pub(crate) stale_events: u64,
    /// Nothing works until then.
    pub(crate) outage: Option<Timestamp>,
    /// A provider shows no code of anybody until then.
    pub(crate) eclipse: Option<(Face, Instant)>,
    /// When all watches hang, from then till then.
    pub(crate) deaf: Option<(Timestamp, Timestamp)>,
}

impl Stage {
    pub(crate) fn new(seed: u64, told: bool) -> Arc<Self> {
        let fate = Chance::new(seed, 4);
        let network = Arc::new(Chance::new(seed, 1));
        let pace = network.clone();
        let about = About::of(seed);
        let mut faults = faults(&fate);
        faults.extend(interference(&Chance::new(seed, 8)));
        let mut counts = Counts::new();
        for rule in &faults {
            *counts.entry(format!("rule {}", rule.fault.name())).or_default() += 1;
        }
        let is_crowd = fate.permille(60);
        let simulator = Simulator::new(Scenario { seed, faults, ..cast::scenario(&fate, about) });
        let inside = Inside::new(simulator)
            .with_pace(move || Pace { there: pace.millis(1, 400), back: pace.millis(1, 400) });
        Arc::new(Self {
            store: Memory::new(HERE),
            inside,
            disk: Chance::new(seed, 2),
            people: Chance::new(seed, 3),
            whims: Chance::new(seed, 7),
            weather: Mutex::new(Weather {
                deaf: deaf(&Chance::new(seed, 5), about),
                ..weather(&fate, about)
            }),
            fate,
            is_crowd,
            about,
            snatches: Some(Chance::new(seed, 9)).filter(|chance| chance.permille(100)),
            snatched: Mutex::default(),
            ledger: Mutex::default(),
            counts: Mutex::new(counts),
            story: told.then(Mutex::default),
        })
    }

    /// From now on nothing goes wrong.
    pub(crate) fn peace(&self) {
        *self.weather() = Weather::default();
        self.inside.simulator().admin(&Request::new("DELETE", "/faults"), clock::timestamp());
        self.say("peace", || "nothing goes wrong from now on".to_owned());
    }

    /// One line of the story, made only where it is told.
    pub(crate) fn say(&self, who: &str, what: impl FnOnce() -> String) {
        if let Some(story) = &self.story {
            let since = clock::timestamp().duration_since(BEGIN);
            let line = format!("{:>10.3} {who:<6} {}", since.as_secs_f64(), what());
            story.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }

    pub(crate) fn story(&self) -> Vec<String> {
        self.story
            .as_ref()
            .map(|story| story.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .unwrap_or_default()
    }

    /// A promise that was broken.
    pub(crate) fn broken(&self, promise: &str, what: impl FnOnce() -> String) {
        let what = format!("{promise}: {}", what());
        self.say("BROKEN", || what.clone());
        self.ledger().violations.push(what);
    }

    pub(crate) fn count(&self, what: impl Into<String>) {
        *self.counts().entry(what.into()).or_default() += 1;
    }

    pub(crate) fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn weather(&self) -> MutexGuard<'_, Weather> {
        self.weather.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a provider lists no codes, and says that this is all.
    pub(crate) fn is_eclipsed(&self, face: Face) -> bool {
        self.weather().eclipse.is_some_and(|(eclipsed, until)| eclipsed == face && Instant::now() < until)
    }

    /// Whether lists of a provider may have hidden a code so that nobody can notice: a list that says it is whole and is not,
    /// twice, which only Meta's do; or one that lacks what nobody knew of.
    pub(crate) fn may_have_hidden(&self, live: &Live) -> bool {
        let may_be_missed = self.ledger().may_be_missed(&live.code);
        let counts = self.counts();
        (may_be_missed && counts.contains_key(&format!("rule Eclipse {:?}", live.face)))
            || (live.face == Face::Meta && counts.contains_key("rule PartialList"))
    }

    /// Deletes an object. What a person deletes may be gone at once although it is held, by a request that began before it
    /// was: it goes on when the watch tells.
    pub(crate) fn delete(self: &Arc<Self>, object: &Object, cause: Cause) {
        let (stage, key) = (self.clone(), object.key.clone());
        let tell = move || {
            stage.snatched().remove(&key);
            stage.store.delete(&key, cause, clock::timestamp());
            listen(&stage);
        };
        let snatches = |chance: &&Chance| object.meta.held && cause == Cause::Person && chance.permille(500);
        let Some(chance) = self.snatches.as_ref().filter(snatches) else { return tell() };
        self.count("an object that was snatched");
        self.snatched().insert(object.key.clone());
        let length = chance.millis(0, 2_000);
        tokio::spawn(async move {
            tokio::time::sleep(length).await;
            tell();
        });
    }

    /// Whether the store does not know it any more, and nobody has told.
    pub(crate) fn is_snatched(&self, key: &Key) -> bool {
        self.snatched().contains(key)
    }

    fn snatched(&self) -> MutexGuard<'_, BTreeSet<Key>> {
        self.snatched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long watches hang from now on.
    pub(crate) fn deaf_for(&self) -> Option<Duration> {
        let (from, until) = self.weather().deaf?;
        let now = clock::timestamp();
        let left = Duration::try_from(until.duration_since(now)).ok()?;
        (now >= from).then_some(left)
    }

    pub(crate) fn outage(&self) -> bool {
        let mut weather = self.weather();
        let now = clock::timestamp();
        if weather.outage.is_some_and(|until| until <= now || until > now + SignedDuration::from_mins(5)) {
            weather.outage = None;
        }
        weather.outage.is_some()
    }
}

fn weather(fate: &Chance, about: About) -> Weather {
    let strength = *fate.pick(&[0, 5, 20, 60]).unwrap_or(&0);
    let weather = Weather {
        conflicts: fate.below(strength + 1),
        lost: fate.below(strength + 1),
        late: fate.below(strength + 1),
        slow: fate.below(300),
        stale_events: fate.below(500),
        outage: None,
        eclipse: None,
        deaf: None,
    };
    match about {
        // Who inherits is decided within moments: only what is slow, or heard late, comes between.
        About::Heirs => Weather { slow: 300, stale_events: 500, ..weather },
        About::Anything | About::Texts => weather,
    }
}

/// In some stories watches hang once, while everything else goes on: mostly where who has what changes all the time.
fn deaf(chance: &Chance, about: About) -> Option<(Timestamp, Timestamp)> {
    let from = BEGIN + chance.millis(10_000, 400_000);
    let until = from + chance.millis(10_000, 90_000);
    chance.permille(if about == About::Heirs { 300 } else { 150 }).then_some((from, until))
}

/// In some stories a colleague takes something away just before a call is executed: what was there a moment ago is not any
/// more.
fn interference(chance: &Chance) -> Option<FaultRule> {
    let provider = if chance.permille(500) { Face::Meta } else { Face::Alibaba };
    let (operation, deed) = if chance.permille(500) {
        let [phone, _] = cast::phones(provider).map(str::to_owned);
        ("*rdl*", Change::DeleteCode { provider, phone, code: None })
    } else {
        let (space, name) = (cast::space(provider).to_owned(), cast::template_name("t"));
        ("*emplate*", Change::DeleteTemplate { provider, space, name, language: None })
    };
    let skip = u32::try_from(chance.below(20)).unwrap_or_default();
    let rule = FaultRule::once(operation, Fault::ForeignChange(deed));
    chance.permille(60).then_some(FaultRule { provider: Some(provider), skip, ..rule })
}

/// What goes wrong at the providers. Calls that are carried out late, and lists that lag, do so within the time that
/// the engine gives them to settle: outside of it lies what claims.md says remains.
fn faults(fate: &Chance) -> Vec<FaultRule> {
    let all: [(&str, fn(&Chance) -> Fault); 14] = [
        ("*", |_| Fault::LostResponse),
        ("*", |_| Fault::TimeoutBefore),
        ("*", |_| Fault::TimeoutAfter),
        ("*", |fate| Fault::LateExecution { after_ms: 1 + fate.below(30_000).cast_signed() }),
        ("*", |_| Fault::ResetBefore),
        ("*", |fate| Fault::ServerError { status: *fate.pick(&[500, 502, 503, 504]).unwrap_or(&500) }),
        ("*", |fate| Fault::Throttle { retry_after_ms: fate.permille(500).then(|| fate.below(20_000)) }),
        ("*", |fate| Fault::ProxyHtml { status: *fate.pick(&[200, 403, 502]).unwrap_or(&502) }),
        ("*", |_| Fault::TruncatedJson),
        ("*", |fate| Fault::StaleList { ms: 1 + fate.below(25_000).cast_signed() }),
        ("*", |fate| Fault::PartialList { keep: usize::try_from(fate.below(4)).unwrap_or_default() }),
        ("*", |fate| Fault::ClockSkew { seconds: fate.below(1200).cast_signed() - 600 }),
        ("*", |_| Fault::PermissionWithdrawn),
        ("*", |fate| Fault::Latency { ms: fate.below(25_000) }),
    ];
    let half = fate.permille(150).then(|| {
        let rule = FaultRule::every("UpdatePhoneMessageQrdl", Fault::OldCodeStays);
        FaultRule { probability: 0.7, ..rule }
    });
    let rules = fate.below(5);
    let mut faults: Vec<FaultRule> = (0..rules)
        .filter_map(|_| fate.pick(&all))
        .map(|(operation, fault)| {
            let fault = fault(fate);
            let provider = *fate.pick(&[None, Some(Face::Alibaba), Some(Face::Meta)]).unwrap_or(&None);
            // Where nothing else can be asked than a list, a list that lies about being whole is believed.
            let provider =
                if matches!(fault, Fault::PartialList { .. }) { Some(Face::Meta) } else { provider };
            let probability = [0.02, 0.05, 0.15][usize::try_from(fate.below(3)).unwrap_or_default()];
            FaultRule { probability, provider, ..FaultRule::every(operation, fault) }
        })
        .collect();
    faults.extend(half);
    // What makes duplicates is tried most.
    for operation in
        ["CreatePhoneMessageQrdl", "UpdatePhoneMessageQrdl", "POST message_qrdls", "Delete*", "*emplate*"]
    {
        if fate.permille(400) {
            let (_, fault) = all[usize::try_from(fate.below(5)).unwrap_or_default()];
            let probability = [0.2, 0.5, 0.9][usize::try_from(fate.below(3)).unwrap_or_default()];
            faults.push(FaultRule { probability, ..FaultRule::every(operation, fault(fate)) });
        }
    }
    faults
}
