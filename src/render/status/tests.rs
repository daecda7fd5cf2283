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
fn an_account_says_how_much_at_its_provider_is_nobodys() {
    let (mut accounts, _) = several();
    accounts[0].status.unclaimed = Some(3);
    let table = table(&accounts, &[]);
    let json = serde_json::to_value(&table).unwrap();
    assert_eq!(json["objects"][0]["unclaimed"], 3, "{json}");
    let (tree, text) = (tree(&table, None, false), text(&table, false));
    assert!(tree.starts_with("✓ waacc/shop/shop  Connected  meta/102290129340398  3 unclaimed\n"), "{tree}");
    assert!(text.ends_with("The account answers.; 3 unclaimed\n"), "{text}");
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
        serde_json::from_str(include_str!("../../../docs/reference/status.schema.json")).unwrap();
    assert_eq!(published, schema(), "run `make generate`");
    let validator = jsonschema::validator_for(&published).unwrap();
    let faults: Vec<String> = validator.iter_errors(&json).map(|fault| fault.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(json["objects"][2]["link"], "https://wa.me/message/ANED2T5QRU7HG1");
    assert_eq!(json["objects"][5]["review"], "Rejected");
    assert_eq!(json["objects"][5]["account"], "shop/shop");
    let counts = serde_json::json!({
        "accounts": 1, "objects": 5, "ready": 2, "underWay": 2, "needYou": 2, "held": 0,
    });
    assert_eq!(json["summary"], counts);
}

#[test]
fn a_tree_says_what_to_do_about_what_is_not_as_written() {
    let (accounts, mut objects) = several();
    objects.retain(|object| &*object.key.name != "edited");
    let text = tree(&table(&accounts, &objects), Some(72), false);
    let want = "\
✓ waacc/shop/shop  Connected  meta/102290129340398
│   note: The account answers.
├─ ✓ waqr/shop/door    Live       ANED2T5QRU7HG1
├─ ~ waqr/shop/new     Observing
│      Ready: waops has not looked at it yet
└─ ! watpl/shop/order  Rejected   Rejected
       Ready: TAG_CONTENT_MISMATCH \\u{1b}[2J
       to do: Correct the template; it is then reviewed again.

no account
└─ ! waqr/shop/broken  Invalid
       Ready: spec.phoneNumber is a number
       to do: Correct it; `waops validate` shows the line and `waops
       explain` the rule.

1 account, 4 objects: 2 ready, 1 under way, 2 need you.
";
    assert_eq!(text, want);
}

#[test]
fn a_change_that_waits_shows_what_differs_and_the_lines() {
    let mut waits =
        condition("False", "ApprovalNeeded", "it would die; to decide, add one of: approve: A@12345678");
    let ready = waits[0].clone();
    let differs = "prefilledMessage is \"Hi\" there, and is to be \"Hello\"".to_owned();
    waits.push(Condition { type_: "Synced".into(), message: differs.into(), ..ready.clone() });
    for type_ in ["Stalled", "ChangeBlocked"] {
        waits.push(Condition { type_: type_.into(), status: "True".into(), ..ready.clone() });
    }
    let status = WhatsAppQrCodeStatus {
        observed_generation: Some(1),
        conditions: waits,
        code: Some("A".into()),
        ..WhatsAppQrCodeStatus::default()
    };
    let text = tree(&table(&[], &[object(Kind::QrCode, "menu", 1, qr_code(status))]), None, false);
    let want = "\
shop/shop (an account that is not there, or not shown to you)
└─ ! waqr/shop/menu  ApprovalNeeded  A
       ChangeBlocked: it would die; to decide, add one of: approve: A@12345678
       Synced: prefilledMessage is \"Hi\" there, and is to be \"Hello\"
       to do: If that is meant, add the line in the message to the manifest. If not, take the change back.

0 accounts, 1 object: 1 needs you.
";
    assert_eq!(text, want);
}

#[test]
fn what_is_ready_says_only_what_else_should_be_known() {
    let stale = "the code A is live as written; `approve: A@1` approves nothing that is about to happen";
    let mut said = condition("True", "Live", stale);
    let blocked = Condition {
        type_: "OutputBlocked".into(),
        reason: "OutputBlocked".into(),
        message: "the ConfigMap poster-qr is somebody else's".into(),
        ..said[0].clone()
    };
    said.push(blocked);
    let status = WhatsAppQrCodeStatus {
        observed_generation: Some(1),
        conditions: said,
        ..WhatsAppQrCodeStatus::default()
    };
    let table = table(&[], &[object(Kind::QrCode, "menu", 1, qr_code(status))]);
    let text = tree(&table, None, false);
    for words in [
        "✓ waqr/shop/menu  Live\n       note: `approve: A@1` approves nothing that is about to happen\n",
        "OutputBlocked: the ConfigMap poster-qr is somebody else's\n",
        "to do: Name another ConfigMap",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let nothing = tree(&table.unready(), None, false);
    assert_eq!(nothing, "0 accounts, 1 object: 1 ready.\n", "what is as written is left out, and counted");
}
