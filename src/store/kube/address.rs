//! Which cluster is meant, as kubectl is told.

use std::path::PathBuf;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use super::whole;

/// Which cluster is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The kubeconfig; none for that of the environment, or for the cluster around this pod.
    pub kubeconfig: Option<PathBuf>,
    /// The context in it; none for the current one.
    pub context: Option<String>,
}

/// A cluster that can be asked.
#[derive(Clone)]
pub struct Cluster {
    /// The way to it.
    pub client: Client,
    /// The namespace that is meant where none is named.
    pub namespace: String,
}

impl Address {
    /// Finds the cluster. Nothing is asked of it yet.
    pub async fn cluster(&self) -> Result<Cluster, String> {
        let why = |error: &dyn std::error::Error| {
            format!("no cluster to look at: {}; set KUBECONFIG, or name a context", whole(error))
        };
        let config = if self == &Self::default() {
            Config::infer().await.map_err(|error| why(&error))?
        } else {
            let read = match &self.kubeconfig {
                Some(path) => Kubeconfig::read_from(path),
                None => Kubeconfig::read(),
            };
            let options = KubeConfigOptions { context: self.context.clone(), ..Default::default() };
            let kubeconfig = read.map_err(|error| why(&error))?;
            Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| why(&error))?
        };
        let namespace = config.default_namespace.clone();
        let client = Client::try_from(config).map_err(|error| why(&error))?;
        Ok(Cluster { client, namespace })
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}
