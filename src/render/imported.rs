//! What an import does and came to, for people and programs.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _, stderr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::files::quoted;
use super::out::{self, Paint};
use super::progress::{REMIND, bar, cut, remaining, rounded};
use crate::api::Kind;
use crate::import::report::{News, Report};
use crate::local::workspace::Options;
use crate::plan::words::printable;
use crate::store::file::beside;
use crate::store::folder;

/// A list that is younger has just begun.
const BEGINNING: Duration = Duration::from_millis(500);
/// So many objects of one sort are told by name; `--output json` has them all.
const MANY: usize = 20;

/// Tells people how far an import is, on standard error.
#[derive(Debug)]
pub struct Telling {
    is_terminal: bool,
    /// When something that is told again and again was told last.
    told: Option<Duration>,
}

impl Telling {
    /// Nothing is told yet.
    pub fn new() -> Self {
        Self { is_terminal: stderr().is_terminal(), told: None }
    }

    /// Tells.
    pub fn tell(&mut self, news: News<'_>) {
        let mut err = stderr().lock();
        let clear = if self.is_terminal { "\r\x1b[K" } else { "" };
        let _ = match passing(news) {
            None => {
                self.told = None;
                writeln!(err, "{clear}{}", line(news))
            }
            Some(elapsed) if self.is_terminal => {
                self.told = Some(elapsed);
                write!(err, "{clear}{}", row(news, out::row()))
            }
            Some(elapsed) if begins(news) || self.told.is_none_or(|told| elapsed >= told + REMIND) => {
                self.told = Some(elapsed);
                writeln!(err, "{}", line(news))
            }
            Some(_) => Ok(()),
        };
        let _ = err.flush();
    }
}

impl Default for Telling {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        if self.is_terminal {
            eprint!("\r\x1b[K");
        }
    }
}

/// How long something has taken that is told again and again; none for what is told once.
fn passing(news: News<'_>) -> Option<Duration> {
    match news {
        News::Lists { elapsed, .. } | News::Read { elapsed, .. } => Some(elapsed),
        News::Found { .. } | News::Reads { .. } => None,
    }
}

/// Whether another list has just begun.
fn begins(news: News<'_>) -> bool {
    matches!(news, News::Lists { elapsed, .. } if elapsed < BEGINNING)
}

/// What is drawn over itself, in one row of at most so many characters.
fn row(news: News<'_>, width: usize) -> String {
    match news {
        News::Read { done, all, .. } => bar(done, all, &line(news), width),
        _ => cut(&line(news), width),
    }
}

fn line(news: News<'_>) -> String {
    match news {
        News::Lists { what, .. } if begins(news) => format!("listing {what}"),
        News::Lists { what, calls, .. } => format!("listing {what}: {calls} calls so far"),
        News::Found { what, all, new } => {
            let what = if all == 1 { what.strip_suffix('s').unwrap_or(what) } else { what };
            format!("{all} {what}, {new} of them new here")
        }
        News::Reads { calls, at_least } => {
            let time = if at_least < Duration::from_secs(1) {
                String::new()
            } else {
                format!(", about {}", rounded(at_least))
            };
            let calls = if calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") };
            format!(
                "the list does not say what templates say, so each is read by itself: {calls}{time}. Ctrl-C ends it; the same \
                 command goes on where it stopped"
            )
        }
        News::Read { done, all, elapsed } => {
            let left = remaining(done, all, elapsed);
            let left = left.map(|left| format!(", about {} left", rounded(left))).unwrap_or_default();
            format!("{done} of {all} read{left}")
        }
    }
}

/// What `waops import --output json` prints. The shape is a contract: docs/reference/import.schema.json.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "What an import of waops came to")]
pub struct Imported {
    /// Version of this shape.
    #[schemars(extend("const" = "1"))]
    version: &'static str,
    /// Whether everything that can be imported is declared now.
    complete: bool,
    /// Why it ended early, if it did; the same command goes on from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    /// How many calls it took.
    calls: u64,
    /// What was written.
    written: Vec<Written>,
    /// What is declared or looked after already.
    known: Vec<Owned>,
    /// What no manifest can say.
    left_out: Vec<LeftOut>,
    /// What was not written, and can be once the reason is mended.
    undone: Vec<LeftOut>,
}

