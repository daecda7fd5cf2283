//! What goes wrong for a reason: one clear error of the right class, after one call, and nothing leaked.

use std::time::Duration;

use waops::api::ImageFormat;
use waops::provider::error::{Class, Error};
use waops::provider::face::{Account as _, QrCodes as _, Templates as _};
use waops::qr_code::Phone;
use waops::simulator::{Event, Provider as Face, Scenario, sandbox};

use crate::session::{alibaba_spec, meta_secret, meta_spec, open, read, secret};
use crate::templates::{reworded, shipped};
use crate::{BOTH, World, refused};

/// A face, what is wrong, and the class that says so.
type Case = (Face, &'static str, fn(&mut Scenario), &'static str);

/// Whatever is wrong with the account shows in the first call, whichever that is.
const ACCOUNTS: &[Case] = &[
    (Face::Alibaba, "no subscription", |s| s.alibaba[0].subscribed = false, "slow"),
    (
        Face::Alibaba,
        "no RAM permission",
        |s| s.alibaba[0].keys[0].allow = vec!["cams:GetChatappTemplateDetail".to_owned()],
        "slow",
    ),
    (Face::Alibaba, "a disabled key", |s| s.alibaba[0].keys[0].active = false, "credentials"),
    (Face::Alibaba, "a deleted key", |s| s.alibaba[0].keys.clear(), "credentials"),
    (
        Face::Alibaba,
        "another secret",
        |s| "another".clone_into(&mut s.alibaba[0].keys[0].secret),
        "credentials",
    ),
    (
        Face::Alibaba,
        "a space of somebody else",
        |s| "cams-other".clone_into(&mut s.alibaba[0].spaces[0].id),
        "slow",
    ),
    (Face::Meta, "a revoked token", |s| s.meta.tokens[0].revoked = true, "credentials"),
    (
        Face::Meta,
        "an expired token",
        |s| s.meta.tokens[0].expires_at_ms = serde_json::from_str("1").ok(),
        "credentials",
    ),
    (Face::Meta, "an unknown token", |s| s.meta.tokens.clear(), "credentials"),
    (Face::Meta, "a WABA of another business", |s| s.meta.tokens[0].wabas.clear(), "slow"),
    (
        Face::Meta,
        "no management permission",
        |s| s.meta.tokens[0].scopes = vec!["whatsapp_business_messaging".to_owned()],
        "slow",
    ),
];

#[tokio::test]
async fn what_is_wrong_with_an_account_is_one_clear_error() {
    for (face, what, break_it, class) in ACCOUNTS {
        let mut scenario = Scenario::default();
        break_it(&mut scenario);
        let world = World::of(*face, scenario).await;
        let provider = &world.session.provider;
        refused(provider.verify(read()).await, class, what);
        refused(provider.list_templates(read()).await, class, what);
        refused(provider.list_codes(world.phone(), ImageFormat::Svg, read()).await, class, what);
        refused(world.create_code("Hi").await, class, what);
        assert_eq!(world.calls(), 4, "{what}: each is called once, nothing is hot");
    }
}

#[tokio::test]
async fn a_phone_number_of_somebody_else_is_refused() {
    for face in BOTH {
        let world = World::new(face).await;
        let provider = &world.session.provider;
        let phone = Phone::Number("491700000000".to_owned());
        let listed = match provider.resolve(&phone, read()).await {
            Ok(line) => provider.list_codes(&line.key, ImageFormat::Svg, read()).await.map(drop),
            Err(error) => Err(error),
        };
        let error = refused(listed, "slow", "a phone number of somebody else");
        assert!(error.advice.contains("phone number"), "{error}");
        assert_eq!(world.calls(), 1, "{face:?}");
    }
}

#[tokio::test]
async fn a_phone_number_that_is_not_verified_is_known_before_anything_is_made() {
    let mut scenario = Scenario::default();
    scenario.meta.wabas[0].phones[0].verified = false;
    let world = World::of(Face::Meta, scenario).await;
    let phone = Phone::Number(sandbox::PHONE_NUMBER.to_owned());
    let line = world.session.provider.resolve(&phone, read()).await.unwrap();
    refused(line.usable(), "slow", "not verified");
    refused(world.create_code("Hi").await, "slow", "not verified, and tried all the same");
    assert_eq!(world.calls(), 2);
}

#[tokio::test]
async fn what_exists_already_is_said_and_not_overwritten() {
    for face in BOTH {
        let world = World::new(face).await;
        let desired = shipped(face);
        world.create(&desired).await.unwrap();
        refused(world.create(&reworded(&desired)).await, "already-exists", "the same name and language");
        let found = world.read(&desired).await.unwrap();
        assert_eq!(desired.content().differences(&found.content.unwrap()), [], "{face:?}");
    }
}

