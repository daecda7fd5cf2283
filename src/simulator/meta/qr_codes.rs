//! QR codes (providers.md B2; vendor-docs/meta-message_qrdls.txt).

use serde_json::{Value, json};

use super::super::Provider;
use super::super::call::Call;
use super::super::images::{self, Format};
use super::super::objects::QrCode;
use super::super::state::{State, owner};
use super::super::values::length;
use super::auth::Caller;
use super::error::GraphError;
use super::fields::{self, Field};
use super::pages::Window;
use super::parameters::Parameters;

const FIELDS: &[&str] =
    &["code", "prefilled_message", "deep_link_url", "creation_time", "qr_image_url", "id"];
const LONGEST: usize = 140;

/// Newest first, pages of at most 25, filtered by code.
pub(super) fn list(
    state: &State,
    call: &Call<'_>,
    caller: &Caller,
    phone: &str,
    parameters: &Parameters,
) -> Result<Value, GraphError> {
    let window = Window::read(state, parameters, 25)?;
    let fields = read_fields(parameters)?;
    let wanted = parameters.text("code")?.filter(|code| !code.is_empty());
    let visible = call.visible(state, state.codes().get(&owner(Provider::Meta, phone)));
    let found = visible.into_iter().rev().filter(|known| wanted.is_none_or(|code| known.code == code));
    let things = found.map(|code| (code.sequence, code)).collect();
    let page = window.cut(things).map(|code| shown(state, call, caller, code, &fields));
    Ok(page.into_value(state, call, caller, parameters))
}

/// One code, in an array all the same (B2; trap 9).
pub(super) fn one(
    state: &State,
    call: &Call<'_>,
    caller: &Caller,
    phone: &str,
    code: &str,
    parameters: &Parameters,
) -> Result<Value, GraphError> {
    let fields = read_fields(parameters)?;
    let shelf = state.codes().get(&owner(Provider::Meta, phone));
    let found = shelf.and_then(|shelf| shelf.find(|known| known.code == code));
    let found = found.ok_or_else(|| GraphError::unknown(state, "GET", code))?;
    Ok(json!({ "data": [shown(state, call, caller, found, &fields)] }))
}

/// Creates without `code`, updates with it: the same path (B2; trap 6).
pub(super) fn write(
    state: &mut State,
    call: &Call<'_>,
    waba: &str,
    phone: &str,
    parameters: &Parameters,
) -> Result<Value, GraphError> {
    let message = parameters.required("prefilled_message")?;
    let settings = &state.settings.meta;
    // The unit of 140 is not documented (part E; trap 14).
    let size = if settings.counts_utf16 { message.encode_utf16().count() } else { length(message) };
    if size > LONGEST {
        return Err(GraphError::invalid("Param prefilled_message must be at most 140 characters long."));
    }
    let format = parameters.one_of("generate_qr_image", &["PNG", "SVG"])?;
    let format = format.as_deref().and_then(Format::parse);
    match parameters.text("code")?.filter(|code| !code.is_empty()) {
        Some(_) if format.is_some() && !settings.update_tolerates_image => {
            Err(GraphError::invalid("Param generate_qr_image is not allowed together with code."))
        }
        Some(code) => update(state, call, phone, code, message),
        None => create(state, call, (waba, phone), message, format),
    }
}

fn create(
    state: &mut State,
    call: &Call<'_>,
    (waba, phone): (&str, &str),
    message: &str,
    format: Option<Format>,
) -> Result<Value, GraphError> {
    // "Requirements: verified phone number".
    let phones = state.meta.wabas.iter().filter(|known| known.id == waba).flat_map(|known| &known.phones);
    if phones.into_iter().any(|known| known.id == phone && !known.verified) {
        return Err(GraphError::not_verified(state));
    }
    let owner = owner(Provider::Meta, phone);
    if state.settings.limits && state.codes_mut(&owner).live().count() >= state.settings.codes_per_number {
        // 2,000 per number (B2); how the refusal looks is not documented.
        return Err(GraphError::invalid("This phone number has reached its limit of QR codes."));
    }
    let code = state.random.qr_code();
    state.add_code(&owner, code.clone(), message, format.unwrap_or(Format::Png), call.clock.now);
    let mut answer = json!({
        "code": code,
        "prefilled_message": message,
        "deep_link_url": images::deep_link(&code),
    });
    if let Some(format) = format {
        answer["qr_image_url"] = image(state, call, &code, format).into();
    }
    Ok(answer)
}

/// Code and link stay; no image (B2; traps 3, 5).
fn update(
    state: &mut State,
    call: &Call<'_>,
    phone: &str,
    code: &str,
    message: &str,
) -> Result<Value, GraphError> {
    let shelf = state.codes_mut(&owner(Provider::Meta, phone));
    let changed = shelf.change(
        call.clock.now,
        |known| known.code == code,
        |known| message.clone_into(&mut known.message),
    );
    if changed == 0 {
        return Err(GraphError::unknown(state, "POST", code));
    }
    Ok(json!({ "code": code, "prefilled_message": message, "deep_link_url": images::deep_link(code) }))
}

pub(super) fn delete(
    state: &mut State,
    call: &Call<'_>,
    phone: &str,
    code: &str,
) -> Result<Value, GraphError> {
    let shelf = state.codes_mut(&owner(Provider::Meta, phone));
    let removed = shelf.remove(call.clock.now, |known| known.code == code);
    if removed.is_empty() {
        return Err(GraphError::unknown(state, "DELETE", code));
    }
    Ok(json!({ "success": true }))
}

fn read_fields(parameters: &Parameters) -> Result<Vec<Field>, GraphError> {
    let fields = fields::read(parameters, "WhatsAppMessageQRDL", FIELDS)?.unwrap_or_default();
    let wrong = |field: &Field| field.format.as_deref().is_some_and(|format| Format::parse(format).is_none());
    if fields.iter().any(wrong) {
        return Err(GraphError::invalid("Param format must be one of {PNG, SVG}"));
    }
    Ok(fields)
}

/// The three fields that are always there, and those that were asked for.
fn shown(state: &State, call: &Call<'_>, caller: &Caller, code: &QrCode, fields: &[Field]) -> Value {
    let mut value = json!({
        "code": code.code,
        "prefilled_message": code.message,
        "deep_link_url": images::deep_link(&code.code),
    });
    for field in fields {
        match (field.name.as_str(), field.format.as_deref().and_then(Format::parse)) {
            // First-party apps only; a string that holds a Unix timestamp.
            ("creation_time", _) if caller.app.first_party => {
                value["creation_time"] = code.created.unix_seconds().to_string().into();
            }
            ("qr_image_url", Some(format)) => {
                value["qr_image_url"] = image(state, call, &code.code, format).into();
            }
            _ => {}
        }
    }
    value
}

fn image(state: &State, call: &Call<'_>, code: &str, format: Format) -> String {
    let expires = call.clock.now.plus(state.settings.image_lifetime_ms);
    images::link(&state.settings.public_url, state.seed, code, format, expires)
}
