//! Keeping providers as a folder says, for ever.

use std::path::Path;
use std::time::Duration;

use futures::StreamExt as _;
use tokio::time::{MissedTickBehavior, interval};

use super::interrupt::Interrupts;
use super::watch::{Fingerprint, fingerprint};
use super::workspace::{Options, Workspace};
use crate::engine::runner::{Runner, Word};
use crate::render::findings;
use crate::render::plan::left;
use crate::render::progress::Progress;
use crate::store::file::FileStore;
use crate::store::folder::{self, Outcome, Refused};

/// How often the folder is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// What a call in flight may take beyond its own deadline until it is written down.
const MARGIN: Duration = Duration::from_secs(5);

/// Reconciles until somebody asks to end; whether every call in flight came to its end. `seen` is how the files looked
/// before the folder was read: a change meanwhile is taken in, too.
pub async fn keep(
    mut workspace: Workspace<FileStore>,
    mut seen: Fingerprint,
    options: &Options,
    interrupts: &Interrupts,
    progress: Progress,
) -> Result<bool, String> {
    let (mut runner, voice) = Runner::new(workspace.driver.clone());
    let mut events = workspace.memory.subscribe();
    workspace.confine();
    runner.enqueue(workspace.driver.load().await.map_err(|error| error.to_string())?);
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    progress.say(&format!("following {} objects; Ctrl-C ends it", workspace.declared().len()));
    if let Some(left) = left(&workspace.outcome.orphans) {
        progress.say(&left);
    }
    loop {
        tokio::select! {
            biased;
            () = interrupts.times(1) => break,
            _ = looks.tick() => {
                progress.drain();
                let now = look(options).await;
                if now != seen {
                    seen = now;
                    progress.say(&take_in(&mut workspace, options).await);
                    runner.enqueue(workspace.confine());
                }
            }
            Some(event) = events.next() => voice.say(Word::Event(event)),
            _ = runner.turn() => {}
        }
    }
    let call = Duration::try_from(options.call).unwrap_or_default();
    progress.say(&format!("stopping; {} calls in flight", workspace.driver.calls()));
    let clean = tokio::select! {
        () = interrupts.times(2) => false,
        ended = runner.end(call + MARGIN) => ended,
    };
    progress.drain();
    // Who ends it must not think that all of it is on disk.
    workspace.store.settled().await.map_err(|error| error.to_string())?;
    Ok(clean)
}

/// How the files look, the file of secrets among them.
pub async fn look(options: &Options) -> Fingerprint {
    let mut paths = options.manifests.paths.clone();
    // A pipe is written while it is read, and nothing of it can be taken in again.
    paths.extend(options.manifests.secrets.clone().filter(|path| !is_read_once(path)));
    tokio::task::spawn_blocking(move || fingerprint(&paths)).await.unwrap_or_default()
}

/// Declares the folder as it is now, or keeps what was declared before; what to say about it.
async fn take_in(workspace: &mut Workspace<FileStore>, options: &Options) -> String {
    let mut manifests = options.manifests.clone();
    let once = manifests.secrets.take_if(|path| is_read_once(path)).is_some();
    let read = tokio::task::spawn_blocking(move || folder::read(&manifests)).await;
    let why = match read {
        Ok(Ok(mut folder)) => {
            if once {
                folder.lend_as(&workspace.folder);
            }
            match workspace.declare_again(options, folder) {
                Ok(()) => return changes(&workspace.outcome),
                Err(why) => why,
            }
        }
        Ok(Err(Refused::Findings(report))) => findings::text(&report, false),
        Ok(Err(Refused::Wrong(why))) => why,
        Err(error) => error.to_string(),
    };
    format!("{why}\nthe manifests that were good before stay in force until this is mended")
}

/// Whether the secrets come from standard input or another pipe, which is empty once it was read.
fn is_read_once(path: &Path) -> bool {
    path.as_os_str() == "-" || path.metadata().is_ok_and(|file| !file.is_file())
}

fn changes(outcome: &Outcome) -> String {
    let changes = format!(
        "the folder changed: {} new, {} changed, {} to go",
        outcome.created.len(),
        outcome.changed.len(),
        outcome.pruned.len()
    );
    left(&outcome.orphans).map_or(changes.clone(), |left| format!("{changes}; {left}"))
}
