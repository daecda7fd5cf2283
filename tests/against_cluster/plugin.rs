//! `kubectl waops`: the real kubectl finds the plugin by its name, and the plugin shows, draws and decides.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};
use waops::simulator::sandbox;

use crate::control_plane::{binary, has_external_assets, poll};
use crate::house::{DEADLINE, House, code, kubeconfig_as, plane, template};

/// Whoever types at a terminal, with the plugin on the PATH.
struct Person {
    home: tempfile::TempDir,
    kubeconfig: PathBuf,
}

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Person {
    fn new(kubeconfig: &Path) -> Self {
        let home = tempfile::tempdir().unwrap();
        symlink(env!("CARGO_BIN_EXE_waops"), home.path().join("kubectl-waops")).unwrap();
        Self { home, kubeconfig: kubeconfig.to_owned() }
    }

    /// `kubectl` with these arguments.
    fn kubectl(&self, arguments: &[&str]) -> Said {
        let path = format!("{}:{}", self.home.path().display(), std::env::var("PATH").unwrap());
        let mut kubectl = Command::new(kubectl());
        kubectl.args(arguments).current_dir(self.home.path()).env_clear();
        kubectl.env("PATH", path).env("HOME", self.home.path()).env("KUBECONFIG", &self.kubeconfig);
        let output = kubectl.stdin(std::process::Stdio::null()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

impl Said {
    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(
                self.out.contains(word) || self.err.contains(word),
                "{word}:\n{}\n{}",
                self.out,
                self.err
            );
        }
        self
    }
}

/// The kubectl of the control plane.
fn kubectl() -> PathBuf {
    if has_external_assets() {
        return PathBuf::from(std::env::var_os("KUBEBUILDER_ASSETS").unwrap()).join("kubectl");
    }
    binary().with_file_name("kubectl")
}

/// A shop with a code that lives, whose texts nobody else has.
fn shop(name: &str) -> House {
    let house = House::new(name);
    house.declare("door", "WhatsAppQrCode", code("shop", sandbox::PHONE_NUMBER, &format!("Is {name} open?")));
    house.ready("waqr/door");
    house
}

/// The same, and a printed code whose change waits for a decision.
fn shop_with_a_card(name: &str) -> House {
    let house = shop(name);
    let card = format!("The card of {name}!");
    house.declare("card", "WhatsAppQrCode", code("shop-cn", sandbox::PHONE_NUMBER, &card));
    house.ready("waqr/card");
    blocked(&house, "card", &format!("{card} Please."));
    house
}

/// Changes the text of a code that is printed, and waits until the operator says that it waits.
fn blocked(house: &House, name: &str, text: &str) {
    house.declare(name, "WhatsAppQrCode", code("shop-cn", sandbox::PHONE_NUMBER, text));
    let object = format!("waqr/{name}");
    house.kubectl(&["wait", "--for=condition=ChangeBlocked", &object, "--timeout=60s"]).success();
}

/// A kubeconfig whose context is in this namespace.
fn in_namespace(folder: &Path, namespace: &str) -> PathBuf {
    let text = fs::read_to_string(plane().kubeconfig()).unwrap();
    let mut config: Json = waops::manifest::documents(&text).next().unwrap().unwrap().root.to_json();
    config["contexts"][0]["context"]["namespace"] = json!(namespace);
    let file = folder.join("namespace.kubeconfig");
    fs::write(&file, config.to_string()).unwrap();
    file
}

fn status_of(house: &House, object: &str) -> Json {
    let text = house.kubectl(&["get", object, "--output=json"]).success();
    serde_json::from_str::<Json>(&text).unwrap()["status"].clone()
}

#[test]
fn kubectl_finds_the_plugin_and_it_has_the_cluster_as_its_home() {
    let house = shop("home");
    let folder = tempfile::tempdir().unwrap();
    let person = Person::new(&in_namespace(folder.path(), &house.name));
    person.kubectl(&["plugin", "list"]).ends(0).says(&["kubectl-waops"]);
    person.kubectl(&["waops", "version"]).ends(0).says(&[env!("CARGO_PKG_VERSION")]);
    let help =
        person.kubectl(&["waops", "--help"]).ends(0).says(&["Usage: kubectl waops", "approve", "status"]);
    assert!(!help.out.contains("  apply "), "beside an operator it would be a second one: {}", help.out);
    person.kubectl(&["waops", "apply"]).ends(1).says(&["unrecognized subcommand 'apply'"]);
    person
        .kubectl(&["waops", "explain", "ApprovalNeeded"])
        .ends(0)
        .says(&["needs somebody", "To do: If that"]);

    // Manifests without a namespace are in that of the context, as `kubectl apply` has it.
    let spec = code("shop", sandbox::PHONE_NUMBER, "Is it closed?");
    let manifest = json!({"apiVersion": "waops.dev/v1alpha1", "kind": "WhatsAppQrCode", "metadata": {"name": "door"}, "spec": spec});
    fs::write(person.home.path().join("door.json"), manifest.to_string()).unwrap();
    person.kubectl(&["waops", "plan", "-f", "door.json"]).ends(0).says(&[
        "~ WhatsAppQrCode home/door (door.json:1:1): change",
        "\"Is home open?\" -> \"Is it closed?\"",
        "Plan: 1 to change.",
    ]);
}

#[test]
fn status_is_a_tree_of_accounts_with_what_to_do_next() {
    let house = shop_with_a_card("tree");
    house.declare("parcel", "WhatsAppTemplate", template("Hi {{name}}, your parcel left today."));
    let folder = tempfile::tempdir().unwrap();
    let person = Person::new(&in_namespace(folder.path(), &house.name));
    let said = person.kubectl(&["waops", "status"]).ends(0);
    let card = status_of(&house, "waqr/card")["code"].as_str().unwrap().to_owned();
    for words in [
        "✓ waacc/tree/shop-cn  Connected  alibaba/",
        &format!(
            "└─ ! waqr/tree/card  ApprovalNeeded  {card}\n       ChangeBlocked: the new message would kill"
        ),
        "Synced: prefilledMessage is \"The card of tree!\" there, and is to be \"The card of tree! Please.\"",
        "to do: If that is meant, add the line in the message to the manifest.",
        "├─ ✓ waqr/tree/door     Live",
        "2 accounts, 3 objects:",
    ] {
        assert!(said.out.contains(words), "{words}:\n{}", said.out);
    }
    let narrow = Command::new(env!("CARGO_BIN_EXE_waops"))
        .args(["status", "--against", "cluster", "--namespace", "tree", "waqr/card"])
        .env("KUBECONFIG", plane().kubeconfig())
        .env("COLUMNS", "60")
        .output()
        .unwrap();
    let narrow = String::from_utf8(narrow.stdout).unwrap();
    assert!(
        narrow.lines().all(|line| line.chars().count() <= 60) && narrow.contains("waqr/tree/card"),
        "{narrow}"
    );
    assert!(!narrow.contains("door"), "only what was named: {narrow}");

    // Everywhere, elsewhere, and as another cluster is named.
    person.kubectl(&["waops", "status", "-A", "--unready"]).ends(0).says(&["waqr/tree/card"]);
    let other = person.kubectl(&["waops", "status", "-n", "default"]).ends(0);
    assert_eq!(other.out, "0 accounts, 0 objects.\n");
    let kubeconfig = plane().kubeconfig().display().to_string();
    let blind = Person::new(Path::new("/nowhere"));
    blind.kubectl(&["waops", "status"]).ends(1).says(&["no cluster to look at"]);
    let there = ["waops", "status", "--kubeconfig", &kubeconfig, "-n", "tree"];
    blind.kubectl(&there).ends(0).says(&["waqr/tree/card"]);
    blind.kubectl(&[&there[..], &["--context", "nobody"]].concat()).ends(1).says(&["nobody"]);

    let json = person.kubectl(&["waops", "status", "--output", "json"]).ends(0);
    let json: Json = serde_json::from_str(&json.out).unwrap();
    let schema: Json = serde_json::from_str(include_str!("../../docs/reference/status.schema.json")).unwrap();
    let faults: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&json)
        .map(|fault| fault.to_string())
        .collect();
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!((&json["summary"]["needYou"], &json["summary"]["accounts"]), (&json!(1), &json!(2)), "{json}");
}

