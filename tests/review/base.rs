//! `waops plan --base`: what a branch changes, and nothing else.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::repository::{begin, commit, done, git};
use crate::support::{Folder, Said, Simulator, code};

/// The objects of a plan, with what happens to them.
fn actions(plan: &Json) -> Vec<String> {
    let objects = plan["objects"].as_array().unwrap().iter();
    let line = |object: &Json| {
        format!("{} {}", object["name"].as_str().unwrap(), object["action"].as_str().unwrap())
    };
    objects.map(line).collect()
}

/// A shop that was applied, with a poster and a menu, on a branch.
fn applied() -> (Simulator, Folder) {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    folder.code("menu", "shop-cn", "The menu!");
    folder.code("door", "shop", "Come in!");
    folder.apply(&simulator).ends(0);
    begin(folder.path());
    done(folder.path(), &["checkout", "--quiet", "-b", "change"]);
    (simulator, folder)
}

#[test]
fn only_what_the_branch_changes_is_shown() {
    let (simulator, folder) = applied();
    let plan = |more: &[&str]| {
        let mut args = vec!["plan", "--base", "main", "-o", "json"];
        args.extend(more);
        folder.waops(&simulator, &args).ends(0).json()
    };
    assert_eq!(actions(&plan(&[])), Vec::<String>::new(), "an empty branch");
    // Changed, gone, new; moved to another file and commented without another word.
    folder.code("menu", "shop-cn", "The other menu!");
    folder.remove("poster.yaml");
    folder.code("flyer", "shop", "Fly!");
    folder.remove("door.yaml");
    folder.write("entrance.yaml", &format!("# the old door\n{}", code("door", "shop", "Come in!")));
    let want = ["flyer create", "menu blocked", "poster delete"];
    assert_eq!(actions(&plan(&[])), want, "what is not committed counts");
    commit(folder.path(), "Change");
    assert_eq!(actions(&plan(&[])), want);
    // What happened on main since is none of our changes.
    done(folder.path(), &["checkout", "--quiet", "main"]);
    folder.code("news", "shop", "News!");
    commit(folder.path(), "Meanwhile");
    done(folder.path(), &["checkout", "--quiet", "change"]);
    assert_eq!(actions(&plan(&[])), want);
    // Merged, nothing is left of the change.
    done(folder.path(), &["checkout", "--quiet", "main"]);
    done(folder.path(), &["merge", "--quiet", "--no-edit", "change"]);
    assert_eq!(actions(&plan(&[])), Vec::<String>::new());
    assert_eq!(simulator.writes().len(), 3, "nothing but the apply wrote");
}

#[test]
fn without_a_provider_the_state_tells_what_an_edit_costs() {
    let (simulator, folder) = applied();
    folder.code("menu", "shop-cn", "The other menu!");
    folder.code("flyer", "shop", "Fly!");
    let calls = simulator.operations().len();
    let plan = folder
        .waops(&simulator, &["plan", "--base", "main", "--against", "state", "-o", "json"])
        .ends(0)
        .json();
    assert_eq!(actions(&plan), ["flyer create", "menu blocked"], "{plan}");
    let (flyer, menu) = (&plan["objects"][0], &plan["objects"][1]);
    assert_eq!((&flyer["verified"], &menu["verified"]), (&Json::Bool(false), &Json::Bool(true)), "{plan}");
    assert_eq!(menu["consequences"][0]["type"], "KillsPrintedCode");
    assert_eq!(menu["differences"][0]["from"], "The menu!", "the text comes from the manifest in force");
    assert_eq!(plan["against"], "state");
    assert_eq!(simulator.operations().len(), calls, "no provider was called");
    folder
        .waops(&simulator, &["plan", "--against", "state", "--detailed-exitcode"])
        .ends(3)
        .says(&["state file alone", "create, unverified"]);
    fs::remove_dir_all(folder.path().join(".waops")).unwrap();
    folder
        .waops(&simulator, &["plan", "--against", "state"])
        .ends(1)
        .says(&["there is no state", "--against"]);
}

