//! Every rule of lint, broken once and nearly broken once, with the reason for each case.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may, like the tests themselves

mod account;
mod one_provider;
mod production;
mod qr_code;
mod registry;
mod robustness;
mod set;
mod severity;
mod table;
mod template;
mod variables;