#[test]
fn a_phone_reads_the_code_that_is_drawn() {
    let house = shop_with_a_card("draw");
    let folder = tempfile::tempdir().unwrap();
    let person = Person::new(&in_namespace(folder.path(), &house.name));
    let link = status_of(&house, "waqr/door")["deepLinkUrl"].as_str().unwrap().to_owned();
    let drawn = person.kubectl(&["waops", "qr", "door"]).ends(0);
    assert_eq!(read_screen(&drawn.out), link);
    assert!(drawn.out.contains(&link) && drawn.err.is_empty(), "{}\n{}", drawn.out, drawn.err);
    person.kubectl(&["waops", "qr", "door", "door.svg"]).ends(0);
    let svg = fs::read_to_string(person.home.path().join("door.svg")).unwrap();
    assert!(svg.starts_with("<svg "), "{svg}");
    person.kubectl(&["waops", "qr", "waqr/draw/door", "door.png", "-n", "default"]).ends(0);
    assert_eq!(read_png(&fs::read(person.home.path().join("door.png")).unwrap()), link);
    let only = person.kubectl(&["waops", "qr", "door", "--output", "link"]).ends(0);
    assert_eq!(only.out, format!("{link}\n"));
    // What is printed now is the code of now; that another text waits is said.
    let waits =
        person.kubectl(&["waops", "qr", "card"]).ends(0).says(&["not as its manifest says: ApprovalNeeded"]);
    let card = status_of(&house, "waqr/card")["deepLinkUrl"].as_str().unwrap().to_owned();
    assert_eq!(read_screen(&waits.out), card);

    for (arguments, words) in [
        (&["qr", "nobody"][..], "there is no WhatsAppQrCode nobody in namespace draw"),
        (&["qr", "watpl/parcel"], "there is no WhatsAppTemplate parcel"),
        (&["qr", "waacc/shop"], "an account is meant"),
        (&["qr", "door", "door.gif"], "say with --output what it is"),
    ] {
        person.kubectl(&[&["waops"], arguments].concat()).ends(1).says(&[words]);
    }
    house.declare("late", "WhatsAppQrCode", code("nobody", sandbox::PHONE_NUMBER, "Late to draw!"));
    house
        .kubectl(&[
            "wait",
            "--for=jsonpath={.status.conditions[0].reason}=AccountMissing",
            "waqr/late",
            "--timeout=60s",
        ])
        .success();
    person.kubectl(&["waops", "qr", "late"]).ends(1).says(&["has no code to draw yet; AccountMissing"]);
    house.kubectl(&["delete", "waqr/late", "--timeout=60s"]).success();
}

