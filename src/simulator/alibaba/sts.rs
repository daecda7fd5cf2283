//! Two operations of STS: `AssumeRoleWithOIDC`, an unsigned call that trades an OIDC token for a key (providers.md A7),
//! and `GetCallerIdentity`, which says whose a key is (help.aliyun.com, ram/api-sts-2015-04-01-getcalleridentity).

use serde_json::json;

use super::super::call::Call;
use super::super::state::State;
use super::super::tenants::{AccessKey, Role};
use super::super::time::SECOND;
use super::auth;
use super::wire::{Answer, Parameters, Refused};

const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

/// Answers a call, if it is one of STS.
pub(super) fn answer(
    state: &mut State,
    call: &Call<'_>,
    action: &str,
    parameters: &Parameters,
) -> Option<Result<Answer, Refused>> {
    let run = match action {
        "AssumeRoleWithOIDC" => assume_role,
        "GetCallerIdentity" => caller_identity,
        _ => return None,
    };
    if parameters.version(call.request) != Some("2015-04-01") {
        return Some(Err(Refused::gateway(400, "NoSuchVersion", "Specified version does not exist.")));
    }
    Some(run(state, call, parameters))
}

/// Signed like any other call, and needs no permission of RAM.
fn caller_identity(state: &mut State, call: &Call<'_>, _: &Parameters) -> Result<Answer, Refused> {
    let key = auth::verify(state, call)?;
    let uid = &auth::account(state, &key.id)?.uid;
    let answer = Answer::bare().with("AccountId", uid.as_str());
    let (user, role) = (format!("2{uid}"), format!("3{uid}"));
    Ok(match &key.session {
        Some(session) => answer
            .with("IdentityType", "AssumedRoleUser")
            .with("PrincipalId", format!("{role}:{}", session.rsplit('/').next().unwrap_or_default()))
            .with("RoleId", role)
            .with("Arn", format!("acs:ram::{uid}:assumed-role/{session}")),
        None => answer
            .with("IdentityType", "RAMUser")
            .with("PrincipalId", user.as_str())
            .with("UserId", user.as_str())
            .with("Arn", format!("acs:ram::{uid}:user/simulator")),
    })
}

fn assume_role(state: &mut State, call: &Call<'_>, parameters: &Parameters) -> Result<Answer, Refused> {
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
        session: Some(format!("{}/{session}", arn.rsplit('/').next().unwrap_or(arn))),
        allow,
    };
    let answer = Answer::bare()
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
