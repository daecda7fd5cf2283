//! What the files of a repository declare.

use std::fs;
use std::path::{Path, PathBuf};

use crate::ci::yaml;

/// At which provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shop {
    Alibaba,
    Meta,
}

/// What a file declares. Its number stands in its text, whatever file and object are called.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) file: PathBuf,
    pub(crate) name: String,
    pub(crate) number: usize,
    pub(crate) edition: usize,
    pub(crate) shop: Shop,
    pub(crate) is_template: bool,
    pub(crate) approve: Option<String>,
}

impl Text {
    pub(crate) fn kind(&self) -> &'static str {
        if self.is_template { "WhatsAppTemplate" } else { "WhatsAppQrCode" }
    }

    /// By what a provider knows it.
    pub(crate) fn at_provider(&self) -> String {
        if self.is_template { format!("text_{}", self.number) } else { self.message() }
    }

    fn message(&self) -> String {
        format!("Text {}, edition {}", self.number, self.edition)
    }

    pub(crate) fn manifest(&self) -> String {
        let account = if self.shop == Shop::Meta { "meta" } else { "alibaba" };
        let spec = if self.is_template {
            format!(
                "  name: text_{}\n  language: en_US\n  category: UTILITY\n  readyWhen: Submitted\n  components:\n    body: \
                 {{text: \"{}\"}}\n",
                self.number,
                self.message()
            )
        } else {
            let approve =
                self.approve.as_ref().map(|line| format!("  approve: {line}\n")).unwrap_or_default();
            format!("  phoneNumber: \"+4930901820\"\n  prefilledMessage: \"{}\"\n{approve}", self.message())
        };
        format!(
            "apiVersion: waops.dev/v1alpha1\nkind: {}\nmetadata:\n  name: {}\nspec:\n  accountRef: {{name: {account}}}\n{spec}",
            self.kind(),
            self.name
        )
    }

    fn read(file: PathBuf) -> Self {
        let json = yaml(&file).remove(0);
        let spec = &json["spec"];
        let is_template = json["kind"] == "WhatsAppTemplate";
        let message =
            if is_template { &spec["components"]["body"]["text"] } else { &spec["prefilledMessage"] };
        let words = message.as_str().unwrap().strip_prefix("Text ").unwrap();
        let (number, edition) = words.split_once(", edition ").unwrap();
        Self {
            file,
            name: json["metadata"]["name"].as_str().unwrap().to_owned(),
            number: number.parse().unwrap(),
            edition: edition.parse().unwrap(),
            shop: if spec["accountRef"]["name"] == "meta" { Shop::Meta } else { Shop::Alibaba },
            is_template,
            approve: spec["approve"].as_str().map(str::to_owned),
        }
    }

    /// Everything that a working copy declares.
    pub(crate) fn all(folder: &Path) -> Vec<Self> {
        let files = fs::read_dir(folder.join("texts")).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<PathBuf> = files.collect();
        files.sort();
        files.into_iter().map(Self::read).collect()
    }
}
