//! The workflow of the example, step by step: a pull request has a comment for each environment, and none of them is left
//! behind by what becomes of another.

use std::collections::BTreeMap;
use std::fs;

use crate::ci::{Runner, fill, yaml_of};
use crate::forge::Forge;
use crate::house::plane;
use crate::repository::done;
use crate::working_copy::{edit, repository_of};

#[test]
fn each_environment_has_a_comment_that_is_true_whatever_fails() {
    let origin = repository_of("examples/gitops-repo");
    let clone = tempfile::tempdir().unwrap();
    let path = clone.path();
    done(path, &["clone", "--quiet", &format!("file://{}", origin.path().display()), "."]);
    done(path, &["checkout", "--quiet", "-b", "change"]);
    let workflow = fs::read_to_string(path.join(".github/workflows/whatsapp.yml")).unwrap();
    // GitHub reads this name as a text, and YAML 1.1 as a truth.
    let workflow = &yaml_of(&workflow.replace("\non: ", "\n\"on\": "))[0];
    let job = &workflow["jobs"]["review"];
    let kubeconfig = fs::read_to_string(plane().kubeconfig()).unwrap();
    let values = BTreeMap::from([("secrets.KUBECONFIG".to_owned(), kubeconfig)]);
    let forge = Forge::start();
    let run = || {
        let mut runner = Runner::github(path, &forge);
        let tools = format!("{}:{}", plane().tools().display(), runner.environment["PATH"]);
        runner.set("PATH", &tools);
        for (name, value) in job["env"].as_object().unwrap() {
            runner.set(name, &fill(value.as_str().unwrap(), &values));
        }
        runner.steps(&job["steps"], &values, &BTreeMap::new())
    };
    let comments = || -> Vec<String> { forge.comments().into_iter().map(|(_, text)| text).collect() };
    let plans = || {
        let comments = comments();
        assert_eq!(comments.len(), 2, "{comments:?}");
        for (comment, id, object) in [
            (&comments[0], "staging", "WhatsAppQrCode whatsapp-staging/menu"),
            (&comments[1], "production", "WhatsAppQrCode whatsapp/menu"),
        ] {
            assert!(comment.starts_with(&format!("<!-- waops:plan:{id} -->\n")), "{comment}");
            assert!(comment.contains(object) && !comment.contains("order-shipped"), "{comment}");
        }
    };
    edit(path, "base/menu.yaml", "on the menu today", "cooking");
    run().ends(0);
    plans();
    // A mistake in what both are made of.
    let long = "x".repeat(141);
    edit(path, "base/menu.yaml", "cooking", &long);
    run().ends(1).says(&["::error file=rendered/staging.yaml"]);
    let said = comments();
    assert!(said.iter().all(|comment| comment.contains("The manifests have mistakes")), "{said:?}");
    edit(path, "base/menu.yaml", &long, "cooking");
    run().ends(0);
    plans();
    // Nothing is rendered at all.
    edit(path, "base/kustomization.yaml", "  - menu.yaml\n", "  - gone.yaml\n");
    run().ends(1).says(&["gone.yaml"]);
    let said = comments();
    assert!(said.len() == 2 && !said.iter().any(|comment| comment.contains("/menu")), "{said:?}");
}
