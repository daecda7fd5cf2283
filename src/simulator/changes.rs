//! Changes that somebody else makes: a colleague in the provider's console, another tool.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Provider;
use super::images::Format;
use super::objects::{Status, Submission, Template};
use super::review::Event;
use super::state::{State, owner};
use super::time::Time;

/// A change made by somebody else. Numbers are Alibaba's digits or Meta's phone id; spaces are
/// Alibaba's `CustSpaceId` or Meta's WABA.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Change {
    /// Makes a QR code.
    AddCode {
        /// Where.
        provider: Provider,
        /// Of which number.
        phone: String,
        /// With which text.
        message: String,
        /// Under which code; a new one with none.
        #[serde(default)]
        code: Option<String>,
    },
    /// Changes the text of a QR code.
    EditCode {
        /// Where.
        provider: Provider,
        /// Of which number.
        phone: String,
        /// Which one.
        code: String,
        /// The new text.
        message: String,
    },
    /// Deletes QR codes.
    DeleteCode {
        /// Where.
        provider: Provider,
        /// Of which number.
        phone: String,
        /// Which one; all with none.
        #[serde(default)]
        code: Option<String>,
    },
    /// Makes a template that is approved at once.
    AddTemplate {
        /// Where.
        provider: Provider,
        /// In which account.
        space: String,
        /// Its name.
        name: String,
        /// Its language.
        language: String,
        /// Its category.
        category: String,
        /// In the keys of the provider.
        components: Vec<Value>,
    },
    /// Replaces the components of a template.
    EditTemplate {
        /// Where.
        provider: Provider,
        /// In which account.
        space: String,
        /// Its name.
        name: String,
        /// In this language; in all with none.
        #[serde(default)]
        language: Option<String>,
        /// In the keys of the provider.
        components: Vec<Value>,
    },
    /// Deletes a template.
    DeleteTemplate {
        /// Where.
        provider: Provider,
        /// In which account.
        space: String,
        /// Its name.
        name: String,
        /// In this language; in all with none.
        #[serde(default)]
        language: Option<String>,
    },
    /// Decides about a template, in place of what was planned for it.
    Decide {
        /// Where.
        provider: Provider,
        /// In which account.
        space: String,
        /// Its name.
        name: String,
        /// In this language; in all with none.
        #[serde(default)]
        language: Option<String>,
        /// What happens to it, now.
        event: Event,
    },
    /// Ends every key that STS gave out, before its time.
    EndSessions,
}

/// Makes a change; says how many things it touched.
pub(crate) fn make(state: &mut State, change: &Change, now: Time) -> usize {
    match change {
        Change::AddCode { provider, phone, message, code } => {
            let code = code.clone().unwrap_or_else(|| state.random.qr_code());
            state.add_code(&owner(*provider, phone), code, message, Format::Png, now);
            1
        }
        Change::EditCode { provider, phone, code, message } => state
            .codes_mut(&owner(*provider, phone))
            .change(now, |known| known.code == *code, |known| known.message.clone_from(message)),
        Change::DeleteCode { provider, phone, code } => state
            .codes_mut(&owner(*provider, phone))
            .remove(now, |known| code.as_ref().is_none_or(|code| known.code == *code))
            .len(),
        Change::AddTemplate { provider, space, name, language, category, components } => {
            let id = state.random.big_id("59");
            let field = match provider {
                Provider::Alibaba => ("TemplateType".to_owned(), "WHATSAPP".into()),
                Provider::Meta => ("parameter_format".to_owned(), parameter_format(components).into()),
            };
            let fields = Map::from_iter([field]);
            let components = components.clone();
            let submission = Submission { id, name, language, category, components, fields };
            let template = Template { status: Status::Approved, ..Template::new(submission, now) };
            state.add_template(&owner(*provider, space), template, now);
            1
        }
        Change::EditTemplate { provider, space, name, language, components } => {
            edit(state, &owner(*provider, space), (name, language.as_deref()), now, |template| {
                template.components.clone_from(components);
            })
        }
        Change::DeleteTemplate { provider, space, name, language } => state
            .templates_mut(&owner(*provider, space))
            .remove(now, |template| is(template, name, language.as_deref()))
            .len(),
        Change::Decide { provider, space, name, language, event } => {
            edit(state, &owner(*provider, space), (name, language.as_deref()), now, |template| {
                template.future.clear();
                template.meet(event);
            })
        }
        Change::EndSessions => {
            // Keys follow the time of day, whatever time passed for things.
            let end = now.plus(-state.advanced_ms);
            let keys = state.alibaba.iter_mut().flat_map(|account| &mut account.keys);
            let alive = keys.filter(|key| key.expires_at_ms.is_some_and(|known| known > end));
            alive.map(|key| key.expires_at_ms = Some(end)).count()
        }
    }
}

/// Made in the console, a template has the format that its samples have.
fn parameter_format(components: &[Value]) -> &'static str {
    let is_named = |component: &Value| {
        component
            .get("example")
            .and_then(Value::as_object)
            .is_some_and(|example| example.keys().any(|key| key.ends_with("_named_params")))
    };
    if components.iter().any(is_named) { "NAMED" } else { "POSITIONAL" }
}

fn is(template: &Template, name: &str, language: Option<&str>) -> bool {
    template.name == name && language.is_none_or(|language| language == template.language)
}

fn edit(
    state: &mut State,
    owner: &str,
    (name, language): (&str, Option<&str>),
    now: Time,
    mut edit: impl FnMut(&mut Template),
) -> usize {
    state.templates_mut(owner).change(
        now,
        |template| is(template, name, language),
        |template| {
            edit(template);
            template.updated = now;
        },
    )
}
