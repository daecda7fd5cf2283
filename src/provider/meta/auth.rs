//! The token of a Meta account, and the proof that its app may demand.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::provider::encoding::hex;
use crate::provider::error::Error;
use crate::provider::redact::Redactor;
use crate::provider::secret_data::{missing, value};

/// A system user's token, with the secret of the app where it demands proofs.
#[derive(Clone, Debug)]
pub struct Credentials {
    token: SecretString,
    proof: Option<SecretString>,
    redactor: Redactor,
}

impl Credentials {
    /// Credentials from plain text.
    pub fn new(access_token: &str, app_secret: Option<&str>) -> Self {
        let token = access_token.trim();
        let app_secret = app_secret.map(str::trim).filter(|secret| !secret.is_empty());
        let proof = app_secret.map(|secret| proof(secret, token));
        let redactor = Redactor::default()
            .with(token)
            .with(app_secret.unwrap_or_default())
            .with(proof.as_deref().unwrap_or_default());
        Self { token: token.into(), proof: proof.map(SecretString::from), redactor }
    }

    /// Credentials from a Secret, and what to tell people about it.
    pub fn from_secret(data: &BTreeMap<String, Vec<u8>>) -> Result<(Self, Vec<String>), Error> {
        let mut warnings = Vec::new();
        let token = value(data, "accessToken", &mut warnings)?.ok_or_else(|| missing("accessToken"))?;
        let app_secret = value(data, "appSecret", &mut warnings)?;
        Ok((Self::new(&token, app_secret.as_deref()), warnings))
    }

    /// The value of the `authorization` header.
    pub(super) fn authorization(&self, scheme: &str) -> String {
        format!("{scheme} {}", self.token.expose_secret())
    }

    /// `appsecret_proof`, where the app's secret is known.
    pub(super) fn proof(&self) -> Option<&str> {
        self.proof.as_ref().map(ExposeSecret::expose_secret)
    }

    /// What must not be repeated while these credentials are in use.
    pub(super) fn redactor(&self) -> &Redactor {
        &self.redactor
    }
}

/// `appsecret_proof`: the app's secret signs the token.
fn proof(app_secret: &str, token: &str) -> String {
    // HMAC takes keys of every length; Meta refuses an empty proof.
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(app_secret.as_bytes()) else {
        return String::new();
    };
    mac.update(token.as_bytes());
    hex(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_an_hmac_of_the_token() {
        // RFC 4231, test case 2.
        assert_eq!(
            proof("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_secret_gives_trimmed_credentials() {
        let data = |pairs: &[(&str, &str)]| -> BTreeMap<String, Vec<u8>> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec())).collect()
        };
        let (credentials, warnings) =
            Credentials::from_secret(&data(&[("accessToken", "EAAtoken\n"), ("appSecret", "")])).unwrap();
        assert_eq!(credentials.authorization("Bearer"), "Bearer EAAtoken");
        assert_eq!((credentials.proof(), warnings.len()), (None, 1));
        let error = Credentials::from_secret(&data(&[("token", "x")])).unwrap_err();
        assert!(error.advice.contains("accessToken"), "{error}");
    }

    #[test]
    fn nothing_prints_a_secret() {
        let shown = format!("{:?}", Credentials::new("EAA-token", Some("app-secret")));
        assert!(!shown.contains("EAA-token") && !shown.contains("app-secret"), "{shown}");
    }
}
