//! Questions before what cannot be taken back.

use std::io::{IsTerminal, Write};

/// Says what is about to be done and asks a person, unless `yes` answers beforehand; an error where nobody can answer
/// or the answer is no.
pub(super) fn confirm(what: &str, question: &str, yes: bool) -> Result<(), String> {
    eprintln!("{what}");
    if yes { Ok(()) } else { ask(question, "--yes") }
}

/// Asks a person; an error where nobody can answer or the answer is no. `flag` is what answers beforehand.
pub(super) fn ask(question: &str, flag: &str) -> Result<(), String> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(format!("nobody is there to answer; say {flag} if that is meant"));
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
