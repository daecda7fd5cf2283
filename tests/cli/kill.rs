//! `kill -9` at any moment: nothing is made twice, nothing is lost, and the state can always be read.
//! `make kill-test` plays a hundred rounds; `WAOPS_KILL_ROUNDS` says how many.

use std::time::{Duration, Instant};

use crate::support::{Folder, Simulator, code};

const OBJECTS: usize = 200;

#[test]
fn promise_08_a_killed_apply_leaves_nothing_lost_and_nothing_twice() {
    let rounds = std::env::var("WAOPS_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3);
    let mut random = Random(0x5eed);
    // A moment is one of those that an apply takes here, however fast it is.
    let length = {
        let (simulator, folder) = shop();
        let start = Instant::now();
        folder.waops(&simulator, &["apply", "-y"]).ends(0);
        u64::try_from(start.elapsed().as_micros()).unwrap()
    };
    let mut kills = 0;
    for round in 0..rounds {
        let (simulator, folder) = shop();
        for _ in 0..3 {
            let mut child = folder.command(&simulator, &["apply", "-y"]).spawn().unwrap();
            std::thread::sleep(Duration::from_micros(random.below(length)));
            kills += usize::from(child.try_wait().unwrap().is_none());
            let _ = child.kill();
            child.wait().unwrap();
            if folder.path().join(".waops/state.json").exists() {
                folder.waops(&simulator, &["status"]).ends(0);
            }
        }
        folder.waops(&simulator, &["apply", "-y", "--timeout", "120s"]).ends(0);
        let texts = simulator.texts();
        assert_eq!((texts.len(), texts.values().max()), (OBJECTS, Some(&1)), "round {round}: {texts:?}");
        folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(0);
    }
    println!("{rounds} rounds, {kills} applies killed at work; one takes {} ms", length / 1000);
    // Of three in each round, most; a machine that is busy with something else in between may miss some.
    assert!(2 * kills >= rounds, "{kills} kills of {rounds} rounds met an apply at work");
}

/// A folder with codes that nobody has made yet, and a provider without limits.
fn shop() -> (Simulator, Folder) {
    let simulator = Simulator::start("settings: {limits: false}\n");
    let folder = Folder::new();
    let codes: Vec<String> = (0..OBJECTS)
        .map(|number| code(&format!("code-{number}"), "shop", &format!("Hello {number}.")))
        .collect();
    folder.write("codes.yaml", &codes.join("---\n"));
    (simulator, folder)
}

/// Splitmix: the moments of one run are those of the next.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}
