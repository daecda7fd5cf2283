//! Who declares, edits, renames, approves and deletes, and what they expect of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use waops::simulator::sandbox;

use crate::cluster::{Cluster, resource};
use crate::random::Random;
use crate::stage::NAMESPACE;

/// What of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    QrCode,
    Template,
}

/// Where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shop {
    Alibaba,
    Meta,
}

/// What became of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Lives,
    /// Its object was deleted, and with it what it had.
    Deleted,
    /// Its object was deleted under `deletion: Retain`.
    Retained,
}

/// One thing that is printed or sent, whatever its object is called. Its number stands in every text of it.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) number: usize,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) shop: Shop,
    pub(crate) text: String,
    pub(crate) fate: Fate,
    /// Any change may kill what is printed.
    pub(crate) automatic: bool,
    retains: bool,
    pub(crate) edits: usize,
    /// Codes that somebody allowed to die.
    pub(crate) approved: BTreeSet<String>,
    /// The code that it had when it was renamed: the printed one, which must live.
    pub(crate) renamed: Option<String>,
    touched: Instant,
}

/// How many of each there are at the start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Assortment {
    pub(crate) alibaba_codes: usize,
    pub(crate) alibaba_templates: usize,
    pub(crate) meta_codes: usize,
    pub(crate) meta_templates: usize,
}

/// Everybody who writes manifests.
pub(crate) struct People {
    client: Client,
    random: Random,
    /// Whether templates are declared all the time, and not only at the start.
    templates: bool,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) done: BTreeMap<&'static str, usize>,
}

impl People {
    pub(crate) fn new(client: Client, random: Random, templates: bool) -> Self {
        Self { client, random, templates, pieces: Vec::new(), done: BTreeMap::new() }
    }

    /// Declares everything that there is at the start, in no order.
    pub(crate) async fn declare(&mut self, assortment: Assortment) {
        let Assortment { alibaba_codes, alibaba_templates, meta_codes, meta_templates } = assortment;
        let mut wanted = Vec::new();
        for (kind, shop, count) in [
            (Kind::QrCode, Shop::Alibaba, alibaba_codes),
            (Kind::Template, Shop::Alibaba, alibaba_templates),
            (Kind::QrCode, Shop::Meta, meta_codes),
            (Kind::Template, Shop::Meta, meta_templates),
        ] {
            wanted.extend(std::iter::repeat_n((kind, shop), count));
        }
        while !wanted.is_empty() {
            let (kind, shop) = wanted.swap_remove(self.random.below(wanted.len()));
            self.create(kind, shop).await;
        }
    }

    /// Does one thing to one piece.
    pub(crate) async fn act(&mut self, cluster: &Cluster) {
        match self.random.below(100) {
            0..50 => self.edit().await,
            50..65 => self.approve(cluster).await,
            65..80 => self.delete().await,
            80..85 => self.rename(cluster).await,
            _ => {
                let shop = if self.random.chance(0.5) { Shop::Alibaba } else { Shop::Meta };
                // A review is looked at after a minute, and Meta allows a hundred new templates in an hour.
                let is_template = self.templates && shop == Shop::Alibaba && self.random.chance(0.4);
                self.create(if is_template { Kind::Template } else { Kind::QrCode }, shop).await;
            }
        }
    }

    /// Decides about everything that waits for a decision; whether anything did.
    pub(crate) async fn decide(
        &mut self,
        cluster: &Cluster,
        text_of: impl Fn(&str) -> Option<String>,
    ) -> bool {
        let mut decided = false;
        for index in 0..self.pieces.len() {
            let piece = &self.pieces[index];
            let Some(seen) = cluster.get(&piece.name).filter(|_| piece.fate == Fate::Lives) else { continue };
            let Some(line) = seen.approval() else { continue };
            decided = true;
            let delivered = seen.owns.as_deref().and_then(&text_of);
            match delivered.filter(|_| self.random.chance(0.5)) {
                Some(text) => {
                    self.count("undone edits");
                    self.pieces[index].text.clone_from(&text);
                    self.patch(index, json!({"spec": {"prefilledMessage": text}})).await;
                }
                None => self.allow(index, &line).await,
            }
        }
        decided
    }

    async fn create(&mut self, kind: Kind, shop: Shop) {
        let number = self.pieces.len();
        let text = text(kind, number, 0);
        let automatic = self.random.chance(0.5);
        let retains = self.random.chance(0.1);
        let piece = Piece {
            number,
            name: format!("piece-{number}"),
            kind,
            shop,
            text,
            fate: Fate::Lives,
            automatic,
            retains,
            edits: 0,
            approved: BTreeSet::new(),
            renamed: None,
            touched: Instant::now(),
        };
        self.count("created");
        self.apply(&piece).await;
        self.pieces.push(piece);
    }

    async fn edit(&mut self) {
        let fits = |piece: &Piece| match (piece.kind, piece.shop) {
            (Kind::QrCode, _) => piece.renamed.is_none(),
            // An approved template can be edited once a day at Meta, and never at Alibaba.
            (Kind::Template, Shop::Meta) => piece.edits == 0,
            (Kind::Template, Shop::Alibaba) => false,
        };
        let Some(index) = self.pick(fits) else { return };
        let piece = &mut self.pieces[index];
        piece.edits += 1;
        piece.text = text(piece.kind, piece.number, piece.edits);
        let change = match piece.kind {
            Kind::QrCode => json!({"spec": {"prefilledMessage": piece.text}}),
            Kind::Template => json!({"spec": {"components": {"body": {"text": piece.text}}}}),
        };
        self.count("edited");
        self.patch(index, change).await;
    }

