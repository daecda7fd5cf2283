//! Rules of QR codes.

use waops::api::WhatsAppQrCodeSpec;
use waops::lint::qr_code;

use crate::table::{self, Case};

const BASE: &str =
    "{accountRef: {name: shop}, phoneNumber: '+4930901820', prefilledMessage: Hi! I saw your poster}";

pub(crate) const CASES: &[Case] = &[
    (
        "qr-phone-e164",
        "spec.phoneNumber",
        "{phoneNumber: 030 901820}",
        "{phoneNumber: '4930901820'}",
        "a national number",
    ),
    (
        "qr-adopt-code",
        "spec.adopt.code",
        "{adopt: {code: 'https://wa.me/message/ABC1'}}",
        "{adopt: {code: ABC1}}",
        "a link is no code",
    ),
    (
        "qr-phone-id-alibaba",
        "spec.phoneNumberId",
        "{phoneNumber: null, phoneNumberId: '106540352242922'}",
        "{}",
        "Meta's ids mean nothing there",
    ),
    (
        "qr-message-blank",
        "spec.prefilledMessage",
        "{prefilledMessage: '  '}",
        "{prefilledMessage: '.'}",
        "nothing to send",
    ),
    (
        "qr-message-edges",
        "spec.prefilledMessage",
        "prefilledMessage: |\n  Hi\n",
        "prefilledMessage: |-\n  Hi\n",
        "a block ends in a line break",
    ),
    (
        "qr-message-lines",
        "spec.prefilledMessage",
        "{prefilledMessage: \"Hi\\nthere\"}",
        "prefilledMessage: >-\n  Hi\n  there\n",
        "an input line is one line",
    ),
    (
        "qr-message-variable",
        "spec.prefilledMessage",
        "{prefilledMessage: 'I am {{name}}'}",
        "{prefilledMessage: 'I am {name}'}",
        "everybody gets the same text",
    ),
];

#[test]
fn every_rule_of_qr_codes_is_found() {
    table::check(BASE, qr_code, CASES);
}

#[test]
fn a_number_as_written_at_home_is_helped_abroad() {
    for (number, help, reason) in [
        ("030 901820", "\"+4930901820\" in Germany", "an area code"),
        ("0049 30 901820", "did you mean \"+4930901820\"?", "00 stands for +"),
        ("+49 (0)30 901820", "did you mean \"+4930901820\"?", "a 0 in brackets"),
        ("+49 (30) 901820", "did you mean \"+4930901820\"?", "blanks and brackets"),
    ] {
        let spec: WhatsAppQrCodeSpec = table::spec(BASE, &format!("{{phoneNumber: '{number}'}}"));
        let found = qr_code(&spec);
        assert!(found[0].help.contains(help), "{number}, {reason}: {found:?}");
    }
}
