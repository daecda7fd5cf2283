//! Leading and standing by, by a Lease of the cluster.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ListParams, ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::lease::{DURATION, LEADS, PACE, Seen, Verdict, evaluate, look};
use crate::clock;
use crate::engine::driver;
use crate::engine::store::StoreError;
use crate::provider::deadline::Deadline;
use crate::store::kube::{Asked, MANAGER, ask};

/// The label by which the Leases of one installation are found.
pub(super) const LABEL: &str = "waops.dev/lease";
/// How many parts the holder of a Lease counts; 1 where it does not say.
pub(super) const SHARDS: &str = "waops.dev/shards";

/// Which Lease, and who asks for it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The namespace of the Lease.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Who we are. No two processes that run at the same time may have the same name.
    pub me: String,
    /// How many processes share the work, each with a Lease of its own.
    pub shards: u32,
}

impl Candidate {
    /// The name of the Lease of one part.
    fn name_of(&self, part: u32) -> String {
        if part == 0 { self.name.clone() } else { format!("{}-{part}", self.name) }
    }

    pub(super) fn of_part(&self, part: u32) -> Part {
        Part { candidate: self.clone(), name: self.name_of(part) }
    }
}

/// The Lease of one part.
#[derive(Clone, Debug)]
pub(super) struct Part {
    candidate: Candidate,
    name: String,
}

/// One candidate.
pub(super) struct Elector {
    api: Api<Lease>,
    candidate: Candidate,
    name: String,
    lease: Option<Lease>,
    seen: Option<Seen>,
    /// The Leases of those who count differently.
    others: BTreeMap<String, Seen>,
    until: watch::Sender<Option<Deadline>>,
}

impl Elector {
    pub(super) fn new(client: Client, part: Part) -> Self {
        let Part { candidate, name } = part;
        let api = Api::namespaced(client, &candidate.namespace);
        let (others, until) = (BTreeMap::new(), watch::Sender::new(None));
        Self { api, candidate, name, lease: None, seen: None, others, until }
    }

    /// Until when this process may write; it has passed as long as this one does not lead.
    pub(super) fn term(&self) -> driver::Lease {
        let until = self.until.subscribe();
        Arc::new(move || Some(until.borrow().unwrap_or_else(|| Deadline::after(Duration::ZERO))))
    }

