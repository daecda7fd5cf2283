//! Everything that plays: a control plane whose parts come back, two operators behind a proxy each, both providers.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};
use waops::simulator::http::{Running, ServeOptions, serve};
use waops::simulator::{Change, Provider, Scenario, Simulator, sandbox};

use crate::cluster::Cluster;
use crate::kubelet::{Kubelet, free_port};
use crate::proxy::{Proxy, upstream};
use crate::support::control_plane::ControlPlane;
use crate::support::helm::{helm, succeeds};

pub(crate) const NAMESPACE: &str = "chaos";
pub(crate) const SYSTEM: &str = "chaos-system";
const OPERATORS: [&str; 2] = ["first", "second"];

/// Everything that plays.
pub(crate) struct Stage {
    pub(crate) plane: ControlPlane,
    pub(crate) kubelet: Kubelet,
    pub(crate) simulator: Running,
    pub(crate) client: Client,
    pub(crate) cluster: Cluster,
    proxies: Arc<[Proxy]>,
}

impl Stage {
    /// Both operators wait for something to do.
    pub(crate) async fn set(seed: u64) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let plane = ControlPlane::start_restarting();
        assert!(
            plane.has_controllers(),
            "a Deployment needs a kube-controller-manager in KUBEBUILDER_ASSETS"
        );
        let kubeconfig = Kubeconfig::read_from(plane.kubeconfig()).unwrap();
        let upstream = upstream(&kubeconfig);
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
        let client = Client::try_from(config).unwrap();
        let mut proxies = Vec::new();
        for _ in OPERATORS {
            proxies.push(Proxy::start(plane.server_url(), upstream.clone()).await);
        }
        let scenario = Scenario { seed, ..Scenario::default() };
        let simulator =
            serve(ServeOptions { simulator: Simulator::new(scenario), ..ServeOptions::default() })
                .await
                .unwrap();
        add_foreign(&simulator);

        let administrator = plane.kubeconfig().display().to_string();
        for namespace in [NAMESPACE, SYSTEM] {
            plane.kubectl(&["create", "namespace", namespace]).success();
        }
        succeeds(&helm(&["install", "waops-crds", "charts/waops-crds", "--wait"], Some(&administrator)));
        let proxies: Arc<[Proxy]> = proxies.into();
        let ways = Arc::clone(&proxies);
        let way = move |pod: &str| ways[usize::from(!pod.starts_with(OPERATORS[0]))].url.clone();
        let kubelet = Kubelet::start_with_way(&plane, SYSTEM, Box::new(way));
        for name in OPERATORS {
            let port = format!("port={}", free_port());
            let environment = format!(
                "extraEnv[0].name=WAOPS_META_ENDPOINT,extraEnv[0].value={0},\
                 extraEnv[1].name=WAOPS_ALIBABA_ENDPOINT,extraEnv[1].value={0}",
                simulator.url
            );
            let watched = format!("watchNamespaces={{{NAMESPACE}}}");
            let mut arguments = vec!["install", name, "charts/waops", "--namespace", SYSTEM];
            for value in [
                &*port,
                &environment,
                &watched,
                "settleTime=4s",
                "extraArgs={--call-timeout=3s}",
                "graceSeconds=5",
                "leaderElection.leaseName=one",
                // Each plan is a line: what a failure is explained by.
                "log.level=info\\,waops::engine=debug\\,waops::operator=debug\\,kube_client=off",
            ] {
                arguments.extend(["--set", value]);
            }
            succeeds(&helm(&arguments, Some(&administrator)));
        }
        let cluster = Cluster::follow(&client, NAMESPACE);
        let stage = Self { plane, kubelet, simulator, client, cluster, proxies };
        stage.declare_accounts();
        stage
    }

    fn declare_accounts(&self) {
        let secret = |name: &str, data: Value| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data});
        let account = |name: &str, spec: Value| {
            let mut spec = spec;
            spec["confirmDeletions"] = json!({"upTo": 100_000});
            spec["driftCheckInterval"] = json!("1h");
            json!({"apiVersion": "waops.dev/v1alpha1", "kind": "WhatsAppAccount", "metadata": {"name": name}, "spec": spec})
        };
        let credentials = |name: &str| json!({"secretRef": {"name": name}});
        let all = [
            secret(
                "alibaba",
                json!({"accessKeyId": sandbox::ACCESS_KEY_ID, "accessKeySecret": sandbox::ACCESS_KEY_SECRET}),
            ),
            secret("meta", json!({"accessToken": sandbox::ACCESS_TOKEN})),
            account(
                "alibaba",
                json!({"alibaba": {"custSpaceId": sandbox::CUST_SPACE_ID, "credentials": credentials("alibaba")}}),
            ),
            account(
                "meta",
                json!({"meta": {"businessAccountId": sandbox::WABA_ID, "credentials": credentials("meta")}}),
            ),
        ];
        let list = json!({"apiVersion": "v1", "kind": "List", "items": all}).to_string();
        self.plane.kubectl_stdin(&["--namespace", NAMESPACE, "apply", "--filename=-"], &list).success();
    }

    /// The proxy of an operator.
    pub(crate) fn proxy(&self, operator: usize) -> &Proxy {
        &self.proxies[operator]
    }

    /// The operator that the Lease names, as long as it runs: which one, its pod and its process.
    pub(crate) async fn leader(&self) -> Option<Leader> {
        let leases: Api<Lease> = Api::namespaced(self.client.clone(), SYSTEM);
        let lease = timeout(Duration::from_secs(2), leases.get_opt("one")).await.ok()?.ok()??;
        let pod = lease.spec?.holder_identity.filter(|holder| !holder.is_empty())?;
        let pid = self.kubelet.pids().get(&pod).copied()?;
        Some(Leader { operator: usize::from(!pod.starts_with(OPERATORS[0])), pod, pid })
    }

    /// The same, as soon as there is one.
    pub(crate) async fn some_leader(&self) -> Leader {
        let start = Instant::now();
        loop {
            if let Some(leader) = self.leader().await {
                return leader;
            }
            assert!(start.elapsed() < Duration::from_secs(90), "nobody leads\n{}", self.log_tail());
            sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn log_tail(&self) -> String {
        let logs = self.kubelet.logs();
        let lines: Vec<&str> = logs.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

/// Who leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leader {
    pub(crate) operator: usize,
    pub(crate) pod: String,
    pub(crate) pid: u32,
}

/// What somebody else has at the providers.
fn add_foreign(simulator: &Running) {
    let now = jiff::Timestamp::now();
    let mut simulator = simulator.simulator();
    for number in 0..10 {
        for (provider, phone) in
            [(Provider::Alibaba, sandbox::PHONE_NUMBER), (Provider::Meta, sandbox::PHONE_NUMBER_ID)]
        {
            let code = format!("THEIRS{number:08}");
            let message = format!("Theirs {number}");
            let change = Change::AddCode { provider, phone: phone.to_owned(), message, code: Some(code) };
            simulator.change(&change, now);
        }
        for (provider, space) in
            [(Provider::Alibaba, sandbox::CUST_SPACE_ID), (Provider::Meta, sandbox::WABA_ID)]
        {
            let (kind, text) = match provider {
                Provider::Alibaba => ("Type", "Text"),
                Provider::Meta => ("type", "text"),
            };
            let components = vec![json!({kind: "BODY", text: "This belongs to somebody else."})];
            let change = Change::AddTemplate {
                provider,
                space: space.to_owned(),
                name: format!("theirs_{number}"),
                language: "en".to_owned(),
                category: "UTILITY".to_owned(),
                components,
            };
            simulator.change(&change, now);
        }
    }
}