/// A manifest that was written.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Written {
    /// Its kind.
    kind: &'static str,
    /// What it takes over.
    object: String,
    /// Its file.
    file: String,
}

/// Something that somebody has already.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Owned {
    /// What it is.
    object: String,
    /// Who has it.
    by: String,
    /// `file:line` of the manifest, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// The other installation of waops that looks after it, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    installation: Option<String>,
    /// What to do about it, where something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    todo: Option<String>,
}

/// Something that was not written.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct LeftOut {
    /// What it is.
    object: String,
    /// Why.
    why: String,
}

/// The JSON schema of [`Imported`].
pub fn schema() -> Json {
    schemars::schema_for!(Imported).to_value()
}

impl Imported {
    /// What an import came to.
    pub fn of(report: &Report) -> Self {
        let left_out = |rows: &[(String, String)]| {
            rows.iter().map(|(object, why)| LeftOut { object: object.clone(), why: why.clone() }).collect()
        };
        let written = report.written.iter().map(|(kind, object, path)| Written {
            kind: kind.name(),
            object: object.clone(),
            file: path.display().to_string(),
        });
        let known = report.known.iter().map(|(object, owner, todo)| Owned {
            object: object.clone(),
            by: owner.key.to_string(),
            place: owner.place.clone(),
            installation: owner.elsewhere.clone(),
            todo: todo.clone(),
        });
        Self {
            version: "1",
            complete: report.ended.is_none() && report.undone.is_empty(),
            ended: report.ended.clone(),
            calls: report.calls,
            written: written.collect(),
            known: known.collect(),
            left_out: left_out(&report.left_out),
            undone: left_out(&report.undone),
        }
    }

    /// Whether everything that can be imported is declared now.
    pub fn is_complete(&self) -> bool {
        self.complete
    }
}

