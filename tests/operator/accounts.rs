//! Accounts: who may use them, and with which credentials.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use waops::simulator::{Change, Provider, sandbox};

use crate::house::{CREATE, House, SETTLE, defined, list, manifest, meta_account, poster, secret};

#[test]
fn the_operators_own_credentials_are_for_namespaces_that_a_flag_names() {
    for (name, values, want) in [
        ("ambient-no", vec![], "this namespace may not use the operator's own credentials"),
        ("ambient-yes", vec!["ambientCredentialsNamespaces={ambient-yes}"], "calls to the provider succeed"),
    ] {
        let house = House::prepared(defined(), name);
        let watched = format!("watchNamespaces={{{name}}}");
        let token =
            format!("extraEnv[2].name=WHATSAPP_ACCESS_TOKEN,extraEnv[2].value={}", sandbox::ACCESS_TOKEN);
        let values: Vec<&str> = values.into_iter().chain([watched.as_str(), &token]).collect();
        house.install(&values);
        let spec = json!({"meta": {"businessAccountId": sandbox::WABA_ID, "credentials": {"ambient": {}}}});
        house.apply(&manifest("WhatsAppAccount", "shop", &spec));
        house.until(want, || {
            let account = house.get("waacc/shop");
            let said = account["status"]["conditions"][0]["message"].as_str()?.to_owned();
            said.contains(want).then_some(())
        });
    }
}

/// Objects of an account that cannot be called cost nothing, however many they are.
#[test]
fn an_account_that_is_not_ready_holds_its_objects_still_and_takes_new_credentials_within_a_minute() {
    let house = House::prepared(defined(), "rotation");
    house.install(&["watchNamespaces={rotation}"]);
    house.apply(&secret("shop", &json!({"accessToken": "EAAwrong"})));
    house.apply(&manifest("WhatsAppAccount", "shop", &meta_account()));
    let codes: Vec<Value> = (0..20)
        .map(|n| manifest("WhatsAppQrCode", &format!("code-{n}"), &poster(&format!("Hello {n}"))))
        .collect();
    house.apply(&list(&codes));
    for n in 0..20 {
        house.says(&format!("waqr/code-{n}"), "AccountNotReady", "");
    }
    house.says("waacc/shop", "NotConnected", "");
    let (calls, tries) = (house.all_calls(), 2);
    assert!(calls <= tries, "{calls} calls: whether the credentials work, and nothing for twenty objects");

    let changed = Instant::now();
    house.apply(&secret("shop", &json!({"accessToken": sandbox::ACCESS_TOKEN})));
    house.kubectl(&["wait", "--for=condition=Ready", "--timeout=75s", "waacc/shop"]).success();
    assert!(changed.elapsed() < Duration::from_secs(60), "{:?}", changed.elapsed());
    for n in 0..20 {
        house.ready(&format!("waqr/code-{n}"));
    }
    assert_eq!(house.calls(CREATE), 20);

    // And back: what works stops when its token is replaced by one that does not.
    house.apply(&secret("shop", &json!({"accessToken": "EAAwrong"})));
    house.says("waacc/shop", "NotConnected", "");
    assert_eq!(house.codes().len(), 20);
    let log = house.kubelet.logs();
    assert!(!log.contains("EAAwrong") && !log.contains(sandbox::ACCESS_TOKEN), "a token in the log");
}

#[test]
fn what_is_wrong_with_a_secret_is_said_and_concerns_nobody_else() {
    let house = House::new(defined(), "secrets");
    house.ready("waacc/shop");
    house.apply(&secret("empty", &json!({"accessToken": ""})));
    house.apply(&secret("keys", &json!({"token": "EAAG", "accesstoken": "EAAG"})));
    let before = house.all_calls();
    for (name, said) in [("missing", "missing"), ("empty", "accessToken"), ("keys", "accessToken")] {
        let mut spec = meta_account();
        spec["meta"]["credentials"]["secretRef"]["name"] = json!(name);
        house.apply(&manifest("WhatsAppAccount", name, &spec));
        let mut code = poster(&format!("Hello {name}"));
        code["accountRef"]["name"] = json!(name);
        house.apply(&manifest("WhatsAppQrCode", name, &code));
        house.says(&format!("waacc/{name}"), "NotConnected", said);
        house.says(&format!("waqr/{name}"), "AccountNotReady", said);
    }
    assert_eq!(house.all_calls(), before, "there is nothing to call with");
    let writes = || ["missing", "empty", "keys"].iter().map(|name| house.writes(name).len()).sum();
    house.nothing_happens_for(Duration::from_secs(5), "said once", writes);
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    assert!(!house.kubelet.logs().contains("EAAG"), "a token in the log");
}

