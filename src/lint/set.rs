//! What manifests must satisfy together.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::finding::{Finding, LONGEST_WORD, quote};
use super::links;
use super::rule::{BOTH_REFUSE, BOTH_WARN, META_WARNS, ProviderKind, Rule, lint};
use super::summary::{AccountFacts, Facts, ObjectKey, SEPARATOR, Summary, TemplateFacts};

rules! {
    SAME_OBJECT = lint(
        "set-same-object",
        BOTH_REFUSE,
        links::NONE,
        "an object is declared once",
        "Two manifests have the same kind, namespace and name. Whichever is applied last wins, so which one that is \
         depends on the order of files.",
    );
    SAME_TEMPLATE = lint(
        "set-same-template",
        BOTH_REFUSE,
        links::META_MANAGEMENT,
        "a template is declared once for each language",
        "Name and language are the identity of a template in an account, so two manifests would fight over one \
         template. waops lets the older one have it; the other one waits with the condition Conflict.",
    );
    SAME_QR_CODE = lint(
        "set-same-qr-code",
        BOTH_REFUSE,
        links::META_QR_CODES,
        "a second code with the same message on the same phone number is meant",
        "Mostly it is a copied manifest. waops lets the older one live; the other one waits with the condition \
         Conflict until it says duplicates: Allow, for example to count scans of two posters apart.",
    );
    VARIABLES = lint(
        "set-language-variables",
        BOTH_WARN,
        links::META_MANAGEMENT,
        "a template has the same variables in every language",
        "Whoever sends the template fills in the same values whatever the language, so a variable that one language \
         lacks or adds makes sending fail in that language only.",
    );
    CATEGORY = lint(
        "set-language-category",
        BOTH_WARN,
        links::META_MANAGEMENT,
        "a template has the same category in every language",
        "The category decides price and review. Neither document forbids different ones, but one name at two prices \
         is hardly meant.",
    );
    MISSING = lint(
        "set-account-missing",
        BOTH_WARN,
        links::NONE,
        "accounts that are referred to are among the files",
        "The account is in none of the files, so rules that depend on the provider are only warnings here. That is \
         fine where somebody else applies the account; otherwise the name or the namespace is misspelt.",
    );
    NAMESPACE = lint(
        "set-account-namespace",
        BOTH_REFUSE,
        links::NONE,
        "an account allows the namespaces that refer to it",
        "An account serves its own namespace, and others only where it names them in allowedNamespaces; otherwise \
         anybody could send in its name. The operator refuses the object.",
    );
    APP_ID = lint(
        "set-app-id",
        META_WARNS,
        links::META_MEDIA,
        "a Meta account of templates with media has an appId",
        "Samples of media headers are uploaded to a Meta app before the template is submitted. Without its id such \
         templates cannot be submitted.",
    );
}

/// The provider of each manifest, as far as the set tells.
pub fn providers(summaries: &[Summary]) -> Vec<Option<ProviderKind>> {
    let accounts = Accounts::new(summaries);
    let provider = |summary: &Summary| match (&summary.facts, summary.account()) {
        (Facts::Account(account), _) => account.provider,
        (_, Some(key)) => accounts.find(key).and_then(|(_, account)| account.provider),
        _ => None,
    };
    summaries.iter().map(provider).collect()
}

/// Everything that is wrong between manifests: which one is to blame, by its index, and why.
pub fn set(summaries: &[Summary]) -> Vec<Between> {
    let mut found = SetFindings::default();
    check_objects(summaries, &mut found);
    let accounts = Accounts::new(summaries);
    check_qr_codes(summaries, &accounts, &mut found);
    check_templates(summaries, &accounts, &mut found);
    check_accounts(summaries, &accounts, &mut found);
    // Maps have no order; readers want one.
    found.0.sort_by_key(|between| (between.manifest, between.finding.rule.id));
    found.0
}

/// What is wrong between two manifests, or with one among all of them.
#[derive(Clone, Debug)]
pub struct Between {
    /// Which manifest is to blame, by its index.
    pub manifest: usize,
    /// Why.
    pub finding: Finding,
    /// The manifest that it disagrees with, by its index.
    pub other: Option<usize>,
}

#[derive(Default)]
struct SetFindings(Vec<Between>);

impl SetFindings {
    fn add(
        &mut self,
        (manifest, other): (usize, Option<usize>),
        rule: &'static Rule,
        path: &[&str],
        message: String,
        help: impl Into<String>,
    ) {
        let finding = Finding { rule, path: path.iter().copied().collect(), message, help: help.into() };
        self.0.push(Between { manifest, finding, other });
    }
}

