//! `waops apply`, `waops delete` and `waops status`.

use std::fs;

use serde_json::json;

use crate::support::{Folder, KEY_SECRET, Said, Simulator, TOKEN, code};

#[test]
fn it_asks_and_where_nobody_can_answer_it_does_nothing() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.waops(&simulator, &["apply"]).ends(1).says(&["--auto-approve", "Plan: 1 to create."]);
    assert_eq!(simulator.writes(), Vec::<String>::new());
    assert!(
        !folder.state().contains("poster"),
        "what was not agreed to is not written down: {}",
        folder.state()
    );
    folder.apply(&simulator).ends(0).says(&["the code works", "Applied: 1 as declared."]);
    folder.waops(&simulator, &["apply"]).ends(0).says(&["nothing to do"]);
    folder.waops(&simulator, &["status"]).ends(0).says(&["poster", "Live", "Connected"]);
}

#[test]
fn a_refused_prune_is_forgotten() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    folder.remove("poster.yaml");
    folder.waops(&simulator, &["apply", "--prune"]).ends(1).says(&["- WhatsAppQrCode default/poster"]);
    folder.apply(&simulator).ends(0);
    assert_eq!(simulator.texts().len(), 1, "nobody agreed to delete it");
}

#[test]
fn a_review_is_waited_for_only_where_somebody_wants_to() {
    let (simulator, folder) = (Simulator::start("settings: {reviewMs: 3600000}\n"), Folder::new());
    folder.template("order_shipped", "Hi {{name}}, your order left today.");
    folder.apply(&simulator).ends(0).says(&["the provider reviews it"]);
    let waited = folder.waops(&simulator, &["apply", "-y", "--wait", "approved", "--timeout", "1s"]).ends(1);
    waited.says(&["The time was up", "1 unfinished"]);
    simulator.pass(3600);
    folder
        .waops(&simulator, &["apply", "-y", "--wait", "approved"])
        .ends(0)
        .says(&["the template can be sent"]);
}

#[test]
fn a_change_that_is_sent_after_a_review_is_not_as_declared_until_then() {
    let (simulator, folder) = (Simulator::start("settings: {reviewMs: 3600000}\n"), Folder::new());
    folder.template("order_shipped", "Hi {{name}}, your order left today.");
    folder.apply(&simulator).ends(0);
    folder.template("order_shipped", "Hi {{name}}, your order left yesterday.");
    folder.apply(&simulator).ends(1).says(&["Applied: 1 later.", "the change is sent after that"]);
    simulator.pass(3600);
    folder.apply(&simulator).ends(0).says(&["Applied: 1 as declared."]);
    folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(0);
}

#[test]
fn what_nobody_could_look_at_in_time_is_not_as_declared() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    let out_of_reach = |args: &[&str]| {
        let mut command = folder.command(&simulator, args);
        // Nobody listens there, and that is found out for half a minute.
        command.env("WAOPS_META_ENDPOINT", "http://127.0.0.1:9");
        Said::of(&command.output().unwrap())
    };
    let said = out_of_reach(&["apply", "-y", "--timeout", "1s"]).ends(1);
    said.says(&["The time was up: 1 unfinished", "before waops could look at it"]);
    let said = out_of_reach(&["delete", "waqr/poster", "-y", "--timeout", "1s"]).ends(1);
    said.says(&["The time was up: 1 unfinished"]);
    assert_eq!(simulator.texts().len(), 1);
}

#[test]
fn status_says_how_much_at_a_provider_is_nobodys() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    let said = folder.waops(&simulator, &["status"]).ends(0);
    assert!(!said.out.contains("unclaimed"), "{}", said.out);
    let phone = waops::simulator::sandbox::PHONE_NUMBER_ID;
    let theirs = json!({"addCode": {"provider": "meta", "phone": phone, "message": "Theirs."}});
    simulator.admin("POST", "/changes", &theirs);
    folder.apply(&simulator).ends(0);
    folder.waops(&simulator, &["status"]).ends(0).says(&["meta/102290129340398  1 unclaimed"]);
}

