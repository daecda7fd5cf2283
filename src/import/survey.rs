//! An account, read within its quota and written down object by object.
//!
//! Nothing is remembered but the files: what one of them declares is known, and not asked for again. So an import that was
//! ended anywhere goes on where it stopped.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use tokio::time::{Instant, interval_at};

use super::draft::{self, Code, Draft, Setting, forbids};
use super::folder::{self, Put};
use super::known::{Known, Owner};
use super::names::{Wish, choose};
use super::report::{News, Report, Request, What};
use crate::api::{AccountReference, ImageFormat, Kind, ReviewState};
use crate::engine::object::AccountObject;
use crate::engine::store::Store as _;
use crate::lint::ProviderKind;
use crate::local::workspace::Workspace;
use crate::provider::Provider;
use crate::provider::budget::{Budget, Lane};
use crate::provider::deadline::Deadline;
use crate::provider::error::{Class, Error};
use crate::provider::face::{Account as _, Line, QrCodes as _, Read, Templates as _, Which};
use crate::provider::session::{Session, Ways, limits};
use crate::qr_code::{self, Phone};
use crate::store::Memory;
use crate::template::{Observed, Said};

/// How long a list may take, its time in the queue included: quotas are counted by the hour.
const LIST: Duration = Duration::from_secs(3600);
/// How long reading one template may take.
const DETAIL: Duration = Duration::from_secs(600);
/// So many details in a row that cannot be read are more than bad luck with one.
const FAILURES: usize = 3;
/// How often it is told how far a list is.
const BEAT: Duration = Duration::from_secs(1);
/// So many details are read at once; the quota decides how many go out.
const AT_ONCE: usize = 8;

/// An account that can be read.
pub struct Survey {
    session: Session,
    ways: Ways,
    known: Known,
    setting: Setting,
    request: Request,
    /// Digits; none for all that the provider lists.
    phones: Vec<String>,
}

impl Survey {
    /// Finds the account among the manifests, with its credentials. Nobody is called.
    pub async fn open(workspace: &Workspace<Memory>, ways: Ways, request: Request) -> Result<Self, String> {
        let account = account(&workspace.memory, &request)?;
        let key = account.key.clone();
        if account.spec.suspend == Some(true) {
            return Err(format!(
                "the account {} is suspended, so nobody is called for it; remove `suspend`",
                key.name
            ));
        }
        let secret = match account.spec.secret_name() {
            Some(name) => {
                workspace.memory.secret(&key.namespace, name).await.map_err(|error| error.to_string())?
            }
            None => None,
        };
        let budget = Budget::new(limits(&account.spec));
        let session = Session::open(&account.spec, secret.as_ref(), &key.object(), &ways, budget)
            .map_err(|error| error.to_string())?;
        let namespace = (*key.namespace != *request.namespace).then(|| key.namespace.to_string());
        let setting = Setting {
            account: AccountReference { name: key.name.to_string(), namespace: None },
            namespace,
            provider: Some(if account.spec.meta.is_some() {
                ProviderKind::Meta
            } else {
                ProviderKind::Alibaba
            }),
            policies: account.spec.policies.clone(),
        };
        let known = Known::of(&workspace.memory, &workspace.folder, &key, &key.namespace);
        let is_meta = account.spec.meta.is_some();
        let phones = if request.kinds.contains(&Kind::QrCode) {
            phones(&request, is_meta, &known)?
        } else {
            Vec::new()
        };
        Ok(Self { session, ways, known, setting, request, phones })
    }

