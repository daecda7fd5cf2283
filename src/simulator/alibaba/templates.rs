//! Writing templates (providers.md A3; vendor-docs/alibaba-CreateChatappTemplate.txt).

use serde_json::{Map, Value, json};

use super::super::Provider;
use super::super::call::Call;
use super::super::objects::{Status, Submission, Template};
use super::super::review;
use super::super::state::{State, owner};
use super::super::tenants::AlibabaAccount;
use super::super::values::{is_language, is_template_name, text};
use super::wire::{Answer, Parameters, Refused};
use super::{components, space};

pub(super) const CATEGORIES: &[&str] = &["UTILITY", "MARKETING", "AUTHENTICATION"];

/// The message of the documented success of Create (vendor-docs; trap 15).
const STRANGE_MESSAGE: &str = "User not authorized to operate on the specified resource.";

/// Refusals of the product whose HTTP status nobody wrote down (A4; part E).
pub(super) fn refused(state: &State, code: &str, message: &str) -> Refused {
    Refused::business(state.settings.alibaba.error_status, code, message)
}

/// Adds `Success` where the switch says that answers have it (A3.2).
pub(super) fn success(state: &State, answer: Answer) -> Answer {
    if state.settings.alibaba.success_field { answer.with("Success", true) } else { answer }
}

pub(super) fn template_type<'p>(
    state: &State,
    parameters: &'p Parameters,
) -> Result<Option<&'p str>, Refused> {
    parameters.one_of("TemplateType", &["WHATSAPP", "VIBER"]).map_err(|_| {
        refused(state, "InvalidParameter.TemplateTypeNotSupport", "The template type is not supported.")
    })
}

pub(super) fn language<'p>(state: &State, parameters: &'p Parameters) -> Result<Option<&'p str>, Refused> {
    match parameters.get("Language") {
        Some(word) if !is_language(word) => {
            Err(refused(state, "InvalidParameter.LanguageNotSupport", "The language is not supported."))
        }
        word => Ok(word),
    }
}

/// What identifies a template in Modify, Delete, `GetDetail`: code or name, one of them (A3.1).
pub(super) struct Identity<'p> {
    code: Option<&'p str>,
    name: Option<&'p str>,
}

impl<'p> Identity<'p> {
    pub(super) fn read(parameters: &'p Parameters) -> Result<Self, Refused> {
        let identity = Self { code: parameters.get("TemplateCode"), name: parameters.get("TemplateName") };
        if identity.code.is_none() && identity.name.is_none() {
            return Err(Refused::missing("TemplateCode"));
        }
        Ok(identity)
    }

    pub(super) fn is(&self, template: &Template) -> bool {
        self.code.is_none_or(|code| code == template.id) && self.name.is_none_or(|name| name == template.name)
    }
}

pub(super) fn create(
    state: &mut State,
    call: &Call<'_>,
    account: &AlibabaAccount,
    parameters: &Parameters,
) -> Result<Answer, Refused> {
    let owner = owner(Provider::Alibaba, &space(account, parameters)?.id);
    let name = parameters.required("Name")?;
    parameters.required("Language")?;
    let language = language(state, parameters)?.unwrap_or_default();
    parameters.required("TemplateType")?;
    template_type(state, parameters)?;
    parameters.required("Category")?;
    let category = parameters.one_of("Category", CATEGORIES)?.unwrap_or_default();
    if !is_template_name(name) {
        return Err(refused(state, "InvalidParameter.CreateError", "The template name is not valid."));
    }
    parameters.required("Components")?;
    let components = read_components(state, parameters, category)?;
    let fields = fields(account, parameters, category)?;
    let shelf = state.templates_mut(&owner);
    if shelf.find(|known| known.name == name && known.language == language).is_some() {
        let message = "The template name already exists.";
        return Err(refused(state, "InvalidParameter.TemplateNameExist", message));
    }
    let sibling = shelf.find(|known| known.name == name).map(|known| known.id.clone());
    let sibling = sibling.filter(|_| state.settings.alibaba.one_code_per_name);
    let code = sibling.unwrap_or_else(|| state.random.big_id(""));
    let submission = Submission { id: code.clone(), name, language, category, components, fields };
    let mut template = Template::new(submission, call.clock.now);
    // Create submits for review at once, and the answer holds no status (A3.4, C2; trap 38).
    review::submit(state, Provider::Alibaba, &mut template, call.clock.now);
    state.add_template(&owner, template, call.clock.now);
    review::settle(state, call.clock.now);
    let data = json!({ "TemplateCode": code, "TemplateName": name });
    Ok(success(state, Answer::new(STRANGE_MESSAGE).with("Data", data)))
}

