//! Creating and reading templates (providers.md B3.1, B3.2).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::Provider;
use super::super::call::Call;
use super::super::objects::{Status, Submission, Template};
use super::super::review;
use super::super::state::{State, owner};
use super::super::time::{HOUR, Time};
use super::super::values::{is_language, is_template_name};
use super::auth::Caller;
use super::components::Rules;
use super::error::GraphError;
use super::fields;
use super::pages::Window;
use super::parameters::Parameters;
use super::phones::select;
use super::read_form;

pub(super) const CATEGORIES: &[&str] = &["MARKETING", "UTILITY", "AUTHENTICATION"];
const FIELDS: &[&str] = &[
    "id",
    "name",
    "language",
    "status",
    "category",
    "components",
    "parameter_format",
    "rejected_reason",
    "quality_score",
    "previous_category",
    "correct_category",
    "message_send_ttl_seconds",
    "sub_category",
    "cta_url_link_tracking_opted_out",
    "library_template_name",
    "last_updated_time",
];
const DEFAULTS: &[&str] = &[
    "name",
    "parameter_format",
    "components",
    "language",
    "status",
    "category",
    "sub_category",
    "previous_category",
    "id",
];
/// Fields of Create that are kept as they are (B3.1).
const KEPT: &[&str] = &[
    "sub_category",
    "display_format",
    "product_set_id",
    "library_template_name",
    "library_template_body_inputs",
    "library_template_button_inputs",
    "cta_url_link_tracking_opted_out",
];

/// A name that cannot be used for a while (B3.2, "Name reuse"; trap 31).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct NameLock {
    pub(super) owner: String,
    pub(super) name: String,
    /// One language, or all with none.
    pub(super) language: Option<String>,
    pub(super) until: Time,
}

/// The rules that components of this app must keep, here and now.
pub(super) fn rules<'s>(
    state: &'s State,
    call: &Call<'_>,
    caller: &'s Caller,
    category: &'s str,
    named: bool,
) -> Rules<'s> {
    let settings = &state.settings.meta;
    Rules { category, named, settings, handles: &state.handles, app: &caller.app.id, now: call.clock.now }
}

pub(super) fn create(
    state: &mut State,
    call: &Call<'_>,
    caller: &Caller,
    waba: &str,
    parameters: &Parameters,
) -> Result<Value, GraphError> {
    let owner = owner(Provider::Meta, waba);
    bury(state, &owner, call.clock.now);
    let name = parameters.required("name")?;
    if !is_template_name(name) {
        let message = "Param name holds lower-case letters, digits and underscores, at most 512.";
        return Err(GraphError::invalid(message));
    }
    let language = parameters.required("language")?;
    if !is_language(language) {
        return Err(GraphError::invalid("Param language is not a supported language."));
    }
    parameters.required("category")?;
    let category = parameters.one_of("category", CATEGORIES)?.unwrap_or_default();
    let named = parameters.one_of("parameter_format", &["POSITIONAL", "NAMED"])?;
    let named = named.is_some_and(|format| format == "NAMED");
    check_room(state, call, waba, &owner)?;
    check_name(state, call.clock.now, &owner, name, language)?;
    // A library template brings its own components (part F).
    let components = match parameters.structure("components")? {
        None if parameters.get("library_template_name").is_some() => library(),
        None => return Err(GraphError::missing("components")),
        Some(components) => rules(state, call, caller, &category, named).check(&components)?,
    };
    let fields = kept_fields(parameters, &category, named)?;
    let id = state.random.big_id("9");
    let submission = Submission { id: id.clone(), name, language, category: &category, components, fields };
    let mut template = Template::new(submission, call.clock.now);
    review::submit(state, Provider::Meta, &mut template, call.clock.now);
    state.add_template(&owner, template, call.clock.now);
    state.windows.note(&format!("{owner}/creations"), call.clock.now);
    // A review can end at once, and under another category (traps 36, 38).
    review::settle(state, call.clock.now);
    let known = state.templates_mut(&owner).find(|template| template.id == id);
    let known = known.map_or((Status::Pending, category.as_str()), |known| (known.status, &known.category));
    Ok(json!({ "id": id, "status": known.0.on_meta(), "category": known.1 }))
}

