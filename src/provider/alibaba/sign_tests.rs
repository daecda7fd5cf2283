//! Every golden vector of providers.md A5, A6 and A6.1, by name.

use super::*;

const NONCE: &str = "00000000-0000-4000-8000-000000000001";
const TEXT: &str = "Héllo wörld & 你好 100%*~ +1";
const BODY: &str = "Category=UTILITY&Components=%5B%7B%22Type%22%3A%22BODY%22%2C%22Text%22%3A%22Hi%20%24%28name%29%2C%20%C3%A9%22%7D%5D&Example=%7B%22name%22%3A%22Bob%22%7D&Language=en&Name=hello&TemplateType=WHATSAPP";

fn keys(token: Option<&str>) -> Keys {
    Keys::new("testid", "testsecret", token)
}

fn stamp() -> Stamp {
    Stamp { nonce: NONCE.to_owned(), time: "2026-01-02T03:04:05Z".parse().unwrap() }
}

fn parameters(pairs: &[(&'static str, &str)]) -> Vec<Parameter> {
    pairs.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
}

fn update() -> Vec<Parameter> {
    parameters(&[
        ("PhoneNumber", "8613800000000"),
        ("GenerateQrImage", "SVG"),
        ("PrefilledMessage", TEXT),
        ("QrdlCode", "D9II3ABC"),
    ])
}

fn call<'a>(action: &'a str, query: &'a [Parameter], form: &'a [Parameter]) -> Call<'a> {
    Call { host: "cams.ap-southeast-1.aliyuncs.com", action, version: "2020-06-06", query, form }
}

const COMMON: [(&str, &str); 2] = [("SignatureMethod", "HMAC-SHA1"), ("SignatureVersion", "1.0")];

fn a5_1() -> Vec<Parameter> {
    let own = [
        ("AccessKeyId", "testid"),
        ("Action", "DescribeRegions"),
        ("Format", "XML"),
        ("Version", "2014-05-26"),
        ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
        ("Timestamp", "2016-02-23T12:46:24Z"),
    ];
    parameters(&[&own[..], &COMMON].concat())
}

