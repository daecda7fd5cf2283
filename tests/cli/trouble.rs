//! Interrupted, locked, refused: what is left, and what is said.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::{Folder, Said, Simulator};

pub(crate) fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
}

/// Waits until something holds, and fails when it does not in time.
#[track_caller]
pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "never: {what}");
        sleep(Duration::from_millis(20));
    }
}

const SLOW: &str =
    "faults: [{operation: \"POST message_qrdls\", fault: {latency: {ms: 200}}, probability: 1}]\n";

#[test]
fn promise_08_ctrl_c_in_the_middle_loses_and_doubles_nothing() {
    let (simulator, folder) = (Simulator::start(SLOW), Folder::new());
    for number in 0..100 {
        folder.code(&format!("code-{number}"), "shop", &format!("Hello {number}."));
    }
    let child = folder.command(&simulator, &["apply", "-y"]).spawn().unwrap();
    eventually("some codes are made", || simulator.texts().len() > 5);
    signal(&child, "-INT");
    let asked = Instant::now();
    let said = Said::of(&child.wait_with_output().unwrap());
    assert!(asked.elapsed() < Duration::from_secs(9), "calls have three seconds: {:?}", asked.elapsed());
    said.ends(1).says(&["stopping", "Interrupted", "another apply goes on"]);
    let made = simulator.texts().len();
    assert!(made < 100, "{made}: it was interrupted too late to show anything");
    folder.waops(&simulator, &["status"]).ends(0);
    folder.apply(&simulator).ends(0);
    let texts = simulator.texts();
    assert_eq!((texts.len(), texts.values().max()), (100, Some(&1)), "{texts:?}");
}

#[test]
fn what_nobody_could_look_at_before_ctrl_c_is_not_as_declared() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    let mut command = folder.command(&simulator, &["apply", "-y"]);
    // Nobody listens there, and that is found out for half a minute.
    let mut child = command.env("WAOPS_META_ENDPOINT", "http://127.0.0.1:9").spawn().unwrap();
    let (mut stdout, mut out) = (BufReader::new(child.stdout.take().unwrap()), String::new());
    // Once the plan is shown, it is carried out.
    stdout.read_line(&mut out).unwrap();
    sleep(Duration::from_secs(1));
    signal(&child, "-INT");
    stdout.read_to_string(&mut out).unwrap();
    let said = Said { out, ..Said::of(&child.wait_with_output().unwrap()) }.ends(1);
    said.says(&["Interrupted: 1 unfinished", "somebody asked to end before waops could look at it"]);
    assert_eq!(simulator.texts().len(), 1);
}

#[test]
fn who_is_done_as_the_time_is_up_is_done() {
    let slow =
        "faults: [{operation: \"POST message_qrdls\", fault: {latency: {ms: 2000}}, probability: 1}]\n";
    let (simulator, folder) = (Simulator::start(slow), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.waops(&simulator, &["apply", "-y", "--timeout", "1s"]).ends(0).says(&["Applied: 1 as declared."]);
}

#[test]
fn two_at_once_are_told_of_each_other() {
    let simulator = Simulator::start(
        "faults: [{operation: \"POST message_qrdls\", fault: {latency: {ms: 8000}}, probability: 1, times: 1}]\n",
    );
    let folder = Folder::new();
    for number in 0..20 {
        folder.code(&format!("code-{number}"), "shop", &format!("Hello {number}."));
    }
    let mut first = folder.command(&simulator, &["apply", "-y"]);
    let first = first.env("WAOPS_CALL", "30s").spawn().unwrap();
    eventually("the first works", || !simulator.texts().is_empty());
    let id = first.id().to_string();
    folder.apply(&simulator).ends(1).says(&["in use by", "waops apply", &id, "safe at any moment"]);
    folder.waops(&simulator, &["status"]).ends(0);
    Said::of(&first.wait_with_output().unwrap()).ends(0);
    assert_eq!(simulator.texts().len(), 20);
}

#[test]
fn a_state_that_cannot_be_written_stops_before_any_call() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    // A file where the folder should be: nobody can write there, not even root.
    folder.write(".waops", "");
    folder.apply(&simulator).ends(1).says(&["cannot write the state"]);
    assert_eq!(simulator.operations(), Vec::<String>::new());
}
