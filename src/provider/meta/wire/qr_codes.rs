//! QR codes: `message_qrdls`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Page, Query, page};
use crate::api::ImageFormat;
use crate::provider::lenient::{Unreadable, Word, read};
use crate::qr_code::{Code, Observed, expiry};

/// The largest page.
const PAGE: &str = "25";

/// Body of a create.
pub fn create(message: &str, format: ImageFormat) -> Value {
    json!({"prefilled_message": message, "generate_qr_image": word(format)})
}

/// Body of an update. The same path without a code would create, so there is no update without one
/// (providers.md, trap 6); and an update has no image, so read the code again for it (trap 5).
pub fn update(code: &Code, message: &str) -> Value {
    json!({"code": code.as_str(), "prefilled_message": message})
}

/// Parameters of the list, one page.
pub fn list(format: ImageFormat, after: Option<&str>) -> Query {
    let mut query = vec![fields(format), ("limit", PAGE.to_owned())];
    query.extend(after.map(|after| ("after", after.to_owned())));
    query
}

/// Parameters of the list that find one code: an unknown one gives an empty list, where a direct read
/// gives an error that could mean anything.
pub fn find(format: ImageFormat, code: &Code) -> Query {
    vec![fields(format), ("code", code.to_string())]
}

/// Parameters of the direct read of one code.
pub fn one(format: ImageFormat) -> Query {
    vec![fields(format)]
}

fn fields(format: ImageFormat) -> (&'static str, String) {
    ("fields", format!("code,prefilled_message,deep_link_url,qr_image_url.format({})", word(format)))
}

fn word(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Svg => "SVG",
        ImageFormat::Png => "PNG",
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Qrdl {
    code: Word,
    prefilled_message: Word,
    deep_link_url: Word,
    qr_image_url: Word,
}

impl Qrdl {
    fn observed(self) -> Result<Observed, &'static str> {
        let image_url = self.qr_image_url.trimmed();
        Ok(Observed {
            code: self.code.trimmed().and_then(|code| Code::parse(&code)).ok_or("code")?,
            phone: None,
            message: self.prefilled_message.exact().unwrap_or_default(),
            link: self.deep_link_url.trimmed(),
            image_expires: image_url.as_deref().and_then(expiry),
            image_url,
            image_format: None,
        })
    }
}

/// The answer to a create or an update.
pub fn written(answer: &Value) -> Result<Observed, Unreadable> {
    let answer: Qrdl = read(answer)?;
    answer.observed().map_err(|field| Unreadable::new(format!("it has no {field}")))
}

/// One page of the list. An entry without a code spoils it, since a list that may lack one must never
/// prove that a code is gone. The direct read of one code has this shape too, and is never paged.
pub fn listed(answer: &Value) -> Result<Page<Observed>, Unreadable> {
    page(answer, Qrdl::observed)
}
