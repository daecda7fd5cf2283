//! What people and tools do to objects.

use std::time::Duration;

use serde_json::{Value, json};

use crate::house::{CREATE, House, define, define_as_in, defined, list, manifest, meta_account, poster};
use crate::kubelet::{Kubelet, free_port};
use crate::support::control_plane::ControlPlane;
use crate::support::helm::{helm, succeeds};

/// How long nothing may happen.
const QUIET: Duration = Duration::from_secs(5);

#[test]
fn claim_06_a_claim_that_was_replaced_away_comes_back() {
    let house = House::new(defined(), "replaced");
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    let code = house.get("waqr/poster")["status"]["code"].clone();
    let plain = manifest("WhatsAppQrCode", "poster", &poster("Hello"));
    let replaced =
        house.plane.kubectl_stdin(&["--namespace=replaced", "replace", "--filename=-"], &plain.to_string());
    replaced.success();
    house.until("finalizer and annotation", || {
        let metadata = house.get("waqr/poster")["metadata"].clone();
        let has = metadata["finalizers"] == json!(["waops.dev/claim"]);
        (has && metadata["annotations"]["waops.dev/claim"].is_string()).then_some(())
    });
    house.ready("waqr/poster");
    assert_eq!(house.get("waqr/poster")["status"]["code"], code);
    assert_eq!(house.calls(CREATE), 1);
}

#[test]
fn promise_07_a_malformed_object_has_a_condition_keeps_its_claim_and_stalls_nobody() {
    let plane = ControlPlane::start();
    define(&plane);
    let house = House::prepared(&plane, "malformed");
    house.install(&[]);
    house.account();
    let mut with_output = poster("Hello");
    with_output["output"] = json!({"configMapName": "poster-qr"});
    house.apply(&manifest("WhatsAppQrCode", "poster", &with_output));
    house.ready("waqr/poster");
    house.settled("poster");
    let code = house.get("waqr/poster")["status"]["code"].clone();
    let output = || house.kubectl(&["get", "configmap/poster-qr", "--output=jsonpath={.data.code}"]).stdout;
    house.until("the output", || (code == *output()).then_some(()));
    // As after an upgrade that made the schema stricter, by somebody who stopped the operator meanwhile.
    house.scale("waops", 0);
    let strict = ["whatsappqrcodes.waops.dev", "whatsappaccounts.waops.dev"].map(|crd| loosened(&house, crd));
    let mut account = meta_account();
    account["suspend"] = json!("EAAsecret");
    house.apply(&manifest("WhatsAppAccount", "wrong", &account));
    let mut orphan = poster("Hello to nobody");
    orphan["accountRef"]["name"] = json!("wrong");
    house.apply(&manifest("WhatsAppQrCode", "orphan", &orphan));
    house.apply(&manifest(
        "WhatsAppQrCode",
        "wrong",
        &json!({"accountRef": ["shop"], "prefilledMessage": 7}),
    ));
    house.merge("waqr/poster", &json!({"spec": {"suspend": "no"}}));
    for object in strict {
        plane.kubectl_stdin(&["replace", "--filename=-"], &object.to_string()).success();
    }
    house.until("the strict definition", || {
        let wrong = json!({"spec": {"suspend": 7}}).to_string();
        let said = house.kubectl(&["patch", "waqr/orphan", "--type=merge", "--patch", &wrong]);
        (!said.status.success()).then_some(())
    });
    house.scale("waops", 1);
    for name in ["waqr/poster", "waacc/wrong"] {
        house.says(name, "Invalid", "kubectl explain");
    }
    house.says("waqr/orphan", "AccountNotReady", "does not have the shape");
    let story = |name: &str, reason: &str| {
        house.until(&format!("the Event {reason} of {name}"), || {
            house.kubectl(&["describe", name]).stdout.contains(reason).then_some(())
        });
    };
    story("waqr/poster", "Invalid");
    let of_the_account = || {
        let invalid = "--field-selector=involvedObject.kind=WhatsAppAccount,reason=Invalid";
        house.kubectl(&["get", "events", invalid, "--output=name"]).stdout.lines().count()
    };
    house.until("the Event of the account", || (of_the_account() == 1).then_some(()));
    // Where a rule is about what cannot be read, the API server takes no write at all, not even of a status.
    story("waqr/wrong", "NotWritten");
    let told = house.kubectl(&["get", "events,waacc/wrong", "--output=json"]).stdout;
    assert!(!told.contains("string \\\"EAAsecret"), "what somebody put there is not repeated");
    let object = house.get("waqr/poster");
    assert_eq!(object["status"]["code"], code, "its claim stays: {object}");
    assert_eq!(object["status"]["claim"]["code"], code);
    assert_eq!(
        code,
        *output(),
        "applications go on reading it: nobody knows that it names another ConfigMap"
    );
    let writes = || ["poster", "orphan"].iter().map(|name| house.writes(name).len()).sum::<usize>();
    house.nothing_happens_for(QUIET, "said once", || writes() + house.all_calls());
    assert!(house.writes("wrong").len() <= 6, "it holds back");
    // The next start finds nothing new.
    Kubelet::signal(house.kubelet.pid(), "KILL");
    house.until("the next start", || {
        (house.kubelet.logs().matches("everything was read").count() == 3).then_some(())
    });
    house.nothing_happens_for(QUIET, "told once", of_the_account);
    // Nobody else is kept from anything.
    house.code("flyer", "Hello from the flyer");
    house.ready("waqr/flyer");
    house.merge("waqr/poster", &json!({"spec": {"suspend": null}}));
    house.ready("waqr/poster");
    assert_eq!(house.get("waqr/poster")["status"]["code"], code);
    assert_eq!(house.calls(CREATE), 2, "nothing was made again");
    let gone = house.kubectl(&["delete", "waqr/wrong", "waacc/wrong", "--timeout=60s"]);
    assert!(gone.status.success(), "{}\n{}", gone.stderr, house.kubelet.logs());
}

