//! A folder of manifests, its state, and the loop over both.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;

use super::record::record;

use crate::api::Kind;
use crate::clock;
use crate::engine::driver::{Driver, Settings};
use crate::engine::happening::Witness;
use crate::engine::store::Store;
use crate::plan::facts::{Cause, Key};
use crate::provider::alibaba::credentials::Environment;
use crate::provider::session::Ways;
use crate::render::plan::Against;
use crate::store::Memory;
use crate::store::file::FileStore;
use crate::store::folder::{self, Folder, Outcome, Refused};
use crate::store::selection::Selection;

/// What to work on, and how.
#[derive(Clone)]
pub struct Options {
    /// The manifests.
    pub manifests: folder::Options,
    /// The folder of the state.
    pub state: PathBuf,
    /// Whether what is in the state and not among the manifests goes.
    pub prunes: bool,
    /// Whether what exists and is as written is taken over.
    pub adopts: bool,
    /// Which great losses are confirmed, as messages name them.
    pub confirmed: Vec<String>,
    /// How long a provider may take to show what it was told.
    pub settle: SignedDuration,
    /// How long one call may take.
    pub call: SignedDuration,
    /// Where secrets, credentials and endpoints are looked up.
    pub environment: Environment,
}

impl Options {
    /// These manifests and this state, with everything else as it usually is.
    pub fn of(paths: Vec<PathBuf>, state: PathBuf, environment: Environment) -> Self {
        let Settings { settle, call, .. } = Settings::default();
        Self {
            manifests: folder::Options { paths, namespace: None, secrets: None, provider: None },
            state,
            prunes: false,
            adopts: false,
            confirmed: Vec::new(),
            settle,
            call,
            environment,
        }
    }
}

/// Everything opened.
pub struct Workspace<S> {
    /// Where claims live.
    pub store: Arc<S>,
    /// What the store holds, for those who look.
    pub memory: Memory,
    /// The loop.
    pub driver: Arc<Driver<S>>,
    /// What was declared.
    pub folder: Folder,
    /// What declaring it came to.
    pub outcome: Outcome,
    /// What it is compared with.
    pub against: Against,
}

impl Workspace<Memory> {
    /// Opens everything to look: the state is read, if there is one, and nothing is written anywhere.
    pub fn look(options: &Options, folder: Folder) -> Result<Self, Refused> {
        let known = FileStore::peek(&options.state).map_err(|error| Refused::Wrong(error.to_string()))?;
        let memory = known.unwrap_or_else(|| Memory::new("none yet"));
        let store = Arc::new(memory.clone());
        Self::declare(options, folder, store, memory, true, Witness::default())
    }

    /// Opens what was remembered to look: no provider is called, and none needs to be known. `removed` are objects
    /// whose manifests are gone.
    pub fn remembered(
        options: &Options,
        folder: Folder,
        memory: Memory,
        against: Against,
        removed: &BTreeSet<Key>,
    ) -> Result<Self, Refused> {
        let (lookup, now) = (|name: &str| (options.environment)(name), clock::timestamp());
        let before = memory.all().1;
        let outcome = match against {
            // A cluster holds what other folders declare, too.
            Against::Cluster => folder.declare_among_others(&memory, &lookup, now),
            _ => folder.declare(&memory, options.prunes, &lookup, now).map_err(Refused::Wrong)?,
        };
        for key in removed {
            memory.delete(key, Cause::Person, now);
        }
        let (accounts, after) = memory.all();
        let [before, after] = [&before, &after].map(|all| all.iter().map(|it| &**it).collect::<Vec<_>>());
        let record = record(&accounts, &before, &after);
        let store = Arc::new(memory.clone());
        let driver = Arc::new(Driver::new(store.clone(), Ways::recorded(record), settings(options, true)));
        Ok(Self { store, memory, driver, folder, outcome, against })
    }
}

impl Workspace<FileStore> {
    /// Opens everything to work: the state is locked. What the manifests declare is written with the first claim, or
    /// when somebody asks for it ([`FileStore::settled`]).
    pub fn open(options: &Options, folder: Folder, command: &str, witness: Witness) -> Result<Self, Refused> {
        let store = FileStore::open(&options.state, command, clock::timestamp());
        let store = Arc::new(store.map_err(|error| Refused::Wrong(error.to_string()))?);
        let memory = store.memory().clone();
        Self::declare(options, folder, store, memory, false, witness)
    }

