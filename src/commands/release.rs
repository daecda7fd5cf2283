//! `waops release`

use clap::Args;

use super::ask::confirm;
use super::state::Where;
use crate::clock;
use crate::engine::object::Object;
use crate::operator::{Candidate, Leaving, Ours};
use crate::plan::facts::Key;
use crate::render::{out, state};
use crate::store::file::FileStore;
use crate::store::kube::Scope;
use crate::store::release::{forget, release};
use crate::store::selection::Selection;

/// Let objects go: what they own stays at the provider, and waops does not look after it any more.
///
/// No provider is called and nothing is deleted there. A manifest that is still there asks at the next plan whether to take it over
/// again. Use it before an uninstall, or to hand objects to another installation.
///
/// With --cluster it is about custom resources: of the cluster that KUBECONFIG names, or the one around this pod. Finalizers and claims
/// go; run again, it finds nothing to do.
#[derive(Debug, Args)]
#[command(override_usage = "waops release [OPTIONS] <OBJECT>...\n       waops release [OPTIONS] --all")]
#[command(after_help = "Examples:
  waops release waqr/poster watpl/marketing/order-shipped
  waops release --all -f manifests/ --yes
  waops release --all --cluster --lease-namespace waops")]
pub(super) struct Arguments {
    /// KIND/NAME or KIND/NAMESPACE/NAME, such as waqr/poster
    #[arg(value_name = "OBJECT", required_unless_present = "all")]
    objects: Vec<Selection>,
    /// Every object of the state, or of the cluster
    #[arg(long, conflicts_with = "objects")]
    all: bool,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    cluster: Cluster,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

impl Arguments {
    pub(super) fn run(self) -> Result<(), String> {
        let Self { objects, place, cluster, yes, .. } = self;
        if cluster.cluster {
            return cluster.run(&objects, yes);
        }
        let_go(&place, &objects, yes, "waops release", false)
    }
}

/// What is asked for in a cluster.
#[derive(Debug, Args)]
#[allow(clippy::struct_field_names, reason = "the names are those of the flags")]
struct Cluster {
    /// Custom resources of a cluster instead of a state
    #[arg(long, conflicts_with_all = ["paths", "state"])]
    cluster: bool,
    /// In this namespace alone; repeated, in each of them. In all by default
    #[arg(long = "namespace", value_name = "NAME", env = "WAOPS_NAMESPACES", value_delimiter = ',')]
    namespaces: Vec<String>,
    /// The namespace of the operator's Lease: it is taken, so that nobody takes up again what is let go
    #[arg(long, value_name = "NAMESPACE", env = "WAOPS_LEASE_NAMESPACE")]
    lease_namespace: Option<String>,
    /// The name of that Lease
    #[arg(long, value_name = "NAME", env = "WAOPS_LEASE_NAME", default_value = "waops")]
    lease_name: String,
}

impl Cluster {
    fn run(self, selected: &[Selection], yes: bool) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| format!("cannot start: {error}"))?.block_on(self.release(selected, yes))
    }

    async fn release(self, selected: &[Selection], yes: bool) -> Result<(), String> {
        let leaving = Leaving::open(Scope::of(self.namespaces)).await?;
        let ours = chosen(leaving.ours().await?, selected)?;
        // Only who leaves altogether stops the operator; one object that is let go asks again by itself.
        let (namespace, name) = (self.lease_namespace, self.lease_name);
        // In a container every process is the first, so the pod tells two of them apart.
        let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "waops".to_owned());
        let me = format!("release-{host}-{}", std::process::id());
        let lease = namespace.filter(|_| selected.is_empty()).map(|namespace| Candidate {
            namespace,
            name,
            me,
            shards: 1,
        });
        if ours.is_empty() && lease.is_none() {
            return out::write(b"nothing is held: there is nothing to let go\n");
        }
        if lease.is_none() {
            eprintln!(
                "waops: an operator that works meanwhile may take up again what is let go: end it first, or name its \
                 Lease with --lease-namespace"
            );
        }
        confirm(&state::left_behind(&ours.objects), "Let them go?", yes)?;
        let ours = match &lease {
            Some(lease) => {
                leaving.take_over(lease).await?;
                // What was begun in the meantime counts, too.
                leaving.ours().await?
            }
            None => ours,
        };
        let say = |line: &str| drop(out::write(format!("{line}\n").as_bytes()));
        let failed = match &lease {
            Some(lease) => {
                let failed = leaving.release_under(lease, &ours, say).await?;
                leaving.hand_back(lease).await?;
                failed
            }
            None => leaving.release(&ours, say).await,
        };
        let all = ours.objects.len() + ours.accounts.len();
        if failed > 0 {
            return Err(format!("{failed} of {all} were not let go, as said above; run it again"));
        }
        out::write(format!("{all} let go; no provider was called\n").as_bytes())
    }
}

/// What is ours of what somebody named; everything where nothing was named.
fn chosen(mut ours: Ours, selected: &[Selection]) -> Result<Ours, String> {
    if selected.is_empty() {
        return Ok(ours);
    }
    let keys: Vec<Key> = ours.objects.iter().map(|object| object.key.clone()).collect();
    let named: Vec<&Key> = selected.iter().map(|one| one.find(keys.iter())).collect::<Result<_, _>>()?;
    ours.objects.retain(|object| named.contains(&&object.key));
    ours.accounts.clear();
    Ok(ours)
}

/// Lets the selected objects go, or all where none is selected; and forgets them, if that is meant.
pub(super) fn let_go(
    place: &Where,
    selected: &[Selection],
    yes: bool,
    command: &str,
    forgets: bool,
) -> Result<(), String> {
    place.peek()?;
    let store =
        FileStore::open(&place.folder(), command, clock::timestamp()).map_err(|error| error.to_string())?;
    let keys = store.memory().keys();
    let chosen: Vec<Key> = if selected.is_empty() {
        keys
    } else {
        selected.iter().map(|one| one.find(keys.iter()).cloned()).collect::<Result<_, _>>()?
    };
    let objects: Vec<Object> = chosen
        .iter()
        .filter_map(|key| store.memory().object(key))
        .map(|object| Object::clone(&object))
        .collect();
    if objects.is_empty() && !forgets {
        return Err(
            "there is nothing to let go: accounts own nothing, and the state holds no such object".to_owned()
        );
    }
    confirm(&state::left_behind(&objects), "Let them go?", yes)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.map_err(|error| format!("cannot start: {error}"))?.block_on(async {
        for object in &objects {
            release(&store, &object.key).await.map_err(|error| format!("{}: {error}", object.key))?;
        }
        if forgets {
            forget(&store, &chosen, clock::timestamp()).await?;
        }
        Ok(())
    })
}
