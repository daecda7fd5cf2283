//! Prose: in lines that fit, and with verbs that fit their number.

/// The words of a text in lines of at most so many characters. A word that is longer has a line of its own: it may be a
/// link, or something to be pasted.
pub(super) fn wrap(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

/// `1 needs you`, `2 need you`.
pub(super) fn need_you(count: usize) -> String {
    format!("{count} {} you", if count == 1 { "needs" } else { "need" })
}
