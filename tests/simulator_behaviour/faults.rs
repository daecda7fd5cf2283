//! What goes wrong on demand, and the admin API that asks for it.

use serde_json::{Value, json};
use waops::simulator::{Change, End, Fault, FaultRule, Provider, Request, Scenario, Simulator, sandbox};

use crate::support::{PHONE, World, qr, qrdls};

const CREATE: &str = "CreatePhoneMessageQrdl";

fn end_of(world: &mut World) -> End {
    world.pass(1);
    let request = world.signer().v3(CREATE, &qr(&[]));
    world.send(&request).end
}

fn inject(world: &mut World, fault: Fault) {
    world.simulator.inject(FaultRule::once(CREATE, fault));
}

#[test]
fn calls_end_badly_before_or_after_they_were_executed() {
    for (fault, end, executed) in [
        (Fault::TimeoutBefore, End::Silence, 0),
        (Fault::TimeoutAfter, End::Silence, 1),
        (Fault::ResetBefore, End::Reset, 0),
        (Fault::LostResponse, End::Reset, 1),
    ] {
        let mut world = World::default();
        inject(&mut world, fault.clone());
        assert_eq!(end_of(&mut world), end, "{fault:?}");
        assert_eq!(world.listed().len(), executed, "{fault:?}");
        assert!(matches!(end_of(&mut world), End::Respond(_)), "once only");
    }
}

#[test]
fn late_execution_comes_later() {
    let mut world = World::default();
    inject(&mut world, Fault::LateExecution { after_ms: 1_200_000 });
    assert_eq!(end_of(&mut world), End::Silence);
    assert_eq!(world.listed().len(), 0);
    world.pass(1_200);
    assert_eq!(world.listed().len(), 1, "even though its signature is old by then");
}

#[test]
fn answers_can_be_strange() {
    for (fault, status, parses) in [
        (Fault::ServerError { status: 503 }, 503, true),
        (Fault::Throttle { retry_after_ms: Some(7) }, 400, true),
        (Fault::ProxyHtml { status: 502 }, 502, false),
        (Fault::TruncatedJson, 200, false),
        (Fault::PermissionWithdrawn, 400, true),
        (Fault::ClockSkew { seconds: -1_000 }, 400, true),
    ] {
        let mut world = World::default();
        inject(&mut world, fault.clone());
        let End::Respond(response) = end_of(&mut world) else { panic!("{fault:?}") };
        assert_eq!((response.status, response.value() != Value::Null), (status, parses), "{fault:?}");
        let truncated = fault == Fault::TruncatedJson;
        assert_eq!(world.listed().len(), usize::from(truncated), "{fault:?}");
    }
}

#[test]
fn an_update_can_end_half_way() {
    let mut world = World::default();
    let code = world.create_code("a");
    world.simulator.inject(FaultRule::once("UpdatePhoneMessageQrdl", Fault::OldCodeStays));
    let update =
        [("PhoneNumber", PHONE), ("QrdlCode", &code), ("PrefilledMessage", "b"), ("GenerateQrImage", "SVG")];
    let request = world.signer().v3("UpdatePhoneMessageQrdl", &update);
    assert_eq!(world.send(&request).end, End::Reset);
    assert_eq!(world.listed().len(), 2, "the old code and the new one");
    assert_eq!(world.simulator.struck().get("OldCodeStays"), Some(&1));
}

#[test]
fn latency_is_told_to_the_face() {
    let mut world = World::default();
    inject(&mut world, Fault::Latency { ms: 250 });
    let request = world.signer().v3(CREATE, &qr(&[]));
    assert_eq!(world.send(&request).delay_ms, 250);
}

#[test]
fn the_date_tells_of_a_wrong_clock() {
    let mut world = World::with(json!({ "clockSkewSeconds": 3_600 }));
    let request = world.signer().v3(CREATE, &qr(&[]));
    let answer = world.respond(&request);
    assert_eq!(answer.head("date"), Some("Fri, 02 Jan 2026 04:04:05 GMT"));
    assert_eq!(answer.value()["Code"], "InvalidTimeStamp.Expired");
}

#[test]
fn lists_can_be_stale_partial_and_late() {
    let mut world = World::default();
    world.create_code("a");
    world.pass(60);
    world.create_code("b");
    for (fault, seen) in [(Fault::StaleList { ms: 30_000 }, 1), (Fault::PartialList { keep: 0 }, 0)] {
        world.simulator.inject(FaultRule::once("ListPhoneMessageQrdl", fault));
        assert_eq!(world.listed().len(), seen);
        assert_eq!(world.listed().len(), 2);
    }
    let mut lagging = World::with(json!({ "listLagMs": 5_000 }));
    let code = lagging.create_code("a");
    assert_eq!(lagging.listed().len(), 0, "not yet");
    lagging.pass(5);
    assert_eq!(lagging.listed().len(), 1);
    lagging.alibaba("DeletePhoneMessageQrdl", &[("PhoneNumber", PHONE), ("QrdlCode", &code)]);
    assert_eq!(lagging.listed().len(), 1, "still");
    lagging.pass(5);
    assert_eq!(lagging.listed().len(), 0);
}

