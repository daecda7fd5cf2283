//! What is declared.

use std::ops::Range;

use futures::{StreamExt as _, stream};
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::Api;
use kube::api::{ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use waops::simulator::sandbox;

use crate::stage::{MANAGER, NAMESPACE, Stage};

/// So many requests of whoever declares are under way at once.
pub(crate) const AT_ONCE: usize = 32;

pub(crate) async fn namespace(stage: &Stage) {
    let namespace: Namespace = serde_json::from_value(json!({"metadata": {"name": NAMESPACE}})).unwrap();
    Api::all(stage.client.clone()).create(&PostParams::default(), &namespace).await.expect("a namespace");
    let secret = |name: &str, data: Value| -> Secret {
        serde_json::from_value(json!({"metadata": {"name": name}, "stringData": data})).unwrap()
    };
    let alibaba =
        json!({"accessKeyId": sandbox::ACCESS_KEY_ID, "accessKeySecret": sandbox::ACCESS_KEY_SECRET});
    let secrets = Api::namespaced(stage.client.clone(), NAMESPACE);
    for secret in [secret("meta", json!({"accessToken": sandbox::ACCESS_TOKEN})), secret("alibaba", alibaba)]
    {
        secrets.create(&PostParams::default(), &secret).await.expect("a Secret");
    }
}

/// Tenants of the simulator, one for each account.
pub(crate) fn scenario(accounts: usize, settings: &str) -> String {
    let wabas: Vec<Value> = (0..accounts)
        .map(|number| {
            let phone = json!({"id": phone(number), "display": "+49 30 901820", "verifiedName": "Shop"});
            json!({"id": waba(number), "name": "Shop", "phones": [phone]})
        })
        .collect();
    let ids: Vec<String> = (0..accounts).map(waba).collect();
    let token = json!({"token": sandbox::ACCESS_TOKEN, "app": sandbox::APP_ID, "wabas": ids,
        "scopes": ["whatsapp_business_management", "whatsapp_business_messaging"]});
    let app = json!({"id": sandbox::APP_ID, "secret": sandbox::APP_SECRET});
    let meta = json!({"apps": [app], "tokens": [token], "wabas": wabas});
    format!("settings: {settings}\nmeta: {meta}\n")
}

fn waba(number: usize) -> String {
    format!("1022901293{number:05}")
}

fn phone(number: usize) -> String {
    format!("1065403522{number:05}")
}

pub(crate) async fn accounts(stage: &Stage) {
    let credentials = json!({"secretRef": {"name": "meta"}});
    let interval = format!("{}s", stage.interval.as_secs());
    let all = stream::iter(0..stage.accounts);
    all.for_each_concurrent(AT_ONCE, async |number| {
        let spec = json!({
            "meta": {"businessAccountId": waba(number), "credentials": credentials},
            "driftCheckInterval": interval, "confirmDeletions": {"upTo": 100_000},
        });
        create(stage, "WhatsAppAccount", &format!("shop-{number}"), spec).await;
    })
    .await;
}

/// Lets all accounts be compared as often as the stage says now.
pub(crate) async fn compare(stage: &Stage) {
    let patch = json!({"spec": {"driftCheckInterval": format!("{}s", stage.interval.as_secs())}});
    for number in 0..stage.accounts {
        change(stage, "WhatsAppAccount", &format!("shop-{number}"), &patch).await;
    }
}

/// Declares QR codes, as quickly as one client can.
pub(crate) async fn declare(stage: &Stage, numbers: Range<usize>) {
    stream::iter(numbers).for_each_concurrent(AT_ONCE, |number| code(stage, number)).await;
}

pub(crate) async fn code(stage: &Stage, number: usize) {
    let account = number % stage.accounts;
    let spec = json!({
        "accountRef": {"name": format!("shop-{account}")}, "phoneNumberId": phone(account),
        "prefilledMessage": format!("Hello! I saw your poster number {number} and have a question"),
    });
    create(stage, "WhatsAppQrCode", &format!("poster-{number}"), spec).await;
}

/// Declares templates.
pub(crate) async fn declare_templates(stage: &Stage, numbers: Range<usize>) {
    let all = stream::iter(numbers);
    all.for_each_concurrent(AT_ONCE, async |number| {
        let spec = json!({
            "accountRef": {"name": format!("shop-{}", number % stage.accounts)}, "name": format!("order_{number}"),
            "language": "en_US", "category": "UTILITY", "examples": {"name": "Ana"},
            "components": {"body": {"text": "Hi {{name}}, your order is on its way and arrives on Monday."}},
        });
        create(stage, "WhatsAppTemplate", &format!("order-{number}"), spec).await;
    })
    .await;
}

pub(crate) async fn create(stage: &Stage, kind: &str, name: &str, spec: Value) {
    let object =
        json!({"apiVersion": "waops.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec});
    let object: DynamicObject = serde_json::from_value(object).unwrap();
    let parameters = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
    api(stage, kind).create(&parameters, &object).await.expect("an object");
}

pub(crate) async fn edit(stage: &Stage, name: &str, message: &str) {
    change(stage, "WhatsAppQrCode", name, &json!({"spec": {"prefilledMessage": message}})).await;
}

async fn change(stage: &Stage, kind: &str, name: &str, patch: &Value) {
    let parameters = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    api(stage, kind).patch(name, &parameters, &Patch::Merge(patch)).await.expect("an edit");
}

pub(crate) async fn delete(stage: &Stage, numbers: Range<usize>) {
    let (api, parameters) = (api(stage, "WhatsAppQrCode"), DeleteParams::default());
    stream::iter(numbers)
        .for_each_concurrent(AT_ONCE, async |number| {
            api.delete(&format!("poster-{number}"), &parameters).await.expect("a deletion");
        })
        .await;
}

pub(crate) fn api(stage: &Stage, kind: &str) -> Api<DynamicObject> {
    let resource = ApiResource {
        group: "waops.dev".into(),
        version: "v1alpha1".into(),
        api_version: "waops.dev/v1alpha1".into(),
        kind: kind.into(),
        plural: format!("{}s", kind.to_lowercase()),
    };
    Api::namespaced_with(stage.client.clone(), NAMESPACE, &resource)
}
