//! A plan as a comment on a pull request: what it costs first, then what needs a decision with the lines to copy, then
//! everything, folded.
//!
//! | part | when there is too little room |
//! |---|---|
//! | summary, warnings | stays |
//! | what cannot be undone, lines that decide | stays; what does not even fit alone is counted at the top, and [`Page::lost`] says so |
//! | table | cut after the most important rows, with the count of the others |
//! | differences of each object | cut, with the count |
//! | what no manifest declares | cut, with the count |

mod escape;

use std::collections::BTreeSet;
use std::fmt::Write;

use super::text::{line, what};
use super::{Action, Planned, Setting, Summary};
use crate::plan::facts::Key;
use crate::plan::step::{Consequence, Difference};
use crate::plan::words::{cut, printable};
use escape::{block, code, prose};

/// What GitHub takes, a little less.
pub const GITHUB: usize = 65_000;
/// What GitLab takes, a little less.
pub const GITLAB: usize = 990_000;
/// The smallest comment that says anything.
pub const LEAST: usize = 4_000;
/// So much of a value is shown; the rest is in the manifest.
const VALUE: usize = 2_000;
/// So much of the differences of one object.
const OBJECT: usize = 12_000;
/// So many warnings are shown, and so much of each.
const WARNINGS: (usize, usize) = (10, 400);
/// What the sentences take that say how much was cut.
const SPARE: usize = 900;

/// What a comment is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment<'a> {
    /// Tells it from other comments of waops on the same pull request.
    pub id: &'a str,
    /// So many bytes at most, which no platform counts as more characters.
    pub limit: usize,
}

/// A finished comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The comment.
    pub text: String,
    /// How many objects that cost something, or wait for somebody, did not fit even alone.
    pub lost: usize,
}

/// The line by which a later run finds the comment of an earlier one. Only at the very start of a comment does it count.
pub fn marker(id: &str) -> String {
    format!("<!-- waops:plan:{id} -->")
}

/// The comment for a plan.
pub fn markdown(objects: &[Planned], orphans: &[Planned], setting: &Setting, comment: &Comment<'_>) -> Page {
    let mut shown: Vec<&Planned> = objects.iter().filter(|object| super::text::shown(object)).collect();
    shown.sort_by(|one, other| (rank(one), &one.key).cmp(&(rank(other), &other.key)));
    let mut room = Room(comment.limit.max(LEAST).saturating_sub(SPARE));
    let head = head(objects, setting, comment.id, room.0 / 2);
    room.take(&head);
    let grave: Vec<&Planned> = shown.iter().copied().filter(|object| is_grave(object)).collect();
    let costs = costs(&grave, &mut room);
    let deciding: Vec<&Planned> =
        shown.iter().copied().filter(|object| !object.decisions().is_empty()).collect();
    let decisions = decisions(&deciding, setting, &mut room);
    // What costs something and waits for a decision is one object.
    let lost = costs.cut.iter().map(|at| &grave[*at].key);
    let lost: BTreeSet<&Key> = lost.chain(decisions.cut.iter().map(|at| &deciding[*at].key)).collect();
    let lost = lost.len();
    let mut text = head;
    if lost > 0 {
        let _ = writeln!(
            text,
            "> 🛑 **{lost} changes that cost something, or that wait for a decision, do not fit into this comment. Do not \
             merge on the strength of it: split the change, or read the whole plan with `waops plan`.**\n"
        );
    }
    costs.write(&mut text, "#### What it costs\n\n", "");
    decisions.write(&mut text, "#### What you decide\n\n", "");
    // Half of what is left tells that there is a change, the other half what it is.
    let mut half = Room(if fits(&shown, room.0) { room.0 } else { room.0 / 2 });
    let before = half.0;
    let table = Parts::fill(shown.iter().map(|object| row(object)), &mut half);
    room.0 -= before - half.0;
    let details = Parts::fill(shown.iter().filter_map(|object| details(object)), &mut room);
    let orphans = Parts::fill(super::sorted(orphans).into_iter().map(orphan), &mut room);
    table.write(&mut text, TABLE, "objects");
    details.write(&mut text, "", "objects with differences");
    orphans.write(
        &mut text,
        "#### No manifest declares these any more\n\nThey stay; with `--prune`:\n\n",
        "objects",
    );
    Page { text, lost }
}

