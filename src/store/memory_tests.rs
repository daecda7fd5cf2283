//! The store in memory behaves as Kubernetes would, since the same engine runs on both.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{FutureExt, StreamExt};
use jiff::Timestamp;

use super::*;
use crate::api::{Claim, Kind, WhatsAppAccountStatus, WhatsAppQrCodeStatus};
use crate::engine::object::{AccountObject, Object, Spec, Status};
use crate::engine::store::{Event, Hold, Store, StoreError};
use crate::plan::claim::Written;
use crate::plan::facts::{Cause, Key};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn key(name: &str) -> Key {
    Key::new(Kind::QrCode, "marketing", name)
}

fn declared(name: &str, text: &str) -> Declared {
    let spec = serde_json::json!({
        "accountRef": {"name": "shop"}, "phoneNumber": "+4930901820", "prefilledMessage": text,
    });
    let wanted = Wanted::QrCode(serde_json::from_value(spec).unwrap());
    Declared { key: key(name), wanted, asked: None, take_over: None, confirm_absence: None, claim: None }
}

fn account(secret: &str) -> Declared {
    let spec = serde_json::json!({
        "meta": {"credentials": {"secretRef": {"name": secret}}},
        "allowedNamespaces": {"selector": {"matchLabels": {"team": "shop"}}},
    });
    let wanted = Wanted::Account(serde_json::from_value(spec).unwrap());
    let key = AccountObject::key_of("marketing", "shop");
    Declared { key, wanted, asked: None, take_over: None, confirm_absence: None, claim: None }
}

fn live(code: &str) -> Status {
    Status::QrCode(Box::new(WhatsAppQrCodeStatus { code: Some(code.into()), ..Default::default() }))
}

fn read(store: &Memory, name: &str) -> Object {
    store.read(&key(name)).now_or_never().unwrap().unwrap().unwrap()
}

fn hold(store: &Memory, object: &Object, hold: Hold<'_>) -> Result<Option<Object>, StoreError> {
    store.hold(&object.key, &object.meta.version, hold).now_or_never().unwrap()
}

fn report(store: &Memory, object: &Object, status: &Status) -> Result<Object, StoreError> {
    store.report(&object.key, &object.meta.version, status).now_or_never().unwrap()
}

fn store() -> Memory {
    let store = Memory::new("here");
    store.apply(declared("poster", "Hi"), NOW);
    store
}

/// What a follower hears without waiting.
fn heard(events: &mut Events) -> Vec<Event> {
    std::iter::from_fn(|| events.next().now_or_never().flatten()).collect()
}

#[test]
fn a_write_on_an_older_version_is_a_conflict_and_changes_nothing() {
    let store = store();
    let first = read(&store, "poster");
    let claim = Claim { n: 1, ..Default::default() };
    let second = hold(&store, &first, Hold::Claim(&claim)).unwrap().unwrap();
    let other = Claim { n: 2, ..Default::default() };
    assert_eq!(hold(&store, &first, Hold::Claim(&other)), Err(StoreError::Conflict), "an annotation");
    assert_eq!(hold(&store, &first, Hold::Nothing), Err(StoreError::Conflict), "letting go");
    assert_eq!(report(&store, &first, &live("A")), Err(StoreError::Conflict), "a status");
    assert_eq!(read(&store, "poster"), second);
    store.apply(declared("poster", "Hello"), NOW);
    assert_eq!(report(&store, &second, &live("A")), Err(StoreError::Conflict), "a person wrote meanwhile");
    let gone = Object { key: key("nobody"), ..second };
    assert_eq!(report(&store, &gone, &live("A")), Err(StoreError::Gone));
}

