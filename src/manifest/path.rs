//! The way from the root of a document to one of its fields.

use std::fmt;

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// Into a mapping.
    Field(Box<str>),
    /// Into a sequence.
    Index(usize),
}

/// A field path, displayed as `spec.components.buttons[0].url`; the empty path is the document itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Segment>);

impl Path {
    /// The document itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// Goes into a field, in place.
    pub fn push(&mut self, segment: impl Into<Segment>) {
        self.0.push(segment.into());
    }

    /// Goes back up, in place; false at the root.
    pub fn pop(&mut self) -> bool {
        self.0.pop().is_some()
    }

    /// This path and one step more.
    #[must_use]
    pub fn join(&self, segment: impl Into<Segment>) -> Self {
        let mut path = self.clone();
        path.push(segment);
        path
    }

    /// The mapping or sequence that holds this field; none for the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        Some(Self(above.to_vec()))
    }

    /// The steps from the root.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }
}

impl From<&str> for Segment {
    fn from(field: &str) -> Self {
        Self::Field(field.into())
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

impl<S: Into<Segment>> FromIterator<S> for Path {
    fn from_iter<I: IntoIterator<Item = S>>(segments: I) -> Self {
        Self(segments.into_iter().map(Into::into).collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Field(name) if !is_simple(name) => write!(f, "[{name:?}]")?,
                Segment::Field(name) if depth == 0 => f.write_str(name)?,
                Segment::Field(name) => write!(f, ".{name}")?,
            }
        }
        Ok(())
    }
}

/// Labels and annotations have dots and slashes in their names: those are quoted, as in a `JSONPath`.
fn is_simple(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_as_people_write_them() {
        let mut path = Path::from_iter(["spec", "components", "buttons"]);
        path.push(0);
        path.push("url");
        let cases = [
            (Path::root(), "", "the document itself"),
            (path.clone(), "spec.components.buttons[0].url", "fields and indices"),
            (path.parent().unwrap(), "spec.components.buttons[0]", "one level up"),
            (Path::root().join(2).join("a"), "[2].a", "no dot at the start"),
            (Path::from_iter(["labels", "waops.dev/x"]), "labels[\"waops.dev/x\"]", "a dot within a name"),
            (Path::from_iter(["größe"]), "größe", "letters of any language"),
            (Path::from_iter([""]), "[\"\"]", "an empty name stays visible"),
        ];
        for (path, shown, why) in cases {
            assert_eq!(path.to_string(), shown, "{why}");
        }
        assert_eq!(Path::root().parent(), None);
        assert!(path.pop() && path.to_string().ends_with("[0]") && !Path::root().pop());
    }
}
