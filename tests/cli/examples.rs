//! Promise 5 for every example: plan, apply, and a second plan that is empty.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use serde_json::json;

use crate::support::{Folder, Said, Simulator};

/// Objects that an apply does not bring to an end, and why.
const WAITING: [(&str, &str); 0] = [];

/// Everybody whom an example names.
const SCENARIO: &str = "
settings: {limits: false, reviewMs: 0}
alibaba:
  - uid: \"100000000000001\"
    spaces:
      - {id: cams-kei123, phones: [\"6531581234\"]}
      - {id: cams-pxy789, phones: []}
      - {id: cams-rrs456, phones: []}
    keys: [{id: LTAI-not-a-real-key, secret: not-a-real-secret}]
meta:
  apps: [{id: \"684477648739411\", secret: not-a-real-secret}]
  tokens:
    - token: EAA-not-a-real-token
      app: \"684477648739411\"
      scopes: [whatsapp_business_management, whatsapp_business_messaging]
      wabas: [\"102290129340398\", \"108427225641466\", \"121563987654321\", \"104996122399160\", \"117850144582139\"]
  wabas:
    - id: \"102290129340398\"
      name: Shop
      phones: [{id: \"106540352242922\", display: +49 30 901820, verifiedName: Shop}]
    - id: \"108427225641466\"
      name: Brand
      phones: [{id: \"106540352242929\", display: +49 30 901821, verifiedName: Brand}]
    - {id: \"121563987654321\", name: Staging, phones: []}
    - {id: \"104996122399160\", name: Archive, phones: []}
    - {id: \"117850144582139\", name: Moving, phones: []}
";

#[test]
fn promise_05_the_plan_after_an_apply_is_empty_for_every_example() {
    let (simulator, folder) = (Simulator::start(SCENARIO), Folder::empty());
    let samples = samples();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let (name, text) =
                (path.file_name().unwrap().to_str().unwrap(), fs::read_to_string(&path).unwrap());
            // Alibaba fetches samples itself, and for Meta we do.
            let is_meta = name.starts_with("meta-");
            let text = if is_meta { text.replace("https://assets.example.com", &samples) } else { text };
            folder.write(name, &text);
        }
    }
    // The example that takes over what was made by hand.
    let card = json!({"addCode": {"provider": "meta", "phone": "106540352242922", "code": "ANED2T5QRU7HG1",
        "message": "Hello! We met at the fair."}});
    simulator.admin("POST", "/changes", &card);
    let run = |args: &[&str]| {
        let mut command = folder.command(&simulator, args);
        command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI-not-a-real-key");
        command.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "not-a-real-secret");
        command.env("WHATSAPP_ACCESS_TOKEN", "EAA-not-a-real-token");
        Said::of(&command.output().unwrap())
    };
    let planned = run(&["plan", "-o", "json"]).ends(0).json();
    let count = planned["objects"].as_array().unwrap().len();
    assert!(count > 40, "{count} objects");
    let applied = run(&["apply", "-y", "-o", "json", "--timeout", "90s"]).json();
    let objects = applied["objects"].as_array().unwrap();
    let unfinished = objects.iter().filter(|object| object["standing"] != "done");
    let unfinished: Vec<String> = unfinished
        .map(|object| {
            format!("{} {}: {}", object["name"].as_str().unwrap(), object["state"], object["message"])
        })
        .filter(|line| !WAITING.iter().any(|(name, _)| line.starts_with(name)))
        .collect();
    assert!(unfinished.is_empty(), "{unfinished:#?}");
    let writes = simulator.writes();
    run(&["plan", "--detailed-exitcode"]).ends(0).says(&["nothing to do"]);
    run(&["apply", "-y"]).ends(0);
    assert_eq!(simulator.writes().len(), writes.len(), "a second apply writes nothing");
}

/// Samples of media headers, on the loopback: files that are what their names say.
fn samples() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 2048];
            let read = stream.read(&mut request).unwrap_or(0);
            let line =
                String::from_utf8_lossy(&request[..read]).lines().next().unwrap_or_default().to_owned();
            let body: &[u8] = match line.split_whitespace().nth(1).and_then(|path| path.rsplit('.').next()) {
                Some("jpg") => b"\xff\xd8\xff\xe0 a picture",
                Some("png") => b"\x89PNG\r\n\x1a\n a picture",
                Some("pdf") => b"%PDF-1.7 a document",
                _ => b"\0\0\0\x18ftypmp42 a film",
            };
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    format!("http://{address}")
}