#[test]
fn approve_prints_the_line_and_writes_it_where_that_is_meant() {
    let house = shop("decide");
    let folder = tempfile::tempdir().unwrap();
    let person = Person::new(&in_namespace(folder.path(), &house.name));
    house.declare("menu", "WhatsAppQrCode", code("shop-cn", sandbox::PHONE_NUMBER, "The menu of today!"));
    house.ready("waqr/menu");
    let before = status_of(&house, "waqr/menu")["code"].as_str().unwrap().to_owned();
    person
        .kubectl(&["waops", "approve", "waqr/menu"])
        .ends(1)
        .says(&["nothing of WhatsAppQrCode decide/menu waits"]);
    blocked(&house, "menu", "The menu of tomorrow!");

    let said = person.kubectl(&["waops", "approve", "waqr/menu"]).ends(0).says(&[
        "a change waits for your approval (ApprovalNeeded)",
        "prefilledMessage is \"The menu of today!\" there, and is to be \"The menu of tomorrow!\"",
        &format!("costs: kills the printed code {before}"),
        &format!("  approve: {before}@"),
        "in spec of WhatsAppQrCode decide/menu",
    ]);
    assert!(!said.out.contains("add one of"), "the lines stand below: {}", said.out);
    let text = person.kubectl(&["waops", "approve", "waqr/menu", "--output", "patch"]).ends(0).out;
    let patch: Json = waops::manifest::documents(&text).next().unwrap().unwrap().root.to_json();
    assert!(patch["spec"]["approve"].as_str().unwrap().starts_with(&format!("{before}@")), "{patch}");
    assert_eq!(patch["metadata"], json!({"name": "menu", "namespace": "decide"}));
    is_taken(&house, &text);

    // Nobody answers, nobody may: nothing is written.
    person
        .kubectl(&["waops", "approve", "waqr/menu", "--set"])
        .ends(1)
        .says(&["nobody is there to answer; say --yes"]);
    let kinds = "whatsappaccounts.waops.dev,whatsappqrcodes.waops.dev,whatsapptemplates.waops.dev";
    house.kubectl(&["create", "role", "looks", "--verb=list,get", "--resource", kinds]).success();
    house
        .kubectl(&["create", "rolebinding", "looks", "--role=looks", "--serviceaccount=decide:viewer"])
        .success();
    let viewer = Person::new(&kubeconfig_as(folder.path(), "system:serviceaccount:decide:viewer"));
    let view = ["waops", "approve", "waqr/menu", "-n", "decide"];
    viewer.kubectl(&view).ends(0).says(&["you may not list the whole cluster", "approve: "]);
    let set = [&view[..], &["--set", "--yes"]].concat();
    viewer
        .kubectl(&set)
        .ends(1)
        .says(&["not allowed to patch whatsappqrcodes.waops.dev in namespace decide"]);
    let spec = house.kubectl(&["get", "waqr/menu", "--output=jsonpath={.spec.approve}"]).success();
    assert_eq!(spec, "", "nothing was written");

    person
        .kubectl(&["waops", "approve", "waqr/menu", "--set", "--yes"])
        .ends(0)
        .says(&["written into", "commit"]);
    let after = poll(DEADLINE, || {
        let code = status_of(&house, "waqr/menu")["code"].as_str().map(str::to_owned);
        code.filter(|code| *code != before)
    });
    assert!(after.is_some(), "{}", house.kubectl(&["get", "waqr/menu", "--output=yaml"]).stdout);
    house.ready("waqr/menu");
    let managers = [
        "get",
        "waqr/menu",
        "--show-managed-fields",
        "--output=jsonpath={.metadata.managedFields[*].manager}",
    ];
    assert!(house.kubectl(&managers).success().contains("waops-approve"), "it can be seen who decided");
    person
        .kubectl(&["waops", "approve", "waqr/menu"])
        .ends(1)
        .says(&["nothing of WhatsAppQrCode decide/menu waits"]);
    person.kubectl(&["waops", "status", "waqr/menu"]).ends(0).says(&["note: `approve: ", "approves nothing"]);
}

