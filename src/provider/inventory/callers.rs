//! Who lists for an identity: any of its sessions whose credentials work.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::provider::error::{Class, Error, Verdict};

/// The sessions of one identity. Each can list for all; one that lacks a permission holds up nobody (promise 7), and
/// is not asked again while another does the work.
#[derive(Debug)]
pub struct Callers<P>(Mutex<Vec<Weak<P>>>);

impl<P> Default for Callers<P> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<P> Callers<P> {
    /// One more that can be asked, and the first to be: new credentials are the likeliest to be right.
    pub fn admit(&self, caller: &Arc<P>) {
        self.put_first(caller);
    }

    /// Asks one after another until one is allowed to know. Whatever is not a matter of permission is an answer.
    pub(super) async fn ask<T, F>(&self, call: impl Fn(Arc<P>) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut refusal = None;
        for caller in self.in_order() {
            match call(Arc::clone(&caller)).await {
                Err(error) if matches!(error.class, Class::Credentials | Class::Slow) => {
                    refusal.get_or_insert(error);
                }
                result => {
                    self.put_first(&caller);
                    return result;
                }
            }
        }
        Err(refusal.unwrap_or_else(|| Error::new("List", "Session.None", NOBODY)))
    }

    fn in_order(&self) -> Vec<Arc<P>> {
        self.callers().iter().filter_map(Weak::upgrade).collect()
    }

    fn put_first(&self, caller: &Arc<P>) {
        let mut callers = self.callers();
        callers
            .retain(|other| other.strong_count() > 0 && !std::ptr::eq(other.as_ptr(), Arc::as_ptr(caller)));
        callers.insert(0, Arc::downgrade(caller));
    }

    fn callers(&self) -> MutexGuard<'_, Vec<Weak<P>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const NOBODY: Verdict =
    Verdict::refused(Class::Transient, "no account of this identity is open any more; waops opens it again");
