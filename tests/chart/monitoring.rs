//! Alerts and dashboard speak of metrics that exist, and every alert has its page.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::OPERATOR;
use crate::house::House;
use crate::support::control_plane::ControlPlane;
use crate::support::helm::{built, helm, succeeds};

const ALERTS: &str = "charts/waops/monitoring/alerts.yaml";
const DASHBOARD: &str = "charts/waops/monitoring/dashboard.json";
const PAGES: &str = "docs/monitoring.md";

#[test]
fn prometheus_understands_the_alerts_and_they_fire_when_they_should() {
    let promtool = built("tests/tools/build.sh", "promtool");
    for arguments in [
        ["check", "rules", "--lint=all", ALERTS],
        ["test", "rules", "--diff", "tests/chart/alerts_test.yaml"],
    ] {
        let output = Command::new(&promtool).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
    let tested = fs::read_to_string("tests/chart/alerts_test.yaml").unwrap();
    for alert in alerts() {
        assert!(tested.contains(&format!("alertname: {alert}\n")), "{alert} is never seen to fire");
    }
}

#[test]
fn every_alert_has_its_page_and_every_page_its_alert() {
    let pages = fs::read_to_string(PAGES).unwrap();
    let has_page: BTreeSet<String> = pages
        .lines()
        .filter_map(|line| line.strip_prefix("### Waops"))
        .map(|name| format!("Waops{name}"))
        .collect();
    assert_eq!(has_page, alerts());
    let text = fs::read_to_string(ALERTS).unwrap();
    for alert in alerts() {
        let link = format!("runbook_url: {PAGES}#{}\n", alert.to_lowercase());
        assert!(text.contains(&link), "{alert}: no link to its page");
    }
    let base = "https://wiki.example/waops";
    let values = [
        "--set=metrics.prometheusRule.enabled=true",
        "--set=metrics.prometheusRule.disabled={WaopsNoLeader}",
    ];
    let runbooks = format!("--set=metrics.prometheusRule.runbooks={base}");
    let arguments =
        ["template", "waops", OPERATOR, "--kube-version=1.36.0", "--show-only=templates/prometheusrule.yaml"];
    let all: Vec<&str> = arguments.into_iter().chain(values).chain([runbooks.as_str()]).collect();
    let rendered = succeeds(&helm(&all, None));
    assert!(!rendered.contains("WaopsNoLeader") && !rendered.contains(PAGES), "{rendered}");
    assert!(rendered.contains(&format!("runbook_url: {base}#waopschangeblocked")), "{rendered}");
}

#[test]
fn what_alerts_and_dashboard_ask_for_is_what_the_operator_says_and_documented() {
    let plane = ControlPlane::start();
    let house = House::new(&plane, "shop");
    house.deploy("3", OPERATOR, &["metrics.dashboard.enabled=true"]);
    house.account();
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    let metrics = house.until("the turns to be counted", || {
        let metrics = house.metrics();
        metrics.contains("waops_reconcile_duration_seconds_count{kind=\"WhatsAppQrCode\"}").then_some(metrics)
    });
    for line in [
        "waops_object_conditions{kind=\"WhatsAppQrCode\",condition=\"Ready\"} 1",
        "waops_provider_calls_waiting{lane=\"user-edit\"} 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
    assert!(
        metrics.contains(
            "waops_provider_budget_left_ratio{provider=\"meta\",operation=\"*\",window=\"3600s\"} 0.99"
        ),
        "{metrics}"
    );
    // What the alerts of templates count.
    for (name, line) in [
        ("bad-news", "waops_template_reviews{state=\"Rejected\"} 1"),
        ("dear-news", "waops_templates_recategorised{asked=\"UTILITY\",has=\"MARKETING\"} 1"),
    ] {
        house.template(name);
        let mut looks = 0;
        house.until(line, || {
            looks += 1;
            let now = format!("waops.dev/reconcile-at={looks}");
            house.kubectl(&["annotate", "--overwrite", &format!("watpl/{name}"), &now]).success();
            house.metrics().lines().any(|found| found == line).then_some(())
        });
    }
    assert!(
        !metrics.contains("poster") && !metrics.contains("shop"),
        "no label is the name of an object: {metrics}"
    );

    let families: BTreeSet<&str> =
        metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let pages = fs::read_to_string(PAGES).unwrap();
    for family in &families {
        assert!(pages.contains(&format!("| `{family}")), "{family} is not in {PAGES}");
    }
    let asked = names(&fs::read_to_string(ALERTS).unwrap())
        .into_iter()
        .chain(names(&fs::read_to_string(DASHBOARD).unwrap()));
    for name in asked {
        let family =
            ["_total", "_bucket", "_info"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
        assert!(families.contains(family), "nobody counts {name}");
    }
    let shown = plane
        .kubectl(&["get", "configmap/waops-dashboard", "--namespace=shop-system", "--output=json"])
        .success();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["metadata"]["labels"]["grafana_dashboard"], "1");
    let dashboard: Value = serde_json::from_str(shown["data"]["waops.json"].as_str().unwrap()).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() > 10);
}

fn alerts() -> BTreeSet<String> {
    let text = fs::read_to_string(ALERTS).unwrap();
    text.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).map(str::to_owned).collect()
}

/// The metrics that are asked for.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    words.filter(|word| word.starts_with("waops_")).map(str::to_owned).collect()
}
