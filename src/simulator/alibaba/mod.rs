//! Alibaba Cloud Chat App Message Service, version 2020-06-06 (providers.md part A), and of STS two
//! operations (A7).

mod auth;
mod components;
mod qr_codes;
mod sts;
mod template_lists;
mod templates;
mod wire;

use super::call::{Call, Refusal};
use super::request::{Request, Response};
use super::state::State;
use super::tenants::AlibabaAccount;
use super::time::SECOND;
use wire::{Answer, Parameters, Refused};

/// The name of the operation, if the call is for this face: `POST /` (A1).
pub(super) fn operation(request: &Request) -> Option<String> {
    if !matches!(request.path.as_str(), "/" | "") {
        return None;
    }
    let named = |pairs: Vec<(String, String)>| pairs.into_iter().find(|(key, _)| key == "Action");
    let action = request
        .head("x-acs-action")
        .map(str::to_owned)
        .or_else(|| named(request.query_pairs()).map(|(_, action)| action))
        .or_else(|| named(request.form_pairs()).map(|(_, action)| action));
    // Without an action it is a person with a browser, unless it is a POST.
    action.or_else(|| (request.method == "POST").then(String::new))
}

/// Answers a call.
pub(super) fn answer(state: &mut State, call: &Call<'_>) -> Response {
    let action = operation(call.request).unwrap_or_default();
    let parameters = Parameters::read(call.request, state.settings.alibaba.body_and_query);
    let request_id = state.random.uuid();
    let result = run(state, call, &action, &parameters);
    let host = call.request.head("host").unwrap_or("cams.ap-southeast-1.aliyuncs.com");
    let answer = match result {
        Ok(mut answer) => {
            answer.finish(&request_id, state.settings.alibaba.trailing_newlines);
            Response::json(200, &answer.into_value())
        }
        Err(refused) => refused.response(&request_id, host),
    };
    if wire::wants_xml(call.request, &parameters) { wire::as_xml(&action, &answer) } else { answer }
}

fn run(state: &mut State, call: &Call<'_>, action: &str, parameters: &Parameters) -> Result<Answer, Refused> {
    match call.conditions.refusal {
        Some(Refusal::Broken(status)) => return Err(Refused::broken(status)),
        Some(Refusal::Throttled(after)) => return Err(throttled(state, after)),
        Some(Refusal::Forbidden) => return Err(Refused::permission(action)),
        None => {}
    }
    if !matches!(call.request.method.as_str(), "POST" | "GET") {
        return Err(Refused::gateway(405, "UnsupportedHTTPMethod", "This http method is not supported."));
    }
    if let Some(answer) = sts::answer(state, call, action, parameters) {
        return answer;
    }
    let operation = Operation::of(action)?;
    if parameters.version(call.request) != Some("2020-06-06") {
        return Err(Refused::gateway(400, "NoSuchVersion", "Specified version does not exist."));
    }
    let key = auth::verify(state, call)?;
    let allowed = |pattern: &String| super::matching::glob(pattern, &format!("cams:{action}"));
    if !key.allow.iter().any(allowed) {
        return Err(Refused::permission(action));
    }
    let account = auth::account(state, &key.id)?.clone();
    if !account.subscribed {
        let message = "You have not subscribed to the specified product.";
        return Err(Refused::business(400, "Product.Unsubscript", message));
    }
    operation.within_rate(state, call, &account, action)?;
    operation.run(state, call, &account, parameters)
}

/// An operation of the product.
#[derive(Clone, Copy)]
enum Operation {
    CreateCode,
    UpdateCode,
    DeleteCode,
    ListCodes,
    CreateTemplate,
    ModifyTemplate,
    DeleteTemplate,
    TemplateDetail,
    ListTemplates,
    TemplateProperties,
    ArchiveTemplates,
}

