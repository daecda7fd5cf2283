//! Meta's Graph API, as far as WhatsApp QR codes and templates go (providers.md part B).

mod auth;
mod budget;
mod buttons;
mod components;
mod error;
mod fields;
mod pages;
mod parameters;
mod phones;
mod qr_codes;
mod read_form;
mod template_edits;
mod templates;
mod uploads;

use serde_json::Value;

use super::call::{Call, Refusal};
use super::encoding::path_segment;
use super::request::{Request, Response};
use super::state::State;
use auth::Caller;
use error::GraphError;
use parameters::Parameters;

pub(crate) use templates::NameLock;
pub(crate) use uploads::{Handle, Upload};

/// The versions that answer (B1).
const VERSIONS: std::ops::RangeInclusive<u32> = 23..=26;
const NAME_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A path without its version, taken apart.
struct Route {
    version: Option<u32>,
    segments: Vec<String>,
}

impl Route {
    fn of(path: &str) -> Option<Self> {
        let mut segments: Vec<_> =
            path.split('/').filter(|segment| !segment.is_empty()).map(path_segment).collect();
        let first = segments.first()?;
        let version = first.strip_prefix('v').and_then(|rest| rest.strip_suffix(".0")?.parse().ok());
        if version.is_some() {
            segments.remove(0);
        } else if !first.chars().all(|c| c.is_ascii_digit()) {
            // Only api.facebook.com goes without a version, and begins with an id (B3.1, archive).
            return None;
        }
        Some(Self { version, segments })
    }

    fn parts(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }
}

/// The name of the operation, if the call is for this face: `POST message_qrdls`, `GET object`.
pub(super) fn operation(request: &Request) -> Option<String> {
    let route = Route::of(&request.path)?;
    let edge = match route.parts()[..] {
        [node] if node.starts_with("upload:") => "upload".to_owned(),
        [] | [_] => "object".to_owned(),
        [_, "message_qrdls", _] => "message_qrdls/code".to_owned(),
        [_, ref edge @ ..] => edge.join("/"),
    };
    Some(format!("{} {edge}", request.method))
}

/// Answers a call.
pub(super) fn answer(state: &mut State, call: &Call<'_>) -> Response {
    let trace = format!("A{}", state.random.letters(NAME_LETTERS, 22));
    let mut usage = None;
    let response = match run(state, call, &mut usage) {
        Ok(value) => Response::json(200, &value),
        Err(error) => error.response(&trace),
    };
    let response = response.with("x-fb-trace-id", &trace).with("facebook-api-version", "v25.0");
    match usage {
        Some(usage) => response.with(budget::HEADER, &usage),
        None => response,
    }
}

fn run(state: &mut State, call: &Call<'_>, usage: &mut Option<String>) -> Result<Value, GraphError> {
    match call.conditions.refusal {
        Some(Refusal::Broken(status)) => return Err(GraphError::broken(status)),
        Some(Refusal::Forbidden) => return Err(GraphError::permission()),
        // Whose budget is spent shows further down.
        Some(Refusal::Throttled(_)) | None => {}
    }
    let route = Route::of(&call.request.path).ok_or_else(|| GraphError::unknown_path(&call.request.path))?;
    if route.version.is_some_and(|version| !VERSIONS.contains(&version)) {
        return Err(GraphError::unknown_path(&call.request.path));
    }
    let parameters = Parameters::read(call.request)?;
    let caller = Caller::verify(state, call, &parameters)?;
    let node = route.segments.first().cloned().unwrap_or_default();
    if node.starts_with("upload:") || route.segments.get(1).is_some_and(|edge| edge == "uploads") {
        if let Some(Refusal::Throttled(_)) = call.conditions.refusal {
            return Err(GraphError::app_throttled());
        }
        return uploads::answer(state, call, &caller, &node, &parameters);
    }
    let target = Target::find(state, &caller, &node, &call.request.method)?;
    if let Some(Refusal::Throttled(wait)) = call.conditions.refusal {
        return Err(budget::spent(state, target.waba(), wait));
    }
    let counts = state.settings.meta.qr_codes_share_budget || !route.parts().contains(&"message_qrdls");
    if counts {
        *usage = Some(budget::spend(state, call, &caller, target.waba())?);
    }
    dispatch(state, call, &caller, &target, &route, &parameters)
}