/// Kustomize takes a patch whatever namespace the manifests have, and kubectl for no other object of the same name.
fn is_taken(house: &House, patch: &str) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("approve.yaml", patch);
    let (_, entry) = patch.lines().next().unwrap().split_once("under patches: ").unwrap();
    let head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: decide";
    write("kustomization.yaml", &format!("{head}\nresources: [menu.yaml]\npatches: [{entry}]\n"));
    for namespace in ["", ", namespace: decide", ", namespace: of-the-base"] {
        let head = format!(
            "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppQrCode\nmetadata: {{name: menu{namespace}}}"
        );
        write("menu.yaml", &format!("{head}\nspec: {{prefilledMessage: Hello}}\n"));
        let built = plane().kubectl(&["kustomize", folder.path().to_str().unwrap()]).success();
        assert!(built.contains("\n  approve: ") && built.contains("\n  namespace: decide\n"), "{built}");
    }
    let file = folder.path().join("approve.yaml").display().to_string();
    let patch = ["patch", "waqr/menu", "--type=merge", "--dry-run=server", "--patch-file", &file];
    house.kubectl(&patch).success();
    plane().kubectl(&["create", "namespace", "decide-not"]).success();
    let other = json!({
        "apiVersion": "waops.dev/v1alpha1", "kind": "WhatsAppQrCode",
        "metadata": {"name": "menu", "namespace": "decide-not"},
        "spec": code("shop", sandbox::PHONE_NUMBER, "Not here!"),
    });
    plane().kubectl_stdin(&["create", "--filename=-"], &other.to_string()).success();
    let said = plane().kubectl(&[&["--namespace=decide-not"], &patch[..]].concat());
    assert!(
        !said.status.success() && said.stderr.contains("does not match the namespace"),
        "{}",
        said.stderr
    );
}

