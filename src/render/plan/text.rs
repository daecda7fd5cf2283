//! A plan for people.

use std::fmt::Write;

use super::{Action, Planned, Setting, Summary, sorted};
use crate::api::Kind;
use crate::plan::facts::Key;
use crate::plan::step::{Difference, Released, Step};
use crate::plan::words::{cut, printable};
use crate::render::out::Paint;

/// So much of a value is shown; the rest is in the manifest.
const VALUE: usize = 2_000;
/// So many objects are named in one line.
const NAMED: usize = 10;

/// A plan for people. `all` shows the objects that stay as they are, too.
pub fn text(objects: &[Planned], all: bool, colours: bool) -> String {
    let paint = Paint(colours);
    let objects = sorted(objects);
    let mut out = String::new();
    for object in objects.iter().filter(|object| all || shown(object)) {
        one(&mut out, object, paint);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let summary = Summary::of(&objects.iter().map(|object| (*object).clone()).collect::<Vec<_>>());
    let _ = writeln!(out, "{}", paint.bold(&line(&summary)));
    needs(&mut out, &objects, paint);
    out
}

/// What should be known before a plan is read; nothing where it says everything.
pub fn opening(setting: &Setting, colours: bool) -> String {
    let paint = Paint(colours);
    let mut out = String::new();
    for sentence in setting.sentences() {
        let _ = writeln!(out, "{}", printable(&sentence));
    }
    for warning in &setting.warnings {
        let _ = writeln!(out, "{}: {}", paint.with("1;33", "warning"), printable(warning));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// What `--prune` would do about objects that no manifest declares any more; nothing where there are none.
pub fn orphans(objects: &[Planned], colours: bool) -> String {
    if objects.is_empty() {
        return String::new();
    }
    let paint = Paint(colours);
    let mut out =
        format!("\n{}\n", paint.bold("No manifest declares these any more. They stay; with --prune:"));
    for object in sorted(objects) {
        one(&mut out, object, paint);
    }
    out
}

/// The same in one line for whoever is about to act; none where everything is declared.
pub fn left(orphans: &[Key]) -> Option<String> {
    let objects: Vec<&Key> = orphans.iter().filter(|key| key.kind != Kind::Account).collect();
    let objects = (!objects.is_empty()).then(|| {
        let names = named(&objects);
        format!(
            "no manifest declares these any more, and they stay as they are (--prune deletes them): {names}"
        )
    });
    let said: Vec<String> = objects.into_iter().chain(left_accounts(orphans)).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// Accounts that no manifest declares any more; none where all of them are declared. Nobody prunes what objects still
/// need to be called.
pub fn left_accounts(orphans: &[Key]) -> Option<String> {
    let accounts: Vec<&Key> = orphans.iter().filter(|key| key.kind == Kind::Account).collect();
    (!accounts.is_empty()).then(|| {
        let names = named(&accounts);
        format!(
            "no manifest declares these any more, and they stay as long as objects refer to them: {names}"
        )
    })
}

fn named(keys: &[&Key]) -> String {
    let mut names: Vec<String> = keys.iter().take(NAMED).map(ToString::to_string).collect();
    if keys.len() > NAMED {
        names.push(format!("and {} more", keys.len() - NAMED));
    }
    names.join(", ")
}

/// What stays as it is has a line only where something should be known of it.
pub(super) fn shown(object: &Planned) -> bool {
    object.action() != Action::Unchanged || !object.plan.notes.is_empty() || !object.verified
}

fn one(out: &mut String, object: &Planned, paint: Paint) {
    let sign = object.sign();
    let head = format!("{sign} {}", object.key);
    let place = object.place.as_deref().map(|place| format!(" ({})", printable(place))).unwrap_or_default();
    let unverified = if object.verified { "" } else { ", unverified" };
    let _ = writeln!(out, "{}{place}: {}{unverified}", paint.with(colour(sign), &head), what(object));
    if speaks(object.action()) && !object.plan.message.is_empty() {
        let _ = writeln!(out, "    {}", printable(&object.plan.message));
    }
    for difference in &object.plan.differences {
        let _ = writeln!(out, "    {}", change(difference));
    }
    out.push_str(&costs(object, paint.0));
    decisions(out, object, paint);
}

/// What it costs, and what should be known.
pub fn costs(object: &Planned, colours: bool) -> String {
    let (paint, plan) = (Paint(colours), &object.plan);
    let mut out = String::new();
    for consequence in &plan.consequences {
        let _ = writeln!(out, "    {}: {}", paint.bold("costs"), printable(&consequence.to_string()));
    }
    for note in &plan.notes {
        let _ = writeln!(out, "    {}: {}", paint.bold("note"), printable(&note.to_string()));
    }
    out
}

fn decisions(out: &mut String, object: &Planned, paint: Paint) {
    let how = object.decisions();
    if how.is_empty() {
        return;
    }
    let choice = if how.len() == 1 { "to go on, add" } else { "to go on, add one of" };
    let _ = writeln!(out, "    {}:", paint.bold(choice));
    for line in how {
        let _ = writeln!(out, "      {}", printable(line));
    }
}

/// What happens, in the words of the first line.
pub(super) fn what(object: &Planned) -> String {
    let reason = object.plan.reason;
    match object.action() {
        Action::Create if object.existed => "create again".into(),
        Action::Create => "create".into(),
        Action::Change => "change".into(),
        Action::Delete => "delete".into(),
        Action::TakeOver => "take over what exists".into(),
        Action::Release => match (object.plan.heir(), &object.plan.step) {
            (Some(heir), _) => format!("hand over to {heir}"),
            (_, Step::Release(Released::Nothing | Released::Deleted)) => {
                "forget; nothing is left of it".into()
            }
            _ => "let go; it stays at the provider".into(),
        },
        Action::Later => format!("later, {} ({})", reason.page().title, reason.name()),
        Action::Blocked => format!("blocked, {} ({})", reason.page().title, reason.name()),
        Action::Conflict => match &object.plan.step {
            Step::Conflict { with: Some(with) } => format!("conflict with {with} ({})", reason.name()),
            _ => format!("conflict, {} ({})", reason.page().title, reason.name()),
        },
        Action::Unknown => format!("unknown, {} ({})", reason.page().title, reason.name()),
        Action::Unchanged => format!("no change, {} ({})", reason.page().title, reason.name()),
    }
}

/// Where the first line and the differences do not say it all.
pub(super) fn speaks(action: Action) -> bool {
    !matches!(action, Action::Create | Action::Change | Action::Delete | Action::Unchanged)
}

fn change(difference: &Difference) -> String {
    let quoted = |value: &str| format!("\"{}\"", cut(&printable(value), VALUE));
    let field = printable(&difference.field);
    match (&difference.from, &difference.to) {
        (None, None) => field,
        (None, Some(to)) => format!("{field}: {}", quoted(to)),
        (Some(from), None) => format!("{field}: {} -> (absent)", quoted(from)),
        (Some(from), Some(to)) => format!("{field}: {} -> {}", quoted(from), quoted(to)),
    }
}

fn colour(sign: char) -> &'static str {
    match sign {
        '+' => "32",
        '~' => "33",
        '-' => "31",
        '!' => "1;31",
        '?' => "36",
        _ => "",
    }
}

/// The line that says how much there is to do.
pub(super) fn line(summary: &Summary) -> String {
    let counts = [
        (summary.create, "to create"),
        (summary.change, "to change"),
        (summary.delete, "to delete"),
        (summary.take_over, "to take over"),
        (summary.release, "to let go"),
        (summary.later, "later"),
        (summary.blocked, "blocked"),
        (summary.conflict, "in conflict"),
        (summary.unknown, "unknown"),
    ];
    let mut parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if parts.is_empty() {
        parts.push("nothing to do".into());
    }
    if summary.unchanged > 0 {
        parts.push(format!("{} unchanged", summary.unchanged));
    }
    let unverified = match summary.unverified {
        0 => String::new(),
        count => format!(" ({count} unverified)"),
    };
    let same = if summary.only_takes_over() { "; no changes at the provider" } else { "" };
    format!("Plan: {}{unverified}{same}.", parts.join(", "))
}

fn needs(out: &mut String, objects: &[&Planned], paint: Paint) {
    let waiting: Vec<&&Planned> = objects.iter().filter(|object| object.needs_you()).collect();
    if waiting.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", paint.bold("What needs you:"));
    for object in waiting {
        let reason = object.plan.reason;
        let _ = writeln!(out, "  {}: {} ({})", object.key, reason.page().title, reason.name());
        // What is blocked has told its story above; what merely rests tells it here.
        if object.action() == Action::Unchanged && !object.plan.message.is_empty() {
            let _ = writeln!(out, "    {}", printable(&object.plan.message));
        }
        let _ = writeln!(out, "    {}: {}", paint.bold("to do"), reason.page().action);
    }
}
