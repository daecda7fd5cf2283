//! An object as the API server sends it, and what the loop makes of it.
//!
//! Only what the loop needs is decoded: managed fields and the last applied manifest, nine tenths of an object's
//! memory, are skipped while reading. A spec that does not have the shape of its kind is no error of the list or
//! watch that it comes in: the object is [`Spec::Garbled`], and its claim still counts (claims.md 5).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::core::DynamicResourceScope;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::api::{
    CLAIM_ANNOTATION, CONFIRM_ABSENCE_ANNOTATION, Claim, FINALIZER, GROUP, Kind, RECONCILE_ANNOTATION,
    TAKE_OVER_ANNOTATION, VERSION, WhatsAppAccountSpec, WhatsAppQrCodeStatus, WhatsAppTemplateStatus,
};
use crate::engine::object::{AccountObject, Garbled, Meta, Object, Spec, Status};
use crate::plan::claim::Written;
use crate::plan::facts::{Cause, Deleting, Key};

/// The annotations that mean something to us; no other is kept.
const ANNOTATIONS: [&str; 4] =
    [CLAIM_ANNOTATION, CONFIRM_ABSENCE_ANNOTATION, RECONCILE_ANNOTATION, TAKE_OVER_ANNOTATION];

/// An object of one of our kinds; which one says the [`Kind`] that it was asked for with.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Raw {
    #[serde(deserialize_with = "small")]
    metadata: ObjectMeta,
    /// As it was sent: what becomes of it depends on the kind, and a tree of it would be most of what reading it costs.
    #[serde(default)]
    spec: Option<Box<RawValue>>,
    #[serde(default)]
    status: Option<Box<RawValue>>,
}

impl kube::Resource for Raw {
    type DynamicType = Kind;
    type Scope = DynamicResourceScope;

    fn kind(kind: &Kind) -> Cow<'_, str> {
        kind.name().into()
    }

    fn group(_: &Kind) -> Cow<'_, str> {
        GROUP.into()
    }

    fn version(_: &Kind) -> Cow<'_, str> {
        VERSION.into()
    }

    fn plural(kind: &Kind) -> Cow<'_, str> {
        plural(*kind).into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

/// The name of a kind in paths and in rules of access.
pub(crate) fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Account => "whatsappaccounts",
        Kind::QrCode => "whatsappqrcodes",
        Kind::Template => "whatsapptemplates",
    }
}

/// The name of a kind's definition.
pub(crate) fn definition(kind: Kind) -> String {
    format!("{}.{GROUP}", plural(kind))
}

/// What is kept of an object's metadata. Fields that are not named here are passed over without being built.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Small {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<String>,
    resource_version: Option<String>,
    generation: Option<i64>,
    creation_timestamp: Option<Time>,
    deletion_timestamp: Option<Time>,
    finalizers: Option<Vec<String>>,
    annotations: Option<BTreeMap<String, String>>,
}

fn small<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ObjectMeta, D::Error> {
    let small = Small::deserialize(deserializer)?;
    let known = |annotations: BTreeMap<String, String>| {
        annotations.into_iter().filter(|(name, _)| ANNOTATIONS.contains(&name.as_str())).collect()
    };
    Ok(ObjectMeta {
        name: small.name,
        namespace: small.namespace,
        uid: small.uid,
        resource_version: small.resource_version,
        generation: small.generation,
        creation_timestamp: small.creation_timestamp,
        deletion_timestamp: small.deletion_timestamp,
        finalizers: small.finalizers,
        annotations: small.annotations.map(known),
        ..ObjectMeta::default()
    })
}

impl Raw {
    /// What it is known by.
    pub(crate) fn key(&self, kind: Kind) -> Key {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Key::new(kind, text(&self.metadata.namespace), text(&self.metadata.name))
    }

    /// Finalizers that are not ours.
    pub(super) fn foreign_finalizers(&self) -> Vec<String> {
        let all = self.metadata.finalizers.iter().flatten();
        all.filter(|finalizer| *finalizer != FINALIZER).cloned().collect()
    }

    /// The version that a write must name.
    pub(super) fn version(&self) -> &str {
        self.metadata.resource_version.as_deref().unwrap_or_default()
    }

