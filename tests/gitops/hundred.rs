//! A hundred commits: pull requests, reverts, force pushes, renames and hands in the cluster, followed with server-side apply
//! and pruning. In the end Git, cluster and provider agree, and no printed code was lost on the way.
//!
//! `WAOPS_GITOPS_COMMITS` and `SEED` choose another campaign.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use waops::simulator::{Scenario, Settings, Simulator, sandbox};

use crate::agent::Agent;
use crate::house::{House, defined, secret};
use crate::kubelet::Kubelet;
use crate::people::People;
use crate::texts::Shop;

const NAME: &str = "hundred";
/// How long everybody may take to agree in the end; deletions wait half a minute to be counted.
const PATIENCE: Duration = Duration::from_secs(150);

#[test]
fn a_hundred_commits_later_git_cluster_and_provider_agree() {
    let number = |name: &str, default: u64| {
        std::env::var(name)
            .ok()
            .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
    };
    let (commits, seed) = (number("WAOPS_GITOPS_COMMITS", 100), number("SEED", 17));
    println!("{commits} commits, SEED={seed}");
    let settings = Settings { limits: false, review_ms: 0, ..Settings::default() };
    let simulator = Simulator::new(Scenario { settings, ..Scenario::default() });
    let house = House::prepared_with(defined(), NAME, simulator);
    house.install(&["watchNamespaces={hundred}"]);
    house.apply(&secret("meta", &json!({"accessToken": sandbox::ACCESS_TOKEN})));
    let keys = json!({"accessKeyId": sandbox::ACCESS_KEY_ID, "accessKeySecret": sandbox::ACCESS_KEY_SECRET});
    house.apply(&secret("alibaba", &keys));
    let mut people = People::begin(seed);
    let mut agent = Agent::follow(&people, &house);
    let watch = Watch::default();
    std::thread::scope(|scope| {
        scope.spawn(|| watch.keep(&house));
        let end = Ends(&watch);
        let mut printed = Printed::default();
        let half = commits / 2;
        let mut was_killed = false;
        while people.commits() < commits {
            people.act(&house);
            if people.random.chance(0.6) {
                printed.apply(&mut agent, &people, &house);
            }
            if !was_killed && people.commits() >= half {
                was_killed = true;
                Kubelet::signal(house.kubelet.pid(), "KILL");
            }
        }
        let deadline = Instant::now() + PATIENCE;
        let disagreement = loop {
            people.decide(&house);
            printed.apply(&mut agent, &people, &house);
            let disagreement = disagreement(&agent, &house);
            if disagreement.is_empty() || Instant::now() > deadline {
                break disagreement;
            }
            std::thread::sleep(Duration::from_millis(500));
        };
        println!(
            "{} commits, applied {} times, {} codes under another name: {:?}",
            people.commits(),
            agent.applied,
            printed.renamed,
            people.done
        );
        assert_eq!(
            disagreement,
            Vec::<String>::new(),
            "SEED={seed}\n{}\n{}",
            people.log(),
            house.kubelet.logs()
        );
        assert_eq!(printed.lost, BTreeSet::new(), "SEED={seed}\n{}\n{}", people.log(), house.kubelet.logs());
        assert!(printed.renamed > 0, "SEED={seed} renames nothing");
        drop(end);
    });
    assert_eq!(
        watch.twice.lock().unwrap().clone(),
        BTreeSet::new(),
        "SEED={seed}: made twice\n{}",
        people.log()
    );
    // Nothing is left to do, and nothing is done.
    let calls = writes(&house);
    agent.apply();
    assert_eq!(writes(&house), calls, "SEED={seed}: applied once more, nothing is written at a provider");
    assert!(people.done.len() >= 9, "SEED={seed} shows too little: {:?}", people.done);
}

/// What Git, the cluster and the providers do not agree about.
fn disagreement(agent: &Agent<'_>, house: &House<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let texts = agent.texts();
    let list = house.kubectl(&["get", "waqr,watpl", "--output=json"]).success();
    let list: Value = serde_json::from_str(&list).unwrap();
    let objects = list["items"].as_array().unwrap();
    let known: BTreeSet<(&str, &str)> = objects
        .iter()
        .map(|it| (it["kind"].as_str().unwrap(), it["metadata"]["name"].as_str().unwrap()))
        .collect();
    let wanted: BTreeSet<(&str, &str)> = texts.iter().map(|text| (text.kind(), text.name.as_str())).collect();
    for (kind, name) in known.symmetric_difference(&wanted) {
        wrong.push(format!("{kind} {name} is in Git or in the cluster alone"));
    }
    let mut codes = BTreeMap::new();
    for object in objects {
        let name = object["metadata"]["name"].as_str().unwrap();
        if !is_ready(object) {
            let ready = &object["status"]["conditions"][0];
            wrong.push(format!("{name} is {}: {}", ready["reason"], ready["message"]));
        }
        if let Some(code) = object["status"]["code"].as_str()
            && let Some(other) = codes.insert(code, name)
        {
            wrong.push(format!("{code} belongs to {name} and to {other}"));
        }
    }
    let mut theirs = live(house);
    theirs.sort();
    let mut ours: Vec<(Shop, String)> = texts.iter().map(|text| (text.shop, text.at_provider())).collect();
    ours.sort();
    if theirs != ours {
        wrong.push(format!("the providers have {theirs:?}, and Git has {ours:?}"));
    }
    wrong
}

