//! Rights: each verb of each rule is needed, and is named where it is missed.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use waops::simulator::sandbox;

use crate::house::{House, define, defined, manifest};
use crate::kubelet::{Kubelet, free_port};
use crate::support::control_plane::ControlPlane;

/// The role of the Lease, in the operator's own namespace.
const LEASE: &str = "role/waops-lease";

/// Where it shows that a right is missing.
#[derive(Clone, Copy)]
enum Shows {
    /// In a condition or an Event of this object.
    At(&'static str),
    /// At /readyz, since nothing can be done without it.
    AtReadyz,
    /// In the log, and in a counter: no Event can say that there are none.
    InTheLog,
}

/// A right that is taken away, and how that comes to be noticed.
struct Case<'a> {
    verb: &'static str,
    /// As a rule names it.
    resource: &'static str,
    /// Where it is missed.
    place: &'a str,
    shows: Shows,
    /// What makes it missed.
    trigger: Box<dyn Fn() + 'a>,
}

fn case<'a>(
    verb: &'static str,
    resource: &'static str,
    place: &'a str,
    shows: Shows,
    trigger: impl Fn() + 'a,
) -> Case<'a> {
    Case { verb, resource, place, shows, trigger: Box::new(trigger) }
}

#[test]
fn every_right_in_a_namespace_is_needed_and_named_where_it_is_missed() {
    let house = House::prepared(defined(), "rights");
    let port = free_port();
    house.install_as("waops", port, &["watchNamespaces={rights}"]);
    each_is_needed(&house, port, &["clusterrole/rights-system-waops", "role/rights-system-waops", LEASE]);
}

#[test]
fn every_right_in_the_whole_cluster_is_needed_and_named_where_it_is_missed() {
    let plane = ControlPlane::start();
    define(&plane);
    let house = House::prepared(&plane, "everywhere");
    let port = free_port();
    house.install_as("waops", port, &[]);
    each_is_needed(&house, port, &["clusterrole/everywhere-system-waops"]);
}

/// As where somebody else grants the rights, and forgets a namespace: what is there is seen, and nothing could be said of it.
#[test]
fn a_namespace_in_which_nobody_could_be_told_anything_is_named_at_a_start() {
    let house = House::prepared(defined(), "mute");
    let port = free_port();
    house.install_as("waops", port, &["watchNamespaces={mute}"]);
    house.kubectl(&["delete", "rolebinding", "--all"]).success();
    Kubelet::signal(house.kubelet.pid(), "KILL");
    let named = "not allowed to patch whatsappqrcodes.waops.dev/status in namespace mute";
    house.until(named, || house.page(port, "readyz").contains(named).then_some(()));
}

/// Takes each right of these roles away, alone, waits until it is named, and gives it back.
#[track_caller]
fn each_is_needed(house: &House<'_>, port: u16, roles: &[&str]) {
    house.account();
    house.ready("waacc/shop");
    for name in ["poster", "old", "doomed"] {
        house.code(name, &format!("Hello {name}"));
    }
    for name in ["poster", "old", "doomed"] {
        house.ready(&format!("waqr/{name}"));
    }
    house.kubectl(&["create", "configmap", "theirs"]).success();

    let here = format!("in namespace {}", house.name);
    let system = format!("{here}-system");
    let everywhere = "in the whole cluster";
    let is_namespaced = roles.contains(&LEASE);
    let mut cases = at_work(house, &here, everywhere);
    cases.extend(at_a_start(house, &here, if is_namespaced { here.as_str() } else { everywhere }));
    // The Lease is in one namespace either way.
    if is_namespaced {
        cases.extend(of_the_lease(house, &system));
    }
    let roles: Vec<Value> = roles.iter().map(|name| role(house, name)).collect();
    let mut needed = BTreeSet::new();
    for Case { verb, resource, place, shows, trigger } in cases {
        let right = Right::of(&roles, verb, resource);
        replace(house, &right.taken());
        house.until("the API server to refuse it", || right.is_refused(house).then_some(()));
        trigger();
        let named = format!("not allowed to {verb} {} {place}", right.resource());
        house.until(&named, || is_shown(house, port, shows, verb, &named).then_some(()));
        replace(house, right.role);
        needed.insert(right.granted());
    }
    let granted: BTreeSet<String> = roles.iter().flat_map(granted).collect();
    assert_eq!(needed, granted, "each right that is granted is needed");

    // With all of them, everything goes on.
    for object in ["waacc/second", "waqr/unsaid", "waqr/unheld", "waqr/untold", "waqr/new"] {
        house.ready(object);
    }
    for object in ["configmap/third", "waqr/old"] {
        let is_gone = || (!house.kubectl(&["get", object]).status.success()).then_some(());
        house.until(&format!("{object} to go"), is_gone);
    }
}

