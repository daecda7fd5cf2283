//! Phone numbers of a business account, to find the id of one.

use serde::Deserialize;
use serde_json::Value;

use super::{Page, Query, page};
use crate::provider::lenient::{Unreadable, Word};

/// A phone number of a business account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneNumber {
    /// Meta's id of it.
    pub id: String,
    /// Country code and number, digits alone; Meta shows it with blanks and dashes.
    pub number: String,
    /// `VERIFIED`, or another word for why not.
    pub verification: Option<String>,
}

/// Parameters of the list.
pub fn list(after: Option<&str>) -> Query {
    let mut query = vec![
        ("fields", "id,display_phone_number,code_verification_status".to_owned()),
        ("limit", "100".to_owned()),
    ];
    query.extend(after.map(|after| ("after", after.to_owned())));
    query
}

/// One page of the list.
pub fn listed(answer: &Value) -> Result<Page<PhoneNumber>, Unreadable> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Entry {
        id: Word,
        display_phone_number: Word,
        code_verification_status: Word,
    }
    page(answer, |entry: Entry| {
        let shown = entry.display_phone_number.exact().ok_or("display_phone_number")?;
        Ok(PhoneNumber {
            id: entry.id.trimmed().ok_or("id")?,
            number: shown.chars().filter(char::is_ascii_digit).collect(),
            verification: entry.code_verification_status.upper(),
        })
    })
}
