//! What people do to a state and its manifests by mistake: a clear answer each, and nothing lost.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;

use crate::support::{Folder, Said, Simulator, code};
use crate::trouble::eventually;

/// A folder that was applied: a code at each provider.
fn applied(simulator: &Simulator) -> Folder {
    let folder = Folder::new();
    folder.code("poster", "shop", "Hello!");
    folder.code("menu", "shop-cn", "The menu!");
    folder.apply(simulator).ends(0);
    folder
}

/// Nothing was made, changed or deleted since, and the plan after it is empty.
#[track_caller]
fn unharmed(folder: &Folder, simulator: &Simulator) {
    assert_eq!((simulator.writes().len(), simulator.texts().len()), (2, 2), "{:?}", simulator.writes());
    folder.waops(simulator, &["plan", "--detailed-exitcode"]).ends(0);
}

/// The environment of one command for another.
fn surround(command: &mut Command, known: &Command) {
    for (name, value) in known.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
}

fn state(folder: &Folder) -> std::path::PathBuf {
    folder.path().join(".waops/state.json")
}

#[test]
fn a_state_of_another_folder_is_refused_while_that_is_there() {
    let simulator = Simulator::start("");
    let (one, other) = (applied(&simulator), Folder::new());
    other.code("poster", "shop", "Hello!");
    fs::create_dir(other.path().join(".waops")).unwrap();
    fs::copy(state(&one), state(&other)).unwrap();
    for command in [&["plan"][..], &["apply", "-y"], &["status"], &["delete", "waqr/poster", "-y"]] {
        other.waops(&simulator, command).ends(1).says(&["is a copy of the state in", "Work in that folder"]);
    }
    unharmed(&one, &simulator);
}

#[test]
fn what_could_mean_nothing_is_refused_before_anything_is_read() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    for (argument, says) in [
        ("--namespace=My_Shop", "lower-case letters, digits and -"),
        ("--confirm-absence=yes", "take the digits from the message"),
    ] {
        folder.waops(&simulator, &["apply", "-y", argument]).ends(1).says(&[says]);
        assert!(!folder.path().join(".waops").exists(), "{argument}");
    }
}

#[test]
fn a_state_that_was_edited_or_cut_off_says_both_ways_on() {
    let simulator = Simulator::start("");
    let folder = applied(&simulator);
    let whole = fs::read_to_string(state(&folder)).unwrap();
    for (spoiled, words) in [
        (whole.replacen("Hello!", "Hullo!", 1), "was edited or damaged"),
        (whole[..whole.len() / 2].to_owned(), "was cut off after"),
        (String::new(), "is empty"),
        ("{}".to_owned(), "does not begin as a state does"),
    ] {
        fs::write(state(&folder), spoiled).unwrap();
        for command in [&["plan"][..], &["apply", "-y"], &["status"], &["state", "list"]] {
            folder.waops(&simulator, command).ends(1).says(&[words, "mv ", "delete both files"]);
        }
    }
    // The first way: the copy before it, which waops keeps.
    fs::rename(folder.path().join(".waops/state.json.backup"), state(&folder)).unwrap();
    folder.apply(&simulator).ends(0);
    unharmed(&folder, &simulator);
}

#[test]
fn a_state_of_a_newer_waops_is_left_alone() {
    let simulator = Simulator::start("");
    let folder = applied(&simulator);
    let whole = fs::read_to_string(state(&folder)).unwrap();
    let newer =
        whole.replacen("\"format\":1,\"writtenBy\":\"0.1.0\"", "\"format\":2,\"writtenBy\":\"9.0.0\"", 1);
    assert_ne!(newer, whole);
    fs::write(state(&folder), &newer).unwrap();
    folder.apply(&simulator).ends(1).says(&["written by waops 9.0.0 in format 2", "use waops 9.0.0"]);
    assert_eq!(folder.state(), newer, "not a byte of it changed");
    fs::write(state(&folder), whole).unwrap();
    unharmed(&folder, &simulator);
}

