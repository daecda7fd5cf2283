//! Who follows a store in memory, and what they have not heard of yet.

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use futures::Stream;

use super::memory::Memory;
use crate::engine::store::Event;
use crate::plan::facts::Key;

/// What changes in a store, from the moment of subscribing on; it never ends. Read everything once after that, and
/// nothing is missed. Several changes of one object before anybody looks are one event, so a slow reader costs
/// memory for each object, not for each change.
#[derive(Debug)]
pub struct Events {
    store: Memory,
    inbox: Arc<Inbox>,
}

/// The keys that one follower has not heard of yet.
#[derive(Debug, Default)]
struct Inbox(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    order: VecDeque<Key>,
    queued: HashSet<Key>,
    waker: Option<Waker>,
}

/// Everybody who follows.
#[derive(Debug, Default)]
pub(super) struct Followers(Vec<Weak<Inbox>>);

impl Inbox {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, key: &Key) {
        let mut waiting = self.waiting();
        if waiting.queued.insert(key.clone()) {
            waiting.order.push_back(key.clone());
        }
        if let Some(waker) = waiting.waker.take() {
            waker.wake();
        }
    }
}

impl Followers {
    /// One more.
    pub(super) fn follow(&mut self, store: Memory) -> Events {
        let inbox = Arc::new(Inbox::default());
        self.0.push(Arc::downgrade(&inbox));
        Events { store, inbox }
    }

    /// Tells everybody, and forgets those who left.
    pub(super) fn tell(&mut self, key: &Key) {
        self.0.retain(|follower| follower.upgrade().inspect(|inbox| inbox.push(key)).is_some());
    }
}

impl Events {
    /// Everything not heard of yet, without waiting.
    pub(super) fn drain(&mut self) -> Vec<Key> {
        let mut waiting = self.inbox.waiting();
        waiting.queued.clear();
        waiting.order.drain(..).collect()
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        // The inbox is let go before the store is looked at: writers hold the two in the other order.
        let key = {
            let mut waiting = self.inbox.waiting();
            let Some(key) = waiting.order.pop_front() else {
                waiting.waker = Some(context.waker().clone());
                return Poll::Pending;
            };
            waiting.queued.remove(&key);
            key
        };
        Poll::Ready(Some(self.store.event(key)))
    }
}
