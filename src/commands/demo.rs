//! `waops demo`

use std::process::ExitCode;

use clap::Args;

use super::manifests::block_on;
use crate::demo;
use crate::store::folder::Refused;

/// See what waops does, without an account and without a cluster: a story of a minute.
///
/// Both providers are simulated in the process, and the real engine talks to them over HTTP on the loopback. A temporary folder holds
/// manifests and state; nothing is left behind.
#[derive(Debug, Args)]
pub(super) struct Arguments {}

impl Arguments {
    pub(super) fn run(self) -> ExitCode {
        let Self {} = self;
        block_on(async { demo::run().await.map_err(Refused::Wrong) })
    }
}
