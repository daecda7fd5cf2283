//! The budget as tasks see it, under a paused clock.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;

use super::*;

fn five_per_second() -> Vec<Limit> {
    vec![Limit { scope: Scope::EachOperation, calls: 5, window: Duration::from_secs(1) }]
}

/// What a provider does: refuses the sixth call within any second.
#[derive(Default)]
struct Gateway {
    calls: Mutex<Vec<Instant>>,
    refused: AtomicUsize,
}

impl Gateway {
    fn call(&self) {
        let mut calls = self.calls.lock().unwrap();
        let now = Instant::now();
        if calls.iter().rev().take_while(|at| now - **at < Duration::from_secs(1)).count() >= 5 {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        calls.push(now);
    }
}

/// Calls whose way there takes as long as `there` says, and how many of them the provider refused; and the rate.
async fn on_the_way(there: impl Fn(u64) -> u64 + Send + Sync + 'static) -> (usize, f64) {
    let (budget, gateway) = (Budget::new(five_per_second()), Arc::new(Gateway::default()));
    let (start, number) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let there = Arc::new(there);
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let (budget, gateway) = (budget.clone(), Arc::clone(&gateway));
        let (number, there) = (Arc::clone(&number), Arc::clone(&there));
        tasks.spawn(async move {
            for _ in 0..10 {
                let sent = budget.acquire("Update", Lane::DriftPass).await.send();
                let number = number.fetch_add(1, Ordering::Relaxed) as u64;
                tokio::time::sleep(Duration::from_millis(there(number))).await;
                gateway.call();
                tokio::time::sleep(Duration::from_millis(20)).await;
                sent.answered();
            }
        });
    }
    tasks.join_all().await;
    (gateway.refused.load(Ordering::Relaxed), 500.0 / start.elapsed().as_secs_f64())
}

#[tokio::test(start_paused = true)]
async fn however_long_calls_are_on_their_way_none_is_refused() {
    let (refused, rate) = on_the_way(|_| 150).await;
    assert_eq!(refused, 0, "a long way that is always as long");
    assert!(rate >= 4.9, "costs no rate: {rate}");
    let (refused, _) = on_the_way(|number| if number < 5 { 400 } else { 10 }).await;
    assert_eq!(refused, 0, "the first calls make their connections");
    let (refused, rate) = on_the_way(|number| 10 + number * 7919 % 90).await;
    assert_eq!(refused, 0, "a way that is never as long");
    assert!(rate >= 4.5, "costs what it differs by: {rate}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_counts_from_then() {
    let budget =
        Budget::new(vec![Limit { scope: Scope::EachOperation, calls: 1, window: Duration::from_secs(1) }]);
    let start = Instant::now();
    let sent = budget.acquire("Op", Lane::UserEdit).await.send();
    tokio::time::sleep(Duration::from_secs(3)).await;
    drop(sent);
    budget.acquire("Op", Lane::UserEdit).await.spend();
    assert!(start.elapsed() >= Duration::from_secs(4), "it may have arrived at any moment until then");
}

#[tokio::test(start_paused = true)]
async fn five_hundred_calls_of_fifty_tasks_use_the_limit_and_a_user_edit_overtakes() {
    let (budget, gateway) = (Budget::new(five_per_second()), Arc::new(Gateway::default()));
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let (budget, gateway) = (budget.clone(), Arc::clone(&gateway));
        tasks.spawn(async move {
            for _ in 0..10 {
                budget.acquire("Update", Lane::DriftPass).await.spend();
                gateway.call();
            }
        });
    }
    tokio::time::sleep(Duration::from_millis(30_500)).await;
    let arrived = Instant::now();
    budget.acquire("Update", Lane::UserEdit).await.spend();
    let served = Instant::now();
    gateway.call();
    tasks.join_all().await;

    let waited = served - arrived;
    let calls = gateway.calls.lock().unwrap();
    let overtaken_by = calls.iter().filter(|at| (arrived..served).contains(at)).count();
    let rate = 501.0 / start.elapsed().as_secs_f64();
    println!("{rate:.3} calls a second of 5; the user edit waited {waited:?}");
    assert!(rate >= 4.9, "at least 98 % of the limit: {rate}");
    assert_eq!(gateway.refused.load(Ordering::Relaxed), 0, "nothing throttled");
    assert!(waited <= Duration::from_millis(1010), "the user edit waited {waited:?}");
    assert_eq!(overtaken_by, 0, "no background call went before it");
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_gives_up_frees_its_place_and_passes_the_watch_on() {
    let budget = Budget::new(five_per_second());
    for _ in 0..5 {
        budget.acquire("Op", Lane::UserEdit).await.spend();
    }
    // This one watches the clock for the other, and gives up.
    let impatient = tokio::time::timeout(Duration::from_millis(100), budget.acquire("Op", Lane::UserEdit));
    let patient = budget.acquire("Op", Lane::UserEdit);
    let (gave_up, served) = tokio::join!(impatient, patient);
    assert!(gave_up.is_err());
    served.spend();
    assert!(budget.queued().iter().all(|(_, waiting)| *waiting == 0));
    assert_eq!(budget.remaining()[0].left, 4, "five left the window, one entered");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_permit_returns() {
    let budget = Budget::new(vec![Limit { calls: 1, ..five_per_second()[0] }]);
    let held = budget.acquire("Op", Lane::UserEdit).await;
    let start = Instant::now();
    let waiter = tokio::spawn({
        let budget = budget.clone();
        async move { budget.acquire("Op", Lane::DriftPass).await.spend() }
    });
    tokio::time::sleep(Duration::from_secs(5)).await;
    drop(held);
    waiter.await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(5), "served at once");
}

#[tokio::test(start_paused = true)]
async fn a_new_waiter_is_not_held_by_the_sleep_of_another() {
    let hour = Duration::from_secs(3600);
    let limit = |operation, calls| Limit { scope: Scope::Operation(operation), calls, window: hour };
    let budget = Budget::new(vec![limit("Create", 1), limit("List", 1)]);
    budget.acquire("Create", Lane::UserEdit).await.spend();
    let sleeper = tokio::spawn({
        let budget = budget.clone();
        async move { budget.acquire("Create", Lane::UserEdit).await.spend() }
    });
    tokio::task::yield_now().await;
    let start = Instant::now();
    budget.acquire("List", Lane::DriftPass).await.spend();
    assert_eq!(start.elapsed(), Duration::ZERO);
    sleeper.abort();
}

#[tokio::test(start_paused = true)]
async fn throttling_stops_who_waits() {
    let budget = Budget::new(five_per_second());
    budget.throttled(None, Some(Duration::from_secs(7)));
    let start = Instant::now();
    budget.acquire("Op", Lane::Recovery).await.spend();
    assert_eq!(start.elapsed().as_secs(), 7);
    budget.succeeded("Op");
}
