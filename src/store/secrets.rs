//! What Secrets hold when there is no cluster: documents, a file beside them, and the environment.
//!
//! | from | how |
//! |---|---|
//! | the manifests | `kind: Secret` with `data` or `stringData` |
//! | `--secrets FILE` | the same documents in a file of their own, which wins over the manifests |
//! | the environment | `WAOPS_SECRET_<NAME>_<KEY>` or `WAOPS_SECRET_<NAMESPACE>_<NAME>_<KEY>`, which wins over both |
//!
//! Names become upper-case with `_` for all that is neither letter nor digit, keys are split at their capitals: the
//! `accessToken` of the Secret `shop` is `WAOPS_SECRET_SHOP_ACCESS_TOKEN`.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};

use crate::api::WhatsAppAccountSpec;
use crate::manifest::{Origin, Source, documents};

/// Every key that credentials of a provider can have.
const KEYS: [&str; 5] = ["accessKeyId", "accessKeySecret", "securityToken", "accessToken", "appSecret"];

/// Secrets by namespace and name.
pub(super) type Secrets = BTreeMap<(String, String), BTreeMap<String, Vec<u8>>>;

/// Takes a document of kind Secret in, over what was there under its name. Errors never quote it.
pub(super) fn take(secrets: &mut Secrets, json: &Json, namespace: &str, place: &str) -> Result<(), String> {
    // Encrypted by SOPS: whoever applies it has the key, and we have no use for it.
    if json["sops"].is_object() {
        return Ok(());
    }
    let metadata = &json["metadata"];
    let name = metadata["name"]
        .as_str()
        .ok_or_else(|| format!("{place}: the Secret has no metadata.name; add it"))?;
    let namespace = metadata["namespace"].as_str().unwrap_or(namespace);
    let empty = Map::new();
    let mut data = BTreeMap::new();
    for field in ["data", "stringData"] {
        for (key, value) in json[field].as_object().unwrap_or(&empty) {
            let wrong =
                |what: &str| format!("{place}: {field}.{key} of the Secret {namespace}/{name} {what}");
            let text = value.as_str().ok_or_else(|| wrong("is no text; put it in quotes"))?;
            let bytes = if field == "data" {
                // People break base64 into lines.
                let packed: String = text.split_whitespace().collect();
                STANDARD
                    .decode(packed)
                    .map_err(|_| wrong("is not base64; write plain text under stringData"))?
            } else {
                text.as_bytes().to_vec()
            };
            data.insert(key.clone(), bytes);
        }
    }
    secrets.insert((namespace.to_owned(), name.to_owned()), data);
    Ok(())
}

/// Takes in a file of Secrets.
pub(super) fn take_file(secrets: &mut Secrets, path: &Path, namespace: &str) -> Result<(), String> {
    let source =
        Source { origin: if path.as_os_str() == "-" { Origin::Stdin } else { Origin::File(path.into()) } };
    let name = source.origin.to_string();
    let text = source.read().map_err(|fault| format!("{name}: {}; {}", fault.message, fault.help))?;
    for document in documents(&text) {
        // What a fault says may quote a secret; its place and rule do not.
        let document = document.map_err(|fault| {
            let place = fault.position.map(|position| format!(":{position}")).unwrap_or_default();
            format!(
                "{name}{place}: this is no YAML ({}); `waops explain {}` says more",
                fault.rule, fault.rule
            )
        })?;
        let place = format!("{name}:{}", document.root.start);
        let json = document.root.to_json();
        if json["kind"].as_str() != Some("Secret") {
            return Err(format!("{place}: a file of secrets holds documents of kind Secret only"));
        }
        take(secrets, &json, namespace, &place)?;
    }
    Ok(())
}