#[test]
fn only_a_changed_spec_counts_as_a_generation() {
    let store = store();
    let made = read(&store, "poster");
    assert_eq!(made.meta.generation, 1);
    assert_eq!(store.apply(declared("poster", "Hi"), NOW), Applied::Unchanged);
    assert_eq!(read(&store, "poster"), made, "the same manifest again is no write");
    let reported = report(&store, &made, &live("A")).unwrap();
    assert_eq!(report(&store, &reported, &live("A")).unwrap(), reported, "nor is the same status");
    assert_eq!(reported.meta.generation, 1);
    let asked = Declared { asked: Some("now".into()), ..declared("poster", "Hi") };
    assert_eq!(store.apply(asked, NOW), Applied::Changed);
    assert_eq!(read(&store, "poster").meta.generation, 1, "an annotation is no spec");
    assert_eq!(store.apply(declared("poster", "Hello"), NOW), Applied::Changed);
    let changed = read(&store, "poster");
    assert_eq!(changed.meta.generation, 2);
    assert!(matches!(&changed.spec, Spec::QrCode(_, status) if status.code.as_deref() == Some("A")));
    assert_eq!(changed.meta.uid, made.meta.uid);
}

#[test]
fn a_held_object_goes_when_it_is_let_go_and_any_other_at_once() {
    let store = store();
    let object = hold(&store, &read(&store, "poster"), Hold::Claim(&Claim::default())).unwrap().unwrap();
    store.delete(&key("poster"), Cause::Namespace, NOW);
    let going = read(&store, "poster");
    assert_eq!(going.meta.deleting.map(|deleting| deleting.cause), Some(Cause::Namespace));
    assert_eq!(
        store.cause(&going.key, going.meta.deleting.unwrap()).now_or_never().unwrap(),
        Ok(Cause::Namespace)
    );
    store.delete(&key("poster"), Cause::Person, NOW);
    assert_eq!(read(&store, "poster"), going, "the first cause stays");
    assert_eq!(report(&store, &object, &live("A")), Err(StoreError::Conflict), "being deleted is a change");
    assert_eq!(hold(&store, &going, Hold::Nothing), Ok(None));
    assert_eq!(store.object(&key("poster")), None);

    store.apply(declared("flyer", "Hi"), NOW);
    store.delete(&key("flyer"), Cause::Person, NOW);
    assert_eq!(store.object(&key("flyer")), None, "nothing held it");

    store.apply(declared("flyer", "Hi"), NOW);
    hold(&store, &read(&store, "flyer"), Hold::Claim(&Claim::default())).unwrap();
    store.delete(&key("flyer"), Cause::Person, NOW);
    store.interfere(&key("flyer"), |object| object.meta.held = false);
    assert_eq!(store.object(&key("flyer")), None, "somebody stripped the finalizer");
}

#[test]
fn letting_go_of_an_object_that_stays_takes_claim_and_finalizer() {
    let store = store();
    let object = hold(&store, &read(&store, "poster"), Hold::Claim(&Claim::default())).unwrap().unwrap();
    assert!(object.meta.held && matches!(object.annotation, Written::Says(_)));
    let free = hold(&store, &object, Hold::Nothing).unwrap().unwrap();
    assert!(!free.meta.held && free.annotation == Written::Missing);
}

#[test]
fn the_same_name_again_is_somebody_else() {
    let store = store();
    let first = read(&store, "poster");
    store.delete(&key("poster"), Cause::Person, NOW);
    store.apply(declared("poster", "Hi"), NOW);
    let second = read(&store, "poster");
    assert_ne!(first.meta.uid, second.meta.uid);
    assert_eq!(report(&store, &first, &live("A")), Err(StoreError::Conflict), "the old version is not its");
    store.restore(&first, NOW);
    let restored = read(&store, "poster");
    assert!(restored.meta.uid != first.meta.uid && restored.spec == first.spec, "nor is a restored one");
}

