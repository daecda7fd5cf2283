//! Consequences, notes and differences in words that a marketer understands. Plans and conditions share them.

use std::fmt;

use jiff::Timestamp;
use jiff::fmt::strtime;

use super::step::{Consequence, Difference, Note};

/// So much of a value is shown where many stand together.
const VALUE: usize = 200;

impl fmt::Display for Consequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KillsPrintedCode(code) => {
                write!(f, "kills the printed code {code}: whatever carries it stops working")
            }
            Self::ReentersReview => {
                f.write_str("re-enters review: it cannot be sent until it is approved again")
            }
            Self::SpendsEdit { used, of } => write!(f, "uses edit {used} of {of}"),
            Self::LocksName { until } => write!(f, "the name is locked until {}", date(*until)),
            Self::ProviderForbids(why) => write!(f, "the provider cannot do this: {why}"),
            Self::LeavesBehind(what) => {
                write!(f, "{what} stays at the provider, and nobody here looks after it any more")
            }
            Self::SpendsApproval(line) => write!(f, "uses up the approval {line}"),
        }
    }
}

impl Consequence {
    /// The word for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::KillsPrintedCode(_) => "KillsPrintedCode",
            Self::ReentersReview => "ReentersReview",
            Self::SpendsEdit { .. } => "SpendsEdit",
            Self::LocksName { .. } => "LocksName",
            Self::ProviderForbids(_) => "ProviderForbids",
            Self::LeavesBehind(_) => "LeavesBehind",
            Self::SpendsApproval(_) => "SpendsApproval",
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drifted => f.write_str("somebody else changed it at the provider"),
            Self::StaleApproval(line) => write!(
                f,
                "`approve: {line}` approves nothing that is about to happen: it was used, or is for other content"
            ),
            Self::LateCode(code) => write!(
                f,
                "code {code} turned up late and may come from a create that was given up; waops leaves it alone: \
                 take it over with `adopt`, or delete it at the provider"
            ),
            Self::LateTemplate(id) => write!(
                f,
                "template {id} turned up late and may come from a create that was given up; `adoption` decides whose \
                 it is"
            ),
            Self::OtherCategory { asked, theirs } => {
                write!(f, "the provider holds it as {theirs}, not as {asked}, which may change its price")
            }
            Self::NotByEdit(fields) => {
                write!(f, "the provider takes no change of {} once the template exists", fields.join(", "))
            }
            Self::Unshown => {
                f.write_str("what was changed is nothing that the provider shows, such as a sample")
            }
            Self::Replaced(what) => write!(f, "replaces {what}"),
            Self::HandsOver(heir) => {
                write!(f, "{heir} takes over what it has: nothing stops working")
            }
            Self::First(what) => write!(f, "first, {what}"),
            Self::TakenOverIfThere => f.write_str(
                "nobody looked whether it is there already: if it is, and as written, it is taken over and nothing is made",
            ),
            Self::BranchChanges(edits) => write!(f, "the branch changes {}", edited(edits)),
        }
    }
}

impl Note {
    /// The word for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Drifted => "Drifted",
            Self::StaleApproval(_) => "StaleApproval",
            Self::LateCode(_) => "LateCode",
            Self::LateTemplate(_) => "LateTemplate",
            Self::OtherCategory { .. } => "OtherCategory",
            Self::NotByEdit(_) => "NotByEdit",
            Self::Unshown => "Unshown",
            Self::Replaced(_) => "Replaced",
            Self::HandsOver(_) => "HandsOver",
            Self::First(_) => "First",
            Self::TakenOverIfThere => "TakenOverIfThere",
            Self::BranchChanges(_) => "BranchChanges",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (None, None) => f.write_str(&self.field),
            (Some(from), None) => write!(f, "{} is {} there, and is to be absent", self.field, quoted(from)),
            (None, Some(to)) => write!(f, "{} is absent there, and is to be {}", self.field, quoted(to)),
            (Some(from), Some(to)) => {
                write!(f, "{} is {} there, and is to be {}", self.field, quoted(from), quoted(to))
            }
        }
    }
}