    /// Whether it goes, and our finalizer holds it no more: none can be added then.
    pub(super) fn is_past_holding(&self) -> bool {
        self.metadata.deletion_timestamp.is_some() && !self.is_held()
    }

    /// Whether nothing keeps it any more: it is gone with the answer that shows it so.
    pub(super) fn is_over(&self) -> bool {
        self.metadata.deletion_timestamp.is_some()
            && self.metadata.finalizers.as_ref().is_none_or(Vec::is_empty)
    }

    fn is_held(&self) -> bool {
        self.metadata.finalizers.iter().flatten().any(|finalizer| finalizer == FINALIZER)
    }

    fn annotation(&self, name: &str) -> Option<&str> {
        self.metadata.annotations.as_ref()?.get(name).map(String::as_str)
    }

    fn known(&self) -> Meta {
        let created = self.metadata.creation_timestamp.as_ref().map_or(Timestamp::UNIX_EPOCH, |time| time.0);
        // Why it goes is asked when it matters (`Store::cause`).
        let deleting = |since: &Time| Deleting { since: since.0, cause: Cause::Person };
        Meta {
            uid: self.metadata.uid.clone().unwrap_or_default().into(),
            version: self.version().to_owned(),
            generation: self.metadata.generation.unwrap_or_default(),
            created,
            deleting: self.metadata.deletion_timestamp.as_ref().map(deleting),
            held: self.is_held(),
            asked: self.annotation(RECONCILE_ANNOTATION).map(str::to_owned),
        }
    }

    /// A QR code or a template.
    pub(crate) fn into_object(self, kind: Kind) -> Object {
        let (key, meta) = (self.key(kind), self.known());
        let annotation = Written::annotation(self.annotation(CLAIM_ANNOTATION));
        let garbled = |why, status| Spec::Garbled(Garbled { why, status });
        let spec = if kind == Kind::Template {
            let salvage = |claim| WhatsAppTemplateStatus { claim, ..Default::default() };
            let status = Box::new(status(self.status.as_deref(), salvage));
            match shaped(self.spec.as_deref()) {
                Ok(spec) => Spec::Template(Box::new(spec), status),
                Err(why) => garbled(why, Status::Template(status)),
            }
        } else {
            let salvage = |claim| WhatsAppQrCodeStatus { claim, ..Default::default() };
            let status = Box::new(status(self.status.as_deref(), salvage));
            match shaped(self.spec.as_deref()) {
                Ok(spec) => Spec::QrCode(Box::new(spec), status),
                Err(why) => garbled(why, Status::QrCode(status)),
            }
        };
        Object { key, meta, spec, annotation }
    }

    /// An account. One that cannot be read names no provider, so its objects hold still.
    pub(crate) fn into_account(self) -> AccountObject {
        let (key, meta) = (self.key(Kind::Account), self.known());
        let take_over = self.annotation(TAKE_OVER_ANNOTATION).map(str::to_owned);
        let confirm_absence = self.annotation(CONFIRM_ABSENCE_ANNOTATION).map(str::to_owned);
        let (spec, garbled) = match shaped(self.spec.as_deref()) {
            Ok(spec) => (spec, None),
            Err(why) => (WhatsAppAccountSpec::default(), Some(why)),
        };
        let status = self.status.and_then(|status| serde_json::from_str(status.get()).ok());
        let status = status.unwrap_or_default();
        AccountObject { key, meta, spec, status, take_over, confirm_absence, garbled }
    }
}

fn shaped<T: DeserializeOwned>(spec: Option<&RawValue>) -> Result<T, String> {
    let text = spec.map_or("null", RawValue::get);
    // Of what has another shape, a tree says what is wrong without a place in an answer that nobody sees.
    let tree = |_| serde_json::from_str::<Value>(text).and_then(serde_json::from_value);
    serde_json::from_str(text).or_else(tree).map_err(|error| {
        let error = without_text(&error.to_string());
        format!("spec does not have the shape of its kind: {error}; write it anew as `kubectl explain` says")
    })
}

