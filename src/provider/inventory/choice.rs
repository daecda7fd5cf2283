//! Reading objects one by one, or all of them by a list: whichever costs fewer calls.

/// How to look at some objects of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing is asked for, so nothing is called.
    Nowhere,
    /// One exact read for each.
    Exact,
    /// One list for all.
    List,
}

impl Look {
    /// Chooses for so many objects, a list of so many pages (unknown before the first), and a provider that can
    /// or cannot read one object by its key. Of equal costs the list is better: it shows strangers too.
    pub fn choose(objects: usize, pages: Option<usize>, reads_one: bool) -> Self {
        match (objects, pages) {
            (0, _) => Self::Nowhere,
            (_, Some(pages)) if reads_one && objects < pages => Self::Exact,
            _ => Self::List,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheaper_look_is_chosen() {
        for (objects, pages, reads_one, want, reason) in [
            (0, Some(80), true, Look::Nowhere, "nobody asks"),
            (1, None, true, Look::List, "nothing is known yet, and a list is needed for absence anyway"),
            (1, Some(1), true, Look::List, "one call either way, and the list shows more"),
            (1, Some(2), true, Look::Exact, "one call, not two"),
            (79, Some(80), true, Look::Exact, "2,000 codes at Meta are 80 pages of 25"),
            (80, Some(80), true, Look::List, "a tie"),
            (500, Some(80), true, Look::List, "a drift pass over everything"),
            (1, Some(80), false, Look::List, "Alibaba cannot read one code"),
            (1, Some(0), true, Look::List, "an empty list is one call too"),
        ] {
            assert_eq!(Look::choose(objects, pages, reads_one), want, "{reason}");
        }
    }
}
