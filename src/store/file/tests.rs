//! What a state survives: crashes, full disks, bit rot, hands, copies and other processes.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use futures::{StreamExt, future, stream};
use tempfile::TempDir;

use super::*;
use crate::api::{Claim, Intent, Kind, Operation, WhatsAppQrCodeStatus};
use crate::plan::claim::Written;
use crate::store::{Declared, Wanted};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn key(name: &str) -> Key {
    Key::new(Kind::QrCode, "marketing", name)
}

fn code(name: &str) -> Declared {
    let spec = serde_json::json!({
        "accountRef": {"name": "shop"}, "phoneNumber": "+4930901820", "prefilledMessage": name,
        "policies": {"deletion": "Retain"},
    });
    let wanted = Wanted::QrCode(serde_json::from_value(spec).unwrap());
    Declared {
        key: key(name),
        wanted,
        asked: Some("then".into()),
        take_over: None,
        confirm_absence: None,
        claim: None,
    }
}

fn template() -> Declared {
    let spec = serde_json::json!({
        "accountRef": {"name": "shop"}, "name": "shipped", "language": "en_US", "category": "UTILITY",
        "components": {"body": {"text": "Hi {{name}}, it is on its way."}}, "examples": {"name": "Ana"},
    });
    let wanted = Wanted::Template(serde_json::from_value(spec).unwrap());
    let key = Key::new(Kind::Template, "marketing", "shipped");
    Declared {
        key,
        wanted,
        asked: None,
        take_over: None,
        confirm_absence: None,
        claim: Some(Written::Garbled),
    }
}

fn account() -> Declared {
    let spec = serde_json::json!({"meta": {"credentials": {"secretRef": {"name": "token"}}}});
    let wanted = Wanted::Account(serde_json::from_value(spec).unwrap());
    let key = AccountObject::key_of("marketing", "shop");
    Declared { key, wanted, asked: None, take_over: Some("there".into()), confirm_absence: None, claim: None }
}

fn claim(n: i64) -> Claim {
    let intent = Intent {
        operation: Operation::Create,
        from: None,
        text_hash: "3f2a".into(),
        same_text: vec!["ANED2T5QRU7HG1".into()],
        absent_at: None,
        deadline: Time(NOW),
    };
    Claim { n, uid: "u".into(), intent: Some(Box::new(intent)), ..Claim::default() }
}

struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join(FOLDER)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    fn open(&self) -> Result<FileStore, StateError> {
        FileStore::open(&self.folder(), "waops apply", NOW)
    }

    /// A state with one of everything.
    async fn filled() -> Self {
        let home = Self::new();
        let store = home.open().unwrap();
        for declared in [account(), code("poster"), code("flyer"), template()] {
            store.memory().apply(declared, NOW);
        }
        let version = read(&store, "poster").await.meta.version;
        let held = store.hold(&key("poster"), &version, Hold::Claim(&claim(1))).await.unwrap().unwrap();
        let status = WhatsAppQrCodeStatus { code: Some("ANED2T5QRU7HG1".into()), ..Default::default() };
        store.report(&key("poster"), &held.meta.version, &Status::QrCode(Box::new(status))).await.unwrap();
        store.memory().delete(&key("poster"), Cause::Leaving, NOW);
        let shop = store.accounts().await.unwrap().remove(0);
        let status = WhatsAppAccountStatus { unclaimed: Some(3), ..Default::default() };
        store.report_account(&shop.key, &shop.meta.version, &status).await.unwrap();
        home
    }
}

async fn read(store: &FileStore, name: &str) -> Object {
    store.read(&key(name)).await.unwrap().unwrap()
}

