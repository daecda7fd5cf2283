//! Every example, applied to the simulator under one state, comes back into an empty folder: nothing changes, and taking it
//! over writes nothing at the provider.

use std::collections::BTreeMap;

use serde_json::json;

use crate::account;
use crate::gallery::{AMBIENT, SCENARIO, card, examples};
use crate::support::{Folder, Said, Simulator};

/// Every account of the examples that has something, and the numbers that nobody lists.
const ACCOUNTS: [(&str, &[&str]); 5] = [
    ("shop-cn", &["--phone", "+6531581234"]),
    ("shop", &[]),
    ("brand", &[]),
    ("shop-staging", &[]),
    ("shop-archive", &[]),
];

#[test]
fn every_example_comes_back_without_a_change_and_without_a_write() {
    let (simulator, source) = (Simulator::start(SCENARIO), Folder::empty());
    for (name, text) in examples() {
        // What is held still is not made.
        source.write(&name, &text.replace("\n  suspend: true", ""));
    }
    simulator.admin("POST", "/changes", &card());
    let run = |folder: &Folder, args: &[&str]| {
        let mut command = folder.command(&simulator, args);
        command.envs(AMBIENT);
        Said::of(&command.output().unwrap())
    };
    let applied = run(&source, &["apply", "-y", "-o", "json", "--timeout", "120s"]).ends(0).json();
    let made = applied["objects"].as_array().unwrap().len();
    let writes = simulator.writes().len();

    // Accounts and credentials alone, once more under another roof.
    let (target, other) = (accounts(), accounts());
    let import = |folder: &Folder| -> usize {
        let imports = ACCOUNTS.iter().map(|(account, phones)| {
            let mut args = vec!["import", "--account", account, "-o", "json"];
            args.extend(*phones);
            let report = run(folder, &args).ends(0).json();
            assert_eq!(report["leftOut"], json!([]), "{account}");
            report["written"].as_array().unwrap().len()
        });
        imports.sum()
    };
    assert_eq!(import(&target), made);
    let files = manifests(&target);
    assert_eq!(import(&target), 0, "everything is declared now");
    assert_eq!(manifests(&target), files, "and nothing was touched");
    assert_eq!(import(&other), made);
    assert_eq!(manifests(&other), files, "the same account, the same bytes");

    run(&target, &["validate"]).ends(0);
    run(&target, &["plan"]).ends(0).says(&["no changes at the provider", &format!("{made} to take over")]);
    run(&target, &["apply", "-y", "--timeout", "120s"]).ends(0);
    assert_eq!(simulator.writes().len(), writes, "nothing was written at the providers");
    run(&target, &["plan", "--detailed-exitcode"]).ends(0).says(&["nothing to do"]);
    assert_eq!(import(&target), 0, "what the state claims is not imported either");
}

/// A folder of the accounts of the examples, with their credentials.
fn accounts() -> Folder {
    let folder = Folder::empty();
    for (name, text) in examples().into_iter().filter(|(_, text)| text.contains("kind: WhatsAppAccount")) {
        folder.write(&name, &text);
    }
    folder
}

fn manifests(folder: &Folder) -> BTreeMap<String, String> {
    let below = |(name, _): &(String, String)| name.contains('/');
    account::tree(folder.path()).into_iter().filter(below).collect()
}
