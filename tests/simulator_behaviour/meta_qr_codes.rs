//! QR codes of Meta (providers.md B2; vendor-docs/meta-message_qrdls.txt) and their switches.

use serde_json::{Value, json};
use waops::simulator::{Change, Provider, Request, Scenario, sandbox};

use crate::support::{World, error_of, qrdls};

fn add(world: &mut World, code: &str, message: &str) {
    let change = Change::AddCode {
        provider: Provider::Meta,
        phone: sandbox::PHONE_NUMBER_ID.to_owned(),
        message: message.to_owned(),
        code: Some(code.to_owned()),
    };
    assert_eq!(world.simulator.change(&change, world.now), 1);
}

#[test]
fn documented_samples_are_answered_as_documented() {
    let mut world = World::default();
    assert_eq!(world.get(&qrdls()), json!({ "data": [] }), "empty_response");
    add(&mut world, "WOMVT6TJ2BP7A1", "Tell me more about your production workshop");
    add(&mut world, "ANED2T5QRU7HG1", "Show me Cyber Monday deals!");
    add(&mut world, "5QBPAD2DC6L5A1", "Show me Cyber Tuesday deals!");
    let item = |code: &str, message: &str| json!({ "code": code, "prefilled_message": message, "deep_link_url": format!("https://wa.me/message/{code}") });
    let monday = item("ANED2T5QRU7HG1", "Show me Cyber Monday deals!");
    let default_fields = json!([
        item("5QBPAD2DC6L5A1", "Show me Cyber Tuesday deals!"),
        monday,
        item("WOMVT6TJ2BP7A1", "Tell me more about your production workshop"),
    ]);
    assert_eq!(world.get(&qrdls())["data"], default_fields, "default_fields");
    let single = world.get(&format!("{}?code=ANED2T5QRU7HG1", qrdls()));
    assert_eq!(single["data"], json!([monday]), "single_qr_code");
    // S3 prints a GET with a body: `--data '{}'`.
    let request = Request::new("GET", &qrdls())
        .header("authorization", &format!("Bearer {}", sandbox::ACCESS_TOKEN))
        .json(&json!({}));
    assert_eq!(world.respond(&request).value()["data"], default_fields);
    let fields = "?fields=code,prefilled_message,qr_image_url.format(SVG)&limit=1";
    let image = world.get(&format!("{}{fields}", qrdls()))["data"][0]["qr_image_url"].clone();
    assert!(image.as_str().unwrap().contains(".svg?ccb=10-5&oh=00_"), "with_qr_image: {image}");
    let body = json!({ "prefilled_message": "Hi! I'm interested in your products. Can you help me?", "generate_qr_image": "SVG" });
    let created = world.post(&qrdls(), body);
    let keys: Vec<_> = created.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["code", "prefilled_message", "deep_link_url", "qr_image_url"],
        "created_qr_code_with_image"
    );
    let message = "Hello! I'd like to know more about your latest offers.";
    let updated = world.post(&qrdls(), json!({ "code": "WOMVT6TJ2BP7A1", "prefilled_message": message }));
    assert_eq!(updated, item("WOMVT6TJ2BP7A1", message), "updated_qr_code");
}

