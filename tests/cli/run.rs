//! `waops run`: it follows the folder, and ends when it is told to.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Folder, Said, Simulator};
use crate::trouble::{eventually, signal};

#[test]
fn it_follows_the_folder_keeps_the_last_good_manifests_and_ends() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    let child = folder.command(&simulator, &["run"]).spawn().unwrap();
    eventually("the first code", || simulator.texts().contains_key("Hello!"));
    folder.write(
        "broken.yaml",
        "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppQrCode\nmetadata: {name: it}\nspec: {}\n",
    );
    folder.code("flyer", "shop", "Hi!");
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(!simulator.texts().contains_key("Hi!"), "half of a folder is not a folder");
    folder.remove("broken.yaml");
    eventually("the second code", || simulator.texts().contains_key("Hi!"));
    folder.code("poster", "shop", "Hello, you!");
    eventually("the new text", || simulator.texts().contains_key("Hello, you!"));
    let asked = Instant::now();
    signal(&child, "-TERM");
    let said = Said::of(&child.wait_with_output().unwrap()).ends(0);
    assert!(asked.elapsed() < Duration::from_secs(9), "{:?}", asked.elapsed());
    said.says(&[
        "broken.yaml",
        "stay in force until this is mended",
        "the folder changed: 1 new",
        "1 changed",
        "stopping",
    ]);
    folder.waops(&simulator, &["plan", "--detailed-exitcode"]).ends(0);
}

#[test]
fn secrets_of_a_pipe_outlive_the_first_change_of_the_folder() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    let accounts = fs::read_to_string(folder.path().join("accounts.yaml")).unwrap();
    let (accounts, secrets) = accounts.split_at(accounts.find("---\napiVersion: v1\n").unwrap());
    folder.write("accounts.yaml", accounts);
    folder.code("poster", "shop", "Hello!");
    let mut command = folder.command(&simulator, &["run", "--secrets", "-"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(secrets.as_bytes()).unwrap();
    eventually("the first code", || simulator.texts().contains_key("Hello!"));
    // The account is opened anew, with the Secret as it is then.
    let asking = "{name: shop, annotations: {waops.dev/reconcile-at: now}}";
    folder.write("accounts.yaml", &accounts.replacen("{name: shop}", asking, 1));
    folder.code("poster", "shop", "Hello, you!");
    eventually("the new text", || simulator.texts().contains_key("Hello, you!"));
    signal(&child, "-TERM");
    let said = Said::of(&child.wait_with_output().unwrap()).ends(0);
    assert!(!said.err.contains("there is no Secret"), "{}", said.err);
}

#[test]
fn a_state_that_cannot_be_written_at_the_end_is_no_success() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    let child = folder.command(&simulator, &["run"]).spawn().unwrap();
    eventually("the first code", || folder.state().contains("\"Live\""));
    // What stands where the next state is written first stands for a full disk.
    let next = folder.path().join(".waops/state.json.new");
    eventually("no write is under way", || fs::create_dir(&next).is_ok());
    folder.code("poster", "shop", "Hello, you!");
    std::thread::sleep(Duration::from_millis(2_500));
    signal(&child, "-TERM");
    let said = Said::of(&child.wait_with_output().unwrap()).ends(1);
    said.says(&["stopping", "waops: cannot write the state"]);
    assert!(simulator.texts().contains_key("Hello!"), "what cannot be written down is not done");
    fs::remove_dir(&next).unwrap();
    folder.apply(&simulator).ends(0);
    assert!(simulator.texts().contains_key("Hello, you!"));
}
