//! What makes the lists of an account: pages at its provider, in the lane of whoever waits most urgently.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::callers::Callers;
use super::face::{Dated, Lister};
use super::snapshot::{Listed, Reach, Rules};
use super::urgency::Urgency;
use crate::api::ImageFormat;
use crate::provider::budget::Lane;
use crate::provider::capabilities::Capabilities;
use crate::provider::deadline::Deadline;
use crate::provider::error::Error;
use crate::provider::face::{Listing, QrCodes, Read, Templates};
use crate::qr_code::{self, Code};
use crate::template;

/// How long a list may take, its time in the queue included; whoever waits has a patience of their own.
const PATIENCE: Duration = Duration::from_secs(600);

fn read(lane: Lane) -> Read {
    Read { lane, deadline: Deadline::after(PATIENCE) }
}

/// The codes of one phone number, as it is called at the provider.
#[derive(Debug)]
pub struct CodeLister<P> {
    callers: Arc<Callers<P>>,
    phone: String,
}

impl<P: QrCodes> CodeLister<P> {
    /// Lists with any of these.
    pub fn new(callers: Arc<Callers<P>>, phone: &str) -> Self {
        Self { callers, phone: phone.to_owned() }
    }

    /// How its lists are judged.
    pub fn rules(settle: Duration, drift: Duration, capabilities: &Capabilities) -> Rules {
        Rules { settle, drift, exact_reads: capabilities.reads_one_code }
    }
}

impl<P: QrCodes + 'static> Lister for CodeLister<P> {
    type Key = Code;
    type Entry = qr_code::Observed;

    /// Whichever format is asked for, the codes are the same.
    async fn list(
        &self,
        reach: Reach,
        listed: Arc<BTreeSet<Code>>,
        urgency: Urgency,
    ) -> Result<Dated<Code, qr_code::Observed>, Error> {
        let (phone, format, listed) = (&self.phone, ImageFormat::default(), &listed);
        let known = |code: &Code| listed.contains(code);
        let page_after_page = |lane| {
            self.callers.ask(move |caller| async move {
                match reach {
                    Reach::Whole => caller.list_codes(phone, format, read(lane)).await,
                    Reach::Newest => caller.new_codes(phone, format, &known, read(lane)).await,
                }
            })
        };
        Ok(dated(urgency.hasten(page_after_page).await?, |code| code.code.clone()))
    }
}

/// What a template is known by: its id, and its language where the languages of a name share one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateKey {
    id: String,
    language: String,
}

impl TemplateKey {
    /// The key of a template, however its language is spelled.
    pub fn new(id: &str, language: &str) -> Self {
        Self { id: id.to_owned(), language: template::spelled(language) }
    }

    /// The provider's id.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl From<&template::Observed> for TemplateKey {
    fn from(known: &template::Observed) -> Self {
        Self::new(&known.id, &known.language)
    }
}

/// The templates of an account.
#[derive(Debug)]
pub struct TemplateLister<P> {
    callers: Arc<Callers<P>>,
}

impl<P: Templates> TemplateLister<P> {
    /// Lists with any of these.
    pub fn new(callers: Arc<Callers<P>>) -> Self {
        Self { callers }
    }

    /// How its lists are judged: every provider can read one template.
    pub fn rules(settle: Duration, drift: Duration) -> Rules {
        Rules { settle, drift, exact_reads: true }
    }
}

impl<P: Templates + 'static> Lister for TemplateLister<P> {
    type Key = TemplateKey;
    type Entry = template::Observed;

    /// Always every page: no provider lists the newest templates first.
    async fn list(
        &self,
        _: Reach,
        _: Arc<BTreeSet<TemplateKey>>,
        urgency: Urgency,
    ) -> Result<Dated<TemplateKey, template::Observed>, Error> {
        let every_page =
            |lane| self.callers.ask(move |caller| async move { caller.list_templates(read(lane)).await });
        Ok(dated(urgency.hasten(every_page).await?, |known| known.into()))
    }
}

/// A provider's list as it is judged. Its client has held the pages against their total, where there is one; what
/// it does not vouch for as everything is no proof of absence.
fn dated<K, E>(listing: Listing<E>, key: impl Fn(&E) -> K) -> Dated<K, E> {
    let reach = if listing.complete { Reach::Whole } else { Reach::Newest };
    let (started, seen) = (listing.started, listing.items.len());
    let entries = listing.items.into_iter().map(|entry| (key(&entry), entry)).collect();
    Dated { started, list: Listed { entries, reach, seen, total: None } }
}
