//! The definitions: from their own chart, with the operator, or from somebody else.

use std::fs;
use std::time::Duration;

use crate::support::control_plane::ControlPlane;
use crate::support::helm::{helm, succeeds};
use crate::{CRDS, OPERATOR, ROOT};

pub(crate) const NAMES: [&str; 3] =
    ["whatsappaccounts.waops.dev", "whatsappqrcodes.waops.dev", "whatsapptemplates.waops.dev"];

#[test]
fn definitions_survive_the_chart_with_their_objects() {
    let plane = ControlPlane::start();
    let kubeconfig = plane.kubeconfig().display().to_string();
    succeeds(&helm(&["install", "waops-crds", CRDS, "--wait"], Some(&kubeconfig)));
    for crd in NAMES {
        plane
            .kubectl(&["wait", "--for=condition=Established", "--timeout=30s", &format!("crd/{crd}")])
            .success();
    }
    // Helm's rendering must not have touched a word: the texts speak of `{{variables}}`.
    for crd in NAMES {
        let file = format!("{ROOT}/crds/{}.yaml", crd.replace("s.waops.dev", ""));
        let diff = plane.kubectl(&[
            "diff",
            "--server-side",
            "--force-conflicts",
            "--field-manager=helm",
            "-f",
            &file,
        ]);
        let code = diff.status.code();
        assert!(matches!(code, Some(0 | 1)), "{crd}: the comparison itself failed: {}", diff.stderr);
        assert!(code == Some(0) || only_annotations(&diff.stdout), "{crd}: {}", diff.stdout);
    }
    let object = fs::read_to_string("examples/meta-qr-code-poster.yaml").unwrap();
    // An API server that has just taken a definition up may break a request off.
    plane.wait_for("the object to be taken", Duration::from_secs(10), || {
        plane.kubectl_stdin(&["apply", "-f", "-"], &object).status.success().then_some(())
    });
    succeeds(&helm(&["upgrade", "waops-crds", CRDS], Some(&kubeconfig)));
    succeeds(&helm(&["uninstall", "waops-crds", "--wait"], Some(&kubeconfig)));
    for crd in NAMES {
        plane.kubectl(&["get", "crd", crd]).success();
    }
    plane.wait_for("the object to be there still", Duration::from_secs(10), || {
        plane.kubectl(&["get", "waqr", "-o", "name"]).stdout.contains("whatsappqrcode").then_some(())
    });
}

#[test]
fn the_operator_brings_the_definitions_unless_somebody_else_did() {
    let plane = ControlPlane::start_without_controllers();
    let kubeconfig = plane.kubeconfig().display().to_string();
    let install = |release: &str, arguments: &[&str]| {
        let namespace = format!("--namespace={release}");
        let mut all = vec!["upgrade", "--install", release, OPERATOR, &namespace, "--create-namespace"];
        all.extend(arguments);
        succeeds(&helm(&all, Some(&kubeconfig)))
    };
    let owner = |crd: &str| {
        let path = r"jsonpath={.metadata.annotations.meta\.helm\.sh/release-name}";
        plane.kubectl(&["get", "crd", crd, "--output", path]).success()
    };
    let said = install("first", &[]);
    assert!(!said.contains("brought by somebody else"), "{said}");
    for crd in NAMES {
        assert_eq!(owner(crd), "first");
    }
    let said = install("second", &["--set=watchNamespaces={second}"]);
    assert!(said.contains("brought by somebody else"), "{said}");
    assert_eq!(owner(NAMES[0]), "first", "one cluster, one owner of its definitions");
    // The lines that hand them over work as they stand.
    let lines: Vec<&str> = said.lines().map(str::trim).collect();
    let from = lines.iter().position(|line| line.starts_with("kubectl annotate")).unwrap();
    for command in
        [format!("{} {}", lines[from].trim_end_matches('\\'), lines[from + 1]), lines[from + 2].into()]
    {
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        plane.kubectl(&words).success();
    }
    let said = install("second", &["--set=watchNamespaces={second}"]);
    assert!(!said.contains("brought by somebody else"), "{said}");
    assert_eq!(owner(NAMES[0]), "second");
    let rendered = succeeds(&helm(&["get", "manifest", "second", "--namespace=second"], Some(&kubeconfig)));
    assert!(rendered.contains("name: whatsappqrcodes.waops.dev"), "it upgrades them from now on");
    install("first", &["--set=crds.install=false"]);
    succeeds(&helm(&["uninstall", "second", "--namespace=second", "--no-hooks"], Some(&kubeconfig)));
    for crd in NAMES {
        plane.kubectl(&["get", "crd", crd]).success();
    }
    plane.kubectl(&["get", "clusterrole", "waops-view", "waops-edit", "waops-admin"]).success();
}

