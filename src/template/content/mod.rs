//! What a template says, in a form in which two of them can be compared.
//!
//! A content is the leaves of a manifest, each under its own path: what a manifest wants and what a
//! provider has come out alike, whatever either provider calls the fields, so that comparing is walking
//! two sorted maps. What a provider never gives back as it got it is kept and shown, but not compared:
//! otherwise drift detection would loop for ever (providers.md, trap 35).

mod desired;
mod differences;
mod hash;
mod otp_link;
pub(crate) mod read;
mod spec;

use std::collections::{BTreeMap, BTreeSet};

pub use differences::Difference;
pub(crate) use differences::is_left_to_the_provider;
pub(crate) use hash::short_sha256;

use super::text::Text;
use crate::manifest::{Path, Place, Segment};

/// The comparable content of a template. The category is not part of it (claims.md 12).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    leaves: BTreeMap<Path, Leaf>,
    /// Fields that the source of this content never gives back as written, by name.
    silent: &'static [&'static str],
    /// Places at which this source said nothing, though that means nothing.
    doubts: BTreeSet<Path>,
}

/// What stands in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Leaf {
    /// Letters that stand for themselves.
    Word(String),
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text whose variables have their names.
    Text(Text),
    /// A text whose variables had only numbers; the names are made up from its place.
    Numbered(Text),
}

impl Leaf {
    fn show(&self) -> String {
        match self {
            Leaf::Word(word) => word.clone(),
            Leaf::Flag(flag) => flag.to_string(),
            Leaf::Number(number) => number.to_string(),
            Leaf::Text(text) | Leaf::Numbered(text) => text.to_string(),
        }
    }
}

impl Content {
    /// Every field that is set, in order, as a manifest would have it.
    pub fn leaves(&self) -> impl Iterator<Item = (&Path, String)> {
        self.leaves.iter().map(|(path, leaf)| (path, leaf.show()))
    }

    /// A content of which nothing is known: it differs in no field for certain from any of these.
    pub fn unknown<'a>(likely: impl IntoIterator<Item = &'a Content>) -> Self {
        let paths = likely.into_iter().flat_map(|content| content.leaves.keys().cloned());
        Self { doubts: paths.collect(), ..Self::default() }
    }

    fn put(&mut self, place: &Place<'_>, leaf: Option<Leaf>) {
        if let Some(leaf) = leaf {
            self.leaves.insert(place.path(), leaf);
        }
    }

    fn word(&mut self, place: &Place<'_>, word: Option<impl Into<String>>) {
        self.put(place, word.map(|word| Leaf::Word(word.into())));
    }

    fn flag(&mut self, place: &Place<'_>, flag: Option<bool>) {
        self.put(place, flag.map(Leaf::Flag));
    }

    fn number(&mut self, place: &Place<'_>, number: Option<impl Into<i64>>) {
        self.put(place, number.map(|number| Leaf::Number(number.into())));
    }

    /// A number to dial, in one spelling: both providers are sent the `+`, neither promises to keep it.
    fn dialled(&mut self, place: &Place<'_>, number: Option<&str>) {
        self.word(place, number.map(|number| format!("+{}", number.trim().trim_start_matches('+'))));
    }

    /// Apps in one order: they are a set, and nobody promises to keep the order of it.
    fn apps(&mut self, place: &Place<'_>, apps: impl IntoIterator<Item = (String, String)>) {
        let apps: BTreeSet<_> = apps.into_iter().collect();
        for (index, (package_name, signature_hash)) in apps.into_iter().enumerate() {
            let app = place.index(index);
            self.word(&app.field("packageName"), Some(package_name));
            self.word(&app.field("signatureHash"), Some(signature_hash));
        }
    }

    /// That this source says nothing here does not mean that nothing is there.
    fn doubt(&mut self, place: &Place<'_>) {
        self.doubts.insert(place.path());
    }

    fn doubt_if_absent(&mut self, place: &Place<'_>) {
        if !self.leaves.contains_key(&place.path()) {
            self.doubt(place);
        }
    }

    fn is_sure_of(&self, path: &Path) -> bool {
        !self.doubts.contains(path) && !last_field(path).is_some_and(|name| self.silent.contains(&name))
    }

    /// Whether a text has variables. Links do not count: theirs are numbered on every wire.
    fn has_variables(&self) -> bool {
        self.leaves.iter().any(|(path, leaf)| match leaf {
            Leaf::Text(text) | Leaf::Numbered(text) => {
                last_field(path) == Some("text") && text.variables().next().is_some()
            }
            _ => false,
        })
    }
}

fn last_field(path: &Path) -> Option<&str> {
    path.segments().iter().rev().find_map(|segment| match segment {
        Segment::Field(name) => Some(&**name),
        Segment::Index(_) => None,
    })
}
