//! Where things are, and how deep they may be: what the parser's events and its refusals share.

use granit_parser::Marker;

use super::fault::{Fault, YAML_DEPTH};
use super::node::Position;

/// Nesting of a document. Ours need ten levels; every recursion over a [`Node`] relies on this.
pub(super) const MAX_DEPTH: usize = 64;

pub(super) fn too_deep(position: Position) -> Fault {
    let message = format!("nested deeper than {MAX_DEPTH} levels");
    Fault::new(YAML_DEPTH, message, "no kind needs that: look for a bracket or an indent too many")
        .at(position)
}

/// Counts from 1, as editors do; a text of 16 MiB never reaches the end of u32.
pub(super) fn position(marker: &Marker) -> Position {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    Position { line: number(marker.line()), column: number(marker.col() + 1) }
}
