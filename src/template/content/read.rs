//! From what a provider says to a content. The wires differ in names and nesting; once those are gone,
//! both come here, so each oddity of a read form is known in one place.

use super::otp_link::otp_link;
use super::{Content, Leaf};
use crate::api::ParameterFormat;
use crate::manifest::Place;
use crate::template::text::{Piece, Text, is_variable_name};

/// How one provider reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    /// Whether `$(name)` is a variable.
    pub(crate) dollars: bool,
    /// Fields that do not come back as written, by name.
    pub(crate) silent: &'static [&'static str],
}

/// A template as a provider says it.
#[derive(Debug, Default)]
pub(crate) struct Template {
    pub(crate) is_authentication: bool,
    pub(crate) components: Vec<Component>,
    pub(crate) parameter_format: Option<String>,
    pub(crate) samples: Vec<(String, String)>,
    pub(crate) sub_category: Option<String>,
    pub(crate) ttl_seconds: Option<i64>,
    pub(crate) category_change_paused: Option<bool>,
    pub(crate) product_set_id: Option<String>,
    pub(crate) link_tracking_opted_out: Option<bool>,
}

/// A component as a provider says it; words in upper case.
#[derive(Debug, Default)]
pub(crate) struct Component {
    pub(crate) kind: String,
    pub(crate) format: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) file_name: Option<String>,
    pub(crate) caption: Option<String>,
    pub(crate) samples: Samples,
    pub(crate) buttons: Vec<Button>,
    pub(crate) cards: Vec<Vec<Component>>,
    pub(crate) add_security_recommendation: Option<bool>,
    pub(crate) code_expiration_minutes: Option<i64>,
    pub(crate) has_expiration: Option<bool>,
}

/// Samples that stand beside a text.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    pub(crate) named: Vec<(String, String)>,
    pub(crate) numbered: Vec<String>,
}

/// A button as a provider says it; words in upper case.
#[derive(Debug, Default)]
pub(crate) struct Button {
    pub(crate) kind: String,
    pub(crate) otp_kind: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) url_sample: Option<String>,
    pub(crate) phone_number: Option<String>,
    pub(crate) coupon_code: Option<String>,
    pub(crate) is_opt_out: Option<bool>,
    pub(crate) autofill_text: Option<String>,
    pub(crate) apps: Vec<(String, String)>,
    pub(crate) terms_accepted: Option<bool>,
    pub(crate) flow_id: Option<String>,
    pub(crate) flow_action: Option<String>,
    pub(crate) navigate_screen: Option<String>,
    pub(crate) ttl_minutes: Option<i64>,
}

/// The content of what a provider says.
pub(crate) fn content(template: Template, dialect: Dialect) -> Content {
    let mut reader = Reader {
        content: Content { silent: dialect.silent, ..Content::default() },
        dollars: dialect.dollars,
        is_authentication: template.is_authentication,
    };
    let root = Place::ROOT;
    let spec = root.field("spec");
    let components = spec.field("components");
    for component in template.components {
        reader.component(component, &components);
    }
    for (name, sample) in template.samples {
        reader.sample(&name, sample);
    }
    let content = &mut reader.content;
    match template.parameter_format.as_deref() {
        None => content.doubt(&spec.field("parameterFormat")),
        Some(format) => {
            content.parameter_format((format == "POSITIONAL").then_some(ParameterFormat::Positional));
        }
    }
    content.word(&spec.field("subCategory"), template.sub_category);
    content.number(&spec.field("messageSendTtlSeconds"), template.ttl_seconds);
    content.flag(&spec.field("categoryChangePaused"), template.category_change_paused);
    content.word(&spec.field("productSetId"), template.product_set_id);
    content.flag(&spec.field("ctaUrlLinkTrackingOptedOut"), template.link_tracking_opted_out);
    // Settings that an answer leaves out were not asked for, or are not told: that is not "unset".
    for setting in
        ["messageSendTtlSeconds", "categoryChangePaused", "productSetId", "ctaUrlLinkTrackingOptedOut"]
    {
        content.doubt_if_absent(&spec.field(setting));
    }
    reader.content
}

struct Reader {
    content: Content,
    dollars: bool,
    is_authentication: bool,
}

