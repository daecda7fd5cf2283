//! QR codes: `Create-`, `Update-`, `Delete-` and `ListPhoneMessageQrdl`.

use serde::Deserialize;
use serde_json::Value;

use super::{Parameters, push};
use crate::api::ImageFormat;
use crate::provider::lenient::{Many, One, Unreadable, Word, read};
use crate::qr_code::{Code, Observed, expiry};

/// Whose codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The tenant, where it is not the account's own.
    pub cust_space_id: Option<&'a str>,
    /// Country code and number; a leading `+` is taken off, since the service refuses it.
    pub phone: &'a str,
}

impl Scope<'_> {
    fn parameters(self) -> Parameters {
        let mut parameters = vec![("PhoneNumber", self.phone.trim_start_matches('+').to_owned())];
        push(&mut parameters, "CustSpaceId", self.cust_space_id);
        parameters
    }
}

/// `CreatePhoneMessageQrdl`.
pub fn create(scope: Scope<'_>, message: &str, format: ImageFormat) -> Parameters {
    let mut parameters = scope.parameters();
    parameters.push(("PrefilledMessage", message.to_owned()));
    parameters.push(("GenerateQrImage", word(format).to_owned()));
    parameters
}

/// `UpdatePhoneMessageQrdl`. The answer may carry another code: that one is the identity from then on.
pub fn update(scope: Scope<'_>, code: &Code, message: &str, format: ImageFormat) -> Parameters {
    let mut parameters = create(scope, message, format);
    parameters.push(("QrdlCode", code.to_string()));
    parameters
}

/// `DeletePhoneMessageQrdl`.
pub fn delete(scope: Scope<'_>, code: &Code) -> Parameters {
    let mut parameters = scope.parameters();
    parameters.push(("QrdlCode", code.to_string()));
    parameters
}

/// `ListPhoneMessageQrdl`: the whole list, without pages or filters.
pub fn list(scope: Scope<'_>) -> Parameters {
    scope.parameters()
}

fn word(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Svg => "SVG",
        ImageFormat::Png => "PNG",
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Entry {
    qrdl_code: Word,
    phone_number: Word,
    prefilled_message: Word,
    deep_link_url: Word,
    qr_image_url: Word,
    generate_qr_image: Word,
}

impl Entry {
    fn observed(self) -> Option<Observed> {
        let image_url = self.qr_image_url.trimmed();
        Some(Observed {
            code: Code::parse(&self.qrdl_code.trimmed()?)?,
            phone: self.phone_number.trimmed(),
            message: self.prefilled_message.exact().unwrap_or_default(),
            link: self.deep_link_url.trimmed(),
            image_expires: image_url.as_deref().and_then(expiry),
            image_url,
            image_format: match self.generate_qr_image.upper().as_deref() {
                Some("SVG") => Some(ImageFormat::Svg),
                Some("PNG") => Some(ImageFormat::Png),
                _ => None,
            },
        })
    }
}

/// The answer to a create or an update.
pub fn written(answer: &Value) -> Result<Observed, Unreadable> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Answer {
        data: One<Entry>,
    }
    let Answer { data: One(data) } = read(answer)?;
    data.and_then(Entry::observed).ok_or_else(|| Unreadable::new("it has no QrdlCode"))
}

/// The answer to a list. An entry without a code spoils the whole list, since a list that may lack one
/// must never prove that a code is gone.
pub fn listed(answer: &Value) -> Result<Vec<Observed>, Unreadable> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Answer {
        data: Many<Entry>,
    }
    let Answer { data: Many(data) } = read(answer)?;
    let entries = data.into_iter().enumerate();
    entries
        .map(|(index, entry)| {
            entry.observed().ok_or_else(|| Unreadable::new(format!("Data[{index}] has no QrdlCode")))
        })
        .collect()
}
