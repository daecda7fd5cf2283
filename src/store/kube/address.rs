//! Which cluster is meant, as kubectl is told.

use std::path::PathBuf;

use hyper_util::client::proxy::matcher::Matcher;
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
        let mut config = if self == &Self::default() {
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
        heed_no_proxy(&mut config, &|name| std::env::var(name).ok());
        let namespace = config.default_namespace.clone();
        let client = Client::try_from(config).map_err(|error| why(&error))?;
        Ok(Cluster { client, namespace })
    }
}

/// A proxy of the environment is for what `NO_PROXY` does not name, and kube asks that about the proxy instead of the
/// cluster. One that the kubeconfig names is meant for this cluster.
pub(crate) fn heed_no_proxy(config: &mut Config, environment: &dyn Fn(&str) -> Option<String>) {
    let Some(named) = config.proxy_url.take() else { return };
    let said = |names: [&str; 2]| names.into_iter().filter_map(environment).find(|said| !said.is_empty());
    let proxy =
        said(["HTTPS_PROXY", "https_proxy"]).filter(|proxy| proxy.parse().ok().as_ref() == Some(&named));
    let Some(proxy) = proxy else {
        config.proxy_url = Some(named);
        return;
    };
    let rules =
        Matcher::builder().https(proxy).no(said(["NO_PROXY", "no_proxy"]).unwrap_or_default()).build();
    // What the rules know is whole; what was written says who we are.
    let whole = rules.intercept(&config.cluster_url).map(|proxy| proxy.uri().clone());
    config.proxy_url = whole.map(|whole| if named.scheme().is_some() { named } else { whole });
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cluster, what kube found, what the environment says, what is wanted, and why.
    type Case<'a> = (&'a str, Option<&'a str>, &'a [(&'a str, &'a str)], Option<&'a str>, &'a str);

    #[test]
    fn a_proxy_of_the_environment_is_for_what_no_proxy_does_not_name() {
        let (cluster, local) = ("https://kube.example.com:6443", "https://127.0.0.1:6443");
        let proxy = "http://user:word@proxy.example.com:3128";
        let bare = "http://proxy.example.com:3128/";
        let cases: [Case<'_>; 7] = [
            (cluster, Some(proxy), &[("HTTPS_PROXY", proxy)], Some(proxy), "it is used, with who we are"),
            (
                local,
                Some(proxy),
                &[("HTTPS_PROXY", proxy), ("NO_PROXY", "127.0.0.1")],
                None,
                "not for this address",
            ),
            (
                cluster,
                Some(proxy),
                &[("https_proxy", proxy), ("no_proxy", ".example.com")],
                None,
                "nor for this domain",
            ),
            (cluster, None, &[("HTTPS_PROXY", bare)], None, "in a pod it is for the providers"),
            (
                cluster,
                Some("proxy.example.com:3128"),
                &[("HTTPS_PROXY", "proxy.example.com:3128")],
                Some(bare),
                "as others write it",
            ),
            (local, Some(bare), &[("NO_PROXY", "127.0.0.1")], Some(bare), "the kubeconfig names it"),
            (
                local,
                Some(bare),
                &[("HTTPS_PROXY", "http://other:1"), ("NO_PROXY", "127.0.0.1")],
                Some(bare),
                "the kubeconfig goes first",
            ),
        ];
        for (cluster, found, environment, want, reason) in cases {
            let mut config = Config::new(cluster.parse().unwrap());
            config.proxy_url = found.map(|found| found.parse().unwrap());
            let variable = |name: &str| {
                environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            heed_no_proxy(&mut config, &variable);
            assert_eq!(
                config.proxy_url.map(|proxy| proxy.to_string()),
                want.map(|want| want.parse::<axum::http::Uri>().unwrap().to_string()),
                "{reason}"
            );
        }
    }
}
