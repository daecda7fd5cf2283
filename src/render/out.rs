//! Standard output, which may be a pipe that somebody closed.

use std::io::{ErrorKind, Write};

use serde::Serialize;

/// Writes bytes. A reader that went away (`waops crds | head`) is no error.
pub fn write(bytes: &[u8]) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("cannot write the output: {error}")),
        _ => Ok(()),
    }
}

/// Writes a text and ends its line.
pub fn line(text: &str) -> Result<(), String> {
    write(format!("{text}\n").as_bytes())
}

/// Writes a value as JSON for programs.
pub fn json<T: Serialize>(value: &T) -> Result<(), String> {
    line(&serde_json::to_string_pretty(value).map_err(|error| error.to_string())?)
}
