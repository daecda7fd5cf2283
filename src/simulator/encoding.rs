//! Encodings of the wire. Written here once more on purpose: the simulator judges our clients, so
//! it shares no code with them.

/// Percent-encoding with the unreserved set of Alibaba's signatures (providers.md A5.2).
pub(crate) fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(b"0123456789ABCDEF"[usize::from(byte >> 4)]));
            encoded.push(char::from(b"0123456789ABCDEF"[usize::from(byte & 15)]));
        }
    }
    encoded
}

/// Undoes percent-encoding; `+` is a space, as form encoders write it.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => {
                if let (Some(high), Some(low)) = (digit(*high), digit(*low)) {
                    bytes.push(high << 4 | low);
                    rest = after;
                } else {
                    bytes.push(b'%');
                }
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Decodes a path segment, where `+` stands for itself.
pub(crate) fn path_segment(text: &str) -> String {
    decode(&text.replace('+', "%2B"))
}

/// Reads `a=1&b=2`.
pub(crate) fn form(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

/// Reads the fields of a `multipart/form-data` body; content of files counts as text.
pub(crate) fn multipart(content_type: &str, body: &[u8]) -> Vec<(String, String)> {
    let Some(boundary) = content_type.split(';').find_map(|part| part.trim().strip_prefix("boundary="))
    else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(body);
    text.split(&format!("--{}", boundary.trim_matches('"')))
        .filter_map(|part| {
            let (headers, content) = part.trim_start_matches("\r\n").split_once("\r\n\r\n")?;
            let name = headers.split(';').find_map(|piece| piece.trim().strip_prefix("name=\""))?;
            let name = name.split('"').next()?;
            Some((name.to_owned(), content.strip_suffix("\r\n").unwrap_or(content).to_owned()))
        })
        .collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit_of).collect()
}

fn digit_of(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_the_signature_asks_for() {
        // providers.md A6.1
        let text = "Héllo wörld & 你好 100%*~ +1";
        let escaped = "H%C3%A9llo%20w%C3%B6rld%20%26%20%E4%BD%A0%E5%A5%BD%20100%25%2A~%20%2B1";
        assert_eq!(percent(text), escaped);
        assert_eq!(decode(escaped), text);
    }

    #[test]
    fn reads_what_clients_send() {
        let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(form("a=1+2&b&c=%zz%"), pairs(&[("a", "1 2"), ("b", ""), ("c", "%zz%")]));
        let body = b"--x\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\nA\r\nB\r\n--x--\r\n";
        assert_eq!(multipart("multipart/form-data; boundary=x", body), pairs(&[("code", "A\r\nB")]));
        assert_eq!(path_segment("a+b%2B"), "a+b+");
    }
}
