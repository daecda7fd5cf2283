//! Everything a simulator remembers, as one value that can be written to a file and read back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::Provider;
use super::faults::FaultRule;
use super::images::Format;
use super::limits::Windows;
use super::meta::{Handle, NameLock, Upload};
use super::objects::{QrCode, Template};
use super::random::Random;
use super::request::Request;
use super::review::ReviewRule;
use super::scenario::Scenario;
use super::settings::Settings;
use super::shelf::Shelf;
use super::tenants::{AlibabaAccount, MetaTenants};
use super::time::{HOUR, Time};

/// Everything a simulator remembers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) seed: u64,
    pub(crate) random: Random,
    pub(crate) settings: Settings,
    /// How far the clock of things is ahead of the time of day.
    pub(crate) advanced_ms: i64,
    pub(crate) alibaba: Vec<AlibabaAccount>,
    pub(crate) meta: MetaTenants,
    codes: BTreeMap<String, Shelf<QrCode>>,
    next_sequence: u64,
    pub(crate) templates: BTreeMap<String, Shelf<Template>>,
    pub(crate) reviews: Vec<ReviewRule>,
    pub(crate) next_review: Option<Time>,
    pub(crate) faults: Vec<FaultRule>,
    pub(crate) late: Vec<Late>,
    pub(crate) windows: Windows,
    pub(crate) nonces: Nonces,
    pub(crate) locks: Vec<NameLock>,
    pub(crate) uploads: Vec<Upload>,
    pub(crate) handles: Vec<Handle>,
}

/// A call whose execution comes after its client has gone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Late {
    pub(crate) due: Time,
    /// When it arrived, which is when its signature was fresh.
    pub(crate) arrived: Time,
    pub(crate) request: Request,
}

/// The key of a thing's owner: a phone number for codes, a space or WABA for templates.
pub(crate) fn owner(provider: Provider, id: &str) -> String {
    match provider {
        Provider::Alibaba => format!("alibaba/{id}"),
        Provider::Meta => format!("meta/{id}"),
    }
}

impl State {
    pub(crate) fn new(scenario: Scenario) -> Self {
        Self {
            seed: scenario.seed,
            random: Random::new(scenario.seed),
            settings: scenario.settings,
            advanced_ms: 0,
            alibaba: scenario.alibaba,
            meta: scenario.meta,
            codes: BTreeMap::new(),
            next_sequence: 1,
            templates: BTreeMap::new(),
            reviews: scenario.reviews,
            next_review: None,
            faults: scenario.faults,
            late: Vec::new(),
            windows: Windows::default(),
            nonces: Nonces::default(),
            locks: Vec::new(),
            uploads: Vec::new(),
            handles: Vec::new(),
        }
    }

    pub(crate) fn codes(&self) -> &BTreeMap<String, Shelf<QrCode>> {
        &self.codes
    }

    pub(crate) fn codes_mut(&mut self, owner: &str) -> &mut Shelf<QrCode> {
        self.codes.entry(owner.to_owned()).or_default()
    }

    pub(crate) fn templates_mut(&mut self, owner: &str) -> &mut Shelf<Template> {
        self.templates.entry(owner.to_owned()).or_default()
    }

    /// Puts a template on its owner's shelf.
    pub(crate) fn add_template(&mut self, owner: &str, template: Template, now: Time) {
        let sequence = self.next_sequence;
        self.next_sequence = sequence.saturating_add(1);
        self.templates_mut(owner).add(now, Template { sequence, ..template });
    }

    /// Puts a code on its owner's shelf.
    pub(crate) fn add_code(&mut self, owner: &str, code: String, message: &str, format: Format, now: Time) {
        let sequence = self.next_sequence;
        self.next_sequence = sequence.saturating_add(1);
        let code = QrCode { sequence, code, message: message.to_owned(), format, created: now };
        self.codes_mut(owner).add(now, code);
    }
}

/// Nonces of signatures, for as long as their timestamps could still be accepted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Nonces {
    seen: BTreeSet<String>,
    order: VecDeque<(Time, String)>,
}

impl Nonces {
    /// Notes a nonce; says whether it is new.
    pub(crate) fn is_new(&mut self, key: &str, nonce: &str, now: Time) -> bool {
        // The longest tolerance is 31 minutes, into the past and into the future (providers.md A5.1).
        while let Some((then, old)) = self.order.front()
            && now.since(*then) > 2 * HOUR
        {
            self.seen.remove(old);
            self.order.pop_front();
        }
        let name = format!("{key} {nonce}");
        let new = self.seen.insert(name.clone());
        if new {
            self.order.push_back((now, name));
        }
        new
    }
}