/// The same for people. `options` are what it was told, `out` is where the new manifests are.
pub fn text(report: &Report, options: &Options, out: &Path, colours: bool) -> String {
    let paint = Paint(colours);
    let count = |wanted: Kind| report.written.iter().filter(|(kind, _, _)| *kind == wanted).count();
    let mut text = format!(
        "{} in {}. {}.\n",
        paint.bold(&format!(
            "{} and {}",
            counted(count(Kind::QrCode), "QR code"),
            counted(count(Kind::Template), "template")
        )),
        printable(&out.display().to_string()),
        counted(usize::try_from(report.calls).unwrap_or(usize::MAX), "call"),
    );
    let (elsewhere, declared): (Vec<_>, Vec<_>) =
        report.known.iter().partition(|(_, owner, _)| owner.elsewhere.is_some());
    let (todo, quiet): (Vec<_>, Vec<_>) = declared.into_iter().partition(|(_, _, todo)| todo.is_some());
    if !quiet.is_empty() {
        let _ = writeln!(text, "{} declared already, and left as they are.", quiet.len());
    }
    let by = |what: &str, owner: &crate::import::known::Owner| {
        let place = owner.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        format!("{what}: {}{place}", owner.key)
    };
    list(&mut text, paint, "There already, but:", &todo, |(what, owner, todo)| {
        format!("{}; {}", by(what, owner), todo.as_deref().unwrap_or_default())
    });
    list(
        &mut text,
        paint,
        "Looked after by another installation of waops:",
        &elsewhere,
        |(what, owner, _)| {
            let installation = owner.elsewhere.as_deref().unwrap_or_default();
            format!(
                "{} belongs to the installation {installation}, an operator or another state; leave it there",
                by(what, owner)
            )
        },
    );
    list(&mut text, paint, "Left out, since no manifest can say it:", &report.left_out, |(what, why)| {
        format!("{what}: {why}")
    });
    list(&mut text, paint, "Not written:", &report.undone, |(what, why)| format!("{what}: {why}"));
    for kind in &report.forbidden {
        let _ = writeln!(
            text,
            "\nThe account enforces its policy `adoption`, with which no {} is taken over: allow it there first, with IfIdentical.",
            kind.name()
        );
    }
    if let Some(ended) = &report.ended {
        let _ = writeln!(
            text,
            "\n{} {}; the same command goes on from here.",
            paint.bold("Ended early:"),
            printable(ended)
        );
    } else if !report.written.is_empty() {
        let told = told(options, out);
        let _ = write!(
            text,
            "\nNext:\n  waops plan {told}     nothing changes at the provider\n  waops apply {told}    takes them over, by \
             reading alone\nOne installation looks after an object: this folder's state, or an operator that gets these \
             manifests, not both.\n",
        );
    }
    text
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// What the next commands are told: the account and the new manifests, and with which namespace, secrets and state.
fn told(options: &Options, out: &Path) -> String {
    let folder::Options { paths, namespace, secrets, .. } = &options.manifests;
    let mut all = paths.clone();
    if !paths.iter().any(|path| holds(path, out)) {
        all.push(out.to_owned());
    }
    // Other paths may have their state elsewhere.
    let state = (options.state != beside(&all)).then_some(&options.state);
    let shown = |path: &PathBuf| path.display().to_string();
    let mut words: Vec<(&str, String)> = all.iter().map(|path| ("-f", shown(path))).collect();
    words.extend(namespace.iter().map(|name| ("-n", name.clone())));
    words.extend(secrets.iter().map(|path| ("--secrets", shown(path))));
    words.extend(state.map(|path| ("--state", shown(path))));
    let words = words.iter().map(|(flag, word)| format!("{flag} {}", printable(&quoted(word))));
    words.collect::<Vec<_>>().join(" ")
}

/// Whether a folder lies in another, whatever links lead there.
pub fn holds(path: &Path, inner: &Path) -> bool {
    match (path.canonicalize(), inner.canonicalize()) {
        (Ok(path), Ok(inner)) => path.is_dir() && inner.starts_with(path),
        _ => inner.starts_with(path),
    }
}

fn list<T>(text: &mut String, paint: Paint, title: &str, rows: &[T], row: impl Fn(&T) -> String) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", paint.bold(title));
    for one in rows.iter().take(MANY) {
        let _ = writeln!(text, "  {}", printable(&row(one)));
    }
    if rows.len() > MANY {
        let _ = writeln!(text, "  and {} more; --output json names them", rows.len() - MANY);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_comes_next_can_be_pasted() {
        let options = |paths: &[&str], state: &str| {
            let paths = paths.iter().map(PathBuf::from).collect();
            Options::of(paths, PathBuf::from(state), Arc::new(|_| None))
        };
        let plain = options(&["account.yaml", "it's"], ".waops");
        assert_eq!(told(&plain, Path::new("my shop")), r"-f account.yaml -f 'it'\''s' -f 'my shop'");
        let elsewhere = options(&["shop/account.yaml"], "shop/.waops");
        assert_eq!(
            told(&elsewhere, Path::new("new")),
            "-f shop/account.yaml -f new --state shop/.waops",
            "several paths have their state in the folder that somebody stands in"
        );
        let mut more = plain;
        more.manifests.namespace = Some("marketing".to_owned());
        more.manifests.secrets = Some(PathBuf::from("my secrets.yaml"));
        assert_eq!(
            told(&more, Path::new("it's/new")),
            r"-f account.yaml -f 'it'\''s' -n marketing --secrets 'my secrets.yaml'"
        );
    }

    #[test]
    fn what_is_drawn_over_itself_stays_in_its_row() {
        let elapsed = Duration::from_secs(60);
        let read = News::Read { done: 1_000, all: 2_000, elapsed };
        assert!(row(read, 80).ends_with("] 1000 of 2000 read, about 60 s left"), "{}", row(read, 80));
        for news in [read, News::Lists { what: "templates", calls: 12, elapsed }] {
            for width in 0..80 {
                assert!(row(news, width).chars().count() <= width, "{width}: {}", row(news, width));
            }
        }
    }
}
