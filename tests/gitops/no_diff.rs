//! No permanent difference: what is applied is what stands there, after the operator wrote as well.

use std::collections::BTreeMap;

use serde_json::Value;
use waops::simulator::Simulator;

use crate::ci::yaml_of;
use crate::gallery::{SCENARIO, card, examples};
use crate::house::{House, defined};
use crate::judges::Application;
use crate::stillness::{settled, unhurried, versions};
use crate::support::control_plane::Output;
use crate::support::helm::{helm_of, succeeds};

/// A house in which every example is at home, and all manifests of the examples.
fn gallery(name: &str) -> (House<'static>, String) {
    let scenario = serde_json::from_value(yaml_of(SCENARIO)[0].clone()).unwrap();
    let house = House::prepared_with(defined(), name, Simulator::new(scenario));
    house.behind_our_back(&serde_json::from_value(card()).unwrap());
    house.install(&[&format!("watchNamespaces={{{name}}}")]);
    let texts: Vec<String> = examples().into_iter().map(|(_, text)| text).collect();
    let documents: Vec<Value> =
        texts.iter().map(String::as_str).flat_map(yaml_of).filter(Value::is_object).collect();
    let documents = documents.into_iter().map(|mut document| {
        // Each in the namespace of this house, since it is the one that is watched.
        document["metadata"].as_object_mut().unwrap().remove("namespace");
        if let Some(account) = document.pointer_mut("/spec/accountRef") {
            account.as_object_mut().unwrap().remove("namespace");
        }
        document.to_string()
    });
    (house, documents.collect::<Vec<_>>().join("\n---\n"))
}

fn apply_as(house: &House<'_>, manager: &str, manifests: &str) -> Output {
    let (namespace, manager) = (format!("--namespace={}", house.name), format!("--field-manager={manager}"));
    let arguments = [&namespace, "apply", "--server-side", "--force-conflicts", &manager, "--filename=-"];
    house.plane.kubectl_stdin(&arguments, manifests)
}

/// Waits until every object has been looked at and nothing is to be written any more.
#[track_caller]
fn rests(house: &House<'_>) {
    house.until("every object to be looked at", || {
        let list = house.kubectl(&["get", "waacc,waqr,watpl", "--output=json"]).success();
        let list: Value = serde_json::from_str(&list).unwrap();
        let is_seen = |object: &Value| {
            let reason = object["status"]["conditions"][0]["reason"].as_str().unwrap_or_default();
            object["status"]["observedGeneration"] == object["metadata"]["generation"]
                && !["", "Observing", "Creating", "Updating", "Adopting"].contains(&reason)
        };
        list["items"].as_array().unwrap().iter().all(is_seen).then_some(())
    });
    settled(house);
}

#[test]
fn every_example_applied_twice_is_written_once() {
    let (house, manifests) = gallery("twice");
    for manager in ["kustomize-controller", "argocd-controller", "kubectl"] {
        apply_as(&house, manager, &manifests).success();
        rests(&house);
        let before = versions(&house);
        let said = apply_as(&house, manager, &manifests).success();
        // A status that was written meanwhile is no difference of what was applied.
        assert_eq!(generations(&versions(&house)), generations(&before), "{manager}: {said}");
        let (namespace, who) = (format!("--namespace={}", house.name), format!("--field-manager={manager}"));
        let arguments = [&namespace, "diff", "--server-side", "--force-conflicts", &who, "--filename=-"];
        let diff = house.plane.kubectl_stdin(&arguments, &manifests);
        assert!(diff.status.success(), "{manager} sees a difference: {}{}", diff.stdout, diff.stderr);
    }
}

#[test]
fn argo_cd_finds_every_example_in_sync_however_it_compares() {
    let (house, manifests) = gallery("in-sync");
    // From the client first; then somebody turns server-side apply on.
    for server_side in [false, true] {
        let application = Application { house: &house, server_side };
        let answer = application.sync(&manifests);
        assert_eq!(answer["phase"], "Succeeded", "{answer}");
        rests(&house);
        application.is_in_sync(&manifests, answer["resources"].as_array().unwrap().len());
    }
}

#[test]
fn an_upgrade_of_a_chart_with_the_same_values_writes_nothing() {
    let house = House::prepared_with(defined(), "chart", unhurried());
    house.install(&["watchNamespaces={chart}"]);
    house.account();
    let helm = |major: &str, arguments: &[&str]| {
        let kubeconfig = house.plane.kubeconfig().display().to_string();
        succeeds(&helm_of(major, &[arguments, &["--namespace=chart"]].concat(), Some(&kubeconfig)))
    };
    helm("3", &["install", "texts", "examples/helm-chart"]);
    rests(&house);
    for (name, text) in [
        ("order-shipped", "Hi {{name}}, order {{order_id}} is on its way."),
        ("table-late", "Hi {{name}}, we keep your table for {{minutes}} minutes."),
    ] {
        let spec = house.get(&format!("watpl/{name}"))["spec"].clone();
        assert_eq!(spec["components"]["body"]["text"], text, "Helm kept the variables");
    }
    let ours = || -> Vec<String> {
        versions(&house).into_iter().filter(|line| line.starts_with("WhatsApp")).collect()
    };
    let before = ours();
    assert_eq!(before.len(), 4, "{before:?}");
    // A newer Helm takes the release over meanwhile.
    for major in ["3", "4", "4"] {
        helm(major, &["upgrade", "texts", "examples/helm-chart"]);
        assert_eq!(ours(), before, "Helm {major}");
    }
}

/// The generation of each object.
fn generations(versions: &[String]) -> BTreeMap<String, String> {
    let split = |line: &String| {
        let words: Vec<&str> = line.split(' ').collect();
        (format!("{}/{}", words[0], words[1]), words[2].to_owned())
    };
    versions.iter().map(split).collect()
}
