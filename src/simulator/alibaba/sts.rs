//! `AssumeRoleWithOIDC` of STS: an unsigned call that trades an OIDC token for a key (providers.md A7).

use serde_json::json;

use super::super::call::Call;
use super::super::state::State;
use super::super::tenants::{AccessKey, Role};
use super::super::time::SECOND;
use super::wire::{Answer, Parameters, Refused};

pub(super) const ACTION: &str = "AssumeRoleWithOIDC";
const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

pub(super) fn assume_role(
    state: &mut State,
    call: &Call<'_>,
    parameters: &Parameters,
) -> Result<Answer, Refused> {
    if parameters.version(call.request) != Some("2015-04-01") {
        return Err(Refused::gateway(400, "NoSuchVersion", "Specified version does not exist."));
    }
    let arn = parameters.required("RoleArn")?;
    let provider = parameters.required("OIDCProviderArn")?;
    let token = parameters.required("OIDCToken")?;
    let session = parameters.required("RoleSessionName")?;
    let duration = parameters.whole("DurationSeconds")?.unwrap_or(3_600);
    if !(900..=43_200).contains(&duration) {
        return Err(Refused::invalid("DurationSeconds"));
    }
    let matches = |role: &&Role| role.arn == arn && role.provider_arn == provider;
    // These two codes are Alibaba's general ones; providers.md names none for this call.
    let role = state.alibaba.iter().flat_map(|account| &account.roles).find(matches);
    let role =
        role.ok_or_else(|| Refused::gateway(404, "EntityNotExist.Role", "The role does not exist."))?;
    if !role.tokens.is_empty() && !role.tokens.iter().any(|known| known == token) {
        let message = "The OIDC token is not valid.";
        return Err(Refused::gateway(400, "AuthenticationFail.OIDCToken.Invalid", message));
    }
    let allow = role.allow.clone();
    let expires = call.clock.wall.plus(duration.saturating_mul(SECOND));
    let key = AccessKey {
        id: format!("STS.{}", state.random.letters(LETTERS, 24)),
        secret: state.random.letters(LETTERS, 44),
        security_token: Some(state.random.letters(LETTERS, 64)),
        expires_at_ms: Some(expires),
        active: true,
        allow,
    };
    let answer = Answer::new("None")
        .with(
            "Credentials",
            json!({
                "AccessKeyId": key.id,
                "AccessKeySecret": key.secret,
                "SecurityToken": key.security_token,
                "Expiration": expires.iso(),
            }),
        )
        .with("AssumedRoleUser", json!({ "Arn": format!("{arn}/{session}") }));
    let owner = state.alibaba.iter_mut().find(|account| account.roles.iter().any(|role| role.arn == arn));
    if let Some(account) = owner {
        // Keys that ended a day ago help nobody and would pile up in the state file.
        let wall = call.clock.wall;
        account.keys.retain(|key| key.expires_at_ms.is_none_or(|end| wall.since(end) < 86_400 * SECOND));
        account.keys.push(key);
    }
    Ok(answer)
}
