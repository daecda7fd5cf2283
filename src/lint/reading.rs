//! Rules of files and YAML. The reader of manifests checks them; here are their pages.

#![allow(missing_docs)] // the titles say it

use super::links;
use super::rule::{BOTH_REFUSE, BOTH_WARN, Checked, Rule};

const fn reading(id: &'static str, title: &'static str, explanation: &'static str) -> Rule {
    let (alibaba, meta) = BOTH_REFUSE;
    Rule { id, alibaba, meta, checked: Checked::Reading, title, explanation, link: links::NONE }
}

/// A rule whose breach may be meant.
const fn misreading(id: &'static str, title: &'static str, explanation: &'static str) -> Rule {
    let (alibaba, meta) = BOTH_WARN;
    Rule { alibaba, meta, ..reading(id, title, explanation) }
}

rules! {
    pub FILE_NOT_FOUND = reading(
        "file-not-found",
        "a path that is given exists",
        "Nothing lies under this path. Paths are relative to the folder where waops was started.",
    );
    pub FILE_UNREADABLE = reading(
        "file-unreadable",
        "files and folders can be read",
        "The system refused to open this file or folder. Check its permissions, or leave it out.",
    );
    pub FILE_SYMLINK_LOOP = reading(
        "file-symlink-loop",
        "links between folders do not go in circles",
        "Following this link leads back to a folder above it. Remove the link or name the folders one by one.",
    );
    pub FILE_TOO_LARGE = reading(
        "file-too-large",
        "a file has at most 16 MiB",
        "Manifests are small; a file of this size is something else or the output of a runaway generator. \
         Split it into several files.",
    );
    pub YAML_ENCODING = reading(
        "yaml-encoding",
        "a file is text in UTF-8",
        "The bytes are not UTF-8. Save the file as UTF-8; some editors write UTF-16 or Latin-1 by default.",
    );
    pub YAML_SYNTAX = reading(
        "yaml-syntax",
        "a file is valid YAML or JSON",
        "The text cannot be read. Usual reasons: a tab where blanks indent, a missing quote, a colon followed by \
         a blank or a {{variable}} at the start of a text without quotes around it. kubectl refuses it too.",
    );
    pub YAML_DUPLICATE_KEY = reading(
        "yaml-duplicate-key",
        "a mapping has each key once",
        "Of two equal keys one would be lost in silence, and tools disagree which. Remove one or join them.",
    );
    pub YAML_SEPARATOR = reading(
        "yaml-separator",
        "a line --- separates two manifests",
        "The fields of a second manifest follow those of the first as if they were one, so kubectl keeps the last of \
         each and drops the first manifest without a word. Write a line --- between them.",
    );
    pub YAML_KEY = reading(
        "yaml-key",
        "keys are texts",
        "A key is a number, a list or a mapping, which has no meaning in Kubernetes. Put it in quotes or mend \
         the indentation.",
    );
    pub YAML_TAG = reading(
        "yaml-tag",
        "a value is what its tag says",
        "A tag such as !!int or !!bool says how to read the value that follows, and this value cannot be read so. \
         Remove the tag: the schema says what belongs there.",
    );
    pub YAML_DEPTH = reading(
        "yaml-depth",
        "a document is not nested too deeply",
        "No manifest is nested this deeply; waops refuses it rather than run out of memory.",
    );
    pub YAML_ALIAS_BOMB = reading(
        "yaml-alias-bomb",
        "aliases do not multiply a document beyond measure",
        "Anchors and aliases are fine, but these expand to far more than the file holds. waops refuses it rather \
         than run out of memory.",
    );
    pub TEXT_COMMENT = misreading(
        "text-comment",
        "a text that a # may follow is in quotes",
        "Outside of quotes, a blank and a # end a text: what follows is a comment, and customers never see it. Put the \
         text in quotes, and the comment behind the closing quote if it is one.",
    );
    pub TEXT_FIRST_WORD = misreading(
        "text-first-word",
        "a text that starts with ! or & is in quotes",
        "Outside of quotes, YAML takes a first word with ! for a tag and one with & for an anchor, and customers never \
         see it. Put the text in quotes, or remove the word.",
    );
    pub TEXT_CURLY_QUOTES = misreading(
        "text-curly-quotes",
        "quotes around a text are straight ones",
        "YAML knows the straight quotes \" and ' alone. Curly ones, which word processors write, are letters of the \
         text, so customers see them. Where that is meant, put straight quotes around them.",
    );
    pub TEXT_DATE = misreading(
        "text-date",
        "a text that is a date is in quotes",
        "kubectl keeps a date such as 2024-05-12 as the text that it is. kustomize, by itself and in Flux, reads YAML in \
         another way: where it patches a manifest, customers see 2024-05-12T00:00:00Z. Put the date in quotes.",
    );
}
