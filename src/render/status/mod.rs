//! Where every object stands, for `waops status`.
//!
//! - [`table`](text): one line an object. [`tree`]: accounts with their objects, and what to do about those that are not as
//!   written.

mod table;
mod tree;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use crate::api::{Condition, Kind};
use crate::engine::object::{AccountObject, Meta, Object, Spec};
use crate::plan::facts::Key;
use crate::plan::reason::{Progress, Reason};

pub use table::text;
pub use tree::tree;

/// Where everything stands. The shape is a contract: docs/reference/status.schema.json.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "What waops looks after")]
pub struct Table {
    /// Version of this shape.
    #[schemars(extend("const" = "1"))]
    version: &'static str,
    /// How many there are.
    summary: Summary,
    /// Accounts first, then by kind, namespace and name.
    objects: Vec<Row>,
}

/// How many objects stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Summary {
    /// Accounts.
    accounts: usize,
    /// QR codes and templates.
    objects: usize,
    /// Of accounts and objects, those that are as written and can be used.
    ready: usize,
    /// Those that get there by themselves.
    under_way: usize,
    /// Those that need somebody.
    need_you: usize,
    /// Those that somebody holds still, and that are not ready.
    held: usize,
}

/// How one stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    Ready,
    UnderWay,
    NeedsYou,
    Held,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
struct Said {
    /// Its type, as docs/reference/conditions.md has it.
    #[serde(rename = "type")]
    type_: String,
    /// `True`, `False` or `Unknown`.
    #[schemars(extend("enum" = ["True", "False", "Unknown"]))]
    status: String,
    /// The state it follows from.
    reason: String,
    /// The rest.
    message: String,
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
    /// The account that it refers to: namespace and name.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
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
    /// Codes and templates at the provider of an account that no object claims, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    unclaimed: Option<i64>,
    /// What its condition Ready says.
    message: String,
    /// All its conditions, as far as they are about what is written now.
    conditions: Vec<Said>,
    /// What to do about it, where somebody can do something.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_do: Option<&'static str>,
}

/// Where everything stands.
pub fn table(accounts: &[AccountObject], objects: &[Object]) -> Table {
    let mut keyed: Vec<(&Key, Row)> = accounts.iter().map(|it| (&it.key, account(it))).collect();
    keyed.extend(objects.iter().map(|it| (&it.key, row(it))));
    keyed.sort_by(|one, other| one.0.cmp(other.0));
    let objects: Vec<Row> = keyed.into_iter().map(|(_, row)| row).collect();
    Table { version: "1", summary: Summary::of(&objects), objects }
}

impl Table {
    /// Only what is not as written, and the accounts of that. The counts stay those of everything.
    #[must_use]
    pub fn unready(mut self) -> Self {
        let account = |row: &Row| row.is_account().then(|| row.object());
        self.objects.retain(|row| row.is_account() || row.stand() != Stand::Ready);
        let referred: Vec<String> = self.objects.iter().filter_map(|row| row.account.clone()).collect();
        self.objects.retain(|row| {
            row.stand() != Stand::Ready || account(row).is_none_or(|account| referred.contains(&account))
        });
        self
    }
}

/// Conditions that are always there, or say again what others say.
const SUMMING_UP: [&str; 5] = ["Ready", "Synced", "Approved", "Reconciling", "Stalled"];

impl Said {
    /// Whether it says what no other condition says.
    fn adds(&self) -> bool {
        self.status == "True" && !SUMMING_UP.contains(&self.type_.as_str())
    }
}

impl Summary {
    fn of(rows: &[Row]) -> Self {
        let mut summary = Self::default();
        for row in rows {
            if row.is_account() {
                summary.accounts += 1;
            } else {
                summary.objects += 1;
            }
            match row.stand() {
                Stand::Ready => summary.ready += 1,
                Stand::UnderWay => summary.under_way += 1,
                Stand::NeedsYou => summary.need_you += 1,
                Stand::Held => summary.held += 1,
            }
        }
        summary
    }
}

impl Row {
    /// How much at its provider is nobody's.
    fn unclaimed(&self) -> Option<String> {
        self.unclaimed.map(|count| format!("{count} unclaimed"))
    }

