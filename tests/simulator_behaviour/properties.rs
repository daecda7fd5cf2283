//! What holds for every call: no panic, and the same bytes for the same story.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;
use waops::simulator::{Fault, FaultRule, Outcome, Request, Scenario, Simulator, sandbox};

use crate::support::{World, qr, qrdls, template, templates};

/// Any JSON, but not too much of it.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~é{}$()]{0,12}".prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(word(), inner, 0..5).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// Words that mean something to the simulator.
fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "name",
        "language",
        "category",
        "components",
        "type",
        "text",
        "format",
        "buttons",
        "example",
        "cards",
        "BODY",
        "HEADER",
        "TEXT",
        "IMAGE",
        "BUTTONS",
        "CAROUSEL",
        "OTP",
        "URL",
        "otp_type",
        "url",
        "limit",
        "after",
        "fields",
        "code",
        "prefilled_message",
        "Type",
        "Text",
        "Buttons",
        "Cards",
        "CardComponents",
        "Page",
        "Components",
        "Example",
        "hsm_ids",
        "body_text",
        "header_handle",
        "code_expiration_minutes",
        "file_length",
        "file_type",
    ])
    .prop_map(str::to_owned)
}

fn target() -> impl Strategy<Value = String> {
    let node = prop::sample::select(vec![
        sandbox::WABA_ID,
        sandbox::PHONE_NUMBER_ID,
        sandbox::APP_ID,
        "upload:x",
        "é%",
    ]);
    let edge = prop::sample::select(vec![
        "message_qrdls",
        "message_qrdls/A",
        "message_templates",
        "message_templates/archive",
        "uploads",
        "upsert_message_templates",
        "phone_numbers",
        "",
        "unpause",
    ]);
    let query = prop::collection::vec((word(), "[ -~]{0,10}"), 0..4);
    (node, edge, query).prop_map(|(node, edge, query)| {
        let query: Vec<_> = query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("/v25.0/{node}/{edge}?{}", query.join("&"))
    })
}

fn bytes_of(outcome: &Outcome) -> String {
    format!("{outcome:?}")
}

proptest! {
    #[test]
    fn nothing_sent_to_meta_panics(
        method in prop::sample::select(vec!["GET", "POST", "DELETE", "PUT"]),
        target in target(),
        body in json(),
        now in any::<i32>(),
    ) {
        let request = Request::new(method, &target)
            .header("authorization", &format!("Bearer {}", sandbox::ACCESS_TOKEN))
            .json(&body);
        let now = Timestamp::from_second(i64::from(now)).unwrap();
        Simulator::default().handle(&request, now);
    }

    #[test]
    fn nothing_signed_for_alibaba_panics(components in json(), page in json(), text in ".{0,200}") {
        let mut world = World::default();
        let (components, page) = (components.to_string(), page.to_string());
        world.alibaba("CreateChatappTemplate", &template(&[("Components", &components), ("Example", &page)]));
        world.alibaba("ListChatappTemplate", &[("Page", &page)]);
        world.alibaba("CreatePhoneMessageQrdl", &qr(&[("PrefilledMessage", &text)]));
    }

    #[test]
    fn no_bytes_at_all_panic(
        method in ".{0,8}", path in ".{0,40}", query in ".{0,40}", body in prop::collection::vec(any::<u8>(), 0..80),
        content in prop::sample::select(vec![
            "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
        ]),
        authorization in "(ACS3-HMAC-SHA256 )?.{0,60}",
    ) {
        let request = Request { method, path, query, ..Request::default() }
            .content(content, body)
            .header("authorization", &authorization);
        let mut simulator = Simulator::default();
        simulator.handle(&request, Timestamp::MAX);
        simulator.handle(&request, Timestamp::MIN);
        simulator.admin(&request, Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn the_same_story_gives_the_same_bytes(seed in any::<u64>(), calls in prop::collection::vec((target(), json()), 1..12)) {
        let tell = || {
            let mut world = World::of(Scenario { seed, ..Scenario::default() });
            let rule = FaultRule::every("*", Fault::ResetBefore);
            world.simulator.inject(FaultRule { probability: 0.3, ..rule });
            let mut answers = Vec::new();
            for (target, body) in &calls {
                world.pass(1);
                let request = Request::new("POST", target)
                    .header("authorization", &format!("Bearer {}", sandbox::ACCESS_TOKEN))
                    .json(body);
                answers.push(bytes_of(&world.send(&request)));
                let request = world.signer().v3("CreatePhoneMessageQrdl", &qr(&[]));
                answers.push(bytes_of(&world.send(&request)));
            }
            (answers, world.simulator.save().unwrap())
        };
        prop_assert_eq!(tell(), tell());
    }
}

#[test]
fn another_seed_tells_another_story() {
    let code = |seed| World::of(Scenario { seed, ..Scenario::default() }).create_code("a");
    assert_ne!(code(1), code(2));
    assert_eq!(code(1), code(1));
}

/// A state that was saved and restored goes on with the same bytes.
#[test]
fn a_restored_story_goes_on_alike() {
    let mut world = World::default();
    world.create_code("a");
    let saved = world.simulator.save().unwrap();
    let mut other = World {
        simulator: Simulator::restore(Scenario::default(), &saved).unwrap(),
        now: world.now,
        nonce: world.nonce,
    };
    assert_eq!(world.create_code("b"), other.create_code("b"));
    assert_eq!(world.get(&qrdls()), other.get(&qrdls()));
    assert_eq!(world.get(&templates()), other.get(&templates()));
}
