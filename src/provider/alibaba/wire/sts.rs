//! What STS says.

use serde::Deserialize;
use serde_json::Value;

use crate::provider::lenient::{Unreadable, Word, read};

/// Sixteen digits today.
const LONGEST: usize = 32;

/// Whose the credentials are: the id of the Alibaba Cloud account, be the caller itself, a user or a role of it.
/// It becomes a name that claims are kept by, so nothing but digits is taken for one.
pub fn account_id(answer: &Value) -> Result<String, Unreadable> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Answer {
        account_id: Word,
    }
    let answer: Answer = read(answer)?;
    let id = answer.account_id.trimmed().ok_or_else(|| Unreadable::new("it has no AccountId"))?;
    if id.len() > LONGEST || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unreadable::new("its AccountId is no number"));
    }
    Ok(id)
}
