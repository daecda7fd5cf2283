//! ConfigMaps with codes, links and images.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use waops::simulator::sandbox;

use crate::house::{CREATE, House, defined, manifest, poster};

#[test]
fn an_output_follows_its_code_and_never_overwrites_what_is_not_ours() {
    let house = House::new(defined(), "outputs");
    house.apply(&json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "chat"},
        "stringData": {"accessKeyId": sandbox::ACCESS_KEY_ID, "accessKeySecret": sandbox::ACCESS_KEY_SECRET},
    }));
    house.apply(&manifest("WhatsAppAccount", "chat", &json!({
        "alibaba": {"custSpaceId": sandbox::CUST_SPACE_ID, "credentials": {"secretRef": {"name": "chat"}}},
        "policies": {"update": "Automatic"},
    })));
    house.kubectl(&["create", "configmap", "theirs", "--from-literal=precious=data"]).success();
    let code = |name: &str, message: &str, output: &str| {
        let mut spec = poster(message);
        spec["accountRef"] = json!({"name": "chat"});
        spec["output"] = json!({"configMapName": output});
        spec["image"] = json!({"format": "PNG"});
        house.apply(&manifest("WhatsAppQrCode", name, &spec));
    };
    let written = |output: &str| {
        let found = house.kubectl(&["get", "configmap", output, "--output=json"]);
        serde_json::from_str::<Value>(&found.stdout).ok()
    };
    code("poster", "Hello", "ours");
    code("flyer", "Hello again", "theirs");
    house.ready("waqr/poster");
    house.ready("waqr/flyer");
    let before = house.get("waqr/poster")["status"]["code"].clone();
    house.until("the output", || (written("ours")?["data"]["code"] == before).then_some(()));
    assert!(written("ours").unwrap()["binaryData"]["qr.png"].is_string());
    code("poster", "Hello to you", "ours");
    let after = house.until("another code", || {
        let now = house.get("waqr/poster")["status"]["code"].clone();
        (now != before).then_some(now)
    });
    house.until("the output to follow", || (written("ours")?["data"]["code"] == after).then_some(()));
    house.until("a word about the other", || {
        let blocked = house.condition("waqr/flyer", "OutputBlocked")?;
        blocked["message"].as_str()?.contains("theirs").then_some(())
    });
    house.ready("waqr/flyer");
    assert_eq!(written("theirs").unwrap()["data"], json!({"precious": "data"}));
    let mut spec = house.get("waqr/flyer")["spec"].clone();
    spec["output"] = json!({"configMapName": "flyer-qr"});
    house.apply(&manifest("WhatsAppQrCode", "flyer", &spec));
    house.until("the condition to go", || {
        house.condition("waqr/flyer", "OutputBlocked").is_none().then_some(())
    });
    house.until("the other name", || written("flyer-qr"));
    assert_eq!(written("theirs").unwrap()["data"], json!({"precious": "data"}));
    house.kubectl(&["delete", "waqr/poster", "--timeout=60s"]).success();
    house.until("the output to go with its object", || written("ours").is_none().then_some(()));
}

#[test]
fn an_output_comes_back_when_it_is_deleted_or_edited_and_follows_a_new_name() {
    let house = House::new(defined(), "returns");
    let code = |output: Option<&str>| {
        let mut spec = poster("Hello");
        if let Some(output) = output {
            spec["output"] = json!({"configMapName": output});
        }
        house.apply(&manifest("WhatsAppQrCode", "poster", &spec));
    };
    let written = |output: &str| {
        let found = house.kubectl(&["get", "configmap", output, "--output=json"]);
        serde_json::from_str::<Value>(&found.stdout).ok()
    };
    code(Some("first"));
    house.ready("waqr/poster");
    let map = house.until("the output", || written("first"));
    let deleted = Instant::now();
    house.kubectl(&["delete", "configmap/first"]).success();
    let again = house.until("its return", || written("first"));
    assert!(
        deleted.elapsed() < Duration::from_secs(5),
        "at once, not at the next round: {:?}",
        deleted.elapsed()
    );
    assert_eq!(again["data"], map["data"]);
    house.merge(
        "configmap/first",
        &json!({"data": {"code": "FORGED"}, "metadata": {"labels": {"team": "print"}}}),
    );
    house.until("the right code", || (written("first")?["data"] == map["data"]).then_some(()));
    assert_eq!(written("first").unwrap()["metadata"]["labels"]["team"], "print", "a label of others stays");
    // Somebody takes the label away by which it is watched.
    house.merge("configmap/first", &json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": null}}}));
    house.until("the label", || {
        (written("first")?["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "waops").then_some(())
    });

    code(Some("second"));
    house.until("the second", || written("second"));
    house.until("the first to go", || written("first").is_none().then_some(()));
    // Renamed while nobody looked.
    house.scale("waops", 0);
    code(Some("third"));
    house.scale("waops", 1);
    house.until("the third", || written("third"));
    house.until("the second to go", || written("second").is_none().then_some(()));
    code(None);
    house.until("none at all", || written("third").is_none().then_some(()));
    assert_eq!(house.codes().len(), 1);
    assert_eq!(house.calls(CREATE), 1);
}

#[test]
fn what_stood_in_the_way_of_an_output_is_not_said_any_more_after_a_start_without_it() {
    let house = House::prepared(defined(), "cleared");
    house.kubectl(&["create", "configmap", "theirs", "--from-literal=precious=data"]).success();
    house.install(&["watchNamespaces={cleared}"]);
    house.account();
    let mut spec = poster("Hello");
    spec["output"] = json!({"configMapName": "theirs"});
    house.apply(&manifest("WhatsAppQrCode", "poster", &spec));
    let is_said = || house.condition("waqr/poster", "OutputBlocked").is_some();
    house.until("a word about it", || is_said().then_some(()));
    house.scale("waops", 0);
    house.kubectl(&["delete", "configmap/theirs"]).success();
    house.scale("waops", 1);
    house.until("nothing to be said", || (!is_said()).then_some(()));
    let code = house.get("waqr/poster")["status"]["code"].clone();
    assert_eq!(code, *house.kubectl(&["get", "configmap/theirs", "--output=jsonpath={.data.code}"]).stdout);
}
