//! Accounts: who may use them, and with which credentials.

use serde_json::json;
use waops::simulator::sandbox;

use crate::house::{House, defined, manifest};

#[test]
fn the_operators_own_credentials_are_for_namespaces_that_a_flag_names() {
    for (name, values, want) in [
        ("ambient-no", vec![], "this namespace may not use the operator's own credentials"),
        ("ambient-yes", vec!["ambientCredentialsNamespaces={ambient-yes}"], "calls to the provider succeed"),
    ] {
        let house = House::prepared(defined(), name);
        let watched = format!("watchNamespaces={{{name}}}");
        let token =
            format!("extraEnv[2].name=WHATSAPP_ACCESS_TOKEN,extraEnv[2].value={}", sandbox::ACCESS_TOKEN);
        let values: Vec<&str> = values.into_iter().chain([watched.as_str(), &token]).collect();
        house.install(&values);
        let spec = json!({"meta": {"businessAccountId": sandbox::WABA_ID, "credentials": {"ambient": {}}}});
        house.apply(&manifest("WhatsAppAccount", "shop", &spec));
        house.until(want, || {
            let account = house.get("waacc/shop");
            let said = account["status"]["conditions"][0]["message"].as_str()?.to_owned();
            said.contains(want).then_some(())
        });
    }
}
