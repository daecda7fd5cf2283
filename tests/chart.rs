//! The chart of the definitions, with real Helm on the real control plane.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot go on says where

mod support;

use std::fs;
use std::time::Duration;

use support::control_plane::ControlPlane;
use support::helm::{helm, succeeds};

const CHART: &str = "charts/waops-crds";

#[test]
fn lint_has_nothing_to_say() {
    let said = succeeds(&helm(&["lint", "--strict", CHART], None));
    assert!(said.contains("1 chart(s) linted, 0 chart(s) failed"), "{said}");
}

#[test]
fn the_chart_asks_for_the_oldest_kubernetes_that_works() {
    let chart = fs::read_to_string(format!("{CHART}/Chart.yaml")).unwrap();
    assert!(chart.contains(&format!("kubeVersion: \">={}.0-0\"", waops::api::MINIMUM_KUBERNETES)), "{chart}");
    assert!(chart.contains(&format!("appVersion: {}", env!("CARGO_PKG_VERSION"))), "{chart}");
    let refused = helm(&["template", CHART, "--kube-version", "1.32.9"], None);
    assert!(!refused.status.success(), "1.32 is too old");
    succeeds(&helm(&["template", CHART, "--kube-version", "1.33.0"], None));
}

#[test]
fn definitions_survive_the_chart_with_their_objects() {
    let plane = ControlPlane::start();
    let kubeconfig = plane.kubeconfig().display().to_string();
    succeeds(&helm(&["install", "waops-crds", CHART, "--wait"], Some(&kubeconfig)));
    let crds = ["whatsappaccounts.waops.dev", "whatsappqrcodes.waops.dev", "whatsapptemplates.waops.dev"];
    for crd in crds {
        plane
            .kubectl(&["wait", "--for=condition=Established", "--timeout=30s", &format!("crd/{crd}")])
            .success();
    }
    // Helm's rendering must not have touched a word: the texts speak of `{{variables}}`.
    for crd in crds {
        let file = format!("crds/{}.yaml", crd.replace("s.waops.dev", ""));
        let diff = plane.kubectl(&[
            "diff",
            "--server-side",
            "--force-conflicts",
            "--field-manager=helm",
            "-f",
            &file,
        ]);
        assert!(diff.status.success() || only_annotations(&diff.stdout), "{crd}: {}", diff.stdout);
    }
    let object = fs::read_to_string("examples/meta-qr-code-poster.yaml").unwrap();
    plane.kubectl_stdin(&["apply", "-f", "-"], &object).success();
    succeeds(&helm(&["upgrade", "waops-crds", CHART], Some(&kubeconfig)));
    succeeds(&helm(&["uninstall", "waops-crds", "--wait"], Some(&kubeconfig)));
    for crd in crds {
        plane.kubectl(&["get", "crd", crd]).success();
    }
    plane.wait_for("the object to be there still", Duration::from_secs(10), || {
        plane.kubectl(&["get", "waqr", "-o", "name"]).stdout.contains("whatsappqrcode").then_some(())
    });
}

/// What Helm writes on everything it installs, and the order to keep it.
fn only_annotations(diff: &str) -> bool {
    let changes = diff
        .lines()
        .filter(|line| line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---"));
    let harmless = [
        "helm.sh/",
        "meta.helm.sh",
        "annotations:",
        "labels:",
        "managed-by",
        "generation:",
        "resourceVersion",
        "time:",
    ];
    changes.into_iter().all(|line| harmless.iter().any(|word| line.contains(word)))
}