    /// Leads as long as it can; returns when somebody else leads, or could.
    pub(super) async fn keep(&mut self) {
        loop {
            let left = self.until.borrow().map_or(Duration::ZERO, Deadline::left);
            if left.is_zero() {
                return;
            }
            sleep(PACE.min(left)).await;
            match timeout(left.min(2 * PACE), self.attempt()).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => return,
                Ok(Err(error)) => tracing::warn!("the lease is not renewed: {error}"),
                Err(_) => tracing::warn!("the lease is not renewed: the API server does not answer"),
            }
        }
    }

    /// Gives the lease back, so that the next one need not wait.
    pub(super) async fn give_back(&mut self) {
        self.until.send_replace(None);
        let Some(mut lease) = self.lease.take() else { return };
        if let Some(spec) = &mut lease.spec {
            spec.holder_identity = Some(String::new());
        }
        if let Err(error) = self.replace(&lease).await {
            tracing::info!("the lease is not given back, it expires: {error}");
        }
    }

    /// One look, and one write where it is ours or can be; whether this one leads.
    pub(super) async fn attempt(&mut self) -> Result<bool, StoreError> {
        let started = Deadline::after(LEADS);
        let lease = match &self.lease {
            // What we wrote last is what is there, or the write fails.
            Some(lease) if self.leads() => Some(lease.clone()),
            _ => self.read().await?,
        };
        let (api, candidate) = (self.api.clone(), self.candidate.clone());
        let verdict = evaluate(self.seen.as_ref(), &candidate.me, Instant::now());
        // Ours from before a restart counts as new: somebody may have begun meanwhile who counts differently.
        let begins = self.until.borrow().is_none_or(Deadline::passed);
        if verdict == Verdict::Yield || (begins && self.is_contested().await?) {
            self.lease = None;
            return Ok(false);
        }
        let written = match lease {
            None => {
                let lease = self.claimed(None);
                let parameters = PostParams { field_manager: Some(MANAGER.into()), ..Default::default() };
                ask(self.asked("create"), api.create(&parameters, &lease)).await
            }
            Some(lease) => {
                let lease = self.claimed(Some(lease));
                self.replace(&lease).await
            }
        };
        match written {
            Ok(lease) => {
                self.note(Some(lease));
                if begins && self.is_contested().await.unwrap_or(true) {
                    self.give_back().await;
                    return Ok(false);
                }
                self.until.send_replace(Some(started));
                Ok(true)
            }
            Err(error) => {
                // Whose it is now, only a look can tell.
                self.lease = None;
                if error == StoreError::Conflict {
                    self.read().await?;
                    let is_running = self.until.borrow().is_some_and(|until| !until.passed());
                    return Ok(is_running && self.leads());
                }
                Err(error)
            }
        }
    }

    /// Whether somebody works who counts differently.
    async fn is_contested(&mut self) -> Result<bool, StoreError> {
        let labelled = ListParams::default().labels(&format!("{LABEL}={}", self.candidate.name));
        let listed = ask(self.asked("list"), self.api.list(&labelled)).await?;
        let works = |seen: &Seen| evaluate(Some(seen), "", Instant::now()) == Verdict::Yield;
        let mut others = BTreeMap::new();
        for lease in listed.items.into_iter().filter(|lease| counts(lease) != self.candidate.shards) {
            let name = lease.metadata.name.clone().unwrap_or_default();
            let seen = seen(self.others.get(&name), &lease);
            if !works(&seen) && seen.holder.as_ref().is_some_and(|holder| !holder.is_empty()) {
                self.clear(&name, lease).await;
            }
            others.insert(name, seen);
        }
        let is_contested = others.values().any(works);
        self.others = others;
        Ok(is_contested)
    }

    /// Gives the Lease of a part that is no more back for whoever had it and is silent: else everybody who begins would wait
    /// anew until it is known to be.
    async fn clear(&self, name: &str, mut lease: Lease) {
        if (0..self.candidate.shards).any(|part| self.candidate.name_of(part) == name) {
            return;
        }
        if let Some(spec) = &mut lease.spec {
            spec.holder_identity = Some(String::new());
        }
        let parameters = PostParams { field_manager: Some(MANAGER.into()), ..Default::default() };
        // The version in it makes this fail if somebody is not silent after all.
        if let Err(error) = ask(self.asked("update"), self.api.replace(name, &parameters, &lease)).await {
            tracing::info!("the Lease {name} of a part that is no more stays as it is: {error}");
        }
    }

    fn leads(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.holder.as_deref() == Some(&self.candidate.me))
    }

    async fn read(&mut self) -> Result<Option<Lease>, StoreError> {
        let lease = ask(self.asked("get"), self.api.get_opt(&self.name)).await?;
        self.note(lease.clone());
        Ok(lease)
    }

    async fn replace(&self, lease: &Lease) -> Result<Lease, StoreError> {
        let parameters = PostParams { field_manager: Some(MANAGER.into()), ..Default::default() };
        ask(self.asked("update"), self.api.replace(&self.name, &parameters, lease)).await
    }

    fn note(&mut self, lease: Option<Lease>) {
        self.seen = lease.as_ref().map(|lease| seen(self.seen.as_ref(), lease));
        self.lease = lease;
    }

    /// The lease as ours; the version in it makes a write fail if somebody else wrote meanwhile.
    fn claimed(&self, lease: Option<Lease>) -> Lease {
        let now = MicroTime(clock::timestamp());
        let Candidate { namespace, name, me, shards } = &self.candidate;
        let before = lease.as_ref().and_then(|lease| lease.spec.clone()).unwrap_or_default();
        let is_ours = before.holder_identity.as_ref() == Some(me);
        let transitions = before.lease_transitions.unwrap_or_default();
        let spec = LeaseSpec {
            holder_identity: Some(me.clone()),
            lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
            acquire_time: if is_ours { before.acquire_time } else { Some(now.clone()) },
            renew_time: Some(now),
            lease_transitions: Some(if is_ours { transitions } else { transitions.saturating_add(1) }),
            ..LeaseSpec::default()
        };
        let mut metadata = lease.map_or_else(
            || ObjectMeta {
                name: Some(self.name.clone()),
                namespace: Some(namespace.clone()),
                ..ObjectMeta::default()
            },
            |lease| lease.metadata,
        );
        metadata.labels.get_or_insert_default().insert(LABEL.to_owned(), name.clone());
        metadata.annotations.get_or_insert_default().insert(SHARDS.to_owned(), shards.to_string());
        Lease { metadata, spec: Some(spec) }
    }

    fn asked(&self, verb: &'static str) -> Asked<'_> {
        Asked { verb, resource: "leases.coordination.k8s.io", namespace: Some(&self.candidate.namespace) }
    }
}

