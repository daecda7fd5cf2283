//! A plan for whoever reads a change before it is merged: compared with what they can reach, and about what the
//! branch changes alone.
//!
//! | against | objects and claims | the providers' side | credentials |
//! |---|---|---|---|
//! | provider | the state file | its lists, now | those of the accounts |
//! | state | the state file | what the claims and statuses there tell | none |
//! | cluster | the custom resources | the same | a kubeconfig that may list them |

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::git;
use super::plans::Plans;
use super::workspace::{Options, Workspace};
use crate::api::{Kind, WhatsAppAccountSpec};
use crate::engine::object::AccountObject;
use crate::lint::Severity;
use crate::manifest::sources;
use crate::plan::facts::Key;
use crate::plan::reason::Reason;
use crate::plan::step::{Difference, Note, Plan};
use crate::plan::words::edited;
use crate::provider::session::Identity;
use crate::render::plan::{Action, Against, Setting, left_accounts};
use crate::store::Memory;
use crate::store::file::FileStore;
use crate::store::folder::{Changed, Folder, NO_MANIFEST, NO_PATH, Refused, Spot, read_forgiving};
use crate::store::kube::{self, Address, Cluster};

/// So many objects are named that go although they are declared.
const GOING: usize = 5;

/// What is to be found out.
pub struct Question {
    /// The manifests, and how they are worked on.
    pub options: Options,
    /// What they are compared with.
    pub against: Against,
    /// The cluster, where it is compared with one.
    pub cluster: Address,
    /// What the branch is compared with; everything is shown with none.
    pub base: Option<Base>,
}

impl Question {
    /// The rules that paths may break, since a branch may remove the last manifest, and its folder with it: Git knows
    /// whether there was one. Where something is rendered, it is likelier that this failed.
    pub fn forgives(&self) -> &'static [&'static str] {
        let is_piped = self.options.manifests.paths.iter().any(|path| is_pipe(path));
        match &self.base {
            Some(Base::Revision(_)) => NO_PATH,
            Some(Base::Manifests(_)) if !is_piped => NO_MANIFEST,
            Some(Base::Manifests(_)) | None => &[],
        }
    }
}

/// The manifests as they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// Where the branch left this revision.
    Revision(String),
    /// In these files and folders.
    Manifests(Vec<PathBuf>),
}

/// What was found out.
#[derive(Debug)]
pub struct Answer {
    /// What would be done.
    pub plans: Plans,
    /// What `--prune` would do about what no manifest declares.
    pub orphans: Plans,
    /// What it was compared with.
    pub setting: Setting,
    /// Whose claims there are; none where nothing was remembered yet.
    pub installation: Option<String>,
    /// The version of what was remembered.
    pub revision: u64,
}

/// Plans, and writes nothing anywhere.
pub async fn answer(question: &Question) -> Result<Answer, Refused> {
    let Question { against, base, .. } = question;
    if *against == Against::Cluster && question.options.prunes {
        return Err(Refused::Wrong(
            "--prune has no meaning against a cluster, which holds what others declare, too; --base shows what this \
             branch removes"
                .to_owned(),
        ));
    }
    let (options, cluster) = &find(question).await?;
    // Git first: what it cannot compare is not worth reading.
    let before = base.as_ref().map(|base| before(base, options)).transpose().map_err(Refused::Wrong)?;
    let folder = read_forgiving(&options.manifests, question.forgives())?;
    let changed = before.as_ref().map(|before| compare(before, &folder, options));
    let removed = changed.as_ref().map(|changed| changed.removed.clone()).unwrap_or_default();
    // Where nothing was either, somebody named the wrong folder.
    if removed.is_empty() && folder.report.count(Severity::Error) > 0 {
        return Err(Refused::Findings(Box::new(folder.report)));
    }
    let opened = open(options, *against, cluster.as_ref(), folder, &removed).await?;
    let Opened { workspace, installation, revision, warnings: seen } = opened;
    let mut warnings = before.map(Before::warnings).unwrap_or_default();
    warnings.extend(changed.iter().flat_map(|changed| of_accounts(changed, &workspace)));
    warnings.extend(seen);
    if changed.is_none() {
        warnings.extend(left_accounts(&workspace.outcome.orphans));
    }
    let keys = shown(&workspace, changed.as_ref());
    warnings.extend(going(&workspace, &keys));
    let mut plans = Plans::of(&workspace, &keys).await.map_err(Refused::Wrong)?;
    plans.note_wishes(&workspace);
    if let Some(changed) = &changed {
        // Under another account most things stay as they are.
        plans
            .objects
            .retain(|object| object.action() != Action::Unchanged || !changed.affected.contains(&object.key));
        for object in &mut plans.objects {
            let edits = changed.edited.get(&object.key);
            let note = edits.and_then(|edits| untold(&object.plan, edits));
            object.plan.notes.extend(note);
        }
    }
    let rendered = rendered(&plans, &workspace.folder);
    let setting = Setting { against: *against, base: base.as_ref().map(Base::name), warnings, rendered };
    let orphans = match (&changed, against) {
        (Some(_), _) | (_, Against::Cluster) => Plans::default(),
        // Who prunes has the answer already.
        _ if question.options.prunes || workspace.outcome.orphans.is_empty() => Plans::default(),
        _ => pruned(question, workspace.folder).await?,
    };
    Ok(Answer { plans, orphans, setting, installation, revision })
}

