//! Clients and simulator in one thread, without sockets, under a clock that stands still: the ground of the
//! simulation. The same seed tells the same story.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "support/desired.rs"]
mod desired;
#[path = "support/session.rs"]
mod session;
#[path = "support/world.rs"]
mod world;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use desired::template;
use session::{alibaba_secret, alibaba_spec, asker, mandate, meta_secret, meta_spec, read};
use tokio::task::JoinSet;
use tokio::time::Instant;
use waops::api::ImageFormat;
use waops::inside::{Inside, Pace};
use waops::provider::budget::{Budget, Lane};
use waops::provider::deadline::Deadline;
use waops::provider::error::Effect;
use waops::provider::face::{Change, QrCodes as _, Read, Templates as _};
use waops::provider::session::{Session, limits};
use waops::simulator::{Fault, FaultRule, Provider as Face, Scenario, Simulator, sandbox};
use world::{paused, ways};

const FORMAT: ImageFormat = ImageFormat::Svg;

fn sessions(inside: &Inside) -> [(Face, Session, &'static str); 2] {
    let ways = ways(inside);
    let open = |spec, secret| {
        Session::open(&spec, Some(&secret), "shop/main", &ways, Budget::new(limits(&spec))).unwrap()
    };
    [
        (Face::Alibaba, open(alibaba_spec(), alibaba_secret()), sandbox::PHONE_NUMBER),
        (Face::Meta, open(meta_spec(), meta_secret()), sandbox::PHONE_NUMBER_ID),
    ]
}

#[test]
fn both_providers_are_reached_without_a_socket() {
    paused(async {
        let inside = Inside::new(Simulator::default());
        for (face, session, phone) in sessions(&inside) {
            let asker = asker();
            let create = mandate(&session, Change::CreateCode, &asker).await;
            let made = session.provider.create_code(phone, "Hello", FORMAT, create).await.unwrap();
            let listed = session.provider.list_codes(phone, FORMAT, read()).await.unwrap();
            assert_eq!(
                listed.items.iter().map(|code| &code.code).collect::<Vec<_>>(),
                [&made.code],
                "{face:?}"
            );
        }
        let journal = inside.simulator().journal(0);
        assert!(
            journal.iter().all(|entry| entry.at.0 == 1_800_000_000_000),
            "at the virtual time: {journal:?}"
        );
    });
}

#[test]
fn what_the_simulator_does_to_a_call_happens_in_virtual_time() {
    for (fault, code, effect, milliseconds, reason) in [
        (Fault::Latency { ms: 7_000 }, None, Effect::None, 7_100, "a slow answer"),
        (
            Fault::TimeoutAfter,
            Some("Transport.Timeout"),
            Effect::Unclear,
            20_000,
            "the deadline ends silence",
        ),
        (Fault::LostResponse, Some("Transport.Lost"), Effect::Unclear, 100, "a reset"),
    ] {
        paused(async {
            let scenario =
                Scenario { faults: vec![FaultRule::once("*message_qrdls", fault)], ..Scenario::default() };
            let pace = Pace { there: Duration::from_millis(60), back: Duration::from_millis(40) };
            let inside = Inside::new(Simulator::new(scenario)).with_pace(move || pace);
            let [_, (_, session, phone)] = sessions(&inside);
            let (asker, start) = (asker(), tokio::time::Instant::now());
            let create = mandate(&session, Change::CreateCode, &asker).await;
            let result = session.provider.create_code(phone, "Hello", FORMAT, create).await;
            let error = result.as_ref().err();
            assert_eq!(error.map(|error| &*error.code), code, "{reason}");
            assert_eq!(error.map_or(Effect::None, |error| error.effect), effect, "{reason}");
            assert_eq!(start.elapsed(), Duration::from_millis(milliseconds), "{reason}");
            let journal = inside.simulator().journal(0);
            assert_eq!(journal[0].at.0, 1_800_000_000_060, "{reason}: it arrived before");
        });
    }
}

/// One object's life, beside the others: made, listed, changed, and gone.
async fn life(session: Session, phone: &'static str, text: String) {
    let asker = asker();
    let create = mandate(&session, Change::CreateCode, &asker).await;
    let made = session.provider.create_code(phone, &text, FORMAT, create).await;
    let listed = session.provider.list_codes(phone, FORMAT, read()).await;
    let Ok(made) = made else { return };
    let update = mandate(&session, Change::UpdateCode, &asker).await;
    let now = session.provider.update_code(phone, &made.code, &format!("{text}!"), FORMAT, update).await;
    let code = now.map_or(made.code, |now| now.code);
    if listed.is_ok_and(|listed| listed.items.len() % 2 == 0) {
        let delete = mandate(&session, Change::DeleteCode, &asker).await;
        let _ = session.provider.delete_code(phone, &code, delete).await;
    }
}

/// A few lives at both providers, with trouble, as the provider saw them.
fn journal_of(seed: u64) -> String {
    paused(async {
        let trouble = [
            Fault::LostResponse,
            Fault::ServerError { status: 503 },
            Fault::Throttle { retry_after_ms: None },
            Fault::Latency { ms: 700 },
            Fault::StaleList { ms: 2_000 },
        ];
        let faults = trouble.map(|fault| FaultRule { probability: 0.1, ..FaultRule::every("*", fault) });
        let scenario = Scenario { seed, faults: faults.into(), ..Scenario::default() };
        let calls = AtomicU64::new(seed);
        let inside = Inside::new(Simulator::new(scenario)).with_pace(move || {
            let call = calls.fetch_add(1, Relaxed);
            let wander =
                |salt: u64| Duration::from_millis((call + salt).wrapping_mul(0x9e37_79b9) >> 7 & 0xff);
            Pace { there: wander(1), back: wander(2) }
        });
        let mut lives = JoinSet::new();
        for (face, session, phone) in sessions(&inside) {
            for number in 0..5 {
                lives.spawn(life(session.clone(), phone, format!("Poster {number}")));
            }
            lives.spawn(async move {
                let desired = template(match face {
                    Face::Alibaba => "alibaba-template-order-shipped",
                    Face::Meta => "meta-template-order-shipped",
                });
                let (asker, prepared) = (asker(), session.provider.prepare(&desired, read()).await);
                let create = mandate(&session, Change::CreateTemplate, &asker).await;
                let _ = session.provider.create_template(&desired, &prepared.unwrap(), create).await;
                let _ = session.provider.list_templates(read()).await;
            });
        }
        lives.join_all().await;
        let journal = inside.simulator().journal(0);
        assert!(journal.len() >= 30, "{} calls are no story", journal.len());
        serde_json::to_string_pretty(&journal).unwrap()
    })
}

#[test]
fn the_same_seed_tells_the_same_story() {
    for seed in 1..=20 {
        let (first, second) = (journal_of(seed), journal_of(seed));
        let differs = first.lines().zip(second.lines()).position(|(one, other)| one != other);
        assert_eq!((first.len(), differs), (second.len(), None), "seed {seed}");
    }
    assert_ne!(journal_of(1), journal_of(2), "and another seed another one");
}

#[test]
fn whoever_reads_from_a_provider_that_does_not_answer_hears_of_it_within_about_a_minute() {
    let long = || Read { lane: Lane::UserEdit, deadline: Deadline::after(Duration::from_secs(600)) };
    for (fault, code, least, most, reason) in [
        (Fault::TimeoutBefore, "Transport.Timeout", 45, 75, "silence: two attempts"),
        (Fault::ServerError { status: 503 }, "", 25, 45, "errors: for half a minute"),
    ] {
        paused(async {
            let scenario = Scenario { faults: vec![FaultRule::every("*", fault)], ..Scenario::default() };
            let inside = Inside::new(Simulator::new(scenario));
            for (face, session, phone) in sessions(&inside) {
                let start = Instant::now();
                let error = session.provider.list_codes(phone, FORMAT, long()).await.unwrap_err();
                let after = start.elapsed().as_secs();
                assert!((least..most).contains(&after), "{reason}, {face:?}: {after} s, {error}");
                assert!(code.is_empty() || *error.code == *code, "{reason}, {face:?}: {error}");
            }
        });
    }
}
