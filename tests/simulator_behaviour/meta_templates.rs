//! Templates of Meta (providers.md B3, part F).

use serde_json::{Value, json};
use waops::simulator::{Change, Event, Provider, Request, Scenario, sandbox};

use crate::support::{World, error_of, meta_template, templates};

const DAY: i64 = 86_400;

fn create(changes: Value) -> (i64, i64) {
    World::default().refusal(&templates(), meta_template(&changes))
}

fn id_of(answer: &Value) -> String {
    answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

pub(crate) fn decide(world: &mut World, event: Event) {
    let change = Change::Decide {
        provider: Provider::Meta,
        space: sandbox::WABA_ID.to_owned(),
        name: "order_shipped".to_owned(),
        language: None,
        event,
    };
    assert!(world.simulator.change(&change, world.now) > 0);
}

#[test]
fn fields_of_create() {
    for (changes, error, reason) in [
        (json!({}), (0, 0), "nothing wrong"),
        (json!({ "category": "utility" }), (0, 0), "either case"),
        (json!({ "name": "1st_order" }), (0, 0), "a digit may come first"),
        (json!({ "allow_category_change": true }), (0, 0), "still accepted"),
        (json!({ "name": null }), (100, 0), "name is required"),
        (json!({ "name": "Order" }), (100, 0), "lower case"),
        (json!({ "name": "x".repeat(513) }), (100, 0), "512 characters"),
        (json!({ "language": "en-US" }), (100, 0), "not en-US"),
        (json!({ "category": "TRANSACTIONAL" }), (100, 0), "an old category"),
        (json!({ "components": null }), (100, 0), "components are required"),
        (json!({ "components": null, "library_template_name": "x" }), (0, 0), "unless the library has them"),
        (json!({ "components": "[" }), (100, 0), "not JSON"),
        (json!({ "parameter_format": "ODD" }), (100, 0), "POSITIONAL or NAMED"),
        (json!({ "message_send_ttl_seconds": 29 }), (100, 0), "too short"),
        (json!({ "message_send_ttl_seconds": -1 }), (0, 0), "thirty days"),
        (json!({ "category": "MARKETING", "message_send_ttl_seconds": -1 }), (100, 0), "not for MARKETING"),
        (json!({ "category": "MARKETING", "message_send_ttl_seconds": 43_200 }), (0, 0), "twelve hours"),
    ] {
        assert_eq!(create(changes), error, "{reason}");
    }
}

fn body(text: &str, samples: &[&str]) -> Value {
    json!({ "type": "BODY", "text": text, "example": { "body_text": [samples] } })
}

#[test]
fn rules_of_bodies() {
    let words = "word ".repeat(20);
    for (part, error, reason) in [
        (body(&"x".repeat(1_024), &[]), (0, 0), "1,024 characters"),
        (body(&"x".repeat(1_025), &[]), (100, 2_388_040), "1,025 characters"),
        (body("Hi {{1}}, it is on its way.", &[]), (100, 2_388_072), "no example"),
        (body("Hi {{1}}, it is on its way.", &["a", "b"]), (100, 2_388_072), "one too many"),
        (body("Hi {{2}}, it is on its way.", &["a"]), (100, 2_388_072), "numbers begin with 1"),
        (body("Hi {{name}}, it is on its way.", &["a"]), (100, 2_388_072), "names need NAMED"),
        (body("{{1}}, it is on its way.", &["a"]), (100, 2_388_299), "first"),
        (body("It is on its way, dear {{1}}", &["a"]), (100, 2_388_299), "last"),
        (body("It is on its way, dear {{1}}!", &["a"]), (100, 2_388_299), "punctuation is no text"),
        (body("Hi {{1}} you", &["a"]), (100, 2_388_293), "too few words"),
        (
            body(&format!("Hi {{{{1}}}} {{{{2}}}} {words}"), &["a", "b"]),
            (0, 0),
            "adjacent ones live in production",
        ),
        (json!({ "type": "BODY" }), (100, 2_388_072), "no text"),
    ] {
        assert_eq!(create(json!({ "components": [part] })), error, "{reason}");
    }
    let named = |samples: Value| {
        let part = json!({ "type": "body", "text": "Hi {{first_name}}, it is on its way.",
                           "example": { "body_text_named_params": samples } });
        create(json!({ "parameter_format": "NAMED", "components": [part] }))
    };
    assert_eq!(named(json!([{ "param_name": "first_name", "example": "Ana" }])), (0, 0));
    assert_eq!(named(json!([{ "param_name": "other", "example": "Ana" }])), (100, 2_388_072));
}

#[test]
fn rules_of_placement_are_switches() {
    let ends = || meta_template(&json!({ "components": [body("It is on its way, dear {{1}}!", &["a"])] }));
    let short = || meta_template(&json!({ "components": [body("Hi {{1}} you", &["a"])] }));
    let mut older = World::with(json!({ "meta": { "punctuationIsText": true, "wordsPerVariable": 1 } }));
    assert_eq!(older.refusal(&templates(), ends()), (0, 0));
    older.delete(&format!("{}?name=order_shipped", templates()));
    assert_eq!(older.refusal(&templates(), short()), (0, 0));
}

#[test]
fn rules_of_headers_and_footers() {
    let text = body("Hello there", &[]);
    for (part, error, reason) in [
        (json!({ "type": "header", "format": "text", "text": "x".repeat(60) }), (0, 0), "60 characters"),
        (
            json!({ "type": "HEADER", "format": "TEXT", "text": "x".repeat(61) }),
            (100, 2_388_040),
            "61 characters",
        ),
        (
            json!({ "type": "HEADER", "format": "TEXT", "text": "A {{1}}", "example": { "header_text": ["a"] } }),
            (0, 0),
            "one parameter",
        ),
        (
            json!({ "type": "HEADER", "format": "TEXT", "text": "A {{1}} {{2}}", "example": { "header_text": ["a", "b"] } }),
            (100, 2_388_047),
            "two",
        ),
        (json!({ "type": "HEADER", "format": "TEXT" }), (100, 2_388_047), "no text"),
        (json!({ "type": "HEADER", "format": "LOCATION" }), (0, 0), "no example needed"),
        (json!({ "type": "HEADER", "format": "IMAGE" }), (100, 2_388_047), "no handle"),
        (
            json!({ "type": "HEADER", "format": "IMAGE", "example": { "header_handle": ["4::made:up"] } }),
            (100, 2_388_047),
            "an unknown handle",
        ),
        (json!({ "type": "FOOTER", "text": "x".repeat(61) }), (100, 2_388_040), "a long footer"),
        (json!({ "type": "FOOTER", "text": "Hi {{1}}" }), (100, 2_388_073), "no parameters"),
        (json!({ "type": "SIDEBAR" }), (100, 0), "an unknown component"),
    ] {
        assert_eq!(create(json!({ "components": [text, part] })), error, "{reason}");
    }
    assert_eq!(create(json!({ "components": [{ "type": "FOOTER", "text": "x" }] })).1, 2_388_072, "no body");
    assert_eq!(create(json!({ "components": [text, text] })).0, 100, "twice");
}

#[test]
fn rules_of_buttons() {
    let reply = || json!({ "type": "QUICK_REPLY", "text": "Yes" });
    let call = || json!({ "type": "PHONE_NUMBER", "text": "Call", "phone_number": "+4930901820" });
    let url =
        |url: &str, example: Value| json!({ "type": "URL", "text": "Go", "url": url, "example": example });
    for (buttons, error, reason) in [
        (vec![reply(), reply(), call()], (0, 0), "grouped"),
        (vec![reply(), call(), reply()], (100, 0), "interleaved"),
        (vec![call(), call()], (100, 0), "two calls"),
        ((0..11).map(|_| reply()).collect(), (100, 0), "eleven"),
        (vec![json!({ "type": "QUICK_REPLY", "text": "x".repeat(26) })], (100, 2_388_040), "a long label"),
        (vec![url("https://x.example/{{1}}", json!(["A1"]))], (0, 0), "the suffix as an example"),
        (vec![url("https://x.example/{{1}}", json!(["https://y.example/A1"]))], (0, 0), "a full address"),
        (vec![url("https://x.example/{{1}}", json!([]))], (100, 0), "no example"),
        (vec![url("https://x.example/{{1}}/b", json!(["A1"]))], (100, 0), "not at the end"),
        (vec![json!({ "type": "COPY_CODE", "example": "SAVE10" })], (0, 0), "no text needed"),
        (vec![json!({ "type": "COPY_CODE", "example": "x".repeat(21) })], (100, 0), "a long code"),
        (vec![json!({ "type": "FLOW", "text": "Go", "flow_id": "1" })], (0, 0), "no screen needed"),
        (vec![json!({ "type": "FLOW", "text": "Go" })], (100, 0), "no flow"),
        (vec![json!({ "type": "OTP", "otp_type": "COPY_CODE" })], (100, 0), "for AUTHENTICATION only"),
        (vec![json!({ "type": "FLY" })], (100, 0), "an unknown type"),
    ] {
        let components = json!([body("Hello there", &[]), { "type": "BUTTONS", "buttons": buttons }]);
        assert_eq!(create(json!({ "components": components })), error, "{reason}");
    }
}

#[test]
fn rules_of_authentication() {
    let app = json!({ "package_name": "com.demo", "signature_hash": "K8a/AINcGX7" });
    for (parts, error, reason) in [
        (json!([{ "type": "OTP", "otp_type": "copy_code" }]), (0, 0), "COPY_CODE"),
        (json!([{ "type": "OTP", "otp_type": "ONE_TAP", "supported_apps": [app] }]), (0, 0), "ONE_TAP"),
        (
            json!([{ "type": "OTP", "otp_type": "ONE_TAP", "package_name": "a.b", "signature_hash": "K8a/AINcGX7" }]),
            (0, 0),
            "flat, as in the vendor's example",
        ),
        (json!([{ "type": "OTP", "otp_type": "ONE_TAP" }]), (100, 0), "no apps"),
        (json!([{ "type": "OTP", "otp_type": "ZERO_TAP", "supported_apps": [app] }]), (100, 0), "terms"),
        (json!([{ "type": "QUICK_REPLY", "text": "Yes" }]), (100, 0), "another button"),
        (json!([]), (100, 0), "no button"),
    ] {
        let components = json!([
            { "type": "BODY", "add_security_recommendation": true },
            { "type": "FOOTER", "code_expiration_minutes": 5 },
            { "type": "BUTTONS", "buttons": parts },
        ]);
        assert_eq!(
            create(json!({ "category": "AUTHENTICATION", "components": components })),
            error,
            "{reason}"
        );
    }
}

#[test]
fn rules_of_carousels_and_offers() {
    let card = |buttons: usize| {
        let buttons: Vec<_> = (0..buttons).map(|_| json!({ "type": "QUICK_REPLY", "text": "Yes" })).collect();
        json!({ "components": [{ "type": "HEADER", "format": "PRODUCT" }, { "type": "BUTTONS", "buttons": buttons }] })
    };
    let carousel = |cards: Vec<Value>| json!({ "type": "CAROUSEL", "cards": cards });
    let offer = |text: &str| json!({ "type": "LIMITED_TIME_OFFER", "limited_time_offer": { "text": text, "has_expiration": true } });
    for (category, part, error, reason) in [
        ("MARKETING", carousel(vec![card(1), card(1)]), (0, 0), "two cards"),
        ("MARKETING", carousel(vec![card(1)]), (100, 0), "one card"),
        ("MARKETING", carousel(vec![card(1), card(2)]), (100, 0), "unlike cards"),
        ("MARKETING", carousel(vec![card(3), card(3)]), (100, 0), "three buttons"),
        ("UTILITY", carousel(vec![card(1), card(1)]), (100, 0), "MARKETING only"),
        ("MARKETING", offer("Now"), (0, 0), "an offer"),
        ("MARKETING", offer("A text that is too long"), (100, 2_388_040), "16 characters"),
        ("UTILITY", offer("Now"), (100, 0), "MARKETING only"),
    ] {
        let components = json!([body("Hello there", &[]), part]);
        assert_eq!(create(json!({ "category": category, "components": components })), error, "{reason}");
    }
}

#[test]
fn uploads_give_handles_that_end() {
    for (bearer, scheme, status) in [(true, "Bearer", 200), (false, "Bearer", 401), (false, "OAuth", 200)] {
        let mut world =
            World::with(json!({ "meta": { "uploadAcceptsBearer": bearer, "uploadLifetimeMs": 60_000 } }));
        let open =
            format!("/v25.0/{}/uploads?file_length=4&file_type=image/png&file_name=a.png", sandbox::APP_ID);
        let upload = format!("/v25.0/{}", id_of(&world.post(&open, json!({}))));
        let send = |offset: &str, bytes: &str| {
            Request::new("POST", &upload)
                .header("authorization", &format!("{scheme} {}", sandbox::ACCESS_TOKEN))
                .header("file_offset", offset)
                .content("application/octet-stream", bytes)
        };
        let first = world.respond(&send("0", "ab"));
        assert_eq!(first.status, status, "{bearer} {scheme}");
        let resume = Request::new("GET", &upload)
            .header("authorization", &format!("{scheme} {}", sandbox::ACCESS_TOKEN));
        let resumed = world.respond(&resume);
        assert_eq!(resumed.status, status, "{bearer} {scheme}");
        if status != 200 {
            continue;
        }
        assert_eq!(resumed.value()["file_offset"], 2, "an upload can be resumed");
        assert_eq!(error_of(&world.respond(&send("0", "cd")).value()).0, 100, "at the right place only");
        let handle = world.respond(&send("2", "cd")).value()["h"].clone();
        let header = json!({ "type": "HEADER", "format": "IMAGE", "example": { "header_handle": [handle] } });
        let video = json!({ "type": "HEADER", "format": "VIDEO", "example": { "header_handle": [handle] } });
        let with = |name: &str, header: &Value| {
            meta_template(&json!({ "name": name, "components": [header, body("Hello there", &[])] }))
        };
        assert_eq!(world.refusal(&templates(), with("a", &header)), (0, 0));
        assert_eq!(world.refusal(&templates(), with("b", &video)).1, 2_388_047, "of another type");
        world.pass(61);
        assert_eq!(world.refusal(&templates(), with("c", &header)).1, 2_388_047, "too old");
    }
}

#[test]
fn room_for_250_or_6000_templates() {
    for (verified, room) in [(false, 250), (true, 6_000)] {
        let mut scenario = json!(Scenario::default());
        scenario["meta"]["wabas"][0]["verified"] = verified.into();
        let mut world = World::of(serde_json::from_value(scenario).unwrap());
        for number in 0..room {
            let change = Change::AddTemplate {
                provider: Provider::Meta,
                space: sandbox::WABA_ID.to_owned(),
                name: format!("t_{number}"),
                language: "en".to_owned(),
                category: "UTILITY".to_owned(),
                components: vec![],
            };
            world.simulator.change(&change, world.now);
            if number > 300 {
                break; // the larger figure is read off the summary instead of being filled
            }
        }
        let list = world.get(&format!("{}?summary=message_template_limit&limit=1", templates()));
        assert_eq!(list["summary"]["message_template_limit"], room);
        let wanted = if verified { (0, 0) } else { (100, 2_388_019) };
        assert_eq!(world.refusal(&templates(), meta_template(&json!({}))), wanted);
    }
}

#[test]
fn statuses_decide_what_can_be_edited() {
    for (event, editable) in [
        (Event::Approve, true),
        (Event::Reject { reason: "PROMOTIONAL".to_owned() }, true),
        (Event::Pause, true),
        (Event::Disable, false),
        (Event::Appeal, false),
        (Event::Archive, false),
        (Event::LimitExceeded, false),
    ] {
        let mut world = World::default();
        let id = id_of(&world.post(&templates(), meta_template(&json!({}))));
        decide(&mut world, event.clone());
        let edit =
            world.refusal(&format!("/v25.0/{id}"), json!({ "components": [body("Another text", &[])] }));
        assert_eq!(edit == (0, 0), editable, "{event:?}");
        if !editable {
            assert_eq!(edit, (100, 2_388_039));
        }
    }
}

#[test]
fn ten_edits_in_thirty_days() {
    let mut world = World::default();
    let id = id_of(&world.post(&templates(), meta_template(&json!({}))));
    let edit = |world: &mut World| {
        world.refusal(&format!("/v25.0/{id}"), json!({ "components": [body("Another text", &[])] }))
    };
    for number in 0..10 {
        world.pass(DAY);
        assert_eq!(edit(&mut world), (0, 0), "{number}");
    }
    world.pass(DAY);
    assert_eq!(edit(&mut world), (100, 2_388_039), "the eleventh");
    world.pass(20 * DAY);
    assert_eq!(edit(&mut world), (0, 0), "the first was thirty days ago");
}

#[test]
fn deletion_can_linger() {
    let mut world = World::with(json!({ "meta": { "pendingDeletionMs": 60_000 } }));
    let id = id_of(&world.post(&templates(), meta_template(&json!({}))));
    world.pass(5);
    world.delete(&format!("{}?name=order_shipped&hsm_id={id}", templates()));
    assert_eq!(world.get(&format!("/v25.0/{id}"))["status"], "PENDING_DELETION");
    world.pass(60);
    assert_eq!(world.get(&templates()), json!({ "data": [] }));
}

#[test]
fn many_can_be_deleted_at_once_or_none() {
    let mut world = World::default();
    let ids: Vec<_> = ["a", "b"]
        .map(|name| id_of(&world.post(&templates(), meta_template(&json!({ "name": name })))))
        .into();
    let odd = format!("{}?hsm_ids=[\"{}\",\"9\"]", templates(), ids[0]);
    assert_eq!(error_of(&world.delete(&odd)).0, 100, "one is unknown");
    assert_eq!(world.get(&templates())["data"].as_array().unwrap().len(), 2);
    world.delete(&format!("{}?hsm_ids=[\"{}\",\"{}\"]", templates(), ids[0], ids[1]));
    assert_eq!(world.get(&templates()), json!({ "data": [] }));
}

#[test]
fn archive_unarchive_unpause_and_upsert() {
    let mut world = World::default();
    let id = id_of(&world.post(&templates(), meta_template(&json!({}))));
    world.pass(5);
    let edge = format!("/{}/message_templates", sandbox::WABA_ID);
    let answer = world.post(&format!("{edge}/archive"), json!({ "hsm_ids": [id, "9"] }));
    assert_eq!(answer, json!({ "archived_templates": [id], "failed_templates": ["9"] }));
    world.post(&format!("{edge}/unarchive"), json!({ "hsm_ids": id }));
    assert_eq!(world.get(&format!("/v25.0/{id}"))["status"], "APPROVED");
    assert_eq!(world.post(&format!("/v25.0/{id}/unpause"), json!({}))["success"], false);
    decide(&mut world, Event::Pause);
    assert_eq!(world.post(&format!("/v25.0/{id}/unpause"), json!({}))["success"], true);
    let otp = json!({ "name": "otp", "languages": ["en", "de"], "category": "AUTHENTICATION", "components": [
        { "type": "BODY" }, { "type": "BUTTONS", "buttons": [{ "type": "OTP", "otp_type": "COPY_CODE" }] },
    ] });
    let upsert = world.post(&format!("/v25.0/{}/upsert_message_templates", sandbox::WABA_ID), otp);
    assert_eq!(upsert["data"].as_array().unwrap().len(), 2, "{upsert}");
}