/// Whether what is read here is gone then: standard input, or another pipe, as of `<(kustomize build ...)`.
pub fn is_pipe(path: &Path) -> bool {
    path.as_os_str() == "-" || path.metadata().is_ok_and(|it| !it.is_file() && !it.is_dir())
}

/// Finds the cluster, where one is meant: manifests without a namespace are in that of its context, as `kubectl apply`
/// has it.
async fn find(question: &Question) -> Result<(Options, Option<Cluster>), Refused> {
    let mut options = question.options.clone();
    // Of a branch only what it removes is shown, so nothing else may be thought gone.
    options.prunes &= question.base.is_none();
    if question.against != Against::Cluster {
        return Ok((options, None));
    }
    let cluster = question.cluster.cluster().await.map_err(Refused::Wrong)?;
    options.manifests.namespace.get_or_insert_with(|| cluster.namespace.clone());
    Ok((options, Some(cluster)))
}

/// What the manifests are compared with, opened.
struct Opened {
    workspace: Workspace<Memory>,
    installation: Option<String>,
    revision: u64,
    warnings: Vec<String>,
}

async fn open(
    options: &Options,
    against: Against,
    cluster: Option<&Cluster>,
    folder: Folder,
    removed: &BTreeSet<Key>,
) -> Result<Opened, Refused> {
    if let Some(cluster) = cluster {
        let (workspace, warnings) = in_cluster(options, folder, cluster, removed).await?;
        return Ok(Opened { workspace, installation: None, revision: 0, warnings });
    }
    let known = FileStore::peek(&options.state).map_err(|error| Refused::Wrong(error.to_string()))?;
    let (installation, revision) = remembered(known.as_ref());
    let workspace = if against == Against::State {
        let memory = known.ok_or_else(|| no_state(options))?;
        Workspace::remembered(options, folder, memory, against, removed)?
    } else {
        let workspace = Workspace::look(options, folder)?;
        workspace.forget(removed);
        workspace
    };
    Ok(Opened { workspace, installation, revision, warnings: Vec::new() })
}

impl Base {
    fn name(&self) -> String {
        match self {
            Self::Revision(revision) => revision.clone(),
            Self::Manifests(paths) => {
                let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                paths.join(", ")
            }
        }
    }
}

fn remembered(memory: Option<&Memory>) -> (Option<String>, u64) {
    use crate::engine::store::Store as _;
    memory.map_or((None, 0), |memory| (Some(memory.installation().to_owned()), memory.version()))
}

fn no_state(options: &Options) -> Refused {
    Refused::Wrong(format!(
        "there is no state in {}, so there is nothing to compare with; name its folder with --state, or compare with the \
         providers or with a cluster (--against)",
        options.state.display()
    ))
}

/// The objects that are planned: all that somebody declares, or what the branch changes.
fn shown(workspace: &Workspace<Memory>, changed: Option<&Changed>) -> Vec<Key> {
    let is_there = |key: &&Key| workspace.memory.object(key).is_some();
    match changed {
        Some(changed) => changed
            .declared
            .iter()
            .chain(&changed.affected)
            .chain(&changed.removed)
            .filter(is_there)
            .cloned()
            .collect(),
        None if workspace.against == Against::Cluster => {
            workspace.folder.keys().filter(is_there).cloned().collect()
        }
        None => workspace.declared(),
    }
}

/// What a cluster is about to lose although it is declared: nobody can take that back.
fn going(workspace: &Workspace<Memory>, keys: &[Key]) -> Option<String> {
    if workspace.against != Against::Cluster {
        return None;
    }
    let goes = |key: &Key| workspace.memory.object(key).is_some_and(|it| it.meta.deleting.is_some());
    let going = keys.iter().filter(|key| workspace.folder.spot(key).is_some() && goes(key));
    let mut names: Vec<String> = going.map(ToString::to_string).collect();
    let more = names.len().saturating_sub(GOING);
    names.truncate(GOING);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    (!names.is_empty()).then(|| {
        format!(
            "declared, and being deleted in the cluster, which cannot be taken back; whoever applies the manifest once it is \
             gone makes it anew, with a new code or another review: {}",
            names.join(", ")
        )
    })
}

