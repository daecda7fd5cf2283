//! What Argo CD shows and what Flux waits for: of every state that there is, and of objects as an operator wrote them.

use std::fs;

use jiff::Timestamp;
use serde_json::{Value, json};
use waops::plan::reason::{Progress, Reason};
use waops::plan::status::{Access, Account, account, conditions};
use waops::plan::step::{Plan, Step};
use waops::simulator::{Event, ReviewRule, Scenario, Simulator, sandbox};

use crate::ci::root;
use crate::house::{House, defined, manifest, meta_account, poster, secret};
use crate::judges::{SCRIPTS, health, kstatus};

/// An object with these conditions, of the generation that they are about.
fn object(kind: &str, conditions: &Value) -> Value {
    json!({
        "apiVersion": "waops.dev/v1alpha1", "kind": kind,
        "metadata": {"name": "it", "namespace": "shop", "generation": 4}, "spec": {},
        "status": {"observedGeneration": 4, "conditions": conditions},
    })
}

fn at() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

#[test]
fn every_state_has_its_place_in_argo_cd_and_in_flux() {
    let live = conditions(&Plan::new(Step::Nothing, Reason::Live, "a sentence"), &[], 3, at());
    let mut objects = Vec::new();
    let mut expected = Vec::new();
    for kind in ["WhatsAppQrCode", "WhatsAppTemplate"] {
        for reason in Reason::ALL {
            // It stands in a condition of its own, never in Ready.
            if *reason == Reason::OutputBlocked {
                continue;
            }
            let plan = Plan::new(Step::Nothing, *reason, "a sentence for a person");
            objects.push(object(kind, &json!(conditions(&plan, &live, 4, at()))));
            expected.push((
                reason.name(),
                match reason.progress() {
                    Progress::Ready => ("Healthy", "Current"),
                    Progress::Reconciling => ("Progressing", "InProgress"),
                    Progress::Stalled => ("Degraded", "Failed"),
                    // What worked when it was held still goes on working, and nobody waits for it.
                    Progress::Held => ("Suspended", "Current"),
                },
            ));
        }
    }
    let (argo, flux) = (health(&objects), kstatus(&objects));
    for (index, (reason, (healthy, current))) in expected.iter().enumerate() {
        let ((shown, message), (waits, _)) = (&argo[index], &flux[index]);
        assert_eq!((shown.as_str(), waits.as_str()), (*healthy, *current), "{reason}: {message}");
        assert_eq!(*message, format!("{reason}: a sentence for a person"));
    }
}

#[test]
fn every_state_of_an_account_has_its_place_too() {
    let said = |access, waits_for, previous: &[_]| {
        account(Account { access, waits_for, previous, generation: 4, now: at() })
    };
    let works = said(Access::Works(None), None, &[]);
    let cases = [
        (said(Access::Works(Some("the token ends soon")), None, &[]), "Healthy", "Current"),
        (said(Access::Closed("there is no Secret shop"), None, &works), "Progressing", "InProgress"),
        (said(Access::Doubted("50 of 50 codes are gone"), None, &works), "Degraded", "Failed"),
        (said(Access::Suspended("the account is suspended"), None, &works), "Suspended", "Current"),
        (said(Access::Works(None), Some("shop/poster"), &works), "Healthy", "Current"),
    ];
    let objects: Vec<Value> =
        cases.iter().map(|(conditions, ..)| object("WhatsAppAccount", &json!(conditions))).collect();
    let (argo, flux) = (health(&objects), kstatus(&objects));
    for (index, (conditions, healthy, current)) in cases.iter().enumerate() {
        assert_eq!((argo[index].0.as_str(), flux[index].0.as_str()), (*healthy, *current), "{conditions:?}");
        assert!(argo[index].1.ends_with(&*conditions[0].message), "{}", argo[index].1);
    }
}

#[test]
fn what_an_older_generation_was_says_nothing() {
    let live = json!(conditions(&Plan::new(Step::Nothing, Reason::Live, "it lives"), &[], 4, at()));
    let mut edited = object("WhatsAppQrCode", &live);
    edited["metadata"]["generation"] = json!(5);
    // As the API server makes it, before anybody looked.
    let mut new = object("WhatsAppQrCode", &json!(null));
    new["status"] = json!({"observedGeneration": -1});
    let mut bare = object("WhatsAppQrCode", &json!(null));
    bare.as_object_mut().unwrap().remove("status");
    let mut going = object("WhatsAppQrCode", &live);
    going["metadata"]["deletionTimestamp"] = json!("2026-11-01T00:00:00Z");
    let objects = [edited, new, bare, going];
    let (argo, flux) = (health(&objects), kstatus(&objects));
    for index in 0..3 {
        assert_eq!(argo[index].0, "Progressing", "{}", objects[index]);
        // Without a status kstatus knows no better; the definitions give every object one.
        let waits = if index == 2 { "Current" } else { "InProgress" };
        assert_eq!(flux[index].0, waits, "{}", objects[index]);
    }
    assert_eq!((argo[3].0.as_str(), flux[3].0.as_str()), ("Progressing", "Terminating"));
}

#[test]
fn what_else_is_to_be_known_stands_in_the_message() {
    let mut said = conditions(&Plan::new(Step::Nothing, Reason::Live, "it lives"), &[], 4, at());
    let mut also = said[0].clone();
    also.type_ = "OutputBlocked".into();
    also.reason = "OutputBlocked".into();
    also.message = "menu-qr is somebody else's".into();
    said.push(also);
    let (shown, message) = health(&[object("WhatsAppQrCode", &json!(said))]).remove(0);
    assert_eq!(
        (shown.as_str(), message.as_str()),
        ("Healthy", "Live: it lives; OutputBlocked: menu-qr is somebody else's")
    );
}

