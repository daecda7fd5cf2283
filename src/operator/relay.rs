//! From watch streams to the queue: what there is, what is gone, and who is told.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt as _;
use kube::runtime::{WatchStreamExt as _, watcher};
use tokio::sync::mpsc;

use super::census::{Census, Known};
use super::health::{Health, Stream};
use super::outputs;
use crate::api::{Kind, Name, WhatsAppQrCodeStatus};
use crate::engine::object::{Object, Spec};
use crate::engine::runner::{Voice, Word};
use crate::engine::share::Share;
use crate::engine::store::{Event, StoreError};
use crate::plan::facts::Key;
use crate::store::kube::{Asked, KubeStore, Raw, SMALL_PAGE, Scope, definition};

/// An object whose results are to be written into a ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output {
    /// The object.
    pub(super) key: Key,
    /// Who it is.
    pub(super) uid: Name,
    /// Where to.
    pub(super) config_map: String,
    /// The code.
    pub(super) code: String,
    /// The link.
    pub(super) link: String,
    /// Whether the image is one of pixels.
    pub(super) png: bool,
}

/// Passes on what the streams tell to whoever works.
pub(super) struct Relay {
    store: Arc<KubeStore>,
    health: Arc<Health>,
    /// Boxed, since the nodes of a map that was filled in order are half empty.
    known: Mutex<BTreeMap<Key, Box<Known>>>,
    voice: Mutex<Option<(Voice, Share)>>,
    /// Which term works and has read everything; 0 where none has.
    term: AtomicU64,
    /// How many did so far.
    terms: AtomicU64,
    outputs: mpsc::UnboundedSender<outputs::Word>,
}

impl Relay {
    pub(super) fn new(
        store: Arc<KubeStore>,
        health: Arc<Health>,
        outputs: mpsc::UnboundedSender<outputs::Word>,
    ) -> Self {
        let (term, terms) = (AtomicU64::default(), AtomicU64::default());
        Self { store, health, known: Mutex::default(), voice: Mutex::default(), term, terms, outputs }
    }

    /// Every stream of a scope, to be polled for ever.
    pub(super) fn follow(
        self: &Arc<Self>,
        scope: &Scope,
    ) -> impl Iterator<Item = impl Future<Output = ()> + Send + use<>> + use<> {
        let mut streams: Vec<Stream> = Vec::new();
        for place in scope.places() {
            streams.extend(Kind::ALL.map(|kind| (kind, place.map(str::to_owned))));
        }
        self.health.follows(streams.iter().cloned());
        let relay = Arc::clone(self);
        streams.into_iter().map(move |stream| Arc::clone(&relay).stream(stream))
    }

    /// Whoever works from now on, and on what.
    pub(super) fn connect(&self, voice: Voice, share: Share) {
        *self.voice.lock().unwrap_or_else(PoisonError::into_inner) = Some((voice, share));
    }

    /// Whoever works has read everything: what it is told of an object is not lost on it.
    pub(super) fn has_read(&self) {
        let term = self.terms.fetch_add(1, Ordering::Relaxed) + 1;
        self.term.store(term, Ordering::Relaxed);
    }

    /// The term of now, if it has read everything. One that begins has another number than the one before.
    pub(super) fn term(&self) -> Option<u64> {
        Some(self.term.load(Ordering::Relaxed)).filter(|term| *term != 0)
    }

