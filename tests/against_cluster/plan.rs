//! `waops plan --against cluster`: what a pull request will do, from the cluster's resources alone.

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};
use waops::manifest::documents;
use waops::simulator::sandbox;

use crate::control_plane::poll;
use crate::house::{DEADLINE, DEFINITIONS, House, code, define, entry, kubeconfig_as, plane, template};
use crate::repository;

#[test]
fn a_pull_request_shows_what_the_operator_will_do_once_it_is_merged() {
    let house = House::new("merge");
    house.declare("menu", "WhatsAppQrCode", code("shop-cn", sandbox::PHONE_NUMBER, "The menu!"));
    house.declare("poster", "WhatsAppQrCode", code("shop", sandbox::PHONE_NUMBER, "Hello!"));
    house.declare("old", "WhatsAppQrCode", code("shop", sandbox::PHONE_NUMBER, "Old!"));
    house.declare("order", "WhatsAppTemplate", template("Hi {{name}}, your order left today."));
    for object in ["waqr/menu", "waqr/poster", "waqr/old"] {
        house.ready(object);
    }
    house.kubectl(&["annotate", "watpl/order", "waops.dev/reconcile-at=1"]).success();
    house.ready("watpl/order");
    repository::begin(house.path());
    repository::done(house.path(), &["checkout", "--quiet", "-b", "change"]);
    // As it is, everything is as written, and the definitions are ours.
    let as_they_are = DEFINITIONS.read().unwrap();
    let plan = house.plan_json(&[]);
    drop(as_they_are);
    let (summary, none) = (&plan["summary"], Vec::<Json>::new());
    assert_eq!((&summary["unchanged"], &summary["unverified"]), (&json!(4), &json!(0)), "{plan}");
    assert_eq!(plan["warnings"], json!(none), "{plan}");
    // A branch changes everything there is.
    house.write("menu", "WhatsAppQrCode", code("shop-cn", sandbox::PHONE_NUMBER, "The other menu!"));
    house.write("order", "WhatsAppTemplate", template("Hi {{name}}, your order is on its way."));
    house.write("new", "WhatsAppQrCode", code("shop", sandbox::PHONE_NUMBER, "New!"));
    fs::remove_file(house.path().join("old.json")).unwrap();
    repository::commit(house.path(), "Change");
    let plan = house.plan_json(&["--base", "main"]);
    assert_eq!(plan["objects"].as_array().unwrap().len(), 4, "{plan}");
    let menu = entry(&plan, "menu");
    assert_eq!((&menu["action"], &menu["verified"]), (&json!("blocked"), &json!(true)), "{menu}");
    assert_eq!(menu["consequences"][0]["type"], "KillsPrintedCode", "{menu}");
    assert_eq!(
        menu["differences"][0],
        json!({"field": "prefilledMessage", "from": "The menu!", "to": "The other menu!"})
    );
    let order = entry(&plan, "order");
    assert_eq!(order["action"], "change", "{order}");
    let costs: Vec<&str> =
        order["consequences"].as_array().unwrap().iter().map(|it| it["type"].as_str().unwrap()).collect();
    assert_eq!(costs, ["ReentersReview", "SpendsEdit"], "{order}");
    assert_eq!(
        (&entry(&plan, "new")["action"], &entry(&plan, "new")["verified"]),
        (&json!("create"), &json!(false))
    );
    let old = entry(&plan, "old");
    assert_eq!(
        (&old["action"], &old["consequences"][0]["type"]),
        (&json!("delete"), &json!("KillsPrintedCode")),
        "{old}"
    );
    // The hook before a push shows it, and lets it through.
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    let hooks = documents(&fs::read_to_string(hooks).unwrap()).next().unwrap().unwrap().root.to_json();
    let hook = hooks.as_array().unwrap().iter().find(|hook| hook["id"] == "waops-plan").unwrap();
    let script = format!("{} --base main", hook["entry"].as_str().unwrap());
    let (code_, said) = house.script(&script);
    assert!(code_ == Some(0) && said.contains("/old") && said.contains("kills the printed code"), "{said}");
    let as_they_are = DEFINITIONS.read().unwrap();
    let (code_, markdown, _) = house.plan(&["--base", "main", "--output", "markdown"]);
    assert_eq!(code_, Some(0));
    let again = house.plan(&["--base", "main", "--output", "markdown"]).1;
    drop(as_they_are);
    assert_eq!(markdown, again, "the same cluster makes the same comment");
    // Merged with the line that approves it: the operator does what the plan said.
    let line = menu["decisions"][0].as_str().unwrap().strip_prefix("approve: ").unwrap();
    let mut approved = code("shop-cn", sandbox::PHONE_NUMBER, "The other menu!");
    approved["approve"] = json!(line);
    let died = menu["consequences"][0]["code"].as_str().unwrap();
    house.declare("menu", "WhatsAppQrCode", approved);
    let new = poll(DEADLINE, || {
        let code = house.kubectl(&["get", "waqr/menu", "--output=jsonpath={.status.code}"]).stdout;
        (code != died && !code.is_empty()).then_some(code)
    });
    assert!(new.is_some(), "{}", house.kubectl(&["get", "waqr/menu", "--output=yaml"]).stdout);
    house.ready("waqr/menu");
    let plan = house.plan_json(&[]);
    assert_eq!(entry(&plan, "menu")["action"], "unchanged", "{plan}");
    // An account has no row, and is not brought back by the next commit.
    fs::remove_file(house.path().join("shop-cn.json")).unwrap();
    let warnings = house.plan_json(&["--base", "main"])["warnings"].to_string();
    let words = "the branch removes the account merge/shop-cn: once it is gone nothing can be called for its objects, \
                 of which 1 stays; a deletion that has begun cannot be taken back";
    assert!(warnings.contains(words), "{warnings}");
    drop(house.simulator);
}