#[test]
fn an_account_opens_to_namespaces_by_name_and_by_label() {
    let house = House::prepared(defined(), "opens");
    for guest in ["opens-named", "opens-labelled", "opens-not"] {
        house.plane.kubectl(&["create", "namespace", guest]).success();
    }
    house.install(&["watchNamespaces={opens,opens-named,opens-labelled,opens-not}"]);
    house.account();
    let guest = |namespace: &str| {
        let mut code = poster(&format!("Hello from {namespace}"));
        code["accountRef"]["namespace"] = json!("opens");
        let code = manifest("WhatsAppQrCode", "poster", &code);
        let namespace = format!("--namespace={namespace}");
        house.plane.kubectl_stdin(&[&namespace, "apply", "--filename=-"], &code.to_string()).success();
    };
    let reason = |namespace: &str| {
        let found = house.plane.kubectl(&["--namespace", namespace, "get", "waqr/poster", "--output=json"]);
        let object: Value = serde_json::from_str(&found.stdout).ok()?;
        let conditions = object["status"]["conditions"].as_array()?.clone();
        conditions.iter().find(|found| found["type"] == "Ready").map(|ready| ready["reason"].clone())
    };
    let all = ["opens-named", "opens-labelled", "opens-not"];
    all.into_iter().for_each(guest);
    for namespace in all {
        house.until("the refusal", || (reason(namespace)? == "AccountNotAllowed").then_some(()));
    }
    assert_eq!(house.calls(CREATE), 0);
    let selector = json!({"matchLabels": {"team": "marketing"}});
    house.merge(
        "waacc/shop",
        &json!({"spec": {"allowedNamespaces": {"names": ["opens-named"], "selector": selector}}}),
    );
    house.until("the named one", || (reason("opens-named")? == "Live").then_some(()));
    assert_eq!(reason("opens-labelled").unwrap(), "AccountNotAllowed");
    house.plane.kubectl(&["label", "namespace", "opens-labelled", "team=marketing"]).success();
    // A label wakes nobody; whoever does not want to wait says so.
    let look = ["--namespace=opens-labelled", "annotate", "waqr/poster", "waops.dev/reconcile-at=now"];
    house.plane.kubectl(&look).success();
    house.until("the labelled one", || (reason("opens-labelled")? == "Live").then_some(()));
    assert_eq!(reason("opens-not").unwrap(), "AccountNotAllowed");
    assert_eq!(house.codes().len(), 2);
    // Who is not allowed any more keeps the code, and nothing is called for it.
    house.merge("waacc/shop", &json!({"spec": {"allowedNamespaces": null}}));
    house.until("the refusal", || (reason("opens-named")? == "AccountNotAllowed").then_some(()));
    house.plane.kubectl(&["--namespace=opens-named", "delete", "waqr/poster", "--timeout=60s"]).success();
    assert_eq!(house.codes().len(), 2, "collateral never deletes");
}

#[test]
fn what_is_suspended_is_held_still_and_goes_on_afterwards() {
    let house = House::new(defined(), "suspended");
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    house.merge("waacc/shop", &json!({"spec": {"suspend": true}}));
    house.says("waacc/shop", "Suspended", "suspended");
    let before = house.all_calls();
    house.code("later", "Hello later");
    house.says("waqr/later", "Suspended", "");
    house.code("poster", "Hello again");
    house.says("waqr/poster", "Suspended", "");
    assert_eq!(house.all_calls(), before, "nothing is called for a suspended account");
    house.merge("waqr/later", &json!({"spec": {"suspend": true}}));
    house.merge("waacc/shop", &json!({"spec": {"suspend": false}}));
    house.ready("waqr/poster");
    house.says("waqr/later", "Suspended", "");
    assert_eq!(house.codes().len(), 1);
    house.merge("waqr/later", &json!({"spec": {"suspend": null}}));
    house.ready("waqr/later");
}

#[test]
fn an_enforced_policy_cannot_be_overridden_by_an_object() {
    let house = House::prepared(defined(), "enforced");
    house.install(&["watchNamespaces={enforced}"]);
    house.account();
    house.merge(
        "waacc/shop",
        &json!({"spec": {"policies": {"deletion": "Retain", "enforced": ["deletion"]}}}),
    );
    let mut spec = poster("Hello");
    spec["policies"] = json!({"deletion": "Delete"});
    house.apply(&manifest("WhatsAppQrCode", "poster", &spec));
    house.ready("waqr/poster");
    house.kubectl(&["delete", "waqr/poster", "--timeout=60s"]).success();
    assert_eq!(house.codes().len(), 1, "the account says Retain");
    // The same without `enforced`: the object's own word counts.
    house.merge("waacc/shop", &json!({"spec": {"policies": {"enforced": null}}}));
    let mut spec = poster("Hello again");
    spec["policies"] = json!({"deletion": "Delete"});
    house.apply(&manifest("WhatsAppQrCode", "poster", &spec));
    house.ready("waqr/poster");
    house.kubectl(&["delete", "waqr/poster", "--timeout=60s"]).success();
    assert_eq!(house.codes().len(), 1);
}

#[test]
fn reconcile_at_looks_at_the_provider_now() {
    let house = House::new(defined(), "asked");
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    let code = house.get("waqr/poster")["status"]["code"].as_str().unwrap().to_owned();
    let phone = sandbox::PHONE_NUMBER_ID.to_owned();
    // Until the provider had time to show what it was told, no list is believed against our own write (claim rule 8).
    std::thread::sleep(SETTLE * 2);
    house.behind_our_back(&Change::EditCode {
        provider: Provider::Meta,
        phone,
        code,
        message: "Changed in the console".to_owned(),
    });
    let lists = || house.calls("GET message_qrdls");
    let before = lists();
    house.kubectl(&["annotate", "waqr/poster", "waops.dev/reconcile-at=2026-05-01T10:00:00Z"]).success();
    house.until("the text to be corrected", || {
        let objects = house.simulator.simulator().objects();
        (!objects.to_string().contains("Changed in the console")).then_some(())
    });
    house.ready("waqr/poster");
    assert!(lists() > before);
    // The same value again asks for nothing.
    let before = house.all_calls();
    house
        .kubectl(&["annotate", "--overwrite", "waqr/poster", "waops.dev/reconcile-at=2026-05-01T10:00:00Z"])
        .success();
    house.nothing_happens_for(Duration::from_secs(3), "no new question", || house.all_calls() - before);
}
