//! GitHub's workflow commands: lines of a log that it shows beside the lines of a pull request.

use std::fmt::Write;
use std::path::{MAIN_SEPARATOR, Path};

use super::files::from_top;

/// How an annotation is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// In red.
    Error,
    /// In yellow.
    Warning,
    /// In grey.
    Notice,
}

impl Level {
    fn command(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// Where something stands: the file as its user named it, and line and column where they are known.
pub type Spot<'a> = (&'a str, Option<(u32, Option<u32>)>);

/// Writes one annotation; `here` is the folder we run in.
pub fn annotate(
    out: &mut String,
    here: &Path,
    level: Level,
    spot: Option<Spot<'_>>,
    title: &str,
    message: &str,
) {
    let mut properties = Vec::new();
    if let Some((file, line)) = spot {
        // By any other name GitHub shows it beside no line.
        let file = from_top(Path::new(file), here).to_string_lossy().replace(MAIN_SEPARATOR, "/");
        properties.push(format!("file={}", property(&file)));
        if let Some((line, column)) = line {
            properties.push(format!("line={line}"));
            properties.extend(column.map(|column| format!("col={column}")));
        }
    }
    properties.push(format!("title={}", property(title)));
    let _ = writeln!(out, "::{} {}::{}", level.command(), properties.join(","), data(message));
}

/// What GitHub would take for the end of a command's data is escaped, so no text can forge a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_forge_a_command() {
        let mut out = String::new();
        let spot = Some(("a,line=9::b\n::error::c.yaml", Some((3, None))));
        let here = Path::new("/repo");
        annotate(&mut out, here, Level::Warning, spot, "x::y", "100 %\r\n::set-output name=a::b");
        assert_eq!(
            out,
            "::warning file=a%2Cline=9%3A%3Ab%0A%3A%3Aerror%3A%3Ac.yaml,line=3,title=x%3A%3Ay::100 %25%0D%0A::set-output \
             name=a::b\n"
        );
    }
}
