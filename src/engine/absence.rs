//! Lists that are too empty to be true, as the loop meets them (claims.md 9).

use jiff::SignedDuration;

use super::driver::Driver;
use super::object::AccountObject;
use super::remote::Remote;
use super::store::Store;
use crate::plan::absence::{Loss, Suspicious};
use crate::provider::Provider;
use crate::provider::accounts::Codes;
use crate::provider::inventory::{Alike, Snapshot, Suspicion, TemplateKey};
use crate::qr_code::{self, Code};
use crate::template;

impl<S: Store> Driver<S> {
    /// Believes the lists where a person said that they are right: on the account, or to this process.
    pub(super) fn believe(&self, remote: &Remote, account: Option<&AccountObject>) {
        let on_account = account.and_then(|account| account.confirm_absence.as_deref());
        let said: Vec<&str> =
            on_account.into_iter().chain(self.confirmed.iter().map(String::as_str)).collect();
        if said.is_empty() {
            return;
        }
        let is_confirmed =
            |loss: Option<Loss<'_>>| loss.is_some_and(|loss| said.iter().any(|said| loss.is_confirmed(said)));
        for (_, codes) in remote.all_codes() {
            if codes.with(|snapshot| is_confirmed(lost_codes(snapshot))) {
                codes.confirm();
            }
        }
        let templates = remote.templates();
        if templates.with(|snapshot| is_confirmed(lost_templates(snapshot))) {
            templates.confirm();
        }
    }
}

/// What the lists of an account lack, if that is too much to be true.
pub(super) fn doubts(remote: &Remote) -> Vec<Suspicious> {
    let codes = remote.all_codes();
    let lost = |codes: &Codes<Provider>| codes.with(|known| lost_codes(known).map(|loss| loss.suspicious()));
    let codes = codes.iter().filter_map(|(_, codes)| lost(codes));
    let templates = remote.templates().with(|known| lost_templates(known).map(|loss| loss.suspicious()));
    codes.chain(templates).collect()
}

/// What the list of a phone number's codes lacks, if that is too much to be true.
pub(super) fn lost_codes(snapshot: &Snapshot<Code, qr_code::Observed>) -> Option<Loss<'_>> {
    lost("codes", snapshot, Code::as_str)
}

/// The same of templates.
pub(super) fn lost_templates(snapshot: &Snapshot<TemplateKey, template::Observed>) -> Option<Loss<'_>> {
    lost("templates", snapshot, TemplateKey::id)
}

fn lost<'a, K: Ord + Clone, E: Alike>(
    of: &'static str,
    snapshot: &'a Snapshot<K, E>,
    name: impl Fn(&'a K) -> &'a str,
) -> Option<Loss<'a>> {
    let Suspicion { missing, known, .. } = snapshot.suspicion()?;
    let agree = SignedDuration::try_from(snapshot.agreement()).unwrap_or(SignedDuration::MAX);
    Some(Loss { of, missing: missing.iter().map(name).collect(), known: *known, agree })
}