/// What the environment says of the Secret of an account, over what is known of it.
pub(super) fn take_environment(
    secrets: &mut Secrets,
    namespace: &str,
    account: &WhatsAppAccountSpec,
    environment: &dyn Fn(&str) -> Option<String>,
) {
    let alibaba = account.alibaba.as_ref().map(|alibaba| &alibaba.credentials);
    let credentials = alibaba.or(account.meta.as_ref().map(|meta| &meta.credentials));
    let Some(reference) = credentials.and_then(|credentials| credentials.secret_ref.as_ref()) else { return };
    for key in KEYS {
        let short = reference.variable(None, key);
        let long = reference.variable(Some(namespace), key);
        if let Some(value) = environment(&long).or_else(|| environment(&short)) {
            let secret = secrets.entry((namespace.to_owned(), reference.name.clone())).or_default();
            secret.insert(key.to_owned(), value.into_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(json: &Json) -> Result<Secrets, String> {
        let mut secrets = Secrets::new();
        take(&mut secrets, json, "default", "s.yaml:1:1").map(|()| secrets)
    }

    #[test]
    fn documents_hold_base64_or_plain_text() {
        let secrets = taken(&serde_json::json!({
            "kind": "Secret", "metadata": {"name": "shop"},
            "data": {"accessToken": "RUFB\nRw==", "appSecret": "b2xk"}, "stringData": {"appSecret": "new"},
        }));
        let data = &secrets.unwrap()[&("default".to_owned(), "shop".to_owned())];
        assert_eq!(data["accessToken"], b"EAAG", "people break base64 into lines");
        assert_eq!(data["appSecret"], b"new", "stringData wins, as in Kubernetes");
    }

    #[test]
    fn what_sops_encrypted_is_left_alone() {
        let secrets = taken(&serde_json::json!({
            "kind": "Secret", "metadata": {"name": "shop"},
            "data": {"accessToken": "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"}, "sops": {"mac": "ENC[x]"},
        }));
        assert!(secrets.unwrap().is_empty());
    }

    #[test]
    fn a_wrong_secret_is_named_and_never_quoted() {
        let cases = [
            (
                serde_json::json!({"metadata": {"name": "shop"}, "data": {"accessToken": "EAAG!"}}),
                "not base64",
            ),
            (
                serde_json::json!({"metadata": {"name": "shop"}, "stringData": {"accessToken": 12345}}),
                "quotes",
            ),
            (serde_json::json!({"stringData": {"accessToken": "EAAG!"}}), "metadata.name"),
        ];
        for (json, wanted) in cases {
            let said = taken(&json).unwrap_err();
            assert!(said.starts_with("s.yaml:1:1: ") && said.contains(wanted), "{said}");
            assert!(!said.contains("EAAG") && !said.contains("12345"), "{said}");
        }
    }

    #[test]
    fn the_environment_wins_and_the_longer_name_over_the_shorter() {
        let account: WhatsAppAccountSpec = serde_json::from_value(
            serde_json::json!({"meta": {"credentials": {"secretRef": {"name": "shop-1.eu"}}}}),
        )
        .unwrap();
        let variables = BTreeMap::from([
            ("WAOPS_SECRET_SHOP_1_EU_ACCESS_TOKEN", "short"),
            ("WAOPS_SECRET_MARKETING_SHOP_1_EU_ACCESS_TOKEN", "long"),
            ("WAOPS_SECRET_OTHER_APP_SECRET", "other's"),
        ]);
        let environment = |name: &str| variables.get(name).map(|value| (*value).to_owned());
        let key = |namespace: &str| (namespace.to_owned(), "shop-1.eu".to_owned());
        let mut secrets = Secrets::from([(
            key("marketing"),
            BTreeMap::from([
                ("accessToken".to_owned(), b"file".to_vec()),
                ("appSecret".to_owned(), b"kept".to_vec()),
            ]),
        )]);
        take_environment(&mut secrets, "marketing", &account, &environment);
        take_environment(&mut secrets, "sales", &account, &environment);
        assert_eq!(secrets[&key("marketing")]["accessToken"], b"long");
        assert_eq!(secrets[&key("marketing")]["appSecret"], b"kept");
        assert_eq!(secrets[&key("sales")]["accessToken"], b"short");
    }
}
