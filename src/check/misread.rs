//! Texts that are not what their author meant: Helm's actions, and words that YAML takes for something else.

use std::str::FromStr;

use jiff::civil::DateTime;

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
        for (rule, message, help) in lost.chain(curly(&scalar.text)).chain(date(&scalar.text)) {
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

fn date(text: &str) -> Option<(&'static str, String, String)> {
    let message = format!("kustomize takes `{text}` for a date, and makes `{}Z` of it", moment(text)?);
    Some(("text-date", message, format!("put it in quotes: \"{text}\"")))
}

/// The moment that go-yaml, with which kustomize patches, sees in a text without quotes. One that is written with a `T` is
/// left out: it stays as it is.
fn moment(text: &str) -> Option<DateTime> {
    let (year, rest) = text.split_at_checked(4)?;
    let rest = rest.strip_prefix('-')?;
    let (date, time) = rest.split_once(' ').unwrap_or((rest, "0:0:0"));
    let (month, day) = date.split_once('-')?;
    let (hour, rest) = time.split_once(':')?;
    let (minute, second) = rest.split_once(':')?;
    let two = digits::<i8>;
    DateTime::new(digits(year)?, two(month)?, two(day)?, two(hour)?, two(minute)?, two(second)?, 0).ok()
}

/// A number of digits and nothing else, not even a sign.
fn digits<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
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
            ("spec:\n  examples: {day: 2024-05-12}", "text-date spec.examples.day", "a date"),
            ("spec:\n  caption: 2024-5-1 9:30:00", "text-date spec.caption", "with a time"),
            ("spec: {text: '2024-05-12'}", "", "a text for everybody"),
            ("spec: {text: 2024-05-12T09:30:00Z}", "", "whatever comes of it is the same"),
            ("spec: {text: 2024-02-30}", "", "there is no such day"),
            ("spec: {text: 2024-05-12 to 15}", "", "words around it"),
        ] {
            let document = documents(text).next().unwrap().unwrap();
            let found = misread(&document.root, &document.asides);
            let found: Vec<_> = found.iter().map(|found| format!("{} {}", found.rule, found.path)).collect();
            assert_eq!(found.join(", "), expected, "{why}: {text}");
        }
    }
}
