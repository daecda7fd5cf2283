//! How the simulator behaves: each rule of the vendors, each switch both ways, each trap by its number.

// Helpers of tests are tests too, and tables of literals read best plain.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    clippy::type_complexity,
    clippy::format_collect,
    clippy::similar_names
)]

mod alibaba_auth;
mod alibaba_qr_codes;
mod alibaba_templates;
mod faults;
mod meta_auth;
mod meta_qr_codes;
mod meta_templates;
mod properties;
mod support;
mod traps;
