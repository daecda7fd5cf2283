//! Editing, deleting, archiving and unpausing templates (providers.md B3.1, B3.2).

use serde_json::{Map, Value, json};

use super::super::Provider;
use super::super::call::Call;
use super::super::objects::{Status, Template};
use super::super::review;
use super::super::state::{State, owner};
use super::super::time::{DAY, Time};
use super::auth::Caller;
use super::error::GraphError;
use super::parameters::Parameters;
use super::templates::{self, CATEGORIES, NameLock, rules};

/// How often an approved template can be edited (B3.2; trap 33).
const EDITS: [(usize, i64); 2] = [(1, DAY), (10, 30 * DAY)];

pub(super) fn edit(
    state: &mut State,
    call: &Call<'_>,
    caller: &Caller,
    (waba, id): (&str, &str),
    parameters: &Parameters,
) -> Result<Value, GraphError> {
    let owner = owner(Provider::Meta, waba);
    let now = call.clock.now;
    let known = state.templates_mut(&owner).find(|template| template.id == id).cloned();
    let mut template = known.ok_or_else(|| GraphError::unknown(state, "POST", id))?;
    check_editable(state, &template, now)?;
    let approved = template.status == Status::Approved;
    if let Some(category) = parameters.one_of("category", CATEGORIES)? {
        if approved && category != template.category {
            return Err(GraphError::invalid("The category of an approved template cannot be changed."));
        }
        template.category = category;
    }
    if let Some(components) = parameters.structure("components")? {
        // All of them are replaced (trap 34).
        let named = template.text_field("parameter_format") == "NAMED";
        template.components = rules(state, call, caller, &template.category, named).check(&components)?;
    }
    if let Some(ttl) = templates::time_to_live(parameters, &template.category)? {
        template.fields.insert("message_send_ttl_seconds".to_owned(), ttl.into());
    }
    if approved {
        template.edits.push(now);
    }
    template.status = Status::Pending;
    template.reason = None;
    template.updated = now;
    review::submit(state, Provider::Meta, &mut template, now);
    state.templates_mut(&owner).change(now, |t| t.id == id, |known| known.clone_from(&template));
    review::settle(state, now);
    Ok(json!({ "success": true }))
}

/// APPROVED, REJECTED and PAUSED only, and an approved one not too often (B3.2; B4: 2388039; trap 32).
fn check_editable(state: &State, template: &Template, now: Time) -> Result<(), GraphError> {
    let refused =
        |words: &str| Err(GraphError::template(2_388_039, "This message template cannot be edited", words));
    match template.status {
        Status::Approved if state.settings.limits => {
            let spent = |(most, window): &(usize, i64)| {
                template.edits.iter().filter(|edit| now.since(**edit) < *window).count() >= *most
            };
            if EDITS.iter().any(spent) {
                return refused(
                    "An approved template can be edited once in 24 hours and 10 times in 30 days.",
                );
            }
            Ok(())
        }
        Status::Approved | Status::Rejected | Status::Paused => Ok(()),
        _ => refused("Only approved, rejected and paused templates can be edited."),
    }
}

/// By name: every language. By `hsm_id` and `name`: one. By `hsm_ids`: up to a hundred, all or nothing
/// (B3.1; trap 30).
pub(super) fn delete(
    state: &mut State,
    call: &Call<'_>,
    waba: &str,
    parameters: &Parameters,
) -> Result<Value, GraphError> {
    let owner = owner(Provider::Meta, waba);
    let name = parameters.text("name")?.map(str::to_owned);
    let id = parameters.text("hsm_id")?.map(str::to_owned);
    let ids = parameters.words("hsm_ids")?;
    if ids.len() > 100 || (!ids.is_empty() && (name.is_some() || id.is_some())) {
        return Err(GraphError::invalid("Param hsm_ids holds at most 100 ids and stands alone."));
    }
    if ids.is_empty() && name.is_none() {
        return Err(GraphError::missing("name"));
    }
    let wanted = |template: &Template| {
        if ids.is_empty() {
            name.as_ref().is_some_and(|name| *name == template.name)
                && id.as_ref().is_none_or(|id| *id == template.id)
        } else {
            ids.contains(&template.id)
        }
    };
    let found: Vec<_> = state.templates_mut(&owner).live().filter(|t| wanted(t)).cloned().collect();
    if found.is_empty() || found.len() < ids.len() {
        // Not in providers.md; the subcode is the one that public clients know.
        let words = "There is no such message template.";
        return Err(GraphError::template(2_593_002, "Message template not found", words));
    }
    if found.iter().any(|template| template.status == Status::Disabled) {
        // DISABLED cannot be deleted (B3.2; trap 42).
        let words = "A disabled template cannot be deleted.";
        return Err(GraphError::template(2_388_039, "This message template cannot be deleted", words));
    }
    for template in found {
        let all_languages = ids.is_empty() && id.is_none();
        remove(state, &owner, &template, all_languages, call.clock.now);
    }
    Ok(json!({ "success": true }))
}

