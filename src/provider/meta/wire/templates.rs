//! Requests about templates: `message_templates` and one template by its id.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Query;
use super::components::{Handles, MissingHandle, components};
use crate::api::{Category, ParameterFormat, SubCategory};
use crate::provider::lenient::{Many, Word, read};
use crate::provider::sparse::sparse;
use crate::template::{Body, Button, Desired, Header, Text};

/// The fields that waops reads.
const FIELDS: &str = "id,name,language,status,category,sub_category,previous_category,correct_category,\
    components,parameter_format,rejected_reason,quality_score,message_send_ttl_seconds,\
    cta_url_link_tracking_opted_out";

/// Body of a create.
pub fn create(desired: &Desired, handles: &Handles) -> Result<Value, MissingHandle> {
    let shows_order = desired.buttons.iter().any(|button| matches!(button, Button::OrderDetails { .. }));
    Ok(sparse(json!({
        "name": desired.name,
        "language": desired.language,
        "category": desired.category.as_str(),
        "sub_category": desired.sub_category.map(SubCategory::as_str),
        "parameter_format": parameter_format(desired),
        "display_format": shows_order.then_some("ORDER_DETAILS"),
        "allow_category_change": desired.allow_category_change,
        "message_send_ttl_seconds": desired.ttl_seconds,
        "cta_url_link_tracking_opted_out": desired.link_tracking_opted_out,
        "product_set_id": desired.product_set_id,
        "components": components(desired, handles)?,
    })))
}

/// Body of an edit: all components again, since it replaces them as a whole. A category is only for a
/// template that is not approved: the category of an approved one cannot change.
pub fn edit(
    desired: &Desired,
    handles: &Handles,
    category: Option<Category>,
) -> Result<Value, MissingHandle> {
    Ok(sparse(json!({
        "category": category.map(Category::as_str),
        "message_send_ttl_seconds": desired.ttl_seconds,
        "cta_url_link_tracking_opted_out": desired.link_tracking_opted_out,
        "components": components(desired, handles)?,
    })))
}

/// Parameters of the list, one page.
pub fn list(limit: u32, after: Option<&str>) -> Query {
    let mut query = vec![("fields", FIELDS.to_owned()), ("limit", limit.to_string())];
    query.extend(after.map(|after| ("after", after.to_owned())));
    query
}

/// Parameters of the list that find one name. The filter is not exact: compare name and language.
pub fn find(name: &str, after: Option<&str>) -> Query {
    let mut query = vec![("fields", FIELDS.to_owned()), ("name", name.to_owned())];
    query.extend(after.map(|after| ("after", after.to_owned())));
    query
}

/// Parameters of the read of one template.
pub fn one() -> Query {
    vec![("fields", FIELDS.to_owned())]
}

/// Parameters of the delete of one language. The name alone would delete every language
/// (providers.md, trap 30).
pub fn delete(id: &str, name: &str) -> Query {
    vec![("hsm_id", id.to_owned()), ("name", name.to_owned())]
}

/// Body of a move into the archive or out of it.
pub fn shelve(id: &str) -> Value {
    json!({"hsm_ids": [id]})
}

/// The templates that such a move left where they were.
pub fn failed(answer: &Value) -> Vec<String> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Answer {
        failed_templates: Many<Word>,
    }
    let answer: Answer = read(answer).unwrap_or_default();
    answer.failed_templates.0.iter().filter_map(Word::trimmed).collect()
}

/// Only where a text has variables: those of links are numbered whatever this says.
fn parameter_format(desired: &Desired) -> Option<&'static str> {
    let has_variables = |text: &Text| text.variables().next().is_some();
    let header = match &desired.header {
        Some(Header::Text(text)) => Some(text),
        _ => None,
    };
    let body = match &desired.body {
        Body::Text(text) => Some(text),
        Body::Code { .. } => None,
    };
    let cards = desired.cards.iter().filter_map(|card| card.body.as_ref());
    let word = match desired.parameter_format {
        ParameterFormat::Named => "NAMED",
        ParameterFormat::Positional => "POSITIONAL",
    };
    header.into_iter().chain(body).chain(cards).any(has_variables).then_some(word)
}
