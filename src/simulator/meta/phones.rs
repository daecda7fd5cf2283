//! WABAs and their phone numbers (providers.md B1, M-fb).

use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::state::State;
use super::super::tenants::PhoneNumber;
use super::auth::Caller;
use super::error::GraphError;
use super::fields::{self, Field};
use super::pages::Window;
use super::parameters::Parameters;

const PHONE_FIELDS: &[&str] = &[
    "id",
    "display_phone_number",
    "verified_name",
    "quality_rating",
    "code_verification_status",
    "platform_type",
    "name_status",
    "status",
    "account_mode",
];
const PHONE_DEFAULTS: &[&str] =
    &["id", "display_phone_number", "verified_name", "quality_rating", "code_verification_status"];
const WABA_FIELDS: &[&str] = &[
    "id",
    "name",
    "timezone_id",
    "message_template_namespace",
    "account_review_status",
    "business_verification_status",
];

pub(super) fn list(
    state: &State,
    call: &Call<'_>,
    caller: &Caller,
    waba: &str,
    parameters: &Parameters,
) -> Result<Value, GraphError> {
    let fields = fields::read(parameters, "WhatsAppBusinessPhoneNumber", PHONE_FIELDS)?;
    let phones = state.meta.wabas.iter().filter(|known| known.id == waba).flat_map(|waba| &waba.phones);
    // Numbered backwards, since pages fall.
    let things =
        phones.enumerate().map(|(at, phone)| (u64::MAX - at as u64, shown(phone, fields.as_deref())));
    let page = Window::read(state, parameters, 100)?.cut(things.collect());
    Ok(page.into_value(state, call, caller, parameters))
}

pub(super) fn one(
    state: &State,
    waba: &str,
    phone: &str,
    parameters: &Parameters,
) -> Result<Value, GraphError> {
    let fields = fields::read(parameters, "WhatsAppBusinessPhoneNumber", PHONE_FIELDS)?;
    let phones = state.meta.wabas.iter().filter(|known| known.id == waba).flat_map(|waba| &waba.phones);
    let found = phones.into_iter().find(|known| known.id == phone);
    found.map(|phone| shown(phone, fields.as_deref())).ok_or_else(|| GraphError::unknown(state, "GET", phone))
}

fn shown(phone: &PhoneNumber, fields: Option<&[Field]>) -> Value {
    let all = json!({
        "id": phone.id,
        "display_phone_number": phone.display,
        "verified_name": phone.verified_name,
        "quality_rating": "GREEN",
        "code_verification_status": if phone.verified { "VERIFIED" } else { "NOT_VERIFIED" },
        "platform_type": "CLOUD_API",
        "name_status": "APPROVED",
        "status": "CONNECTED",
        "account_mode": "LIVE",
    });
    select(&all, fields, PHONE_DEFAULTS)
}

pub(super) fn account(state: &State, waba: &str, parameters: &Parameters) -> Result<Value, GraphError> {
    let fields = fields::read(parameters, "WhatsAppBusinessAccount", WABA_FIELDS)?;
    let known = state.meta.wabas.iter().find(|known| known.id == waba);
    let known = known.ok_or_else(|| GraphError::unknown(state, "GET", waba))?;
    let all = json!({
        "id": known.id,
        "name": known.name,
        "timezone_id": "1",
        "message_template_namespace": format!("ns_{}", known.id),
        "account_review_status": "APPROVED",
        "business_verification_status": if known.verified { "verified" } else { "not_verified" },
    });
    Ok(select(&all, fields.as_deref(), &["id", "name", "timezone_id", "message_template_namespace"]))
}

/// The fields that were asked for, or the defaults; `id` always.
pub(super) fn select(all: &Value, fields: Option<&[Field]>, defaults: &[&str]) -> Value {
    let mut selected = Map::new();
    let names: Vec<&str> = match fields {
        Some(fields) => fields.iter().map(|field| field.name.as_str()).chain(["id"]).collect(),
        None => defaults.to_vec(),
    };
    for name in names {
        if let Some(value) = all.get(name) {
            selected.insert(name.to_owned(), value.clone());
        }
    }
    Value::Object(selected)
}
