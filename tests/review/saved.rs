//! `waops plan --save` and `waops apply PLAN`: exactly what was agreed to, or nothing.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use crate::support::{Folder, Said, Simulator, code};

struct Plan(tempfile::TempDir);

impl Plan {
    fn save(simulator: &Simulator, folder: &Folder) -> Self {
        let plan = Self(tempfile::tempdir().unwrap());
        let path = plan.path();
        folder.waops(simulator, &["plan", "--save", path.to_str().unwrap()]).ends(0);
        plan
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("plan.json")
    }

    fn apply(&self, simulator: &Simulator, folder: &Folder) -> Said {
        folder.waops(simulator, &["apply", self.path().to_str().unwrap(), "--timeout", "60s"])
    }

    fn edit(&self, edit: impl FnOnce(&mut Json)) {
        let mut json: Json = serde_json::from_slice(&fs::read(self.path()).unwrap()).unwrap();
        edit(&mut json);
        fs::write(self.path(), json.to_string()).unwrap();
    }
}

#[test]
fn what_was_agreed_to_is_applied_once_and_nobody_is_asked() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.template("order_shipped", "Hi {{name}}, your order left today.");
    let plan = Plan::save(&simulator, &folder);
    let json: Json = serde_json::from_slice(&fs::read(plan.path()).unwrap()).unwrap();
    let schema: Json = serde_json::from_str(include_str!("../../docs/reference/plan.schema.json")).unwrap();
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&json)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(simulator.writes(), Vec::<String>::new());
    plan.apply(&simulator, &folder).ends(0).says(&["2 as declared"]);
    let writes = simulator.writes();
    let again = plan.apply(&simulator, &folder).ends(1);
    again.says(&[
        "nothing was done",
        "WhatsAppQrCode default/poster: create (Creating) was planned, and now it is",
    ]);
    assert_eq!(simulator.writes(), writes);
}

#[test]
fn what_moved_meanwhile_is_named_and_nothing_else_is_done() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    folder.code("poster", "shop", "Hello, you!");
    folder.code("flyer", "shop", "Fly!");
    let plan = Plan::save(&simulator, &folder);
    let before = (simulator.writes(), folder.state());
    // The manifest changed after the plan.
    folder.code("poster", "shop", "Hello, all!");
    plan.apply(&simulator, &folder)
        .ends(1)
        .says(&["poster: change (Updating) as planned, but what changes is something else"]);
    // One more, and one less.
    folder.code("poster", "shop", "Hello, you!");
    folder.code("card", "shop", "Card!");
    plan.apply(&simulator, &folder).ends(1).says(&["card: it was not there when the plan was made"]);
    folder.remove("card.yaml");
    folder.remove("flyer.yaml");
    plan.apply(&simulator, &folder).ends(1).says(&["flyer: it is not declared any more"]);
    folder.code("flyer", "shop", "Fly!");
    // Somebody made the flyer at the provider.
    let made = json!({"addCode": {"provider": "meta", "phone": "106540352242922", "code": "AAAAAAAAAAAAAA", "message": "Fly!"}});
    simulator.admin("POST", "/changes", &made);
    plan.apply(&simulator, &folder)
        .ends(1)
        .says(&["flyer: create (Creating) was planned, and now it is blocked"]);
    assert_eq!((simulator.writes(), folder.state()), before, "nothing was done, and nothing noted");
}

#[test]
fn all_that_a_manifest_says_is_agreed_to() {
    let (simulator, folder) = (Simulator::start("settings: {reviewMs: 3600000}\n"), Folder::new());
    let (manifest, second) =
        ("poster.yaml", &*format!("+{}", waops::simulator::sandbox::SECOND_PHONE_NUMBER));
    folder.code("poster", "shop", "Hello!");
    folder.template("order_shipped", "Hi {{name}}, your order left today.");
    let plan = Plan::save(&simulator, &folder);
    let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
    let (shown, hidden) =
        ("what changes is something else now", "its manifest says something else than it was planned for");
    let retained = "spec:\n  policies: {deletion: Retain}\n";
    for (file, from, to, words, reason) in [
        (manifest, "+4930901820", second, shown, "a code of another number"),
        ("order_shipped.yaml", "UTILITY", "MARKETING", shown, "another category costs something else"),
        (manifest, "spec:\n", retained, hidden, "another end, one day"),
        ("accounts.yaml", "spec:\n", retained, hidden, "another end of all that the account has"),
    ] {
        let before = read(file);
        assert!(before.contains(from), "{before}");
        folder.write(file, &before.replace(from, to));
        let said = plan.apply(&simulator, &folder).ends(1);
        assert!(said.err.contains(words), "{reason}: {said:?}");
        folder.write(file, &before);
    }
    assert_eq!(simulator.writes(), Vec::<String>::new());
    plan.apply(&simulator, &folder).ends(0).says(&["2 as declared"]);
}

