//! What waits for a decision, and the lines that decide, for `waops approve`.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::out::Paint;
use super::plan;
use crate::api::{self, GROUP, VERSION};
use crate::local::approve::Waiting;
use crate::plan::decision::Decision;
use crate::plan::facts::Key;
use crate::plan::words::printable;

/// What waits, and what deciding costs.
pub fn opening(waiting: &Waiting, colours: bool) -> String {
    let paint = Paint(colours);
    let mut out = String::new();
    for warning in &waiting.warnings {
        let _ = writeln!(out, "{}: {}", paint.with("1;33", "warning"), printable(warning));
    }
    let page = waiting.reason.page();
    let head = format!("{}: {} ({})", waiting.key, page.title, page.name);
    let _ = writeln!(out, "{}\n    {}", paint.bold(&head), printable(&waiting.message));
    if let Some(differs) = &waiting.differs {
        let _ = writeln!(out, "    {}", printable(differs));
    }
    if let Some(planned) = &waiting.planned {
        out.push_str(&plan::costs(planned, colours));
    }
    out
}

/// The lines that decide, and where each goes.
pub fn choices(waiting: &Waiting, colours: bool) -> String {
    let paint = Paint(colours);
    let mut out = String::new();
    let several = waiting.decisions.len() > 1;
    let all = if several { "Each of these lines decides" } else { "This line decides" };
    let how = if waiting.is_in_cluster() {
        "commit it, or have it written with --set"
    } else {
        "add it to the manifest"
    };
    let _ = writeln!(out, "{}", paint.bold(&format!("{all}; {how}:")));
    for (number, decision) in waiting.decisions.iter().enumerate() {
        let number = if several { format!("{}. ", number + 1) } else { String::new() };
        let _ = writeln!(out, "  {number}{}", printable(&decision.line));
        let place = waiting.spot(decision).map(|spot| format!(", {spot}")).unwrap_or_default();
        let indent = number.len() + 2;
        let _ =
            writeln!(out, "{:indent$}in {} of {}{place}", "", decision.within(), waiting.target(decision));
    }
    out
}

/// A decision as a patch: what kustomize takes, and `kubectl patch --patch-file`. Its namespace keeps kubectl from an object
/// of the same name elsewhere. Manifests of a kustomization may have another one or none, so there it needs a target.
pub fn patch(target: &Key, decision: &Decision) -> String {
    let mut manifest = json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": target.kind.name(),
        "metadata": {"name": target.name, "namespace": target.namespace},
    });
    merge(&mut manifest, decision.patch());
    let (kind, name) = (target.kind.name(), printable(&target.name));
    let entry = format!("{{path: approve.yaml, target: {{kind: {kind}, name: \"{name}\"}}}}");
    format!("# in a kustomization, under patches: {entry}\n{}", api::yaml(&manifest))
}

/// Adds the fields of one object to another.
fn merge(into: &mut Json, from: Json) {
    match (into, from) {
        (Json::Object(into), Json::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Json::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// The line that is meant: the only one, or the one with this number.
pub fn choose(waiting: &Waiting, choice: Option<usize>) -> Result<&Decision, String> {
    let all = &waiting.decisions;
    let chosen = match choice {
        Some(number) => number.checked_sub(1).and_then(|at| all.get(at)),
        None => all.first().filter(|_| all.len() == 1),
    };
    chosen.ok_or_else(|| {
        let lines =
            all.iter().enumerate().map(|(at, line)| format!("\n  {}. {}", at + 1, printable(&line.line)));
        format!("say with --choice which line is meant:{}", lines.collect::<String>())
    })
}
