//! What there is room for: 2,000 codes on a phone number, 250 or 6,000 templates in an account.

use waops::provider::face::Account as _;
use waops::simulator::{Change as Foreign, Provider as Face, Scenario};

use crate::templates::shipped;
use crate::{BOTH, World, refused};

#[tokio::test]
async fn a_phone_number_has_room_for_two_thousand_codes() {
    for face in BOTH {
        let world = World::new(face).await;
        let can = world.session.provider.capabilities();
        let room = 2_000;
        assert_eq!(can.codes_per_phone, (face == Face::Meta).then_some(room), "Alibaba documents none");
        for number in 1..room {
            let (phone, code) = (world.phone().to_owned(), Some(format!("CODE{number:010}")));
            world.change(&Foreign::AddCode { provider: face, phone, message: "Hi".to_owned(), code });
        }
        let last = world.create_code("The last one").await.unwrap();
        // Neither documents how the refusal looks; whatever it is, it is one call and has no effect.
        let class = if face == Face::Meta { "terminal" } else { "throttled" };
        let before = world.calls();
        let error = refused(world.create_code("One too many").await, class, "2,001 codes");
        assert!(error.vendor_message.as_deref().unwrap_or_default().contains("limit"), "{error}");
        assert_eq!(world.calls() - before, 1, "{face:?}");
        world.delete_code(&last.code).await.unwrap();
        world.create_code("There is room again").await.unwrap();
    }
}

#[tokio::test]
async fn an_account_has_room_for_so_many_templates_each_language_counted() {
    for (is_verified, room) in [(false, 250), (true, 6_000)] {
        let mut scenario = Scenario::default();
        scenario.meta.wabas[0].verified = is_verified;
        let world = World::of(Face::Meta, scenario).await;
        let (at_first, once_verified) = world.session.provider.capabilities().templates.unwrap();
        assert_eq!(room, if is_verified { once_verified } else { at_first });
        for number in 0..room {
            world.change(&Foreign::AddTemplate {
                provider: Face::Meta,
                space: world.space(),
                name: format!("menu_{}", number / 2),
                language: if number % 2 == 0 { "en" } else { "de" }.to_owned(),
                category: "MARKETING".to_owned(),
                components: Vec::new(),
            });
        }
        let desired = shipped(Face::Meta);
        let error = refused(world.create(&desired).await, "slow", "one too many");
        assert_eq!(&*error.code, "100/2388019");
        assert!(error.advice.contains("delete some"), "{error}");
        let (provider, space) = (Face::Meta, world.space());
        let language = Some("de".to_owned());
        world.change(&Foreign::DeleteTemplate { provider, space, name: "menu_0".to_owned(), language });
        world.create(&desired).await.unwrap();
    }
}
