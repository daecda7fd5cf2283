//! The inventory of an account: what it holds, listed once for all who ask (claims.md 5, 8 and 9).
//!
//! ```text
//! Registry ──identity──▶ Inventory ──single flight──▶ Lister ──▶ provider
//!                            │ list, exact read, own write
//!                            ▼
//!                        Snapshot (pure): live, get, believed_absent, suspicion
//! ```
//!
//! - [`Snapshot`] decides what to believe. It does no I/O; every moment is an argument.
//! - [`Inventory`] lends it a clock and lets many tasks wait for one list.
//! - [`CodeLister`] and [`TemplateLister`] make the lists, with any of the [`Callers`] whose credentials work.
//! - [`Look`] says whether reading objects one by one is cheaper than a list.
//! - [`Registry`](crate::registry::Registry) gives all accounts of one identity (claims.md, "Words") the same inventory: two
//!   WhatsAppAccounts on one WABA see each other's writes.

mod callers;
mod choice;
mod face;
mod listers;
mod snapshot;
mod suspicion;
mod urgency;

pub use callers::Callers;
pub use choice::Look;
pub use face::{Dated, Inventory, Lister, Writing};
pub use listers::{CodeLister, TemplateKey, TemplateLister};
pub use snapshot::{Act, Alike, Judgement, Listed, Moment, Outcome, Reach, Rules, Snapshot, WriteId};
pub use suspicion::Suspicion;
pub use urgency::Urgency;
