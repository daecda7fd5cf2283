//! What would be done, about every object at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::{StreamExt as _, stream};

use super::saved::fingerprint;
use super::workspace::Workspace;
use crate::api::{Adoption, Kind};
use crate::engine::driver::Driver;
use crate::engine::object::{Object, Spec};
use crate::engine::store::Store;
use crate::plan::claim::Written;
use crate::plan::facts::Key;
use crate::plan::reason::Reason;
use crate::plan::step::{Call, Note, Plan, Step};
use crate::render::plan::{Against, Planned, Summary};

/// So many objects are planned at once; they share the lists that they wait for.
const AT_ONCE: usize = 256;

/// What would be done.
#[derive(Clone, Debug, Default)]
pub struct Plans {
    /// Every object.
    pub objects: Vec<Planned>,
    /// What each of them was planned for, by its name: a hash of all that its manifest says. Their accounts, too. Only
    /// where somebody noted it.
    pub wishes: BTreeMap<String, String>,
    /// Whether some account or its provider could not be reached.
    pub unreached: bool,
}

/// What a plan comes to, for `--detailed-exitcode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing changes.
    Same,
    /// Something changes.
    Changes,
    /// Something should change and is not allowed to.
    Stopped,
    /// An account or its provider could not be reached, so that nobody knows.
    Unreached,
}

impl Plans {
    /// Plans these objects. Reads everything there is first; calls nothing that changes anything.
    pub async fn of<S: Store>(workspace: &Workspace<S>, keys: &[Key]) -> Result<Self, String> {
        workspace.driver.load().await.map_err(|error| error.to_string())?;
        let mut plans: Vec<Option<(Planned, bool)>> = Vec::with_capacity(keys.len());
        // Who comes first at an account waits for its lists; all others find them there, and are planned once.
        let (first, others) = first_of_each(workspace, keys);
        for keys in [first, others] {
            let planned = stream::iter(keys).map(|key| one(workspace, key)).buffer_unordered(AT_ONCE);
            plans.extend(planned.collect::<Vec<_>>().await);
        }
        let (objects, reached): (Vec<_>, Vec<bool>) = plans.into_iter().flatten().unzip();
        Ok(Self { objects, wishes: BTreeMap::new(), unreached: reached.contains(&false) })
    }

    /// Notes what everything was planned for, for whoever compares it with another plan.
    pub fn note_wishes<S>(&mut self, workspace: &Workspace<S>) {
        let wish_of = |key: &Key| wish(&*workspace.memory.object(key)?);
        let keys = self.objects.iter().map(|object| &object.key);
        let wishes = keys.filter_map(|key| Some((key.to_string(), wish_of(key)?)));
        self.wishes = wishes.chain(rules(workspace, &self.objects)).collect();
    }

    /// What it comes to.
    pub fn verdict(&self) -> Verdict {
        let summary = Summary::of(&self.objects);
        if self.unreached {
            Verdict::Unreached
        } else if summary.stopped() > 0 {
            Verdict::Stopped
        } else if summary.changes() + summary.unknown > 0 {
            Verdict::Changes
        } else {
            Verdict::Same
        }
    }

    /// Whether there is anything to agree to: what changes, and what nobody knows yet.
    pub fn has_work(&self) -> bool {
        let summary = Summary::of(&self.objects);
        summary.changes() + summary.unknown > 0
    }
}

/// The first of each kind at each account, and all others.
fn first_of_each<'a, S>(workspace: &Workspace<S>, keys: &'a [Key]) -> (Vec<&'a Key>, Vec<&'a Key>) {
    let mut met = BTreeSet::new();
    keys.iter().partition(|key| {
        let account = workspace.memory.object(key).and_then(|object| object.account());
        met.insert((key.kind, account))
    })
}

async fn one<S: Store>(workspace: &Workspace<S>, key: &Key) -> Option<(Planned, bool)> {
    let (mut plan, reached) = match planned(&workspace.driver, key).await {
        Ok(plan) => {
            let plan = plan?;
            let reached = is_reached(plan.reason);
            (plan, reached)
        }
        Err(why) => {
            let step = Step::Wait { until: crate::clock::timestamp() };
            (Plan::new(step, Reason::Observing, why), false)
        }
    };
    let existed = workspace.memory.object(key).is_some_and(|object| has_something(&object));
    // What was remembered was in a list once; what is not there, nobody looked for.
    let verified = reached && (existed || workspace.against == Against::Provider);
    if let Step::Conflict { with: Some(other) } = &plan.step
        && workspace.outcome.orphans.contains(other)
    {
        plan.message = format!(
            "{other} has what it wants, and no manifest declares that one any more: with --prune it goes, and hands it over"
        );
    }
    let adopts = || {
        let policies = workspace.driver.policies(key);
        policies.is_some_and(|it| matches!(it.adoption, Adoption::IfIdentical | Adoption::Always))
    };
    if !verified && matches!(plan.step, Step::Call { call: Call::Create, .. }) && adopts() {
        plan.notes.push(Note::TakenOverIfThere);
    }
    let place = workspace.folder.spot(key).map(ToString::to_string);
    Some((Planned { key: key.clone(), place, existed, verified, plan }, reached))
}

/// On whichever processor is free. What goes wrong in one plan keeps nobody from the others.
async fn planned<S: Store>(driver: &Arc<Driver<S>>, key: &Key) -> Result<Option<Plan>, String> {
    let (driver, key) = (Arc::clone(driver), key.clone());
    let plan = tokio::spawn(async move { driver.plan(&key).await }).await;
    plan.unwrap_or_else(|_| Err("it could not be planned: a defect of waops; please report it".to_owned()))
}

fn wish(object: &Object) -> Option<String> {
    let spec = match &object.spec {
        Spec::QrCode(spec, _) => serde_json::to_vec(spec),
        Spec::Template(spec, _) => serde_json::to_vec(spec),
        Spec::Garbled(_) => return None,
    };
    Some(fingerprint(&spec.ok()?))
}

/// The same of the accounts of these objects: what becomes of an object later goes by their policies, too.
fn rules<S>(workspace: &Workspace<S>, objects: &[Planned]) -> BTreeMap<String, String> {
    let account_of = |object: &Planned| {
        let (namespace, name) = workspace.memory.object(&object.key)?.account()?;
        Some(Key::new(Kind::Account, namespace, name))
    };
    let accounts: BTreeSet<Key> = objects.iter().filter_map(account_of).collect();
    let rule = |key: &Key| {
        let spec = serde_json::to_vec(&workspace.memory.account(key)?.spec).ok()?;
        Some((key.to_string(), fingerprint(&spec)))
    };
    accounts.iter().filter_map(rule).collect()
}

/// Whether a list of the provider could be had.
fn is_reached(reason: Reason) -> bool {
    !matches!(reason, Reason::AccountMissing | Reason::AccountNotReady)
}

fn has_something(object: &Object) -> bool {
    [&object.annotation, &object.status_claim()].into_iter().any(|written| match written {
        Written::Says(claim) => claim.code.is_some() || claim.template_id.is_some(),
        Written::Missing | Written::Garbled => false,
    })
}
