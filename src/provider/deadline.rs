//! Until when a call may be under way.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::clock;

/// The hard end of a call (claims.md 3): after it, no byte of the request goes out.
///
/// Two clocks guard it, and the first to pass counts. The monotonic one cannot be set back, but stands still
/// while the machine is suspended; the wall clock counts that time.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    running: Instant,
    wall: SystemTime,
}

impl Deadline {
    /// A deadline so far from now.
    pub fn after(duration: Duration) -> Self {
        Self { running: Instant::now() + duration, wall: clock::now() + duration }
    }

    /// A deadline at this time, as an intent has it, or a lease.
    pub fn at(wall: SystemTime) -> Self {
        let left = wall.duration_since(clock::now()).unwrap_or_default();
        Self { running: Instant::now() + left, wall }
    }

    /// Whichever comes first.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self { running: self.running.min(other.running), wall: self.wall.min(other.wall) }
    }

    /// How much time is left; zero when it has passed.
    pub fn left(self) -> Duration {
        let running = self.running.saturating_duration_since(Instant::now());
        running.min(self.wall.duration_since(clock::now()).unwrap_or_default())
    }

    /// Whether it has passed.
    pub fn passed(self) -> bool {
        self.left().is_zero()
    }

    /// Returns when the deadline has passed, soon after a suspended machine wakes up.
    pub async fn wait(self) {
        while !self.passed() {
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(self.running) => {}
                () = clock::approach(self.wall) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Future as _, poll_fn};
    use std::pin::pin;

    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::clock::Virtual;

    #[tokio::test(start_paused = true)]
    async fn the_running_clock_ends_it() {
        let deadline = Deadline::after(Duration::from_secs(30));
        let start = Instant::now();
        deadline.wait().await;
        assert_eq!(start.elapsed(), Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn the_wall_clock_ends_it_after_a_suspension() {
        let mut deadline = Deadline::after(Duration::from_secs(30));
        deadline.wall = clock::now() - Duration::from_secs(1);
        assert!(deadline.passed(), "the monotonic clock still had 30 s");
        let start = Instant::now();
        deadline.wait().await;
        assert!(start.elapsed() <= clock::LOOK_AT_THE_WALL);
    }

    #[tokio::test(start_paused = true)]
    async fn a_jump_of_a_virtual_wall_ends_it_at_once() {
        let wall = Virtual::start(Timestamp::UNIX_EPOCH);
        let (deadline, start) = (Deadline::after(Duration::from_secs(3600)), Instant::now());
        let suspension = async {
            tokio::time::sleep(Duration::from_secs(10)).await;
            wall.jump(SignedDuration::from_secs(-600));
            tokio::time::sleep(Duration::from_secs(10)).await;
            wall.jump(SignedDuration::from_secs(4100));
        };
        tokio::join!(suspension, deadline.wait());
        assert_eq!(start.elapsed(), Duration::from_secs(100), "at 20 s, 80 s of the wall were left");
    }

    #[tokio::test(start_paused = true)]
    async fn under_a_virtual_wall_an_hour_is_one_step() {
        let _wall = Virtual::start(Timestamp::UNIX_EPOCH);
        let mut wait = pin!(Deadline::after(Duration::from_secs(3600)).wait());
        let mut steps = 0;
        poll_fn(|context| {
            steps += 1;
            wait.as_mut().poll(context)
        })
        .await;
        assert!(steps <= 3, "{steps}: each costs a simulation time");
    }

    #[tokio::test(start_paused = true)]
    async fn a_virtual_wall_that_was_set_back_does_not_lengthen_it() {
        let wall = Virtual::start(Timestamp::UNIX_EPOCH);
        let (deadline, start) = (Deadline::at(clock::now() + Duration::from_secs(60)), Instant::now());
        wall.jump(SignedDuration::from_secs(-600));
        deadline.wait().await;
        assert_eq!(start.elapsed(), Duration::from_secs(60));
    }

    #[tokio::test(start_paused = true)]
    async fn the_earlier_one_wins() {
        let lease = Deadline::after(Duration::from_secs(5));
        assert!(Deadline::after(Duration::from_secs(30)).min(lease).left() <= Duration::from_secs(5));
        assert!(Deadline::at(clock::now() - Duration::from_secs(9)).passed(), "an intent of before");
    }
}