/// Lets a definition take any spec; what it was before.
fn loosened(house: &House<'_>, crd: &str) -> Value {
    let mut strict: Value =
        serde_json::from_str(&house.plane.kubectl(&["get", "crd", crd, "--output=json"]).success()).unwrap();
    strict["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    let mut loose = strict.clone();
    let version = loose["spec"]["versions"][0].as_object_mut().unwrap();
    version.remove("selectableFields");
    let schema = version["schema"]["openAPIV3Schema"].as_object_mut().unwrap();
    schema.remove("required");
    schema.remove("x-kubernetes-validations");
    schema["properties"]["spec"] = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    house.plane.kubectl_stdin(&["replace", "--filename=-"], &loose.to_string()).success();
    let kind = crd.split_once("s.waops.dev").unwrap().0;
    let any = json!({"apiVersion": "waops.dev/v1alpha1", "kind": strict["spec"]["names"]["kind"],
        "metadata": {"name": "tried"}, "spec": {"anything": 1}});
    house.until(&format!("the looser definition of {kind}"), || {
        let namespace = format!("--namespace={}", house.name);
        let tried = [&namespace, "create", "--dry-run=server", "--validate=false", "--filename=-"];
        house.plane.kubectl_stdin(&tried, &any.to_string()).status.success().then_some(())
    });
    strict
}

#[test]
fn kubectl_wait_sees_what_is_ready_changed_and_gone() {
    let house = House::new(defined(), "waited");
    house.code("poster", "Hello");
    house.kubectl(&["wait", "--for=condition=Ready", "--timeout=60s", "waqr/poster"]).success();
    house.kubectl(&["wait", "--for=condition=Ready", "--timeout=60s", "waacc/shop"]).success();
    house.kubectl(&["wait", "--for=jsonpath={.status.code}", "--timeout=10s", "waqr/poster"]).success();
    house.code("poster", "Hello again");
    // As a rollout is followed: what is said must be about this generation.
    let generation = house.get("waqr/poster")["metadata"]["generation"].clone();
    let observed = format!("--for=jsonpath={{.status.observedGeneration}}={generation}");
    house.kubectl(&["wait", &observed, "--timeout=60s", "waqr/poster"]).success();
    house.ready("waqr/poster");
    house.kubectl(&["delete", "waqr/poster", "--wait=false"]).success();
    house.kubectl(&["wait", "--for=delete", "--timeout=90s", "waqr/poster"]).success();
    assert!(house.codes().is_empty());
}

#[test]
fn claim_15_a_restored_backup_without_status_owns_what_it_owned() {
    let house = House::new(defined(), "restored");
    for name in ["poster", "flyer"] {
        house.code(name, &format!("Hello from the {name}"));
        house.ready(&format!("waqr/{name}"));
        house.settled(name);
    }
    let codes = house.codes();
    // As Velero does it: without status, UID and version, with annotations and finalizers.
    let backup: Vec<Value> = ["waacc/shop", "waqr/poster", "waqr/flyer"]
        .into_iter()
        .map(|name| {
            let mut object = house.get(name);
            object.as_object_mut().unwrap().remove("status");
            for field in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"] {
                object["metadata"].as_object_mut().unwrap().remove(field);
            }
            object
        })
        .collect();
    house.scale("waops", 0);
    for name in ["waqr/poster", "waqr/flyer", "waacc/shop"] {
        house.merge(name, &json!({"metadata": {"finalizers": null}}));
        house.kubectl(&["delete", name, "--timeout=30s"]).success();
    }
    house.apply(&list(&backup));
    house.scale("waops", 1);
    for name in ["poster", "flyer"] {
        house.ready(&format!("waqr/{name}"));
    }
    assert_eq!(house.codes(), codes);
    assert_eq!(house.calls(CREATE), 2, "nothing was made again");
    house.kubectl(&["delete", "waqr/poster", "--timeout=90s"]).success();
    assert_eq!(house.codes().len(), 1, "and what it owned is its own to delete");
}

