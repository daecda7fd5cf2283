//! The test control plane is a real one, and leaves nothing behind.

mod support;

use std::{thread, time::Duration};

use serde_json::Value;
use support::control_plane::{ControlPlane, has_external_assets, kubernetes_version};

const DEADLINE: Duration = Duration::from_secs(60);

#[test]
fn client_and_server_are_the_version_we_build() {
    let plane = ControlPlane::shared();
    let answer = plane.kubectl(&["version", "--output=json"]).success();
    let versions: Value = serde_json::from_str(&answer).unwrap();
    if !has_external_assets() {
        assert_eq!(versions["clientVersion"]["gitVersion"], kubernetes_version());
        assert_eq!(versions["serverVersion"]["gitVersion"], kubernetes_version());
    }
    assert_eq!(versions["serverVersion"]["major"], "1");
}

#[test]
fn kubectl_keeps_out_of_the_home_of_whoever_runs_the_tests() {
    let plane = ControlPlane::shared();
    plane.kubectl(&["get", "namespaces"]).success();
    assert!(plane.dir().join("home/.kube/cache").is_dir());
    let servers = plane.kubectl(&["config", "view", "--output=jsonpath={.clusters[*].cluster.server}"]);
    assert_eq!(servers.success(), plane.server_url());
}

#[test]
fn rights_are_enforced() {
    let plane = ControlPlane::shared();
    let refused = plane.kubectl(&["get", "secrets", "--as=nobody"]);
    assert!(!refused.status.success());
    assert!(refused.stderr.contains("Forbidden"), "{}", refused.stderr);
}

#[test]
fn a_deleted_namespace_goes_with_all_it_holds() {
    let plane = ControlPlane::shared();
    if !plane.has_controllers() {
        eprintln!("not tested: KUBEBUILDER_ASSETS has no kube-controller-manager");
        return;
    }
    plane.kubectl(&["create", "namespace", "doomed"]).success();
    plane.kubectl(&["--namespace=doomed", "create", "configmap", "note", "--from-literal=a=b"]).success();
    plane.kubectl(&["delete", "namespace", "doomed", "--wait=false"]).success();
    plane.wait_for("the namespace to go", DEADLINE, || {
        let left = plane.kubectl(&["get", "namespace", "doomed", "--ignore-not-found", "--output=name"]);
        left.success().is_empty().then_some(())
    });
    let note = plane.kubectl(&["--namespace=doomed", "get", "configmap", "note"]);
    assert!(note.stderr.contains("NotFound"), "{}", note.stderr);
}

#[test]
fn what_is_owned_goes_with_its_owner() {
    let plane = ControlPlane::shared();
    if !plane.has_controllers() {
        eprintln!("not tested: KUBEBUILDER_ASSETS has no kube-controller-manager");
        return;
    }
    plane.kubectl(&["create", "configmap", "owner"]).success();
    let uid = plane.kubectl(&["get", "configmap", "owner", "--output=jsonpath={.metadata.uid}"]).success();
    let owned = serde_json::json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "owned",
            "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid}],
        },
    });
    plane.kubectl_stdin(&["apply", "--filename=-"], &owned.to_string()).success();
    plane.kubectl(&["get", "configmap", "owned"]).success();
    plane.kubectl(&["delete", "configmap", "owner"]).success();
    plane.wait_for("the garbage collector", DEADLINE, || {
        let left = plane.kubectl(&["get", "configmap", "owned", "--ignore-not-found", "--output=name"]);
        left.success().is_empty().then_some(())
    });
}

#[test]
fn a_component_that_is_killed_comes_back_where_that_is_asked_for() {
    let plane = ControlPlane::start_restarting();
    plane.kubectl(&["create", "configmap", "note", "--from-literal=a=b"]).success();
    for component in ["etcd", "kube-apiserver"] {
        let before = plane.pid(component);
        let killed =
            std::process::Command::new("kill").args(["-KILL", &before.to_string()]).status().unwrap();
        assert!(killed.success());
        plane.wait_for("another process", DEADLINE, || (plane.pid(component) != before).then_some(()));
        plane.wait_for("what was written before", DEADLINE, || {
            plane.kubectl(&["get", "configmap", "note"]).status.success().then_some(())
        });
    }
}

