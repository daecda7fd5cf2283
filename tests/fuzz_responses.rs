//! Feeds broken answers to every parser of what providers say: `cargo test --release --test fuzz_responses`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "simulator_behaviour/support.rs"]
#[allow(
    dead_code,
    clippy::needless_pass_by_value,
    clippy::format_collect,
    reason = "the simulator's own tests use the rest"
)]
mod world;

#[path = "support/fuzz.rs"]
mod fuzz;

use std::time::Duration;

use fuzz::{Fuzz, Random};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use waops::provider::answer::{Answered, Reply};
use waops::provider::error::Error;
use waops::provider::lenient::Unreadable;
use waops::provider::redact::Redactor;
use waops::provider::{alibaba, meta};
use world::World;

/// The vendors' own samples, and what gateways and proxies say in their place.
const SAMPLES: [&str; 17] = [
    // vendor-docs/alibaba-UpdatePhoneMessageQrdl.txt: newlines behind ids, an echo that differs.
    r#"{"AccessDeniedDetail": "None", "RequestId": "90E63D28-E31D-1EB2-8939-A94866411B2O\n", "Message": "None",
     "Data": {"QrImageUrl": "https://img.png", "PhoneNumber": "86158********", "QrdlCode": "D9AA3***\n",
     "DeepLinkUrl": "https://wa.msg/\n", "GenerateQrImage": "PNG", "PrefilledMessage": "Hello"}, "Code": "OK"}"#,
    // vendor-docs/alibaba-CreateChatappTemplate.txt: an alarming message on success.
    r#"{"RequestId": "90E63D28-E31D-1EB2-8939-A94866******", "Code": "OK",
     "Message": "User not authorized to operate on the specified resource.",
     "Data": {"TemplateCode": "MSG_232907****", "TemplateName": "hello_world"}, "AccessDeniedDetail": "None"}"#,
    r#"{"code": "Throttling.User", "message": "Request was denied due to user flow control.", "requestId": 1}"#,
    "<?xml version='1.0'?><Error><RequestId>R</RequestId><Code>InvalidAccessKeyId.NotFound</Code>\
     <Message>m</Message></Error>",
    r#"{"Total": 30, "ListTemplate": [{"TemplateCode": 232907, "TemplateName": "hello", "Language": "en",
     "Category": "utility", "AuditStatus": "AUDITING", "Reason": "", "LastUpdateTime": 1}]}"#,
    // vendor-docs/meta-message_qrdls.txt
    r#"{"data": [{"code": "WOMVT6TJ2BP7A1", "prefilled_message": "Hi", "deep_link_url": "https://wa.me/message/X",
     "qr_image_url": "https://scontent.xx.fbcdn.net/m1/v/t6/An?ccb=10-5&oe=64550A9E"}],
     "paging": {"cursors": {"before": "QVFI", "after": "QVFI"}, "next": "https://graph.facebook.com/v25.0/1"}}"#,
    r#"{"error": {"message": "(#100) Invalid parameter", "type": "OAuthException", "code": 100,
     "error_subcode": 2388023, "is_transient": false, "error_user_title": "Name in use",
     "error_user_msg": "There is already English content.", "fbtrace_id": "Az8or2yhqkZfEZ"}}"#,
    r#"{"success": "true"}"#,
    r#"{"id": "upload:MTp?sig=ARZ", "file_offset": "0", "h": "4::aW"}"#,
    r#"{"data": [{"id": 106540352242922, "display_phone_number": "+1 631-555-5555",
     "code_verification_status": "VERIFIED"}]}"#,
    // help.aliyun.com, ram/api-sts-2015-04-01-getcalleridentity
    r#"{"IdentityType": "RAMUser", "AccountId": "1968132000120000", "RequestId": "3C87BF47", "PrincipalId": "2887",
     "UserId": "216959339000", "Arn": "acs:ram::1968132000120000:user/admin"}"#,
    // Usage headers are as foreign as bodies, and short ones are tried as such.
    r#"{"1": [{"type": "whatsapp", "call_count": 100, "total_cputime": 1, "estimated_time_to_regain_access": 7}]}"#,
    r#"{"call_count": 12, "total_time": 40, "total_cputime": 3}"#,
    "<html><head><title>502 Bad Gateway</title></head></html>",
    "",
    "null",
    r#"[{"a": 1e999}]"#,
];