#[test]
fn the_chart_of_the_definitions_can_be_upgraded_after_the_operator() {
    let plane = ControlPlane::start_without_controllers();
    let kubeconfig = plane.kubeconfig().display().to_string();
    succeeds(&helm(&["install", "waops-crds", "tests/chart/previous/waops-crds"], Some(&kubeconfig)));
    succeeds(&helm(&["install", "waops", OPERATOR], Some(&kubeconfig)));
    succeeds(&helm(&["upgrade", "waops-crds", CRDS], Some(&kubeconfig)));
    succeeds(&helm(&["upgrade", "waops", OPERATOR], Some(&kubeconfig)));
    let owner = r"jsonpath={.metadata.annotations.meta\.helm\.sh/release-name}";
    for what in ["crd/whatsappqrcodes.waops.dev", "clusterrole/waops-edit"] {
        assert_eq!(plane.kubectl(&["get", what, "--output", owner]).success(), "waops-crds", "{what}");
    }
}

#[test]
fn viewers_editors_and_admins_of_a_namespace_get_their_part() {
    let plane = ControlPlane::start();
    let kubeconfig = plane.kubeconfig().display().to_string();
    succeeds(&helm(&["install", "waops-crds", CRDS], Some(&kubeconfig)));
    for (role, user) in [("view", "vera"), ("edit", "emil"), ("admin", "ada")] {
        let (role, user) = (format!("--clusterrole={role}"), format!("--user={user}"));
        plane.kubectl(&["create", "rolebinding", &user[7..], &role, &user]).success();
    }
    let may = |user: &str, verb: &str, what: &str| {
        let (what, part) = what.split_once('/').unwrap_or((what, ""));
        let (user, part) = (format!("--as={user}"), format!("--subresource={part}"));
        plane.kubectl(&["auth", "can-i", verb, what, &user, &part]).status.success()
    };
    plane.wait_for("the roles to be added together", Duration::from_secs(30), || {
        (may("ada", "create", "whatsappaccounts.waops.dev")
            && may("vera", "get", "whatsappqrcodes.waops.dev"))
        .then_some(())
    });
    for (user, verb, what, want, reason) in [
        ("vera", "list", "whatsapptemplates.waops.dev", true, "who views sees everything"),
        ("vera", "create", "whatsappqrcodes.waops.dev", false, "who views changes nothing"),
        ("emil", "get", "whatsappaccounts.waops.dev", true, "who edits sees accounts"),
        ("emil", "delete", "whatsappqrcodes.waops.dev", true, "who edits edits"),
        (
            "emil",
            "create",
            "whatsappaccounts.waops.dev",
            false,
            "an account decides whose credentials are used",
        ),
        ("ada", "delete", "whatsappaccounts.waops.dev", true, "admins decide"),
        ("ada", "patch", "whatsappqrcodes.waops.dev/status", false, "the status is the operator's"),
    ] {
        assert_eq!(may(user, verb, what), want, "{user} {verb} {what}: {reason}");
    }
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