#[tokio::test]
async fn trap_33_an_edit_is_refused_as_the_capabilities_say() {
    for face in BOTH {
        let world = World::new(face).await;
        let can = world.session.provider.capabilities();
        let desired = shipped(face);
        world.create(&desired).await.unwrap();
        let in_review = world.read(&desired).await.unwrap();
        let edited = world.edit(&in_review, &reworded(&desired)).await;
        assert_eq!(edited.is_ok(), can.edits_in_review, "{face:?}: {edited:?}");
        if !can.edits_in_review {
            refused(edited, "no-edit", "in review");
        }
        world.decide(&desired.name, Event::Approve);
        let approved = world.read(&desired).await.unwrap();
        let edited = world.edit(&approved, &reworded(&desired)).await;
        assert_eq!(edited.is_ok(), can.edits_approved, "{face:?}: {edited:?}");
        if can.edits_approved {
            // The quota: once a day.
            assert_eq!(can.approved_edits[0].times, 1);
            world.decide(&desired.name, Event::Approve);
            let approved = world.read(&desired).await.unwrap();
            refused(world.edit(&approved, &desired).await, "no-edit", "twice within a day");
        }
    }
}

#[tokio::test]
async fn trap_31_the_name_of_a_deleted_template_is_locked() {
    let world = World::new(Face::Meta).await;
    let desired = shipped(Face::Meta);
    world.create(&desired).await.unwrap();
    world.decide(&desired.name, Event::Approve);
    let known = world.read(&desired).await.unwrap();
    world.delete(&known).await.unwrap();
    refused(world.create(&desired).await, "name-locked", "a locked name");
    let lock = world.session.provider.capabilities().name_lock.unwrap();
    world.running.simulator().advance(i64::try_from(lock.as_millis()).unwrap());
    world.create(&desired).await.unwrap();
}

#[tokio::test]
async fn trap_42_a_disabled_template_is_deleted_where_the_capabilities_say_so() {
    for face in BOTH {
        let world = World::new(face).await;
        let desired = shipped(face);
        world.create(&desired).await.unwrap();
        world.decide(&desired.name, Event::Disable);
        let known = world.read(&desired).await.unwrap();
        let deleted = world.delete(&known).await;
        assert_eq!(deleted.is_ok(), world.session.provider.capabilities().deletes_disabled, "{face:?}");
        if deleted.is_err() {
            refused(deleted, "no-edit", "trap 42");
        }
    }
}

#[tokio::test]
async fn trap_23_a_quota_that_others_used_up_stops_us_after_one_call() {
    for face in BOTH {
        let world = World::new(face).await;
        let fault = waops::simulator::Fault::Throttle { retry_after_ms: Some(60_000) };
        world.running.simulator().inject(waops::simulator::FaultRule::once("*", fault));
        let error = refused(world.create_code("Hi").await, "throttled", "throttled");
        // One says it in milliseconds, the other in minutes (trap 23).
        let after = Some(Duration::from_secs(60));
        assert_eq!(error.class, Class::Throttled { after }, "{face:?}: {error:?}");
        assert_eq!(world.calls(), 1, "{face:?}");
    }
}

#[tokio::test]
async fn a_provider_without_what_a_manifest_needs_is_not_called() {
    let world = World::new(Face::Meta).await;
    let mut spec = meta_spec();
    if let Some(meta) = &mut spec.meta {
        (meta.business_account_id, meta.app_id) = (None, None);
    }
    let session = open(&world.running.url, &spec, &meta_secret());
    refused(session.provider.list_templates(read()).await, "terminal", "no business account");
    let phone = Phone::Number(sandbox::PHONE_NUMBER.to_owned());
    refused(session.provider.resolve(&phone, read()).await, "terminal", "no business account");
    let invoice = crate::desired::template("meta-template-invoice");
    refused(session.provider.prepare(&invoice, read()).await, "terminal", "no app");
    let alibaba = open(&world.running.url, &alibaba_spec(), &crate::session::alibaba_secret());
    let phone = Phone::Id("1".to_owned());
    refused(alibaba.provider.resolve(&phone, read()).await, "terminal", "an id at Alibaba");
    assert_eq!(world.calls(), 0);
}

#[tokio::test]
async fn a_secret_without_its_keys_is_a_matter_of_credentials() {
    let open = |spec: &waops::api::WhatsAppAccountSpec| -> Result<(), Error> {
        let budget = waops::provider::budget::Budget::new(Vec::new());
        let ways = crate::session::ways("http://127.0.0.1:9");
        let empty = secret(&[("unrelated", "x")]);
        waops::provider::session::Session::open(spec, Some(&empty), "shop/main", &ways, budget).map(drop)
    };
    for spec in [alibaba_spec(), meta_spec()] {
        refused(open(&spec), "credentials", "a key is missing");
    }
}
