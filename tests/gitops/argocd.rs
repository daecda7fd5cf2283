//! Argo CD: its own engine applies wave by wave, with the shipped health scripts, compares and prunes.

use serde_json::{Value, json};

use crate::ci::{root, yaml};
use crate::house::{House, defined};
use crate::judges::{Application, judge};
use crate::stillness::{settled, unhurried, versions};

/// What an application has: credentials, account and texts, each in a wave of its own.
const SECRET: &str = "apiVersion: v1
kind: Secret
metadata:
  name: shop
  annotations: {argocd.argoproj.io/sync-wave: \"-2\"}
stringData: {accessToken: EAAJsimulator}
";
const ACCOUNT: &str = "apiVersion: waops.dev/v1alpha1
kind: WhatsAppAccount
metadata:
  name: shop
  annotations: {argocd.argoproj.io/sync-wave: \"-1\"}
spec:
  meta: {businessAccountId: \"102290129340398\", credentials: {secretRef: {name: shop}}}
";
const TEXTS: &str = "apiVersion: waops.dev/v1alpha1
kind: WhatsAppQrCode
metadata: {name: poster}
spec:
  accountRef: {name: shop}
  phoneNumber: \"+4930901820\"
  prefilledMessage: Hello from the poster
  output: {configMapName: poster-qr}
---
apiVersion: waops.dev/v1alpha1
kind: WhatsAppTemplate
metadata: {name: order-shipped}
spec:
  accountRef: {name: shop}
  name: order_shipped
  language: en_US
  category: UTILITY
  readyWhen: Submitted
  components:
    body: {text: \"Hi {{name}}, your order is on its way.\"}
    buttons:
      - {type: URL, text: Track, url: \"https://shop.example/{{order_id}}\"}
      - {type: QUICK_REPLY, text: Stop}
  examples: {name: Ana, order_id: A1}
";

fn all(documents: &[&str]) -> String {
    documents.join("---\n")
}

/// The resource of an answer to a sync.
#[track_caller]
fn resource<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let resources = answer["resources"].as_array().unwrap();
    resources
        .iter()
        .find(|resource| resource["resource"] == name)
        .unwrap_or_else(|| panic!("no {name}: {answer}"))
}

/// The sync is done, and these are all whom it was about; Argo CD does not wait for the last wave.
#[track_caller]
fn succeeded(answer: &Value, resources: usize) {
    assert_eq!(answer["phase"], "Succeeded", "{answer}");
    assert_eq!(answer["resources"].as_array().unwrap().len(), resources, "{answer}");
}

#[test]
fn waves_wait_for_health_and_everything_goes_in_the_other_order() {
    let house = House::prepared_with(defined(), "argo", unhurried());
    house.install(&["watchNamespaces={argo}"]);
    // A name that was deleted is locked for a month.
    for (server_side, name) in [(true, "order_shipped"), (false, "order_sent")] {
        // In no order: the waves make one.
        let manifests = all(&[TEXTS, ACCOUNT, SECRET]).replace("order_shipped", name);
        let application = Application { house: &house, server_side };
        succeeded(&application.sync(&manifests), 4);
        house.ready("waqr/poster");
        house.ready("watpl/order-shipped");
        let connected = house.condition("waacc/shop", "Ready").unwrap()["lastTransitionTime"].clone();
        let poster = house.get("waqr/poster")["metadata"]["creationTimestamp"].clone();
        assert!(poster.as_str() >= connected.as_str(), "{poster} is before {connected}");

        settled(&house);
        let before = versions(&house);
        for resource in application.compare(&manifests) {
            assert_eq!(resource["outOfSync"], json!([]), "{resource}");
            let is_ours = !resource["resource"].as_str().unwrap().starts_with("Secret");
            assert_eq!(resource["health"]["status"], if is_ours { "Healthy" } else { "" }, "{resource}");
        }
        succeeded(&application.sync(&manifests), 4);
        application.is_in_sync(&manifests, 4);
        // What is applied from the client is patched with what it says already: no new generation either.
        assert_eq!(versions(&house), before, "a second sync changes nothing");
        house.kubectl(&["get", "cm/poster-qr"]).success();

        // Everything leaves Git at once: texts first, then the account, and the Secret last.
        let answer = application.sync("");
        succeeded(&answer, 4);
        for object in ["waqr/poster", "watpl/order-shipped", "waacc/shop", "secret/shop"] {
            assert!(!house.kubectl(&["get", object]).status.success(), "{object} is gone: {answer}");
        }
        assert!(house.codes().is_empty(), "and so is what it had");
    }
}

#[test]
fn a_wave_that_cannot_become_healthy_stops_those_behind_it() {
    let house = House::prepared(defined(), "argo-stops");
    house.install(&["watchNamespaces={argo-stops}"]);
    let application = Application { house: &house, server_side: true };
    let second = TEXTS.split("---\n").next().unwrap();
    let first = second
        .replace("{name: poster}", "{name: elder, annotations: {argocd.argoproj.io/sync-wave: \"-1\"}}");
    let first = first.replace("\n  output: {configMapName: poster-qr}", "");
    // The same text twice: the younger one needs somebody, which is not before all has been waited for.
    let younger = first.replace("name: elder", "name: younger");
    house.account();
    succeeded(&application.sync(&first), 1);
    house.ready("waqr/elder");
    let answer = application.sync(&all(&[&first, &younger, second]));
    assert!(
        resource(&answer, "WhatsAppQrCode/younger")["message"].as_str().unwrap().contains("Taken"),
        "{answer}"
    );
    assert_eq!(resource(&answer, "WhatsAppQrCode/younger")["phase"], "Failed", "{answer}");
    assert!(!house.kubectl(&["get", "waqr/poster"]).status.success(), "the next wave was never applied");
    assert_eq!(house.codes().len(), 1);
}

#[test]
fn what_is_protected_from_pruning_stays() {
    let house = House::prepared(defined(), "argo-keeps");
    house.install(&["watchNamespaces={argo-keeps}"]);
    let application = Application { house: &house, server_side: true };
    let keep = |text: &str| {
        text.replace("sync-wave: \"-", "sync-options: Prune=false, argocd.argoproj.io/sync-wave: \"-")
    };
    let (secret, account) = (keep(SECRET), keep(ACCOUNT));
    succeeded(&application.sync(&all(&[&secret, &account, TEXTS])), 4);
    house.ready("waqr/poster");
    let answer = application.sync("");
    succeeded(&answer, 4);
    for name in ["Secret/shop", "WhatsAppAccount/shop"] {
        assert_eq!(resource(&answer, name)["status"], "PruneSkipped", "{answer}");
        house.kubectl(&["get", &name.to_lowercase()]).success();
    }
    assert!(house.codes().is_empty());
    house.ready("waacc/shop");
}

#[test]
fn the_application_of_the_example_is_one() {
    let file = root().join("examples/gitops-repo/clusters/production/argocd.yaml");
    let spec = judge(&["application"], &std::fs::read_to_string(&file).unwrap());
    assert_eq!(spec["syncPolicy"]["automated"], json!({"prune": true, "selfHeal": true}));
    assert_eq!(spec["ignoreDifferences"], Value::Null, "nothing has to be ignored");
    let options: Vec<&str> =
        spec["syncPolicy"]["syncOptions"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    assert!(options.contains(&"ServerSideApply=true"), "{options:?}");
    let known = &yaml(&file)[0];
    assert_eq!(known["spec"]["source"]["path"], spec["source"]["path"]);
}
