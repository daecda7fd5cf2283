//! `waops operator`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use crate::api::duration;
use crate::engine::driver::Settings;
use crate::operator::{Candidate, Options, run};
use crate::store::kube::Scope;

/// Reconcile the custom resources of a cluster for ever.
///
/// Runs in a pod as the chart installs it, or anywhere that a kubeconfig leads to the cluster. Ends within the grace period when
/// told to; killed at any moment, it loses nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops operator --namespace marketing --namespace sales
  waops operator --leader-elect --lease-namespace waops --listen 0.0.0.0:8080
  waops operator --read-only          says in every status what it would do, and does nothing")]
#[allow(clippy::struct_field_names, reason = "the names are those of the flags")]
pub(super) struct Arguments {
    /// Look after this namespace alone; repeated, after each of them. All by default
    #[arg(long = "namespace", value_name = "NAME", env = "WAOPS_NAMESPACES", value_delimiter = ',')]
    namespaces: Vec<String>,
    /// Only look at the providers: plans go into statuses, and nothing is changed
    #[arg(long, env = "WAOPS_READ_ONLY")]
    read_only: bool,
    /// Where /healthz, /readyz and /metrics are served
    #[arg(long, value_name = "ADDRESS", env = "WAOPS_LISTEN")]
    listen: Option<SocketAddr>,
    /// Work only while holding a Lease, so that several may run
    #[arg(long, env = "WAOPS_LEADER_ELECT")]
    leader_elect: bool,
    /// The namespace of the Lease
    #[arg(long, value_name = "NAMESPACE", env = "WAOPS_LEASE_NAMESPACE", default_value = "default")]
    lease_namespace: String,
    /// The name of the Lease
    #[arg(long, value_name = "NAME", env = "WAOPS_LEASE_NAME", default_value = "waops")]
    lease_name: String,
    /// So many processes share the work, each the accounts of a part of all identities; more than that stand by. The same for all
    #[arg(
        long,
        value_name = "COUNT",
        env = "WAOPS_SHARDS",
        default_value = "1",
        requires = "leader_elect",
        value_parser = clap::value_parser!(u32).range(1..=64)
    )]
    shards: u32,
    /// What this process is called in Lease and Events; no two that run at once may be called the same
    #[arg(long, value_name = "NAME", env = "WAOPS_IDENTITY")]
    identity: Option<String>,
    /// Accounts of this namespace may use the operator's own credentials (RRSA, environment); repeated, of each of them
    #[arg(
        long = "ambient-credentials-namespace",
        value_name = "NAME",
        env = "WAOPS_AMBIENT_CREDENTIALS_NAMESPACES",
        value_delimiter = ','
    )]
    ambient: Vec<String>,
    /// Trust the certificates of this PEM file, too, for calls to the providers
    #[arg(long, value_name = "FILE", env = "WAOPS_CA_BUNDLE")]
    ca_bundle: Option<PathBuf>,
    /// How long calls under way may take to end when the process is told to
    #[arg(long, value_name = "DURATION", env = "WAOPS_GRACE", default_value = "20s", value_parser = period)]
    grace: Duration,
    /// How long a provider may take until its lists show what was written
    #[arg(long, value_name = "DURATION", env = "WAOPS_SETTLE_TIME", default_value = "60s", value_parser = period)]
    settle_time: Duration,
    /// How long one write to a provider may take
    #[arg(long, value_name = "DURATION", env = "WAOPS_CALL_TIMEOUT", default_value = "30s", value_parser = period)]
    call_timeout: Duration,
}

impl Arguments {
    pub(super) fn run(self) -> Result<(), String> {
        let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "waops".to_owned());
        let me = self.identity.unwrap_or_else(|| format!("{host}-{}", std::process::id()));
        let candidate = Candidate {
            namespace: self.lease_namespace,
            name: self.lease_name,
            me: me.clone(),
            shards: self.shards,
        };
        let signed = |time: Duration| SignedDuration::try_from(time).map_err(|error| error.to_string());
        let (settle, call) = (signed(self.settle_time)?, signed(self.call_timeout)?);
        let options = Options {
            scope: Scope::of(self.namespaces),
            settings: Settings { settle, call, read_only: self.read_only, adopts: false },
            listen: self.listen,
            lease: self.leader_elect.then_some(candidate),
            ambient: self.ambient,
            me,
            grace: self.grace,
            ca_bundle: self.ca_bundle,
        };
        let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("cannot start: {error}"))?;
        let done = runtime.block_on(run(options));
        // What still runs has been given its time.
        runtime.shutdown_background();
        done
    }
}

pub(super) fn period(text: &str) -> Result<Duration, String> {
    duration::parse(text).ok_or_else(|| format!("`{text}` is no duration; write 30s, 5m or 1h"))
}
