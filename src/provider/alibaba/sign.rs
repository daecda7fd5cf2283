//! How requests to Alibaba Cloud are signed: version 1 (HMAC-SHA1) and version 3 (ACS3-HMAC-SHA256).
//!
//! Pure: nonce and time are arguments, because each attempt needs fresh ones and each test needs old ones.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::credentials::Keys;
use crate::provider::encoding::{hex, percent};

/// The content type of a form, the only kind of body these operations have.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// A parameter: name and value, not yet encoded.
pub type Parameter = (&'static str, String);

/// What makes an attempt unique.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Never used twice; a second use is refused by the provider.
    pub nonce: String,
    /// When the attempt was made, by the provider's clock as far as we know it.
    pub time: Timestamp,
}

impl Stamp {
    fn time(&self) -> String {
        self.time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

/// One call, as far as its signature covers it. The method is always `POST`, the path always `/`.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// Host name, with the port where it is not the scheme's own.
    pub host: &'a str,
    /// Name of the operation.
    pub action: &'a str,
    /// Version of the API.
    pub version: &'a str,
    /// Parameters that travel in the query.
    pub query: &'a [Parameter],
    /// Parameters that travel in a form body.
    pub form: &'a [Parameter],
}

/// A call with its signature: all that goes on the wire.
#[derive(Debug)]
pub struct Signed {
    /// The query, encoded.
    pub query: String,
    /// The body, encoded; empty where nothing travels in it.
    pub body: String,
    /// Headers besides `host`.
    pub headers: Vec<(&'static str, String)>,
    /// The signature by itself, so that it can be kept out of logs and errors.
    pub signature: String,
}

/// Parameters in canonical order and encoding; what is signed is also what is sent.
pub fn canonical(parameters: &[Parameter]) -> String {
    let mut sorted: Vec<_> = parameters.iter().collect();
    sorted.sort();
    let pairs: Vec<_> =
        sorted.iter().map(|(key, value)| format!("{}={}", percent(key), percent(value))).collect();
    pairs.join("&")
}

/// Signs with version 1: the signature covers the parameters of query and body, and travels in the query.
pub fn v1(call: &Call<'_>, keys: &Keys, stamp: &Stamp) -> Signed {
    let mut query = call.query.to_vec();
    query.extend([
        ("Action", call.action.to_owned()),
        ("Version", call.version.to_owned()),
        // Without it, version 1 answers in XML.
        ("Format", "JSON".to_owned()),
        ("AccessKeyId", keys.id.clone()),
        ("SignatureNonce", stamp.nonce.clone()),
        ("Timestamp", stamp.time()),
        ("SignatureMethod", "HMAC-SHA1".to_owned()),
        ("SignatureVersion", "1.0".to_owned()),
    ]);
    if let Some(token) = &keys.token {
        query.push(("SecurityToken", token.expose_secret().to_owned()));
    }
    let signature = v1_signature("POST", &[&query, call.form].concat(), keys.secret.expose_secret());
    query.push(("Signature", signature.clone()));
    let headers = content_type(call).into_iter().collect();
    Signed { query: canonical(&query), body: canonical(call.form), headers, signature }
}

fn v1_signature(method: &str, parameters: &[Parameter], secret: &str) -> String {
    let text = v1_string_to_sign(method, parameters);
    STANDARD.encode(hmac::<Hmac<Sha1>>(&format!("{secret}&"), &text))
}

fn v1_string_to_sign(method: &str, parameters: &[Parameter]) -> String {
    format!("{method}&%2F&{}", percent(&canonical(parameters)))
}

/// Signs with version 3: the signature travels in a header, and a body counts by its hash alone.
pub fn v3(call: &Call<'_>, keys: &Keys, stamp: &Stamp) -> Signed {
    let query = canonical(call.query);
    let body = canonical(call.form);
    let mut headers = vec![
        ("host", call.host.to_owned()),
        ("x-acs-action", call.action.to_owned()),
        ("x-acs-content-sha256", sha256(&body)),
        ("x-acs-date", stamp.time()),
        ("x-acs-signature-nonce", stamp.nonce.clone()),
        ("x-acs-version", call.version.to_owned()),
    ];
    headers.extend(content_type(call));
    if let Some(token) = &keys.token {
        headers.push(("x-acs-accesskey-id", keys.id.clone()));
        headers.push(("x-acs-security-token", token.expose_secret().to_owned()));
    }
    headers.sort();
    let (signed_names, signature) =
        v3_signature(&query, &headers, &sha256(&body), keys.secret.expose_secret());
    let authorization =
        format!("ACS3-HMAC-SHA256 Credential={},SignedHeaders={signed_names},Signature={signature}", keys.id);
    // The HTTP client writes `host` itself, from the same address.
    headers.retain(|(name, _)| *name != "host");
    headers.push(("authorization", authorization));
    Signed { query, body, headers, signature }
}

/// The names of the signed headers, and the signature. `headers` are sorted by name.
fn v3_signature(query: &str, headers: &[(&str, String)], body_hash: &str, secret: &str) -> (String, String) {
    let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let lines = lines.concat();
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let request = format!("POST\n/\n{query}\n{lines}\n{names}\n{body_hash}");
    let text = format!("ACS3-HMAC-SHA256\n{}", sha256(&request));
    (names, hex(&hmac::<Hmac<Sha256>>(secret, &text)))
}

fn content_type(call: &Call<'_>) -> Option<(&'static str, String)> {
    (!call.form.is_empty()).then(|| ("content-type", FORM.to_owned()))
}

fn hmac<M: Mac + KeyInit>(key: &str, text: &str) -> Vec<u8> {
    // HMAC takes keys of every length; an error would mean another algorithm, so an empty signature is honest.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key.as_bytes()) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
#[path = "sign_tests.rs"]
mod tests;