#[test]
fn who_died_with_the_lock_locks_nobody_out() {
    let simulator = Simulator::start(
        "faults: [{operation: \"POST message_qrdls\", fault: {latency: {ms: 60000}}, probability: 1, times: 1}]\n",
    );
    let folder = Folder::new();
    folder.code("poster", "shop", "Hello!");
    let mut child = folder.command(&simulator, &["apply", "-y"]).spawn().unwrap();
    eventually("the call is under way", || folder.state().contains("\"operation\":\"Create\""));
    let lock = fs::read_to_string(folder.path().join(".waops/lock")).unwrap();
    assert!(lock.contains(&child.id().to_string()), "{lock}");
    folder.waops(&simulator, &["apply", "-y"]).ends(1).says(&["in use by", "waops apply"]);
    child.kill().unwrap();
    child.wait().unwrap();
    folder.waops(&simulator, &["status"]).ends(0).says(&["Resolving", "finds out what became of it"]);
    folder.apply(&simulator).ends(0);
    assert_eq!(simulator.texts()["Hello!"], 1);
}

/// A call that was killed on its way, with so long a deadline in its intent.
fn killed_on_its_way(deadline: &str) -> (Simulator, Folder) {
    let simulator = Simulator::start(
        "faults: [{operation: \"POST message_qrdls\", fault: {latency: {ms: 60000}}, probability: 1, times: 1}]\n",
    );
    let folder = Folder::new();
    folder.code("poster", "shop", "Hello!");
    let mut command = folder.command(&simulator, &["apply", "-y"]);
    let mut child = command.env("WAOPS_CALL", deadline).spawn().unwrap();
    eventually("the call is carried out", || simulator.texts().len() == 1);
    child.kill().unwrap();
    child.wait().unwrap();
    (simulator, folder)
}

#[test]
fn claim_05_a_deadline_that_is_still_to_come_is_waited_for_and_that_is_said() {
    let (simulator, folder) = killed_on_its_way("4m");
    let said = folder.waops(&simulator, &["apply", "-y", "--timeout", "3s"]).ends(1);
    said.says(&["The time was up", "1 unfinished", "nobody knows yet what became of a call"]);
    assert_eq!(simulator.writes().len(), 1, "nothing is made as long as nobody knows");
}

#[test]
fn claim_05_a_deadline_of_a_clock_that_was_set_back_since_is_not_waited_for() {
    let (simulator, folder) = killed_on_its_way("1h");
    folder.apply(&simulator).ends(0);
    assert_eq!((simulator.writes().len(), simulator.texts()["Hello!"]), (1, 1), "found, and not made again");
    folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(0);
}

#[test]
fn a_manifest_that_moves_to_another_phone_number_is_told_so_and_nothing_dies() {
    let simulator = Simulator::start("");
    let folder = applied(&simulator);
    let moved = code("poster", "shop", "Hello!").replace("+4930901820", "+8613800000000");
    folder.write("poster.yaml", &moved);
    let said = folder.apply(&simulator).ends(1);
    said.says(&["AccountChanged", "it was claimed for phone number", "make a new object"]);
    folder.code("poster", "shop", "Hello!");
    folder.apply(&simulator).ends(0);
    unharmed(&folder, &simulator);
}

#[test]
fn claim_18_an_account_removed_while_objects_remain_takes_nothing_with_it() {
    let simulator = Simulator::start("");
    let folder = applied(&simulator);
    let accounts = fs::read_to_string(folder.path().join("accounts.yaml")).unwrap();
    let (_, secrets) = accounts.split_at(accounts.find("apiVersion: v1\n").unwrap());
    folder.write("accounts.yaml", secrets);
    folder.apply(&simulator).ends(0);
    folder.waops(&simulator, &["apply", "-y", "--prune", "--timeout", "60s"]).ends(0);
    folder.write("accounts.yaml", &accounts);
    unharmed(&folder, &simulator);
}

#[test]
fn claim_06_two_people_who_apply_the_same_from_two_machines_make_one_code() {
    let simulator = Simulator::start("settings: {limits: false}\n");
    let folders: Vec<Folder> = (0..2).map(|_| Folder::new()).collect();
    for folder in &folders {
        let codes: Vec<String> = (0..20)
            .map(|number| code(&format!("code-{number}"), "shop", &format!("Hello {number}.")))
            .collect();
        folder.write("codes.yaml", &codes.join("---\n"));
    }
    folders[0].apply(&simulator).ends(0);
    let second = folders[1].apply(&simulator).ends(1);
    second.says(&["AdoptionNeeded", "adopt: {code: ", "20 need you"]);
    let texts = simulator.texts();
    assert_eq!((texts.len(), texts.values().max()), (20, Some(&1)), "{texts:?}");
    folders[0].waops(&simulator, &["plan", "--detailed-exitcode"]).ends(0);
}

