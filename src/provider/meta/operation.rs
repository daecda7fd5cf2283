//! The operations of the Graph API that waops uses, and how a request for one is put together.

use reqwest::Method;
use serde_json::Value;

use super::wire::Query;

/// An operation.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name in errors and metrics; the API itself has only paths.
    pub name: &'static str,
    /// Which of Meta's hosts serves it.
    pub host: Host,
    /// The word before the token.
    pub(super) scheme: &'static str,
}

/// Meta's hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// `graph.facebook.com/v{N}.0`
    Graph,
    /// `api.facebook.com`, which serves archiving alone and has no versions.
    Api,
}

impl Operation {
    const fn graph(name: &'static str) -> Self {
        Self { name, host: Host::Graph, scheme: "Bearer" }
    }

    const fn api(name: &'static str) -> Self {
        Self { name, host: Host::Api, scheme: "Bearer" }
    }

    const fn upload(name: &'static str) -> Self {
        Self { name, host: Host::Graph, scheme: "OAuth" }
    }
}

/// A page of the QR codes of a phone number.
pub static LIST_QR_CODES: Operation = Operation::graph("ListQrCodes");
/// Makes a QR code. Not idempotent.
pub static CREATE_QR_CODE: Operation = Operation::graph("CreateQrCode");
/// Changes the text of a QR code. Without the code it would create one (trap 6).
pub static UPDATE_QR_CODE: Operation = Operation::graph("UpdateQrCode");
/// Deletes a QR code.
pub static DELETE_QR_CODE: Operation = Operation::graph("DeleteQrCode");
/// A page of templates.
pub static LIST_TEMPLATES: Operation = Operation::graph("ListTemplates");
/// One template.
pub static GET_TEMPLATE: Operation = Operation::graph("GetTemplate");
/// Submits a template for review.
pub static CREATE_TEMPLATE: Operation = Operation::graph("CreateTemplate");
/// Replaces the components of a template.
pub static EDIT_TEMPLATE: Operation = Operation::graph("EditTemplate");
/// Deletes one language of a template.
pub static DELETE_TEMPLATE: Operation = Operation::graph("DeleteTemplate");
/// Lets a paused template go on.
pub static UNPAUSE_TEMPLATE: Operation = Operation::graph("UnpauseTemplate");
/// Archives templates.
pub static ARCHIVE_TEMPLATES: Operation = Operation::api("ArchiveTemplates");
/// Takes templates out of the archive.
pub static UNARCHIVE_TEMPLATES: Operation = Operation::api("UnarchiveTemplates");
/// The phone numbers of a business account.
pub static LIST_PHONE_NUMBERS: Operation = Operation::graph("ListPhoneNumbers");
/// Announces a file.
pub static START_UPLOAD: Operation = Operation::graph("StartUpload");
/// Sends a file, or the rest of it.
pub static UPLOAD: Operation = Operation::upload("Upload");
/// How much of a file has arrived.
pub static RESUME_UPLOAD: Operation = Operation::upload("ResumeUpload");

/// A request, before credentials are added.
#[derive(Clone, Debug)]
pub struct GraphRequest {
    pub(super) operation: &'static Operation,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Query,
    pub(super) body: Body,
}

/// What a request carries.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Nothing,
    Json(Value),
    /// The rest of a file, from this offset.
    File {
        offset: usize,
        bytes: Vec<u8>,
    },
}

impl GraphRequest {
    /// Reads. The path is one of [`super::wire::paths`], whose segments are escaped.
    pub fn get(operation: &'static Operation, path: String, query: Query) -> Self {
        Self { operation, method: Method::GET, path, query, body: Body::Nothing }
    }

    /// Creates or changes.
    pub fn post(operation: &'static Operation, path: String, body: Value) -> Self {
        Self { method: Method::POST, body: Body::Json(body), ..Self::get(operation, path, Query::new()) }
    }

    /// Deletes.
    pub fn delete(operation: &'static Operation, path: String, query: Query) -> Self {
        Self { method: Method::DELETE, ..Self::get(operation, path, query) }
    }
}