/// Nobody waits longer, whatever a header says.
const DAY: Duration = Duration::from_secs(24 * 3600);

const SPECIALS: [&str; 26] = [
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "-1",
    "1e999",
    "18446744073709551616",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "{{1}}",
    "$(x)",
    "{{",
    "\"BODY\"",
    "\"type\":",
    "\"Code\":\"OK\",",
    "\"error\":{\"code\":4},",
    "<Error><Code>",
    "</Code>",
    "🎉",
    "\u{202e}",
    "\0",
    "\\",
    "\"",
    ",",
    "?oe=ffffffffffffffff",
];

/// What the simulator answers to one call of each sort, good and bad.
fn simulated() -> Vec<Vec<u8>> {
    let mut world = World::default();
    let code = world.create_code("Hi");
    let (mut answers, phone) = (Vec::new(), ("PhoneNumber", world::PHONE));
    for (action, parameters) in [
        ("ListPhoneMessageQrdl", vec![phone]),
        ("UpdatePhoneMessageQrdl", world::qr(&[("QrdlCode", &code), ("PrefilledMessage", "Ho")])),
        ("CreatePhoneMessageQrdl", world::qr(&[("PrefilledMessage", "")])),
        ("CreateChatappTemplate", world::template(&[])),
        ("CreateChatappTemplate", world::template(&[("Components", "[")])),
        ("ListChatappTemplate", vec![("Page", r#"{"Index":1,"Size":20}"#), ("TemplateType", "WHATSAPP")]),
        (
            "GetChatappTemplateDetail",
            vec![("TemplateName", "order_shipped"), ("Language", "en_US"), ("TemplateType", "WHATSAPP")],
        ),
        ("DeletePhoneMessageQrdl", vec![phone, ("QrdlCode", "nobody's")]),
    ] {
        answers.push(world.alibaba(action, &parameters));
    }
    let fields = "fields=code,prefilled_message,deep_link_url,qr_image_url.format(SVG)";
    let text = json!({"prefilled_message": "Hi", "generate_qr_image": "PNG"});
    answers.push(world.post(&world::qrdls(), text));
    answers.push(world.post(&world::qrdls(), json!({})));
    answers.push(world.get(&format!("{}?{fields}", world::qrdls())));
    answers.push(world.post(&world::templates(), world::meta_template(&json!({}))));
    answers.push(world.get(&world::templates()));
    answers.push(world.get("/v25.0/1/phone_numbers"));
    answers.into_iter().map(|answer| answer.to_string().into_bytes()).collect()
}

fn corpus() -> Vec<Vec<u8>> {
    SAMPLES.iter().map(|sample| sample.as_bytes().to_vec()).chain(simulated()).collect()
}

/// One value of an answer becomes another.
fn misshape(input: &mut Vec<u8>, _: usize, random: &mut Random) {
    if let Ok(mut answer) = serde_json::from_slice::<Value>(input) {
        let mut place = random.below(count(&answer));
        if let Some(value) = nth(&mut answer, &mut place) {
            *value = other(value, random);
        }
        *input = answer.to_string().into_bytes();
    }
}

/// How many values an answer has, itself included.
fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

/// The value at this place, counted through the whole answer.
fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(fields) => fields.values_mut().find_map(|field| nth(field, left)),
        _ => None,
    }
}

/// Something else in the place of a value: right JSON of a wrong shape reaches deeper than noise.
fn other(value: &Value, random: &mut Random) -> Value {
    match random.below(8) {
        0 => Value::Null,
        1 => json!([value, value]),
        2 => json!({"type": value}),
        3 => json!(i64::MIN),
        4 => json!("x".repeat(random.below(5_000))),
        5 => json!(SPECIALS[random.below(SPECIALS.len())]),
        6 => json!(true),
        _ => json!(1.5e300),
    }
}

fn readable<T>(result: Result<T, Unreadable>) {
    if let Err(error) = result {
        short(&error.to_string());
    }
}

fn short(text: &str) {
    assert!(text.chars().count() <= 400, "{} characters: {text}", text.chars().count());
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

/// Every part of an error that comes from outside.
fn check_error(error: &Error) {
    short(&error.code);
    short(error.vendor_message.as_deref().unwrap_or_default());
    short(error.request_id.as_deref().unwrap_or_default());
    assert!(!error.advice.is_empty());
    let whole = error.to_string();
    assert!(whole.len() <= 2_048, "{} bytes: {whole}", whole.len());
}

fn check_wire(answer: &Value) {
    alibaba::wire::envelope(answer);
    readable(alibaba::wire::account_id(answer));
    readable(alibaba::wire::accepted(answer));
    readable(alibaba::wire::template(answer));
    readable(alibaba::wire::template_page(answer));
    readable(alibaba::wire::qr_codes::written(answer));
    readable(alibaba::wire::qr_codes::listed(answer));
    meta::wire::success(answer);
    readable(meta::wire::accepted(answer));
    readable(meta::wire::template(answer));
    readable(meta::wire::template_page(answer));
    readable(meta::wire::qr_codes::written(answer));
    readable(meta::wire::qr_codes::listed(answer));
    readable(meta::wire::phone_numbers::listed(answer));
    readable(meta::wire::media::session(answer));
    readable(meta::wire::media::offset(answer));
    readable(meta::wire::media::handle(answer));
}

fn check(body: &[u8], random: &mut Random) {
    let status = [200, 200, 400, 403, 404, 429, 500, 503][random.below(8)];
    let mut headers = HeaderMap::new();
    // The body itself is as good a hint as any, where it can be a header.
    if let Ok(value) = HeaderValue::from_bytes(&body[..body.len().min(200)]) {
        for name in ["x-acs-retry-after", "x-app-usage", "x-business-use-case-usage"] {
            headers.insert(name, value.clone());
        }
    }
    let status = StatusCode::from_u16(status).unwrap();
    let reply = Reply { status, headers, body: body.to_vec() };
    let redactor = Redactor::default().with("testsecret");
    let answered = Answered { operation: "Op", reply: &reply, redactor: &redactor };
    let usage = meta::usage::read(&answered.reply.headers);
    assert!(usage.regain.is_none_or(|wait| wait <= DAY), "{usage:?}");
    for result in [
        answered.object(),
        alibaba::errors::read(&answered),
        alibaba::errors::read_sts(&answered),
        meta::errors::read(&answered),
    ] {
        match result {
            Ok(answer) => check_wire(&answer),
            Err(error) => check_error(&error),
        }
    }
    if let Ok(answer) = serde_json::from_slice(body) {
        check_wire(&answer);
    }
}

#[test]
fn the_corpus_itself_is_read() {
    let codes = simulated().into_iter().filter(|body| {
        let answer = serde_json::from_slice(body).unwrap();
        alibaba::wire::qr_codes::written(&answer).is_ok() || meta::wire::qr_codes::written(&answer).is_ok()
    });
    assert!(codes.count() >= 2, "an update and a create are understood");
    for (seed, body) in (1..).zip(corpus()) {
        check(&body, &mut Random::new(seed));
    }
}

/// As much as can be put into every part that is carried along, in letters of four bytes.
#[test]
fn an_error_is_short_however_long_the_answer() {
    let long = "🎉".repeat(100_000);
    let cams = json!({"Code": long, "Message": long, "RequestId": long}).to_string();
    let xml =
        format!("<Error><Code>{long}</Code><Message>{long}</Message><RequestId>{long}</RequestId></Error>");
    let graph = |code: i64| {
        json!({"error": {"code": code, "error_subcode": i64::MIN, "message": long, "fbtrace_id": long,
                         "error_user_title": long, "error_user_msg": long}})
        .to_string()
    };
    for body in [cams, xml, graph(100), graph(i64::MIN), long.clone(), format!("<html>{long}")] {
        check(body.as_bytes(), &mut Random::new(1));
    }
}

#[test]
fn broken_answers_never_break_a_parser() {
    let openers = &["[", "{\"a\":", "\"", "<Error>"];
    Fuzz { corpus: corpus(), specials: &SPECIALS, openers, own: misshape, check }.run();
}