/// What a branch does to accounts, of which no plan tells.
fn of_accounts(changed: &Changed, workspace: &Workspace<Memory>) -> Vec<String> {
    let is_account = |key: &&Key| key.kind == Kind::Account;
    let removed = changed.removed.iter().filter(is_account).map(|key| account_goes(key, workspace));
    let edits = changed.edited.iter().filter(|(key, _)| is_account(key));
    let edits = edits
        .map(|(key, edits)| format!("the branch changes the account {}: {}", key.object(), edited(edits)));
    removed.chain(edits).collect()
}

fn account_goes(key: &Key, workspace: &Workspace<Memory>) -> String {
    let is_its = |name: Option<(&str, &str)>| name == Some((&*key.namespace, &*key.name));
    let objects = workspace.memory.all().1;
    let stay = objects.iter().filter(|it| it.meta.deleting.is_none() && is_its(it.account_name())).count();
    let stay = match stay {
        0 => "none stays".to_owned(),
        1 => "1 stays".to_owned(),
        _ => format!("{stay} stay"),
    };
    let finally = match workspace.against {
        // The API server does not take back that something is to go.
        Against::Cluster => "; a deletion that has begun cannot be taken back",
        Against::Provider | Against::State => "",
    };
    format!(
        "the branch removes the account {}: once it is gone nothing can be called for its objects, of which \
         {stay}{finally}",
        key.object()
    )
}

