//! Every error code of Alibaba Cloud that we know, and what its answers mean (providers.md A4).

use std::time::Duration;

use serde_json::Value;

use super::wire::{Envelope, envelope};
use crate::provider::answer::Answered;
use crate::provider::error::{Class, Error, Verdict};

const THROTTLED: Class = Class::Throttled { after: None };
const ABSENT: Class = Class::NotFound { certain: true };

const fn terminal(advice: &'static str) -> Verdict {
    Verdict::refused(Class::Terminal, advice)
}

const fn slow(advice: &'static str) -> Verdict {
    Verdict::refused(Class::Slow, advice)
}

const fn credentials(advice: &'static str) -> Verdict {
    Verdict::refused(Class::Credentials, advice)
}

/// Something went wrong behind the gateway: the call may have been executed.
const fn transient(advice: &'static str) -> Verdict {
    Verdict::unclear(Class::Transient, advice)
}

const SLOW_DOWN: Verdict = Verdict::refused(THROTTLED, "too many calls; waops slows down by itself");
const SIGNATURE: Verdict =
    credentials("the signature was not accepted; check accessKeySecret: it does not belong to accessKeyId");
const KEY: Verdict =
    credentials("this access key does not exist; put a valid one into the account's credentials");
const KEY_OFF: Verdict = credentials("this access key is disabled; enable it in RAM or use another");
const TOKEN: Verdict = credentials(
    "the security token does not fit; accessKeyId, accessKeySecret and securityToken must come from one issue",
);
const CLOCK: Verdict = slow(
    "the provider refuses our time; set this machine's clock (a clock that is wrong by 15 minutes is refused)",
);
const OURS: Verdict =
    slow("the provider does not understand this request; update waops, or report this as a bug");
const RAM: Verdict =
    slow("the RAM user may not do this; grant it the cams: actions that waops needs (docs: permissions)");
const TOO_MANY_VARIABLES: Verdict = terminal("a text header holds at most one variable; remove the others");
const URL_VARIABLES: Verdict =
    terminal("a button's url holds at most one variable, at its end; remove the others");

/// The table: each code by name. What begins with `Throttling` is throttling, see [`verdict`].
const TABLE: &[(&str, Verdict)] = &[
    // cams itself
    (
        "Product.Unsubscript",
        slow(
            "this Alibaba Cloud account has not subscribed to Chat App Message Service; subscribe in the console",
        ),
    ),
    ("Ram.PermissionDeny", RAM),
    ("System.LimitControl", SLOW_DOWN),
    (
        "Unknown.ResourceOwnerId",
        slow(
            "the phone number, space or code does not belong to this Alibaba Cloud account; check phoneNumber, custSpaceId and the credentials",
        ),
    ),
    (
        "Authentication.NoAuth",
        slow(
            "this account is not authorised for the resource; check custSpaceId and the account's authorisation in the console",
        ),
    ),
    (
        "InvalidParameter.MessageInvalid",
        terminal("the text is not accepted; check its variables and their samples"),
    ),
    ("InvalidParameter.FooterHaveVariable", terminal("a footer holds no variables; remove them")),
    ("InvalidParameter.HeaderMoreVarable", TOO_MANY_VARIABLES),
    ("InvalidParameter.HeaderMoreVariable", TOO_MANY_VARIABLES),
    (
        "InvalidParameter.HeaderTypeNotSupport",
        terminal("this header format is not supported; use TEXT, IMAGE, VIDEO or DOCUMENT"),
    ),
    (
        "InvalidParameter.ButtonTextHaveVariable",
        terminal("the text of a button holds no variables; remove them"),
    ),
    ("InvalidParameter.UrlMoreVarable", URL_VARIABLES),
    ("InvalidParameter.UrlMoreVariable", URL_VARIABLES),
    (
        "InvalidParameter.PhoneNumberError",
        terminal("the phone number of a button is not accepted; write it with + and country code"),
    ),
    (
        "InvalidParameter.CreateError",
        terminal("the template is not accepted as it is; the provider's own words say more"),
    ),
    ("InvalidParameter.PageInvalid", OURS),
    (
        "InvalidParameter.LanguageNotSupport",
        terminal("this language is not supported; choose one of the provider's list"),
    ),
    ("InvalidParameter.AuditStatusNotSupport", OURS),
    ("InvalidParameter.TemplateTypeNotSupport", OURS),
    (
        "InvalidParameter.TemplateNameExist",
        Verdict::refused(
            Class::AlreadyExists,
            "a template of this name exists already; adopt it or choose another name",
        ),
    ),
    (
        "DelError.TemplateNotExist",
        Verdict::refused(ABSENT, "the template does not exist any more; nothing to do"),
    ),
    ("DetailError.TemplateNotExist", Verdict::refused(ABSENT, "the template does not exist")),
    ("TemplateListError.QueryError", transient("the list could not be made; waops tries again")),
    // the gateway
    ("ServiceUnavailable", transient("the service is not available now; waops tries again")),
    ("InternalError", transient("the provider has a problem; waops tries again")),
    // A second use proves that the first was taken: by a proxy that repeats requests, for instance.
    ("SignatureNonceUsed", transient("this request arrived twice; look for a proxy that repeats requests")),
    ("InvalidTimeStamp.Expired", CLOCK),
    ("IllegalTimestamp", CLOCK),
    ("InvalidTimeStamp.Format", OURS),
    ("SignatureDoesNotMatch", SIGNATURE),
    ("IncompleteSignature", SIGNATURE),
    ("InvalidAccessKeyId.NotFound", KEY),
    ("InvalidAccessKeyId.Inactive", KEY_OFF),
    ("Forbidden.AccessKeyDisabled", KEY_OFF),
    ("InvalidSecurityToken.Expired", credentials("the security token has expired; issue a new one")),
    ("InvalidSecurityToken.Malformed", TOKEN),
    ("InvalidSecurityToken.MismatchWithAccessKey", TOKEN),
    ("MissingSecurityToken", TOKEN),
    ("MissingParameter", OURS),
    ("InvalidParameter", terminal("a value is not accepted; the provider's own words say which")),
    ("InvalidAction", OURS),
    ("NoSuchVersion", OURS),
    ("InvalidApi.NotFound", OURS),
    (
        "InvalidProduct.NotFound",
        slow(
            "the service does not exist in this region; check region (ap-southeast-1 is the documented one)",
        ),
    ),
    ("UnsupportedHTTPMethod", OURS),
    ("InvalidProtocol.NeedSsl", slow("the endpoint wants https; check the operator's endpoint flag")),
    ("Forbidden", RAM),
    ("Forbidden.RAM", RAM),
    ("NoPermission", RAM),
    ("Forbidden.RiskControl", slow("Alibaba Cloud holds this account for risk control; ask its support")),
    (
        "Forbidden.UserVerification",
        slow("this Alibaba Cloud account is not verified; complete the verification in the console"),
    ),
    ("InsufficientBalance", slow("the balance of this Alibaba Cloud account is too low; top it up")),
];