#[test]
fn somebody_else_changes_things() {
    let mut world = World::default();
    let phone = || sandbox::PHONE_NUMBER_ID.to_owned();
    let meta = Provider::Meta;
    let add = Change::AddCode { provider: meta, phone: phone(), message: "x".into(), code: Some("A".into()) };
    let edit = Change::EditCode { provider: meta, phone: phone(), code: "A".into(), message: "y".into() };
    let delete = Change::DeleteCode { provider: meta, phone: phone(), code: None };
    for (change, wanted) in [(add, json!(["x"])), (edit, json!(["y"])), (delete, json!([]))] {
        world.simulator.inject(FaultRule::once("GET message_qrdls", Fault::ForeignChange(change)));
        let list = world.get(&qrdls());
        let texts: Value =
            list["data"].as_array().unwrap().iter().map(|i| i["prefilled_message"].clone()).collect();
        assert_eq!(texts, wanted);
    }
}

#[test]
fn rules_choose_their_calls() {
    let mut world = World::default();
    let rule = FaultRule { skip: 1, times: Some(1), ..FaultRule::every("Create*", Fault::ResetBefore) };
    world.simulator.inject(FaultRule { contains: Some("Hi".into()), ..rule });
    let resets: Vec<_> = (0..4).map(|_| end_of(&mut world) == End::Reset).collect();
    assert_eq!(resets, [false, true, false, false]);
    world.simulator.inject(FaultRule { probability: 0.5, ..FaultRule::every(CREATE, Fault::ResetBefore) });
    let resets = (0..100).filter(|_| end_of(&mut world) == End::Reset).count();
    assert!((30..70).contains(&resets), "{resets}");
    world
        .simulator
        .inject(FaultRule { provider: Some(Provider::Meta), ..FaultRule::every("*", Fault::ResetBefore) });
    assert!(!world.listed().is_empty(), "Alibaba goes on");
}

#[test]
fn scenarios_are_json_and_typos_are_refused() {
    let text = r#"{
        "seed": 7,
        "settings": { "reviewMs": 1000, "alibaba": { "updateRotates": false } },
        "reviews": [{ "name": "promo_*", "timeline": [
            { "afterMs": 1000, "event": { "reject": { "reason": "PROMOTIONAL" } } }
        ] }],
        "faults": [{ "operation": "POST message_qrdls", "probability": 0.1, "fault": "lostResponse" },
                   { "fault": { "throttle": { "retryAfterMs": 100 } }, "times": 1 }]
    }"#;
    let scenario: Scenario = serde_json::from_str(text).unwrap();
    assert_eq!((scenario.seed, scenario.reviews.len(), scenario.faults.len()), (7, 1, 2));
    assert!(serde_json::from_str::<Scenario>(&text.replace("reviewMs", "reviewMS")).is_err());
}

fn admin(world: &mut World, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let response = world.simulator.admin(&Request::new(method, path).json(body), world.now);
    (response.status, response.value())
}

#[test]
fn the_admin_api_looks_and_interferes() {
    let mut world = World::default();
    world.create_code("a");
    world.get(&format!("{}?access_token=secret", qrdls()));
    let (_, journal) = admin(&mut world, "GET", "/journal", &Value::Null);
    let operations: Vec<_> =
        journal["calls"].as_array().unwrap().iter().map(|c| c["operation"].clone()).collect();
    assert_eq!(operations, ["CreatePhoneMessageQrdl", "GET message_qrdls"]);
    assert!(!journal["calls"][1]["query"].to_string().contains("secret"));
    assert_eq!(
        admin(&mut world, "GET", "/journal?after=1", &Value::Null).1["calls"].as_array().unwrap().len(),
        1
    );
    let (_, calls) = admin(&mut world, "GET", "/calls", &Value::Null);
    assert_eq!(calls, json!({ "CreatePhoneMessageQrdl": 1, "GET message_qrdls": 1 }));
    let (_, objects) = admin(&mut world, "GET", "/objects", &Value::Null);
    assert_eq!(objects["codes"]["alibaba/4930901820"][0]["message"], "a");
    let (_, clock) = admin(&mut world, "POST", "/clock", &json!({ "advanceSeconds": 86_400 }));
    assert_eq!(clock["now"], "2026-01-03T03:04:06Z");
    let (_, settings) = admin(&mut world, "PUT", "/settings", &json!({ "meta": { "clampsLimit": true } }));
    assert_eq!((&settings["meta"]["clampsLimit"], &settings["limits"]), (&json!(true), &json!(true)));
    for (method, path, body, status) in [
        ("POST", "/faults", json!({ "fault": "resetBefore" }), 200),
        ("POST", "/changes", json!("endSessions"), 200),
        ("POST", "/faults", json!({ "fault": "odd" }), 400),
        ("DELETE", "/faults", Value::Null, 200),
        ("PUT", "/reviews", json!([]), 200),
        ("PUT", "/settings", json!({ "odd": 1 }), 400),
        ("POST", "/clock", json!({}), 400),
        ("GET", "/", Value::Null, 404),
        ("DELETE", "/journal", Value::Null, 200),
        ("POST", "/reset", Value::Null, 200),
    ] {
        assert_eq!(admin(&mut world, method, path, &body).0, status, "{method} {path}");
    }
    let (_, objects) = admin(&mut world, "GET", "/objects", &Value::Null);
    assert_eq!(objects["codes"], json!({}));
    assert_eq!(world.respond(&Request::new("GET", "/objects")).status, 404, "not on the vendors' port");
}

#[test]
fn a_story_can_be_written_down_and_gone_on_with() {
    let mut world = World::default();
    let code = world.create_code("a");
    let saved = world.simulator.save().unwrap();
    let simulator = Simulator::restore(Scenario::default(), &saved).unwrap();
    let mut other = World { simulator, now: world.now, nonce: world.nonce };
    other.pass(3_600);
    assert_eq!(other.listed()[0]["QrdlCode"], json!(code));
    assert!(Simulator::restore(Scenario::default(), b"{").is_err());
}
