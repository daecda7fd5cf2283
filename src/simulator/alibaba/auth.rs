//! Signatures, both versions, with the gateway's refusals (providers.md A4, A5, A6).

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::super::call::Call;
use super::super::encoding::{hex, percent};
use super::super::request::Request;
use super::super::state::State;
use super::super::tenants::{AccessKey, AlibabaAccount};
use super::super::time::{MINUTE, Time};
use super::wire::Refused;

/// How old a V3 signature may be (A6).
const V3_TOLERANCE: i64 = 15 * MINUTE;

/// What a signed call claims.
struct Claim {
    key_id: String,
    time: Time,
    nonce: String,
    security_token: Option<String>,
    signature: String,
    tolerance: i64,
    /// What both sides sign.
    string_to_sign: String,
    version: Version,
}

enum Version {
    V1,
    V3,
}

/// Verifies the signature; returns the key it was made with.
pub(super) fn verify(state: &mut State, call: &Call<'_>) -> Result<AccessKey, Refused> {
    let claim = match call.request.head("authorization") {
        Some(header) if header.starts_with("ACS3-HMAC-SHA256") => v3(call.request, header)?,
        Some(_) => return Err(incomplete("the authorization scheme is not ACS3-HMAC-SHA256")),
        None if state.settings.alibaba.v1_accepted => {
            v1(call.request, state.settings.alibaba.v1_tolerance_ms)?
        }
        None => return Err(incomplete("signature version 1.0 is not accepted")),
    };
    if call.clock.wall.since(claim.time).saturating_abs() > claim.tolerance {
        let message = "Specified time stamp or date value is expired.";
        return Err(Refused::gateway(400, "InvalidTimeStamp.Expired", message));
    }
    let key = known_key(state, &claim.key_id)?.clone();
    check_token(&key, claim.security_token.as_deref(), call.clock.wall)?;
    if claim.signature != claim.expected(&key.secret) {
        let message = format!(
            "Specified signature is not matched with our calculation. server string to sign is:{}",
            claim.string_to_sign
        );
        return Err(Refused::gateway(400, "SignatureDoesNotMatch", &message));
    }
    // Only a call that is genuine uses up its nonce (trap 21: a retry needs a fresh one).
    if !state.nonces.is_new(&key.id, &claim.nonce, call.clock.wall) {
        let message = "Specified signature nonce was used already.";
        return Err(Refused::gateway(400, "SignatureNonceUsed", message));
    }
    Ok(key)
}

/// The account of a key.
pub(super) fn account<'a>(state: &'a State, key: &str) -> Result<&'a AlibabaAccount, Refused> {
    let owns = |account: &&AlibabaAccount| account.keys.iter().any(|known| known.id == key);
    state.alibaba.iter().find(owns).ok_or_else(unknown_key)
}

fn known_key<'a>(state: &'a State, id: &str) -> Result<&'a AccessKey, Refused> {
    let mut keys = state.alibaba.iter().flat_map(|account| &account.keys);
    let key = keys.find(|key| key.id == id).ok_or_else(unknown_key)?;
    if key.active {
        Ok(key)
    } else {
        let message = "Specified access key is disabled.";
        Err(Refused::gateway(403, "InvalidAccessKeyId.Inactive", message))
    }
}

