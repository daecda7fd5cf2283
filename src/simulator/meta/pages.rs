//! Pages with cursors (vendor-docs/meta-message_qrdls.txt, "Pagination information").

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::encoding::percent;
use super::super::state::State;
use super::auth::Caller;
use super::error::GraphError;
use super::parameters::Parameters;

/// Which page was asked for.
pub(super) struct Window {
    limit: usize,
    after: Option<u64>,
    before: Option<u64>,
}

impl Window {
    pub(super) fn read(state: &State, parameters: &Parameters, most: usize) -> Result<Self, GraphError> {
        let limit = match parameters.whole("limit")? {
            None => 25,
            Some(limit) => match usize::try_from(limit).ok().filter(|limit| *limit >= 1) {
                Some(limit) if limit <= most => limit,
                // "Default and maximum limit is typically 25": refused or cut down, by a switch.
                Some(_) if state.settings.meta.clamps_limit => most,
                _ => return Err(GraphError::invalid(&format!("Param limit must be between 1 and {most}."))),
            },
        };
        Ok(Self { limit, after: cursor(parameters, "after")?, before: cursor(parameters, "before")? })
    }

    /// Cuts the page out of things that are sorted by a falling number.
    pub(super) fn cut<T>(&self, things: Vec<(u64, T)>) -> Page<T> {
        let newest = things.first().map(|(number, _)| *number);
        let oldest = things.last().map(|(number, _)| *number);
        let mut things: Vec<_> = things
            .into_iter()
            .filter(|(number, _)| self.after.is_none_or(|after| *number < after))
            .filter(|(number, _)| self.before.is_none_or(|before| *number > before))
            .collect();
        if self.before.is_some() {
            // The page before a cursor ends right at it.
            things.drain(..things.len().saturating_sub(self.limit));
        }
        things.truncate(self.limit);
        let first = things.first().map(|(number, _)| *number);
        let last = things.last().map(|(number, _)| *number);
        Page {
            previous: first.filter(|_| first != newest),
            next: last.filter(|_| last != oldest),
            ends: first.zip(last),
            things: things.into_iter().map(|(_, thing)| thing).collect(),
        }
    }
}

/// One page.
pub(super) struct Page<T> {
    pub(super) things: Vec<T>,
    ends: Option<(u64, u64)>,
    previous: Option<u64>,
    next: Option<u64>,
}

impl<T> Page<T> {
    pub(super) fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        let Self { things, ends, previous, next } = self;
        Page { things: things.into_iter().map(convert).collect(), ends, previous, next }
    }
}

impl Page<Value> {
    /// `data` and `paging`. An empty list has no `paging` (vendor-docs, `empty_response`).
    pub(super) fn into_value(
        self,
        state: &State,
        call: &Call<'_>,
        caller: &Caller,
        parameters: &Parameters,
    ) -> Value {
        let mut value = json!({ "data": self.things });
        if let Some((first, last)) = self.ends {
            let base = || link(state, call, caller, parameters);
            value["paging"] = json!({ "cursors": { "before": write(first), "after": write(last) } });
            if let Some(next) = self.next {
                value["paging"]["next"] = format!("{}&after={}", base(), write(next)).into();
            }
            if let Some(previous) = self.previous {
                value["paging"]["previous"] = format!("{}&before={}", base(), write(previous)).into();
            }
        }
        value
    }
}

fn write(number: u64) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("cursor:{number}"))
}

fn cursor(parameters: &Parameters, name: &str) -> Result<Option<u64>, GraphError> {
    let Some(text) = parameters.text(name)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let number = decoded.and_then(|text| text.strip_prefix("cursor:")?.parse().ok());
    number.map(Some).ok_or_else(|| GraphError::invalid(&format!("Invalid cursor in param {name}.")))
}

/// The same call again, as Graph writes it: with the token in the address, which therefore must never be logged.
fn link(state: &State, call: &Call<'_>, caller: &Caller, parameters: &Parameters) -> String {
    let mut link = format!(
        "{}{}?access_token={}",
        state.settings.public_url,
        call.request.path,
        percent(&caller.token.token)
    );
    for (name, value) in parameters.iter() {
        if matches!(name.as_str(), "after" | "before" | "access_token") {
            continue;
        }
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        link.extend(["&", &percent(name), "=", &percent(&text)]);
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_pages_in_both_directions() {
        let things = || (1..=7_u64).rev().map(|number| (number, number)).collect::<Vec<_>>();
        for (after, before, shown, previous, next) in [
            (None, None, vec![7, 6, 5], false, true),
            (Some(5), None, vec![4, 3, 2], true, true),
            (Some(2), None, vec![1], true, false),
            (Some(1), None, vec![], false, false),
            (None, Some(4), vec![7, 6, 5], false, true),
            (None, Some(1), vec![4, 3, 2], true, true),
        ] {
            let page = Window { limit: 3, after, before }.cut(things());
            assert_eq!(page.things, shown, "{after:?} {before:?}");
            assert_eq!((page.previous.is_some(), page.next.is_some()), (previous, next), "{shown:?}");
        }
    }
}
