//! Promise 5 for every example: plan, apply, and a second plan that is empty.

use crate::gallery::{AMBIENT, SCENARIO, card, examples};
use crate::support::{Folder, Said, Simulator};

/// Objects that an apply does not bring to an end, and why.
const WAITING: [(&str, &str); 0] = [];

#[test]
fn promise_05_the_plan_after_an_apply_is_empty_for_every_example() {
    let (simulator, folder) = (Simulator::start(SCENARIO), Folder::empty());
    for (name, text) in examples() {
        folder.write(&name, &text);
    }
    simulator.admin("POST", "/changes", &card());
    let run = |args: &[&str]| {
        let mut command = folder.command(&simulator, args);
        command.envs(AMBIENT);
        Said::of(&command.output().unwrap())
    };
    let planned = run(&["plan", "-o", "json"]).ends(0).json();
    let count = planned["objects"].as_array().unwrap().len();
    assert!(count > 40, "{count} objects");
    let applied = run(&["apply", "-y", "-o", "json", "--timeout", "90s"]).json();
    let objects = applied["objects"].as_array().unwrap();
    let unfinished = objects.iter().filter(|object| object["standing"] != "done");
    let unfinished: Vec<String> = unfinished
        .map(|object| {
            format!("{} {}: {}", object["name"].as_str().unwrap(), object["state"], object["message"])
        })
        .filter(|line| !WAITING.iter().any(|(name, _)| line.starts_with(name)))
        .collect();
    assert!(unfinished.is_empty(), "{unfinished:#?}");
    let writes = simulator.writes();
    run(&["plan", "--detailed-exitcode"]).ends(0).says(&["nothing to do"]);
    run(&["apply", "-y"]).ends(0);
    assert_eq!(simulator.writes().len(), writes.len(), "a second apply writes nothing");
}
