//! Bytes as text, in the two ways that the providers ask for.

use std::fmt::Write;

/// Percent-encodes as both signatures of Alibaba demand, and every other server takes: everything but `A-Z a-z 0-9 - _ . ~`.
///
/// Form encoders write `+` for a space, keep `*` and escape `~`; each of them breaks the signature.
pub(super) fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