/// What is missed while it works.
fn at_work<'a>(house: &'a House<'_>, here: &'a str, everywhere: &'a str) -> Vec<Case<'a>> {
    let code = move |name: &'static str| move || house.code(name, &format!("Hello {name}"));
    let output = move |name: &str| {
        house.merge("waqr/poster", &json!({"spec": {"output": {"configMapName": name}}}));
    };
    let rename = move || {
        house.code("new", "Hello old");
        house.kubectl(&["delete", "waqr/old", "--wait=false"]).success();
    };
    let delete = move || drop(house.kubectl(&["delete", "waqr/doomed", "--wait=false"]).success());
    let forge = move || {
        output("third");
        let is_there = || house.kubectl(&["get", "configmap/third"]).status.success().then_some(());
        house.until("the output", is_there);
        house.merge("configmap/third", &json!({"data": {"code": "FORGED"}}));
    };
    let open = move || {
        let credentials = json!({"secretRef": {"name": "shop"}});
        let spec = json!({"meta": {"businessAccountId": sandbox::WABA_ID, "credentials": credentials}});
        house.apply(&manifest("WhatsAppAccount", "second", &spec));
    };
    let poster = Shows::At("waqr/poster");
    vec![
        case("patch", "whatsappqrcodes/status", here, Shows::At("waqr/unsaid"), code("unsaid")),
        case("patch", "whatsappqrcodes", here, Shows::At("waqr/unheld"), code("unheld")),
        case("get", "whatsappqrcodes", here, Shows::At("waqr/old"), rename),
        case("get", "customresourcedefinitions", everywhere, Shows::At("waqr/doomed"), delete),
        case("create", "configmaps", here, poster, move || output("first")),
        case("get", "configmaps", here, poster, move || output("second")),
        case("update", "configmaps", here, poster, forge),
        case("delete", "configmaps", here, poster, move || output("fourth")),
        case("create", "events", here, Shows::InTheLog, code("untold")),
        case("get", "secrets", here, Shows::At("waacc/second"), open),
    ]
}

/// What is missed when it starts, and by whoever has told nothing yet.
fn at_a_start<'a>(house: &'a House<'_>, here: &'a str, watched: &'a str) -> Vec<Case<'a>> {
    let restart = move || Kubelet::signal(house.kubelet.pid(), "KILL");
    let poster = Shows::At("waqr/poster");
    // Of what is told again, a series is made.
    let block_twice = move || {
        for name in ["theirs", "fourth", "theirs"] {
            house.merge("waqr/poster", &json!({"spec": {"output": {"configMapName": name}}}));
            house.until("what stands in the way, or that nothing does", || {
                let blocked = house.condition("waqr/poster", "OutputBlocked").unwrap_or_default();
                (blocked["message"].to_string().contains("theirs") == (name == "theirs")).then_some(())
            });
        }
    };
    vec![
        case("get", "namespaces", "in namespace kube-system", Shows::AtReadyz, restart),
        case("list", "whatsappqrcodes", watched, Shows::AtReadyz, restart),
        case("watch", "whatsappqrcodes", watched, Shows::AtReadyz, restart),
        case("list", "configmaps", watched, poster, restart),
        case("watch", "configmaps", watched, poster, restart),
        case("patch", "events", here, Shows::InTheLog, block_twice),
    ]
}

/// What is missed before it can lead.
fn of_the_lease<'a>(house: &'a House<'_>, system: &'a str) -> Vec<Case<'a>> {
    let restart = move || Kubelet::signal(house.kubelet.pid(), "KILL");
    let without_lease = move || {
        let namespace = format!("--namespace={}-system", house.name);
        house.plane.kubectl(&[&namespace, "delete", "lease/waops"]).success();
        restart();
    };
    vec![
        case("get", "leases", system, Shows::AtReadyz, restart),
        case("list", "leases", system, Shows::AtReadyz, restart),
        case("update", "leases", system, Shows::AtReadyz, restart),
        case("create", "leases", system, Shows::AtReadyz, without_lease),
    ]
}

