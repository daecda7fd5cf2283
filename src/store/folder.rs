//! From manifests to what a store is to hold: what `kubectl apply --prune` does where there is no cluster.
//!
//! | manifest | in the store | then |
//! |---|---|---|
//! | there | not there | it is made |
//! | there | there | it is changed where it differs |
//! | there | going, because its manifest was gone | it stays after all, unless its deletion is under way |
//! | gone | owns nothing | it is forgotten |
//! | gone | owns something | an orphan: reported and left, or deleted with `--prune` |
//!
//! Orphans can only be told when everything was read: one folder, or standard input alone.

mod compare;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::Value as Json;

pub use self::compare::Changed;
use super::secrets::{self, Secrets};
use super::{Applied, Declared, Memory, Wanted};
use crate::api::{
    CLAIM_ANNOTATION, CONFIRM_ABSENCE_ANNOTATION, Kind, RECONCILE_ANNOTATION, TAKE_OVER_ANNOTATION,
};
use crate::check::{self, Located, Manifest, Report};
use crate::engine::object::Object;
use crate::lint::{ProviderKind, Severity};
use crate::manifest::Position;
use crate::plan::claim::Written;
use crate::plan::facts::{Cause, Key};

/// The namespace of manifests that name none, unless another is asked for.
pub const DEFAULT_NAMESPACE: &str = "default";

/// What to read, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files, folders and `-`.
    pub paths: Vec<PathBuf>,
    /// The namespace of manifests that name none; [`DEFAULT_NAMESPACE`] with none.
    pub namespace: Option<String>,
    /// A file of Secrets that is not among the manifests.
    pub secrets: Option<PathBuf>,
    /// The provider of manifests whose account stands in none of the files.
    pub provider: Option<ProviderKind>,
}

impl Options {
    /// The namespace of manifests that name none.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE)
    }
}

/// Why manifests cannot be used.
#[derive(Debug)]
pub enum Refused {
    /// They have errors, as `waops validate` shows them.
    Findings(Box<Report>),
    /// Something else; one sentence with a remedy.
    Wrong(String),
}

/// Where a manifest stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The file, as the user named it.
    pub file: String,
    /// Where it begins.
    pub position: Position,
}

/// Everything that is declared.
pub struct Folder {
    /// What the check found; no error is among it.
    pub report: Report,
    objects: Vec<Declared>,
    spots: BTreeMap<Key, Spot>,
    secrets: Secrets,
    /// What `--secrets` holds, which wins over the manifests.
    lent: Secrets,
    labels: BTreeMap<String, BTreeMap<String, String>>,
    is_whole: bool,
}

/// What declaring a folder came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Objects and accounts that are new.
    pub created: Vec<Key>,
    /// Those that changed.
    pub changed: Vec<Key>,
    /// Those that were going, and stay because their manifest is back.
    pub kept: Vec<Key>,
    /// Those whose manifest is gone, and that are left because nobody asked to prune.
    pub orphans: Vec<Key>,
    /// Those whose manifest is gone, and that go.
    pub pruned: Vec<Key>,
}

/// The rule by which a path that somebody names leads to a manifest.
pub const NO_MANIFEST: &[&str] = &["manifest-empty"];
/// The same, and the one by which it leads to anything.
pub const NO_PATH: &[&str] = &["manifest-empty", "file-not-found"];

/// Reads manifests. Those with errors are refused as a whole.
pub fn read(options: &Options) -> Result<Folder, Refused> {
    read_forgiving(options, &[])
}

/// The same for whom it is no mistake that the paths break these rules: nothing needs to be declared any more.
pub fn read_forgiving(options: &Options, rules: &[&str]) -> Result<Folder, Refused> {
    let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
    if options.paths.iter().any(is_stdin) && options.secrets.as_ref().is_some_and(is_stdin) {
        let why =
            "standard input can hold the manifests or the secrets, not both; name a file for one of them";
        return Err(Refused::Wrong(why.to_owned()));
    }
    let (report, manifests) =
        check::read(&check::Options { paths: options.paths.clone(), provider: options.provider });
    // Of what could not be read there is an error, too.
    let is_wrong = |finding: &Located| {
        finding.severity == Severity::Error && !finding.is_of_paths(rules, &options.paths)
    };
    if report.findings.iter().any(is_wrong) {
        return Err(Refused::Findings(Box::new(report)));
    }
    let is_whole = matches!(&options.paths[..], [one] if one.is_dir() || is_stdin(one));
    let mut folder = Folder { report, is_whole, ..Folder::empty() };
    folder.objects.reserve(manifests.len());
    for manifest in manifests {
        folder.take(manifest, options.namespace()).map_err(Refused::Wrong)?;
    }
    if let Some(path) = &options.secrets {
        secrets::take_file(&mut folder.lent, path, options.namespace()).map_err(Refused::Wrong)?;
    }
    Ok(folder)
}

