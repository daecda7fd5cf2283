//! Resumable uploads, whose handle goes into the header of a template (providers.md B3.5).

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::call::Call;
use super::super::state::State;
use super::super::time::Time;
use super::auth::Caller;
use super::error::GraphError;
use super::parameters::Parameters;

const TYPES: &[&str] = &["application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4"];

/// An upload that was opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Upload {
    id: String,
    app: String,
    length: usize,
    kind: String,
    received: usize,
    /// Of everything so far; the bytes themselves serve nobody.
    digest: String,
}

/// A handle that a template can use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Handle {
    pub(crate) value: String,
    pub(crate) app: String,
    pub(crate) kind: String,
    pub(crate) expires: Time,
}

pub(super) fn answer(
    state: &mut State,
    call: &Call<'_>,
    caller: &Caller,
    node: &str,
    parameters: &Parameters,
) -> Result<Value, GraphError> {
    if node.starts_with("upload:") && caller.scheme != "OAuth" && !state.settings.meta.upload_accepts_bearer {
        return Err(GraphError::token(None, "Uploads need the header Authorization: OAuth <token>."));
    }
    match call.request.method.as_str() {
        "POST" if node.starts_with("upload:") => receive(state, call, caller, node),
        "GET" if node.starts_with("upload:") => {
            let upload = find(state, caller, node, "GET")?;
            Ok(json!({ "id": address(upload), "file_offset": upload.received }))
        }
        // The app id, not the WABA id.
        "POST" if node == caller.app.id => open(state, caller, parameters),
        method => Err(GraphError::unknown(state, method, node)),
    }
}

fn open(state: &mut State, caller: &Caller, parameters: &Parameters) -> Result<Value, GraphError> {
    let length = parameters.whole("file_length")?.ok_or_else(|| GraphError::missing("file_length"))?;
    let length =
        usize::try_from(length).map_err(|_| GraphError::invalid("Param file_length is not valid."))?;
    let kind = parameters.required("file_type")?;
    if !TYPES.contains(&kind) {
        return Err(GraphError::invalid("Param file_type is not a supported type."));
    }
    let id = format!("upload:{}", state.random.letters(super::NAME_LETTERS, 40));
    let upload = Upload {
        id,
        app: caller.app.id.clone(),
        length,
        kind: kind.to_owned(),
        received: 0,
        digest: String::new(),
    };
    let answer = json!({ "id": address(&upload) });
    state.uploads.push(upload);
    Ok(answer)
}

/// Ids come with a signature behind a question mark, which belongs to the query of the next call.
fn address(upload: &Upload) -> String {
    format!("{}?sig=AR{}", upload.id, upload.id.len())
}

fn find<'a>(state: &'a State, caller: &Caller, id: &str, method: &str) -> Result<&'a Upload, GraphError> {
    let known = state.uploads.iter().find(|upload| upload.id == id && upload.app == caller.app.id);
    known.ok_or_else(|| GraphError::unknown(state, method, id))
}

fn receive(state: &mut State, call: &Call<'_>, caller: &Caller, id: &str) -> Result<Value, GraphError> {
    let mut upload = find(state, caller, id, "POST")?.clone();
    let offset = call.request.head("file_offset").and_then(|offset| offset.parse::<usize>().ok());
    if offset != Some(upload.received) {
        let message = format!("The header file_offset must be {}.", upload.received);
        return Err(GraphError::invalid(&message));
    }
    let received = upload.received.saturating_add(call.request.body.len());
    if received > upload.length {
        return Err(GraphError::invalid("More bytes than file_length announced."));
    }
    upload.received = received;
    let digest = Sha256::new().chain_update(&upload.digest).chain_update(&call.request.body).finalize();
    upload.digest = BASE64_URL_SAFE_NO_PAD.encode(digest);
    let answer = if received == upload.length {
        let expires = call.clock.now.plus(state.settings.meta.upload_lifetime_ms);
        let handle = format!("4::{}:ARa:e:{}:{}", upload.digest, expires.unix_seconds(), caller.app.id);
        let app = caller.app.id.clone();
        state.handles.push(Handle { value: handle.clone(), app, kind: upload.kind.clone(), expires });
        json!({ "h": handle })
    } else {
        json!({ "id": address(&upload), "file_offset": received })
    };
    for known in state.uploads.iter_mut().filter(|known| known.id == id) {
        known.clone_from(&upload);
    }
    Ok(answer)
}
