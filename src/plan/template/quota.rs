//! How many edits of an approved template are left (providers.md B3.2).

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::plan::facts::later;
use crate::plan::step::Consequence;
use crate::provider::capabilities::Quota;

/// When one more edit is allowed, if not now.
pub(super) fn allowed_at(quotas: &[Quota], edits: &[Time], now: Timestamp) -> Option<Timestamp> {
    let at = quotas.iter().filter_map(|quota| {
        let mut counted = counted(*quota, edits, now);
        counted.sort();
        // So many must age out that this one fits.
        let surplus = (counted.len() + 1).checked_sub(quota.times as usize)?;
        let last = counted.get(surplus.checked_sub(1)?)?;
        Some(later(*last, within(*quota)))
    });
    at.max()
}

/// What one more edit spends, by the longest of the quotas.
pub(super) fn spends(quotas: &[Quota], edits: &[Time], now: Timestamp) -> Option<Consequence> {
    let quota = *quotas.iter().max_by_key(|quota| quota.within)?;
    let used = u32::try_from(counted(quota, edits, now).len()).unwrap_or(u32::MAX);
    Some(Consequence::SpendsEdit { used: used.saturating_add(1), of: quota.times })
}

/// The edits that some quota still counts.
pub(super) fn remembered(quotas: &[Quota], edits: &[Time], now: Timestamp) -> Vec<Time> {
    let Some(longest) = quotas.iter().copied().max_by_key(|quota| quota.within) else { return Vec::new() };
    counted(longest, edits, now).into_iter().map(Time).collect()
}

fn counted(quota: Quota, edits: &[Time], now: Timestamp) -> Vec<Timestamp> {
    let within = within(quota);
    edits.iter().map(|edit| edit.0).filter(|edit| later(*edit, within) > now).collect()
}

fn within(quota: Quota) -> SignedDuration {
    SignedDuration::try_from(quota.within).unwrap_or(SignedDuration::MAX)
}
