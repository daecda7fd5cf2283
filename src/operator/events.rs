//! What happens, as Events of the cluster: `kubectl describe` tells the whole story.
//!
//! Writes at a provider and states that matter are told; looks are not. An Event that cannot be written is left out:
//! no object ever waits for one. Where many are made at once their claims go first, and Events when there is room.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::metrics::Metrics;
use super::relay::Relay;
use crate::api::{GROUP, Name, VERSION};
use crate::engine::happening::{Happening, Witness};
use crate::engine::store::StoreError;
use crate::plan::facts::Key;
use crate::plan::reason::{Progress, Reason};
use crate::plan::step::{Call, Kept, Released};
use crate::plan::words::{cut, printable};
use crate::store::kube::Asked;

/// So many wait to be written; what comes after is counted and left out.
const WAITING: usize = 16_384;
/// So long an Event gives way to the claims of others.
const GIVES_WAY: Duration = Duration::from_secs(60);
/// How often it looks whether there is room.
const LOOKS: Duration = Duration::from_millis(100);
/// So many are written at once.
const AT_ONCE: usize = 4;
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many are remembered, so that the same told again is a series of one and not a further one.
const REMEMBERED: usize = 256;
/// A note has at most so many bytes.
const NOTE: usize = 1024;

/// The reasons that are no states, separated by spaces: what they mean, and what to do.
pub const EVENTS: [(&str, &str, &str); 10] = [
    ("Created Updated Set Deleted Revived", "waops wrote it at the provider.", "Nothing."),
    (
        "CreateFailed UpdateFailed SetFailed DeleteFailed ReviveFailed",
        "A write at the provider failed, or nobody knows what became of it. The note says what to do and \
         has the provider's words.",
        "Look at the conditions of the object: they say whether it goes on by itself.",
    ),
    ("Adopted", "What exists at the provider was taken over, as the manifest says.", "Nothing."),
    ("Inherited", "It has what another object of this cluster had, which lets it go.", "Nothing."),
    ("TakenOver", "It was taken over from another installation, as the account says.", "Nothing."),
    (
        "Restored",
        "What was lost of the claim, in the annotation or in the status, was written again.",
        "Nothing. If it comes again and again, look for who overwrites it.",
    ),
    ("Resolved", "It was found out what a call without an answer did.", "Nothing."),
    (
        "Yielded",
        "Another object has the same at the provider and had it first, so it is left to that one.",
        "Nothing, or what the state of the object says next, such as `Taken`.",
    ),
    (
        "Vanished",
        "What it owned is gone at the provider.",
        "Nothing: it is made again, if it is still wanted. Find out who deleted it there.",
    ),
    (
        "NotWritten",
        "The API server refuses what waops asks of it for this object, so that no condition can say it.",
        "Grant the right that the note names, or make room in the object.",
    ),
];

/// What is told of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) key: Key,
    /// Who it is, as of the moment that it is told of; none where nobody knows any more.
    pub(super) uid: Option<Name>,
    pub(super) warns: bool,
    pub(super) reason: Cow<'static, str>,
    pub(super) action: &'static str,
    pub(super) note: String,
}

/// What waits to be written, and since when.
pub(super) type Waiting = (Instant, Told);

/// Tells the cluster.
#[derive(Clone)]
pub(super) struct Tells {
    told: mpsc::Sender<Waiting>,
    metrics: Arc<Metrics>,
}

impl Tells {
    /// Tells of an object. Where too many wait, it is left out.
    pub(super) fn tell(&self, told: Told) {
        if self.told.try_send((Instant::now(), told)).is_err() {
            self.metrics.event_left_out();
        }
    }
}

/// A witness that tells the cluster; what is told is written by [`write`].
pub(super) fn witness(metrics: Arc<Metrics>, relay: Arc<Relay>) -> (Witness, Tells, mpsc::Receiver<Waiting>) {
    let (told, receiver) = mpsc::channel(WAITING);
    let tells = Tells { told, metrics };
    let heard = tells.clone();
    let witness = Witness::new(move |key, happening| {
        log(key, happening);
        if let Happening::Turned(took) = happening {
            heard.metrics.turned(key.kind, *took);
        }
        if let Some(told) = tell(key, happening, || relay.uid(key)) {
            heard.tell(told);
        }
    });
    (witness, tells, receiver)
}

