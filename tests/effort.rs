//! What the loop costs, counted and not timed: calls, writes and turns, for few objects and for many.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "support/counted.rs"]
mod counted;
#[path = "support/shop.rs"]
mod shop;
#[path = "support/world.rs"]
mod world;

use std::collections::BTreeMap;

use shop::{ACCOUNTS, Effort, Shop};
use waops::api::Kind;
use waops::clock;
use waops::plan::facts::Cause;
use world::paused;

/// So many codes are on a page of Meta's lists, and so many templates.
const CODES_A_PAGE: usize = 25;
const TEMPLATES_A_PAGE: usize = 100;

/// An account is tried once, and its phone number is looked up once.
const OPENING: usize = 2;

/// The pages of one list of everything.
fn all_pages(objects: usize) -> usize {
    let (codes, templates) = (objects * 4 / 5 / ACCOUNTS, objects / 5 / ACCOUNTS);
    ACCOUNTS * (codes.div_ceil(CODES_A_PAGE) + templates.div_ceil(TEMPLATES_A_PAGE))
}

#[test]
fn an_object_costs_one_call_and_nothing_to_do_costs_its_pages() {
    paused(async {
        let (objects, shop) = (600, Shop::with(600));
        let first = shop.settle().await;
        assert_eq!(first.creates(), objects, "one call makes an object: {first:?}");
        // The lists before the creates are shared by all who wait, and end where all is known.
        assert!(first.pages() <= all_pages(objects) * 2, "{first:?}");
        let others = first.calls.values().sum::<usize>() - first.creates() - first.pages();
        assert_eq!(others, OPENING * ACCOUNTS, "{first:?}");
        assert!(first.writes <= 3 * objects + 2 * ACCOUNTS, "{first:?}");

        let reviewed = shop.settle_later().await;
        assert_eq!(reviewed.writes, objects / 5, "what the reviews said: {reviewed:?}");
        assert_eq!(shop.reasons(), BTreeMap::from([("Approved".to_owned(), 120), ("Live".to_owned(), 480)]));

        let idle = shop.settle_later().await;
        assert_eq!((idle.creates(), idle.pages()), (0, all_pages(objects)), "{idle:?}");
        assert_eq!(idle.calls.values().sum::<usize>(), all_pages(objects) + OPENING * ACCOUNTS, "{idle:?}");
        assert_eq!(idle.writes, 0, "nothing happened, and nothing is written: {idle:?}");
    });
}

#[test]
fn four_times_the_objects_are_four_times_the_work() {
    let effort = |objects: usize| {
        paused(async {
            let shop = Shop::with(objects);
            let first = shop.settle().await;
            let idle = shop.settle_later().await;
            shop.store.memory().keys().iter().filter(|key| key.kind != Kind::Account).for_each(|key| {
                shop.store.memory().delete(key, Cause::Person, clock::timestamp());
            });
            let gone = shop.settle_later().await;
            [first, idle, gone]
        })
    };
    let (few, many) = (effort(160), effort(640));
    for (few, many) in few.iter().zip(&many) {
        let sums = |effort: &Effort| [effort.calls.values().sum::<usize>(), effort.writes];
        for (few, many) in sums(few).into_iter().zip(sums(many)) {
            assert!(many <= few * 5, "{many} for {few}: {few:?} {many:?}");
        }
        assert!(many.turns <= few.turns * 5, "{many:?} for {few:?}");
    }
}
