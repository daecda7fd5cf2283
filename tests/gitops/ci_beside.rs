//! A CI job that applies beside an operator, on one account: two installations of waops. What each of them owns is said
//! plainly, and nothing is fought over.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::house::{House, defined};
use crate::support::{Folder, Said};

/// A job of a CI, with a state of its own.
fn job(house: &House<'_>, folder: &Folder, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
    command.args(arguments).args(["--namespace", &house.name, "-f"]).arg(folder.path()).stdin(Stdio::null());
    command
        .env("WAOPS_META_ENDPOINT", &house.simulator.url)
        .env("WAOPS_ALIBABA_ENDPOINT", &house.simulator.url);
    command.env("WAOPS_SETTLE", "1s").env("WAOPS_CALL", "3s").env_remove("WAOPS_STATE");
    Said::of(&command.output().unwrap())
}

/// Calls that change something at a provider.
fn writes(house: &House<'_>) -> Vec<String> {
    let journal = house.simulator.simulator().journal(0);
    let operations = journal.iter().map(|entry| entry.operation.clone());
    operations
        .filter(|operation| operation.starts_with("POST ") || operation.starts_with("DELETE "))
        .collect()
}

fn apply(house: &House<'_>, folder: &Folder) {
    let (namespace, path) = (format!("--namespace={}", house.name), folder.path().display().to_string());
    let arguments = [&namespace, "apply", "--server-side", "--filename", &path];
    house.plane.kubectl(&arguments).success();
}

#[test]
fn a_job_that_knows_nothing_of_the_operator_asks_before_it_takes() {
    let house = House::prepared(defined(), "beside");
    house.install(&["watchNamespaces={beside}"]);
    let folder = Folder::new();
    folder.code("poster", "shop", "Hello!");
    folder.template("order_shipped", "Hi {{name}}, your order left today.");
    apply(&house, &folder);
    house.ready("waqr/poster");
    house.until("the template to be made", || {
        house.get("watpl/order-shipped")["status"]["templateId"].as_str().map(drop)
    });
    let code = house.codes().remove(0);
    let before = writes(&house);

    let said = job(&house, &folder, &["apply", "-y", "--timeout", "20s"]).ends(1);
    let said = said.says(&["AdoptionNeeded", &code, "adopt: {code: "]);
    assert_eq!(writes(&house), before, "nothing is made twice, and nothing is taken: {}", said.out);

    // The object as the cluster has it, with its claim: that says whose it is.
    let installation = house
        .plane
        .kubectl(&["get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"])
        .success();
    let mut object = house.get("waqr/poster");
    for field in [
        "uid",
        "resourceVersion",
        "namespace",
        "creationTimestamp",
        "finalizers",
        "generation",
        "managedFields",
    ] {
        object["metadata"].as_object_mut().unwrap().remove(field);
    }
    object.as_object_mut().unwrap().remove("status");
    folder.write("poster.yaml", &object.to_string());
    std::fs::remove_dir_all(folder.path().join(".waops")).unwrap();
    let said = job(&house, &folder, &["apply", "-y", "--timeout", "20s"]).ends(1);
    said.says(&["ClaimedElsewhere", &installation, "waops.dev/take-over"]);
    assert_eq!(writes(&house), before);
    house.ready("waqr/poster");
}

#[test]
fn two_that_took_over_the_same_never_undo_each_others_work() {
    let house = House::prepared(defined(), "both");
    let by_hand = json!({"addCode": {"provider": "meta", "phone": "106540352242922", "code": "ANED2T5QRU7HG1", "message": "Hello!"}});
    house.behind_our_back(&serde_json::from_value(by_hand).unwrap());
    house.install(&["watchNamespaces={both}"]);
    let folder = Folder::new();
    let declare = |text: &str| {
        let manifest = crate::support::code("poster", "shop", text);
        folder.write("poster.yaml", &format!("{manifest}  adopt: {{code: ANED2T5QRU7HG1}}\n"));
    };
    declare("Hello!");
    apply(&house, &folder);
    house.ready("waqr/poster");
    job(&house, &folder, &["apply", "-y", "--timeout", "20s"]).ends(0);
    assert_eq!(writes(&house), Vec::<String>::new(), "both took it over");

    // One commit, and both deliver it: whoever comes second finds it done, or says the same once more.
    declare("Hello, you!");
    job(&house, &folder, &["apply", "-y", "--timeout", "20s"]).ends(0);
    apply(&house, &folder);
    house.ready("waqr/poster");
    let once = writes(&house);
    assert!((1..=2).contains(&once.len()), "{once:?}");
    assert!(house.simulator.simulator().objects().to_string().contains("Hello, you!"));
    job(&house, &folder, &["plan", "--detailed-exitcode"]).ends(0).says(&["nothing to do"]);
    house.kubectl(&["annotate", "waqr/poster", "waops.dev/reconcile-at=1"]).success();
    house.nothing_happens_for(Duration::from_secs(2), "nobody undoes it", || writes(&house).len());

    // Gone from Git: what was taken over stays at the provider, whoever lets go first.
    folder.remove("poster.yaml");
    job(&house, &folder, &["apply", "-y", "--prune", "--timeout", "60s"]).ends(0);
    house.kubectl(&["delete", "waqr/poster", "--timeout=90s"]).success();
    assert_eq!((house.codes(), writes(&house)), (vec!["ANED2T5QRU7HG1".to_owned()], once));
}
