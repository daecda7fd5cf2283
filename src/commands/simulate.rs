//! `waops simulate`

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::simulator::run::{SimulateOptions, run};

/// Simulate both providers on this machine, as strict as they are: for tests, demonstrations and work without a network.
///
/// Speaks Alibaba's `cams` and Meta's Graph API well enough for the vendors' own SDKs. Prints what to export so that waops and the
/// SDKs find it; a second port serves a journal of all calls, a clock to advance, verdicts of reviews and faults to inject.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops simulate                                free ports of the loopback, an account at each provider
  waops simulate --listen 127.0.0.1:8080 --admin 127.0.0.1:8081 --state /tmp/whatsapp.json
  waops simulate --scenario throttled.yaml --seed 7 --tls")]
pub(super) struct Arguments {
    /// Where both providers are served; a free port by default
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where the admin API is served; a free port by default
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<SocketAddr>,
    /// Decides everything that is random, so that a run can be repeated
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Accounts, limits, reviews and faults, as YAML or JSON (docs/simulator.md)
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Where objects are kept between runs
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Serve the providers with TLS, under a certificate made for this run
    #[arg(long)]
    tls: bool,
}

impl Arguments {
    pub(super) fn run(self) -> Result<(), String> {
        let Arguments { listen, admin, seed, scenario, state, tls } = self;
        let options = SimulateOptions { listen, admin, seed, scenario, state, tls };
        let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("cannot start: {error}"))?;
        runtime.block_on(run(options)).map_err(|error| format!("cannot simulate: {error}"))
    }
}