/// How many parts the holder of a Lease counts.
fn counts(lease: &Lease) -> u32 {
    let said = lease.metadata.annotations.as_ref().and_then(|annotations| annotations.get(SHARDS));
    said.and_then(|count| count.parse().ok()).unwrap_or(1)
}

fn seen(before: Option<&Seen>, lease: &Lease) -> Seen {
    let spec = lease.spec.clone().unwrap_or_default();
    let seconds = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
    let version = lease.metadata.resource_version.clone().unwrap_or_default();
    let duration = seconds.map_or(DURATION, Duration::from_secs);
    look(before, spec.holder_identity, duration, version, Instant::now())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::fake::{self, Leases};
    use super::*;

    /// A Lease that counts for a second after each change, and whose holder counts so many parts.
    fn lease(name: &str, holder: &str, shards: u32) -> (String, Lease) {
        let spec = LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: Some(1),
            ..LeaseSpec::default()
        };
        let metadata = ObjectMeta {
            name: Some(name.to_owned()),
            resource_version: Some("1".to_owned()),
            annotations: Some(BTreeMap::from([(SHARDS.to_owned(), shards.to_string())])),
            ..ObjectMeta::default()
        };
        (name.to_owned(), Lease { metadata, spec: Some(spec) })
    }

    #[tokio::test]
    async fn a_part_that_is_no_more_is_waited_for_once() {
        let leases: Leases = Arc::new(Mutex::new(BTreeMap::from([
            lease("waops", "", 2),
            lease("waops-1", "gone", 2),
            lease("waops-7", "gone as well", 1),
        ])));
        let client = fake::client(fake::serving(&leases, None)).await;
        let [namespace, name, me] = ["waops", "waops", "me"].map(str::to_owned);
        let candidate = Candidate { namespace, name, me, shards: 1 };
        let elector = || Elector::new(client.clone(), candidate.of_part(0));
        let mut first = elector();
        assert_eq!(first.attempt().await, Ok(false), "whoever counts two may work");
        sleep(Duration::from_millis(1_100)).await;
        assert_eq!(first.attempt().await, Ok(true), "who had it is silent");
        let holder = |name: &str| leases.lock().unwrap()[name].spec.as_ref().unwrap().holder_identity.clone();
        assert_eq!(holder("waops").as_deref(), Some("me"));
        assert_eq!(holder("waops-1").as_deref(), Some(""), "given back for whoever had it");
        assert_eq!(
            holder("waops-7").as_deref(),
            Some("gone as well"),
            "it counts as we do, and is in nobody's way"
        );
        first.give_back().await;
        assert_eq!(elector().attempt().await, Ok(true), "the next one does not wait");
    }
}
