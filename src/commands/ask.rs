//! Questions before what cannot be taken back.

use std::io::{IsTerminal, Write};

/// Asks a person, unless `yes` answers beforehand; an error where nobody can answer or the answer is no.
pub(super) fn confirm(what: &str, question: &str, yes: bool) -> Result<(), String> {
    eprintln!("{what}");
    if yes {
        return Ok(());
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err("nobody is there to answer; say --yes if that is meant".to_owned());
    }
    eprint!("{question} [y/N] ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    stdin.read_line(&mut answer).map_err(|error| format!("cannot read the answer: {error}"))?;
    if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        Ok(())
    } else {
        Err("nothing was changed".to_owned())
    }
}