    /// Reads what is asked for and writes it down. What was done stands in the report, however it ends.
    pub async fn run(&self, report: &mut Report, tell: &mut dyn FnMut(News<'_>)) -> Result<(), String> {
        let kinds = &self.request.kinds;
        report.forbidden = kinds.iter().copied().filter(|kind| forbids(&self.setting, *kind)).collect();
        if kinds.contains(&Kind::QrCode) {
            self.codes(report, tell).await?;
        }
        if kinds.contains(&Kind::Template) {
            self.templates(report, tell).await?;
        }
        Ok(())
    }

    /// How many calls were made so far.
    pub fn calls(&self) -> u64 {
        self.ways.tally().counts().values().sum()
    }

    fn provider(&self) -> &Provider {
        &self.session.provider
    }

    async fn lines(&self) -> Result<Vec<Line>, String> {
        let phones = &self.phones;
        let all = self.provider().lines(read(LIST)).await.map_err(|error| error.to_string())?;
        let is_meta = self.setting.provider == Some(ProviderKind::Meta);
        let Some(all) = all else {
            if phones.is_empty() {
                return Err(
                    "the account has no businessAccountId, which a list of its phone numbers needs; name their ids with --phone, \
                     or add it"
                        .to_owned(),
                );
            }
            let line = |key: String| Line { number: (!is_meta).then(|| key.clone()), key, verified: None };
            return Ok(phones.iter().cloned().map(line).collect());
        };
        if phones.is_empty() {
            return Ok(all);
        }
        let one = |phone: &String| {
            let found = all.iter().find(|line| line.number.as_ref() == Some(phone) || line.key == *phone);
            found.cloned().ok_or_else(|| {
                let known: Vec<String> = all.iter().map(shown).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                format!("the account has no phone number {phone}; it has {known}")
            })
        };
        phones.iter().map(one).collect()
    }

    async fn codes(&self, report: &mut Report, tell: &mut dyn FnMut(News<'_>)) -> Result<(), String> {
        let mut found: Vec<(Line, qr_code::Observed)> = Vec::new();
        for line in self.lines().await? {
            let what = format!("the QR codes of {}", shown(&line));
            let list = self.provider().list_codes(&line.key, ImageFormat::default(), read(LIST));
            let list = self.watched(&what, list, tell).await;
            let list =
                list.map_err(|error| format!("the QR codes of {} cannot be listed: {error}", shown(&line)))?;
            found.extend(list.items.into_iter().map(|code| (line.clone(), code)));
        }
        found.sort_by(|(one, first), (other, second)| {
            (&one.key, &first.code).cmp(&(&other.key, &second.code))
        });
        found.dedup_by(|(one, first), (other, second)| one.key == other.key && first.code == second.code);
        let mut texts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (line, code) in &found {
            *texts.entry((&line.key, &code.message)).or_default() += 1;
        }
        let wishes: Vec<Wish> =
            found.iter().map(|(_, code)| Wish::code(code.code.as_str(), &code.message)).collect();
        let names = choose(&wishes, &self.known.names(Kind::QrCode));
        let new = found.iter().filter(|(line, code)| self.known.code(line, code).is_none()).count();
        tell(News::Found { what: "QR codes", all: found.len(), new });
        for ((line, code), name) in found.iter().zip(names) {
            let what = format!("QR code {} of {}", code.code, shown(line));
            if let Some(owner) = self.known.code(line, code) {
                let add = format!("add `adopt: {{code: {}}}` there to take this one over", code.code);
                let hint = (!self.known.has_code(code.code.as_str())).then_some(add);
                report.known.push((what, owner.clone(), hint.or_else(|| lost(owner))));
                continue;
            }
            let drafted = draft::code(
                &Code {
                    code: Some(code.code.to_string()),
                    phone: line.number.clone().map_or_else(|| Phone::Id(line.key.clone()), Phone::Number),
                    message: code.message.clone(),
                    format: code.image_format,
                    twin: texts.get(&(&*line.key, &*code.message)) > Some(&1),
                },
                &name,
                &self.setting,
            );
            self.write(what, drafted, report)?;
        }
        Ok(())
    }

    async fn templates(&self, report: &mut Report, tell: &mut dyn FnMut(News<'_>)) -> Result<(), String> {
        let list = self.provider().list_templates(read(LIST));
        let list = self.watched("the templates", list, tell).await;
        let mut found = list.map_err(|error| format!("the templates cannot be listed: {error}"))?.items;
        found.sort_by(|one, other| {
            (&one.name, &one.language, &one.id).cmp(&(&other.name, &other.language, &other.id))
        });
        let wishes: Vec<Wish> = found.iter().map(|one| Wish::template(&one.name, &one.language)).collect();
        let names = choose(&wishes, &self.known.names(Kind::Template));
        let all = found.len();
        let mut new: Vec<(Observed, String)> = Vec::new();
        for (template, name) in found.into_iter().zip(names) {
            let what = called(&template);
            if let Some(owner) = self.known.template(&template.id, &template.name, &template.language) {
                report.known.push((what, owner.clone(), lost(owner)));
            } else if template.state == ReviewState::Deleting {
                report.left_out.push((what, "it is being deleted at the provider".to_owned()));
            } else {
                new.push((template, name));
            }
        }
        tell(News::Found { what: "templates", all, new: new.len() });
        let thin = new.iter().filter(|(template, _)| template.content.is_none()).count();
        if thin > 0 {
            let at_least = self.provider().reading_takes(thin, Lane::DriftPass);
            tell(News::Reads { calls: thin, at_least });
        }
        let (start, mut done, mut failures) = (Instant::now(), 0, 0);
        let mut details = stream::iter(new).map(|(thin, name)| self.detail(thin, name)).buffered(AT_ONCE);
        while let Some((template, name, detail)) = details.next().await {
            let what = called(&template);
            let drafted = match detail {
                Ok(Some(observed)) => match Said::of(observed) {
                    Some(said) => draft::template(&said, &name, &self.setting),
                    None => Err("the provider does not tell what it says".to_owned()),
                },
                Ok(None) => Err("it was deleted at the provider meanwhile".to_owned()),
                // One that cannot be read stops no other; an account that cannot be called stops them all.
                Err(error) if failures < FAILURES && error.class != Class::Credentials => {
                    failures += 1;
                    report.undone.push((what, error.to_string()));
                    continue;
                }
                Err(error) => return Err(format!("{what} cannot be read: {error}")),
            };
            failures = 0;
            self.write(what, drafted, report)?;
            if thin > 0 {
                done += 1;
                tell(News::Read { done, all: thin, elapsed: start.elapsed() });
            }
        }
        Ok(())
    }

    /// Lists, and tells how far that is.
    async fn watched<T>(
        &self,
        what: &str,
        list: impl Future<Output = T>,
        tell: &mut dyn FnMut(News<'_>),
    ) -> T {
        let start = Instant::now();
        // Not by the first beat: a list may be there before that comes.
        tell(News::Lists { what, calls: self.calls(), elapsed: Duration::ZERO });
        let (mut beats, mut list) = (interval_at(start + BEAT, BEAT), pin!(list));
        loop {
            tokio::select! {
                biased;
                _ = beats.tick() => tell(News::Lists { what, calls: self.calls(), elapsed: start.elapsed() }),
                list = &mut list => return list,
            }
        }
    }

    /// The template with its content, read by itself where the list did not say it.
    async fn detail(
        &self,
        known: Observed,
        name: String,
    ) -> (Observed, String, Result<Option<Observed>, Error>) {
        let detail = match &known.content {
            Some(_) => Ok(Some(known.clone())),
            None => self.provider().read_template(Which::from(&known), read(DETAIL)).await,
        };
        (known, name, detail)
    }

    fn write(&self, what: What, drafted: Result<Draft, String>, report: &mut Report) -> Result<(), String> {
        match drafted {
            Err(why) => report.left_out.push((what, why)),
            Ok(draft) => match folder::put(&self.request.out, &draft)? {
                Put::Written(path) => report.written.push((draft.kind, what, path)),
                Put::InTheWay(path) => {
                    let why = format!(
                        "{} is there and says something else; move it, and import again",
                        path.display()
                    );
                    report.undone.push((what, why));
                }
            },
        }
        Ok(())
    }
}

/// The phone numbers that were named, as digits; where nobody lists them, one must be known.
fn phones(request: &Request, is_meta: bool, known: &Known) -> Result<Vec<String>, String> {
    let mut phones = Vec::new();
    for phone in &request.phones {
        let digits: String = phone.chars().filter(|c| !matches!(c, '+' | ' ' | '-')).collect();
        if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
            return Err(format!("{phone:?} is no phone number; write it as +4930901820"));
        }
        phones.push(digits);
    }
    if phones.is_empty() && !is_meta {
        phones.extend(known.phones().map(str::to_owned));
        if phones.is_empty() {
            return Err(
                "Alibaba has no list of phone numbers; name those whose QR codes are to be imported with --phone, or leave QR \
                 codes out with --kind template"
                    .to_owned(),
            );
        }
    }
    Ok(phones)
}

/// What to do about an object that only the state knows.
fn lost(owner: &Owner) -> Option<String> {
    owner.place.is_none().then(|| {
        "only the state holds it, and no manifest: `waops state show` prints it, `waops release` lets it go".to_owned()
    })
}

/// In the lane that leaves most of a quota to others: an operator may be calling the same account.
fn read(patience: Duration) -> Read {
    Read { lane: Lane::DriftPass, deadline: Deadline::after(patience) }
}

fn shown(line: &Line) -> String {
    line.number.as_ref().map_or_else(|| line.key.clone(), |number| format!("+{number}"))
}

fn called(template: &Observed) -> What {
    format!("template {} in {}", template.name, template.language)
}

fn account(memory: &Memory, request: &Request) -> Result<AccountObject, String> {
    let (accounts, _) = memory.all();
    let (namespace, name) = match request.account.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, &*request.account),
    };
    let is_meant = |key: &crate::plan::facts::Key| {
        *key.name == *name && namespace.is_none_or(|namespace| *key.namespace == *namespace)
    };
    let found: Vec<_> = accounts.iter().filter(|account| is_meant(&account.key)).collect();
    let names = |keys: Vec<String>| if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
    match found[..] {
        [account] => Ok(AccountObject::clone(account)),
        [] => Err(format!(
            "there is no account {} among the manifests, only: {}; `--account` is the name of a WhatsAppAccount in the files of \
             --filename",
            request.account,
            names(accounts.iter().map(|account| account.key.name.to_string()).collect())
        )),
        _ => Err(format!(
            "there are several accounts {name}; write one of {}",
            names(found.iter().map(|account| account.key.object()).collect())
        )),
    }
}
