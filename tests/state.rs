//! `waops state` and `waops release` as people and pipelines call them, and what a state says when it cannot be used.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot go on says where

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use waops::api::{Claim, Kind, WhatsAppQrCodeStatus};
use waops::engine::object::{AccountObject, Status};
use waops::engine::store::{Hold, Store};
use waops::plan::facts::{Cause, Key};
use waops::store::file::{FOLDER, FileStore};
use waops::store::{Declared, Wanted};

fn key(namespace: &str, name: &str) -> Key {
    Key::new(Kind::QrCode, namespace, name)
}

/// A folder with a state: an account, two posters that own codes and twenty flyers that own none.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        let store = home.open();
        let account = json!({"meta": {"credentials": {"secretRef": {"name": "token"}}}});
        let account = Wanted::Account(serde_json::from_value(account).unwrap());
        Self::declare(&store, AccountObject::key_of("marketing", "shop"), account);
        for n in 0..20 {
            Self::declare(&store, key("marketing", &format!("flyer-{n}")), code(&format!("flyer {n}")));
        }
        for namespace in ["marketing", "sales"] {
            Self::declare(&store, key(namespace, "poster"), code("poster"));
            own(&store, &key(namespace, "poster"));
        }
        drop(store);
        home
    }

    fn declare(store: &FileStore, key: Key, wanted: Wanted) {
        let declared =
            Declared { key, wanted, asked: None, take_over: None, confirm_absence: None, claim: None };
        store.memory().apply(declared, Timestamp::UNIX_EPOCH);
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join(FOLDER)
    }

    fn state(&self) -> String {
        fs::read_to_string(self.folder().join("state.json")).unwrap()
    }

    fn replace(&self, from: &str, to: &str) {
        fs::write(self.folder().join("state.json"), self.state().replace(from, to)).unwrap();
    }

    fn open(&self) -> FileStore {
        FileStore::open(&self.folder(), "waops apply", Timestamp::UNIX_EPOCH).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null()).env_remove("WAOPS_STATE");
        command
    }

    fn waops(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn json(&self) -> Vec<Json> {
        let output = self.waops(&["state", "list", "--output", "json"]);
        let json: Json = serde_json::from_slice(&output.stdout).unwrap();
        json["items"].as_array().unwrap().clone()
    }
}

fn code(text: &str) -> Wanted {
    let spec =
        json!({"accountRef": {"name": "shop"}, "phoneNumber": "+4930901820", "prefilledMessage": text});
    Wanted::QrCode(serde_json::from_value(spec).unwrap())
}

/// As if the engine had made its code.
fn own(store: &FileStore, key: &Key) {
    let claim = Claim { n: 2, code: Some("ANED2T5QRU7HG1".into()), ..Claim::default() };
    let (code, claim) = (claim.code.clone(), Some(Arc::new(claim)));
    let status = WhatsAppQrCodeStatus { code, claim: claim.clone(), ..Default::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let object = store.read(key).await.unwrap().unwrap();
        let hold = Hold::Claim(claim.as_ref().unwrap());
        let object = store.hold(key, &object.meta.version, hold).await.unwrap().unwrap();
        store.report(key, &object.meta.version, &Status::QrCode(Box::new(status))).await.unwrap();
    });
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn list_and_show_tell_what_each_object_owns_and_need_no_lock() {
    let home = Home::new();
    let store = home.open();
    let listed = String::from_utf8(home.waops(&["state", "list"]).stdout).unwrap();
    let poster = listed.lines().find(|line| line.contains("marketing/poster")).unwrap();
    assert!(poster.contains("QR code ANED2T5QRU7HG1") && poster.contains("marketing/shop"), "{listed}");
    let flyer = listed.lines().find(|line| line.contains("flyer-7")).unwrap();
    assert!(flyer.contains("nothing"), "{listed}");
    assert_eq!(home.json().len(), 23);
    let shown = home.waops(&["state", "show", "waqr/sales/poster", "-o", "json"]);
    let shown: Json = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["metadata"]["namespace"], "sales");
    assert_eq!(shown["spec"]["prefilledMessage"], "poster");
    assert_eq!(shown["status"]["code"], "ANED2T5QRU7HG1");
    assert!(shown["metadata"]["annotations"]["waops.dev/claim"].as_str().unwrap().contains("ANED2T5QRU7HG1"));
    let ambiguous = home.waops(&["state", "show", "waqr/poster"]);
    assert!(
        !ambiguous.status.success() && said(&ambiguous).contains("waqr/sales/poster"),
        "{}",
        said(&ambiguous)
    );
    drop(store);
}

