//! One object as a line of a state. No Secret is among what it holds.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::api::{
    Claim, Kind, Name, WhatsAppAccountSpec, WhatsAppAccountStatus, WhatsAppQrCodeSpec, WhatsAppQrCodeStatus,
    WhatsAppTemplateSpec, WhatsAppTemplateStatus,
};
use crate::engine::object::{AccountObject, Garbled, Meta, Object, Spec, Status};
use crate::plan::claim::Written;
use crate::plan::facts::{Cause, Deleting, Key};

/// Anything that is kept. The spec is kept whole: an object whose manifest is gone must still be shown, inherited from
/// and deleted as it was declared.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<S, T> {
    kind: String,
    namespace: String,
    name: String,
    uid: Name,
    created: Time,
    generation: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleting: Option<Going>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    held: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    take_over: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confirm_absence: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim: Option<Claim>,
    /// There was a claim that nobody can read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    claim_unreadable: bool,
    spec: Option<S>,
    status: Option<T>,
}

#[derive(Clone, Deserialize, Serialize)]
struct Going {
    since: Time,
    cause: Why,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
enum Why {
    Person,
    Namespace,
    Definition,
    Leaving,
}

/// An object or an account.
#[derive(Debug, PartialEq)]
pub(super) enum Thing {
    Account(Box<AccountObject>),
    Object(Box<Object>),
}

/// An account as a line.
pub(super) fn account(account: &AccountObject) -> serde_json::Result<Vec<u8>> {
    let (take_over, confirm_absence) = (account.take_over.clone(), account.confirm_absence.clone());
    let (spec, status) = (Some(&account.spec), Some(&account.status));
    let record = Record {
        take_over,
        confirm_absence,
        ..record(&account.key, &account.meta, &Written::Missing, spec, status)
    };
    serde_json::to_vec(&record)
}

/// An object as a line.
pub(super) fn object(object: &Object) -> serde_json::Result<Vec<u8>> {
    let Object { key, meta, spec, annotation } = object;
    match spec {
        Spec::QrCode(spec, status) => {
            serde_json::to_vec(&record(key, meta, annotation, Some(&**spec), Some(&**status)))
        }
        Spec::Template(spec, status) => {
            serde_json::to_vec(&record(key, meta, annotation, Some(&**spec), Some(&**status)))
        }
        Spec::Garbled(garbled) => {
            let none: Option<()> = None;
            match &garbled.status {
                Status::QrCode(status) => {
                    serde_json::to_vec(&record(key, meta, annotation, none, Some(&**status)))
                }
                Status::Template(status) => {
                    serde_json::to_vec(&record(key, meta, annotation, none, Some(&**status)))
                }
            }
        }
    }
}

fn record<S, T>(
    key: &Key,
    meta: &Meta,
    annotation: &Written,
    spec: Option<S>,
    status: Option<T>,
) -> Record<S, T> {
    let going = |deleting: Deleting| Going { since: Time(deleting.since), cause: deleting.cause.into() };
    let claim = match annotation {
        Written::Says(claim) => Some(Claim::clone(claim)),
        Written::Missing | Written::Garbled => None,
    };
    Record {
        kind: key.kind.name().to_owned(),
        namespace: key.namespace.to_string(),
        name: key.name.to_string(),
        uid: meta.uid.clone(),
        created: Time(meta.created),
        generation: meta.generation,
        deleting: meta.deleting.map(going),
        held: meta.held,
        asked: meta.asked.clone(),
        take_over: None,
        confirm_absence: None,
        claim,
        claim_unreadable: *annotation == Written::Garbled,
        spec,
        status,
    }
}

/// What a line says; `version` is the one it gets.
pub(super) fn thing(line: &[u8], version: &str) -> serde_json::Result<Thing> {
    #[derive(Deserialize)]
    struct Peek {
        kind: String,
    }
    let kind = Kind::from_name(&serde_json::from_slice::<Peek>(line)?.kind);
    let missing =
        |status| Spec::Garbled(Garbled { why: "its manifest could not be read".to_owned(), status });
    match kind {
        Some(Kind::Account) => {
            let record = parse::<WhatsAppAccountSpec, WhatsAppAccountStatus>(line)?;
            let (key, meta) = (record.key(Kind::Account), record.meta(version));
            let (spec, status) = (record.spec.unwrap_or_default(), record.status.unwrap_or_default());
            let (take_over, confirm_absence) = (record.take_over, record.confirm_absence);
            let account =
                AccountObject { key, meta, spec, status, take_over, confirm_absence, garbled: None };
            Ok(Thing::Account(Box::new(account)))
        }
        Some(Kind::QrCode) => {
            let record = parse::<WhatsAppQrCodeSpec, WhatsAppQrCodeStatus>(line)?;
            let (key, meta, annotation) =
                (record.key(Kind::QrCode), record.meta(version), record.annotation());
            let status = record.status.unwrap_or_default();
            let spec = match record.spec {
                Some(spec) => Spec::QrCode(Box::new(spec), Box::new(status)),
                None => missing(Status::QrCode(Box::new(status))),
            };
            Ok(Thing::Object(Box::new(Object { key, meta, spec, annotation })))
        }
        Some(Kind::Template) => {
            let record = parse::<WhatsAppTemplateSpec, WhatsAppTemplateStatus>(line)?;
            let (key, meta, annotation) =
                (record.key(Kind::Template), record.meta(version), record.annotation());
            let status = record.status.unwrap_or_default();
            let spec = match record.spec {
                Some(spec) => Spec::Template(Box::new(spec), Box::new(status)),
                None => missing(Status::Template(Box::new(status))),
            };
            Ok(Thing::Object(Box::new(Object { key, meta, spec, annotation })))
        }
        None => Err(serde::de::Error::custom("an object of an unknown kind")),
    }
}

fn parse<S: DeserializeOwned, T: DeserializeOwned>(line: &[u8]) -> serde_json::Result<Record<S, T>> {
    serde_json::from_slice(line)
}

impl<S, T> Record<S, T> {
    fn key(&self, kind: Kind) -> Key {
        Key::new(kind, self.namespace.clone(), self.name.clone())
    }

    fn meta(&self, version: &str) -> Meta {
        let deleting = |going: &Going| Deleting { since: going.since.0, cause: going.cause.into() };
        Meta {
            uid: self.uid.clone(),
            version: version.to_owned(),
            generation: self.generation,
            created: self.created.0,
            deleting: self.deleting.as_ref().map(deleting),
            held: self.held,
            asked: self.asked.clone(),
        }
    }

    fn annotation(&self) -> Written {
        match &self.claim {
            Some(claim) => Written::Says(Arc::new(claim.clone())),
            None if self.claim_unreadable => Written::Garbled,
            None => Written::Missing,
        }
    }
}

impl From<Cause> for Why {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Person => Self::Person,
            Cause::Namespace => Self::Namespace,
            Cause::Definition => Self::Definition,
            Cause::Leaving => Self::Leaving,
        }
    }
}

impl From<Why> for Cause {
    fn from(why: Why) -> Self {
        match why {
            Why::Person => Self::Person,
            Why::Namespace => Self::Namespace,
            Why::Definition => Self::Definition,
            Why::Leaving => Self::Leaving,
        }
    }
}
