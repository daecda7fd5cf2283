//! What must hold of templates once everything rests, as strictly as of codes.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use waops::api::{Claim, WhatsAppTemplateSpec, WhatsAppTemplateStatus};
use waops::engine::object::{Object, Spec};
use waops::simulator::Provider as Face;

use super::cast::LANGUAGES;
use super::ledger::{claim_of, claims_of, short};
use super::people::message;
use super::stage::Stage;

/// A template at a provider.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) face: Face,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) language: String,
    /// When it was edited while it was approved.
    pub(crate) edits: Vec<Timestamp>,
    status: String,
    body: String,
    paused: bool,
}

impl Form {
    /// What it is told apart by.
    pub(crate) fn place(&self) -> String {
        place(&self.id, &self.language)
    }

    fn is_of(&self, object: &Object, claim: &Claim) -> bool {
        places(object, claim).contains(&self.place())
    }

    pub(crate) fn is_going(&self) -> bool {
        self.status.eq_ignore_ascii_case("pendingDeletion")
    }

    pub(crate) fn is_approved(&self) -> bool {
        self.status.eq_ignore_ascii_case("approved")
    }

    /// Whether it is not as a manifest says; one that says nothing of a setting may have said something before.
    pub(crate) fn differs(&self, spec: &WhatsAppTemplateSpec) -> bool {
        spec.components.body.text.as_ref() != Some(&self.body)
            || spec.category_change_paused.unwrap_or_default() != self.paused
    }
}

/// What a template is told apart by: at Alibaba the languages of one name have one id.
pub(crate) fn place(id: &str, language: &str) -> String {
    format!("{id}/{language}")
}

/// The template that an object claims, whose manifest may have been changed; in every language, where its own cannot be
/// read.
pub(crate) fn places(object: &Object, claim: &Claim) -> Vec<String> {
    let claimed = claim.template.as_deref().and_then(|named| named.rsplit_once('/'));
    let languages = match (claimed, &object.spec) {
        (Some((_, language)), _) => vec![language],
        (None, Spec::Template(spec, _)) => vec![spec.language.as_str()],
        _ => LANGUAGES.to_vec(),
    };
    let id = claim.template_id.iter();
    id.flat_map(|id| languages.iter().map(|language| place(id, language))).collect()
}

/// Every template that is there.
pub(crate) fn live_forms(stage: &Stage) -> Vec<Form> {
    let objects = stage.inside.simulator().objects();
    let owners = objects.get("templates").and_then(Value::as_object);
    let forms = owners.into_iter().flatten().flat_map(|(owner, forms)| {
        let face = if owner.starts_with("meta/") { Face::Meta } else { Face::Alibaba };
        forms.as_array().into_iter().flatten().map(move |form| (face, form))
    });
    let text =
        |value: &Value, field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let edits = |form: &Value| -> Vec<Timestamp> {
        let made = form.get("edits").and_then(Value::as_array).into_iter().flatten();
        made.filter_map(|at| Timestamp::from_millisecond(at.as_i64()?).ok()).collect()
    };
    forms
        .map(|(face, form)| Form {
            face,
            id: text(form, "id"),
            name: text(form, "name"),
            language: text(form, "language"),
            edits: edits(form),
            status: text(form, "status"),
            body: body(form).replace("$(name)", "{{name}}"),
            paused: form.pointer("/fields/CategoryChangePaused").and_then(Value::as_bool).unwrap_or_default(),
        })
        .collect()
}

fn body(form: &Value) -> String {
    let components = form.get("components").and_then(Value::as_array);
    let is_body = |component: &&Value| {
        let kind = component.get("type").or_else(|| component.get("Type")).and_then(Value::as_str);
        kind == Some("BODY")
    };
    let body = components.into_iter().flatten().find(is_body);
    let text = body.and_then(|body| body.get("text").or_else(|| body.get("Text")).and_then(Value::as_str));
    text.unwrap_or_default().to_owned()
}

/// Everything that must hold of templates at the end.
pub(crate) fn judge(stage: &Stage, objects: &[Arc<Object>]) {
    let live = live_forms(stage);
    for object in objects.iter().filter(|object| object.meta.deleting.is_none()) {
        if let Spec::Template(spec, status) = &object.spec {
            of_object(stage, object, spec, status, &live, objects);
        }
    }
    owners(stage, objects, &live);
    orphans(stage, objects, &live);
}