#[test]
fn claim_06_two_people_at_the_same_instant_make_two_at_most_and_each_is_told() {
    const CODES: usize = 20;
    // While its list is on its way, neither can see what the other makes.
    let simulator = Simulator::start(
        "settings: {limits: false}\nfaults: [{operation: \"GET message_qrdls\", fault: {latency: {ms: 700}}, \
         probability: 1}]\n",
    );
    let folders: Vec<Folder> = (0..2).map(|_| Folder::new()).collect();
    for folder in &folders {
        let one = |number: usize| code(&format!("code-{number}"), "shop", &format!("Hello {number}."));
        folder.write("codes.yaml", &(0..CODES).map(one).collect::<Vec<String>>().join("---\n"));
        folder.template("order_shipped", "Hi {{name}}, your order left today.");
    }
    let start = |folder: &Folder| {
        let mut command = folder.command(&simulator, &["apply", "-y", "--timeout", "60s"]);
        command.env("WAOPS_CALL", "30s").spawn().unwrap()
    };
    let both: Vec<Child> = folders.iter().map(start).collect();
    for child in both {
        let said = Said::of(&child.wait_with_output().unwrap());
        assert!(said.code == Some(0) || said.out.contains("AdoptionNeeded"), "{said:?}");
    }
    let (texts, writes) = (simulator.texts(), simulator.writes());
    assert_eq!(texts.len(), CODES, "{texts:?}");
    assert!(texts.values().all(|count| *count <= 2), "{texts:?}");
    assert!(!writes.iter().any(|write| write.starts_with("DELETE")), "{writes:?}");

    // What is the other's is nobody's here.
    simulator.admin("DELETE", "/faults", &Json::Null);
    let there = texts.values().sum::<usize>() + 1;
    println!("{there} things are there, for {} objects", CODES + 1);
    for folder in &folders {
        folder.apply(&simulator);
        let status = folder.waops(&simulator, &["status", "-o", "json"]).ends(0).json();
        let rows = status["objects"].as_array().unwrap();
        let waiting = rows.iter().filter(|row| row["state"] == "AdoptionNeeded").count();
        let own = CODES + 1 - waiting;
        let account = rows.iter().find(|row| row["identity"] == "meta/102290129340398").unwrap();
        assert_eq!(account["unclaimed"].as_u64().unwrap_or_default(), (there - own) as u64, "{status}");
        let exits = if waiting > 0 { 3 } else { 0 };
        folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(exits);
    }
    assert_eq!(simulator.writes(), writes, "nothing more is made, and nothing is deleted");
}

#[test]
fn claim_09_a_provider_that_suddenly_has_nothing_is_asked_about() {
    let simulator = Simulator::start("");
    let folder = applied(&simulator);
    let gone = serde_json::json!({"deleteCode": {"provider": "meta", "phone": "106540352242922"}});
    simulator.admin("POST", "/changes", &gone);
    assert_eq!(simulator.texts().len(), 1, "somebody deleted it");
    let said = folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(3);
    let said = said.says(&["AccountSuspicious", "lacks 1 of 1 codes", "waops.dev/confirm-absence: "]);
    let digits = said.out.split("confirm-absence: \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    folder.apply(&simulator).ends(1).says(&["AccountSuspicious"]);
    assert_eq!(simulator.texts().len(), 1, "nobody confirmed that it is gone");
    folder.waops(&simulator, &["apply", "-y", "--confirm-absence", "00000000"]).ends(1);
    folder.waops(&simulator, &["plan", "--detailed-exitcode", "--confirm-absence", &digits]).ends(2);
    folder.waops(&simulator, &["apply", "-y", "--confirm-absence", &digits]).ends(0);
    assert_eq!(simulator.texts()["Hello!"], 1, "it is made again");
    folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(0);
}

#[test]
fn promise_08_a_disk_that_fills_up_in_the_middle_loses_and_doubles_nothing() {
    const OBJECTS: usize = 200;
    let (simulator, folder) = (Simulator::start("settings: {limits: false}\n"), Folder::new());
    let codes: Vec<String> = (0..OBJECTS)
        .map(|number| code(&format!("code-{number}"), "shop", &format!("Hello {number}.")))
        .collect();
    folder.write("codes.yaml", &codes.join("---\n"));
    let apply = folder.command(&simulator, &["apply", "-y"]);
    // A state of all objects does not fit, one of some does. The unit is 512 bytes.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 280; exec \"$0\" \"$@\""]).arg(apply.get_program());
    limited.args(apply.get_args()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    surround(&mut limited, &apply);
    for _ in 0..2 {
        let said = Said::of(&limited.output().unwrap()).ends(1);
        said.says(&["cannot write the state", "so it calls none", "what was written before is still whole"]);
        folder.waops(&simulator, &["status"]).ends(0);
    }
    let made = simulator.texts().len();
    assert!((1..OBJECTS).contains(&made), "{made}: it filled up too late or too early to show anything");
    folder.waops(&simulator, &["apply", "-y", "--timeout", "120s"]).ends(0);
    let texts = simulator.texts();
    assert_eq!((texts.len(), texts.values().max()), (OBJECTS, Some(&1)), "{texts:?}");
    assert_eq!(simulator.writes().len(), OBJECTS, "nothing was made and thrown away");
}

#[test]
fn a_disk_that_is_full_at_the_first_apply_does_not_put_the_state_into_git() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    let apply = folder.command(&simulator, &["apply", "-y"]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""]).arg(apply.get_program());
    limited.args(apply.get_args()).stdin(Stdio::null());
    surround(&mut limited, &apply);
    Said::of(&limited.output().unwrap()).ends(1).says(&["cannot write the state"]);
    folder.apply(&simulator).ends(0);
    let hidden = fs::read_to_string(folder.path().join(".waops/.gitignore")).unwrap();
    assert!(hidden.contains("\nstate.json\n"), "{hidden:?}");
}

