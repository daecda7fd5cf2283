//! Logs, on standard error: standard output is for answers.

use std::io::stderr;

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::render::out;

/// How much is said, and in which form.
#[derive(Clone, Debug, Args)]
#[allow(clippy::struct_field_names, reason = "the names are those of the flags")]
pub struct Logs {
    /// How much to log: error, warn, info, debug, trace, or targets such as waops::provider_writes=info
    #[arg(long, global = true, env = "WAOPS_LOG_LEVEL", value_name = "LEVEL", default_value = "warn", value_parser = filter)]
    log_level: String,
    /// Form of the log: for people or for programs
    #[arg(long, global = true, env = "WAOPS_LOG_FORMAT", value_enum, default_value_t = Format::Text)]
    log_format: Format,
    /// Also log each span when it ends, with the time that it was busy and idle: turns, and with debug the requests in them
    #[arg(long, global = true, env = "WAOPS_LOG_SPANS")]
    log_spans: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Logs {
    /// Starts to log, for the rest of the process.
    pub fn start(&self) {
        let spans = if self.log_spans { FmtSpan::CLOSE } else { FmtSpan::NONE };
        let filter = EnvFilter::new(&self.log_level);
        let builder = fmt().with_env_filter(filter).with_span_events(spans).with_writer(stderr);
        // Only a second start fails, and the first one stays.
        let _ = match self.log_format {
            Format::Text => builder.with_ansi(out::colours_on(&stderr())).try_init(),
            Format::Json => builder.json().flatten_event(true).try_init(),
        };
    }
}

/// A filter is checked when the command line is read, not when the first line is logged.
fn filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}