#[test]
#[should_panic(expected = "waited 10ms for what never comes")]
fn waiting_in_vain_fails_the_test() {
    ControlPlane::shared().wait_for("what never comes", Duration::from_millis(10), || None::<()>);
}

/// However the owner of a control plane ends, every process and the folder end too.
#[cfg(target_os = "linux")] // reads /proc, and only Linux lets children die with their parent
mod nothing_is_left {
    use std::{
        env, fs,
        io::{BufRead as _, BufReader},
        path::Path,
        process::{Command, Stdio},
    };

    use super::{ControlPlane, DEADLINE, Duration, Value, thread};
    use crate::support::control_plane::poll;

    const VICTIM: &str = "WAOPS_TEST_VICTIM";

    #[test]
    fn by_a_test_that_ends() {
        let plane = ControlPlane::start_without_controllers();
        let (pids, dir) = (all_pids(&plane), plane.dir().to_owned());
        assert!(pids.len() == 3 && pids.iter().all(|&pid| lives(pid)), "{pids:?}");
        drop(plane);
        assert_gone(&pids, Some(&dir));
    }

    #[test]
    fn by_a_test_that_panics() {
        let (pids, dir) = thread::spawn(|| {
            let plane = ControlPlane::start_without_controllers();
            let left = (all_pids(&plane), plane.dir().to_owned());
            // Carries the numbers out without the noise of a panic message.
            std::panic::resume_unwind(Box::new(left));
        })
        .join()
        .map(|(): ()| unreachable!())
        .unwrap_err()
        .downcast::<(Vec<u32>, std::path::PathBuf)>()
        .map(|left| *left)
        .unwrap();
        assert_gone(&pids, Some(&dir));
    }

    #[test]
    fn by_a_test_that_is_killed() {
        // This same program, told to start a control plane and wait for its end.
        let mut victim = Command::new(env::current_exe().unwrap())
            .args(["--exact", "nothing_is_left::the_test_that_is_killed", "--nocapture"])
            .env(VICTIM, "yes")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let left = BufReader::new(victim.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .find_map(|line| serde_json::from_str::<Value>(line.strip_prefix(VICTIM)?).ok())
            .expect("the victim tells what it started");
        victim.kill().unwrap();
        victim.wait().unwrap();
        let pids: Vec<u32> = serde_json::from_value(left["pids"].clone()).unwrap();
        assert_gone(&pids, left["dir"].as_str().map(Path::new));
    }

    #[test]
    fn the_test_that_is_killed() {
        if env::var_os(VICTIM).is_none() {
            return;
        }
        let plane = ControlPlane::start_without_controllers();
        let left = serde_json::json!({"pids": all_pids(&plane), "dir": plane.dir()});
        println!("\n{VICTIM}{left}");
        thread::sleep(DEADLINE); // the end comes from outside, long before
    }

    #[test]
    fn by_a_supervisor_that_is_killed() {
        let plane = ControlPlane::start_without_controllers();
        let pids = all_pids(&plane);
        let kill = format!("kill -KILL {}", plane.supervisor_pid());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        assert_gone(&pids[1..], None); // the first is the supervisor itself, and still ours to reap
        fs::remove_dir_all(plane.dir()).unwrap(); // nobody else is left to do it
    }

    fn all_pids(plane: &ControlPlane) -> Vec<u32> {
        std::iter::once(plane.supervisor_pid()).chain(plane.pids().values().copied()).collect()
    }

    fn assert_gone(pids: &[u32], dir: Option<&Path>) {
        let gone = || {
            let all = !pids.iter().any(|&pid| lives(pid)) && !dir.is_some_and(Path::exists);
            all.then_some(())
        };
        assert!(poll(Duration::from_secs(10), gone).is_some(), "left behind: {pids:?}, {dir:?}");
    }

    /// A zombie counts as dead: where nobody reaps orphans, as in many containers, it stays for ever.
    fn lives(pid: u32) -> bool {
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
        // The state follows the name, which is in parentheses and may itself hold any character.
        !stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X']))
    }
}
