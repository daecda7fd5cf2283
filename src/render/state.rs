//! What a state holds, for people and programs.

use std::fmt::Write;
use std::path::Path;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Value as Json, json};

use crate::api::{CLAIM_ANNOTATION, Condition, GROUP, VERSION};
use crate::engine::object::{AccountObject, Meta, Object, Spec, Status};
use crate::plan::claim::Written;
use crate::plan::facts::Key;
use crate::store::Memory;
use crate::store::release::owned;

/// One line for each account and object, under a heading.
pub fn table(memory: &Memory) -> String {
    let (accounts, objects) = memory.all();
    let mut rows = vec![["KIND", "OBJECT", "OWNS", "ACCOUNT", "STATE"].map(str::to_owned)];
    for account in &accounts {
        let identity = account.status.identity.clone().unwrap_or_else(|| "-".to_owned());
        let state = state(&account.meta, &account.status.conditions);
        rows.push([
            account.key.kind.name().to_owned(),
            account.key.object(),
            identity,
            "-".to_owned(),
            state,
        ]);
    }
    for object in &objects {
        let account =
            object.account().map_or("-".to_owned(), |(namespace, name)| format!("{namespace}/{name}"));
        let owns = owned(object).unwrap_or_else(|| "nothing".to_owned());
        let state = state(&object.meta, object.conditions());
        rows.push([object.key.kind.name().to_owned(), object.key.object(), owns, account, state]);
    }
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    text
}

/// Everything as manifests, for programs.
pub fn list(memory: &Memory) -> Json {
    let (accounts, objects) = memory.all();
    let accounts = accounts.iter().map(|it| account(it));
    let items: Vec<Json> = accounts.chain(objects.iter().map(|it| object(it))).collect();
    json!({ "apiVersion": "v1", "kind": "List", "items": items })
}

/// One object as a manifest with all that is known of it; none where it is not there.
pub fn one(memory: &Memory, key: &Key) -> Option<Json> {
    memory.object(key).map(|it| object(&it)).or_else(|| memory.account(key).map(|it| account(&it)))
}

/// What letting objects go leaves behind, as a question needs to say it.
pub fn left_behind(objects: &[Object]) -> String {
    if objects.is_empty() {
        return "Accounts own nothing; they are forgotten.".to_owned();
    }
    let mut text =
        "These are let go. No provider is called: what they own stays there as it is, and waops does not look after \
         it any more.\n"
            .to_owned();
    for object in objects {
        let owns = owned(object).map_or("owns nothing".to_owned(), |owned| format!("leaves {owned}"));
        let _ = writeln!(text, "  {}: {owns}", object.key);
    }
    text.push_str("A manifest that is still there asks at the next plan whether to take it over again.");
    text
}

/// That there is no state, and what begins one.
pub fn none(folder: &Path) -> String {
    format!(
        "there is no state in {} yet; `waops apply` begins one, and -f or --state names another",
        folder.display()
    )
}

fn state(meta: &Meta, conditions: &[Condition]) -> String {
    let ready = conditions.iter().find(|condition| condition.type_ == "Ready");
    match (meta.deleting, ready) {
        (Some(_), _) => "Deleting".to_owned(),
        (None, Some(ready)) => ready.reason.to_string(),
        (None, None) => "-".to_owned(),
    }
}

fn account(account: &AccountObject) -> Json {
    manifest(&account.key, &account.meta, &Written::Missing, &json!(account.spec), &json!(account.status))
}

fn object(object: &Object) -> Json {
    let (spec, status) = match &object.spec {
        Spec::QrCode(spec, status) => (json!(spec), json!(status)),
        Spec::Template(spec, status) => (json!(spec), json!(status)),
        Spec::Garbled(garbled) => match &garbled.status {
            Status::QrCode(status) => (Json::Null, json!(status)),
            Status::Template(status) => (Json::Null, json!(status)),
        },
    };
    manifest(&object.key, &object.meta, &object.annotation, &spec, &status)
}

fn manifest(key: &Key, meta: &Meta, claim: &Written, spec: &Json, status: &Json) -> Json {
    let mut metadata = json!({
        "name": key.name,
        "namespace": key.namespace,
        "uid": meta.uid,
        "generation": meta.generation,
        "creationTimestamp": Time(meta.created),
    });
    if let Some(deleting) = meta.deleting {
        metadata["deletionTimestamp"] = json!(Time(deleting.since));
    }
    if let Written::Says(claim) = claim {
        let text = serde_json::to_string(claim).unwrap_or_default();
        metadata["annotations"] = json!({ CLAIM_ANNOTATION: text });
    }
    json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": key.kind.name(),
        "metadata": metadata,
        "spec": spec,
        "status": status,
    })
}
