//! What an HTTP answer is before anybody asks what it says: JSON of the provider, or something else.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::error::{Class, Error, Verdict};
use super::redact::Redactor;

/// A complete answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, decompressed and bounded.
    pub body: Vec<u8>,
}

/// An answer, the operation it answers, and what must not be repeated from it.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The operation.
    pub operation: &'static str,
    /// The answer.
    pub reply: &'a Reply,
    /// The secrets of the attempt.
    pub redactor: &'a Redactor,
}

impl Answered<'_> {
    /// The body as a JSON object, or why it is none.
    pub fn object(&self) -> Result<Value, Error> {
        let body = self.reply.body.trim_ascii();
        if body.is_empty() {
            return Err(self.odd("Answer.Empty"));
        }
        if body.starts_with(b"<") {
            return Err(self.odd("Answer.Page"));
        }
        match serde_json::from_slice(body) {
            Ok(object @ Value::Object(_)) => Ok(object),
            Ok(_) => Err(self.odd("Answer.NoObject")),
            Err(error) if error.is_eof() => Err(self.odd("Answer.CutShort")),
            Err(_) => Err(self.odd("Answer.NoJson")),
        }
    }

    /// An error of the provider, by its code.
    pub fn failure(&self, code: &str, verdict: Verdict, message: &str, request_id: Option<&str>) -> Error {
        let code = self.redactor.word(code);
        let request_id = request_id.map(|id| self.redactor.word(id)).filter(|id| !id.is_empty());
        Error {
            request_id: request_id.map(Into::into),
            http_status: Some(self.reply.status.as_u16()),
            ..Error::new(self.operation, &code, verdict).saying(&self.redactor.text(message))
        }
    }

    /// An error for an answer without a code of the provider: its status and its first words are all we have.
    pub fn odd(&self, code: &str) -> Error {
        // Enough for a snippet; the rest of a page is not worth decoding.
        let head = &self.reply.body[..self.reply.body.len().min(2048)];
        self.failure(code, by_status(self.reply.status), &String::from_utf8_lossy(head), None)
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.reply.headers.get(name)?.to_str().ok().map(str::trim)
    }
}

/// What a status alone says. Such an answer may come from any proxy on the way, so its effect is unclear, but
/// for a refusal to take more calls.
fn by_status(status: StatusCode) -> Verdict {
    match status.as_u16() {
        429 => {
            Verdict::refused(Class::Throttled { after: None }, "too many calls; waops slows down by itself")
        }
        401 => {
            Verdict::unclear(Class::Credentials, "check the account's credentials: they were not accepted")
        }
        407 => Verdict::refused(Class::Slow, "the proxy wants credentials; set them in HTTPS_PROXY"),
        500..=599 | 408 => Verdict::unclear(
            Class::Transient,
            "the provider or a proxy before it is in trouble; waops tries again",
        ),
        200..=299 => Verdict::unclear(
            Class::Transient,
            "the answer could not be read; if this goes on, look for a proxy that changes answers",
        ),
        _ => Verdict::unclear(
            Class::Slow,
            "something other than the provider's API answered; check proxies and the endpoint",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::error::Effect;

    fn read(status: u16, body: &[u8]) -> Result<Value, Error> {
        let status = StatusCode::from_u16(status).unwrap();
        let reply = Reply { status, headers: HeaderMap::new(), body: body.to_vec() };
        let redactor = Redactor::default().with("s3cr3t-token");
        Answered { operation: "Op", reply: &reply, redactor: &redactor }.object()
    }

    #[test]
    fn an_answer_that_is_no_json_object_gets_a_class() {
        let deep = "[".repeat(100_000);
        for (status, body, code, class, reason) in [
            (200, "", "Answer.Empty", "transient", "nothing"),
            (502, " \n", "Answer.Empty", "transient", "blanks are nothing"),
            (200, "<html>log in</html>", "Answer.Page", "transient", "a captive portal"),
            (403, "<html>blocked</html>", "Answer.Page", "slow", "a filter on the way: a human must act"),
            (503, "<Error><Code>x</Code></Error>", "Answer.Page", "transient", "XML of a gateway"),
            (407, "<html>", "Answer.Page", "slow", "the proxy"),
            (429, "slow down", "Answer.NoJson", "throttled", "the status is enough"),
            (200, r#"{"Code":"O"#, "Answer.CutShort", "transient", "truncated"),
            (200, "true", "Answer.NoObject", "transient", "JSON, but not theirs"),
            (200, &deep, "Answer.NoJson", "transient", "too deep for any stack"),
            (200, "{\"a\":\"\u{0}", "Answer.NoJson", "transient", "garbage"),
        ] {
            let error = read(status, body.as_bytes()).unwrap_err();
            assert_eq!((&*error.code, error.class.name()), (code, class), "{reason}");
        }
        assert!(read(200, b"\xff\xfe").is_err(), "not even text");
    }

    #[test]
    fn an_odd_answer_leaves_a_write_unclear() {
        for status in [200, 401, 403, 404, 500, 502, 504] {
            assert_eq!(
                read(status, b"<html>").unwrap_err().effect,
                Effect::Unclear,
                "{status}: any proxy says so"
            );
        }
    }

    #[test]
    fn a_snippet_is_bounded_and_redacted() {
        let page = format!("<html>{}s3cr3t-token{}", "\n".repeat(20), "x".repeat(100_000));
        let message = read(502, page.as_bytes()).unwrap_err().vendor_message.unwrap();
        assert!(message.starts_with("<html> ***xxx") && message.chars().count() <= 300, "{message}");
    }
}
