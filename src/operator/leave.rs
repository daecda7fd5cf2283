//! Letting everything of a cluster go before waops leaves it: no finalizer of ours keeps anything from ending then.
//!
//! Whoever works meanwhile would take objects up again, so the Lease is taken first, from whoever has it, and kept a
//! little longer than this: long enough for an uninstall to end the processes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ListParams, ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::elect::{Candidate, LABEL, SHARDS};
use super::lease::{DURATION, LEADS};
use super::start;
use crate::clock;
use crate::engine::object::{AccountObject, Object};
use crate::engine::store::StoreError;
use crate::store::kube::{Asked, KubeStore, MANAGER, Scope, ask};
use crate::store::release::{is_ours, release, release_account};

/// How long nobody may work while objects are let go, counted from when that was last said.
const WORK: Duration = Duration::from_secs(600);
/// How often it is said again.
const RENEWS: Duration = Duration::from_secs(60);
/// Without being said again it is believed for so long; the rest is for clocks that run at another pace, and for what
/// was read before anything was let go.
const BELIEVED: Duration = Duration::from_secs(480);
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
    /// The Leases that are not ours to write and that nobody renews.
    silent: Mutex<Silent>,
}

/// Leases by name, with the version that they stand still at.
type Silent = BTreeMap<String, String>;

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
        Ok(Self { client, store: Arc::new(store.leaving()), silent: Mutex::default() })
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

    /// The same as [`Self::release`] as long as the Leases are ours; why they are not any more.
    pub async fn release_under(
        &self,
        lease: &Candidate,
        ours: &Ours,
        say: impl Fn(&str),
    ) -> Result<usize, String> {
        tokio::select! {
            // Who was suspended looks at the Leases first.
            biased;
            lost = self.keep(lease) => Err(lost),
            failed = self.release(ours, say) => Ok(failed),
        }
    }

    /// Keeps the Leases; why they are not ours any more.
    async fn keep(&self, lease: &Candidate) -> String {
        let Candidate { namespace, name, .. } = lease;
        let mut renewed = Instant::now();
        loop {
            sleep(RENEWS).await;
            let began = Instant::now();
            let why = match self.renew_leases(lease).await {
                Ok(None) => {
                    renewed = began;
                    continue;
                }
                Ok(Some(holder)) if holder.is_empty() => "somebody gave it away".to_owned(),
                Ok(Some(holder)) => format!("{holder} has it"),
                Err(error) if renewed.elapsed() >= BELIEVED => error.to_string(),
                Err(error) => {
                    tracing::warn!("the lease is not renewed: {error}");
                    continue;
                }
            };
            return format!(
                "the Lease {namespace}/{name} is lost while objects are let go: {why}; an operator may work and take up \
                 again what was let go, so nothing more is: end it, and run this again"
            );
        }
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

    /// Writes that the Leases are ours; whether anybody had one.
    async fn write_leases(&self, lease: &Candidate, duration: Duration) -> Result<bool, StoreError> {
        let mut silent = self.silent.lock().await;
        take_all(&self.leases(lease), lease, duration, &mut silent).await
    }

    /// Writes again that the Leases are ours; who has one, where that is somebody else.
    async fn renew_leases(&self, lease: &Candidate) -> Result<Option<String>, StoreError> {
        let api = self.leases(lease);
        let silent = self.silent.lock().await;
        for name in names(&api, lease, &silent).await? {
            let taken = patiently(async || renew(&api, lease, &name).await).await?;
            if taken.is_some() {
                return Ok(taken);
            }
        }
        Ok(None)
    }

    fn leases(&self, lease: &Candidate) -> Api<Lease> {
        Api::namespaced(self.client.clone(), &lease.namespace)
    }
}

fn asked<'a>(verb: &'static str, lease: &'a Candidate) -> Asked<'a> {
    Asked { verb, resource: "leases.coordination.k8s.io", namespace: Some(&lease.namespace) }
}

