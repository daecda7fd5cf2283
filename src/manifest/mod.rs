//! From bytes to documents with positions.

mod path;
mod place;

pub use path::{Path, Segment};
pub use place::Place;
