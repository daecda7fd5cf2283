//! Templates as Alibaba answers them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::api::ReviewState;
use crate::provider::lenient::{Flag, Many, One, Unreadable, Whole, Word, read};
use crate::template::content::read as neutral;
use crate::template::{Accepted, Content, Observed, Said};

/// Alibaba knows nothing of these, so its silence means nothing.
const DIALECT: neutral::Dialect = neutral::Dialect {
    dollars: true,
    silent: &[
        "ctaUrlLinkTrackingOptedOut",
        "parameterFormat",
        "subCategory",
        "ttlMinutes",
        "zeroTapTermsAccepted",
    ],
};

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplatePage {
    /// The WhatsApp templates on it, without their contents.
    pub templates: Vec<Observed>,
    /// How many entries the page had, those of other channels included; what `total` counts.
    pub entries: usize,
    /// How many entries there are on all pages.
    pub total: Option<u64>,
}

/// The answer to a create or a modify. It has no review state: read the template for that.
pub fn accepted(answer: &Value) -> Result<Accepted, Unreadable> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Answer {
        data: One<Entry>,
    }
    let Answer { data: One(data) } = read(answer)?;
    let id = data.and_then(|data| data.template_code.trimmed());
    let id = id.ok_or_else(|| Unreadable::new("it has no TemplateCode"))?;
    Ok(Accepted { id, state: None, category: None })
}

/// The answer to a detail.
pub fn template(answer: &Value) -> Result<Observed, Unreadable> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Answer {
        data: One<Entry>,
    }
    let Answer { data: One(data) } = read(answer)?;
    data.ok_or_else(|| Unreadable::new("it has no Data"))?.observed("Data")
}

/// The parameters of a create, as somebody wrote them; `Components` and `Example` may be texts, as on the wire.
pub fn request(parameters: &Value) -> Result<Said, Unreadable> {
    let mut parameters = parameters.clone();
    for name in ["Components", "Example"] {
        if let Some(text) = parameters.get(name).and_then(Value::as_str) {
            let value: Value = serde_json::from_str(text)
                .map_err(|error| Unreadable::new(format!("{name} is no JSON: {error}")))?;
            parameters[name] = value;
        }
    }
    let entry: Entry = read(&parameters)?;
    let need =
        |word: Option<String>, field: &str| word.ok_or_else(|| Unreadable::new(format!("it has no {field}")));
    Ok(Said {
        id: None,
        name: need(entry.name.trimmed().or(entry.template_name.trimmed()), "Name")?,
        language: need(entry.language.trimmed(), "Language")?,
        category: entry.category.upper().unwrap_or_default(),
        allow_category_change: entry.allow_category_change.0,
        content: entry.content().ok_or_else(|| Unreadable::new("it has no Components"))?,
    })
}

/// The answer to a list. An entry that cannot be told spoils the whole page, since a list that may lack
/// one must never prove that a template is gone.
pub fn template_page(answer: &Value) -> Result<TemplatePage, Unreadable> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Page {
        total: Whole,
        list_template: Many<Entry>,
        /// Where a script of the vendor's looks for the list.
        list: Many<Entry>,
        data: One<Box<Page>>,
    }
    let mut page: Page = read(answer)?;
    if page.list_template.0.is_empty()
        && let Some(inner) = page.data.0.take()
    {
        page = Page { total: Whole(page.total.0.or(inner.total.0)), ..*inner };
    }
    let entries: Vec<Entry> = page.list_template.0.into_iter().chain(page.list.0).collect();
    let total = page.total.0.and_then(|total| u64::try_from(total).ok());
    let count = entries.len();
    let ours = entries.into_iter().enumerate().filter(|(_, entry)| entry.is_whatsapp());
    let templates = ours.map(|(index, entry)| entry.observed(&format!("ListTemplate[{index}]")));
    Ok(TemplatePage { templates: templates.collect::<Result<_, _>>()?, entries: count, total })
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Entry {
    template_code: Word,
    template_name: Word,
    name: Word,
    template_type: Word,
    language: Word,
    category: Word,
    audit_status: Word,
    reason: Word,
    quality_score: Word,
    category_change_paused: Flag,
    /// In a request alone.
    allow_category_change: Flag,
    message_send_ttl_seconds: Whole,
    product_set_id: Word,
    example: One<BTreeMap<String, Word>>,
    /// Absent in a list.
    components: Option<Many<Component>>,
}

impl Entry {
    fn is_whatsapp(&self) -> bool {
        self.template_type.upper().is_none_or(|channel| channel == "WHATSAPP")
    }

