//! Feeds broken manifests to the parser: `cargo test --release --test fuzz_manifest`.

#[path = "support/fuzz.rs"]
mod fuzz;

use std::fs;

use fuzz::{Fuzz, Random};
use waops::manifest::{Node, Position, RULES, Value, decode, documents};

const SEEDS: [&str; 7] = [
    "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppQrCode\nmetadata: {name: poster}\nspec:\n  accountRef: {name: shop}\n  \
     phoneNumber: \"+4930901820\"\n  prefilledMessage: 'Hi! I saw your poster'\n",
    "kind: List\nitems:\n- kind: A\n  spec: &s {a: 1}\n- kind: B\n  spec:\n    <<: *s\n    b: [x, \"y\\n\", z]\n",
    "{\"kind\": \"List\", \"items\": [{\"a\": [1, 2.5, null, true, \"\\ud83d\\ude00\"]}, {}]}",
    "a: 1\n---\n# nothing\n---\nb: |\n  text\n   more\nc: >-\n  folded\n  text\n...\n",
    "text: {{ .Values.text }}\n{{- range . }}\n- {{ . }}\n{{- end }}\n",
    "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: *c\n",
    "? !!str 0123\n: !!int 0x1f\n\"quoted\": ~\né: 🎉\r\nlast: 2026-01-31\n",
];

const SPECIALS: [&str; 44] = [
    " #",
    "\u{a0}",
    "“",
    ": |\n",
    "\n",
    "\n---\n",
    "\n...\n",
    "\t",
    ": ",
    "- ",
    "? ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "'",
    "\"",
    "|",
    ">",
    "&a ",
    "*a",
    "<<: ",
    "#",
    "!!int ",
    "!",
    "%YAML 1.2\n",
    "@",
    "`",
    "{{",
    "}}",
    "\0",
    "\u{7f}",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "🎉",
    "\r",
    "\\x",
    "~",
    "0x",
    "1e999",
    "  ",
    "kind: List\nitems:\n",
];

fn corpus() -> Vec<Vec<u8>> {
    let mut corpus: Vec<_> = SEEDS.iter().map(|text| text.as_bytes().to_vec()).collect();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/examples"))];
    while let Some(folder) = folders.pop() {
        let mut paths: Vec<_> =
            fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|name| name == "yaml" || name == "json") {
                corpus.extend(fs::read(path));
            }
        }
    }
    corpus
}

/// Aliases without end.
fn alias(input: &mut Vec<u8>, at: usize, random: &mut Random) {
    let aliases = "*a, ".repeat(1 + random.below(3_000));
    input.splice(at..at, format!("\n&a b: [x, {aliases}]\n").into_bytes());
}

/// Positions never pass the end: at most a column more than the text has characters.
fn is_within(position: Position, text: &str) -> bool {
    let lines = text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    (1..=lines).contains(&(position.line as usize))
        && (1..=text.chars().count() + 1).contains(&(position.column as usize))
}

fn check_node(node: &Node, text: &str, depth: usize) {
    assert!(depth <= 65, "too deep");
    assert!(is_within(node.start, text), "{} is outside", node.start);
    match &node.value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter().for_each(|item| check_node(item, text, depth + 1)),
        Value::Mapping(entries) => {
            let names: std::collections::HashSet<_> = entries.iter().map(|entry| &entry.key.text).collect();
            assert_eq!(names.len(), entries.len(), "duplicates were left");
            for entry in entries {
                assert!(is_within(entry.key.position, text), "{} is outside", entry.key.position);
                check_node(&entry.value, text, depth + 1);
            }
        }
    }
}

fn check(bytes: &[u8], _: &mut Random) {
    let (text, decoded) = match decode(bytes.to_vec()) {
        Ok(text) => (text, true),
        Err(fault) => {
            let text = String::from_utf8_lossy(bytes).into_owned();
            assert!(fault.position.is_some_and(|position| is_within(position, &text)), "{fault}");
            (text, false)
        }
    };
    let mut previous = None;
    for outcome in documents(&text) {
        let faults = match outcome {
            Ok(document) => {
                let place = Some((document.index, document.item));
                assert!(previous < place, "the documents are out of order");
                previous = place;
                check_node(&document.root, &text, 0);
                let json = document.root.to_json().to_string();
                assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
                document.faults
            }
            Err(fault) => vec![fault],
        };
        for fault in faults {
            assert!(RULES.contains(&fault.rule));
            assert!(fault.position.is_none_or(|position| is_within(position, &text)), "{fault} is outside");
            assert!(!decoded || !fault.to_string().chars().any(char::is_control), "{fault:?}");
        }
    }
}

#[test]
fn broken_manifests_never_break_the_parser() {
    let openers = &["[", "{a: ", "- ", "? ", "&x [", "{"];
    Fuzz { corpus: corpus(), specials: &SPECIALS, openers, own: alias, check }.run();
}
