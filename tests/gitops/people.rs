//! Who writes commits.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::house::House;
use crate::random::Random;
use crate::repository::{commit, done, git};
use crate::texts::{Shop, Text};

const ACCOUNTS: &str = "apiVersion: waops.dev/v1alpha1
kind: WhatsAppAccount
metadata: {name: meta}
spec:
  meta: {businessAccountId: \"102290129340398\", credentials: {secretRef: {name: meta}}}
---
apiVersion: waops.dev/v1alpha1
kind: WhatsAppAccount
metadata: {name: alibaba}
spec:
  alibaba: {custSpaceId: cams-simulator, credentials: {secretRef: {name: alibaba}}}
";
const CONFIRMED: &str = "\n  confirmDeletions: {upTo: 500}\n";

/// Everybody who works in the repository.
pub(crate) struct People {
    origin: tempfile::TempDir,
    clone: tempfile::TempDir,
    pub(crate) random: Random,
    declared: usize,
    /// Codes that somebody allowed to die.
    pub(crate) approved: BTreeSet<String>,
    /// How often what was done.
    pub(crate) done: BTreeMap<&'static str, usize>,
    written: u64,
    written_by_hand: u64,
}

impl People {
    /// A repository with a few texts.
    pub(crate) fn begin(seed: u64) -> Self {
        let (origin, clone) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        done(origin.path(), &["init", "--quiet", "--bare"]);
        done(clone.path(), &["clone", "--quiet", &url(&origin), "."]);
        fs::write(clone.path().join("accounts.yaml"), ACCOUNTS).unwrap();
        fs::create_dir(clone.path().join("texts")).unwrap();
        let mut people = Self {
            origin,
            clone,
            random: Random(seed),
            declared: 0,
            approved: BTreeSet::new(),
            done: BTreeMap::new(),
            written: 0,
            written_by_hand: 0,
        };
        for _ in 0..8 {
            people.declare();
        }
        people.commit("Begin");
        done(people.path(), &["branch", "--move", "main"]);
        people.push();
        people
    }

    /// Where it is pushed to.
    pub(crate) fn url(&self) -> String {
        url(&self.origin)
    }

    /// How many commits were ever made, those that were forced away included.
    pub(crate) fn commits(&self) -> u64 {
        self.written
    }

    pub(crate) fn log(&self) -> String {
        done(self.path(), &["log", "--graph", "--oneline", "--stat", "--max-count=60"])
    }

    /// Somebody does something.
    pub(crate) fn act(&mut self, house: &House<'_>) {
        match self.random.below(100) {
            0..60 => self.pull_request(),
            60..75 => self.revert(),
            75..82 => self.force(),
            82..90 => self.edit_by_hand(house),
            _ => self.decide(house),
        }
    }

    /// A branch from now or from a little while ago, merged if nothing speaks against it.
    fn pull_request(&mut self) {
        let back = self.random.below(3).min(self.length() - 1);
        done(self.path(), &["checkout", "--quiet", "-B", "change", &format!("HEAD~{back}")]);
        for _ in 0..=self.random.below(2) {
            let what = match self.random.below(10) {
                0..3 => self.declare(),
                3..5 => self.edit(),
                5 => self.move_file(),
                6 => self.rename(),
                7 => self.comment(),
                _ => self.remove(),
            };
            self.commit(what);
        }
        done(self.path(), &["checkout", "--quiet", "main"]);
        let merged = git(self.path(), &["merge", "--quiet", "--no-ff", "--no-edit", "change"]);
        if merged.status.success() {
            self.written += 1;
            self.check_in("pull requests merged");
        } else {
            done(self.path(), &["merge", "--abort"]);
            self.count("pull requests with conflicts");
        }
    }

    fn revert(&mut self) {
        let back = self.random.below(4).min(self.length() - 1);
        let commit = done(self.path(), &["rev-parse", &format!("HEAD~{back}")]);
        let parents = done(self.path(), &["rev-list", "--parents", "--max-count=1", &commit]);
        let mainline: &[&str] = match parents.split(' ').count() {
            1 => return,
            2 => &[],
            _ => &["--mainline", "1"],
        };
        let arguments = [&["revert", "--no-edit"][..], mainline, &[&commit]].concat();
        if git(self.path(), &arguments).status.success() {
            self.written += 1;
            self.check_in("reverts");
        } else {
            let _ = git(self.path(), &["revert", "--abort"]);
            done(self.path(), &["reset", "--quiet", "--hard"]);
        }
    }

    /// Takes the newest commits of main away.
    fn force(&mut self) {
        let back = 1 + self.random.below(3);
        if back < self.length() {
            done(self.path(), &["reset", "--quiet", "--hard", &format!("HEAD~{back}")]);
            self.push();
            self.count("force pushes");
        }
    }

    /// Pushes main if it is in order, as a CI demands, and takes the last commit back if not.
    fn check_in(&mut self, what: &'static str) {
        let validate = Command::new(env!("CARGO_BIN_EXE_waops"))
            .args(["validate", "-f"])
            .arg(self.path())
            .output()
            .unwrap();
        if validate.status.success() {
            self.push();
            self.count(what);
        } else {
            done(self.path(), &["reset", "--quiet", "--hard", "HEAD~1"]);
            self.count("refused by validate");
        }
    }

    /// Approves what waits for it, and confirms deletions that are held.
    pub(crate) fn decide(&mut self, house: &House<'_>) {
        let list = house.kubectl(&["get", "waqr,watpl", "--output=json"]).success();
        let list: Value = serde_json::from_str(&list).unwrap();
        let mut decided = false;
        for object in list["items"].as_array().unwrap() {
            let ready = &object["status"]["conditions"][0];
            let message = ready["message"].as_str().unwrap_or_default();
            if ready["reason"] == "DeletionHeld" {
                decided |= self.confirm();
            }
            let line = message.split("approve: ").nth(1).and_then(|rest| rest.split([' ', ';', ')']).next());
            let Some(line) = line.filter(|_| ready["reason"] == "ApprovalNeeded") else { continue };
            let name = object["metadata"]["name"].as_str().unwrap();
            let Some(mut text) = Text::all(self.path()).into_iter().find(|text| text.name == name) else {
                continue;
            };
            if text.approve.as_deref() != Some(line) {
                text.approve = Some(line.to_owned());
                fs::write(&text.file, text.manifest()).unwrap();
                self.approved.insert(line.split('@').next().unwrap().to_owned());
                decided = true;
            }
        }
        if decided {
            self.commit("Decide");
            self.push();
            self.count("decisions");
        }
    }

    fn confirm(&self) -> bool {
        let file = self.path().join("accounts.yaml");
        let text = fs::read_to_string(&file).unwrap();
        if text.contains(CONFIRMED) {
            return false;
        }
        fs::write(file, text.replace("\n---", &format!("{CONFIRMED}---")).trim_end().to_owned() + CONFIRMED)
            .unwrap();
        true
    }

    /// Somebody edits an object where only Git should.
    fn edit_by_hand(&mut self, house: &House<'_>) {
        let Some(text) = self.any(|text| !text.is_template) else { return };
        self.written_by_hand += 1;
        let message = format!("Text {}, by hand {}", text.number, self.written_by_hand);
        let patch = json!({"spec": {"prefilledMessage": message}});
        let object = format!("waqr/{}", text.name);
        let patched = house.kubectl(&["patch", &object, "--type=merge", "--patch", &patch.to_string()]);
        if patched.status.success() {
            self.count("edits by hand");
        }
    }

    fn declare(&mut self) -> &'static str {
        self.declared += 1;
        let number = self.declared;
        let is_template = self.random.chance(0.2);
        let shop = if is_template || self.random.chance(0.4) { Shop::Alibaba } else { Shop::Meta };
        let (name, file) = (format!("text-{number}"), self.path().join(format!("texts/{number}.yaml")));
        let text = Text { file, name, number, edition: 1, shop, is_template, approve: None };
        fs::write(&text.file, text.manifest()).unwrap();
        "Declare a text"
    }

    fn edit(&mut self) -> &'static str {
        if let Some(mut text) = self.any(|text| !text.is_template) {
            text.edition += 1 + self.random.below(3);
            fs::write(&text.file, text.manifest()).unwrap();
        }
        "Edit a text"
    }

    fn move_file(&mut self) -> &'static str {
        if let Some(text) = self.any(|_| true) {
            let to = format!("moved-{}-{}.yaml", text.number, self.random.below(1000));
            fs::rename(&text.file, text.file.with_file_name(to)).unwrap();
        }
        "Move a file"
    }

    fn rename(&mut self) -> &'static str {
        if let Some(mut text) = self.any(|text| !text.is_template) {
            text.name = format!("text-{}-{}", text.number, self.random.below(1000));
            fs::write(&text.file, text.manifest()).unwrap();
        }
        "Rename an object"
    }

    fn comment(&mut self) -> &'static str {
        if let Some(text) = self.any(|_| true) {
            let remark = format!("# {}\n{}", self.random.below(1000), text.manifest());
            fs::write(&text.file, remark).unwrap();
        }
        "Say why"
    }

    fn remove(&mut self) -> &'static str {
        if let Some(text) = self.any(|_| true) {
            fs::remove_file(text.file).unwrap();
        }
        "Take a text away"
    }

    /// One of the texts, if there are more than a few.
    fn any(&mut self, condition: impl Fn(&Text) -> bool) -> Option<Text> {
        let mut texts = Text::all(self.path());
        texts.retain(|text| condition(text));
        (texts.len() > 3).then(|| texts.swap_remove(self.random.below(texts.len())))
    }

    fn path(&self) -> &Path {
        self.clone.path()
    }

    /// How many commits main has, following first parents.
    fn length(&self) -> usize {
        done(self.path(), &["rev-list", "--first-parent", "--count", "HEAD"]).parse().unwrap()
    }

    fn commit(&mut self, message: &'static str) {
        if done(self.path(), &["status", "--porcelain"]).is_empty() {
            return;
        }
        commit(self.path(), message);
        self.written += 1;
        self.count(message);
    }

    fn push(&self) {
        done(self.path(), &["push", "--quiet", "--force", "origin", "main"]);
    }

    fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }
}

fn url(origin: &tempfile::TempDir) -> String {
    format!("file://{}", origin.path().display())
}
