//! Tokens, permissions, budgets and versions of Meta (providers.md B1, B4, B5).

use serde_json::{Value, json};
use waops::simulator::{Request, Scenario, sandbox};

use crate::support::{World, error_of, meta_template, qrdls, templates};

fn world(change: impl Fn(&mut Value)) -> World {
    let mut scenario = json!(Scenario::default());
    change(&mut scenario["meta"]);
    World::of(serde_json::from_value(scenario).unwrap())
}

#[test]
fn tokens_are_checked() {
    let cases: &[(&str, fn(&mut Value), u16, (i64, i64))] = &[
        ("nothing wrong", |_| {}, 200, (0, 0)),
        ("unknown", |meta| meta["tokens"][0]["token"] = "other".into(), 401, (190, 0)),
        ("expired", |meta| meta["tokens"][0]["expiresAtMs"] = 1.into(), 401, (190, 463)),
        ("revoked", |meta| meta["tokens"][0]["revoked"] = true.into(), 401, (190, 467)),
        (
            "messaging permission only",
            |meta| meta["tokens"][0]["scopes"] = json!(["whatsapp_business_messaging"]),
            403,
            (200, 0),
        ),
        ("a WABA of another business", |meta| meta["tokens"][0]["wabas"] = json!([]), 400, (100, 33)),
        ("without the proof", |meta| meta["apps"][0]["requiresProof"] = true.into(), 400, (100, 0)),
    ];
    for (reason, change, status, error) in cases {
        let answer = world(change).meta("GET", &qrdls(), None);
        assert_eq!((answer.status, error_of(&answer.value())), (*status, *error), "{reason}");
    }
    let answer = World::default().respond(&Request::new("GET", &qrdls()));
    assert_eq!((answer.status, error_of(&answer.value())), (401, (190, 0)), "no token");
}

#[test]
fn proofs_are_checked_when_present() {
    // Computed with `openssl dgst -sha256 -hmac simulator-app-secret` over the token.
    let right = proof();
    for (proof, status) in [(right.as_str(), 200), ("00", 400)] {
        for required in [true, false] {
            let mut world = world(|meta| meta["apps"][0]["requiresProof"] = required.into());
            let answer = world.meta("GET", &format!("{}?appsecret_proof={proof}", qrdls()), None);
            assert_eq!(answer.status, status, "{proof} {required}");
        }
    }
}

fn proof() -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mac = Hmac::<sha2::Sha256>::new_from_slice(sandbox::APP_SECRET.as_bytes()).unwrap();
    let bytes = mac.chain_update(sandbox::ACCESS_TOKEN).finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn versions_and_paths() {
    for (target, status) in [
        (qrdls(), 200),
        (qrdls().replace("v25", "v23"), 200),
        (qrdls().replace("v25", "v26"), 200),
        (qrdls().replace("v25", "v22"), 400),
        (qrdls().replace("v25", "v27"), 400),
        (format!("/v25.0/{}/fly", sandbox::WABA_ID), 400),
    ] {
        assert_eq!(World::default().meta("GET", &target, None).status, status, "{target}");
    }
}

#[test]
fn the_budget_is_told_and_enforced() {
    for (verified, limit) in [(false, 200), (true, 5_000)] {
        let mut world = world(|meta| {
            meta["wabas"][0]["phones"][0]["verified"] = verified.into();
            meta["wabas"][0]["phones"][1]["verified"] = verified.into();
        });
        for call in 1..=limit {
            let answer = world.meta("GET", &qrdls(), None);
            assert_eq!(answer.status, 200, "{call} of {limit}");
        }
        let refused = world.meta("GET", &qrdls(), None);
        assert_eq!(error_of(&refused.value()), (80_008, 0));
        let usage: Value = serde_json::from_str(refused.head("x-business-use-case-usage").unwrap()).unwrap();
        assert!(usage[sandbox::WABA_ID][0]["call_count"].as_u64().unwrap() >= 100, "a percentage");
        assert_eq!(usage[sandbox::WABA_ID][0]["estimated_time_to_regain_access"], 60, "minutes");
        world.pass(3_600);
        assert_eq!(world.meta("GET", &qrdls(), None).status, 200);
    }
}

#[test]
fn the_budget_has_switches() {
    let settings = json!({ "meta": { "budgetCode": 80_007, "qrCodesShareBudget": false } });
    let mut world = World::with(settings);
    for _ in 0..5_000 {
        world.meta("GET", &templates(), None);
    }
    assert_eq!(error_of(&world.get(&templates())).0, 80_007);
    let free = world.meta("GET", &qrdls(), None);
    assert_eq!((free.status, free.head("x-business-use-case-usage")), (200, None));
    let mut free = World::with(json!({ "limits": false }));
    for _ in 0..5_001 {
        assert_eq!(free.meta("GET", &qrdls(), None).status, 200);
    }
}

#[test]
fn a_hundred_creations_an_hour() {
    let mut world = World::default();
    for number in 0..100 {
        let answer = world.post(&templates(), meta_template(&json!({ "name": format!("t_{number}") })));
        assert!(answer["id"].is_string(), "{answer}");
    }
    let next = || meta_template(&json!({ "name": "t_100" }));
    assert_eq!(world.refusal(&templates(), next()).0, 80_008);
    world.pass(3_600);
    assert_eq!(world.refusal(&templates(), next()).0, 0);
}

#[test]
fn phones_and_accounts_can_be_read() {
    let mut world = World::default();
    let list = world.get(&format!("/v25.0/{}/phone_numbers", sandbox::WABA_ID));
    assert_eq!(list["data"][0]["id"], sandbox::PHONE_NUMBER_ID);
    assert_eq!(list["data"][0]["code_verification_status"], "VERIFIED");
    let one = world.get(&format!("/v25.0/{}?fields=display_phone_number", sandbox::PHONE_NUMBER_ID));
    assert_eq!(one, json!({ "display_phone_number": "+49 30 901820", "id": sandbox::PHONE_NUMBER_ID }));
    let account = world.get(&format!("/v25.0/{}?fields=name", sandbox::WABA_ID));
    assert_eq!(account["name"], "waops sandbox");
    assert_eq!(error_of(&world.get(&format!("/v25.0/{}?fields=odd", sandbox::WABA_ID))), (100, 0));
}
