//! A server that says yes to everything and keeps what it was sent, to hold it against files in `tests/wire`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use serde_json::{Value, json};

/// Parameters and headers that are secret, or another each time.
const MASKED: &[&str] = &[
    "AccessKeyId",
    "SecurityToken",
    "Signature",
    "SignatureNonce",
    "Timestamp",
    "appsecret_proof",
    "authorization",
    "host",
    "x-acs-date",
    "x-acs-security-token",
    "x-acs-signature-nonce",
];

#[derive(Default)]
struct Kept {
    prefix: String,
    /// Since the last file.
    fresh: Vec<String>,
    files: BTreeMap<String, String>,
    actions: BTreeSet<String>,
    broke_once: bool,
}

pub(crate) struct Recorder {
    pub(crate) url: String,
    kept: Arc<Mutex<Kept>>,
}

impl Recorder {
    pub(crate) async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let kept = Arc::new(Mutex::new(Kept::default()));
        let app = Router::new().fallback(take).with_state(Arc::clone(&kept));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, kept }
    }

    /// What follows is of this account.
    pub(crate) fn under(&self, prefix: &str) {
        prefix.clone_into(&mut self.kept.lock().unwrap().prefix);
    }

    /// Puts what was sent since the last time under this name; nothing where nothing was sent.
    pub(crate) fn file(&self, name: &str) {
        let mut kept = self.kept.lock().unwrap();
        let sent = std::mem::take(&mut kept.fresh);
        if !sent.is_empty() {
            let name = format!("{}-{name}.txt", kept.prefix);
            assert_eq!(kept.files.insert(name, sent.join("\n")), None);
        }
    }

    /// Alibaba's operations that came, under either signature.
    pub(crate) fn actions(&self) -> BTreeSet<String> {
        self.kept.lock().unwrap().actions.clone()
    }

    pub(crate) fn compare(&self) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
        let sent = &self.kept.lock().unwrap().files;
        if std::env::var_os("WAOPS_BLESS").is_some() {
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::create_dir_all(&folder).unwrap();
            for (name, text) in sent {
                std::fs::write(folder.join(name), text).unwrap();
            }
        }
        let files = std::fs::read_dir(&folder).expect("WAOPS_BLESS=1 writes tests/wire");
        let reviewed: BTreeMap<String, String> = files
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                (name, std::fs::read_to_string(path).unwrap())
            })
            .collect();
        assert_eq!(
            sent.keys().collect::<Vec<_>>(),
            reviewed.keys().collect::<Vec<_>>(),
            "a file for each operation, and no other"
        );
        for (name, text) in sent {
            assert_eq!(*text, reviewed[name], "{name}: review it, then WAOPS_BLESS=1");
        }
    }
}

async fn take(State(kept): State<Arc<Mutex<Kept>>>, request: Request) -> String {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let path = head.uri.path().to_owned();
    let query = head.uri.query().unwrap_or_default();
    let mut text = format!("{} {path}\n", head.method);
    for pair in pairs(query) {
        let _ = writeln!(text, "? {pair}");
    }
    let mut headers: Vec<_> = head.headers.iter().collect();
    headers.sort_by_key(|(name, _)| name.as_str());
    let mut action = query.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned);
    for (name, value) in headers {
        let value = value.to_str().unwrap();
        if name == "x-acs-action" {
            action = Some(value.to_owned());
        }
        let _ = writeln!(text, "{}", masked(name.as_str(), ": ", value));
    }
    if !body.is_empty() {
        let body = std::str::from_utf8(&body).map_or_else(|_| body.escape_ascii().to_string(), str::to_owned);
        let _ = writeln!(text, "\n{body}");
    }
    let mut kept = kept.lock().unwrap();
    kept.fresh.push(text);
    kept.actions.extend(action.clone());
    if path.ends_with("/upload:MTphd") && head.method == "POST" && !kept.broke_once {
        kept.broke_once = true;
        return json!({"error": {"code": 2, "message": "busy", "is_transient": true}}).to_string();
    }
    answer(&path, action.as_deref()).to_string()
}

/// Each on a line of its own, in the order in which they were sent.
fn pairs(query: &str) -> Vec<String> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            masked(name, "=", value)
        })
        .collect()
}

fn masked(name: &str, between: &str, value: &str) -> String {
    let version = concat!("waops/", env!("CARGO_PKG_VERSION"));
    // The scheme before a token or a signature is no secret, and has to be right.
    let value = match (MASKED.contains(&name), value.split_once(' ')) {
        (true, Some((scheme, _))) => format!("{scheme} ***"),
        (true, None) => "***".to_owned(),
        (false, _) => value.replace(version, "waops/<version>"),
    };
    format!("{name}{between}{value}")
}

/// Yes.
fn answer(path: &str, action: Option<&str>) -> Value {
    match path {
        "/" if action == Some("AssumeRoleWithOIDC") => json!({"RequestId": "R", "Credentials": {
            "AccessKeyId": "STS.id", "AccessKeySecret": "sts-secret", "SecurityToken": "sts-token",
            "Expiration": "2999-01-01T00:00:00Z"}}),
        "/" if action == Some("GetCallerIdentity") => {
            json!({"RequestId": "R", "AccountId": "100000000000001"})
        }
        "/" => json!({
            "Code": "OK", "RequestId": "R", "ListTemplate": [], "Total": 0,
            "Data": {"QrdlCode": "FO7JXE4BG3RFG1", "TemplateCode": "594425479261596", "Name": "order_shipped",
                     "Language": "en_US", "Category": "UTILITY", "AuditStatus": "auditing"},
        }),
        _ if path.ends_with("/uploads") => json!({"id": "upload:MTphd?sig=ARZq"}),
        _ if path.contains("/upload:") => {
            json!({"id": "upload:MTphd?sig=ARZq", "file_offset": 4, "h": "4::aW"})
        }
        _ if path.ends_with("/phone_numbers") => json!({"data": [
            {"id": "106540352242922", "display_phone_number": "+49 30 901820", "code_verification_status": "VERIFIED"},
        ]}),
        _ => json!({
            "success": true, "data": [], "id": "594425479261596", "code": "FO7JXE4BG3RFG1", "name": "order_shipped",
            "language": "en_US", "status": "PENDING", "category": "UTILITY",
        }),
    }
}
