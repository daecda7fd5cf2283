//! The admission policy: claims are written by the operator alone.

use std::process::Command;

use serde_json::{Value, json};

use crate::OPERATOR;
use crate::house::{House, manifest};
use crate::support::control_plane::ControlPlane;

#[test]
fn nobody_else_writes_claims() {
    let plane = ControlPlane::start();
    let house = House::new(&plane, "shop");
    let writers = "admissionPolicy.claimWriters={restorer}";
    house.deploy("3", OPERATOR, &["admissionPolicy.enabled=true", writers, "watchNamespaces={shop}"]);
    house.account();
    house.code("poster", "Hello");
    let code = house.ready("waqr/poster");
    house.until("the claim to be settled", || {
        house.get("waqr/poster")["metadata"]["annotations"]["waops.dev/claim"].is_string().then_some(())
    });
    let stolen = house.get("waqr/poster")["metadata"]["annotations"]["waops.dev/claim"].clone();

    let mut thief = manifest("WhatsAppQrCode", "thief", &house.get("waqr/poster")["spec"]);
    thief["spec"]["prefilledMessage"] = "Hello to me".into();
    thief["metadata"]["annotations"] = json!({"waops.dev/claim": stolen});
    let refused = |said: &crate::support::control_plane::Output, why: &str| {
        assert!(!said.status.success() && said.stderr.contains(why), "{why}: {said:?}");
    };
    // A new policy takes a moment until it holds.
    house.until("the policy to hold", || {
        let said = tried(&house, &["apply", "--dry-run=server", "--filename=-"], &thief);
        said.stderr.contains("is written by waops alone").then_some(())
    });
    refused(
        &tried(&house, &["create", "--filename=-"], &thief),
        "the annotation waops.dev/claim is written by waops alone",
    );
    let other = "waops.dev/claim={}";
    refused(
        &house.kubectl(&["annotate", "--overwrite", "waqr/poster", other]),
        "admissionPolicy.claimWriters",
    );
    let status = json!({"status": {"code": "AAAAAAAAAAAAAA"}}).to_string();
    let by_hand = ["patch", "waqr/poster", "--subresource=status", "--type=merge", "--patch", &status];
    refused(&house.kubectl(&by_hand), "the status is written by waops alone");

    // What people do every day is theirs to do.
    house.kubectl(&["label", "waqr/poster", "campaign=spring"]).success();
    house.kubectl(&["annotate", "waqr/poster", "waops.dev/claim-"]).success();
    house.until("the claim to come back", || {
        house.get("waqr/poster")["metadata"]["annotations"]["waops.dev/claim"].is_string().then_some(())
    });
    // Whoever restores backups is named; objects of other namespaces are somebody else's business.
    plane
        .kubectl(&["create", "clusterrolebinding", "restorer", "--clusterrole=admin", "--user=restorer"])
        .success();
    house.until("the restorer's rights", || {
        let said = tried(&house, &["create", "--as=restorer", "--dry-run=server", "--filename=-"], &thief);
        said.status.success().then_some(())
    });
    let elsewhere = ["--namespace=default", "create", "--dry-run=server", "--filename=-"];
    plane.kubectl_stdin(&elsewhere, &thief.to_string()).success();

    // To let go is to write a status: an administrator who does it by hand is named, too.
    house.code("flyer", "Good evening");
    house.ready("waqr/flyer");
    let release = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
        command.args(["release", "waqr/shop/flyer", "--cluster", "--yes"]);
        command.env("KUBECONFIG", plane.kubeconfig()).env_remove("WAOPS_NAMESPACES").output().unwrap()
    };
    let denied = release();
    let said = String::from_utf8_lossy(&denied.stdout);
    assert!(!denied.status.success() && said.contains("admissionPolicy.claimWriters"), "{denied:?}");
    let name = "--output=jsonpath={.status.userInfo.username}";
    let me = plane.kubectl(&["auth", "whoami", name]).success();
    let writers = format!("admissionPolicy.claimWriters={{restorer,{me}}}");
    house.deploy("3", OPERATOR, &["admissionPolicy.enabled=true", &writers, "watchNamespaces={shop}"]);
    house.until("the policy to let it through", || release().status.success().then_some(()));
    house.kubectl(&["delete", "waqr/poster", "--timeout=60s"]).success();
    assert!(!house.codes().contains(&code), "the operator goes on to work under its policy");
}

fn tried(house: &House<'_>, arguments: &[&str], object: &Value) -> crate::support::control_plane::Output {
    let namespace = format!("--namespace={}", house.name);
    let mut all = vec![namespace.as_str()];
    all.extend(arguments);
    house.plane.kubectl_stdin(&all, &object.to_string())
}
