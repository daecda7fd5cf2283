//! Parameters, from wherever Graph accepts them: query, JSON, form or multipart body (providers.md B1).

use serde_json::{Map, Value};

use super::super::encoding;
use super::super::request::Request;
use super::error::GraphError;

/// The parameters of a call.
pub(super) struct Parameters(Map<String, Value>);

impl Parameters {
    pub(super) fn new(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    pub(super) fn read(request: &Request) -> Result<Self, GraphError> {
        let mut fields = Map::new();
        let mut texts = request.query_pairs();
        let kind = request.content_type();
        if kind.starts_with("multipart/form-data") {
            texts.extend(encoding::multipart(kind, &request.body));
        }
        texts.extend(request.form_pairs());
        fields.extend(texts.into_iter().map(|(name, value)| (name, Value::String(value))));
        // A GET with a body is accepted: S3 prints `--data '{}'` (B1).
        if kind.starts_with("application/json") && !request.body.is_empty() {
            match serde_json::from_slice(&request.body) {
                Ok(Value::Object(body)) => fields.extend(body),
                _ => return Err(GraphError::invalid("The request body is not a JSON object.")),
            }
        }
        Ok(Self(fields))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, GraphError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(GraphError::invalid(&format!("Param {name} must be a string."))),
        }
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, GraphError> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| GraphError::missing(name))
    }

    pub(super) fn one_of(&self, name: &str, allowed: &[&str]) -> Result<Option<String>, GraphError> {
        // Categories are accepted in either case (part F).
        let value = self.text(name)?.map(str::to_ascii_uppercase);
        match value {
            Some(value) if !allowed.contains(&value.as_str()) => {
                let message = format!("Param {name} must be one of {{{}}}", allowed.join(", "));
                Err(GraphError::invalid(&message))
            }
            value => Ok(value),
        }
    }

    pub(super) fn whole(&self, name: &str) -> Result<Option<i64>, GraphError> {
        let wrong = || GraphError::invalid(&format!("Param {name} must be an integer."));
        self.get(name).map(|value| super::super::values::whole(value).ok_or_else(wrong)).transpose()
    }

    /// A structure: JSON as such, or JSON within a text, as forms write it.
    pub(super) fn structure(&self, name: &str) -> Result<Option<Value>, GraphError> {
        match self.get(name) {
            Some(Value::String(text)) => serde_json::from_str(text)
                .map(Some)
                .map_err(|_| GraphError::invalid(&format!("Param {name} must be JSON."))),
            value => Ok(value.cloned()),
        }
    }

    /// A list of words: `["a"]`, or `a,b` as some clients join them (B3.1, archive).
    pub(super) fn words(&self, name: &str) -> Result<Vec<String>, GraphError> {
        let value = match self.get(name) {
            Some(Value::String(text)) if !text.starts_with('[') => {
                return Ok(text.split(',').map(|word| word.trim().to_owned()).collect());
            }
            _ => self.structure(name)?.unwrap_or_else(|| Value::Array(Vec::new())),
        };
        let words = value.as_array().and_then(|items| {
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        words.ok_or_else(|| GraphError::invalid(&format!("Param {name} must be an array of strings.")))
    }
}
