//! What goes, and what stays at the provider.

use std::time::Duration;

use serde_json::{Value, json};
use waops::simulator::Fault;

use crate::gate::Gate;
use crate::house::{CREATE, House, define, defined, list, manifest, meta_account, poster};
use crate::kubelet::free_port;
use crate::support::control_plane::ControlPlane;
use crate::support::helm::{helm, succeeds};

const DELETE: &str = "DELETE message_qrdls/code";

/// The API server looks at finalizers when a deletion begins: one that began before the first write takes the object away
/// after it, with all that says what is its own.
#[test]
fn promise_01_a_deletion_that_began_before_the_finalizer_leaves_no_code_behind() {
    let house = House::new(defined(), "snatched");
    let gate = Gate::closed(&house);
    let (before, after) = ("Hello", "Hello again");
    let mut spec = poster(before);
    spec["suspend"] = json!(true);
    house.apply(&manifest("WhatsAppQrCode", "poster", &spec));
    std::thread::scope(|scope| {
        let deletion = scope.spawn(|| house.kubectl(&["delete", "waqr/poster", "--wait=false"]));
        house.until("the deletion to begin", || gate.is_reached().then_some(()));
        house.merge("waqr/poster", &json!({"spec": {"suspend": false}}));
        house.ready("waqr/poster");
        assert_eq!(house.codes().len(), 1);
        house.inject(DELETE, Fault::ServerError { status: 500 }, 1);
        gate.open();
        deletion.join().unwrap().success();
    });
    // Its finalizer would have kept the name taken, too.
    house.code("poster", after);
    house.until("the deletion to be tried", || (house.calls(DELETE) > 0).then_some(()));
    assert_eq!(house.calls(CREATE), 1);
    house.ready("waqr/poster");
    assert_eq!(house.texts(), [after], "nothing is left of the one before");
}

#[test]
fn claim_18_what_goes_with_its_namespace_stays_at_the_provider() {
    let house = House::new(defined(), "collateral");
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    let codes = house.codes();
    assert_eq!(codes.len(), 1);
    let gone = house.plane.kubectl(&["delete", "namespace", "collateral", "--timeout=60s"]);
    assert!(gone.status.success(), "{}\n{}", gone.stderr, house.kubelet.logs());
    assert_eq!(house.codes(), codes, "collateral never deletes");
}

/// They are gone before anybody can write of them: the watch may say so first.
#[test]
fn claim_18_of_each_of_many_that_are_let_go_an_event_names_what_is_left_behind() {
    let house = House::new(defined(), "retained");
    let names: Vec<String> = (0..30).map(|n| format!("code-{n}")).collect();
    let retained = |name: &String| {
        let mut spec = poster(&format!("Hello from {name}"));
        spec["policies"] = json!({"deletion": "Retain"});
        manifest("WhatsAppQrCode", name, &spec)
    };
    house.apply(&list(&names.iter().map(retained).collect::<Vec<_>>()));
    let owned: Vec<(String, String)> = names
        .iter()
        .map(|name| {
            let name = format!("waqr/{name}");
            house.ready(&name);
            let object = house.get(&name);
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&object["metadata"]["uid"]), text(&object["status"]["code"]))
        })
        .collect();
    house.kubectl(&["delete", "waqr", "--all", "--timeout=60s"]).success();
    assert_eq!(house.codes().len(), owned.len());
    house.until("an Event of each", || {
        let told = ["get", "events", "--field-selector=reason=Released", "--output=json"];
        let told: Value = serde_json::from_str(&house.kubectl(&told).stdout).ok()?;
        let told = told["items"].as_array()?;
        let names_it = |(uid, code): &(String, String)| {
            told.iter().any(|event| {
                event["involvedObject"]["uid"] == uid.as_str()
                    && event["message"].as_str().is_some_and(|message| message.contains(code.as_str()))
            })
        };
        owned.iter().all(names_it).then_some(())
    });
}

#[test]
fn claim_21_a_namespace_ends_in_any_order_even_when_its_secret_went_first() {
    let house = House::new(defined(), "orphaned");
    let mut spec = poster("Hello");
    // It asks to be deleted with its namespace, and cannot be without credentials.
    spec["policies"] = json!({"deletion": "Delete"});
    house.apply(&manifest("WhatsAppQrCode", "poster", &spec));
    house.code("flyer", "Hello again");
    house.ready("waqr/poster");
    house.ready("waqr/flyer");
    house.kubectl(&["delete", "secret", "shop"]).success();
    house.says("waacc/shop", "NotConnected", "shop");
    let gone = house.plane.kubectl(&["delete", "namespace", "orphaned", "--timeout=90s"]);
    assert!(gone.status.success(), "{}\n{}", gone.stderr, house.kubelet.logs());
    assert_eq!(house.codes().len(), 2);
    assert_eq!(house.calls(DELETE), 0);
}