/// Takes every Lease that somebody may lead by; whether anybody had one. There may be more than the operator has parts, and
/// than it has the right to write: those of parts that are no more stay where they were.
async fn take_all(
    api: &Api<Lease>,
    lease: &Candidate,
    duration: Duration,
    silent: &mut Silent,
) -> Result<bool, StoreError> {
    let (mut done, mut was_taken) = (BTreeSet::new(), false);
    loop {
        // Whoever begins once the first is ours stands back; whoever began before is in the next list.
        let mut names = names(api, lease, silent).await?;
        names.retain(|name| !done.contains(name));
        if names.is_empty() {
            return Ok(was_taken);
        }
        for name in names {
            match patiently(async || take(api, lease, &name, duration).await).await {
                Ok(had_somebody) => was_taken |= had_somebody,
                Err(StoreError::Refused(why)) if name != lease.name => {
                    let still = stands_still(api, lease, &name, DURATION).await?;
                    silent.insert(name.clone(), still.ok_or(StoreError::Refused(why))?);
                }
                Err(error) => return Err(error),
            }
            done.insert(name);
        }
    }
}

/// The Leases of an installation by which somebody may lead: the first, and of all others those that have a holder.
async fn names(api: &Api<Lease>, lease: &Candidate, silent: &Silent) -> Result<Vec<String>, StoreError> {
    let mut names = vec![lease.name.clone()];
    for found in list(api, lease).await? {
        let is_silent = |name: &str| {
            found.metadata.resource_version.as_ref().is_some_and(|at| silent.get(name) == Some(at))
        };
        match &found.metadata.name {
            Some(name) if *name != lease.name && !holder(&found).is_empty() && !is_silent(name) => {
                names.push(name.clone());
            }
            _ => {}
        }
    }
    Ok(names)
}

async fn list(api: &Api<Lease>, lease: &Candidate) -> Result<Vec<Lease>, StoreError> {
    let labelled = ListParams::default().labels(&format!("{LABEL}={}", lease.name));
    Ok(ask(asked("list", lease), api.list(&labelled)).await?.items)
}

/// The version of a Lease that nobody wrote for so long; none where somebody did.
async fn stands_still(
    api: &Api<Lease>,
    lease: &Candidate,
    name: &str,
    long: Duration,
) -> Result<Option<String>, StoreError> {
    let version = async || -> Result<Option<String>, StoreError> {
        let found =
            list(api, lease).await?.into_iter().find(|found| found.metadata.name.as_deref() == Some(name));
        Ok(found.and_then(|found| found.metadata.resource_version))
    };
    let before = version().await?;
    sleep(long).await;
    Ok(version().await?.filter(|now| before.as_ref() == Some(now)))
}

/// Takes one Lease; whether somebody had it. Where that was us, an answer was lost, and with it who had it before.
async fn take(
    api: &Api<Lease>,
    lease: &Candidate,
    name: &str,
    duration: Duration,
) -> Result<bool, StoreError> {
    let Some(found) = ask(asked("get", lease), api.get_opt(name)).await? else {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let ours = claimed(metadata, lease, duration);
        ask(asked("create", lease), api.create(&parameters(), &ours)).await?;
        return Ok(false);
    };
    let before = holder(&found);
    replace(api, lease, name, found, duration).await?;
    Ok(!before.is_empty())
}

/// Says again that one Lease is ours; who has it, where that is somebody else.
async fn renew(api: &Api<Lease>, lease: &Candidate, name: &str) -> Result<Option<String>, StoreError> {
    let found = ask(asked("get", lease), api.get_opt(name)).await?.unwrap_or_default();
    let holder = holder(&found);
    if holder != lease.me {
        return Ok(Some(holder));
    }
    replace(api, lease, name, found, WORK).await?;
    Ok(None)
}

/// Who has a Lease; nobody, where that is empty.
fn holder(lease: &Lease) -> String {
    lease.spec.as_ref().and_then(|spec| spec.holder_identity.clone()).unwrap_or_default()
}

/// Writes that a Lease is ours; it fails if somebody else wrote since it was read.
async fn replace(
    api: &Api<Lease>,
    lease: &Candidate,
    name: &str,
    found: Lease,
    duration: Duration,
) -> Result<(), StoreError> {
    let ours = claimed(found.metadata, lease, duration);
    ask(asked("update", lease), api.replace(name, &parameters(), &ours)).await.map(|_| ())
}

fn parameters() -> PostParams {
    PostParams { field_manager: Some(MANAGER.into()), ..PostParams::default() }
}

