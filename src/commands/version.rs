//! `waops version`

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::api::{GROUP, MINIMUM_KUBERNETES, VERSION};
use crate::render::out;

/// Print the version of waops and of what it speaks.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    Text,
    Json,
}

impl Arguments {
    pub(super) fn run(self) -> Result<(), String> {
        let version = env!("CARGO_PKG_VERSION");
        match self.output {
            Output::Text => out::line(&format!(
                "waops {version}\nkinds {GROUP}/{VERSION}\nKubernetes {MINIMUM_KUBERNETES} or newer"
            )),
            Output::Json => out::json(&json!({
                "version": version,
                "apiVersions": [format!("{GROUP}/{VERSION}")],
                "minimumKubernetes": MINIMUM_KUBERNETES,
            })),
        }
    }
}