#[test]
fn a_plan_of_something_else_is_refused() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    let backup = folder.state();
    folder.code("flyer", "shop", "Fly!");
    let plan = Plan::save(&simulator, &folder);
    let copy = fs::read(plan.path()).unwrap();
    // Edited, even where it still reads well.
    plan.edit(|json| json["objects"][0]["action"] = json!("unchanged"));
    plan.apply(&simulator, &folder).ends(1).says(&["was edited or damaged"]);
    fs::write(plan.path(), &copy[..copy.len() / 2]).unwrap();
    plan.apply(&simulator, &folder).ends(1).says(&["is no plan"]);
    fs::write(plan.path(), "{}").unwrap();
    plan.apply(&simulator, &folder).ends(1).says(&["--save"]);
    fs::write(plan.path(), &copy).unwrap();
    plan.edit(|json| json["saved"]["format"] = json!(9));
    plan.apply(&simulator, &folder).ends(1).says(&["format 9", "update it"]);
    // Another state, and an older one.
    fs::write(plan.path(), &copy).unwrap();
    let other = Folder::new();
    other.code("poster", "shop", "Hello!");
    other.code("flyer", "shop", "Fly!");
    plan.apply(&simulator, &other).ends(1).says(&["another state"]);
    folder.code("card", "shop", "Card!");
    folder.apply(&simulator).ends(0);
    folder.remove("card.yaml");
    let later = Plan::save(&simulator, &folder);
    fs::write(folder.path().join(".waops/state.json"), backup).unwrap();
    later.apply(&simulator, &folder).ends(1).says(&["the state is older than the plan"]);
    // Another account: the manifest names another one at the same provider.
    let fresh = Folder::new();
    fresh.code("table", "shop", "Table!");
    let plan = Plan::save(&simulator, &fresh);
    fresh.code("table", "shop-cn", "Table!");
    plan.apply(&simulator, &fresh)
        .ends(1)
        .says(&["planned for the account meta/102290129340398, and now it is alibaba/"]);
    // What no list backs is not kept.
    let path = plan.path().display().to_string();
    folder
        .waops(&simulator, &["plan", "--against", "state", "--save", &path])
        .ends(1)
        .says(&["--save needs"]);
}

#[test]
fn of_a_branch_only_its_changes_are_applied() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.code("card", "shop", "Card!");
    crate::repository::begin(folder.path());
    folder.code("flyer", "shop", "Fly!");
    // That the branch changes it is in the plan, and not in the one that it is compared with.
    let card = code("card", "shop", "Card!");
    folder.write("card.yaml", &format!("{card}  policies: {{deletion: Retain}}\n"));
    let plan = tempfile::tempdir().unwrap();
    let path = plan.path().join("plan.json").display().to_string();
    folder.waops(&simulator, &["plan", "--base", "main", "--save", &path]).ends(0);
    assert!(fs::read_to_string(&path).unwrap().contains("the branch changes policies.deletion: Retain"));
    folder.waops(&simulator, &["apply", &path]).ends(0).says(&["2 as declared"]);
    assert_eq!(simulator.texts().into_keys().collect::<Vec<_>>(), ["Card!", "Fly!"]);
}

#[test]
fn what_a_branch_removes_goes_with_its_plan_and_no_other_orphan_does() {
    for flags in [&["plan", "--base", "main"][..], &["plan", "--base", "main", "--prune"]] {
        let (simulator, folder) = (Simulator::start(""), Folder::new());
        for (name, text) in [("poster", "Hello!"), ("card", "Card!"), ("flyer", "Fly!")] {
            folder.code(name, "shop", text);
        }
        folder.apply(&simulator).ends(0);
        // Nobody ever asked to have this one deleted.
        folder.remove("flyer.yaml");
        crate::repository::begin(folder.path());
        folder.remove("card.yaml");
        let plan = tempfile::tempdir().unwrap();
        let path = plan.path().join("plan.json").display().to_string();
        let mut command = flags.to_vec();
        command.extend(["--save", path.as_str()]);
        folder.waops(&simulator, &command).ends(0).says(&["1 to delete"]);
        let said = folder.waops(&simulator, &["apply", &path, "--timeout", "60s"]).ends(0);
        said.says(&["Plan: 1 to delete.", "1 gone"]);
        assert_eq!(simulator.texts().into_keys().collect::<Vec<_>>(), ["Fly!", "Hello!"], "{flags:?}");
        // It is an orphan as before, also for who does not look at the plan.
        folder.apply(&simulator).ends(0).says(&["flyer", "they stay as they are"]);
        assert_eq!(simulator.texts().into_keys().collect::<Vec<_>>(), ["Fly!", "Hello!"], "{flags:?}");
    }
}

#[test]
fn of_a_branch_nothing_is_shown_that_its_plan_does_not_do() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    // Merged, and not applied yet.
    crate::repository::begin(folder.path());
    folder.code("flyer", "shop", "Fly!");
    let plan = tempfile::tempdir().unwrap();
    let path = plan.path().join("plan.json").display().to_string();
    folder.waops(&simulator, &["plan", "--base", "main", "--save", &path]).ends(0);
    folder.waops(&simulator, &["apply", &path]).ends(0).says(&["Plan: 1 to create.", "1 as declared"]);
    assert_eq!(simulator.texts().into_keys().collect::<Vec<_>>(), ["Fly!"]);
}
