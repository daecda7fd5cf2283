//! The tables against providers.md B4, and answers against the rules of reading them.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::*;
use crate::provider::answer::Reply;
use crate::provider::error::Effect;
use crate::provider::redact::Redactor;

/// Every code and subcode that providers.md B4 prints, and why its class is what it is.
const PRINTED: &[(i64, Option<i64>, &str, &str)] = &[
    (0, None, "credentials", "the token"),
    (190, None, "credentials", "the token"),
    (190, Some(460), "credentials", "password changed"),
    (190, Some(463), "credentials", "expired"),
    (190, Some(467), "credentials", "invalid"),
    (190, Some(999), "credentials", "whatever is wrong with it"),
    (3, None, "slow", "capability"),
    (10, None, "slow", "permission"),
    (200, None, "slow", "permission: only the messaging one"),
    (299, None, "slow", "permission, to the end of the range"),
    (1, None, "transient", "unknown, passes"),
    (2, None, "transient", "service down"),
    (4, None, "throttled", "app limit"),
    (17, None, "throttled", "user limit"),
    (32, None, "throttled", "page limit"),
    (613, None, "throttled", "call limit"),
    (80007, None, "throttled", "WABA limit (trap 47)"),
    (80008, None, "throttled", "WABA limit (trap 47)"),
    (130_429, None, "throttled", "messaging limit"),
    (131_048, None, "throttled", "messaging limit"),
    (131_056, None, "throttled", "messaging limit"),
    (133_016, None, "throttled", "registration limit"),
    (131_000, None, "transient", "generic"),
    (131_016, None, "transient", "temporary"),
    (2_494_100, None, "transient", "maintenance"),
    (131_057, None, "transient", "maintenance"),
    (368, None, "slow", "restricted: a person must look"),
    (131_031, None, "slow", "locked: a person must look"),
    (33, None, "slow", "phone number deleted"),
    (100, None, "terminal", "invalid parameter"),
    (100, Some(33), "not-found", "or hidden (trap 43)"),
    (803, None, "not-found", "as above"),
    (100, Some(2_388_023), "name-locked", "still being deleted: time"),
    (100, Some(2_388_024), "already-exists", "adopt"),
    (100, Some(2_388_039), "no-edit", "in review, or edit limit: time"),
    (100, Some(2_388_040), "terminal", "too long"),
    (100, Some(2_388_019), "slow", "template limit"),
    (100, Some(2_388_047), "terminal", "header format"),
    (100, Some(2_388_072), "terminal", "body format"),
    (100, Some(2_388_073), "terminal", "footer format"),
    (100, Some(2_388_293), "terminal", "variable ratio"),
    (100, Some(2_388_299), "terminal", "variable at the edge"),
    (100, Some(1), "slow", "an unknown subcode: it may pass"),
    (424_242, None, "slow", "unknown codes are never hot"),
    (-1, None, "slow", "nonsense too"),
];

#[test]
fn every_printed_code_has_the_class_that_its_reason_gives() {
    for (code, subcode, class, reason) in PRINTED {
        assert_eq!(verdict(*code, *subcode, false).class.name(), *class, "{code}/{subcode:?}: {reason}");
    }
}

#[test]
fn every_row_is_printed_and_stands_once() {
    for (index, (code, _)) in TABLE.iter().enumerate() {
        assert!(
            PRINTED.iter().any(|row| (row.0, row.1) == (*code, None)),
            "{code} is not in providers.md B4"
        );
        assert!(TABLE[..index].iter().all(|(other, _)| other != code), "{code} stands twice");
    }
    for (index, ((code, subcode), _)) in REFINED.iter().enumerate() {
        assert!(PRINTED.iter().any(|row| (row.0, row.1) == (*code, Some(*subcode))), "{code}/{subcode}");
        assert!(
            REFINED[..index].iter().all(|(other, _)| *other != (*code, *subcode)),
            "{subcode} stands twice"
        );
    }
}

#[test]
fn is_transient_overrules_everything_but_throttling() {
    for (code, subcode, ..) in PRINTED {
        let verdict = verdict(*code, *subcode, true);
        assert!(matches!(verdict.class, Class::Transient | Class::Throttled { .. }), "{code}/{subcode:?}");
    }
}

#[test]
fn only_a_refusal_by_name_is_certainly_without_effect() {
    for (code, subcode, ..) in PRINTED {
        let verdict = verdict(*code, *subcode, false);
        let unclear = verdict.class == Class::Transient || verdict == UNKNOWN;
        assert_eq!(verdict.effect == Effect::Unclear, unclear, "{code}/{subcode:?}");
    }
}

#[test]
fn trap_43_neither_gone_nor_hidden_is_certain() {
    for (code, subcode) in [(100, Some(33)), (803, None)] {
        assert_eq!(verdict(code, subcode, false).class, Class::NotFound { certain: false });
    }
}

fn answer(status: u16, body: &str) -> Result<Value, Error> {
    let reply =
        Reply { status: StatusCode::from_u16(status).unwrap(), headers: HeaderMap::new(), body: body.into() };
    let redactor = Redactor::default().with("EAAsecret");
    read(&Answered { operation: "Op", reply: &reply, redactor: &redactor })
}

#[test]
fn an_error_carries_the_words_for_people_and_the_trace() {
    let error = answer(
        400,
        r#"{"error": {"message": "Invalid parameter", "type": "OAuthException", "code": 100, "error_subcode": 2388023,
            "is_transient": false, "error_user_title": "Try later", "error_user_msg": "It is being deleted",
            "fbtrace_id": "AbC"}}"#,
    )
    .unwrap_err();
    assert_eq!((&*error.code, error.request_id.as_deref()), ("100/2388023", Some("AbC")));
    assert_eq!(error.vendor_message.as_deref(), Some("Try later: It is being deleted"));
}

#[test]
fn answers_are_read_leniently() {
    for (status, body, code, reason) in [
        (200, r#"{"error": {"code": 1, "message": "m"}}"#, "1", "an error is one, whatever the status"),
        (400, r#"{"error": {"code": "x"}}"#, "Answer.NoCode", "a code is a number"),
        (400, r#"{"error": {"code": 1e40}}"#, "Answer.NoCode", "a whole one"),
        (500, r#"{"success": true}"#, "Answer.NoError", "no success with a bad status"),
        (200, r#"{"error": "text"}"#, "Answer.NoError", "an error of another shape is no success"),
        (400, r#"{"error": {"code": 100, "error_subcode": 0}}"#, "100", "zero is no subcode"),
    ] {
        assert_eq!(&*answer(status, body).unwrap_err().code, code, "{reason}");
    }
    assert!(answer(200, r#"{"data": []}"#).is_ok());
}