#[test]
fn a5_vector_1_describe_regions() {
    assert_eq!(
        v1_string_to_sign("GET", &a5_1()),
        "GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26Format%3DXML%26SignatureMethod%3DHMAC-SHA1%26\
         SignatureNonce%3D3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf%26SignatureVersion%3D1.0%26\
         Timestamp%3D2016-02-23T12%253A46%253A24Z%26Version%3D2014-05-26"
    );
    assert_eq!(v1_signature("GET", &a5_1(), "testsecret"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
}

#[test]
fn a5_vector_2_describe_dedicated_hosts() {
    let own = [
        ("AccessKeyId", "testid"),
        ("Action", "DescribeDedicatedHosts"),
        ("Format", "JSON"),
        ("RegionId", "cn-beijing"),
        ("Version", "2014-05-26"),
        ("SignatureNonce", "edb2b34af0af9a6d14deaf7c1a5315eb"),
        ("Timestamp", "2023-03-13T08:34:30Z"),
    ];
    let all = parameters(&[&own[..], &COMMON].concat());
    assert_eq!(v1_signature("GET", &all, "testsecret"), "9NaGiOspFP5UPcwX8Iwt2YJXXuk=");
}

#[test]
fn a5_vector_3_send_sms() {
    let own = [
        ("AccessKeyId", "testId"),
        ("Action", "SendSms"),
        ("Format", "XML"),
        ("OutId", "123"),
        ("PhoneNumbers", "15300000001"),
        ("RegionId", "cn-hangzhou"),
        ("SignName", "阿里云短信测试专用"),
        ("TemplateCode", "SMS_71390007"),
        ("TemplateParam", r#"{"customer":"test"}"#),
        ("Version", "2017-05-25"),
        ("SignatureNonce", "45e25e9b-0a6f-4070-8c85-2956eda1b466"),
        ("Timestamp", "2017-07-12T02:42:19Z"),
    ];
    let all = parameters(&[&own[..], &COMMON].concat());
    assert_eq!(v1_signature("GET", &all, "testSecret"), "zJDF+Lrzhj/ThnlvIToysFRq6t4=");
}

#[test]
fn a6_vector_run_instances() {
    let query = parameters(&[
        ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
        ("RegionId", "cn-shanghai"),
    ]);
    let call = Call {
        host: "ecs.cn-shanghai.aliyuncs.com",
        action: "RunInstances",
        version: "2014-05-26",
        query: &query,
        form: &[],
    };
    let keys = Keys::new("YourAccessKeyId", "YourAccessKeySecret", None);
    let stamp = Stamp {
        nonce: "3156853299f313e23d1673dc12e1703d".to_owned(),
        time: "2023-10-26T10:22:32Z".parse().unwrap(),
    };
    let signed = v3(&call, &keys, &stamp);
    assert_eq!(signed.signature, "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
    assert_eq!(
        signed.headers.last().unwrap().1,
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;\
         x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    );
}

#[test]
fn trap_19_a6_1_escaping() {
    assert_eq!(percent(TEXT), "H%C3%A9llo%20w%C3%B6rld%20%26%20%E4%BD%A0%E5%A5%BD%20100%25%2A~%20%2B1");
    assert_eq!(percent("tok+/=en~*"), "tok%2B%2F%3Den~%2A");
}

#[test]
fn trap_18_a6_1_v1_a_update_with_sts() {
    let query = update();
    let signed = v1(&call("UpdatePhoneMessageQrdl", &query, &[]), &keys(Some("tok+/=en~*")), &stamp());
    assert_eq!(signed.signature, "uWpRnRwEEx5Trcwip7hZGGkjfwA=");
    assert!(
        signed.query.contains("&SecurityToken=tok%2B%2F%3Den~%2A&Signature=uWpRnRwEEx5Trcwip7hZGGkjfwA%3D&")
    );
    assert!(signed.query.contains("&Format=JSON&"), "version 1 answers in XML otherwise (trap 18)");
    assert_eq!(signed.body, "");
}

#[test]
fn a6_1_v3_a_update_with_sts() {
    let query = update();
    let signed = v3(&call("UpdatePhoneMessageQrdl", &query, &[]), &keys(Some("tok+/=en~*")), &stamp());
    assert_eq!(signed.signature, "1d11e7c9167cf831af030d1b71aeac99b4a7a1ed611dbe66de0e6a5a6e4a9140");
    assert!(!signed.query.contains("testid"), "version 3 keeps the key out of the address");
    let hash = &signed.headers.iter().find(|(name, _)| *name == "x-acs-content-sha256").unwrap().1;
    assert_eq!(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "the empty body");
}

fn create() -> Vec<Parameter> {
    parameters(&[
        ("Name", "hello"),
        ("Language", "en"),
        ("Category", "UTILITY"),
        ("TemplateType", "WHATSAPP"),
        ("Components", r#"[{"Type":"BODY","Text":"Hi $(name), é"}]"#),
        ("Example", r#"{"name":"Bob"}"#),
    ])
}

#[test]
fn a6_1_v3_b_create_with_a_form_body() {
    let form = create();
    let signed = v3(&call("CreateChatappTemplate", &[], &form), &keys(None), &stamp());
    assert_eq!(signed.body, BODY);
    assert_eq!(sha256(&signed.body), "79399a2b10cedb4544871b524222f01bc250830772c63997bbd6934bb1d8e857");
    assert_eq!(signed.query, "", "a form's parameters are not in the canonical query (trap 20)");
    assert_eq!(signed.signature, "ba285edf931f383288144bad220c7e2294b5cdaa57ba4879484ecd793cc6bc51");
}

#[test]
fn trap_20_v1_signs_the_form_as_if_it_stood_in_the_query() {
    let form = create();
    let in_form = v1(&call("CreateChatappTemplate", &[], &form), &keys(None), &stamp());
    let in_query = v1(&call("CreateChatappTemplate", &form, &[]), &keys(None), &stamp());
    assert_eq!(in_form.signature, in_query.signature, "trap 20");
    assert!(!in_form.query.contains("Components"), "yet it travels in the body alone");
    assert_eq!(in_form.body, BODY);
}

#[test]
fn an_empty_value_keeps_its_equals_sign() {
    assert_eq!(canonical(&parameters(&[("b", ""), ("a", "1")])), "a=1&b=");
}
