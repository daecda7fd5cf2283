//! Standard output, which may be a pipe that somebody closed.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

use serde::Serialize;

/// How wide a terminal is that does not say so.
const USUAL: usize = 80;

/// Writes bytes. A reader that went away (`waops crds | head`) is no error.
pub fn write(bytes: &[u8]) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("cannot write the output: {error}"))
        }
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

/// Writes a file, and the folders above it.
pub fn file(path: &Path, content: impl AsRef<[u8]>) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, content))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Whether standard output wants colours.
pub fn colours() -> bool {
    colours_on(&std::io::stdout())
}

/// Whether a stream wants colours: a terminal does, unless the user says otherwise (`NO_COLOR`, `CLICOLOR_FORCE`).
pub fn colours_on(stream: &impl IsTerminal) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    set("CLICOLOR_FORCE") || (!set("NO_COLOR") && stream.is_terminal())
}

/// How many characters a line may have: those of the terminal, or what `COLUMNS` says. A pipe wants lines whole.
pub fn width() -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let seen = || terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    said.or_else(seen)
}

/// How many characters a row of standard error has, for what is drawn over itself there. Once that wraps it cannot be
/// erased, so `COLUMNS` has no say.
pub fn row() -> usize {
    terminal_size::terminal_size_of(std::io::stderr()).map_or(USUAL, |(width, _)| usize::from(width.0))
}

/// The same of standard output.
pub fn row_of_output() -> usize {
    terminal_size::terminal_size_of(std::io::stdout()).map_or(USUAL, |(width, _)| usize::from(width.0))
}

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub struct Paint(pub bool);

impl Paint {
    /// A text in a colour, by its ANSI code; none where that is empty.
    pub fn with(self, code: &str, text: &str) -> String {
        if self.0 && !code.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A text that stands out.
    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }
}
