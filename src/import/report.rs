//! What an import is asked for, what it tells on the way, and what it came to.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::known::Owner;
use crate::api::Kind;

/// What to import.
#[derive(Clone, Debug)]
pub struct Request {
    /// The account: its name, or namespace and name.
    pub account: String,
    /// Phone numbers or their ids; none for all of them.
    pub phones: Vec<String>,
    /// QR codes, templates or both.
    pub kinds: BTreeSet<Kind>,
    /// Where manifests go.
    pub out: PathBuf,
    /// The namespace of manifests that name none.
    pub namespace: String,
}

/// What happens, for those who wait.
#[derive(Clone, Copy, Debug)]
pub enum News<'a> {
    /// Something is listed, page after page.
    Lists {
        /// What.
        what: &'a str,
        /// How many calls were made so far.
        calls: u64,
        /// How long it has taken.
        elapsed: Duration,
    },
    /// So many are there, of which so many are new here.
    Found {
        /// What.
        what: &'a str,
        /// All of them.
        all: usize,
        /// Those that nobody has yet.
        new: usize,
    },
    /// The list says too little: each is read by itself.
    Reads {
        /// How many calls that is.
        calls: usize,
        /// How long the provider's limits make it take at least.
        at_least: Duration,
    },
    /// How far that is.
    Read {
        /// So many are read.
        done: usize,
        /// All that are to be read.
        all: usize,
        /// How long it has taken.
        elapsed: Duration,
    },
}

/// One object of an account, in words that a person finds it by.
pub type What = String;

/// What an import came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was written, and where.
    pub written: Vec<(Kind, What, PathBuf)>,
    /// What is declared or claimed already, by whom, and what to do about it if anything.
    pub known: Vec<(What, Owner, Option<String>)>,
    /// What no manifest can say, and why.
    pub left_out: Vec<(What, String)>,
    /// What was not written for a reason that can be mended: then the same command goes on.
    pub undone: Vec<(What, String)>,
    /// How many calls it took.
    pub calls: u64,
    /// Kinds of which the account lets nothing be taken over.
    pub forbidden: Vec<Kind>,
    /// Why it ended early, if it did.
    pub ended: Option<String>,
}
