//! QR codes.

use std::collections::HashSet;

use waops::api::ImageFormat;
use waops::provider::error::{Effect, Error};
use waops::provider::face::{Account as _, Change, Connection, Deleted, QrCodes as _};
use waops::qr_code::{Code, Observed, Phone};
use waops::simulator::{Change as Foreign, Fault, FaultRule, Provider as Face, sandbox};

use crate::session::{asker, mandate, read};
use crate::{BOTH, World};

const SVG: ImageFormat = ImageFormat::Svg;

impl World {
    pub(crate) async fn create_code(&self, message: &str) -> Result<Observed, Error> {
        let asker = asker();
        let mandate = mandate(&self.session, Change::CreateCode, &asker).await;
        self.session.provider.create_code(self.phone(), message, SVG, mandate).await
    }

    pub(crate) async fn update_code(&self, code: &Code, message: &str) -> Result<Observed, Error> {
        let asker = asker();
        let mandate = mandate(&self.session, Change::UpdateCode, &asker).await;
        self.session.provider.update_code(self.phone(), code, message, SVG, mandate).await
    }

    pub(crate) async fn delete_code(&self, code: &Code) -> Result<Deleted, Error> {
        let asker = asker();
        let mandate = mandate(&self.session, Change::DeleteCode, &asker).await;
        self.session.provider.delete_code(self.phone(), code, mandate).await
    }

    async fn find(&self, code: &Code) -> Option<Observed> {
        self.session.provider.find_code(self.phone(), code, SVG, read()).await.unwrap()
    }
}

#[tokio::test]
async fn an_account_says_that_it_works_and_knows_its_phone_number() {
    for face in BOTH {
        let world = World::new(face).await;
        let provider = &world.session.provider;
        assert_eq!(provider.verify(read()).await, Ok(Connection::Works), "{face:?}");
        assert_eq!(world.calls(), 1, "{face:?}: one cheap call");
        let phone = Phone::Number(sandbox::PHONE_NUMBER.to_owned());
        let line = provider.resolve(&phone, read()).await.unwrap();
        assert_eq!((line.key.as_str(), line.usable()), (world.phone(), Ok(())), "{face:?}");
    }
}

#[tokio::test]
async fn trap_1_a_code_lives_from_create_to_delete_under_the_name_it_got_last() {
    for face in BOTH {
        let world = World::new(face).await;
        let made = world.create_code("Hi! I saw your poster").await.unwrap();
        assert!(made.link.is_some() && made.image_url.is_some(), "{face:?}: {made:?}");
        let found = world.find(&made.code).await.unwrap();
        assert_eq!((&found.message, &found.link), (&made.message, &made.link), "{face:?}");

        let changed = world.update_code(&made.code, "Hi again").await.unwrap();
        let keeps = world.session.provider.capabilities().update_keeps_code;
        assert_eq!(keeps, face == Face::Meta);
        assert_eq!(changed.code == made.code, keeps, "{face:?}: {changed:?}");
        assert_eq!(changed.link == made.link, keeps, "{face:?}");
        assert_eq!(world.find(&changed.code).await.unwrap().message, "Hi again", "{face:?}");
        assert_eq!(world.find(&made.code).await.is_some(), keeps, "{face:?}: the printed code");

        assert_eq!(world.delete_code(&changed.code).await, Ok(Deleted::Now), "{face:?}");
        assert_eq!(world.find(&changed.code).await, None, "{face:?}");
        if face == Face::Meta {
            assert_eq!(
                world.delete_code(&changed.code).await,
                Ok(Deleted::Before),
                "an exact read proves it"
            );
        }
    }
}

