//! Kind 1, QR codes: what a manifest wants, typed so that it cannot hold nonsense.

mod desired;
mod observed;

pub use desired::{Approval, Desired, Phone, parse, phone};
pub(crate) use observed::expiry;
pub use observed::{Code, Observed, content_hash, likeness};
