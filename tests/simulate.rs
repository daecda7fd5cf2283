//! `waops simulate` as people start it: what it prints, what it serves, and how it ends.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot go on says where

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value as Json, json};

/// A running simulator and what it said on its first lines.
struct Simulator {
    child: Child,
    exports: BTreeMap<String, String>,
    admin: String,
    out: BufReader<ChildStdout>,
}

impl Simulator {
    fn start(arguments: &[&str]) -> Simulator {
        let mut child = Command::new(env!("CARGO_BIN_EXE_waops"))
            .arg("simulate")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut simulator = Simulator { child, exports: BTreeMap::new(), admin: String::new(), out };
        while !simulator.is_ready() {}
        simulator
    }

    /// Reads one line of what it says; the last one says how to end it.
    fn is_ready(&mut self) -> bool {
        let mut line = String::new();
        assert_ne!(self.out.read_line(&mut line).unwrap(), 0, "it ended before it was ready");
        if let Some(words) = line.strip_prefix("export ") {
            let pairs = words.split_whitespace().filter_map(|word| word.split_once('='));
            self.exports.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        } else if let Some((_, url)) = line.split_once("interfere at ") {
            url.trim().clone_into(&mut self.admin);
        }
        line.contains("Ctrl-C")
    }

    /// A call as curl makes it; the answer's body.
    async fn call(&self, method: &str, url: &str, body: Option<Json>) -> Json {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::new();
        let mut request =
            client.request(method.parse().unwrap(), url).bearer_auth(&self.exports["WHATSAPP_ACCESS_TOKEN"]);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap()
    }

    fn codes_url(&self) -> String {
        let base = &self.exports["WAOPS_META_ENDPOINT"];
        format!("{base}/v25.0/{}/message_qrdls", self.exports["WHATSAPP_PHONE_NUMBER_ID"])
    }

    /// Ends it as an init system does.
    fn terminate(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn it_says_what_to_export_serves_and_keeps_its_state() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let state = state.to_str().unwrap();
    let first = Simulator::start(&["--state", state, "--seed", "7"]);
    let made = first.call("POST", &first.codes_url(), Some(json!({"prefilled_message": "Hi!"}))).await;
    assert_eq!(made["prefilled_message"], "Hi!", "{made}");
    let journal = first.call("GET", &format!("{}/journal", first.admin), None).await;
    assert_eq!(journal["calls"].as_array().map(Vec::len), Some(1), "{journal}");
    assert!(
        !journal.to_string().contains(&first.exports["WHATSAPP_ACCESS_TOKEN"]),
        "the journal leaks the token"
    );
    first.terminate();

    let second = Simulator::start(&["--state", state]);
    let listed = second.call("GET", &second.codes_url(), None).await;
    assert_eq!(listed["data"][0]["code"], made["code"], "{listed}");
    second.terminate();
}

#[tokio::test]
async fn whoever_stops_reading_what_it_says_is_served_all_the_same() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut child = Command::new(env!("CARGO_BIN_EXE_waops"));
    let mut child = child.arg("simulate").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let admin = line.trim().rsplit_once(' ').unwrap().1;
    let answer = reqwest::get(format!("{admin}/calls")).await;
    let ended = child.try_wait().unwrap();
    let _ = child.kill();
    let _ = child.wait();
    assert!(answer.is_ok_and(|answer| answer.status().is_success()) && ended.is_none(), "{ended:?}");
}

#[tokio::test]
async fn a_scenario_in_yaml_decides_what_goes_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("scenario.yaml");
    fs::write(
        &scenario,
        "faults:\n  - provider: meta\n    times: 1\n    fault: {serverError: {status: 503}}\n",
    )
    .unwrap();
    let simulator = Simulator::start(&["--scenario", scenario.to_str().unwrap()]);
    let failed = simulator.call("GET", &simulator.codes_url(), None).await;
    assert!(failed["error"].is_object(), "{failed}");
    let worked = simulator.call("GET", &simulator.codes_url(), None).await;
    assert!(worked["data"].is_array(), "{worked}");
    simulator.terminate();
}

#[tokio::test]
async fn the_scenario_of_the_documentation_works() {
    let page = fs::read_to_string("docs/simulator.md").unwrap();
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let (scenario, _) = rest.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.yaml");
    fs::write(&path, scenario).unwrap();
    let simulator = Simulator::start(&["--scenario", path.to_str().unwrap()]);
    let settings = simulator.call("GET", &format!("{}/settings", simulator.admin), None).await;
    assert_eq!(settings["reviewMs"], 60_000, "{settings}");
    simulator.terminate();
}

#[test]
fn a_wrong_scenario_is_refused_with_its_name_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    for (text, reason) in [("faults: [", "2:1"), ("sede: 7\n", "sede"), ("faults: [{fault: rain}]\n", "rain")]
    {
        let path = folder.path().join("scenario.yaml");
        fs::write(&path, text).unwrap();
        let output = simulate(&path);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("scenario.yaml") && (said.contains(reason) || reason == "2:1"), "{said}");
    }
}

fn simulate(scenario: &Path) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_waops")).args(["simulate", "--scenario"]).arg(scenario).output().unwrap()
}