#[test]
fn what_a_branch_does_to_an_account_is_said() {
    let (simulator, folder) = applied();
    let accounts = fs::read_to_string(folder.path().join("accounts.yaml")).unwrap();
    let shop = |line: &str| {
        assert!(accounts.contains("{name: shop}}}\n"), "{accounts}");
        folder.write("accounts.yaml", &accounts.replacen("{name: shop}}}\n", line, 1));
    };
    shop("{name: shop}}}\n  policies: {update: Guarded}\n");
    commit(folder.path(), "Policies");
    done(folder.path(), &["branch", "--force", "main"]);
    let warnings = |warnings: &[&str]| {
        let plan = folder.waops(&simulator, &["plan", "--base", "main", "--against", "state", "-o", "json"]);
        let plan = plan.ends(0).json();
        assert_eq!((&plan["warnings"], actions(&plan)), (&json!(warnings), Vec::new()), "{plan}");
    };
    warnings(&[]);
    shop("{name: brand}}}\n  policies: {update: Automatic}\n  driftCheckInterval: 1h\n");
    warnings(&["the branch changes the account default/shop: driftCheckInterval: 1h, \
                meta.credentials.secretRef.name: shop -> brand, policies.update: Guarded -> Automatic"]);
    let (_, others) = accounts.split_once("---\n").unwrap();
    folder.write("accounts.yaml", others);
    warnings(&[
        "the branch removes the account default/shop: once it is gone nothing can be called for its objects, \
                of which 2 stay",
    ]);
    folder.remove("poster.yaml");
    let plan = folder.waops(&simulator, &["plan", "--base", "main", "--against", "state"]);
    plan.says(&["warning: the branch removes the account default/shop", "of which 1 stays\n"]);
}

#[test]
fn what_a_branch_changes_for_later_is_said() {
    let (simulator, folder) = applied();
    for (name, account, text, more) in [
        ("poster", "shop", "Hello!", "policies: {update: Automatic, deletion: Retain}"),
        ("door", "shop", "Come in!", "suspend: true"),
        ("menu", "shop-cn", "The other menu!", "policies: {deletion: Retain}"),
    ] {
        folder.write(&format!("{name}.yaml"), &format!("{}  {more}\n", code(name, account, text)));
    }
    folder.waops(&simulator, &["plan", "--base", "main"]).ends(0).says(&[
        "(Live)\n    note: the branch changes policies.deletion: Retain, policies.update: Automatic\n",
        "(Suspended)\n    note: the branch changes suspend: true\n",
        // What its plan tells is not told twice.
        "note: the branch changes policies.deletion: Retain\n",
        "Plan: 1 blocked, 2 unchanged.",
    ]);
    let beside = folder.waops(&simulator, &["plan", "--base", "main", "--output", "github"]).ends(0);
    let notices: Vec<&str> = beside.out.lines().filter(|line| line.starts_with("::notice ")).collect();
    assert!(notices.len() == 2 && notices[0].contains("the branch changes suspend: true"), "{}", beside.out);
}

#[test]
fn rendered_manifests_are_compared_with_rendered_ones() {
    let (simulator, folder) = applied();
    let before = tempfile::tempdir().unwrap();
    fs::write(before.path().join("all.yaml"), code("poster", "shop", "Hello!")).unwrap();
    folder.remove("menu.yaml");
    folder.remove("door.yaml");
    let run = |text: &str| {
        folder.code("poster", "shop", text);
        let base = before.path().display().to_string();
        let said = folder.waops(&simulator, &["plan", "--base-filename", &base, "-o", "json"]);
        actions(&said.ends(0).json())
    };
    assert_eq!(run("Hello!"), Vec::<String>::new());
    assert_eq!(run("Hello, you!"), ["poster change"]);
}

