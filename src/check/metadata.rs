//! What the API server says to the metadata of any object, before it looks at the kind.

use crate::lint::quote;
use crate::manifest::{Node, Path};

/// Bytes of the keys and values of all annotations together.
const MOST_ANNOTATIONS: usize = 256 * 1024;
/// Characters of a name, a namespace's name, and a label's key or value.
const MOST_SUBDOMAIN: usize = 253;
const MOST_LABEL: usize = 63;

const NAME_HELP: &str = "use lower-case letters, digits, - and ., and begin and end with a letter or digit";
const NAMESPACE_HELP: &str =
    "use at most 63 lower-case letters, digits and -, and begin and end with a letter or digit";
const KEY_HELP: &str = "use at most 63 letters, digits, -, _ and ., with a letter or digit at both ends, and in front \
                        at most a domain in lower case and a /, as in example.com/team";
const VALUE_HELP: &str = "use at most 63 letters, digits, -, _ and ., with a letter or digit at both ends; what is \
                          longer or freer belongs into an annotation";

/// Something in the metadata that the API server refuses.
pub(super) struct Refused {
    /// Id of a lint rule.
    pub(super) rule: &'static str,
    pub(super) path: Path,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// What the API server refuses in the metadata of this object. Values of a wrong type are the schema's matter.
pub(super) fn check(root: &Node) -> Vec<Refused> {
    let mut found = Vec::new();
    let Some(metadata) = root.get("metadata") else {
        return vec![refused(
            "manifest-name",
            &["name"],
            "the object has no name".into(),
            "add metadata.name",
        )];
    };
    found.extend(name(metadata));
    if let Some(namespace) = metadata.get("namespace").and_then(Node::as_str)
        && !is_label(namespace)
    {
        let message = format!("{} is no name of a namespace", quote(namespace));
        found.push(refused("manifest-namespace", &["namespace"], message, NAMESPACE_HELP));
    }
    labels(metadata, &mut found);
    annotations(metadata, &mut found);
    found
}

fn refused(rule: &'static str, field: &[&str], message: String, help: &'static str) -> Refused {
    Refused { rule, path: ["metadata"].iter().chain(field).copied().collect(), message, help }
}

fn name(metadata: &Node) -> Option<Refused> {
    let field = |field: &str| metadata.get(field).and_then(Node::as_str);
    let (name, message) = match (field("name"), field("generateName")) {
        (Some(name), _) if is_subdomain(name) => return None,
        (Some(name), _) => ("name", format!("{} is no name for an object", quote(name))),
        (None, Some(start)) if is_subdomain(&generated(start)) => return None,
        (None, Some(start)) => ("generateName", format!("{} is no start of a name", quote(start))),
        // A number or truth value in its place has a finding of its own.
        (None, None) if !metadata.get("name").is_none_or(Node::is_null) => return None,
        (None, None) => {
            return Some(refused(
                "manifest-name",
                &["name"],
                "the object has no name".into(),
                "add metadata.name",
            ));
        }
    };
    Some(refused("manifest-name", &[name], message, NAME_HELP))
}

/// A name as the API server makes one of `generateName`, which may end in a dash.
fn generated(start: &str) -> String {
    format!("{start}x")
}

fn labels(metadata: &Node, found: &mut Vec<Refused>) {
    for entry in metadata.get("labels").and_then(Node::as_mapping).into_iter().flatten() {
        let key = &*entry.key.text;
        if !is_qualified(key) {
            let message = format!("{} is no name of a label", quote(key));
            found.push(refused("manifest-label", &["labels", key], message, KEY_HELP));
        }
        if let Some(value) = entry.value.as_str()
            && !value.is_empty()
            && !is_name_part(value)
        {
            let message = format!("{} is no value of a label", quote(value));
            found.push(refused("manifest-label", &["labels", key], message, VALUE_HELP));
        }
    }
}

fn annotations(metadata: &Node, found: &mut Vec<Refused>) {
    let entries = metadata.get("annotations").and_then(Node::as_mapping).unwrap_or_default();
    for entry in entries {
        let key = &*entry.key.text;
        if !is_qualified(&key.to_lowercase()) {
            let message = format!("{} is no name of an annotation", quote(key));
            found.push(refused("manifest-annotation", &["annotations", key], message, KEY_HELP));
        }
    }
    let value = |node: &Node| node.as_scalar().map_or(0, |scalar| scalar.text.len());
    let bytes: usize = entries.iter().map(|entry| entry.key.text.len() + value(&entry.value)).sum();
    if bytes > MOST_ANNOTATIONS {
        let message = format!("the annotations have {bytes} bytes, at most {MOST_ANNOTATIONS}");
        let help = "keep data in a ConfigMap and name that here";
        found.push(refused("manifest-annotation", &["annotations"], message, help));
    }
}

/// A name of an object: a DNS subdomain (RFC 1123).
pub fn is_subdomain(name: &str) -> bool {
    name.len() <= MOST_SUBDOMAIN && name.split('.').all(is_dns_word)
}

/// A name of a namespace: a DNS label (RFC 1123).
pub fn is_label(name: &str) -> bool {
    name.len() <= MOST_LABEL && is_dns_word(name)
}

fn is_dns_word(word: &str) -> bool {
    let is_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    word.starts_with(is_end) && word.ends_with(is_end) && word.chars().all(|c| is_end(c) || c == '-')
}

/// A key of a label or an annotation: a name, with a domain in front or without.
fn is_qualified(key: &str) -> bool {
    match key.split_once('/') {
        Some((domain, name)) => is_subdomain(domain) && is_name_part(name),
        None => is_name_part(key),
    }
}

fn is_name_part(text: &str) -> bool {
    let is_end = |c: char| c.is_ascii_alphanumeric();
    let fits = |c: char| is_end(c) || matches!(c, '-' | '_' | '.');
    text.len() <= MOST_LABEL && text.starts_with(is_end) && text.ends_with(is_end) && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::documents;

    fn found(metadata: &str) -> Vec<String> {
        let root = documents(&format!("metadata: {metadata}")).next().unwrap().unwrap().root;
        check(&root).iter().map(|refused| format!("{} {}", refused.rule, refused.path)).collect()
    }

    #[test]
    fn metadata_is_held_against_the_rules_of_the_api_server() {
        let [long, longest] = ["x".repeat(64), "x".repeat(63)];
        let word = format!("{{name: a, labels: {{{long}: a, {longest}: {long}, b: {longest}}}}}");
        let cases: &[(&str, &[&str], &str)] = &[
            ("{name: a.b-c.1}", &[], "a subdomain"),
            ("{}", &["manifest-name metadata.name"], "nothing to call it by"),
            ("{name: ''}", &["manifest-name metadata.name"], "nor here"),
            ("{name: 1}", &[], "the schema says so"),
            ("{name: a..b}", &["manifest-name metadata.name"], "an empty word"),
            ("{generateName: shop-}", &[], "the server adds letters"),
            ("{generateName: Shop-}", &["manifest-name metadata.generateName"], "upper case stays"),
            ("{name: a, namespace: team-1}", &[], "a label"),
            ("{name: a, namespace: team.one}", &["manifest-namespace metadata.namespace"], "no dots"),
            ("{name: a, namespace: Team}", &["manifest-namespace metadata.namespace"], "no capitals"),
            ("{name: a, labels: {app.kubernetes.io/name: Web_1.x, team: ''}}", &[], "as people write them"),
            (
                "{name: a, labels: {team: sales & support}}",
                &["manifest-label metadata.labels.team"],
                "no blanks in a value",
            ),
            (
                "{name: a, labels: {my team: a, Example.com/a: b, a/b/c: d, /e: f, g-: h}}",
                &[
                    r#"manifest-label metadata.labels["my team"]"#,
                    r#"manifest-label metadata.labels["Example.com/a"]"#,
                    r#"manifest-label metadata.labels["a/b/c"]"#,
                    r#"manifest-label metadata.labels["/e"]"#,
                    "manifest-label metadata.labels.g-",
                ],
                "keys",
            ),
            (
                &word,
                &[
                    &format!("manifest-label metadata.labels.{long}"),
                    &format!("manifest-label metadata.labels.{longest}"),
                ],
                "63 characters at most",
            ),
            (
                "{name: a, annotations: {note: sales & support, Example.com/Note: x}}",
                &[],
                "annotations take any value, and any case in a key",
            ),
            (
                "{name: a, annotations: {my note: x}}",
                &[r#"manifest-annotation metadata.annotations["my note"]"#],
                "but no blank in a key",
            ),
        ];
        for (metadata, expected, why) in cases {
            assert_eq!(found(metadata), *expected, "{why}: {metadata}");
        }
        let [fits, large] = [MOST_ANNOTATIONS - 1, MOST_ANNOTATIONS].map(|length| "x".repeat(length));
        assert_eq!(found(&format!("{{name: a, annotations: {{a: {fits}}}}}")), [""; 0]);
        assert_eq!(
            found(&format!("{{name: a, annotations: {{a: {large}}}}}")),
            ["manifest-annotation metadata.annotations"]
        );
    }
}
