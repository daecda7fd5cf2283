//! One answer for all who ask the same at about the same time.
//!
//! An answer serves whoever asked before its request began: it is as new as one of their own. So a thousand objects of one
//! namespace that go at once learn with two requests that it stays.

use std::hash::Hash;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::registry::Registry;

/// Answers, by what was asked, as long as somebody waits for them.
#[derive(Debug)]
pub(super) struct Shared<Q, A>(Registry<Q, Latest<A>>);

/// The latest answer, and when its request began.
type Latest<A> = Mutex<Option<(Instant, A)>>;

impl<Q, A> Default for Shared<Q, A> {
    fn default() -> Self {
        Self(Registry::default())
    }
}

impl<Q: Eq + Hash, A: Clone> Shared<Q, A> {
    /// The answer of a request that began after this, whoever made it.
    pub(super) async fn ask(&self, question: Q, request: impl Future<Output = A>) -> A {
        let asked = Instant::now();
        let latest = self.0.of(question, Latest::default);
        let mut latest = latest.lock().await;
        if let Some((began, answer)) = &*latest
            && *began >= asked
        {
            return answer.clone();
        }
        let began = Instant::now();
        let answer = request.await;
        *latest = Some((began, answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use futures::future::join_all;

    use super::*;

    /// A request that takes a moment, and answers how many were made before it.
    async fn request(made: &AtomicUsize) -> usize {
        let before = made.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(5)).await;
        before
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_ask_at_once_cost_one_request_and_nobody_gets_an_older_answer() {
        let (shared, made) = (Shared::default(), AtomicUsize::new(0));
        let ask = |_| shared.ask("shop", request(&made));
        assert_eq!(join_all((0..1_000).map(ask)).await, vec![0; 1_000]);
        assert_eq!(ask(0).await, 1, "who asks later gets a new answer");
        let late = async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            join_all((0..1_000).map(ask)).await
        };
        let (first, others) = tokio::join!(ask(0), late);
        assert_eq!(
            (first, others),
            (2, vec![3; 1_000]),
            "a request that is under way may have looked already"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_leaves_the_others_their_answer() {
        let (shared, made) = (Shared::default(), AtomicUsize::new(0));
        let impatient = tokio::time::timeout(Duration::from_millis(1), shared.ask("shop", request(&made)));
        let (given_up, answer) = tokio::join!(impatient, shared.ask("shop", request(&made)));
        assert_eq!((given_up.is_err(), answer), (true, 1));
    }
}
