//! What nobody outside the vendors knows for certain, as switches.
//!
//! Each names the row of providers.md part E (or the contradiction) it stands for. The defaults are
//! the likeliest answers; a client is only safe when it passes with both.

use serde::{Deserialize, Serialize};

use super::time::{DAY, HOUR, MINUTE, SECOND};

/// Everything that can be set, for a whole simulator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Settings {
    /// Rate limits, budgets and counts are enforced.
    pub limits: bool,
    /// Where image and paging links lead; `waops simulate` sets its own address.
    pub public_url: String,
    /// How long until a review ends, where no rule says otherwise. The vendors need up to a day (B3.2).
    pub review_ms: i64,
    /// How far lists lag behind writes; at most an hour.
    pub list_lag_ms: i64,
    /// How long image links live (E: unstated by both vendors).
    pub image_lifetime_ms: i64,
    /// How many QR codes a number has room for (B2: 2,000; E: unconfirmed on Alibaba).
    pub codes_per_number: usize,
    /// How wrong the provider's clock is, in seconds.
    pub clock_skew_seconds: i64,
    /// Alibaba's switches.
    pub alibaba: AlibabaSettings,
    /// Meta's switches.
    pub meta: MetaSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: true,
            public_url: "https://simulator.invalid".to_owned(),
            review_ms: 2 * SECOND,
            list_lag_ms: 0,
            image_lifetime_ms: 14 * DAY,
            codes_per_number: 2_000,
            clock_skew_seconds: 0,
            alibaba: AlibabaSettings::default(),
            meta: MetaSettings::default(),
        }
    }
}

/// How `GetChatappTemplateDetail` writes variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Variables {
    /// `$(name)`, as written.
    Named,
    /// `{{1}}`, numbered in order of appearance.
    Numbered,
}

/// Alibaba's switches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct AlibabaSettings {
    /// An update gives another code and kills the old one (A2.1; E row 1).
    pub update_rotates: bool,
    /// So does an update that changes nothing (E row 1; D4).
    pub identical_update_rotates: bool,
    /// The code in answers to updates, and request ids, end in a newline (A2.2; D2).
    pub trailing_newlines: bool,
    /// Answers to writes echo PNG and "Hello" whatever was written, as the samples do (A2.2; D13).
    pub echoes_samples: bool,
    /// The code of the error for a QR code that is not there (E row 2).
    pub unknown_code: String,
    /// HTTP status of `InvalidParameter.*` and `DelError.*`: 200 or 400 (E row 13).
    pub error_status: u16,
    /// Characters of a prefilled message (E row 6: presumably Meta's 140).
    pub message_limit: usize,
    /// How many codes a list shows (E row 3: no cap is documented).
    pub list_cap: Option<usize>,
    /// Business parameters count in the query and in the form body (E row 4).
    pub body_and_query: bool,
    /// `Page` may be written `{"index":1,"size":20}` (E row 5).
    pub page_keys_any_case: bool,
    /// Templates on a page; a larger `Size` is cut down to it (A3.1 has a default and no maximum).
    pub page_holds: usize,
    /// How details write variables (E row 7).
    pub variables: Variables,
    /// An approved template can be modified (E row 8: the API page says no, the console page yes).
    pub approved_modifiable: bool,
    /// Deleting without a language removes all languages (E row 9).
    pub delete_without_language_removes_all: bool,
    /// All languages of a name share one `TemplateCode` (C2: inferred).
    pub one_code_per_name: bool,
    /// `Success` stands in answers about templates (A3.2: S4 does not list it).
    pub success_field: bool,
    /// The list of templates comes as `Data.List` instead of `ListTemplate` (A3.2).
    pub list_in_data: bool,
    /// A `QUICK_REPLY` may stand beside `PHONE_NUMBER` and URL, unless interleaved (A3.3: S4 says never).
    pub quick_reply_beside_others: bool,
    /// Calls a second for each QR operation (A3.1: 5 by document, 50 by quota page; E row 11).
    pub qr_calls_per_second: usize,
    /// Calls a second for deleting, reading and listing templates (A3.1: 5, 150, 250).
    pub template_reads_per_second: usize,
    /// Calls a second for creating and modifying templates (A3.1: 50).
    pub template_writes_per_second: usize,
    /// The code of a refusal by rate: `Throttling.User`, `Throttling.Api`, `System.LimitControl` (A4).
    pub throttle_code: String,
    /// How old a V1 signature may be (A5.1: 31 by one page, 15 by another; E row 12).
    pub v1_tolerance_ms: i64,
    /// V1 signatures are accepted at all (E row 12).
    pub v1_accepted: bool,
}

