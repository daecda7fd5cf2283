//! As much of a CI as the shipped files need: it reads them, fills in their expressions, and runs their steps in a shell.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};
use waops::manifest::documents;

use crate::forge::{Forge, TOKEN};
use crate::support::Said;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The documents of a YAML file.
pub(crate) fn yaml(path: &Path) -> Vec<Json> {
    yaml_of(&fs::read_to_string(path).unwrap())
}

pub(crate) fn yaml_of(text: &str) -> Vec<Json> {
    documents(text).map(|document| document.unwrap().root.to_json()).collect()
}

/// A runner with a home of its own.
pub(crate) struct Runner {
    home: tempfile::TempDir,
    pub(crate) folder: PathBuf,
    pub(crate) environment: BTreeMap<String, String>,
}

impl Runner {
    fn new(folder: &Path) -> Self {
        let home = tempfile::tempdir().unwrap();
        let waops = Path::new(env!("CARGO_BIN_EXE_waops")).parent().unwrap().display().to_string();
        let path = format!("{waops}:{}", std::env::var("PATH").unwrap());
        let place = home.path().display().to_string();
        let environment = BTreeMap::from([
            ("PATH".to_owned(), path),
            ("HOME".to_owned(), place.clone()),
            ("GIT_CONFIG_SYSTEM".to_owned(), "/dev/null".to_owned()),
            ("RUNNER_TEMP".to_owned(), place),
        ]);
        Self { home, folder: folder.to_owned(), environment }
    }

    /// A run of GitHub for the pull request of this folder's branch into main.
    pub(crate) fn github(folder: &Path, forge: &Forge) -> Self {
        let mut runner = Self::new(folder);
        for file in ["event", "summary", "path", "env"] {
            fs::write(runner.file(file), "").unwrap();
        }
        let files = [("GITHUB_STEP_SUMMARY", "summary"), ("GITHUB_PATH", "path"), ("GITHUB_ENV", "env")];
        for (name, file) in files {
            runner.set(name, &runner.file(file).display().to_string());
        }
        for (name, value) in [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "shop/texts"),
            ("GITHUB_BASE_REF", "main"),
            ("GITHUB_API_URL", &forge.url),
        ] {
            runner.set(name, value);
        }
        runner.comes_from(&json!({"id": 1}));
        runner
    }

    /// A run of GitLab for the merge request of this folder's branch into main.
    pub(crate) fn gitlab(folder: &Path, forge: &Forge) -> Self {
        let mut runner = Self::new(folder);
        for (name, value) in [
            ("CI", "true"),
            ("GITLAB_CI", "true"),
            ("CI_PIPELINE_SOURCE", "merge_request_event"),
            ("CI_MERGE_REQUEST_IID", "5"),
            ("CI_PROJECT_ID", "42"),
            ("CI_MERGE_REQUEST_PROJECT_ID", "42"),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "42"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_API_V4_URL", &forge.url),
            ("GITLAB_TOKEN", TOKEN),
        ] {
            runner.set(name, value);
        }
        runner
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn event(&mut self, event: &Json) {
        let file = self.file("event");
        fs::write(&file, event.to_string()).unwrap();
        self.set("GITHUB_EVENT_PATH", &file.display().to_string());
    }

    /// A pull request from this repository, as GitHub describes it, into the one with the id 1.
    pub(crate) fn comes_from(&mut self, repository: &Json) {
        let (head, base) = (json!({"repo": repository}), json!({"repo": {"id": 1}}));
        self.event(&json!({"pull_request": {"number": 5, "head": head, "base": base}}));
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn summary(&self) -> String {
        fs::read_to_string(self.file("summary")).unwrap()
    }

    /// A script in the shell that a CI runs it with.
    pub(crate) fn script(&self, shell: &[&str], script: &str, more: &BTreeMap<String, String>) -> Said {
        let file = self.file("script");
        fs::write(&file, script).unwrap();
        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]).arg(&file).env_clear().envs(&self.environment).envs(more);
        Said::of(&command.current_dir(&self.folder).output().unwrap())
    }

    /// The action of this repository, with these inputs.
    pub(crate) fn action(&self, inputs: &Json) -> Said {
        let action = &yaml(&root().join("action.yml"))[0];
        assert_eq!(action["runs"]["using"], "composite");
        let mut values = BTreeMap::from([("github.token".to_owned(), TOKEN.to_owned())]);
        for (name, input) in action["inputs"].as_object().unwrap() {
            let default = fill(input["default"].as_str().unwrap_or_default(), &values);
            values.insert(format!("inputs.{name}"), inputs[name].as_str().map_or(default, str::to_owned));
        }
        for name in inputs.as_object().into_iter().flatten().map(|(name, _)| name) {
            assert!(action["inputs"][name].is_object(), "action.yml has no input {name}");
        }
        let ours = BTreeMap::from([("GITHUB_ACTION_PATH".to_owned(), root().display().to_string())]);
        self.steps(&action["runs"]["steps"], &values, &ours)
    }

    /// Steps of a workflow or of an action, one after the other: after one that fails, those alone that run all the same.
    /// What that one said, or else the last one.
    pub(crate) fn steps(
        &self,
        steps: &Json,
        values: &BTreeMap<String, String>,
        environment: &BTreeMap<String, String>,
    ) -> Said {
        let mut told: Option<Said> = None;
        for step in steps.as_array().unwrap() {
            let failed = told.as_ref().is_some_and(|said| said.code != Some(0));
            match step["if"].as_str() {
                None if failed => continue,
                None => {}
                Some(condition) => assert_eq!(condition, "${{ !cancelled() }}", "{step}"),
            }
            let said = match step["uses"].as_str() {
                Some(uses) if uses.starts_with("actions/checkout@") => continue,
                Some(uses) => {
                    assert!(uses.contains("/waops@"), "{uses} cannot be run here");
                    let kept = fs::read_to_string(self.file("env")).unwrap();
                    let mut runner = Self {
                        home: tempfile::tempdir().unwrap(),
                        folder: self.folder.clone(),
                        environment: self.environment.clone(),
                    };
                    runner.environment.extend(kept.lines().filter_map(|line| {
                        let (name, value) = line.split_once('=')?;
                        Some((name.to_owned(), value.to_owned()))
                    }));
                    runner.action(&step["with"])
                }
                None => {
                    assert_eq!(step["shell"], "bash", "{step}");
                    let mut more = environment.clone();
                    for (name, value) in step["env"].as_object().into_iter().flatten() {
                        more.insert(name.clone(), fill(value.as_str().unwrap(), values));
                    }
                    let script = fill(step["run"].as_str().unwrap(), values);
                    self.script(&["bash", "--noprofile", "--norc", "-eo", "pipefail"], &script, &more)
                }
            };
            if !failed {
                told = Some(said);
            }
        }
        told.unwrap()
    }
}

/// A text with its expressions filled in.
pub(crate) fn fill(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (name, after) = after.split_once("}}").unwrap();
        out.push_str(before);
        let name = name.trim();
        out.push_str(values.get(name).unwrap_or_else(|| panic!("nobody says what {name} is")));
        rest = after;
    }
    out + rest
}