/// What a library template consists of, as far as this simulator has a library.
fn library() -> Vec<Value> {
    vec![json!({ "type": "BODY", "text": "This is a template of the library." })]
}

/// 100 creations an hour; 250 templates, or 6,000 for a verified portfolio (B3.2).
fn check_room(state: &mut State, call: &Call<'_>, waba: &str, owner: &str) -> Result<(), GraphError> {
    if !state.settings.limits {
        return Ok(());
    }
    if state.windows.count(&format!("{owner}/creations"), HOUR, call.clock.now) >= 100 {
        // Which code this has is not documented; it is a limit of the WABA, so it has theirs.
        return Err(GraphError::throttled(state));
    }
    let verified = state.meta.wabas.iter().any(|known| known.id == waba && known.verified);
    let room = if verified { 6_000 } else { 250 };
    if state.templates_mut(owner).live().count() >= room {
        let words = "This WhatsApp Business account has reached its limit of message templates.";
        return Err(GraphError::template(2_388_019, "Template limit reached", words));
    }
    Ok(())
}

/// A name can be locked or taken (B4: 2388023, 2388024).
fn check_name(
    state: &mut State,
    now: Time,
    owner: &str,
    name: &str,
    language: &str,
) -> Result<(), GraphError> {
    state.locks.retain(|lock| lock.until > now);
    let locked = state.locks.iter().any(|lock| {
        let all_or_this = lock.language.as_deref().is_none_or(|locked| locked == language);
        lock.owner == owner && lock.name == name && all_or_this
    });
    if locked {
        let words = "New content cannot be added while the existing content in this language is being deleted. \
                     Try again in 4 weeks or use another name.";
        return Err(GraphError::template(2_388_023, "Message template language is being deleted", words));
    }
    let taken = state.templates_mut(owner).find(|t| t.name == name && t.language == language).is_some();
    if taken {
        let words = "There is already content in this language for this template.";
        return Err(GraphError::template(2_388_024, "Content in this language already exists", words));
    }
    Ok(())
}

/// Drops what was still listed while it was being deleted.
pub(super) fn bury(state: &mut State, owner: &str, now: Time) {
    if state.settings.meta.pending_deletion_ms > 0 {
        state.templates_mut(owner).remove(now, |template| template.gone_at.is_some_and(|end| end <= now));
    }
}

fn kept_fields(
    parameters: &Parameters,
    category: &str,
    named: bool,
) -> Result<Map<String, Value>, GraphError> {
    let mut fields = Map::new();
    let format = if named { "NAMED" } else { "POSITIONAL" };
    fields.insert("parameter_format".to_owned(), format.into());
    for name in KEPT {
        if let Some(value) = parameters.get(name) {
            fields.insert((*name).to_owned(), value.clone());
        }
    }
    if let Some(ttl) = time_to_live(parameters, category)? {
        fields.insert("message_send_ttl_seconds".to_owned(), ttl.into());
    }
    Ok(fields)
}

/// B3.2, "TTL"; -1 stands for thirty days, not for marketing (trap 50).
pub(super) fn time_to_live(parameters: &Parameters, category: &str) -> Result<Option<i64>, GraphError> {
    let Some(ttl) = parameters.whole("message_send_ttl_seconds")? else { return Ok(None) };
    let allowed = match category {
        "AUTHENTICATION" => ttl == -1 || (30..=900).contains(&ttl),
        "UTILITY" => ttl == -1 || (30..=43_200).contains(&ttl),
        _ => (43_200..=2_592_000).contains(&ttl),
    };
    if allowed {
        Ok(Some(ttl))
    } else {
        Err(GraphError::invalid("Param message_send_ttl_seconds is out of range for this category."))
    }
}

