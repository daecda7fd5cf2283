//! Both providers, without the providers: one pure state machine as strict as they are.
//!
//! ```text
//! Request ──▶ faults ──▶ alibaba::answer ─┐
//!                   └──▶ meta::answer ────┴─▶ Outcome (answer, silence, reset; delay)
//!                            │
//!                          State: codes, templates, reviews, limits, nonces   (one serialisable value)
//! ```
//!
//! [`Simulator::handle`] does no I/O, reads no clock and draws its randomness from a seed: the same
//! calls at the same times give the same bytes. [`http`] serves it, [`admin`] looks into it.
//! It shares no code with the clients it judges; each rule names the section of providers.md or the vendor's
//! page it follows, and what the vendors leave open is a switch in [`Settings`].

pub mod admin;
mod alibaba;
mod call;
mod changes;
mod encoding;
mod faults;
pub mod http;
mod images;
mod journal;
mod limits;
mod listener;
mod matching;
mod meta;
mod objects;
mod random;
mod request;
mod review;
pub mod run;
mod scenario;
pub mod settings;
mod shelf;
mod state;
pub mod tenants;
mod time;
mod tls;
mod values;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use changes::Change;
pub use faults::{Fault, FaultRule};
pub use journal::Entry;
pub use request::{End, Outcome, Request, Response};
pub use review::{Event, ReviewRule, Step};
pub use scenario::{Scenario, sandbox};
pub use settings::Settings;
pub use time::Time;

use call::{Call, Course, Delivery, Execution};
use journal::Journal;
use state::{Late, State};
use time::{Clock, SECOND};

/// Which face of the simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Provider {
    /// Alibaba Cloud Chat App Message Service.
    Alibaba,
    /// Meta's Graph API.
    Meta,
}

/// Both providers as one state machine.
#[derive(Clone, Debug)]
pub struct Simulator {
    state: State,
    /// What [`Self::reset`] returns to.
    scenario: Scenario,
    journal: Journal,
    /// Grows with every call that may have changed something.
    revision: u64,
    /// How often each fault struck.
    struck: BTreeMap<&'static str, u64>,
}

impl Default for Simulator {
    fn default() -> Self {
        Self::new(Scenario::default())
    }
}

impl Simulator {
    /// Starts a story.
    pub fn new(scenario: Scenario) -> Self {
        let state = State::new(scenario.clone());
        Self { state, scenario, journal: Journal::default(), revision: 0, struck: BTreeMap::new() }
    }

    /// Goes on with a story that [`Self::save`] wrote down.
    pub fn restore(scenario: Scenario, saved: &[u8]) -> Result<Self, serde_json::Error> {
        Ok(Self { state: serde_json::from_slice(saved)?, ..Self::new(scenario) })
    }

    /// Writes down all that is remembered, the journal excepted.
    pub fn save(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec_pretty(&self.state)
    }

    /// Forgets everything that happened since the scenario began.
    pub fn reset(&mut self) {
        let public_url = std::mem::take(&mut self.state.settings.public_url);
        *self = Self::new(self.scenario.clone());
        self.state.settings.public_url = public_url;
    }

    /// What the story began with.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The switches.
    pub fn settings(&mut self) -> &mut Settings {
        &mut self.state.settings
    }

    /// Lets something go wrong from now on.
    pub fn inject(&mut self, fault: FaultRule) {
        self.state.faults.push(fault);
    }

    /// Somebody else changes something; says how many things were touched.
    pub fn change(&mut self, change: &Change, now: Timestamp) -> usize {
        let clock = self.clock(now, 0);
        changes::make(&mut self.state, change, clock.now)
    }

    /// Lets time pass for things: reviews, locks, links, budgets. Signatures still follow the time of day.
    pub fn advance(&mut self, milliseconds: i64) {
        self.state.advanced_ms = self.state.advanced_ms.saturating_add(milliseconds.max(0));
    }

    /// Calls after the one with this number.
    pub fn journal(&self, after: u64) -> Vec<Entry> {
        self.journal.since(after)
    }