#[test]
fn a_thousand_objects_in_one_file_are_applied_and_made_once() {
    let house = House::prepared(defined(), "thousand");
    house.simulator.simulator().settings().limits = false;
    let port = free_port();
    house.install_as("waops", port, &["watchNamespaces={thousand}"]);
    house.account();
    house.ready("waacc/shop");
    let all: Vec<Value> = (0..1000)
        .map(|n| manifest("WhatsAppQrCode", &format!("code-{n}"), &poster(&format!("Hello {n}"))))
        .collect();
    let file = list(&all).to_string();
    let apply = ["--namespace=thousand", "apply", "--server-side", "--filename=-"];
    house.plane.kubectl_stdin(&apply, &file).success();
    let live = "waops_objects{kind=\"WhatsAppQrCode\",reason=\"Live\"} 1000\n";
    house.until("all to be live", || house.metrics(port).contains(live).then_some(()));
    assert_eq!(house.calls(CREATE), 1000);
    assert_eq!(house.codes().len(), 1000);
    house.rests(port);
    // The same again changes nothing.
    let before = house.all_calls();
    house.plane.kubectl_stdin(&apply, &file).success();
    house.rests(port);
    assert_eq!(house.all_calls(), before);
}

#[test]
fn objects_from_before_the_definitions_were_upgraded_go_on_as_they_were() {
    let plane = ControlPlane::start();
    define_as_in(&plane, "tests/chart/previous/waops-crds");
    // Older still: fields that the first one had are not known.
    let crd = "crd/whatsappqrcodes.waops.dev";
    let properties = "/spec/versions/0/schema/openAPIV3Schema/properties";
    let older = json!([
        {"op": "remove", "path": format!("{properties}/spec/properties/duplicates")},
        {"op": "remove", "path": format!("{properties}/status/properties/previousCodes")},
    ]);
    let house = House::prepared(&plane, "upgraded");
    plane.kubectl(&["patch", crd, "--type=json", "--patch", &older.to_string()]).success();
    let port = free_port();
    house.install_as("waops", port, &[]);
    house.account();
    for n in 0..5 {
        house.code(&format!("code-{n}"), &format!("Hello {n}"));
    }
    for n in 0..5 {
        house.ready(&format!("waqr/code-{n}"));
        house.settled(&format!("code-{n}"));
    }
    house.rests(port);
    let kubeconfig = plane.kubeconfig().display().to_string();
    let upgrade = ["upgrade", "waops-crds", "charts/waops-crds", "--wait"];
    let writes = || (0..5).map(|n| house.writes(&format!("code-{n}")).len()).sum::<usize>();
    let (calls, before) = (house.all_calls(), writes());
    succeeds(&helm(&upgrade, Some(&kubeconfig)));
    house.until("the new field", || {
        plane.kubectl(&["explain", "whatsappqrcode.spec.duplicates"]).status.success().then_some(())
    });
    for n in 0..5 {
        house.ready(&format!("waqr/code-{n}"));
    }
    let mut spec = poster("Hello 0");
    spec["duplicates"] = json!("Allow");
    house.apply(&manifest("WhatsAppQrCode", "second", &spec));
    house.ready("waqr/second");
    assert_eq!(house.codes().len(), 6, "the new field works for new objects");
    assert_eq!(writes(), before, "and the old ones were not written");
    assert!(house.all_calls() - calls <= 4, "{} calls", house.all_calls() - calls);
}