pub(super) fn modify(
    state: &mut State,
    call: &Call<'_>,
    account: &AlibabaAccount,
    parameters: &Parameters,
) -> Result<Answer, Refused> {
    let owner = owner(Provider::Alibaba, &space(account, parameters)?.id);
    let identity = Identity::read(parameters)?;
    let language = parameters.required("Language")?;
    template_type(state, parameters)?;
    parameters.required("Components")?;
    let known = state.templates_mut(&owner).find(|t| identity.is(t) && t.language == language).cloned();
    let mut template = known
        .ok_or_else(|| refused(state, "DetailError.TemplateNotExist", "The template does not exist."))?;
    // The category cannot be modified (A3.1, A3.4).
    if parameters.get("Category").is_some_and(|category| category != template.category) {
        return Err(Refused::invalid("Category"));
    }
    // Not yet reviewed or rejected, by the API page; any state, by the console page (A3.4; part E).
    let modifiable = match template.status {
        Status::Pending | Status::Suspended | Status::Rejected => true,
        Status::Disabled => false,
        _ => state.settings.alibaba.approved_modifiable,
    };
    if !modifiable {
        let message = "A template in this review state cannot be modified.";
        return Err(refused(state, "InvalidParameter.AuditStatusNotSupport", message));
    }
    template.components = read_components(state, parameters, &template.category)?;
    let mut fields = fields(account, parameters, &template.category)?;
    fields.insert("TemplateType".to_owned(), template.text_field("TemplateType").into());
    template.fields = fields;
    template.status = Status::Pending;
    template.reason = None;
    template.updated = call.clock.now;
    review::submit(state, Provider::Alibaba, &mut template, call.clock.now);
    let data = json!({ "TemplateCode": template.id, "TemplateName": template.name });
    state.templates_mut(&owner).change(
        call.clock.now,
        |t| identity.is(t) && t.language == language,
        |known| known.clone_from(&template),
    );
    Ok(success(state, Answer::new("OK").with("Data", data)))
}

pub(super) fn delete(
    state: &mut State,
    call: &Call<'_>,
    account: &AlibabaAccount,
    parameters: &Parameters,
) -> Result<Answer, Refused> {
    let owner = owner(Provider::Alibaba, &space(account, parameters)?.id);
    let identity = Identity::read(parameters)?;
    let language = parameters.get("Language");
    // TemplateType is required with Language (A3.1).
    if language.is_some() {
        parameters.required("TemplateType")?;
    }
    template_type(state, parameters)?;
    // Presumably all languages where none is named (A3.4; part E; trap 30).
    if language.is_none() && !state.settings.alibaba.delete_without_language_removes_all {
        return Err(Refused::missing("Language"));
    }
    let removed = state.templates_mut(&owner).remove(call.clock.now, |template| {
        identity.is(template) && language.is_none_or(|language| language == template.language)
    });
    if removed.is_empty() {
        return Err(refused(state, "DelError.TemplateNotExist", "The template does not exist."));
    }
    Ok(success(state, Answer::new("OK")))
}