#[test]
fn what_an_apply_takes_over_is_somebodys_when_it_ends() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    let codes: Vec<String> =
        (0..20).map(|n| code(&format!("code-{n}"), "shop", &format!("Hello {n}"))).collect();
    folder.write("codes.yaml", &codes.join("---\n"));
    folder.apply(&simulator).ends(0);
    fs::remove_dir_all(folder.path().join(".waops")).unwrap();
    folder.waops(&simulator, &["apply", "-y", "--adopt", "--timeout", "60s"]).ends(0);
    let said = folder.waops(&simulator, &["status"]).ends(0);
    assert!(!said.out.contains("unclaimed"), "{}", said.out);
}

#[test]
fn promise_06_a_secret_is_nowhere() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.code("menu", "shop-cn", "The menu!");
    for args in [
        &["plan"][..],
        &["apply", "-y"],
        &["--log-level", "trace", "apply", "-y", "-o", "json"],
        &["status"],
        &["plan", "-o", "json"],
    ] {
        let said = folder.waops(&simulator, args);
        for secret in [TOKEN, KEY_SECRET] {
            assert!(!said.out.contains(secret) && !said.err.contains(secret), "{args:?} tells {secret}");
        }
    }
    for file in fs::read_dir(folder.path().join(".waops")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains(TOKEN) && !text.contains(KEY_SECRET), "{text}");
    }
}

#[test]
fn secrets_come_from_a_file_or_from_the_environment() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    let accounts = fs::read_to_string(folder.path().join("accounts.yaml")).unwrap();
    let (accounts, secrets) = accounts.split_at(accounts.find("---\napiVersion: v1\n").unwrap());
    folder.write("accounts.yaml", accounts);
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("secrets.yaml");
    fs::write(&file, secrets).unwrap();
    folder.code("poster", "shop", "Hello!");
    folder.waops(&simulator, &["plan"]).ends(1).says(&["WAOPS_SECRET_SHOP_ACCESS_TOKEN"]);
    folder.waops(&simulator, &["plan", "--secrets", file.to_str().unwrap()]).ends(0);
    let mut command = folder.command(&simulator, &["apply", "-y"]);
    command.env("WAOPS_SECRET_SHOP_ACCESS_TOKEN", TOKEN);
    Said::of(&command.output().unwrap()).ends(0);
}

#[test]
fn claim_07_an_object_renamed_in_git_keeps_its_code_without_a_write() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    let (before, writes) = (simulator.texts(), simulator.writes());
    let table = folder.waops(&simulator, &["status", "--output", "table"]).out;
    let code_of = |table: &str| {
        let line = table.lines().find(|line| line.contains("WhatsAppQrCode")).unwrap();
        line.split_whitespace().nth(4).unwrap().to_owned()
    };
    folder.remove("poster.yaml");
    folder.code("station-poster", "shop", "Hello!");
    folder.waops(&simulator, &["apply", "-y", "--prune", "--timeout", "60s"]).ends(0);
    assert_eq!((simulator.texts(), simulator.writes()), (before, writes));
    let after = folder.waops(&simulator, &["status", "--output", "table"]).ends(0).out;
    assert_eq!(code_of(&after), code_of(&table), "{after}");
    assert!(after.contains("station-poster") && !after.contains("default/poster"), "{after}");
}

#[test]
fn claim_06_a_lost_state_offers_adoption_and_makes_nothing_twice() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    fs::remove_dir_all(folder.path().join(".waops")).unwrap();
    let said = folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(3);
    said.says(&["AdoptionNeeded", "adopt: {code: ", "policies: {adoption: Never}"]);
    folder.apply(&simulator).ends(1).says(&["AdoptionNeeded"]);
    assert_eq!(simulator.texts()["Hello!"], 1);
    folder.waops(&simulator, &["apply", "-y", "--adopt"]).ends(0);
    assert_eq!(simulator.texts()["Hello!"], 1, "taken over, not made again");
    folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(0);
}

