//! The traps of providers.md part D that concern what the providers do, each under its number. Traps of the
//! client alone (24, 25, 29) and of webhooks (40 in part, 41 in part) have no test here.

use jiff::SignedDuration;
use serde_json::{Value, json};
use waops::simulator::{Event, Fault, FaultRule, Request, Scenario, sandbox};

use crate::meta_templates::decide;
use crate::support::{PHONE, World, error_of, escape, meta_template, qr, qrdls, query, template, templates};

const DAY: i64 = 86_400;

fn update(world: &mut World, code: &str, text: &str) -> Value {
    world.alibaba("UpdatePhoneMessageQrdl", &qr(&[("QrdlCode", code), ("PrefilledMessage", text)]))["Data"]
        .take()
}

fn meta_code(world: &mut World, text: &str) -> String {
    world.post(&qrdls(), json!({ "prefilled_message": text }))["code"].as_str().unwrap().to_owned()
}

fn meta_create(world: &mut World, changes: &Value) -> String {
    let answer = world.post(&templates(), meta_template(changes));
    answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn body(text: &str) -> Value {
    json!({ "components": [{ "type": "BODY", "text": text }] })
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

#[test]
fn trap_15_status_200_can_be_a_failure_and_ok_can_look_alarming() {
    let mut world = World::default();
    let request = world.signer().v3("DeleteChatappTemplate", &[("TemplateName", "x")]);
    let failure = world.respond(&request);
    assert_eq!((failure.status, &failure.value()["Code"]), (200, &json!("DelError.TemplateNotExist")));
    let success = world.alibaba("CreateChatappTemplate", &template(&[]));
    assert_eq!(success["Code"], "OK");
    assert_eq!(success["Message"], "User not authorized to operate on the specified resource.");
}

#[test]
fn trap_16_structures_are_one_text_each() {
    let nested = [("Components", ""), ("Components.1.Type", "BODY"), ("Components.1.Text", "Hello")];
    assert_eq!(World::default().code("CreateChatappTemplate", &template(&nested)), "MissingParameter");
}

#[test]
fn trap_17_keys_are_pascal_case_with_oddities() {
    let components = r#"[{"Type":"BODY","Text":"Hello"},
        {"Type":"LIMITED_TIME_OFFER","Text":"Now","HasExpiration":true,"AddSecurityRecommendation":true}]"#;
    let mut world = World::default();
    world.alibaba(
        "CreateChatappTemplate",
        &template(&[("Category", "MARKETING"), ("Components", components)]),
    );
    let parameters = [("TemplateName", "order_shipped"), ("Language", "en_US")];
    let offer = world.alibaba("GetChatappTemplateDetail", &parameters)["Data"]["Components"][1].take();
    assert_eq!(offer, json!({ "Type": "LIMITED_TIME_OFFER", "Text": "Now", "hasExpiration": true }));
}

#[test]
fn trap_18_v1_answers_in_xml_by_default() {
    let mut world = World::default();
    let parameters = qr(&[("PrefilledMessage", "a < b")]);
    let request = world.signer().v1("CreatePhoneMessageQrdl", &parameters);
    let answer = world.respond(&request);
    let text = String::from_utf8(answer.body.clone()).unwrap();
    assert_eq!(answer.head("content-type"), Some("text/xml;charset=utf-8"));
    assert!(text.contains("<CreatePhoneMessageQrdlResponse><AccessDeniedDetail>None<"), "{text}");
    assert!(text.contains("<PrefilledMessage>a &lt; b</PrefilledMessage>"), "{text}");
    let request =
        world.signer().v1("CreatePhoneMessageQrdl", &[&parameters[..], &[("Format", "JSON")]].concat());
    assert_eq!(world.respond(&request).value()["Code"], "OK");
}

#[test]
fn trap_19_the_signature_escapes_in_its_own_way() {
    let text = "a b*c~d";
    let mut world = World::default();
    let request = world.signer().v3("CreatePhoneMessageQrdl", &qr(&[("PrefilledMessage", text)]));
    assert!(request.query.contains("a%20b%2Ac~d"));
    // On the wire a plus is as good as %20: Alibaba's own Python client writes it.
    let plus = Request { query: request.query.replace("%20", "+"), ..request };
    assert_eq!(world.respond(&plus).value()["Data"]["PrefilledMessage"], text);
    // In the text that is signed it is not.
    let signer = world.signer();
    let form = query(&qr(&[("PrefilledMessage", text)])).replace("%20", "+");
    let mut wrong =
        signer.sign(Request::new("POST", &format!("/?{form}")), "CreatePhoneMessageQrdl", "2020-06-06");
    wrong.query = form;
    assert_eq!(world.respond(&wrong).value()["Code"], "SignatureDoesNotMatch");
}

#[test]
fn trap_20_a_form_body_is_signed_by_its_hash_in_v3() {
    let mut world = World::default();
    let request = world.signer().v3_form("CreateChatappTemplate", &template(&[]));
    assert_eq!(world.respond(&request).value()["Code"], "OK");
    let signer = world.signer();
    // Signed as if the body stood in the query.
    let mixed = signer.v3("CreateChatappTemplate", &template(&[("Name", "b")]));
    let body = query(&template(&[("Name", "b")]));
    let wrong = Request { query: String::new(), ..mixed }.content("application/x-www-form-urlencoded", body);
    let code = world.respond(&wrong).value()["Code"].clone();
    assert!(["IncompleteSignature", "SignatureDoesNotMatch"].contains(&code.as_str().unwrap()), "{code}");
    // In V1 its parameters are signed like all others.
    let signed = world
        .signer()
        .v1("CreateChatappTemplate", &[&template(&[("Name", "c")])[..], &[("Format", "JSON")]].concat());
    let moved = Request { query: String::new(), ..signed.clone() }
        .content("application/x-www-form-urlencoded", signed.query);
    assert_eq!(world.respond(&moved).value()["Code"], "OK");
}

#[test]
fn trap_21_a_nonce_can_be_used_once() {
    let mut world = World::default();
    let request = world.signer().v3("ListPhoneMessageQrdl", &[("PhoneNumber", PHONE)]);
    assert_eq!(world.respond(&request).value()["Code"], "OK");
    let again = world.respond(&request);
    assert_eq!((again.status, &again.value()["Code"]), (400, &json!("SignatureNonceUsed")));
}

#[test]
fn trap_22_booleans_are_words() {
    for (word, wanted) in
        [("true", "OK"), ("True", "OK"), ("1", "InvalidParameter"), ("yes", "InvalidParameter")]
    {
        let answer =
            World::default().code("CreateChatappTemplate", &template(&[("CategoryChangePaused", word)]));
        assert_eq!(answer, wanted, "{word}");
    }
}

#[test]
fn trap_23_waits_come_in_milliseconds_and_in_minutes() {
    let mut world = World::default();
    world.simulator.inject(FaultRule::once("List*", Fault::Throttle { retry_after_ms: Some(1_500) }));
    let request = world.signer().v3("ListPhoneMessageQrdl", &[("PhoneNumber", PHONE)]);
    assert_eq!(world.respond(&request).head("x-acs-retry-after"), Some("1500"));
    for _ in 0..5_000 {
        world.get(&qrdls());
    }
    world.pass(1_800);
    let header = world.meta("GET", &qrdls(), None);
    let usage: Value = serde_json::from_str(header.head("x-business-use-case-usage").unwrap()).unwrap();
    assert_eq!(usage[sandbox::WABA_ID][0]["estimated_time_to_regain_access"], 30);
}

#[test]
fn trap_26_keys_from_sts_expire() {
    let mut scenario = json!(Scenario::default());
    let key = &mut scenario["alibaba"][0]["keys"][0];
    key["securityToken"] = "token".into();
    key["expiresAtMs"] = 1_767_323_100_000_i64.into();
    let mut world = World::of(serde_json::from_value(scenario).unwrap());
    for (pass, wanted) in [(0, "OK"), (60, "InvalidSecurityToken.Expired")] {
        world.pass(pass);
        let mut signer = world.signer();
        signer.token = Some("token".to_owned());
        let request = signer.v3("ListPhoneMessageQrdl", &[("PhoneNumber", PHONE)]);
        assert_eq!(world.respond(&request).value()["Code"], wanted);
    }
}

#[test]
fn trap_27_answers_have_more_shapes_than_one() {
    let mut world = World::with(json!({ "alibaba": { "successField": false, "listInData": true } }));
    assert!(world.alibaba("CreateChatappTemplate", &template(&[])).get("Success").is_none());
    assert_eq!(world.alibaba("ListChatappTemplate", &[])["Data"]["Total"], 1);
    world.simulator.inject(FaultRule::once("*", Fault::ProxyHtml { status: 200 }));
    assert_eq!(world.alibaba("ListChatappTemplate", &[]), Value::Null);
}

#[test]
fn trap_28_a_space_is_another_tenant() {
    let mut scenario = json!(Scenario::default());
    let spaces = json!([{ "id": "a", "phones": [PHONE] }, { "id": "b", "phones": ["15550000000"] }]);
    scenario["alibaba"][0]["spaces"] = spaces;
    let mut world = World::of(serde_json::from_value(scenario).unwrap());
    world.alibaba("CreateChatappTemplate", &template(&[("CustSpaceId", "b")]));
    let mut total =
        |parameters: &[(&str, &str)]| world.alibaba("ListChatappTemplate", parameters)["Total"].clone();
    assert_eq!((total(&[]), total(&[("CustSpaceId", "b")])), (json!(0), json!(1)));
    assert_eq!(
        world.code("ListPhoneMessageQrdl", &[("PhoneNumber", PHONE), ("CustSpaceId", "b")]),
        "Unknown.ResourceOwnerId"
    );
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
    // The text of this test would be in vain if escaping were wrong.
    assert_eq!(escape("-1"), "-1");
}
