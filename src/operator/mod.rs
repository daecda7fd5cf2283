//! The loop in a cluster.
//!
//! ```text
//! watch streams ─▶ relay ─▶ queue (engine::runner) ─▶ driver ─▶ store::kube
//!      lease ─▶ term ───────┘                           │
//!                      Events, ConfigMaps, metrics ◀────┘
//! ```
//!
//! - [`relay`]: what the streams tell, and what is gone although none said so.
//! - [`term`]: one term of leading; [`shards`], [`elect`] and the pure [`lease`]: who leads; [`leave`]: letting everything go.
//! - [`census`]: what is known of the objects without asking.
//! - [`events`], [`outputs`] with [`maps`]: what people and applications see; [`health`], [`metrics`], [`http`]: what machines do.
//!
//! The queue is the engine's own, so that what runs here is what the simulation tortures (docs/adr/0011-one-queue.md).

mod census;
mod elect;
mod events;
#[cfg(test)]
mod fake;
mod health;
mod histogram;
mod http;
mod lease;
mod leave;
mod maps;
mod metrics;
mod outputs;
mod relay;
mod shards;
mod start;
mod term;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::engine::driver::Settings;
use crate::engine::share::Share;
use crate::local::interrupt::Interrupts;
use crate::store::kube::Scope;

pub use elect::Candidate;
pub use events::EVENTS;
use health::Health;
pub use leave::{Leaving, Ours};
use metrics::Metrics;
use outputs::Outputs;
use relay::Relay;
use shards::Shards;
use term::Terms;

/// How long giving the lease back may take: whoever waits for our end waits for this.
const FAREWELL: Duration = Duration::from_secs(2);

/// What an operator was asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where objects are looked for.
    pub scope: Scope,
    /// How the loop behaves.
    pub settings: Settings,
    /// Where probes and metrics are served; none for nowhere.
    pub listen: Option<SocketAddr>,
    /// The Lease to lead by; none where this is the only process.
    pub lease: Option<Candidate>,
    /// Namespaces whose accounts may use the environment's credentials.
    pub ambient: Vec<String>,
    /// Who writes Events.
    pub me: String,
    /// How long calls under way may take to end when the process is told to.
    pub grace: Duration,
    /// Certificates that are trusted besides the system's, for the providers.
    pub ca_bundle: Option<PathBuf>,
}

/// Runs until it is told to end.
pub async fn run(options: Options) -> Result<(), String> {
    let end = Interrupts::listen().map_err(|error| format!("signals cannot be heard: {error}"))?;
    let started = tokio::select! {
        biased;
        // Nothing is under way yet, so there is nothing to wait for.
        () = end.times(1) => return Ok(()),
        started = Operator::start(&options) => started,
    };
    started?.lead(&options, &end).await;
    tracing::info!("ended");
    Ok(())
}

/// Everything that works, from the first look at the cluster on.
struct Operator {
    terms: Terms,
    shards: Option<Shards>,
    /// Streams, probes, Events and ConfigMaps; they end with the process.
    _tasks: JoinSet<()>,
}

impl Operator {
    async fn start(options: &Options) -> Result<Self, String> {
        let ways = start::ways(options)?;
        let health = Arc::new(Health::default());
        let (leading, led) = watch::channel(None);
        let shards = options.lease.as_ref().map_or(1, |candidate| candidate.shards);
        let metrics = Arc::new(Metrics::new(Arc::clone(&health), ways.tally().clone(), led, shards));
        let mut tasks = JoinSet::new();
        if let Some(address) = options.listen {
            let server = http::bind(address).await?;
            tasks.spawn(http::serve(server, Arc::clone(&metrics)));
        }
        let client = start::client().await?;
        let store = start::store(&client, &options.scope, &health).await;
        start::definitions(&store, &options.scope, &health).await;

        let (words, outputs) = mpsc::unbounded_channel();
        let relay = Arc::new(Relay::new(Arc::clone(&store), Arc::clone(&health), words.clone()));
        let (witness, tells, told) = events::witness(Arc::clone(&metrics), Arc::clone(&relay));
        metrics.count_objects(Arc::clone(&relay));
        let claims = Arc::clone(&store);
        let is_crowded = move || claims.is_crowded();
        tasks.spawn(events::write(
            client.clone(),
            options.me.clone(),
            told,
            Arc::clone(&metrics),
            is_crowded,
        ));
        if !options.settings.read_only {
            for watch in maps::follow(&client, &options.scope, &words) {
                tasks.spawn(watch);
            }
            tasks.spawn(Outputs::new(client.clone(), Arc::clone(&relay), tells).write(outputs));
        }
        for stream in relay.follow(&options.scope) {
            tasks.spawn(stream);
        }
        let shards = options.lease.as_ref().map(|candidate| Shards::new(&client, candidate));
        let settings = options.settings;
        let terms = Terms { store, ways, settings, witness, relay, health, leading };
        Ok(Self { terms, shards, _tasks: tasks })
    }

    /// Stands by and leads, in turns, until told to end.
    async fn lead(mut self, options: &Options, end: &Interrupts) {
        loop {
            let mut share = Share::ALL;
            if let Some(shards) = &mut self.shards {
                tracing::info!("standing by");
                tokio::select! {
                    biased;
                    () = end.times(1) => return,
                    part = shards.acquire(&self.terms.health) => share = part,
                }
            }
            let mut term = self.terms.begin(self.shards.as_ref().and_then(Shards::term), share);
            let is_over = tokio::select! {
                biased;
                () = end.times(1) => true,
                () = keep(&mut self.shards) => false,
                () = term.work() => true,
            };
            if is_over {
                // The lease is kept as long as calls are under way; whoever asks twice does not want to wait for them.
                tokio::select! {
                    () = term.end(options.grace) => {}
                    () = end.times(2) => {}
                    () = keep(&mut self.shards) => {}
                }
                if let Some(shards) = &mut self.shards {
                    let _ = timeout(FAREWELL, shards.give_back()).await;
                }
                return;
            }
            // Everything under way is dropped where it stands: its connections close (claims.md 3).
            drop(term);
            tracing::warn!("the lease is lost");
        }
    }
}

/// Returns when the lease is lost; never, where there is none to lose.
async fn keep(shards: &mut Option<Shards>) {
    match shards {
        Some(shards) => shards.keep().await,
        None => std::future::pending().await,
    }
}
