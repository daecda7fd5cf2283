//! What the loop tells whoever listens: events of a cluster, progress of a command, metrics.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::api::Name;
use crate::plan::facts::Key;
use crate::plan::reason::Reason;
use crate::plan::step::{Call, Kept, Released};
use crate::provider::error::Error;

/// Something that happened to an object.
#[derive(Clone, Debug)]
pub enum Happening<'a> {
    /// The provider was called.
    Called {
        /// What was called.
        call: &'a Call,
        /// How it ended; the code or template id where it ended well.
        outcome: Result<&'a str, &'a Error>,
    },
    /// Its claim changed without a call.
    Kept(&'a Kept),
    /// It was let go.
    Released {
        /// Why.
        why: &'a Released,
        /// What is left behind at the provider.
        left: Option<&'a str>,
        /// Who it was: by now it may be gone, and another may have its name.
        uid: &'a Name,
    },
    /// It is in another state than before.
    Moved {
        /// The state before, where it had one that is known.
        from: Option<Reason>,
        /// The state.
        reason: Reason,
        /// The same in a sentence.
        message: &'a str,
    },
    /// The store refuses what is asked of it for this object.
    Unwritten(&'a str),
    /// Its turn is over, and took so long; waiting for the provider's quota counts.
    Turned(Duration),
}

/// Who listens. Must not block.
#[derive(Clone, Default)]
pub struct Witness(Option<Arc<Hear>>);

type Hear = dyn Fn(&Key, &Happening<'_>) + Send + Sync;

impl Witness {
    /// Somebody who listens.
    pub fn new(hear: impl Fn(&Key, &Happening<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hear)))
    }

    pub(super) fn tell(&self, key: &Key, happening: &Happening<'_>) {
        if let Some(hear) = &self.0 {
            hear(key, happening);
        }
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Witness").field(&self.0.is_some()).finish()
    }
}