#[test]
fn managers_that_conflict_over_a_spec_do_not_touch_the_claim() {
    let house = House::new(defined(), "managers");
    let apply = |manager: &str, message: &str, force: bool| {
        let object = manifest("WhatsAppQrCode", "poster", &poster(message)).to_string();
        let manager = format!("--field-manager={manager}");
        let mut arguments = vec!["--namespace=managers", "apply", "--server-side", &manager, "--filename=-"];
        if force {
            arguments.push("--force-conflicts");
        }
        house.plane.kubectl_stdin(&arguments, &object)
    };
    apply("flux", "Hello from Flux", false).success();
    house.ready("waqr/poster");
    house.settled("poster");
    let refused = apply("argocd", "Hello from Argo", false);
    assert!(refused.stderr.contains("conflict"), "{}", refused.stderr);
    for round in 0..4 {
        let (manager, other) = if round % 2 == 0 { ("argocd", "Argo") } else { ("flux", "Flux") };
        apply(manager, &format!("Hello {round} from {other}"), true).success();
    }
    let last = house.until("the last to win", || {
        let object = house.get("waqr/poster");
        let observed = object["status"]["observedGeneration"] == object["metadata"]["generation"];
        (observed && house.condition("waqr/poster", "Ready")?["status"] == "True").then_some(object)
    });
    assert!(house.simulator.simulator().objects().to_string().contains("Hello 3 from Flux"));
    assert!(last["metadata"]["annotations"]["waops.dev/claim"].is_string());
    assert_eq!(last["metadata"]["finalizers"], json!(["waops.dev/claim"]));
    let code = last["status"]["code"].as_str().unwrap();
    assert_eq!(house.codes(), [code], "one code all the time");
    // What we write is ours alone: a tool that compares its own fields sees no drift.
    let fields = house.kubectl(&["get", "waqr/poster", "--show-managed-fields", "--output=json"]).success();
    let object: Value = serde_json::from_str(&fields).unwrap();
    for entry in object["metadata"]["managedFields"].as_array().unwrap() {
        let ours = entry["manager"] == "waops";
        let has = |field: &str| entry["fieldsV1"].get(field).is_some();
        assert!(!ours || !has("f:spec"), "we own no field of a spec: {entry}");
    }
}
