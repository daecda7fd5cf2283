//! The pages of states, as rules have theirs.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::lines::wrap;
use crate::plan::reason::{Progress, Reason};

/// Where a page is broken into lines.
const WIDTH: usize = 96;

/// One state for a person.
pub fn page(reason: Reason) -> String {
    let page = reason.page();
    let mut out = format!("{} ({}): {}\n\n", page.name, ready(reason), page.title);
    let _ = writeln!(out, "{}\n", wrap(page.meaning, WIDTH));
    let _ = writeln!(out, "{}", wrap(&format!("To do: {}", page.action), WIDTH));
    out
}

/// One line for each state.
pub fn list() -> String {
    let width = Reason::ALL.iter().map(|reason| reason.name().len()).max().unwrap_or_default();
    Reason::ALL.iter().fold(String::new(), |mut out, reason| {
        let page = reason.page();
        let _ = writeln!(out, "{:width$}  {}", page.name, page.title);
        out
    })
}

/// One state for a program.
pub fn to_json(reason: Reason) -> Json {
    let page = reason.page();
    json!({
        "state": page.name,
        "progress": reason.progress(),
        "condition": reason.condition(),
        "title": page.title,
        "meaning": page.meaning,
        "action": page.action,
    })
}

/// What a state is to whoever waits.
fn ready(reason: Reason) -> &'static str {
    match reason.progress() {
        Progress::Ready => "ready",
        Progress::Reconciling => "gets there by itself",
        Progress::Stalled => "needs somebody",
        Progress::Held => "held still",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_what_it_means_and_what_to_do() {
        let text = page(Reason::ApprovalNeeded);
        for words in
            ["ApprovalNeeded (needs somebody): a change waits for your approval", "To do: If that is meant"]
        {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(list().lines().count(), Reason::ALL.len());
    }
}
