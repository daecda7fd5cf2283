//! The calls under way, so that whoever ends the loop knows what to wait for, and that no other begins.

use std::collections::BTreeSet;
use std::future::pending;

use tokio::sync::watch;

use crate::plan::facts::Key;

/// The calls under way.
#[derive(Debug, Default)]
pub(super) struct Calls(watch::Sender<State>);

#[derive(Debug, Default)]
struct State {
    under_way: BTreeSet<Key>,
    is_closed: bool,
}

/// A turn of an object: when it ends, so does its call.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    calls: &'a Calls,
    key: &'a Key,
}

impl Calls {
    /// A turn of an object begins.
    pub(super) fn turn<'a>(&'a self, key: &'a Key) -> Turn<'a> {
        Turn { calls: self, key }
    }

    /// A call of this object is about to begin. Once closed this never returns: the turn is dropped where it stands,
    /// before anything was written or sent.
    pub(super) async fn begin(&self, key: &Key) {
        let mut is_closed = false;
        self.0.send_modify(|state| {
            is_closed = state.is_closed;
            if is_closed {
                state.under_way.remove(key);
            } else {
                state.under_way.insert(key.clone());
            }
        });
        if is_closed {
            pending::<()>().await;
        }
    }

    /// From now on no call begins.
    pub(super) fn close(&self) {
        self.0.send_modify(|state| state.is_closed = true);
    }

    /// Waits until no call is under way and what became of each is written down.
    pub(super) async fn none(&self) {
        // The sender is ours, so it does not go away.
        let _ = self.0.subscribe().wait_for(|state| state.under_way.is_empty()).await;
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.borrow().under_way.len()
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.calls.0.send_if_modified(|state| state.under_way.remove(self.key));
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;
    use crate::api::Kind;

    fn key(name: &str) -> Key {
        Key::new(Kind::QrCode, "shop", name)
    }

    #[tokio::test]
    async fn what_is_under_way_ends_and_nothing_else_begins() {
        let (calls, first, second) = (Calls::default(), key("first"), key("second"));
        let turn = calls.turn(&first);
        calls.begin(&first).await;
        calls.close();
        let waiting = calls.turn(&second);
        assert!(calls.begin(&second).now_or_never().is_none(), "it was closed before");
        assert_eq!(calls.count(), 1);
        assert!(calls.none().now_or_never().is_none(), "the first is under way");
        drop(turn);
        assert!(calls.none().now_or_never().is_some());
        drop(waiting);
        assert_eq!(calls.count(), 0);
    }

    #[tokio::test]
    async fn a_second_call_of_a_turn_is_not_begun_either_and_nobody_waits_for_it() {
        let (calls, key) = (Calls::default(), key("poster"));
        let _turn = calls.turn(&key);
        calls.begin(&key).await;
        calls.close();
        assert!(calls.begin(&key).now_or_never().is_none());
        assert!(calls.none().now_or_never().is_some(), "its first call is done");
    }
}
