//! Flux: its own controller takes commits to the cluster, waits until they are Ready, and takes away what is gone.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use waops::simulator::{Event, ReviewRule, Scenario, Simulator, Step};

use crate::ci::yaml;
use crate::flux_controller::{SYSTEM, flux};
use crate::house::{House, defined};
use crate::repository::{commit, done};
use crate::stillness::{settled, versions};
use crate::working_copy::{edit, repository_of};

/// A Kustomization as one stands in a repository, in the namespace of this house.
fn kustomization(name: &str, house: &str, spec: &Value) -> Value {
    let mut whole = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": name, "namespace": SYSTEM},
        "spec": {"interval": "10m", "prune": true, "wait": true, "timeout": "90s", "targetNamespace": house},
    });
    for (field, value) in spec.as_object().unwrap() {
        whole["spec"][field] = value.clone();
    }
    whole
}

/// The example of a whole repository: the staging environment, as it is shipped.
#[test]
fn commits_of_the_example_become_ready_and_what_is_gone_is_pruned() {
    let slow = ReviewRule {
        timeline: vec![Step { after_ms: 6_000, event: Event::Approve }],
        ..ReviewRule::default()
    };
    let simulator = Simulator::new(Scenario { reviews: vec![slow], ..Scenario::default() });
    let house = House::prepared_with(defined(), "whatsapp-staging", simulator);
    house.install(&["watchNamespaces={whatsapp-staging}"]);
    let repository = repository_of("examples/gitops-repo");
    let path = repository.path();
    let flux = flux();
    let revision = flux.publish("staging", path);
    flux.follow(&yaml(&path.join("clusters/staging/flux.yaml"))[0], "staging");

    // It is applied, and still nobody calls it done: the template is in review.
    house.says("watpl/order-shipped", "InReview", "");
    house.ready("waqr/menu");
    assert_ne!(flux.says("whatsapp-staging")["status"], "True", "{}", flux.says("whatsapp-staging"));
    let code = house.get("waqr/menu")["status"]["code"].clone();
    house.until("the review to end", || {
        let look = format!("waops.dev/reconcile-at={}", house.all_calls());
        // What kubectl writes under its own name is undone by Flux.
        let annotate = ["annotate", "--overwrite", "--field-manager=ana", "watpl/order-shipped", &look];
        house.kubectl(&annotate).success();
        (house.condition("watpl/order-shipped", "Ready")?["status"] == "True").then_some(())
    });
    flux.ready("whatsapp-staging", &revision);
    settled(&house);

    // Looked at again and again, it is as it was.
    let before = versions(&house);
    assert!(before.len() >= 5, "{before:?}");
    for round in 0..3 {
        flux.again("whatsapp-staging", round);
    }
    assert_eq!(versions(&house), before, "Flux found nothing to write, and wrote nothing");
    house.kubectl(&["annotate", "waqr/menu", "waops.dev/reconcile-at=now"]).success();
    flux.again("whatsapp-staging", 3);
    let annotations = house.get("waqr/menu")["metadata"]["annotations"].clone();
    assert!(
        annotations.get("waops.dev/reconcile-at").is_none() && annotations.get("waops.dev/claim").is_some()
    );

    edit(path, "base/menu.yaml", "on the menu today", "cooking");
    let revision = flux.publish("staging", path);
    flux.ready("whatsapp-staging", &revision);
    assert!(house.simulator.simulator().objects().to_string().contains("What is cooking?"));
    assert_eq!(house.get("waqr/menu")["status"]["code"], code, "the printed code lives");

    // Gone from Git, gone from the provider; what the operator made of the rest stays.
    fs::remove_file(path.join("base/order-shipped.yaml")).unwrap();
    edit(path, "base/kustomization.yaml", "  - order-shipped.yaml\n", "");
    let revision = flux.publish("staging", path);
    flux.ready("whatsapp-staging", &revision);
    house.kubectl(&["wait", "--for=delete", "watpl/order-shipped", "--timeout=90s"]).success();
    let objects = house.simulator.simulator().objects();
    assert!(!objects.to_string().contains("order_shipped"), "{objects}");
    assert_eq!(house.codes(), [code.as_str().unwrap()]);
    house.kubectl(&["get", "cm/menu-qr"]).success();
}

const ACCOUNT: &str = "apiVersion: v1
kind: Secret
metadata:
  name: shop
  annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}
stringData: {accessToken: EAAJsimulator}
---
apiVersion: waops.dev/v1alpha1
kind: WhatsAppAccount
metadata:
  name: shop
  annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}