fn check_objects(summaries: &[Summary], found: &mut SetFindings) {
    let mut seen = HashMap::new();
    for (index, summary) in summaries.iter().enumerate() {
        if let Some(other) = seen.insert((summary.kind(), &summary.object), index) {
            let name = &summary.object.name;
            let message = format!("another manifest declares {} {} too", summary.kind().name(), quote(name));
            found.add(
                (index, Some(other)),
                &SAME_OBJECT,
                &["metadata", "name"],
                message,
                "remove one, or give it another name",
            );
        }
    }
}

/// Codes that are meant as duplicates stand in nobody's way.
fn check_qr_codes(summaries: &[Summary], accounts: &Accounts<'_>, found: &mut SetFindings) {
    let mut seen: HashMap<_, (usize, &ObjectKey)> = HashMap::new();
    for (index, summary) in summaries.iter().enumerate() {
        let Facts::QrCode(code) = &summary.facts else { continue };
        if code.duplicates_allowed {
            continue;
        }
        match seen.entry((accounts.owner(&code.account), &code.phone, &code.message)) {
            Entry::Vacant(entry) => {
                entry.insert((index, &summary.object));
            }
            Entry::Occupied(entry) => {
                let (first, object) = *entry.get();
                // Where it is one object twice, set-same-object says so.
                if object != &summary.object {
                    let message = format!("{} has the same message on the same number", quote(&object.name));
                    let help = "say duplicates: Allow if that is meant";
                    let path = &["spec", "prefilledMessage"];
                    found.add((index, Some(first)), &SAME_QR_CODE, path, message, help);
                }
            }
        }
    }
}

fn check_templates(summaries: &[Summary], accounts: &Accounts<'_>, found: &mut SetFindings) {
    let mut languages: HashMap<_, (usize, &ObjectKey)> = HashMap::new();
    let mut names: HashMap<_, (usize, &TemplateFacts)> = HashMap::new();
    for (index, summary) in summaries.iter().enumerate() {
        let Facts::Template(template) = &summary.facts else { continue };
        let owner = accounts.owner(&template.account);
        match languages.entry((owner, &template.name, &template.language)) {
            Entry::Vacant(entry) => {
                entry.insert((index, &summary.object));
            }
            Entry::Occupied(entry) => {
                let (first, object) = *entry.get();
                if object != &summary.object {
                    let message = format!(
                        "{} declares {} in {} too",
                        quote(&object.name),
                        quote(&template.name),
                        quote(&template.language)
                    );
                    let help = "remove one of them";
                    found.add((index, Some(first)), &SAME_TEMPLATE, &["spec", "name"], message, help);
                }
                continue;
            }
        }
        match names.entry((owner, &template.name)) {
            Entry::Vacant(entry) => {
                entry.insert((index, template));
            }
            Entry::Occupied(entry) => compare_languages(*entry.get(), (index, template), found),
        }
    }
}

fn compare_languages(
    (first_index, first): (usize, &TemplateFacts),
    (index, other): (usize, &TemplateFacts),
    found: &mut SetFindings,
) {
    let between = (index, Some(first_index));
    if first.variables != other.variables {
        let message = format!(
            "{} here, {} in {}",
            differing(&other.variables, &first.variables),
            differing(&first.variables, &other.variables),
            quote(&first.language)
        );
        let help = "use the same variables in every language";
        found.add(between, &VARIABLES, &["spec", "components"], message, help);
    }
    if first.category != other.category {
        let (here, there) = (other.category.as_str(), first.category.as_str());
        let message = format!("{here} here, {there} in {}", quote(&first.language));
        found.add(between, &CATEGORY, &["spec", "category"], message, "use one category for all languages");
    }
}

/// The first component whose variables differ from another language's.
fn differing(variables: &str, others: &str) -> String {
    let mut components = variables.split(SEPARATOR);
    let found = components.find(|one| !others.split(SEPARATOR).any(|other| other == *one));
    found.filter(|one| !one.is_empty()).map_or("nothing".to_owned(), quote)
}

