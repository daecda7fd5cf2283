//! Where a check stands right now. Costs nothing until something is wrong.

use super::{Path, Segment};

/// A path under construction, on the stack: only a fault turns it into a [`Path`].
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    above: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Index(usize),
}

impl<'a> Place<'a> {
    /// The document itself.
    pub const ROOT: Place<'static> = Place { above: None, step: Step::Root };

    /// A field of this place.
    #[must_use]
    pub fn field(&'a self, name: &'a str) -> Place<'a> {
        Place { above: Some(self), step: Step::Field(name) }
    }

    /// An item of this place.
    #[must_use]
    pub fn index(&'a self, index: usize) -> Place<'a> {
        Place { above: Some(self), step: Step::Index(index) }
    }

    /// The path from the root.
    pub fn path(&self) -> Path {
        let mut steps: Vec<Segment> = Vec::new();
        let mut place = Some(self);
        while let Some(here) = place {
            match here.step {
                Step::Root => {}
                Step::Field(name) => steps.push(name.into()),
                Step::Index(index) => steps.push(index.into()),
            }
            place = here.above;
        }
        steps.into_iter().rev().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_knows_its_path() {
        let spec = Place::ROOT.field("spec");
        let buttons = spec.field("buttons");
        assert_eq!(buttons.index(3).field("url").path().to_string(), "spec.buttons[3].url");
        assert_eq!(Place::ROOT.path(), Path::root());
    }
}
