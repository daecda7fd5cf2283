//! Lists and what accounts share, with the real clients against the simulator, under a paused clock.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "support/session.rs"]
mod session;
#[path = "support/world.rs"]
mod world;

use std::time::Duration;

use session::{Secret, alibaba_secret, alibaba_spec, asker, meta_secret, meta_spec, read, secret, soon};
use tokio::time::{Instant, sleep};
use waops::api::{ImageFormat, WhatsAppAccountSpec};
use waops::clock;
use waops::inside::Inside;
use waops::provider::Provider;
use waops::provider::accounts::{Accounts, Connected, Entry, Fingerprint, OpenAccount, Patience};
use waops::provider::attempt::Mandate;
use waops::provider::budget::{HOUR, Lane, Limit, Scope};
use waops::provider::face::{Account as _, Change, QrCodes as _, Templates as _, Which};
use waops::provider::inventory::{Act, Outcome, Reach, Snapshot, TemplateKey};
use waops::provider::session::{Session, limits};
use waops::qr_code::Code;
use waops::simulator::{Change as Foreign, Fault, FaultRule, Provider as Face, Scenario, Simulator, sandbox};
use world::{paused, ways};

const PATIENCE: Patience = Patience { settle: Duration::from_secs(60), drift: Duration::from_secs(600) };
const BOTH: [Face; 2] = [Face::Alibaba, Face::Meta];

struct World {
    inside: Inside,
    accounts: Accounts<Provider>,
}

impl World {
    fn new(scenario: Scenario) -> Self {
        Self { inside: Inside::new(Simulator::new(scenario)), accounts: Accounts::new(PATIENCE) }
    }

    async fn open(
        &self,
        name: &str,
        spec: &WhatsAppAccountSpec,
        secret: &Secret,
        limits: &[Limit],
    ) -> OpenAccount<Provider> {
        let entry = Entry {
            name: name.to_owned(),
            fingerprint: Fingerprint::of(spec, Some(secret)),
            quota: "quota".to_owned(),
            limits: limits.to_vec(),
        };
        let ways = ways(&self.inside);
        let connect = |budget| async move {
            Session::open(spec, Some(secret), name, &ways, budget).map(Connected::from)
        };
        self.accounts.connect(entry, connect).await.unwrap()
    }

    async fn sandbox(&self, face: Face) -> OpenAccount<Provider> {
        let (spec, secret) = match face {
            Face::Alibaba => (alibaba_spec(), alibaba_secret()),
            Face::Meta => (meta_spec(), meta_secret()),
        };
        self.open("shop/main", &spec, &secret, &limits(&spec)).await
    }

    fn change(&self, change: &Foreign) {
        assert_ne!(self.inside.simulator().change(change, clock::timestamp()), 0, "{change:?}");
    }

    fn add_code(&self, face: Face, number: usize) {
        let (phone, message) = (phone(face).to_owned(), format!("Poster {number}"));
        let code = Some(format!("CODE{number}"));
        self.change(&Foreign::AddCode { provider: face, phone, message, code });
    }

    fn add_template(&self, face: Face, name: &str) {
        let space = match face {
            Face::Alibaba => sandbox::CUST_SPACE_ID,
            Face::Meta => sandbox::WABA_ID,
        };
        self.change(&Foreign::AddTemplate {
            provider: face,
            space: space.to_owned(),
            name: name.to_owned(),
            language: "en_US".to_owned(),
            category: "UTILITY".to_owned(),
            components: Vec::new(),
        });
    }

    fn calls(&self) -> usize {
        self.inside.simulator().journal(0).len()
    }
}

fn phone(face: Face) -> &'static str {
    match face {
        Face::Alibaba => sandbox::PHONE_NUMBER,
        Face::Meta => sandbox::PHONE_NUMBER_ID,
    }
}

fn code(code: &str) -> Code {
    Code::parse(code).unwrap()
}

fn together(calls: u32) -> Vec<Limit> {
    vec![Limit { scope: Scope::Together, calls, window: HOUR }]
}

