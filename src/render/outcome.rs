//! What an apply came to, for people and programs.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::lines::need_you;
use super::out::Paint;
use crate::engine::object::{Object, Spec};
use crate::local::drive::End;
use crate::local::rest::{self, Standing};
use crate::plan::facts::Key;
use crate::plan::words::printable;

/// What `waops apply --output json` prints. The shape is a contract: docs/reference/apply.schema.json.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "What an apply of waops came to")]
pub struct Outcome {
    /// Version of this shape.
    #[schemars(extend("const" = "1"))]
    version: &'static str,
    /// How it ended.
    end: How,
    /// Whether everything is as it should be.
    complete: bool,
    /// Every object, by kind, namespace and name.
    objects: Vec<Row>,
}

/// How an apply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum How {
    /// Everybody rests.
    Settled,
    /// The time was up.
    TimedOut,
    /// Somebody asked to end.
    Interrupted,
    /// The state cannot be written.
    Broken,
}

/// How an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Stands {
    /// It is as it should be.
    Done,
    /// It is gone, as it should be.
    Gone,
    /// It needs somebody.
    Stopped,
    /// It goes on by itself, later; `waops apply` or `waops run` does that.
    Later,
    /// It was under way when it ended.
    Unfinished,
}

/// One object.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Row {
    /// Its kind.
    kind: &'static str,
    /// Its namespace.
    namespace: String,
    /// Its name.
    name: String,
    /// How it stands.
    standing: Stands,
    /// Where it stands: a state of docs/reference/conditions.md.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    /// The same in a sentence.
    message: String,
    /// What to do about it, where somebody must do something.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_do: Option<&'static str>,
    /// The code of a QR code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The link that a QR code opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// The schema of [`Outcome`].
pub fn schema() -> Json {
    schemars::schema_for!(Outcome).to_value()
}

impl Outcome {
    /// What became of these objects; none where one is not there any more.
    pub fn of(end: &End, objects: &[(Key, Option<Object>, Standing)]) -> Self {
        let how = match end {
            End::Settled => How::Settled,
            End::TimedOut { .. } => How::TimedOut,
            End::Interrupted { .. } => How::Interrupted,
            End::Broken(_) => How::Broken,
        };
        let is_unseen = |key: &Key| match end {
            End::TimedOut { unseen } | End::Interrupted { unseen, .. } => unseen.contains(key),
            End::Settled | End::Broken(_) => false,
        };
        let rows = objects.iter().map(|(key, object, stands)| match row(key, object.as_ref(), *stands) {
            row if row.standing == Stands::Done && is_unseen(key) => not_seen(row, how),
            row => row,
        });
        let rows: Vec<Row> = rows.collect();
        let is_well = |row: &Row| matches!(row.standing, Stands::Done | Stands::Gone);
        let complete = how == How::Settled && rows.iter().all(is_well);
        Self { version: "1", end: how, complete, objects: rows }
    }

    /// Whether everything is as it should be.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The same for people: a line, and what needs them. `command` is what goes on with what is unfinished.
    pub fn text(&self, command: &str, colours: bool) -> String {
        let paint = Paint(colours);
        let mut out = format!("{}\n", paint.bold(&self.line(command)));
        for row in &self.objects {
            let (sign, colour) = match row.standing {
                Stands::Done | Stands::Gone => continue,
                Stands::Stopped => ("!", "1;31"),
                Stands::Later | Stands::Unfinished => ("…", "36"),
            };
            let Row { kind, namespace, name, message, .. } = row;
            let state = row.state.unwrap_or("not looked at yet");
            let _ = writeln!(out, "{} {kind} {namespace}/{name}: {state}", paint.with(colour, sign));
            if !message.is_empty() {
                let _ = writeln!(out, "    {}", printable(message));
            }
            if let Some(to_do) = row.to_do {
                let _ = writeln!(out, "    {}: {to_do}", paint.bold("to do"));
            }
        }
        out
    }

    fn line(&self, command: &str) -> String {
        let count = |wanted| self.objects.iter().filter(|row| row.standing == wanted).count();
        let words = |stands, count: usize| match stands {
            Stands::Done => format!("{count} as declared"),
            Stands::Gone => format!("{count} gone"),
            Stands::Stopped => need_you(count),
            Stands::Later => format!("{count} later"),
            Stands::Unfinished => {
                format!("{count} unfinished; another {command} goes on where this one ended")
            }
        };
        let all = [Stands::Done, Stands::Gone, Stands::Stopped, Stands::Later, Stands::Unfinished];
        let counts = all.map(|stands| (stands, count(stands))).into_iter().filter(|(_, count)| *count > 0);
        let parts: Vec<String> = counts.map(|(stands, count)| words(stands, count)).collect();
        let how = match self.end {
            How::Settled => "Applied",
            How::TimedOut => "The time was up",
            How::Interrupted => "Interrupted",
            How::Broken => "Stopped",
        };
        if parts.is_empty() {
            format!("{how}: there is nothing.")
        } else {
            format!("{how}: {}.", parts.join(", "))
        }
    }
}

/// One that was as it should be when somebody last looked, which is before this apply.
fn not_seen(row: Row, how: How) -> Row {
    let ended = if how == How::Interrupted { "somebody asked to end" } else { "the time was up" };
    let message = format!("{ended} before waops could look at it");
    Row { standing: Stands::Unfinished, message, ..row }
}

fn row(key: &Key, object: Option<&Object>, stands: Standing) -> Row {
    let reason = object.and_then(rest::reason);
    let standing = match (object, stands) {
        (None, _) => Stands::Gone,
        (_, Standing::Done) => Stands::Done,
        (_, Standing::Stopped) => Stands::Stopped,
        (_, Standing::Later) => Stands::Later,
        (_, Standing::Moving) => Stands::Unfinished,
    };
    let (code, link) = match object.map(|object| &object.spec) {
        Some(Spec::QrCode(_, status)) => (status.code.clone(), status.deep_link_url.clone()),
        _ => (None, None),
    };
    Row {
        kind: key.kind.name(),
        namespace: key.namespace.to_string(),
        name: key.name.to_string(),
        standing,
        state: reason.map(crate::plan::reason::Reason::name),
        message: object.map(rest::message).unwrap_or_default(),
        to_do: reason.filter(|_| stands == Standing::Stopped).map(|reason| reason.page().action),
        code,
        link,
    }
}
