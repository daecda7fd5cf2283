//! What is declared.

use std::ops::Range;
use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::api::{ApiResource, DynamicObject, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use waops::simulator::sandbox;

/// Meta's hourly limits are an account's own: so many accounts that they are met by none.
pub(crate) const ACCOUNTS: usize = 20;
/// So many requests of whoever declares are under way at once.
pub(crate) const AT_ONCE: usize = 32;

pub(crate) async fn namespace(client: &Client, name: &str) {
    let namespace: Namespace = serde_json::from_value(json!({"metadata": {"name": name}})).unwrap();
    Api::all(client.clone()).create(&PostParams::default(), &namespace).await.expect("a namespace");
    let secret = |name: &str, data: Value| -> Secret {
        serde_json::from_value(json!({"metadata": {"name": name}, "stringData": data})).unwrap()
    };
    let secrets = Api::namespaced(client.clone(), name);
    for secret in [
        secret("meta", json!({"accessToken": sandbox::ACCESS_TOKEN})),
        secret(
            "alibaba",
            json!({"accessKeyId": sandbox::ACCESS_KEY_ID, "accessKeySecret": sandbox::ACCESS_KEY_SECRET}),
        ),
    ] {
        secrets.create(&PostParams::default(), &secret).await.expect("a Secret");
    }
}

/// Tenants of the simulator, one for each account.
pub(crate) fn scenario(settings: &str) -> String {
    let wabas: Vec<Value> = (0..ACCOUNTS)
        .map(|number| {
            let phone = json!({"id": phone(number), "display": "+49 30 901820", "verifiedName": "Shop"});
            json!({"id": waba(number), "name": "Shop", "phones": [phone]})
        })
        .collect();
    let ids: Vec<String> = (0..ACCOUNTS).map(waba).collect();
    let token = json!({"token": sandbox::ACCESS_TOKEN, "app": sandbox::APP_ID, "wabas": ids,
        "scopes": ["whatsapp_business_management", "whatsapp_business_messaging"]});
    let app = json!({"id": sandbox::APP_ID, "secret": sandbox::APP_SECRET});
    let meta = json!({"apps": [app], "tokens": [token], "wabas": wabas});
    format!("{settings}\nmeta: {meta}\n")
}

fn waba(number: usize) -> String {
    format!("1022901293{number:05}")
}

fn phone(number: usize) -> String {
    format!("1065403522{number:05}")
}

pub(crate) async fn accounts(client: &Client, namespace: &str) {
    let credentials = json!({"secretRef": {"name": "meta"}});
    for number in 0..ACCOUNTS {
        let spec = json!({"meta": {"businessAccountId": waba(number), "credentials": credentials}});
        create(client, namespace, "WhatsAppAccount", &format!("shop-{number}"), spec).await;
    }
}

/// Declares QR codes, as quickly as one client can.
pub(crate) async fn declare(client: &Client, namespace: &str, numbers: Range<usize>) -> Duration {
    let start = Instant::now();
    stream::iter(numbers).for_each_concurrent(AT_ONCE, |number| code(client, namespace, number)).await;
    start.elapsed()
}

pub(crate) async fn code(client: &Client, namespace: &str, number: usize) {
    let account = number % ACCOUNTS;
    let spec = json!({
        "accountRef": {"name": format!("shop-{account}")}, "phoneNumberId": phone(account),
        "prefilledMessage": format!("Hello! I saw your poster number {number} and have a question"),
    });
    create(client, namespace, "WhatsAppQrCode", &format!("poster-{number}"), spec).await;
}

pub(crate) async fn create(client: &Client, namespace: &str, kind: &str, name: &str, spec: Value) {
    let object =
        json!({"apiVersion": "waops.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec});
    let object: DynamicObject = serde_json::from_value(object).unwrap();
    api(client, namespace, kind).create(&PostParams::default(), &object).await.expect("an object");
}

pub(crate) fn api(client: &Client, namespace: &str, kind: &str) -> Api<DynamicObject> {
    let resource = ApiResource {
        group: "waops.dev".into(),
        version: "v1alpha1".into(),
        api_version: "waops.dev/v1alpha1".into(),
        kind: kind.into(),
        plural: format!("{}s", kind.to_lowercase()),
    };
    Api::namespaced_with(client.clone(), namespace, &resource)
}