    fn is_account(&self) -> bool {
        self.kind == Kind::Account.name()
    }

    /// Namespace and name.
    fn object(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    fn stand(&self) -> Stand {
        match (self.ready.as_str(), Reason::from_name(&self.state).map(Reason::progress)) {
            ("True", _) => Stand::Ready,
            (_, Some(Progress::Held)) => Stand::Held,
            ("Unknown", _) | (_, Some(Progress::Reconciling)) => Stand::UnderWay,
            _ => Stand::NeedsYou,
        }
    }
}

/// The same without sentences, for a table that is drawn again and again.
pub fn brief(table: Table) -> Table {
    let brief =
        |row| Row { unclaimed: None, message: String::new(), conditions: Vec::new(), to_do: None, ..row };
    let objects = table.objects.into_iter().map(brief).collect();
    Table { objects, ..table }
}

/// The schema of [`Table`].
pub fn schema() -> Json {
    schemars::schema_for!(Table).to_value()
}

fn account(object: &AccountObject) -> Row {
    let status = &object.status;
    let seen = Seen { meta: &object.meta, observed: status.observed_generation, said: &status.conditions };
    Row { identity: status.identity.clone(), unclaimed: status.unclaimed, ..seen.row(&object.key) }
}

fn row(object: &Object) -> Row {
    let mut row = of_spec(object);
    row.account = object.account_name().map(|(namespace, name)| format!("{namespace}/{name}"));
    // What nobody has looked at since a call was begun is found out first.
    if row.ready == "Unknown" && object.has_open_call() {
        Reason::Resolving.name().clone_into(&mut row.state);
        "a call was begun; the next look finds out what became of it".clone_into(&mut row.message);
    }
    row
}

fn of_spec(object: &Object) -> Row {
    let meta = &object.meta;
    match &object.spec {
        Spec::QrCode(_, status) => {
            let seen = Seen { meta, observed: status.observed_generation, said: &status.conditions };
            let (code, link) = (status.code.clone(), status.deep_link_url.clone());
            Row { code, link, ..seen.row(&object.key) }
        }
        Spec::Template(_, status) => {
            let seen = Seen { meta, observed: status.observed_generation, said: &status.conditions };
            let review = status.review.as_ref().map(|review| format!("{:?}", review.state));
            Row { review, ..seen.row(&object.key) }
        }
        Spec::Garbled(garbled) => {
            let why = garbled.why.clone();
            blank(&object.key, ["False".to_owned(), Reason::Invalid.name().to_owned(), why])
        }
    }
}

fn blank(key: &Key, [ready, state, message]: [String; 3]) -> Row {
    let to_do = if ready == "False" { to_do(&state) } else { None };
    Row {
        kind: key.kind.name(),
        namespace: key.namespace.to_string(),
        name: key.name.to_string(),
        account: None,
        to_do,
        ready,
        state,
        code: None,
        link: None,
        review: None,
        identity: None,
        unclaimed: None,
        message,
        conditions: Vec::new(),
    }
}

/// What its page says to do, unless that is nothing.
fn to_do(state: &str) -> Option<&'static str> {
    let action = Reason::from_name(state)?.page().action;
    (action != "Nothing.").then_some(action)
}

/// What a status says, and about what.
struct Seen<'a> {
    meta: &'a Meta,
    observed: Option<i64>,
    said: &'a [Condition],
}

impl Seen<'_> {
    fn row(&self, key: &Key) -> Row {
        let is_current = self.observed == Some(self.meta.generation);
        let said = |condition: &Condition| Said {
            type_: condition.type_.to_string(),
            status: condition.status.to_string(),
            reason: condition.reason.to_string(),
            message: condition.message.to_string(),
        };
        let conditions: Vec<Said> = self.said.iter().filter(|_| is_current).map(said).collect();
        let row = blank(key, ready(self.meta, self.observed, self.said));
        let besides = conditions.iter().find(|said| said.adds()).and_then(|said| to_do(&said.reason));
        Row { to_do: row.to_do.or(besides.filter(|_| row.ready == "True")), conditions, ..row }
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
        Some(ready) => [&ready.status, &ready.reason, &ready.message].map(ToString::to_string),
    }
}

#[cfg(test)]
mod tests;
