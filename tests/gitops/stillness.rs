//! How one sees that nothing is written.

use serde_json::{Value, json};
use waops::simulator::{ReviewRule, Scenario, Simulator};

use crate::house::House;

/// Providers that review for ever, so that no status moves by itself.
pub(crate) fn unhurried() -> Simulator {
    Simulator::new(Scenario { reviews: vec![ReviewRule::default()], ..Scenario::default() })
}

/// The version of every object of a namespace, as the API server counts them.
pub(crate) fn versions(house: &House<'_>) -> Vec<String> {
    let kinds = "waacc,waqr,watpl,configmaps,secrets";
    let columns = "custom-columns=KIND:.kind,NAME:.metadata.name,GENERATION:.metadata.generation,VERSION:.metadata.resourceVersion";
    let listed = house.kubectl(&["get", kinds, "--no-headers", "--output", columns]).success();
    listed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// Waits until nothing is left to be written to any object: the claims in annotations say what the statuses say.
#[track_caller]
pub(crate) fn settled(house: &House<'_>) {
    house.until("everything to be settled", || {
        let list: Value =
            serde_json::from_str(&house.kubectl(&["get", "waqr,watpl", "--output=json"]).success()).unwrap();
        let is_settled = |object: &Value| {
            let claim = object["metadata"]["annotations"]["waops.dev/claim"].as_str();
            let claim = claim.and_then(|claim| serde_json::from_str::<Value>(claim).ok());
            claim.unwrap_or(Value::Null) == object["status"].get("claim").cloned().unwrap_or(json!(null))
        };
        list["items"].as_array().unwrap().iter().all(is_settled).then_some(())
    });
}