#[test]
fn release_asks_says_what_stays_and_takes_only_the_claims() {
    let home = Home::new();
    let before = home.state();
    let refused = home.waops(&["release", "waqr/sales/poster"]);
    assert!(!refused.status.success());
    for part in ["leaves QR code ANED2T5QRU7HG1", "No provider is called", "--yes"] {
        assert!(said(&refused).contains(part), "{}", said(&refused));
    }
    let items = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(items(&home.state())[..23], items(&before)[..23], "nobody answered, so nothing was let go");
    let released = home.waops(&["release", "waqr/sales/poster", "--yes"]);
    assert!(released.status.success(), "{}", said(&released));
    let owns = |items: &[Json], namespace: &str| {
        let poster = items
            .iter()
            .find(|it| it["metadata"]["namespace"] == namespace && it["metadata"]["name"] == "poster");
        let poster = poster.unwrap();
        (!poster["metadata"]["annotations"].is_null(), !poster["status"]["claim"].is_null())
    };
    assert_eq!(owns(&home.json(), "sales"), (false, false), "in neither place");
    assert_eq!(owns(&home.json(), "marketing"), (true, true), "nobody named this one");
    let all = home.waops(&["release", "--all", "--yes", "-f", "."]);
    assert!(all.status.success(), "{}", said(&all));
    assert_eq!(owns(&home.json(), "marketing"), (false, false));
    assert_eq!(home.json().len(), 23, "what is declared is still known");
}

#[test]
fn an_object_that_is_to_go_ends_when_it_is_released() {
    let home = Home::new();
    let store = home.open();
    store.memory().delete(&key("sales", "poster"), Cause::Person, Timestamp::UNIX_EPOCH);
    drop(store);
    assert_eq!(home.json().len(), 23);
    assert!(home.waops(&["release", "waqr/sales/poster", "--yes"]).status.success());
    assert_eq!(home.json().len(), 22);
}

#[test]
fn rm_forgets_and_an_account_goes_last() {
    let home = Home::new();
    let removed = home.waops(&["state", "rm", "waqr/sales/poster", "waqr/flyer-3", "--yes"]);
    assert!(removed.status.success(), "{}", said(&removed));
    assert_eq!(home.json().len(), 21);
    let account = home.waops(&["state", "rm", "waacc/shop", "--yes"]);
    assert!(!account.status.success() && said(&account).contains("refers to"), "{}", said(&account));
    assert_eq!(home.json().len(), 21);
    let missing = home.waops(&["state", "rm", "waqr/nobody", "--yes"]);
    assert!(said(&missing).contains("`waops status` shows"), "{}", said(&missing));
}

#[test]
fn a_state_that_cannot_be_used_says_why_and_what_to_do() {
    type Spoil = fn(&Home);
    let cases: [(Spoil, &[&str], &str); 4] = [
        (
            |home| fs::remove_dir_all(home.folder()).unwrap(),
            &["no state", "waops apply", "--state"],
            "none yet",
        ),
        (|home| home.replace("flyer 7", "flier 7"), &["checksum", "mv ", "waops plan"], "edited by hand"),
        (|home| home.replace("\"format\":1", "\"format\":7"), &["format 7", "newer"], "a newer version"),
        (
            |home| fs::remove_file(home.folder().join("state.json")).unwrap(),
            &["is missing", "state.json.backup"],
            "lost",
        ),
    ];
    for (spoil, wanted, reason) in cases {
        let home = Home::new();
        spoil(&home);
        for arguments in [&["state", "list"][..], &["release", "--all", "--yes"]] {
            let output = home.waops(arguments);
            assert!(!output.status.success(), "{reason}");
            for part in wanted {
                assert!(said(&output).contains(part), "{reason}: {}", said(&output));
            }
        }
    }
}

#[test]
fn whoever_comes_second_is_told_who_was_first() {
    let home = Home::new();
    let store = home.open();
    let output = home.waops(&["release", "--all", "--yes"]);
    let pid = format!("`waops apply` (process {}", std::process::id());
    assert!(!output.status.success() && said(&output).contains(&pid), "{}", said(&output));
    drop(store);
    assert!(home.waops(&["release", "--all", "--yes"]).status.success());
}

/// A limit on file sizes stands in for a full disk: the write stops in the middle.
#[cfg(unix)]
#[test]
fn a_write_that_stops_halfway_leaves_the_old_state_whole() {
    let home = Home::new();
    let before = home.state();
    let script = "trap '' XFSZ; ulimit -f 2; exec \"$0\" release --all --yes";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_waops")]).current_dir(home.0.path()).stdin(Stdio::null());
    let output = command.output().unwrap();
    assert!(!output.status.success());
    for part in ["ulimit -f", "still whole", "calls a provider, so it calls none"] {
        assert!(said(&output).contains(part), "{}", said(&output));
    }
    assert_eq!(home.state(), before);
    assert!(!home.folder().join("state.json.new").exists(), "what is half-written takes up no space");
    assert!(home.waops(&["release", "--all", "--yes"]).status.success(), "and with room it goes on");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_noticed_first_and_can_still_be_read() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let home = Home::new();
    let before = home.state();
    for (path, mode) in
        [(home.0.path().to_owned(), 0o555), (home.folder(), 0o555), (home.folder().join("lock"), 0o444)]
    {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let run = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        // Nobody is bound by permissions less than root.
        if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
            command.uid(65534).gid(65534);
        }
        command.output().unwrap()
    };
    let output = run(&["release", "--all", "--yes"]);
    assert!(!output.status.success());
    for part in ["cannot write the state", "--state DIR"] {
        assert!(said(&output).contains(part), "{}", said(&output));
    }
    assert_eq!(home.state(), before);
    assert!(run(&["state", "list"]).status.success(), "looking needs no permission to write");
    for path in [home.0.path().to_owned(), home.folder()] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}
