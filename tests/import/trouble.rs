//! What an import does with accounts, folders and objects that are not as they should be.

use std::fs;

use serde_json::{Value as Json, json};

use crate::account::{PHONE_ID, body, code, template, tree};
use crate::support::{Folder, Simulator};

fn simulator() -> Simulator {
    Simulator::start("settings: {limits: false}\n")
}

#[test]
fn what_cannot_begin_says_why_before_anybody_is_called() {
    let (simulator, folder) = (simulator(), Folder::new());
    let file = folder.path().join("accounts.yaml").display().to_string();
    for (args, words, reason) in [
        (
            &["import", "--account", "shop-de"][..],
            &["no account shop-de among the manifests, only: shop, shop-cn"][..],
            "another account",
        ),
        (
            &["import", "--account", "shop-cn"],
            &["Alibaba has no list of phone numbers", "--phone", "--kind template"],
            "a phone number is wanted",
        ),
        (
            &["import", "--account", "shop", "--phone", "poster"],
            &["\"poster\" is no phone number"],
            "no digits",
        ),
        (&["import", "--account", "shop", "--out", &file], &["is a file; --out wants a folder"], "a file"),
    ] {
        let said = folder.waops(&simulator, args).ends(1).says(words);
        assert!(said.out.is_empty(), "{reason}: {}", said.out);
    }
    folder.write(
        "broken.yaml",
        "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppQrCode\nmetadata: {name: it}\nspec: {}\n",
    );
    folder.waops(&simulator, &["import", "--account", "shop"]).ends(1).says(&["broken.yaml", "accountRef"]);
    folder.remove("broken.yaml");
    let held = fs::read_to_string(folder.path().join("accounts.yaml")).unwrap();
    folder.write("accounts.yaml", &held.replacen("spec:\n", "spec:\n  suspend: true\n", 1));
    folder
        .waops(&simulator, &["import", "--account", "shop"])
        .ends(1)
        .says(&["the account shop is suspended"]);
    folder.write("accounts.yaml", &held.replace("EAAJsimulator", "EAAJwrong"));
    let said = folder.waops(&simulator, &["import", "--account", "shop"]).ends(1);
    assert!(!said.out.contains("EAAJwrong") && !said.err.contains("EAAJwrong"), "no token is shown");
    folder.write("accounts.yaml", &held);
    let before = simulator.operations().len();
    let unknown = folder.waops(&simulator, &["import", "--account", "shop", "--phone", "+493012345"]).ends(1);
    unknown.says(&["the account has no phone number 493012345; it has +4930901820, +8613800000000"]);
    assert_eq!(simulator.operations()[before..], ["GET phone_numbers"]);
    assert_eq!(tree(folder.path()).len(), 1, "nothing was written");
}

#[test]
fn what_no_manifest_can_say_is_left_out_and_said() {
    let (simulator, folder) = (simulator(), Folder::new());
    template(&simulator, "meta", "plain", "UTILITY", &body("meta"));
    template(&simulator, "meta", "old", "TRANSACTIONAL", &body("meta"));
    let novel = json!([{"type": "BODY", "text": "Hi"}, {"type": "HOLOGRAM", "size": 3}]);
    template(&simulator, "meta", "novel", "UTILITY", &novel);
    let button = json!([{"type": "BODY", "text": "Hi"}, {"type": "BUTTONS", "buttons": [{"type": "TELEPORT", "text": "Go"}]}]);
    template(&simulator, "meta", "button", "UTILITY", &button);
    let braces = json!([{"type": "BODY", "text": "Hi {{not a name}}"}]);
    template(&simulator, "meta", "braces", "UTILITY", &braces);
    let numbered = json!([
        {"type": "HEADER", "format": "DOCUMENT", "example": {"header_handle": ["4::aW"]}},
        {"type": "BODY", "text": "Hi {{1}}, it costs {{2}} now.", "example": {"body_text": [["Ana", ""]]}},
    ]);
    template(&simulator, "meta", "numbered", "UTILITY", &numbered);
    code(&simulator, "meta", None, "");
    code(&simulator, "meta", None, &"long ".repeat(40));
    code(&simulator, "meta", Some("GOODCODE000001"), "n");
    let said = folder.waops(&simulator, &["import", "--account", "shop"]).ends(0);
    let said = said.says(&[
        "1 QR code and 2 templates",
        "Left out, since no manifest can say it:",
        "template old in en_US: its category TRANSACTIONAL is none that can be declared any more",
        "template novel in en_US: spec.components.HOLOGRAM",
        "template button in en_US: spec.components.buttons[0].type",
        "template braces in en_US: spec.components.body.text",
    ]);
    assert_eq!(said.out.matches("QR code ").count(), 1 + 2, "two codes are left out: {}", said.out);
    let files = tree(folder.path());
    let numbered = &files["templates/numbered-en-us.yaml"];
    for words in [
        "# The provider numbers its variables; the names body_1, body_2 are made up.",
        "# The provider has no sample of body_2; the name stands in for it.",
        "    body_1: Ana\n    body_2: body_2\n",
        "parameterFormat: POSITIONAL",
        "    header:\n      format: DOCUMENT\n",
    ] {
        assert!(numbered.contains(words), "{words}:\n{numbered}");
    }
    assert!(
        files["qr-codes/code-goodcode000001.yaml"].contains("prefilledMessage: 'n'"),
        "quoted for YAML 1.1"
    );
    folder.waops(&simulator, &["plan"]).ends(0).says(&["3 to take over; no changes at the provider"]);
    folder.apply(&simulator).ends(0);
    assert_eq!(simulator.writes(), Vec::<String>::new());
}

