//! Traps of providers.md part D that show in whole calls; the others are named beside what they are about.

use waops::api::{ImageFormat, ReviewState};
use waops::provider::face::{Deleted, QrCodes as _, Templates as _, Which};
use waops::simulator::tenants::Space;
use waops::simulator::{Change as Foreign, Fault, FaultRule, Provider as Face, Scenario, sandbox};

use crate::session::{alibaba_secret, alibaba_spec, open, read};
use crate::templates::{reworded, shipped};
use crate::{BOTH, World, refused};

const SVG: ImageFormat = ImageFormat::Svg;

#[tokio::test]
async fn trap_2_newlines_of_the_samples_never_come_back() {
    for newlines in [true, false] {
        let world = World::new(Face::Alibaba).await;
        world.running.simulator().settings().alibaba.trailing_newlines = newlines;
        let made = world.create_code("Hi").await.unwrap();
        let changed = world.update_code(&made.code, "Ho").await.unwrap();
        assert_eq!(world.delete_code(&changed.code).await, Ok(Deleted::Now), "{newlines}");
    }
}

#[tokio::test]
async fn trap_5_an_update_keeps_the_image_that_a_read_shows() {
    for tolerates in [true, false] {
        let world = World::new(Face::Meta).await;
        world.running.simulator().settings().meta.update_tolerates_image = tolerates;
        let made = world.create_code("Hi").await.unwrap();
        let changed = world.update_code(&made.code, "Ho").await.unwrap();
        assert_eq!((&changed.code, changed.image_url), (&made.code, None), "{tolerates}");
        let found = world.session.provider.find_code(world.phone(), &made.code, SVG, read()).await.unwrap();
        assert!(found.unwrap().image_url.is_some(), "{tolerates}");
    }
}

#[tokio::test]
async fn trap_13_an_echo_that_differs_is_no_failure() {
    let world = World::new(Face::Alibaba).await;
    world.running.simulator().settings().alibaba.echoes_samples = true;
    let made = world.create_code("What we wrote").await.unwrap();
    let found = world.session.provider.find_code(world.phone(), &made.code, SVG, read()).await.unwrap();
    assert_eq!(found.unwrap().message, "What we wrote", "the list has the last word");
}

#[tokio::test]
async fn trap_28_a_space_is_part_of_every_call() {
    let mut scenario = Scenario::default();
    let space = |id: &str, phone: &str| Space { id: id.to_owned(), phones: vec![phone.to_owned()] };
    scenario.alibaba[0].spaces = vec![
        space("cams-first", sandbox::SECOND_PHONE_NUMBER),
        space(sandbox::CUST_SPACE_ID, sandbox::PHONE_NUMBER),
    ];
    let world = World::of(Face::Alibaba, scenario).await;
    let mut spec = alibaba_spec();
    spec.alibaba.as_mut().unwrap().cust_space_id = Some("cams-first".to_owned());
    let first = World {
        session: open(&world.running.url, &spec, &alibaba_secret()),
        ..World::new(Face::Alibaba).await
    };
    let desired = shipped(Face::Alibaba);
    let accepted = world.create(&desired).await.unwrap();
    let which = Which { id: Some(&accepted.id), name: &desired.name, language: &desired.language };
    let of_first = &first.session.provider;
    assert_eq!(of_first.read_template(which, read()).await, Ok(None));
    assert_eq!(of_first.list_templates(read()).await.unwrap().items, []);
    let known = world.read(&desired).await.unwrap();
    assert_eq!(first.delete(&known).await, Ok(Deleted::Before), "not in that space");
    refused(first.edit(&known, &desired).await, "not-found", "nor to be edited");
    refused(of_first.list_codes(world.phone(), SVG, read()).await, "slow", "nor its number");
    refused(first.create_code("Hi").await, "slow", "nor its codes");
    world.create_code("Hi").await.unwrap();
    assert!(world.read(&desired).await.is_some());
}

#[tokio::test]
async fn trap_38_a_create_can_be_approved_at_once_or_say_nothing() {
    let at_once = serde_json::json!({"reviews": [{"timeline": [{"afterMs": 0, "event": "approve"}]}]});
    for (face, said) in [(Face::Meta, Some(ReviewState::Approved)), (Face::Alibaba, None)] {
        let world = World::of(face, serde_json::from_value(at_once.clone()).unwrap()).await;
        let before = world.running.simulator().journal(0).len();
        let accepted = world.create(&shipped(face)).await.unwrap();
        assert_eq!(accepted.state, said, "{face:?}");
        let calls = world.running.simulator().journal(0).len() - before;
        assert_eq!(calls, 1, "{face:?}: whoever says nothing is not asked for each, but for all at once");
        let all = world.session.provider.list_templates(read()).await.unwrap();
        assert_eq!(all.items[0].state, ReviewState::Approved, "{face:?}");
    }
}

#[tokio::test]
async fn trap_39_a_template_is_found_by_its_whole_name_and_its_language() {
    for face in BOTH {
        let world = World::new(face).await;
        let desired = shipped(face);
        for (name, language) in [
            (format!("{}_2", desired.name), desired.language.clone()),
            (format!("a_{}", desired.name), desired.language.clone()),
            (desired.name.clone(), "de".to_owned()),
        ] {
            let (category, components) = ("MARKETING".to_owned(), Vec::new());
            let (provider, space) = (face, world.space());
            world.change(&Foreign::AddTemplate { provider, space, name, language, category, components });
        }
        assert_eq!(world.read(&desired).await, None, "{face:?}");
        world.create(&desired).await.unwrap();
        let found = world.read(&desired).await.unwrap();
        assert_eq!((&found.name, &found.language), (&desired.name, &desired.language), "{face:?}");
    }
}

#[tokio::test]
async fn trap_44_a_template_that_was_gone_is_deleted_whatever_the_status() {
    for status in [200, 400] {
        let world = World::new(Face::Alibaba).await;
        world.running.simulator().settings().alibaba.error_status = status;
        let desired = shipped(Face::Alibaba);
        world.create(&desired).await.unwrap();
        let known = world.read(&desired).await.unwrap();
        assert_eq!(world.delete(&known).await, Ok(Deleted::Now), "{status}");
        assert_eq!(world.delete(&known).await, Ok(Deleted::Before), "{status}");
        assert_eq!(world.read(&desired).await, None, "{status}");
        refused(world.edit(&known, &reworded(&desired)).await, "not-found", "an edit of nothing");
    }
}

#[tokio::test]
async fn trap_47_both_codes_of_a_spent_budget_are_throttling() {
    for code in [80_007, 80_008] {
        let world = World::new(Face::Meta).await;
        world.running.simulator().settings().meta.budget_code = code;
        let fault = Fault::Throttle { retry_after_ms: None };
        world.running.simulator().inject(FaultRule::once("POST message_qrdls", fault));
        let error = refused(world.create_code("Hi").await, "throttled", "a spent budget");
        assert_eq!(*error.code, *code.to_string());
    }
}
