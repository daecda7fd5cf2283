//! Traps 15 to 28: Alibaba's wire, waits, keys and tenants.

use serde_json::{Value, json};
use waops::simulator::{Fault, FaultRule, Request, Scenario, sandbox};

use crate::support::{PHONE, World, qr, qrdls, query, template};

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
