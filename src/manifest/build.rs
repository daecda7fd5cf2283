//! From the parser's events to the tree of one document, within limits.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, ScalarStyle, Span, StructureStyle, Tag};

use super::{
    aside::{Aside, AsideKind, comment_after, word_before},
    bounds::{MAX_DEPTH, position, too_deep},
    fault::{FILE_TOO_LARGE, Fault, YAML_ALIAS_BOMB, YAML_TAG, excerpt},
    mapping::Mapping,
    node::{Entry, Node, Position, Scalar, Value},
    resolve::{Resolved, resolve, resolve_tagged},
    syntax,
};

/// Values in one document: 10,000 templates in one list are a third of it.
const MAX_NODES: usize = 1_000_000;
/// Values that anchors and aliases copy in one document, a long text counting as several.
const MAX_COPIES: usize = 100_000;
/// Faults kept of one document: nobody reads more, and input must not decide how much memory they take.
const MAX_FAULTS: usize = 100;
/// Comments and other words beside texts that are kept of one document: more than a person writes.
const MAX_ASIDES: usize = 100_000;
/// Characters kept of each.
const MAX_ASIDE_LENGTH: usize = 80;

const CORE_TAGS: &str = "tag:yaml.org,2002:";

/// Builds one document. An error ends it; what does not is collected in `faults`.
pub(super) struct Builder<'text> {
    text: &'text str,
    stack: Vec<Frame>,
    /// Complete nodes only, which makes recursion impossible.
    anchors: HashMap<usize, Node>,
    /// Anchors that an alias asked for.
    aliased: HashSet<usize>,
    /// What stands beside texts, with the anchor that it may be.
    asides: Vec<(usize, Aside)>,
    nodes: usize,
    copies: usize,
    root: Option<Node>,
    faults: Vec<Fault>,
}

/// One document as it was built.
pub(super) struct Built {
    pub(super) root: Node,
    pub(super) asides: Vec<Aside>,
    pub(super) faults: Vec<Fault>,
}

struct Frame {
    start: Position,
    anchor: usize,
    shape: Shape,
}

enum Shape {
    Sequence(Vec<Node>),
    Mapping(Mapping),
}

impl<'text> Builder<'text> {
    pub(super) fn new(text: &'text str) -> Self {
        Self {
            text,
            stack: Vec::new(),
            anchors: HashMap::new(),
            aliased: HashSet::new(),
            asides: Vec::new(),
            nodes: 0,
            copies: 0,
            root: None,
            faults: Vec::new(),
        }
    }

    /// Takes the next event of the document.
    pub(super) fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Fault> {
        let start = position(&span.start);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                if plain && self.awaits_key() {
                    syntax::refuse_odd_indentation(&text, start)?;
                } else if plain {
                    self.note_asides(span, anchor, tag.as_deref());
                }
                let text = match style {
                    // The parser writes `~` where nothing is written.
                    ScalarStyle::Plain if span.is_empty() => "",
                    ScalarStyle::Literal | ScalarStyle::Folded => self.without_added_break(&text, span),
                    _ => &*text,
                };
                self.scalar(text, !plain, tag.as_deref(), start, anchor)
            }
            Event::SequenceStart(style, anchor, _) => {
                self.refuse_tabs(style, span)?;
                self.open(Shape::Sequence(Vec::new()), start, anchor)
            }
            Event::MappingStart(style, anchor, _) => {
                self.refuse_tabs(style, span)?;
                if let Some(at) = span.start.byte_offset()
                    && self.text.get(at..).is_some_and(|source| source.starts_with("{{"))
                {
                    return Err(syntax::double_braces(self.text, at, start));
                }
                self.open(Shape::Mapping(Mapping::default()), start, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(id) => self.alias(id, start),
            _ => Ok(()),
        }
    }

    /// What came of the events; none where nothing was written.
    pub(super) fn finish(self) -> Option<Built> {
        let is_lost = |anchor: &usize| *anchor == 0 || !self.aliased.contains(anchor);
        let asides = self.asides.into_iter().filter(|(anchor, _)| is_lost(anchor)).map(|(_, aside)| aside);
        Some(Built { root: self.root?, asides: asides.collect(), faults: self.faults })
    }

