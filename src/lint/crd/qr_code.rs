//! Rules of the CRD of `WhatsAppQrCode`.

use crate::lint::links;
use crate::lint::rule::{Rule, crd};

pub(in crate::lint) static RULES: &[&Rule] = &[
    &crd(
        "qr-phone",
        links::META_QR_CODES,
        "Both providers keep QR codes under one phone number of the business. Write the number itself and waops \
         looks up Meta's id, or write the id if the token may not list numbers.",
    ),
    &crd(
        "qr-phone-e164",
        links::ALIBABA_CREATE_QR_CODE,
        "Providers know a number by country code and number in digits (E.164). Leave out blanks, brackets, \
         dashes, the 0 in front of an area code and the 00 in front of a country code. Keep it in quotes, since \
         YAML reads bare digits as a number.",
    ),
    &crd(
        "qr-phone-id",
        links::META_QR_CODES,
        "Meta's phone number id is an id of digits, not the number itself. Keep it in quotes, since YAML reads \
         bare digits as a number.",
    ),
    &crd(
        "qr-phone-immutable",
        links::META_QR_CODES,
        "A code belongs to the number it was made for and opens a chat with it for ever. A changed number would \
         orphan what is printed. Adding or removing the + in front changes nothing and is allowed.",
    ),
    &crd(
        "qr-approve",
        links::NONE,
        "The approval names the printed code that may die and the content it may die for, so that it is spent \
         once and never approves anything else. Copy the line from the condition ChangeBlocked or from \
         `waops plan`.",
    ),
    &crd(
        "qr-adopt-code",
        links::META_QR_CODES,
        "adopt takes over a code that exists. It wants the code alone, without https://wa.me/message/ in front \
         and without blanks.",
    ),
    &crd(
        "qr-adoption-always",
        links::NONE,
        "A template has a name to find it by; a QR code has none, and several codes may carry the same text. \
         Taking over whichever comes first could kill somebody else's printed code.",
    ),
    &crd(
        "qr-output-name",
        links::NONE,
        "The ConfigMap is made by the operator, so its name must be one that Kubernetes takes: lower-case \
         letters, digits, - and ., with a letter or digit at both ends.",
    ),
];
