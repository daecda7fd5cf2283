//! Where the fields stand that rules across manifests speak of, kept when the manifest itself is gone.

use crate::manifest::{Node, Path, Position};

/// The fields that a rule across manifests can blame.
const FIELDS: [&[&str]; 10] = [
    &[],
    &["metadata", "name"],
    &["spec"],
    &["spec", "meta"],
    &["spec", "accountRef", "name"],
    &["spec", "accountRef", "namespace"],
    &["spec", "name"],
    &["spec", "category"],
    &["spec", "prefilledMessage"],
    &["spec", "components"],
];

/// One manifest's places, and what a person calls it.
#[derive(Debug)]
pub(super) struct Landmarks {
    pub(super) object: String,
    positions: [Position; FIELDS.len()],
}

impl Landmarks {
    /// Notes where the fields of a manifest stand.
    pub(super) fn new(object: String, root: &Node) -> Landmarks {
        let positions = FIELDS.map(|field| {
            let mut node = root;
            for name in field {
                match node.get(name) {
                    Some(below) => node = below,
                    None => break,
                }
            }
            node.start
        });
        Landmarks { object, positions }
    }

    /// Where a field stands, or the closest one above it that was noted.
    pub(super) fn position_of(&self, path: &Path) -> Position {
        let mut path = path.clone();
        loop {
            let noted = FIELDS.iter().position(|field| field.iter().copied().collect::<Path>() == path);
            match noted {
                Some(index) => return self.positions[index],
                None => {
                    path.pop();
                }
            }
        }
    }
}