    fn awaits_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { shape: Shape::Mapping(mapping), .. }) if mapping.awaits_key())
    }

    /// Keeps the words beside a text without quotes, which its author may have meant as part of it.
    fn note_asides(&mut self, span: &Span, anchor: usize, tag: Option<&Tag>) {
        let source = self.text;
        let (Some(start), Some(end)) = (span.start.byte_offset(), span.end.byte_offset()) else { return };
        let text = position(&span.start);
        let mut note = |anchor: usize, kind: AsideKind, words: Option<&str>| {
            if let Some(words) = words
                && self.asides.len() < MAX_ASIDES
            {
                let words = words.chars().take(MAX_ASIDE_LENGTH).collect();
                self.asides.push((anchor, Aside { text, kind, words }));
            }
        };
        if tag.is_some_and(|tag| tag.suffix_in_namespace(CORE_TAGS).is_none()) {
            note(0, AsideKind::Tag, word_before(source, start, '!'));
        }
        if anchor != 0 {
            note(anchor, AsideKind::Anchor, word_before(source, start, '&'));
        }
        // The parser puts a text of which nothing is left at the colon before it.
        let end = end + usize::from(span.is_empty());
        note(0, AsideKind::Comment, comment_after(source, end));
    }

    /// A block text at the very end of a file without a line break there has none either, as kubectl reads
    /// it; the parser adds one.
    fn without_added_break<'a>(&self, block: &'a str, span: &Span) -> &'a str {
        let is_last = span.end.byte_offset().is_some_and(|end| end >= self.text.len());
        let line = self.text.rsplit('\n').next().unwrap_or_default().trim_start_matches(' ');
        match block.strip_suffix('\n') {
            Some(written) if is_last && !line.is_empty() && written.ends_with(line) => written,
            _ => block,
        }
    }

    /// The parser lets some tabs pass that kubectl does not. JSON, which is flow style, may have them.
    fn refuse_tabs(&self, style: StructureStyle, span: &Span) -> Result<(), Fault> {
        let before = span.start.byte_offset().and_then(|at| self.text.get(..at));
        match (style, before) {
            (StructureStyle::Block, Some(before)) => syntax::refuse_tab_before(before, position(&span.start)),
            (StructureStyle::Block, None) | (StructureStyle::Flow, _) => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        quoted: bool,
        tag: Option<&Tag>,
        start: Position,
        anchor: usize,
    ) -> Result<(), Fault> {
        let core = tag.and_then(|tag| tag.suffix_in_namespace(CORE_TAGS));
        if text == "<<"
            && let Some(Frame { shape: Shape::Mapping(mapping), .. }) = self.stack.last_mut()
            && mapping.awaits_key()
            && (if tag.is_none() { !quoted } else { core.as_deref() == Some("merge") })
        {
            mapping.merge_next();
            return Ok(());
        }
        let resolved = match (core, tag) {
            (Some(core), _) => resolve_tagged(&core, text).unwrap_or_else(|mismatch| {
                let message = format!("`{}` stands under the tag !!{core}", excerpt(text));
                let help = format!("write {} there, or remove the tag", mismatch.wanted);
                self.report(Fault::new(YAML_TAG, message, help).at(start));
                Resolved::String
            }),
            (None, None) if !quoted => resolve(text),
            (None, _) => Resolved::String,
        };
        self.count(start)?;
        self.place(
            Node { value: Value::Scalar(Scalar { text: text.into(), resolved, quoted }), start },
            anchor,
        )
    }

    fn open(&mut self, shape: Shape, start: Position, anchor: usize) -> Result<(), Fault> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(start));
        }
        self.count(start)?;
        self.stack.push(Frame { start, anchor, shape });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let Some(Frame { start, anchor, shape }) = self.stack.pop() else { return Ok(()) };
        let value = match shape {
            Shape::Sequence(items) => Value::Sequence(items),
            Shape::Mapping(mapping) => {
                let is_root = self.stack.is_empty();
                Value::Mapping(mapping.finish(is_root, |fault| self.report(fault)))
            }
        };
        self.place(Node { value, start }, anchor)
    }

    fn alias(&mut self, id: usize, start: Position) -> Result<(), Fault> {
        let room = MAX_DEPTH - self.stack.len();
        let Some(anchored) = self.anchors.get(&id) else {
            let message = "the alias stands within the value that its own anchor names";
            let help = "a value cannot contain itself: write it out once more";
            return Err(Fault::new(YAML_ALIAS_BOMB, message, help).at(start));
        };
        let copy = copy(anchored, room, &mut self.copies).map_err(|limit| limit.fault(start))?;
        self.aliased.insert(id);
        self.place(copy, 0)
    }

    /// Puts a complete node where it belongs, and aside if it has an anchor.
    fn place(&mut self, node: Node, anchor: usize) -> Result<(), Fault> {
        if anchor != 0 {
            let kept = copy(&node, MAX_DEPTH, &mut self.copies).map_err(|limit| limit.fault(node.start))?;
            self.anchors.insert(anchor, kept);
        }
        match self.stack.last_mut().map(|frame| &mut frame.shape) {
            None => self.root = Some(node),
            Some(Shape::Sequence(items)) => items.push(node),
            Some(Shape::Mapping(mapping)) => {
                if let Some(fault) = mapping.push(node) {
                    self.report(fault);
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, start: Position) -> Result<(), Fault> {
        self.nodes += 1;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = format!("the document has more than {MAX_NODES} values");
        Err(Fault::new(FILE_TOO_LARGE, message, "split it into several documents or files").at(start))
    }

    fn report(&mut self, fault: Fault) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }
}

/// Why a value was not copied.
enum Limit {
    Copies,
    Depth,
}

impl Limit {
    fn fault(&self, position: Position) -> Fault {
        match self {
            Self::Depth => too_deep(position),
            Self::Copies => Fault::new(
                YAML_ALIAS_BOMB,
                format!("anchors and aliases copy more than {MAX_COPIES} values in this document"),
                "write the values out, or split the document",
            )
            .at(position),
        }
    }
}

/// Copies a value into `room` more levels at most, and counts what that costs. It stops at the limit, so an
/// alias bomb costs no more than the limit either.
fn copy(node: &Node, room: usize, copies: &mut usize) -> Result<Node, Limit> {
    const LONG: usize = 64;
    let mut spend = |text: usize| {
        *copies += 1 + text / LONG;
        if *copies > MAX_COPIES { Err(Limit::Copies) } else { Ok(()) }
    };
    let value = match &node.value {
        Value::Scalar(scalar) => {
            spend(scalar.text.len())?;
            Value::Scalar(scalar.clone())
        }
        Value::Sequence(_) | Value::Mapping(_) if room == 0 => return Err(Limit::Depth),
        Value::Sequence(items) => {
            spend(0)?;
            Value::Sequence(items.iter().map(|item| copy(item, room - 1, copies)).collect::<Result<_, _>>()?)
        }
        Value::Mapping(entries) => {
            spend(entries.iter().map(|entry| entry.key.text.len()).sum())?;
            let fields = entries.iter().map(|Entry { key, value }| {
                Ok(Entry { key: key.clone(), value: copy(value, room - 1, copies)? })
            });
            Value::Mapping(fields.collect::<Result<_, _>>()?)
        }
    };
    Ok(Node { value, start: node.start })
}