/// What a branch changes of an object and its plan does not tell.
fn untold(plan: &Plan, edits: &[Difference]) -> Option<Note> {
    let is_within = |field: &str, edit: &str| {
        field.strip_prefix(edit).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let is_told =
        |edit: &&Difference| plan.differences.iter().any(|told| is_within(&told.field, &edit.field));
    let untold: Vec<Difference> = edits.iter().filter(|edit| !is_told(edit)).cloned().collect();
    (!untold.is_empty()).then_some(Note::BranchChanges(untold))
}

/// The objects that wait for a decision and whose file no line stays in: what Git ignores, somebody renders.
fn rendered(plans: &Plans, folder: &Folder) -> BTreeSet<Key> {
    let waiting = plans.objects.iter().filter(|object| !object.decisions().is_empty());
    let waiting: Vec<(&Key, &str)> =
        waiting.filter_map(|object| Some((&object.key, folder.spot(&object.key)?.file.as_str()))).collect();
    let ignored = git::ignored(waiting.iter().map(|(_, file)| *file));
    waiting.into_iter().filter(|(_, file)| ignored.contains(*file)).map(|(key, _)| key.clone()).collect()
}

/// What `--prune` would do about what no manifest declares any more. Standard input cannot be read twice.
async fn pruned(question: &Question, folder: Folder) -> Result<Plans, Refused> {
    let options = Options { prunes: true, ..question.options.clone() };
    let workspace = match question.against {
        Against::State => {
            let memory =
                FileStore::peek(&options.state).map_err(|error| Refused::Wrong(error.to_string()))?;
            let memory = memory.ok_or_else(|| no_state(&options))?;
            Workspace::remembered(&options, folder, memory, question.against, &BTreeSet::new())?
        }
        _ => Workspace::look(&options, folder)?,
    };
    Plans::of(&workspace, &workspace.outcome.pruned).await.map_err(Refused::Wrong)
}

/// The manifests as they were: what differs of a revision, or all of the files that were named.
enum Before {
    Git(git::Changes),
    Files(Vec<(String, String)>),
}

impl Before {
    fn warnings(self) -> Vec<String> {
        match self {
            Self::Git(changes) => changes.warnings,
            Self::Files(_) => Vec::new(),
        }
    }
}

fn before(base: &Base, options: &Options) -> Result<Before, String> {
    let paths = match base {
        Base::Revision(revision) => {
            return git::changes(&options.manifests.paths, revision).map(Before::Git);
        }
        Base::Manifests(paths) => paths,
    };
    let mut files = Vec::new();
    for source in sources(paths) {
        let source = source.map_err(|refusal| {
            format!("{}: {}; {}", refusal.path.display(), refusal.fault.message, refusal.fault.help)
        })?;
        let name = source.origin.to_string();
        let text = source.read().map_err(|fault| format!("{name}: {}; {}", fault.message, fault.help))?;
        files.push((name, text));
    }
    Ok(Before::Files(files))
}

/// What the branch changes.
fn compare(before: &Before, folder: &Folder, options: &Options) -> Changed {
    let (paths, namespace) = (&options.manifests.paths, options.manifests.namespace());
    let changes = match before {
        Before::Git(changes) => changes,
        Before::Files(files) => return folder.changes(&Folder::older(files, namespace), |_| true),
    };
    if changes.is_whole {
        return folder.changes(&Folder::older(&changes.before, namespace), |_| true);
    }
    // The name of a file begins as its user named its folder.
    let roots: Vec<(&PathBuf, PathBuf)> =
        paths.iter().filter_map(|path| Some((path, path.canonicalize().ok()?))).collect();
    let real = |file: &str| {
        let file = PathBuf::from(file);
        let beneath = roots.iter().find_map(|(path, real)| {
            let rest = file.strip_prefix(path).ok()?;
            Some(if rest.as_os_str().is_empty() { real.clone() } else { real.join(rest) })
        });
        beneath.unwrap_or(file)
    };
    let may_differ = |spot: &Spot| {
        let file = real(&spot.file);
        changes.files.contains(&file) || changes.folders.iter().any(|folder| file.starts_with(folder))
    };
    folder.changes(&Folder::older(&changes.before, namespace), may_differ)
}

/// Opens what a cluster holds, with what should be known of it.
async fn in_cluster(
    options: &Options,
    folder: Folder,
    cluster: &Cluster,
    removed: &BTreeSet<Key>,
) -> Result<(Workspace<Memory>, Vec<String>), Refused> {
    let namespaces: BTreeSet<String> =
        folder.keys().chain(removed).map(|key| key.namespace.to_string()).collect();
    let mut snapshot = kube::snapshot(cluster.client.clone(), &namespaces).await.map_err(Refused::Wrong)?;
    let mut warnings = std::mem::take(&mut snapshot.warnings);
    let there = snapshot.memory.all().0;
    let workspace =
        Workspace::remembered(options, folder, snapshot.memory.clone(), Against::Cluster, removed)?;
    warnings.extend(snapshot.learn_labels(&namespaces).await);
    for key in workspace.folder.keys().filter(|key| key.kind == Kind::Account) {
        let theirs = there.iter().find(|account| account.key == *key);
        let Some(ours) = workspace.memory.account(key) else { continue };
        warnings.extend(account_differs(theirs.map(|account| &**account), &ours));
    }
    Ok((workspace, warnings))
}

/// Where the account of a manifest is another than the cluster's, so that the operator may decide otherwise.
fn account_differs(theirs: Option<&AccountObject>, ours: &AccountObject) -> Vec<String> {
    let name = ours.key.object();
    let Some(theirs) = theirs else {
        return vec![format!(
            "the account {name} is not in the cluster yet, so nothing is known of what it holds"
        )];
    };
    let mut warnings = Vec::new();
    if theirs.meta.deleting.is_some() {
        warnings.push(format!(
            "the account {name} is being deleted in the cluster, which cannot be taken back: it goes once no object of its \
             namespace needs it"
        ));
    }
    let identity = |spec: &WhatsAppAccountSpec| {
        Identity::of(spec, &name).map_or_else(|| "no provider".to_owned(), |identity| identity.to_string())
    };
    let (there, here) = (identity(&theirs.spec), identity(&ours.spec));
    if there != here {
        warnings.push(format!(
            "the account {name} is {here} here and {there} in the cluster; it cannot be moved, so the API server will \
             refuse it"
        ));
    }
    if theirs.spec.policies != ours.spec.policies {
        warnings.push(format!(
            "the policies of the account {name} differ from the cluster's: {} here, {} there; this plan goes by the \
             manifests",
            written(ours.spec.policies.as_ref()),
            written(theirs.spec.policies.as_ref())
        ));
    }
    if theirs.spec.suspend != ours.spec.suspend
        || theirs.spec.allowed_namespaces != ours.spec.allowed_namespaces
    {
        warnings.push(format!(
            "suspend or allowedNamespaces of the account {name} differ from the cluster's; this plan goes by the manifests"
        ));
    }
    let ready = theirs.status.conditions.iter().find(|condition| condition.type_ == "Ready");
    if let Some(ready) =
        ready.filter(|ready| ready.status != "True" || ready.reason == Reason::Suspended.name())
    {
        warnings.push(format!(
            "the operator cannot use the account {name} ({}): {}; what it holds may be older than this plan thinks",
            ready.reason, ready.message
        ));
    }
    warnings
}

fn written<T: serde::Serialize>(policies: Option<&T>) -> String {
    policies.and_then(|it| serde_json::to_string(it).ok()).unwrap_or_else(|| "the defaults".to_owned())
}
