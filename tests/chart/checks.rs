//! What others check charts with: all of it clean.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::control_plane::ControlPlane;
use crate::support::helm::{built, helm, helm_of, succeeds};
use crate::{OPERATOR, ROOT};

const EVERYTHING: &str = "tests/chart/everything.yaml";

/// The chart with its defaults, with everything, and with the other monitor; tests and hooks included.
fn renderings() -> [(&'static str, String); 3] {
    let render = |values: &[&str]| {
        let mut arguments = vec!["template", "waops", OPERATOR, "--namespace=waops", "--kube-version=1.36.0"];
        arguments.extend(values);
        succeeds(&helm(&arguments, None))
    };
    [
        ("defaults", render(&[])),
        ("everything", render(&["--values", EVERYTHING])),
        ("pod monitor", render(&["--set", "metrics.podMonitor.enabled=true,uninstall.release=false"])),
    ]
}

#[test]
fn helm_unittest_is_green() {
    let output = Command::new(built("tests/tools/build.sh", "helm-unittest")).arg(OPERATOR).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let tests = said.lines().find(|line| line.starts_with("Tests:")).unwrap_or_default();
    assert!(tests.contains("passed") && !tests.contains(" 0 total"), "{said}");
}

#[test]
fn helm_4_lints_and_renders_the_same() {
    succeeds(&helm_of("4", &["lint", "--strict", OPERATOR], None));
    let arguments =
        ["template", "waops", OPERATOR, "--namespace=waops", "--kube-version=1.36.0", "--values", EVERYTHING];
    let [three, four] = ["3", "4"].map(|major| {
        let rendered = succeeds(&helm_of(major, &arguments, None));
        let documents = rendered.split("\n---\n").map(|document| document.trim().to_owned());
        documents.collect::<BTreeSet<String>>()
    });
    assert_eq!(three, four);
}

#[test]
fn kube_score_has_nothing_to_say() {
    // Not done, for a reason: a limit of CPU only makes things slow; a tag is pulled again only where somebody moves tags; the disk is
    // read-only, so that all it could count is the log, and a pod that logs much must not be evicted for it.
    let not_done = [
        "container-image-pull-policy",
        "container-ephemeral-storage-request-and-limit",
        // Asked for with everything; by default there is one pod, and the network is left to who owns the cluster.
        "deployment-replicas",
        "pod-networkpolicy",
        "deployment-has-poddisruptionbudget",
    ];
    let score = built("tests/tools/build.sh", "kube-score");
    for (what, rendered) in renderings() {
        let mut command = Command::new(&score);
        command.args([
            "score",
            "--kubernetes-version=v1.33",
            "--output-format=ci",
            "--ignore-container-cpu-limit",
            "-",
        ]);
        let ignored = if what == "everything" { &not_done[..1] } else { &not_done[..] };
        for test in ignored {
            command.args(["--ignore-test", test]);
        }
        let output = fed(&mut command, &rendered);
        let said = String::from_utf8_lossy(&output.stdout);
        let bad: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("[CRITICAL]") || line.starts_with("[WARNING]"))
            .collect();
        assert!(bad.is_empty() && output.status.success(), "{what}: {}", bad.join("\n"));
        assert!(said.contains("Deployment"), "{what}: it saw something: {said}");
    }
}

