//! The pure core under a simulated clock.

use proptest::prelude::*;

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

fn per_second(calls: u32) -> Limit {
    Limit { scope: Scope::EachOperation, calls, window: Duration::from_secs(1) }
}

fn per_hour(calls: u32) -> Limit {
    Limit { scope: Scope::Together, calls, window: HOUR }
}

fn spend_all(core: &mut Core, now: Duration) -> usize {
    let granted = core.dispatch(now);
    for ticket in &granted {
        core.spend(*ticket, now);
    }
    granted.len()
}

/// Who gets the next calls, one at a time, when all these wait.
fn order(core: &mut Core, lanes: &HashMap<Ticket, Lane>) -> Vec<Lane> {
    let mut order = Vec::new();
    let mut now = Duration::ZERO;
    while order.len() < lanes.len() {
        for ticket in core.dispatch(now) {
            core.spend(ticket, now);
            order.push(lanes[&ticket]);
        }
        now += Duration::from_millis(500);
    }
    order
}

#[test]
fn a_higher_lane_overtakes() {
    let mut core = Core::new(vec![per_second(1)]);
    let lanes = Lane::ALL.into_iter().rev().map(|lane| (core.join("Op", lane), lane)).collect();
    assert_eq!(order(&mut core, &lanes), Lane::ALL);
}

#[test]
fn no_lane_starves_behind_any_number_of_calls_before_it() {
    let mut core = Core::new(vec![per_second(1)]);
    let mut lanes = HashMap::new();
    for lane in Lane::ALL {
        lanes.extend((0..200).map(|_| (core.join("Op", lane), lane)));
    }
    let order = order(&mut core, &lanes);
    let first = |lane| order.iter().position(|served| *served == lane).unwrap();
    for lane in Lane::ALL {
        let bound = lane.patience() as usize + 4;
        assert!(first(lane) <= bound, "{lane:?} waited for {} calls, not {bound}", first(lane));
    }
    let recovery = order[..100].iter().filter(|lane| **lane == Lane::Recovery).count();
    assert!(recovery >= 25, "the first lane moves too: {recovery} of 100");
}

#[test]
fn a_held_permit_counts_until_a_window_after_it_was_spent() {
    let mut core = Core::new(vec![per_second(1)]);
    let first = core.join("Op", Lane::UserEdit);
    core.join("Op", Lane::UserEdit);
    assert_eq!(core.dispatch(Duration::ZERO), [first]);
    let late = Duration::from_secs(9);
    assert!(core.dispatch(late).is_empty(), "its call has not gone out yet");
    assert_eq!(core.next(late), None, "and nobody knows when it will");
    core.spend(first, late);
    assert_eq!(core.next(late), Some(late + Duration::from_millis(1010)));
    assert_eq!(core.dispatch(late + Duration::from_millis(1010)).len(), 1);
}

#[test]
fn an_unused_permit_serves_the_next() {
    let mut core = Core::new(vec![per_second(1)]);
    let (first, second) = (core.join("Op", Lane::UserEdit), core.join("Op", Lane::UserEdit));
    assert_eq!(core.dispatch(Duration::ZERO), [first]);
    core.leave(first);
    assert_eq!(core.dispatch(Duration::ZERO), [second]);
}

#[test]
fn who_leaves_the_queue_is_never_served() {
    let mut core = Core::new(vec![per_second(1)]);
    let (first, second) = (core.join("Op", Lane::UserEdit), core.join("Op", Lane::UserEdit));
    core.leave(first);
    assert_eq!(core.dispatch(Duration::ZERO), [second]);
    assert_eq!(core.queued(), [0; LANES]);
}

#[test]
fn operations_do_not_wait_for_each_other() {
    let mut core = Core::new(vec![per_second(1)]);
    for operation in ["Create", "Create", "List"] {
        core.join(operation, Lane::UserEdit);
    }
    assert_eq!(core.dispatch(Duration::ZERO).len(), 2, "one Create and one List");
}

#[test]
fn an_hour_keeps_room_for_the_lanes_before_and_a_floor_for_each() {
    let mut core = Core::new(vec![per_hour(200)]);
    let flood = |core: &mut Core, lane| {
        (0..500).for_each(|_| {
            core.join("Op", lane);
        });
        spend_all(core, Duration::ZERO)
    };
    assert_eq!(flood(&mut core, Lane::DriftPass), 50, "a quarter (promise 4)");
    assert_eq!(flood(&mut core, Lane::ReviewPoll), 50, "up to the half");
    assert_eq!(flood(&mut core, Lane::UserEdit), 80, "all but the floors of delete and recovery");
    assert_eq!(flood(&mut core, Lane::Delete), 10, "its floor");
    assert_eq!(flood(&mut core, Lane::Recovery), 10, "its floor");
    assert_eq!(core.remaining(Duration::ZERO)[0].2, 0);
    assert_eq!(spend_all(&mut core, HOUR * 2), 200, "another hour");
}

#[test]
fn the_providers_own_count_slows_down_before_the_limit() {
    // Beyond its floor, which each lane keeps until everything is used up.
    let admits = |lane, percent| {
        let mut window = Window::new(5000, HOUR, true);
        (0..250).for_each(|_| window.hold(lane));
        window.report(percent, None, Duration::ZERO);
        window.admits(lane)
    };
    for (percent, want) in [(10, 5), (30, 4), (60, 3), (80, 2), (97, 1), (100, 0)] {
        let admitted: Vec<_> = Lane::ALL.into_iter().filter(|lane| admits(*lane, percent)).collect();
        assert_eq!(admitted, Lane::ALL[..want], "{percent} %");
    }
}

