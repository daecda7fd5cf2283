//! Single flight, under a paused clock.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::*;
use crate::provider::error::{Class, Verdict};
use crate::provider::inventory::Judgement;

const RULES: Rules =
    Rules { settle: Duration::from_secs(60), drift: Duration::from_secs(600), exact_reads: false };

/// Lists take ten seconds.
#[derive(Debug, Default)]
struct Slow {
    lists: Arc<Seen>,
    fails: bool,
    /// How long the first one waits for its turn.
    queue: Duration,
}

#[derive(Debug, Default)]
struct Seen {
    started: AtomicUsize,
    finished: AtomicUsize,
    running: AtomicUsize,
    most: AtomicUsize,
    lanes: Mutex<Vec<Lane>>,
    reaches: Mutex<Vec<Reach>>,
}

struct Run(Arc<Seen>);

impl Drop for Run {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Relaxed);
    }
}

impl Lister for Slow {
    type Key = u32;
    type Entry = ();

    async fn list(
        &self,
        reach: Reach,
        _: Arc<BTreeSet<u32>>,
        urgency: Urgency,
    ) -> Result<Dated<u32, ()>, Error> {
        let seen = &self.lists;
        if seen.started.fetch_add(1, Relaxed) == 0 {
            sleep(self.queue).await;
        }
        let started = Instant::now();
        let running = Run(Arc::clone(seen));
        seen.most.fetch_max(seen.running.fetch_add(1, Relaxed) + 1, Relaxed);
        sleep(Duration::from_secs(10)).await;
        drop(running);
        seen.finished.fetch_add(1, Relaxed);
        seen.lanes.lock().unwrap().push(urgency.lane());
        seen.reaches.lock().unwrap().push(reach);
        if self.fails {
            return Err(Error::new("List", "Busy", Verdict::refused(Class::Transient, "wait")));
        }
        let list = Listed { entries: vec![(1, ())], reach, seen: 1, total: Some(1) };
        Ok(Dated { started, list })
    }
}

fn inventory() -> (Inventory<Slow>, Arc<Seen>) {
    let slow = Slow::default();
    let seen = Arc::clone(&slow.lists);
    (Inventory::new(RULES, slow), seen)
}

