//! What `waops plan` says is what `waops apply` does, in states that are no healthy ones.

use std::fs::File;

use serde_json::json;
use waops::simulator::sandbox;

use crate::support::{Folder, Simulator, code};

const PHONE: &str = sandbox::PHONE_NUMBER_ID;

fn add(simulator: &Simulator, provider: &str, phone: &str, code: &str, message: &str) {
    let made = json!({"addCode": {"provider": provider, "phone": phone, "code": code, "message": message}});
    simulator.admin("POST", "/changes", &made);
}

#[test]
fn what_is_gone_at_the_provider_is_made_again_and_that_is_asked_about() {
    let (simulator, folder) = (Simulator::start("settings: {reviewMs: 3600000}\n"), Folder::new());
    folder.template("order_shipped", "Hi {{name}}, your order left today.");
    folder.template("order_late", "Hi {{name}}, your order is late.");
    folder.code("poster", "shop", "Hello!");
    folder.code("flyer", "shop", "Fly!");
    folder.apply(&simulator).ends(0);
    let gone =
        json!({"deleteTemplate": {"provider": "meta", "space": sandbox::WABA_ID, "name": "order_late"}});
    simulator.admin("POST", "/changes", &gone);
    let state = folder.state();
    let code = state.split("\"code\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let gone = json!({"deleteCode": {"provider": "meta", "phone": PHONE, "code": code}});
    simulator.admin("POST", "/changes", &gone);
    let before = simulator.writes();
    let said = folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(2);
    said.says(&["default/order-late (", "create again", "Plan: 2 to create, 2 unchanged"]);
    folder.waops(&simulator, &["apply"]).ends(1).says(&["--auto-approve"]);
    assert_eq!(simulator.writes(), before, "nobody agreed");
    folder.apply(&simulator).ends(0);
    let mut done = simulator.writes().split_off(before.len());
    done.sort_unstable();
    assert_eq!(done, ["POST message_qrdls", "POST message_templates"]);
}

#[test]
fn a_change_that_follows_an_adoption_is_in_the_plan() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    add(&simulator, "meta", PHONE, "AAAAAAAAAAAAAA", "Old words");
    add(&simulator, "alibaba", sandbox::PHONE_NUMBER, "BBBBBBBBBBBBBB", "Other old words");
    let adopting = |name: &str, account: &str, text: &str, it: &str| {
        folder.write(
            &format!("{name}.yaml"),
            &format!("{}  adopt: {{code: {it}}}\n", code(name, account, text)),
        );
    };
    adopting("poster", "shop", "New words", "AAAAAAAAAAAAAA");
    adopting("menu", "shop-cn", "Other new words", "BBBBBBBBBBBBBB");
    let said = folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(3);
    said.says(&[
        "WhatsAppQrCode default/poster",
        "\"Old words\" -> \"New words\"",
        "first, the code AAAAAAAAAAAAAA is taken over",
        "kills the printed code BBBBBBBBBBBBBB",
        "approve: BBBBBBBBBBBBBB@",
        "Plan: 1 to change, 1 blocked",
    ]);
    let said = folder.apply(&simulator).ends(1);
    said.says(&["approve: BBBBBBBBBBBBBB@"]);
    assert_eq!(simulator.writes(), ["POST message_qrdls"], "the poster's words alone");
    assert_eq!(simulator.texts().into_keys().collect::<Vec<_>>(), ["New words", "Other old words"]);
    // As written it is taken over, and that is all.
    adopting("menu", "shop-cn", "Other old words", "BBBBBBBBBBBBBB");
    let plan = folder.waops(&simulator, &["plan", "-o", "json"]).ends(0).json();
    assert_eq!(plan["summary"]["unchanged"], 2, "{plan}");
}

#[test]
fn a_rename_hands_over_and_nothing_dies() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    folder.remove("poster.yaml");
    folder.code("banner", "shop", "Hello!");
    // Without a word about pruning, nobody would know what lets the code go.
    folder
        .waops(&simulator, &["plan"])
        .ends(0)
        .says(&["default/banner", "with --prune it goes, and hands it over"]);
    let said = folder.waops(&simulator, &["plan", "--prune"]).ends(0);
    said.says(&[
        "take over what exists",
        "hand over to WhatsAppQrCode default/banner",
        "nothing stops working",
    ]);
    let before = simulator.writes();
    folder.waops(&simulator, &["apply", "-y", "--prune", "--timeout", "60s"]).ends(0);
    assert_eq!(simulator.writes(), before);
    // So it is with a template, whatever its account would say to a deletion.
    folder.template("order_shipped", "Hi {{name}}, your order left today.");
    folder.apply(&simulator).ends(0);
    let manifest = std::fs::read_to_string(folder.path().join("order_shipped.yaml")).unwrap();
    folder.remove("order_shipped.yaml");
    folder.write("sent.yaml", &manifest.replace("{name: order-shipped}", "{name: order-sent}"));
    let said = folder.waops(&simulator, &["plan", "--prune"]).ends(0);
    said.says(&[
        "order-shipped: hand over to WhatsAppTemplate default/order-sent",
        "1 to take over, 1 to let go",
    ]);
    let before = simulator.writes();
    folder.waops(&simulator, &["apply", "-y", "--prune", "--timeout", "60s"]).ends(0);
    assert_eq!(simulator.writes(), before);
}