/// Fields of a manifest as they were and as they are.
pub fn edited(edits: &[Difference]) -> String {
    let shown = |value: &String| cut(&printable(value), VALUE);
    let one = |Difference { field, from, to }: &Difference| match (from.as_ref(), to.as_ref()) {
        (None, None) => field.clone(),
        (None, Some(to)) => format!("{field}: {}", shown(to)),
        (Some(from), None) => format!("{field}: {} -> (absent)", shown(from)),
        (Some(from), Some(to)) => format!("{field}: {} -> {}", shown(from), shown(to)),
    };
    edits.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What an object says whose account, given as namespace/name, is not known; `seen` says whether one would be.
pub(super) fn no_account(account: &str, seen: bool) -> String {
    if seen {
        return format!("there is no WhatsAppAccount {account}; create it, or correct accountRef");
    }
    let namespace = account.split_once('/').map_or(account, |(namespace, _)| namespace);
    format!(
        "this operator does not look after namespace {namespace}, where the WhatsAppAccount {account} would be; add \
         the namespace to watchNamespaces (--namespace), or correct accountRef"
    )
}

/// A day for people: times of day differ by where they read it.
pub(super) fn date(at: Timestamp) -> String {
    strtime::format("%-d %B %Y", at).unwrap_or_else(|_| at.to_string())
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", cut(&printable(value), VALUE))
}

/// A text that can neither move a cursor, nor turn a line round, nor hide anything: what others wrote is shown, never
/// obeyed.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            character if is_unseen(character, before) => out.extend(character.escape_unicode()),
            character => out.push(character),
        }
        before = character;
    }
    out
}

/// Whether a reader would not see this character, or would see its neighbours in another order (Unicode TR 9 and 36).
/// What holds a picture of several parts together is seen in that picture.
fn is_unseen(character: char, before: char) -> bool {
    let is_picture = |c: char| c >= '\u{2190}' && !c.is_alphanumeric();
    match character {
        '\u{200d}' | '\u{fe0f}' => !is_picture(before) || before == character,
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0e}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => true,
        other => other.is_control(),
    }
}

/// Stands where something is left out.
pub const LEFT_OUT: &str = "…";

/// At most so many bytes of a text, whole characters, with a sign where something is left out.
pub fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let room = most.saturating_sub(LEFT_OUT.len());
    let kept = text.char_indices().take_while(|(at, character)| at + character.len_utf8() <= room);
    kept.map(|(_, character)| character).chain(LEFT_OUT.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consequences_are_words_that_a_marketer_understands() {
        let until = "2026-05-12T23:30:00Z".parse().unwrap();
        for (consequence, want) in [
            (
                Consequence::KillsPrintedCode("D9II3ABC".into()),
                "kills the printed code D9II3ABC: whatever carries it stops working",
            ),
            (Consequence::SpendsEdit { used: 3, of: 10 }, "uses edit 3 of 10"),
            (Consequence::LocksName { until }, "the name is locked until 12 May 2026"),
            (
                Consequence::LeavesBehind("code D9II3ABC".into()),
                "code D9II3ABC stays at the provider, and nobody here looks after it any more",
            ),
        ] {
            assert_eq!(consequence.to_string(), want);
        }
    }

    #[test]
    fn texts_of_others_are_shown_and_never_obeyed() {
        for (text, want, reason) in [
            ("Grüße 👋", "Grüße 👋", "what people write stays"),
            ("a\nb", "a\\nb", "one line stays one line"),
            ("\x1b[2Jgone", "\\u{1b}[2Jgone", "no escape sequence"),
            ("a\u{202e}b", "a\\u{202e}b", "nothing runs backwards"),
            ("\u{9b}31m", "\\u{9b}31m", "not even the one-character kind"),
            ("pay\u{200b}pal", "pay\\u{200b}pal", "nothing without a width"),
            ("a\u{200d}b", "a\\u{200d}b", "nor a joiner that joins nothing"),
            ("👩\u{200d}🚀 ❤\u{fe0f}", "👩\u{200d}🚀 ❤\u{fe0f}", "pictures stay whole"),
            ("a\u{e0041}", "a\\u{e0041}", "no letters that only programs read"),
        ] {
            assert_eq!(printable(text), want, "{reason}");
        }
    }

    #[test]
    fn a_cut_leaves_whole_characters() {
        for (text, most, want, reason) in [
            ("short", 5, "short", "it fits"),
            ("shorter", 6, "sho…", "the sign counts"),
            ("ääää", 6, "ä…", "never half a character"),
        ] {
            assert_eq!(cut(text, most), want, "{reason}");
        }
    }
}
