//! What a provider can do, as data: the engine plans by it and never asks which provider it is.

use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// How often something is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// So many times.
    pub times: u32,
    /// Within so long.
    pub within: Duration,
}

/// What a provider can do. Each field has its source in providers.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// An update of a QR code keeps its code; otherwise the printed one dies (C1, trap 3).
    pub update_keeps_code: bool,
    /// Another image format needs an update; otherwise reading with it is enough (C1).
    pub stores_image_format: bool,
    /// One code can be read by itself, which is a second witness beside the list (C1).
    pub reads_one_code: bool,
    /// Lists of codes have pages, newest first, so that what is new is on the first ones (B2).
    pub lists_newest_first: bool,
    /// The list of templates has their contents; otherwise each is read by itself (A3.2).
    pub list_has_components: bool,
    /// An approved template can be edited, as often as `approved_edits` says (C2).
    pub edits_approved: bool,
    /// A template in review can be edited (C2, trap 32).
    pub edits_in_review: bool,
    /// A paused template can be edited (C3).
    pub edits_paused: bool,
    /// How often an approved template can be edited; all of them hold (B3.2).
    pub approved_edits: &'static [Quota],
    /// Settings that no edit delivers, by their names in a manifest.
    pub not_by_edit: &'static [&'static str],
    /// Settings that change without a review, by their names in a manifest (A3.4).
    pub sets_without_review: &'static [&'static str],
    /// How long the name of a deleted template that was approved is locked (B3.2).
    pub name_lock: Option<Duration>,
    /// A disabled template can be deleted (trap 42).
    pub deletes_disabled: bool,
    /// Paused templates can be let go on.
    pub unpauses: bool,
    /// Templates can be archived and taken out again.
    pub archives: bool,
    /// How many QR codes a phone number has room for, where that is known (B2).
    pub codes_per_phone: Option<u32>,
    /// How many templates an account has room for, each language counted: at first, and once the business is
    /// verified (B3.2).
    pub templates: Option<(u32, u32)>,
    /// How many templates can be created (B3.2).
    pub creations: Option<Quota>,
}

/// Alibaba Cloud Chat App Message Service. What part E leaves open is taken to be the stricter of both.
pub const ALIBABA: Capabilities = Capabilities {
    update_keeps_code: false,
    stores_image_format: true,
    reads_one_code: false,
    lists_newest_first: false,
    list_has_components: false,
    edits_approved: false,
    edits_in_review: true,
    edits_paused: false,
    approved_edits: &[],
    not_by_edit: &["category", "allowCategoryChange"],
    sets_without_review: &["categoryChangePaused"],
    name_lock: None,
    deletes_disabled: true,
    unpauses: false,
    // It can (`ArchiveChatappTemplate`), but the words of `ArchiveType` are not documented.
    archives: false,
    codes_per_phone: None,
    templates: None,
    creations: None,
};

/// Meta's WhatsApp Business Platform.
pub const META: Capabilities = Capabilities {
    update_keeps_code: true,
    stores_image_format: false,
    reads_one_code: true,
    lists_newest_first: true,
    list_has_components: true,
    edits_approved: true,
    edits_in_review: false,
    edits_paused: true,
    approved_edits: &[
        Quota { times: 1, within: DAY },
        Quota { times: 10, within: Duration::from_secs(30 * 24 * 3600) },
    ],
    not_by_edit: &["subCategory", "parameterFormat", "productSetId", "allowCategoryChange"],
    sets_without_review: &[],
    name_lock: Some(Duration::from_secs(30 * 24 * 3600)),
    deletes_disabled: false,
    unpauses: true,
    archives: true,
    codes_per_phone: Some(2_000),
    templates: Some((250, 6_000)),
    creations: Some(Quota { times: 100, within: Duration::from_secs(3600) }),
};
