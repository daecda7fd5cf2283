//! Small clients that sign by themselves, so that every test can speak to both faces in one line.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use waops::simulator::{Outcome, Request, Response, Scenario, Simulator, sandbox};

pub(crate) const HOST: &str = "cams.ap-southeast-1.aliyuncs.com";
pub(crate) const PHONE: &str = sandbox::PHONE_NUMBER;

/// A simulator, its clock, and the nonces of its caller.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) now: Timestamp,
    pub(crate) nonce: u64,
}

/// What a signature is made from; tests change what should not be.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    pub(crate) nonce: String,
    pub(crate) time: Timestamp,
}

impl Default for World {
    fn default() -> Self {
        Self::of(Scenario::default())
    }
}

impl World {
    pub(crate) fn of(scenario: Scenario) -> Self {
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        Self { simulator: Simulator::new(scenario), now, nonce: 0 }
    }

    /// The sandbox with other switches.
    pub(crate) fn with(settings: Value) -> Self {
        let scenario = json!({ "settings": settings });
        Self::of(serde_json::from_value(scenario).unwrap())
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    pub(crate) fn send(&mut self, request: &Request) -> Outcome {
        self.simulator.handle(request, self.now)
    }

    pub(crate) fn respond(&mut self, request: &Request) -> Response {
        self.send(request).response().expect("an answer")
    }

    pub(crate) fn signer(&mut self) -> Signer {
        self.nonce += 1;
        Signer {
            key: sandbox::ACCESS_KEY_ID.to_owned(),
            secret: sandbox::ACCESS_KEY_SECRET.to_owned(),
            token: None,
            nonce: format!("nonce-{}", self.nonce),
            time: self.now,
        }
    }

    /// Calls Alibaba with V3 and everything in the query; a second passes, so that no rate is exceeded.
    pub(crate) fn alibaba(&mut self, action: &str, parameters: &[(&str, &str)]) -> Value {
        self.pass(1);
        let request = self.signer().v3(action, parameters);
        self.respond(&request).value()
    }

    /// The code of Alibaba's answer.
    pub(crate) fn code(&mut self, action: &str, parameters: &[(&str, &str)]) -> String {
        self.alibaba(action, parameters)["Code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn create_code(&mut self, message: &str) -> String {
        let answer = self.alibaba("CreatePhoneMessageQrdl", &qr(&[("PrefilledMessage", message)]));
        answer["Data"]["QrdlCode"].as_str().expect("a code").to_owned()
    }

    pub(crate) fn listed(&mut self) -> Vec<Value> {
        let answer = self.alibaba("ListPhoneMessageQrdl", &[("PhoneNumber", PHONE)]);
        answer["Data"].as_array().expect("a list").clone()
    }

    /// Calls Meta with a bearer token.
    pub(crate) fn meta(&mut self, method: &str, target: &str, body: Option<Value>) -> Response {
        let mut request = Request::new(method, target)
            .header("authorization", &format!("Bearer {}", sandbox::ACCESS_TOKEN));
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.respond(&request)
    }

    pub(crate) fn get(&mut self, target: &str) -> Value {
        self.meta("GET", target, None).value()
    }

    pub(crate) fn post(&mut self, target: &str, body: Value) -> Value {
        self.meta("POST", target, Some(body)).value()
    }

    pub(crate) fn delete(&mut self, target: &str) -> Value {
        self.meta("DELETE", target, None).value()
    }

    /// Code and subcode of Meta's answer to a POST; zero where there is none.
    pub(crate) fn refusal(&mut self, target: &str, body: Value) -> (i64, i64) {
        error_of(&self.post(target, body))
    }
}

pub(crate) fn error_of(answer: &Value) -> (i64, i64) {
    let number = |name: &str| answer["error"][name].as_i64().unwrap_or(0);
    (number("code"), number("error_subcode"))
}

/// Meta's edges of the sandbox.
pub(crate) fn qrdls() -> String {
    format!("/v25.0/{}/message_qrdls", sandbox::PHONE_NUMBER_ID)
}

pub(crate) fn templates() -> String {
    format!("/v25.0/{}/message_templates", sandbox::WABA_ID)
}

/// The parameters of a QR code, with changes; an empty value takes a parameter away.
pub(crate) fn qr<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    with(&[("PhoneNumber", PHONE), ("GenerateQrImage", "PNG"), ("PrefilledMessage", "Hi")], changes)
}

/// The parameters of an Alibaba template, with changes.
pub(crate) fn template<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let body = r#"[{"Type":"BODY","Text":"Hi $(name), it is on its way."}]"#;
    let base = [
        ("Name", "order_shipped"),
        ("Language", "en_US"),
        ("Category", "UTILITY"),
        ("TemplateType", "WHATSAPP"),
        ("Components", body),
        ("Example", r#"{"name":"Ana"}"#),
    ];
    with(&base, changes)
}

/// A Meta template, with changes; null takes a field away.
pub(crate) fn meta_template(changes: &Value) -> Value {
    let body = json!({ "type": "BODY", "text": "Hi {{1}}, it is on its way.", "example": { "body_text": [["Ana"]] } });
    let mut template =
        json!({ "name": "order_shipped", "language": "en_US", "category": "UTILITY", "components": [body] });
    for (key, value) in changes.as_object().unwrap() {
        template[key] = value.clone();
    }
    template
}

fn with<'a>(base: &[(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut parameters: Vec<_> = base.to_vec();
    parameters.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    parameters.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    parameters
}

