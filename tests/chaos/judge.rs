//! What must hold at the end, and all along.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;
use waops::simulator::Entry;
use waops::simulator::http::Running;

use crate::people::{Fate, Kind, People, Piece, Shop};
use crate::stage::Stage;

/// A code that lives at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) shop: Shop,
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A template that lives at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) shop: Shop,
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Everything that lives at both providers.
pub(crate) fn truth(simulator: &Running) -> (Vec<Code>, Vec<Template>) {
    let objects = simulator.simulator().objects();
    let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
    let each = |what: &str| -> Vec<(Shop, Value)> {
        let shelves = objects[what].as_object().into_iter().flatten();
        shelves
            .flat_map(|(owner, things)| {
                let shop = if owner.starts_with("meta") { Shop::Meta } else { Shop::Alibaba };
                things.as_array().into_iter().flatten().map(move |thing| (shop, thing.clone()))
            })
            .collect()
    };
    let codes = each("codes").into_iter().map(|(shop, code)| Code {
        shop,
        name: text(&code, "code"),
        text: text(&code, "message"),
    });
    let templates = each("templates").into_iter().map(|(shop, template)| {
        let body = template["components"].as_array().into_iter().flatten();
        let mut body =
            body.filter(|component| text(component, "type") == "BODY" || text(component, "Type") == "BODY");
        let body = body.next().cloned().unwrap_or_default();
        let written = format!("{}{}", text(&body, "text"), text(&body, "Text"));
        Template { shop, name: text(&template, "name"), text: written.replace("$(name)", "{{name}}") }
    });
    (codes.collect(), templates.collect())
}

/// The number of the piece that a text is of.
fn number(text: &str) -> Option<usize> {
    text.split_once('#')?.1.split_once('.')?.0.parse().ok()
}

/// What happened at the providers, followed all along.
#[derive(Clone, Default)]
pub(crate) struct Watched(Arc<Mutex<Story>>);

#[derive(Default)]
pub(crate) struct Story {
    /// Every code of ours that ever lived, and whose it was.
    pub(crate) lived: BTreeMap<String, usize>,
    pub(crate) violations: BTreeSet<String>,
    pub(crate) calls: usize,
    pub(crate) looks: usize,
    last: u64,
}

impl Watched {
    /// Looks once: at everything that lives, and at all calls since.
    pub(crate) fn look(&self, simulator: &Running) {
        let (codes, _) = truth(simulator);
        let mut story = self.0.lock().unwrap();
        story.looks += 1;
        let mut live: BTreeMap<usize, Vec<&Code>> = BTreeMap::new();
        for code in &codes {
            if let Some(number) = number(&code.text) {
                live.entry(number).or_default().push(code);
                story.lived.insert(code.name.clone(), number);
            }
        }
        for (number, codes) in live.into_iter().filter(|(_, codes)| codes.len() > 1) {
            story.violations.insert(format!("promise 1: piece {number} has {codes:?}"));
        }
        for entry in simulator.simulator().journal(story.last) {
            story.last = entry.number;
            story.calls += 1;
            if touches_foreign(&entry) {
                story.violations.insert(format!("promise 2: {entry:?}"));
            }
        }
    }

    /// Looks again and again.
    pub(crate) async fn follow(self, stage: Arc<Stage>) {
        loop {
            self.look(&stage.simulator);
            sleep(Duration::from_millis(100)).await;
        }
    }

    pub(crate) fn story(&self) -> std::sync::MutexGuard<'_, Story> {
        self.0.lock().unwrap()
    }
}

/// Whether a call changes what is not ours, or tries to.
fn touches_foreign(entry: &Entry) -> bool {
    let reads = ["List", "Get", "GET "];
    let names = |text: &str| text.contains("THEIRS") || text.contains("theirs_");
    !reads.iter().any(|read| entry.operation.starts_with(read))
        && (names(&entry.path) || names(&entry.body) || entry.query.iter().any(|(_, value)| names(value)))
}

