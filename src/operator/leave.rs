//! Letting everything of a cluster go before waops leaves it: no finalizer of ours keeps anything from ending then.
//!
//! Whoever works meanwhile would take objects up again, so the Lease is taken first, from whoever has it, and kept a
//! little longer than this: long enough for an uninstall to end the processes.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ListParams, ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::time::sleep;

use super::elect::{Candidate, LABEL, SHARDS};
use super::lease::LEADS;
use super::start;
use crate::clock;
use crate::engine::object::{AccountObject, Object};
use crate::engine::store::StoreError;
use crate::store::kube::{Asked, KubeStore, MANAGER, Scope, ask};
use crate::store::release::{is_ours, release, release_account};

/// How long nobody may work while objects are let go: far more than it takes.
const WORK: Duration = Duration::from_secs(600);
/// How long nobody may work afterwards: more than it takes until an uninstall has ended the processes.
const AFTERWARDS: Duration = Duration::from_secs(30);
/// So many are let go at once.
const AT_ONCE: usize = 16;
/// So often the API server is asked again where it does not answer.
const TRIES: usize = 5;
/// How long to wait before that.
const AGAIN: Duration = Duration::from_secs(2);

/// A cluster that waops is to leave.
pub struct Leaving {
    client: Client,
    store: Arc<KubeStore>,
}

/// What is ours in a cluster.
#[derive(Debug, Default)]
pub struct Ours {
    /// Objects that have a claim or our finalizer.
    pub objects: Vec<Object>,
    /// Accounts that have our finalizer.
    pub accounts: Vec<AccountObject>,
}

impl Ours {
    /// Whether there is nothing to let go.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.accounts.is_empty()
    }
}

impl Leaving {
    /// The cluster that the environment or a kubeconfig names, or the one around this pod.
    pub async fn open(scope: Scope) -> Result<Self, String> {
        let client = start::client().await?;
        let store = KubeStore::open(client.clone(), scope).await.map_err(|error| error.to_string())?;
        Ok(Self { client, store: Arc::new(store) })
    }

    /// What is ours. A kind that is not defined has no objects.
    pub async fn ours(&self) -> Result<Ours, String> {
        let why = |error: StoreError| error.to_string();
        let objects = self.store.objects_if_defined().await.map_err(why)?;
        let accounts = self.store.accounts_if_defined().await.map_err(why)?;
        Ok(Ours {
            objects: objects.into_iter().filter(is_ours).collect(),
            accounts: accounts.into_iter().filter(|account| account.meta.held).collect(),
        })
    }

    /// Makes every operator of this Lease stand by, and returns when none can write any more.
    pub async fn take_over(&self, lease: &Candidate) -> Result<(), String> {
        if self.write_leases(lease, WORK).await.map_err(|error| error.to_string())? {
            eprintln!(
                "waops: the operator stands by; waiting {} s until its last calls have ended",
                LEADS.as_secs()
            );
            sleep(LEADS).await;
        }
        Ok(())
    }

    /// Lets operators work again, once an uninstall has had the time to end them.
    pub async fn hand_back(&self, lease: &Candidate) -> Result<(), String> {
        self.write_leases(lease, AFTERWARDS).await.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Lets go of what is ours; says of each what became of it. How many could not be let go.
    pub async fn release(&self, ours: &Ours, say: impl Fn(&str)) -> usize {
        let mut failed = 0;
        let (store, say) = (&self.store, &say);
        let objects = futures::stream::iter(&ours.objects).map(|object| async move {
            let done = patiently(async || release(&**store, &object.key).await.map(|_| ())).await;
            (&object.key, done)
        });
        // Accounts come last: as long as one is there, what its objects own is known to be its.
        let mut objects = objects.buffer_unordered(AT_ONCE);
        while let Some((key, done)) = objects.next().await {
            match done {
                Ok(()) => say(&format!("{key}: let go")),
                Err(error) => {
                    failed += 1;
                    say(&format!("{key}: not let go: {error}"));
                }
            }
        }
        for account in &ours.accounts {
            let key = &account.key;
            match patiently(async || release_account(&**store, account.clone()).await).await {
                Ok(()) => say(&format!("{key}: let go")),
                Err(error) => {
                    failed += 1;
                    say(&format!("{key}: not let go: {error}"));
                }
            }
        }
        failed
    }

    /// Writes that the Leases are ours; whether anybody else had one.
    async fn write_leases(&self, lease: &Candidate, duration: Duration) -> Result<bool, StoreError> {
        let api: Api<Lease> = Api::namespaced(self.client.clone(), &lease.namespace);
        let asked = |verb| leases(verb, &lease.namespace);
        let labelled = ListParams::default().labels(&format!("{LABEL}={}", lease.name));
        let listed = ask(asked("list"), api.list(&labelled)).await?;
        let mut names: Vec<String> =
            listed.items.into_iter().filter_map(|lease| lease.metadata.name).collect();
        if !names.contains(&lease.name) {
            names.push(lease.name.clone());
        }
        let mut was_taken = false;
        for name in names {
            was_taken |= patiently(async || take(&api, lease, &name, duration).await).await?;
        }
        Ok(was_taken)
    }
}

fn leases<'a>(verb: &'static str, namespace: &'a str) -> Asked<'a> {
    Asked { verb, resource: "leases.coordination.k8s.io", namespace: Some(namespace) }
}

/// Takes one Lease; whether somebody else had it.
async fn take(
    api: &Api<Lease>,
    lease: &Candidate,
    name: &str,
    duration: Duration,
) -> Result<bool, StoreError> {
    let asked = |verb| leases(verb, &lease.namespace);
    let parameters = PostParams { field_manager: Some(MANAGER.into()), ..PostParams::default() };
    let spec = LeaseSpec {
        holder_identity: Some(lease.me.clone()),
        lease_duration_seconds: i32::try_from(duration.as_secs()).ok(),
        renew_time: Some(MicroTime(clock::timestamp())),
        ..LeaseSpec::default()
    };
    let marked = |mut metadata: ObjectMeta| {
        metadata.labels.get_or_insert_default().insert(LABEL.to_owned(), lease.name.clone());
        // Nobody counts like this, so nobody works while it is held, not by another Lease of the same name either.
        metadata.annotations.get_or_insert_default().insert(SHARDS.to_owned(), "0".to_owned());
        metadata
    };
    let Some(mut found) = ask(asked("get"), api.get_opt(name)).await? else {
        let metadata = marked(ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() });
        ask(asked("create"), api.create(&parameters, &Lease { metadata, spec: Some(spec) })).await?;
        return Ok(false);
    };
    let before = found.spec.take().and_then(|spec| spec.holder_identity).unwrap_or_default();
    found.spec = Some(spec);
    found.metadata = marked(found.metadata);
    ask(asked("update"), api.replace(name, &parameters, &found)).await?;
    Ok(!before.is_empty() && before != lease.me)
}

/// Asks again where somebody else wrote meanwhile, or the API server did not answer.
async fn patiently<T>(request: impl AsyncFn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    for _ in 1..TRIES {
        match request().await {
            Err(StoreError::Conflict) => {}
            Err(StoreError::Unavailable(why)) => {
                tracing::info!("asking again: {why}");
                sleep(AGAIN).await;
            }
            done => return done,
        }
    }
    request().await
}
