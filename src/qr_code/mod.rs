//! Kind 1, QR codes: what a manifest wants, typed so that it cannot hold nonsense.

mod desired;

pub use desired::{Approval, Desired, Phone, parse};
