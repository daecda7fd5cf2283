//! The body that a create would have.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::api::{Kind, WhatsAppQrCodeSpec, WhatsAppTemplateSpec};
use crate::check::Manifest;
use crate::lint::ProviderKind;
use crate::provider::{alibaba, meta};
use crate::qr_code::{self, Phone};
use crate::template;

/// A manifest as a provider is sent it; none for an account, which nobody is sent. What waops alone knows, such as policies and
/// `adopt`, is not part of it.
pub fn body(manifest: &Manifest, provider: ProviderKind) -> Result<Option<Json>, String> {
    let place = format!("{}:{}", manifest.file, manifest.position);
    let broken = |error: &dyn std::fmt::Display| format!("{place}: {error}");
    let spec = manifest.json["spec"].clone();
    match manifest.json["kind"].as_str().and_then(Kind::from_name) {
        Some(Kind::QrCode) => {
            let spec: WhatsAppQrCodeSpec = serde_json::from_value(spec).map_err(|error| broken(&error))?;
            let desired = qr_code::parse(&spec).map_err(|_| broken(&"it breaks a rule of QR codes"))?;
            Ok(Some(code(&desired, provider).map_err(|why| broken(&why))?))
        }
        Some(Kind::Template) => {
            let spec: WhatsAppTemplateSpec = serde_json::from_value(spec).map_err(|error| broken(&error))?;
            let desired = template::parse(&spec).map_err(|_| broken(&"it breaks a rule of templates"))?;
            Ok(Some(message_template(&desired, provider).map_err(|why| broken(&why))?))
        }
        _ => Ok(None),
    }
}

fn code(desired: &qr_code::Desired, provider: ProviderKind) -> Result<Json, String> {
    use alibaba::wire::qr_codes::{Scope, create};
    match (provider, &desired.phone) {
        (ProviderKind::Meta, _) => Ok(meta::wire::qr_codes::create(&desired.message, desired.image_format)),
        (ProviderKind::Alibaba, Phone::Number(number)) => {
            let scope = Scope { cust_space_id: None, phone: number };
            Ok(object(create(scope, &desired.message, desired.image_format)))
        }
        (ProviderKind::Alibaba, Phone::Id(_)) => {
            Err("Alibaba does not know Meta's ids of phone numbers; write phoneNumber".to_owned())
        }
    }
}

fn message_template(desired: &template::Desired, provider: ProviderKind) -> Result<Json, String> {
    match provider {
        ProviderKind::Alibaba => Ok(object(alibaba::wire::templates::create(None, desired))),
        ProviderKind::Meta => {
            // A handle is only known once a sample was uploaded; until then its address says which one is meant.
            let samples = meta::wire::media::samples(desired);
            let handles: BTreeMap<_, _> = samples.map(|(_, url)| (url.to_owned(), url.to_owned())).collect();
            meta::wire::templates::create(desired, &handles).map_err(|error| error.to_string())
        }
    }
}

/// Parameters, as a form has them: each is a text.
fn object(parameters: alibaba::wire::Parameters) -> Json {
    Json::Object(
        parameters
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Json::from(value)))
            .collect::<Map<_, _>>(),
    )
}

/// Whether an address stands where Meta wants the handle of an upload.
pub fn has_samples(body: &Json) -> bool {
    match body {
        Json::Object(fields) => fields.contains_key("header_handle") || fields.values().any(has_samples),
        Json::Array(items) => items.iter().any(has_samples),
        _ => false,
    }
}