fn of_object(
    stage: &Stage,
    object: &Object,
    spec: &WhatsAppTemplateSpec,
    status: &WhatsAppTemplateStatus,
    live: &[Form],
    all: &[Arc<Object>],
) {
    let ready = status.conditions.iter().find(|condition| condition.type_ == "Ready");
    let reason = ready.map(|ready| ready.reason.as_str()).unwrap_or_default();
    let about = || format!("{} is {reason}: {}", short(&object.key), message(object).unwrap_or_default());
    if ready.is_some_and(|ready| ready.observed_generation != Some(object.meta.generation)) {
        stage.broken("a status is about the manifest as it is", about);
    }
    let claim = claim_of(object);
    let own = claim.as_ref().and_then(|claim| claim.template_id.clone());
    let form = live.iter().find(|form| claim.as_ref().is_some_and(|claim| form.is_of(object, claim)));
    if ready.is_some_and(|ready| ready.status == "True") {
        let wanted = spec.components.body.text.as_deref();
        let is_true = form.is_some_and(|form| {
            (form.is_approved() || reason == "Submitted")
                && Some(form.body.as_str()) == wanted
                && spec.category_change_paused.is_none_or(|paused| paused == form.paused)
        });
        if !is_true || status.template_id != own {
            stage.broken("Ready is true", || format!("{}; claim {claim:?}; {form:?}", about()));
        }
    }
    let is_open = claim.as_ref().is_some_and(|claim| claim.intent.is_some());
    if is_open && !matches!(reason, "Taken" | "AdoptionNeeded" | "AccountChanged" | "ClaimUnreadable") {
        stage.broken("an unclear call is resolved (claim 12)", || format!("{}: {claim:?}", about()));
    }
    let key = (&spec.name, &spec.language);
    let named =
        |other: &Spec| matches!(other, Spec::Template(other, _) if (&other.name, &other.language) == key);
    let is_there = || live.iter().any(|form| (&form.name, &form.language) == key);
    let is_true = match reason {
        "Taken" => {
            is_there()
                || all.iter().any(|other| {
                    other.key != object.key && (named(&other.spec) || matches!(other.spec, Spec::Garbled(_)))
                })
        }
        "AdoptionNeeded" => is_there(),
        "ProviderForbids" => form.is_some_and(|form| form.face == Face::Alibaba && form.differs(spec)),
        "EditsUsedUp" => form.is_some_and(|form| form.face == Face::Meta),
        _ => true,
    };
    if !is_true {
        stage.broken("a status says what is", about);
    }
}

/// No two objects have one template.
fn owners(stage: &Stage, objects: &[Arc<Object>], live: &[Form]) {
    let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for object in objects.iter().filter(|object| object.meta.deleting.is_none()) {
        let Spec::Template(..) = &object.spec else { continue };
        for place in claim_of(object).iter().flat_map(|claim| places(object, claim)) {
            owners.entry(place).or_default().push(short(&object.key));
        }
    }
    for (place, keys) in owners {
        if keys.len() > 1 && live.iter().any(|form| form.place() == place) {
            stage.broken("one template has one owner", || format!("{place}: {keys:?}"));
        }
    }
}

/// Every template that we made is somebody's, or somebody let it go.
fn orphans(stage: &Stage, objects: &[Arc<Object>], live: &[Form]) {
    for form in live.iter().filter(|form| !form.is_going()) {
        let ledger = stage.ledger();
        let is_owned = objects.iter().any(|object| {
            claims_of(object).iter().any(|claim| {
                form.is_of(object, claim)
                    || (claim.template_id.as_ref() == Some(&form.id)
                        && ledger.spoke(&object.meta.uid, &form.language))
                    || ((claim.intent.is_some() || !claim.abandoned.is_empty())
                        && ledger.wanted_name(&object.meta.uid, &form.name))
            })
        });
        let is_loose = ledger.foreign.contains(&form.place())
            || ledger.loose.contains(&form.place())
            || ledger.loose_names.contains(&form.name);
        drop(ledger);
        if !is_owned && !is_loose {
            stage.broken("every template that we made has its object (promise 1)", || {
                format!("{form:?} is nobody's")
            });
        }
    }
}
