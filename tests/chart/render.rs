//! What the charts render, without a cluster.

use std::fs;
use std::process::Output;

use crate::support::helm::{helm, succeeds};
use crate::{CRDS, OPERATOR};

#[test]
fn lint_has_nothing_to_say() {
    for chart in [CRDS, OPERATOR] {
        let said = succeeds(&helm(&["lint", "--strict", chart], None));
        assert!(said.contains("1 chart(s) linted, 0 chart(s) failed"), "{chart}: {said}");
    }
}

#[test]
fn values_that_nobody_knows_are_refused() {
    for (value, reason) in [
        ("watchNamespace={shop}", "a misspelt name would watch everything"),
        ("watchNamespaces={Shop}", "no namespace is called so"),
        ("watchNamespaces=shop", "a word is no list"),
        ("image.digest=latest", "a tag is no digest"),
        ("log.format=xml", "nobody writes this"),
        ("settleTime=60", "60 of what"),
        ("graceSeconds=0", "calls under way need some time"),
        ("listenAddress=::", "brackets keep the address from the port"),
        ("listenAddress=localhost", "a name is no address"),
        ("leaderElection.leaseName=Waops", "no Lease is called so"),
        ("metrics.serviceMonitors.enabled=true", "a misspelt name would monitor nothing"),
        ("metrics.serviceMonitor.interval=often", "how often"),
        ("metrics.serviceMonitor.enabled=true,metrics.podMonitor.enabled=true", "everything counted twice"),
        ("metrics.serviceMonitor.enabled=true,service.enabled=false", "nothing to monitor"),
        ("metrics.prometheusRule.enabled=true,metrics.prometheusRule.disabled={NoLeader}", "no such alert"),
        ("podDisruptionBudget.maxUnavailable=0", "no node could ever be drained"),
        ("networkPolicy.apiServerPorts={}", "it would reach nothing"),
        ("uninstall.release=maybe", "neither yes nor no"),
    ] {
        let output = template(&["--set", value]);
        assert!(!output.status.success(), "{value}: {reason}");
    }
}

#[test]
fn a_list_of_namespaces_grants_secrets_there_and_nowhere_else() {
    let listed = succeeds(&template(&["--set", "watchNamespaces={shop,sales}"]));
    let documents_of = |kind: &str| -> Vec<String> {
        let documents =
            listed.split("\n---\n").filter(|document| document.contains(&format!("\nkind: {kind}\n")));
        documents.map(str::to_owned).collect()
    };
    assert!(documents_of("ClusterRole").iter().all(|role| !role.contains("secrets")), "{listed}");
    let roles = documents_of("Role");
    let with_secrets: Vec<&String> =
        roles.iter().filter(|role| role.contains("resources: [secrets]")).collect();
    assert_eq!(with_secrets.len(), 2);
    for (role, namespace) in with_secrets.iter().zip(["shop", "sales"]) {
        assert!(role.contains(&format!("\n  namespace: {namespace}\n")), "{role}");
        assert!(role.contains("resources: [secrets]\n  verbs: [get]"), "by name alone: {role}");
    }
    let declined = succeeds(&template(&["--set", "watchNamespaces={shop},rbac.releaseEverywhere=false"]));
    let cluster =
        declined.split("\n---\n").find(|document| document.contains("\nkind: ClusterRole\n")).unwrap();
    assert!(!cluster.contains("apiGroups: [waops.dev]"), "nothing of ours in other namespaces: {cluster}");
    assert!(declined.contains("verbs: [list, watch]"), "but in those that are looked after: {declined}");
    assert!(!listed.contains("verbs: [list, watch]"), "what all namespaces grant is granted once: {listed}");
    let everywhere = succeeds(&template(&[]));
    assert!(!everywhere.contains("--namespace="), "{everywhere}");
}

/// Whoever has the Lease of a part that an upgrade takes away renews it, and gives it back, under the Role of after the upgrade.
#[test]
fn however_many_parts_there_are_the_leases_of_all_that_could_be_may_be_written() {
    for shards in [1, 3] {
        let values = format!("shards={shards},replicas={shards},leaderElection.leaseName=one");
        let rendered = succeeds(&template(&["--set", &values]));
        let role =
            rendered.split("\n---\n").find(|document| document.contains("resources: [leases]")).unwrap();
        for name in ["one", "one-1", "one-63"] {
            assert!(role.contains(&format!("\n  - {name}\n")), "{name} of {shards}: {role}");
        }
        assert!(!role.contains("one-64"), "there are 64 parts at most: {role}");
    }
}

