//! Bytes to text: UTF-8, and no more of it than anybody writes.

use super::{
    fault::{FILE_TOO_LARGE, Fault, YAML_ENCODING},
    node::Position,
};

/// Larger files are refused before they are read.
pub const MAX_BYTES: u64 = 16 << 20;

pub(super) fn too_large() -> Fault {
    let message = format!("the file is larger than {} MiB", MAX_BYTES >> 20);
    Fault::new(FILE_TOO_LARGE, message, "split it into several files")
}

/// Decodes a whole file, without its byte order mark.
pub fn decode(bytes: Vec<u8>) -> Result<String, Fault> {
    if let Some(name) = foreign_mark(&bytes) {
        let help = "save the file as UTF-8 (in PowerShell: Out-File -Encoding utf8)";
        let message = format!("the file is encoded in {name}, not in UTF-8");
        return Err(Fault::new(YAML_ENCODING, message, help).at(Position { line: 1, column: 1 }));
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let (good, bad) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        let byte = bad.first().copied().unwrap_or_default();
        let message = format!("the byte 0x{byte:02x} is not UTF-8");
        let place = position_after(&String::from_utf8_lossy(good));
        Fault::new(YAML_ENCODING, message, "save the file as UTF-8").at(place)
    })?;
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    match text.char_indices().find(|(_, character)| !is_allowed(*character)) {
        None => Ok(text),
        Some((at, character)) => {
            let message =
                format!("the control character U+{:04X} is not allowed in YAML", u32::from(character));
            let help = "remove it; within double quotes it can be written as an escape such as \\x07";
            Err(Fault::new(YAML_ENCODING, message, help).at(position_after(&text[..at])))
        }
    }
}

/// UTF-32 first: its little-endian mark starts with that of UTF-16.
fn foreign_mark(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] => Some("UTF-16 (little-endian)"),
        [0xfe, 0xff, ..] => Some("UTF-16 (big-endian)"),
        _ => None,
    }
}

/// The characters that kubectl's parser takes.
fn is_allowed(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' => true,
        '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        other => other >= '\u{a0}',
    }
}

/// Where the character after this text stands.
fn position_after(text: &str) -> Position {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let line = text.rsplit('\n').next().unwrap_or_default();
    let newlines = text.bytes().filter(|byte| *byte == b'\n').count();
    Position { line: number(newlines + 1), column: number(line.chars().count() + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_8_is_text_with_or_without_a_mark() {
        assert_eq!(decode(b"a: \xc3\xa9".to_vec()).unwrap(), "a: é");
        assert_eq!(decode(b"\xef\xbb\xbfa: b\r\n\tx".to_vec()).unwrap(), "a: b\r\n\tx");
        assert_eq!(decode("a: 🎉\u{85}".into()).unwrap(), "a: 🎉\u{85}");
        assert_eq!(decode(Vec::new()).unwrap(), "");
    }

    #[test]
    fn anything_else_is_a_fault_with_its_place() {
        let cases = [
            (&b"a: 1\n\xc3\xa9: \xff"[..], (2, 4), "0xff", "columns count characters, not bytes"),
            (&b"a: \xc3"[..], (1, 4), "0xc3", "a sequence cut short"),
            (&b"\xff\xfea\0"[..], (1, 1), "UTF-16 (little-endian)", "as Notepad saves"),
            (&b"\xfe\xff\0a"[..], (1, 1), "UTF-16 (big-endian)", "the other way round"),
            (&b"\xff\xfe\0\0a\0\0\0"[..], (1, 1), "UTF-32", "whose mark starts like UTF-16's"),
            (&b"a\0:\0"[..], (1, 2), "U+0000", "UTF-16 without a mark"),
            (&b"a: 1\nb: \x1b[31m"[..], (2, 4), "U+001B", "an escape sequence"),
            ("a\u{feff}".as_bytes(), (1, 2), "U+FEFF", "a mark in the middle, as `cat` makes them"),
        ];
        for (bytes, (line, column), named, why) in cases {
            let fault = decode(bytes.to_vec()).unwrap_err();
            assert_eq!(fault.rule, YAML_ENCODING, "{why}");
            assert_eq!(fault.position, Some(Position { line, column }), "{why}");
            assert!(fault.message.contains(named), "{why}: {fault}");
        }
    }
}
