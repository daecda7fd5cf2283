//! From what a provider has to manifests, for `waops import` and `waops convert`.
//!
//! ```text
//! provider ─list, read─▶ Said, Code ─draft─▶ spec, remarks ─render::manifest─▶ YAML ─folder─▶ one file an object
//!                                      └─▶ or why a manifest cannot say it
//! ```
//!
//! - [`names`]: names of objects that stay, whatever else there is.
//! - [`draft`]: what a manifest says of one object. It is checked by the very code that plans: what passes is taken over without
//!   a call, and what does not is left out.
//! - [`known`]: what the folder declares and the state holds already.
//! - [`folder`]: files that are whole or not there, and never somebody else's.
//! - [`report`]: what is asked for and what it came to.
//! - [`survey`]: the account, read within its quota. Here alone somebody is called.

pub mod draft;
pub mod folder;
pub mod known;
pub mod names;
pub mod report;
pub mod survey;
