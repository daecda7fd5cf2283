//! Languages that templates can be written in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::finding::{Findings, LONGEST_WORD, quote};
use super::links;
use super::rule::{ALIBABA_WARNS, BOTH_WARN, lint};
use crate::manifest::Place;
use crate::template::is_language_form;

rules! {
    UNKNOWN = lint(
        "language-unknown",
        BOTH_WARN,
        links::META_LANGUAGES,
        "a language is one that the providers list",
        "Neither list of languages has this code, so it is probably refused. It is only a warning, since Meta adds \
         languages: regional ones such as ar_EG and en_AE came in 2026.",
    );
    NOT_ALIBABA = lint(
        "language-alibaba",
        ALIBABA_WARNS,
        links::ALIBABA_LANGUAGES,
        "Alibaba's table lists the language",
        "Meta has this language, Alibaba's table of codes does not. Alibaba submits to Meta and its table may lag \
         behind, so it may work; the language without its region is the safe choice.",
    );
}

/// What the providers say of a language.
struct Language {
    name: &'static str,
    on_alibaba: bool,
}

static LANGUAGES: LazyLock<BTreeMap<&'static str, Language>> = LazyLock::new(|| {
    include_str!("languages.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .skip(1)
        .filter_map(row)
        .collect()
});

fn row(line: &'static str) -> Option<(&'static str, Language)> {
    let mut columns = line.split('\t');
    let (code, name) = (columns.next()?, columns.next()?);
    let [_, alibaba] = [columns.next()?, columns.next()?];
    Some((code, Language { name, on_alibaba: alibaba == "yes" }))
}

pub(super) fn check(code: &str, place: &Place<'_>, found: &mut Findings) {
    match LANGUAGES.get(code) {
        Some(language) if language.on_alibaba => {}
        Some(language) => {
            let message = format!("Alibaba's table of languages does not have {} ({code})", language.name);
            let base = code.split('_').next().unwrap_or_default();
            let base = LANGUAGES.get(base).filter(|base| base.on_alibaba).map(|_| base);
            found.add(
                &NOT_ALIBABA,
                place,
                message,
                base.map_or(String::new(), |base| format!("{base} is safe")),
            );
        }
        None if is_language_form(code) => {
            let message = format!("neither Meta nor Alibaba lists {}", quote(code));
            found.add(&UNKNOWN, place, message, did_you_mean(code));
        }
        None => {} // template-language-form says so
    }
}

/// A question with the nearest language; empty where none is near.
pub(super) fn did_you_mean(code: &str) -> String {
    nearest(code).map_or(String::new(), |near| {
        let name = LANGUAGES.get(near).map_or("", |language| language.name);
        format!("did you mean {near} ({name})?")
    })
}

fn nearest(code: &str) -> Option<&'static str> {
    if code.len() > LONGEST_WORD {
        return None;
    }
    let mut parts = code.trim().split(['-', '_']);
    let base = parts.next()?.to_ascii_lowercase();
    let region = parts.next_back().map(str::to_ascii_uppercase);
    let spelt = region.map_or(base.clone(), |region| format!("{base}_{region}"));
    let exact = |wanted: &str| LANGUAGES.get_key_value(wanted).map(|(code, _)| *code);
    let regional = || LANGUAGES.keys().find(|code| code.split('_').next() == Some(&base)).copied();
    let similar = || LANGUAGES.keys().find(|code| strsim::osa_distance(code, &spelt) == 1).copied();
    exact(&spelt).or_else(|| exact(&base)).or_else(regional).or_else(similar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_language_is_the_one_that_was_meant() {
        for (code, want, reason) in [
            ("en-US", Some("en_US"), "a dash"),
            ("EN_us", Some("en_US"), "upper and lower case"),
            ("zh-Hans-CN", Some("zh_CN"), "a script in between"),
            ("de_DE", Some("de"), "a region that has no code of its own"),
            ("pt", Some("pt_BR"), "a language that only has regional codes"),
            ("eng", Some("en"), "three letters"),
            ("xx_XX", None, "nothing near"),
            ("", None, "nothing at all"),
        ] {
            assert_eq!(nearest(code), want, "{code:?}: {reason}");
        }
    }

    #[test]
    fn the_table_is_read_to_its_end() {
        let rows = include_str!("languages.tsv").lines().filter(|line| line.contains('\t')).count();
        assert_eq!(LANGUAGES.len(), rows - 1, "every row but the heading");
        assert!(LANGUAGES.keys().all(|code| is_language_form(code)));
    }
}
