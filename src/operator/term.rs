//! One term of leading: a loop of its own, from a first look at everything until the lease or the process ends.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::sleep;

use super::health::Health;
use super::relay::Relay;
use crate::engine::driver::{Driver, Lease, Settings};
use crate::engine::happening::Witness;
use crate::engine::runner::{Runner, Standing, Voice, Word};
use crate::engine::share::Share;
use crate::provider::budget::Budget;
use crate::provider::session::Ways;
use crate::store::kube::KubeStore;

/// How long after a failed first look the next one starts.
const AGAIN: Duration = Duration::from_secs(2);

/// What all terms have in common.
pub(super) struct Terms {
    pub(super) store: Arc<KubeStore>,
    pub(super) ways: Ways,
    pub(super) settings: Settings,
    pub(super) witness: Witness,
    pub(super) relay: Arc<Relay>,
    pub(super) health: Arc<Health>,
    pub(super) leading: tokio::sync::watch::Sender<Option<Leading>>,
}

/// One term. Dropped, it ends everything under way at once.
pub(super) struct Term<'a> {
    connection: Connection<'a>,
    driver: Arc<Driver<KubeStore>>,
    runner: Runner<KubeStore>,
    voice: Voice,
}

impl Terms {
    /// A term that knows nothing of the one before: what another leader did meanwhile is read anew.
    pub(super) fn begin(&self, lease: Option<Lease>, share: Share) -> Term<'_> {
        let driver = Driver::new(Arc::clone(&self.store), self.ways.clone(), self.settings)
            .heard_by(self.witness.clone())
            .serving(share);
        let driver = Arc::new(match lease {
            Some(lease) => driver.under(lease),
            None => driver,
        });
        let (runner, voice) = Runner::new(Arc::clone(&driver));
        // What changes from now on waits in the queue until everything was read.
        self.relay.connect(voice.clone(), share);
        let leading = Leading { voice: voice.clone(), driver: Arc::downgrade(&driver) };
        self.leading.send_replace(Some(leading));
        self.health.leads(true);
        tracing::info!(share = share.index, of = share.of, "leading");
        Term { connection: Connection(self), driver, runner, voice }
    }
}

/// Being who works.
struct Connection<'a>(&'a Terms);

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.0.relay.disconnect();
        self.0.leading.send_replace(None);
        self.0.health.leads(false);
    }
}

impl Term<'_> {
    /// Works until it is dropped.
    pub(super) async fn work(&mut self) {
        let keys = loop {
            let loaded = tokio::select! {
                loaded = self.driver.load() => loaded,
                () = self.runner.listen() => return,
            };
            match loaded {
                Ok(keys) => break keys,
                Err(error) => self.connection.0.health.waits(&error.to_string()),
            }
            sleep(AGAIN).await;
        };
        self.connection.0.health.waits_no_more();
        self.connection.0.relay.has_read();
        tracing::info!(objects = keys.len(), "everything was read");
        self.runner.enqueue(keys);
        self.runner.run().await;
    }

    /// Lets what is under way end, for so long.
    pub(super) async fn end(self, grace: Duration) {
        self.connection.0.relay.disconnect();
        self.voice.say(Word::Stop);
        if !self.runner.end(grace).await {
            tracing::info!(
                "some calls were cut off; their intents are written, and the next start finds out"
            );
        }
    }
}

/// The term of now, for whoever counts.
#[derive(Clone)]
pub(super) struct Leading {
    voice: Voice,
    /// Who only counts keeps nothing alive.
    driver: Weak<Driver<KubeStore>>,
}

impl Leading {
    /// How its queue stands.
    pub(super) fn standing(&self) -> Standing {
        self.voice.standing()
    }

    /// The budgets of the accounts that it opened, by provider.
    pub(super) fn budgets(&self) -> Vec<(String, Budget)> {
        self.driver.upgrade().map(|driver| driver.budgets()).unwrap_or_default()
    }
}
