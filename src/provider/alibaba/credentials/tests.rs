//! The chain, without any network: what needs STS is in tests/provider_alibaba.rs.

use super::*;
use crate::provider::transport::Settings;

fn secret(pairs: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec())).collect()
}

fn ambient(pairs: &[(&str, &str)]) -> Credentials {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let variables: BTreeMap<String, String> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let environment: Environment = Arc::new(move |name| variables.get(name).cloned());
    Credentials::ambient(environment, Transport::new(&Settings::default()).unwrap())
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(5))
}

#[tokio::test]
async fn a_secret_is_trimmed_with_a_warning() {
    let (credentials, warnings) = Credentials::from_secret(&secret(&[
        ("accessKeyId", "id\n"),
        ("accessKeySecret", "s"),
        ("securityToken", ""),
    ]))
    .unwrap();
    let keys = credentials.keys(soon()).await.unwrap();
    assert_eq!((keys.id.as_str(), keys.token.is_none()), ("id", true), "an empty token is none");
    assert_eq!(
        warnings,
        ["accessKeyId in the Secret has blanks or a line break around it; they are ignored"]
    );
}

#[test]
fn a_missing_key_of_a_secret_is_named() {
    for (data, named) in [
        (secret(&[("accessKeySecret", "s")]), "accessKeyId"),
        (secret(&[("accessKeyId", "i")]), "accessKeySecret"),
        (secret(&[("accessKeyId", "i"), ("accessKeySecret", " \n")]), "accessKeySecret"),
    ] {
        let error = Credentials::from_secret(&data).unwrap_err();
        assert_eq!(error.class, Class::Credentials);
        assert!(error.advice.contains(named), "{error}");
    }
    let binary = BTreeMap::from([("accessKeyId".to_owned(), vec![0xff])]);
    assert_eq!(&*Credentials::from_secret(&binary).unwrap_err().code, "Credentials.NotText");
}

#[tokio::test]
async fn the_environment_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    std::fs::write(&file, "[default]\naccess_key_id=f\naccess_key_secret=g\n").unwrap();
    let file = file.to_str().unwrap();
    let from_file = ambient(&[("ALIBABA_CLOUD_CREDENTIALS_FILE", file)]);
    assert_eq!(from_file.keys(soon()).await.unwrap().id, "f");
    let both = ambient(&[
        ("ALIBABA_CLOUD_CREDENTIALS_FILE", file),
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "e"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s"),
    ]);
    assert_eq!(both.keys(soon()).await.unwrap().id, "e");
}

#[tokio::test]
async fn a_changed_file_renews_refused_keys() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    std::fs::write(&file, "[default]\naccess_key_id=f\naccess_key_secret=g\n").unwrap();
    let credentials = ambient(&[("ALIBABA_CLOUD_CREDENTIALS_FILE", file.to_str().unwrap())]);
    let old = credentials.keys(soon()).await.unwrap();
    assert!(credentials.renew(&old, soon()).await.unwrap().is_none(), "the same keys are no others");
    std::fs::write(&file, "[default]\naccess_key_id=f2\naccess_key_secret=g\n").unwrap();
    assert_eq!(credentials.renew(&old, soon()).await.unwrap().unwrap().id, "f2");
}

#[tokio::test]
async fn nothing_in_the_surroundings_says_what_would_help() {
    let error = ambient(&[("ALIBABA_CLOUD_ACCESS_KEY_ID", "only half")]).keys(soon()).await.unwrap_err();
    assert!(error.advice.contains("ALIBABA_CLOUD_ACCESS_KEY_SECRET"), "{error}");
}

#[test]
fn temporary_keys_are_stale_before_they_end() {
    let at = |minutes: i64| Timestamp::from_second(minutes * 60).unwrap();
    let held = |life| Held { keys: Keys::new("i", "s", None), fetched: at(0), until: Some(at(life)) };
    assert!(!held(60).is_stale(at(44)) && held(60).is_stale(at(45)), "15 minutes before");
    assert!(
        !held(15).is_stale(at(7)) && held(15).is_stale(at(8)),
        "short ones at half their life, not always"
    );
    assert!(held(60).is_alive(at(59)) && !held(60).is_alive(at(60)));
}

#[test]
fn nothing_prints_a_secret() {
    let keys = Keys::new("id", "the-secret", Some("the-token"));
    let shown = format!("{keys:?} {:?} {:?}", Credentials::fixed(keys.clone()), Held::for_ever(keys.clone()));
    assert!(!shown.contains("the-secret") && !shown.contains("the-token"), "{shown}");
}
