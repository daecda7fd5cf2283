//! Parameters, answers and refusals as they cross the wire (providers.md A1, A4).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::request::{Request, Response};

/// The parameters of a call, all of them texts (A1.2).
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    pub(super) fn read(request: &Request, body_too: bool) -> Self {
        let mut pairs: BTreeMap<_, _> = request.query_pairs().into_iter().collect();
        if body_too {
            pairs.extend(request.form_pairs());
        }
        Self(pairs)
    }

    /// An empty value counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refused> {
        self.get(name).ok_or_else(|| Refused::missing(name))
    }

    /// A value out of a closed list.
    pub(super) fn one_of(&self, name: &str, allowed: &[&str]) -> Result<Option<&str>, Refused> {
        match self.get(name) {
            Some(value) if !allowed.contains(&value) => Err(Refused::invalid(name)),
            value => Ok(value),
        }
    }

    /// `true` and `false`; the Python SDK writes `True` and `False` (A1.2).
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refused> {
        match self.get(name) {
            Some("true" | "True") => Ok(Some(true)),
            Some("false" | "False") => Ok(Some(false)),
            Some(_) => Err(Refused::invalid(name)),
            None => Ok(None),
        }
    }

    pub(super) fn whole(&self, name: &str) -> Result<Option<i64>, Refused> {
        self.get(name).map(|value| value.parse().map_err(|_| Refused::invalid(name))).transpose()
    }

    /// Arrays and maps travel as one text that holds JSON (A1.2; trap 16).
    pub(super) fn json(&self, name: &str) -> Result<Option<Value>, Refused> {
        self.get(name)
            .map(|value| serde_json::from_str(value).map_err(|_| Refused::invalid(name)))
            .transpose()
    }

    pub(super) fn version<'a>(&'a self, request: &'a Request) -> Option<&'a str> {
        request.head("x-acs-version").or_else(|| self.get("Version"))
    }
}

/// A success on its way.
pub(super) struct Answer {
    fields: Map<String, Value>,
    /// Whether the samples of this operation end the request id in a newline (A2.2).
    newline: bool,
    /// Whether the answer says that it is a good one; those of STS do not (A7).
    says_ok: bool,
}

impl Answer {
    /// An answer in the order of the samples of vendor-docs. Messages of successes say the strangest
    /// things there, which is why nobody may decide on them (trap 15).
    pub(super) fn new(message: &str) -> Self {
        let mut fields = Map::new();
        fields.insert("AccessDeniedDetail".to_owned(), "None".into());
        fields.insert("RequestId".to_owned(), Value::Null);
        fields.insert("Message".to_owned(), message.into());
        Self { fields, newline: false, says_ok: true }
    }

    /// An answer with nothing around it but the request id.
    pub(super) fn bare() -> Self {
        Self { fields: Map::new(), newline: false, says_ok: false }
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn with_newline(mut self) -> Self {
        self.newline = true;
        self
    }

    pub(super) fn finish(&mut self, request_id: &str, newlines: bool) {
        let end = if self.newline && newlines { "\n" } else { "" };
        self.fields.insert("RequestId".to_owned(), format!("{request_id}{end}").into());
        if self.says_ok {
            self.fields.insert("Code".to_owned(), "OK".into());
        }
    }

    pub(super) fn into_value(self) -> Value {
        Value::Object(self.fields)
    }
}

/// A refusal.
#[derive(Debug)]
pub(super) struct Refused {
    status: u16,
    code: String,
    message: String,
    /// Refused by the gateway, before the product saw the call.
    gateway: bool,
    /// What the header `x-acs-retry-after` says.
    retry_after_ms: Option<u64>,
}

impl Refused {
    pub(super) fn gateway(status: u16, code: &str, message: &str) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            gateway: true,
            retry_after_ms: None,
        }
    }

    pub(super) fn retry_after(self, retry_after_ms: Option<u64>) -> Self {
        Self { retry_after_ms, ..self }
    }

    pub(super) fn business(status: u16, code: &str, message: &str) -> Self {
        Self { gateway: false, ..Self::gateway(status, code, message) }
    }

    pub(super) fn missing(name: &str) -> Self {
        let message = format!(
            "The input parameter {name} that is mandatory for processing this request is not supplied."
        );
        Self::gateway(400, "MissingParameter", &message)
    }

    pub(super) fn invalid(name: &str) -> Self {
        Self::gateway(400, "InvalidParameter", &format!("The specified parameter {name} is not valid."))
    }

    pub(super) fn permission(action: &str) -> Self {
        let message = format!("You are not authorized to perform the operation. cams:{action}");
        Self::business(400, "Ram.PermissionDeny", &message)
    }

    pub(super) fn not_yours() -> Self {
        let message = "The resource does not belong to the current user.";
        Self::business(400, "Unknown.ResourceOwnerId", message)
    }

    pub(super) fn broken(status: u16) -> Self {
        let code = if status == 503 { "ServiceUnavailable" } else { "InternalError" };
        Self::gateway(status, code, "The request processing has failed due to some unknown error.")
    }

    pub(super) fn response(&self, request_id: &str, host: &str) -> Response {
        let mut body = json!({ "RequestId": request_id, "Code": self.code, "Message": self.message });
        if self.gateway {
            body["HostId"] = host.into();
            body["Recommend"] = format!("https://api.alibabacloud.com/troubleshoot?q={}", self.code).into();
        }
        let response = Response::json(self.status, &body);
        match self.retry_after_ms {
            Some(wait) => response.with("x-acs-retry-after", &wait.to_string()),
            None => response,
        }
    }
}

/// V1 answers in XML unless told otherwise (A1; trap 18).
pub(super) fn wants_xml(request: &Request, parameters: &Parameters) -> bool {
    let v3 = request.head("authorization").is_some_and(|value| value.starts_with("ACS3-"));
    match parameters.get("Format") {
        Some(format) => format.eq_ignore_ascii_case("XML"),
        None => !v3 && !request.head("accept").is_some_and(|accept| accept.contains("json")),
    }
}

pub(super) fn as_xml(action: &str, response: &Response) -> Response {
    let root = if response.status < 300 { format!("{action}Response") } else { "Error".to_owned() };
    let mut xml = "<?xml version='1.0' encoding='UTF-8'?>".to_owned();
    element(&mut xml, &root, &response.value());
    let mut headers = response.headers.clone();
    headers.retain(|(name, _)| *name != "content-type");
    headers.push(("content-type", "text/xml;charset=utf-8".to_owned()));
    Response { status: response.status, headers, body: xml.into_bytes() }
}

fn element(xml: &mut String, name: &str, value: &Value) {
    if let Value::Array(items) = value {
        return items.iter().for_each(|item| element(xml, name, item));
    }
    xml.extend(["<", name, ">"]);
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| element(xml, name, value)),
        Value::String(text) => {
            xml.push_str(&text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        }
        other => xml.push_str(&other.to_string()),
    }
    xml.extend(["</", name, ">"]);
}
