//! The integrations as they are shipped: the action of GitHub, the template of GitLab, the hooks, the container's entry point.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;

use crate::ci::{Runner, root, yaml, yaml_of};
use crate::forge::Forge;
use crate::repository::{begin, commit, done};
use crate::support::{Folder, Said, Simulator, code};

/// A shop that was applied from main, and what a CI has: a clone with the branch.
struct Story {
    simulator: Simulator,
    origin: Folder,
    clone: Folder,
    forge: Forge,
}

impl Story {
    fn begin() -> Self {
        let (simulator, origin) = (Simulator::start(""), Folder::new());
        origin.code("poster", "shop", "Hello!");
        origin.code("menu", "shop-cn", "The menu!");
        origin.apply(&simulator).ends(0);
        origin.write(".gitignore", ".waops/\n");
        begin(origin.path());
        let clone = Folder::empty();
        let url = format!("file://{}", origin.path().display());
        done(clone.path(), &["clone", "--quiet", &url, "."]);
        done(clone.path(), &["checkout", "--quiet", "-b", "change"]);
        Self { simulator, origin, clone, forge: Forge::start() }
    }

    /// With what a run is told besides.
    fn told(&self, mut runner: Runner) -> Runner {
        let state = self.origin.path().join(".waops").display().to_string();
        runner.set("WAOPS_STATE", &state);
        runner.set("WAOPS_META_ENDPOINT", &self.simulator.url);
        runner.set("WAOPS_ALIBABA_ENDPOINT", &self.simulator.url);
        runner
    }

    fn github(&self) -> Runner {
        self.told(Runner::github(self.clone.path(), &self.forge))
    }