fn unknown_key() -> Refused {
    Refused::gateway(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
}

/// Keys from STS come with a token, others without (A4: codes are second-hand).
fn check_token(key: &AccessKey, token: Option<&str>, now: Time) -> Result<(), Refused> {
    let (code, message) = match (key.security_token.as_deref(), token) {
        (None, None) => return Ok(()),
        (Some(_), None) => ("MissingSecurityToken", "SecurityToken is mandatory for this action."),
        (Some(known), Some(token)) if known == token => {
            if key.expires_at_ms.is_none_or(|end| now < end) {
                return Ok(());
            }
            ("InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
        }
        (Some(_), Some(_)) => ("InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed."),
        (None, Some(_)) => (
            "InvalidSecurityToken.MismatchWithAccessKey",
            "Specified SecurityToken mismatch with the AccessKey.",
        ),
    };
    Err(Refused::gateway(400, code, message))
}

fn incomplete(what: &str) -> Refused {
    let message = format!("The request signature does not conform to Aliyun standards: {what}.");
    Refused::gateway(400, "IncompleteSignature", &message)
}

fn time(text: &str) -> Result<Time, Refused> {
    Time::from_iso(text).ok_or_else(|| {
        let message = "Specified time stamp or date value is not well formatted.";
        Refused::gateway(400, "InvalidTimeStamp.Format", message)
    })
}

impl Claim {
    fn expected(&self, secret: &str) -> String {
        let text = self.string_to_sign.as_bytes();
        match self.version {
            Version::V1 => hmac_sha1(&format!("{secret}&"), text),
            Version::V3 => hmac_sha256(secret, text),
        }
    }
}

fn hmac_sha1(key: &str, text: &[u8]) -> String {
    // HMAC takes keys of any length, so there is no failure to speak of.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(text);
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

fn hmac_sha256(key: &str, text: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(text);
    hex(&mac.finalize().into_bytes())
}

/// `k=v&k=v`, sorted by key, escaped as A5.2 says.
fn canonical(mut pairs: Vec<(String, String)>) -> String {
    pairs.sort();
    let written: Vec<_> =
        pairs.iter().map(|(key, value)| format!("{}={}", percent(key), percent(value))).collect();
    written.join("&")
}

/// A5: every parameter of query and form body is signed, the signature itself excepted.
fn v1(request: &Request, tolerance: i64) -> Result<Claim, Refused> {
    let mut pairs = request.query_pairs();
    pairs.extend(request.form_pairs());
    let value = |name: &str| {
        pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).filter(|v| !v.is_empty())
    };
    let required = |name: &str| value(name).ok_or_else(|| Refused::missing(name));
    let signature = required("Signature")?;
    if required("SignatureMethod")? != "HMAC-SHA1" || required("SignatureVersion")? != "1.0" {
        return Err(incomplete("only HMAC-SHA1, version 1.0 is known"));
    }
    let claim = Claim {
        key_id: required("AccessKeyId")?,
        time: time(&required("Timestamp")?)?,
        nonce: required("SignatureNonce")?,
        security_token: value("SecurityToken"),
        signature,
        tolerance,
        string_to_sign: String::new(),
        version: Version::V1,
    };
    pairs.retain(|(key, _)| key != "Signature");
    let string_to_sign = format!("{}&%2F&{}", request.method, percent(&canonical(pairs)));
    Ok(Claim { string_to_sign, ..claim })
}

/// A6: headers and query are signed, the body by its hash.
fn v3(request: &Request, authorization: &str) -> Result<Claim, Refused> {
    let part = |name: &str| {
        let parts = authorization.split_once(' ').map_or("", |(_, parts)| parts);
        parts.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
    };
    let part = |name: &str| part(name).ok_or_else(|| incomplete(&format!("{name} is missing")));
    let signed: Vec<_> = part("SignedHeaders")?.split(';').collect();
    let required = |name: &str| request.head(name).ok_or_else(|| Refused::missing(name));
    for name in ["host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce"] {
        required(name)?;
    }
    let must_sign = |name: &str| matches!(name, "host" | "content-type") || name.starts_with("x-acs-");
    if let Some((name, _)) =
        request.headers.iter().find(|(n, _)| must_sign(n) && !signed.contains(&n.as_str()))
    {
        return Err(incomplete(&format!("{name} is not signed")));
    }
    let hash = hex(&Sha256::digest(&request.body));
    if required("x-acs-content-sha256")? != hash {
        return Err(incomplete("x-acs-content-sha256 is not the hash of the body"));
    }
    let lines = signed.iter().map(|name| [name, ":", request.head(name).unwrap_or_default(), "\n"].concat());
    let headers: String = lines.collect();
    let canonical = format!(
        "{}\n/\n{}\n{headers}\n{}\n{hash}",
        request.method,
        canonical(request.query_pairs()),
        signed.join(";")
    );
    Ok(Claim {
        key_id: part("Credential")?.to_owned(),
        time: time(required("x-acs-date")?)?,
        nonce: required("x-acs-signature-nonce")?.to_owned(),
        security_token: request.head("x-acs-security-token").map(str::to_owned),
        signature: part("Signature")?.to_owned(),
        tolerance: V3_TOLERANCE,
        string_to_sign: format!("ACS3-HMAC-SHA256\n{}", hex(&Sha256::digest(canonical))),
        version: Version::V3,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHORIZATION: &str = "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;\
        x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=";

    #[test]
    fn v3_agrees_with_the_vendors_vector() {
        // providers.md A6
        let request = Request::new(
            "POST",
            "/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
        )
        .header("host", "ecs.cn-shanghai.aliyuncs.com")
        .header("x-acs-action", "RunInstances")
        .header("x-acs-version", "2014-05-26")
        .header("x-acs-date", "2023-10-26T10:22:32Z")
        .header("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d")
        .header("x-acs-content-sha256", &hex(&Sha256::digest(b"")));
        let claim = v3(&request, AUTHORIZATION).unwrap();
        let expected = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0";
        assert_eq!(claim.expected("YourAccessKeySecret"), expected);
    }

    #[test]
    fn v1_agrees_with_the_vendors_vectors() {
        // providers.md A5: 1 and 3
        for (query, secret, expected) in [
            (
                "AccessKeyId=testid&Action=DescribeRegions&Format=XML&SignatureMethod=HMAC-SHA1\
                 &SignatureNonce=3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf&SignatureVersion=1.0\
                 &Timestamp=2016-02-23T12%3A46%3A24Z&Version=2014-05-26&Signature=x",
                "testsecret",
                "OLeaidS1JvxuMvnyHOwuJ+uX5qY=",
            ),
            (
                "AccessKeyId=testId&Action=SendSms&Format=XML&OutId=123&PhoneNumbers=15300000001\
                 &RegionId=cn-hangzhou&SignName=阿里云短信测试专用&SignatureMethod=HMAC-SHA1\
                 &SignatureNonce=45e25e9b-0a6f-4070-8c85-2956eda1b466&SignatureVersion=1.0\
                 &TemplateCode=SMS_71390007&TemplateParam=%7B%22customer%22%3A%22test%22%7D\
                 &Timestamp=2017-07-12T02%3A42%3A19Z&Version=2017-05-25&Signature=x",
                "testSecret",
                "zJDF+Lrzhj/ThnlvIToysFRq6t4=",
            ),
        ] {
            let claim = v1(&Request::new("GET", &format!("/?{query}")), MINUTE).unwrap();
            assert_eq!(claim.expected(secret), expected);
        }
    }
}
