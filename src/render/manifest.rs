//! A manifest that waops writes itself: the fields in the order of the reference, and remarks above it.

use std::fmt::Write as _;

use serde::Serialize;

use crate::api::{self, GROUP, Kind, VERSION};
use crate::plan::words::printable;

/// Where remarks are broken into lines.
const WIDTH: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a, S> {
    api_version: String,
    kind: &'static str,
    metadata: Metadata<'a>,
    spec: &'a S,
}

#[derive(Serialize)]
struct Metadata<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
}

/// A manifest as YAML. The same arguments give the same bytes.
pub fn yaml<S: Serialize>(
    kind: Kind,
    name: &str,
    namespace: Option<&str>,
    spec: &S,
    remarks: &[String],
) -> String {
    let metadata = Metadata { name, namespace };
    let manifest = Manifest { api_version: format!("{GROUP}/{VERSION}"), kind: kind.name(), metadata, spec };
    let remarks: String = remarks.iter().map(|remark| comment(remark)).collect();
    format!("{remarks}{}", api::yaml(&manifest))
}

/// A text as lines of comment. No line break of anybody's ends it.
fn comment(text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::new();
    for word in printable(text).split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() > WIDTH - 3 {
            let _ = writeln!(lines, "#{line}");
            line.clear();
        }
        line.push(' ');
        line.push_str(word);
    }
    if line.is_empty() { lines } else { format!("{lines}#{line}\n") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn remarks_stand_above_and_cannot_end_themselves() {
        let remarks = ["Its name is a\nspec: {name: forged}".to_owned(), "word ".repeat(40)];
        let text = yaml(Kind::QrCode, "poster", Some("shop"), &json!({"prefilledMessage": "no"}), &remarks);
        let (comments, manifest): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with('#'));
        assert_eq!(comments.len(), 4, "{text}");
        assert!(comments.iter().all(|line| line.len() <= WIDTH), "{text}");
        assert_eq!(
            manifest,
            [
                "apiVersion: waops.dev/v1alpha1",
                "kind: WhatsAppQrCode",
                "metadata:",
                "  name: poster",
                "  namespace: shop",
                "spec:",
                "  prefilledMessage: 'no'",
            ]
        );
    }
}
