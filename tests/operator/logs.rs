//! What the log says: one line for each decision, found by object, by turn and by the provider's request id.

use serde_json::Value;

use crate::house::{House, defined};

#[test]
fn every_decision_is_a_line_of_json_with_its_turn_and_the_request_id() {
    let house = House::prepared(defined(), "logged");
    house.install(&[
        "watchNamespaces={logged}",
        "log.format=json",
        "extraArgs={--call-timeout=3s,--log-spans}",
    ]);
    house.account();
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    let object = "WhatsAppQrCode logged/poster";
    let lines = || -> Vec<Value> {
        let log = house.kubelet.logs();
        log.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    };
    let find = |what: &str, is_it: &dyn Fn(&Value) -> bool| {
        house.until(what, || lines().into_iter().find(|line| is_it(line)))
    };
    let turn_of = |line: &Value| {
        let span = &line["span"];
        assert_eq!((span["name"].as_str(), span["object"].as_str()), (Some("turn"), Some(object)), "{line}");
        span["turn"].as_u64().unwrap()
    };
    let write = find("the write", &|line| line["message"] == "provider write" && line["object"] == object);
    assert_eq!(write["operation"], "CreateQrCode");
    assert!(
        !write["request_id"].as_str().unwrap().is_empty(),
        "what the provider's support asks for: {write}"
    );
    let state = find("the state", &|line| line["message"] == "state" && line["reason"] == "Live");
    assert_eq!(turn_of(&write), turn_of(&state), "one turn made it and said so");
    let end = find("the end of the turn", &|line| {
        line["message"] == "close" && line["span"]["turn"] == turn_of(&write)
    });
    assert!(end["time.busy"].is_string() && end["time.idle"].is_string(), "{end}");
    let decisions =
        lines().iter().filter(|line| line["message"] == "state" && line["object"] == object).count();
    assert!(decisions <= 3, "a line for each decision, not for each look: {decisions}");
}
