//! Graph's errors (providers.md B1, B4).

use serde_json::json;

use super::super::request::Response;
use super::super::state::State;

/// A refusal in Graph's envelope.
#[derive(Debug)]
pub(super) struct GraphError {
    status: u16,
    code: i64,
    subcode: Option<i64>,
    kind: &'static str,
    message: String,
    /// Title and message for people, which template errors carry.
    people: Option<Box<(&'static str, String)>>,
    transient: bool,
    headers: Vec<(&'static str, String)>,
}

impl GraphError {
    pub(super) fn new(status: u16, code: i64, message: &str) -> Self {
        Self {
            status,
            code,
            subcode: None,
            kind: "OAuthException",
            message: format!("(#{code}) {message}"),
            people: None,
            transient: false,
            headers: Vec::new(),
        }
    }

    pub(super) fn invalid(message: &str) -> Self {
        Self::new(400, 100, message)
    }

    pub(super) fn missing(name: &str) -> Self {
        Self::invalid(&format!("The parameter {name} is required."))
    }

    /// An error of template management: 100 with a subcode, and words for people (B4).
    pub(super) fn template(subcode: i64, title: &'static str, words: &str) -> Self {
        Self {
            subcode: Some(subcode),
            message: "Invalid parameter".to_owned(),
            people: Some(Box::new((title, words.to_owned()))),
            ..Self::invalid("")
        }
    }

    /// 401 (vendor-docs/meta-message_qrdls.txt: "Invalid or missing access token").
    pub(super) fn token(subcode: Option<i64>, message: &str) -> Self {
        Self { subcode, message: message.to_owned(), ..Self::new(401, 190, "") }
    }

    pub(super) fn permission() -> Self {
        Self::new(403, 200, "You do not have the necessary permissions to perform this operation.")
    }

    /// The ambiguous one, or by a switch the documented one that nobody has seen (B4).
    pub(super) fn unknown(state: &State, method: &str, id: &str) -> Self {
        if state.settings.meta.unknown_is_404 {
            return Self::new(404, 803, &format!("Some of the aliases you requested do not exist: {id}"));
        }
        let message = format!(
            "Unsupported {} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
             permissions, or does not support this operation.",
            method.to_ascii_lowercase()
        );
        Self { subcode: Some(33), kind: "GraphMethodException", message, ..Self::invalid("") }
    }

    /// Not in providers.md: what Graph says about paths and versions it does not know.
    pub(super) fn unknown_path(path: &str) -> Self {
        Self { message: format!("Unknown path components: {path}"), ..Self::new(400, 2_500, "") }
    }

    pub(super) fn broken(status: u16) -> Self {
        let code = if status == 503 { 2 } else { 1 };
        let message = "An unknown error has occurred. Please reload the page and try again.";
        Self { transient: true, message: message.to_owned(), ..Self::new(status, code, "") }
    }

    /// The budget of the WABA is spent (B5; trap 47).
    pub(super) fn throttled(state: &State) -> Self {
        let message =
            "There have been too many calls to this WhatsApp Business account. Wait a bit and try again.";
        Self::new(400, state.settings.meta.budget_code, message)
    }

    /// The calls of an app that count for no WABA, uploads among them, have a limit of their own (B4, B5).
    pub(super) fn app_throttled() -> Self {
        let usage = json!({ "call_count": 100, "total_time": 25, "total_cputime": 25 });
        Self::new(400, 4, "Application request limit reached").with_header("x-app-usage", usage.to_string())
    }

    /// "Requirements: verified phone number" is all that is written; a switch says whether that is a matter of access
    /// or of parameters.
    pub(super) fn not_verified(state: &State) -> Self {
        let message = "The phone number is not verified.";
        if state.settings.meta.unverified_is_forbidden {
            Self::new(403, 10, message)
        } else {
            Self::invalid(message)
        }
    }

    pub(super) fn graph_method(mut self) -> Self {
        self.kind = "GraphMethodException";
        self
    }

    pub(super) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(super) fn response(&self, trace: &str) -> Response {
        let mut error = json!({ "message": self.message, "type": self.kind, "code": self.code });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = subcode.into();
        }
        if self.transient || self.people.is_some() {
            error["is_transient"] = self.transient.into();
        }
        if let Some((title, words)) = self.people.as_deref() {
            error["error_user_title"] = (*title).into();
            error["error_user_msg"] = words.as_str().into();
        }
        error["fbtrace_id"] = trace.into();
        let response = Response::json(self.status, &json!({ "error": error }));
        self.headers.iter().fold(response, |response, (name, value)| response.with(name, value))
    }
}
