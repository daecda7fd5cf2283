//! What people and programs read.

pub mod decision;
pub mod files;
pub mod findings;
pub mod github;
pub mod imported;
mod lines;
pub mod manifest;
pub mod out;
pub mod outcome;
pub mod plan;
pub mod progress;
pub mod qr;
pub mod reference;
pub mod rules;
mod sarif;
pub mod state;
pub mod states;
pub mod status;