#[test]
fn what_no_manifest_declares_is_left_as_it_is_and_named() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.code("flyer", "shop", "Fly!");
    folder.apply(&simulator).ends(0);
    folder.remove("flyer.yaml");
    let left = "they stay as they are (--prune deletes them): WhatsAppQrCode default/flyer";
    folder.apply(&simulator).ends(0).says(&[left, "Applied: 1 as declared."]);
    // What was agreed to is applied beside it.
    let plan = tempfile::tempdir().unwrap();
    let path = plan.path().join("plan.json").display().to_string();
    folder.code("card", "shop", "Card!");
    folder.waops(&simulator, &["plan", "--save", &path]).ends(0);
    folder.waops(&simulator, &["apply", &path, "--timeout", "60s"]).ends(0).says(&[left]);
    // Somebody deletes its code: the plan is empty, and so is what is done.
    let changed = json!({"editCode": {"provider": "meta", "phone": PHONE, "message": "Changed by hand",
                                      "code": the_code_of(&folder, "flyer")}});
    simulator.admin("POST", "/changes", &changed);
    let before = simulator.writes();
    folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(0);
    folder.apply(&simulator).ends(0);
    assert_eq!(simulator.writes(), before, "nobody declares it");
}

#[test]
fn what_is_gone_and_waits_for_a_decision_says_what_about() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    let menu = |text: &str| format!("{}  policies: {{update: Automatic}}\n", code("menu", "shop-cn", text));
    folder.write("menu.yaml", &menu("The menu!"));
    folder.apply(&simulator).ends(0);
    let old = folder.state();
    folder.write("menu.yaml", &menu("The new menu!"));
    folder.apply(&simulator).ends(0);
    // Of a state from before a change at Alibaba the code is gone, and the new one is nobody's.
    folder.write(".waops/state.json", &old);
    let said = folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(3);
    let said = said.says(&["AdoptionNeeded", "is live already and belongs to no object"]);
    assert!(!said.out.contains("another is made"), "{}", said.out);
}

#[test]
fn a_template_that_goes_is_told_with_what_that_costs() {
    let (simulator, folder) = (Simulator::start("settings: {reviewMs: 1000}\n"), Folder::new());
    folder.template("order_shipped", "Hi {{name}}, your order left today.");
    folder.apply(&simulator).ends(0);
    simulator.pass(60);
    folder.waops(&simulator, &["apply", "-y", "--wait", "approved", "--timeout", "60s"]).ends(0);
    folder.waops(&simulator, &["delete", "watpl/order-shipped"]).ends(1).says(&[
        "- WhatsAppTemplate default/order-shipped",
        "the name is locked until",
        "Plan: 1 to delete.",
    ]);
    folder.remove("order_shipped.yaml");
    folder
        .waops(&simulator, &["plan"])
        .ends(0)
        .says(&["They stay; with --prune:\n- WhatsAppTemplate default/order-shipped: delete"]);
    let said = folder.waops(&simulator, &["plan", "--prune", "--detailed-exitcode"]).ends(2);
    said.says(&["the name is locked until", "Plan: 1 to delete."]);
}

fn the_code_of(folder: &Folder, name: &str) -> String {
    let state: serde_json::Value = serde_json::from_str(&folder.state()).unwrap();
    let text = state.to_string();
    let from = text.find(&format!("\"name\":\"{name}\"")).unwrap_or_else(|| panic!("no {name} in {text}"));
    let rest = &text[from..];
    let rest = &rest[rest.find("\"code\":\"").unwrap() + 8..];
    rest[..rest.find('"').unwrap()].to_owned()
}

#[test]
fn a_plan_that_nobody_could_read_is_not_agreed_to() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    folder.remove("poster.yaml");
    let mut command = folder.command(&simulator, &["apply", "-y", "--prune"]);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = command.stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    folder.apply(&simulator).ends(0);
    assert_eq!(simulator.texts().len(), 1, "nobody saw that it goes");
}
