//! Traps 1 to 14: QR codes.

use serde_json::{Value, json};
use waops::simulator::{Fault, FaultRule, Request, sandbox};

use super::{DAY, meta_code};
use crate::support::{PHONE, World, qr, qrdls, template};

fn update(world: &mut World, code: &str, text: &str) -> Value {
    let parameters = qr(&[("QrdlCode", code), ("PrefilledMessage", text)]);
    world.alibaba("UpdatePhoneMessageQrdl", &parameters)["Data"].take()
}

#[test]
fn trap_01_the_code_from_create_dies_with_an_update() {
    let mut world = World::default();
    let old = world.create_code("a");
    update(&mut world, &old, "b");
    assert_eq!(
        world.code("DeletePhoneMessageQrdl", &[("PhoneNumber", PHONE), ("QrdlCode", &old)]),
        "Unknown.ResourceOwnerId"
    );
}

#[test]
fn trap_02_a_newline_ends_the_code_and_a_client_that_sends_it_back_finds_nothing() {
    for (switch, end) in [(true, "\n"), (false, "")] {
        let mut world = World::with(json!({ "alibaba": { "trailingNewlines": switch } }));
        let old = world.create_code("a");
        let new = update(&mut world, &old, "b")["QrdlCode"].as_str().unwrap().to_owned();
        assert_eq!(new, format!("{}{end}", new.trim()));
        let parameters = [("PhoneNumber", PHONE), ("QrdlCode", new.as_str())];
        assert_eq!(world.code("DeletePhoneMessageQrdl", &parameters) == "OK", !switch);
    }
}

#[test]
fn trap_03_only_alibaba_kills_printed_codes() {
    let mut world = World::default();
    let old = world.create_code("a");
    let answer = world.alibaba(
        "UpdatePhoneMessageQrdl",
        &qr(&[("QrdlCode", &old), ("PrefilledMessage", "a"), ("GenerateQrImage", "SVG")]),
    );
    assert_ne!(answer["Data"]["QrdlCode"].as_str().unwrap().trim(), old, "a format alone");
    let code = meta_code(&mut world, "a");
    let updated = world.post(&qrdls(), json!({ "code": code, "prefilled_message": "b" }));
    assert_eq!(updated["code"], json!(code));
}

#[test]
fn trap_04_an_identical_update_rotates_too() {
    let mut world = World::default();
    let old = world.create_code("a");
    assert_ne!(update(&mut world, &old, "a")["QrdlCode"].as_str().unwrap().trim(), old);
}

#[test]
fn trap_05_an_update_at_meta_shows_no_image() {
    let mut world = World::default();
    let code = meta_code(&mut world, "a");
    let answer =
        world.post(&qrdls(), json!({ "code": code, "prefilled_message": "b", "generate_qr_image": "PNG" }));
    assert!(answer.get("qr_image_url").is_none());
    let again = world.get(&format!("{}?code={code}&fields=qr_image_url.format(PNG)", qrdls()));
    assert!(again["data"][0]["qr_image_url"].is_string());
}

#[test]
fn trap_06_a_post_without_code_creates() {
    let mut world = World::default();
    let code = meta_code(&mut world, "a");
    for empty in [json!({ "prefilled_message": "b" }), json!({ "prefilled_message": "b", "code": "" })] {
        assert_ne!(world.post(&qrdls(), empty)["code"], json!(code));
    }
    assert_eq!(world.get(&qrdls())["data"].as_array().unwrap().len(), 3);
}

#[test]
fn trap_07_image_links_change_and_expire() {
    let mut world = World::default();
    meta_code(&mut world, "a");
    let target = format!("{}?fields=qr_image_url.format(SVG)", qrdls());
    let link = |world: &mut World| world.get(&target)["data"][0]["qr_image_url"].as_str().unwrap().to_owned();
    let first = link(&mut world);
    assert!(first.contains("&oe=6969"), "hexadecimal seconds: {first}");
    world.pass(1);
    assert_ne!(first, link(&mut world));
    let status = |world: &mut World| {
        world.respond(&Request::new("GET", first.trim_start_matches("https://simulator.invalid"))).status
    };
    assert_eq!(status(&mut world), 200);
    world.pass(14 * DAY);
    assert_eq!(status(&mut world), 403);
}