#[test]
fn objects_that_an_operator_wrote_are_shown_as_they_are() {
    let held =
        |name: &str, timeline| ReviewRule { name: Some(name.to_owned()), timeline, ..ReviewRule::default() };
    let soon = |event| vec![waops::simulator::Step { after_ms: 0, event }];
    let reviews = vec![
        held("slow", Vec::new()),
        held("bad", soon(Event::Reject { reason: "PROMOTIONAL".to_owned() })),
        held("good", soon(Event::Approve)),
    ];
    let simulator = Simulator::new(Scenario { reviews, ..Scenario::default() });
    let house = House::prepared_with(defined(), "health", simulator);
    house.install(&["watchNamespaces={health}"]);
    house.account();
    let secret_of =
        json!({"meta": {"businessAccountId": "1", "credentials": {"secretRef": {"name": "none"}}}});
    house.apply(&manifest("WhatsAppAccount", "closed", &secret_of));
    let mut rest = meta_account();
    rest["suspend"] = json!(true);
    house.apply(&manifest("WhatsAppAccount", "rests", &rest));
    house.apply(&secret(
        "shop-cn",
        &json!({
            "accessKeyId": sandbox::ACCESS_KEY_ID, "accessKeySecret": sandbox::ACCESS_KEY_SECRET,
        }),
    ));
    let credentials = json!({"secretRef": {"name": "shop-cn"}});
    let alibaba = json!({"alibaba": {"custSpaceId": sandbox::CUST_SPACE_ID, "credentials": credentials}});
    house.apply(&manifest("WhatsAppAccount", "shop-cn", &alibaba));
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    let code = |change: &dyn Fn(&mut Value)| {
        let mut spec = poster("Hello");
        change(&mut spec);
        spec
    };
    for (name, spec) in [
        ("same", code(&|_| ())),
        ("lonely", code(&|spec| spec["accountRef"]["name"] = json!("nobody"))),
        (
            "kept",
            code(&|spec| {
                spec["prefilledMessage"] = json!("Hello, kept");
                spec["suspend"] = json!(true);
            }),
        ),
        ("menu", code(&|spec| spec["accountRef"]["name"] = json!("shop-cn"))),
    ] {
        house.apply(&manifest("WhatsAppQrCode", name, &spec));
    }
    for name in ["slow", "bad", "good"] {
        let spec = json!({
            "accountRef": {"name": "shop"}, "name": name, "language": "en_US", "category": "UTILITY",
            "components": {"body": {"text": format!("Your {name} order is on its way.")}},
        });
        house.apply(&manifest("WhatsAppTemplate", name, &spec));
    }
    house.ready("waqr/menu");
    house.merge("waqr/menu", &json!({"spec": {"prefilledMessage": "Another text"}}));
    let expected = [
        ("waacc/shop", "Connected", "Healthy", "Current"),
        ("waacc/closed", "NotConnected", "Progressing", "InProgress"),
        ("waacc/rests", "Suspended", "Suspended", "InProgress"),
        ("waqr/poster", "Live", "Healthy", "Current"),
        ("waqr/same", "Taken", "Degraded", "Failed"),
        ("waqr/lonely", "AccountMissing", "Progressing", "InProgress"),
        ("waqr/kept", "Suspended", "Suspended", "InProgress"),
        ("waqr/menu", "ApprovalNeeded", "Degraded", "Failed"),
        ("watpl/slow", "InReview", "Progressing", "InProgress"),
        ("watpl/bad", "Rejected", "Degraded", "Failed"),
        ("watpl/good", "Approved", "Healthy", "Current"),
    ];
    let mut objects = Vec::new();
    for (round, (name, reason, ..)) in expected.iter().enumerate() {
        house.until(&format!("{name} to say {reason}"), || {
            let said = house.condition(name, "Ready")?["reason"] == *reason;
            // Reviews are looked at once in a minute, or when somebody asks.
            if !said && name.starts_with("watpl/") {
                let look = format!("waops.dev/reconcile-at={round}-{}", house.all_calls());
                house.kubectl(&["annotate", "--overwrite", name, &look]).success();
            }
            said.then_some(())
        });
        objects.push(house.get(name));
    }
    let (argo, flux) = (health(&objects), kstatus(&objects));
    for (index, (name, _, healthy, current)) in expected.iter().enumerate() {
        let ((shown, message), (waits, _)) = (&argo[index], &flux[index]);
        assert_eq!((shown.as_str(), waits.as_str()), (*healthy, *current), "{name}: {message}");
    }
    let (_, message) = &argo[7];
    assert!(message.contains("approve: "), "whoever looks there sees the line that decides: {message}");
}

#[test]
fn the_documentation_shows_the_script_that_is_shipped() {
    let shipped = fs::read_to_string(root().join(SCRIPTS)).unwrap();
    let script = shipped.split_once("&health |\n").unwrap().1.split_once("\n  resource.").unwrap().0;
    let docs = fs::read_to_string(root().join("docs/gitops.md")).unwrap();
    let indented: Vec<&str> = script.lines().map(|line| line.strip_prefix("    ").unwrap()).collect();
    let indented = indented.join("\n");
    assert!(docs.contains(&format!("```lua\n{indented}\n```")), "{indented}");
}