#[test]
fn a_report_of_everything_used_stops_all_and_is_forgotten_in_time() {
    let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3600));
    for (room_after, most, reason) in [
        (None, Duration::from_secs(310), "nobody says when there is room again"),
        (Some(minute), minute, "the provider says when"),
        (Some(hour), Duration::from_secs(310), "a long time is the pause's affair"),
    ] {
        let mut core = Core::new(vec![per_hour(200)]);
        core.join("Op", Lane::Recovery);
        core.report(100, room_after, Duration::ZERO);
        assert!(core.dispatch(Duration::ZERO).is_empty());
        let next = core.next(Duration::ZERO).expect("it ends by itself");
        assert!(next <= most, "{reason}: {next:?}");
        assert_eq!(core.dispatch(next).len(), 1, "{reason}");
    }
}

#[test]
fn throttling_with_a_hint_waits_that_long() {
    let mut core = Core::new(vec![per_second(5)]);
    core.join("Op", Lane::UserEdit);
    core.join("Other", Lane::UserEdit);
    core.throttle(Some("Op"), Some(Duration::from_millis(2500)), Duration::ZERO);
    assert_eq!(core.dispatch(Duration::ZERO).len(), 1, "the other operation goes on");
    assert_eq!(core.next(Duration::ZERO), Some(Duration::from_millis(2500)));
    assert_eq!(core.dispatch(Duration::from_millis(2500)).len(), 1);
}

#[test]
fn throttling_without_a_hint_backs_off_and_starts_small_after_a_success() {
    let mut core = Core::new(vec![per_second(5)]);
    core.join("Op", Lane::UserEdit);
    let mut now = Duration::ZERO;
    for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
        core.throttle(None, None, now);
        core.throttle(None, None, now); // the answer to another call under way
        assert_eq!(core.next(now), Some(now + Duration::from_secs(seconds)));
        now += Duration::from_secs(seconds);
    }
    core.succeed("Op", now);
    core.throttle(None, None, now);
    assert_eq!(core.next(now), Some(now + Duration::from_secs(1)));
}

#[derive(Clone, Debug)]
enum Event {
    Join(usize, usize),
    Wait(u64),
    Spend(usize),
    Leave(usize),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => (0..2usize, 0..LANES).prop_map(|(operation, lane)| Event::Join(operation, lane)),
        2 => (1..700u64).prop_map(Event::Wait),
        4 => (0..16usize).prop_map(Event::Spend),
        1 => (0..16usize).prop_map(Event::Leave),
    ];
    proptest::collection::vec(event, 1..300)
}

proptest! {
    /// Whatever happens in whatever order: no window of any start holds more calls than its limit.
    #[test]
    fn never_more_than_the_limit_in_any_window(events in events(), calls in 1..8u32, together in 1..30u32) {
        let minute = Duration::from_secs(60);
        let limit = Limit { scope: Scope::Together, calls: together, window: minute };
        let mut core = Core::new(vec![per_second(calls), limit]);
        let (mut now, mut held, mut sent) = (Duration::ZERO, Vec::new(), Vec::new());
        let mut operations = HashMap::new();
        for event in events {
            match event {
                Event::Join(operation, lane) => {
                    let operation = ["Create", "List"][operation];
                    operations.insert(core.join(operation, Lane::ALL[lane]), operation);
                }
                Event::Wait(milliseconds) => now += Duration::from_millis(milliseconds),
                Event::Spend(index) if index < held.len() => {
                    let ticket = held.remove(index);
                    core.spend(ticket, now);
                    sent.push((now, operations[&ticket]));
                }
                Event::Leave(index) if index < held.len() => core.leave(held.remove(index)),
                Event::Spend(_) | Event::Leave(_) => {}
            }
            held.extend(core.dispatch(now));
        }
        let within = |start: Duration, length: Duration, operation: Option<&str>| {
            let inside = |(at, of): &&(Duration, &str)| {
                *at >= start && *at < start + length && operation.is_none_or(|only| only == *of)
            };
            sent.iter().filter(inside).count()
        };
        for (start, operation) in &sent {
            prop_assert!(within(*start, Duration::from_secs(1), Some(operation)) <= calls as usize);
            prop_assert!(within(*start, minute, None) <= together as usize);
        }
    }

    /// Everybody who waits is served in the end, whatever lane and operation.
    #[test]
    fn everybody_is_served_in_the_end(joins in proptest::collection::vec((0..2usize, 0..LANES), 1..120), hourly in 10..60u32) {
        let mut core = Core::new(vec![per_second(2), per_hour(hourly)]);
        for (operation, lane) in &joins {
            core.join(["Create", "List"][*operation], Lane::ALL[*lane]);
        }
        let (mut now, mut served) = (Duration::ZERO, 0);
        for _ in 0..10_000 {
            served += spend_all(&mut core, now);
            match core.next(now) {
                Some(next) => now = next.max(now),
                None => break,
            }
        }
        prop_assert_eq!(served, joins.len());
    }
}

#[test]
fn what_many_calls_take_is_known_beforehand() {
    let core = Core::new(vec![per_second(5), per_hour(1000)]);
    for (calls, lane, want, reason) in [
        (0, Lane::DriftPass, 0, "nothing to do"),
        (5, Lane::DriftPass, 0, "one second has room for them"),
        (6, Lane::DriftPass, 1, "the sixth waits"),
        (250, Lane::DriftPass, 49, "a quarter of the hour has room for them"),
        (251, Lane::DriftPass, 3600, "and not for one more"),
        (950, Lane::UserEdit, 189, "a lane with a higher ceiling"),
    ] {
        assert_eq!(core.least("Op", lane, calls), Duration::from_secs(want), "{reason}");
    }
    assert_eq!(Core::new(Vec::new()).least("Op", Lane::DriftPass, 1_000), Duration::ZERO, "no limits");
}
