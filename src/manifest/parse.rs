//! The documents of a text, one tree at a time.

use std::vec;

use granit_parser::{Event, Parser, ScanError, StrInput};

use super::{
    aside::Aside,
    bounds::MAX_DEPTH,
    build::{Builder, Built},
    fault::Fault,
    node::{Node, Position, Value},
    syntax,
};

/// One manifest: a document of the stream, or an item of a `List` in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its tree; of an item, the item's own.
    pub root: Node,
    /// Which document of the text, from 0, empty ones counted.
    pub index: usize,
    /// Which item of a `List`, from 0.
    pub item: Option<usize>,
    /// What stands beside its texts, from top to bottom.
    pub asides: Vec<Aside>,
    /// What is wrong with the text although a tree could be made: duplicate fields, odd keys. kubectl takes
    /// some of it, so it is the caller who knows whether the document is one of ours.
    pub faults: Vec<Fault>,
}

/// Reads the documents of a text in order. A broken one is an `Err`, and those after it still follow; empty
/// ones are skipped. JSON is YAML.
pub fn documents(text: &str) -> Documents<'_> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let parser = Parser::new_from_str_with_options(text, options);
    Documents { text, parser, done: false, index: 0, items: Vec::new().into_iter() }
}

/// See [`documents`].
pub struct Documents<'text> {
    text: &'text str,
    parser: Parser<'text, StrInput<'text>>,
    done: bool,
    /// Of the next document.
    index: usize,
    /// Items of the last `List` that have not been handed out.
    items: vec::IntoIter<Document>,
}

impl Iterator for Documents<'_> {
    type Item = Result<Document, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.items.next() {
                return Some(Ok(item));
            }
            match self.document()? {
                Ok(document) if document.root.is_null() => {}
                Ok(document) => match items(document) {
                    Ok(items) => self.items = items.into_iter(),
                    Err(document) => return Some(Ok(document)),
                },
                Err(fault) => return Some(Err(fault)),
            }
        }
    }
}

impl Documents<'_> {
    /// The next document as it stands; none at the end of the text.
    fn document(&mut self) -> Option<Result<Document, Fault>> {
        if self.done {
            return None;
        }
        let outcome = self.build();
        let index = self.index;
        self.index += 1;
        match outcome {
            Ok(Some(Built { root, asides, faults })) => {
                Some(Ok(Document { root, index, item: None, asides, faults }))
            }
            Ok(None) => {
                self.done = true;
                None
            }
            Err(fault) => {
                // A failure to find a next document is the end of the text; the fault before it is told.
                self.done = !self.parser.proceed_next_document().unwrap_or(false);
                Some(Err(fault))
            }
        }
    }

    fn build(&mut self) -> Result<Option<Built>, Fault> {
        let text = self.text;
        let refused = |error: ScanError| syntax::fault(&error, text);
        let mut builder = Builder::new(text);
        while let Some(next) = self.parser.next_event() {
            match next.map_err(refused)? {
                (Event::DocumentEnd, _) => return Ok(builder.finish()),
                (event, span) => builder.event(event, &span)?,
            }
        }
        Ok(None)
    }
}

/// The items of a `List` (or of a `WhatsAppTemplateList`, as the API server answers), as kubectl flattens
/// them; any other document comes back.
fn items(mut document: Document) -> Result<Vec<Document>, Document> {
    let is_list = document.root.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
    let Some(nodes) = (if is_list { take_items(&mut document.root) } else { None }) else {
        return Err(document);
    };
    let index = document.index;
    let item =
        |(item, root)| Document { root, index, item: Some(item), asides: Vec::new(), faults: Vec::new() };
    let mut items: Vec<_> = nodes.into_iter().enumerate().map(item).collect();
    for aside in document.asides {
        if let Some(item) = item_at(&mut items, Some(aside.text)) {
            item.asides.push(aside);
        }
    }
    for fault in document.faults {
        if let Some(item) = item_at(&mut items, fault.position) {
            item.faults.push(fault);
        }
    }
    Ok(items)
}

/// The item that something stands in: the last one that starts before it.
fn item_at(items: &mut [Document], position: Option<Position>) -> Option<&mut Document> {
    let after = items.partition_point(|item| Some(item.root.start) <= position);
    items.get_mut(after.saturating_sub(1))
}

