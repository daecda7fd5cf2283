//! ConfigMaps with codes, links and images.

use serde_json::{Value, json};
use waops::simulator::sandbox;

use crate::house::{House, defined, manifest, poster};

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
        house.kubectl(&["describe", "waqr/flyer"]).stdout.contains("OutputTaken").then_some(())
    });
    assert_eq!(written("theirs").unwrap()["data"], json!({"precious": "data"}));
    house.kubectl(&["delete", "waqr/poster", "--timeout=60s"]).success();
    house.until("the output to go with its object", || written("ours").is_none().then_some(()));
}
