//! Both providers in one thread, without sockets, under clocks that stand still.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;
use waops::clock::Virtual;
use waops::inside::Inside;
use waops::provider::session::Ways;

/// When every story begins.
pub(crate) const BEGIN: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// Runs a story in a world whose clocks stand still, at the same time of the same day.
pub(crate) fn paused<T>(story: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let _wall = Virtual::start(BEGIN);
        story.await
    })
}

/// The ways to a simulator in this process.
pub(crate) fn ways(inside: &Inside) -> Ways {
    Ways::through(Arc::new(inside.clone()), Arc::new(|_| None))
}