pub(super) fn list(
    state: &mut State,
    call: &Call<'_>,
    caller: &Caller,
    waba: &str,
    parameters: &Parameters,
) -> Result<Value, GraphError> {
    let owner = owner(Provider::Meta, waba);
    bury(state, &owner, call.clock.now);
    let window = Window::read(state, parameters, 250)?;
    let fields = fields::read(parameters, "WhatsAppMessageTemplate", FIELDS)?;
    let filter = Filter::read(parameters)?;
    let visible = call.visible(state, state.templates.get(&owner));
    let found: Vec<_> = visible.into_iter().rev().filter(|template| filter.matches(template)).collect();
    let total = found.len();
    let page = window.cut(found.into_iter().map(|template| (template.sequence, template)).collect());
    let page = page.map(|template| select(&shown(state, template), fields.as_deref(), DEFAULTS));
    let mut value = page.into_value(state, call, caller, parameters);
    if parameters.get("summary").is_some() {
        let room = if state.meta.wabas.iter().any(|w| w.id == waba && w.verified) { 6_000 } else { 250 };
        value["summary"] =
            json!({ "total_count": total, "message_template_count": total, "message_template_limit": room });
    }
    Ok(value)
}

/// The filters of the list (B3.1). `name` is not exact (trap 39).
struct Filter {
    name: String,
    content: String,
    name_or_content: String,
    language: Vec<String>,
    status: Vec<String>,
    category: Vec<String>,
    quality: Vec<String>,
}

impl Filter {
    fn read(parameters: &Parameters) -> Result<Self, GraphError> {
        let text = |name: &str| Ok(parameters.text(name)?.unwrap_or_default().to_owned());
        Ok(Self {
            name: text("name")?,
            content: text("content")?,
            name_or_content: text("name_or_content")?,
            language: parameters.words("language")?,
            status: parameters.words("status")?,
            category: parameters.words("category")?,
            quality: parameters.words("quality_score")?,
        })
    }

    fn matches(&self, template: &Template) -> bool {
        let content = |wanted: &str| {
            wanted.is_empty()
                || template.components.iter().any(|component| component.to_string().contains(wanted))
        };
        let one_of = |wanted: &[String], value: &str| {
            wanted.is_empty() || wanted.iter().any(|word| word.eq_ignore_ascii_case(value))
        };
        template.name.contains(&self.name)
            && content(&self.content)
            && (template.name.contains(&self.name_or_content) || content(&self.name_or_content))
            && one_of(&self.language, &template.language)
            && one_of(&self.status, template.status.on_meta())
            && one_of(&self.category, &template.category)
            && one_of(&self.quality, &template.quality)
    }
}

pub(super) fn one(
    state: &mut State,
    waba: &str,
    id: &str,
    parameters: &Parameters,
) -> Result<Value, GraphError> {
    let fields = fields::read(parameters, "WhatsAppMessageTemplate", FIELDS)?;
    let shelf = state.templates.get(&owner(Provider::Meta, waba));
    let found = shelf.and_then(|shelf| shelf.find(|template| template.id == id));
    let found = found.ok_or_else(|| GraphError::unknown(state, "GET", id))?;
    Ok(select(&shown(state, found), fields.as_deref(), DEFAULTS))
}

fn shown(state: &State, template: &Template) -> Value {
    let mut value = Value::Object(template.fields.clone());
    value["id"] = template.id.as_str().into();
    value["name"] = template.name.as_str().into();
    value["language"] = template.language.as_str().into();
    value["status"] = template.status.on_meta().into();
    value["category"] = template.category.as_str().into();
    value["components"] = read_form::of(&template.components, &state.settings.public_url);
    value["rejected_reason"] = template.reason.as_deref().unwrap_or("NONE").into();
    value["quality_score"] = json!({ "score": template.quality, "date": template.updated.unix_seconds() });
    value["last_updated_time"] = template.updated.iso().into();
    if let Some(previous) = &template.previous_category {
        value["previous_category"] = previous.as_str().into();
    }
    value
}
