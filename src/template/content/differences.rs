//! Where a template at the provider differs from its manifest, as far as that can be known.

use super::{Content, Leaf, last_field};
use crate::manifest::{Path, Segment};
use crate::template::text::Text;

/// A field in which the two differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Path of the field in a manifest.
    pub field: String,
    /// What the manifest says.
    pub ours: Option<String>,
    /// What the provider has.
    pub theirs: Option<String>,
}

/// What the provider fills in where a manifest says nothing: its own defaults and the words of its own buttons.
const LEFT_TO_THE_PROVIDER: &[&str] = &[
    "autofillText",
    "categoryChangePaused",
    "ctaUrlLinkTrackingOptedOut",
    "messageSendTtlSeconds",
    "navigateScreen",
    "productSetId",
    "subCategory",
    "ttlMinutes",
];

impl Content {
    /// Where the provider's content differs from this one, a manifest's. Only what certainly differs:
    /// what does not round-trip, and what one side cannot know, is no difference.
    pub fn differences(&self, theirs: &Content) -> Vec<Difference> {
        let only_theirs = theirs.leaves.keys().filter(|path| !self.leaves.contains_key(*path));
        let mut paths: Vec<&Path> = self.leaves.keys().chain(only_theirs).collect();
        paths.sort();
        let differing = paths.into_iter().filter(|path| {
            round_trips(path)
                && self.is_sure_of(path)
                && theirs.is_sure_of(path)
                && differ(path, self.leaves.get(*path), theirs.leaves.get(*path))
        });
        let show = |content: &Content, path: &Path| content.leaves.get(path).map(Leaf::show);
        differing
            .map(|path| Difference {
                field: path.to_string(),
                ours: show(self, path),
                theirs: show(theirs, path),
            })
            .collect()
    }
}

fn differ(path: &Path, ours: Option<&Leaf>, theirs: Option<&Leaf>) -> bool {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => !says_the_same(ours, theirs),
        (None, Some(Leaf::Flag(false)) | None) | (Some(Leaf::Flag(false)), None) => false,
        (None, Some(_)) => !is_left_to_the_provider(path),
        (Some(_), None) => true,
    }
}

fn says_the_same(ours: &Leaf, theirs: &Leaf) -> bool {
    match (ours, theirs) {
        (Leaf::Text(ours), Leaf::Numbered(theirs)) | (Leaf::Numbered(ours), Leaf::Text(theirs)) => {
            numbered(ours) == numbered(theirs)
        }
        (Leaf::Numbered(ours), Leaf::Numbered(theirs)) => numbered(ours) == numbered(theirs),
        _ => ours == theirs,
    }
}

/// The text with each variable replaced by its place in the order of appearance.
fn numbered(text: &Text) -> String {
    let mut seen: Vec<String> = Vec::new();
    text.render(|name| {
        let position = seen.iter().position(|known| known == name).unwrap_or_else(|| {
            seen.push(name.to_owned());
            seen.len() - 1
        });
        format!("{{{{{}}}}}", position + 1)
    })
}

/// Samples never come back for sure: media as a link to the provider's own copy, texts in another
/// nesting or not at all. They matter to the review, and so to the hash.
fn round_trips(path: &Path) -> bool {
    let is = |segment: &Segment, name: &str| matches!(segment, Segment::Field(field) if **field == *name);
    match path.segments() {
        [_, examples, ..] if is(examples, "examples") => false,
        [.., header, url] => !(is(header, "header") && is(url, "url")),
        _ => true,
    }
}

/// Whether a manifest may leave this field out, whatever the provider has in it.
pub(crate) fn is_left_to_the_provider(path: &Path) -> bool {
    let names_a_button = matches!(
        path.segments(),
        [.., Segment::Field(list), Segment::Index(_), Segment::Field(text)]
            if **list == *"buttons" && **text == *"text"
    );
    names_a_button || last_field(path).is_some_and(|name| LEFT_TO_THE_PROVIDER.contains(&name))
}