impl Default for AlibabaSettings {
    fn default() -> Self {
        Self {
            update_rotates: true,
            identical_update_rotates: true,
            trailing_newlines: true,
            echoes_samples: false,
            unknown_code: "Unknown.ResourceOwnerId".to_owned(),
            error_status: 200,
            message_limit: 140,
            list_cap: None,
            body_and_query: true,
            page_keys_any_case: true,
            page_holds: 100,
            variables: Variables::Named,
            approved_modifiable: false,
            delete_without_language_removes_all: true,
            one_code_per_name: true,
            success_field: true,
            list_in_data: false,
            quick_reply_beside_others: true,
            qr_calls_per_second: 5,
            template_reads_per_second: 5,
            template_writes_per_second: 50,
            throttle_code: "Throttling.User".to_owned(),
            v1_tolerance_ms: 15 * MINUTE,
            v1_accepted: true,
        }
    }
}

/// Meta's switches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct MetaSettings {
    /// An unknown object is 404 with code 803 instead of 400 with 100/33 (E row 14; B2, B4).
    pub unknown_is_404: bool,
    /// An update with `generate_qr_image` is accepted, and the field ignored (E row 15).
    pub update_tolerates_image: bool,
    /// A page larger than the limit is cut down instead of refused (S3: "typically 25").
    pub clamps_limit: bool,
    /// 140 counts UTF-16 units instead of characters (E row 14: unit of 140).
    pub counts_utf16: bool,
    /// QR calls count against the budget of templates (E row 17).
    pub qr_codes_share_budget: bool,
    /// The code of a refusal by budget: 80008 (Graph docs) or 80007 (M-err) (B4; D47).
    pub budget_code: i64,
    /// Uploads accept `Bearer` beside `OAuth` (E row 18).
    pub upload_accepts_bearer: bool,
    /// Creating a code for a number that is not verified is 403 with code 10 ("access denied") instead of 400 with 100
    /// (S3 lists the requirement and both statuses, and not which is whose).
    pub unverified_is_forbidden: bool,
    /// How long the handle of an upload can be used (E row 19).
    pub upload_lifetime_ms: i64,
    /// How long a deleted template that was approved is still listed as `PENDING_DELETION` (B3.2: up to 30 days).
    pub pending_deletion_ms: i64,
    /// How long the name of a deleted approved template is locked (B3.2).
    pub name_lock_ms: i64,
    /// Words without variables that each variable needs beside one (B4: 2388293; the figure is second-hand).
    pub words_per_variable: usize,
    /// Punctuation behind a last variable counts as text (part F: not in 2026, it did in 2024).
    pub punctuation_is_text: bool,
    /// The window of the budget (B5: an hour).
    pub budget_window_ms: i64,
}

impl Default for MetaSettings {
    fn default() -> Self {
        Self {
            unknown_is_404: false,
            update_tolerates_image: true,
            clamps_limit: false,
            counts_utf16: false,
            qr_codes_share_budget: true,
            budget_code: 80_008,
            upload_accepts_bearer: true,
            unverified_is_forbidden: true,
            upload_lifetime_ms: DAY,
            pending_deletion_ms: 0,
            name_lock_ms: 30 * DAY,
            words_per_variable: 2,
            punctuation_is_text: false,
            budget_window_ms: HOUR,
        }
    }
}
