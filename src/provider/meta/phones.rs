//! Phone numbers of a business account: which id a number has, and whether it is verified.

use super::account::{Meta, about_the_business_account};
use super::operation::{GraphRequest, LIST_PHONE_NUMBERS};
use super::pages::Pages;
use super::wire::phone_numbers::{self as wire, PhoneNumber};
use super::wire::{Page, paths};
use crate::provider::error::{Class, Error, Verdict};
use crate::provider::face::{Line, Read};
use crate::qr_code::Phone;

impl Meta {
    pub(super) async fn phone_numbers_page(
        &self,
        after: Option<&str>,
        read: Read,
    ) -> Result<Page<PhoneNumber>, Error> {
        let path = paths::phone_numbers(self.version(), self.waba(&LIST_PHONE_NUMBERS)?);
        let request = GraphRequest::get(&LIST_PHONE_NUMBERS, path, wire::list(after));
        let answer = self.client.read(&request, read.lane, read.deadline).await;
        let answer = answer.map_err(about_the_business_account)?;
        wire::listed(&answer).map_err(|why| Error::unreadable(LIST_PHONE_NUMBERS.name, &why))
    }

    /// An id without a business account to look it up in is believed.
    pub(super) async fn find_phone(&self, phone: &Phone, read: Read) -> Result<Line, Error> {
        if let (Phone::Id(id), None) = (phone, self.waba_if_any()) {
            return Ok(Line { key: id.clone(), number: None, verified: None });
        }
        let found = self.phones(read).await?.into_iter().find(|known| match phone {
            Phone::Number(number) => known.number.as_ref() == Some(number),
            Phone::Id(id) => known.key == *id,
        });
        found.ok_or_else(|| Error::new(LIST_PHONE_NUMBERS.name, "Phone.NotOwned", NOT_OWNED))
    }

    /// Every phone number, page after page.
    pub(super) async fn phones(&self, read: Read) -> Result<Vec<Line>, Error> {
        let mut phones = Pages::new(&LIST_PHONE_NUMBERS);
        while phones.take(self.phone_numbers_page(phones.after(), read).await?)? {}
        let line = |found: PhoneNumber| {
            let verified = found.verification.as_deref().and_then(is_verified);
            Line { key: found.id, number: Some(found.number), verified }
        };
        Ok(phones.items.into_iter().map(line).collect())
    }
}

/// A number whose code was sent and never entered is not verified. `EXPIRED` speaks of the code alone: numbers that
/// have been in use for years show it.
fn is_verified(word: &str) -> Option<bool> {
    match word {
        "VERIFIED" => Some(true),
        "NOT_VERIFIED" => Some(false),
        _ => None,
    }
}

const NOT_OWNED: Verdict = Verdict::refused(
    Class::Slow,
    "this WhatsApp Business Account has no such phone number; check it, or register it there",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_certainly_not_verified_is_refused() {
        for (word, want, reason) in [
            ("VERIFIED", Some(true), "what it says"),
            ("NOT_VERIFIED", Some(false), "what it says"),
            ("EXPIRED", None, "the code has expired, the number works"),
            ("SOMETHING_NEW", None, "Meta decides"),
        ] {
            let line = Line { key: "1".to_owned(), number: None, verified: is_verified(word) };
            assert_eq!(
                (line.verified, line.usable().is_ok()),
                (want, want != Some(false)),
                "{word}: {reason}"
            );
        }
    }
}
