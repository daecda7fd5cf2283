//! Every error code of Meta's Graph API that we know, and what its answers mean (providers.md B4).

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::provider::answer::Answered;
use crate::provider::error::{Class, Error, Verdict};

const THROTTLED: Class = Class::Throttled { after: None };

const fn terminal(advice: &'static str) -> Verdict {
    Verdict::refused(Class::Terminal, advice)
}

const fn slow(advice: &'static str) -> Verdict {
    Verdict::refused(Class::Slow, advice)
}

const fn credentials(advice: &'static str) -> Verdict {
    Verdict::refused(Class::Credentials, advice)
}

/// Something went wrong behind the API: the call may have been executed.
const TRANSIENT: Verdict =
    Verdict::unclear(Class::Transient, "Meta has a problem for now; waops tries again");
const SLOW_DOWN: Verdict = Verdict::refused(THROTTLED, "too many calls; waops slows down by itself");
const TOKEN: Verdict = credentials(
    "the access token is not accepted; create a new one for the system user and put it into the Secret",
);
const PERMISSION: Verdict = slow(
    "the token lacks a permission; give the system user whatsapp_business_management and the WhatsApp Business Account",
);
const RESTRICTED: Verdict = slow("Meta has restricted this account; look into Business Support Home");
/// The same answer for an object that is gone and for one that this token may not see.
const GONE_OR_HIDDEN: Verdict = Verdict::refused(
    Class::NotFound { certain: false },
    "the object does not exist, or the token may not see it; waops asks the list",
);
const PLACEMENT: Verdict = terminal(
    "too many variables for so little text, or one at the very beginning or end; add words around them",
);
const FORMAT: Verdict = terminal("Meta refuses the form of a component; its own words say which");

/// Codes with a subcode that says more than the code.
const REFINED: &[((i64, i64), Verdict)] = &[
    ((190, 460), credentials("the access token ended with a change of password; create a new one")),
    ((190, 463), credentials("the access token has expired; create a new one that does not expire")),
    ((190, 467), credentials("the access token was revoked; create a new one")),
    ((100, 33), GONE_OR_HIDDEN),
    (
        (100, 2_388_019),
        slow("this account has as many templates as Meta allows; delete some, or verify the business"),
    ),
    (
        (100, 2_388_023),
        Verdict::refused(
            Class::NameLocked,
            "a template of this name and language is still being deleted; choose another name, or wait up to 30 days",
        ),
    ),
    (
        (100, 2_388_024),
        Verdict::refused(
            Class::AlreadyExists,
            "a template of this name and language exists already; adopt it or choose another name",
        ),
    ),
    (
        (100, 2_388_039),
        Verdict::refused(
            Class::NoEdit,
            "the template cannot be edited now: its edits for now are used up, perhaps by others, or it is in review",
        ),
    ),
    ((100, 2_388_040), terminal("a text is longer than Meta allows; shorten it")),
    ((100, 2_388_047), FORMAT),
    ((100, 2_388_072), FORMAT),
    ((100, 2_388_073), FORMAT),
    ((100, 2_388_293), PLACEMENT),
    ((100, 2_388_299), PLACEMENT),
];

/// The table: each code by itself.
const TABLE: &[(i64, Verdict)] = &[
    (0, TOKEN),
    (190, TOKEN),
    (3, PERMISSION),
    (10, PERMISSION),
    (1, TRANSIENT),
    (2, TRANSIENT),
    (4, SLOW_DOWN),
    (17, SLOW_DOWN),
    (32, SLOW_DOWN),
    (613, SLOW_DOWN),
    (80007, SLOW_DOWN),
    (80008, SLOW_DOWN),
    (130_429, SLOW_DOWN),
    (131_048, SLOW_DOWN),
    (131_056, SLOW_DOWN),
    (133_016, SLOW_DOWN),
    (131_000, TRANSIENT),
    (131_016, TRANSIENT),
    (131_057, TRANSIENT),
    (2_494_100, TRANSIENT),
    (368, RESTRICTED),
    (131_031, RESTRICTED),
    (33, slow("this phone number was deleted; remove it from the manifests, or register it again")),
    (100, terminal("Meta does not accept a value; its own words say which")),
    (803, GONE_OR_HIDDEN),
];

/// A code that nobody told us: slow, never hot, and who knows what it did.
const UNKNOWN: Verdict = Verdict::unclear(
    Class::Slow,
    "Meta refused with a code that waops does not know; its own words may help",
);
/// A known code with a subcode that nobody told us: still a refusal, but perhaps not for ever.
const UNKNOWN_REASON: Verdict = slow("Meta does not accept this now; its own words say why");

/// What a code means: the subcode refines it, `is_transient` overrules both.
pub fn verdict(code: i64, subcode: Option<i64>, is_transient: bool) -> Verdict {
    let refined = subcode.and_then(|subcode| {
        REFINED.iter().find(|(known, _)| *known == (code, subcode)).map(|(_, verdict)| *verdict)
    });
    let plain = || match code {
        200..=299 => PERMISSION,
        // Its subcodes are mostly second-hand, and some of them pass with time.
        100 if subcode.is_some() => UNKNOWN_REASON,
        _ => TABLE.iter().find(|(known, _)| *known == code).map_or(UNKNOWN, |(_, verdict)| *verdict),
    };
    let verdict = refined.unwrap_or_else(plain);
    match verdict.class {
        Class::Throttled { .. } => verdict,
        _ if is_transient => TRANSIENT,
        _ => verdict,
    }
}

/// Whether Meta refuses the form of a template's header.
pub fn is_about_a_header(error: &Error) -> bool {
    matches!(&*error.code, "100/2388047")
}

/// An answer of the Graph API: the object, or what went wrong.
pub fn read(answered: &Answered<'_>) -> Result<Value, Error> {
    let answer = answered.object()?;
    match answer.get("error").and_then(Value::as_object) {
        Some(error) => Err(failure(answered, error)),
        None if answered.reply.status.is_success() && answer.get("error").is_none() => Ok(answer),
        None => Err(answered.odd("Answer.NoError")),
    }
}

fn failure(answered: &Answered<'_>, error: &Map<String, Value>) -> Error {
    let Some(code) = error.get("code").and_then(Value::as_i64) else {
        return answered.odd("Answer.NoCode");
    };
    let subcode = error.get("error_subcode").and_then(Value::as_i64).filter(|subcode| *subcode != 0);
    let is_transient = error.get("is_transient").and_then(Value::as_bool).unwrap_or_default();
    let name = subcode.map_or_else(|| code.to_string(), |subcode| format!("{code}/{subcode}"));
    let text = |key: &str| error.get(key).and_then(Value::as_str).map(str::trim);
    let verdict = verdict(code, subcode, is_transient);
    answered.failure(&name, verdict, &words(text), text("fbtrace_id"))
}

/// The words for people where Meta has any, or else those for developers.
fn words<'a>(text: impl Fn(&str) -> Option<&'a str>) -> Cow<'a, str> {
    match (text("error_user_title"), text("error_user_msg")) {
        (Some(title), Some(message)) => format!("{title}: {message}").into(),
        (None, Some(words)) | (Some(words), None) => words.into(),
        (None, None) => text("message").unwrap_or_default().into(),
    }
}

#[cfg(test)]
#[path = "errors_tests.rs"]
mod tests;