/// A Lease that is ours for so long from now on.
fn claimed(mut metadata: ObjectMeta, lease: &Candidate, duration: Duration) -> Lease {
    metadata.labels.get_or_insert_default().insert(LABEL.to_owned(), lease.name.clone());
    // Nobody counts like this, so nobody works while it is held, not by another Lease of the same name either.
    metadata.annotations.get_or_insert_default().insert(SHARDS.to_owned(), "0".to_owned());
    let spec = LeaseSpec {
        holder_identity: Some(lease.me.clone()),
        lease_duration_seconds: i32::try_from(duration.as_secs()).ok(),
        renew_time: Some(MicroTime(clock::timestamp())),
        ..LeaseSpec::default()
    };
    Lease { metadata, spec: Some(spec) }
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::fake::{self, Leases};
    use super::*;

    /// The Lease that nobody may touch.
    const FORBIDDEN: &str = "waops-2";

    async fn server(leases: &Leases) -> Api<Lease> {
        Api::namespaced(fake::client(fake::serving(leases, Some(FORBIDDEN))).await, "waops")
    }

    fn held(all: &[(&str, &str)]) -> Leases {
        let lease = |(name, holder): &(&str, &str)| {
            let spec = LeaseSpec { holder_identity: Some((*holder).to_owned()), ..LeaseSpec::default() };
            let (name, version) = ((*name).to_owned(), Some("1".to_owned()));
            let metadata =
                ObjectMeta { name: Some(name.clone()), resource_version: version, ..ObjectMeta::default() };
            (name, Lease { metadata, spec: Some(spec) })
        };
        Arc::new(Mutex::new(all.iter().map(lease).collect()))
    }

    fn holders(leases: &Leases) -> Vec<String> {
        leases.lock().unwrap().values().map(holder).collect()
    }

    fn candidate() -> Candidate {
        let [namespace, name, me] = ["waops", "waops", "release-1"].map(str::to_owned);
        Candidate { namespace, name, me, shards: 1 }
    }

    #[tokio::test]
    async fn the_leases_of_parts_that_are_no_more_are_in_nobodys_way() {
        let leases = held(&[("waops", "operator"), ("waops-1", "another"), (FORBIDDEN, "")]);
        let (api, mut silent) = (server(&leases).await, Silent::new());
        assert!(take_all(&api, &candidate(), WORK, &mut silent).await.unwrap(), "somebody worked");
        assert_eq!(holders(&leases), ["release-1", "release-1", ""]);
        assert!(take_all(&api, &candidate(), WORK, &mut silent).await.unwrap(), "who, is not known any more");

        // One that was killed never gave its own back.
        leases.lock().unwrap().extend(std::mem::take(&mut *held(&[(FORBIDDEN, "gone")]).lock().unwrap()));
        let still = stands_still(&api, &candidate(), FORBIDDEN, Duration::from_millis(5)).await.unwrap();
        silent.insert(FORBIDDEN.to_owned(), still.expect("nobody renews it"));
        assert!(take_all(&api, &candidate(), WORK, &mut silent).await.is_ok());
        let renews = async {
            sleep(Duration::from_millis(20)).await;
            let mut leases = leases.lock().unwrap();
            leases.get_mut(FORBIDDEN).unwrap().metadata.resource_version = Some("2".to_owned());
        };
        let candidate = candidate();
        let looks = stands_still(&api, &candidate, FORBIDDEN, Duration::from_millis(500));
        assert_eq!(tokio::join!(looks, renews).0, Ok(None), "somebody leads by it");
        assert!(names(&api, &candidate, &silent).await.unwrap().iter().any(|name| name == FORBIDDEN));
    }

    #[tokio::test]
    async fn a_lease_is_renewed_as_long_as_it_is_ours() {
        for (holder, want, reason) in [
            ("release-1", None, "it is ours"),
            ("operator", Some("operator"), "an operator took it"),
            ("", Some(""), "somebody gave it away"),
        ] {
            let leases = held(&[("waops", holder)]);
            let api = server(&leases).await;
            let taken = renew(&api, &candidate(), "waops").await.unwrap();
            assert_eq!(taken.as_deref(), want, "{reason}");
            let now = leases.lock().unwrap()["waops"].clone();
            let said = now.spec.as_ref().is_some_and(|spec| spec.renew_time.is_some());
            assert_eq!(said, want.is_none(), "{reason}: what is another's is not written");
            assert_eq!(super::holder(&now), holder, "{reason}");
        }
    }
}
