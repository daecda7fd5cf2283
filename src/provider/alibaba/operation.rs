//! The operations of `cams` and STS that waops uses.

use super::sts;

/// Who offers an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Chat App Message Service.
    Cams,
    /// Security Token Service.
    Sts,
}

impl Service {
    /// Version of its API.
    pub fn version(self) -> &'static str {
        match self {
            Self::Cams => "2020-06-06",
            Self::Sts => sts::VERSION,
        }
    }
}

/// Where the parameters of an operation travel; the gateway takes both (A1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the query, as the vendor's SDKs do today.
    Query,
    /// In a form body: the components of a carousel are too long for an address.
    Form,
}

/// An operation.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name on the wire, in errors and in metrics.
    pub name: &'static str,
    /// Who offers it.
    pub service: Service,
    /// Where its parameters travel.
    pub place: Place,
    /// How often it may be called in a second, of two documented figures the lower.
    pub per_second: u32,
}

impl Operation {
    const fn query(name: &'static str) -> Self {
        Self { name, service: Service::Cams, place: Place::Query, per_second: 5 }
    }

    const fn form(name: &'static str) -> Self {
        Self { name, service: Service::Cams, place: Place::Form, per_second: 50 }
    }

    /// All of them.
    pub const ALL: &'static [&'static Self] = &[
        &CREATE_QR_CODE,
        &UPDATE_QR_CODE,
        &DELETE_QR_CODE,
        &LIST_QR_CODES,
        &CREATE_TEMPLATE,
        &MODIFY_TEMPLATE,
        &DELETE_TEMPLATE,
        &GET_TEMPLATE,
        &LIST_TEMPLATES,
        &MODIFY_TEMPLATE_PROPERTIES,
        &GET_CALLER_IDENTITY,
    ];
}

/// Makes a QR code. Not idempotent.
pub static CREATE_QR_CODE: Operation = Operation::query("CreatePhoneMessageQrdl");
/// Changes a QR code, and with it the code itself.
pub static UPDATE_QR_CODE: Operation = Operation::query("UpdatePhoneMessageQrdl");
/// Deletes a QR code.
pub static DELETE_QR_CODE: Operation = Operation::query("DeletePhoneMessageQrdl");
/// All QR codes of a phone number, in one answer.
pub static LIST_QR_CODES: Operation = Operation::query("ListPhoneMessageQrdl");
/// Submits a template for review.
pub static CREATE_TEMPLATE: Operation = Operation::form("CreateChatappTemplate");
/// Submits a changed template.
pub static MODIFY_TEMPLATE: Operation = Operation::form("ModifyChatappTemplate");
/// Deletes a template.
pub static DELETE_TEMPLATE: Operation = Operation::query("DeleteChatappTemplate");
/// One template in one language, with its components.
pub static GET_TEMPLATE: Operation = Operation::query("GetChatappTemplateDetail");
/// A page of templates, without components.
pub static LIST_TEMPLATES: Operation = Operation::query("ListChatappTemplate");
/// Changes what needs no review.
pub static MODIFY_TEMPLATE_PROPERTIES: Operation = Operation::query("ModifyChatappTemplateProperties");
/// Whose the credentials are. It needs no permission; how often it may be called is not documented.
pub static GET_CALLER_IDENTITY: Operation =
    Operation { service: Service::Sts, ..Operation::query("GetCallerIdentity") };