#[test]
fn a_manifest_that_moves_to_another_account_is_told_so_and_nothing_dies() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    folder.code("poster", "shop-cn", "Hello!");
    folder.apply(&simulator).ends(1).says(&["AccountChanged"]);
    assert_eq!(simulator.texts()["Hello!"], 1, "neither deleted here nor made there");
}

#[test]
fn an_account_whose_objects_remain_stays_until_they_are_gone() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    let accounts = fs::read_to_string(folder.path().join("accounts.yaml")).unwrap();
    let (_, secrets) = accounts.split_at(accounts.find("apiVersion: v1\n").unwrap());
    folder.write("accounts.yaml", secrets);
    let left = "they stay as long as objects refer to them: WhatsAppAccount default/shop";
    let said = folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(0).says(&[left]);
    assert!(!said.out.contains("--prune"), "nobody prunes it: {}", said.out);
    folder.waops(&simulator, &["apply", "-y", "--prune", "--timeout", "60s"]).ends(0).says(&[left]);
    assert_eq!(simulator.texts()["Hello!"], 1);
    let mut command = folder.command(&simulator, &["plan", "--secrets"]);
    folder.write("accounts.yaml", "");
    let none = folder.path().join("accounts.yaml");
    Said::of(&command.arg(none).output().unwrap()).ends(1);
    assert_eq!(simulator.texts()["Hello!"], 1, "without credentials nothing happens to it");
}

#[test]
fn what_was_applied_can_be_deleted_where_no_manifest_is_left() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    folder.remove("poster.yaml");
    folder.remove("accounts.yaml");
    let mut command = folder.command(&simulator, &["delete", "waqr/poster"]);
    let said = command.env("WAOPS_SECRET_SHOP_ACCESS_TOKEN", TOKEN).output().unwrap();
    Said::of(&said).ends(1).says(&["kills the printed code", "--auto-approve"]);
    // A folder that is suddenly empty is no wish to delete everything.
    folder.waops(&simulator, &["apply", "-y", "--prune"]).ends(1).says(&["manifest-empty"]);
}

#[test]
fn who_prunes_is_told_once_what_goes() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    folder.remove("poster.yaml");
    let accounts = fs::read_to_string(folder.path().join("accounts.yaml")).unwrap();
    let (_, others) = accounts.split_once("---\n").unwrap();
    folder.write("accounts.yaml", others);
    let said = folder.waops(&simulator, &["plan", "--prune"]).ends(0).says(&["Plan: 1 to delete"]);
    assert_eq!(said.out.matches("WhatsAppQrCode default/poster").count(), 1, "{}", said.out);
    assert!(!said.out.contains("They stay"), "{}", said.out);
}

#[test]
fn delete_deletes_what_is_named_and_nothing_else() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder
        .write("codes.yaml", &[code("poster", "shop", "Hello!"), code("flyer", "shop", "Hi!")].join("---\n"));
    folder.apply(&simulator).ends(0);
    // An apply would keep what a manifest declares.
    let said = folder.waops(&simulator, &["delete", "waqr/poster", "-y", "--timeout", "1s"]).ends(1);
    said.says(&["1 unfinished; another delete goes on", "is still there"]);
    folder.apply(&simulator).ends(0);
    folder.write("codes.yaml", &code("poster", "shop", "Hello, you!"));
    folder
        .waops(&simulator, &["delete", "waqr/nothing"])
        .ends(1)
        .says(&["there is no WhatsAppQrCode nothing"]);
    folder.waops(&simulator, &["delete", "waacc/shop"]).ends(1).says(&["take its manifest away"]);
    folder
        .waops(&simulator, &["delete", "waqr/flyer"])
        .ends(1)
        .says(&["--auto-approve", "kills the printed code"]);
    assert_eq!(simulator.texts().len(), 2);
    let said = folder.waops(&simulator, &["delete", "waqr/flyer", "-y", "--timeout", "90s"]).ends(0);
    said.says(&["is deleted at the provider", "1 gone"]);
    assert_eq!(
        simulator.texts().into_keys().collect::<Vec<_>>(),
        ["Hello!"],
        "the other's new text waits for an apply"
    );
}