/// `ModifyChatappTemplateProperties`: here alone the space is required (A3.4; so says the vendor's page of 2026-07-07).
pub(super) fn properties(
    state: &mut State,
    call: &Call<'_>,
    account: &AlibabaAccount,
    parameters: &Parameters,
) -> Result<Answer, Refused> {
    parameters.required("CustSpaceId")?;
    let owner = owner(Provider::Alibaba, &space(account, parameters)?.id);
    let (code, language) = (parameters.required("TemplateCode")?, parameters.required("Language")?);
    parameters.required("TemplateType")?;
    template_type(state, parameters)?;
    let set: Vec<_> = ["CategoryChangePaused", "AllowSend"]
        .into_iter()
        .filter_map(|name| Some((name, parameters.flag(name).transpose()?)))
        .map(|(name, flag)| flag.map(|flag| (name.to_owned(), Value::Bool(flag))))
        .collect::<Result<_, _>>()?;
    let changed = state.templates_mut(&owner).change(
        call.clock.now,
        |template| template.id == code && template.language == language,
        |template| template.fields.extend(set.clone()),
    );
    if changed == 0 {
        return Err(refused(state, "DetailError.TemplateNotExist", "The template does not exist."));
    }
    Ok(success(state, Answer::new("OK").with("Model", json!({}))))
}

/// `ArchiveChatappTemplate` (A3.4). Any `ArchiveType` but `UNARCHIVE` archives: its words are not documented.
pub(super) fn archive(
    state: &mut State,
    call: &Call<'_>,
    account: &AlibabaAccount,
    parameters: &Parameters,
) -> Result<Answer, Refused> {
    let owner = owner(Provider::Alibaba, &space(account, parameters)?.id);
    let list = parameters.json("TemplateList")?.ok_or_else(|| Refused::missing("TemplateList"))?;
    let back = parameters.get("ArchiveType").is_some_and(|kind| kind.eq_ignore_ascii_case("UNARCHIVE"));
    let status = if back { Status::Approved } else { Status::Archived };
    for item in list.as_array().map_or(&[][..], Vec::as_slice) {
        state.templates_mut(&owner).change(
            call.clock.now,
            |t| t.id == text(item, "TemplateCode") && t.language == text(item, "Language"),
            |template| template.status = status,
        );
    }
    Ok(success(state, Answer::new("OK").with("Data", json!({ "Success": true }))))
}

fn read_components(state: &State, parameters: &Parameters, category: &str) -> Result<Vec<Value>, Refused> {
    let components = parameters.json("Components")?.unwrap_or_default();
    let example = parameters.json("Example")?.unwrap_or_else(|| json!({}));
    let switch = state.settings.alibaba.quick_reply_beside_others;
    components::check(&components, &example, category, switch)
        .map_err(|(code, message)| refused(state, &format!("InvalidParameter.{code}"), &message))
}

/// The fields beside the components, checked (A3.1).
fn fields(
    account: &AlibabaAccount,
    parameters: &Parameters,
    category: &str,
) -> Result<Map<String, Value>, Refused> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    put("TemplateType", parameters.get("TemplateType").map(Into::into));
    put("ProductSetId", parameters.get("ProductSetId").map(Into::into));
    put("CategoryChangePaused", parameters.flag("CategoryChangePaused")?.map(Into::into));
    parameters.flag("AllowCategoryChange")?; // deprecated and without effect (A3.1)
    let example = parameters.json("Example")?;
    let all_texts = |map: &Map<String, Value>| map.values().all(Value::is_string);
    if example.as_ref().is_some_and(|example| !example.as_object().is_some_and(all_texts)) {
        return Err(Refused::invalid("Example"));
    }
    put("Example", example);
    if let Some(ttl) = parameters.whole("MessageSendTtlSeconds")? {
        // AUTHENTICATION 30–900, UTILITY 30–43200, and the account must be allow-listed (A3.1; trap 50).
        let longest = match category {
            "AUTHENTICATION" => 900,
            "UTILITY" => 43_200,
            _ => 0,
        };
        if !account.ttl_allowed || !(30..=longest).contains(&ttl) {
            return Err(Refused::invalid("MessageSendTtlSeconds"));
        }
        put("MessageSendTtlSeconds", Some(ttl.into()));
    }
    Ok(fields)
}
