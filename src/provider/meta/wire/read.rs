//! Templates as Meta answers them.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Page, page};
use crate::api::ReviewState;
use crate::provider::lenient::{Flag, Many, One, Unreadable, Whole, Word, read};
use crate::template::content::read as neutral;
use crate::template::{Accepted, Content, Observed, Said};

/// Meta knows nothing of these, or, in the case of a coupon, keeps a sample only.
const DIALECT: neutral::Dialect = neutral::Dialect {
    dollars: false,
    silent: &["caption", "categoryChangePaused", "couponCode", "fileName", "isOptOut", "productSetId"],
};

/// The answer to a create.
pub fn accepted(answer: &Value) -> Result<Accepted, Unreadable> {
    let answer: Template = read(answer)?;
    Ok(Accepted {
        id: answer.id.trimmed().ok_or_else(|| Unreadable::new("it has no id"))?,
        state: answer.status.upper().as_deref().map(state),
        category: answer.category.upper(),
    })
}

/// The answer to the read of one template, bare or wrapped in `data`.
pub fn template(answer: &Value) -> Result<Observed, Unreadable> {
    let bare = match answer.pointer("/data/0") {
        Some(wrapped) => wrapped,
        None => answer,
    };
    let template: Template = read(bare)?;
    template.observed().map_err(|field| Unreadable::new(format!("it has no {field}")))
}

/// The body of a create, as somebody wrote it.
pub fn request(body: &Value) -> Result<Said, Unreadable> {
    let template: Template = read(body)?;
    let need = |word: &Word, field: &str| {
        word.trimmed().ok_or_else(|| Unreadable::new(format!("it has no {field}")))
    };
    Ok(Said {
        id: None,
        name: need(&template.name, "name")?,
        language: need(&template.language, "language")?,
        category: template.category.upper().unwrap_or_default(),
        allow_category_change: template.allow_category_change.0,
        content: template.content().ok_or_else(|| Unreadable::new("it has no components"))?,
    })
}

/// One page of the list. An entry that cannot be told spoils it, since a list that may lack one must
/// never prove that a template is gone.
pub fn template_page(answer: &Value) -> Result<Page<Observed>, Unreadable> {
    page(answer, Template::observed)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Template {
    id: Word,
    name: Word,
    language: Word,
    status: Word,
    category: Word,
    sub_category: Word,
    previous_category: Word,
    correct_category: Word,
    parameter_format: Word,
    rejected_reason: Word,
    quality_score: Score,
    message_send_ttl_seconds: Whole,
    cta_url_link_tracking_opted_out: Flag,
    /// In a request alone.
    product_set_id: Word,
    /// In a request alone.
    allow_category_change: Flag,
    /// Absent where it was not asked for.
    components: Option<Many<Component>>,
}

/// An object with a score, or the score itself.
#[derive(Default)]
struct Score(Word);

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let score = value.get("score").unwrap_or(&value);
        Ok(Score(Word::deserialize(score).unwrap_or_default()))
    }
}

impl Template {
    fn observed(self) -> Result<Observed, &'static str> {
        let status = self.status.upper().unwrap_or_default();
        let reason = self.rejected_reason.trimmed().filter(|reason| !reason.eq_ignore_ascii_case("NONE"));
        Ok(Observed {
            id: self.id.trimmed().ok_or("id")?,
            name: self.name.trimmed().ok_or("name")?,
            language: self.language.trimmed().ok_or("language")?,
            category: self.category.upper().unwrap_or_default(),
            previous_category: self.previous_category.upper(),
            correct_category: self.correct_category.upper(),
            state: state(&status),
            // Not sendable for a reason of its own, which no other field tells.
            reason: reason.or((status == "LIMIT_EXCEEDED").then_some(status)),
            quality: self.quality_score.0.upper(),
            content: self.content(),
        })
    }

    fn content(self) -> Option<Content> {
        let Many(components) = self.components?;
        let template = neutral::Template {
            is_authentication: self.category.upper().as_deref() == Some("AUTHENTICATION"),
            components: components.into_iter().map(Component::neutral).collect(),
            parameter_format: self.parameter_format.upper(),
            sub_category: self.sub_category.upper(),
            ttl_seconds: self.message_send_ttl_seconds.0,
            link_tracking_opted_out: self.cta_url_link_tracking_opted_out.0,
            product_set_id: self.product_set_id.trimmed(),
            ..neutral::Template::default()
        };
        Some(neutral::content(template, DIALECT))
    }
}

