//! The life of one process, which can end at every moment at which it waits for the world.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};

use tokio::sync::Notify;

/// A process. Once it is dead nothing that it began has an effect any more, although its tasks are still there.
#[derive(Debug)]
pub(crate) struct Life {
    /// So many moments are left; negative without end.
    left: AtomicI64,
    dead: AtomicBool,
    ended: Notify,
}

impl Life {
    pub(crate) fn new(moments: Option<u64>) -> Self {
        let left = moments.map_or(-1, |moments| i64::try_from(moments).unwrap_or(i64::MAX));
        Self { left: AtomicI64::new(left), dead: AtomicBool::new(false), ended: Notify::new() }
    }

    /// One moment at which it can end. The dead never come back from here.
    pub(crate) async fn moment(&self) {
        if self.left.load(Relaxed) > 0 && self.left.fetch_sub(1, Relaxed) == 1 {
            self.end();
        }
        if self.dead.load(Relaxed) {
            pending::<()>().await;
        }
    }

    pub(crate) fn end(&self) {
        self.dead.store(true, Relaxed);
        self.ended.notify_one();
    }

    pub(crate) fn is_over(&self) -> bool {
        self.dead.load(Relaxed)
    }

    pub(crate) async fn over(&self) {
        self.ended.notified().await;
    }

    /// Nothing kills it any more.
    pub(crate) fn spare(&self) {
        self.left.store(-1, Relaxed);
    }
}