#[test]
fn what_git_cannot_tell_is_said() {
    let (simulator, folder) = applied();
    let base = |revision: &str| folder.waops(&simulator, &["plan", "--base", revision]).ends(1);
    base("nowhere").says(&["no revision nowhere", "fetch it"]);
    base("origin/HEAD").says(&["no revision origin/HEAD", "`git remote set-head origin --auto`"]);
    folder
        .waops(&simulator, &["plan", "--base=--upload-pack=x"])
        .ends(1)
        .says(&["no revision --upload-pack=x"]);
    done(folder.path(), &["checkout", "--quiet", "--orphan", "other"]);
    commit(folder.path(), "Another story");
    base("main").says(&["no commit in common"]);
    // Both sides changed the same line.
    done(folder.path(), &["checkout", "--quiet", "change"]);
    folder.code("menu", "shop-cn", "Ours");
    commit(folder.path(), "Ours");
    done(folder.path(), &["checkout", "--quiet", "main"]);
    folder.code("menu", "shop-cn", "Theirs");
    commit(folder.path(), "Theirs");
    assert!(!git(folder.path(), &["merge", "change"]).status.success(), "a conflict");
    base("main").says(&["a merge is under way", "menu.yaml has conflicts"]);
    // Before anybody merges there is a plan, of what would never be merged.
    done(folder.path(), &["merge", "--abort"]);
    done(folder.path(), &["checkout", "--quiet", "change"]);
    let plan = folder.waops(&simulator, &["plan", "--base", "main"]).ends(0);
    plan.says(&["warning: the branch does not merge into main", "both changed menu.yaml\n", "1 blocked"]);
    assert!(!git(folder.path(), &["merge", "main"]).status.success(), "a conflict");
    folder.code("menu", "shop-cn", "Both");
    done(folder.path(), &["add", "--all"]);
    let plan = folder.waops(&simulator, &["plan", "--base", "main"]).ends(0);
    assert!(!plan.out.contains("does not merge"), "resolved, and not committed yet: {}", plan.out);
    done(folder.path(), &["merge", "--abort"]);
    // A clone without history, as a CI makes it.
    let clone = Folder::empty();
    let url = format!("file://{}", folder.path().display());
    done(clone.path(), &["clone", "--quiet", "--depth", "1", "--no-single-branch", &url, "."]);
    clone.waops(&simulator, &["plan", "--base", "origin/main"]).ends(1).says(&["shallow", "fetch-depth: 0"]);
    // No repository, and no Git.
    let outside = Folder::new();
    outside.waops(&simulator, &["plan", "--base", "main"]).ends(1).says(&["Git repository"]);
    let mut command = folder.command(&simulator, &["plan", "--base", "main"]);
    Said::of(&command.env("PATH", "").output().unwrap()).ends(1).says(&["`git` is not on the PATH"]);
    // A repository of somebody else: Git says what to do.
    let mut command = folder.command(&simulator, &["plan", "--base", "main"]);
    command.env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    Said::of(&command.output().unwrap()).ends(1).says(&["dubious ownership", "--add safe.directory"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
    command.args(["plan", "-f", "-", "--base", "main"]).stdin(std::process::Stdio::null());
    Said::of(&command.output().unwrap()).ends(1);
}

#[test]
fn a_folder_may_be_called_what_git_takes_for_a_pattern() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    let shop = folder.path().join(":shop[1]");
    fs::create_dir(&shop).unwrap();
    fs::rename(folder.path().join("accounts.yaml"), shop.join("accounts.yaml")).unwrap();
    fs::write(shop.join("poster.yaml"), code("poster", "shop", "Hello!")).unwrap();
    begin(folder.path());
    fs::write(shop.join("poster.yaml"), code("poster", "shop", "Hello, you!")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
    command.args(["plan", "--base", "main", "-o", "json", "-f"]).arg(&shop);
    command.env("WAOPS_META_ENDPOINT", &simulator.url).env("WAOPS_ALIBABA_ENDPOINT", &simulator.url);
    let plan = Said::of(&command.output().unwrap()).ends(0).json();
    assert_eq!(actions(&plan), ["poster create"], "{plan}");
}

#[test]
fn a_folder_that_stands_aside_counts_as_git_has_it() {
    let (simulator, folder) = applied();
    fs::create_dir(folder.path().join("parts")).unwrap();
    folder.write("parts/flyer.yaml", &code("flyer", "shop", "Fly!"));
    folder.write("parts/.nowaops", "");
    commit(folder.path(), "Parts");
    done(folder.path(), &["branch", "--force", "main"]);
    folder.remove("parts/.nowaops");
    let plan = folder.waops(&simulator, &["plan", "--base", "main", "-o", "json"]).ends(0).json();
    assert_eq!(actions(&plan), ["flyer create"], "it is read now, though it did not change");
}

/// One file of many changes: the plan of the branch costs the reading of the files, and little besides.
#[test]
fn figure_a_branch_that_changes_one_of_many_files_costs_their_reading() {
    /// Of so many files the figure is told.
    const FIGURE: usize = 10_000;
    let files = std::env::var("WAOPS_FIGURE").ok().and_then(|count| count.parse().ok()).unwrap_or(1_500);
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    for n in 0..files {
        folder.code(&format!("code-{n}"), "shop", &format!("Hello number {n}"));
    }
    begin(folder.path());
    folder.code("code-77", "shop", "Another text");
    let best = |args: &[&str]| {
        let once = || {
            let start = std::time::Instant::now();
            let said = folder.waops(&simulator, args).ends(0);
            (start.elapsed(), said)
        };
        (0..3).map(|_| once()).min_by_key(|(took, _)| *took).unwrap()
    };
    let (reading, _) = best(&["validate"]);
    let before = simulator.operations().len();
    let (took, plan) = best(&["plan", "--base", "main", "-o", "json"]);
    assert_eq!(actions(&plan.json()), ["code-77 create"]);
    println!("figure: plan --base, one of {files} files: {took:?}, of which {reading:?} are their reading");
    let calls = simulator.operations()[before..].to_vec();
    let lists = calls.iter().filter(|name| *name == "GET message_qrdls").count();
    assert_eq!(lists, 3, "one page for each of three plans, however many files there are: {calls:?}");
    assert!(took < reading * 3, "{took:?} for a plan, {reading:?} for reading the files");
    if files >= FIGURE && !cfg!(debug_assertions) {
        assert!(took < std::time::Duration::from_secs(1), "{took:?}");
    }
}

#[test]
fn a_branch_that_removes_everything_is_told_what_that_costs() {
    let (simulator, folder) = applied();
    let plan = ["plan", "--base", "main", "--against", "state", "-o", "json"];
    for file in ["accounts.yaml", "poster.yaml", "menu.yaml", "door.yaml"] {
        folder.remove(file);
    }
    let gone = ["door delete", "menu delete", "poster delete"];
    assert_eq!(actions(&folder.waops(&simulator, &plan).ends(0).json()), gone);
    let review = folder.waops(&simulator, &["review", "--base", "main", "--against", "state"]).ends(0);
    review.says(&["3 to delete", "kills the printed code"]);
    // Rendered, it is a file with nothing in it.
    let (rendered, before) = (Folder::empty(), Folder::empty());
    rendered.write("all.yaml", "");
    before.write("all.yaml", &code("poster", "shop", "Hello!"));
    let state = folder.path().join(".waops").display().to_string();
    let compared = |before: &Folder| {
        let before = before.path().display().to_string();
        let plan = [
            "plan",
            "--base-filename",
            before.as_str(),
            "--against",
            "state",
            "--state",
            state.as_str(),
            "-o",
            "json",
        ];
        rendered.waops(&simulator, &plan)
    };
    assert_eq!(actions(&compared(&before).ends(0).json()), ["poster delete"]);
    // Where nothing was before either, somebody named the wrong folder.
    compared(&rendered).ends(1).says(&["there is no manifest of waops in it"]);
    commit(folder.path(), "Remove everything");
    let review = folder.waops(&simulator, &["review", "--base", "HEAD", "--against", "state"]).ends(1);
    review.says(&["there is no manifest of waops in it"]);
}

/// Git keeps no empty folders: with its last manifest, the folder that a CI names goes, and perhaps the one around it.
#[test]
fn a_branch_that_removes_a_folder_is_told_what_that_costs() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    let berlin = folder.path().join("shops/berlin");
    fs::create_dir_all(&berlin).unwrap();
    folder.write("shops/berlin/poster.yaml", &code("poster", "shop", "Hello!"));
    folder.apply(&simulator).ends(0);
    begin(folder.path());
    done(folder.path(), &["checkout", "--quiet", "-b", "change"]);
    let said = |command: &[&str], paths: &[&str]| {
        let mut waops = Command::new(env!("CARGO_BIN_EXE_waops"));
        waops.args(command).arg("--state").arg(folder.path().join(".waops")).current_dir(folder.path());
        waops.args(paths.iter().flat_map(|path| ["-f", *path])).env("WAOPS_SETTLE", "1s");
        waops.env("WAOPS_META_ENDPOINT", &simulator.url).env("WAOPS_ALIBABA_ENDPOINT", &simulator.url);
        Said::of(&waops.output().unwrap())
    };
    let plan = ["plan", "--base", "main", "--against", "state", "-o", "json"];
    let review = ["review", "--base", "main", "--against", "state"];
    let gone = "no such file or folder";
    assert_eq!(actions(&said(&plan, &["shops/berlin"]).ends(0).json()), Vec::<String>::new());
    fs::remove_dir_all(folder.path().join("shops")).unwrap();
    for path in ["shops/berlin", "shops", "shops/berlin/poster.yaml", &berlin.display().to_string()] {
        assert_eq!(actions(&said(&plan, &[path]).ends(0).json()), ["poster delete"], "{path}");
    }
    said(&review, &["shops/berlin"]).ends(0).says(&["1 to delete", "kills the printed code"]);
    // A folder that never was is a mistake, and so is one that nobody rendered into.
    for command in [&plan[..], &review] {
        for paths in [&["shops/paris"][..], &["shops/berlin", "shops/paris"]] {
            said(command, paths).ends(1).says(&[gone, "shops/paris"]);
        }
    }
    said(&["plan", "--base-filename", "accounts.yaml"], &["shops/berlin"]).ends(1).says(&[gone]);
    said(&["plan"], &["shops/berlin"]).ends(1).says(&[gone]);
    // What was agreed to is applied to what is left.
    let saved = tempfile::tempdir().unwrap();
    let saved = saved.path().join("plan.json").display().to_string();
    let paths = ["accounts.yaml", "shops/berlin"];
    said(&["plan", "--base", "main", "--save", &saved], &paths).ends(0).says(&["1 to delete"]);
    said(&["apply", &saved, "--timeout", "60s"], &paths).ends(0).says(&["1 gone"]);
    assert!(simulator.texts().is_empty());
}

#[test]
fn an_empty_pipe_is_not_taken_for_a_branch_that_removes_everything() {
    let (_simulator, folder) = applied();
    let [before, state] =
        ["poster.yaml", ".waops"].map(|name| folder.path().join(name).display().to_string());
    let piped = |command: &str| {
        let mut shell = Command::new("sh");
        let line = format!(
            "true | \"$0\" {command} -f /dev/stdin --base-filename \"$1\" --against state --state \"$2\""
        );
        shell.args(["-c", line.as_str(), env!("CARGO_BIN_EXE_waops"), before.as_str(), state.as_str()]);
        Said::of(&shell.output().unwrap()).ends(1)
    };
    piped("plan").says(&["there is no manifest of waops in it"]);
    // It would read the pipe a second time.
    piped("review").says(&["/dev/stdin is a pipe", "write them into a file"]);
}

#[test]
fn what_a_branch_changes_behind_a_link_is_shown() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    let at = |name: &str| folder.path().join(name);
    let link = |target: &str| std::os::unix::fs::symlink(target, at("texts")).unwrap();
    // A folder that is read for its link alone.
    fs::create_dir(at(".texts")).unwrap();
    link(".texts");
    let named = |text: &str| code("menu", "shop-cn", text);
    folder.write(".texts/menu.yaml", &named("The menu!"));
    folder.apply(&simulator).ends(0);
    begin(folder.path());
    done(folder.path(), &["checkout", "--quiet", "-b", "change"]);
    let plan = || {
        let plan = ["plan", "--base", "main", "--against", "state", "-o", "json"];
        actions(&folder.waops(&simulator, &plan).ends(0).json())
    };
    assert_eq!(plan(), Vec::<String>::new(), "an empty branch");
    folder.write(".texts/menu.yaml", &named("The other menu!"));
    assert_eq!(plan(), ["menu blocked"], "edited");
    folder.remove(".texts/menu.yaml");
    assert_eq!(plan(), ["menu delete"], "gone");
    folder.write(".texts/menu.yaml", &named("The menu!"));
    folder.remove("texts");
    assert_eq!(plan(), ["menu delete"], "nothing leads there any more");
    fs::create_dir(at(".more")).unwrap();
    folder.write(".more/menu.yaml", &named("The other menu!"));
    link(".more");
    assert_eq!(plan(), ["menu blocked"], "it leads elsewhere");
    commit(folder.path(), "Elsewhere");
    assert_eq!(plan(), ["menu blocked"], "committed");
    // The link itself may be what somebody names.
    let [accounts, texts, state] =
        ["accounts.yaml", "texts/", ".waops"].map(|name| at(name).display().to_string());
    let plan_named = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
        command.args(["plan", "--base", "main", "--against", "state", "-o", "json"]);
        command.args(["-f", accounts.as_str(), "-f", texts.as_str(), "--state", state.as_str()]);
        actions(&Said::of(&command.output().unwrap()).ends(0).json())
    };
    assert_eq!(plan_named(), ["menu blocked"], "it leads elsewhere");
    let typo = at("text").display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
    command.args(["plan", "--base", "main", "--against", "state", "--state", state.as_str()]);
    command.args(["-f", accounts.as_str(), "-f", texts.as_str(), "-f", typo.as_str()]);
    Said::of(&command.output().unwrap()).ends(1).says(&["text: no such file or folder"]);
    done(folder.path(), &["checkout", "--quiet", "main"]);
    assert_eq!(plan(), Vec::<String>::new(), "as it was");
    assert_eq!(plan_named(), Vec::<String>::new(), "as it was");
}