#[test]
fn what_a_platform_team_sets_reaches_the_pod() {
    let values = [
        ("replicas=2", "replicas: 2"),
        ("readOnly=true", "- --read-only"),
        ("resources.limits.memory=99Mi", "memory: 99Mi"),
        ("nodeSelector.pool=tools", "pool: tools"),
        ("tolerations[0].key=tools", "key: tools"),
        ("priorityClassName=high", "priorityClassName: high"),
        ("imagePullSecrets[0].name=pull", "name: pull"),
        ("extraEnv[0].name=A,extraEnv[0].value=b", "name: A"),
        ("extraArgs={--lease-name=x}", "- \"--lease-name=x\""),
        ("extraVolumes[0].name=v", "name: v"),
        ("podAnnotations.a=b", "a: b"),
        ("podLabels.c=d", "c: d"),
        ("commonLabels.team=shop", "team: shop"),
        ("serviceAccount.annotations.role=r", "role: r"),
        ("topologySpreadConstraints[0].maxSkew=1", "maxSkew: 1"),
        ("proxy.https=http://proxy:3128", "{name: HTTPS_PROXY, value: \"http://proxy:3128\"}"),
        ("caBundle.configMap=roots", "- --ca-bundle=/etc/waops/ca/ca.crt"),
        ("log.level=debug", "- --log-level=debug"),
        ("listenAddress=0.0.0.0", "- --listen=0.0.0.0:8080"),
        ("leaderElection.leaseName=shop.waops", "- --lease-name=shop.waops"),
        (
            "image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "waops@sha256:0123",
        ),
        ("ambientCredentialsNamespaces={platform}", "- --ambient-credentials-namespace=platform"),
    ];
    let mut arguments: Vec<&str> = Vec::new();
    for (value, _) in &values {
        arguments.extend(["--set", value]);
    }
    let rendered = succeeds(&template(&arguments));
    for (value, line) in values {
        assert!(rendered.contains(line), "{value}: no {line} in\n{rendered}");
    }
}

#[test]
fn values_that_would_hurt_together_are_refused_by_name() {
    let alone = "leaderElection.enabled=false,uninstall.release=false";
    for (values, says) in [
        (format!("{alone},replicas=2"), "replicas=2 needs leaderElection.enabled"),
        (format!("{alone},shards=2"), "shards=2 needs leaderElection.enabled"),
        ("leaderElection.enabled=false".to_owned(), "uninstall.release needs leaderElection.enabled"),
        ("shards=3,replicas=2".to_owned(), "shards=3 needs as many replicas, not 2"),
    ] {
        let output = template(&["--set", &values]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(says), "{values}: {said}");
    }
    for (values, line) in [
        (alone, "strategy: {type: Recreate}"),
        ("shards=3,replicas=3", "- --shards=3"),
        // Paused, and with a Lease that is shared with another release.
        ("shards=3,replicas=0", "- --shards=3"),
        ("shards=3,leaderElection.leaseName=shared", "- --shards=3"),
    ] {
        let rendered = succeeds(&template(&["--set", values]));
        assert!(rendered.contains(line), "{values}: no {line} in\n{rendered}");
    }
}

/// The operator's chart, rendered for a Kubernetes that it supports.
fn template(arguments: &[&str]) -> Output {
    let kubernetes = format!("{}.0", waops::api::MINIMUM_KUBERNETES);
    let mut all = vec!["template", "waops", OPERATOR, "--kube-version", &kubernetes];
    all.extend(arguments);
    helm(&all, None)
}

#[test]
fn the_chart_asks_for_the_oldest_kubernetes_that_works() {
    for folder in [CRDS, OPERATOR] {
        let chart = fs::read_to_string(format!("{folder}/Chart.yaml")).unwrap();
        assert!(
            chart.contains(&format!("kubeVersion: \">={}.0-0\"", waops::api::MINIMUM_KUBERNETES)),
            "{chart}"
        );
        assert!(chart.contains(&format!("appVersion: {}", env!("CARGO_PKG_VERSION"))), "{chart}");
        let refused = helm(&["template", folder, "--kube-version", "1.32.9"], None);
        assert!(!refused.status.success(), "1.32 is too old for {folder}");
        succeeds(&helm(&["template", folder, "--kube-version", "1.33.0"], None));
    }
}
