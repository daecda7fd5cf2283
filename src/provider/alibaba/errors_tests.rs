//! The table against providers.md A4, and answers against the rules of reading them.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::*;
use crate::provider::answer::Reply;
use crate::provider::error::Effect;
use crate::provider::redact::Redactor;

/// Every code that providers.md A4 prints, and why its class is what it is.
const PRINTED: &[(&str, &str, &str)] = &[
    ("Product.Unsubscript", "slow", "a person must subscribe"),
    ("Ram.PermissionDeny", "slow", "a person must grant"),
    ("System.LimitControl", "throttled", "flow control"),
    ("Unknown.ResourceOwnerId", "slow", "phone, space or code of somebody else"),
    ("Authentication.NoAuth", "slow", "a person must authorise"),
    ("InvalidParameter.MessageInvalid", "terminal", "the manifest"),
    ("InvalidParameter.FooterHaveVariable", "terminal", "the manifest"),
    ("InvalidParameter.HeaderMoreVarable", "terminal", "the manifest; printed so"),
    ("InvalidParameter.HeaderMoreVariable", "terminal", "the manifest; and so"),
    ("InvalidParameter.HeaderTypeNotSupport", "terminal", "the manifest"),
    ("InvalidParameter.ButtonTextHaveVariable", "terminal", "the manifest"),
    ("InvalidParameter.UrlMoreVarable", "terminal", "the manifest; printed so"),
    ("InvalidParameter.UrlMoreVariable", "terminal", "the manifest; and so"),
    ("InvalidParameter.PhoneNumberError", "terminal", "the manifest"),
    ("InvalidParameter.CreateError", "terminal", "the manifest"),
    ("InvalidParameter.PageInvalid", "slow", "no manifest has a page: our bug"),
    ("InvalidParameter.LanguageNotSupport", "terminal", "the manifest"),
    ("InvalidParameter.AuditStatusNotSupport", "slow", "our bug"),
    ("InvalidParameter.TemplateTypeNotSupport", "slow", "our bug"),
    ("InvalidParameter.TemplateNameExist", "already-exists", "adopt or report"),
    ("DelError.TemplateNotExist", "not-found", "success of a delete (trap 44)"),
    ("DetailError.TemplateNotExist", "not-found", "what it says"),
    ("TemplateListError.QueryError", "transient", "unstated, probably passes"),
    ("Throttling", "throttled", "by name"),
    ("Throttling.User", "throttled", "by prefix"),
    ("Throttling.Api", "throttled", "by prefix"),
    ("Throttling.SomethingNew", "throttled", "by prefix, whatever comes"),
    ("ServiceUnavailable", "transient", "503"),
    ("InternalError", "transient", "500"),
    ("SignatureNonceUsed", "transient", "again with a fresh nonce"),
    ("InvalidTimeStamp.Expired", "slow", "after the one correction, a person must set the clock"),
    ("IllegalTimestamp", "slow", "the clock"),
    ("InvalidTimeStamp.Format", "slow", "our bug"),
    ("SignatureDoesNotMatch", "credentials", "a wrong secret"),
    ("IncompleteSignature", "credentials", "a wrong secret"),
    ("InvalidAccessKeyId.NotFound", "credentials", "the key"),
    ("InvalidAccessKeyId.Inactive", "credentials", "the key"),
    ("Forbidden.AccessKeyDisabled", "credentials", "the key"),
    ("InvalidSecurityToken.Expired", "credentials", "after the one renewal"),
    ("InvalidSecurityToken.Malformed", "credentials", "the token"),
    ("InvalidSecurityToken.MismatchWithAccessKey", "credentials", "the token"),
    ("MissingSecurityToken", "credentials", "the token"),
    ("MissingParameter", "slow", "our bug"),
    ("InvalidParameter", "terminal", "the manifest"),
    ("InvalidAction", "slow", "our bug"),
    ("NoSuchVersion", "slow", "our bug"),
    ("InvalidApi.NotFound", "slow", "our bug"),
    ("InvalidProduct.NotFound", "slow", "the region"),
    ("UnsupportedHTTPMethod", "slow", "our bug"),
    ("InvalidProtocol.NeedSsl", "slow", "the endpoint"),
    ("Forbidden", "slow", "a person must grant"),
    ("Forbidden.RAM", "slow", "a person must grant"),
    ("NoPermission", "slow", "a person must grant"),
    ("Forbidden.RiskControl", "slow", "a person must ask"),
    ("Forbidden.UserVerification", "slow", "a person must verify"),
    ("InsufficientBalance", "slow", "a person must pay"),
    ("Nobody.HeardOfIt", "slow", "unknown codes are never hot"),
    ("throttling", "slow", "codes are what they are, to the letter"),
    ("ThrottlingFoo", "slow", "the prefix ends at a dot"),
];