#[test]
fn promise_08_a_folder_that_became_read_only_is_noticed_before_any_call() {
    let simulator = Simulator::start("");
    let folder = applied(&simulator);
    folder.code("flyer", "shop", "Hi!");
    let home = folder.path().join(".waops");
    let allow =
        |path: &std::path::Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    allow(folder.path(), 0o755);
    for file in fs::read_dir(&home).unwrap() {
        allow(&file.unwrap().path(), 0o444);
    }
    allow(&home, 0o555);
    let before = folder.state();
    // Whoever may do everything is not held up by permissions; somebody else is.
    let is_root =
        fs::write(home.join("probe"), "").is_ok_and(|()| fs::remove_file(home.join("probe")).is_ok());
    let program = folder.path().join("waops");
    fs::copy(env!("CARGO_BIN_EXE_waops"), &program).unwrap();
    let run = |args: &[&str]| {
        let known = folder.command(&simulator, args);
        let mut command = Command::new(&program);
        command.args(known.get_args()).stdin(Stdio::null());
        surround(&mut command, &known);
        if is_root {
            command.uid(65534).gid(65534);
        }
        Said::of(&command.output().unwrap())
    };
    let calls = simulator.writes().len();
    run(&["apply", "-y"]).ends(1).says(&[
        "cannot write the state",
        "Make the folder writable",
        "--state DIR",
    ]);
    run(&["status"]).ends(0).says(&["default/poster", "Live"]);
    run(&["plan", "--detailed-exitcode"]).ends(2).says(&["Plan: 1 to create, 2 unchanged."]);
    assert_eq!((simulator.writes().len(), folder.state()), (calls, before));
    allow(&home, 0o755);
    for file in fs::read_dir(&home).unwrap() {
        allow(&file.unwrap().path(), 0o644);
    }
    folder.apply(&simulator).ends(0);
    assert_eq!(simulator.texts().len(), 3);
}

#[test]
fn a_plan_of_standard_input_reads_it_once() {
    let simulator = Simulator::start("");
    let home = tempfile::tempdir().unwrap();
    let run = |args: &[&str], input: &str| {
        let folder = Folder::empty();
        let known = folder.command(&simulator, &[]);
        let file = folder.path().join("input");
        fs::write(&file, input).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
        command.args(args).args(["-f", "-", "--state"]).arg(home.path()).stdin(fs::File::open(file).unwrap());
        surround(&mut command, &known);
        Said::of(&command.output().unwrap())
    };
    let folder = Folder::new();
    let accounts = fs::read_to_string(folder.path().join("accounts.yaml")).unwrap();
    let both =
        [code("poster", "shop", "Hello!"), code("flyer", "shop", "Hi!"), accounts.clone()].join("---\n");
    run(&["apply", "-y"], &both).ends(0);
    let one = [code("poster", "shop", "Hello!"), accounts].join("---\n");
    run(&["plan"], &one).ends(0).says(&["nothing to do", "default/flyer: delete"]);
}
