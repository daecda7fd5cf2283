//! From bytes to documents with positions: the room every manifest enters through.
//!
//! ```text
//! paths ─sources()─▶ Source ─read()─▶ text ─documents()─▶ Document { root: Node, … }
//! ```
//!
//! A [`Node`] knows nothing of our kinds: it is what kubectl would send, with the place of every value.
//! Whatever goes wrong on the way is a [`Fault`], a value with a place and a remedy: input never panics,
//! and no input makes this room take more than a small multiple of [`MAX_BYTES`] in memory.

mod aside;
mod bounds;
mod build;
mod fault;
mod mapping;
mod mistake;
mod node;
mod parse;
mod path;
mod place;
#[cfg(test)]
mod properties;
mod read;
mod resolve;
mod syntax;
mod text;
mod walk;

pub use aside::{Aside, AsideKind};
pub use fault::{Fault, RULES, YAML_SEPARATOR, excerpt};
pub use node::{Entry, Key, Node, Position, Scalar, Value};
pub use parse::{Document, Documents, documents};
pub use path::{Path, Segment};
pub use place::Place;
pub use read::{Origin, Source};
pub use resolve::Resolved;
pub use text::{MAX_BYTES, decode};
pub use walk::{Refusal, SKIP_MARKER, is_manifest, sources};