impl Reader {
    fn component(&mut self, component: Component, place: &Place<'_>) {
        match component.kind.as_str() {
            "HEADER" => self.header(component, &place.field("header"), "header"),
            "BODY" if self.is_authentication => {
                // The text is the provider's; older answers do not say how it came to be.
                let field = place.field("body");
                let field = field.field("addSecurityRecommendation");
                self.content.flag(&field, component.add_security_recommendation);
                self.content.doubt_if_absent(&field);
            }
            "BODY" => self.text_and_samples(
                component.text,
                component.samples,
                &place.field("body").field("text"),
                "body",
            ),
            "FOOTER" if self.is_authentication => {
                let field = place.field("footer");
                let field = field.field("codeExpirationMinutes");
                self.content.number(&field, component.code_expiration_minutes);
                self.content.doubt_if_absent(&field);
            }
            "FOOTER" => self.content.word(&place.field("footer").field("text"), component.text),
            "BUTTONS" => self.buttons(component.buttons, &place.field("buttons"), ""),
            "CAROUSEL" => self.cards(component.cards, &place.field("carousel").field("cards")),
            "LIMITED_TIME_OFFER" => {
                let offer = place.field("limitedTimeOffer");
                self.content.word(&offer.field("text"), component.text);
                self.content.flag(&offer.field("hasExpiration"), component.has_expiration);
            }
            "CALL_PERMISSION_REQUEST" => {
                self.content.flag(&place.field("callPermissionRequest"), Some(true));
            }
            // Something waops does not know yet is a difference, not nothing.
            unknown => self.content.flag(&place.field(short(unknown)), Some(true)),
        }
    }

    fn header(&mut self, header: Component, place: &Place<'_>, prefix: &str) {
        self.content
            .word(&place.field("format"), header.format.or(header.text.is_some().then(|| "TEXT".into())));
        self.text_and_samples(header.text, header.samples, &place.field("text"), prefix);
        self.content.word(&place.field("url"), header.url);
        for (name, value) in [("fileName", header.file_name), ("caption", header.caption)] {
            self.content.word(&place.field(name), value);
            self.content.doubt_if_absent(&place.field(name));
        }
    }

    fn cards(&mut self, cards: Vec<Vec<Component>>, place: &Place<'_>) {
        for (index, components) in cards.into_iter().enumerate() {
            let card = place.index(index);
            let prefix = format!("card_{}_", index + 1);
            for component in components {
                match component.kind.as_str() {
                    "HEADER" => self.header(component, &card.field("header"), &format!("{prefix}header")),
                    "BODY" => self.text_and_samples(
                        component.text,
                        component.samples,
                        &card.field("body").field("text"),
                        &format!("{prefix}body"),
                    ),
                    "BUTTONS" => self.buttons(component.buttons, &card.field("buttons"), &prefix),
                    unknown => self.content.flag(&card.field(short(unknown)), Some(true)),
                }
            }
        }
    }

    fn buttons(&mut self, buttons: Vec<Button>, place: &Place<'_>, prefix: &str) {
        for (index, button) in buttons.into_iter().enumerate() {
            self.button(button, &place.index(index), &format!("{prefix}button_{}", index + 1));
        }
    }

    fn button(&mut self, button: Button, place: &Place<'_>, prefix: &str) {
        let otp_link = button.url.as_deref().and_then(otp_link).filter(|_| self.is_authentication);
        let (mut autofill_text, mut apps) = (button.autofill_text, button.apps);
        let kind = match (&otp_link, button.otp_kind) {
            (Some(link), _) => {
                autofill_text = autofill_text.or_else(|| link.autofill_text.clone());
                apps.extend(link.app.clone().filter(|_| apps.is_empty()));
                link.kind.clone()
            }
            (None, Some(kind)) => kind,
            (None, None) => button.kind,
        };
        let of_codes = matches!(kind.as_str(), "COPY_CODE" | "ONE_TAP" | "ZERO_TAP");
        let content = &mut self.content;
        content.word(&place.field("type"), Some(kind));
        content.word(&place.field("text"), button.text);
        content.word(&place.field("autofillText"), autofill_text);
        content.apps(&place.field("supportedApps"), apps);
        content.flag(&place.field("zeroTapTermsAccepted"), button.terms_accepted);
        if of_codes {
            // The provider words these buttons itself, whatever it was sent.
            content.doubt(&place.field("text"));
            content.doubt(&place.field("autofillText"));
            content.doubt_if_absent(&place.field("zeroTapTermsAccepted"));
        }
        content.flag(&place.field("isOptOut"), button.is_opt_out);
        content.dialled(&place.field("phoneNumber"), button.phone_number.as_deref());
        content.word(&place.field("flowId"), button.flow_id);
        // NAVIGATE is the default that providers add.
        content.word(&place.field("flowAction"), button.flow_action.filter(|action| action != "NAVIGATE"));
        content.word(&place.field("navigateScreen"), button.navigate_screen);
        content.number(&place.field("ttlMinutes"), button.ttl_minutes);
        if otp_link.is_some() {
            self.unknown_apps(place);
        } else {
            self.link(button.url, button.url_sample, &place.field("url"), prefix);
        }
        let coupon = button.coupon_code.map(|code| self.text(&code, prefix));
        self.content.put(&place.field("couponCode"), coupon);
    }

