//! An account that exists already, with a folder that knows nothing but its name.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::Simulator;

/// Meta's id of the phone number of the sandbox.
pub(crate) const PHONE_ID: &str = "106540352242922";
/// The other provider's name for it.
pub(crate) const PHONE: &str = "4930901820";

/// Makes a code that nobody declared.
pub(crate) fn code(simulator: &Simulator, provider: &str, code: Option<&str>, message: &str) {
    let phone = if provider == "meta" { PHONE_ID } else { PHONE };
    let change = json!({"addCode": {"provider": provider, "phone": phone, "code": code, "message": message}});
    simulator.admin("POST", "/changes", &change);
}

/// Makes a template that nobody declared.
pub(crate) fn template(
    simulator: &Simulator,
    provider: &str,
    name: &str,
    category: &str,
    components: &Value,
) {
    let space = if provider == "meta" { "102290129340398" } else { "cams-simulator" };
    let change = json!({"addTemplate": {"provider": provider, "space": space, "name": name, "language": "en_US",
        "category": category, "components": components}});
    simulator.admin("POST", "/changes", &change);
}

/// A body that nobody minds, in the keys of a provider.
pub(crate) fn body(provider: &str) -> Value {
    if provider == "meta" {
        json!([{"type": "BODY", "text": "Your parcel is on its way."}])
    } else {
        json!([{"Type": "BODY", "Text": "Your parcel is on its way."}])
    }
}

/// Every file below a folder, hidden ones left out.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.file_name().unwrap().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}
