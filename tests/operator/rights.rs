//! Rights: each is needed, and named when it is missing.

use serde_json::json;
use waops::simulator::sandbox;

use crate::house::{House, defined, manifest, poster};
use crate::kubelet::Kubelet;

/// What makes a missing right show.
enum Trigger {
    Restart,
    Code,
    Account,
    Delete,
}

#[test]
fn every_right_is_needed_and_named_when_it_is_missing() {
    let house = House::new(defined(), "rights");
    house.ready("waacc/shop");
    let cluster = "clusterrole/rights-system-waops";
    let (namespaced, lease) = ("role/rights-system-waops", "role/waops-lease");
    let here = "in namespace rights";
    let mut granted = granted(&house, &[cluster, namespaced, lease]);
    for (number, (role, resource, trigger, named)) in [
        (
            namespaced,
            "whatsappqrcodes/status",
            Trigger::Code,
            format!("patch whatsappqrcodes.waops.dev/status {here}"),
        ),
        (cluster, "whatsappqrcodes", Trigger::Code, format!("patch whatsappqrcodes.waops.dev {here}")),
        (namespaced, "configmaps", Trigger::Code, format!("get configmaps {here}")),
        (namespaced, "events", Trigger::Code, format!("create or patch events.events.k8s.io {here}")),
        (namespaced, "secrets", Trigger::Account, format!("get secrets {here}")),
        (
            cluster,
            "customresourcedefinitions",
            Trigger::Delete,
            "get customresourcedefinitions.apiextensions.k8s.io".to_owned(),
        ),
        (namespaced, "whatsappaccounts", Trigger::Restart, format!("list whatsappaccounts.waops.dev {here}")),
        (cluster, "namespaces", Trigger::Restart, "get namespaces in namespace kube-system".to_owned()),
        (
            lease,
            "leases",
            Trigger::Restart,
            "get leases.coordination.k8s.io in namespace rights-system".to_owned(),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let was = house.without(role, resource);
        granted.retain(|(from, others)| from != role || !others.contains(&resource.to_owned()));
        match trigger {
            Trigger::Restart => Kubelet::signal(house.kubelet.pid(), "KILL"),
            Trigger::Code => {
                let mut spec = poster(&format!("Hello {number}"));
                spec["output"] = json!({"configMapName": format!("output-{number}")});
                house.apply(&manifest("WhatsAppQrCode", &format!("poster-{number}"), &spec));
            }
            Trigger::Account => {
                let credentials = json!({"secretRef": {"name": "shop"}});
                let spec =
                    json!({"meta": {"businessAccountId": sandbox::WABA_ID, "credentials": credentials}});
                house.apply(&manifest("WhatsAppAccount", "second", &spec));
            }
            Trigger::Delete => drop(house.kubectl(&["delete", "waqr/poster-0", "--wait=false"]).success()),
        }
        let named = format!("not allowed to {named}");
        house.until(&named, || {
            let told = ["get", "events,waacc", "--output=json"];
            (house.kubelet.logs().contains(&named) || house.kubectl(&told).stdout.contains(&named))
                .then_some(())
        });
        house.plane.kubectl_stdin(&["replace", "--filename=-"], &was.to_string()).success();
    }
    assert!(granted.is_empty(), "nobody showed that these rules are needed: {granted:?}");
    house.ready("waacc/second");
    house.ready("waqr/poster-1");
}

/// Every rule of some roles, by what it is about.
fn granted(house: &House<'_>, roles: &[&str]) -> Vec<(String, Vec<String>)> {
    let mut granted = Vec::new();
    for role in roles {
        for rule in house.role(role)["rules"].as_array().unwrap() {
            let resources = serde_json::from_value(rule["resources"].clone()).unwrap();
            granted.push(((*role).to_owned(), resources));
        }
    }
    granted
}