spec:
  meta: {businessAccountId: \"102290129340398\", credentials: {secretRef: {name: shop}}}
";

fn code(name: &str, more: &str) -> String {
    format!(
        "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppQrCode\nmetadata: {{name: {name}{more}}}\nspec:\n  accountRef: \
         {{name: shop}}\n  phoneNumber: \"+4930901820\"\n  prefilledMessage: \"Hello from the {name}\"\n"
    )
}

#[test]
fn texts_wait_for_their_account_and_outlive_nothing_that_is_protected() {
    let house = House::prepared(defined(), "waves");
    house.install(&["watchNamespaces={waves}"]);
    let repository = tempfile::tempdir().unwrap();
    let path = repository.path();
    // Something that stays, since a folder without any manifest is a mistake to Flux.
    for folder in ["platform", "texts"] {
        fs::create_dir(path.join(folder)).unwrap();
        let note = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {folder}}}\n");
        fs::write(path.join(folder).join("note.yaml"), note).unwrap();
    }
    // Wrong at first: the account cannot be called.
    let token = ACCOUNT.replace("EAAJsimulator", "EAAJwrong");
    fs::write(path.join("platform/account.yaml"), token).unwrap();
    fs::write(path.join("texts/poster.yaml"), code("poster", "")).unwrap();
    let kept = ", annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}";
    fs::write(path.join("texts/kept.yaml"), code("kept", kept)).unwrap();
    done(path, &["init", "--quiet"]);
    commit(path, "Begin");
    let flux = flux();
    flux.publish("waves", path);
    flux.follow(
        &kustomization(
            "platform",
            "waves",
            &json!({"path": "./platform", "timeout": "5s", "retryInterval": "1s"}),
        ),
        "waves",
    );
    let texts = json!({"path": "./texts", "dependsOn": [{"name": "platform"}], "retryInterval": "1s"});
    flux.follow(&kustomization("texts", "waves", &texts), "waves");
    house.says("waacc/shop", "NotConnected", "");
    house.until("the texts to wait", || (flux.says("texts")["reason"] == "DependencyNotReady").then_some(()));
    assert!(!house.kubectl(&["get", "waqr/poster"]).status.success(), "nothing is applied meanwhile");

    edit(path, "platform/account.yaml", "EAAJwrong", "EAAJsimulator");
    let revision = flux.publish("waves", path);
    flux.ready("platform", &revision);
    flux.ready("texts", &revision);
    assert_eq!(house.codes().len(), 2);

    // Everything leaves Git at once, the account included.
    for file in ["platform/account.yaml", "texts/poster.yaml", "texts/kept.yaml"] {
        fs::remove_file(path.join(file)).unwrap();
    }
    commit(path, "Take everything away");
    let revision = flux.publish("waves", path);
    flux.ready("texts", &revision);
    house.kubectl(&["wait", "--for=delete", "waqr/poster", "--timeout=90s"]).success();
    house.ready("waqr/kept");
    house.ready("waacc/shop");
    let texts = house.simulator.simulator().objects()["codes"].to_string();
    assert!(texts.contains("Hello from the kept") && !texts.contains("Hello from the poster"), "{texts}");
    house.nothing_happens_for(Duration::from_secs(1), "what is protected stays", || house.codes().len());
}

#[test]
fn what_needs_somebody_fails_at_once_and_says_so() {
    let house = House::prepared(defined(), "stalled");
    house.install(&["watchNamespaces={stalled}"]);
    house.account();
    let repository = tempfile::tempdir().unwrap();
    let path = repository.path();
    fs::write(path.join("one.yaml"), code("one", "")).unwrap();
    fs::write(path.join("two.yaml"), code("one", "").replace("{name: one}", "{name: two}")).unwrap();
    done(path, &["init", "--quiet"]);
    commit(path, "The same text twice");
    let flux = flux();
    let revision = flux.publish("stalled", path);
    flux.follow(
        &kustomization("stalled", "stalled", &json!({"path": "./", "retryInterval": "1s"})),
        "stalled",
    );
    let since = std::time::Instant::now();
    let said = flux.fails("stalled", &revision);
    assert!(said.contains("WhatsAppQrCode/stalled/"), "{said}");
    assert!(since.elapsed() < Duration::from_secs(60), "the timeout is never waited for: {said}");
    edit(path, "two.yaml", "Hello from the one", "Hello from the two");
    let revision = flux.publish("stalled", path);
    flux.ready("stalled", &revision);
    assert_eq!(house.codes().len(), 2);
}
