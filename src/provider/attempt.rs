//! What both clients do around an attempt: waiting for a permit, pausing between reads, a nonce.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::budget::{Budget, Lane, Permit};
use super::deadline::Deadline;
use super::encoding::hex;
use super::error::{Class, Error, Verdict};
use super::record::Asker;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How long one attempt of a read may take: silence must not use up the time of the next.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(30);
/// After the first failure, a read is tried again for so long: whoever waits for it wants to know.
const PERSISTS: Duration = Duration::from_secs(25);

/// The right to one write: a permit, until when, and for whom.
#[derive(Debug)]
pub struct Mandate<'a> {
    /// From the budget, taken before the intent was written.
    pub permit: Permit,
    /// The deadline that stands in the intent.
    pub deadline: Deadline,
    /// Who asked, for the record.
    pub asker: &'a Asker,
    /// What was there before, for the record.
    pub before: Option<&'a Value>,
}

/// The attempts of one read. Writes have no such thing: they are never repeated blindly.
#[derive(Debug)]
pub(super) struct Reads<'a> {
    operation: &'static str,
    budget: &'a Budget,
    lane: Lane,
    deadline: Deadline,
    pause: Duration,
    fails_since: Option<Instant>,
}

impl<'a> Reads<'a> {
    pub(super) fn new(operation: &'static str, budget: &'a Budget, lane: Lane, deadline: Deadline) -> Self {
        Self { operation, budget, lane, deadline, pause: FIRST_PAUSE, fails_since: None }
    }

    /// The permit for an attempt, unless it comes too late.
    pub(super) async fn permit(&self) -> Result<Permit, Error> {
        tokio::select! {
            biased;
            permit = self.budget.acquire(self.operation, self.lane) => Ok(permit),
            () = self.deadline.wait() => Err(Error::new(self.operation, "Budget.TooLate", TOO_LATE)),
        }
    }

    /// The hard end of an attempt that begins now.
    pub(super) fn attempt(&self) -> Deadline {
        self.deadline.min(Deadline::after(LONGEST_ATTEMPT))
    }

    /// Waits before the next attempt; hands the error back when there should be none.
    pub(super) async fn pause(&mut self, error: Error) -> Result<(), Error> {
        let pause = match error.class {
            Class::Transient => {
                let since = *self.fails_since.get_or_insert_with(Instant::now);
                if since.elapsed() > PERSISTS {
                    return Err(error);
                }
                self.pause
            }
            // The budget knows how long, and lets nobody through before.
            Class::Throttled { .. } => Duration::ZERO,
            _ => return Err(error),
        };
        if self.deadline.left() <= pause {
            return Err(error);
        }
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

const TOO_LATE: Verdict =
    Verdict::refused(Class::Transient, "the quota is used up for now; waops calls when there is room again");

/// 128 random bits; a nonce that was used before is refused.
pub(super) fn fresh_nonce() -> String {
    let mut bytes = [0; 16];
    // Without random bytes there is no TLS either, so no request would get anywhere.
    let _ = rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes);
    hex(&bytes)
}