fn check_accounts(summaries: &[Summary], accounts: &Accounts<'_>, found: &mut SetFindings) {
    let mut missing: HashMap<&ObjectKey, (usize, usize)> = HashMap::new();
    let mut with_media: HashMap<usize, (usize, usize)> = HashMap::new();
    for (index, summary) in summaries.iter().enumerate() {
        let Some(key) = summary.account() else { continue };
        let Some((account_index, account)) = accounts.find(key) else {
            let (_, count) = missing.entry(key).or_insert((index, 0));
            *count += 1;
            continue;
        };
        check_namespace((index, summary), key, (account_index, account), found);
        let has_media = matches!(&summary.facts, Facts::Template(template) if template.has_media);
        if has_media && account.provider == Some(ProviderKind::Meta) && !account.has_app_id {
            let (_, count) = with_media.entry(account_index).or_insert((index, 0));
            *count += 1;
        }
    }
    for (key, (index, count)) in missing {
        let others = match count {
            1 => String::new(),
            _ => format!(" ({count} objects refer to it)"),
        };
        let message = format!("account {} is in none of the files{others}", quote(&key.name));
        let help = accounts.nearest(&key.name);
        found.add((index, None), &MISSING, &["spec", "accountRef", "name"], message, help);
    }
    for (index, (first, count)) in with_media {
        let templates =
            if count == 1 { "a template with media refers" } else { "templates with media refer" };
        let message = format!("{templates} to this account, which has no appId for Meta");
        found.add((index, Some(first)), &APP_ID, &["spec", "meta"], message, "add appId: \"…\"");
    }
}

fn check_namespace(
    (index, summary): (usize, &Summary),
    key: &ObjectKey,
    (account_index, account): (usize, &AccountFacts),
    found: &mut SetFindings,
) {
    let (Some(own), Some(other)) = (&summary.object.namespace, &key.namespace) else { return };
    let Some(allowed) = &account.allowed_namespaces else { return };
    if own != other && !allowed.contains(own) {
        let message = format!(
            "account {} in {} does not allow namespace {}",
            quote(&key.name),
            quote(other),
            quote(own)
        );
        let path = &["spec", "accountRef", "namespace"];
        let help = "add it there to allowedNamespaces.names";
        found.add((index, Some(account_index)), &NAMESPACE, path, message, help);
    }
}

/// Who keeps templates and codes: the provider's account where the files tell, else whatever is referred to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Owner<'a> {
    Identity(ProviderKind, &'a str),
    Reference(&'a ObjectKey),
}

/// The accounts among the manifests, by name.
struct Accounts<'a>(HashMap<&'a str, Vec<(usize, &'a ObjectKey, &'a AccountFacts)>>);

impl<'a> Accounts<'a> {
    fn new(summaries: &'a [Summary]) -> Self {
        let mut by_name: HashMap<&str, Vec<_>> = HashMap::new();
        for (index, summary) in summaries.iter().enumerate() {
            if let Facts::Account(account) = &summary.facts {
                by_name.entry(&summary.object.name).or_default().push((index, &summary.object, account));
            }
        }
        Accounts(by_name)
    }

    /// A manifest without a namespace gets one when it is applied, so it may be in any.
    fn find(&self, key: &ObjectKey) -> Option<(usize, &'a AccountFacts)> {
        let named = self.0.get(&*key.name)?;
        let exact = named.iter().find(|(_, account, _)| account.namespace == key.namespace);
        let possible = |namespace: &Option<Box<str>>| namespace.is_none() || key.namespace.is_none();
        let likely = || named.iter().find(|(_, account, _)| possible(&account.namespace));
        exact.or_else(likely).map(|(index, _, facts)| (*index, *facts))
    }

    fn owner<'k>(&self, key: &'k ObjectKey) -> Owner<'k>
    where
        'a: 'k,
    {
        let account = self.find(key).map(|(_, account)| account);
        let identity = account.and_then(|account| account.provider.zip(account.identity.as_deref()));
        identity.map_or(Owner::Reference(key), |(provider, id)| Owner::Identity(provider, id))
    }

    fn nearest(&self, name: &str) -> String {
        if self.0.contains_key(name) {
            return "there is one of this name in another namespace: set accountRef.namespace".to_owned();
        }
        let is_word = |word: &str| word.len() <= LONGEST_WORD;
        let names = self.0.keys().filter(|other| is_word(name) && is_word(other));
        match names.map(|other| (strsim::osa_distance(other, name), other)).min() {
            Some((distance, other)) if distance <= 2 => format!("did you mean {}?", quote(other)),
            _ => "fine where somebody else applies it; otherwise add the account or correct the name"
                .to_owned(),
        }
    }
}
