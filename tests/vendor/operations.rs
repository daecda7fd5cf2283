//! Every operation of the table: what waops sends for a world, and what it understands of an answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use waops::api::{self, ImageFormat, WhatsAppQrCodeSpec, WhatsAppTemplateSpec};
use waops::provider::alibaba::wire as alibaba;
use waops::provider::meta::wire as meta;
use waops::qr_code::{self, Code};
use waops::template;

use crate::gallery::World;
use crate::read_form::{self, Liberties};

/// The operation that a source of the table speaks of.
pub(crate) fn operation(source: &str) -> &str {
    let name = source.rsplit_once([':', '.']).map_or(source, |(_, name)| name);
    match source {
        "meta-message_qrdls:GET" | "meta-message_qrdls:POST" | "meta:message_qrdls:DELETE" => source,
        _ => match name.trim_start_matches("alibaba-") {
            "create_message_template" => "create",
            "delete_message_templates" => "delete",
            name => name.trim_end_matches("Request").trim_end_matches("Response"),
        },
    }
}

/// What waops sends: one object per call, with prefixes for what is not in the body. None when the world
/// breaks a rule of the CRDs.
pub(crate) fn sent(source: &str, world: &World) -> Option<Vec<Value>> {
    let parsed = Parsed {
        world,
        template: template(&world["spec"])?,
        qr: qr_code(&world["spec"])?,
        code: Code::parse(text(world, "/status/code"))?,
        adopted: Code::parse(text(world, "/spec/adopt/code"))?,
    };
    if source.starts_with("meta") { parsed.sent_to_meta(source) } else { parsed.sent_to_alibaba(source) }
}

/// A world, typed as the program types it.
struct Parsed<'a> {
    world: &'a World,
    template: template::Desired,
    qr: qr_code::Desired,
    code: Code,
    adopted: Code,
}

impl Parsed<'_> {
    fn sent_to_alibaba(&self, source: &str) -> Option<Vec<Value>> {
        use alibaba::{qr_codes, templates};
        let Parsed { world, template, qr, code, .. } = self;
        let space = Some(text(world, "/spec/alibaba/custSpaceId"));
        let scope = qr_codes::Scope { cust_space_id: space, phone: text(world, "/spec/phoneNumber") };
        let (id, language) = (text(world, "/status/templateId"), template.language.as_str());
        let which = templates::Which::Code(id);
        let (message, format) = (qr.message.as_str(), qr.image_format);
        Some(vec![parameters(match operation(source) {
            "CreateChatappTemplate" => templates::create(space, template),
            "ModifyChatappTemplate" => templates::modify(space, which, template),
            "DeleteChatappTemplate" => templates::delete(space, which, language),
            "GetChatappTemplateDetail" => templates::detail(space, which, language),
            "ListChatappTemplate" => templates::list(space, 1, 20),
            "ModifyChatappTemplateProperties" => {
                templates::properties(space, id, language, template.category_change_paused?)
            }
            "CreatePhoneMessageQrdl" => qr_codes::create(scope, message, format),
            "UpdatePhoneMessageQrdl" => qr_codes::update(scope, code, message, format),
            "DeletePhoneMessageQrdl" => qr_codes::delete(scope, code),
            "ListPhoneMessageQrdl" => qr_codes::list(scope),
            other => panic!("{source}: no operation {other}"),
        })])
    }

    fn sent_to_meta(&self, source: &str) -> Option<Vec<Value>> {
        use meta::{paths, qr_codes, templates};
        let Parsed { world, template, qr, code, adopted } = self;
        let version = text(world, "/spec/meta/graphVersion");
        let (waba, phone) = (text(world, "/spec/meta/businessAccountId"), text(world, "/spec/phoneNumberId"));
        let id = text(world, "/status/templateId");
        let (message, format) = (qr.message.as_str(), qr.image_format);
        let codes = || path(&paths::qr_codes(version, phone), &["Version", "Phone-Number-ID"]);
        let all = || path(&paths::templates(version, waba), &["Version", "WABA-ID"]);
        let one = || path(&paths::template(version, id), &["Version", "Template-ID"]);
        let handles = handles(template);
        Some(match operation(source) {
            "meta-message_qrdls:GET" => vec![
                query(qr_codes::find(format, code), codes()),
                query(qr_codes::find(format, adopted), codes()),
                query(qr_codes::list(format, None), codes()),
            ],
            "meta-message_qrdls:POST" => vec![
                body(&qr_codes::create(message, format), codes()),
                body(&qr_codes::update(code, message), codes()),
            ],
            "meta:message_qrdls:DELETE" => {
                vec![path(&paths::qr_code(version, phone, code), &["Version", "Phone-Number-ID", "", "Code"])]
            }
            "create" => vec![body(&templates::create(template, &handles).ok()?, all())],
            "edit" => {
                vec![body(&templates::edit(template, &handles, Some(template.category)).ok()?, one())]
            }
            "get" => vec![query(templates::one(), one())],
            "list" => vec![query(templates::list(100, None), all())],
            "delete" => {
                let sent = templates::delete(id, &template.name);
                // The SDK does not tell a query from a body.
                vec![query(sent.clone(), all()), parameters(sent)]
            }
            "upload" => vec![self.upload(version)?],
            other => panic!("{source}: no operation {other}"),
        })
    }

    fn upload(&self, version: &str) -> Option<Value> {
        let app = text(self.world, "/spec/meta/appId");
        let (media, _) = meta::media::samples(&self.template).next()?;
        let name = media.file_name.as_deref().unwrap_or("sample");
        let path = path(&meta::paths::uploads(version, app), &["Version", "App-ID"]);
        Some(query(meta::media::session_query(name, 1, "application/pdf"), path))
    }
}

