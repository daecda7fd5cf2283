//! What nobody should write, and somebody does: one clear condition, no hot loop, no effect on others.

use std::time::{Duration, Instant};

use kube::api::{Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use kube::{Api, Client, Config};
use serde_json::{Value, json};
use waops::simulator::{Fault, sandbox};

use crate::house::{CREATE, House, defined, manifest, poster, secret};

/// How long nothing may happen.
const QUIET: Duration = Duration::from_secs(5);
/// How many milliseconds a call takes of an object that is edited all the time.
const CALL: u64 = 100;
/// More than etcd takes in one object.
const LARGEST: usize = 1_573_000;

#[test]
fn what_the_schema_accepts_and_a_provider_refuses_is_said_once_and_not_tried_again() {
    let house = House::new(defined(), "refused");
    house.ready("waacc/shop");
    let mut nobodys = poster("Hello");
    nobodys["phoneNumber"] = json!("+4989000000");
    house.apply(&manifest("WhatsAppQrCode", "nobodys", &nobodys));
    let taken = json!({
        "accountRef": {"name": "shop"}, "name": "order_shipped", "language": "en_US", "category": "UTILITY",
        "components": {"body": {"text": "{{name}}{{name}} {{name}}"}}, "examples": {"name": "Ana"},
    });
    house.apply(&manifest("WhatsAppTemplate", "refused", &taken));
    let unknown = {
        let mut spec = poster("Hello to nobody");
        spec["accountRef"]["name"] = json!("nobody");
        spec
    };
    house.apply(&manifest("WhatsAppQrCode", "unknown", &unknown));
    house.says("waqr/unknown", "AccountMissing", "nobody");
    house.until("the number to be refused", || {
        let ready = house.condition("waqr/nobodys", "Ready")?;
        ready["message"].as_str()?.contains("no such phone number").then_some(())
    });
    house.until("the template to be refused", || {
        let ready = house.condition("watpl/refused", "Ready")?;
        (["Refused", "Invalid"].iter().any(|reason| ready["reason"] == *reason)).then_some(())
    });
    let calls = house.all_calls();
    let writes = || house.writes("nobodys").len() + house.writes("unknown").len();
    let before = writes();
    std::thread::sleep(QUIET);
    let more = house.all_calls() - calls;
    assert!(more <= 2, "{more} calls in {QUIET:?} for what cannot succeed\n{}", house.kubelet.logs());
    assert!(writes() - before <= 1, "{} writes", writes() - before);
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    assert_eq!(house.codes().len(), 1);
}

#[test]
fn a_status_edited_by_hand_is_put_right_and_nothing_is_made_for_it() {
    let house = House::new(defined(), "edited");
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    house.settled("poster");
    let right = house.get("waqr/poster")["status"].clone();
    let edit = |patch: &Value| {
        let patch = patch.to_string();
        let arguments = ["patch", "waqr/poster", "--subresource=status", "--type=merge", "--patch", &patch];
        house.kubectl(&arguments).success();
        // Whoever edits a status may not know that only a look puts it right.
        house
            .kubectl(&[
                "annotate",
                "--overwrite",
                "waqr/poster",
                &format!("waops.dev/reconcile-at={}", patch.len()),
            ])
            .success();
        house.until("the status to be put right", || {
            let is = house.get("waqr/poster")["status"].clone();
            (is["code"] == right["code"]
                && is["deepLinkUrl"] == right["deepLinkUrl"]
                && is["claim"] == right["claim"])
                .then_some(())
        });
    };
    edit(
        &json!({"status": {"code": "FORGED00000000", "deepLinkUrl": "https://evil.example", "claim": null}}),
    );
    edit(
        &json!({"status": {"conditions": null, "code": null, "deepLinkUrl": null, "claim": null, "observedGeneration": null}}),
    );
    house.ready("waqr/poster");
    assert_eq!(house.calls(CREATE), 1);
    // And as large as it gets: together with the annotation more than a megabyte.
    let junk: Vec<Value> =
        (0..1200).map(|n| json!({"code": format!("JUNK{n:010}"), "reason": "x".repeat(1000)})).collect();
    let file = house.plane.dir().join("junk.json");
    std::fs::write(&file, json!({"status": {"previousCodes": junk}}).to_string()).unwrap();
    let file = format!("--patch-file={}", file.display());
    let patched = house.kubectl(&["patch", "waqr/poster", "--subresource=status", "--type=merge", &file]);
    if patched.status.success() {
        let big = format!("example.org/notes={}", "n".repeat(100_000));
        house.kubectl(&["annotate", "waqr/poster", &big]).success();
    } else {
        assert!(
            patched.stderr.contains("Too many") || patched.stderr.contains("Too long"),
            "{}",
            patched.stderr
        );
    }
    house.code("flyer", "Hello again");
    house.ready("waqr/flyer");
    house.ready("waqr/poster");
    assert_eq!(house.calls(CREATE), 2);
}

#[test]
fn a_foreign_finalizer_keeps_the_object_and_nothing_else() {
    let house = House::new(defined(), "foreign");
    let mut object = manifest("WhatsAppQrCode", "poster", &poster("Hello"));
    object["metadata"]["finalizers"] = json!(["example.org/theirs"]);
    house.apply(&object);
    house.ready("waqr/poster");
    house.kubectl(&["delete", "waqr/poster", "--wait=false"]).success();
    house.until("the code to go", || house.codes().is_empty().then_some(()));
    house.until("ours to be off", || {
        (house.get("waqr/poster")["metadata"]["finalizers"] == json!(["example.org/theirs"])).then_some(())
    });
    house.nothing_happens_for(QUIET, "it waits for somebody else", || {
        house.all_calls() + house.writes("poster").len()
    });
    house.code("flyer", "Hello again");
    house.ready("waqr/flyer");
    house.merge("waqr/poster", &json!({"metadata": {"finalizers": null}}));
    house.kubectl(&["wait", "--for=delete", "waqr/poster", "--timeout=30s"]).success();
}

#[test]
fn an_object_edited_a_hundred_times_a_second_keeps_nobody_from_anything() {
    let house = House::new(defined(), "busy");
    house.code("busy", "Hello 0");
    house.ready("waqr/busy");
    let edits = 300;
    let object = ApiResource::from_gvk_with_plural(
        &GroupVersionKind::gvk("waops.dev", "v1alpha1", "WhatsAppQrCode"),
        "whatsappqrcodes",
    );
    let kubeconfig = Kubeconfig::read_from(house.plane.kubeconfig()).unwrap();
    // An update is the same operation, and what is edited while one is under way goes into the next.
    house.inject(CREATE, Fault::Latency { ms: CALL }, u32::MAX);
    let before = house.calls(CREATE);
    let started = Instant::now();
    house.runtime.block_on(async {
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
        let client = Client::try_from(config).unwrap();
        let api: Api<DynamicObject> = Api::namespaced_with(client, "busy", &object);
        let mut pace = tokio::time::interval(Duration::from_millis(10));
        for n in 1..=edits {
            pace.tick().await;
            let patch = json!({"spec": {"prefilledMessage": format!("Hello {n}")}});
            api.patch("busy", &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
        }
    });
    // One after another fits into the time of the edits; then come the last word, the other code, and one for a margin.
    let most = usize::try_from(started.elapsed().as_millis()).unwrap() / usize::try_from(CALL).unwrap() + 3;
    house.code("calm", "Hello there");
    house.ready("waqr/calm");
    house.until("the last word to be delivered", || {
        let generation = house.get("waqr/busy")["metadata"]["generation"].clone();
        let ready = house.condition("waqr/busy", "Ready")?;
        (ready["status"] == "True" && ready["observedGeneration"] == generation).then_some(())
    });
    let objects = house.simulator.simulator().objects().to_string();
    assert!(objects.contains(&format!("Hello {edits}")), "{objects}");
    assert_eq!(house.codes().len(), 2);
    let made = house.calls(CREATE) - before;
    assert!(made <= most, "{made} writes at the provider for {edits} edits, and not {most}");
    house.nothing_happens_for(QUIET, "it rests", || house.all_calls() + house.writes("busy").len());
}

/// Objects have an end: what etcd takes in one piece. Finalizers alone can fill one.
#[test]
fn an_object_that_is_full_says_so_in_an_event_and_makes_nothing() {
    let house = House::new(defined(), "full");
    house.ready("waacc/shop");
    let create = |name: &str, bytes: usize| {
        let one = |n: usize| format!("example.org/{n:048}");
        let finalizers: Vec<String> = (0..bytes / 63).map(one).collect();
        let mut object = manifest("WhatsAppQrCode", name, &poster(&format!("Hello from the {name}")));
        object["metadata"]["finalizers"] = json!(finalizers);
        let file = house.plane.dir().join(format!("{name}.json"));
        std::fs::write(&file, object.to_string()).unwrap();
        house.kubectl(&["create", "--filename", &file.display().to_string()]).status.success()
    };
    // What is large and has room for a claim and a status works as all others do.
    assert!(create("large", 1_300_000));
    house.ready("waqr/large");
    let fits = (0..40).map(|less| LARGEST - 63 * less).find(|bytes| create("full", *bytes));
    assert!(fits.is_some_and(|bytes| bytes < LARGEST), "one finalizer less than what etcd refuses: {fits:?}");
    house.until("the Event", || {
        let story =
            house.kubectl(&["get", "events", "--field-selector=reason=NotWritten", "--output=json"]).stdout;
        story.contains("too large").then_some(())
    });
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    let calls = || house.calls(CREATE);
    house.nothing_happens_for(QUIET, "what cannot be written down is not made", calls);
    assert_eq!(calls(), 2, "the large one and the poster");
    let writes = house.writes("full").len();
    assert!(writes <= 5, "{writes} tries: it holds back");
    for name in ["large", "full"] {
        // There is no room for the time of a deletion either.
        house.merge(&format!("waqr/{name}"), &json!({"metadata": {"finalizers": null}}));
        house.kubectl(&["delete", &format!("waqr/{name}"), "--timeout=60s"]).success();
    }
}

/// The clocks of this machine and of the provider differ: Alibaba refuses signatures that are too old.
#[test]
fn a_clock_that_is_wrong_is_reckoned_with() {
    let house = House::new(defined(), "skewed");
    house.inject("*", Fault::ClockSkew { seconds: 3600 }, u32::MAX);
    let credentials =
        json!({"accessKeyId": sandbox::ACCESS_KEY_ID, "accessKeySecret": sandbox::ACCESS_KEY_SECRET});
    house.apply(&secret("chat", &credentials));
    house.apply(&manifest("WhatsAppAccount", "chat", &json!({
        "alibaba": {"custSpaceId": sandbox::CUST_SPACE_ID, "credentials": {"secretRef": {"name": "chat"}}},
    })));
    let mut spec = poster("Hello");
    spec["accountRef"]["name"] = json!("chat");
    house.apply(&manifest("WhatsAppQrCode", "poster", &spec));
    house.ready("waacc/chat");
    house.ready("waqr/poster");
    assert_eq!(house.codes().len(), 1);
    assert!(house.kubelet.logs().contains("clock"), "whoever looks after the machine is told");
}
