//! QR codes at Alibaba Cloud: the whole list in one answer, and another code with every update.

use super::account::Alibaba;
use super::operation::{CREATE_QR_CODE, DELETE_QR_CODE, LIST_QR_CODES, Operation, UPDATE_QR_CODE};
use super::wire::Parameters;
use super::wire::qr_codes::{self as wire, Scope};
use crate::api::ImageFormat;
use crate::provider::attempt::Mandate;
use crate::provider::error::{Class, Effect, Error};
use crate::provider::face::{Deleted, Listing, QrCodes, Read};
use crate::qr_code::{Code, Observed};

impl Alibaba {
    fn scope<'a>(&'a self, phone: &'a str) -> Scope<'a> {
        Scope { cust_space_id: self.space(), phone }
    }

    async fn write_code(
        &self,
        operation: &'static Operation,
        parameters: &Parameters,
        mandate: Mandate<'_>,
    ) -> Result<Observed, Error> {
        let answer = self.client.write(operation, parameters, mandate).await?;
        wire::written(&answer).map_err(|why| Error::unreadable(operation.name, &why))
    }
}

impl QrCodes for Alibaba {
    /// Each code comes with the format it was made with, whichever is asked for.
    async fn list_codes(&self, phone: &str, _: ImageFormat, read: Read) -> Result<Listing<Observed>, Error> {
        let parameters = wire::list(self.scope(phone));
        let list = self.client.dated_read(&LIST_QR_CODES, &parameters, read.lane, read.deadline);
        let (answer, started) = list.await?;
        let items = wire::listed(&answer).map_err(|why| Error::unreadable(LIST_QR_CODES.name, &why))?;
        Ok(Listing { started, items, complete: true })
    }

    async fn new_codes(
        &self,
        phone: &str,
        format: ImageFormat,
        _: &(dyn Fn(&Code) -> bool + Sync),
        read: Read,
    ) -> Result<Listing<Observed>, Error> {
        self.list_codes(phone, format, read).await
    }

    async fn find_code(
        &self,
        phone: &str,
        code: &Code,
        format: ImageFormat,
        read: Read,
    ) -> Result<Option<Observed>, Error> {
        let listing = self.list_codes(phone, format, read).await?;
        Ok(listing.items.into_iter().find(|known| known.code == *code))
    }

    async fn create_code(
        &self,
        phone: &str,
        message: &str,
        format: ImageFormat,
        mandate: Mandate<'_>,
    ) -> Result<Observed, Error> {
        let parameters = wire::create(self.scope(phone), message, format);
        self.write_code(&CREATE_QR_CODE, &parameters, mandate).await
    }

    async fn update_code(
        &self,
        phone: &str,
        code: &Code,
        message: &str,
        format: ImageFormat,
        mandate: Mandate<'_>,
    ) -> Result<Observed, Error> {
        let parameters = wire::update(self.scope(phone), code, message, format);
        self.write_code(&UPDATE_QR_CODE, &parameters, mandate).await.map_err(about_a_code)
    }

    async fn delete_code(&self, phone: &str, code: &Code, mandate: Mandate<'_>) -> Result<Deleted, Error> {
        let read = Read::after(&mandate);
        let parameters = wire::delete(self.scope(phone), code);
        let Err(error) = self.client.write(&DELETE_QR_CODE, &parameters, mandate).await else {
            return Ok(Deleted::Now);
        };
        let error = about_a_code(error);
        match error.class {
            // What a code that is gone is answered is not documented, so any refusal may be that.
            Class::NotFound { .. } | Class::Slow | Class::Terminal => {
                match self.find_code(phone, code, ImageFormat::default(), read).await {
                    // One list may lack what is there (claims.md 9): whoever has the intent asks for another, later.
                    Ok(None) => Err(Error {
                        class: Class::Transient,
                        effect: Effect::Unclear,
                        advice: "a list lacks the code too; another one, a little later, decides".into(),
                        ..error
                    }),
                    _ => Err(error),
                }
            }
            _ => Err(error),
        }
    }
}

/// The error for a code that is not there is not documented; the one that seems to be it says of phone number,
/// space and code alike that they are not ours (A4; part E).
fn about_a_code(error: Error) -> Error {
    match &*error.code {
        "Unknown.ResourceOwnerId" => Error {
            class: Class::NotFound { certain: false },
            advice: "the code does not exist, or the phone number or space is not this account's; waops asks the list"
                .into(),
            ..error
        },
        _ => error,
    }
}