#[test]
fn trap_08_create_is_not_idempotent() {
    let mut world = World::default();
    world.simulator.inject(FaultRule::once("CreatePhoneMessageQrdl", Fault::LostResponse));
    let request = world.signer().v3("CreatePhoneMessageQrdl", &qr(&[]));
    assert_eq!(world.send(&request).response(), None);
    world.create_code("Hi");
    assert_eq!(world.listed().len(), 2, "an orphan and its twin");
    assert_ne!(meta_code(&mut world, "a"), meta_code(&mut world, "a"));
}

#[test]
fn trap_09_one_code_comes_in_an_array_and_lists_in_pages() {
    let mut world = World::default();
    let code = meta_code(&mut world, "a");
    for _ in 0..25 {
        meta_code(&mut world, "b");
    }
    assert_eq!(world.get(&format!("{}/{code}", qrdls()))["data"][0]["code"], json!(code));
    let first = world.get(&qrdls());
    assert!(!first["data"].to_string().contains(&code), "a first page is not the list");
}

#[test]
fn trap_10_alibabas_list_has_no_order_to_rely_on() {
    let mut world = World::default();
    let made: Vec<_> = (0..8).map(|number| json!(world.create_code(&number.to_string()))).collect();
    let listed: Vec<_> = world.listed().iter().map(|item| item["QrdlCode"].clone()).collect();
    assert_ne!(listed, made);
    assert_eq!(listed.len(), made.len(), "and no pages");
}

#[test]
fn trap_11_the_rate_belongs_to_the_account() {
    let mut world = World::default();
    let statuses: Vec<_> = (0..6)
        .map(|number| {
            let phone = if number % 2 == 0 { PHONE } else { sandbox::SECOND_PHONE_NUMBER };
            let request = world.signer().v3("ListPhoneMessageQrdl", &[("PhoneNumber", phone)]);
            world.respond(&request).status
        })
        .collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 400], "two phones, one budget");
    let request = world.signer().v3("CreatePhoneMessageQrdl", &qr(&[]));
    assert_eq!(world.respond(&request).status, 200, "another operation, another budget");
}

#[test]
fn trap_12_a_plus_is_refused_in_front_of_a_number_yet_wanted_in_a_button() {
    assert_eq!(
        World::default().code("CreatePhoneMessageQrdl", &qr(&[("PhoneNumber", "+4930901820")])),
        "InvalidParameter"
    );
    let components = r#"[{"Type":"BODY","Text":"Hello"},{"Type":"BUTTONS","Buttons":
        [{"Type":"PHONE_NUMBER","Text":"Call","PhoneNumber":"+4930901820"}]}]"#;
    assert_eq!(
        World::default().code("CreateChatappTemplate", &template(&[("Components", components)])),
        "OK"
    );
}

#[test]
fn trap_13_echoes_can_differ_from_what_was_written() {
    for (switch, echo) in [(true, "Hello"), (false, "mine")] {
        let mut world = World::with(json!({ "alibaba": { "echoesSamples": switch } }));
        let parameters = qr(&[("PrefilledMessage", "mine"), ("GenerateQrImage", "SVG")]);
        let data = world.alibaba("CreatePhoneMessageQrdl", &parameters)["Data"].take();
        assert_eq!((&data["PrefilledMessage"], data["GenerateQrImage"] == "PNG"), (&json!(echo), switch));
        assert_eq!(world.listed()[0]["PrefilledMessage"], "mine", "the list tells the truth");
    }
}

#[test]
fn trap_14_140_counts_characters() {
    let text = "你".repeat(140);
    assert_eq!(World::default().code("CreatePhoneMessageQrdl", &qr(&[("PrefilledMessage", &text)])), "OK");
    assert_eq!(World::default().refusal(&qrdls(), json!({ "prefilled_message": text })), (0, 0));
}