#[test]
fn what_git_does_not_follow_is_not_taken_for_unchanged() {
    let (simulator, folder) = applied();
    let plan = || folder.waops(&simulator, &["plan", "--base", "main", "-o", "json"]).ends(0).json();
    // Files that Git ignores, as rendered ones are.
    done(folder.path(), &["rm", "--quiet", "--cached", "menu.yaml"]);
    folder.write(".gitignore", "/menu.yaml\n");
    commit(folder.path(), "Ignore the menu");
    done(folder.path(), &["branch", "--force", "main"]);
    folder.code("menu", "shop-cn", "The other menu!");
    assert_eq!(actions(&plan()), ["menu blocked"]);
    // What a build leaves may be called anything.
    fs::write(folder.path().join(OsStr::from_bytes(b"left-\xff")), "").unwrap();
    assert_eq!(actions(&plan()), ["menu blocked"]);
    fs::remove_file(folder.path().join(OsStr::from_bytes(b"left-\xff"))).unwrap();
    // A repository in this one.
    folder.remove("menu.yaml");
    fs::create_dir(folder.path().join("menus")).unwrap();
    folder.write("menus/menu.yaml", &code("menu", "shop-cn", "The other menu!"));
    begin(&folder.path().join("menus"));
    let said = plan();
    assert_eq!(actions(&said), ["menu blocked"], "{said}");
    assert!(said.to_string().contains("other repositories lie or lay in menus,"), "{said}");
    // One that Git knows the commit of, and that the branch removes with all that it held.
    done(folder.path(), &["add", "menus"]);
    commit(folder.path(), "Another repository");
    done(folder.path(), &["branch", "--force", "main"]);
    let named = |said: &Json| said.to_string().contains("other repositories lie or lay in menus,");
    assert!(!named(&plan()), "it is as it was");
    done(folder.path(), &["rm", "--quiet", "--cached", "menus"]);
    fs::remove_dir_all(folder.path().join("menus")).unwrap();
    commit(folder.path(), "Without it");
    assert!(named(&plan()), "it is gone, and nobody knows what was in it");
}