/// What a node id stands for.
enum Target {
    Waba(String),
    Phone { waba: String, phone: String },
    Template { waba: String, template: String },
}

impl Target {
    /// Finds a node that the caller's business shares with it. Anything else looks like nothing (B4: 100/33 means
    /// both "does not exist" and "no permission"; trap 43).
    fn find(state: &State, caller: &Caller, id: &str, method: &str) -> Result<Self, GraphError> {
        let shared = state.meta.wabas.iter().filter(|waba| caller.token.wabas.contains(&waba.id));
        for waba in shared {
            let owner = waba.id.clone();
            if waba.id == id {
                return Ok(Self::Waba(owner));
            }
            if waba.phones.iter().any(|phone| phone.id == id) {
                return Ok(Self::Phone { waba: owner, phone: id.to_owned() });
            }
            let shelf = state.templates.get(&super::state::owner(super::Provider::Meta, &waba.id));
            if shelf.is_some_and(|shelf| shelf.find(|template| template.id == id).is_some()) {
                return Ok(Self::Template { waba: owner, template: id.to_owned() });
            }
        }
        Err(GraphError::unknown(state, method, id))
    }

    fn waba(&self) -> &str {
        match self {
            Self::Waba(waba) | Self::Phone { waba, .. } | Self::Template { waba, .. } => waba,
        }
    }
}

fn dispatch(
    state: &mut State,
    call: &Call<'_>,
    caller: &Caller,
    target: &Target,
    route: &Route,
    parameters: &Parameters,
) -> Result<Value, GraphError> {
    let parts = route.parts();
    let edge = parts.get(1..).unwrap_or_default();
    match (target, call.request.method.as_str(), edge) {
        (Target::Phone { phone, .. }, "GET", ["message_qrdls"]) => {
            qr_codes::list(state, call, caller, phone, parameters)
        }
        (Target::Phone { waba, phone }, "POST", ["message_qrdls"]) => {
            qr_codes::write(state, call, waba, phone, parameters)
        }
        (Target::Phone { phone, .. }, "GET", ["message_qrdls", code]) => {
            qr_codes::one(state, call, caller, phone, code, parameters)
        }
        (Target::Phone { phone, .. }, "DELETE", ["message_qrdls", code]) => {
            qr_codes::delete(state, call, phone, code)
        }
        (Target::Phone { waba, phone }, "GET", []) => phones::one(state, waba, phone, parameters),
        (Target::Waba(waba), "GET", []) => phones::account(state, waba, parameters),
        (Target::Waba(waba), "GET", ["phone_numbers"]) => phones::list(state, call, caller, waba, parameters),
        (Target::Waba(waba), "GET", ["message_templates"]) => {
            templates::list(state, call, caller, waba, parameters)
        }
        (Target::Waba(waba), "POST", ["message_templates"]) => {
            templates::create(state, call, caller, waba, parameters)
        }
        (Target::Waba(waba), "DELETE", ["message_templates"]) => {
            template_edits::delete(state, call, waba, parameters)
        }
        (Target::Waba(waba), "POST", ["upsert_message_templates"]) => {
            template_edits::upsert(state, call, caller, waba, parameters)
        }
        (Target::Waba(waba), "POST", ["message_templates", "archive"]) => {
            template_edits::archive(state, call, waba, parameters, true)
        }
        (Target::Waba(waba), "POST", ["message_templates", "unarchive"]) => {
            template_edits::archive(state, call, waba, parameters, false)
        }
        (Target::Template { waba, template }, "GET", []) => templates::one(state, waba, template, parameters),
        (Target::Template { waba, template }, "POST", []) => {
            template_edits::edit(state, call, caller, (waba, template), parameters)
        }
        (Target::Template { waba, template }, "POST", ["unpause"]) => {
            Ok(template_edits::unpause(state, call, waba, template))
        }
        _ => Err(GraphError::unknown_path(&call.request.path)),
    }
}
