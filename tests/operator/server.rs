//! An API server that goes and comes back.

use crate::house::{CREATE, House, define, manifest, poster};
use crate::kubelet::{Kubelet, free_port};
use crate::support::control_plane::ControlPlane;

#[test]
fn after_a_restart_of_the_api_server_everything_is_listed_anew() {
    let plane = ControlPlane::start_restarting();
    define(&plane);
    let house = House::prepared(&plane, "relisted");
    let port = free_port();
    house.install_as("waops", port, &["watchNamespaces={relisted}"]);
    house.account();
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    // Nothing holds this one: only a list can tell that it is gone.
    let mut spec = poster("Never made");
    spec["suspend"] = serde_json::json!(true);
    house.apply(&manifest("WhatsAppQrCode", "unheld", &spec));
    house.says("waqr/unheld", "Suspended", "");
    let counted = |reason: &str| {
        house
            .metrics(port)
            .contains(&format!("waops_objects{{kind=\"WhatsAppQrCode\",reason=\"{reason}\"}} 1\n"))
    };
    house.until("both to be counted", || (counted("Live") && counted("Suspended")).then_some(()));

    // What happens between the end of the old watch and the next list, no watch tells.
    let operator = house.kubelet.pid();
    Kubelet::signal(operator, "STOP");
    Kubelet::signal(plane.pid("kube-apiserver"), "KILL");
    house.until("the API server to be back", || {
        plane.kubectl(&["get", "--raw=/readyz"]).status.success().then_some(())
    });
    house.kubectl(&["delete", "waqr/unheld", "--timeout=30s"]).success();
    house.code("poster", "Hello again");
    house.code("flyer", "Hello from the flyer");
    Kubelet::signal(operator, "CONT");
    house.ready("waqr/flyer");
    house.ready("waqr/poster");
    house.until("the one that went to be forgotten", || (!counted("Suspended")).then_some(()));
    assert!(house.simulator.simulator().objects().to_string().contains("Hello again"));
    assert_eq!(house.codes().len(), 2);
    assert_eq!(house.calls(CREATE), 3, "two were made and one was changed");
    assert_eq!(house.kubelet.pid(), operator, "the same process goes on");
}