/// The comment where there is no plan, in place of one that is not true any more.
pub fn failure(id: &str, why: &str) -> String {
    format!("{}\n{}\n\n{}\n", marker(id), title(id), prose(&cut(why, VALUE)))
}

const TABLE: &str = "| | object | what happens | what it costs |\n|---|---|---|---|\n";

/// Whether all rows and all differences fit.
fn fits(shown: &[&Planned], room: usize) -> bool {
    let all = shown.iter().map(|object| row(object).len() + details(object).map_or(0, |text| text.len()));
    all.sum::<usize>() + TABLE.len() <= room
}

fn title(id: &str) -> String {
    if id == "default" { "### waops plan".to_owned() } else { format!("### waops plan: {}", code(id)) }
}

fn head(objects: &[Planned], setting: &Setting, id: &str, most: usize) -> String {
    let mut out = format!("{}\n{}\n\n", marker(id), title(id));
    let summary = Summary::of(objects);
    let said = line(&summary);
    let _ = writeln!(out, "**{}**\n", prose(said.trim_start_matches("Plan: ")));
    for sentence in setting.sentences() {
        let _ = writeln!(out, "{}\n", prose(&cut(&sentence, WARNINGS.1)));
    }
    let warnings = setting.warnings.iter().take(WARNINGS.0);
    let warnings = warnings.map(|warning| format!("> ⚠️ {}\n\n", prose(&cut(warning, WARNINGS.1))));
    // What stands in code takes several times the room of what it says, and the plan needs some, too.
    let shown = Parts::fill(warnings, &mut Room(most.saturating_sub(out.len())));
    shown.texts.iter().for_each(|warning| out.push_str(warning));
    let more = setting.warnings.len() - shown.texts.len();
    if more > 0 {
        let _ = writeln!(out, "> ⚠️ and {more} more warnings\n");
    }
    out
}

/// What cannot be undone by another commit.
fn is_grave(object: &Planned) -> bool {
    object.action() == Action::Delete
        || object.plan.consequences.iter().any(|consequence| {
            !matches!(consequence, Consequence::SpendsApproval(_) | Consequence::ProviderForbids(_))
        })
}

/// Those first that nobody may overlook.
fn rank(object: &Planned) -> u8 {
    match object.action() {
        _ if is_grave(object) => 0,
        Action::Blocked | Action::Conflict => 1,
        _ if object.needs_you() => 2,
        Action::Unknown => 3,
        _ => 4,
    }
}

fn costs(grave: &[&Planned], room: &mut Room) -> Parts {
    let long = |object: &Planned| {
        let costs: Vec<String> = object
            .plan
            .consequences
            .iter()
            .map(|cost| format!("<b>{}</b>", prose(&cost.to_string())))
            .collect();
        let costs = if costs.is_empty() { String::new() } else { format!(": {}", costs.join("; ")) };
        let (key, what) = (code(&object.key.to_string()), prose(&what(object)));
        format!("- {key} ({what}){costs}\n")
    };
    let short = |object: &Planned| {
        let costs: Vec<String> = object
            .plan
            .consequences
            .iter()
            .map(|cost| match cost {
                Consequence::KillsPrintedCode(code) => format!("kills {code}"),
                other => other.name().to_owned(),
            })
            .collect();
        format!("- {}: {}\n", code(&object.key.to_string()), prose(&costs.join(", ")))
    };
    let all: Vec<String> = grave.iter().map(|object| long(object)).collect();
    // Lines that decide need their room, too.
    if all.iter().map(String::len).sum::<usize>() <= room.0 / 2 {
        return Parts::fill(all.into_iter(), room);
    }
    Parts::fill(grave.iter().map(|object| short(object)), room)
}

fn decisions(deciding: &[&Planned], setting: &Setting, room: &mut Room) -> Parts {
    let one = |object: &&Planned| {
        let lines: Vec<String> = object.decisions().iter().map(|line| printable(line)).collect();
        let place = object.place.as_deref().map(|place| format!(" in {}", code(place))).unwrap_or_default();
        let choice = if lines.len() == 1 { "add this line" } else { "add one of these lines" };
        let source = if setting.rendered.contains(&object.key) {
            " to what that file is rendered from, since Git ignores it"
        } else {
            ""
        };
        let key = code(&object.key.to_string());
        format!("{key}{place}: to go on, {choice}{source}\n\n{}\n", block("yaml", &lines))
    };
    Parts::fill(deciding.iter().map(one), room)
}

