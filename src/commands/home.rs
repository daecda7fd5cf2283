//! What commands are told that look at objects where they stand.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::state::Where;
use crate::local::home::{self, Place, Within};
use crate::store::kube::Address;

/// Which cluster is meant.
#[derive(Debug, Args)]
pub(super) struct Cluster {
    /// The context of the kubeconfig, where a cluster is looked at; the current one without it
    #[arg(long, value_name = "NAME", env = "WAOPS_CONTEXT")]
    context: Option<String>,
    /// The kubeconfig; that of KUBECONFIG or of your home without it, or the cluster around this pod
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
}

/// Where objects are looked for.
#[derive(Debug, Args)]
pub(super) struct Home {
    /// Where objects stand: in the state of a folder, or in a cluster
    #[arg(long, value_enum, default_value_t = Against::State)]
    against: Against,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    cluster: Cluster,
    /// Look at this namespace alone; in a cluster at that of the context without it
    #[arg(short, long, value_name = "NAME", value_parser = super::manifests::namespace)]
    namespace: Option<String>,
    /// Look at all namespaces, as is done in a state anyway
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    all_namespaces: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Against {
    State,
    Cluster,
}

impl Cluster {
    pub(super) fn address(&self) -> Address {
        Address { kubeconfig: self.kubeconfig.clone(), context: self.context.clone() }
    }
}

impl Home {
    /// The manifests beside a state.
    pub(super) fn manifests(&self) -> &[PathBuf] {
        &self.place.paths
    }

    /// Where to look.
    pub(super) fn home(&self) -> home::Home {
        let within = match &self.namespace {
            Some(namespace) => Within::One(namespace.clone()),
            None if self.all_namespaces => Within::All,
            None => Within::Usual,
        };
        let place = match self.against {
            Against::State => Place::State(self.place.folder()),
            Against::Cluster => Place::Cluster(self.cluster.address()),
        };
        home::Home { place, within }
    }
}