#[test]
fn claim_09_codes_are_listed_whole_and_then_only_as_far_as_something_is_new() {
    for face in BOTH {
        paused(async {
            let world = World::new(Scenario::default());
            (0..60).for_each(|number| world.add_code(face, number));
            let account = world.sandbox(face).await;
            let codes = account.codes(phone(face));
            codes.fresh(Instant::now(), Reach::Newest, Lane::UserEdit).await.unwrap();
            let pages = world.calls();
            assert!(
                codes.with(|known| known.complete() && known.len() == 60),
                "{face:?}: the first list is whole"
            );
            sleep(Duration::from_secs(1)).await;
            world.add_code(face, 60);
            codes.fresh(Instant::now(), Reach::Newest, Lane::UserEdit).await.unwrap();
            assert_eq!(codes.with(|known| known.live("Poster 60").count()), 1, "{face:?}");
            let (first, second) = (pages, world.calls() - pages);
            let want = if face == Face::Meta { (3, 1) } else { (1, 1) };
            assert_eq!(
                (first, second),
                want,
                "{face:?}: the page with something new, whose older half is known"
            );
        });
    }
}

#[test]
fn claim_09_absence_needs_the_second_witness_where_the_provider_has_one() {
    for (face, by_the_list_alone) in [(Face::Alibaba, true), (Face::Meta, false)] {
        paused(async {
            let world = World::new(Scenario::default());
            world.add_code(face, 1);
            let account = world.sandbox(face).await;
            let (codes, gone) = (account.codes(phone(face)), code("GONE"));
            codes.within(Duration::ZERO, Lane::UserEdit).await.unwrap();
            assert_eq!(codes.with(|known| known.believed_absent(&gone)), by_the_list_alone, "{face:?}");
            let find = account.provider().find_code(phone(face), &gone, ImageFormat::Svg, read());
            codes.exact(gone.clone(), find).await.unwrap();
            assert!(codes.with(|known| known.believed_absent(&gone)), "{face:?}");
        });
    }
}

#[test]
fn claim_09_templates_are_listed_and_a_page_that_lacks_some_is_no_proof() {
    for face in BOTH {
        paused(async {
            let world = World::new(Scenario::default());
            (0..130).for_each(|number| world.add_template(face, &format!("order_{number}")));
            let account = world.sandbox(face).await;
            let templates = account.templates();
            templates.within(Duration::ZERO, Lane::DriftPass).await.unwrap();
            assert_eq!(templates.with(|known| (known.len(), known.complete())), (130, true), "{face:?}");
            let found = templates.with(|known| known.named("order_7", "en-us").next().cloned()).unwrap();
            assert!(templates.with(|known| known.get(&TemplateKey::new(&found.id, "en_us")).is_some()));
            let gone = TemplateKey::new("1", "en_US");
            assert!(
                !templates.with(|known| known.believed_absent(&gone)),
                "{face:?}: one can be read by itself"
            );
            let which = Which { id: Some("1"), name: "gone", language: "en_US" };
            templates.exact(gone.clone(), account.provider().read_template(which, read())).await.unwrap();
            assert!(templates.with(|known| known.believed_absent(&gone)), "{face:?}");
            let partial = FaultRule::every("*", Fault::PartialList { keep: 40 });
            world.inside.simulator().inject(partial);
            sleep(Duration::from_secs(1)).await;
            let _ = templates.within(Duration::ZERO, Lane::DriftPass).await;
            assert_eq!(templates.with(Snapshot::len), 130, "{face:?}: nothing is believed to be gone");
        });
    }
}

#[test]
fn claim_05_a_list_in_the_queue_is_hastened_and_counts_from_when_it_leaves() {
    paused(async {
        let world = World::new(Scenario::default());
        let account = world.open("shop/main", &meta_spec(), &meta_secret(), &together(40)).await;
        let codes = account.codes(sandbox::PHONE_NUMBER_ID);
        for _ in 0..10 {
            codes.within(Duration::ZERO, Lane::DriftPass).await.unwrap();
            sleep(Duration::from_secs(1)).await;
        }
        let (start, calls) = (Instant::now(), world.calls());
        let person = async {
            sleep(Duration::from_secs(60)).await;
            codes.fresh(Instant::now(), Reach::Whole, Lane::UserEdit).await
        };
        let (drift, person) = tokio::join!(codes.within(Duration::ZERO, Lane::DriftPass), person);
        assert!(drift.is_ok() && person.is_ok());
        assert_eq!(start.elapsed().as_secs(), 60, "drift passes had used up their quarter of the hour");
        assert_eq!(world.calls() - calls, 1, "one list for both");
        assert_eq!(codes.age(), Some(Duration::ZERO), "it started when it left");
    });
}

