//! Who is ready, as anybody can see it: by a watch that is the same for all contestants.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::http::Request;
use futures::AsyncBufReadExt as _;
use futures::StreamExt as _;
use kube::Client;
use serde::Deserialize;
use tokio::time::timeout;

/// So long a watch may say nothing.
const SILENCE: Duration = Duration::from_secs(10);

/// Watches one kind in one namespace, until it is dropped.
pub(crate) struct Watcher {
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    ready: HashSet<String>,
    there: HashSet<String>,
    /// When the last of them became ready or went.
    changed: Option<Instant>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    object: Object<'a>,
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow, default)]
    metadata: Metadata<'a>,
    #[serde(borrow, default)]
    status: Status<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    resource_version: Cow<'a, str>,
    generation: i64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status<'a> {
    #[serde(borrow)]
    conditions: Vec<Condition<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(default)]
    observed_generation: i64,
}

impl Watcher {
    pub(crate) fn start(client: &Client, namespace: &str, plural: &str) -> Self {
        let state = Arc::<Mutex<State>>::default();
        let (client, seen) = (client.clone(), state.clone());
        let address = format!("/apis/waops.dev/v1alpha1/namespaces/{namespace}/{plural}?watch=true");
        let task = tokio::spawn(async move {
            // Without a version, the server begins with everything that is there. A busy server ends watches: whoever began
            // anew each time would see the end of the work late, and for as long as it is busy never.
            let mut version = String::new();
            loop {
                let address = format!("{address}&resourceVersion={version}");
                let request = Request::get(address).body(Vec::new()).expect("a request");
                if let Ok(stream) = client.request_stream(request).await {
                    let mut lines = Box::pin(stream).lines();
                    // Of a watch that hangs nobody hears anything: after a while of silence another one goes on from there.
                    while let Ok(Some(Ok(line))) = timeout(SILENCE, lines.next()).await {
                        // What is no object says that this version is too old.
                        let Ok(event) = serde_json::from_str::<Event<'_>>(&line) else {
                            version.clear();
                            break;
                        };
                        (*event.object.metadata.resource_version).clone_into(&mut version);
                        take(&mut seen.lock().expect("a lock"), &event);
                    }
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        Self { state, task }
    }

    pub(crate) fn ready(&self) -> usize {
        self.state().ready.len()
    }

    /// Waits until so many are ready; when the last of them was, or none within the deadline.
    pub(crate) async fn until_ready(&self, count: usize, deadline: Duration) -> Option<Instant> {
        self.until(deadline, |state| state.ready.len() >= count).await
    }

    /// Waits until nothing is there.
    pub(crate) async fn until_gone(&self, deadline: Duration) -> Option<Instant> {
        self.until(deadline, |state| state.there.is_empty()).await
    }

    async fn until(&self, deadline: Duration, holds: impl Fn(&State) -> bool) -> Option<Instant> {
        let end = Instant::now() + deadline;
        while Instant::now() < end {
            {
                let state = self.state();
                if holds(&state) {
                    return state.changed;
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        None
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("a lock")
    }
}

fn take(state: &mut State, event: &Event<'_>) {
    let Object { metadata, status } = &event.object;
    let name = metadata.name.as_ref();
    let is_ready = |condition: &Condition<'_>| {
        condition.kind == "Ready"
            && condition.status == "True"
            && condition.observed_generation == metadata.generation
    };
    let changed = if event.kind == "DELETED" {
        state.ready.remove(name);
        state.there.remove(name)
    } else {
        if !state.there.contains(name) {
            state.there.insert(name.to_owned());
        }
        if status.conditions.iter().any(is_ready) {
            state.ready.insert(name.to_owned())
        } else {
            state.ready.remove(name)
        }
    };
    if changed {
        state.changed = Some(Instant::now());
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}