/// An empty list stays a document, so that a file of one is not taken for an empty file.
fn take_items(root: &mut Node) -> Option<Vec<Node>> {
    let Value::Mapping(entries) = &mut root.value else { return None };
    let entry = entries.iter_mut().find(|entry| &*entry.key.text == "items")?;
    match &mut entry.value.value {
        Value::Sequence(nodes) if !nodes.is_empty() => Some(std::mem::take(nodes)),
        Value::Sequence(_) | Value::Scalar(_) | Value::Mapping(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::Path, *};

    /// What became of each document: its JSON, or the rule and place of the fault.
    fn verdicts(text: &str) -> Vec<String> {
        let mut verdicts = Vec::new();
        for outcome in documents(text) {
            match outcome {
                Ok(document) => {
                    verdicts.push(document.root.to_json().to_string());
                    verdicts.extend(document.faults.iter().map(place));
                }
                Err(fault) => verdicts.push(place(&fault)),
            }
        }
        verdicts
    }

    fn place(fault: &Fault) -> String {
        let Position { line, column } = fault.position.unwrap();
        format!("{} {line}:{column}", fault.rule)
    }

    #[test]
    fn texts_become_documents_and_faults() {
        let cases: &[(&str, &[&str], &str)] = &[
            ("", &[], "an empty file"),
            ("# only\n---\n# comments\n---\n", &[], "empty documents are skipped"),
            ("---\n~\n---\nnull\n", &[], "as kubectl skips null"),
            ("\u{feff}a: 1", &[r#"{"a":1}"#], "a byte order mark"),
            ("a: 1\n---\nb: 2\n...\n---\nc: 3", &[r#"{"a":1}"#, r#"{"b":2}"#, r#"{"c":3}"#], "several"),
            ("a: [1\n---\nb: 2", &["yaml-syntax 1:4", r#"{"b":2}"#], "a broken one does not hide the next"),
            (
                "a: 1\n---\n\tb: 2\n---\nc: 3",
                &[r#"{"a":1}"#, "yaml-syntax 3:1", r#"{"c":3}"#],
                "nor those around",
            ),
            ("a: 'x\n---\nb: 2", &["yaml-syntax 2:1", r#"{"b":2}"#], "not even with an open quote"),
            ("a:\n\tb: 1", &["yaml-syntax 2:2"], "a tab for indentation"),
            ("- a: 1\n-\tb: 2", &["yaml-syntax 2:2"], "a tab after a dash"),
            ("a: b\n\tc", &["yaml-syntax 1:4"], "a tab within a text"),
            ("a:\tb\nc: &x\td", &[r#"{"a":"b","c":"d"}"#], "elsewhere tabs are spaces"),
            ("a: |\n  b\n", &[r#"{"a":"b\n"}"#], "a block keeps its last line break"),
            ("a: |\n  b", &[r#"{"a":"b"}"#], "if it has one"),
            ("a: |\n  b: c\nb: c", &[r#"{"a":"b: c\n","b":"c"}"#], "even when the file has none"),
            ("a: b: c", &["yaml-syntax 1:5"], "a colon too many"),
            ("a: *x", &["yaml-syntax 1:4"], "an alias without an anchor"),
            ("{\n\t\"a\": [\n\t\t1\n\t]\n}", &[r#"{"a":[1]}"#], "JSON with tabs"),
            (r#"{"a":"\/\ud83d\ude00\u00e9"}"#, &[r#"{"a":"/😀é"}"#], "JSON with escapes"),
            ("a: 1\nb: 2\na: 3", &[r#"{"b":2,"a":3}"#, "yaml-duplicate-key 3:1"], "the last one wins"),
            (
                "a: {b: 1, b: 2, b: 3}",
                &[r#"{"a":{"b":3}}"#, "yaml-duplicate-key 1:11", "yaml-duplicate-key 1:17"],
                "each",
            ),
            (
                "apiVersion: a\nkind: A\nmetadata: 1\nspec: 1\napiVersion: b\nkind: B\nmetadata: 2\nspec: 2",
                &[r#"{"apiVersion":"b","kind":"B","metadata":2,"spec":2}"#, "yaml-separator 5:1"],
                "a missing --- is one mistake",
            ),
            (
                "kind: A\nspec: 1\nkind: B\nspec: 2",
                &[r#"{"kind":"B","spec":2}"#, "yaml-duplicate-key 3:1", "yaml-duplicate-key 4:1"],
                "two fields are no manifest",
            ),
            (
                "a: {apiVersion: 1, kind: 1, apiVersion: 2, kind: 2}",
                &[r#"{"a":{"apiVersion":2,"kind":2}}"#, "yaml-duplicate-key 1:29", "yaml-duplicate-key 1:44"],
                "nor is anything within one",
            ),
            (
                "1: a\n0x1: b",
                &[r#"{"1":"b"}"#, "yaml-key 1:1", "yaml-key 2:1", "yaml-duplicate-key 2:1"],
                "once text",
            ),
            (
                "on: 1\n~: 2\n[a]: 3\n: 4\nb: 5",
                &[r#"{"true":1,"b":5}"#, "yaml-key 1:1", "yaml-key 2:1", "yaml-key 3:1", "yaml-key 4:1"],
                "odd keys",
            ),
            (
                "2026-01-31: a\n1.2.3: b",
                &[r#"{"2026-01-31":"a","1.2.3":"b"}"#],
                "dates and versions are text",
            ),
            ("a: &x {b: 1}\nc: *x", &[r#"{"a":{"b":1},"c":{"b":1}}"#], "an alias"),
            ("&k a: 1\nb: *k", &[r#"{"a":1,"b":"a"}"#], "an anchor on a key"),
            ("a: &x [*x]", &["yaml-alias-bomb 1:8"], "a value that contains itself"),
            ("a: &x 1\nb: &x 2\nc: *x", &[r#"{"a":1,"b":2,"c":2}"#], "the closest anchor before"),
            ("a: &x 1\n---\nb: *x", &[r#"{"a":1}"#, "yaml-syntax 3:4"], "anchors end with their document"),
            ("<<: {a: 1, b: 1}\na: 2", &[r#"{"b":1,"a":2}"#], "a merge"),
            ("a: 2\n<<: {a: 1}", &[r#"{"a":1}"#], "kubectl lets a later merge win"),
            ("<<: [{a: 1}, {a: 2, b: 2}]", &[r#"{"b":2,"a":1}"#], "of a list the first wins"),
            ("<<: {a: 1}\n<<: {b: 2}", &[r#"{"a":1,"b":2}"#], "two merges"),
            ("'<<': {a: 1}\n!!str <<: 2", &[r#"{"<<":2}"#, "yaml-duplicate-key 2:7"], "quoted it is a name"),
            ("!!merge <<: {a: 1}", &[r#"{"a":1}"#], "or tagged"),
            ("<<: [1]\na: 2", &[r#"{"a":2}"#, "yaml-syntax 1:5"], "nothing to merge"),
            ("a: !!int x", &[r#"{"a":"x"}"#, "yaml-tag 1:10"], "a tag that disagrees"),
            ("a: {{ .Values.x }}", &["yaml-syntax 1:4"], "a template as a value"),
            ("a: 1\n{{- if .x }}\nb: 1\n{{- end }}", &["yaml-syntax 2:1"], "a template's directive"),
        ];
        for (text, expected, why) in cases {
            assert_eq!(verdicts(text), *expected, "{why}: {text:?}");
        }
    }

    #[test]
    fn helps_say_how_to_mend_it() {
        let cases = [
            ("a:\n\tb: 1", "replace the tab by spaces"),
            ("image: {{ .Values.a }}:{{ .Values.b }}", "helm template"),
            ("name: {{ include \"x\" . }}-foo", "helm template"),
            ("a:\n  {{- toYaml . | nindent 2 }}", "helm template"),
            ("{{ end }}", "helm template"),
            ("text: {{name}}, hello", "text: \"{{name}} ...\""),
            ("text: {{ name }}", "text: \"{{name}} ...\""),
            ("text: Hi {{name}}: welcome", "contains `: `"),
            ("a: 'it's'", "''"),
            ("a: @b", "quotes"),
            ("a: \"\\d\"", "\\\\"),
        ];
        for (text, help) in cases {
            let fault = documents(text).find_map(Result::err).unwrap();
            assert!(fault.help.contains(help), "{text:?}: {fault}");
        }
    }

    #[test]
    fn lists_are_flattened_where_they_stand() {
        let text =
            "a: 1\n---\nkind: List\nitems:\n  - x: 1\n    x: 2\n  - z: 1\n---\nkind: PodList\nitems: []\n";
        let read: Vec<_> = documents(text).map(Result::unwrap).collect();
        let places: Vec<_> =
            read.iter().map(|d| (d.index, d.item, d.root.start.line, d.faults.len())).collect();
        assert_eq!(places, [(0, None, 1, 0), (1, Some(0), 5, 1), (1, Some(1), 7, 0), (2, None, 9, 0)]);
        assert_eq!(read[1].root.to_json(), json!({"x": 2}));
        assert_eq!(read[2].root.position_of(&Path::from_iter(["z"])), Position { line: 7, column: 8 });
    }

    #[test]
    fn a_big_list_in_json_keeps_its_positions() {
        let items: Vec<_> =
            (0..10_000).map(|n| json!({"kind": "X", "spec": {"name": format!("n{n}")}})).collect();
        let text = serde_json::to_string_pretty(&json!({"kind": "List", "items": items})).unwrap();
        let read: Vec<_> = documents(&text).map(Result::unwrap).collect();
        assert_eq!(read.len(), 10_000);
        let name = read[9_999].root.position_of(&Path::from_iter(["spec", "name"]));
        let line = text.lines().nth(name.line as usize - 1).unwrap();
        assert_eq!(&line[name.column as usize - 1..], "\"n9999\"");
    }

    fn lines(numbers: std::ops::Range<usize>, line: impl Fn(usize) -> String) -> String {
        numbers.map(line).collect::<Vec<_>>().concat()
    }

    #[test]
    fn bombs_end_early() {
        let laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned()
            + &lines(1..40, |n| format!("a{n}: &a{n} [{}]\n", format!("*a{}, ", n - 1).repeat(10)));
        let long = format!("a: &a {}\nb: [{}]", "x".repeat(1 << 20), "*a, ".repeat(1000));
        let nested = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
        let blocks = lines(0..100, |depth| format!("{}a:\n", " ".repeat(depth)));
        let chain = "a0: &a0 [x]\n".to_owned() + &lines(1..100, |n| format!("a{n}: &a{n} [*a{}]\n", n - 1));
        let cases = [
            (laughs, "yaml-alias-bomb", "a billion laughs"),
            (long, "yaml-alias-bomb", "a long text, often"),
            (nested("[", "]"), "yaml-depth", "lists"),
            (nested("{a: ", "}"), "yaml-depth", "mappings"),
            (nested("- ", ""), "yaml-depth", "blocks in one line"),
            (blocks, "yaml-depth", "blocks, one in another"),
            (chain, "yaml-depth", "aliases of aliases"),
            ("- x\n".repeat(1_000_001), "file-too-large", "too many values"),
        ];
        for (text, rule, why) in cases {
            let text = format!("{text}\n---\nb: 1\n");
            let outcomes: Vec<_> =
                documents(&text).map(|outcome| outcome.map_err(|fault| fault.rule)).collect();
            assert_eq!(outcomes.len(), 2, "{why}");
            assert_eq!(outcomes[0].as_ref().unwrap_err(), &rule, "{why}");
            assert_eq!(
                outcomes[1].as_ref().unwrap().root.to_json(),
                json!({"b": 1}),
                "{why}: the next one follows"
            );
        }
    }

    #[test]
    fn long_files_take_no_longer_than_their_length() {
        let start = std::time::Instant::now();
        assert_eq!(documents(&"a: ]\n---\n".repeat(20_000)).filter(Result::is_err).count(), 20_000, "faults");
        let merged = documents(&"<<: {a: 1}\n".repeat(50_000)).flatten().next().unwrap();
        assert_eq!((merged.root.to_json(), merged.faults.len()), (json!({"a": 1}), 0), "merges");
        assert!(start.elapsed().as_secs() < 20, "quadratic: {:?}", start.elapsed());
    }

    #[test]
    fn many_fields_are_checked_for_duplicates_too() {
        let fields = lines(0..1000, |n| format!("f{n}: {n}\n"));
        let document = documents(&format!("{fields}f500: again\n")).next().unwrap().unwrap();
        assert_eq!(document.faults.len(), 1);
        assert_eq!(document.root.as_mapping().unwrap().len(), 1000);
        assert_eq!(document.root.get("f500").and_then(Node::as_str), Some("again"));
    }

    #[test]
    fn a_document_keeps_a_bounded_number_of_faults() {
        let document = documents(&"a: 1\n".repeat(100_000)).next().unwrap().unwrap();
        assert_eq!((document.faults.len(), document.root.to_json()), (100, json!({"a": 1})));
    }
}
