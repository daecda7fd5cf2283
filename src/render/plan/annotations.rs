//! A plan as annotations, which GitHub shows beside the lines of a pull request.

use std::path::Path;

use super::text::{line, what};
use super::{Action, Planned, Setting, Summary, sorted};
use crate::plan::words::printable;
use crate::render::github::{self, Level};

/// A plan as GitHub's workflow commands: an error where somebody must decide, a warning where it costs something or
/// nobody knows, a notice for what else happens or should be known. The worst come first, since GitHub shows ten of
/// each. `here` is the folder we run in.
pub fn annotations(objects: &[Planned], setting: &Setting, here: &Path) -> String {
    let mut out = String::new();
    for warning in &setting.warnings {
        github::annotate(&mut out, here, Level::Warning, None, "waops plan", &printable(warning));
    }
    let mut noted: Vec<(Level, &Planned)> =
        sorted(objects).into_iter().filter_map(|object| Some((level(object)?, object))).collect();
    noted.sort_by_key(|(level, _)| *level as u8);
    for (level, object) in noted {
        let spot = object.place.as_deref().map(spot);
        github::annotate(&mut out, here, level, spot, &object.key.to_string(), &said(object));
    }
    out.push_str(&line(&Summary::of(objects)));
    out.push('\n');
    out
}

fn level(object: &Planned) -> Option<Level> {
    match object.action() {
        Action::Blocked | Action::Conflict => Some(Level::Error),
        _ if object.needs_you() => Some(Level::Error),
        Action::Unknown | Action::Delete => Some(Level::Warning),
        _ if !object.plan.consequences.is_empty() => Some(Level::Warning),
        Action::Unchanged if object.plan.notes.is_empty() => None,
        _ => Some(Level::Notice),
    }
}

fn said(object: &Planned) -> String {
    let plan = &object.plan;
    let mut lines = vec![what(object)];
    if super::text::speaks(object.action()) || object.needs_you() {
        lines.push(plan.message.clone());
    }
    lines.extend(plan.consequences.iter().map(ToString::to_string));
    lines.extend(plan.differences.iter().map(ToString::to_string));
    lines.extend(plan.notes.iter().map(ToString::to_string));
    lines.extend(object.decisions().iter().map(|line| format!("to go on, add: {line}")));
    let lines: Vec<String> =
        lines.iter().filter(|line| !line.is_empty()).map(|line| printable(line)).collect();
    lines.join("\n")
}

/// File, line and column of `menu.yaml:3:1`.
fn spot(place: &str) -> github::Spot<'_> {
    let number = |text: &str| text.parse::<u32>().ok();
    let last = place.rsplit_once(':').and_then(|(rest, last)| Some((rest, number(last)?)));
    let Some((rest, last)) = last else { return (place, None) };
    match rest.rsplit_once(':').and_then(|(file, line)| Some((file, number(line)?))) {
        Some((file, line)) => (file, Some((line, Some(last)))),
        None => (rest, Some((last, None))),
    }
}
