//! Accounts with their objects, and what to do about those that are not as written.
//!
//! | sign | meaning |
//! |---|---|
//! | `✓` | as written, and can be used |
//! | `~` | gets there by itself |
//! | `!` | needs somebody |
//! | `=` | held still |

use std::fmt::Write as _;

use super::{Row, Stand, Summary, Table};
use crate::api::Kind;
use crate::plan::reason::Reason;
use crate::plan::status;
use crate::plan::status::CONNECTED;
use crate::plan::words::printable;
use crate::render::lines::{need_you, wrap};
use crate::render::out::Paint;

/// Below this, sentences are not made narrower.
const NARROW: usize = 30;

/// The tree for people, in lines of at most `width` characters where that is known.
pub fn tree(table: &Table, width: Option<usize>, colours: bool) -> String {
    let tree = Tree { paint: Paint(colours), width };
    let apart = |out: &mut String| {
        if !out.is_empty() {
            out.push('\n');
        }
    };
    let (accounts, objects): (Vec<&Row>, Vec<&Row>) = table.objects.iter().partition(|row| row.is_account());
    let known: Vec<String> = accounts.iter().map(|account| account.object()).collect();
    let mut out = String::new();
    for (account, object) in accounts.iter().zip(&known) {
        let own: Vec<&Row> =
            objects.iter().filter(|row| row.account.as_ref() == Some(object)).copied().collect();
        apart(&mut out);
        tree.account(&mut out, account, own.is_empty());
        tree.objects(&mut out, &own);
    }
    let is_elsewhere = |row: &&&Row| row.account.as_ref().is_none_or(|account| !known.contains(account));
    let mut others: Vec<&Row> = objects.iter().filter(is_elsewhere).copied().collect();
    others.sort_by_key(|row| &row.account);
    for group in others.chunk_by(|one, other| one.account == other.account) {
        let head = match &group[0].account {
            Some(account) => format!("{account} (an account that is not there, or not shown to you)"),
            None => "no account".to_owned(),
        };
        apart(&mut out);
        let _ = writeln!(out, "{}", tree.paint.with("36", &printable(&head)));
        tree.objects(&mut out, group);
    }
    apart(&mut out);
    let _ = writeln!(out, "{}", tree.paint.bold(&line(&table.summary)));
    out
}

struct Tree {
    paint: Paint,
    width: Option<usize>,
}

impl Tree {
    fn account(&self, out: &mut String, row: &Row, is_leaf: bool) {
        let mut head = format!("{} {}  {}", row.sign(), row.selection(), row.state);
        for about in row.identity.clone().into_iter().chain(row.unclaimed()) {
            let _ = write!(head, "  {about}");
        }
        let head = printable(&head);
        let _ = writeln!(out, "{}", self.paint.with(row.colour(), &head));
        self.details(out, row, if is_leaf { "    " } else { "│   " });
    }

    fn objects(&self, out: &mut String, rows: &[&Row]) {
        let widths = |cell: fn(&Row) -> String| rows.iter().map(|row| cell(row).chars().count()).max();
        let (name, state) =
            (widths(Row::selection).unwrap_or_default(), widths(|row| row.state.clone()).unwrap_or_default());
        for (number, row) in rows.iter().enumerate() {
            let is_last = number + 1 == rows.len();
            let about = row.code.as_ref().or(row.review.as_ref()).map_or("", String::as_str);
            let cells = format!("{} {:name$}  {:state$}  {about}", row.sign(), row.selection(), row.state);
            let cells = printable(&cells);
            let branch = if is_last { "└─ " } else { "├─ " };
            let _ = writeln!(out, "{branch}{}", self.paint.with(row.colour(), cells.trim_end()));
            self.details(out, row, if is_last { "       " } else { "│      " });
        }
    }

    /// What is said of one that is not as written, or of which something else should be known.
    fn details(&self, out: &mut String, row: &Row, margin: &str) {
        for (head, text) in row.details() {
            let width = self.width.map_or(usize::MAX, |width| width.saturating_sub(margin.chars().count()));
            let text = format!("{head}: {}", printable(text));
            for (number, line) in wrap(&text, width.max(NARROW)).lines().enumerate() {
                let line = match line.strip_prefix(head).filter(|_| number == 0) {
                    Some(rest) => format!("{}{rest}", self.paint.bold(head)),
                    None => line.to_owned(),
                };
                let _ = writeln!(out, "{margin}{line}");
            }
        }
    }
}

impl Row {
    /// As commands take it.
    fn selection(&self) -> String {
        let kind = Kind::from_name(self.kind).map_or(self.kind, Kind::short_name);
        format!("{kind}/{}", self.object())
    }

    fn sign(&self) -> char {
        match self.stand() {
            Stand::Ready => '✓',
            Stand::UnderWay => '~',
            Stand::NeedsYou => '!',
            Stand::Held => '=',
        }
    }

    fn colour(&self) -> &'static str {
        match self.stand() {
            Stand::Ready => "32",
            Stand::UnderWay => "33",
            Stand::NeedsYou => "1;31",
            Stand::Held => "36",
        }
    }

    /// What stands below its line: what is said, by whom, and what to do.
    fn details(&self) -> Vec<(&str, &str)> {
        let mut said: Vec<(&str, &str)> = Vec::new();
        let adding = self.conditions.iter().filter(|said| said.adds());
        let adding: Vec<(&str, &str)> = adding.map(|it| (it.type_.as_str(), it.message.as_str())).collect();
        match self.ready.as_str() {
            "True" if self.is_account() => {
                said.extend(Some(("note", self.message.as_str())).filter(|it| it.1 != CONNECTED));
            }
            "True" => said.extend(status::besides(&self.message).map(|notes| ("note", notes))),
            _ if adding.iter().any(|it| it.1 == self.message) || self.message.is_empty() => {}
            _ => said.push(("Ready", &self.message)),
        }
        said.extend(adding);
        let title = Reason::from_name(&self.state).map_or("", |reason| reason.page().title);
        let differs = self.conditions.iter().find(|said| said.type_ == "Synced" && said.status == "False");
        said.extend(differs.map(|it| ("Synced", it.message.as_str())).filter(|it| it.1 != title));
        said.extend(self.to_do.map(|action| ("to do", action)));
        said
    }
}

/// The line that says how many there are.
fn line(summary: &Summary) -> String {
    let many = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let counts = [(summary.ready, "ready"), (summary.under_way, "under way"), (summary.held, "held still")];
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    let parts: Vec<String> =
        counts.chain((summary.need_you > 0).then(|| need_you(summary.need_you))).collect();
    let all = format!("{}, {}", many(summary.accounts, "account"), many(summary.objects, "object"));
    if parts.is_empty() { format!("{all}.") } else { format!("{all}: {}.", parts.join(", ")) }
}
