//! How urgent a list is: as urgent as the most urgent of those who wait for it.

use std::future::Future;

use tokio::sync::watch;

use crate::provider::budget::Lane;

/// The lane of a list that is under way. It only ever rises.
#[derive(Clone, Debug)]
pub struct Urgency(watch::Sender<Lane>);

impl Urgency {
    pub(super) fn new(lane: Lane) -> Self {
        Self(watch::Sender::new(lane))
    }

    /// The lane now.
    pub fn lane(&self) -> Lane {
        *self.0.borrow()
    }

    /// Somebody in this lane waits too.
    pub(super) fn raise(&self, lane: Lane) {
        self.0.send_if_modified(|current| {
            let rises = lane < *current;
            *current = lane.min(*current);
            rises
        });
    }

    /// Runs a read in the lane of now, and again from its start when the lane rises: a call that queues behind
    /// drift passes must not hold up a person. For reads alone: one that is under way may be sent twice.
    pub async fn hasten<F: Future>(&self, read: impl Fn(Lane) -> F) -> F::Output {
        let mut lanes = self.0.subscribe();
        loop {
            let lane = *lanes.borrow_and_update();
            tokio::select! {
                biased;
                output = read(lane) => return output,
                // The sender lives as long as `self`, so this is a change.
                _ = lanes.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_queued_read_moves_to_the_front() {
        let urgency = Urgency::new(Lane::DriftPass);
        let start = Instant::now();
        let read = urgency.hasten(async |lane| {
            sleep(Duration::from_secs(if lane == Lane::DriftPass { 100 } else { 1 })).await;
            lane
        });
        let raise = async {
            sleep(Duration::from_secs(5)).await;
            urgency.raise(Lane::UserEdit);
            urgency.raise(Lane::ReviewPoll);
        };
        let (lane, ()) = tokio::join!(read, raise);
        assert_eq!((lane, start.elapsed().as_secs()), (Lane::UserEdit, 6), "and never moves back");
    }
}
