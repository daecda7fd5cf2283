//! Requests about templates: `Create-`, `Modify-`, `Delete-`, `List-ChatappTemplate`,
//! `GetChatappTemplateDetail` and `ModifyChatappTemplateProperties`.

use serde_json::{Map, Value, json};

use super::{Parameters, components, push};
use crate::template::Desired;

/// How a template is named in a call about one that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<'a> {
    /// By the code that the create answered.
    Code(&'a str),
    /// By its name, where no code is known yet.
    Name(&'a str),
}

impl Which<'_> {
    fn parameter(self) -> (&'static str, String) {
        match self {
            Which::Code(code) => ("TemplateCode", code.to_owned()),
            Which::Name(name) => ("TemplateName", name.to_owned()),
        }
    }
}

/// `CreateChatappTemplate`.
pub fn create(cust_space_id: Option<&str>, desired: &Desired) -> Parameters {
    let mut parameters = vec![("Name", desired.name.clone())];
    content(&mut parameters, cust_space_id, desired);
    push(&mut parameters, "AllowCategoryChange", desired.allow_category_change);
    parameters
}

/// `ModifyChatappTemplate`: replaces all components.
pub fn modify(cust_space_id: Option<&str>, which: Which<'_>, desired: &Desired) -> Parameters {
    let mut parameters = vec![which.parameter()];
    content(&mut parameters, cust_space_id, desired);
    parameters
}

fn content(parameters: &mut Parameters, cust_space_id: Option<&str>, desired: &Desired) {
    parameters.push(("Language", desired.language.clone()));
    parameters.push(("Category", desired.category.as_str().to_owned()));
    parameters.push(("TemplateType", WHATSAPP.to_owned()));
    parameters.push(("Components", components::components(desired).to_string()));
    if !desired.examples.is_empty() {
        let examples: Map<String, Value> =
            desired.examples.iter().map(|(name, sample)| (name.clone(), json!(sample))).collect();
        parameters.push(("Example", Value::Object(examples).to_string()));
    }
    push(parameters, "MessageSendTtlSeconds", desired.ttl_seconds);
    push(parameters, "CategoryChangePaused", desired.category_change_paused);
    push(parameters, "ProductSetId", desired.product_set_id.as_deref());
    push(parameters, "CustSpaceId", cust_space_id);
}

/// `DeleteChatappTemplate` of one language; without a language it would delete them all (providers.md, trap 30).
pub fn delete(cust_space_id: Option<&str>, which: Which<'_>, language: &str) -> Parameters {
    one(cust_space_id, which, language)
}

/// `GetChatappTemplateDetail`.
pub fn detail(cust_space_id: Option<&str>, which: Which<'_>, language: &str) -> Parameters {
    one(cust_space_id, which, language)
}

/// `ModifyChatappTemplateProperties`: the one setting that changes without a review.
pub fn properties(
    cust_space_id: Option<&str>,
    code: &str,
    language: &str,
    category_change_paused: bool,
) -> Parameters {
    let mut parameters = one(cust_space_id, Which::Code(code), language);
    push(&mut parameters, "CategoryChangePaused", Some(category_change_paused));
    parameters
}

/// `ListChatappTemplate`, one page; pages count from 1.
pub fn list(cust_space_id: Option<&str>, page: u32, size: u32) -> Parameters {
    let mut parameters = vec![
        ("TemplateType", WHATSAPP.to_owned()),
        ("Page", json!({"Index": page, "Size": size}).to_string()),
    ];
    push(&mut parameters, "CustSpaceId", cust_space_id);
    parameters
}

fn one(cust_space_id: Option<&str>, which: Which<'_>, language: &str) -> Parameters {
    let mut parameters = vec![
        which.parameter(),
        ("Language", language.to_owned()),
        // Required as soon as there is a language.
        ("TemplateType", WHATSAPP.to_owned()),
    ];
    push(&mut parameters, "CustSpaceId", cust_space_id);
    parameters
}

/// The same operations serve Viber.
const WHATSAPP: &str = "WHATSAPP";