impl Operation {
    fn of(action: &str) -> Result<Self, Refused> {
        Ok(match action {
            "CreatePhoneMessageQrdl" => Self::CreateCode,
            "UpdatePhoneMessageQrdl" => Self::UpdateCode,
            "DeletePhoneMessageQrdl" => Self::DeleteCode,
            "ListPhoneMessageQrdl" => Self::ListCodes,
            "CreateChatappTemplate" => Self::CreateTemplate,
            "ModifyChatappTemplate" => Self::ModifyTemplate,
            "DeleteChatappTemplate" => Self::DeleteTemplate,
            "GetChatappTemplateDetail" => Self::TemplateDetail,
            "ListChatappTemplate" => Self::ListTemplates,
            "ModifyChatappTemplateProperties" => Self::TemplateProperties,
            "ArchiveChatappTemplate" => Self::ArchiveTemplates,
            "" => return Err(Refused::missing("Action")),
            _ => {
                let message = "Specified api is not found, please check your url and method.";
                return Err(Refused::gateway(404, "InvalidApi.NotFound", message));
            }
        })
    }

    /// Calls a second, per account with all its users and per operation (A3.1).
    fn within_rate(
        self,
        state: &mut State,
        call: &Call<'_>,
        account: &AlibabaAccount,
        action: &str,
    ) -> Result<(), Refused> {
        let settings = &state.settings.alibaba;
        let limit = match self {
            Self::CreateCode | Self::UpdateCode | Self::DeleteCode | Self::ListCodes => {
                settings.qr_calls_per_second
            }
            Self::CreateTemplate | Self::ModifyTemplate => settings.template_writes_per_second,
            _ => settings.template_reads_per_second,
        };
        let name = format!("alibaba/{}/{action}", account.uid);
        if !state.settings.limits {
            return Ok(());
        }
        if state.windows.count(&name, SECOND, call.clock.now) >= limit {
            // A dropped call does not count (vendor-docs: "requests that exceed this limit are dropped").
            let wait = state.windows.wait(&name, limit, SECOND, call.clock.now);
            return Err(throttled(state, u64::try_from(wait).ok()));
        }
        state.windows.note(&name, call.clock.now);
        Ok(())
    }

    fn run(
        self,
        state: &mut State,
        call: &Call<'_>,
        account: &AlibabaAccount,
        parameters: &Parameters,
    ) -> Result<Answer, Refused> {
        match self {
            Self::CreateCode => qr_codes::create(state, call, account, parameters),
            Self::UpdateCode => qr_codes::update(state, call, account, parameters),
            Self::DeleteCode => qr_codes::delete(state, call, account, parameters),
            Self::ListCodes => qr_codes::list(state, call, account, parameters),
            Self::CreateTemplate => templates::create(state, call, account, parameters),
            Self::ModifyTemplate => templates::modify(state, call, account, parameters),
            Self::DeleteTemplate => templates::delete(state, call, account, parameters),
            Self::TemplateDetail => template_lists::detail(state, account, parameters),
            Self::ListTemplates => template_lists::list(state, call, account, parameters),
            Self::TemplateProperties => templates::properties(state, call, account, parameters),
            Self::ArchiveTemplates => templates::archive(state, call, account, parameters),
        }
    }
}

/// Refused by rate, with the header that current SDKs obey (A4, "Throttle hint").
fn throttled(state: &State, retry_after_ms: Option<u64>) -> Refused {
    let code = state.settings.alibaba.throttle_code.clone();
    let message = "Request was denied due to user flow control.";
    Refused::gateway(400, &code, message).retry_after(retry_after_ms)
}

/// The space that is meant: the named one, or the account's first (A2, `CustSpaceId`).
fn space<'a>(
    account: &'a AlibabaAccount,
    parameters: &Parameters,
) -> Result<&'a super::tenants::Space, Refused> {
    match parameters.get("CustSpaceId") {
        Some(id) => account.spaces.iter().find(|space| space.id == id),
        None => account.spaces.first(),
    }
    .ok_or_else(Refused::not_yours)
}