#[test]
fn of_several_ways_on_one_is_chosen() {
    let house = shop("choose");
    let folder = tempfile::tempdir().unwrap();
    let person = Person::new(&in_namespace(folder.path(), &house.name));
    // Somebody made a code with this text by hand.
    let change = waops::simulator::Change::AddCode {
        provider: waops::simulator::Provider::Meta,
        phone: sandbox::PHONE_NUMBER_ID.to_owned(),
        code: Some("MADEBYHAND1234".to_owned()),
        message: "Made by hand".to_owned(),
    };
    assert!(house.simulator.simulator().change(&change, jiff::Timestamp::now()) > 0);
    house.declare("hand", "WhatsAppQrCode", code("shop", sandbox::PHONE_NUMBER, "Made by hand"));
    house.kubectl(&["annotate", "waqr/hand", "waops.dev/reconcile-at=1"]).success();
    house.kubectl(&["wait", "--for=condition=ChangeBlocked", "waqr/hand", "--timeout=60s"]).success();
    person.kubectl(&["waops", "approve", "waqr/hand"]).ends(0).says(&[
        "1. adopt: {code: MADEBYHAND1234}",
        "2. policies: {adoption: Never}",
        "(AdoptionNeeded)",
    ]);
    let set = ["waops", "approve", "waqr/hand", "--set", "--yes"];
    person.kubectl(&set).ends(1).says(&["say with --choice which line is meant", "2. policies"]);
    person.kubectl(&[&set[..], &["--choice", "3"]].concat()).ends(1).says(&["say with --choice"]);
    person.kubectl(&[&set[..], &["--choice", "1"]].concat()).ends(0);
    house.ready("waqr/hand");
    assert_eq!(status_of(&house, "waqr/hand")["code"], "MADEBYHAND1234");
}

/// What a phone reads on the screen.
fn read_screen(text: &str) -> String {
    let is_drawn = |line: &&str| line.chars().count() > 20 && line.chars().all(|c| " █▀▄".contains(c));
    let rows: Vec<Vec<char>> = text.lines().filter(is_drawn).map(|line| line.chars().collect()).collect();
    let dark = |x: usize, y: usize| match rows[y / 2][x] {
        ' ' => true,
        '▄' => y.is_multiple_of(2),
        '▀' => !y.is_multiple_of(2),
        _ => false,
    };
    read(rows[0].len(), rows.len() * 2, 4, dark)
}

/// What a phone reads on a picture.
fn read_png(png: &[u8]) -> String {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut bits = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut bits).unwrap();
    let dark = |x: usize, y: usize| bits[y * frame.line_size + x / 8] >> (7 - x % 8) & 1 == 0;
    read(frame.width as usize, frame.height as usize, 1, dark)
}

fn read(width: usize, height: usize, scale: usize, dark: impl Fn(usize, usize) -> bool) -> String {
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width * scale, height * scale, |x, y| {
        if dark(x / scale, y / scale) { 0 } else { u8::MAX }
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "codes in the picture");
    grids[0].decode().unwrap().1
}
