//! How the simulator behaves: each rule of the vendors, each switch both ways, each trap by its number.

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
