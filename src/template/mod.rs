//! Kind 2, templates: what a manifest wants, typed so that it cannot hold nonsense.

mod desired;
mod parse;
mod text;

pub use desired::{
    Body, Button, Card, Desired, Footer, Header, Media, MediaFormat, Offer, OneTap, SupportedApp,
};
pub(crate) use parse::is_language_form;
pub use parse::parse;
pub use text::{Piece, Text, is_variable_name};
