//! Templates.

use std::collections::BTreeSet;

use waops::api::{ImageFormat, ReviewState};
use waops::provider::error::{Effect, Error};
use waops::provider::face::{Account as _, Change, Deleted, QrCodes as _, Templates as _, Which};
use waops::provider::samples::{SampleSource as _, Web};
use waops::provider::transport::{Settings, Transport};
use waops::simulator::{Change as Foreign, Event, Fault, FaultRule, Provider as Face};
use waops::template::{Accepted, Body, Desired, MediaFormat, Observed, Text};

use crate::desired::{template, templates};
use crate::session::{alibaba_secret, asker, mandate, open, read, soon, spaceless_spec};
use crate::{BOTH, World};

impl World {
    pub(crate) async fn create(&self, desired: &Desired) -> Result<Accepted, Error> {
        let asker = asker();
        let attachments = self.session.provider.prepare(desired, read()).await?;
        let mandate = mandate(&self.session, Change::CreateTemplate, &asker).await;
        self.session.provider.create_template(desired, &attachments, mandate).await
    }

    pub(crate) async fn edit(&self, known: &Observed, desired: &Desired) -> Result<Accepted, Error> {
        let asker = asker();
        let attachments = self.session.provider.prepare(desired, read()).await?;
        let mandate = mandate(&self.session, Change::EditTemplate, &asker).await;
        self.session.provider.edit_template(known, desired, &attachments, mandate).await
    }

    pub(crate) async fn delete(&self, known: &Observed) -> Result<Deleted, Error> {
        let asker = asker();
        let mandate = mandate(&self.session, Change::DeleteTemplate, &asker).await;
        self.session.provider.delete_template(known, mandate).await
    }

    pub(crate) async fn read(&self, desired: &Desired) -> Option<Observed> {
        let which = Which { id: None, name: &desired.name, language: &desired.language };
        self.session.provider.read_template(which, read()).await.unwrap()
    }
}

/// A template that both providers take.
pub(crate) fn shipped(face: Face) -> Desired {
    match face {
        Face::Alibaba => template("alibaba-template-order-shipped"),
        Face::Meta => template("meta-template-order-shipped"),
    }
}

pub(crate) fn reworded(desired: &Desired) -> Desired {
    let Body::Text(text) = &desired.body else { panic!("{desired:?}") };
    Desired {
        body: Body::Text(Text::parse(&format!("{text} Have a nice day, all of you."))),
        ..desired.clone()
    }
}

#[tokio::test]
async fn every_example_is_taken_and_read_back_without_a_difference() {
    for face in BOTH {
        let world = World::new(face).await;
        world.running.simulator().settings().limits = false;
        let examples = templates(if face == Face::Meta { "meta" } else { "alibaba" });
        for (name, desired) in &examples {
            let accepted = world.create(desired).await.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(accepted.state, (face == Face::Meta).then_some(ReviewState::Pending), "{name}");
            let which = Which { id: Some(&accepted.id), name: &desired.name, language: &desired.language };
            let found = world.session.provider.read_template(which, read()).await.unwrap().unwrap();
            let content = found.content.unwrap_or_else(|| panic!("{name}: without content"));
            assert_eq!(desired.content().differences(&content), [], "{name}");
        }
        world.running.simulator().advance(60_000);
        let all = world.session.provider.list_templates(read()).await.unwrap();
        assert_eq!((all.items.len(), all.complete), (examples.len(), true), "{face:?}");
        assert!(all.items.iter().all(|item| item.state == ReviewState::Approved), "{face:?}");
        let whole = world.session.provider.capabilities().list_has_components;
        assert!(all.items.iter().all(|item| item.content.is_some() == whole), "{face:?}");
    }
}

#[tokio::test]
async fn trap_34_a_rejected_template_is_edited_as_a_whole_and_approved() {
    for face in BOTH {
        let world = World::new(face).await;
        let desired = shipped(face);
        world.create(&desired).await.unwrap();
        world.decide(&desired.name, Event::Reject { reason: "TAG_CONTENT_MISMATCH".to_owned() });
        let rejected = world.read(&desired).await.unwrap();
        assert_eq!(rejected.state, ReviewState::Rejected, "{face:?}");
        assert_eq!(rejected.reason.as_deref(), Some("TAG_CONTENT_MISMATCH"), "{face:?}");

        let better = reworded(&desired);
        let accepted = world.edit(&rejected, &better).await.unwrap();
        assert_eq!((&accepted.id, accepted.state), (&rejected.id, Some(ReviewState::Pending)), "{face:?}");
        world.decide(&desired.name, Event::Approve);
        let approved = world.read(&desired).await.unwrap();
        assert_eq!(approved.state, ReviewState::Approved, "{face:?}");
        assert_eq!(better.content().differences(&approved.content.unwrap()), [], "{face:?}");
    }
}

