//! The way of a process to the providers: each write is judged before it goes out.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::Timestamp;
use reqwest::Request;
use serde_json::Value;
use waops::clock;
use waops::provider::answer::Reply;
use waops::provider::carrier::{Broken, Carrier};
use waops::simulator::Provider as Face;

use super::ledger;
use super::life::Life;
use super::stage::Stage;

/// What a write is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    CreateCode,
    UpdateCode,
    DeleteCode,
    CreateTemplate,
    EditTemplate,
    /// A setting of it, which needs no review.
    SetTemplate,
    DeleteTemplate,
}

impl What {
    pub(crate) fn is_template(self) -> bool {
        matches!(self, Self::CreateTemplate | Self::EditTemplate | Self::SetTemplate | Self::DeleteTemplate)
    }
}

/// A write, as it stands in the request.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) what: What,
    pub(crate) phone: Option<String>,
    /// The code or the template's id or name.
    pub(crate) name: Option<String>,
    /// The template's language, where the call says it.
    pub(crate) language: Option<String>,
    pub(crate) text: Option<String>,
    /// Whether another code takes its place.
    pub(crate) rotates: bool,
}

/// A process on its way to the providers.
pub(crate) struct Wire {
    pub(crate) stage: Arc<Stage>,
    pub(crate) life: Arc<Life>,
    pub(crate) who: &'static str,
    /// Until when its process may write; without end where there is no time.
    pub(crate) lease: Arc<Mutex<Option<Timestamp>>>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl Carrier for Wire {
    fn carry(&self, request: Request) -> BoxFuture<'_, Result<Reply, Broken>> {
        async move {
            self.life.moment().await;
            let write = read(&request);
            if let Some(write) = &write {
                ledger::judge(&self.stage, write);
                self.stage.count(format!("sent {:?}", write.what));
                let lease = *self.lease.lock().unwrap_or_else(PoisonError::into_inner);
                if lease.is_some_and(|until| until < clock::timestamp()) {
                    self.stage.broken("no call after the lease ended (claim 3)", || format!("{write:?}"));
                }
            } else {
                self.stage.ledger().figures.reads += 1;
            }
            let name = operation(&request);
            self.stage.say(self.who, || match &write {
                Some(write) => format!("call {write:?}"),
                None => format!("call {name}"),
            });
            let face =
                if request.headers().contains_key("x-acs-action") { Face::Alibaba } else { Face::Meta };
            let lists_codes =
                lists_codes(&name) && request.url().query_pairs().all(|(name, _)| name != "code");
            let mut result = self.stage.inside.carry(request).await;
            if let Ok(reply) = &mut result
                && lists_codes
                && self.stage.is_eclipsed(face)
            {
                reply.body = emptied(&reply.body);
            }
            if self.life.is_over() {
                self.stage.count("crash between a call and its answer");
            }
            self.life.moment().await;
            self.stage.say(self.who, || match &result {
                Ok(reply) => {
                    let body = String::from_utf8_lossy(&reply.body);
                    let body: String = body.chars().take(if write.is_some() { 240 } else { 300 }).collect();
                    format!("answer {} to {name}: {body}", reply.status)
                }
                Err(broken) => format!("no answer to {name}: {broken:?}"),
            });
            if let Ok(reply) = &result
                && (reply.status == 429
                    || contains(&reply.body, b"Throttling")
                    || contains(&reply.body, b"\"code\":80008"))
            {
                self.stage.ledger().figures.throttled += 1;
            }
            result
        }
        .boxed()
    }
}

fn lists_codes(operation: &str) -> bool {
    operation == "ListPhoneMessageQrdl"
        || operation.ends_with("/message_qrdls") && operation.starts_with("GET")
}

/// The same answer without what it lists.
fn emptied(body: &[u8]) -> Vec<u8> {
    let Ok(mut answer) = serde_json::from_slice::<Value>(body) else { return body.to_vec() };
    for field in ["Data", "data"] {
        if let Some(Value::Array(all)) = answer.get_mut(field) {
            all.clear();
        }
    }
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("paging");
    }
    answer.to_string().into_bytes()
}

fn contains(body: &[u8], what: &[u8]) -> bool {
    body.len() < 2_000 && body.windows(what.len()).any(|window| window == what)
}

fn operation(request: &Request) -> String {
    match request.headers().get("x-acs-action").and_then(|action| action.to_str().ok()) {
        Some(action) => action.to_owned(),
        None => format!("{} {}", request.method(), request.url().path()),
    }
}

fn read(request: &Request) -> Option<Write> {
    let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
    let mut fields: BTreeMap<String, String> = request.url().query_pairs().into_owned().collect();
    if let Some(action) = request.headers().get("x-acs-action") {
        fields.extend(form(body));
        let what = match action.to_str().unwrap_or_default() {
            "CreatePhoneMessageQrdl" => What::CreateCode,
            "UpdatePhoneMessageQrdl" => What::UpdateCode,
            "DeletePhoneMessageQrdl" => What::DeleteCode,
            "CreateChatappTemplate" => What::CreateTemplate,
            "ModifyChatappTemplate" => What::EditTemplate,
            "ModifyChatappTemplateProperties" => What::SetTemplate,
            "DeleteChatappTemplate" => What::DeleteTemplate,
            _ => return None,
        };
        let name = fields.get(if what.is_template() { "TemplateCode" } else { "QrdlCode" }).cloned();
        return Some(Write {
            what,
            phone: fields.get("PhoneNumber").cloned(),
            language: fields.get("Language").cloned().filter(|_| what.is_template()),
            name: name
                .or_else(|| fields.get("Name").cloned().or_else(|| fields.get("TemplateName").cloned())),
            text: fields.get("PrefilledMessage").cloned(),
            rotates: what == What::UpdateCode,
        });
    }
    let path: Vec<&str> = request.url().path().split('/').skip(2).collect();
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |field: &str| json.get(field).and_then(Value::as_str).map(str::to_owned);
    let write = |what, phone: Option<&str>, name: Option<String>| Write {
        what,
        phone: phone.map(str::to_owned),
        name,
        language: None,
        text: text("prefilled_message"),
        rotates: false,
    };
    Some(match (request.method().as_str(), path.as_slice()) {
        ("POST", [phone, "message_qrdls"]) => match text("code") {
            Some(code) => write(What::UpdateCode, Some(phone), Some(code)),
            None => write(What::CreateCode, Some(phone), None),
        },
        ("DELETE", [phone, "message_qrdls", code]) => {
            write(What::DeleteCode, Some(phone), Some((*code).to_owned()))
        }
        ("POST", [_, "message_templates"]) => write(What::CreateTemplate, None, text("name")),
        ("DELETE", [_, "message_templates"]) => {
            write(What::DeleteTemplate, None, fields.remove("hsm_id").or_else(|| fields.remove("name")))
        }
        ("POST", [id]) if json.get("components").is_some() => {
            write(What::EditTemplate, None, Some((*id).to_owned()))
        }
        _ => return None,
    })
}

fn form(body: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(body);
    reqwest::Url::parse(&format!("http://x/?{text}"))
        .map(|url| url.query_pairs().into_owned().collect())
        .unwrap_or_default()
}
