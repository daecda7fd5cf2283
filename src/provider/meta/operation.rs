//! The operations of the Graph API that waops uses, and how a request for one is put together.

use reqwest::Method;
use serde_json::Value;

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
    pub(super) path: Vec<String>,
    pub(super) query: Vec<(String, String)>,
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
    /// Reads.
    pub fn get(operation: &'static Operation, path: &[&str]) -> Self {
        Self::new(operation, Method::GET, path)
    }

    /// Creates or changes.
    pub fn post(operation: &'static Operation, path: &[&str], body: Value) -> Self {
        Self { body: Body::Json(body), ..Self::new(operation, Method::POST, path) }
    }

    /// Deletes.
    pub fn delete(operation: &'static Operation, path: &[&str]) -> Self {
        Self::new(operation, Method::DELETE, path)
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn new(operation: &'static Operation, method: Method, path: &[&str]) -> Self {
        let path = path.iter().map(|segment| (*segment).to_owned()).collect();
        Self { operation, method, path, query: Vec::new(), body: Body::Nothing }
    }
}