/// As a namespace goes, what is in it goes in whatever order: here nobody is left who may say anything of it.
#[test]
fn claim_21_a_namespace_ends_even_when_rights_and_account_went_first() {
    let house = House::new(defined(), "backwards");
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    house.kubectl(&["delete", "rolebinding", "--all"]).success();
    house.kubectl(&["delete", "waacc/shop", "--wait=false"]).success();
    let gone = house.plane.kubectl(&["delete", "namespace", "backwards", "--timeout=90s"]);
    assert!(gone.status.success(), "{}\n{}", gone.stderr, house.kubelet.logs());
    assert_eq!(house.codes().len(), 1);
    assert_eq!(house.calls(DELETE), 0);
}

/// As when a node is drained while somebody deletes a namespace.
#[test]
fn claim_21_a_namespace_ends_also_where_the_operator_starts_when_its_rights_went_first() {
    let house = House::new(defined(), "departs");
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    house.scale("waops", 0);
    house.loses_its_rights();
    assert!(house.kubectl(&["get", "waqr/poster"]).status.success(), "it waits for somebody");
    house.scale("waops", 1);
    let gone = house.plane.kubectl(&["wait", "--for=delete", "namespace/departs", "--timeout=90s"]);
    assert!(gone.status.success(), "{}\n{}", gone.stderr, house.kubelet.logs());
    assert_eq!(house.codes().len(), 1);
    assert_eq!(house.calls(DELETE), 0);
}

#[test]
fn claim_21_an_account_waits_for_the_objects_of_its_namespace() {
    let house = House::prepared(defined(), "waits");
    house.plane.kubectl(&["create", "namespace", "waits-guest"]).success();
    house.install(&["watchNamespaces={waits,waits-guest}"]);
    house.account();
    house.merge("waacc/shop", &json!({"spec": {"allowedNamespaces": {"names": ["waits-guest"]}}}));
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    let mut spec = poster("Hello from a guest");
    spec["accountRef"]["namespace"] = json!("waits");
    let guest = manifest("WhatsAppQrCode", "guest", &spec);
    let there = "--namespace=waits-guest";
    house.plane.kubectl_stdin(&[there, "apply", "--filename=-"], &guest.to_string()).success();
    house.plane.kubectl(&[there, "wait", "--for=condition=Ready", "--timeout=60s", "waqr/guest"]).success();

    house.kubectl(&["delete", "waacc/shop", "--wait=false"]).success();
    house.until("the account to say what it waits for", || {
        let blocked = house.condition("waacc/shop", "DeletionBlocked")?;
        blocked["message"].as_str()?.contains("waits/poster").then_some(())
    });
    assert_eq!(house.codes().len(), 2);
    // Its objects still have somebody to tell goodbye by.
    house.kubectl(&["delete", "waqr/poster", "--timeout=90s"]).success();
    house.kubectl(&["wait", "--for=delete", "waacc/shop", "--timeout=60s"]).success();
    assert_eq!(house.codes().len(), 1, "the poster was deleted by a person");
    house.until("the guest to miss it", || {
        let found = house.plane.kubectl(&[there, "get", "waqr/guest", "--output=json"]);
        found.stdout.contains("AccountMissing").then_some(())
    });
    house.plane.kubectl(&[there, "delete", "waqr/guest", "--timeout=60s"]).success();
    assert_eq!(house.codes().len(), 1, "its account was gone: collateral never deletes");
    // An account without objects goes at once.
    house.account();
    house.ready("waacc/shop");
    house.kubectl(&["delete", "waacc/shop", "--timeout=30s"]).success();
}

#[test]
fn claim_20_too_many_deletions_are_held_until_the_account_confirms_them() {
    let house = House::new(defined(), "held");
    let codes: Vec<Value> = (0..12)
        .map(|n| manifest("WhatsAppQrCode", &format!("code-{n}"), &poster(&format!("Hello {n}"))))
        .collect();
    house.apply(&list(&codes));
    for n in 0..12 {
        house.ready(&format!("waqr/code-{n}"));
    }
    house.kubectl(&["delete", "waqr", "--all", "--wait=false"]).success();
    for n in 0..12 {
        house.until("the hold", || {
            let blocked = house.condition(&format!("waqr/code-{n}"), "DeletionBlocked")?;
            (blocked["reason"] == "DeletionHeld").then_some(())
        });
    }
    assert_eq!(house.codes().len(), 12, "none of them goes");
    assert_eq!(house.calls(DELETE), 0);
    house.merge("waacc/shop", &json!({"spec": {"confirmDeletions": {"upTo": 12}}}));
    house.kubectl(&["wait", "--for=delete", "waqr", "--all", "--timeout=90s"]).success();
    assert!(house.codes().is_empty(), "a person confirmed");
}

