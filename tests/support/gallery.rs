//! The examples as one folder against a simulator: everybody whom they name, and their media.
#![allow(dead_code)] // each test binary uses its own part

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};

/// Everybody whom an example names.
pub(crate) const SCENARIO: &str = "
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

/// The example that takes over what was made by hand: what that is.
pub(crate) fn card() -> Value {
    json!({"addCode": {"provider": "meta", "phone": "106540352242922", "code": "ANED2T5QRU7HG1",
        "message": "Hello! We met at the fair."}})
}

/// Credentials for those accounts that take them from their surroundings.
pub(crate) const AMBIENT: [(&str, &str); 3] = [
    ("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI-not-a-real-key"),
    ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "not-a-real-secret"),
    ("WHATSAPP_ACCESS_TOKEN", "EAA-not-a-real-token"),
];

/// Every example, by the name of its file.
pub(crate) fn examples() -> Vec<(String, String)> {
    let samples = samples();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<(String, String)> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            // Alibaba fetches samples itself, and for Meta we do.
            let is_meta = name.starts_with("meta-");
            let text = if is_meta { text.replace("https://assets.example.com", &samples) } else { text };
            (name, text)
        })
        .collect();
    found.sort();
    found
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
