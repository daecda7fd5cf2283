//! Keys from files: a profile of the `aliyun` CLI, or the ini file of the SDKs.

use serde::Deserialize;

use super::Keys;
use crate::provider::error::{Class, Error, Verdict};
use crate::provider::secret_data::OPERATION;

/// Looks into the files in the order of the SDKs; the first that holds keys wins.
pub(super) async fn find(variable: &impl Fn(&str) -> Option<String>) -> Result<Option<Keys>, Error> {
    let profile = variable("ALIBABA_CLOUD_PROFILE");
    if let Some(home) = variable("HOME")
        && let Some(text) = read(&format!("{home}/.aliyun/config.json")).await?
        && let Some(keys) = cli(&text, profile.as_deref())?
    {
        return Ok(Some(keys));
    }
    match variable("ALIBABA_CLOUD_CREDENTIALS_FILE") {
        Some(path) => match read(&path).await? {
            Some(text) => ini(&text, profile.as_deref().unwrap_or("default")).map(Some),
            None => Err(unusable("ALIBABA_CLOUD_CREDENTIALS_FILE names a file that does not exist")),
        },
        None => Ok(None),
    }
}

async fn read(path: &str) -> Result<Option<String>, Error> {
    match tokio::fs::read_to_string(path).await {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable("a credentials file cannot be read").saying(&error.kind().to_string())),
    }
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    current: String,
    #[serde(default)]
    profiles: Vec<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    name: String,
    #[serde(default)]
    mode: String,
    #[serde(default)]
    access_key_id: String,
    #[serde(default)]
    access_key_secret: String,
    #[serde(default)]
    sts_token: String,
}

/// Keys from the CLI's `config.json`. Other modes than keys are none of ours, so the search goes on.
fn cli(text: &str, profile: Option<&str>) -> Result<Option<Keys>, Error> {
    let config: Config = serde_json::from_str(text)
        .map_err(|_| unusable("~/.aliyun/config.json is not what the CLI writes"))?;
    let name = profile.unwrap_or(&config.current);
    let Some(found) = config.profiles.iter().find(|candidate| candidate.name == name) else {
        return Ok(None);
    };
    let token = match found.mode.as_str() {
        "AK" => None,
        "StsToken" => Some(found.sts_token.as_str()),
        _ => return Ok(None),
    };
    keys(&found.access_key_id, &found.access_key_secret, token).map(Some)
}

/// Keys from one section of an ini file.
fn ini(text: &str, section: &str) -> Result<Keys, Error> {
    let (mut inside, mut id, mut secret, mut token) = (false, "", "", None);
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = name.trim() == section;
        } else if inside
            && !line.starts_with(['#', ';'])
            && let Some((key, value)) = line.split_once('=')
        {
            match key.trim() {
                "access_key_id" => id = value,
                "access_key_secret" => secret = value,
                "security_token" => token = Some(value),
                _ => {}
            }
        }
    }
    keys(id, secret, token)
}

fn keys(id: &str, secret: &str, token: Option<&str>) -> Result<Keys, Error> {
    if id.trim().is_empty() || secret.trim().is_empty() {
        return Err(unusable("the profile lacks access_key_id or access_key_secret"));
    }
    Ok(Keys::new(id, secret, token))
}

fn unusable(advice: &'static str) -> Error {
    Error::new(OPERATION, "Credentials.Profile", Verdict::refused(Class::Credentials, advice))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const CLI: &str = r#"{"current": "work", "profiles": [
        {"name": "default", "mode": "AK", "access_key_id": "a", "access_key_secret": "b"},
        {"name": "work", "mode": "StsToken", "access_key_id": "c", "access_key_secret": "d", "sts_token": "e"},
        {"name": "role", "mode": "RamRoleArn", "access_key_id": "f", "access_key_secret": "g"},
        {"name": "empty", "mode": "AK"}]}"#;

    fn shown(keys: &Keys) -> String {
        let token = keys.token.as_ref().map_or("-", ExposeSecret::expose_secret);
        format!("{} {} {token}", keys.id, keys.secret.expose_secret())
    }

    #[test]
    fn reads_the_clis_profiles() {
        for (profile, want, reason) in [
            (None, Some("c d e"), "the current one"),
            (Some("default"), Some("a b -"), "the one that ALIBABA_CLOUD_PROFILE names"),
            (Some("role"), None, "roles are not supported here"),
            (Some("nobody"), None, "unknown"),
        ] {
            let keys = cli(CLI, profile).unwrap();
            assert_eq!(keys.as_ref().map(shown).as_deref(), want, "{reason}");
        }
        assert!(cli(CLI, Some("empty")).is_err(), "a profile without keys is a mistake worth telling");
        assert!(cli("{", None).is_err());
    }

    #[test]
    fn reads_the_ini_file_of_the_sdks() {
        let text = "# mine\n[other]\naccess_key_id = x\n[default]\r\ntype = access_key\n access_key_id = a \n\
                    ;access_key_id = z\naccess_key_secret=b=c\n\n[sts]\naccess_key_id=p\naccess_key_secret=q\n\
                    security_token=r\n";
        assert_eq!(shown(&ini(text, "default").unwrap()), "a b=c -");
        assert_eq!(shown(&ini(text, "sts").unwrap()), "p q r");
        assert!(ini(text, "other").is_err(), "half of a key");
        assert!(ini("", "default").is_err());
    }
}
