//! What a manifest wants of a QR code, provider-neutral and typed.

use std::fmt;

use crate::api::rules::{Violation, Violations};
use crate::api::{Adoption, Duplicates, ImageFormat, WhatsAppQrCodeSpec};
use crate::manifest::Place;

/// A QR code as a manifest wants it. Built by [`parse()`] alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// The phone number it belongs to.
    pub phone: Phone,
    /// The message that stands ready in the chat.
    pub message: String,
    /// How its image is drawn.
    pub image_format: ImageFormat,
    /// A code to take over.
    pub adopt: Option<String>,
    /// A printed code that may die for this content.
    pub approve: Option<Approval>,
    /// Whether a second code with the same message is meant.
    pub duplicates_allowed: bool,
}

/// A phone number, as far as a manifest knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Phone {
    /// Country code and number, digits alone.
    Number(String),
    /// Meta's id.
    Id(String),
}

/// "This code may die for this content": code and content hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The code that may die.
    pub code: String,
    /// The beginning of the hash of the content it may die for.
    pub hash: String,
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.code, self.hash)
    }
}

/// Types a manifest, or names every rule it breaks.
pub fn parse(spec: &WhatsAppQrCodeSpec) -> Result<Desired, Vec<Violation>> {
    let mut broken = Violations::default();
    let root = Place::ROOT;
    let place = root.field("spec");
    let phone = phone_of(spec, &place, &mut broken);
    let approve = spec.approve.as_deref().and_then(approval_of);
    broken.check(spec.approve.is_none() || approve.is_some(), "qr-approve", &place.field("approve"));
    if let Some(adopt) = &spec.adopt {
        broken.check(is_code(&adopt.code), "qr-adopt-code", &place.field("adopt").field("code"));
    }
    let adoption = spec.policies.and_then(|policies| policies.adoption);
    broken.check(
        adoption != Some(Adoption::Always),
        "qr-adoption-always",
        &place.field("policies").field("adoption"),
    );
    if let Some(output) = &spec.output {
        broken.check(
            is_object_name(&output.config_map_name),
            "qr-output-name",
            &place.field("output").field("configMapName"),
        );
    }
    match phone {
        Some(phone) if broken.0.is_empty() => Ok(Desired {
            phone,
            message: spec.prefilled_message.clone(),
            image_format: spec.image.map(|image| image.format).unwrap_or_default(),
            adopt: spec.adopt.as_ref().map(|adopt| adopt.code.clone()),
            approve,
            duplicates_allowed: spec.duplicates == Some(Duplicates::Allow),
        }),
        _ => Err(broken.0),
    }
}

/// The phone number of a manifest, where it has a right one.
pub fn phone(spec: &WhatsAppQrCodeSpec) -> Option<Phone> {
    let mut broken = Violations::default();
    phone_of(spec, &Place::ROOT.field("spec"), &mut broken).filter(|_| broken.0.is_empty())
}

fn phone_of(spec: &WhatsAppQrCodeSpec, place: &Place<'_>, broken: &mut Violations) -> Option<Phone> {
    if let Some(number) = &spec.phone_number {
        broken.check(is_e164(number), "qr-phone-e164", &place.field("phoneNumber"));
    }
    if let Some(id) = &spec.phone_number_id {
        let digits = !id.is_empty() && id.chars().all(|c| c.is_ascii_digit());
        broken.check(digits, "qr-phone-id", &place.field("phoneNumberId"));
    }
    match (&spec.phone_number, &spec.phone_number_id) {
        (Some(number), None) => Some(Phone::Number(number.trim_start_matches('+').to_owned())),
        (None, Some(id)) => Some(Phone::Id(id.clone())),
        _ => {
            broken.add("qr-phone", place);
            None
        }
    }
}

fn is_e164(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or(number);
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.chars().all(|character| character.is_ascii_digit())
}

fn is_code(code: &str) -> bool {
    !code.is_empty() && code.chars().all(|character| character.is_ascii_alphanumeric())
}

fn is_object_name(name: &str) -> bool {
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.starts_with(ends) && name.ends_with(ends) && name.chars().all(|c| ends(c) || c == '-' || c == '.')
}

fn approval_of(line: &str) -> Option<Approval> {
    let (code, hash) = line.split_once('@')?;
    let hexadecimal = hash.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    (is_code(code) && code.len() <= 64 && (8..=63).contains(&hash.len()) && hexadecimal)
        .then(|| Approval { code: code.to_owned(), hash: hash.to_owned() })
}