#[tokio::test]
async fn trap_36_a_template_that_the_provider_moved_can_still_be_edited() {
    for face in BOTH {
        let world = World::new(face).await;
        let desired = shipped(face);
        world.create(&desired).await.unwrap();
        world.decide(&desired.name, Event::Recategorise { category: "MARKETING".to_owned() });
        world.decide(&desired.name, Event::Reject { reason: "INCORRECT_CATEGORY".to_owned() });
        let moved = world.read(&desired).await.unwrap();
        assert_eq!(moved.category, "MARKETING", "{face:?}");
        world.edit(&moved, &reworded(&desired)).await.unwrap();
    }
}

#[tokio::test]
async fn trap_30_a_delete_takes_one_language_and_leaves_the_others() {
    for face in BOTH {
        let world = World::new(face).await;
        let one = shipped(face);
        let other = Desired { language: "de".to_owned(), ..one.clone() };
        world.create(&one).await.unwrap();
        world.create(&other).await.unwrap();
        let known = world.read(&one).await.unwrap();
        assert_eq!(world.delete(&known).await, Ok(Deleted::Now), "{face:?}");
        assert_eq!(world.read(&one).await, None, "{face:?}");
        assert!(world.read(&other).await.is_some(), "{face:?}: trap 30");
        assert_eq!(world.delete(&known).await, Ok(Deleted::Before), "{face:?}");
    }
}

#[tokio::test]
async fn what_only_some_can_do_is_said_beforehand() {
    for face in BOTH {
        let world = World::new(face).await;
        let desired = shipped(face);
        let provider = &world.session.provider;
        let can = provider.capabilities();
        world.create(&desired).await.unwrap();
        world.decide(&desired.name, Event::Approve);
        let known = world.read(&desired).await.unwrap();
        let asker = asker();

        let before = world.calls();
        let paused = provider
            .set_category_change_paused(
                &known,
                true,
                mandate(&world.session, Change::SetTemplate, &asker).await,
            )
            .await;
        assert_eq!(paused.is_ok(), can.sets_without_review.contains(&"categoryChangePaused"), "{face:?}");
        let archived = provider
            .archive_template(&known, mandate(&world.session, Change::ArchiveTemplate, &asker).await)
            .await;
        assert_eq!(archived.is_ok(), can.archives, "{face:?}: {archived:?}");
        if can.archives {
            assert_eq!(world.read(&desired).await.unwrap().state, ReviewState::Archived, "{face:?}");
            let mandate = mandate(&world.session, Change::UnarchiveTemplate, &asker).await;
            provider.unarchive_template(&known, mandate).await.unwrap();
        }
        world.decide(&desired.name, Event::Pause);
        let resumed = provider
            .unpause_template(&known, mandate(&world.session, Change::UnpauseTemplate, &asker).await)
            .await;
        assert_eq!(resumed.is_ok(), can.unpauses, "{face:?}: {resumed:?}");
        assert!(world.calls() > before, "{face:?}");
    }
}

#[tokio::test]
async fn what_needs_a_space_is_not_sent_without_one() {
    let world = World::new(Face::Alibaba).await;
    let desired = shipped(Face::Alibaba);
    world.create(&desired).await.unwrap();
    let known = world.read(&desired).await.unwrap();
    let session = open(&world.running.url, &spaceless_spec(), &alibaba_secret());
    let (before, asker) = (world.calls(), asker());
    let mandate = mandate(&session, Change::SetTemplate, &asker).await;
    let error = session.provider.set_category_change_paused(&known, true, mandate).await;
    let error = crate::refused(error, "terminal", "no space");
    assert!(error.advice.contains("custSpaceId"), "{error}");
    assert_eq!(world.calls(), before);
}

#[tokio::test]
async fn uploads_are_authorised_as_documented() {
    let world = World::new(Face::Meta).await;
    // Bearer is said to work; OAuth is what is written.
    world.running.simulator().settings().meta.upload_accepts_bearer = false;
    world.create(&template("meta-template-invoice")).await.unwrap();
}