    /// Grows with every call that may have changed something, so that a saver knows when to save.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// How often each fault struck, by its name.
    pub fn struck(&self) -> &BTreeMap<&'static str, u64> {
        &self.struck
    }

    /// Answers a call.
    pub fn handle(&mut self, request: &Request, now: Timestamp) -> Outcome {
        let clock = self.clock(now, 0);
        self.revision = self.revision.wrapping_add(1);
        self.catch_up(clock);
        if images::is_image(&request.path) {
            return respond(images::serve(request, self.state.seed, clock.now), 0);
        }
        let (provider, operation) = recognise(request);
        let faults = provider.map_or_else(Vec::new, |provider| {
            let State { faults, random, .. } = &mut self.state;
            faults::strike(faults, random, provider, &operation, request)
        });
        for fault in &faults {
            *self.struck.entry(fault.name()).or_default() += 1;
        }
        let outcome = self.run(request, now, provider, Course::of(faults));
        self.journal.note(clock.now, provider, operation, request, &outcome);
        outcome
    }

    fn run(
        &mut self,
        request: &Request,
        now: Timestamp,
        provider: Option<Provider>,
        course: Course,
    ) -> Outcome {
        let clock = self.clock(now, course.skew_seconds);
        for change in &course.changes {
            changes::make(&mut self.state, change, clock.now);
        }
        let answer = match course.execution {
            Execution::Now => {
                let call = Call { request, clock, conditions: course.conditions };
                Some(execute(&mut self.state, provider, &call).with("date", &clock.wall.http_date()))
            }
            Execution::Never => None,
            Execution::Later(after) => {
                let due = clock.now.plus(after);
                self.state.late.push(Late { due, arrived: clock.wall, request: request.clone() });
                None
            }
        };
        let end = match (course.delivery, answer) {
            (Delivery::Whole, Some(answer)) => End::Respond(answer),
            (Delivery::Half, Some(mut answer)) => {
                answer.body.truncate(answer.body.len() / 2);
                End::Respond(answer)
            }
            (Delivery::Instead(page), _) => End::Respond(page),
            (Delivery::Reset, _) => End::Reset,
            (Delivery::Silence | Delivery::Whole | Delivery::Half, _) => End::Silence,
        };
        Outcome { delay_ms: course.delay_ms, end }
    }

    fn clock(&self, now: Timestamp, skew_seconds: i64) -> Clock {
        let time = Time::from(now);
        let skew = self.state.settings.clock_skew_seconds.saturating_add(skew_seconds);
        Clock { wall: time.plus(skew.saturating_mul(SECOND)), now: time.plus(self.state.advanced_ms) }
    }

    /// Lets everything happen that time has brought: calls executed late, verdicts of reviews.
    fn catch_up(&mut self, clock: Clock) {
        let (mut due, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.state.late).into_iter().partition(|late| late.due <= clock.now);
        self.state.late = waiting;
        due.sort_by_key(|late| late.due);
        for late in due {
            review::settle(&mut self.state, late.due);
            let clock = Clock { wall: late.arrived, now: late.due };
            let call = Call { request: &late.request, clock, conditions: call::Conditions::default() };
            execute(&mut self.state, recognise(&late.request).0, &call);
        }
        review::settle(&mut self.state, clock.now);
    }
}

/// Which face a call is for, and the name of its operation.
fn recognise(request: &Request) -> (Option<Provider>, String) {
    if let Some(operation) = alibaba::operation(request) {
        return (Some(Provider::Alibaba), operation);
    }
    match meta::operation(request) {
        Some(operation) => (Some(Provider::Meta), operation),
        None => (None, String::new()),
    }
}

fn execute(state: &mut State, provider: Option<Provider>, call: &Call<'_>) -> Response {
    match provider {
        Some(Provider::Alibaba) => alibaba::answer(state, call),
        Some(Provider::Meta) => meta::answer(state, call),
        None => Response::new(404, "text/plain", "neither Alibaba (POST /) nor Meta (/v25.0/...)\n"),
    }
}

fn respond(response: Response, delay_ms: u64) -> Outcome {
    Outcome { delay_ms, end: End::Respond(response) }
}