/// Whether it is said that a right is missing.
fn is_shown(house: &House<'_>, port: u16, shows: Shows, verb: &str, named: &str) -> bool {
    match shows {
        Shows::At(object) => house.kubectl(&["describe", object]).stdout.contains(named),
        Shows::AtReadyz => house.page(port, "readyz").contains(named),
        Shows::InTheLog => {
            // Whoever tells does not know which of both it takes; the API server does.
            let both = named.replace(&format!(" {verb} "), " create or patch ");
            let is_said =
                |line: &str| line.contains(&both) && line.contains(&format!("cannot {verb} resource"));
            let counted =
                |line: &str| line.strip_prefix("waops_events_unwritten_total ").is_some_and(|n| n != "0");
            house.kubelet.logs().lines().any(is_said) && house.metrics(port).lines().any(counted)
        }
    }
}

/// A verb of a rule.
struct Right<'a> {
    role: &'a Value,
    /// Which rule of it.
    at: usize,
    verb: &'a str,
    resource: &'a str,
}

impl<'a> Right<'a> {
    /// The only rule that grants this.
    #[track_caller]
    fn of(roles: &'a [Value], verb: &'a str, resource: &'a str) -> Self {
        let mut found = Vec::new();
        for role in roles {
            for (at, grants) in rules(role).iter().enumerate() {
                if has(&grants["resources"], resource) && has(&grants["verbs"], verb) {
                    found.push(Self { role, at, verb, resource });
                }
            }
        }
        assert_eq!(found.len(), 1, "{verb} {resource} is granted once");
        found.remove(0)
    }

    fn rule(&self) -> &'a Value {
        &self.role["rules"][self.at]
    }

    /// Its role without it.
    fn taken(&self) -> Value {
        let mut less = self.role.clone();
        let rules = less["rules"].as_array_mut().unwrap();
        let verbs = rules[self.at]["verbs"].as_array_mut().unwrap();
        verbs.retain(|verb| verb != self.verb);
        if verbs.is_empty() {
            rules.remove(self.at);
        }
        less
    }

    /// The resource with its group.
    fn resource(&self) -> String {
        let (kind, part) = self.kind();
        if part.is_empty() { kind } else { format!("{kind}/{part}") }
    }

    /// The kind with its group, and which part of it.
    fn kind(&self) -> (String, &'a str) {
        let (kind, part) = self.resource.split_once('/').unwrap_or((self.resource, ""));
        let group = self.rule()["apiGroups"][0].as_str().unwrap();
        (if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") }, part)
    }

    /// Whether the API server has heard of it.
    fn is_refused(&self, house: &House<'_>) -> bool {
        let (kind, part) = self.kind();
        let name = self.rule()["resourceNames"][0].as_str();
        let what = name.map_or_else(|| kind.clone(), |name| format!("{kind}/{name}"));
        let part = format!("--subresource={part}");
        let namespace =
            format!("--namespace={}", self.role["metadata"]["namespace"].as_str().unwrap_or(&house.name));
        let who = format!("--as=system:serviceaccount:{}-system:waops", house.name);
        let asked = house.plane.kubectl(&["auth", "can-i", self.verb, &what, &part, &namespace, &who]);
        asked.stdout.starts_with("no")
    }

    fn granted(&self) -> String {
        line(self.role, self.rule(), self.verb)
    }
}

/// Every right of a role.
fn granted(role: &Value) -> Vec<String> {
    let of_rule = |grants: &Value| {
        let verbs = grants["verbs"].as_array().unwrap().iter();
        verbs.map(|verb| line(role, grants, verb.as_str().unwrap())).collect::<Vec<_>>()
    };
    rules(role).iter().flat_map(of_rule).collect()
}

fn line(role: &Value, grants: &Value, verb: &str) -> String {
    format!("{} {}: {verb} {}", role["kind"], role["metadata"]["name"], grants["resources"])
}

fn rules(role: &Value) -> &[Value] {
    role["rules"].as_array().unwrap()
}

fn has(list: &Value, what: &str) -> bool {
    list.as_array().unwrap().iter().any(|one| one == what)
}

/// A role, cluster-wide or of one of both namespaces.
#[track_caller]
fn role(house: &House<'_>, name: &str) -> Value {
    let part = if name == LEASE { "-system" } else { "" };
    let place = format!("--namespace={}{part}", house.name);
    let found = house.plane.kubectl(&["get", name, &place, "--output=json"]).success();
    let mut role: Value = serde_json::from_str(&found).unwrap();
    role["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    role
}

#[track_caller]
fn replace(house: &House<'_>, role: &Value) {
    house.plane.kubectl_stdin(&["replace", "--filename=-"], &role.to_string()).success();
}
