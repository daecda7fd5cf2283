//! What holds for every text, tried on many.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::{Node, Position, Value, documents};

/// Texts of the pieces that YAML is made of, which reach further into the parser than random letters.
fn yaml_like() -> impl Strategy<Value = String> {
    const PIECES: [&str; 43] = [
        "a",
        "b: ",
        "c:",
        "- ",
        "? ",
        "\n",
        "\n  ",
        "\n    ",
        "\n- ",
        "\n---\n",
        "\n...\n",
        "{",
        "}",
        "[",
        "]",
        ", ",
        ": ",
        "&x ",
        "*x",
        "<<: ",
        "'",
        "\"",
        "|\n  ",
        ">-\n ",
        "#c",
        " ",
        "\t",
        "!!str ",
        "!!int ",
        "0123",
        "yes",
        "~",
        "{{ .Values.x }}",
        "é",
        "🎉",
        "\r\n",
        "\\",
        "%YAML 1.1\n",
        "kind: List\n",
        "items:\n",
        "1.5",
        "\0",
        "@",
    ];
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40).prop_map(|pieces| pieces.concat())
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
        // With a fraction: JSON does not tell 1.0 from 1, nor does kubectl.
        (any::<i32>(), 1..1024_u16)
            .prop_map(|(whole, part)| Json::from(f64::from(whole) + f64::from(part) / 1024.5)),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Json::from),
            prop::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// What stands at a position; none outside the text.
fn source(text: &str, position: Position) -> Option<&str> {
    let line = text.split('\n').nth(usize::try_from(position.line).ok()?.checked_sub(1)?)?;
    let before = usize::try_from(position.column).ok()?.checked_sub(1)?;
    let at = line.char_indices().map(|(at, _)| at).chain([line.len()]).nth(before)?;
    Some(&line[at..])
}

fn check(node: &Node, text: &str) -> Result<(), TestCaseError> {
    let here = source(text, node.start);
    prop_assert!(here.is_some(), "{} is outside", node.start);
    match &node.value {
        // A text may go on in the next line, so the first word has to do.
        Value::Scalar(scalar) if !scalar.quoted => {
            let word = scalar.text.split([' ', '\t', '\n']).next().unwrap_or_default();
            prop_assert!(
                here.unwrap_or_default().starts_with(word),
                "{word:?} is not at {}: {here:?}",
                node.start
            );
        }
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter().try_for_each(|item| check(item, text))?,
        Value::Mapping(entries) => {
            for entry in entries {
                prop_assert!(source(text, entry.key.position).is_some(), "{} is outside", entry.key.position);
                check(&entry.value, text)?;
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_documents_and_faults_with_places_in_it(text in prop_oneof![3 => yaml_like(), 1 => any::<String>()]) {
        // Lines end as the parser ends them, so that the positions can be looked up.
        // The parser counts no column for a byte order mark; `decode` lets none into a text.
        let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\u{feff}', "");
        for outcome in documents(&text) {
            let faults = match outcome {
                Ok(document) => {
                    check(&document.root, &text)?;
                    let _ = document.root.to_json();
                    document.faults
                }
                Err(fault) => vec![fault],
            };
            for fault in faults {
                prop_assert!(!fault.message.is_empty() && !fault.help.is_empty());
                let position = fault.position.expect("a fault of a text has a place");
                prop_assert!(source(&text, position).is_some(), "{fault} is outside");
            }
        }
    }

    #[test]
    fn json_is_yaml(value in json(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let read: Vec<_> = documents(&text.unwrap()).map(|outcome| outcome.map(|document| document.root.to_json())).collect();
        let expected = if value.is_null() { vec![] } else { vec![Ok(value)] };
        prop_assert_eq!(read, expected);
    }
}
