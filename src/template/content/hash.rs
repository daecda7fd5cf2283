//! A short name for a content, so that a claim remembers what was last submitted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Content, Leaf};

impl Content {
    /// The hash that is stored today: a version, then 16 hexadecimal digits.
    pub fn hash(&self) -> String {
        self.hash_v1()
    }

    /// Whether a stored hash, of whatever version, is the one of this content; none where the version is
    /// unknown, which says nothing about the content (claims.md 12).
    pub fn has_hash(&self, stored: &str) -> Option<bool> {
        match stored.split_once(':')?.0 {
            "v1" => Some(stored == self.hash_v1()),
            _ => None,
        }
    }

    /// Version 1: SHA-256 of the compact JSON object of all leaves by path, in the order of the paths as
    /// text, variables as `{{name}}`, booleans only where true. It must give for ever what it gives
    /// today: stored claims have it. Another rule is another version.
    fn hash_v1(&self) -> String {
        let leaves = self.leaves.iter().filter(|(_, leaf)| **leaf != Leaf::Flag(false));
        let leaves: BTreeMap<String, Value> = leaves
            .map(|(path, leaf)| {
                let value = match leaf {
                    Leaf::Flag(flag) => Value::from(*flag),
                    Leaf::Number(number) => Value::from(*number),
                    other => Value::from(other.show()),
                };
                (path.to_string(), value)
            })
            .collect();
        // A map of strings to scalars can always be written.
        let canonical = serde_json::to_string(&leaves).unwrap_or_default();
        format!("v1:{}", short_sha256(canonical.as_bytes()))
    }
}

/// The first 16 hexadecimal digits of the SHA-256.
pub(crate) fn short_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).fold(String::new(), |mut digits, byte| {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Content;

    fn content(changes: &[(&str, Value)]) -> Content {
        let mut spec = json!({
            "accountRef": {"name": "shop"},
            "name": "order_shipped",
            "language": "en_US",
            "category": "UTILITY",
            "components": {"body": {"text": "Hi {{name}}, it is on its way."}},
            "examples": {"name": "Ana"},
        });
        for (pointer, value) in changes {
            let (parent, field) = pointer.rsplit_once('/').unwrap();
            spec.pointer_mut(parent).unwrap()[field] = value.clone();
        }
        crate::template::parse(&serde_json::from_value(spec).unwrap()).unwrap().content()
    }

    #[test]
    fn version_1_never_changes() {
        assert_eq!(content(&[]).hash(), "v1:beb19dbad8289175");
        assert_eq!(content(&[]).has_hash("v1:beb19dbad8289175"), Some(true));
        assert_eq!(content(&[]).has_hash("v1:0000000000000000"), Some(false));
        for unknown in ["v9:0000000000000000", "0000000000000000", ""] {
            assert_eq!(content(&[]).has_hash(unknown), None, "{unknown:?} says nothing");
        }
    }

    #[test]
    fn the_hash_follows_what_is_submitted_and_nothing_else() {
        let plain = content(&[]).hash();
        for (change, same, reason) in [
            (("/category", json!("MARKETING")), true, "the category is the provider's to decide"),
            (("/language", json!("de")), true, "the identity is in the claim beside it"),
            (("/allowCategoryChange", json!(true)), true, "asked once, at creation"),
            (("/suspend", json!(true)), true, "waops' own"),
            (("/parameterFormat", json!("NAMED")), true, "the default, spelled out"),
            (("/ctaUrlLinkTrackingOptedOut", json!(false)), true, "the default, spelled out"),
            (("/examples/name", json!("Eva")), false, "the reviewer sees the sample"),
            (("/components/body/text", json!("Hi {{name}}, here it is.")), false, "the text"),
            (("/messageSendTtlSeconds", json!(60)), false, "a setting"),
        ] {
            assert_eq!(
                content(std::slice::from_ref(&change)).hash() == plain,
                same,
                "{}: {reason}",
                change.0
            );
        }
    }
}