    fn observed(self, place: &str) -> Result<Observed, Unreadable> {
        let need = |word: Option<String>, field| {
            word.ok_or_else(|| Unreadable::new(format!("{place} has no {field}")))
        };
        let state = state(self.audit_status.trimmed().as_deref().unwrap_or_default());
        Ok(Observed {
            id: need(self.template_code.trimmed(), "TemplateCode")?,
            name: need(self.name.trimmed().or(self.template_name.trimmed()), "TemplateName")?,
            language: need(self.language.trimmed(), "Language")?,
            category: self.category.upper().unwrap_or_default(),
            previous_category: None,
            correct_category: None,
            state,
            reason: self.reason.trimmed(),
            quality: self.quality_score.upper(),
            content: self.content(),
        })
    }

    fn content(self) -> Option<Content> {
        let Many(components) = self.components?;
        let samples = self.example.0.unwrap_or_default().into_iter();
        let template = neutral::Template {
            is_authentication: self.category.upper().as_deref() == Some("AUTHENTICATION"),
            components: components.into_iter().map(Component::neutral).collect(),
            samples: samples.filter_map(|(name, sample)| Some((name, sample.exact()?))).collect(),
            ttl_seconds: self.message_send_ttl_seconds.0,
            category_change_paused: self.category_change_paused.0,
            product_set_id: self.product_set_id.trimmed(),
            ..neutral::Template::default()
        };
        Some(neutral::content(template, DIALECT))
    }
}

/// providers.md C3. Everything new is Unknown: wait, do not write.
fn state(audit_status: &str) -> ReviewState {
    match audit_status.to_ascii_lowercase().as_str() {
        "auditing" => ReviewState::Pending,
        "unaudit" => ReviewState::Suspended,
        "pass" => ReviewState::Approved,
        "fail" => ReviewState::Rejected,
        "paused" => ReviewState::Paused,
        "disabled" => ReviewState::Disabled,
        _ => ReviewState::Unknown,
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Component {
    r#type: Word,
    text: Word,
    format: Word,
    /// A vendor's sample misspells it.
    #[serde(rename = "formate", alias = "Formate")]
    misspelt_format: Word,
    url: Word,
    caption: Word,
    file_name: Word,
    buttons: Many<Button>,
    cards: Many<Card>,
    code_expiration_minutes: Whole,
    add_secret_recommendation: Flag,
    has_expiration: Flag,
    /// How the answer spells it.
    #[serde(rename = "hasExpiration")]
    lower_has_expiration: Flag,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Card {
    card_components: Many<Component>,
}

impl Component {
    fn neutral(self) -> neutral::Component {
        let cards = self.cards.0.into_iter();
        neutral::Component {
            kind: self.r#type.upper().unwrap_or_default(),
            format: self.format.upper().or(self.misspelt_format.upper()),
            // The empty text of an AUTHENTICATION body says nothing.
            text: self.text.filled(),
            url: self.url.trimmed(),
            caption: self.caption.filled(),
            file_name: self.file_name.filled(),
            buttons: self.buttons.0.into_iter().map(Button::neutral).collect(),
            cards: cards
                .map(|card| card.card_components.0.into_iter().map(Component::neutral).collect())
                .collect(),
            add_security_recommendation: self.add_secret_recommendation.0,
            code_expiration_minutes: self.code_expiration_minutes.0,
            has_expiration: self.lower_has_expiration.0.or(self.has_expiration.0),
            ..neutral::Component::default()
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Button {
    r#type: Word,
    text: Word,
    url: Word,
    phone_number: Word,
    coupon_code: Word,
    is_opt_out: Flag,
    autofill_text: Word,
    supported_apps: Many<App>,
    package_name: Word,
    signature_hash: Word,
    flow_id: Word,
    flow_action: Word,
    navigate_screen: Word,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct App {
    package_name: Word,
    signature_hash: Word,
}

impl App {
    fn neutral(&self) -> Option<(String, String)> {
        Some((self.package_name.trimmed()?, self.signature_hash.trimmed()?))
    }
}

impl Button {
    fn neutral(self) -> neutral::Button {
        let alone = App { package_name: self.package_name, signature_hash: self.signature_hash };
        let mut apps: Vec<_> = self.supported_apps.0.iter().filter_map(App::neutral).collect();
        if apps.is_empty() {
            apps.extend(alone.neutral());
        }
        neutral::Button {
            kind: self.r#type.upper().unwrap_or_default(),
            text: self.text.filled(),
            url: self.url.trimmed(),
            phone_number: self.phone_number.trimmed(),
            coupon_code: self.coupon_code.trimmed(),
            is_opt_out: self.is_opt_out.0,
            autofill_text: self.autofill_text.filled(),
            apps,
            flow_id: self.flow_id.trimmed(),
            flow_action: self.flow_action.upper(),
            navigate_screen: self.navigate_screen.trimmed(),
            ..neutral::Button::default()
        }
    }
}
