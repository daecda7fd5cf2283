//! The documents of a text, one tree at a time.

use std::vec;

use granit_parser::{Event, Parser, ScanError, StrInput};

use super::{
    build::{Builder, MAX_DEPTH},
    fault::Fault,
    node::{Node, Value},
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
            Ok(Some((root, faults))) => Some(Ok(Document { root, index, item: None, faults })),
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

    fn build(&mut self) -> Result<Option<(Node, Vec<Fault>)>, Fault> {
        let text = self.text;
        let refused = |error: ScanError| syntax::fault(&error, text);
        let mut builder = Builder::new(text);
        while let Some(next) = self.parser.next_event() {
            match next.map_err(refused)? {
                (Event::DocumentEnd, _) => return Ok(builder.root.map(|root| (root, builder.faults))),
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
    let mut items: Vec<_> = nodes
        .into_iter()
        .enumerate()
        .map(|(item, root)| Document { root, index, item: Some(item), faults: Vec::new() })
        .collect();
    // Each fault goes with the item it stands in: the last one that starts before it.
    for fault in document.faults {
        let after = items.partition_point(|item| Some(item.root.start) <= fault.position);
        if let Some(item) = items.get_mut(after.saturating_sub(1)) {
            item.faults.push(fault);
        }
    }
    Ok(items)
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
