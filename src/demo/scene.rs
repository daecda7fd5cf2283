//! Where the story takes place: a folder with manifests, a simulator, and the commands over them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use super::screen::Screen;
use crate::clock;
use crate::engine::object::{Object, Spec};
use crate::local::drive::{Patience, drive, standings};
use crate::local::interrupt::Interrupts;
use crate::local::plans::Plans;
use crate::local::rest::Until;
use crate::local::workspace::{Options, Workspace};
use crate::plan::facts::Key;
use crate::provider::alibaba::credentials::Environment;
use crate::render::findings;
use crate::render::outcome::Outcome;
use crate::simulator::http::{Running, ServeOptions, serve};
use crate::simulator::{Fault, FaultRule, Scenario, Simulator, sandbox};
use crate::store::file::FileStore;
use crate::store::folder::{self, Refused};

/// The manifests of the story.
pub(super) const MANIFESTS: [(&str, &str); 4] = [
    ("accounts.yaml", include_str!("../../examples/demo/accounts.yaml")),
    ("menu.yaml", include_str!("../../examples/demo/menu.yaml")),
    ("parcel.yaml", include_str!("../../examples/demo/parcel.yaml")),
    ("poster.yaml", include_str!("../../examples/demo/poster.yaml")),
];
/// A review takes as long as it takes; the story lets the time pass.
const REVIEW: Duration = Duration::from_secs(6 * 3600);
/// How long a write takes.
const LATENCY: Fault = Fault::Latency { ms: 300 };
/// Nothing here takes longer, or it is broken.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Where the story takes place.
pub(super) struct Scene {
    running: Running,
    folder: Folder,
    options: Options,
}

/// A folder that is gone when it is dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // A temporary folder that stays is no reason to fail.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Scene {
    pub(super) async fn build() -> io::Result<Self> {
        let mut scenario = Scenario::default();
        scenario.settings.review_ms = i64::try_from(REVIEW.as_millis()).unwrap_or(i64::MAX);
        // As long as a call takes out there, so that there is something to be seen.
        scenario.faults =
            ["POST *", "Create*", "Update*"].map(|writes| FaultRule::every(writes, LATENCY)).into();
        let simulator = Simulator::new(scenario);
        let running = serve(ServeOptions { simulator, ..ServeOptions::default() }).await?;
        // Who was killed left a folder behind, and the number of its process comes again.
        let (process, now) = (std::process::id(), clock::timestamp().as_nanosecond());
        let place = std::env::temp_dir().join(format!("waops-demo-{process}-{now}"));
        fs::create_dir(&place)?;
        let folder = Folder(place);
        for (name, text) in MANIFESTS {
            fs::write(folder.0.join(name), text)?;
        }
        let state = folder.0.join(crate::store::file::FOLDER);
        let options = Options::of(vec![folder.0.clone()], state, environment(running.url.clone()));
        Ok(Self { running, folder, options })
    }

    /// Where the providers are.
    pub(super) fn url(&self) -> &str {
        &self.running.url
    }

    /// The providers, for whoever interferes.
    pub(super) fn simulator(&self) -> MutexGuard<'_, Simulator> {
        self.running.simulator()
    }

    /// Changes a manifest.
    pub(super) fn edit(&self, name: &str, edit: impl FnOnce(String) -> String) -> Result<(), String> {
        let path = self.folder.0.join(name);
        let wrong = |error: io::Error| format!("{}: {error}", path.display());
        let text = fs::read_to_string(&path).map_err(wrong)?;
        fs::write(&path, edit(text)).map_err(wrong)
    }

    /// `waops plan`
    pub(super) async fn plan(&self) -> Result<Plans, String> {
        let workspace = Workspace::look(&self.options, self.read()?).map_err(said)?;
        let mut plans = Plans::of(&workspace, &workspace.objects()).await?;
        for planned in &mut plans.objects {
            let name =
                |place: &str| Path::new(place).file_name().map(|name| name.to_string_lossy().into_owned());
            planned.place = planned.place.as_deref().and_then(name);
        }
        Ok(plans)
    }

    /// `waops apply`, with everything that happens on the screen.
    pub(super) async fn apply(&self, until: Until, screen: &Screen) -> Result<Outcome, String> {
        let (table, witness) = screen.table();
        let workspace = Workspace::open(&self.options, self.read()?, "waops demo", witness).map_err(said)?;
        workspace.store.settled().await.map_err(|error| error.to_string())?;
        let keys: BTreeSet<Key> = workspace.objects().into_iter().collect();
        let patience =
            Patience { until, timeout: Some(TIMEOUT), call: TIMEOUT, interrupts: Interrupts::never() };
        let end = drive(&workspace, &keys, &patience, |_| table.draw(&workspace.memory)).await?;
        table.end(&workspace.memory);
        Ok(Outcome::of(&end, &standings(&workspace, &keys, until)))
    }

    /// A QR code as it stands in the state: its code, its link, and the codes before it.
    pub(super) fn code(&self, name: &str) -> Result<(String, String, Vec<String>), String> {
        let memory = FileStore::peek(&self.options.state).map_err(|error| error.to_string())?;
        let objects = memory.map(|memory| memory.all().1).unwrap_or_default();
        let of = |object: &Arc<Object>| match &object.spec {
            Spec::QrCode(_, status) if *object.key.name == *name => {
                let before = status.previous_codes.iter().map(|before| before.code.clone()).collect();
                Some((status.code.clone()?, status.deep_link_url.clone()?, before))
            }
            _ => None,
        };
        objects.iter().find_map(of).ok_or_else(|| format!("{name} has no code"))
    }

    /// How many calls the providers were asked.
    pub(super) fn calls(&self) -> usize {
        self.simulator().journal(0).len()
    }

    fn read(&self) -> Result<folder::Folder, String> {
        folder::read(&self.options.manifests).map_err(said)
    }
}

fn said(refused: Refused) -> String {
    match refused {
        Refused::Findings(report) => findings::text(&report, false),
        Refused::Wrong(why) => why,
    }
}

/// Nothing of the real environment reaches the story, so that it calls nobody but the simulator.
fn environment(url: String) -> Environment {
    Arc::new(move |name| match name {
        "WAOPS_ALIBABA_ENDPOINT" | "WAOPS_META_ENDPOINT" => Some(url.clone()),
        "WHATSAPP_ACCESS_TOKEN" => Some(sandbox::ACCESS_TOKEN.to_owned()),
        "ALIBABA_CLOUD_ACCESS_KEY_ID" => Some(sandbox::ACCESS_KEY_ID.to_owned()),
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET" => Some(sandbox::ACCESS_KEY_SECRET.to_owned()),
        _ => None,
    })
}

impl Scene {
    /// Lets time pass at the providers.
    pub(super) fn pass(&self, time: Duration) {
        self.simulator().advance(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
    }

    /// Lets a colleague change something in a provider's console.
    pub(super) fn meddle(&self, change: &crate::simulator::Change) -> usize {
        self.simulator().change(change, clock::timestamp())
    }

    /// How long a review takes here.
    pub(super) const REVIEW: Duration = REVIEW;
}
