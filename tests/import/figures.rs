//! What an import costs, and what is left to do after it was interrupted.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::account::{body, code, template, tree};
use crate::support::{Folder, Said, Simulator};

const DETAIL: &str = "GetChatappTemplateDetail";

fn details(simulator: &Simulator) -> usize {
    simulator.operations().iter().filter(|name| *name == DETAIL).count()
}

#[test]
fn figure_two_thousand_codes_cost_as_many_calls_as_their_list_has_pages() {
    let (simulator, folder) = (Simulator::start("settings: {limits: false}\n"), Folder::new());
    for number in 0..2_000 {
        code(&simulator, "meta", None, &format!("Hello! I am at table {number}."));
    }
    for number in 0..300 {
        code(&simulator, "alibaba", None, &format!("Hello! I am at table {number}."));
    }
    let import = |account: &str, more: &[&str]| {
        simulator.admin("DELETE", "/journal", &Json::Null);
        let mut args = vec!["import", "--account", account, "--kind", "qr-code", "-o", "json"];
        args.extend(more);
        let report = folder.waops(&simulator, &args).ends(0).json();
        (report, simulator.operations())
    };
    let (report, calls) = import("shop", &["--phone", "+49 30 901820"]);
    assert_eq!(report["written"].as_array().unwrap().len(), 2_000);
    let lists = calls.iter().filter(|name| *name == "GET message_qrdls").count();
    println!("figure: import of 2000 codes: {} calls, {lists} of them pages", calls.len());
    assert_eq!((lists, calls.len()), (80, 81), "pages of 25, and one of phone numbers");
    assert_eq!(report["calls"], 81);
    let (report, calls) = import("shop-cn", &["--phone", "+4930901820"]);
    assert_eq!(report["written"].as_array().unwrap().len(), 300);
    assert_eq!(calls, ["ListPhoneMessageQrdl"], "the whole list is one answer");
    let (report, _) = import("shop", &[]);
    assert_eq!(
        (&report["written"], report["known"].as_array().unwrap().len()),
        (&Json::Array(Vec::new()), 2_000)
    );
}

#[test]
fn an_import_that_was_killed_reads_nothing_twice() {
    let (simulator, folder) = (Simulator::start("settings: {limits: false}\n"), Folder::new());
    for number in 0..40 {
        template(&simulator, "alibaba", &format!("parcel_{number}"), "UTILITY", &body("alibaba"));
    }
    let args = ["import", "--account", "shop-cn", "--kind", "template"];
    let mut child = folder.command(&simulator, &args).spawn().unwrap();
    let start = Instant::now();
    while tree(&folder.path().join("templates")).len() < 8 {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing is written");
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let written = tree(&folder.path().join("templates"));
    assert!(written.len() < 40, "it was over before it could be killed");
    for text in written.values() {
        assert!(text.ends_with("adoption: IfIdentical\n"), "half a file: {text}");
    }
    let before = details(&simulator);
    let said = folder.waops(&simulator, &args).ends(0);
    let left = 40 - written.len();
    assert_eq!(details(&simulator) - before, left, "what lies there is not read again");
    let seconds = (left - 1) / 5;
    said.says(&[
        &format!("40 templates, {left} of them new here"),
        &format!("{left} calls, about {seconds} s"),
    ]);
    assert_eq!(tree(&folder.path().join("templates")).len(), 40);
    folder.waops(&simulator, &["plan"]).ends(0).says(&["40 to take over; no changes at the provider"]);
}

#[test]
fn ctrl_c_ends_an_import_between_two_files() {
    let (simulator, folder) = (Simulator::start("settings: {limits: false}\n"), Folder::new());
    for number in 0..60 {
        template(&simulator, "alibaba", &format!("parcel_{number}"), "UTILITY", &body("alibaba"));
    }
    let args = ["import", "--account", "shop-cn", "--kind", "template"];
    let child = folder.command(&simulator, &args).spawn().unwrap();
    let start = Instant::now();
    while tree(&folder.path().join("templates")).is_empty() {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing is written");
        thread::sleep(Duration::from_millis(20));
    }
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let said = Said::of(&child.wait_with_output().unwrap()).ends(1);
    said.says(&["Ended early: interrupted; the same command goes on from here"]);
    let written = tree(&folder.path().join("templates")).len();
    assert!(written < 60, "it was over before it could be interrupted");
    folder.waops(&simulator, &args).ends(0).says(&[&format!("{} of them new here", 60 - written)]);
}