#[test]
fn bodies_are_json_form_or_multipart() {
    let multipart =
        "--b\r\ncontent-disposition: form-data; name=\"prefilled_message\"\r\n\r\nHi & you\r\n--b--\r\n";
    for (content_type, body) in [
        ("application/json", r#"{"prefilled_message":"Hi & you"}"#),
        ("application/x-www-form-urlencoded", "prefilled_message=Hi+%26%20you"),
        ("multipart/form-data; boundary=b", multipart),
    ] {
        let request = Request::new("POST", &qrdls())
            .header("authorization", &format!("Bearer {}", sandbox::ACCESS_TOKEN))
            .content(content_type, body);
        let answer = World::default().respond(&request).value();
        assert_eq!(answer["prefilled_message"], "Hi & you", "{content_type}");
    }
}

#[test]
fn fields_and_limits() {
    for (body, error, reason) in [
        (json!({}), (100, 0), "prefilled_message is required"),
        (json!({ "prefilled_message": 5 }), (100, 0), "a string"),
        (json!({ "prefilled_message": "x".repeat(141) }), (100, 0), "141 characters"),
        (json!({ "prefilled_message": "😀".repeat(140) }), (0, 0), "140 characters"),
        (json!({ "prefilled_message": "x", "generate_qr_image": "GIF" }), (100, 0), "PNG or SVG"),
        (json!({ "prefilled_message": "x", "code": "NOPE" }), (100, 33), "an unknown code"),
    ] {
        assert_eq!(World::default().refusal(&qrdls(), body), error, "{reason}");
    }
    for (target, error) in [
        ("limit=26", (100, 0)),
        ("limit=0", (100, 0)),
        ("limit=x", (100, 0)),
        ("after=x", (100, 0)),
        ("fields=odd", (100, 0)),
        ("fields=qr_image_url.format(GIF)", (100, 0)),
        ("limit=25", (0, 0)),
    ] {
        assert_eq!(error_of(&World::default().get(&format!("{}?{target}", qrdls()))), error, "{target}");
    }
    let mut full = World::with(json!({ "codesPerNumber": 1 }));
    full.post(&qrdls(), json!({ "prefilled_message": "a" }));
    assert_eq!(full.refusal(&qrdls(), json!({ "prefilled_message": "b" })).0, 100);
    assert_eq!(json!(Scenario::default())["settings"]["codesPerNumber"], 2_000, "as documented");
}

#[test]
fn switches_work_both_ways() {
    let text =
        |settings: Value, body: Value| World::with(json!({ "meta": settings })).refusal(&qrdls(), body);
    assert_eq!(text(json!({ "countsUtf16": true }), json!({ "prefilled_message": "😀".repeat(71) })).0, 100);
    assert_eq!(text(json!({ "countsUtf16": false }), json!({ "prefilled_message": "😀".repeat(71) })).0, 0);
    for (tolerates, code) in [(true, 0), (false, 100)] {
        let mut world = World::with(json!({ "meta": { "updateToleratesImage": tolerates } }));
        add(&mut world, "A", "a");
        let body = json!({ "code": "A", "prefilled_message": "b", "generate_qr_image": "SVG" });
        let answer = world.post(&qrdls(), body);
        assert_eq!(error_of(&answer).0, code);
        assert!(answer.get("qr_image_url").is_none(), "an update has no image");
    }
    for (not_found, status, error) in [(true, 404, (803, 0)), (false, 400, (100, 33))] {
        let mut world = World::with(json!({ "meta": { "unknownIs404": not_found } }));
        let answer = world.meta("DELETE", &format!("{}/NOPE", qrdls()), None);
        assert_eq!((answer.status, error_of(&answer.value())), (status, error));
    }
    let mut world = World::with(json!({ "meta": { "clampsLimit": true } }));
    assert_eq!(error_of(&world.get(&format!("{}?limit=100", qrdls()))), (0, 0));
}

#[test]
fn pages_lead_both_ways_and_survive_deletions() {
    let mut world = World::default();
    for number in 0..60 {
        add(&mut world, &format!("C{number}"), "x");
    }
    let codes = |page: &Value| -> Vec<String> {
        page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["code"].as_str().unwrap().to_owned())
            .collect()
    };
    let target = |link: &Value| link.as_str().unwrap().replace("https://simulator.invalid", "");
    let first = world.get(&qrdls());
    assert_eq!((codes(&first).len(), codes(&first)[0].as_str()), (25, "C59"));
    assert!(first["paging"].get("previous").is_none());
    let gone = format!("{}/{}", qrdls(), codes(&first)[24]);
    assert_eq!(world.delete(&gone), json!({ "success": true }));
    let second = world.get(&target(&first["paging"]["next"]));
    assert_eq!(codes(&second)[0], "C34", "the cursor holds though its code is gone");
    let third = world.get(&target(&second["paging"]["next"]));
    assert_eq!(codes(&third).len(), 10);
    assert!(third["paging"].get("next").is_none());
    assert_eq!(codes(&world.get(&target(&third["paging"]["previous"]))), codes(&second));
    let before =
        world.get(&format!("{}?before={}", qrdls(), second["paging"]["cursors"]["before"].as_str().unwrap()));
    assert_eq!(codes(&before), codes(&first)[..24]);
}

#[test]
fn creation_time_is_for_first_parties_who_ask() {
    for (first_party, asks, seen) in [(true, true, true), (true, false, false), (false, true, false)] {
        let mut scenario = json!(Scenario::default());
        scenario["meta"]["apps"][0]["firstParty"] = first_party.into();
        let mut world = World::of(serde_json::from_value(scenario).unwrap());
        add(&mut world, "A", "a");
        let fields = if asks { "?fields=code,creation_time" } else { "" };
        let item = world.get(&format!("{}{fields}", qrdls()))["data"][0].take();
        let wanted = if seen { json!("1767323045") } else { Value::Null };
        assert_eq!(item.get("creation_time").cloned().unwrap_or_default(), wanted);
    }
}

#[test]
fn numbers_that_are_not_verified_make_no_codes() {
    for (forbidden, status, code) in [(true, 403, 10), (false, 400, 100)] {
        let mut scenario = json!(Scenario::default());
        scenario["meta"]["wabas"][0]["phones"][0]["verified"] = false.into();
        scenario["settings"]["meta"]["unverifiedIsForbidden"] = forbidden.into();
        let mut world = World::of(serde_json::from_value(scenario).unwrap());
        let answer = world.meta("POST", &qrdls(), Some(json!({ "prefilled_message": "x" })));
        assert_eq!((answer.status, error_of(&answer.value()).0), (status, code));
        assert_eq!(error_of(&world.get(&qrdls())), (0, 0), "codes of before can be read");
    }
}