#[test]
fn claim_05_every_list_counts_from_when_it_leaves_the_queue() {
    let one_in_ten_seconds =
        [Limit { scope: Scope::EachOperation, calls: 1, window: Duration::from_secs(10) }];
    for face in BOTH {
        paused(async {
            let world = World::new(Scenario::default());
            let (spec, secret) = match face {
                Face::Alibaba => (alibaba_spec(), alibaba_secret()),
                Face::Meta => (meta_spec(), meta_secret()),
            };
            let account = world.open("shop/main", &spec, &secret, &one_in_ten_seconds).await;
            let (codes, templates) = (account.codes(phone(face)), account.templates());
            let both = async || {
                let now = Instant::now();
                let (one, other) = tokio::join!(
                    codes.fresh(now, Reach::Whole, Lane::UserEdit),
                    templates.fresh(now, Reach::Whole, Lane::UserEdit),
                );
                assert!(one.is_ok() && other.is_ok(), "{face:?}");
            };
            both().await;
            sleep(Duration::from_secs(1)).await;
            let meanwhile = async {
                sleep(Duration::from_secs(5)).await;
                both().await;
            };
            tokio::join!(both(), meanwhile);
            assert_eq!(world.calls(), 4, "{face:?}: one list more of each, for both who wanted it");
            assert_eq!(
                (codes.age(), templates.age()),
                (Some(Duration::ZERO), Some(Duration::ZERO)),
                "{face:?}"
            );
        });
    }
}

#[test]
fn one_silent_answer_does_not_use_up_the_time_of_a_list() {
    for face in BOTH {
        paused(async {
            let faults = vec![FaultRule::once("*", Fault::TimeoutBefore)];
            let world = World::new(Scenario { faults, ..Scenario::default() });
            let account = world.sandbox(face).await;
            let codes = account.codes(phone(face));
            let start = Instant::now();
            codes.within(Duration::ZERO, Lane::UserEdit).await.unwrap();
            assert!(start.elapsed().as_secs() <= 31, "{face:?}: {:?}", start.elapsed());
            assert!(
                codes.age().unwrap().as_secs() < 1,
                "{face:?}: it counts from the attempt that was answered"
            );
        });
    }
}

#[test]
fn accounts_of_one_identity_see_each_others_writes_and_one_without_permission_stops_nobody() {
    paused(async {
        let world = World::new(Scenario::default());
        world.add_code(Face::Meta, 1);
        let (spec, limits) = (meta_spec(), together(5000));
        let good = world.open("shop/main", &spec, &meta_secret(), &limits).await;
        let revoked = secret(&[("accessToken", "EAAJrevoked")]);
        let bad = world.open("press/main", &spec, &revoked, &limits).await;
        assert_eq!(good.identity(), bad.identity());
        let seen =
            |account: &OpenAccount<Provider>| account.codes(sandbox::PHONE_NUMBER_ID).with(Snapshot::len);
        let codes = bad.codes(sandbox::PHONE_NUMBER_ID);
        codes.within(Duration::ZERO, Lane::UserEdit).await.unwrap();
        assert_eq!(
            (seen(&good), seen(&bad), world.calls()),
            (1, 1, 2),
            "asked the newest first, then the other"
        );
        sleep(Duration::from_secs(1)).await;
        codes.within(Duration::ZERO, Lane::UserEdit).await.unwrap();
        assert_eq!(world.calls(), 3, "and not again whose credentials are wrong");
        let writing = good.codes(sandbox::PHONE_NUMBER_ID).writing(Act::Delete(code("CODE1")));
        writing.finish(Outcome::Gone(code("CODE1")));
        assert_eq!(seen(&bad), 0, "a write through one is seen by the other");
        drop(good);
        sleep(Duration::from_secs(1)).await;
        let error = codes.within(Duration::ZERO, Lane::UserEdit).await.unwrap_err();
        assert_eq!(error.class.name(), "credentials", "{error}");
    });
}