fn row(object: &Planned) -> String {
    let costs: Vec<String> =
        object.plan.consequences.iter().map(|cost| prose(&cut(&cost.to_string(), VALUE))).collect();
    let unverified = if object.verified { "" } else { ", unverified" };
    format!(
        "| {} | {} | {}{unverified} | {} |\n",
        match object.sign() {
            ' ' => String::new(),
            sign => code(&sign.to_string()),
        },
        code(&object.key.to_string()),
        prose(&what(object)),
        costs.join("<br>")
    )
}

/// What differs, folded; none where the table says it all.
fn details(object: &Planned) -> Option<String> {
    let plan = &object.plan;
    let message = super::text::speaks(object.action()) && !plan.message.is_empty();
    if plan.differences.is_empty() && plan.notes.is_empty() && !message && !object.needs_you() {
        return None;
    }
    let mut out = format!("<details><summary>{}</summary>\n\n", code(&object.key.to_string()));
    if let Some(place) = &object.place {
        let _ = writeln!(out, "{}\n", code(place));
    }
    if message || object.needs_you() {
        let _ = writeln!(out, "Why: {}\n", prose(&cut(&plan.message, VALUE)));
    }
    if object.needs_you() {
        let _ = writeln!(out, "To do: {}\n", prose(plan.reason.page().action));
    }
    for note in &plan.notes {
        let _ = writeln!(out, "Note: {}\n", prose(&cut(&note.to_string(), VALUE)));
    }
    if !plan.differences.is_empty() {
        let mut room = Room(OBJECT);
        let lines = Parts::fill(plan.differences.iter().map(|it| difference(it).join("\n")), &mut room);
        let _ = writeln!(out, "{}", block("diff", &lines.texts));
        if !lines.cut.is_empty() {
            let _ = writeln!(out, "… and {} more fields, cut for want of room.\n", lines.cut.len());
        }
    }
    out.push_str("</details>\n\n");
    Some(out)
}

/// A field that changes, in the lines that platforms colour.
fn difference(difference: &Difference) -> Vec<String> {
    let Difference { field, from, to } = difference;
    let side = |sign: char, value: &Option<String>| {
        let value = value.as_deref().map(|value| cut(value, VALUE)).unwrap_or_default();
        let lines: Vec<String> = value.lines().map(|line| format!("{sign} {}", printable(line))).collect();
        lines
    };
    let mut lines = vec![format!("  {}", printable(field))];
    lines.extend(side('-', from));
    lines.extend(side('+', to));
    lines
}

fn orphan(object: &Planned) -> String {
    format!("- {}: {}\n", code(&object.key.to_string()), prose(&what(object)))
}

/// How many bytes are left.
struct Room(usize);

impl Room {
    fn take(&mut self, text: &str) -> bool {
        let Some(left) = self.0.checked_sub(text.len()) else { return false };
        self.0 = left;
        true
    }
}

/// Texts that fit, and which others there were.
struct Parts {
    texts: Vec<String>,
    cut: Vec<usize>,
}

impl Parts {
    /// Those that fit, the first ones first.
    fn fill(texts: impl Iterator<Item = String>, room: &mut Room) -> Self {
        let mut parts = Self { texts: Vec::new(), cut: Vec::new() };
        for (at, text) in texts.enumerate() {
            if room.take(&text) {
                parts.texts.push(text);
            } else {
                parts.cut.push(at);
            }
        }
        parts
    }

    fn write(&self, out: &mut String, title: &str, things: &str) {
        if self.texts.is_empty() && self.cut.is_empty() {
            return;
        }
        out.push_str(title);
        self.texts.iter().for_each(|text| out.push_str(text));
        if !self.cut.is_empty() && !things.is_empty() {
            let _ = write!(out, "\n… and {} more {things}, cut for want of room.\n", self.cut.len());
        }
        out.push('\n');
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