#[tokio::test]
async fn trap_9_sixty_codes_come_in_pages_and_all_of_them_are_there() {
    for face in BOTH {
        let world = World::new(face).await;
        for number in 0..60 {
            let (phone, message) = (world.phone().to_owned(), format!("Table {number}"));
            let code = Some(format!("CODE{number:010}"));
            world.change(&Foreign::AddCode { provider: face, phone, message, code });
        }
        let before = world.calls();
        let provider = &world.session.provider;
        let all = provider.list_codes(world.phone(), SVG, read()).await.unwrap();
        let codes: HashSet<_> = all.items.iter().map(|item| item.code.clone()).collect();
        assert_eq!((codes.len(), all.items.len(), all.complete), (60, 60, true), "{face:?}");
        let newest_first = provider.capabilities().lists_newest_first;
        assert_eq!(world.calls() - before, if newest_first { 3 } else { 1 }, "{face:?}");

        // Twenty-five to a page; what is new is on the first as long as its older half is known.
        let (known, mut made) = (|code: &Code| codes.contains(code), HashSet::new());
        for (news, pages) in [(1, 1), (12, 1), (13, 2), (25, 2), (37, 2), (38, 3)] {
            for number in made.len()..news {
                made.insert(world.create_code(&format!("Chair {number}")).await.unwrap().code);
            }
            let before = world.calls();
            let listing = provider.new_codes(world.phone(), SVG, &known, read()).await.unwrap();
            let shown: HashSet<_> = listing.items.into_iter().map(|item| item.code).collect();
            assert!(made.is_subset(&shown), "{face:?}: all of {news}");
            assert_eq!(listing.complete, !newest_first, "{face:?}: never taken for a whole list");
            assert_eq!(world.calls() - before, if newest_first { pages } else { 1 }, "{face:?}: {news} new");
        }
    }
}

#[tokio::test]
async fn trap_6_what_is_gone_is_not_found_and_never_made_instead() {
    for face in BOTH {
        let world = World::new(face).await;
        let unknown = Code::parse("NEVERTHERE0001").unwrap();
        assert_eq!(world.find(&unknown).await, None, "{face:?}");
        let error = crate::refused(world.update_code(&unknown, "Hi").await, "not-found", "an unknown code");
        assert!(error.advice.contains("does not exist"), "{error}");
        let all = world.session.provider.list_codes(world.phone(), SVG, read()).await.unwrap();
        assert_eq!(all.items, [], "{face:?}: an update never creates (trap 6)");
    }
}

#[tokio::test]
async fn what_is_gone_counts_as_deleted_where_it_can_be_proved_however_the_provider_says_so() {
    for face in BOTH {
        for unknown_code in ["Unknown.ResourceOwnerId", "InvalidParameter", "Nobody.ToldUs"] {
            let world = World::new(face).await;
            {
                let mut simulator = world.running.simulator();
                let settings = simulator.settings();
                unknown_code.clone_into(&mut settings.alibaba.unknown_code);
                settings.meta.unknown_is_404 = unknown_code == "Nobody.ToldUs";
            }
            let gone = Code::parse("GONE0000000001").unwrap();
            match (face, world.delete_code(&gone).await) {
                (Face::Meta, done) => assert_eq!(done, Ok(Deleted::Before), "{unknown_code}"),
                // Lists lag, and there is nothing else to ask: a list later decides.
                (Face::Alibaba, done) => {
                    assert_eq!(done.unwrap_err().effect, Effect::Unclear, "{unknown_code}");
                }
            }
            assert_eq!(world.calls(), 2, "the delete, and the read of the same credentials");
        }
    }
}

#[tokio::test]
async fn trap_43_a_code_that_only_looks_gone_is_not_counted_as_deleted() {
    for face in BOTH {
        let world = World::new(face).await;
        let gone = Code::parse("GONE0000000001").unwrap();
        let lists = if face == Face::Alibaba { "ListPhoneMessageQrdl" } else { "GET message_qrdls" };
        world.running.simulator().inject(FaultRule::once(lists, Fault::PermissionWithdrawn));
        crate::refused(world.delete_code(&gone).await, "not-found", "nobody could prove it");
    }
}