pub(crate) fn escape(text: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let one = |byte: u8| if unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

pub(crate) fn query(parameters: &[(&str, &str)]) -> String {
    let mut sorted = parameters.to_vec();
    sorted.sort_unstable();
    let pairs: Vec<_> =
        sorted.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Signer {
    /// Everything in the query.
    pub(crate) fn v3(&self, action: &str, parameters: &[(&str, &str)]) -> Request {
        let request = Request::new("POST", &format!("/?{}", query(parameters)));
        self.sign(request, action, "2020-06-06")
    }

    /// Everything in a form body.
    pub(crate) fn v3_form(&self, action: &str, parameters: &[(&str, &str)]) -> Request {
        let request =
            Request::new("POST", "/").content("application/x-www-form-urlencoded", query(parameters));
        self.sign(request, action, "2020-06-06")
    }

    pub(crate) fn sign(&self, request: Request, action: &str, version: &str) -> Request {
        let hash = hex(&Sha256::digest(&request.body));
        let mut request = request
            .header("host", HOST)
            .header("x-acs-action", action)
            .header("x-acs-version", version)
            .header("x-acs-date", &self.time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
            .header("x-acs-signature-nonce", &self.nonce)
            .header("x-acs-content-sha256", &hash);
        if let Some(token) = &self.token {
            request = request.header("x-acs-security-token", token);
        }
        let mut headers = request.headers.clone();
        headers.sort();
        let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let canonical = format!("POST\n/\n{}\n{lines}\n{}\n{hash}", request.query, names.join(";"));
        let text = format!("ACS3-HMAC-SHA256\n{}", hex(&Sha256::digest(canonical)));
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        let signature = hex(&mac.finalize().into_bytes());
        let value = format!(
            "ACS3-HMAC-SHA256 Credential={},SignedHeaders={},Signature={signature}",
            self.key,
            names.join(";")
        );
        request.header("authorization", &value)
    }

    pub(crate) fn v1(&self, action: &str, parameters: &[(&str, &str)]) -> Request {
        let time = self.time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut all = parameters.to_vec();
        all.extend([
            ("Action", action),
            ("Version", "2020-06-06"),
            ("AccessKeyId", &self.key),
            ("SignatureNonce", &self.nonce),
            ("Timestamp", &time),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
        ]);
        all.extend(self.token.as_deref().map(|token| ("SecurityToken", token)));
        let text = format!("POST&%2F&{}", escape(&query(&all)));
        let mut mac = Hmac::<Sha1>::new_from_slice(format!("{}&", self.secret).as_bytes()).unwrap();
        mac.update(text.as_bytes());
        let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        all.push(("Signature", &signature));
        Request::new("POST", &format!("/?{}", query(&all))).header("host", HOST)
    }
}
