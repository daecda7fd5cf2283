//! What a `WhatsAppQrCode` must satisfy.

use super::crd::{self, Detail};
use super::finding::{Finding, Findings, quote};
use super::rule::{ALIBABA_REFUSES, BOTH_WARN, lint};
use super::{links, text};
use crate::api::WhatsAppQrCodeSpec;
use crate::manifest::Place;
use crate::qr_code;
use crate::template::Text;

rules! {
    PHONE_ID = lint(
        "qr-phone-id-alibaba",
        ALIBABA_REFUSES,
        links::ALIBABA_CREATE_QR_CODE,
        "Alibaba knows phone numbers, not Meta's phone number ids",
        "Alibaba's calls take the number itself, and nothing there translates an id of Meta's. Write phoneNumber.",
    );
    BLANK = lint(
        "qr-message-blank",
        BOTH_WARN,
        links::META_QR_CODES,
        "a prefilled message says something",
        "The message stands ready in the customer's chat. With blanks alone there is nothing to send, and \
         providers may refuse it.",
    );
    EDGES = lint(
        "qr-message-edges",
        BOTH_WARN,
        links::META_QR_CODES,
        "a prefilled message neither starts nor ends with blanks",
        "Providers may trim the message, and waops would then see another text than the manifest has. Mostly the \
         blanks come from a YAML block (| or >), which ends in a line break: use |- or >- or quotes.",
    );
    LINES = lint(
        "qr-message-lines",
        BOTH_WARN,
        links::META_QR_CODES,
        "a prefilled message is one line",
        "The message travels in a link and stands in the chat's input line. Line breaks and tabs are undocumented \
         at both providers and look odd there.",
    );
    VARIABLE = lint(
        "qr-message-variable",
        BOTH_WARN,
        links::META_QR_CODES,
        "a prefilled message has no variables",
        "Everybody who scans the code gets the same text, so {{name}} would stand in the chat as it is written.",
    );
}

/// Everything that is wrong with a QR code, or might be.
pub fn qr_code(spec: &WhatsAppQrCodeSpec) -> Vec<Finding> {
    let violations = qr_code::parse(spec).err().unwrap_or_default();
    let mut found = Findings(crd::findings(violations, |broken| detail(spec, broken.rule)).collect());
    let root = Place::ROOT;
    let place = root.field("spec");
    if spec.phone_number_id.is_some() {
        let message = "Alibaba does not know Meta's phone number ids";
        found.add(&PHONE_ID, &place.field("phoneNumberId"), message, "write phoneNumber: \"+…\" instead");
    }
    check_message(&spec.prefilled_message, &place.field("prefilledMessage"), &mut found);
    found.0
}

fn check_message(message: &str, place: &Place<'_>, found: &mut Findings) {
    let trimmed = message.trim();
    if trimmed.is_empty() {
        found.add(&BLANK, place, "the message is blank", "say what the customer is to send");
        return;
    }
    text::check_characters(message, place, found);
    if trimmed.len() != message.len() {
        let words = format!("{} starts or ends with blanks", quote(message));
        found.add(&EDGES, place, words, "remove them; a YAML block wants |- or >-");
    }
    if trimmed.contains(['\n', '\r', '\t']) {
        let words = format!("{} has line breaks or tabs", quote(message));
        found.add(&LINES, place, words, "write it in one line; a YAML block wants >-");
    }
    if message.contains("{{")
        && let Some(name) = Text::parse(message).variables().next()
    {
        let words = format!("{{{{{name}}}}} would stand in the chat as it is written");
        found.add(&VARIABLE, place, words, "write one text for everybody, or make one code for each text");
    }
}

fn detail(spec: &WhatsAppQrCodeSpec, id: &str) -> Detail {
    match id {
        "qr-phone-e164" => spec.phone_number.as_deref().map(phone_detail),
        "qr-phone-id" => spec.phone_number_id.as_deref().map(|text| Detail::of(text, "")),
        "qr-approve" => spec.approve.as_deref().map(|text| Detail::of(text, "")),
        "qr-adopt-code" => spec.adopt.as_ref().map(|adopt| code_detail(&adopt.code)),
        "qr-output-name" => spec.output.as_ref().map(|output| {
            let name = &output.config_map_name;
            Detail::of(name, format!("for example {}", quote(&name.to_ascii_lowercase().replace('_', "-"))))
        }),
        _ => None,
    }
    .unwrap_or_default()
}

/// Country code and number have 15; 00 in front of them makes two more.
const MOST_DIGITS: usize = 17;

/// How people write numbers at home is not how a provider knows them.
pub(super) fn phone_detail(number: &str) -> Detail {
    // The 0 that people put in brackets is not dialled from abroad.
    let digits: String =
        number.replace("(0)", "").chars().filter(char::is_ascii_digit).take(MOST_DIGITS).collect();
    let help = if let Some(international) = digits.strip_prefix("00") {
        format!("did you mean \"+{international}\"?")
    } else if digits.starts_with('0') {
        let national = digits.trim_start_matches('0');
        format!(
            "this looks like a national number: put the country code in place of the 0, \"+49{national}\" in Germany"
        )
    } else if digits.len() >= 7 {
        format!("did you mean \"+{digits}\"?")
    } else {
        String::new()
    };
    Detail::of(number, help)
}

fn code_detail(code: &str) -> Detail {
    let last = code.trim().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let is_code = (1..=64).contains(&last.len()) && last.chars().all(|c| c.is_ascii_alphanumeric());
    Detail::of(code, if is_code { format!("did you mean {last}?") } else { String::new() })
}
