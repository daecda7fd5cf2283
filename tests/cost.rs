//! A guard against creeping cost: what one object takes of everything that no clock measures. Beyond five per cent of what is
//! written here it fails, wherever it runs. Who makes something cheaper writes the new figure down.
//!
//! One test in a process of its own: all that is allocated counts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "support/counted.rs"]
mod counted;
#[path = "support/shop.rs"]
mod shop;
#[path = "support/world.rs"]
mod world;

use std::alloc::System;
use std::time::Duration;

use shop::Shop;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use world::paused;

#[global_allocator]
static ALLOCATED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const OBJECTS: usize = 1_000;
/// So far from the figure, in parts of a hundred.
const TOLERANCE: f64 = 5.0;

/// What one object takes: until it is settled, and for a look at it when there is nothing to do.
const COSTS: [(&str, f64); 9] = [
    ("provider calls, made", 1.068),
    ("writes, made", 3.008),
    ("turns, made", 2.172),
    ("allocations, made", 772.8),
    ("bytes allocated, made", 71_548.0),
    ("bytes kept by a process at rest", 2_578.0),
    ("provider calls, looked at", 0.044),
    ("allocations, looked at", 245.6),
    ("bytes allocated, looked at", 27_284.0),
];

#[test]
fn an_object_costs_what_it_did() {
    let costs = measured();
    let mut said = Vec::new();
    let mut exceeded = false;
    for ((what, most), is) in COSTS.iter().zip(costs) {
        let change = (is / most - 1.0) * 100.0;
        exceeded |= change > TOLERANCE;
        said.push(format!("{what:<32} {is:>10.3}  was {most:>10.3}  {change:>+6.1} %"));
    }
    println!("{}", said.join("\n"));
    assert!(!exceeded, "more than {TOLERANCE} % above what it was:\n{}", said.join("\n"));
}

/// The simulated provider and its store take part, since they are as they are on both sides of a change to the loop.
fn measured() -> [f64; 9] {
    paused(async {
        let shop = Shop::with(OBJECTS);
        let making = Region::new(ALLOCATED);
        let first = shop.settle().await;
        let made = making.change();
        // Reviews end, and are written down.
        shop.settle_later().await;
        tokio::time::sleep(Duration::from_secs(90)).await;
        let looking = Region::new(ALLOCATED);
        let (idle, process) = shop.settle_and_stay().await;
        let looked = looking.change();
        drop(process);
        [
            each(first.calls.values().sum()),
            each(first.writes),
            each(usize::try_from(first.turns).unwrap()),
            each(made.allocations),
            each(made.bytes_allocated),
            each(looked.bytes_allocated.saturating_sub(looked.bytes_deallocated)),
            each(idle.calls.values().sum()),
            each(looked.allocations),
            each(looked.bytes_allocated),
        ]
    })
}

#[allow(clippy::cast_precision_loss, reason = "counts are small")]
fn each(count: usize) -> f64 {
    count as f64 / OBJECTS as f64
}