#[test]
fn what_a_branch_brings_from_a_provider_is_taken_over_and_nothing_is_made() {
    let house = House::new("import");
    house.declare("poster", "WhatsAppQrCode", code("shop", sandbox::PHONE_NUMBER, "Hello from a branch!"));
    house.ready("waqr/poster");
    let owned = house.kubectl(&["get", "waqr/poster", "--output=jsonpath={.status.code}"]).stdout;
    repository::begin(house.path());
    repository::done(house.path(), &["checkout", "--quiet", "-b", "import"]);
    // As `waops import` writes them: the codes by name, the templates by what they say.
    let mut flyer = code("shop", sandbox::PHONE_NUMBER, "Fly with us!");
    flyer["adopt"] = json!({"code": "D9FLYER"});
    house.write("flyer", "WhatsAppQrCode", flyer);
    let mut second = code("shop-cn", sandbox::PHONE_NUMBER, "Fly, too!");
    second["adopt"] = json!({"code": "D9SECOND"});
    house.write("second", "WhatsAppQrCode", second);
    let mut theirs = code("shop", sandbox::PHONE_NUMBER, "Hello, again!");
    theirs["adopt"] = json!({"code": owned});
    house.write("theirs", "WhatsAppQrCode", theirs);
    let mut order = template("Hi {{name}}, your order left today.");
    order["name"] = json!("order_left");
    order["policies"] = json!({"adoption": "IfIdentical"});
    house.write("order", "WhatsAppTemplate", order);
    repository::commit(house.path(), "Import");
    let plan = house.plan_json(&["--base", "main"]);
    for name in ["flyer", "second"] {
        let found = entry(&plan, name);
        assert_eq!((&found["action"], &found["verified"]), (&json!("takeOver"), &json!(false)), "{found}");
        assert_eq!(found["consequences"], json!([]), "{found}");
    }
    let found = entry(&plan, "theirs");
    assert_eq!((&found["action"], &found["reason"]), (&json!("conflict"), &json!("Taken")), "{found}");
    let found = entry(&plan, "order");
    assert_eq!((&found["action"], &found["verified"]), (&json!("create"), &json!(false)), "{found}");
    assert_eq!(found["notes"][0]["type"], "TakenOverIfThere", "{found}");
}