    /// Nobody works any more.
    pub(super) fn disconnect(&self) {
        self.term.store(0, Ordering::Relaxed);
        *self.voice.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What is known of an object.
    pub(super) fn known(&self, key: &Key) -> Option<Box<Known>> {
        self.all().get(key).cloned()
    }

    /// Who an object is.
    pub(super) fn uid(&self, key: &Key) -> Option<Name> {
        self.all().get(key).map(|known| known.uid.clone())
    }

    /// What is known of an object, if it is this process that looks after it.
    pub(super) fn served(&self, key: &Key) -> Option<Box<Known>> {
        let share = self.share();
        let all = self.all();
        all.get(key).filter(|known| serves(share, &all, key, known)).cloned()
    }

    /// How many objects there are of what, whoever looks after them: every process says the same, whatever its part.
    pub(super) fn census(&self) -> Census {
        Census::of(self.all().iter().map(|(key, known)| (key, &**known)))
    }

    async fn stream(self: Arc<Self>, stream: Stream) {
        let (kind, place) = (stream.0, stream.1.as_deref());
        let configuration = watcher::Config::default().page_size(SMALL_PAGE);
        let mut events = pin!(watcher::watcher(self.store.api(kind, place), configuration).default_backoff());
        let mut seen = BTreeSet::new();
        while let Some(event) = events.next().await {
            match event {
                Ok(watcher::Event::Init) => seen.clear(),
                Ok(watcher::Event::InitApply(raw)) => {
                    seen.insert(raw.key(kind));
                    self.tell(kind, raw);
                }
                Ok(watcher::Event::InitDone) => {
                    self.only(&stream, &std::mem::take(&mut seen));
                    self.health.listed(&stream);
                }
                Ok(watcher::Event::Apply(raw)) => self.tell(kind, raw),
                Ok(watcher::Event::Delete(raw)) => self.lose(self.store.lost(kind, raw)),
                Err(error) => {
                    if let Some(why) = self.fail(&stream, &error) {
                        self.refuse(&stream, why).await;
                    }
                }
            }
        }
    }

    fn tell(&self, kind: Kind, raw: Raw) {
        let mut wanted = None;
        let event = self.store.event(kind, raw);
        let (key, known) = match &event {
            Event::Object(object) => {
                wanted = output(object);
                let share = |account| self.shared(account);
                (object.key.clone(), Known::of_object(object, share))
            }
            Event::Account(account) => (account.key.clone(), Known::of_account(account)),
            Event::Gone(key) | Event::AccountGone(key) => return self.lose(key.clone()),
        };
        let known = Box::new(known);
        let before = self.all().insert(key, known.clone());
        // Whoever writes them ends with the process.
        if before.as_ref().is_some_and(|before| before.config_map != known.config_map) {
            let _ = self.outputs.send(outputs::Word::Changed);
        }
        if let Some(output) = wanted {
            let _ = self.outputs.send(outputs::Word::Wanted(output));
        }
        self.say(event);
    }

    /// What became of an object's ConfigMap: what stands in its way, or nothing.
    pub(super) fn tell_output(&self, key: &Key, blocked: Option<String>) {
        if let Some(voice) = &*self.voice.lock().unwrap_or_else(PoisonError::into_inner) {
            voice.0.say(Word::Output(key.clone(), blocked));
        }
    }

    fn lose(&self, key: Key) {
        self.all().remove(&key);
        self.say(self.store.gone(key));
    }

    /// After a complete list, nothing else is there: what went while nobody watched is gone.
    fn only(&self, (kind, place): &Stream, seen: &BTreeSet<Key>) {
        let is_covered =
            |key: &&Key| key.kind == *kind && place.as_ref().is_none_or(|place| **place == *key.namespace);
        let gone: Vec<Key> =
            self.all().keys().filter(is_covered).filter(|key| !seen.contains(key)).cloned().collect();
        for key in gone {
            self.lose(key);
        }
    }

    /// Says what became of a stream; why, where it is refused.
    fn fail(&self, stream: &Stream, error: &watcher::Error) -> Option<String> {
        let (kind, place) = stream;
        let resource = definition(*kind);
        // One that breaks off begins anew at once, as often as a proxy in between cuts it: only who cannot begin is deaf.
        let has_begun = matches!(error, watcher::Error::WatchFailed(_));
        let (verb, error) = match error {
            watcher::Error::InitialListFailed(error) => ("list", Some(error)),
            watcher::Error::WatchStartFailed(error) | watcher::Error::WatchFailed(error) => {
                ("watch", Some(error))
            }
            _ => ("watch", None),
        };
        let asked = Asked { verb, resource: &resource, namespace: place.as_deref() };
        match error.map(|error| asked.meaning(error)) {
            Some(StoreError::Refused(why)) => return Some(why),
            Some(StoreError::Gone) => self.health.refused(stream, &format!("{resource} is not defined")),
            Some(passing) => {
                if !has_begun {
                    self.health.fails(stream);
                }
                tracing::info!("{asked} goes on later: {passing}");
            }
            None => tracing::debug!("{asked} starts anew"),
        }
        None
    }

    /// A stream that is refused hinders work, unless its namespace is gone: then nothing is there, and the others go on.
    async fn refuse(&self, stream: &Stream, why: String) {
        if let Some(why) = self.store.refusal(stream.1.as_deref(), why).await {
            self.health.refused(stream, &why);
        } else {
            self.only(stream, &BTreeSet::new());
            self.health.listed(stream);
        }
    }

    fn say(&self, event: Event) {
        if let Some(voice) = &*self.voice.lock().unwrap_or_else(PoisonError::into_inner) {
            voice.0.say(Word::Event(self.store.as_it_goes_on(event)));
        }
    }

    /// What this process looks after; everything as long as nobody says otherwise.
    fn share(&self) -> Share {
        let voice = self.voice.lock().unwrap_or_else(PoisonError::into_inner);
        voice.as_ref().map_or(Share::ALL, |(_, share)| *share)
    }

    /// The same key, in the words that are kept already.
    fn shared(&self, key: Key) -> Key {
        self.all().get_key_value(&key).map_or(key, |(kept, _)| kept.clone())
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Key, Box<Known>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn serves(share: Share, all: &BTreeMap<Key, Box<Known>>, key: &Key, known: &Known) -> bool {
    if share == Share::ALL {
        return true;
    }
    let account = if key.kind == Kind::Account { Some(key) } else { known.account.as_ref() };
    match account.and_then(|account| all.get(account)?.divided_by.as_deref()) {
        Some(divided) => share.serves(divided),
        None => share.serves(&account.unwrap_or(key).object()),
    }
}

/// What an object wants to be written into a ConfigMap, once it has a code.
fn output(object: &Object) -> Option<Output> {
    let Spec::QrCode(spec, status) = &object.spec else { return None };
    let config_map = spec.output.as_ref()?.config_map_name.clone();
    if object.meta.deleting.is_some() {
        return None;
    }
    let WhatsAppQrCodeStatus { code: Some(code), deep_link_url: Some(link), .. } = &**status else {
        return None;
    };
    Some(Output {
        key: object.key.clone(),
        uid: object.meta.uid.clone(),
        config_map,
        code: code.clone(),
        link: link.clone(),
        png: spec.image.is_some_and(|image| image.format == crate::api::ImageFormat::Png),
    })
}

#[cfg(test)]
mod tests {
    use axum::Router;

    use super::super::fake;
    use super::*;

    #[tokio::test]
    async fn a_term_counts_once_it_has_read_everything_and_is_not_taken_for_the_one_before() {
        let store = KubeStore::looking(fake::client(Router::new()).await, Scope::Cluster);
        let relay = Relay::new(Arc::new(store), Arc::default(), mpsc::unbounded_channel().0);
        assert_eq!(relay.term(), None, "nobody works");
        relay.has_read();
        let first = relay.term();
        assert!(first.is_some());
        relay.disconnect();
        assert_eq!(relay.term(), None, "nobody works any more");
        relay.has_read();
        assert!(relay.term().is_some_and(|second| Some(second) != first), "another has yet to be told");
    }
}
