//! Who calls: tokens, their permissions, and the proof that the caller knows the app's secret (providers.md B1, B4).

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::super::call::Call;
use super::super::encoding::hex;
use super::super::state::State;
use super::super::tenants::{App, Token};
use super::error::GraphError;
use super::parameters::Parameters;

/// Without it: 403 with code 200.
const PERMISSION: &str = "whatsapp_business_management";

/// A caller whose token is good.
pub(super) struct Caller {
    pub(super) token: Token,
    pub(super) app: App,
    /// `Bearer`, `OAuth`, or empty for a token in the parameters.
    pub(super) scheme: String,
}

impl Caller {
    pub(super) fn verify(
        state: &State,
        call: &Call<'_>,
        parameters: &Parameters,
    ) -> Result<Self, GraphError> {
        let (scheme, text) = presented(call, parameters)?;
        let known = state.meta.tokens.iter().find(|known| known.token == text);
        let invalid = "Invalid OAuth access token - Cannot parse access token";
        let token = known.ok_or_else(|| GraphError::token(None, invalid))?.clone();
        if token.revoked {
            let message = "Error validating access token: The session has been invalidated.";
            return Err(GraphError::token(Some(467), message));
        }
        if token.expires_at_ms.is_some_and(|end| call.clock.wall >= end) {
            let message = "Error validating access token: Session has expired.";
            return Err(GraphError::token(Some(463), message));
        }
        let app = state.meta.apps.iter().find(|app| app.id == token.app).cloned();
        let app = app.ok_or_else(|| GraphError::token(None, invalid))?;
        check_proof(&app, &token, parameters)?;
        if !token.scopes.iter().any(|scope| scope == PERMISSION) {
            return Err(GraphError::permission());
        }
        Ok(Self { token, app, scheme })
    }
}

fn presented(call: &Call<'_>, parameters: &Parameters) -> Result<(String, String), GraphError> {
    if let Some((scheme, token)) =
        call.request.head("authorization").and_then(|header| header.split_once(' '))
    {
        return Ok((scheme.to_owned(), token.trim().to_owned()));
    }
    // Meta's own SDK sends it as a parameter.
    match parameters.text("access_token")? {
        Some(token) => Ok((String::new(), token.to_owned())),
        None => Err(GraphError::token(None, "An access token is required to request this resource.")),
    }
}

/// Hexadecimal HMAC-SHA256 of the token under the app's secret (B1).
fn check_proof(app: &App, token: &Token, parameters: &Parameters) -> Result<(), GraphError> {
    let Some(proof) = parameters.text("appsecret_proof")? else {
        if app.requires_proof {
            let message = "API calls from the server require an appsecret_proof argument";
            return Err(GraphError::invalid(message).graph_method());
        }
        return Ok(());
    };
    let expected = Hmac::<Sha256>::new_from_slice(app.secret.as_bytes())
        .map(|mac| hex(&mac.chain_update(token.token.as_bytes()).finalize().into_bytes()));
    if expected.is_ok_and(|expected| expected == proof) {
        Ok(())
    } else {
        Err(GraphError::invalid("Invalid appsecret_proof provided in the API argument").graph_method())
    }
}
