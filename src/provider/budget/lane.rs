//! Whose turn it is: lanes, their order, and what each of them is guaranteed.

/// Why a call is made. Earlier lanes overtake later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Finding out what became of an unclear call.
    Recovery,
    /// A person changed a manifest.
    UserEdit,
    /// A person deleted an object.
    Delete,
    /// A template is in review.
    ReviewPoll,
    /// Comparing what is there with what should be.
    DriftPass,
}

/// How many lanes there are.
pub(super) const LANES: usize = 5;

impl Lane {
    /// All of them, in order.
    pub const ALL: [Self; LANES] =
        [Self::Recovery, Self::UserEdit, Self::Delete, Self::ReviewPoll, Self::DriftPass];

    /// A short name for metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recovery => "recovery",
            Self::UserEdit => "user-edit",
            Self::Delete => "delete",
            Self::ReviewPoll => "review-poll",
            Self::DriftPass => "drift-pass",
        }
    }

    /// After how many calls of others a waiting lane is due, whatever waits before it: its share of a short
    /// window. Each takes at most one in n + 1, together under three quarters, so recovery always moves.
    pub(super) fn patience(self) -> u32 {
        match self {
            Self::Recovery => 0,
            Self::UserEdit => 2,
            Self::Delete => 4,
            Self::ReviewPoll => 8,
            Self::DriftPass => 16,
        }
    }

    /// Up to how full a long window may be for this lane, in percent. What is above is kept for the lanes
    /// before it: an hour is too long to wait for. Drift passes stay within a quarter (promise 4).
    pub(super) fn ceiling(self) -> usize {
        match self {
            Self::Recovery => 100,
            Self::UserEdit => 95,
            Self::Delete => 75,
            Self::ReviewPoll => 50,
            Self::DriftPass => 25,
        }
    }
}
