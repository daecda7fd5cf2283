//! `kill -9` at any moment, amid all that people change: nothing is made twice, nothing is lost, nothing of others is
//! touched, and the state can always be read. `make kill-test` plays a hundred rounds; `WAOPS_KILL_ROUNDS` says how many,
//! and `WAOPS_KILL_SEED` at which moments.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write as _;
use std::process::{Child, Stdio};
use std::thread::{self, scope, sleep};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use waops::qr_code::content_hash;
use waops::simulator::sandbox;

use crate::support::{Folder, Simulator, code};

/// Rounds are played side by side, since each waits half a minute for its deletions.
const AT_ONCE: usize = 8;
/// Applies that are killed in each.
const KILLS: usize = 3;

/// Codes that stay, get another text at Meta or at Alibaba Cloud, are made, and go.
const KEPT: usize = 10;
const REWRITTEN: usize = 30;
const ROTATED: usize = 5;
const MADE: usize = 100;
const GONE: usize = 8;
/// Templates that are edited, as many that are made, and those that go.
const TEMPLATES: usize = 5;
const TEMPLATES_GONE: usize = 2;
/// What somebody else has made.
const THEIRS: [&str; 3] = ["Theirs.", "Theirs, too.", "theirs"];

/// Half of all answers take a while: a kill meets calls that are on their way, and calls that nobody has written down.
const SCENARIO: &str = "settings: {limits: false, reviewMs: 0}
faults:
- {operation: \"POST *\", fault: {latency: {ms: 100}}, probability: 0.5}
- {operation: \"DELETE *\", fault: {latency: {ms: 100}}, probability: 0.5}
- {operation: \"Create*\", fault: {latency: {ms: 100}}, probability: 0.5}
- {operation: \"Update*\", fault: {latency: {ms: 100}}, probability: 0.5}
";
const LATENCY: Duration = Duration::from_millis(100);

/// What is live: codes by what they say, and what templates say by their names.
type Live = BTreeMap<String, Vec<String>>;

#[test]
fn promise_08_a_killed_apply_leaves_nothing_lost_and_nothing_twice() {
    let said = |name: &str| env::var(name).ok().and_then(|number| number.parse().ok());
    let (rounds, seed) = (said("WAOPS_KILL_ROUNDS").unwrap_or(3), said("WAOPS_KILL_SEED").unwrap_or(0x5eed));
    println!("WAOPS_KILL_SEED={seed}");
    let mut open = 0;
    for some in (0..rounds).collect::<Vec<u64>>().chunks(AT_ONCE) {
        open += scope(|scope| {
            let start = |round: u64| {
                let named = thread::Builder::new().name(format!("round {round}"));
                named.spawn_scoped(scope, move || play(round, seed)).unwrap()
            };
            let played: Vec<_> = some.iter().copied().map(start).collect();
            played.into_iter().map(|round| round.join().unwrap()).sum::<usize>()
        });
    }
    println!("{rounds} rounds of {KILLS} kills; {open} of these met a call under way");
    assert!(open > 0, "every kill came too early or too late to show anything");
}

/// One round; how many of its kills met a call under way.
fn play(round: u64, seed: u64) -> usize {
    let mut random = Random(seed.wrapping_add(round));
    let simulator = Simulator::start(&format!("seed: {}\n{SCENARIO}", round + 1));
    let folder = Folder::new();
    declare_before(&folder);
    let start = Instant::now();
    folder.apply(&simulator).ends(0);
    // A moment is one of those that an apply takes here, however fast it is.
    let length = start.elapsed();
    let (meta, alibaba) = (sandbox::PHONE_NUMBER_ID, sandbox::PHONE_NUMBER);
    for theirs in [
        json!({"addCode": {"provider": "meta", "phone": meta, "message": THEIRS[0]}}),
        json!({"addCode": {"provider": "alibaba", "phone": alibaba, "message": THEIRS[1]}}),
        json!({"addTemplate": {"provider": "meta", "space": sandbox::WABA_ID, "name": THEIRS[2], "language": "en_US",
               "category": "UTILITY", "components": [{"type": "BODY", "text": "Good morning."}]}}),
    ] {
        simulator.admin("POST", "/changes", &theirs);
    }
    let before = live(&simulator);
    declare_after(&folder, &before);

    let mut open = 0;
    let mut kill = |mut child: Child| {
        child.kill().unwrap();
        child.wait().unwrap();
        folder.waops(&simulator, &["status"]).ends(0);
        open += usize::from(folder.state().contains("\"intent\":"));
    };
    for _ in 1..KILLS {
        let child = apply(&folder, &simulator);
        sleep(random.below(length));
        kill(child);
    }
    // The last one comes when deletions have waited for each other.
    let (mut child, begun) = (apply(&folder, &simulator), Instant::now());
    while !deletes(&simulator) && child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(90), "nothing is deleted");
        sleep(Duration::from_millis(20));
    }
    sleep(random.below(LATENCY));
    kill(child);

    folder.waops(&simulator, &["apply", "-y", "--prune", "--timeout", "120s"]).ends(0);
    judge(&before, &live(&simulator));
    folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(0);
    open
}

/// What is there is what is wanted, once, and what was there before is the same wherever it can be.
fn judge(before: &Live, after: &Live) {
    let codes = [("Stays", KEPT), ("Is", REWRITTEN), ("Is at Alibaba", ROTATED), ("Hello", MADE)];
    let mut wanted: BTreeSet<String> = codes.iter().flat_map(|(says, count)| texts(says, *count)).collect();
    wanted.extend((0..TEMPLATES).flat_map(|number| [format!("edited_{number}"), format!("made_{number}")]));
    wanted.extend(THEIRS.map(str::to_owned));
    assert_eq!(after.keys().cloned().collect::<BTreeSet<String>>(), wanted);
    assert!(after.values().all(|things| things.len() == 1), "made twice: {after:?}");
    for same in texts("Stays", KEPT).into_iter().chain(THEIRS.map(str::to_owned)) {
        assert_eq!(after[&same], before[&same], "nobody wanted anything of {same}");
    }
    for (was, is) in texts("Was", REWRITTEN).iter().zip(&texts("Is", REWRITTEN)) {
        assert_eq!(after[is], before[was], "at Meta a code keeps its print");
    }
    for number in 0..TEMPLATES {
        let says = &after[&format!("edited_{number}")][0];
        assert!(says.contains("tomorrow"), "{says}");
    }
}

fn declare_before(folder: &Folder) {
    let codes = [
        codes("kept", "shop", "Stays", KEPT),
        codes("rewritten", "shop", "Was", REWRITTEN),
        codes("rotated", "shop-cn", "Was at Alibaba", ROTATED),
        codes("gone", "shop", "Goes", GONE),
    ];
    folder.write("codes.yaml", &codes.concat().join("---\n"));
    for (name, count) in [("edited", TEMPLATES), ("gone", TEMPLATES_GONE)] {
        for number in 0..count {
            folder.template(&format!("{name}_{number}"), "Hi {{name}}, your order left today.");
        }
    }
}

fn declare_after(folder: &Folder, before: &Live) {
    let mut rotated = codes("rotated", "shop-cn", "Is at Alibaba", ROTATED);
    let (was, is) = (texts("Was at Alibaba", ROTATED), texts("Is at Alibaba", ROTATED));
    for (number, manifest) in rotated.iter_mut().enumerate() {
        let (code, hash) = (&before[&was[number]][0], content_hash(&is[number]));
        writeln!(manifest, "  approve: {code}@{}", &hash[..8]).unwrap();
    }
    let codes = [
        codes("kept", "shop", "Stays", KEPT),
        codes("rewritten", "shop", "Is", REWRITTEN),
        rotated,
        codes("made", "shop", "Hello", MADE),
    ];
    folder.write("codes.yaml", &codes.concat().join("---\n"));
    for number in 0..TEMPLATES {
        folder.template(&format!("edited_{number}"), "Hi {{name}}, your order leaves tomorrow.");
        folder.template(&format!("made_{number}"), "Hi {{name}}, your order is packed.");
    }
    for number in 0..TEMPLATES_GONE {
        folder.remove(&format!("gone_{number}.yaml"));
    }
}

fn texts(says: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{says} {number}.")).collect()
}

fn codes(name: &str, account: &str, says: &str, count: usize) -> Vec<String> {
    let texts = texts(says, count).into_iter().enumerate();
    texts.map(|(number, text)| code(&format!("{name}-{number}"), account, &text)).collect()
}

/// An apply that nobody listens to.
fn apply(folder: &Folder, simulator: &Simulator) -> Child {
    let mut command = folder.command(simulator, &["apply", "-y", "--prune"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn live(simulator: &Simulator) -> Live {
    let objects = simulator.admin("GET", "/objects", &Json::Null);
    let mut live = Live::new();
    for (what, name, says) in [("codes", "message", "code"), ("templates", "name", "components")] {
        for thing in objects[what].as_object().unwrap().values().flat_map(|all| all.as_array().unwrap()) {
            let says = thing[says].as_str().map_or_else(|| thing[says].to_string(), str::to_owned);
            live.entry(thing[name].as_str().unwrap().to_owned()).or_default().push(says);
        }
    }
    live
}

/// Whether anything was deleted yet, or is about to be.
fn deletes(simulator: &Simulator) -> bool {
    let calls = simulator.admin("GET", "/calls", &Json::Null);
    calls.as_object().unwrap().keys().any(|operation| operation.starts_with("DELETE"))
}

/// Splitmix: the moments of one run are those of the next.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound.as_micros()).unwrap().max(1);
        Duration::from_micros((z ^ (z >> 31)) % bound)
    }
}
