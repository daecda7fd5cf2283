//! Whether the process works, in words: for probes, and for whoever looks why it does not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::api::Kind;

/// How long a refused watch is spoken of: it is tried again more often than this.
pub(super) const FRESH: Duration = Duration::from_secs(90);

/// How long a stream that did not begin is not heard of before it is well: an API server may take a minute to say no, and
/// the next try comes within another.
const SILENCE: Duration = Duration::from_secs(180);

/// One stream of objects: a kind, in a namespace or everywhere.
pub(super) type Stream = (Kind, Option<String>);

/// What stands in the way of work.
#[derive(Debug, Default)]
pub(super) struct Health {
    state: Mutex<State>,
    leads: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// What the start waits for.
    waiting: Option<String>,
    started: bool,
    unlisted: BTreeSet<Stream>,
    refused: BTreeMap<Stream, (Instant, String)>,
    /// Since when a stream does not begin, for a reason that may pass by itself, and when that was last so.
    failing: BTreeMap<Stream, (Instant, Instant)>,
}

impl Health {
    /// The start waits for something. It is logged once for as long as it is the same.
    pub(super) fn waits(&self, what: &str) {
        let mut state = self.state();
        if state.waiting.as_deref() != Some(what) {
            tracing::warn!("waiting: {what}");
            state.waiting = Some(what.to_owned());
        }
    }

    /// What was waited for is there.
    pub(super) fn waits_no_more(&self) {
        self.state().waiting = None;
    }

    /// The start waits for these streams, and for nothing else.
    pub(super) fn follows(&self, streams: impl IntoIterator<Item = Stream>) {
        let mut state = self.state();
        state.waiting = None;
        state.started = true;
        state.unlisted = streams.into_iter().collect();
    }

    /// A stream has told of everything there is.
    pub(super) fn listed(&self, stream: &Stream) {
        let mut state = self.state();
        state.unlisted.remove(stream);
        state.refused.remove(stream);
        state.failing.remove(stream);
    }

    /// A stream did not begin, for a reason that may pass by itself.
    pub(super) fn fails(&self, stream: &Stream) {
        let now = Instant::now();
        let mut state = self.state();
        let (since, last) = state.failing.entry(stream.clone()).or_insert((now, now));
        if last.elapsed() >= SILENCE {
            *since = now;
        }
        *last = now;
    }

    /// A stream is refused for a reason that does not pass by itself.
    pub(super) fn refused(&self, stream: &Stream, why: &str) {
        let mut state = self.state();
        let known = state.refused.insert(stream.clone(), (Instant::now(), why.to_owned()));
        if known.is_none_or(|(_, known)| known != why) {
            tracing::warn!("waiting: {why}");
        }
    }

    /// Whether this process leads.
    pub(super) fn leads(&self, leads: bool) {
        self.leads.store(leads, Ordering::Relaxed);
    }

    /// Whether it does.
    pub(super) fn is_leader(&self) -> bool {
        self.leads.load(Ordering::Relaxed)
    }

    /// Whether it hears of everything that changes: it could, and no stream has been failing for long.
    pub(super) fn hears(&self) -> bool {
        let is_over = |(since, last): &(Instant, Instant)| {
            last.elapsed() >= SILENCE || last.duration_since(*since) < FRESH
        };
        self.missing().is_empty() && self.state().failing.values().all(is_over)
    }

    /// What is missing before this process can work; nothing where it can.
    pub(super) fn missing(&self) -> Vec<String> {
        let state = self.state();
        let mut missing: Vec<String> = state.waiting.iter().cloned().collect();
        if missing.is_empty() && !state.started {
            missing.push("the start is not over".to_owned());
        }
        missing.extend(
            state.refused.values().filter(|(at, _)| at.elapsed() < FRESH).map(|(_, why)| why.clone()),
        );
        missing.extend(state.unlisted.iter().map(|(kind, place)| match place {
            Some(namespace) => format!("no {} of namespace {namespace} was listed yet", kind.name()),
            None => format!("no {} was listed yet", kind.name()),
        }));
        missing
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_ready_when_nothing_is_missing() {
        let health = Health::default();
        assert_eq!(health.missing(), ["the start is not over"]);
        health.waits("whatsappqrcodes.waops.dev is not defined");
        assert_eq!(health.missing(), ["whatsappqrcodes.waops.dev is not defined"]);
        let stream = (Kind::QrCode, Some("shop".to_owned()));
        health.follows([stream.clone()]);
        assert_eq!(health.missing(), ["no WhatsAppQrCode of namespace shop was listed yet"]);
        health.listed(&stream);
        assert!(health.missing().is_empty());
        health.refused(&stream, "not allowed to watch");
        assert_eq!(health.missing(), ["not allowed to watch"]);
        tokio::time::advance(FRESH).await;
        assert!(health.missing().is_empty(), "a watch that goes on says nothing, so silence is well");
    }

    #[tokio::test(start_paused = true)]
    async fn who_fails_to_hear_for_long_is_deaf() {
        let health = Health::default();
        let stream = (Kind::QrCode, None);
        health.follows([stream.clone()]);
        health.listed(&stream);
        let fails_for = async |time: Duration| {
            health.fails(&stream);
            tokio::time::advance(time).await;
            health.fails(&stream);
        };
        fails_for(FRESH / 2).await;
        assert!(health.hears(), "an API server that starts again is no news");
        fails_for(FRESH / 2).await;
        assert!(!health.hears());
        assert!(health.missing().is_empty(), "it is as ready as it was: nobody else could do better");
        tokio::time::advance(SILENCE).await;
        assert!(health.hears(), "silence is well");
        fails_for(FRESH / 2).await;
        assert!(health.hears(), "what was before the silence does not count");
        fails_for(FRESH / 2).await;
        health.listed(&stream);
        assert!(health.hears());
        fails_for(Duration::from_secs(120)).await;
        assert!(!health.hears(), "each try may take a minute to fail, and a minute to come");
    }
}
