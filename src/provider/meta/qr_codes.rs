//! QR codes at Meta: pages, newest first, and updates that keep the code.

use tokio::time::Instant;

use super::account::{Meta, about_the_phone};
use super::operation::{CREATE_QR_CODE, DELETE_QR_CODE, GraphRequest, LIST_QR_CODES, UPDATE_QR_CODE};
use super::pages::Pages;
use super::wire::{Page, Query, paths, qr_codes as wire, success};
use crate::api::ImageFormat;
use crate::provider::attempt::Mandate;
use crate::provider::error::{Class, Error};
use crate::provider::face::{Deleted, Listing, QrCodes, Read, deleted, not_done};
use crate::qr_code::{Code, Observed};

impl Meta {
    /// A page, and when its request left the queue.
    async fn codes_page(
        &self,
        phone: &str,
        query: Query,
        read: Read,
    ) -> Result<(Page<Observed>, Instant), Error> {
        let request = GraphRequest::get(&LIST_QR_CODES, paths::qr_codes(self.version(), phone), query);
        let page = self.client.dated_read(&request, read.lane, read.deadline).await;
        let (answer, left) = page.map_err(about_the_phone)?;
        let page = wire::listed(&answer).map_err(|why| Error::unreadable(LIST_QR_CODES.name, &why))?;
        Ok((page, left))
    }

    async fn write_code(&self, request: &GraphRequest, mandate: Mandate<'_>) -> Result<Observed, Error> {
        let answer = self.client.write(request, mandate).await?;
        wire::written(&answer).map_err(|why| Error::unreadable(request.operation.name, &why))
    }
}

/// Whether a page, newest first, has come to what is known: its older half is. One known code would be enough if no two
/// were made in the same second, which is as exactly as Meta tells; so many are enough all the same.
fn reaches_the_known(page: &[Observed], known: &(dyn Fn(&Code) -> bool + Sync)) -> bool {
    !page.is_empty() && page[page.len() / 2..].iter().all(|item| known(&item.code))
}

impl QrCodes for Meta {
    async fn list_codes(
        &self,
        phone: &str,
        format: ImageFormat,
        read: Read,
    ) -> Result<Listing<Observed>, Error> {
        self.new_codes(phone, format, &|_| false, read).await
    }

    async fn new_codes(
        &self,
        phone: &str,
        format: ImageFormat,
        known: &(dyn Fn(&Code) -> bool + Sync),
        read: Read,
    ) -> Result<Listing<Observed>, Error> {
        let (mut pages, mut first_left) = (Pages::new(&LIST_QR_CODES), None);
        loop {
            let (page, left) = self.codes_page(phone, wire::list(format, pages.after()), read).await?;
            let started = *first_left.get_or_insert(left);
            let ends = reaches_the_known(&page.items, known);
            let more = pages.take(page)?;
            if ends || !more {
                return Ok(Listing { started, items: pages.items, complete: !more });
            }
        }
    }

    /// By the filter of the list: an unknown code gives an empty list, where the direct read gives an error that
    /// could mean anything.
    async fn find_code(
        &self,
        phone: &str,
        code: &Code,
        format: ImageFormat,
        read: Read,
    ) -> Result<Option<Observed>, Error> {
        let (page, _) = self.codes_page(phone, wire::find(format, code), read).await?;
        Ok(page.items.into_iter().find(|known| known.code == *code))
    }

    async fn create_code(
        &self,
        phone: &str,
        message: &str,
        format: ImageFormat,
        mandate: Mandate<'_>,
    ) -> Result<Observed, Error> {
        let path = paths::qr_codes(self.version(), phone);
        let request = GraphRequest::post(&CREATE_QR_CODE, path, wire::create(message, format));
        self.write_code(&request, mandate).await.map_err(about_the_phone)
    }

    /// The format is a matter of reading; the answer brings no image, and the old one still holds.
    async fn update_code(
        &self,
        phone: &str,
        code: &Code,
        message: &str,
        _: ImageFormat,
        mandate: Mandate<'_>,
    ) -> Result<Observed, Error> {
        let path = paths::qr_codes(self.version(), phone);
        let request = GraphRequest::post(&UPDATE_QR_CODE, path, wire::update(code, message));
        self.write_code(&request, mandate).await
    }

    async fn delete_code(&self, phone: &str, code: &Code, mandate: Mandate<'_>) -> Result<Deleted, Error> {
        let read = Read::after(&mandate);
        let path = paths::qr_code(self.version(), phone, code);
        let request = GraphRequest::delete(&DELETE_QR_CODE, path, Query::new());
        match self.client.write(&request, mandate).await {
            Ok(answer) if success(&answer) == Some(false) => Err(not_done(DELETE_QR_CODE.name)),
            Ok(_) => Ok(Deleted::Now),
            Err(error @ Error { class: Class::NotFound { .. }, .. }) => {
                deleted(error, self.find_code(phone, code, ImageFormat::default(), read).await)
            }
            Err(error) => Err(error),
        }
    }
}
