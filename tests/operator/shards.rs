//! Several processes that share the work by the identity of accounts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use waops::simulator::sandbox;
use waops::simulator::tenants::{PhoneNumber, Waba};
use waops::simulator::{Scenario, Simulator};

use crate::house::{CREATE, House, defined, list, manifest, secret};
use crate::kubelet::free_port;

const IDENTITIES: usize = 9;

/// Nine businesses, which one token may look after.
fn businesses() -> Scenario {
    let mut scenario = Scenario::default();
    scenario.meta.wabas = (0..IDENTITIES)
        .map(|n| Waba {
            id: format!("10000000000000{n}"),
            name: String::new(),
            verified: true,
            phones: vec![PhoneNumber {
                id: format!("20000000000000{n}"),
                display: format!("+49 30 90182{n}"),
                verified_name: String::new(),
                verified: true,
            }],
        })
        .collect();
    for token in &mut scenario.meta.tokens {
        token.wabas = scenario.meta.wabas.iter().map(|waba| waba.id.clone()).collect();
    }
    scenario
}

fn account(name: &str, business: usize) -> Value {
    let credentials = json!({"secretRef": {"name": "shop"}});
    let spec = json!({"meta": {"businessAccountId": format!("10000000000000{business}"), "credentials": credentials}});
    manifest("WhatsAppAccount", name, &spec)
}

fn code(name: &str, account: &str, business: usize) -> Value {
    manifest(
        "WhatsAppQrCode",
        name,
        &json!({
            "accountRef": {"name": account}, "phoneNumber": format!("+493090182{business}"),
            "prefilledMessage": format!("Hello from {name}"),
        }),
    )
}

/// Codes of every account, and of a second account object that is the same business as the first.
fn wave(wave: usize) -> Vec<Value> {
    let own = (0..IDENTITIES).map(|n| code(&format!("wave-{wave}-{n}"), &format!("account-{n}"), n));
    own.chain([code(&format!("wave-{wave}-twin"), "twin", 0)]).collect()
}

/// Which accounts' objects each process has spoken of since it began.
fn served(house: &House<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut served: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (pod, log) in house.kubelet.logs_by_pod() {
        for line in log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let Some(object) =
                line["object"].as_str().and_then(|object| object.strip_prefix("WhatsAppQrCode shards/"))
            else {
                continue;
            };
            let business = object.rsplit_once('-').unwrap().1.replace("twin", "0");
            served.entry(pod.clone()).or_default().insert(business);
        }
    }
    served
}

#[test]
fn every_identity_is_served_by_exactly_one_process_even_while_their_number_changes() {
    let house = House::prepared_with(defined(), "shards", Simulator::new(businesses()));
    let install = |release: &str, shards: u32| {
        let (port, count) = (free_port(), format!("shards={shards}"));
        let values = ["watchNamespaces={shards}", "leaderElection.leaseName=one", "log.format=json", &count];
        house.install_as(release, port, &values);
        port
    };
    let leads = |port: u16| house.metrics(port).contains("waops_leader 1\n");
    let old = ["old-a", "old-b", "old-c"].map(|release| install(release, 3));
    house.until("three to work", || old.iter().all(|port| leads(*port)).then_some(()));
    house.apply(&secret("shop", &json!({"accessToken": sandbox::ACCESS_TOKEN})));
    let mut accounts: Vec<Value> = (0..IDENTITIES).map(|n| account(&format!("account-{n}"), n)).collect();
    accounts.push(account("twin", 0));
    // Some objects are there before their account is: it is known only later whose they are.
    house.apply(&list(&wave(0)[5..]));
    house.apply(&list(&accounts));
    house.apply(&list(&wave(0)));
    let ready = |n: usize| {
        for object in wave(n) {
            house.ready(&format!("waqr/{}", object["metadata"]["name"].as_str().unwrap()));
        }
    };
    ready(0);
    let before = served(&house);
    assert!(before.len() >= 2, "the work is shared: {before:?}");
    let all: usize = before.values().map(BTreeSet::len).sum();
    // Who found an account missing spoke of its object, too, before it was known whose it is.
    assert!(all >= IDENTITIES, "{before:?}");
    let counted = |port: &u16| -> usize {
        let metrics = house.metrics(*port);
        let lines = metrics.lines().filter(|line| line.starts_with("waops_objects{kind=\"WhatsAppQrCode\""));
        lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<usize>().ok()).sum()
    };
    // Alerts and dashboard ask for the largest number that any process says.
    assert_eq!(
        old.each_ref().map(counted),
        [IDENTITIES + 1; 3],
        "each process counts all, whoever serves them"
    );

    // Two that count two: they wait, while the three go on, and while they go one by one.
    let new = ["new-a", "new-b"].map(|release| install(release, 2));
    house.apply(&list(&wave(1)));
    ready(1);
    let system = "--namespace=shards-system";
    for (n, release) in ["old-a", "old-b", "old-c"].into_iter().enumerate() {
        assert!(!new.iter().any(|port| leads(*port)), "while one of the old ones works, no new one does");
        house
            .plane
            .kubectl(&[system, "scale", &format!("deployment/{release}-waops"), "--replicas=0"])
            .success();
        house.apply(&list(&wave(2 + n)));
    }
    house.until("the new ones to work", || new.iter().all(|port| leads(*port)).then_some(()));
    (2..5).for_each(ready);
    let count = 5 * (IDENTITIES + 1);
    assert_eq!(house.calls(CREATE), count, "each was made once");
    assert_eq!(house.codes().len(), count);
    assert_eq!(new.each_ref().map(counted), [count; 2]);
    let after: Vec<BTreeSet<String>> = served(&house)
        .into_iter()
        .filter(|(pod, _)| pod.starts_with("new-"))
        .map(|(_, served)| served)
        .collect();
    assert_eq!(after.len(), 2, "both work: {after:?}");
    assert!(after[0].is_disjoint(&after[1]), "no business is served twice: {after:?}");
    assert_eq!(after[0].len() + after[1].len(), IDENTITIES, "{after:?}");
}
