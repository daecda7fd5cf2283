//! Reading templates (providers.md A3.2).

use serde_json::{Map, Value, json};

use super::super::Provider;
use super::super::call::Call;
use super::super::objects::{Status, Template};
use super::super::settings::Variables;
use super::super::state::{State, owner};
use super::super::tenants::AlibabaAccount;
use super::super::values::whole;
use super::templates::{CATEGORIES, Identity, language, refused, success, template_type};
use super::wire::{Answer, Parameters, Refused};
use super::{components, space};

/// The words of `AuditStatus` that can be asked for (A3.4).
const AUDIT_STATUS: &[&str] = &["pass", "fail", "auditing", "unaudit", "disabled", "paused"];

pub(super) fn detail(
    state: &mut State,
    account: &AlibabaAccount,
    parameters: &Parameters,
) -> Result<Answer, Refused> {
    let owner = owner(Provider::Alibaba, &space(account, parameters)?.id);
    let identity = Identity::read(parameters)?;
    let language = parameters.required("Language")?;
    template_type(state, parameters)?;
    let found = state.templates_mut(&owner).find(|t| identity.is(t) && t.language == language).cloned();
    let template = found
        .ok_or_else(|| refused(state, "DetailError.TemplateNotExist", "The template does not exist."))?;
    let data = shown(&template, state.settings.alibaba.variables);
    Ok(success(state, Answer::new("OK").with("Data", data)))
}

fn shown(template: &Template, variables: Variables) -> Value {
    let field = |name: &str| template.fields.get(name).cloned();
    let mut data = json!({
        "Name": template.name,
        "TemplateCode": template.id,
        "TemplateType": template.text_field("TemplateType"),
        "Language": template.language,
        "Category": template.category,
        "AuditStatus": template.status.on_alibaba(),
        "QualityScore": template.quality,
        "AllowSend": field("AllowSend").unwrap_or(Value::Bool(true)),
        "CategoryChangePaused": field("CategoryChangePaused").unwrap_or(Value::Bool(false)),
        "Example": field("Example").unwrap_or_else(|| json!({})),
        "Components": components::read_form(&template.components, variables),
    });
    for name in ["MessageSendTtlSeconds", "ProductSetId"] {
        if let Some(value) = field(name) {
            data[name] = value;
        }
    }
    // Filled only for `fail` (A3.4).
    if let (Status::Rejected, Some(reason)) = (template.status, &template.reason) {
        data["Reason"] = reason.as_str().into();
    }
    data
}

/// The thin list: no components (A3.2).
pub(super) fn list(
    state: &mut State,
    call: &Call<'_>,
    account: &AlibabaAccount,
    parameters: &Parameters,
) -> Result<Answer, Refused> {
    let owner = owner(Provider::Alibaba, &space(account, parameters)?.id);
    let page = Page::read(state, parameters)?;
    let language = language(state, parameters)?;
    let kind = template_type(state, parameters)?;
    let category = parameters.one_of("Category", CATEGORIES)?;
    let status = parameters.one_of("AuditStatus", AUDIT_STATUS).map_err(|_| {
        refused(state, "InvalidParameter.AuditStatusNotSupport", "The audit status is not supported.")
    })?;
    let (name, code) = (parameters.get("Name"), parameters.get("Code"));
    let wanted = |template: &&Template| {
        // A part of the name is enough, as in the console; no page promises more.
        name.is_none_or(|name| template.name.contains(name))
            && code.is_none_or(|code| template.id == code)
            && language.is_none_or(|language| template.language == language)
            && kind.is_none_or(|kind| template.text_field("TemplateType") == kind)
            && category.is_none_or(|category| template.category == category)
            && status.is_none_or(|status| template.status.on_alibaba() == status)
    };
    let visible = call.visible(state, state.templates.get(&owner));
    let found: Vec<_> = visible.into_iter().rev().filter(wanted).collect();
    let total = found.len();
    let start = page.index.saturating_sub(1).saturating_mul(page.size);
    let items: Vec<_> = found.into_iter().skip(start).take(page.size).map(line).collect();
    let answer = Answer::new("OK");
    let answer = if state.settings.alibaba.list_in_data {
        // What the vendor's own agent script reads (A3.2; trap 27).
        answer.with("Data", json!({ "List": items, "Total": total }))
    } else {
        answer.with("ListTemplate", items).with("Total", total)
    };
    Ok(success(state, answer))
}

fn line(template: &Template) -> Value {
    let mut line = json!({
        "TemplateCode": template.id,
        "TemplateName": template.name,
        "TemplateType": template.text_field("TemplateType"),
        "Language": template.language,
        "Category": template.category,
        "AuditStatus": template.status.on_alibaba(),
        "LastUpdateTime": template.updated.0,
    });
    if let (Status::Rejected, Some(reason)) = (template.status, &template.reason) {
        line["Reason"] = reason.as_str().into();
    }
    line
}

/// `Page`, one text that holds JSON, by default 1 and 10 (A1.2, A3.1).
struct Page {
    index: usize,
    size: usize,
}

impl Page {
    fn read(state: &State, parameters: &Parameters) -> Result<Self, Refused> {
        let invalid = || refused(state, "InvalidParameter.PageInvalid", "The page is not valid.");
        let page = match parameters.json("Page") {
            Ok(page) => page.unwrap_or_else(|| Value::Object(Map::new())),
            Err(_) => return Err(invalid()),
        };
        let page = page.as_object().ok_or_else(invalid)?;
        let any_case = state.settings.alibaba.page_keys_any_case;
        let number = |name: &str, default: usize| {
            let lower = name.to_ascii_lowercase();
            match page.get(name).or_else(|| page.get(&lower).filter(|_| any_case)) {
                None => Some(default),
                Some(value) => {
                    usize::try_from(whole(value)?).ok().filter(|number| (1..=100_000).contains(number))
                }
            }
        };
        match (number("Index", 1), number("Size", 10)) {
            (Some(index), Some(size)) => {
                Ok(Self { index, size: size.min(state.settings.alibaba.page_holds.max(1)) })
            }
            _ => Err(invalid()),
        }
    }
}
