//! What the engine may rely on, whichever provider it is: the same tests for both, against the simulator over HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "support/desired.rs"]
mod desired;
#[path = "provider_contract/identity.rs"]
mod identity;
#[path = "provider_contract/limits.rs"]
mod limits;
#[path = "provider_contract/qr_codes.rs"]
mod qr_codes;
#[path = "provider_contract/refusals.rs"]
mod refusals;
#[path = "support/session.rs"]
mod session;
#[path = "provider_contract/templates.rs"]
mod templates;
#[path = "provider_contract/traps.rs"]
mod traps;

use jiff::Timestamp;
use session::{alibaba_secret, alibaba_spec, meta_secret, meta_spec, open};
use waops::provider::error::{Effect, Error};
use waops::provider::session::Session;
use waops::simulator::http::{Running, ServeOptions, serve};
use waops::simulator::{Change as Foreign, Event, Provider as Face, Scenario, Simulator, sandbox};

/// An account at a provider, and the provider.
struct World {
    face: Face,
    session: Session,
    running: Running,
}

const BOTH: [Face; 2] = [Face::Alibaba, Face::Meta];

impl World {
    async fn new(face: Face) -> Self {
        Self::of(face, Scenario::default()).await
    }

    async fn of(face: Face, scenario: Scenario) -> Self {
        let options = ServeOptions { simulator: Simulator::new(scenario), ..ServeOptions::default() };
        let running = serve(options).await.unwrap();
        let session = match face {
            Face::Alibaba => open(&running.url, &alibaba_spec(), &alibaba_secret()),
            Face::Meta => open(&running.url, &meta_spec(), &meta_secret()),
        };
        Self { face, session, running }
    }

    /// What the provider calls the phone number of the sandbox.
    fn phone(&self) -> &'static str {
        match self.face {
            Face::Alibaba => sandbox::PHONE_NUMBER,
            Face::Meta => sandbox::PHONE_NUMBER_ID,
        }
    }

    fn space(&self) -> String {
        match self.face {
            Face::Alibaba => sandbox::CUST_SPACE_ID.to_owned(),
            Face::Meta => sandbox::WABA_ID.to_owned(),
        }
    }

    /// Calls so far.
    fn calls(&self) -> usize {
        self.running.simulator().journal(0).len()
    }

    fn change(&self, change: &Foreign) {
        assert_ne!(
            self.running.simulator().change(change, Timestamp::now()),
            0,
            "{change:?} touched nothing"
        );
    }

    fn decide(&self, name: &str, event: Event) {
        let (provider, space) = (self.face, self.space());
        self.change(&Foreign::Decide { provider, space, name: name.to_owned(), language: None, event });
    }
}

/// One clear error: of this class, without effect, with something to do, and nothing in it that is secret.
fn refused<T: std::fmt::Debug>(result: Result<T, Error>, class: &str, what: &str) -> Error {
    let error = result.expect_err(what);
    assert_eq!((error.class.name(), error.effect), (class, Effect::None), "{what}: {error}");
    assert!(!error.advice.is_empty(), "{what}: {error:?}");
    let printed = format!("{error} {error:?}");
    for secret in [sandbox::ACCESS_KEY_SECRET, sandbox::ACCESS_TOKEN, sandbox::APP_SECRET, "127.0.0.1"] {
        assert!(!printed.contains(secret), "{what}: {printed}");
    }
    error
}
