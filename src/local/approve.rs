//! What waits for a decision of a person: what deciding comes to, the lines that do it, and one of them written.
//!
//! What waits, and for which lines, the status says: whoever wrote it has seen the provider. What it costs is planned
//! here, from the same objects.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::home::{Home, Place, Standing, peek};
use super::plans::Plans;
use super::workspace::{Options, Workspace};
use crate::api::{Condition, Kind};
use crate::engine::object::{AccountObject, Meta, Object, Spec};
use crate::engine::store::StoreError;
use crate::plan::decision::{Decision, Part};
use crate::plan::facts::Key;
use crate::plan::reason::Reason;
use crate::plan::status::asked;
use crate::render::plan::{Against, Planned};
use crate::store::Memory;
use crate::store::folder::{self, Folder, Refused};
use crate::store::kube::{self, Cluster};
use crate::store::selection::Selection;

/// What waits.
#[derive(Debug)]
pub struct Waiting {
    /// What it is known by.
    pub key: Key,
    /// Where it stands.
    pub reason: Reason,
    /// Why, as its status has it.
    pub message: String,
    /// What the provider has in place of what is written.
    pub differs: Option<String>,
    /// What deciding comes to, where it can be told from here.
    pub planned: Option<Planned>,
    /// Each is one way on.
    pub decisions: Vec<Decision>,
    /// What should be known before any of it is believed.
    pub warnings: Vec<String>,
    /// The account that it refers to; it itself, where it is one.
    account: Option<Key>,
    versions: Versions,
    cluster: Option<Cluster>,
    spots: Option<Folder>,
}

/// What was looked at: a decision is about that, and about nothing newer.
#[derive(Debug, Default)]
struct Versions {
    object: String,
    account: Option<String>,
}

/// What waits of an object or account that somebody named.
pub async fn waiting(home: &Home, selection: &Selection, manifests: &[PathBuf]) -> Result<Waiting, String> {
    let subject = Subject::find(home, selection).await?;
    let (reason, message) = subject.waits()?;
    let (said, lines) = asked(&message);
    let decisions: Vec<Decision> = lines.into_iter().filter_map(Decision::of).collect();
    if decisions.is_empty() {
        return Err(format!(
            "no line decides about {} ({}): {message}. {}",
            subject.key,
            reason.name(),
            reason.page().action
        ));
    }
    let mut waiting = Waiting {
        differs: subject.differs(reason),
        account: subject.account.clone(),
        versions: Versions { object: subject.meta.version.clone(), account: None },
        key: subject.key,
        message: said.to_owned(),
        reason,
        decisions,
        planned: None,
        warnings: Vec::new(),
        cluster: None,
        spots: None,
    };
    match &home.place {
        Place::State(folder) => {
            waiting.plan(peek(folder)?, Against::State).await?;
            let options =
                folder::Options { paths: manifests.to_vec(), namespace: None, secrets: None, provider: None };
            // Where a manifest stands is worth a word, and no failure.
            waiting.spots = folder::read(&options).ok();
        }
        Place::Cluster(address) => {
            let cluster = address.cluster().await?;
            let namespaces: BTreeSet<String> =
                waiting.account.iter().chain([&waiting.key]).map(|key| key.namespace.to_string()).collect();
            let snapshot = kube::snapshot(cluster.client.clone(), &namespaces).await?;
            waiting.warnings.clone_from(&snapshot.warnings);
            waiting.warnings.extend(snapshot.learn_labels(&namespaces).await);
            waiting.plan(snapshot.memory, Against::Cluster).await?;
            waiting.cluster = Some(cluster);
        }
    }
    Ok(waiting)
}

impl Waiting {
    /// What a decision is written into.
    pub fn target(&self, decision: &Decision) -> &Key {
        match decision.part {
            Part::Spec => &self.key,
            Part::AccountSpec | Part::AccountAnnotations => self.account.as_ref().unwrap_or(&self.key),
        }
    }

    /// Where the manifest of that stands, where it is known.
    pub fn spot(&self, decision: &Decision) -> Option<String> {
        self.spots.as_ref()?.spot(self.target(decision)).map(ToString::to_string)
    }

    /// Whether a decision can be written from here.
    pub fn is_in_cluster(&self) -> bool {
        self.cluster.is_some()
    }