#[test]
fn every_printed_code_has_the_class_that_its_reason_gives() {
    for (code, class, reason) in PRINTED {
        assert_eq!(verdict(code).class.name(), *class, "{code}: {reason}");
    }
}

#[test]
fn every_row_of_the_table_is_printed_and_each_code_stands_once() {
    for (index, (code, row)) in TABLE.iter().enumerate() {
        assert!(PRINTED.iter().any(|(printed, ..)| printed == code), "{code} is not in providers.md A4");
        assert!(TABLE[..index].iter().all(|(other, _)| other != code), "{code} stands twice");
        assert_ne!(*row, UNKNOWN, "{code}");
    }
}

#[test]
fn only_a_refusal_by_name_is_certainly_without_effect() {
    for (code, ..) in PRINTED {
        let verdict = verdict(code);
        let unclear = verdict.class == Class::Transient || verdict == UNKNOWN;
        assert_eq!(verdict.effect == Effect::Unclear, unclear, "{code}");
    }
}

fn answer(status: u16, body: &str, headers: &[(&'static str, &'static str)]) -> Result<Value, Error> {
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    let reply = Reply { status: StatusCode::from_u16(status).unwrap(), headers, body: body.into() };
    let redactor = Redactor::default().with("testsecret");
    read(&Answered { operation: "Op", reply: &reply, redactor: &redactor })
}

#[test]
fn trap_15_http_200_with_another_code_is_a_failure_and_ok_with_an_alarming_message_is_not() {
    let alarming = "User not authorized to operate on the specified resource.";
    let error = answer(200, &format!(r#"{{"Code": "Product.Unsubscript", "Message": "{alarming}"}}"#), &[])
        .unwrap_err();
    assert_eq!((&*error.code, error.http_status), ("Product.Unsubscript", Some(200)));
    for message in [alarming, "None", "无"] {
        assert!(
            answer(200, &format!(r#"{{"Code": "OK", "Message": "{message}"}}"#), &[]).is_ok(),
            "{message}"
        );
    }
}

#[test]
fn trap_27_answers_are_read_leniently() {
    for (status, body, code, reason) in [
        (
            400,
            r#"{"code": "InvalidAction", "message": "m", "requestId": "R"}"#,
            "InvalidAction",
            "lower case",
        ),
        (
            400,
            r#"{"Code": "Throttling.User\n", "Message": "m"}"#,
            "Throttling.User",
            "a line break at the end",
        ),
        (
            404,
            "<?xml version='1.0'?><Error><RequestId>R</RequestId><Code>InvalidAction</Code></Error>",
            "InvalidAction",
            "XML",
        ),
        (200, r#"{"Data": {}}"#, "Answer.NoCode", "no code is no success"),
        (500, r#"{"Code": "OK"}"#, "Answer.OkWithBadStatus", "nor is a code of success with a bad status"),
        (200, r#"{"Code": 7}"#, "7", "any code but OK is a failure"),
        (200, r#"{"Code": {}}"#, "Answer.NoCode", "an object is no code"),
        (502, "<html><Code>x</Code>", "Answer.Page", "a page is no XML answer"),
    ] {
        assert_eq!(&*answer(status, body, &[]).unwrap_err().code, code, "{reason}");
    }
}

#[test]
fn trap_23_the_hint_to_wait_is_in_milliseconds() {
    let body = r#"{"Code": "Throttling.User", "RequestId": "R\n"}"#;
    for (header, want, reason) in [
        ("1500", Some(1500), "milliseconds"),
        ("9999999", Some(120_000), "capped like in the SDK"),
        ("0", None, "nothing"),
        ("-1", None, "nonsense"),
        ("soon", None, "nonsense"),
    ] {
        let error = answer(400, body, &[("x-acs-retry-after", header)]).unwrap_err();
        let want = Class::Throttled { after: want.map(Duration::from_millis) };
        assert_eq!(error.class, want, "{reason}");
        assert_eq!(error.request_id.as_deref(), Some("R"), "trimmed (trap 2)");
    }
}

#[test]
fn the_vendors_words_are_redacted() {
    let body = r#"{"Code": "SignatureDoesNotMatch", "Message": "server string to sign is: a testsecret b"}"#;
    let error = answer(400, body, &[]).unwrap_err();
    assert_eq!(error.vendor_message.as_deref(), Some("server string to sign is: a *** b"));
}
