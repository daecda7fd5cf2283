//! The life of a release: installed, upgraded, rolled back, uninstalled, back again. No code is ever touched by it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::definitions::NAMES;
use crate::house::House;
use crate::kubelet::{Kubelet, free_port};
use crate::support::control_plane::ControlPlane;
use crate::support::helm::{helm, succeeds};
use crate::{CRDS, OPERATOR};

/// The charts as they were first; two keys of a definition are quoted since, without which no API server took it.
const PREVIOUS: &str = "tests/chart/previous/waops";
const PREVIOUS_CRDS: &str = "tests/chart/previous/waops-crds";

#[test]
fn from_the_first_chart_to_this_one_and_back_a_code_stays() {
    let plane = ControlPlane::start();
    let kubeconfig = plane.kubeconfig().display().to_string();
    succeeds(&helm(&["install", "waops-crds", PREVIOUS_CRDS], Some(&kubeconfig)));
    let house = House::new(&plane, "shop");
    house.deploy("3", PREVIOUS, &[]);
    house.account();
    house.code("poster", "Hello");
    let code = house.ready("waqr/poster");

    // Definitions first, as the changelog says; what this release adds to them is there afterwards.
    let added = || {
        let path = "jsonpath={.spec.versions[0].schema.openAPIV3Schema.properties.status.default}";
        plane.kubectl(&["get", "crd", NAMES[1], "--output", path]).success()
    };
    assert_eq!(added(), "");
    succeeds(&helm(&["upgrade", "waops-crds", CRDS], Some(&kubeconfig)));
    assert_eq!(added(), r#"{"observedGeneration":-1}"#);
    let said = house.deploy("3", OPERATOR, &[]);
    assert!(said.contains("brought by somebody else"), "the other release goes on to own them: {said}");
    works(&house, "flyer");

    succeeds(&house.helm("3", &["rollback", "waops", "1", "--wait", "--timeout=90s"]));
    let version = r"jsonpath={.metadata.labels.helm\.sh/chart}";
    let chart = plane.kubectl(&["get", "deploy/waops", "--namespace=shop-system", "--output", version]);
    assert_eq!(chart.success(), "waops-0.1.0", "the first chart again");
    works(&house, "ticket");
    house.deploy("3", OPERATOR, &[]);
    works(&house, "receipt");

    assert_eq!(house.ready("waqr/poster"), code, "the same code all the time");
    assert_eq!((house.codes().len(), house.made()), (4, 4));
}

/// Of the tests' own pods: see `free_port`.
#[test]
fn the_port_of_a_pod_that_is_replaced_is_there_for_the_next_one() {
    let ports: BTreeSet<u16> = (0..50).map(|_| free_port()).collect();
    assert_eq!(ports.len(), 50, "each is given once");
    // From here on Linux gives ports to connections, and others from higher up.
    assert!(ports.iter().all(|port| *port < 32_768), "{ports:?}");
}

#[test]
fn a_release_that_comes_back_goes_on_where_it_was() {
    let plane = ControlPlane::start();
    let house = House::new(&plane, "shop");
    // One command, definitions included.
    house.deploy("3", OPERATOR, &[]);
    house.account();
    house.code("poster", "Hello");
    let code = house.ready("waqr/poster");

    succeeds(&house.helm("3", &["uninstall", "waops", "--no-hooks", "--wait"]));
    for crd in NAMES {
        plane.kubectl(&["get", "crd", crd]).success();
    }
    assert_eq!(house.codes(), [code.as_str()], "uninstalling deletes nothing");
    house.deploy("3", OPERATOR, &[]);
    works(&house, "flyer");
    assert_eq!(house.ready("waqr/poster"), code);
    assert_eq!(house.made(), 2);

    // Now with everything of the operator's own namespace, an account and a code of it included.
    let system = "--namespace=shop-system";
    for object in ["secret/shop", "waacc/shop", "waqr/poster"] {
        let mut copy = house.get(object);
        for field in ["uid", "resourceVersion", "namespace", "creationTimestamp", "finalizers", "annotations"]
        {
            copy["metadata"].as_object_mut().unwrap().remove(field);
        }
        copy.as_object_mut().unwrap().remove("status");
        if object == "waqr/poster" {
            copy["spec"]["prefilledMessage"] = "Hello from the system".into();
        }
        plane.kubectl_stdin(&[system, "apply", "--filename=-"], &copy.to_string()).success();
    }
    plane.kubectl(&[system, "wait", "--for=condition=Ready", "--timeout=90s", "waqr/poster"]).success();
    let before = house.codes();
    assert_eq!(before.len(), 3);
    plane.kubectl(&["delete", "namespace", "shop-system", "--wait=false"]).success();
    house.until("the operator to be gone", || house.kubelet.pids().is_empty().then_some(()));
    assert_eq!(house.codes(), before, "a namespace that goes takes nothing of the provider with it");

    // Another one, elsewhere, lets go what the first could not any more.
    let elsewhere = House::beside(&house, "other");
    elsewhere.deploy("3", OPERATOR, &[]);
    plane.wait_for("the namespace to end", Duration::from_secs(90), || {
        (!plane.kubectl(&["get", "namespace", "shop-system"]).status.success()).then_some(())
    });
    assert_eq!(house.codes(), before);
    assert_eq!(house.ready("waqr/poster"), code);
}

#[test]
fn helm_4_installs_upgrades_tests_and_uninstalls() {
    let plane = ControlPlane::start();
    let house = House::new(&plane, "shop");
    let said = house.deploy("4", OPERATOR, &[]);
    assert!(said.contains("helm test waops"), "{said}");
    house.account();
    house.code("poster", "Hello");
    let code = house.ready("waqr/poster");
    nothing_changes_without_a_change(&house, "4");
    tested(&house, "4");
    succeeds(&house.helm("4", &["uninstall", "waops", "--wait", "--timeout=120s"]));
    everything_was_let_go(&house, &code);
}

#[test]
fn uninstalling_lets_everything_go() {
    let plane = ControlPlane::start();
    let house = House::new(&plane, "shop");
    let namespaces = ["watchNamespaces={shop}"];
    house.deploy("3", OPERATOR, &namespaces);
    house.account();
    house.code("poster", "Hello");
    let code = house.ready("waqr/poster");
    nothing_changes_without_a_change(&house, "3");
    tested(&house, "3");
    let done = house.helm("3", &["uninstall", "waops", "--wait", "--timeout=120s"]);
    assert!(done.status.success(), "{done:?}\n{}", house.kubelet.logs());
    everything_was_let_go(&house, &code);

    // What was let go is not taken again unasked, and not made again either.
    house.deploy("3", OPERATOR, &namespaces);
    house.until("the question", || {
        let reason = house.get("waqr/poster")["status"]["conditions"][0]["reason"].clone();
        (reason == "AdoptionNeeded").then_some(())
    });
    assert_eq!(house.made(), 1);
    house.kubectl(&["patch", "waqr/poster", "--type=merge", "--patch", &adopt(&code)]).success();
    assert_eq!(house.ready("waqr/poster"), code);
    assert_eq!((house.codes(), house.made()), (vec![code], 1));
}

#[test]
fn helm_test_fails_where_the_operator_does_not_work() {
    let plane = ControlPlane::start();
    let house = House::new(&plane, "shop");
    house.deploy("3", OPERATOR, &[]);
    plane.kubectl(&["delete", "clusterrolebinding", "shop-system-waops"]).success();
    // Who watches already may go on for minutes.
    Kubelet::signal(house.kubelet.pid(), "KILL");
    house.until("the missing right to be seen", || {
        house.kubelet.logs().contains("not allowed to").then_some(())
    });
    let tested = house.helm("3", &["test", "waops", "--timeout=60s"]);
    assert!(!tested.status.success(), "{tested:?}");
    assert!(house.kubelet.logs().contains("waops: http://waops.shop-system.svc"), "{}", house.kubelet.logs());
}

/// `helm test` runs a test, and it ends well.
#[track_caller]
fn tested(house: &House<'_>, major: &str) {
    let tested = house.helm(major, &["test", "waops", "--timeout=90s"]);
    let said = String::from_utf8_lossy(&tested.stdout);
    let is_well = said.lines().any(|line| line.starts_with("Phase:") && line.ends_with("Succeeded"));
    assert!(tested.status.success() && is_well, "{tested:?}\n{}", house.kubelet.logs());
}

/// A new code is made.
#[track_caller]
fn works(house: &House<'_>, name: &str) {
    house.code(name, &format!("Hello from {name}"));
    house.ready(&format!("waqr/{name}"));
}

/// An upgrade to the same leaves every object as it is.
#[track_caller]
fn nothing_changes_without_a_change(house: &House<'_>, major: &str) {
    let values = ["upgrade", "waops", OPERATOR, "--reuse-values", "--wait", "--timeout=90s"];
    // The first one may still write what installing left out.
    succeeds(&house.helm(major, &values));
    let before = versions(house);
    assert!(before.len() > 10, "{before:?}");
    succeeds(&house.helm(major, &values));
    assert_eq!(versions(house), before, "Helm {major} writes what is there already");
}

/// The version of everything that the release has made.
fn versions(house: &House<'_>) -> BTreeMap<String, String> {
    let kinds =
        "deployments,services,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,crds";
    let columns = "custom-columns=KIND:.kind,NAME:.metadata.name,VERSION:.metadata.resourceVersion,GENERATION:.metadata.generation";
    let namespace = format!("--namespace={}", house.system());
    let ours = "--selector=app.kubernetes.io/instance=waops";
    let listed = house.plane.kubectl(&["get", kinds, &namespace, ours, "--no-headers", "--output", columns]);
    let lines = listed.success();
    let versions = lines.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        // The version of a Deployment counts its status, too.
        let version = if words[0] == "Deployment" { words[3] } else { words[2] };
        (format!("{}/{}", words[0], words[1]), version.to_owned())
    });
    versions.collect()
}

#[track_caller]
fn everything_was_let_go(house: &House<'_>, code: &str) {
    assert_eq!(house.codes(), [code], "uninstalling deletes nothing at the provider");
    for crd in NAMES {
        house.plane.kubectl(&["get", "crd", crd]).success();
    }
    for object in ["waqr/poster", "waacc/shop"] {
        let finalizers = house.get(object)["metadata"]["finalizers"].clone();
        assert!(finalizers.is_null(), "{object} waits for nobody: {finalizers}");
    }
    let left = house.plane.kubectl(&["get", "all", "--namespace", &house.system(), "--output=name"]);
    assert_eq!(left.success(), "", "nothing of the release is left, its jobs and tests included");
    house.kubectl(&["delete", "waqr/poster", "--timeout=10s"]).success();
    house.code("poster", "Hello");
    assert_eq!(house.codes(), [code]);
}

fn adopt(code: &str) -> String {
    serde_json::json!({"spec": {"adopt": {"code": code}}}).to_string()
}
