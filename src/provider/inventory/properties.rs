//! Any interleaving of lists and writes against a provider that is modelled here.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::*;

const RULES: Rules = Rules { settle: Duration::ZERO, drift: Duration::from_secs(1000), exact_reads: false };

/// One thing that happens, a second after the one before.
#[derive(Clone, Debug)]
enum Step {
    Create,
    Update(prop::sample::Index),
    Delete(prop::sample::Index),
    /// The provider executes the oldest write that waits.
    Execute,
    /// We hear of the oldest write that was executed.
    Hear,
    StartList,
    /// A running list reads these of its keys now, and the others at its end.
    ReadSome(prop::sample::Index, u64),
    EndList(prop::sample::Index),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let index = any::<prop::sample::Index>;
    let step = prop_oneof![
        Just(Step::Create),
        index().prop_map(Step::Update),
        index().prop_map(Step::Delete),
        Just(Step::Execute),
        Just(Step::Hear),
        Just(Step::StartList),
        (index(), any::<u64>()).prop_map(|(list, some)| Step::ReadSome(list, some)),
        index().prop_map(Step::EndList),
    ];
    prop::collection::vec(step, 1..80)
}

#[derive(Debug)]
struct Running {
    started: Moment,
    /// What it has read already: per key the entry, if it was there.
    read: BTreeMap<u32, Option<u32>>,
}

#[derive(Debug)]
struct World {
    snapshot: Snapshot<u32, u32>,
    now: Moment,
    /// The provider's truth.
    truth: BTreeMap<u32, u32>,
    last: u32,
    waiting: Vec<(WriteId, Act<u32>)>,
    executed: Vec<(WriteId, Outcome<u32, u32>)>,
    busy: BTreeSet<u32>,
    lists: Vec<Running>,
}

impl World {
    fn new() -> Self {
        Self {
            snapshot: Snapshot::new(RULES),
            now: Duration::from_secs(1),
            truth: BTreeMap::new(),
            last: 0,
            waiting: Vec::new(),
            executed: Vec::new(),
            busy: BTreeSet::new(),
            lists: Vec::new(),
        }
    }

    /// Begins a write on an object that nobody writes to: the locks of the engine see to that.
    fn begin(&mut self, index: prop::sample::Index, act: fn(u32) -> Act<u32>) {
        let idle: Vec<u32> = self.truth.keys().copied().filter(|key| !self.busy.contains(key)).collect();
        if !idle.is_empty() {
            let key = *index.get(&idle);
            self.busy.insert(key);
            self.waiting.push((self.snapshot.begin(act(key)), act(key)));
        }
    }

    fn execute(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let (id, act) = self.waiting.remove(0);
        self.last += 1;
        let outcome = match act {
            Act::Create => Outcome::Exists(self.last, self.last),
            Act::Update(key) => Outcome::Exists(key, self.last),
            Act::Delete(key) => Outcome::Gone(key),
        };
        match &outcome {
            Outcome::Exists(key, entry) => drop(self.truth.insert(*key, *entry)),
            Outcome::Gone(key) => drop(self.truth.remove(key)),
            _ => {}
        }
        if let Outcome::Exists(key, _) = &outcome {
            self.busy.insert(*key);
        }
        self.executed.push((id, outcome));
    }

    fn hear(&mut self) {
        if self.executed.is_empty() {
            return;
        }
        let (id, outcome) = self.executed.remove(0);
        if let Outcome::Exists(key, _) | Outcome::Gone(key) = &outcome {
            self.busy.remove(key);
        }
        self.snapshot.finish(id, outcome, self.now);
    }

    fn end_list(&mut self, index: prop::sample::Index) {
        if self.lists.is_empty() {
            return;
        }
        let list = self.lists.remove(index.index(self.lists.len()));
        let rest = self.truth.iter().filter(|(key, _)| !list.read.contains_key(key));
        let early = list.read.iter().filter_map(|(key, entry)| Some((*key, (*entry)?)));
        let entries: Vec<_> = early.chain(rest.map(|(key, entry)| (*key, *entry))).collect();
        let seen = entries.len();
        self.snapshot.list(Listed { entries, reach: Reach::Whole, seen, total: None }, list.started);
    }

    fn step(&mut self, step: &Step) {
        self.now += Duration::from_secs(1);
        match step {
            Step::Create => self.waiting.push((self.snapshot.begin(Act::Create), Act::Create)),
            Step::Update(index) => self.begin(*index, Act::Update),
            Step::Delete(index) => self.begin(*index, Act::Delete),
            Step::Execute => self.execute(),
            Step::Hear => self.hear(),
            Step::StartList => self.lists.push(Running { started: self.now, read: BTreeMap::new() }),
            Step::ReadSome(index, some) => {
                if !self.lists.is_empty() {
                    let at = index.index(self.lists.len());
                    for key in (1..=self.last).filter(|key| some >> (key % 64) & 1 == 1) {
                        self.lists[at].read.entry(key).or_insert(self.truth.get(&key).copied());
                    }
                }
            }
            Step::EndList(index) => self.end_list(*index),
        }
    }
}

proptest! {
    /// Nobody else changes anything, so of every object that nobody writes to at the moment the truth is known.
    #[test]
    fn claim_08_no_interleaving_of_lists_hides_or_resurrects_an_own_write(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
            for key in (1..=world.last).filter(|key| !world.busy.contains(key)) {
                let (ours, theirs) = (world.snapshot.get(&key), world.truth.get(&key));
                prop_assert_eq!(ours, theirs, "{} after {:?}", key, step);
                prop_assert!(theirs.is_none() || !world.snapshot.believed_absent(&key));
            }
        }
    }

    /// Lists of any subset, honest about their total or not.
    #[test]
    fn claim_09_only_a_complete_and_credible_list_makes_absent(
        lists in prop::collection::vec((prop::collection::btree_set(0..40_u32, 0..40), 0..4_usize, 1..400_u64), 1..12),
    ) {
        let mut snapshot = Snapshot::new(RULES);
        let mut now = Duration::ZERO;
        for (keys, lie, pause) in lists {
            now += Duration::from_secs(pause);
            let before: BTreeSet<u32> = (0..40).filter(|key| snapshot.believed_absent(key)).collect();
            let known = snapshot.len();
            let held: BTreeSet<u32> = (0..40).filter(|key| snapshot.get(key).is_some()).collect();
            let agreed = snapshot.suspicion().is_some_and(|suspicion| now.saturating_sub(suspicion.since) >= RULES.drift);
            let entries: Vec<_> = keys.iter().map(|key| (*key, ())).collect();
            let (seen, total) = (entries.len(), Some(entries.len() + lie % 2));
            let judgement = snapshot.list(Listed { entries, reach: Reach::Whole, seen, total }, now);
            let absent: BTreeSet<u32> = (0..40).filter(|key| snapshot.believed_absent(key)).collect();
            prop_assert!(absent.is_disjoint(&keys), "what was shown is there");
            let gone = held.difference(&keys).count();
            match judgement {
                Judgement::Complete => {
                    prop_assert!(lie % 2 == 0);
                    let great = gone > 10 && gone * 10 > known * 3 || keys.is_empty() && gone > 0;
                    prop_assert!(!great || agreed, "{} of {} gone at once", gone, known);
                }
                Judgement::Incomplete => prop_assert!(absent.is_subset(&before)),
                Judgement::Suspicious => prop_assert!(absent.is_empty()),
                Judgement::Outdated => prop_assert!(false, "every list is newer"),
            }
        }
    }
}
