//! How many deletions at once are believed (claims.md 20).

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::DeletionWindow;

/// Deletions within so long are counted together.
pub const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// So many may always go.
const FEW: i64 = 10;

/// Deletes wait so long, so that many at once are counted together before the first is made.
const TOGETHER: SignedDuration = SignedDuration::from_secs(30);
/// Who inherits does so within moments; who has not by then is held by something.
const HEIR: SignedDuration = SignedDuration::from_mins(2);
/// So far two clocks may differ; what is further in the future was written before one was set back.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);

/// When an object that goes since then has waited for the others.
pub fn together(since: Timestamp, now: Timestamp) -> Timestamp {
    waited(since, TOGETHER, now)
}

/// When its heir had its time.
pub fn inherited(since: Timestamp, now: Timestamp) -> Timestamp {
    waited(since, HEIR, now)
}

fn lasts(window: &DeletionWindow, now: Timestamp) -> bool {
    // A clock that was set back ends no window, and keeps none open for ever.
    now.duration_since(window.started_at.0).abs() < WINDOW
}

fn waited(since: Timestamp, so_long: SignedDuration, now: Timestamp) -> Timestamp {
    if since.duration_since(now) > AHEAD {
        return now;
    }
    since.checked_add(so_long).unwrap_or(Timestamp::MAX)
}

/// Whether one more deletion is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// It is.
    Granted,
    /// Too many came at once; a person must confirm.
    Held {
        /// How many are wanted within the window, those done included.
        wanted: i64,
        /// How many are believed without a question.
        limit: i64,
    },
}

/// What the windows of the other accounts of an identity count now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// How many deletions, whether they were made already or are still to be.
    deleted: i64,
    /// The most objects that the identity had when one of them began.
    base: i64,
}

impl Elsewhere {
    /// What these windows count.
    pub fn of<'a>(windows: impl IntoIterator<Item = &'a DeletionWindow>, now: Timestamp) -> Self {
        let windows = windows.into_iter().filter(|window| lasts(window, now));
        windows.fold(Self::default(), |all, window| Self {
            deleted: all.deleted.saturating_add(window.deleted.max(0)),
            base: all.base.max(window.base),
        })
    }
}

/// What is known of the deletions of one identity.
#[derive(Clone, Copy, Debug)]
pub struct Deletions<'a> {
    /// The window that the account's status has.
    pub window: Option<&'a DeletionWindow>,
    /// How many objects the identity has, those that are to go included.
    pub objects: i64,
    /// How many wait to be deleted and are not counted in a window yet.
    pub waiting: i64,
    /// What the windows of its other accounts count now.
    pub elsewhere: Elsewhere,
    /// `confirmDeletions.upTo`.
    pub confirmed: Option<i32>,
    /// The clock.
    pub now: Timestamp,
}