#[test]
fn a_changed_secret_makes_a_new_session_and_keeps_what_is_known_and_spent() {
    paused(async {
        let world = World::new(Scenario::default());
        let (spec, limits) = (meta_spec(), together(10));
        let old = world.open("shop/main", &spec, &meta_secret(), &limits).await;
        old.codes(sandbox::PHONE_NUMBER_ID).within(Duration::ZERO, Lane::UserEdit).await.unwrap();
        let same = world.open("shop/main", &spec, &meta_secret(), &limits).await;
        assert!(std::ptr::eq(old.provider(), same.provider()), "nothing changed, nothing is made");
        let mut suspended = spec.clone();
        suspended.suspend = Some(true);
        let still = world.open("shop/main", &suspended, &meta_secret(), &limits).await;
        assert!(std::ptr::eq(old.provider(), still.provider()), "what is no matter of the connection");
        let renewed = secret(&[("accessToken", sandbox::ACCESS_TOKEN), ("appSecret", sandbox::APP_SECRET)]);
        let new = world.open("shop/main", &spec, &renewed, &limits).await;
        assert!(!std::ptr::eq(old.provider(), new.provider()));
        drop((old, same, still));
        assert_eq!(new.codes(sandbox::PHONE_NUMBER_ID).age(), Some(Duration::ZERO), "the inventory stays");
        assert_eq!(new.budget().remaining()[0].left, 9, "and so does what was spent");
        let strict = world.open("press/main", &spec, &meta_secret(), &together(4)).await;
        assert_eq!(new.budget().remaining()[0].left, 3, "the strictest limit counts");
        drop(strict);
        assert_eq!(new.budget().remaining()[0].left, 9, "while its account is there");
    });
}

#[test]
fn claim_01_creates_of_the_same_text_go_one_after_another_and_others_beside_them() {
    paused(async {
        let world = World::new(Scenario::default());
        let (alibaba, meta) = (world.sandbox(Face::Alibaba).await, world.sandbox(Face::Meta).await);
        let start = Instant::now();
        let hold =
            |name: &'static str, account: &OpenAccount<Provider>, phone: &'static str, text: &'static str| {
                let (accounts, identity) = (&world.accounts, account.identity().clone());
                async move {
                    let lock = accounts.lock(&identity, phone, text).await;
                    sleep(Duration::from_secs(10)).await;
                    drop(lock);
                    (name, start.elapsed().as_secs())
                }
            };
        let impatient = tokio::time::timeout(Duration::from_secs(5), hold("gives up", &meta, "1", "Hello"));
        let (first, gave_up, second, third, text, phone, other) = tokio::join!(
            hold("first", &meta, "1", "Hello"),
            impatient,
            hold("second", &meta, "1", "Hello"),
            hold("third", &meta, "1", "Hello"),
            hold("another text", &meta, "1", "Hello!"),
            hold("another phone", &meta, "2", "Hello"),
            hold("another identity", &alibaba, "1", "Hello"),
        );
        assert!(gave_up.is_err(), "who gives up holds up nobody");
        assert_eq!([first, second, third].map(|(_, ended)| ended), [10, 20, 30], "in the order they came");
        for (name, ended) in [text, phone, other] {
            assert_eq!(ended, 10, "{name}");
        }
    });
}

#[test]
fn claim_01_a_budget_that_is_shared_is_never_exceeded_by_both_together() {
    paused(async {
        let world = World::new(Scenario::default());
        let spec = alibaba_spec();
        let one = world.open("shop/main", &spec, &alibaba_secret(), &limits(&spec)).await;
        let other = world.open("press/main", &spec, &alibaba_secret(), &limits(&spec)).await;
        let create = async |account: &OpenAccount<Provider>| {
            for number in 0..10 {
                let (asker, permit) =
                    (asker(), account.provider().permit(Change::CreateCode, Lane::UserEdit).await);
                let mandate = Mandate { permit, deadline: soon(), asker: &asker, before: None };
                let text = format!("{number} of {:p}", account.provider());
                account
                    .provider()
                    .create_code(sandbox::PHONE_NUMBER, &text, ImageFormat::Svg, mandate)
                    .await
                    .unwrap();
            }
        };
        let start = Instant::now();
        tokio::join!(create(&one), create(&other));
        assert_eq!(start.elapsed().as_secs(), 3, "twenty at five a second, and none was refused");
    });
}
