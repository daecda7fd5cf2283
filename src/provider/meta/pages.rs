//! Lists of the Graph API, page by page.

use super::operation::Operation;
use super::wire::Page;
use crate::provider::error::{Class, Error, Verdict};

/// More than anything here can have: 2,000 codes are 80 pages, 6,000 templates 60.
const MOST_PAGES: usize = 1_000;

/// Pages, as they come. A list that ends early must never pass for a whole one.
pub(super) struct Pages<T> {
    operation: &'static Operation,
    taken: usize,
    after: Option<String>,
    pub(super) items: Vec<T>,
}

impl<T> Pages<T> {
    pub(super) fn new(operation: &'static Operation) -> Self {
        Self { operation, taken: 0, after: None, items: Vec::new() }
    }

    /// Where the page begins that is wanted next.
    pub(super) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// Takes a page, and says whether there is another one.
    pub(super) fn take(&mut self, page: Page<T>) -> Result<bool, Error> {
        self.taken += 1;
        self.items.extend(page.items);
        let circles = page.after.is_some() && page.after == self.after;
        if circles || self.taken > MOST_PAGES {
            return Err(Error::new(self.operation.name, "List.Endless", ENDLESS));
        }
        self.after = page.after;
        Ok(self.after.is_some())
    }
}

const ENDLESS: Verdict =
    Verdict::refused(Class::Slow, "the pages of the list go round in circles; if it stays so, report this");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::meta::operation::LIST_QR_CODES;

    #[test]
    fn a_list_ends_where_its_provider_says() {
        let page = |after: Option<&str>| Page { items: vec![1], after: after.map(str::to_owned) };
        let mut pages = Pages::new(&LIST_QR_CODES);
        assert_eq!(pages.take(page(Some("a"))), Ok(true));
        assert_eq!(pages.take(page(Some("b"))), Ok(true));
        assert_eq!(&*pages.take(page(Some("b"))).unwrap_err().code, "List.Endless");
        assert_eq!(pages.take(page(None)), Ok(false));
        assert_eq!(pages.items.len(), 4);
    }
}