impl Folder {
    /// No manifest at all.
    pub fn empty() -> Self {
        Self {
            report: Report::default(),
            objects: Vec::new(),
            spots: BTreeMap::new(),
            secrets: Secrets::new(),
            lent: Secrets::new(),
            labels: BTreeMap::new(),
            is_whole: false,
        }
    }

    /// Has the same of `--secrets` as this folder before: what a pipe held cannot be read again.
    pub fn lend_as(&mut self, before: &Self) {
        self.lent.clone_from(&before.lent);
    }

    /// Where a manifest stands.
    pub fn spot(&self, key: &Key) -> Option<&Spot> {
        self.spots.get(key)
    }

    /// Everything that is declared, accounts included.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.spots.keys()
    }

    fn take(&mut self, manifest: Manifest, namespace: &str) -> Result<(), String> {
        let Manifest { file, position, json } = manifest;
        let spot = Spot { file, position };
        let field = |name: &str| json["metadata"][name].as_str().map(str::to_owned);
        match (json["kind"].as_str(), field("name")) {
            (Some("Secret"), _) => secrets::take(&mut self.secrets, &json, namespace, &spot.to_string()),
            (Some("Namespace"), name) => {
                let labels = texts(&json["metadata"]["labels"]);
                self.labels.entry(name.unwrap_or_default()).or_default().extend(labels);
                Ok(())
            }
            (kind, Some(name)) => {
                let kind =
                    kind.and_then(Kind::from_name).ok_or_else(|| format!("{spot}: an unknown kind"))?;
                let namespace = field("namespace").unwrap_or_else(|| namespace.to_owned());
                self.declare_one(Key::new(kind, namespace, name), &json, spot)
            }
            (_, None) => {
                Err(format!("{spot}: generateName needs a cluster; give the object a metadata.name"))
            }
        }
    }

    fn declare_one(&mut self, key: Key, json: &Json, spot: Spot) -> Result<(), String> {
        if let Some(other) = self.spots.get(&key) {
            return Err(format!("{spot}: {key} is declared at {other} already; delete one of the two"));
        }
        let spec = &json["spec"];
        let wanted = match key.kind {
            Kind::Account => typed(spec).map(Wanted::Account),
            Kind::QrCode => typed(spec).map(Wanted::QrCode),
            Kind::Template => typed(spec).map(Wanted::Template),
        };
        let wanted = wanted.map_err(|error| format!("{spot}: {key} cannot be read: {error}"))?;
        let annotations = texts(&json["metadata"]["annotations"]);
        let annotation = |name: &str| annotations.get(name).cloned();
        let claim = annotation(CLAIM_ANNOTATION).map(|text| Written::annotation(Some(&text)));
        let (asked, take_over) = (annotation(RECONCILE_ANNOTATION), annotation(TAKE_OVER_ANNOTATION));
        let confirm_absence = annotation(CONFIRM_ABSENCE_ANNOTATION);
        self.labels.entry(key.namespace.to_string()).or_default();
        self.spots.insert(key.clone(), spot);
        self.objects.push(Declared { key, wanted, asked, take_over, confirm_absence, claim });
        Ok(())
    }

    /// Makes a store hold what is declared. `environment` looks variables up; see `--secrets`.
    pub fn declare(
        &self,
        store: &Memory,
        prunes: bool,
        environment: &dyn Fn(&str) -> Option<String>,
        now: Timestamp,
    ) -> Result<Outcome, String> {
        if prunes && !self.is_whole {
            return Err("--prune needs one whole folder, or standard input alone: among single files, nobody can tell \
                        what was removed from what was not named"
                .to_owned());
        }
        let mut outcome = self.declare_among_others(store, environment, now);
        self.keep(store, &mut outcome);
        if self.is_whole {
            self.sweep(store, prunes, now, &mut outcome);
        }
        Ok(outcome)
    }

    /// The same in a store that holds more than these manifests, as a cluster does: what none of them declares is nobody's
    /// business, and no API server takes back that something is to go.
    pub fn declare_among_others(
        &self,
        store: &Memory,
        environment: &dyn Fn(&str) -> Option<String>,
        now: Timestamp,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        for (namespace, labels) in &self.labels {
            let mut labels = labels.clone();
            labels.insert("kubernetes.io/metadata.name".to_owned(), namespace.clone());
            store.set_labels(namespace, Some(labels));
        }
        for declared in &self.objects {
            let key = &declared.key;
            // A claim in a manifest is where the object comes from; from then on its own is kept.
            let claim = declared.claim.clone().filter(|_| store.object(key).is_none());
            match store.apply(Declared { claim, ..declared.clone() }, now) {
                Applied::Created => outcome.created.push(key.clone()),
                Applied::Changed => outcome.changed.push(key.clone()),
                Applied::Unchanged => {}
            }
        }
        self.hand_over_secrets(store, environment);
        outcome
    }

    /// Keeps what was going and is declared again.
    fn keep(&self, store: &Memory, outcome: &mut Outcome) {
        for Declared { key, .. } in &self.objects {
            let goes = store.object(key).is_some_and(|object| object.meta.deleting.is_some())
                || store.account(key).is_some_and(|account| account.meta.deleting.is_some());
            if goes && store.keep(key) {
                outcome.kept.push(key.clone());
            }
        }
    }

    /// Looks after what the store holds and nobody declares any more.
    fn sweep(&self, store: &Memory, prunes: bool, now: Timestamp, outcome: &mut Outcome) {
        let (accounts, objects) = store.all();
        let mut referred = BTreeSet::new();
        for object in objects {
            let is_orphan = !self.spots.contains_key(&object.key);
            if is_orphan && owns_nothing(&object) {
                store.delete(&object.key, Cause::Person, now);
                continue;
            }
            referred.extend(object.account());
            if is_orphan && (prunes || object.meta.deleting.is_some()) {
                store.delete(&object.key, Cause::Person, now);
                outcome.pruned.push(object.key.clone());
            } else if is_orphan {
                outcome.orphans.push(object.key.clone());
            }
        }
        for account in accounts.iter().filter(|account| !self.spots.contains_key(&account.key)) {
            let key = &account.key;
            // Its objects cannot be told goodbye without it.
            if referred.contains(&(key.namespace.to_string(), key.name.to_string())) {
                outcome.orphans.push(key.clone());
            } else {
                store.delete(key, Cause::Person, now);
            }
        }
    }

    /// Lends the secrets to a store, which keeps them in memory alone.
    pub fn hand_over_secrets(&self, store: &Memory, environment: &dyn Fn(&str) -> Option<String>) {
        let mut secrets = self.secrets.clone();
        secrets.extend(self.lent.clone());
        for account in store.all().0 {
            secrets::take_environment(&mut secrets, &account.key.namespace, &account.spec, environment);
        }
        for (namespace, name) in store.secrets() {
            if !secrets.contains_key(&(namespace.clone(), name.clone())) {
                store.set_secret(&namespace, &name, None);
            }
        }
        for ((namespace, name), data) in secrets {
            store.set_secret(&namespace, &name, Some(data));
        }
    }
}

fn owns_nothing(object: &Object) -> bool {
    !object.meta.held && object.annotation == Written::Missing && object.status_claim() == Written::Missing
}

fn typed<T: serde::de::DeserializeOwned>(spec: &Json) -> Result<Box<T>, serde_json::Error> {
    T::deserialize(spec).map(Box::new)
}

/// The texts of a mapping.
fn texts(json: &Json) -> BTreeMap<String, String> {
    let entries = json.as_object().into_iter().flatten();
    entries.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.position)
    }
}

impl std::fmt::Debug for Folder {
    /// How much there is. What Secrets hold is never shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Folder").field("objects", &self.objects.len()).finish_non_exhaustive()
    }
}