/// One line for each decision. Writes at a provider have their own, with the request id (`provider::record`).
fn log(key: &Key, happening: &Happening<'_>) {
    match happening {
        // What is not written has a warning of its own.
        Happening::Called { .. } | Happening::Unwritten(_) | Happening::Turned(_) => {}
        Happening::Kept(kept) => tracing::info!(object = %key, why = ?kept, "claim kept"),
        Happening::Released { why, left, .. } => {
            tracing::info!(object = %key, why = ?why, left = left.unwrap_or_default(), "let go");
        }
        Happening::Moved { reason, message, .. } => {
            tracing::info!(object = %key, reason = reason.name(), says = printable(message), "state");
        }
    }
}

/// Writes what is told, as long as anybody can tell; `is_crowded` says whether there is no room for it beside claims.
pub(super) async fn write(
    client: Client,
    me: String,
    told: mpsc::Receiver<Waiting>,
    metrics: Arc<Metrics>,
    is_crowded: impl Fn() -> bool,
) {
    let is_refused = AtomicBool::default();
    let recorders = Recorders::new(client, me);
    let all = futures::stream::unfold(told, async |mut told| told.recv().await.map(|next| (next, told)));
    all.for_each_concurrent(AT_ONCE, async |(since, told)| {
        room(since, &is_crowded).await;
        match timeout(PATIENCE, recorders.publish(&told)).await {
            Ok(Ok(())) => return,
            // A namespace that goes takes no new Events, and a right may be missing: neither stops an object.
            Ok(Err(error)) => {
                let namespace = Some(&*told.key.namespace);
                let asked = Asked { verb: "create or patch", resource: "events.events.k8s.io", namespace };
                let why = asked.meaning(&error);
                // Said once, since it would be said with every event.
                if matches!(why, StoreError::Refused(_)) && !is_refused.swap(true, Ordering::Relaxed) {
                    tracing::warn!("events are left out: {why}");
                }
                tracing::debug!(object = %told.key, "an event was not written: {why}");
            }
            Err(_) => tracing::debug!(object = %told.key, "an event was not written in time"),
        }
        metrics.event_left_out();
    })
    .await;
}

/// Returns when there is room, or has not been for too long.
async fn room(since: Instant, is_crowded: impl Fn() -> bool) {
    let comes = async {
        while is_crowded() {
            sleep(LOOKS).await;
        }
    };
    // One that has waited long enough is written without another look.
    let _ = timeout_at(since + GIVES_WAY, comes).await;
}

/// A recorder looks through all that it remembers with each Event, and forgets nothing for six minutes: of many objects
/// that are made at once it would keep thousands of whole Events. So each remembers a few, and then comes a new one; and
/// so it does where there is another note, since a series keeps that of its first Event.
struct Recorders {
    client: Client,
    reporter: Reporter,
    current: Mutex<(Recorder, HashMap<Subject, String>)>,
}

/// What a series is about: who, why, and what was done.
type Subject = (Key, Option<Name>, Cow<'static, str>, &'static str);

impl Recorders {
    fn new(client: Client, me: String) -> Self {
        let reporter = Reporter { controller: GROUP.into(), instance: Some(me) };
        let first = Recorder::new(client.clone(), reporter.clone());
        Self { client, reporter, current: Mutex::new((first, HashMap::new())) }
    }

    async fn publish(&self, told: &Told) -> Result<(), kube::Error> {
        let regarding = ObjectReference {
            api_version: Some(format!("{GROUP}/{VERSION}")),
            kind: Some(told.key.kind.name().to_owned()),
            namespace: Some(told.key.namespace.to_string()),
            name: Some(told.key.name.to_string()),
            uid: told.uid.as_ref().map(ToString::to_string),
            ..ObjectReference::default()
        };
        let event = Event {
            type_: if told.warns { EventType::Warning } else { EventType::Normal },
            reason: told.reason.clone().into_owned(),
            note: Some(cut(&printable(&told.note), NOTE)),
            action: told.action.to_owned(),
            secondary: None,
        };
        self.recorder(told).publish(&event, &regarding).await
    }

