//! One line an object.

use std::fmt::Write as _;

use super::{Row, Table};
use crate::plan::words::printable;
use crate::render::out::Paint;

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
    let said: Vec<String> = std::iter::once(row.message.clone()).chain(row.unclaimed()).collect();
    let about = row.code.as_ref().or(row.review.as_ref()).or(row.identity.as_ref());
    [
        row.kind.to_owned(),
        format!("{}/{}", row.namespace, row.name),
        row.ready.clone(),
        row.state.clone(),
        about.map_or_else(|| "-".to_owned(), Clone::clone),
        said.join("; "),
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