/// What is not as it must be, once everything had its time.
pub(crate) fn judge(stage: &Stage, people: &People, watched: &Watched) -> Vec<String> {
    let (codes, templates) = truth(&stage.simulator);
    let story = watched.story();
    let mut wrong: Vec<String> = story.violations.iter().cloned().collect();
    for piece in &people.pieces {
        let codes: Vec<&Code> =
            codes.iter().filter(|code| number(&code.text) == Some(piece.number)).collect();
        let name = format!("order_{}", piece.number);
        let templates: Vec<&Template> = templates.iter().filter(|template| template.name == name).collect();
        let has = match piece.kind {
            Kind::QrCode => codes.iter().map(|code| (code.shop, code.text.as_str())).collect::<Vec<_>>(),
            Kind::Template => {
                templates.iter().map(|template| (template.shop, template.text.as_str())).collect()
            }
        };
        let seen = stage.cluster.get(&piece.name);
        match (piece.fate, &has[..]) {
            (Fate::Lives, [(shop, text)]) if *shop == piece.shop && *text == piece.text => {}
            (Fate::Deleted, []) | (Fate::Retained, [] | [_]) => {}
            _ => wrong.push(format!("promise 1: {piece:?} has {has:?}")),
        }
        match (piece.fate, &seen) {
            (Fate::Lives, Some(seen)) if seen.ready && !seen.is_pending() => {
                if piece.kind == Kind::QrCode && seen.owns.as_ref() != codes.first().map(|code| &code.name) {
                    wrong.push(format!("status and truth differ: {piece:?} {seen:?} {codes:?}"));
                }
            }
            (Fate::Lives, _) => wrong.push(format!("stuck: {piece:?} is {seen:?}")),
            (_, Some(seen)) => wrong.push(format!("a finalizer hangs: {piece:?} is {seen:?}")),
            (_, None) => {}
        }
        let dead = story.lived.iter().filter(|(_, whose)| **whose == piece.number).map(|(code, _)| code);
        let dead: BTreeSet<&String> =
            dead.filter(|code| codes.iter().all(|live| live.name != **code)).collect();
        if let Some(why) = unallowed(piece, &dead) {
            wrong.push(format!("promise 3: {why}: {piece:?} lost {dead:?}"));
        }
    }
    let ours = |code: &&Code| number(&code.text).is_some_and(|number| number < people.pieces.len());
    let others: Vec<&Code> = codes.iter().filter(|code| !ours(code)).collect();
    let as_it_was = |code: &&&Code| {
        let number = code.text.strip_prefix("Theirs ").and_then(|number| number.parse::<u32>().ok());
        number.is_some_and(|number| code.name == format!("THEIRS{number:08}"))
    };
    let intact = others.iter().filter(as_it_was).count();
    if others.len() != intact {
        wrong.push(format!("promise 1: codes of nobody: {others:?}"));
    }
    let theirs = templates.iter().filter(|template| template.name.starts_with("theirs_"));
    let theirs = theirs.filter(|template| template.text == "This belongs to somebody else.").count();
    if (intact, theirs) != (20, 20) {
        wrong.push(format!(
            "promise 2: of 20 foreign codes and 20 templates {intact} and {theirs} are as they were"
        ));
    }
    wrong
}

/// Why the death of these codes was nobody's decision.
fn unallowed(piece: &Piece, dead: &BTreeSet<&String>) -> Option<&'static str> {
    if let Some(code) = &piece.renamed
        && dead.contains(code)
    {
        return Some("a rename killed a printed code");
    }
    if piece.fate == Fate::Deleted {
        return None;
    }
    match piece.shop {
        Shop::Meta => (!dead.is_empty()).then_some("a code died that no change kills"),
        Shop::Alibaba if piece.automatic => {
            (dead.len() > piece.edits).then_some("more codes died than texts changed")
        }
        Shop::Alibaba => {
            dead.iter().any(|code| !piece.approved.contains(*code)).then_some("a code died without approval")
        }
    }
}

/// Writes to our objects that pods made so far, as the API server noted them.
pub(crate) fn writes(stage: &Stage) -> usize {
    let log = std::fs::read_to_string(stage.plane.dir().join("audit.log")).unwrap_or_default();
    log.lines().filter(|line| line.contains("\"username\":\"system:serviceaccount:chaos-system:")).count()
}