    /// The one that remembers the Event, if any does.
    fn recorder(&self, told: &Told) -> Recorder {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let (recorder, notes) = &mut *current;
        let subject = (told.key.clone(), told.uid.clone(), told.reason.clone(), told.action);
        let is_another = notes.get(&subject).is_some_and(|note| *note != told.note);
        if is_another || notes.len() == REMEMBERED {
            *recorder = Recorder::new(self.client.clone(), self.reporter.clone());
            notes.clear();
        }
        notes.insert(subject, told.note.clone());
        recorder.clone()
    }
}

/// What is told of an object; `uid` says who it is, where what happened does not.
fn tell(key: &Key, happening: &Happening<'_>, uid: impl Fn() -> Option<Name>) -> Option<Told> {
    let told = |warns, reason: Cow<'static, str>, action, note: String| {
        let uid = match happening {
            Happening::Released { uid, .. } => Some((*uid).clone()),
            _ => uid(),
        };
        Some(Told { key: key.clone(), uid, warns, reason, action, note })
    };
    match happening {
        Happening::Called { call, outcome } => {
            let (action, done) = names(call);
            match outcome {
                Ok("") => {
                    told(false, done.into(), action, format!("{} at the provider", done.to_lowercase()))
                }
                Ok(name) => told(
                    false,
                    done.into(),
                    action,
                    format!("{} {name} at the provider", done.to_lowercase()),
                ),
                Err(error) => told(true, format!("{action}Failed").into(), action, error.to_string()),
            }
        }
        Happening::Kept(kept) => {
            let (reason, note) = kept_as(kept)?;
            told(false, reason.into(), "Keep", note)
        }
        Happening::Released { why, left, .. } => {
            let left = left.map(|left| format!("; left behind at the provider: {left}")).unwrap_or_default();
            told(false, "Released".into(), "Release", format!("{}{left}", released(why)))
        }
        Happening::Moved { from, reason, message } if matters(*from, *reason) => {
            let warns = reason.progress() == Progress::Stalled;
            told(warns, reason.name().into(), "Report", (*message).to_owned())
        }
        Happening::Unwritten(why) => told(true, "NotWritten".into(), "Report", (*why).to_owned()),
        Happening::Moved { .. } | Happening::Turned(_) => None,
    }
}

/// What a call is named before and after it.
fn names(call: &Call) -> (&'static str, &'static str) {
    match call {
        Call::Create => ("Create", "Created"),
        Call::Update(_) => ("Update", "Updated"),
        Call::Set(_) => ("Set", "Set"),
        Call::Delete(_) => ("Delete", "Deleted"),
        Call::Revive(_) => ("Revive", "Revived"),
    }
}

fn kept_as(kept: &Kept) -> Option<(&'static str, String)> {
    Some(match kept {
        Kept::Adopted => ("Adopted", "taken over, as the manifest says".to_owned()),
        Kept::Inherited(from) => ("Inherited", format!("inherited from {from}")),
        Kept::TakenOver => {
            ("TakenOver", "taken over from another installation, as the account says".to_owned())
        }
        Kept::Restored => ("Restored", "what was lost of the claim was written again".to_owned()),
        Kept::Done => ("Resolved", "a call without an answer was found done".to_owned()),
        Kept::NotDone => ("Resolved", "a call without an answer was found not done".to_owned()),
        Kept::Yielded(to) => ("Yielded", format!("left to {to}, which has it as well and was first")),
        Kept::Vanished => ("Vanished", "it is gone at the provider".to_owned()),
        Kept::Tidied => return None,
    })
}

fn released(why: &Released) -> String {
    match why {
        Released::Nothing => "let go; nothing of it is at the provider".to_owned(),
        Released::Deleted => "let go; it was deleted at the provider".to_owned(),
        Released::Retained => "let go; its policy keeps what it has".to_owned(),
        Released::Inherited(by) => format!("let go; {by} has inherited what it had"),
        Released::Collateral => {
            "let go; namespace, definition or account go, and that deletes nothing".to_owned()
        }
        Released::NotOurs => "let go; what it names is not its own".to_owned(),
        Released::Undeletable => "let go; the provider refuses to delete it".to_owned(),
    }
}