/// Everything but the versions, which count anew.
fn all(memory: &Memory) -> (Vec<AccountObject>, Vec<Object>) {
    let (accounts, objects) = memory.all();
    let mut accounts: Vec<_> = accounts.into_iter().map(Arc::unwrap_or_clone).collect();
    let mut objects: Vec<_> = objects.into_iter().map(Arc::unwrap_or_clone).collect();
    for account in &mut accounts {
        account.meta.version.clear();
    }
    for object in &mut objects {
        object.meta.version.clear();
    }
    (accounts, objects)
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let home = Home::filled().await;
    let store = home.open().unwrap();
    let before = all(store.memory());
    assert_eq!((before.0.len(), before.1.len()), (1, 3));
    let poster = read(&store, "poster").await;
    assert!(poster.meta.held && poster.meta.deleting.is_some(), "{poster:?}");
    assert_eq!(poster.annotation, Written::Says(Arc::new(claim(1))));
    let installation = store.installation().to_owned();
    drop(store);
    let store = home.open().unwrap();
    assert_eq!(all(store.memory()), before);
    assert_eq!(store.installation(), installation);
    assert!(fs::read_to_string(home.file(".gitignore")).unwrap().contains("\nstate.json\n"));
    // People read it with their tools.
    let text = fs::read(home.file("state.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(json["objects"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_manifest_that_cannot_be_read_hides_no_claim_from_the_next_process() {
    let home = Home::filled().await;
    let store = home.open().unwrap();
    let version = read(&store, "flyer").await.meta.version;
    let status = WhatsAppQrCodeStatus { claim: Some(Arc::new(claim(2))), ..Default::default() };
    store.report(&key("flyer"), &version, &Status::QrCode(Box::new(status))).await.unwrap();
    let garbled = Declared { wanted: Wanted::Garbled("no text".into()), ..code("flyer") };
    store.memory().apply(garbled, NOW);
    store.settled().await.unwrap();
    drop(store);
    let store = home.open().unwrap();
    assert_eq!(read(&store, "flyer").await.status_claim(), Written::Says(Arc::new(claim(2))));
}

#[tokio::test]
async fn a_version_is_never_given_twice_across_restarts() {
    let home = Home::filled().await;
    let mut given = std::collections::BTreeSet::new();
    for run in 0..3 {
        let store = home.open().unwrap();
        for n in 0..10 {
            let version = read(&store, "flyer").await.meta.version;
            let claim = claim(run * 10 + n);
            let held = store.hold(&key("flyer"), &version, Hold::Claim(&claim)).await.unwrap().unwrap();
            assert!(given.insert(held.meta.version.clone()), "{} in run {run}", held.meta.version);
        }
    }
}

#[tokio::test]
async fn a_write_is_on_disk_when_it_returns() {
    let home = Home::filled().await;
    let store = home.open().unwrap();
    for n in 2..20 {
        let version = read(&store, "flyer").await.meta.version;
        let held = store.hold(&key("flyer"), &version, Hold::Claim(&claim(n))).await.unwrap().unwrap();
        let on_disk = FileStore::peek(&home.folder()).unwrap().unwrap().object(&key("flyer")).unwrap();
        assert_eq!(on_disk.annotation, held.annotation);
        let writes = store.writes();
        store.hold(&key("flyer"), &held.meta.version, Hold::Claim(&claim(n))).await.unwrap();
        assert_eq!(store.writes(), writes, "a write that changes nothing costs none");
    }
}

async fn claims(store: &FileStore, name: &str, n: i64) {
    let version = read(store, name).await.meta.version;
    store.hold(&key(name), &version, Hold::Claim(&claim(n))).await.unwrap();
}

/// 1,000 at once, then with 64 in flight as the driver has them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_that_wait_share_one() {
    let home = Home::new();
    let store = home.open().unwrap();
    let names: Vec<String> = (0..1000).map(|n| format!("code-{n}")).collect();
    for name in &names {
        store.memory().apply(code(name), NOW);
    }
    store.settled().await.unwrap();
    let before = store.writes();
    future::join_all(names.iter().map(|name| claims(&store, name, 1))).await;
    let at_once = store.writes() - before;
    assert!((1..=50).contains(&at_once), "{at_once} writes for 1,000 at once");
    stream::iter(&names).map(|name| claims(&store, name, 2)).buffer_unordered(64).collect::<()>().await;
    let in_flight = store.writes() - before - at_once;
    assert!((16..=200).contains(&in_flight), "{in_flight} writes for 1,000 with 64 in flight");
    let on_disk = FileStore::peek(&home.folder()).unwrap().unwrap();
    assert_eq!(all(&on_disk), all(store.memory()));
}

#[tokio::test]
async fn a_cut_off_state_is_refused_at_every_length() {
    let home = Home::filled().await;
    let whole = fs::read(home.file("state.json")).unwrap();
    assert!(format::read(&whole).is_ok());
    for length in 0..whole.len() {
        let flaw = format::read(&whole[..length]).unwrap_err();
        assert!(matches!(flaw, Flaw::Damaged(_)), "{length}: {flaw:?}");
    }
    let longer = [&whole[..], b"\n"].concat();
    assert!(format::read(&longer).is_err(), "nor may anything follow");
}

#[tokio::test]
async fn every_flipped_bit_is_noticed() {
    let home = Home::filled().await;
    let whole = fs::read(home.file("state.json")).unwrap();
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << bit;
            assert!(format::read(&damaged).is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[tokio::test]
async fn an_edited_state_says_how_to_go_on_and_both_ways_work() {
    let home = Home::filled().await;
    let whole = fs::read_to_string(home.file("state.json")).unwrap();
    let edited = whole.replace("poster", "banner");
    fs::write(home.file("state.json"), &edited).unwrap();
    let said = home.open().unwrap_err().to_string();
    let (state, backup) = (home.file("state.json"), home.file("state.json.backup"));
    let restore = format!("mv {} {}", backup.display(), state.display());
    for part in ["edited or damaged", &restore, "waops plan", "nothing is made twice"] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(fs::read_to_string(&state).unwrap(), edited, "nothing was changed");
    fs::rename(&backup, &state).unwrap();
    let store = home.open().unwrap();
    assert_eq!(store.memory().all().1.len(), 3);
    drop(store);
    fs::remove_file(&state).unwrap();
    fs::remove_file(&backup).unwrap();
    assert_eq!(home.open().unwrap().memory().all().1.len(), 0);
}

#[tokio::test]
async fn a_lost_state_is_not_silently_begun_anew() {
    let home = Home::filled().await;
    fs::remove_file(home.file("state.json")).unwrap();
    let said = home.open().unwrap_err().to_string();
    assert!(said.contains("is missing") && said.contains("mv "), "{said}");
    assert!(FileStore::peek(&home.folder()).is_err(), "nor for those who only look");
}

#[tokio::test]
async fn a_newer_state_is_refused_and_left_alone() {
    let home = Home::filled().await;
    let whole = fs::read_to_string(home.file("state.json")).unwrap();
    let ours = format!("\"format\":{FORMAT},\"writtenBy\":\"{VERSION}\"");
    let newer = whole.replace(&ours, "\"format\":2,\"writtenBy\":\"9.0.0\"");
    fs::write(home.file("state.json"), &newer).unwrap();
    let error = home.open().unwrap_err();
    assert!(matches!(&error, StateError::Newer { by, format: 2, .. } if by == "9.0.0"), "{error}");
    assert_eq!(fs::read_to_string(home.file("state.json")).unwrap(), newer);
}

#[tokio::test]
async fn a_folder_may_move_and_a_copy_is_noticed() {
    let home = Home::filled().await;
    let (old, new, copy) =
        (home.folder(), home.0.path().join("moved").join(FOLDER), home.0.path().join("copied").join(FOLDER));
    fs::create_dir_all(new.parent().unwrap()).unwrap();
    fs::rename(&old, &new).unwrap();
    let moved = FileStore::open(&new, "waops apply", NOW).unwrap();
    assert_eq!(moved.memory().all().1.len(), 3, "a folder that moved is the same");
    drop(moved);
    fs::create_dir_all(&copy).unwrap();
    fs::copy(new.join("state.json"), copy.join("state.json")).unwrap();
    let error = FileStore::open(&copy, "waops apply", NOW).unwrap_err();
    assert!(matches!(error, StateError::Copied { .. }), "{error}");
    FileStore::open(&new, "waops apply", NOW).expect("the original is still the original");
    #[cfg(unix)]
    {
        let link = home.0.path().join("link");
        std::os::unix::fs::symlink(new.parent().unwrap(), &link).unwrap();
        FileStore::open(&link.join(FOLDER), "waops apply", NOW).expect("a link is no copy");
        // As a folder that is mounted in two places, which only root could make.
        let mount = home.0.path().join("mount").join(FOLDER);
        fs::create_dir_all(&mount).unwrap();
        fs::hard_link(new.join("state.json"), mount.join("state.json")).unwrap();
        FileStore::open(&mount, "waops apply", NOW).expect("the same file is no copy");
        fs::remove_dir_all(&mount).unwrap();
        FileStore::open(&new, "waops apply", NOW).expect("nor is it when seen from the other place");
    }
    fs::remove_dir_all(&new).unwrap();
    FileStore::open(&copy, "waops apply", NOW).expect("without the original, it is the state");
}

/// What lies in the folder when a process dies between any two steps of a write.
#[tokio::test]
async fn a_crash_between_any_two_steps_of_a_write_leaves_a_state_that_opens() {
    type Leave = fn(&Home, &[u8]);
    let cases: [(Leave, &str); 7] = [
        (|home, _| fs::write(home.file("state.json.new"), "").unwrap(), "the next state is begun"),
        (|home, new| fs::write(home.file("state.json.new"), &new[..new.len() / 2]).unwrap(), "half-written"),
        (|home, new| fs::write(home.file("state.json.new"), new).unwrap(), "written, and not in its place"),
        (|home, _| fs::remove_file(home.file("state.json.backup")).unwrap(), "the old copy is gone"),
        (
            |home, _| {
                fs::remove_file(home.file("state.json.backup")).unwrap();
                fs::hard_link(home.file("state.json"), home.file("state.json.backup")).unwrap();
            },
            "the state has its second name, and was not replaced",
        ),
        (|home, new| fs::write(home.file("state.json"), new).unwrap(), "replaced, and nobody was told"),
        (
            |home, _| fs::write(home.file("lock"), "{\"command\":\"wao").unwrap(),
            "dead while it wrote who it is",
        ),
    ];
    for (leave, reason) in cases {
        let home = Home::filled().await;
        let before = all(&FileStore::peek(&home.folder()).unwrap().unwrap());
        let new = fs::read(home.file("state.json")).unwrap();
        leave(&home, &new);
        assert_eq!(all(&FileStore::peek(&home.folder()).unwrap().unwrap()), before, "{reason}: looking");
        let store = home.open().expect(reason);
        assert_eq!(all(store.memory()), before, "{reason}");
        drop(store);
        assert!(!home.file("state.json.new").exists(), "{reason}: nothing stays behind");
        assert!(home.file("state.json.backup").exists(), "{reason}: there is a copy again");
    }
}

#[tokio::test]
async fn a_second_process_is_told_who_has_the_lock() {
    let home = Home::new();
    let first = home.open().unwrap();
    let said = FileStore::open(&home.folder(), "waops run", NOW).unwrap_err().to_string();
    let pid = format!("process {}", std::process::id());
    for part in ["`waops apply`", &pid, "since 1970-01-01T00:00:00Z", "Ctrl-C"] {
        assert!(said.contains(part), "{said}");
    }
    assert!(FileStore::peek(&home.folder()).unwrap().is_some(), "looking needs no lock");
    drop(first);
    home.open().expect("the lock is given back");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_fails_the_write_and_nothing_is_lost_once_there_is_room() {
    let home = Home::filled().await;
    let store = home.open().unwrap();
    let before = fs::read(home.file("state.json")).unwrap();
    std::os::unix::fs::symlink("/dev/full", home.file("state.json.new")).unwrap();
    let version = read(&store, "flyer").await.meta.version;
    let failed = store.hold(&key("flyer"), &version, Hold::Claim(&claim(7))).await;
    let Err(StoreError::Unavailable(why)) = failed else { panic!("{failed:?}") };
    assert!(
        why.contains("No space left") && why.contains("calls none") && why.contains("Free some"),
        "{why}"
    );
    assert_eq!(fs::read(home.file("state.json")).unwrap(), before, "the old state is whole");
    // The same write again changes nothing in memory; it must still not return before it is on disk.
    let held = read(&store, "flyer").await;
    store.hold(&key("flyer"), &held.meta.version, Hold::Claim(&claim(7))).await.unwrap();
    let on_disk = FileStore::peek(&home.folder()).unwrap().unwrap();
    assert_eq!(all(&on_disk), all(store.memory()));
    drop(store);
    std::os::unix::fs::symlink("/dev/full", home.file("state.json.new")).unwrap();
    let error = home.open().unwrap_err();
    assert!(matches!(error, StateError::Unwritable { .. }), "opening already fails: {error}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_error_before_anything() {
    let home = Home::new();
    fs::write(home.folder(), "a file where the folder should be").unwrap();
    let error = home.open().unwrap_err();
    assert!(matches!(error, StateError::Unwritable { .. }), "{error}");
}

#[tokio::test]
async fn a_secret_never_reaches_the_file() {
    let home = Home::filled().await;
    let store = home.open().unwrap();
    let data = BTreeMap::from([("accessToken".to_owned(), b"EAAGsecret".to_vec())]);
    store.memory().set_secret("marketing", "token", Some(data));
    store.memory().apply(code("more"), NOW);
    store.settled().await.unwrap();
    drop(store);
    for file in fs::read_dir(home.folder()).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains("EAAGsecret") && !text.contains("accessToken"), "{text}");
    }
}

/// Not a test: what the next one kills. Says each write that returned.
#[tokio::test]
async fn child_that_writes() {
    let Ok(folder) = std::env::var("WAOPS_TEST_STATE") else { return };
    let store = FileStore::open(Path::new(&folder), "child", NOW).unwrap();
    store.memory().apply(code("poster"), NOW);
    for n in 1.. {
        let version = read(&store, "poster").await.meta.version;
        store.hold(&key("poster"), &version, Hold::Claim(&claim(n))).await.unwrap();
        println!("wrote {n}");
    }
}

#[tokio::test]
async fn kill_9_at_any_moment_loses_no_write_that_returned_and_leaves_no_lock() {
    let home = Home::new();
    for round in 0..25 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::file::tests::child_that_writes", "--nocapture"])
            .env("WAOPS_TEST_STATE", home.folder())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut wrote = 0;
        let mut seen = 0;
        for line in lines {
            let Some(n) = line.strip_prefix("wrote ").and_then(|n| n.parse::<i64>().ok()) else { continue };
            wrote = n;
            seen += 1;
            // Another number of writes each time, so another moment of a write.
            if seen == 1 + round {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(wrote >= 1, "round {round}: the child wrote nothing");
        let store = home.open().expect("neither damaged nor locked");
        let Written::Says(kept) = read(&store, "poster").await.annotation else {
            panic!("round {round}: no claim")
        };
        // One more may have been on its way.
        assert!((wrote..=wrote + 1).contains(&kept.n), "round {round}: {wrote} returned, {} is kept", kept.n);
    }
}

#[test]
fn a_state_lies_beside_its_manifests_also_where_they_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("shop")).unwrap();
    fs::write(at("all.txt"), "").unwrap();
    for (path, want, reason) in [
        ("shop", "shop/.waops", "a folder"),
        ("all.txt", ".waops", "a file"),
        ("gone", "gone/.waops", "what was a folder"),
        ("gone.yaml", ".waops", "what was a file"),
    ] {
        assert_eq!(beside(&[at(path)]), at(want), "{reason}");
    }
    assert_eq!(beside(&[PathBuf::from("-")]), Path::new(".waops"), "standard input");
}