async fn seconds(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn many_wait_and_one_list_is_made() {
    let (inventory, seen) = inventory();
    let mut tasks = JoinSet::new();
    let wanted = Instant::now();
    for _ in 0..100 {
        let inventory = inventory.clone();
        tasks.spawn(async move { inventory.fresh(wanted, Reach::Whole, Lane::DriftPass).await });
    }
    assert!(tasks.join_all().await.into_iter().all(|result| result.is_ok()));
    assert_eq!((seen.started.load(Relaxed), wanted.elapsed().as_secs()), (1, 10));
    assert_eq!(inventory.age(), Some(Duration::from_secs(10)), "it counts from its start");
    inventory.within(Duration::from_secs(10), Lane::DriftPass).await.unwrap();
    assert_eq!(seen.started.load(Relaxed), 1, "young enough");
    seconds(1).await;
    inventory.within(Duration::from_secs(10), Lane::DriftPass).await.unwrap();
    assert_eq!(seen.started.load(Relaxed), 2, "too old");
}

#[tokio::test(start_paused = true)]
async fn claim_01_a_list_that_started_too_early_is_waited_for_and_followed_by_another() {
    let (inventory, seen) = inventory();
    let early = tokio::spawn({
        let inventory = inventory.clone();
        async move { inventory.fresh(Instant::now(), Reach::Whole, Lane::DriftPass).await }
    });
    seconds(4).await;
    let wanted = Instant::now();
    let (one, two) = tokio::join!(
        inventory.fresh(wanted, Reach::Whole, Lane::UserEdit),
        inventory.fresh(wanted, Reach::Whole, Lane::Delete),
    );
    assert!(early.await.unwrap().is_ok() && one.is_ok() && two.is_ok());
    assert_eq!(wanted.elapsed().as_secs(), 16, "the rest of the first and the whole second");
    assert_eq!((seen.started.load(Relaxed), seen.most.load(Relaxed)), (2, 1));
    let lanes = seen.lanes.lock().unwrap();
    assert_eq!(*lanes, [Lane::UserEdit, Lane::UserEdit], "who waits for its end hurries a list too");
}

#[tokio::test(start_paused = true)]
async fn claim_05_a_list_counts_from_when_it_leaves_the_queue_and_serves_who_came_until_then() {
    let slow = Slow { queue: Duration::from_secs(20), ..Slow::default() };
    let seen = Arc::clone(&slow.lists);
    let inventory = Inventory::new(RULES, slow);
    let began = Instant::now();
    let wants = |comes: u64, reach| {
        let inventory = inventory.clone();
        async move {
            seconds(comes).await;
            inventory.fresh(Instant::now(), reach, Lane::UserEdit).await.unwrap();
            began.elapsed().as_secs()
        }
    };
    let ended = tokio::join!(
        wants(0, Reach::Whole),
        wants(15, Reach::Whole),
        wants(15, Reach::Newest),
        wants(25, Reach::Newest),
    );
    assert_eq!(ended, (30, 30, 30, 40), "who came while it was under way needs another");
    assert_eq!(inventory.age(), Some(Duration::from_secs(10)), "the second had no queue");
    assert_eq!(*seen.reaches.lock().unwrap(), [Reach::Whole, Reach::Newest], "nobody was left who needs all");
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_gives_up_strands_nobody() {
    let (inventory, seen) = inventory();
    let wanted = Instant::now();
    let leader = inventory.fresh(wanted, Reach::Whole, Lane::DriftPass);
    let leader = timeout(Duration::from_secs(3), leader);
    let waiter = inventory.fresh(wanted, Reach::Whole, Lane::DriftPass);
    let (gave_up, served) = tokio::join!(leader, waiter);
    assert!(gave_up.is_err() && served.is_ok());
    assert_eq!((seen.started.load(Relaxed), wanted.elapsed().as_secs()), (1, 10), "the same list went on");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_nobody_waits_for_ends() {
    let (inventory, seen) = inventory();
    let wanted = Instant::now();
    let only = inventory.fresh(wanted, Reach::Whole, Lane::DriftPass);
    assert!(timeout(Duration::from_secs(3), only).await.is_err());
    assert_eq!(seen.running.load(Relaxed), 0);
    inventory.fresh(wanted, Reach::Whole, Lane::DriftPass).await.unwrap();
    assert_eq!((seen.started.load(Relaxed), seen.finished.load(Relaxed)), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn an_error_reaches_everybody_once() {
    let slow = Slow { fails: true, ..Slow::default() };
    let seen = Arc::clone(&slow.lists);
    let inventory = Inventory::new(RULES, slow);
    let now = Instant::now();
    let (one, two) = tokio::join!(
        inventory.fresh(now, Reach::Whole, Lane::DriftPass),
        inventory.fresh(now, Reach::Whole, Lane::DriftPass),
    );
    assert!(one.is_err() && one == two);
    assert_eq!(seen.started.load(Relaxed), 1, "repeating it is for whoever asks");
}

#[tokio::test(start_paused = true)]
async fn a_list_of_the_newest_does_not_serve_who_needs_all() {
    let (inventory, seen) = inventory();
    inventory.fresh(Instant::now(), Reach::Newest, Lane::UserEdit).await.unwrap();
    seconds(1).await;
    let now = Instant::now();
    let (newest, whole) = tokio::join!(
        inventory.fresh(now, Reach::Newest, Lane::UserEdit),
        inventory.fresh(now, Reach::Whole, Lane::UserEdit),
    );
    assert!(newest.is_ok() && whole.is_ok());
    assert_eq!(*seen.reaches.lock().unwrap(), [Reach::Whole, Reach::Newest, Reach::Whole]);
}

#[tokio::test(start_paused = true)]
async fn claim_08_a_write_that_is_dropped_is_unclear() {
    let (inventory, _) = inventory();
    inventory.within(Duration::ZERO, Lane::UserEdit).await.unwrap();
    inventory.writing(Act::Delete(1)).finish(Outcome::Gone(1));
    assert!(inventory.with(|snapshot| snapshot.believed_absent(&1)));
    seconds(61).await;
    inventory.within(Duration::ZERO, Lane::UserEdit).await.unwrap();
    assert!(inventory.with(|snapshot| snapshot.get(&1).is_some()), "it came back");
    drop(inventory.writing(Act::Delete(1)));
    assert!(!inventory.with(|snapshot| snapshot.believed_absent(&1)), "nobody knows");
}

#[tokio::test(start_paused = true)]
async fn an_exact_read_counts_as_what_it_found() {
    let (inventory, _) = inventory();
    inventory.exact(7, async { Ok(Some(())) }).await.unwrap();
    assert!(inventory.with(|snapshot| snapshot.get(&7).is_some()));
    inventory.expect_keys([8, 9]);
    let empty = Listed { entries: Vec::new(), reach: Reach::Whole, seen: 0, total: None };
    seconds(1).await;
    let judged = inventory.0.state().snapshot.list(empty, Duration::from_secs(1));
    assert_eq!(judged, Judgement::Suspicious);
    inventory.confirm();
    assert!(inventory.with(|snapshot| snapshot.believed_absent(&8)));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Waiters come whenever they like, want what they like, and give up when they like.
        #[test]
        fn claim_01_there_are_never_two_lists_at_once(
            waiters in prop::collection::vec((0..60_u64, 0..30_u64, 1..40_u64, any::<bool>(), 0..5_usize), 1..30),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
            let (most, running) = runtime.unwrap().block_on(async {
                let (inventory, seen) = inventory();
                seconds(100).await;
                let mut tasks = JoinSet::new();
                for (comes, age, patience, all, lane) in waiters {
                    let inventory = inventory.clone();
                    tasks.spawn(async move {
                        seconds(comes).await;
                        let wanted = Instant::now() - Duration::from_secs(age);
                        let reach = if all { Reach::Whole } else { Reach::Newest };
                        let list = inventory.fresh(wanted, reach, Lane::ALL[lane]);
                        let served = timeout(Duration::from_secs(patience), list).await;
                        if served.is_ok() {
                            let wanted = wanted - inventory.0.start;
                            assert!(!inventory.with(|snapshot| snapshot.needs(wanted, reach)));
                        } else {
                            assert!(patience <= 20, "at most the rest of one list and another");
                        }
                    });
                }
                tasks.join_all().await;
                (seen.most.load(Relaxed), seen.running.load(Relaxed))
            });
            prop_assert!(most <= 1 && running == 0);
        }
    }
}
