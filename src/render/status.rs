//! Where every object stands, for `waops status`.

use std::fmt::Write;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::out::Paint;
use crate::engine::object::{AccountObject, Meta, Object, Spec};
use crate::plan::facts::Key;
use crate::plan::reason::Reason;
use crate::plan::words::printable;

/// Where everything stands. The shape is a contract: docs/reference/status.schema.json.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "What waops looks after")]
pub struct Table {
    /// Version of this shape.
    #[schemars(extend("const" = "1"))]
    version: &'static str,
    /// Accounts first, then by kind, namespace and name.
    objects: Vec<Row>,
}

/// One object.
#[derive(Debug, Serialize, JsonSchema)]
struct Row {
    /// Its kind.
    kind: &'static str,
    /// Its namespace.
    namespace: String,
    /// Its name.
    name: String,
    /// Whether it is as written and can be used; `Unknown` before the first look at what is written now.
    #[schemars(extend("enum" = ["True", "False", "Unknown"]))]
    ready: String,
    /// The reason of its condition Ready.
    state: String,
    /// The code of a QR code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The link that a QR code opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    /// Where a template stands in its review.
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<String>,
    /// Who an account is at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    /// What its condition Ready says.
    message: String,
}

/// Where everything stands.
pub fn table(accounts: &[AccountObject], objects: &[Object]) -> Table {
    let mut keyed: Vec<(&Key, Row)> = accounts.iter().map(|it| (&it.key, account(it))).collect();
    keyed.extend(objects.iter().map(|it| (&it.key, row(it))));
    keyed.sort_by(|one, other| one.0.cmp(other.0));
    Table { version: "1", objects: keyed.into_iter().map(|(_, row)| row).collect() }
}

/// The same without sentences, for a table that is drawn again and again.
pub fn brief(table: Table) -> Table {
    let objects = table.objects.into_iter().map(|row| Row { message: String::new(), ..row }).collect();
    Table { objects, ..table }
}

/// The schema of [`Table`].
pub fn schema() -> Json {
    schemars::schema_for!(Table).to_value()
}

fn account(object: &AccountObject) -> Row {
    let status = &object.status;
    let ready = ready(&object.meta, status.observed_generation, &status.conditions);
    Row { identity: status.identity.clone(), ..blank(&object.key, ready) }
}

fn row(object: &Object) -> Row {
    let mut row = of_spec(object);
    // What nobody has looked at since a call was begun is found out first.
    if row.ready == "Unknown" && object.has_open_call() {
        Reason::Resolving.name().clone_into(&mut row.state);
        "a call was begun; the next look finds out what became of it".clone_into(&mut row.message);
    }
    row
}

fn of_spec(object: &Object) -> Row {
    match &object.spec {
        Spec::QrCode(_, status) => {
            let ready = ready(&object.meta, status.observed_generation, &status.conditions);
            let (code, link) = (status.code.clone(), status.deep_link_url.clone());
            Row { code, link, ..blank(&object.key, ready) }
        }
        Spec::Template(_, status) => {
            let ready = ready(&object.meta, status.observed_generation, &status.conditions);
            let review = status.review.as_ref().map(|review| format!("{:?}", review.state));
            Row { review, ..blank(&object.key, ready) }
        }
        Spec::Garbled(garbled) => {
            let why = garbled.why.clone();
            blank(&object.key, ["False".to_owned(), Reason::Invalid.name().to_owned(), why])
        }
    }
}

fn blank(key: &Key, [ready, state, message]: [String; 3]) -> Row {
    Row {
        kind: key.kind.name(),
        namespace: key.namespace.to_string(),
        name: key.name.to_string(),
        ready,
        state,
        code: None,
        link: None,
        review: None,
        identity: None,
        message,
    }
}

/// Status, reason and message of Ready, as far as they are about what is written now.
fn ready(meta: &Meta, observed: Option<i64>, conditions: &[Condition]) -> [String; 3] {
    let unknown =
        |message: &str| ["Unknown".to_owned(), Reason::Observing.name().to_owned(), message.to_owned()];
    match conditions.iter().find(|condition| condition.type_ == "Ready") {
        None => unknown("waops has not looked at it yet"),
        Some(_) if observed != Some(meta.generation) => {
            unknown("the manifest was changed since waops last looked at it")
        }
        Some(ready) => [ready.status.clone(), ready.reason.clone(), ready.message.clone()],
    }
}

/// The table for people. The last column is as long as it is: a terminal wraps it, and a pipe wants it whole.
pub fn text(table: &Table, colours: bool) -> String {
    let paint = Paint(colours);
    let head = ["KIND", "NAME", "READY", "STATE", "CODE/REVIEW", "MESSAGE"].map(str::to_owned);
    let mut lines = vec![head];
    lines.extend(table.objects.iter().map(cells));
    let width =
        |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..5).map(width).collect();
    let mut out = String::new();
    if lines.len() > 1 && lines.iter().skip(1).all(|line| line[5].is_empty()) {
        for line in &mut lines {
            line[5].clear();
        }
    }
    for (number, line) in lines.iter().enumerate() {
        let mut text = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            let padded = format!("{cell:width$}");
            let _ = write!(text, "{}  ", paint.with(colour(number, cell), &padded));
        }
        text.push_str(&line[5]);
        let _ = writeln!(out, "{}", text.trim_end());
    }
    out
}

fn cells(row: &Row) -> [String; 6] {
    let about = row.code.as_ref().or(row.review.as_ref()).or(row.identity.as_ref());
    [
        row.kind.to_owned(),
        format!("{}/{}", row.namespace, row.name),
        row.ready.clone(),
        row.state.clone(),
        about.map_or_else(|| "-".to_owned(), Clone::clone),
        row.message.clone(),
    ]
    .map(|cell| printable(&cell))
}

fn colour(line: usize, cell: &str) -> &'static str {
    match cell {
        _ if line == 0 => "1",
        "True" => "32",
        "False" => "31",
        "Unknown" => "36",
        _ => "",
    }
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
