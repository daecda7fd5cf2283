//! The paths of the Graph API. Ids come from credentials, manifests and answers, so each is escaped.

use std::fmt::Write as _;

use crate::qr_code::Code;

/// QR codes of a phone number: list, create and update.
pub fn qr_codes(version: &str, phone_number_id: &str) -> String {
    path(&[version, phone_number_id, "message_qrdls"])
}

/// One QR code: read and delete.
pub fn qr_code(version: &str, phone_number_id: &str, code: &Code) -> String {
    path(&[version, phone_number_id, "message_qrdls", code.as_str()])
}

/// Templates of a business account: list, create and delete.
pub fn templates(version: &str, business_account_id: &str) -> String {
    path(&[version, business_account_id, "message_templates"])
}

/// One template: read and edit.
pub fn template(version: &str, template_id: &str) -> String {
    path(&[version, template_id])
}

/// Lets a paused template go on.
pub fn unpause(version: &str, template_id: &str) -> String {
    path(&[version, template_id, "unpause"])
}

/// The archive of a business account, on a host without versions: into it, or out of it.
pub fn archive(business_account_id: &str, out: bool) -> String {
    path(&[business_account_id, "message_templates", if out { "unarchive" } else { "archive" }])
}

/// Phone numbers of a business account.
pub fn phone_numbers(version: &str, business_account_id: &str) -> String {
    path(&[version, business_account_id, "phone_numbers"])
}

/// Upload sessions of an app.
pub fn uploads(version: &str, app_id: &str) -> String {
    path(&[version, app_id, "uploads"])
}

/// One upload session, whose id looks like `upload:…?sig=…`: the bytes go to it as it was answered.
pub fn upload(version: &str, session: &str) -> String {
    let (id, signature) = session.split_once('?').map_or((session, None), |(id, rest)| (id, Some(rest)));
    let signature = signature.map(|signature| format!("?{signature}")).unwrap_or_default();
    format!("{}{signature}", path(&[version, id]))
}

fn path(segments: &[&str]) -> String {
    segments.iter().fold(String::new(), |mut path, segment| {
        path.push('/');
        for byte in segment.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' => {
                    path.push(char::from(byte));
                }
                // Writing to a String cannot fail.
                _ => drop(write!(path, "%{byte:02X}")),
            }
        }
        path
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_never_leaves_its_segment() {
        let code = Code::parse("../X?y").unwrap();
        assert_eq!(qr_code("v25.0", "1065", &code), "/v25.0/1065/message_qrdls/..%2FX%3Fy");
        assert_eq!(templates("v25.0", "102290129340398"), "/v25.0/102290129340398/message_templates");
        assert_eq!(upload("v25.0", "upload:MTp?sig=ARZ"), "/v25.0/upload:MTp?sig=ARZ");
    }
}