#[test]
fn what_people_wrote_and_others_own_stays_as_it_is() {
    let (simulator, folder) = (simulator(), Folder::new());
    code(&simulator, "meta", Some("AAAAAAAAAAAAA1"), "Hello!");
    code(&simulator, "meta", Some("AAAAAAAAAAAAA2"), "The menu, please");
    code(&simulator, "meta", Some("AAAAAAAAAAAAA3"), "Good morning");
    code(&simulator, "meta", Some("AAAAAAAAAAAAA4"), "Good evening");
    code(&simulator, "meta", Some("AAAAAAAAAAAAA5"), "Good night");
    // Declared without its code, under a name that another would have, in the way, and another installation's.
    folder.code("poster", "shop", "Hello!");
    folder.code("the-menu-please", "shop-cn", "Something else");
    let out = folder.path().join("qr-codes");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("good-morning.yaml"), "# I keep notes here\n").unwrap();
    let claim = json!({"n": 1, "installation": "cluster-7", "uid": "1", "object": "default/night", "account": "default/shop",
        "identity": "meta/102290129340398", "phone": PHONE_ID, "code": "AAAAAAAAAAAAA5"});
    let night = crate::support::code("night", "shop", "Good night").replace(
        "metadata: {name: night}",
        &format!("metadata: {{name: night, annotations: {{waops.dev/claim: '{claim}'}}}}"),
    );
    folder.write("night.yaml", &night);
    let said = folder.waops(&simulator, &["import", "--account", "shop", "--kind", "qr-code"]).ends(1);
    said.says(&[
        "2 QR codes and 0 templates",
        "QR code AAAAAAAAAAAAA1 of +4930901820: WhatsAppQrCode default/poster",
        "add `adopt: {code: AAAAAAAAAAAAA1}` there to take this one over",
        "good-morning.yaml is there and says something else; move it, and import again",
        "night.yaml",
        "belongs to the installation cluster-7, an operator or another state; leave it there",
    ]);
    let files = tree(&out);
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        ["good-evening.yaml", "good-morning.yaml", "the-menu-please-aaaaaaaaaaaaa2.yaml"]
    );
    assert_eq!(files["good-morning.yaml"], "# I keep notes here\n");
    fs::remove_file(out.join("good-morning.yaml")).unwrap();
    let said =
        folder.waops(&simulator, &["import", "--account", "shop", "--kind", "qr-code", "-o", "json"]).ends(0);
    let report = said.json();
    let schema: Json = serde_json::from_str(include_str!("../../docs/reference/import.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let misfits: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(misfits.is_empty(), "{misfits:?}: {report:#}");
    assert_eq!(
        report["written"][0]["file"].as_str(),
        Some(&*out.join("good-morning.yaml").display().to_string())
    );
    assert_eq!(report["known"].as_array().unwrap().len(), 4);
}

#[test]
fn a_folder_of_its_own_may_have_other_files_and_is_read_the_next_time() {
    let (simulator, folder, out) = (simulator(), Folder::new(), Folder::empty());
    code(&simulator, "meta", None, "Hello!");
    out.write("notes.txt", "mine");
    out.write("kustomization.yaml", "resources: []\n");
    let to = out.path().display().to_string();
    let args = ["import", "--account", "shop", "--kind", "qr-code", "--out", &to];
    let said = folder.waops(&simulator, &args).ends(0);
    said.says(&[&format!("waops plan -f {} -f {to}", folder.path().display())]);
    assert!(out.path().join("qr-codes/hello.yaml").exists());
    folder.waops(&simulator, &args).ends(0).says(&["0 QR codes", "1 declared already, and left as they are"]);
    assert_eq!(tree(out.path()).len(), 3);
}

#[test]
fn an_account_that_forbids_to_take_over_is_heeded() {
    let (simulator, folder) = (simulator(), Folder::new());
    code(&simulator, "meta", None, "Hello!");
    template(&simulator, "meta", "plain", "UTILITY", &body("meta"));
    let accounts = fs::read_to_string(folder.path().join("accounts.yaml")).unwrap();
    let with = |policies: &str| accounts.replacen("spec:\n", &format!("spec:\n  policies: {policies}\n"), 1);
    for (policies, code, template, said, reason) in [
        ("{adoption: Never}", "adoption: Ask", "adoption: IfIdentical", None, "objects say otherwise"),
        ("{adoption: Always}", "adopt:", "name: plain", None, "nothing more is needed"),
        (
            "{adoption: Never, enforced: [adoption]}",
            "adopt:",
            "name: plain",
            Some("allow it there first"),
            "nobody may",
        ),
    ] {
        let out = Folder::empty();
        folder.write("accounts.yaml", &with(policies));
        let args = ["import", "--account", "shop", "--out", &out.path().display().to_string()];
        let answer = folder.waops(&simulator, &args).ends(0);
        assert_eq!(
            answer.out.contains("The account enforces its policy"),
            said.is_some(),
            "{reason}: {}",
            answer.out
        );
        let files = tree(out.path());
        assert!(files["qr-codes/hello.yaml"].contains(code), "{reason}: {files:#?}");
        assert!(files["templates/plain-en-us.yaml"].contains(template), "{reason}: {files:#?}");
        let policies = files.values().filter(|text| text.contains("policies:")).count();
        assert_eq!(
            policies,
            if reason == "objects say otherwise" { 2 } else { 0 },
            "{reason}: no defaults are written"
        );
    }
    let report: Json =
        folder.waops(&simulator, &["import", "--account", "shop", "-o", "json"]).ends(0).json();
    assert_eq!(report["calls"], 4, "phone numbers, the codes of two, templates: {report}");
}
