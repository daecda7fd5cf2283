//! `waops plan`: what it says, what it writes, and how it ends.

use serde_json::{Value as Json, json};

use crate::support::{Folder, Simulator};

#[test]
fn the_exit_code_says_what_would_happen() {
    let (simulator, folder) = (Simulator::start("settings: {reviewMs: 3600000}\n"), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.template("order_shipped", "Hi {{name}}, your order left today.");
    folder.waops(&simulator, &["plan"]).ends(0).says(&[
        "poster.yaml:1:1): create\n    phoneNumber: \"+4930901820\"\n    prefilledMessage: \"Hello!\"\n",
        "create\n    name: \"order_shipped\"\n    language: \"en_US\"\n    category: \"UTILITY\"\n    components.body",
        "Plan: 2 to create.",
    ]);
    folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(2);
    assert!(!folder.path().join(".waops").exists(), "a plan writes nothing");
    assert_eq!(simulator.writes(), Vec::<String>::new());
    folder.apply(&simulator).ends(0);
    folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(0).says(&["nothing to do, 2 unchanged"]);

    folder.code("menu", "shop-cn", "The menu!");
    folder.apply(&simulator).ends(0);
    folder.code("menu", "shop-cn", "The other menu!");
    let blocked = folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(3);
    blocked.says(&["kills the printed code", "approve: ", "\"The menu!\" -> \"The other menu!\""]);
    folder.waops(&simulator, &["plan"]).ends(0);
}

#[test]
fn what_cannot_be_known_is_no_empty_plan() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    let mut command = folder.command(&simulator, &["plan"]);
    command.env("WAOPS_SECRET_SHOP_ACCESS_TOKEN", "EAAJwrong");
    let said =
        crate::support::Said::of(&command.output().unwrap()).ends(1).says(&["unverified", "AccountNotReady"]);
    assert!(!said.out.contains("EAAJwrong") && !said.err.contains("EAAJwrong"), "a token: {said:?}");
    folder.write(
        "broken.yaml",
        "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppQrCode\nmetadata: {name: it}\nspec: {}\n",
    );
    folder.waops(&simulator, &["plan"]).ends(1).says(&["broken.yaml", "prefilledMessage is missing"]);
}

#[test]
fn mistakes_of_manifests_are_no_answer_for_a_program() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    let broken = "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppQrCode\nmetadata: {name: it}\nspec: {}\n";
    folder.write("broken.yaml", broken);
    let mistake = "prefilledMessage is missing";
    for command in [
        &["plan", "-o", "json"][..],
        &["plan", "-o", "markdown"],
        &["plan", "-o", "github"],
        &["apply", "-y", "-o", "json"],
        &["delete", "waqr/it", "-y", "-o", "json"],
        &["import", "--account", "shop", "-o", "json"],
    ] {
        let said = folder.waops(&simulator, command).ends(1);
        assert!(said.out.is_empty() && said.err.contains(mistake), "{command:?}: {said:?}");
    }
    for command in [&["plan"][..], &["apply", "-y"], &["delete", "waqr/it", "-y"]] {
        let said = folder.waops(&simulator, command).ends(1);
        assert!(said.out.contains(mistake) && !said.err.contains(mistake), "{command:?}: {said:?}");
    }
}

#[test]
fn orphans_are_shown_with_what_pruning_would_do() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.code("flyer", "shop", "Hi!");
    folder.apply(&simulator).ends(0);
    folder.remove("flyer.yaml");
    let said = folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(0);
    said.says(&[
        "No manifest declares these any more",
        "- WhatsAppQrCode default/flyer: delete",
        "kills the printed code",
    ]);
    let said = folder.waops(&simulator, &["plan", "--prune", "--detailed-exitcode"]).ends(2);
    said.says(&["- WhatsAppQrCode default/flyer: delete", "Plan: 1 to delete, 1 unchanged."]);
    let json = folder.waops(&simulator, &["plan", "-o", "json"]).ends(0).json();
    assert_eq!(json["orphans"][0]["action"], "delete", "{json}");
}

#[test]
fn what_programs_read_is_as_the_schemas_say() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.code("menu", "shop-cn", "The menu!");
    folder.template("order_shipped", "Hi {{name}}, your order left today.");
    let plan = folder.waops(&simulator, &["plan", "-o", "json"]).ends(0).json();
    fits(&plan, include_str!("../../docs/reference/plan.schema.json"));
    assert_eq!(plan["summary"]["create"], 3);
    let applied = folder.waops(&simulator, &["apply", "-y", "-o", "json"]).ends(0).json();
    fits(&applied, include_str!("../../docs/reference/apply.schema.json"));
    assert_eq!(applied["complete"], json!(true), "{applied}");
    let link = applied["objects"][0]["link"].as_str().unwrap();
    assert!(link.starts_with("https://wa.me/message/"), "{link}");
    folder.code("menu", "shop-cn", "The other menu!");
    let applied = folder.waops(&simulator, &["apply", "-y", "-o", "json"]).ends(1).json();
    fits(&applied, include_str!("../../docs/reference/apply.schema.json"));
    let menu = &applied["objects"][0];
    assert_eq!((&menu["standing"], &menu["state"]), (&json!("stopped"), &json!("ApprovalNeeded")), "{menu}");
    let status = folder.waops(&simulator, &["status", "-o", "json"]).ends(0).json();
    fits(&status, include_str!("../../docs/reference/status.schema.json"));
}

fn fits(document: &Json, schema: &str) {
    let schema: Json = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}: {document}");
}
