//! Traps 30 to 50: templates.

use jiff::SignedDuration;
use serde_json::{Value, json};
use waops::simulator::{Event, Fault, FaultRule, Scenario, sandbox};

use super::{DAY, meta_code};
use crate::meta_templates::decide;
use crate::support::{World, error_of, meta_template, qrdls, template, templates};

fn meta_create(world: &mut World, changes: &Value) -> String {
    let answer = world.post(&templates(), meta_template(changes));
    answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn body(text: &str) -> Value {
    json!({ "components": [{ "type": "BODY", "text": text }] })
}

#[test]
fn trap_30_deleting_by_name_takes_every_language() {
    let mut world = World::default();
    let create =
        |world: &mut World| ["en", "de"].map(|language| meta_create(world, &json!({ "language": language })));
    let left = |world: &mut World| world.get(&templates())["data"].as_array().unwrap().len();
    let [first, _] = create(&mut world);
    world.delete(&format!("{}?name=order_shipped&hsm_id={first}", templates()));
    assert_eq!(left(&mut world), 1);
    world.delete(&format!("{}?name=order_shipped", templates()));
    assert_eq!(left(&mut world), 0);
    for (switch, wanted) in [(true, "OK"), (false, "MissingParameter")] {
        let mut world = World::with(json!({ "alibaba": { "deleteWithoutLanguageRemovesAll": switch } }));
        for language in ["en", "de"] {
            world.alibaba("CreateChatappTemplate", &template(&[("Language", language)]));
        }
        let name = ("TemplateName", "order_shipped");
        assert_eq!(
            world.code("DeleteChatappTemplate", &[name, ("Language", "en")]),
            "MissingParameter",
            "its type"
        );
        assert_eq!(world.code("DeleteChatappTemplate", &[name]), wanted);
        let left = if switch { 0 } else { 2 };
        assert_eq!(world.alibaba("ListChatappTemplate", &[])["Total"], left);
    }
}

#[test]
fn trap_31_the_name_of_a_deleted_approved_template_is_locked() {
    let mut world = World::default();
    meta_create(&mut world, &json!({}));
    world.delete(&format!("{}?name=order_shipped", templates()));
    assert_eq!(world.refusal(&templates(), meta_template(&json!({}))), (0, 0), "it was never approved");
    world.pass(5);
    world.delete(&format!("{}?name=order_shipped", templates()));
    for (days, wanted) in [(0, (100, 2_388_023)), (29, (100, 2_388_023)), (1, (0, 0))] {
        world.pass(days * DAY);
        assert_eq!(world.refusal(&templates(), meta_template(&json!({}))), wanted, "{days}");
    }
}

#[test]
fn trap_32_an_edit_in_review_is_refused() {
    let mut world = World::with(json!({ "reviewMs": 60_000 }));
    let id = meta_create(&mut world, &json!({}));
    assert_eq!(world.refusal(&format!("/v25.0/{id}"), body("Another")), (100, 2_388_039));
}

#[test]
fn trap_33_edits_of_approved_templates_are_few() {
    let mut world = World::default();
    let id = meta_create(&mut world, &json!({}));
    world.pass(5);
    for (hours, wanted) in [(0, (0, 0)), (1, (100, 2_388_039)), (23, (0, 0))] {
        world.pass(hours * 3_600);
        assert_eq!(world.refusal(&format!("/v25.0/{id}"), body("Another")), wanted, "{hours}");
    }
    decide(&mut world, Event::Reject { reason: "SCAM".to_owned() });
    for _ in 0..12 {
        assert_eq!(
            world.refusal(&format!("/v25.0/{id}"), body("Another")),
            (0, 0),
            "rejected: as often as you like"
        );
        decide(&mut world, Event::Reject { reason: "SCAM".to_owned() });
    }
}

#[test]
fn trap_34_an_edit_replaces_all_components() {
    let mut world = World::default();
    let footer = json!([{ "type": "BODY", "text": "Hello" }, { "type": "FOOTER", "text": "Bye" }]);
    let id = meta_create(&mut world, &json!({ "components": footer }));
    world.pass(5);
    world.post(&format!("/v25.0/{id}"), body("Hello"));
    assert_eq!(world.get(&format!("/v25.0/{id}"))["components"].as_array().unwrap().len(), 1);
}

#[test]
fn trap_35_templates_come_back_in_another_form() {
    let mut world = World::default();
    let components = json!([
        { "type": "body", "add_security_recommendation": true },
        { "type": "footer", "code_expiration_minutes": 5 },
        { "type": "buttons", "buttons": [{ "type": "otp", "otp_type": "copy_code", "text": "Copy" }] },
    ]);
    let id = meta_create(&mut world, &json!({ "category": "authentication", "components": components }));
    let read = world.get(&format!("/v25.0/{id}"))["components"].take();
    assert_eq!(read[0]["type"], "BODY");
    assert_eq!(
        read[0]["text"],
        "*{{1}}* is your verification code. For your security, do not share this code."
    );
    assert_eq!(read[1]["text"], "This code expires in 5 minutes.");
    let link = "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp";
    let button = json!({ "type": "URL", "text": "Copy", "url": format!("{link}{{{{1}}}}"), "example": [format!("{link}123456")] });
    assert_eq!(read[2]["buttons"][0], button);
    let coupon = json!([
        { "type": "BODY", "text": "Hello" },
        { "type": "BUTTONS", "buttons": [{ "type": "COPY_CODE", "example": "SAVE10" }] },
    ]);
    let id =
        meta_create(&mut world, &json!({ "name": "coupon", "category": "MARKETING", "components": coupon }));
    let read = world.get(&format!("/v25.0/{id}"))["components"].take();
    assert_eq!(read[1]["buttons"][0]["example"], json!(["SAVE10"]));
}

/// The sandbox with one rule for all reviews.
fn reviewed(timeline: &Value) -> World {
    let scenario = json!({ "reviews": [{ "timeline": timeline }] });
    World::of(serde_json::from_value(scenario).unwrap())
}

#[test]
fn trap_36_a_category_can_be_changed_by_the_provider() {
    let recategorise = json!({ "afterMs": 0, "event": { "recategorise": { "category": "MARKETING" } } });
    let mut world = reviewed(&json!([recategorise, { "afterMs": 0, "event": "approve" }]));
    let answer = world.post(&templates(), meta_template(&json!({})));
    assert_eq!(answer["category"], "MARKETING", "already in the answer to create");
    let id = answer["id"].as_str().unwrap();
    let one = world.get(&format!("/v25.0/{id}?fields=category,previous_category"));
    assert_eq!(one["previous_category"], "UTILITY");
    assert_eq!(
        world.refusal(&format!("/v25.0/{id}"), json!({ "category": "UTILITY" })).0,
        100,
        "not while approved"
    );
}

#[test]
fn trap_37_bad_statuses_are_no_errors() {
    for (event, meta, alibaba) in [
        ("pause", "PAUSED", "paused"),
        ("disable", "DISABLED", "disabled"),
        ("limitExceeded", "LIMIT_EXCEEDED", "paused"),
        ("suspend", "PENDING", "unaudit"),
        ("appeal", "IN_APPEAL", "auditing"),
    ] {
        let mut world = reviewed(&json!([{ "afterMs": 0, "event": event }]));
        let id = meta_create(&mut world, &json!({}));
        let answer = world.meta("GET", &format!("/v25.0/{id}"), None);
        assert_eq!((answer.status, &answer.value()["status"]), (200, &json!(meta)));
        world.alibaba("CreateChatappTemplate", &template(&[]));
        assert_eq!(world.alibaba("ListChatappTemplate", &[])["ListTemplate"][0]["AuditStatus"], alibaba);
    }
}

#[test]
fn trap_38_create_can_answer_approved_or_nothing() {
    let mut world = reviewed(&json!([{ "afterMs": 0, "event": "approve" }]));
    assert_eq!(world.post(&templates(), meta_template(&json!({})))["status"], "APPROVED");
    let answer = world.alibaba("CreateChatappTemplate", &template(&[]));
    let keys: Vec<_> = answer["Data"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["TemplateCode", "TemplateName"]);
}

#[test]
fn trap_39_the_name_filter_is_not_exact() {
    let mut world = World::default();
    meta_create(&mut world, &json!({}));
    meta_create(&mut world, &json!({ "name": "order_shipped_late" }));
    let list = world.get(&format!("{}?name=order_shipped", templates()));
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
}

#[test]
fn trap_40_languages_are_written_with_an_underscore() {
    assert_eq!(World::default().refusal(&templates(), meta_template(&json!({ "language": "en-US" }))).0, 100);
    let mut world = World::default();
    meta_create(&mut world, &json!({ "language": "en" }));
    meta_create(&mut world, &json!({ "language": "en_US" }));
    assert_eq!(world.get(&format!("{}?language=en", templates()))["data"].as_array().unwrap().len(), 1);
}

#[test]
fn trap_41_ids_are_texts_beyond_the_precision_of_a_double() {
    let id: u64 = meta_create(&mut World::default(), &json!({})).parse().unwrap();
    assert!(id > 1 << 53, "{id}");
}

#[test]
fn trap_42_a_disabled_template_cannot_be_deleted() {
    let mut world = World::default();
    meta_create(&mut world, &json!({}));
    decide(&mut world, Event::Disable);
    assert_eq!(error_of(&world.delete(&format!("{}?name=order_shipped", templates()))).0, 100);
    assert_eq!(world.get(&templates())["data"].as_array().unwrap().len(), 1);
}

#[test]
fn trap_43_no_permission_looks_like_not_there() {
    let mut world = World::default();
    let code = meta_code(&mut world, "a");
    let missing = world.meta("DELETE", &format!("{}/NOPE", qrdls()), None);
    world.simulator = {
        let mut scenario = json!(Scenario::default());
        scenario["meta"]["tokens"][0]["wabas"] = json!([]);
        waops::simulator::Simulator::new(serde_json::from_value(scenario).unwrap())
    };
    let forbidden = world.meta("DELETE", &format!("{}/{code}", qrdls()), None);
    assert_eq!(error_of(&missing.value()), (100, 33));
    assert_eq!(
        (missing.status, error_of(&missing.value())),
        (forbidden.status, error_of(&forbidden.value()))
    );
}

#[test]
fn trap_44_deleting_what_is_gone_can_have_status_200() {
    for status in [200, 400] {
        let mut world = World::with(json!({ "alibaba": { "errorStatus": status } }));
        let request = world.signer().v3("DeleteChatappTemplate", &[("TemplateCode", "1")]);
        let answer = world.respond(&request);
        assert_eq!((answer.status, &answer.value()["Code"]), (status, &json!("DelError.TemplateNotExist")));
    }
}

#[test]
fn trap_45_variables_have_two_notations() {
    let positional = r#"[{"Type":"BODY","Text":"Hi {{1}}, hello"}]"#;
    let answer = World::default().code("CreateChatappTemplate", &template(&[("Components", positional)]));
    assert_eq!(answer, "InvalidParameter.MessageInvalid");
    let plain = World::default().refusal(&templates(), meta_template(&body("$(name)")));
    assert_eq!(plain, (0, 0), "plain text to Meta, so even an edge is fine");
}

#[test]
fn trap_46_examples_of_bodies_are_nested_those_of_headers_flat() {
    let create = |example: Value| {
        let part = json!({ "type": "BODY", "text": "Hi {{1}}, it is on its way.", "example": example });
        World::default().refusal(&templates(), meta_template(&json!({ "components": [part] })))
    };
    assert_eq!(create(json!({ "body_text": [["a"]] })), (0, 0));
    assert_eq!(create(json!({ "body_text": ["a"] })), (100, 2_388_072));
}

#[test]
fn trap_47_the_budget_has_two_codes() {
    for code in [80_007, 80_008] {
        let mut world = World::with(json!({ "meta": { "budgetCode": code } }));
        world.simulator.inject(FaultRule::once("GET *", Fault::Throttle { retry_after_ms: None }));
        assert_eq!(error_of(&world.get(&qrdls())), (code, 0));
    }
    // How long is said in minutes, rounded up, and in no other header (B5; trap 23).
    for (wait, minutes) in [(None, 0), (Some(60_000), 1), (Some(60_001), 2)] {
        let mut world = World::default();
        world.simulator.inject(FaultRule::once("GET *", Fault::Throttle { retry_after_ms: wait }));
        let answer = world.meta("GET", &qrdls(), None);
        let usage: Value = serde_json::from_str(answer.head("x-business-use-case-usage").unwrap()).unwrap();
        let entry = &usage[sandbox::WABA_ID][0];
        assert_eq!(entry["estimated_time_to_regain_access"], minutes, "{wait:?}");
        assert_eq!((&entry["call_count"], answer.head("retry-after")), (&json!(100), None));
    }
    let mut world = World::default();
    world.simulator.inject(FaultRule::once("POST uploads", Fault::Throttle { retry_after_ms: None }));
    let answer = world.meta("POST", &format!("/v25.0/{}/uploads", sandbox::APP_ID), None);
    assert_eq!(error_of(&answer.value()).0, 4, "uploads count for the app");
    assert!(answer.head("x-app-usage").is_some());
    let mut world = World::default();
    world.simulator.inject(FaultRule::once("GET *", Fault::ServerError { status: 500 }));
    assert_eq!(world.get(&qrdls())["error"]["is_transient"], true);
}

#[test]
fn trap_48_reviews_take_their_time() {
    let mut world = reviewed(&json!([
        { "afterMs": DAY * 1_000, "event": "approve" },
        { "afterMs": 2 * DAY * 1_000, "event": { "quality": { "score": "RED" } } },
    ]));
    let id = meta_create(&mut world, &json!({}));
    let fields = format!("/v25.0/{id}?fields=status,quality_score");
    for (wait, status, score) in [
        (0, "PENDING", "UNKNOWN"),
        (DAY - 1, "PENDING", "UNKNOWN"),
        (1, "APPROVED", "UNKNOWN"),
        (DAY, "APPROVED", "RED"),
    ] {
        world.now += SignedDuration::from_secs(wait);
        let one = world.get(&fields);
        assert_eq!((&one["status"], &one["quality_score"]["score"]), (&json!(status), &json!(score)));
    }
}

#[test]
fn trap_49_archived_templates_are_a_state_of_their_own() {
    let mut world = reviewed(&json!([{ "afterMs": 0, "event": "archive" }]));
    let id = meta_create(&mut world, &json!({}));
    assert_eq!(world.get(&format!("/v25.0/{id}"))["status"], "ARCHIVED");
    assert_eq!(world.refusal(&format!("/v25.0/{id}"), body("Another")), (100, 2_388_039));
}

#[test]
fn trap_50_times_to_live_depend_on_category_and_provider() {
    assert_eq!(
        World::default().code("CreateChatappTemplate", &template(&[("MessageSendTtlSeconds", "-1")])),
        "InvalidParameter"
    );
    let mut scenario = json!(Scenario::default());
    scenario["alibaba"][0]["ttlAllowed"] = false.into();
    let mut world = World::of(serde_json::from_value(scenario).unwrap());
    assert_eq!(
        world.code("CreateChatappTemplate", &template(&[("MessageSendTtlSeconds", "60")])),
        "InvalidParameter"
    );
    assert_eq!(
        World::default().refusal(&templates(), meta_template(&json!({ "message_send_ttl_seconds": -1 }))),
        (0, 0)
    );
}
