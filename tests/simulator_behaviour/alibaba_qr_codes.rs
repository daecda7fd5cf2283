//! QR codes of Alibaba (providers.md A2) and their switches.

use serde_json::{Value, json};

use crate::support::{PHONE, World, qr};

#[test]
fn required_fields_types_and_enums() {
    let long = "x".repeat(141);
    let full = "ü".repeat(140);
    let cases: &[(&[(&str, &str)], &str, &str)] = &[
        (&[], "OK", "nothing wrong"),
        (&[("PrefilledMessage", &full)], "OK", "140 characters, not bytes"),
        (&[("CustSpaceId", "cams-simulator")], "OK", "the own space"),
        (&[("PhoneNumber", "")], "MissingParameter", "PhoneNumber is required"),
        (&[("GenerateQrImage", "")], "MissingParameter", "GenerateQrImage is required"),
        (&[("PrefilledMessage", "")], "MissingParameter", "PrefilledMessage is required"),
        (&[("GenerateQrImage", "svg")], "InvalidParameter", "the enum is upper case"),
        (&[("GenerateQrImage", "GIF")], "InvalidParameter", "PNG and SVG only"),
        (&[("PrefilledMessage", &long)], "InvalidParameter", "141 characters"),
        (&[("PhoneNumber", "15550000000")], "Unknown.ResourceOwnerId", "a number of somebody else"),
        (&[("CustSpaceId", "cams-other")], "Unknown.ResourceOwnerId", "a space of somebody else"),
    ];
    for (changes, wanted, reason) in cases {
        assert_eq!(World::default().code("CreatePhoneMessageQrdl", &qr(changes)), *wanted, "{reason}");
    }
}

#[test]
fn answers_look_like_the_samples() {
    // vendor-docs/alibaba-CreatePhoneMessageQrdl.txt and alibaba-DeletePhoneMessageQrdl.txt
    let mut world = World::default();
    let answer = world.alibaba("CreatePhoneMessageQrdl", &qr(&[]));
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&answer), ["AccessDeniedDetail", "RequestId", "Message", "Data", "Code"]);
    assert_eq!(
        keys(&answer["Data"]),
        ["QrImageUrl", "PhoneNumber", "QrdlCode", "DeepLinkUrl", "GenerateQrImage", "PrefilledMessage"]
    );
    assert_eq!((&answer["AccessDeniedDetail"], &answer["Message"]), (&json!("None"), &json!("None")));
    assert!(answer["RequestId"].as_str().unwrap().ends_with('\n'), "as in the sample");
    let code = answer["Data"]["QrdlCode"].as_str().unwrap();
    assert_eq!(answer["Data"]["DeepLinkUrl"], format!("https://wa.me/message/{code}"));
    let deleted = world.alibaba("DeletePhoneMessageQrdl", &[("PhoneNumber", PHONE), ("QrdlCode", code)]);
    assert_eq!(keys(&deleted), ["AccessDeniedDetail", "RequestId", "Message", "Code"]);
    assert!(world.listed().is_empty());
}

#[test]
fn rotation_is_a_switch() {
    for (rotates, identical, text, changes, reason) in [
        (true, true, "new", true, "a new text rotates"),
        (true, true, "old", true, "so does the same again"),
        (true, false, "old", false, "unless a switch says otherwise"),
        (true, false, "new", true, "which is about identical updates only"),
        (false, true, "new", false, "without rotation the code stays"),
    ] {
        let mut world = World::with(
            json!({ "alibaba": { "updateRotates": rotates, "identicalUpdateRotates": identical } }),
        );
        let old = world.create_code("old");
        let update = qr(&[("PrefilledMessage", text), ("QrdlCode", &old)]);
        let answer = world.alibaba("UpdatePhoneMessageQrdl", &update);
        let new = answer["Data"]["QrdlCode"].as_str().unwrap().trim().to_owned();
        assert_eq!(new != old, changes, "{reason}");
        let listed = world.listed();
        assert_eq!(listed.len(), 1, "{reason}");
        assert_eq!((&listed[0]["QrdlCode"], &listed[0]["PrefilledMessage"]), (&json!(new), &json!(text)));
    }
}

#[test]
fn the_error_for_an_unknown_code_is_a_switch() {
    for code in ["Unknown.ResourceOwnerId", "InvalidParameter.QrdlCode"] {
        let mut world = World::with(json!({ "alibaba": { "unknownCode": code } }));
        assert_eq!(world.code("UpdatePhoneMessageQrdl", &qr(&[("QrdlCode", "NOPE")])), code);
        let parameters = [("PhoneNumber", PHONE), ("QrdlCode", "NOPE")];
        assert_eq!(world.code("DeletePhoneMessageQrdl", &parameters), code);
        assert_eq!(world.code("DeletePhoneMessageQrdl", &[("PhoneNumber", PHONE)]), "MissingParameter");
    }
}

#[test]
fn limits_of_text_list_and_number_are_switches() {
    let mut world =
        World::with(json!({ "codesPerNumber": 2, "alibaba": { "messageLimit": 200, "listCap": 1 } }));
    world.create_code(&"x".repeat(200));
    world.create_code("b");
    assert_eq!(world.code("CreatePhoneMessageQrdl", &qr(&[])), "System.LimitControl");
    assert_eq!(world.listed().len(), 1);
    let mut other = world.alibaba("CreatePhoneMessageQrdl", &qr(&[("PhoneNumber", "8613800000000")]));
    assert_eq!(other["Code"].take(), "OK", "each number has its own room");
}

#[test]
fn parameters_in_the_body_are_a_switch() {
    for (accepted, wanted) in [(true, "OK"), (false, "MissingParameter")] {
        let mut world = World::with(json!({ "alibaba": { "bodyAndQuery": accepted } }));
        let request = world.signer().v3_form("CreatePhoneMessageQrdl", &qr(&[]));
        assert_eq!(world.respond(&request).value()["Code"], wanted);
    }
}

#[test]
fn images_open_until_their_link_ends() {
    let mut world = World::default();
    world.create_code("Hi");
    let link = world.listed()[0]["QrImageUrl"].as_str().unwrap().to_owned();
    let request = waops::simulator::Request::new("GET", link.trim_start_matches("https://simulator.invalid"));
    let image = world.respond(&request);
    assert_eq!((image.status, image.head("content-type")), (200, Some("image/png")));
    world.simulator.advance(15 * 86_400_000);
    assert_eq!(world.respond(&request).status, 403);
}