/// providers.md C3. Everything new is Unknown: wait, do not write. FLAGGED means at risk, still sendable.
fn state(status: &str) -> ReviewState {
    match status {
        "PENDING" | "IN_APPEAL" => ReviewState::Pending,
        "APPROVED" | "FLAGGED" | "REINSTATED" | "UNARCHIVED" => ReviewState::Approved,
        "REJECTED" => ReviewState::Rejected,
        "PAUSED" | "LIMIT_EXCEEDED" => ReviewState::Paused,
        "DISABLED" | "LOCKED" => ReviewState::Disabled,
        "ARCHIVED" => ReviewState::Archived,
        "PENDING_DELETION" | "DELETED" => ReviewState::Deleting,
        _ => ReviewState::Unknown,
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Component {
    r#type: Word,
    format: Word,
    text: Word,
    example: One<Example>,
    buttons: Many<Button>,
    cards: Many<Card>,
    limited_time_offer: One<Offer>,
    add_security_recommendation: Flag,
    code_expiration_minutes: Whole,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Example {
    header_text: Many<Word>,
    header_text_named_params: Many<NamedSample>,
    body_text: Many<Many<Word>>,
    body_text_named_params: Many<NamedSample>,
    header_handle: Many<Word>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NamedSample {
    param_name: Word,
    example: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Offer {
    text: Word,
    has_expiration: Flag,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Card {
    components: Many<Component>,
}

impl Component {
    fn neutral(self) -> neutral::Component {
        let offer = self.limited_time_offer.0.unwrap_or_default();
        let cards = self.cards.0.into_iter();
        let example = self.example.0.unwrap_or_default();
        neutral::Component {
            kind: self.r#type.upper().unwrap_or_default(),
            format: self.format.upper(),
            text: self.text.filled().or(offer.text.filled()),
            url: example.sample_link(),
            samples: example.neutral(),
            buttons: self.buttons.0.into_iter().map(Button::neutral).collect(),
            cards: cards
                .map(|card| card.components.0.into_iter().map(Component::neutral).collect())
                .collect(),
            add_security_recommendation: self.add_security_recommendation.0,
            code_expiration_minutes: self.code_expiration_minutes.0,
            has_expiration: offer.has_expiration.0,
            ..neutral::Component::default()
        }
    }
}

impl Example {
    /// Where the sample of a header can be looked at. In a request a handle stands in its place, which leads nowhere.
    fn sample_link(&self) -> Option<String> {
        let handle = self.header_handle.0.first()?.trimmed()?;
        (handle.starts_with("https://") || handle.starts_with("http://")).then_some(handle)
    }

    fn neutral(self) -> neutral::Samples {
        let numbered =
            self.header_text.0.into_iter().chain(self.body_text.0.into_iter().flat_map(|row| row.0));
        let named = self.header_text_named_params.0.into_iter().chain(self.body_text_named_params.0);
        neutral::Samples {
            named: named
                .filter_map(|sample| Some((sample.param_name.trimmed()?, sample.example.exact()?)))
                .collect(),
            // A missing one keeps its place.
            numbered: numbered.map(|sample| sample.exact().unwrap_or_default()).collect(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Button {
    r#type: Word,
    otp_type: Word,
    text: Word,
    url: Word,
    phone_number: Word,
    /// A list for a link, a string or a list for a coupon.
    example: Many<Word>,
    autofill_text: Word,
    supported_apps: Many<App>,
    package_name: Word,
    signature_hash: Word,
    zero_tap_terms_accepted: Flag,
    flow_id: Word,
    flow_action: Word,
    navigate_screen: Word,
    ttl_minutes: Whole,
}

#[derive(Default, Deserialize)]
#[serde(default)]
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
        let kind = self.r#type.upper().unwrap_or_default();
        let example = self.example.0.into_iter().next().and_then(Word::filled);
        let (coupon_code, url_sample) = if kind == "COPY_CODE" { (example, None) } else { (None, example) };
        let alone = App { package_name: self.package_name, signature_hash: self.signature_hash };
        let mut apps: Vec<_> = self.supported_apps.0.iter().filter_map(App::neutral).collect();
        if apps.is_empty() {
            apps.extend(alone.neutral());
        }
        neutral::Button {
            kind,
            otp_kind: self.otp_type.upper(),
            text: self.text.filled(),
            url: self.url.trimmed(),
            url_sample,
            phone_number: self.phone_number.trimmed(),
            coupon_code,
            autofill_text: self.autofill_text.filled(),
            apps,
            terms_accepted: self.zero_tap_terms_accepted.0,
            flow_id: self.flow_id.trimmed(),
            flow_action: self.flow_action.upper(),
            navigate_screen: self.navigate_screen.trimmed(),
            ttl_minutes: self.ttl_minutes.0,
            ..neutral::Button::default()
        }
    }
}