#[test]
fn another_repository_of_which_nothing_is_read_is_no_reason_to_warn() {
    let (simulator, folder) = applied();
    let plan = || folder.waops(&simulator, &["plan", "--base", "main", "-o", "json"]).ends(0).json();
    let warns = |said: &Json| said.to_string().contains("other repositories lie or lay in");
    // What an installation leaves, and another checkout that is passed by.
    fs::create_dir_all(folder.path().join("src/tool")).unwrap();
    folder.write("src/tool/tool.py", "");
    begin(&folder.path().join("src/tool"));
    fs::create_dir(folder.path().join("aside")).unwrap();
    folder.write("aside/flyer.yaml", &code("flyer", "shop", "Hi!"));
    folder.write("aside/.nowaops", "");
    begin(&folder.path().join("aside"));
    let said = plan();
    assert_eq!((actions(&said), warns(&said)), (Vec::new(), false), "{said}");
    folder.remove("aside/.nowaops");
    let said = plan();
    assert_eq!(actions(&said), ["flyer create"], "{said}");
    assert!(said.to_string().contains("other repositories lie or lay in aside,"), "{said}");
    // Once Git knows the commit of both, only what may have been read from there is worth a word.
    done(folder.path(), &["add", "src/tool", "aside"]);
    commit(folder.path(), "Other repositories");
    done(folder.path(), &["branch", "--force", "main"]);
    for name in ["src/tool", "aside"] {
        let other = folder.path().join(name);
        done(&other, &["commit", "--quiet", "--allow-empty", "--message", "On"]);
    }
    assert!(plan().to_string().contains("other repositories lie or lay in aside,"));
    fs::remove_dir_all(folder.path().join("src")).unwrap();
    assert!(plan().to_string().contains("other repositories lie or lay in aside, src/tool,"));
}
