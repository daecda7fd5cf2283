//! What an operator does from an empty cluster on, and when it starts again.

use std::time::Duration;

use serde_json::{Value, json};
use waops::simulator::sandbox;

use crate::house::{CREATE, House, define, defined, manifest, meta_account, poster, secret};
use crate::kubelet::{Kubelet, free_port};
use crate::support::control_plane::ControlPlane;

#[test]
fn a_code_on_a_poster_from_an_empty_cluster() {
    let plane = ControlPlane::start();
    let house = House::prepared(&plane, "marketing");
    define(&plane);
    let port = free_port();
    house.install_as("waops", port, &[]);
    house.account();
    let mut spec = poster("Hi! I saw your poster.");
    spec["output"] = json!({"configMapName": "poster-qr"});
    house.apply(&manifest("WhatsAppQrCode", "poster", &spec));
    house.ready("waacc/shop");
    house.ready("waqr/poster");
    let code = house.get("waqr/poster")["status"]["code"].as_str().unwrap().to_owned();
    assert_eq!(house.codes(), [code.as_str()]);
    let map = house.until("the output", || {
        let found = house.kubectl(&["get", "configmap/poster-qr", "--output=json"]);
        serde_json::from_str::<Value>(&found.stdout).ok()
    });
    assert_eq!(map["data"]["code"], code.as_str());
    assert!(map["data"]["qr.svg"].as_str().unwrap().starts_with("<svg"), "{map}");
    house.until("the story in kubectl describe", || {
        let story = house.kubectl(&["describe", "waqr/poster"]).stdout;
        (story.contains("Created") && story.contains("Live")).then_some(())
    });
    let metrics = house.metrics(port);
    for line in [
        "waops_leader 1",
        "waops_working 1",
        "waops_objects{kind=\"WhatsAppQrCode\",reason=\"Live\"} 1",
        "waops_objects{kind=\"WhatsAppAccount\",reason=\"Connected\"} 1",
        "waops_provider_calls_total{operation=\"CreateQrCode\",lane=\"user-edit\",outcome=\"done\"} 1",
        "waops_queue{state=\"running\"} 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
    assert!(!metrics.contains("poster"), "no label is the name of an object");
    house.kubectl(&["delete", "waqr/poster", "--timeout=60s"]).success();
    assert!(house.codes().is_empty(), "a person deleted it");
}

#[test]
fn promise_04_a_code_takes_two_writes_until_it_is_ready_three_in_all_and_none_after() {
    let house = House::prepared(defined(), "writes");
    let port = free_port();
    house.install_as("waops", port, &["watchNamespaces={writes}"]);
    house.account();
    house.ready("waacc/shop");
    let names: Vec<String> = (0..40).map(|number| format!("poster-{number}")).collect();
    let all: Vec<Value> = names
        .iter()
        .map(|name| manifest("WhatsAppQrCode", name, &poster(&format!("Hello from {name}"))))
        .collect();
    house.apply(&json!({"apiVersion": "v1", "kind": "List", "items": all}));
    for name in &names {
        house.ready(&format!("waqr/{name}"));
        house.settled(name);
    }
    house.rests(port);
    for name in &names {
        assert_eq!(house.writes(name), ["patch", "patch status", "patch"], "{name}: intent, record, settled");
    }
    assert_eq!(house.codes().len(), names.len());
    house.kubectl(&["annotate", "waqr/poster-0", "waops.dev/reconcile-at=now"]).success();
    // A later object is ready only after the look that was asked for: the queue is in order.
    house.code("flyer", "Hello again");
    house.ready("waqr/flyer");
    house.rests(port);
    assert_eq!(house.writes("poster-0").len(), 3, "nothing to say, nothing written");
}

#[test]
fn a_restart_looks_and_changes_nothing() {
    let house = House::prepared(defined(), "restarted");
    let port = free_port();
    house.install_as("waops", port, &["watchNamespaces={restarted}"]);
    house.account();
    let names: Vec<String> = (0..12).map(|number| format!("poster-{number}")).collect();
    for name in &names {
        house.code(name, &format!("Hello from {name}"));
    }
    for name in &names {
        house.ready(&format!("waqr/{name}"));
        house.settled(name);
    }
    house.rests(port);
    let calls = || house.simulator.simulator().journal(0).len();
    let before = calls();
    Kubelet::signal(house.kubelet.pid(), "KILL");
    house.until("the next start", || {
        (house.kubelet.logs().matches("everything was read").count() == 2).then_some(())
    });
    house.rests(port);
    house.nothing_happens_for(Duration::from_secs(3), "one look is enough", calls);
    let made = calls() - before;
    assert!(made <= 4, "{made} calls: whether the credentials work, the phone number, one page of codes");
    for name in &names {
        assert_eq!(house.writes(name).len(), 3, "{name}: nothing was written");
    }
}

#[test]
fn looking_only_it_says_what_it_would_do_and_does_nothing() {
    let house = House::prepared(defined(), "looking");
    let would = |what: &str| format!("would be done, but this operator only looks: {what}");
    house.install_as("looks", free_port(), &["watchNamespaces={looking}", "readOnly=true"]);
    house.account();
    house.code("poster", "Hello");
    house.says("waqr/poster", "Creating", &would("a code is made"));
    house.ready("waacc/shop");
    house.apply(&secret("wrong", &json!({"accessToken": "EAAwrong"})));
    let mut wrong = meta_account();
    wrong["meta"]["credentials"]["secretRef"]["name"] = json!("wrong");
    house.apply(&manifest("WhatsAppAccount", "wrong", &wrong));
    house.says("waacc/wrong", "NotConnected", "");
    assert_eq!(house.calls(CREATE), 0);
    for object in ["waqr/poster", "waacc/shop"] {
        let metadata = house.get(object)["metadata"].clone();
        let claim = &metadata["annotations"]["waops.dev/claim"];
        assert!(metadata["finalizers"].is_null() && claim.is_null(), "it holds nothing: {metadata}");
    }

    // What another one has made, it would change and delete, and says at what price.
    house.scale("looks-waops", 0);
    house.install_as("works", free_port(), &["watchNamespaces={looking}"]);
    let credentials =
        json!({"accessKeyId": sandbox::ACCESS_KEY_ID, "accessKeySecret": sandbox::ACCESS_KEY_SECRET});
    house.apply(&secret("chat", &credentials));
    house.apply(&manifest("WhatsAppAccount", "chat", &json!({
        "alibaba": {"custSpaceId": sandbox::CUST_SPACE_ID, "credentials": {"secretRef": {"name": "chat"}}},
        "policies": {"update": "Automatic"},
    })));
    let flyer = |message: &str| {
        let mut spec = poster(message);
        spec["accountRef"]["name"] = json!("chat");
        house.apply(&manifest("WhatsAppQrCode", "flyer", &spec));
    };
    flyer("Hello");
    let made = |name: &str| {
        house.ready(name);
        house.get(name)["status"]["code"].as_str().unwrap().to_owned()
    };
    let [posters, flyers] = ["waqr/poster", "waqr/flyer"].map(made);
    house.scale("works-waops", 0);
    let codes = house.codes();
    house.scale("looks-waops", 1);
    flyer("Hello again");
    house.kubectl(&["delete", "waqr/poster", "--wait=false"]).success();
    let change =
        format!("the message of the code {flyers} is changed; kills the printed code {flyers}: whatever");
    house.says("waqr/flyer", "Updating", &would(&change));
    let delete = format!("the code {posters} is deleted; kills the printed code {posters}: whatever");
    house.says("waqr/poster", "Deleting", &would(&delete));
    assert_eq!(house.codes(), codes, "and both live");
}