#[test]
fn a_manifest_that_cannot_be_read_hides_the_status_and_keeps_the_claim() {
    let store = store();
    let object = hold(&store, &read(&store, "poster"), Hold::Claim(&Claim::default())).unwrap().unwrap();
    let Status::QrCode(mut status) = live("A") else { unreachable!() };
    status.claim = Some(Arc::new(Claim { n: 1, ..Claim::default() }));
    report(&store, &object, &Status::QrCode(status)).unwrap();
    let garbled = Declared { wanted: Wanted::Garbled("no text".into()), ..declared("poster", "") };
    store.apply(garbled, NOW);
    let garbled = read(&store, "poster");
    assert!(matches!(&garbled.spec, Spec::Garbled(garbled) if garbled.why == "no text"));
    assert!(matches!(garbled.status_claim(), Written::Says(claim) if claim.n == 1), "claims.md 5");
    assert!(garbled.meta.held && matches!(garbled.annotation, Written::Says(_)), "claims.md 5");
    store.apply(declared("poster", "Hi"), NOW);
    let mended = read(&store, "poster");
    assert!(matches!(&mended.spec, Spec::QrCode(_, status) if status.code.as_deref() == Some("A")));
}

#[test]
fn followers_hear_the_newest_state_of_each_key_once() {
    let store = store();
    let mut events = store.subscribe();
    assert_eq!(heard(&mut events), [], "what was there before is read, not told");
    store.apply(account("token"), NOW);
    let object = report(&store, &read(&store, "poster"), &live("A")).unwrap();
    let object = report(&store, &object, &live("B")).unwrap();
    let account = store.account(&AccountObject::key_of("marketing", "shop")).unwrap();
    let account = Event::Account(Box::new(AccountObject::clone(&account)));
    assert_eq!(heard(&mut events), [account.clone(), Event::Object(Box::new(object.clone()))]);
    report(&store, &object, &live("B")).unwrap();
    store.apply(declared("poster", "Hi"), NOW);
    assert_eq!(heard(&mut events), [], "a write that changes nothing is not told");

    let token = BTreeMap::from([("accessToken".to_owned(), b"EAAG".to_vec())]);
    store.set_secret("marketing", "token", Some(token.clone()));
    assert_eq!(heard(&mut events), std::slice::from_ref(&account), "its Secret");
    store.set_secret("marketing", "token", Some(token.clone()));
    store.set_secret("marketing", "other", Some(token.clone()));
    store.set_secret("sales", "token", Some(token));
    assert_eq!(heard(&mut events), [], "nobody's Secret");
    store.set_labels("sales", Some(BTreeMap::from([("team".into(), "shop".into())])));
    assert_eq!(heard(&mut events), [account], "a namespace that its selector may choose");

    store.delete(&key("poster"), Cause::Person, NOW);
    store.delete(&AccountObject::key_of("marketing", "shop"), Cause::Person, NOW);
    let gone = [Event::Gone(key("poster")), Event::AccountGone(AccountObject::key_of("marketing", "shop"))];
    assert_eq!(heard(&mut events), gone);
}

#[tokio::test]
async fn a_follower_that_waits_is_woken() {
    let store = store();
    let mut events = store.subscribe();
    let waits = tokio::spawn(async move { events.next().await });
    tokio::task::yield_now().await;
    store.apply(declared("flyer", "Hi"), NOW);
    let woken = tokio::time::timeout(std::time::Duration::from_secs(30), waits).await.expect("it sleeps on");
    assert!(matches!(woken.unwrap(), Some(Event::Object(object)) if object.key == key("flyer")));
}

#[test]
fn the_status_of_an_account_conflicts_by_version_too() {
    let store = Memory::new("here");
    store.apply(account("token"), NOW);
    let shop = AccountObject::key_of("marketing", "shop");
    let status = WhatsAppAccountStatus { unclaimed: Some(3), ..Default::default() };
    let write = |version: &str| store.report_account(&shop, version, &status).now_or_never().unwrap();
    let first = store.account(&shop).unwrap().meta.version.clone();
    let second = write(&first).unwrap();
    assert_eq!(write(&first), Err(StoreError::Conflict));
    assert_eq!(write(&second.meta.version).unwrap(), second, "nothing changed");
}

#[test]
fn a_secret_is_not_shown() {
    let store = Memory::new("here");
    store.set_secret("marketing", "token", Some(BTreeMap::from([("accessToken".into(), b"EAAG".to_vec())])));
    let shown = format!("{store:?} {:?}", store.subscribe());
    assert!(!shown.contains("accessToken") && !shown.contains("69, 65"), "{shown}");
}
