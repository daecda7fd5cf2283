//! Templates of Alibaba (providers.md A3) and their switches.

use serde_json::{Value, json};

use crate::support::{World, template};

const CODE: &str = "InvalidParameter.CreateError";
const MESSAGE: &str = "InvalidParameter.MessageInvalid";

#[test]
fn fields_of_create() {
    let long = "x".repeat(513);
    let cases: &[(&[(&str, &str)], &str, &str)] = &[
        (&[], "OK", "nothing wrong"),
        (&[("Name", "")], "MissingParameter", "Name is required"),
        (&[("Language", "")], "MissingParameter", "Language is required"),
        (&[("Category", "")], "MissingParameter", "Category is required"),
        (&[("TemplateType", "")], "MissingParameter", "TemplateType is required"),
        (&[("Components", "")], "MissingParameter", "Components is required"),
        (&[("Name", "Order-Shipped")], CODE, "lower case and underscores"),
        (&[("Name", &long)], CODE, "512 characters"),
        (&[("Language", "en-US")], "InvalidParameter.LanguageNotSupport", "not en-US"),
        (&[("TemplateType", "SMS")], "InvalidParameter.TemplateTypeNotSupport", "WHATSAPP or VIBER"),
        (&[("Category", "TRANSACTIONAL")], "InvalidParameter", "an old category"),
        (&[("Components", "[{")], "InvalidParameter", "not JSON"),
        (&[("Components", "{}")], CODE, "not an array"),
        (&[("Example", r#"{"name":1}"#)], "InvalidParameter", "samples are texts"),
        (&[("Example", "{}")], MESSAGE, "a variable without a sample"),
        (&[("MessageSendTtlSeconds", "30")], "OK", "the shortest"),
        (&[("MessageSendTtlSeconds", "43200")], "OK", "the longest for UTILITY"),
        (&[("MessageSendTtlSeconds", "29")], "InvalidParameter", "too short"),
        (&[("MessageSendTtlSeconds", "x")], "InvalidParameter", "not a number"),
        (&[("AllowCategoryChange", "True")], "OK", "as the Python SDK writes it"),
        (&[("AllowCategoryChange", "1")], "InvalidParameter", "not a boolean"),
        (&[("CustSpaceId", "cams-other")], "Unknown.ResourceOwnerId", "a space of somebody else"),
    ];
    for (changes, wanted, reason) in cases {
        assert_eq!(World::default().code("CreateChatappTemplate", &template(changes)), *wanted, "{reason}");
    }
}

/// Creates a template with a BODY and these other components.
fn create(category: &str, extra: Value) -> String {
    let mut components = vec![json!({ "Type": "BODY", "Text": "Hello there" })];
    if category == "AUTHENTICATION" {
        components = vec![json!({ "Type": "BODY", "AddSecretRecommendation": true })];
    }
    components.extend(extra.as_array().unwrap().clone());
    let components = json!(components).to_string();
    let changes =
        [("Category", category), ("Components", components.as_str()), ("Example", r#"{"a":"1","b":"2"}"#)];
    World::default().code("CreateChatappTemplate", &template(&changes))
}

#[test]
fn rules_of_components() {
    let header = |fields: Value| {
        let mut header = json!({ "Type": "HEADER" });
        header.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json!([header])
    };
    let format = "InvalidParameter.HeaderTypeNotSupport";
    for (category, extra, wanted, reason) in [
        ("UTILITY", header(json!({ "Format": "TEXT", "Text": "x".repeat(60) })), "OK", "60 characters"),
        ("UTILITY", header(json!({ "Format": "TEXT", "Text": "x".repeat(61) })), MESSAGE, "61 characters"),
        ("UTILITY", header(json!({ "Format": "TEXT", "Text": "$(a)" })), "OK", "one variable"),
        (
            "UTILITY",
            header(json!({ "Format": "TEXT", "Text": "$(a)$(b)" })),
            "InvalidParameter.HeaderMoreVariable",
            "two",
        ),
        ("UTILITY", header(json!({ "Format": "GIF", "Url": "https://x" })), format, "an unknown format"),
        ("UTILITY", header(json!({ "Format": "IMAGE" })), MESSAGE, "a medium without Url"),
        ("UTILITY", header(json!({ "Format": "IMAGE", "Url": "https://x.example/a.png" })), "OK", "with Url"),
        ("AUTHENTICATION", header(json!({ "Format": "TEXT", "Text": "x" })), format, "no HEADER"),
        ("UTILITY", json!([{ "Type": "FOOTER", "Text": "x".repeat(61) }]), MESSAGE, "a long footer"),
        (
            "UTILITY",
            json!([{ "Type": "FOOTER", "Text": "$(a)" }]),
            "InvalidParameter.FooterHaveVariable",
            "no variable",
        ),
        ("UTILITY", json!([{ "Type": "SIDEBAR" }]), CODE, "an unknown component"),
        ("UTILITY", json!([{ "type": "FOOTER", "text": "x" }]), CODE, "keys are PascalCase"),
    ] {
        assert_eq!(create(category, extra), wanted, "{reason}");
    }
}

#[test]
fn rules_of_bodies() {
    for (text, wanted, reason) in [
        ("x".repeat(1_024), "OK", "1,024 characters"),
        ("x".repeat(1_025), MESSAGE, "1,025 characters"),
        (String::new(), MESSAGE, "no text"),
        ("Hi {{1}}, hello".to_owned(), MESSAGE, "positional variables are refused"),
        ("Hi {{name}}, hello".to_owned(), "OK", "anything else in braces is text"),
    ] {
        let components = json!([{ "Type": "BODY", "Text": text }]).to_string();
        let answer =
            World::default().code("CreateChatappTemplate", &template(&[("Components", &components)]));
        assert_eq!(answer, wanted, "{reason}");
    }
}

#[test]
fn rules_of_buttons() {
    let reply = || json!({ "Type": "QUICK_REPLY", "Text": "Yes" });
    let call = || json!({ "Type": "PHONE_NUMBER", "Text": "Call", "PhoneNumber": "+4930901820" });
    let url = || json!({ "Type": "URL", "Text": "Go", "Url": "https://x.example", "UrlType": "static" });
    let change = |mut button: Value, key: &str, value: Value| {
        button[key] = value;
        button
    };
    let one_tap = || {
        json!({ "Type": "ONE_TAP", "Text": "Copy", "AutofillText": "Fill", "PackageName": "com.demo",
                "SignatureHash": "K8a/AINcGX7" })
    };
    let more = "InvalidParameter.UrlMoreVariable";
    for (category, buttons, wanted, reason) in [
        ("UTILITY", vec![reply(), reply(), call(), url()], "OK", "grouped"),
        ("UTILITY", vec![reply(), call(), reply()], CODE, "interleaved"),
        ("UTILITY", vec![call(), call()], CODE, "two calls"),
        ("UTILITY", vec![url(), url(), url()], CODE, "three links"),
        ("UTILITY", (0..10).map(|_| reply()).collect(), "OK", "ten"),
        ("UTILITY", (0..11).map(|_| reply()).collect(), CODE, "eleven"),
        ("UTILITY", vec![], CODE, "none"),
        (
            "UTILITY",
            vec![change(reply(), "Text", json!("$(a)"))],
            "InvalidParameter.ButtonTextHaveVariable",
            "variable",
        ),
        (
            "UTILITY",
            vec![change(call(), "PhoneNumber", json!("call me"))],
            "InvalidParameter.PhoneNumberError",
            "number",
        ),
        ("UTILITY", vec![change(url(), "Url", json!("https://x/$(a)"))], more, "static with a variable"),
        ("UTILITY", vec![change(url(), "UrlType", json!("dynamic"))], CODE, "dynamic without one"),
        ("UTILITY", vec![change(url(), "UrlType", json!("odd"))], CODE, "another UrlType"),
        ("UTILITY", vec![change(reply(), "Type", json!("FLY"))], CODE, "an unknown type"),
        (
            "UTILITY",
            vec![json!({ "Type": "Flow", "Text": "Go", "FlowId": "1" })],
            "OK",
            "Flow as S4 prints it",
        ),
        (
            "UTILITY",
            vec![json!({ "Type": "FLOW", "Text": "Go", "FlowId": "1", "FlowAction": "NAVIGATE" })],
            CODE,
            "NAVIGATE without a screen",
        ),
        ("MARKETING", vec![json!({ "Type": "COPY_CODE", "CouponCode": "ABC1" })], "OK", "a coupon"),
        (
            "MARKETING",
            vec![json!({ "Type": "COPY_CODE", "CouponCode": "$(couponCode)" })],
            "OK",
            "a variable",
        ),
        ("MARKETING", vec![json!({ "Type": "COPY_CODE", "CouponCode": "A-1" })], CODE, "a dash"),
        ("AUTHENTICATION", vec![json!({ "Type": "COPY_CODE", "Text": "Copy" })], "OK", "one button"),
        ("AUTHENTICATION", vec![one_tap()], "OK", "ONE_TAP"),
        ("AUTHENTICATION", vec![change(one_tap(), "PackageName", json!(""))], CODE, "without a package"),
        ("AUTHENTICATION", vec![change(one_tap(), "AutofillText", json!(""))], CODE, "without AutofillText"),
        ("AUTHENTICATION", vec![reply()], CODE, "another button"),
    ] {
        assert_eq!(create(category, json!([{ "Type": "BUTTONS", "Buttons": buttons }])), wanted, "{reason}");
    }
    let mixed = json!([
        { "Type": "BODY", "Text": "Hello" },
        { "Type": "BUTTONS", "Buttons": [reply(), url()] },
    ])
    .to_string();
    let mut older = World::with(json!({ "alibaba": { "quickReplyBesideOthers": false } }));
    assert_eq!(older.code("CreateChatappTemplate", &template(&[("Components", &mixed)])), CODE, "as S4 says");
}

#[test]
fn cards_have_their_own_rules() {
    let card = |format: &str| {
        json!({ "CardComponents": [
            { "Type": "HEADER", "Format": format, "Url": "https://x.example/a.png" },
            { "Type": "BODY", "Text": "A card" },
            { "Type": "BUTTONS", "Buttons": [{ "Type": "QUICK_REPLY", "Text": "Yes" }] },
        ] })
    };
    assert_eq!(create("MARKETING", json!([{ "Type": "CAROUSEL", "Cards": [card("IMAGE")] }])), "OK");
    let wanted = "InvalidParameter.HeaderTypeNotSupport";
    assert_eq!(create("MARKETING", json!([{ "Type": "CAROUSEL", "Cards": [card("DOCUMENT")] }])), wanted);
    assert_eq!(create("MARKETING", json!([{ "Type": "CAROUSEL", "Cards": [] }])), CODE);
}

const IDENTITY: [(&str, &str); 2] = [("TemplateName", "order_shipped"), ("Language", "en_US")];

fn detail(world: &mut World) -> Value {
    world.alibaba("GetChatappTemplateDetail", &IDENTITY)["Data"].take()
}

fn modify(world: &mut World) -> String {
    let body = r#"[{"Type":"BODY","Text":"Another text"}]"#;
    world.code("ModifyChatappTemplate", &[&IDENTITY[..], &[("Components", body)]].concat())
}

#[test]
fn what_can_be_modified_is_a_switch() {
    for (switch, wanted) in [(false, "InvalidParameter.AuditStatusNotSupport"), (true, "OK")] {
        let mut world =
            World::with(json!({ "reviewMs": 10_000, "alibaba": { "approvedModifiable": switch } }));
        world.alibaba("CreateChatappTemplate", &template(&[]));
        assert_eq!(modify(&mut world), "OK", "in review");
        world.pass(10);
        assert_eq!(detail(&mut world)["AuditStatus"], "pass");
        assert_eq!(modify(&mut world), wanted, "approved");
    }
    let mut world = World::default();
    assert_eq!(modify(&mut world), "DetailError.TemplateNotExist");
    assert_eq!(
        world.code("ModifyChatappTemplate", &[("Language", "en"), ("Components", "[]")]),
        "MissingParameter"
    );
    world.alibaba("CreateChatappTemplate", &template(&[]));
    let body = r#"[{"Type":"BODY","Text":"Another text"}]"#;
    let other = [&IDENTITY[..], &[("Components", body), ("Category", "MARKETING")]].concat();
    assert_eq!(world.code("ModifyChatappTemplate", &other), "InvalidParameter", "the category is immutable");
}

#[test]
fn the_notation_of_variables_is_a_switch() {
    for (switch, wanted) in
        [("Named", "Hi $(name), it is on its way."), ("Numbered", "Hi {{1}}, it is on its way.")]
    {
        let mut world = World::with(json!({ "alibaba": { "variables": switch } }));
        world.alibaba("CreateChatappTemplate", &template(&[]));
        assert_eq!(detail(&mut world)["Components"][0]["Text"], wanted);
    }
}

#[test]
fn one_code_for_all_languages_is_a_switch() {
    for switch in [true, false] {
        let mut world = World::with(json!({ "alibaba": { "oneCodePerName": switch } }));
        let create = |world: &mut World, language| {
            let answer = world.alibaba("CreateChatappTemplate", &template(&[("Language", language)]));
            answer["Data"]["TemplateCode"].clone()
        };
        assert_eq!(create(&mut world, "en") == create(&mut world, "de"), switch);
    }
}

#[test]
fn statuses_and_shapes_are_switches() {
    let missing = [("TemplateCode", "1"), ("Language", "en")];
    for status in [200, 400] {
        let mut world = World::with(json!({ "alibaba": { "errorStatus": status } }));
        let request = world.signer().v3("GetChatappTemplateDetail", &missing);
        let answer = world.respond(&request);
        assert_eq!(
            (answer.status, &answer.value()["Code"]),
            (status, &json!("DetailError.TemplateNotExist"))
        );
    }
    for switch in [true, false] {
        let mut world = World::with(json!({ "alibaba": { "successField": switch, "listInData": switch } }));
        let answer = world.alibaba("CreateChatappTemplate", &template(&[]));
        assert_eq!(answer.get("Success").is_some(), switch);
        let list = world.alibaba("ListChatappTemplate", &[]);
        assert_eq!(list["Data"]["List"].is_array(), switch);
        assert_eq!(list["ListTemplate"].is_array(), !switch);
    }
}

#[test]
fn lists_have_pages_and_filters() {
    let mut world = World::default();
    for number in 0..12 {
        world.alibaba("CreateChatappTemplate", &template(&[("Name", &format!("t_{number}"))]));
    }
    let mut count = |parameters: &[(&str, &str)]| {
        let list = world.alibaba("ListChatappTemplate", parameters);
        (list["ListTemplate"].as_array().map_or(0, Vec::len), list["Total"].as_u64().unwrap_or(0))
    };
    assert_eq!(count(&[]), (10, 12), "by default ten");
    assert_eq!(count(&[("Page", r#"{"Index":2,"Size":10}"#)]), (2, 12));
    assert_eq!(count(&[("Page", r#"{"index":2,"size":5}"#)]), (5, 12), "lower case is a switch, on");
    assert_eq!(count(&[("Name", "t_1")]), (3, 3), "not exact");
    assert_eq!(count(&[("Language", "de")]), (0, 0));
    assert_eq!(count(&[("Category", "UTILITY"), ("AuditStatus", "pass")]).1, 12);
    for (parameters, wanted) in [
        (("Page", "1"), "InvalidParameter.PageInvalid"),
        (("Page", r#"{"Index":0}"#), "InvalidParameter.PageInvalid"),
        (("AuditStatus", "APPROVED"), "InvalidParameter.AuditStatusNotSupport"),
    ] {
        assert_eq!(world.code("ListChatappTemplate", &[parameters]), wanted);
    }
    let mut strict = World::with(json!({ "alibaba": { "pageKeysAnyCase": false } }));
    strict.alibaba("CreateChatappTemplate", &template(&[]));
    let list = strict.alibaba("ListChatappTemplate", &[("Page", r#"{"index":2,"size":10}"#)]);
    assert_eq!(list["ListTemplate"].as_array().unwrap().len(), 1, "keys in lower case are not seen");
}