/// A code that nobody told us: slow, never hot, and who knows what it did.
const UNKNOWN: Verdict = Verdict::unclear(
    Class::Slow,
    "the provider refused with a code that waops does not know; its own words may help",
);

/// What a code means.
pub fn verdict(code: &str) -> Verdict {
    if code == "Throttling" || code.starts_with("Throttling.") {
        return SLOW_DOWN;
    }
    TABLE.iter().find(|(known, _)| *known == code).map_or(UNKNOWN, |(_, verdict)| *verdict)
}

/// An answer of `cams`: what it says, or what went wrong. `Code` alone decides, whatever the message (trap 15).
pub fn read(answered: &Answered<'_>) -> Result<Value, Error> {
    let (answer, envelope) = open(answered)?;
    match &envelope.code {
        Some(code) if code == "OK" && answered.reply.status.is_success() => Ok(answer),
        Some(code) if code == "OK" => Err(answered.odd("Answer.OkWithBadStatus")),
        Some(code) => Err(failure(answered, code, &envelope)),
        None => Err(answered.odd("Answer.NoCode")),
    }
}

/// An answer of STS, which says nothing when all is well.
pub fn read_sts(answered: &Answered<'_>) -> Result<Value, Error> {
    let (answer, envelope) = open(answered)?;
    match &envelope.code {
        Some(code) => Err(failure(answered, code, &envelope)),
        None if answered.reply.status.is_success() => Ok(answer),
        None => Err(answered.odd("Answer.NoCode")),
    }
}

fn open(answered: &Answered<'_>) -> Result<(Value, Envelope), Error> {
    // Gateways answer errors in XML when they did not get as far as the format we asked for.
    if let Some(envelope) = xml_envelope(&answered.reply.body) {
        let code = envelope.code.as_deref().unwrap_or_default();
        return Err(failure(answered, code, &envelope));
    }
    let answer = answered.object()?;
    let envelope = envelope(&answer);
    Ok((answer, envelope))
}

fn failure(answered: &Answered<'_>, code: &str, envelope: &Envelope) -> Error {
    let mut verdict = verdict(code);
    if let Class::Throttled { after } = &mut verdict.class {
        *after = retry_after(answered);
    }
    let message = envelope.message.as_deref().unwrap_or_default();
    answered.failure(code, verdict, message, envelope.request_id.as_deref())
}

/// `x-acs-retry-after`, in milliseconds; like the vendor's SDK we believe no more than two minutes of it.
fn retry_after(answered: &Answered<'_>) -> Option<Duration> {
    let milliseconds = answered.header("x-acs-retry-after")?.parse::<u64>().ok()?;
    (milliseconds > 0).then(|| Duration::from_millis(milliseconds.min(120_000)))
}

/// What an `<Error>` in XML says; `None` for everything else.
fn xml_envelope(body: &[u8]) -> Option<Envelope> {
    let text = std::str::from_utf8(body).ok()?.trim_start();
    if !text.starts_with("<?xml") && !text.starts_with("<Error>") {
        return None;
    }
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(value, _)| value.trim().to_owned())
    };
    let code = element("Code").filter(|code| code != "OK")?;
    Some(Envelope { code: Some(code), message: element("Message"), request_id: element("RequestId") })
}

#[cfg(test)]
#[path = "errors_tests.rs"]
mod tests;