    /// Writes a decision into the cluster.
    pub async fn decide(&self, decision: &Decision) -> Result<(), String> {
        let Some(cluster) = &self.cluster else {
            return Err("without a cluster the manifest decides: add the line to it, and apply".to_owned());
        };
        let target = self.target(decision);
        let version =
            if *target == self.key { Some(&self.versions.object) } else { self.versions.account.as_ref() };
        let version =
            version.ok_or_else(|| format!("you may not read {target}, so nothing can be written there"))?;
        let done = kube::decide(cluster.client.clone(), target, version, &decision.patch()).await;
        done.map_err(|error| match error {
            StoreError::Conflict => {
                format!(
                    "{target} was changed meanwhile, and nothing was written: look again before you decide"
                )
            }
            error => error.to_string(),
        })
    }

    /// Plans it as it stands, and keeps the plan where it says the same as the status.
    async fn plan(&mut self, memory: Memory, against: Against) -> Result<(), String> {
        self.versions.account = self
            .account
            .as_ref()
            .and_then(|key| memory.account(key))
            .map(|account| account.meta.version.clone());
        if self.key.kind == Kind::Account {
            return Ok(());
        }
        let options = Options::of(Vec::new(), PathBuf::new(), Arc::new(|_| None));
        let workspace = Workspace::remembered(&options, Folder::empty(), memory, against, &BTreeSet::new());
        let workspace = workspace.map_err(|refused| match refused {
            Refused::Wrong(why) => why,
            Refused::Findings(_) => "its manifest has mistakes".to_owned(),
        })?;
        let plans = Plans::of(&workspace, std::slice::from_ref(&self.key)).await?;
        self.planned = plans.objects.into_iter().find(|planned| planned.plan.reason == self.reason);
        Ok(())
    }
}

/// What somebody named.
struct Subject {
    key: Key,
    meta: Meta,
    account: Option<Key>,
    observed: Option<i64>,
    conditions: Vec<Condition>,
}

impl Subject {
    async fn find(home: &Home, selection: &Selection) -> Result<Self, String> {
        if selection.kind() != Kind::Account {
            return Ok(Self::of_object(home.one(selection).await?));
        }
        let Standing { accounts, .. } = home.everything().await?;
        let key = selection.find(accounts.iter().map(|account| &account.key))?.clone();
        let account = accounts.into_iter().find(|account| account.key == key);
        account.map(Self::of_account).ok_or_else(|| selection.missing("here"))
    }

    fn of_account(AccountObject { key, meta, status, .. }: AccountObject) -> Self {
        let (observed, conditions) = (status.observed_generation, status.conditions);
        Self { account: Some(key.clone()), key, meta, observed, conditions }
    }

    fn of_object(object: Object) -> Self {
        let account = object.account_name().map(|(namespace, name)| AccountObject::key_of(namespace, name));
        let (observed, conditions) = match object.spec {
            Spec::QrCode(_, status) => (status.observed_generation, status.conditions),
            Spec::Template(_, status) => (status.observed_generation, status.conditions),
            Spec::Garbled(_) => (None, Vec::new()),
        };
        Self { key: object.key, meta: object.meta, account, observed, conditions }
    }

    /// What the provider has in place of what is written, as its status tells.
    fn differs(&self, reason: Reason) -> Option<String> {
        let synced = self.conditions.iter().find(|it| it.type_ == "Synced" && it.status == "False")?;
        (synced.message != reason.page().title).then(|| synced.message.to_string())
    }

    /// Where it stands and why, as far as that is about what is written now.
    fn waits(&self) -> Result<(Reason, String), String> {
        let key = &self.key;
        let ready = self.conditions.iter().find(|condition| condition.type_ == "Ready");
        let Some(ready) = ready.filter(|_| self.observed == Some(self.meta.generation)) else {
            return Err(format!(
                "waops has not looked yet at {key} as it is written now; try again in a moment"
            ));
        };
        let reason = Reason::from_name(&ready.reason).filter(|_| ready.status != "True");
        let reason = reason.ok_or_else(|| {
            format!("nothing of {key} waits for a decision: it is {} ({})", ready.reason, ready.message)
        })?;
        Ok((reason, ready.message.to_string()))
    }
}
