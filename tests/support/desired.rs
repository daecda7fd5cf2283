//! The templates of the examples, as an engine would want them.

use serde::Deserialize as _;
use serde_json::Value;
use waops::api::WhatsAppTemplateSpec;
use waops::template::{Desired, parse};

/// Every template in the examples of one provider, by `<file> <language>`.
pub(crate) fn templates(provider: &str) -> Vec<(String, Desired)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_manifest = path.extension().is_some_and(|extension| extension == "yaml");
        if !is_manifest || !name.starts_with(&format!("{provider}-")) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for document in serde_yaml::Deserializer::from_str(&text) {
            let manifest = Value::deserialize(document).unwrap();
            if manifest["kind"] == "WhatsAppTemplate" {
                let spec: WhatsAppTemplateSpec = serde_json::from_value(manifest["spec"].clone()).unwrap();
                let desired = parse(&spec).unwrap();
                found.push((format!("{name} {}", desired.language), desired));
            }
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    assert!(found.len() > 5, "{provider}");
    found
}

/// The one whose file has this name.
pub(crate) fn template(file: &str) -> Desired {
    let (provider, _) = file.split_once('-').unwrap();
    let mut all = templates(provider).into_iter();
    all.find(|(name, _)| name.starts_with(&format!("{file}.yaml "))).unwrap().1
}