fn text<'a>(world: &'a World, pointer: &str) -> &'a str {
    world.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn template(spec: &Value) -> Option<template::Desired> {
    let spec: WhatsAppTemplateSpec = serde_json::from_value(spec.clone()).ok()?;
    template::parse(&spec).ok()
}

fn qr_code(spec: &Value) -> Option<qr_code::Desired> {
    let mut spec: WhatsAppQrCodeSpec = serde_json::from_value(spec.clone()).ok()?;
    // A world has both ways to name a phone number, a manifest one.
    spec.phone_number_id = None;
    qr_code::parse(&spec).ok()
}

fn handles(template: &template::Desired) -> BTreeMap<String, String> {
    meta::media::samples(template).map(|(_, url)| (url.to_owned(), "4::aW".to_owned())).collect()
}

/// Parameters as an object, what they hold as JSON unpacked.
fn parameters(parameters: Vec<(&'static str, String)>) -> Value {
    let unpacked = parameters.into_iter().map(|(name, value)| {
        let is_json = matches!(name, "Components" | "Example" | "Page");
        let value = if is_json { serde_json::from_str(&value).unwrap() } else { json!(value) };
        (name.to_owned(), value)
    });
    unpacked.collect::<Map<_, _>>().into()
}

fn path(path: &str, names: &[&str]) -> Value {
    let steps = path.trim_start_matches('/').split('/').zip(names);
    steps.map(|(step, name)| (format!("path:{name}"), json!(step))).collect::<Map<_, _>>().into()
}

fn query(query: Vec<(&'static str, String)>, mut call: Value) -> Value {
    for (name, value) in query {
        call[format!("query:{name}")] = json!(value);
    }
    call
}

fn body(body: &Value, mut call: Value) -> Value {
    for (name, value) in body.as_object().unwrap() {
        call[name] = value.clone();
    }
    call
}

/// Answers that together have every field of the operation.
pub(crate) fn answers(source: &str, worlds: &[World]) -> Vec<Value> {
    let valid = |world: &World| template(&world["spec"]).expect("the gallery holds valid manifests");
    let templates = || worlds.iter().map(valid);
    let plain = Liberties::default();
    let sparse = Liberties { defaults: true, ..plain };
    match operation(source) {
        "CreateChatappTemplate" | "ModifyChatappTemplate" => {
            vec![json!({"Code": "OK", "Data": {"TemplateCode": "MSG_232907", "TemplateName": "hello_world"}})]
        }
        "GetChatappTemplateDetail" => {
            let both = |template| [plain, sparse].map(|liberties| read_form::alibaba(&template, liberties));
            templates().flat_map(both).collect()
        }
        "ListChatappTemplate" => vec![json!({"Code": "OK", "Total": 1, "ListTemplate": [{
            "TemplateCode": "MSG_232907", "TemplateName": "hello_world", "TemplateType": "WHATSAPP", "Language": "en",
            "Category": "UTILITY", "AuditStatus": "pass", "Reason": "Fine", "LastUpdateTime": 1}]})],
        "CreatePhoneMessageQrdl" | "UpdatePhoneMessageQrdl" => {
            vec![json!({"Code": "OK", "Data": alibaba_code()})]
        }
        "ListPhoneMessageQrdl" => vec![json!({"Code": "OK", "Data": [alibaba_code()]})],
        "meta-message_qrdls:GET" => vec![json!({"data": [meta_code()]})],
        "meta-message_qrdls:POST" => vec![meta_code()],
        "create" => vec![json!({"id": "594425479261596", "status": "PENDING", "category": "MARKETING"})],
        "get" => templates().map(|template| read_form::meta(&template, plain)).collect(),
        other => panic!("{source}: no answer of {other}"),
    }
}

fn alibaba_code() -> Value {
    json!({
        "QrImageUrl": "http://img.png", "PhoneNumber": "86138009", "QrdlCode": "D9II3ABC",
        "DeepLinkUrl": "https://wa.qrdl/", "GenerateQrImage": "PNG", "PrefilledMessage": "Hello",
    })
}

fn meta_code() -> Value {
    json!({
        "code": "ANED2T5QRU7HG1", "prefilled_message": "Show me Cyber Monday deals!",
        "deep_link_url": "https://wa.me/message/ANED2T5QRU7HG1",
        "qr_image_url": "https://scontent.xx.fbcdn.net/m1?oe=64550A9E",
    })
}

/// What waops understands of an answer, under the paths of manifests and status. None when the answer is
/// unreadable.
pub(crate) fn understood(source: &str, answer: &Value) -> Option<Vec<(String, String)>> {
    Some(match operation(source) {
        "CreateChatappTemplate" | "ModifyChatappTemplate" => accepted(alibaba::accepted(answer).ok()?),
        "GetChatappTemplateDetail" => observed(alibaba::template(answer).ok()?),
        "ListChatappTemplate" => {
            alibaba::template_page(answer).ok()?.templates.into_iter().flat_map(observed).collect()
        }
        "CreatePhoneMessageQrdl" | "UpdatePhoneMessageQrdl" => code(alibaba::qr_codes::written(answer).ok()?),
        "ListPhoneMessageQrdl" => {
            alibaba::qr_codes::listed(answer).ok()?.into_iter().flat_map(code).collect()
        }
        "meta-message_qrdls:GET" => {
            meta::qr_codes::listed(answer).ok()?.items.into_iter().flat_map(code).collect()
        }
        "meta-message_qrdls:POST" => code(meta::qr_codes::written(answer).ok()?),
        "create" => accepted(meta::accepted(answer).ok()?),
        "get" => observed(meta::template(answer).ok()?),
        other => panic!("{source}: no reader of {other}"),
    })
}

fn known(fields: Vec<(&str, Option<String>)>) -> Vec<(String, String)> {
    fields.into_iter().filter_map(|(path, value)| Some((path.to_owned(), value?))).collect()
}

fn accepted(accepted: template::Accepted) -> Vec<(String, String)> {
    known(vec![
        ("status.templateId", Some(accepted.id)),
        ("status.review.state", accepted.state.map(state)),
        ("status.category", accepted.category),
    ])
}

fn observed(observed: template::Observed) -> Vec<(String, String)> {
    let content = observed.content.unwrap_or_default();
    let leaves = content.leaves().map(|(path, value)| (path.to_string(), value));
    let mut fields = known(vec![
        ("status.templateId", Some(observed.id)),
        ("spec.name", Some(observed.name)),
        ("spec.language", Some(observed.language)),
        ("status.category", Some(observed.category)),
        ("status.review.state", Some(state(observed.state))),
        ("status.review.reason", observed.reason),
        ("status.review.qualityScore", observed.quality),
    ]);
    fields.extend(leaves);
    fields
}

fn code(observed: qr_code::Observed) -> Vec<(String, String)> {
    let format = |format| match format {
        ImageFormat::Svg => "SVG".to_owned(),
        ImageFormat::Png => "PNG".to_owned(),
    };
    known(vec![
        ("status.code", Some(observed.code.to_string())),
        ("spec.phoneNumber", observed.phone),
        ("spec.prefilledMessage", Some(observed.message)),
        ("status.deepLinkUrl", observed.link),
        ("status.imageUrl", observed.image_url),
        ("status.imageUrlExpiresAt", observed.image_expires.map(|at| at.to_string())),
        ("spec.image.format", observed.image_format.map(format)),
    ])
}

fn state(state: api::ReviewState) -> String {
    format!("{state:?}")
}
