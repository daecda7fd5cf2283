//! Words that many objects have.

use std::collections::HashSet;

use crate::api::Name;

/// With so few, it is not worth looking which of them nobody has any more.
const FEW: usize = 256;

/// Each word once, however many objects have it: names of accounts, what conditions say.
#[derive(Debug, Default)]
pub(super) struct Words {
    all: HashSet<Name>,
    /// How many somebody had when that was last looked at.
    had: usize,
}

impl Words {
    /// The same word, of which there is only this one.
    pub(super) fn share(&mut self, word: &mut Name) {
        if let Some(known) = self.all.get(word) {
            word.clone_from(known);
            return;
        }
        if self.all.len() >= FEW.max(2 * self.had) {
            self.all.retain(Name::is_shared);
            self.had = self.all.len();
        }
        self.all.insert(word.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_kept_once_and_as_long_as_somebody_has_it() {
        let mut words = Words::default();
        let mut kept = Name::from("Live");
        words.share(&mut kept);
        let mut again = Name::from("Live");
        words.share(&mut again);
        assert!(std::ptr::eq(kept.as_str(), again.as_str()));
        for number in 0..10_000 {
            words.share(&mut Name::from(number.to_string()));
            assert!(words.all.len() <= FEW + 1, "{number}: {}", words.all.len());
        }
        let mut later = Name::from("Live");
        words.share(&mut later);
        assert!(std::ptr::eq(kept.as_str(), later.as_str()), "it was not forgotten meanwhile");
    }
}
