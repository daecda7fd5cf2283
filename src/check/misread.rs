//! Texts that are not what their author meant: Helm's actions, and words that YAML takes for something else.

use crate::manifest::{Aside, AsideKind, Entry, Node, Path, Place, Scalar, Segment, Value, excerpt};

/// What customers read, wherever it stands in a manifest.
const PROSE: [&str; 5] = ["prefilledMessage", "text", "autofillText", "caption", "fileName"];
/// The mapping whose values stand for words of a message.
const SAMPLES: &str = "examples";

/// A text that YAML reads otherwise than a person.
pub(super) struct Misread {
    /// Id of a lint rule.
    pub(super) rule: &'static str,
    pub(super) path: Path,
    pub(super) message: String,
    pub(super) help: String,
}

/// Fields that hold a Helm action (`{{ .Values.x }}`, `{{- if … }}`, `{{ include "x" . }}`), or what is left of one: the
/// quotes that keep `{{name}}` from Helm, a value that was not there, a word of the wrong kind.
pub(super) fn unrendered(root: &Node) -> Vec<Path> {
    let mut found = Vec::new();
    leaves(root, &Place::ROOT, &mut |_, scalar, place| {
        if is_helm(&scalar.text) {
            found.push(place.path());
        }
    });
    found
}

/// Texts that lose words to YAML, or that keep quotes which were to go. `asides` are those of the document.
pub(super) fn misread(root: &Node, asides: &[Aside]) -> Vec<Misread> {
    let mut found = Vec::new();
    leaves(root, &Place::ROOT, &mut |node, scalar, place| {
        if scalar.quoted {
            return;
        }
        let after = asides.partition_point(|aside| aside.text < node.start);
        let mine = asides.iter().skip(after).take_while(|aside| aside.text == node.start);
        let lost = mine.map(|aside| lost(aside, &scalar.text));
        for (rule, message, help) in lost.chain(curly(&scalar.text)) {
            let path = place.path();
            if is_prose(&path) {
                found.push(Misread { rule, path, message, help });
            }
        }
    });
    found
}

fn leaves(node: &Node, place: &Place<'_>, visit: &mut impl FnMut(&Node, &Scalar, &Place<'_>)) {
    match &node.value {
        Value::Scalar(scalar) => visit(node, scalar, place),
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                leaves(item, &place.index(index), visit);
            }
        }
        Value::Mapping(entries) => {
            for Entry { key, value } in entries {
                leaves(value, &place.field(&key.text), visit);
            }
        }
    }
}

fn is_prose(path: &Path) -> bool {
    let Some((Segment::Field(top), below)) = path.segments().split_first() else { return false };
    &**top == "spec"
        && match below {
            [.., Segment::Field(above), Segment::Field(_)] if &**above == SAMPLES => true,
            [.., Segment::Field(name)] => PROSE.contains(&&**name),
            _ => false,
        }
}

fn lost(aside: &Aside, text: &str) -> (&'static str, String, String) {
    let words = excerpt(&aside.words);
    let rest = match text {
        "" => "nothing is left of the text".to_owned(),
        text => format!("the text is \"{}\"", excerpt(text)),
    };
    match aside.kind {
        AsideKind::Comment => {
            let message = format!("YAML takes `{words}` for a comment: {rest}");
            let help = "put the whole text in quotes, or only what stands before the # if that is a comment";
            ("text-comment", message, help.to_owned())
        }
        AsideKind::Tag | AsideKind::Anchor => {
            let what = if aside.kind == AsideKind::Tag { "a tag" } else { "an anchor" };
            let message = format!("YAML takes `{words}` for {what}: {rest}");
            ("text-first-word", message, "put the whole text in quotes, or remove the word".to_owned())
        }
    }
}

fn curly(text: &str) -> Option<(&'static str, String, String)> {
    let is_quote = |c: char| matches!(c, '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '‛');
    let inside = text.strip_prefix(is_quote)?.strip_suffix(is_quote)?;
    let message = "the curly quotes are letters of the text, not quotes of YAML".to_owned();
    let help = format!("write straight quotes: \"{}\"", excerpt(inside));
    (!inside.contains(is_quote)).then_some(("text-curly-quotes", message, help))
}

fn is_helm(text: &str) -> bool {
    if text.contains("<no value>") || text.contains("%!s(") || text.contains("%!d(") {
        return true;
    }
    let actions = [
        "include ",
        "template ",
        "if ",
        "end ",
        "else ",
        "range ",
        "with ",
        "define ",
        "tpl ",
        "required ",
        "default ",
        "printf ",
    ];
    text.split("{{").skip(1).any(|after| {
        let inside = after.trim_start_matches('-').trim_start();
        after.starts_with('-')
            || inside.starts_with(['.', '$', '`', '"', '('])
            || inside.starts_with("/*")
            || actions.iter().any(|action| inside.starts_with(action))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::documents;

    #[test]
    fn only_what_customers_read_is_asked_about() {
        for (text, expected, why) in [
            ("spec: {prefilledMessage: Hello}  # 1", "", "quoted or not, nothing is lost"),
            ("spec:\n  prefilledMessage: Call us #1", "text-comment spec.prefilledMessage", "a message"),
            ("spec:\n  examples:\n    name: Ana # a", "text-comment spec.examples.name", "a sample"),
            (
                "spec:\n  buttons:\n  - text: Call # x\n    url: x # y",
                "text-comment spec.buttons[0].text",
                "an address has no blanks, so nothing of it is lost",
            ),
            (
                "metadata:\n  labels:\n    text: shop # 1\nspec:\n  category: MARKETING # 2",
                "",
                "words are no prose",
            ),
            ("spec: {text: !important Hello}", "text-first-word spec.text", "a tag"),
            ("spec: {text: &Co Hello}", "text-first-word spec.text", "an anchor"),
            ("spec:\n  caption: &x Hello\n  text: *x", "", "an anchor that is asked for"),
            ("spec: {text: “Hello”}", "text-curly-quotes spec.text", "of a word processor"),
            ("spec: {text: '“Hello”'}", "", "meant, as straight quotes show"),
            ("spec: {text: “Hello” and ‘bye’}", "", "quotes within a text"),
        ] {
            let document = documents(text).next().unwrap().unwrap();
            let found = misread(&document.root, &document.asides);
            let found: Vec<_> = found.iter().map(|found| format!("{} {}", found.rule, found.path)).collect();
            assert_eq!(found.join(", "), expected, "{why}: {text}");
        }
    }
}