    /// A one-time-code button read back as a link says nothing sure about its apps, of which there are at most five.
    fn unknown_apps(&mut self, place: &Place<'_>) {
        let apps = place.field("supportedApps");
        for index in 0..5 {
            let app = apps.index(index);
            self.content.doubt(&app.field("packageName"));
            self.content.doubt(&app.field("signatureHash"));
        }
    }

    fn link(&mut self, url: Option<String>, sample: Option<String>, place: &Place<'_>, prefix: &str) {
        let Some(url) = url else { return };
        let leaf = self.text(&url, prefix);
        if let (Leaf::Text(text) | Leaf::Numbered(text), Some(sample)) = (&leaf, sample)
            && let Some(name) = text.variables().next()
        {
            // The sample is the whole link or only what stands for the variable; both are seen.
            let (name, base) = (name.to_owned(), literal_start(text));
            let value = sample.strip_prefix(base.as_str()).map(str::to_owned).unwrap_or(sample);
            self.sample(&name, value);
        }
        self.content.put(place, Some(leaf));
    }

    fn text_and_samples(&mut self, text: Option<String>, samples: Samples, place: &Place<'_>, prefix: &str) {
        let Some(text) = text else { return };
        let leaf = self.text(&text, prefix);
        if let Leaf::Numbered(text) = &leaf {
            let mut names: Vec<String> = Vec::new();
            for name in text.variables() {
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
            for (name, sample) in names.into_iter().zip(samples.numbered) {
                self.sample(&name, sample);
            }
        }
        for (name, sample) in samples.named {
            self.sample(&name, sample);
        }
        self.content.put(place, Some(leaf));
    }

    fn sample(&mut self, name: &str, sample: String) {
        let root = Place::ROOT;
        let spec = root.field("spec");
        self.content.word(&spec.field("examples").field(name), Some(sample));
    }

    /// Cuts a provider's text at its variables. A number gets a name from its place, so that a manifest
    /// can be written of it.
    fn text(&self, source: &str, prefix: &str) -> Leaf {
        let mut pieces = Vec::new();
        let mut is_numbered = false;
        // No text of a template is longer than a few thousand bytes; whatever is, is not searched.
        let mut rest = source;
        while rest.len() <= 8192
            && let Some((before, name, after)) = next_variable(rest, self.dollars)
        {
            pieces.push(Piece::Literal(before.to_owned()));
            let number = name.chars().all(|c| c.is_ascii_digit());
            is_numbered |= number;
            pieces.push(Piece::Variable(if number { format!("{prefix}_{name}") } else { name.to_owned() }));
            rest = after;
        }
        pieces.push(Piece::Literal(rest.to_owned()));
        let text = Text::from_pieces(pieces);
        if is_numbered { Leaf::Numbered(text) } else { Leaf::Text(text) }
    }
}

/// What stands before the next variable, its name or number, and what stands after it.
fn next_variable(source: &str, dollars: bool) -> Option<(&str, &str, &str)> {
    let mut starts = source.char_indices().filter_map(|(at, _)| match &source[at..] {
        rest if rest.starts_with("{{") => Some((at, "}}")),
        rest if dollars && rest.starts_with("$(") => Some((at, ")")),
        _ => None,
    });
    starts.find_map(|(start, close)| {
        let (inside, after) = source[start + 2..].split_once(close)?;
        let name = inside.trim();
        let number = (1..=3).contains(&name.len()) && name.chars().all(|c| c.is_ascii_digit());
        (number || is_variable_name(name)).then_some((&source[..start], name, after))
    })
}

/// A word that becomes part of a path: no answer makes that endless.
fn short(word: &str) -> &str {
    word.char_indices().nth(64).map_or(word, |(end, _)| &word[..end])
}

fn literal_start(text: &Text) -> String {
    match text.pieces().first() {
        Some(Piece::Literal(base)) => base.clone(),
        _ => String::new(),
    }
}