    /// Opens everything to work on what was applied before: nothing is declared, and the manifests lend their secrets.
    pub fn reopen(
        options: &Options,
        folder: Folder,
        command: &str,
        witness: Witness,
    ) -> Result<Self, Refused> {
        let store = FileStore::open(&options.state, command, clock::timestamp());
        let store = Arc::new(store.map_err(|error| Refused::Wrong(error.to_string()))?);
        let memory = store.memory().clone();
        folder.hand_over_secrets(&memory, &|name: &str| (options.environment)(name));
        let driver = driver(options, store.clone(), false)?.heard_by(witness);
        let (driver, outcome) = (Arc::new(driver), Outcome::default());
        Ok(Self { store, memory, driver, folder, outcome, against: Against::Provider })
    }

    /// Deletes objects, as a person does; their keys.
    pub fn remove(&self, selected: &[Selection]) -> Result<Vec<Key>, String> {
        if selected.iter().any(|one| one.kind() == Kind::Account) {
            let why = "an account is nothing that is deleted at a provider: take its manifest away, and an apply of the \
                       whole folder forgets it once no object refers to it";
            return Err(why.to_owned());
        }
        let known = self.objects();
        let keys: Vec<Key> =
            selected.iter().map(|one| one.find(known.iter()).cloned()).collect::<Result<_, _>>()?;
        for key in &keys {
            self.memory.delete(key, Cause::Person, clock::timestamp());
        }
        Ok(keys)
    }

    /// The same folder as it is now.
    pub fn declare_again(&mut self, options: &Options, folder: Folder) -> Result<(), String> {
        let lookup = |name: &str| (options.environment)(name);
        self.outcome = folder.declare(&self.memory, options.prunes, &lookup, clock::timestamp())?;
        self.folder = folder;
        Ok(())
    }
}

impl<S: Store> Workspace<S> {
    /// Deletes what no manifest declares any more, in memory.
    pub fn forget(&self, removed: &BTreeSet<Key>) {
        for key in removed {
            self.memory.delete(key, Cause::Person, clock::timestamp());
        }
    }

    fn declare(
        options: &Options,
        folder: Folder,
        store: Arc<S>,
        memory: Memory,
        read_only: bool,
        witness: Witness,
    ) -> Result<Self, Refused> {
        let lookup = |name: &str| (options.environment)(name);
        let outcome =
            folder.declare(&memory, options.prunes, &lookup, clock::timestamp()).map_err(Refused::Wrong)?;
        let driver = driver(options, store.clone(), read_only)?.heard_by(witness);
        let driver = Arc::new(driver);
        Ok(Self { store, memory, driver, folder, outcome, against: Against::Provider })
    }

    /// The objects among these that are no accounts.
    pub fn objects(&self) -> Vec<Key> {
        self.memory.all().1.iter().map(|object| object.key.clone()).collect()
    }

    /// The same without those that no manifest declares any more: they stay as they are until somebody prunes.
    pub fn declared(&self) -> Vec<Key> {
        let orphans: BTreeSet<&Key> = self.outcome.orphans.iter().collect();
        let mut keys = self.objects();
        keys.retain(|key| !orphans.contains(key));
        keys
    }

    /// Works on those alone from now on; which of them were left as they were before.
    pub fn confine(&self) -> Vec<Key> {
        self.driver.confine(self.declared().into_iter().collect())
    }
}

/// A loop over a store.
pub fn driver<S: Store>(options: &Options, store: Arc<S>, read_only: bool) -> Result<Driver<S>, Refused> {
    let ways = Ways::open(options.environment.clone(), None).map_err(|error| {
        Refused::Wrong(format!(
            "cannot call providers: {error}; check WAOPS_ALIBABA_ENDPOINT and WAOPS_META_ENDPOINT"
        ))
    })?;
    let driver = Driver::new(store, ways, settings(options, read_only));
    Ok(driver.believing(options.confirmed.clone()))
}

fn settings(options: &Options, read_only: bool) -> Settings {
    Settings { settle: options.settle, call: options.call, read_only, adopts: options.adopts }
}
