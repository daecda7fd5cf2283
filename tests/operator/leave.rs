//! Leaving for good: `waops release --all --cluster`.

use std::process::{Command, Output};

use serde_json::{Value, json};
use waops::simulator::Fault;

use crate::house::{CREATE, House, defined, manifest, poster};
use crate::kubelet::free_port;

/// `waops` on the cluster, as its administrator.
fn waops(house: &House<'_>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
    command.args(arguments).env("KUBECONFIG", house.plane.kubeconfig());
    command.env_remove("WAOPS_NAMESPACES").output().unwrap()
}

#[track_caller]
fn said(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    format!("{out}{err}")
}

fn is_held(object: &Value) -> bool {
    let finalizers = object["metadata"]["finalizers"].as_array();
    finalizers.is_some_and(|all| all.contains(&json!("waops.dev/claim")))
}

#[test]
fn claim_21_release_all_lets_everything_go_while_the_operator_runs_and_calls_nobody() {
    let house = House::prepared(defined(), "leaving");
    let port = free_port();
    house.install_as("waops", port, &["watchNamespaces={leaving}"]);
    house.account();
    house.code("poster", "Hello");
    house.code("goes", "Goodbye");
    house.ready("waqr/poster");
    house.ready("waqr/goes");
    house
        .kubectl(&[
            "patch",
            "waqr/poster",
            "--type=json",
            "--patch",
            r#"[{"op": "add", "path": "/metadata/finalizers/-", "value": "example.org/theirs"}]"#,
        ])
        .success();
    // One call hangs while everything is let go: its intent is released, and it is said that nobody knows its end.
    house.inject(CREATE, Fault::TimeoutBefore, 1);
    house.code("unclear", "Hello?");
    house.until("the call", || (house.calls(CREATE) == 3).then_some(()));
    // One waits to be deleted: it must not be, any more.
    house.kubectl(&["delete", "waqr/goes", "--wait=false"]).success();
    let codes = house.codes();
    let deletes = house.calls("DELETE message_qrdls/code");

    let all =
        ["release", "--all", "--cluster", "--namespace=leaving", "--lease-namespace=leaving-system", "--yes"];
    let report = said(&waops(&house, &all));
    for line in [
        "poster: leaves QR code",
        "whatever a call that is under way may have done",
        "no provider was called",
    ] {
        assert!(report.contains(line), "{line}\n{report}");
    }
    for name in ["poster", "unclear"] {
        let object = house.get(&format!("waqr/{name}"));
        assert!(!is_held(&object), "{object}");
        assert!(object["metadata"]["annotations"]["waops.dev/claim"].is_null(), "{object}");
        assert!(object["status"]["claim"].is_null(), "{object}");
    }
    let poster = house.get("waqr/poster");
    assert_eq!(poster["metadata"]["finalizers"], json!(["example.org/theirs"]), "what is not ours stays");
    assert!(!is_held(&house.get("waacc/shop")));
    let gone = house.kubectl(&["get", "waqr/goes"]);
    assert!(!gone.status.success(), "nothing held it any more: {}", gone.stdout);
    house
        .until("the operator to stand by", || house.metrics(port).contains("waops_leader 0\n").then_some(()));

    let again = said(&waops(&house, &all));
    assert!(again.contains("0 let go"), "{again}");
    // What an uninstall does next ends at once, and deletes nothing at the provider.
    house
        .kubectl(&[
            "patch",
            "waqr/poster",
            "--type=merge",
            "--patch",
            r#"{"metadata": {"finalizers": null}}"#,
        ])
        .success();
    house.kubectl(&["delete", "waqr,watpl,waacc", "--all", "--timeout=20s"]).success();
    assert_eq!(house.codes(), codes);
    assert_eq!(house.calls("DELETE message_qrdls/code"), deletes);
}

/// Whoever may list objects in some namespaces alone finds nothing in one whose Role went before them.
#[test]
fn claim_21_who_cannot_find_what_is_in_a_namespace_that_goes_says_how_it_is_let_go() {
    let house = House::prepared(defined(), "declined");
    let port = free_port();
    house.install_as("waops", port, &["watchNamespaces={declined}", "rbac.releaseEverywhere=false"]);
    house.account();
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    house.scale("waops", 0);
    house.loses_its_rights();
    house.scale("waops", 1);
    let command = ["release", "--all", "--cluster", "--namespace", "declined"];
    let way_out = format!("waops {}", command.join(" "));
    house.until(&way_out, || house.page(port, "readyz").contains(&way_out).then_some(()));
    said(&waops(&house, &[&command[..], &["--yes"][..]].concat()));
    let gone = house.plane.kubectl(&["wait", "--for=delete", "namespace/declined", "--timeout=60s"]);
    assert!(gone.status.success(), "{}", gone.stderr);
    house.until("the operator to begin", || (house.page(port, "readyz") == "ready\n").then_some(()));
    assert_eq!(house.codes().len(), 1);
}

#[test]
fn one_object_is_let_go_and_asks_whether_to_be_taken_over_again() {
    let house = House::new(defined(), "letting");
    for name in ["poster", "flyer"] {
        house.apply(&manifest("WhatsAppQrCode", name, &poster(&format!("Hello from the {name}"))));
        house.ready(&format!("waqr/{name}"));
    }
    let code = house.get("waqr/poster")["status"]["code"].as_str().unwrap().to_owned();
    said(&waops(&house, &["release", "--cluster", "--yes", "waqr/letting/poster"]));
    house.until("the question", || {
        let object = house.get("waqr/poster");
        let ready =
            object["status"]["conditions"].as_array()?.iter().find(|found| found["type"] == "Ready")?;
        (ready["reason"] == "AdoptionNeeded" && ready["message"].as_str()?.contains(&code)).then_some(())
    });
    assert!(is_held(&house.get("waqr/flyer")), "nobody named it");
    let unknown = waops(&house, &["release", "--cluster", "--yes", "waqr/letting/none"]);
    assert!(!unknown.status.success());
}