    fn gitlab(&self) -> Runner {
        let mut runner = self.told(Runner::gitlab(self.clone.path(), &self.forge));
        let base = done(self.clone.path(), &["merge-base", "origin/main", "HEAD"]);
        runner.set("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base);
        runner
    }

    fn comment(&self) -> String {
        let comments = self.forge.comments();
        assert_eq!(comments.len(), 1, "one comment: {comments:?}");
        comments[0].1.clone()
    }

    /// The line that approves, out of the comment.
    fn approval(&self) -> String {
        let comment = self.comment();
        comment.lines().find(|line| line.starts_with("approve: ")).unwrap().to_owned()
    }
}

#[test]
fn the_action_of_github_tells_the_whole_story_in_one_comment() {
    let story = Story::begin();
    let state = json!({"against": "state"});
    story.clone.code("menu", "shop-cn", "The other menu!");
    commit(story.clone.path(), "Change the menu");
    let runner = story.github();
    let said = runner.action(&state).ends(1);
    let said = said.says(&["::error file=menu.yaml,line=1,col=1,title=WhatsAppQrCode default/menu::blocked"]);
    assert!(!said.out.contains("poster"), "only what the branch changes: {}", said.out);
    let comment = story.comment();
    assert!(
        comment.contains("kills the printed code") && comment.contains("- The menu!\n+ The other menu!"),
        "{comment}"
    );
    assert_eq!(runner.summary(), comment, "the page of the step says the same");
    story.github().action(&state).ends(1);
    assert_eq!(story.forge.writes().len(), 1, "nothing new, so nothing is written");
    // Who decides copies the line out of the comment.
    let menu = fs::read_to_string(story.clone.path().join("menu.yaml")).unwrap();
    story.clone.write("menu.yaml", &format!("{menu}  {}\n", story.approval()));
    commit(story.clone.path(), "Approve it");
    story.github().action(&state).ends(0).says(&["::warning file=menu.yaml"]);
    assert!(story.comment().contains("uses up the approval"), "{}", story.comment());
    // Merged and applied.
    done(story.origin.path(), &["pull", "--quiet", &story.clone.path().display().to_string(), "change"]);
    story.origin.apply(&story.simulator).ends(0);
    assert_eq!(story.simulator.texts().get("The other menu!"), Some(&1));
    done(story.clone.path(), &["fetch", "--quiet"]);
    story.github().action(&state).ends(0);
    assert!(
        story.comment().contains("<b>") || story.comment().contains("nothing to do"),
        "{}",
        story.comment()
    );
    assert!(story.comment().starts_with("<!-- waops:plan:default -->\n"));
    // Without a pull request there is nothing to comment on.
    let mut runner = story.github();
    runner.event(&json!({}));
    runner.environment.remove("GITHUB_BASE_REF");
    let writes = story.forge.writes().len();
    runner.action(&state).ends(0).says(&["nothing to do"]);
    assert_eq!(story.forge.writes().len(), writes);
}

#[test]
fn the_template_of_gitlab_does_the_same() {
    let story = Story::begin();
    story.clone.code("menu", "shop-cn", "The other menu!");
    commit(story.clone.path(), "Change the menu");
    let job = |inputs: &[(&str, &str)]| {
        let template = fs::read_to_string(root().join("integrations/gitlab.yml")).unwrap();
        let spec = yaml_of(&template)[0].clone();
        let mut text = template.split_once("\n---\n").unwrap().1.to_owned();
        for (name, input) in spec["spec"]["inputs"].as_object().unwrap() {
            let given = inputs.iter().find(|(given, _)| given == name).map(|(_, value)| *value);
            let value = given.or(input["default"].as_str());
            text = text.replace(
                &format!("$[[ inputs.{name} ]]"),
                value.unwrap_or_else(|| panic!("{name} is not given")),
            );
        }
        assert!(!text.contains("$[["), "{text}");
        let job = yaml_of(&text)[0]["waops-review"].clone();
        let mut variables = BTreeMap::new();
        for (name, value) in job["variables"].as_object().unwrap() {
            variables.insert(name.clone(), value.as_str().unwrap().to_owned());
        }
        let script: Vec<&str> =
            job["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        (script.join("\n"), variables)
    };
    let (script, variables) = job(&[("image", "waops-ci"), ("against", "state")]);
    assert_eq!(variables["GIT_DEPTH"], "0");
    let said = story.gitlab().script(&["sh", "-e"], &script, &variables).ends(1);
    said.says(&["kills the printed code", "something waits for a decision"]);
    let line = story.approval();
    let menu = fs::read_to_string(story.clone.path().join("menu.yaml")).unwrap();
    story.clone.write("menu.yaml", &format!("{menu}  {line}\n"));
    commit(story.clone.path(), "Approve it");
    story.gitlab().script(&["sh", "-e"], &script, &variables).ends(0);
    assert!(story.comment().contains("uses up the approval"));
    let writes = story.forge.writes();
    assert_eq!(writes.iter().filter(|call| call.starts_with("POST")).count(), 1, "{writes:?}");
    // What the target has got since is none of it, and what does not merge is said.
    story.origin.code("menu", "shop-cn", "A third menu!");
    commit(story.origin.path(), "Meanwhile");
    done(story.clone.path(), &["fetch", "--quiet"]);
    story.gitlab().script(&["sh", "-e"], &script, &variables).ends(0);
    assert!(story.comment().contains("does not merge into origin"), "{}", story.comment());
    // Rendered manifests are compared with rendered ones.
    let (script, variables) =
        job(&[("image", "waops-ci"), ("against", "state"), ("base_path", "."), ("comment_id", "rendered")]);
    story.gitlab().script(&["sh", "-e"], &script, &variables).ends(0);
    assert!(story.forge.comments()[1].1.contains("nothing to do"), "{:?}", story.forge.comments()[1]);
}

#[test]
fn who_decides_about_rendered_manifests_is_sent_to_their_source() {
    let story = Story::begin();
    let accounts = fs::read_to_string(story.clone.path().join("accounts.yaml")).unwrap();
    fs::create_dir(story.clone.path().join("rendered")).unwrap();
    story.clone.write(".gitignore", ".waops/\n/rendered/\n");
    let menu = code("menu", "shop-cn", "The other menu!");
    story.clone.write("rendered/all.yaml", &format!("{accounts}---\n{menu}"));
    let inputs = json!({
        "against": "state", "path": "rendered/all.yaml", "base-path": "accounts.yaml\nmenu.yaml",
    });
    story.github().action(&inputs).ends(1);
    let comment = story.comment();
    assert!(comment.contains("add this line to what that file is rendered from"), "{comment}");
}

#[test]
fn what_stands_in_the_way_of_a_review_is_said() {
    let story = Story::begin();
    let state = json!({"against": "state"});
    story.clone.code("flyer", "shop", "Fly!");
    // No permission: an exit code of its own, and the plan is there all the same.
    story.forge.shelf.lock().unwrap().read_only = true;
    let runner = story.github();
    runner.action(&state).ends(3).says(&["no permission to comment", "pull-requests: write", "1 to create"]);
    assert!(runner.summary().contains("default/flyer"));
    // From a fork, also from one that is gone, and not from a branch of a repository that is somebody's fork itself.
    let mut runner = story.github();
    for (repository, end) in
        [(json!({"id": 2, "fork": true}), 0), (json!(null), 0), (json!({"id": 1, "fork": true}), 3)]
    {
        runner.comes_from(&repository);
        let said = runner.action(&state).ends(end);
        assert_eq!(said.err.contains("comes from a fork"), end == 0, "{repository}: {}", said.err);
    }
    story.github().action(&json!({"against": "state", "comment": "false"})).ends(0);
    story.forge.shelf.lock().unwrap().read_only = false;
    // A plan that is not true any more is not left standing.
    story.github().action(&state).ends(0);
    story.clone.code("flyer", "shop", "\"{{ .Values.text }}\"");
    story.github().action(&state).ends(1).says(&["::error file=flyer.yaml", "title=helm-template"]);
    assert!(story.comment().contains("The manifests have mistakes"), "{}", story.comment());
    story.clone.code("flyer", "shop", "Fly!");
    let mut runner = story.github();
    runner.set("WAOPS_STATE", "/nowhere");
    runner.action(&state).ends(1).says(&["there is no state in /nowhere"]);
    assert!(story.comment().contains("No plan could be made"), "{}", story.comment());
    story
        .github()
        .action(&json!({"against": "state", "base": "nowhere"}))
        .ends(1)
        .says(&["no revision nowhere"]);
    // Without a token everything is shown all the same.
    let tokenless = json!({"against": "state", "github-token": ""});
    let said = story.github().action(&tokenless).ends(1);
    said.says(&["1 to create", "no comment: GITHUB_TOKEN or GH_TOKEN is not set"]);
    story.clone.code("flyer", "shop", &"x".repeat(141));
    story.github().action(&tokenless).ends(1).says(&["::error file=flyer.yaml", "GH_TOKEN is not set"]);
    story.clone.code("flyer", "shop", "Fly!");
    // Two environments have a comment each.
    story.github().action(&json!({"against": "state", "comment-id": "staging"})).ends(0);
    assert_eq!(story.forge.comments().len(), 2);
    assert!(story.forge.comments()[1].1.contains("### waops plan: <code>staging</code>"));
}

#[test]
fn an_input_that_says_nothing_is_as_if_nobody_had_given_it() {
    let story = Story::begin();
    story.clone.code("flyer", "shop", "Fly!");
    let silent = json!({"path": "", "against": "", "context": "", "base": "", "base-path": "", "namespace": "",
        "comment-id": "", "strict": "", "allow-blocked": ""});
    for inputs in [silent, json!({})] {
        story.github().action(&inputs).ends(0).says(&["1 to create"]);
    }
    assert!(story.comment().starts_with("<!-- waops:plan:default -->\n"), "{}", story.comment());
    // Whose namespace is whose only waops knows, and not the action.
    story.github().action(&json!({"namespace": "elsewhere"})).ends(0).says(&["elsewhere/flyer"]);
}

#[test]
fn each_input_of_the_action_does_what_it_says() {
    let story = Story::begin();
    let with = |more: &[(&str, &str)]| {
        let mut inputs = json!({"against": "state", "comment": "false"});
        for (name, value) in more {
            inputs[*name] = json!(value);
        }
        story.github().action(&inputs)
    };
    // A warning passes, and fails where somebody is strict.
    story.clone.code("flyer", "shop", "2026-05-12");
    commit(story.clone.path(), "A date");
    with(&[]).ends(0).says(&["text-date", "1 to create"]);
    with(&[("strict", "true")]).ends(1).says(&["text-date"]);
    with(&[("strict", "false")]).ends(0);
    story.clone.code("flyer", "shop", "Fly!");
    commit(story.clone.path(), "A text");
    // What waits for a decision fails, and passes where that is told by the comment alone.
    story.clone.code("menu", "shop-cn", "The other menu!");
    commit(story.clone.path(), "Another menu");
    with(&[]).ends(1).says(&["approve: ", "1 to create"]);
    with(&[("allow-blocked", "true")]).ends(0).says(&["approve: "]);
    // What changed since another revision than that of the pull request.
    let said = with(&[("base", "HEAD~1"), ("allow-blocked", "true")]).ends(0).says(&["default/menu"]);
    assert!(!said.out.contains("default/flyer"), "{}", said.out);
    // Paths, one on each line.
    let said = with(&[("path", "accounts.yaml\nflyer.yaml\n")]).ends(0).says(&["default/flyer"]);
    assert!(!said.out.contains("default/menu"), "{}", said.out);
    assert_eq!(story.forge.writes(), [""; 0], "nobody wanted a comment");
}

#[test]
fn the_pipeline_of_a_fork_at_gitlab_comments_where_the_merge_request_is_or_not_at_all() {
    let story = Story::begin();
    story.clone.code("flyer", "shop", "Fly!");
    commit(story.clone.path(), "Fly");
    // It runs in the fork.
    let mut runner = story.gitlab();
    runner.set("CI_PROJECT_ID", "77");
    runner.set("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "77");
    let run = |runner: &Runner| {
        runner.script(&["sh", "-e"], "waops review --against state", &BTreeMap::new()).ends(0)
    };
    run(&runner).says(&["1 to create", "the comment was made"]);
    // Nobody gives the token of a project to its forks.
    runner.environment.remove("GITLAB_TOKEN");
    run(&runner).says(&["1 to create", "no comment, since the pull request comes from a fork"]);
    assert_eq!(story.forge.writes().len(), 1, "{:?}", story.forge.writes());
}

#[test]
fn annotations_name_files_as_the_pull_request_does() {
    let story = Story::begin();
    fs::create_dir(story.clone.path().join("texts")).unwrap();
    story.clone.write("texts/flyer.yaml", &code("flyer", "shop", &"x".repeat(141)));
    for script in [
        "waops validate --output github",
        "cd texts && waops validate --output github",
        "waops validate --output github --filename \"$PWD/texts\"",
    ] {
        let said = story.github().script(&["bash", "-e"], script, &BTreeMap::new());
        said.ends(1).says(&["::error file=texts/flyer.yaml,line="]);
    }
}

#[test]
fn the_hooks_do_what_they_declare() {
    let story = Story::begin();
    let hooks = &yaml(&root().join(".pre-commit-hooks.yaml"))[0];
    // What the configuration of a repository says takes the place of the arguments of a hook.
    let run = |id: &str, arguments: Option<&str>| {
        let hook = hooks.as_array().unwrap().iter().find(|hook| hook["id"] == id).unwrap();
        let own = hook["args"].as_array().into_iter().flatten().map(|argument| argument.as_str().unwrap());
        let own = own.collect::<Vec<_>>().join(" ");
        let script = format!("{} {}", hook["entry"].as_str().unwrap(), arguments.unwrap_or(&own));
        let mut runner = story.github();
        runner.set("KUBECONFIG", "/nowhere");
        runner.script(&["sh", "-e"], &script, &BTreeMap::new())
    };
    let plan = hooks.as_array().unwrap().iter().find(|hook| hook["id"] == "waops-plan").unwrap();
    assert_eq!(plan["always_run"], true, "pre-commit passes a hook by where files are only deleted");
    run("waops-validate", None).ends(0);
    story.clone.code("flyer", "shop", &"x".repeat(141));
    run("waops-validate", None).ends(1).says(&["flyer.yaml", "140"]);
    story.clone.remove("flyer.yaml");
    // There is no cluster here, and it says so.
    for arguments in [None, Some("--base origin/main")] {
        run("waops-plan", arguments).ends(1).says(&["no cluster to look at"]);
    }
}

#[test]
fn the_container_reviews_what_is_mounted_or_does_what_it_is_told() {
    let story = Story::begin();
    story.clone.code("flyer", "shop", "Fly!");
    let entrypoint = root().join("integrations/container/entrypoint").display().to_string();
    let mut runner = story.gitlab();
    runner.set("WAOPS_AGAINST", "state");
    // Whoever the container is run as may have no home there.
    runner.set("HOME", "/nowhere");
    let none = BTreeMap::new();
    runner.script(&["sh", "-e"], &entrypoint, &none).ends(0).says(&["1 to create", "the comment was made"]);
    runner.script(&["sh", "-e"], &format!("{entrypoint} version"), &none).ends(0).says(&["waops"]);
    runner.script(&["sh", "-e"], &format!("{entrypoint} sh -c 'echo said'"), &none).ends(0).says(&["said"]);
    let containerfile = fs::read_to_string(root().join("integrations/container/Containerfile")).unwrap();
    assert!(containerfile.contains("git config --system --add safe.directory"), "{containerfile}");
    for line in containerfile.lines().filter_map(|line| line.strip_prefix("COPY integrations/")) {
        let source = line.split_whitespace().next().unwrap();
        assert!(root().join("integrations").join(source).is_file(), "{line}");
    }
}

/// kubectl of the test control plane: it renders without a cluster.
fn kubectl() -> std::path::PathBuf {
    let version = include_str!("../control-plane/go.mod")
        .lines()
        .find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes "))
        .unwrap();
    let kubectl = root().join(".cache/control-plane").join(version).join("kubectl");
    assert!(kubectl.is_file(), "{} is missing: run `make control-plane` first", kubectl.display());
    kubectl
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn the_repository_of_the_example_renders_and_validates() {
    let repository = tempfile::tempdir().unwrap();
    copy(&root().join("examples/gitops-repo"), repository.path());
    begin(repository.path());
    done(repository.path(), &["checkout", "--quiet", "-b", "change"]);
    let forge = Forge::start();
    let mut runner = Runner::github(repository.path(), &forge);
    let path = format!("{}:{}", kubectl().parent().unwrap().display(), runner.environment["PATH"]);
    runner.set("PATH", &path);
    let none = BTreeMap::new();
    let run = |script: &str| runner.script(&["bash", "-e"], script, &none);
    let base = repository.path().join("base/menu.yaml");
    let menu = fs::read_to_string(&base).unwrap();
    fs::write(&base, menu.replace("on the menu today", "cooking")).unwrap();
    run("./render main").ends(0);
    for environment in ["staging", "production"] {
        run(&format!("waops validate --strict -f rendered/{environment}.yaml"))
            .ends(0)
            .says(&["3 manifests"]);
        let rendered =
            fs::read_to_string(repository.path().join(format!("rendered/{environment}.yaml"))).unwrap();
        let before = repository.path().join(format!("rendered/before/{environment}.yaml"));
        let before = fs::read_to_string(before).unwrap();
        assert!(rendered.contains("cooking") && before.contains("on the menu today"), "{environment}");
        assert_eq!(
            done(repository.path(), &["status", "--short"]),
            "M base/menu.yaml",
            "rendered/ is ignored"
        );
    }
    run("waops validate --strict -f base -f overlays/production/account.yaml").ends(0);
    // What other programs read names files and inputs that there are.
    for file in
        ["clusters/production/flux.yaml", "clusters/staging/flux.yaml", "clusters/production/argocd.yaml"]
    {
        let json = &yaml(&repository.path().join(file))[0];
        let path = json["spec"]["path"].as_str().or(json["spec"]["source"]["path"].as_str()).unwrap();
        assert!(repository.path().join(path).join("kustomization.yaml").is_file(), "{file}: {path}");
    }
    let hooks: Vec<String> = yaml(&root().join(".pre-commit-hooks.yaml"))[0]
        .as_array()
        .unwrap()
        .iter()
        .map(|hook| hook["id"].as_str().unwrap().to_owned())
        .collect();
    let config = &yaml(&repository.path().join(".pre-commit-config.yaml"))[0];
    let used = config["repos"][0]["hooks"][0]["id"].as_str().unwrap();
    assert!(hooks.iter().any(|hook| hook == used), "{used} of {hooks:?}");
    // GitLab has a job for each environment, which renders first.
    let pipeline = &yaml(&repository.path().join(".gitlab-ci.yml"))[0];
    let template = &yaml_of(&fs::read_to_string(root().join("integrations/gitlab.yml")).unwrap())[0];
    let mut comments = Vec::new();
    for include in pipeline["include"].as_array().unwrap() {
        let inputs = include["inputs"].as_object().unwrap();
        for input in inputs.keys() {
            assert!(template["spec"]["inputs"][input].is_object(), "the template has no input {input}");
        }
        for file in ["path", "base_path"] {
            let file = inputs[file].as_str().unwrap();
            assert!(repository.path().join(file).is_file(), "nobody renders {file}");
        }
        let job = inputs["job"].as_str().unwrap();
        assert_eq!(pipeline[job]["before_script"], json!(["./render"]), "{job}");
        comments.push(inputs["comment_id"].as_str().unwrap());
    }
    assert_eq!(comments, ["staging", "production"]);
    // An environment that is gone leaves nothing, beside what it was.
    fs::remove_dir_all(repository.path().join("overlays/staging")).unwrap();
    run("./render main").ends(0);
    let rendered = |file: &str| fs::read_to_string(repository.path().join("rendered").join(file)).unwrap();
    assert_eq!(rendered("staging.yaml"), "");
    assert!(rendered("before/staging.yaml").contains("on the menu today"));
}

#[test]
fn a_chart_keeps_the_variables_of_its_templates_from_helm() {
    let chart = root().join("examples/helm-chart");
    let rendered = crate::helm::helm(&["template", "shop", chart.to_str().unwrap()], None);
    let rendered = crate::helm::succeeds(&rendered);
    for text in ["Hi {{name}}, order {{order_id}} is on its way.", "Hi {{name}}, your table is ready."] {
        assert!(rendered.contains(text), "{rendered}");
    }
    let folder = Folder::empty();
    folder.write("rendered.yaml", &rendered);
    let validate = |path: &Path| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_waops"));
        Said::of(&command.args(["validate", "--provider", "meta", "-f"]).arg(path).output().unwrap())
    };
    validate(folder.path()).ends(0);
    validate(&chart.join("templates")).ends(1).says(&["helm"]);
    // Half rendered: quotes that were left, and a value that was not there.
    for (text, half) in [("Hi {{name}}", "Hi {{`{{name}}`}}"), ("The shop", "<no value>")] {
        folder.write("rendered.yaml", &rendered.replace(text, half));
        validate(folder.path()).ends(1).says(&["helm-template"]);
    }
}