/// What lives at the providers: the texts of codes, the names of templates.
fn live(house: &House<'_>) -> Vec<(Shop, String)> {
    let objects = house.simulator.simulator().objects();
    let mut found = Vec::new();
    for (list, field) in [("codes", "message"), ("templates", "name")] {
        for (place, items) in objects[list].as_object().unwrap() {
            let shop = if place.to_ascii_lowercase().contains("meta") { Shop::Meta } else { Shop::Alibaba };
            let items = items.as_array().unwrap().iter().filter(|item| item["goneAt"].is_null());
            found.extend(items.map(|item| (shop, item[field].as_str().unwrap().to_owned())));
        }
    }
    found
}

/// How often something was written at a provider.
fn writes(house: &House<'_>) -> usize {
    let journal = house.simulator.simulator().journal(0);
    let is_write = |operation: &str| {
        ["POST ", "DELETE ", "Create", "Update", "Modify", "Delete"]
            .iter()
            .any(|verb| operation.starts_with(verb))
    };
    journal.iter().filter(|entry| is_write(&entry.operation)).count()
}

/// Codes that are printed: each lives as long as its text is in Git, whatever its object and its file are called, unless
/// somebody approved that it dies.
#[derive(Default)]
struct Printed {
    codes: BTreeMap<usize, String>,
    lost: BTreeSet<String>,
    /// How often an object got another name and had to keep its code.
    renamed: usize,
}

impl Printed {
    /// Applies what is new, and looks at what became of the codes.
    fn apply(&mut self, agent: &mut Agent<'_>, people: &People, house: &House<'_>) {
        let (before, settled) = (agent.texts(), Self::settled(house));
        // Where one that goes has the same text, its code may be inherited in the place of the other.
        let ambiguous: Vec<String> =
            by_text(house).into_iter().filter(|(_, codes)| codes.len() > 1).map(|(text, _)| text).collect();
        agent.apply();
        let texts = agent.texts();
        let stays = |number: usize| {
            let now = texts.iter().find(|text| text.number == number)?;
            let was = before.iter().find(|text| text.number == number)?;
            let is_renamed = was.name != now.name;
            // With another text it is another object: nobody can know that it was meant to be the same. One that was not
            // delivered yet counts where its change keeps the code.
            let text = now.at_provider();
            let is_same = was.at_provider() == text
                && (now.shop == Shop::Meta || settled.get(&was.name) == Some(&text))
                && !ambiguous.iter().any(|twice| twice.ends_with(&text));
            (!is_renamed || is_same).then_some(is_renamed)
        };
        self.codes.retain(|number, code| {
            let stays = stays(*number);
            self.renamed += usize::from(stays == Some(true));
            stays.is_some() && !people.approved.contains(code)
        });
        let alive: BTreeSet<String> = house.codes().into_iter().collect();
        for (number, code) in self.codes.iter().filter(|(_, code)| !alive.contains(*code)) {
            self.lost.insert(format!("the printed code {code} of text {number}"));
        }
        for object in codes(house) {
            let name = object["metadata"]["name"].as_str().unwrap();
            let Some(text) = texts.iter().find(|text| text.name == name) else { continue };
            // One that goes may take its code with it: it was gone from Git once.
            if let (Some(code), true) = (object["status"]["code"].as_str(), is_ready(&object)) {
                self.codes.entry(text.number).or_insert_with(|| code.to_owned());
            }
        }
    }

    /// What was delivered, by the names of objects.
    fn settled(house: &House<'_>) -> BTreeMap<String, String> {
        let ready = codes(house).into_iter().filter(is_ready);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        ready.map(|it| (text(&it["metadata"]["name"]), text(&it["spec"]["prefilledMessage"]))).collect()
    }
}

fn codes(house: &House<'_>) -> Vec<Value> {
    let list = house.kubectl(&["get", "waqr", "--output=json"]).success();
    let list: Value = serde_json::from_str(&list).unwrap();
    list["items"].as_array().unwrap().clone()
}

/// Whether it is as written, and stays.
fn is_ready(object: &Value) -> bool {
    let is_seen = object["status"]["observedGeneration"] == object["metadata"]["generation"];
    let ready = &object["status"]["conditions"][0]["status"];
    is_seen && ready == "True" && object["metadata"].get("deletionTimestamp").is_none()
}

/// Looks at the providers all the time: no two codes have the same text, but for one that is about to go.
#[derive(Default)]
struct Watch {
    ends: AtomicBool,
    twice: Mutex<BTreeSet<String>>,
}

impl Watch {
    fn keep(&self, house: &House<'_>) {
        while !self.ends.load(Ordering::Relaxed) {
            for (text, mut same) in by_text(house) {
                if same.len() > 1 {
                    let objects = codes(house);
                    let goes = |code: &String| {
                        let going = |it: &&Value| it["metadata"].get("deletionTimestamp").is_some();
                        objects.iter().filter(going).any(|it| it["status"]["code"] == code.as_str())
                    };
                    let alive = house.codes();
                    same.retain(|code| alive.contains(code) && !goes(code));
                }
                if same.len() > 1 {
                    self.twice.lock().unwrap().insert(format!("{text}: {same:?}"));
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The codes of each text, by place and text.
fn by_text(house: &House<'_>) -> BTreeMap<String, Vec<String>> {
    let objects = house.simulator.simulator().objects();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (place, items) in objects["codes"].as_object().unwrap() {
        for item in items.as_array().unwrap() {
            let text = format!("{place}: {}", item["message"].as_str().unwrap());
            found.entry(text).or_default().push(item["code"].as_str().unwrap().to_owned());
        }
    }
    found
}

/// Ends the watch, also when the test fails.
struct Ends<'a>(&'a Watch);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.ends.store(true, Ordering::Relaxed);
    }
}
