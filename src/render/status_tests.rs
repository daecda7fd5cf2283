use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::*;
use crate::api::{
    AccountReference, Kind, ReviewState, ReviewStatus, WhatsAppAccountStatus, WhatsAppQrCodeStatus,
    WhatsAppTemplateStatus,
};
use crate::engine::object::{Garbled, Status};
use crate::plan::claim::Written;

fn meta(generation: i64) -> Meta {
    Meta {
        uid: "u".into(),
        version: "1".into(),
        generation,
        created: "2026-05-01T10:00:00Z".parse().unwrap(),
        deleting: None,
        held: false,
        asked: None,
    }
}

fn garbled(why: &str) -> Spec {
    Spec::Garbled(Garbled { why: why.into(), status: Status::blank(Kind::QrCode) })
}

fn condition(status: &str, reason: &str, message: &str) -> Vec<Condition> {
    vec![Condition {
        type_: "Ready".into(),
        status: status.into(),
        reason: reason.into(),
        message: message.into(),
        observed_generation: Some(1),
        last_transition_time: Time("2026-05-01T10:00:00Z".parse().unwrap()),
    }]
}

fn object(kind: Kind, name: &str, generation: i64, spec: Spec) -> Object {
    let key = Key::new(kind, "shop", name);
    Object { key, meta: meta(generation), spec, annotation: Written::Missing }
}

fn qr_code(status: WhatsAppQrCodeStatus) -> Spec {
    let spec = crate::api::WhatsAppQrCodeSpec {
        account_ref: AccountReference { name: "shop".into(), namespace: None },
        phone_number: Some("+4930901820".into()),
        phone_number_id: None,
        prefilled_message: "Hi".into(),
        image: None,
        adopt: None,
        approve: None,
        duplicates: None,
        output: None,
        policies: None,
        suspend: None,
    };
    Spec::QrCode(Box::new(spec), Box::new(status))
}

fn several() -> (Vec<AccountObject>, Vec<Object>) {
    let live = WhatsAppQrCodeStatus {
        observed_generation: Some(1),
        conditions: condition("True", "Live", "The code is live."),
        code: Some("ANED2T5QRU7HG1".into()),
        deep_link_url: Some("https://wa.me/message/ANED2T5QRU7HG1".into()),
        ..WhatsAppQrCodeStatus::default()
    };
    let rejected = WhatsAppTemplateStatus {
        observed_generation: Some(1),
        conditions: condition("False", "Rejected", "TAG_CONTENT_MISMATCH \x1b[2J"),
        review: Some(ReviewStatus { state: ReviewState::Rejected, reason: None, quality_score: None }),
        ..WhatsAppTemplateStatus::default()
    };
    let spec = serde_json::json!({
        "accountRef": {"name": "shop"}, "name": "order", "language": "en", "category": "UTILITY",
        "components": {"body": {"text": "Hi"}},
    });
    let template = Spec::Template(Box::new(serde_json::from_value(spec).unwrap()), Box::new(rejected));
    let account = AccountObject {
        key: AccountObject::key_of("shop", "shop"),
        meta: meta(1),
        spec: serde_json::from_value(serde_json::json!({"meta": {"credentials": {"ambient": {}}}})).unwrap(),
        status: WhatsAppAccountStatus {
            observed_generation: Some(1),
            conditions: condition("True", "Connected", "The account answers."),
            identity: Some("meta/102290129340398".into()),
            ..WhatsAppAccountStatus::default()
        },
        take_over: None,
        confirm_absence: None,
        garbled: None,
    };
    let objects = vec![
        object(Kind::Template, "order", 1, template),
        object(Kind::QrCode, "new", 1, qr_code(WhatsAppQrCodeStatus::default())),
        object(Kind::QrCode, "edited", 2, qr_code(live.clone())),
        object(Kind::QrCode, "broken", 1, garbled("spec.phoneNumber is a number")),
        object(Kind::QrCode, "door", 1, qr_code(live)),
    ];
    (vec![account], objects)
}

#[test]
fn a_table_says_where_everything_stands() {
    let (accounts, objects) = several();
    let want = "\
KIND              NAME         READY    STATE      CODE/REVIEW           MESSAGE
WhatsAppAccount   shop/shop    True     Connected  meta/102290129340398  The account answers.
WhatsAppQrCode    shop/broken  False    Invalid    -                     spec.phoneNumber is a number
WhatsAppQrCode    shop/door    True     Live       ANED2T5QRU7HG1        The code is live.
WhatsAppQrCode    shop/edited  Unknown  Observing  ANED2T5QRU7HG1        the manifest was changed since waops last looked at it
WhatsAppQrCode    shop/new     Unknown  Observing  -                     waops has not looked at it yet
WhatsAppTemplate  shop/order   False    Rejected   Rejected              TAG_CONTENT_MISMATCH \\u{1b}[2J
";
    assert_eq!(text(&table(&accounts, &objects), false), want);
}

#[test]
fn colours_do_not_move_the_columns() {
    let (accounts, objects) = several();
    let table = table(&accounts, &objects);
    let coloured = text(&table, true);
    assert!(coloured.contains("\x1b[31mFalse  \x1b[0m"), "{coloured}");
    let plain = ["1", "31", "32", "36", "0"]
        .iter()
        .fold(coloured, |text, code| text.replace(&format!("\x1b[{code}m"), ""));
    assert_eq!(plain, text(&table, false));
}

#[test]
fn programs_get_the_same_by_the_published_schema() {
    let (accounts, objects) = several();
    let json = serde_json::to_value(table(&accounts, &objects)).unwrap();
    let published: Json =
        serde_json::from_str(include_str!("../../docs/reference/status.schema.json")).unwrap();
    assert_eq!(published, schema(), "run `make generate`");
    let validator = jsonschema::validator_for(&published).unwrap();
    let faults: Vec<String> = validator.iter_errors(&json).map(|fault| fault.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(json["objects"][2]["link"], "https://wa.me/message/ANED2T5QRU7HG1");
    assert_eq!(json["objects"][5]["review"], "Rejected");
}