#[tokio::test]
async fn two_hundred_templates_come_in_pages() {
    for face in BOTH {
        let world = World::new(face).await;
        for number in 0..205 {
            world.change(&Foreign::AddTemplate {
                provider: face,
                space: world.space(),
                name: format!("menu_{number}"),
                language: "en".to_owned(),
                category: "MARKETING".to_owned(),
                components: Vec::new(),
            });
        }
        let all = world.session.provider.list_templates(read()).await.unwrap();
        assert_eq!((all.items.len(), world.calls()), (205, 3), "{face:?}");
    }
}

#[tokio::test]
async fn pages_that_are_smaller_than_asked_for_are_a_whole_list_all_the_same() {
    let world = World::new(Face::Alibaba).await;
    world.running.simulator().settings().alibaba.page_holds = 20;
    for number in 0..65 {
        world.change(&Foreign::AddTemplate {
            provider: Face::Alibaba,
            space: world.space(),
            name: format!("menu_{number}"),
            language: "en".to_owned(),
            category: "MARKETING".to_owned(),
            components: Vec::new(),
        });
    }
    let all = world.session.provider.list_templates(read()).await.unwrap();
    assert_eq!((all.items.len(), all.complete, world.calls()), (65, true, 4));
}

#[tokio::test]
async fn samples_are_fetched_from_where_they_lie_and_looked_at() {
    let world = World::new(Face::Alibaba).await;
    let asker = asker();
    let change = mandate(&world.session, Change::CreateCode, &asker).await;
    let phone = world.phone();
    let made = world.session.provider.create_code(phone, "Hi", ImageFormat::Png, change).await.unwrap();
    let picture = made.image_url.unwrap();
    let web = Web::new(Transport::new(&Settings::default()).unwrap());
    let sample = web.fetch(MediaFormat::Image, &picture, soon()).await.unwrap();
    assert_eq!(sample.content_type, "image/png");
    for (format, url, class, code) in [
        (MediaFormat::Document, picture.clone(), "slow", "Sample.Format"),
        (MediaFormat::Image, format!("{}/nowhere.png", world.running.url), "slow", "Sample.Refused"),
        (MediaFormat::Image, "file:///etc/passwd".to_owned(), "terminal", "Sample.Address"),
        (MediaFormat::Image, "http://127.0.0.1:1/a.png".to_owned(), "transient", "Transport.Connect"),
    ] {
        let error = web.fetch(format, &url, soon()).await.unwrap_err();
        assert_eq!((error.class.name(), &*error.code, error.effect), (class, code, Effect::None), "{url}");
    }
}

#[tokio::test]
async fn a_list_that_grows_under_our_hands_is_whole_and_one_that_shrinks_is_read_again() {
    let template = |name: String| (name, "en".to_owned(), "MARKETING".to_owned());
    for (grows, items, calls, reason) in [
        (true, 150..=151, 2, "whatever was there is in it, though the second page begins one further on"),
        (false, 149..=149, 4, "the second page begins one further back, and one slips through"),
    ] {
        let world = World::new(Face::Alibaba).await;
        let (provider, space) = (Face::Alibaba, world.space());
        let add = |name: String| {
            let ((name, language, category), space) = (template(name), space.clone());
            Foreign::AddTemplate { provider, space, name, language, category, components: Vec::new() }
        };
        for number in 0..150 {
            world.change(&add(format!("menu_{number}")));
        }
        let change = if grows {
            add("new".to_owned())
        } else {
            let (name, language, _) = template("menu_140".to_owned());
            Foreign::DeleteTemplate { provider, space: space.clone(), name, language: Some(language) }
        };
        let rule = FaultRule::once("ListChatappTemplate", Fault::ForeignChange(change));
        world.running.simulator().inject(FaultRule { skip: 1, ..rule });
        let all = world.session.provider.list_templates(read()).await.unwrap();
        assert!(items.contains(&all.items.len()), "{reason}: {}", all.items.len());
        assert_eq!((all.complete, world.calls()), (true, calls), "{reason}");
        let names: BTreeSet<&str> = all.items.iter().map(|item| item.name.as_str()).collect();
        assert_eq!(names.len(), all.items.len(), "{reason}: each once");
        let missing = (0..140).find(|number| !names.contains(format!("menu_{number}").as_str()));
        assert_eq!(missing, None, "{reason}");
    }
}