#[test]
fn the_api_server_and_its_schemas_take_everything() {
    let plane = ControlPlane::start();
    let monitoring = built("tests/tools/build.sh", "monitoring-crds").display().to_string();
    plane.kubectl(&["apply", "--server-side", "--filename", &monitoring]).success();
    plane.kubectl(&["apply", "--kustomize", &format!("{ROOT}/crds")]).success();
    plane.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", "crd", "--all"]).success();
    for namespace in ["waops", "shop", "sales"] {
        plane.kubectl(&["create", "namespace", namespace]).success();
    }
    plane
        .kubectl(&["label", "namespace", "waops", "pod-security.kubernetes.io/enforce=restricted"])
        .success();
    // A workload is admitted with a warning, and only its pods would be refused.
    plane.kubectl(&["label", "namespace", "waops", "pod-security.kubernetes.io/warn=restricted"]).success();
    let schemas = tempfile::tempdir().unwrap();
    export_schemas(&plane, schemas.path());
    let conform = built("tests/tools/build.sh", "kubeconform");
    let location = format!("{}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json", schemas.path().display());
    let deploy = plane.kubectl(&["kustomize", &format!("{ROOT}/deploy")]).success();
    for (what, rendered) in renderings().into_iter().chain([("deploy", deploy)]) {
        let tried = ["apply", "--dry-run=server", "--validate=strict", "--filename=-"];
        let said = plane.kubectl_stdin(&tried, &rendered);
        assert!(said.status.success(), "{what}: {}", said.stderr);
        assert!(!said.stderr.contains("would violate PodSecurity"), "{what}: {}", said.stderr);
        let mut command = Command::new(&conform);
        command.args(["-strict", "-summary", "-output=json", "-schema-location", &location]);
        let output = fed(&mut command, &rendered);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(output.status.success(), "{what}: {said:#}");
        let summary = &said["summary"];
        assert_eq!(
            (&summary["invalid"], &summary["errors"], &summary["skipped"]),
            (&json!(0), &json!(0), &json!(0))
        );
        assert!(summary["valid"].as_u64().unwrap() >= 10, "{what}: {summary}");
    }
    // The check can fail.
    let mut command = Command::new(&conform);
    command.args(["-strict", "-schema-location", &location]);
    let wrong = renderings()[0].1.replace("imagePullPolicy:", "imagePulPolicy:");
    assert!(!fed(&mut command, &wrong).status.success(), "a misspelt field conforms");
}

/// Feeds a command, and lets it end.
fn fed(command: &mut Command, input: &str) -> std::process::Output {
    use std::io::{Seek as _, Write as _};
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(input.as_bytes()).and_then(|()| file.rewind()).unwrap();
    command.stdin(Stdio::from(file)).output().unwrap()
}

/// Writes what the API server says about each kind as a JSON Schema of its own, in which no unknown field is allowed.
fn export_schemas(plane: &ControlPlane, folder: &Path) {
    let get = |path: &str| -> Value {
        serde_json::from_str(&plane.kubectl(&["get", "--raw", path]).success()).unwrap()
    };
    let index = get("/openapi/v3");
    let paths = index["paths"].as_object().unwrap();
    let versions = paths.keys().filter(|path| path.as_str() == "api/v1" || path.starts_with("apis/"));
    for version in versions.filter(|path| path.matches('/').count() > usize::from(path.starts_with("apis/")))
    {
        let mut document = get(&format!("/openapi/v3/{version}"));
        let schemas = document["components"]["schemas"].as_object_mut().unwrap();
        for schema in schemas.values_mut() {
            close(schema);
        }
        let of_kind: Vec<(String, Value)> = schemas
            .iter()
            .flat_map(|(name, schema)| {
                let kinds = schema["x-kubernetes-group-version-kind"].as_array().cloned().unwrap_or_default();
                kinds.into_iter().map(|kind| (name.clone(), kind))
            })
            .collect();
        for (name, kind) in of_kind {
            let text = |field: &str| kind[field].as_str().unwrap_or_default().to_lowercase();
            // As kubeconform looks for it: `deployment-apps-v1`, `role-rbac-v1`, `pod-v1`.
            let group = text("group").split('.').next().map(|first| format!("-{first}")).unwrap_or_default();
            let group = if group == "-" { String::new() } else { group };
            let file = format!("{}{group}-{}.json", text("kind"), text("version"));
            let schema = json!({
                "$ref": format!("#/components/schemas/{name}"),
                "components": {"schemas": document["components"]["schemas"]},
            });
            fs::write(folder.join(file), schema.to_string()).unwrap();
        }
    }
}

/// Allows no fields but those that are described, as the API server's own strict validation does.
fn close(schema: &mut Value) {
    if let Value::Object(fields) = schema {
        let is_open = fields.contains_key("additionalProperties")
            || fields.get("x-kubernetes-preserve-unknown-fields") == Some(&json!(true));
        if fields.get("properties").is_some_and(Value::is_object) && !is_open {
            fields.insert("additionalProperties".to_owned(), json!(false));
        }
        // Of an embedded object the server knows more than it says.
        if fields.get("x-kubernetes-embedded-resource") == Some(&json!(true)) {
            fields.remove("additionalProperties");
        }
        fields.values_mut().for_each(close);
    } else if let Value::Array(all) = schema {
        all.iter_mut().for_each(close);
    }
}