#[test]
fn what_differs_from_the_cluster_is_said_and_rights_may_be_few() {
    let house = House::new("few");
    house.declare("poster", "WhatsAppQrCode", code("shop", sandbox::PHONE_NUMBER, "Hello to a few!"));
    house.ready("waqr/poster");
    let credentials = json!({"secretRef": {"name": "shop"}});
    house.write("shop", "WhatsAppAccount", json!({
        "meta": {"businessAccountId": sandbox::WABA_ID, "credentials": credentials}, "policies": {"update": "Never"},
    }));
    house.write(
        "brand",
        "WhatsAppAccount",
        json!({
            "meta": {"businessAccountId": "108427225641466", "credentials": credentials},
        }),
    );
    house.write("poster", "WhatsAppQrCode", code("shop", sandbox::PHONE_NUMBER, "Hello, you!"));
    let (_, out, err) = house.plan(&[]);
    for words in [
        "the policies of the account few/shop differ from the cluster's: {\"update\":\"Never\"} here, the defaults there",
        "the account few/brand is not in the cluster yet",
        "Compared with what the operator last saw",
        "blocked",
    ] {
        assert!(out.contains(words), "{words}:\n{out}\n{err}");
    }
    // Who may list one namespace and nothing else.
    let kinds = "whatsappaccounts.waops.dev,whatsappqrcodes.waops.dev,whatsapptemplates.waops.dev";
    house.kubectl(&["create", "role", "ci", "--verb=list", "--resource", kinds]).success();
    house.kubectl(&["create", "rolebinding", "ci", "--role=ci", "--serviceaccount=few:ci"]).success();
    let few = kubeconfig_as(house.path(), "system:serviceaccount:few:ci");
    let (code_, out, err) = house.plan_as(&few, &[]);
    assert_eq!(code_, Some(0), "{out}\n{err}");
    for words in
        ["you may not list the whole cluster", "you may not read the namespace kube-system", "blocked"]
    {
        assert!(out.contains(words), "{words}:\n{out}\n{err}");
    }
    let nobody = kubeconfig_as(house.path(), "system:serviceaccount:few:nobody");
    let (code_, _, err) = house.plan_as(&nobody, &[]);
    assert_eq!(code_, Some(1));
    assert!(err.contains("not allowed to list whatsapp"), "{err}");
    // Definitions of another version; those of this plane are brought back.
    let changing = DEFINITIONS.write().unwrap();
    let patch = r#"[{"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/suspend"}]"#;
    plane().kubectl(&["patch", "crd/whatsappqrcodes.waops.dev", "--type=json", "--patch", patch]).success();
    let (_, out, _) = house.plan(&[]);
    define(plane());
    drop(changing);
    assert!(out.contains("the cluster's definition of WhatsAppQrCode is of another version"), "{out}");
    // What goes there goes, although it is declared.
    let waits = r#"[{"op": "add", "path": "/metadata/finalizers/-", "value": "example.com/waits"}]"#;
    house.kubectl(&["patch", "waqr/poster", "--type=json", "--patch", waits]).success();
    house.kubectl(&["delete", "waqr/poster", "--wait=false"]).success();
    let (_, out, err) = house.plan(&[]);
    assert!(out.contains("declared, and being deleted in the cluster"), "{out}\n{err}");
    // What has no meaning here, and a cluster that is not there.
    let (code_, _, err) = house.plan(&["--prune"]);
    assert!(code_ == Some(1) && err.contains("--base shows what this branch removes"), "{err}");
    let (code_, _, err) = house.plan_as(Path::new("/nowhere"), &[]);
    assert!(code_ == Some(1) && err.contains("no cluster to look at"), "{err}");
}
