//! `deploy/`: the same without Helm.

use std::fs;
use std::path::Path;

use crate::ROOT;
use crate::house::House;
use crate::support::control_plane::ControlPlane;

#[test]
fn kubectl_apply_k_is_all_it_takes() {
    let plane = ControlPlane::start();
    let house = House::without_system(&plane, "shop", "waops");
    // An overlay as people write it: another image, and what their cluster needs. Here: a free port, and the simulator.
    let overlay = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut patch = vec![
        format!(
            "- {{op: replace, path: /spec/template/spec/containers/0/args/1, value: '--listen=0.0.0.0:{}'}}",
            house.port
        ),
        format!(
            "- {{op: replace, path: /spec/template/spec/containers/0/ports/0/containerPort, value: {}}}",
            house.port
        ),
    ];
    for (name, value) in house.environment() {
        let end = "/spec/template/spec/containers/0/env/-";
        patch.push(format!("- {{op: add, path: {end}, value: {{name: {name}, value: '{value}'}}}}"));
    }
    let kustomization = format!(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [{}]\n\
         images: [{{name: waops, newName: registry.example/waops, newTag: '1'}}]\n\
         patches:\n- target: {{kind: Deployment}}\n  patch: |-\n    {}\n",
        way(overlay.path(), &Path::new(ROOT).join("deploy")),
        patch.join("\n    "),
    );
    fs::write(overlay.path().join("kustomization.yaml"), kustomization).unwrap();
    let folder = overlay.path().display().to_string();
    plane.kubectl(&["apply", "--kustomize", &folder]).success();
    plane.kubectl(&["--namespace=waops", "rollout", "status", "deployment/waops", "--timeout=90s"]).success();
    let image = "jsonpath={.spec.template.spec.containers[0].image}";
    let image = plane.kubectl(&["--namespace=waops", "get", "deployment/waops", "--output", image]);
    assert_eq!(image.success(), "registry.example/waops:1");
    house.account();
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    plane.kubectl(&["get", "clusterrole", "waops-view", "waops-edit", "waops-admin"]).success();
    let again = plane.kubectl(&["diff", "--kustomize", &folder]);
    assert!(again.status.success(), "applied once, it is as written: {}{}", again.stdout, again.stderr);
}

/// The way from a folder to another: kustomize knows no other.
fn way(from: &Path, to: &Path) -> String {
    let up = from.components().count() - 1;
    format!("{}{}", "../".repeat(up), to.strip_prefix("/").unwrap().display())
}