/// Deletes; a template that was approved leaves a locked name, and by a switch stays listed for a while.
fn remove(state: &mut State, owner: &str, template: &Template, all_languages: bool, now: Time) {
    let was_approved = matches!(template.status, Status::Approved | Status::Paused | Status::Archived);
    if was_approved {
        state.locks.push(NameLock {
            owner: owner.to_owned(),
            name: template.name.clone(),
            language: (!all_languages).then(|| template.language.clone()),
            until: now.plus(state.settings.meta.name_lock_ms),
        });
    }
    let linger = state.settings.meta.pending_deletion_ms;
    let shelf = state.templates_mut(owner);
    if was_approved && linger > 0 {
        shelf.change(
            now,
            |known| known.id == template.id,
            |known| {
                known.status = Status::PendingDeletion;
                known.gone_at = Some(now.plus(linger));
                known.future.clear();
            },
        );
    } else {
        shelf.remove(now, |known| known.id == template.id);
    }
}

pub(super) fn unpause(state: &mut State, call: &Call<'_>, waba: &str, id: &str) -> Value {
    let shelf = state.templates_mut(&owner(Provider::Meta, waba));
    let paused = |template: &Template| template.id == id && template.status == Status::Paused;
    let changed = shelf.change(call.clock.now, paused, |template| template.status = Status::Approved);
    match changed {
        0 => json!({ "success": false, "reason": "The template is not paused." }),
        _ => json!({ "success": true }),
    }
}

/// `hsm_ids`, at most a hundred, as an array or joined by commas (B3.1).
pub(super) fn archive(
    state: &mut State,
    call: &Call<'_>,
    waba: &str,
    parameters: &Parameters,
    archives: bool,
) -> Result<Value, GraphError> {
    let ids = parameters.words("hsm_ids")?;
    if !(1..=100).contains(&ids.len()) {
        return Err(GraphError::invalid("Param hsm_ids holds 1 to 100 ids."));
    }
    let (from, to, done) = if archives {
        (Status::Approved, Status::Archived, "archived_templates")
    } else {
        (Status::Archived, Status::Approved, "unarchived_templates")
    };
    let shelf = state.templates_mut(&owner(Provider::Meta, waba));
    let (moved, failed): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| {
        let right = |template: &Template| template.id == *id && template.status == from;
        shelf.change(call.clock.now, right, |template| template.status = to) > 0
    });
    Ok(json!({ done: moved, "failed_templates": failed }))
}

/// Authentication templates in several languages at once (B3.1, M-auth).
pub(super) fn upsert(
    state: &mut State,
    call: &Call<'_>,
    caller: &Caller,
    waba: &str,
    parameters: &Parameters,
) -> Result<Value, GraphError> {
    let name = parameters.required("name")?;
    let languages = parameters.words("languages")?;
    let mut data = Vec::new();
    for language in languages {
        let owner = owner(Provider::Meta, waba);
        let known = state.templates_mut(&owner).find(|t| t.name == name && t.language == language).cloned();
        let mut fields: Map<_, _> =
            parameters.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        fields.insert("language".to_owned(), language.as_str().into());
        let single = Parameters::new(fields);
        let answer = if let Some(known) = known {
            edit(state, call, caller, (waba, &known.id), &single)?;
            json!({ "id": known.id, "status": "PENDING", "language": language })
        } else {
            let mut created = templates::create(state, call, caller, waba, &single)?;
            created["language"] = language.into();
            created
        };
        data.push(answer);
    }
    Ok(json!({ "data": data }))
}
