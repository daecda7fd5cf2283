//! What people and tools do to objects.

use serde_json::json;

use crate::house::{CREATE, House, define, defined, manifest, poster};
use crate::support::control_plane::ControlPlane;

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
fn promise_07_a_malformed_object_stalls_nobody() {
    let plane = ControlPlane::start();
    define(&plane);
    // As after an upgrade that made the schema stricter than what is stored.
    let open = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let patch = json!([
        {"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec", "value": open},
        {"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/required"},
        {"op": "remove", "path": "/spec/versions/0/selectableFields"},
    ]);
    let crd = "crd/whatsappqrcodes.waops.dev";
    plane.kubectl(&["patch", crd, "--type=json", "--patch", &patch.to_string()]).success();
    let house = House::prepared(&plane, "malformed");
    let wrong = manifest("WhatsAppQrCode", "wrong", &json!({"accountRef": ["shop"], "prefilledMessage": 7}));
    house.until("the looser definition", || {
        let namespace = "--namespace=malformed";
        let said = plane.kubectl_stdin(&[namespace, "apply", "--filename=-"], &wrong.to_string());
        said.status.success().then_some(())
    });
    house.install(&[]);
    house.account();
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    assert_eq!(house.codes().len(), 1);
    house.until("what is wrong to be said", || {
        let story = house.kubectl(&["describe", "waqr/wrong"]).stdout;
        (story.contains("Invalid") && story.contains("kubectl explain")).then_some(())
    });
}
