//! "Did you mean"

/// The known word that somebody may have meant.
pub fn similar<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| {
        word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    if written.len() > 64 {
        return None;
    }
    let written = plain(written);
    let near = |word: &str| {
        let word = plain(word);
        match strsim::damerau_levenshtein(&written, &word) {
            distance if distance <= 1.max(word.len() / 3).min(3) => Some(distance),
            // `phone` for `phoneNumber`, after everything that differs by a letter.
            _ if written.len() >= 4 && word.starts_with(&written) => Some(4),
            _ => None,
        }
    };
    if written.is_empty() {
        return None;
    }
    known
        .filter_map(|word| near(word).map(|distance| (distance, word)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}