/// What serde says, without the text that it found: somebody may have put a secret in the wrong place.
fn without_text(said: &str) -> String {
    let cut = said.split_once("string \"").zip(said.rsplit_once("\", expected"));
    cut.map_or_else(
        || said.to_owned(),
        |((before, _), (_, after))| format!("{before}string, expected{after}"),
    )
}

/// A status; of one that somebody spoilt, at least the claim.
fn status<T: DeserializeOwned + Default>(
    status: Option<&RawValue>,
    salvage: impl Fn(Option<Arc<Claim>>) -> T,
) -> T {
    let Some(status) = status else { return T::default() };
    serde_json::from_str(status.get()).unwrap_or_else(|_| {
        let tree: Option<Value> = serde_json::from_str(status.get()).ok();
        let claim = tree.and_then(|mut tree| serde_json::from_value(tree.get_mut("claim")?.take()).ok());
        salvage(claim)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[allow(clippy::needless_pass_by_value, reason = "so that `json!` reads well at each call")]
    fn raw(spec: Value, status: Value) -> Raw {
        let claim = serde_json::to_string(&Claim { n: 3, ..Claim::default() }).unwrap();
        let metadata = json!({
            "name": "poster", "namespace": "shop", "uid": "u", "resourceVersion": "7", "generation": 2,
            "creationTimestamp": "2026-05-01T10:00:00Z", "finalizers": ["other/one", FINALIZER],
            "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": {}}}],
            "annotations": {
                CLAIM_ANNOTATION: claim,
                "kubectl.kubernetes.io/last-applied-configuration": "{\"long\": true}",
            },
        });
        serde_json::from_value(json!({"metadata": metadata, "spec": spec, "status": status})).unwrap()
    }

    fn code(spec: Value, status: Value) -> Object {
        raw(spec, status).into_object(Kind::QrCode)
    }

    fn hello() -> Value {
        json!({"accountRef": {"name": "shop"}, "phoneNumber": "+4930901820", "prefilledMessage": "Hello"})
    }

    #[test]
    fn what_fills_the_memory_is_not_kept() {
        let raw = raw(hello(), Value::Null);
        assert!(raw.metadata.managed_fields.is_none());
        assert_eq!(raw.metadata.annotations.as_ref().unwrap().len(), 1, "{:?}", raw.metadata.annotations);
        assert_eq!(raw.foreign_finalizers(), ["other/one"]);
    }

    #[test]
    fn claim_05_a_malformed_object_keeps_its_claim() {
        let newer = serde_json::to_value(Claim { n: 4, ..Claim::default() }).unwrap();
        for (spec, reason) in [
            (Value::Null, "no spec"),
            (json!({"accountRef": "shop"}), "another shape"),
            (json!([1, 2]), "no object at all"),
        ] {
            let object = code(spec, json!({"code": "A", "claim": newer}));
            assert!(
                matches!(&object.spec, Spec::Garbled(garbled) if garbled.why.contains("kubectl explain")),
                "{reason}"
            );
            assert!(matches!(&object.annotation, Written::Says(claim) if claim.n == 3), "{reason}");
            assert!(matches!(object.status_claim(), Written::Says(claim) if claim.n == 4), "{reason}");
            assert!(object.meta.held, "{reason}");
        }
    }

    #[test]
    fn of_a_spoilt_status_the_claim_is_saved() {
        let claim = serde_json::to_value(Claim { n: 9, ..Claim::default() }).unwrap();
        let object = code(hello(), json!({"code": 7, "claim": claim}));
        assert!(matches!(object.status_claim(), Written::Says(claim) if claim.n == 9));
        assert!(matches!(code(hello(), json!({"claim": 1})).status_claim(), Written::Missing));
    }

    #[test]
    fn an_account_that_cannot_be_read_names_no_provider_and_quotes_nothing() {
        let account = raw(json!({"meta": {"credentials": "EAAs3cr3t"}}), Value::Null).into_account();
        assert!(account.spec.meta.is_none() && account.spec.alibaba.is_none());
        let why = account.garbled.unwrap();
        assert!(why.contains("invalid type: string, expected") && !why.contains("s3cr3t"), "{why}");
        assert_eq!(account.key, AccountObject::key_of("shop", "poster"));
    }
}
