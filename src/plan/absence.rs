//! Lists that are too empty to be true: what is asked, and what a person answers (claims.md 9).

use std::fmt::Write as _;

use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};

use crate::api::{CONFIRM_ABSENCE_ANNOTATION, duration};

/// So many digits name a loss.
const DIGITS: usize = 8;
/// So many of what is missing are named.
const NAMED: usize = 5;

/// Why nothing counts as absent for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspicious {
    /// The same in one sentence, with what to do.
    pub why: String,
    /// The line on the account that says that it is true.
    pub line: String,
}

/// A list that lacks too much.
#[derive(Clone, Debug)]
pub struct Loss<'a> {
    /// What it is a list of: `codes`.
    pub of: &'static str,
    /// What it lacks.
    pub missing: Vec<&'a str>,
    /// How many were known before.
    pub known: usize,
    /// How long lists must agree to be believed by themselves.
    pub agree: SignedDuration,
}

/// Whether this can name a loss.
pub fn is_hash(said: &str) -> bool {
    said.len() == DIGITS && said.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

impl Loss<'_> {
    /// What names this very loss: one that a person confirmed says nothing about the next.
    pub fn hash(&self) -> String {
        let mut missing = self.missing.clone();
        missing.sort_unstable();
        let digest = Sha256::digest(missing.join("\n"));
        digest.iter().take(DIGITS / 2).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// Whether this is among the losses that a person confirms.
    pub fn is_confirmed(&self, said: &str) -> bool {
        let hash = self.hash();
        said.split([',', ' ']).any(|one| one.trim() == hash)
    }

    /// What is said of it.
    pub fn suspicious(&self) -> Suspicious {
        let named: Vec<&str> = self.missing.iter().copied().take(NAMED).collect();
        let more = if self.missing.len() > NAMED { ", …" } else { "" };
        let why = format!(
            "the provider's list lacks {} of {} {} at once, which is hardly true: {}{more}; nothing is made again until \
             lists agree for {}, or the line on the account says that they are gone",
            self.missing.len(),
            self.known,
            self.of,
            named.join(", "),
            duration::text(self.agree),
        );
        Suspicious { why, line: format!("{CONFIRM_ABSENCE_ANNOTATION}: \"{}\"", self.hash()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss<'a>(missing: &[&'a str]) -> Loss<'a> {
        Loss { of: "codes", missing: missing.to_vec(), known: 14, agree: SignedDuration::from_mins(10) }
    }

    #[test]
    fn claim_09_a_person_confirms_one_loss_and_no_other() {
        let one = loss(&["A", "B"]);
        let hash = one.hash();
        assert_eq!(loss(&["B", "A"]).hash(), hash, "in whatever order");
        assert!(is_hash(&hash) && !is_hash(&hash[1..]) && !is_hash("confirm!"), "{hash}");
        for (said, missing, want, reason) in [
            (hash.clone(), &["A", "B"][..], true, "this one"),
            (format!("00000000, {hash}"), &["A", "B"], true, "among others"),
            (hash.clone(), &["A", "B", "C"], false, "more are gone than anybody looked at"),
            (hash.clone(), &["A"], false, "fewer"),
            (hash[..4].to_owned(), &["A", "B"], false, "half of it"),
            (String::new(), &["A", "B"], false, "nothing"),
        ] {
            assert_eq!(loss(missing).is_confirmed(&said), want, "{reason}");
        }
    }

    #[test]
    fn claim_09_what_is_missing_is_named_and_how_to_confirm_it() {
        let all = ["A", "B", "C", "D", "E", "F"];
        let Suspicious { why, line } = loss(&all).suspicious();
        for words in ["lacks 6 of 14 codes", "A, B, C, D, E, …", "agree for 10m"] {
            assert!(why.contains(words), "{words}: {why}");
        }
        assert_eq!(line, format!("waops.dev/confirm-absence: \"{}\"", loss(&all).hash()));
    }
}
