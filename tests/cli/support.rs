//! A simulator in a process of its own, a folder of manifests, and the command over it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

pub(crate) const TOKEN: &str = "EAAJsimulator";
pub(crate) const KEY_SECRET: &str = "simulator-secret";

/// `waops simulate`, until it is dropped.
pub(crate) struct Simulator {
    child: Child,
    pub(crate) url: String,
    admin: String,
    _scenario: TempDir,
}

impl Simulator {
    pub(crate) fn start(scenario: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scenario.yaml");
        fs::write(&path, scenario).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
        command.args(["simulate", "--scenario"]).arg(&path).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (mut url, mut admin) = (String::new(), String::new());
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
            if let Some((_, rest)) = line.split_once("WAOPS_META_ENDPOINT=") {
                rest.trim().clone_into(&mut url);
            } else if let Some((_, rest)) = line.split_once("interfere at ") {
                rest.trim().clone_into(&mut admin);
            } else if line.contains("Ctrl-C") {
                break;
            }
        }
        Self { child, url, admin, _scenario: folder }
    }

    /// A call to the admin API.
    pub(crate) fn admin(&self, method: &str, path: &str, body: &Json) -> Json {
        let host = self.admin.trim_start_matches("http://");
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(host).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// The operations that were called, in their order.
    pub(crate) fn operations(&self) -> Vec<String> {
        let journal = self.admin("GET", "/journal", &Json::Null);
        let calls = journal["calls"].as_array().unwrap();
        calls.iter().map(|call| call["operation"].as_str().unwrap().to_owned()).collect()
    }

    /// Those that change something.
    pub(crate) fn writes(&self) -> Vec<String> {
        let is_write = |name: &String| {
            ["POST", "DELETE", "Create", "Update", "Modify", "Delete"]
                .iter()
                .any(|verb| name.starts_with(verb))
        };
        self.operations().into_iter().filter(is_write).collect()
    }

    /// The texts of all live codes, with how many carry each.
    pub(crate) fn texts(&self) -> BTreeMap<String, usize> {
        let mut texts = BTreeMap::new();
        count(&self.admin("GET", "/objects", &Json::Null), &mut texts);
        texts
    }

    /// Lets time pass at the providers.
    pub(crate) fn pass(&self, seconds: i64) {
        self.admin("POST", "/clock", &json!({"advanceSeconds": seconds}));
    }
}

/// Live codes have a message, wherever they stand.
fn count(json: &Json, texts: &mut BTreeMap<String, usize>) {
    if let Some(message) = json.get("message").and_then(Json::as_str) {
        *texts.entry(message.to_owned()).or_default() += 1;
    }
    match json {
        Json::Array(items) => items.iter().for_each(|item| count(item, texts)),
        Json::Object(fields) => fields.values().for_each(|item| count(item, texts)),
        _ => {}
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder of manifests.
pub(crate) struct Folder(TempDir);

impl Folder {
    /// With an account at each provider.
    pub(crate) fn new() -> Self {
        let folder = Self::empty();
        folder.write("accounts.yaml", ACCOUNTS);
        folder
    }

    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path().join(name)).unwrap();
    }

    /// A QR code in a file of its own.
    pub(crate) fn code(&self, name: &str, account: &str, text: &str) {
        self.write(&format!("{name}.yaml"), &code(name, account, text));
    }

    /// A template in a file of its own.
    pub(crate) fn template(&self, name: &str, text: &str) {
        let manifest = format!(
            "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppTemplate\nmetadata: {{name: {}}}\nspec:\n  accountRef: \
             {{name: shop}}\n  name: {name}\n  language: en_US\n  category: UTILITY\n  components: {{body: {{text: \
             \"{text}\"}}}}\n  examples: {{name: Ana}}\n",
            name.replace('_', "-")
        );
        self.write(&format!("{name}.yaml"), &manifest);
    }

    pub(crate) fn state(&self) -> String {
        fs::read_to_string(self.path().join(".waops/state.json")).unwrap_or_default()
    }

    pub(crate) fn command(&self, simulator: &Simulator, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
        command.args(args).arg("-f").arg(self.path()).stdin(Stdio::null());
        command.env("WAOPS_META_ENDPOINT", &simulator.url).env("WAOPS_ALIBABA_ENDPOINT", &simulator.url);
        command.env("WAOPS_SETTLE", "1s").env("WAOPS_CALL", "3s").env_remove("WAOPS_STATE");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn waops(&self, simulator: &Simulator, args: &[&str]) -> Said {
        Said::of(&self.command(simulator, args).output().unwrap())
    }

    /// Applies without a question.
    pub(crate) fn apply(&self, simulator: &Simulator) -> Said {
        self.waops(simulator, &["apply", "-y", "--timeout", "60s"])
    }
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(
                self.out.contains(word) || self.err.contains(word),
                "{word}:\n{}\n{}",
                self.out,
                self.err
            );
        }
        self
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }
}

pub(crate) fn code(name: &str, account: &str, text: &str) -> String {
    format!(
        "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppQrCode\nmetadata: {{name: {name}}}\nspec:\n  accountRef: \
         {{name: {account}}}\n  phoneNumber: \"+4930901820\"\n  prefilledMessage: {text}\n"
    )
}

const ACCOUNTS: &str = "apiVersion: waops.dev/v1alpha1
kind: WhatsAppAccount
metadata: {name: shop}
spec:
  meta: {businessAccountId: \"102290129340398\", credentials: {secretRef: {name: shop}}}
---
apiVersion: waops.dev/v1alpha1
kind: WhatsAppAccount
metadata: {name: shop-cn}
spec:
  alibaba: {custSpaceId: cams-simulator, credentials: {secretRef: {name: shop-cn}}}
---
apiVersion: v1
kind: Secret
metadata: {name: shop}
stringData: {accessToken: EAAJsimulator}
---
apiVersion: v1
kind: Secret
metadata: {name: shop-cn}
stringData: {accessKeyId: LTAI5tSimulator, accessKeySecret: simulator-secret}
";
