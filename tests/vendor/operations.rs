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
    let spec = &world["spec"];
    let text = |pointer: &str| world.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let template = template(spec)?;
    let qr = qr_code(spec)?;
    let space = Some(text("/spec/alibaba/custSpaceId"));
    let scope = alibaba::qr_codes::Scope { cust_space_id: space, phone: text("/spec/phoneNumber") };
    let code = Code::parse(text("/status/code"))?;
    let adopted = Code::parse(text("/spec/adopt/code"))?;
    let (id, language) = (text("/status/templateId"), template.language.as_str());
    let which = alibaba::templates::Which::Code(id);
    let (message, format) = (qr.message.as_str(), qr.image_format);
    let (version, waba) = (text("/spec/meta/graphVersion"), text("/spec/meta/businessAccountId"));
    let phone = text("/spec/phoneNumberId");
    let codes = || path(&meta::paths::qr_codes(version, phone), &["Version", "Phone-Number-ID"]);
    let templates = || path(&meta::paths::templates(version, waba), &["Version", "WABA-ID"]);
    let one = || path(&meta::paths::template(version, id), &["Version", "Template-ID"]);
    let handles = handles(&template);
    Some(match operation(source) {
        "CreateChatappTemplate" => vec![parameters(alibaba::templates::create(space, &template))],
        "ModifyChatappTemplate" => vec![parameters(alibaba::templates::modify(space, which, &template))],
        "DeleteChatappTemplate" => vec![parameters(alibaba::templates::delete(space, which, language))],
        "GetChatappTemplateDetail" => vec![parameters(alibaba::templates::detail(space, which, language))],
        "ListChatappTemplate" => vec![parameters(alibaba::templates::list(space, 1, 20))],
        "ModifyChatappTemplateProperties" => {
            let paused = template.category_change_paused?;
            vec![parameters(alibaba::templates::properties(space, id, language, paused))]
        }
        "CreatePhoneMessageQrdl" => vec![parameters(alibaba::qr_codes::create(scope, message, format))],
        "UpdatePhoneMessageQrdl" => {
            vec![parameters(alibaba::qr_codes::update(scope, &code, message, format))]
        }
        "DeletePhoneMessageQrdl" => vec![parameters(alibaba::qr_codes::delete(scope, &code))],
        "ListPhoneMessageQrdl" => vec![parameters(alibaba::qr_codes::list(scope))],
        "meta-message_qrdls:GET" => {
            let finds = [&code, &adopted].map(|code| query(meta::qr_codes::find(format, code), codes()));
            finds.into_iter().chain([query(meta::qr_codes::list(format, None), codes())]).collect()
        }
        "meta-message_qrdls:POST" => {
            vec![
                body(&meta::qr_codes::create(message, format), codes()),
                body(&meta::qr_codes::update(&code, message), codes()),
            ]
        }
        "meta:message_qrdls:DELETE" => {
            vec![path(
                &meta::paths::qr_code(version, phone, &code),
                &["Version", "Phone-Number-ID", "", "Code"],
            )]
        }
        "create" => vec![body(&meta::templates::create(&template, &handles).ok()?, templates())],
        "edit" => {
            vec![body(&meta::templates::edit(&template, &handles, Some(template.category)).ok()?, one())]
        }
        "get" => vec![query(meta::templates::one(), one())],
        "list" => vec![query(meta::templates::list(100, None), templates())],
        "delete" => {
            let parameters = meta::templates::delete(id, &template.name);
            // The SDK does not tell a query from a body.
            vec![query(parameters.clone(), templates()), self::parameters(parameters)]
        }
        "upload" => {
            let app = text("/spec/meta/appId");
            let (media, _) = meta::media::samples(&template).next()?;
            let name = media.file_name.as_deref().unwrap_or("sample");
            let path = path(&meta::paths::uploads(version, app), &["Version", "App-ID"]);
            vec![query(meta::media::session_query(name, 1, "application/pdf"), path)]
        }
        other => panic!("{source}: no operation {other}"),
    })
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