impl Deletions<'_> {
    /// Whether those that wait may go: all of them, or none.
    pub fn grant(&self) -> Grant {
        let window = self.open();
        let wanted = window.deleted.saturating_add(self.waiting).saturating_add(self.elsewhere.deleted);
        // More than three in ten of whole objects is more than that, rounded down.
        let limit = FEW.max(window.base.saturating_mul(3) / 10);
        let confirmed = self.confirmed.map_or(0, i64::from);
        if wanted <= limit.max(confirmed) { Grant::Granted } else { Grant::Held { wanted, limit } }
    }

    /// The window with so many more deletions. It is stored before the first of them is made, so that a restart grants
    /// nothing.
    pub fn counting(&self, more: i64) -> DeletionWindow {
        let window = self.open();
        DeletionWindow { deleted: window.deleted.saturating_add(more), ..window }
    }

    /// The window of now: the stored one while it lasts, with the base that it began with.
    fn open(&self) -> DeletionWindow {
        if let Some(window) = self.window.filter(|window| lasts(window, self.now)) {
            return DeletionWindow { deleted: window.deleted.max(0), ..window.clone() };
        }
        // Who was counted elsewhere may be there still, and is no second object.
        let base = self.objects.max(self.elsewhere.base);
        DeletionWindow { started_at: Time(self.now), base, deleted: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn window(minutes_ago: i64, base: i64, deleted: i64) -> DeletionWindow {
        DeletionWindow { started_at: Time(NOW - SignedDuration::from_mins(minutes_ago)), base, deleted }
    }

    #[test]
    fn claim_20_a_deletion_waits_for_the_others_and_never_for_a_clock() {
        let seconds = |at: Timestamp| at.duration_since(NOW).as_secs();
        for (ago, want, reason) in [
            (0, 30, "just now"),
            (40, -10, "long enough"),
            (-60, 90, "the cluster's clock is a minute ahead"),
            (-86_400, 0, "a clock was a day ahead: nobody waits for that"),
        ] {
            assert_eq!(seconds(together(NOW - SignedDuration::from_secs(ago), NOW)), want, "{reason}");
        }
        assert_eq!(seconds(inherited(NOW, NOW)), 120, "an heir gets longer");
    }

    #[test]
    fn claim_20_how_many_deletions_are_believed() {
        let held = |wanted, limit| Grant::Held { wanted, limit };
        let granted = Grant::Granted;
        for (stored, objects, waiting, confirmed, want, reason) in [
            (None, 0, 0, None, granted, "nothing waits"),
            (None, 12, 10, None, granted, "ten may always go"),
            (None, 12, 11, None, held(11, 10), "eleven of twelve"),
            (None, 50, 50, None, held(50, 15), "of fifty none goes"),
            (None, 50, 15, None, granted, "three in ten"),
            (None, 50, 16, None, held(16, 15), "one more"),
            (None, 36, 11, None, held(11, 10), "11 are more than 30 % of 36"),
            (None, 37, 11, None, granted, "and less of 37"),
            (None, 50, 50, Some(49), held(50, 15), "one less was confirmed: another set of objects"),
            (None, 50, 50, Some(50), granted, "confirmed"),
            (None, 50, 12, Some(1), granted, "a small confirmation takes nothing away"),
            (Some(window(1, 50, 15)), 35, 1, None, held(16, 15), "those done count"),
            (
                Some(window(1, 50, 10)),
                40,
                5,
                None,
                granted,
                "the base is the one of the start: 12 of 40 would be too many",
            ),
            (Some(window(1, 40, 8)), 400, 8, None, held(16, 12), "objects made meanwhile do not raise it"),
            (Some(window(9, 50, 15)), 35, 1, None, held(16, 15), "nine minutes on"),
            (Some(window(10, 50, 15)), 35, 10, None, granted, "a new window"),
            (Some(window(10, 50, 15)), 35, 11, None, held(11, 10), "a new window with a new base"),
            (Some(window(10, 50, 0)), 50, 50, None, held(50, 15), "waiting does not help"),
            (Some(window(-1, 50, 15)), 35, 1, None, held(16, 15), "a clock set back by a minute"),
            (Some(window(-60, 50, 15)), 35, 1, None, granted, "and by an hour: no window lasts for ever"),
            (Some(window(1, 50, 15)), 35, 5, Some(20), granted, "a confirmation counts those done"),
            (Some(window(1, 50, 15)), 35, 6, Some(20), held(21, 15), "and no more"),
            (Some(window(1, 50, -9)), 50, 16, None, held(16, 15), "edited by hand: nothing is won by it"),
            (
                Some(window(1, i64::MAX, i64::MAX)),
                50,
                i64::MAX,
                None,
                held(i64::MAX, i64::MAX / 10),
                "nonsense",
            ),
        ] {
            let window = stored.as_ref();
            let elsewhere = Elsewhere::default();
            let deletions = Deletions { window, objects, waiting, elsewhere, confirmed, now: NOW };
            assert_eq!(deletions.grant(), want, "{reason}");
        }
    }

    #[test]
    fn claim_20_accounts_of_one_identity_are_counted_together() {
        let held = |wanted, limit| Grant::Held { wanted, limit };
        for (theirs, mine, objects, waiting, confirmed, want, reason) in [
            (Some(window(1, 20, 10)), None, 10, 0, None, Grant::Granted, "nothing waits"),
            (Some(window(1, 20, 10)), None, 10, 1, None, held(11, 10), "ten went by another account"),
            (Some(window(10, 20, 10)), None, 10, 10, None, Grant::Granted, "more than ten minutes ago"),
            (
                Some(window(1, 20, 4)),
                Some(window(1, 20, 4)),
                12,
                3,
                None,
                held(11, 10),
                "four each, and three",
            ),
            (Some(window(1, 50, 14)), None, 36, 1, None, Grant::Granted, "of the fifty before those"),
            (Some(window(1, 100, 30)), None, 100, 9, None, held(39, 30), "counted, and all there still"),
            (Some(window(1, 100, 30)), None, 85, 1, None, held(31, 30), "half of them are gone"),
            (
                Some(window(1, 20, 10)),
                None,
                10,
                10,
                Some(20),
                Grant::Granted,
                "confirmed, those done included",
            ),
            (
                Some(window(1, 20, -9)),
                None,
                20,
                11,
                None,
                held(11, 10),
                "edited by hand: nothing is won by it",
            ),
        ] {
            let elsewhere = Elsewhere::of(&theirs, NOW);
            let window = mine.as_ref();
            let deletions = Deletions { window, objects, waiting, elsewhere, confirmed, now: NOW };
            assert_eq!(deletions.grant(), want, "{reason}");
        }
    }

    #[test]
    fn claim_20_one_after_another_is_counted_together_across_restarts() {
        let (mut stored, mut objects) = (None, 50);
        let mut gone = 0;
        loop {
            // Every turn knows only what is stored: a process that restarts all the time.
            let deletions = Deletions {
                window: stored.as_ref(),
                objects,
                waiting: 1,
                elsewhere: Elsewhere::default(),
                confirmed: None,
                now: NOW,
            };
            if deletions.grant() != Grant::Granted {
                break;
            }
            stored = Some(deletions.counting(1));
            objects -= 1;
            gone += 1;
            assert!(gone < 50, "nothing stopped it");
        }
        assert_eq!(gone, 15, "three in ten of the fifty at the start");
    }
}