#[test]
fn a_foreground_delete_ends_with_code_and_output_gone() {
    let house = House::new(defined(), "foreground");
    let mut spec = poster("Hello");
    spec["output"] = json!({"configMapName": "poster-qr"});
    house.apply(&manifest("WhatsAppQrCode", "poster", &spec));
    house.ready("waqr/poster");
    house.until("the output", || house.kubectl(&["get", "cm/poster-qr"]).status.success().then_some(()));
    house.kubectl(&["delete", "waqr/poster", "--cascade=foreground", "--timeout=90s"]).success();
    assert!(house.codes().is_empty());
    assert!(!house.kubectl(&["get", "cm/poster-qr"]).status.success(), "it went before its owner");
}

/// With the namespace go the rights in it: who has no others and waited for them would look after nothing at all.
#[test]
fn promise_07_a_watched_namespace_that_is_gone_keeps_no_other_from_anything() {
    let house = House::prepared(defined(), "survives");
    let create = || house.plane.kubectl(&["create", "namespace", "survives-not"]).success();
    create();
    house.install(&["watchNamespaces={survives,survives-not}", "rbac.releaseEverywhere=false"]);
    house.account();
    house.ready("waacc/shop");
    house.plane.kubectl(&["delete", "namespace", "survives-not", "--timeout=60s"]).success();
    // As when its node is drained.
    house.scale("waops", 0);
    house.scale("waops", 1);
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    let status = ["--namespace=survives-system", "rollout", "status", "deployment/waops", "--timeout=60s"];
    house.plane.kubectl(&status).success();
    // There again, it is looked after as soon as somebody grants the rights in it: until then that is what is missing.
    create();
    house.until("the right that is missing", || {
        house.kubelet.logs().contains("in namespace survives-not").then_some(())
    });
}

#[test]
fn neither_the_operators_namespace_nor_the_definitions_take_anything_at_a_provider_with_them() {
    let plane = ControlPlane::start();
    define(&plane);
    let house = House::prepared(&plane, "uninstalled");
    house.install(&[]);
    house.account();
    for name in ["poster", "flyer"] {
        house.code(name, &format!("Hello from the {name}"));
        house.ready(&format!("waqr/{name}"));
    }
    let codes = house.codes();
    plane.kubectl(&["delete", "namespace", "uninstalled-system", "--timeout=60s"]).success();
    house.until("the operator to end", || house.kubelet.pids().is_empty().then_some(()));
    assert_eq!(house.codes(), codes);
    for name in ["poster", "flyer"] {
        house.ready(&format!("waqr/{name}"));
    }

    // Installed again, it goes on with what it finds; then the definitions go under its feet.
    let kubeconfig = plane.kubeconfig().display().to_string();
    let uninstalled = helm(&["uninstall", "waops", "--namespace=uninstalled-system"], Some(&kubeconfig));
    drop(uninstalled);
    plane
        .kubectl(&["delete", "clusterrole,clusterrolebinding", "--selector=app.kubernetes.io/name=waops"])
        .success();
    plane.kubectl(&["create", "namespace", "uninstalled-system"]).success();
    let port = free_port();
    house.install_as("waops", port, &[]);
    house.rests(port);
    let creates = house.calls(CREATE);
    assert_eq!(creates, 2, "nothing was made again");
    // One alone does not wait for objects of the others.
    let alone = plane.kubectl(&["delete", "crd", "whatsappaccounts.waops.dev", "--timeout=90s"]);
    assert!(alone.status.success(), "{}\n{}", alone.stderr, house.kubelet.logs());
    house.says("waqr/poster", "AccountMissing", "shop");
    let crds = ["whatsappqrcodes.waops.dev", "whatsapptemplates.waops.dev"];
    let all: Vec<&str> = ["delete", "crd", "--timeout=90s"].into_iter().chain(crds).collect();
    let gone = plane.kubectl(&all);
    assert!(gone.status.success(), "{}\n{}", gone.stderr, house.kubelet.logs());
    house.nothing_happens_for(Duration::from_secs(2), "nothing is deleted", || house.calls(DELETE));
    assert_eq!(house.codes(), codes);

    // Defined again, what is there is asked about, not made twice.
    succeeds(&helm(&["uninstall", "waops-crds"], Some(&kubeconfig)));
    define(&plane);
    house.apply(&manifest("WhatsAppAccount", "shop", &meta_account()));
    house.code("poster", "Hello from the poster");
    house.says("waqr/poster", "AdoptionNeeded", "adopt");
    assert_eq!(house.calls(CREATE), creates);
}