    async fn approve(&mut self, cluster: &Cluster) {
        let waits = |piece: &Piece| cluster.get(&piece.name).and_then(|seen| seen.approval()).is_some();
        let Some(index) = self.pick(waits) else { return };
        let Some(line) = cluster.get(&self.pieces[index].name).and_then(|seen| seen.approval()) else {
            return;
        };
        self.allow(index, &line).await;
    }

    async fn allow(&mut self, index: usize, line: &str) {
        let code = line.split('@').next().unwrap_or_default().to_owned();
        self.pieces[index].approved.insert(code);
        self.count("approved");
        self.patch(index, json!({"spec": {"approve": line}})).await;
    }

    async fn delete(&mut self) {
        let Some(index) = self.pick(|piece| piece.renamed.is_none()) else { return };
        let piece = &mut self.pieces[index];
        piece.fate = if piece.retains { Fate::Retained } else { Fate::Deleted };
        let (kind, name) = (piece.kind, piece.name.clone());
        self.count("deleted");
        self.remove(kind, &name).await;
    }

    /// A file is renamed: the same object under another name, and the old one pruned, in either order.
    async fn rename(&mut self, cluster: &Cluster) {
        let rests = |piece: &Piece| {
            let seen = cluster.get(&piece.name);
            piece.kind == Kind::QrCode
                && !piece.retains
                && piece.renamed.is_none()
                && piece.touched.elapsed() > Duration::from_secs(3)
                && seen.is_some_and(|seen| seen.ready && !seen.is_pending())
        };
        let Some(index) = self.pick(rests) else { return };
        let Some(code) = cluster.get(&self.pieces[index].name).and_then(|seen| seen.owns) else { return };
        let before = self.pieces[index].clone();
        let after = Piece { name: format!("{}-renamed", before.name), renamed: Some(code), ..before.clone() };
        self.count("renamed");
        if self.random.chance(0.5) {
            self.apply(&after).await;
            self.remove(before.kind, &before.name).await;
        } else {
            self.remove(before.kind, &before.name).await;
            self.apply(&after).await;
        }
        self.pieces[index] = after;
    }

    fn pick(&mut self, fits: impl Fn(&Piece) -> bool) -> Option<usize> {
        let all = self.pieces.iter().enumerate();
        let fitting: Vec<usize> = all
            .filter(|(_, piece)| piece.fate == Fate::Lives && fits(piece))
            .map(|(index, _)| index)
            .collect();
        (!fitting.is_empty()).then(|| fitting[self.random.below(fitting.len())])
    }

    fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    fn api(&self, kind: Kind) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), NAMESPACE, &resource(kind))
    }

    async fn apply(&self, piece: &Piece) {
        let api = self.api(piece.kind);
        let object: DynamicObject = serde_json::from_value(manifest(piece)).unwrap();
        self.insist(|| async { api.create(&PostParams::default(), &object).await.map(drop) }, 409).await;
    }

    async fn patch(&mut self, index: usize, change: Value) {
        let piece = &mut self.pieces[index];
        piece.touched = Instant::now();
        let (kind, name) = (piece.kind, piece.name.clone());
        let api = self.api(kind);
        let (parameters, patch) = (PatchParams::default(), Patch::Merge(change));
        self.insist(|| async { api.patch(&name, &parameters, &patch).await.map(drop) }, 0).await;
    }

    async fn remove(&self, kind: Kind, name: &str) {
        let api = self.api(kind);
        self.insist(|| async { api.delete(name, &DeleteParams::default()).await.map(drop) }, 404).await;
    }

    /// Tries again while the API server is away; what it then finds done was done by the first try.
    async fn insist<F: Future<Output = kube::Result<()>>>(&self, request: impl Fn() -> F, done: u16) {
        let start = Instant::now();
        loop {
            match tokio::time::timeout(Duration::from_secs(5), request()).await {
                Ok(Ok(())) => return,
                Ok(Err(kube::Error::Api(status))) if status.code == done => return,
                answer => {
                    let is_over = start.elapsed() > Duration::from_secs(60);
                    assert!(!is_over, "a person gave up: {answer:?}");
                }
            }
            sleep(Duration::from_millis(200)).await;
        }
    }
}

fn text(kind: Kind, number: usize, edit: usize) -> String {
    match kind {
        Kind::QrCode => format!("Hello from #{number}. Edition {edit}"),
        Kind::Template => {
            format!("Hi {{{{name}}}}, order #{number}. is on its way and arrives on Monday, edition {edit}.")
        }
    }
}

fn manifest(piece: &Piece) -> Value {
    let account = match piece.shop {
        Shop::Alibaba => "alibaba",
        Shop::Meta => "meta",
    };
    let policies = json!({
        "update": if piece.automatic { "Automatic" } else { "Guarded" },
        "deletion": if piece.retains { "Retain" } else { "Delete" },
    });
    let (kind, mut spec) = match piece.kind {
        Kind::QrCode => {
            let phone = format!("+{}", sandbox::PHONE_NUMBER);
            ("WhatsAppQrCode", json!({"phoneNumber": phone, "prefilledMessage": piece.text}))
        }
        Kind::Template => (
            "WhatsAppTemplate",
            json!({
                "name": format!("order_{}", piece.number), "language": "en", "category": "UTILITY",
                "components": {"body": {"text": piece.text}}, "examples": {"name": "Ana"},
            }),
        ),
    };
    spec["accountRef"] = json!({"name": account});
    spec["policies"] = policies;
    json!({"apiVersion": "waops.dev/v1alpha1", "kind": kind, "metadata": {"name": piece.name}, "spec": spec})
}
