//! Kind 2, templates: what a manifest wants, typed so that it cannot hold nonsense.

pub(crate) mod content;
mod desired;
mod observed;
mod parse;
mod text;
mod words;

pub use content::{Content, Difference};
pub use desired::{
    Body, Button, Card, Desired, Footer, Header, Media, MediaFormat, Offer, OneTap, SupportedApp,
};
pub(crate) use observed::spelled;
pub use observed::{Accepted, Observed, Said, likeness, same_language};
pub(crate) use parse::is_language_form;
pub use parse::parse;
pub use text::{Piece, Text, is_variable_name};