/// States that last a moment are not told; the calls that make them are. Nor is a code told to be live that was on its
/// way there: what brought it there was, and each code would be told of twice.
fn matters(from: Option<Reason>, to: Reason) -> bool {
    let told_by_its_call = to == Reason::Live && from.is_none_or(lasts_a_moment);
    !told_by_its_call && !lasts_a_moment(to)
}

fn lasts_a_moment(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Observing
            | Reason::Creating
            | Reason::Updating
            | Reason::Deleting
            | Reason::Adopting
            | Reason::Retrying
            | Reason::Released
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::Router;
    use axum::http::{Method, StatusCode};
    use tokio::sync::watch;

    use super::super::fake;
    use super::super::health::Health;
    use super::*;
    use crate::api::Kind;
    use crate::provider::error::{Class, Error, Verdict};
    use crate::provider::tally::Tally;

    type Case<'a> = (Happening<'a>, Option<(bool, &'a str)>, &'a str);

    #[test]
    fn writes_and_states_that_matter_are_told() {
        let key = Key::new(Kind::QrCode, "shop", "poster");
        let gone = Name::from("gone");
        let refused =
            Error::new("CreateMessageQrdl", "Some.Code", Verdict::refused(Class::Slow, "ask support"));
        let moved = |from, reason| Happening::Moved { from, reason, message: "so it is" };
        let cases: [Case<'_>; 11] = [
            (
                Happening::Called { call: &Call::Create, outcome: Ok("A1") },
                Some((false, "Created")),
                "a write",
            ),
            (
                Happening::Called { call: &Call::Create, outcome: Err(&refused) },
                Some((true, "CreateFailed")),
                "a refusal",
            ),
            (Happening::Kept(&Kept::Tidied), None, "nobody's business"),
            (Happening::Kept(&Kept::Vanished), Some((false, "Vanished")), "somebody deleted it there"),
            (
                Happening::Released { why: &Released::Collateral, left: Some("A1"), uid: &gone },
                Some((false, "Released")),
                "what is left behind",
            ),
            (moved(Some(Reason::ApprovalNeeded), Reason::Live), Some((false, "Live")), "it works again"),
            (moved(None, Reason::Live), None, "the create was told"),
            (moved(Some(Reason::Updating), Reason::Live), None, "the update was told"),
            (moved(None, Reason::ApprovalNeeded), Some((true, "ApprovalNeeded")), "it needs somebody"),
            (moved(Some(Reason::Live), Reason::Observing), None, "a look"),
            (Happening::Unwritten("not allowed"), Some((true, "NotWritten")), "no status can say it"),
        ];
        for (happening, want, reason) in cases {
            let told = tell(&key, &happening, || None);
            let shown = told.as_ref().map(|told| (told.warns, &*told.reason));
            assert_eq!(shown, want, "{reason}");
        }
        let released = Happening::Released { why: &Released::Collateral, left: Some("code A1"), uid: &gone };
        let left = tell(&key, &released, || Some("its successor".into())).unwrap();
        assert!(left.note.contains("left behind at the provider: code A1"), "{}", left.note);
        assert_eq!(left.uid, Some(gone), "by now another may have its name");
    }

    #[test]
    fn the_reference_explains_every_reason_that_is_no_state() {
        let key = Key::new(Kind::QrCode, "shop", "poster");
        let refused =
            Error::new("CreateMessageQrdl", "Some.Code", Verdict::refused(Class::Slow, "ask support"));
        let id = || "A1".to_owned();
        let calls =
            [Call::Create, Call::Update(id()), Call::Set(id()), Call::Delete(id()), Call::Revive(id())];
        let claims = [
            Kept::Adopted,
            Kept::Inherited(key.clone()),
            Kept::TakenOver,
            Kept::Restored,
            Kept::Done,
            Kept::NotDone,
            Kept::Vanished,
            Kept::Yielded(key.clone()),
            Kept::Tidied,
        ];
        let mut all: Vec<Happening<'_>> = claims.iter().map(Happening::Kept).collect();
        for call in &calls {
            all.extend([Ok("A1"), Err(&refused)].map(|outcome| Happening::Called { call, outcome }));
        }
        all.push(Happening::Unwritten("not allowed"));
        let told: BTreeSet<String> = all
            .iter()
            .filter_map(|happening| tell(&key, happening, || None))
            .map(|told| told.reason.into_owned())
            .collect();
        let explained: BTreeSet<String> =
            EVENTS.iter().flat_map(|(reasons, ..)| reasons.split(' ')).map(str::to_owned).collect();
        assert_eq!(told, explained);
    }

    /// A cluster that answers whatever it is asked with this, and with what it was sent; how it was asked.
    async fn cluster(answer: StatusCode) -> (Client, Arc<Mutex<Vec<Method>>>) {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let asks = Arc::clone(&asked);
        let router = Router::new().fallback(move |method: Method, body: String| async move {
            asks.lock().unwrap().push(method);
            (answer, body)
        });
        (fake::client(router).await, asked)
    }

    fn created(code: &str) -> Told {
        Told {
            key: Key::new(Kind::QrCode, "shop", "poster"),
            uid: None,
            warns: false,
            reason: "Created".into(),
            action: "Create",
            note: format!("created {code} at the provider"),
        }
    }

    #[tokio::test]
    async fn an_event_that_is_not_written_is_counted() {
        for (answer, unwritten, reason) in [
            (StatusCode::CREATED, 0, "it is written"),
            (StatusCode::FORBIDDEN, 1, "it is refused"),
            (StatusCode::INTERNAL_SERVER_ERROR, 1, "the API server cannot"),
        ] {
            let health = Arc::new(Health::default());
            let metrics = Arc::new(Metrics::new(health, Tally::default(), watch::channel(None).1, 1));
            let (tells, told) = mpsc::channel(1);
            tells.send((Instant::now(), created("A1"))).await.unwrap();
            drop(tells);
            write(cluster(answer).await.0, "me".to_owned(), told, Arc::clone(&metrics), || false).await;
            let text = metrics.exposition();
            let line = format!("\nwaops_events_unwritten_total {unwritten}\n");
            assert!(text.contains(&line), "{reason}: {text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_gives_way_to_claims_and_not_for_ever() {
        let begun = Instant::now();
        room(begun, || false).await;
        assert_eq!(begun.elapsed(), Duration::ZERO, "there is room");
        let busy = Duration::from_secs(5);
        room(begun, || begun.elapsed() < busy).await;
        assert_eq!(begun.elapsed(), busy, "there is room again");
        room(begun, || true).await;
        assert_eq!(begun.elapsed(), GIVES_WAY, "there never is");
        room(begun, || true).await;
        assert_eq!(begun.elapsed(), GIVES_WAY, "the next has waited with it");
    }

    #[tokio::test]
    async fn nothing_is_asked_of_the_cluster_before_there_is_room() {
        let (client, asked) = cluster(StatusCode::CREATED).await;
        let metrics = Arc::new(Metrics::new(Arc::default(), Tally::default(), watch::channel(None).1, 1));
        let (tells, told) = mpsc::channel(1);
        tells.send((Instant::now(), created("A1"))).await.unwrap();
        drop(tells);
        let looks = std::cell::Cell::new(0);
        let is_crowded = || {
            assert!(asked.lock().unwrap().is_empty(), "it has waited");
            looks.set(looks.get() + 1);
            looks.get() < 3
        };
        write(client, "me".to_owned(), told, metrics, is_crowded).await;
        assert_eq!((looks.get(), asked.lock().unwrap().len()), (3, 1), "and was written then");
    }

    #[tokio::test]
    async fn what_is_said_again_is_a_series_and_what_is_said_anew_is_not() {
        let (client, asked) = cluster(StatusCode::CREATED).await;
        let recorders = Recorders::new(client, "me".to_owned());
        for (code, want, reason) in [
            ("A1", Method::POST, "the first"),
            ("A1", Method::PATCH, "the same again"),
            ("B2", Method::POST, "its code is another now"),
            ("B2", Method::PATCH, "and that again"),
        ] {
            recorders.publish(&created(code)).await.unwrap();
            assert_eq!(asked.lock().unwrap().pop(), Some(want), "{reason}");
        }
    }
}
