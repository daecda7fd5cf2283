//! Templates at Meta: whole contents in the list, samples uploaded before a write.

use std::time::Duration;

use tokio::time::Instant;

use super::account::{Meta, about_the_business_account};
use super::errors;
use super::media::{Handle, Media};
use super::operation::{
    ARCHIVE_TEMPLATES, CREATE_TEMPLATE, DELETE_TEMPLATE, EDIT_TEMPLATE, GET_TEMPLATE, GraphRequest,
    LIST_TEMPLATES, Operation, START_UPLOAD, UNARCHIVE_TEMPLATES, UNPAUSE_TEMPLATE,
};
use super::pages::Pages;
use super::wire::{self as answers, Page, Query, media, paths, success, templates as wire};
use crate::api::ReviewState;
use crate::provider::attempt::Mandate;
use crate::provider::budget::Lane;
use crate::provider::error::{Class, Effect, Error, Verdict};
use crate::provider::face::{
    Attachments, Change, Deleted, Listing, Read, Templates, Which, deleted, not_done, unsupported,
};
use crate::template::{Accepted, Desired, Observed, same_language};

/// The components of a hundred templates are well below the largest answer that is read.
const PAGE: u32 = 100;

impl Meta {
    /// A page, and when its request left the queue.
    async fn templates_page(&self, query: Query, read: Read) -> Result<(Page<Observed>, Instant), Error> {
        let path = paths::templates(self.version(), self.waba(&LIST_TEMPLATES)?);
        let request = GraphRequest::get(&LIST_TEMPLATES, path, query);
        let page = self.client.dated_read(&request, read.lane, read.deadline).await;
        let (answer, left) = page.map_err(about_the_business_account)?;
        let page = answers::template_page(&answer);
        Ok((page.map_err(|why| Error::unreadable(LIST_TEMPLATES.name, &why))?, left))
    }

    /// By name and language, which the filter does not promise to match exactly (trap 39).
    async fn template_by_name(&self, which: Which<'_>, read: Read) -> Result<Option<Observed>, Error> {
        let mut pages = Pages::new(&LIST_TEMPLATES);
        while pages.take(self.templates_page(wire::find(which.name, pages.after()), read).await?.0)? {}
        let mut found = pages.items.into_iter();
        Ok(found.find(|one| one.name == which.name && same_language(&one.language, which.language)))
    }

    async fn template_by_id(&self, id: &str, read: Read) -> Result<Observed, Error> {
        let request = GraphRequest::get(&GET_TEMPLATE, paths::template(self.version(), id), wire::one());
        let answer = self.client.read(&request, read.lane, read.deadline).await?;
        answers::template(&answer).map_err(|why| Error::unreadable(GET_TEMPLATE.name, &why))
    }

    /// A call whose answer is that it was done, or not.
    async fn order(&self, request: &GraphRequest, mandate: Mandate<'_>) -> Result<(), Error> {
        let answer = self.client.write(request, mandate).await?;
        match success(&answer) {
            Some(false) => Err(not_done(request.operation.name)),
            _ => Ok(()),
        }
    }

    /// Moves one template into the archive or out of it.
    async fn shelve(
        &self,
        operation: &'static Operation,
        known: &Observed,
        mandate: Mandate<'_>,
    ) -> Result<(), Error> {
        let path = paths::archive(self.waba(operation)?, operation == &UNARCHIVE_TEMPLATES);
        let request = GraphRequest::post(operation, path, wire::shelve(&known.id));
        let answer = self.client.write(&request, mandate).await?;
        if wire::failed(&answer).contains(&known.id) { Err(not_done(operation.name)) } else { Ok(()) }
    }

    /// The handle of one sample, fetched from where the manifest says and uploaded to the app.
    async fn handle(&self, sample: &crate::template::Media, url: &str, read: Read) -> Result<Handle, Error> {
        let uploads = self.uploads.as_ref();
        let uploads = uploads.ok_or_else(|| Error::new(START_UPLOAD.name, "Account.NoApp", NO_APP))?;
        let file = self.samples.fetch(sample.format, url, read.deadline).await?;
        let named = sample.file_name.as_deref().unwrap_or(&file.name);
        let media = Media { file_name: named, content_type: file.content_type, bytes: &file.bytes };
        uploads.handle(&self.client, media, read.lane, read.deadline).await
    }

    /// A header may be refused because a handle in it has expired, which no answer says: old ones are used no more, and
    /// the template is sent again with new ones. Refused with those, it is refused for itself.
    fn doubting(&self, attachments: &Attachments, error: Error) -> Error {
        if attachments.old.is_empty() || !errors::is_about_a_header(&error) {
            return error;
        }
        if let Some(uploads) = &self.uploads {
            uploads.forget(&attachments.old);
        }
        Error { class: Class::Transient, advice: EXPIRED.into(), ..error }
    }
}

impl Templates for Meta {
    async fn list_templates(&self, read: Read) -> Result<Listing<Observed>, Error> {
        let (mut pages, mut first_left) = (Pages::new(&LIST_TEMPLATES), None);
        loop {
            let (page, left) = self.templates_page(wire::list(PAGE, pages.after()), read).await?;
            let started = *first_left.get_or_insert(left);
            if !pages.take(page)? {
                return Ok(Listing { started, items: pages.items, complete: true });
            }
        }
    }

    /// "Not there" by id may as well mean "not yours", so the list has the last word (trap 43).
    async fn read_template(&self, which: Which<'_>, read: Read) -> Result<Option<Observed>, Error> {
        let Some(id) = which.id else { return self.template_by_name(which, read).await };
        match self.template_by_id(id, read).await {
            Ok(found) => Ok(Some(found)),
            Err(Error { class: Class::NotFound { .. }, .. }) => self.template_by_name(which, read).await,
            Err(error) => Err(error),
        }
    }

    fn reading_takes(&self, templates: usize, lane: Lane) -> Duration {
        self.client.budget().least(GET_TEMPLATE.name, lane, templates)
    }

    async fn prepare(&self, desired: &Desired, read: Read) -> Result<Attachments, Error> {
        let mut attachments = Attachments::default();
        for (sample, url) in media::samples(desired) {
            if !attachments.samples.contains_key(url) {
                let handle = self.handle(sample, url, read).await;
                // Whatever became of an upload: nothing happened to the template.
                let handle = handle.map_err(|error| Error { effect: Effect::None, ..error })?;
                if handle.is_old() {
                    attachments.old.insert(handle.word.clone());
                }
                attachments.samples.insert(url.to_owned(), handle.word);
            }
        }
        Ok(attachments)
    }

    async fn create_template(
        &self,
        desired: &Desired,
        attachments: &Attachments,
        mandate: Mandate<'_>,
    ) -> Result<Accepted, Error> {
        let body = wire::create(desired, &attachments.samples).map_err(|_| unprepared(&CREATE_TEMPLATE))?;
        let path = paths::templates(self.version(), self.waba(&CREATE_TEMPLATE)?);
        let request = GraphRequest::post(&CREATE_TEMPLATE, path, body);
        let answer = self.client.write(&request, mandate).await.map_err(about_the_business_account);
        let answer = answer.map_err(|error| self.doubting(attachments, error))?;
        answers::accepted(&answer).map_err(|why| Error::unreadable(CREATE_TEMPLATE.name, &why))
    }

    async fn edit_template(
        &self,
        known: &Observed,
        desired: &Desired,
        attachments: &Attachments,
        mandate: Mandate<'_>,
    ) -> Result<Accepted, Error> {
        let read = Read::after(&mandate);
        // The category of one that was approved, even if it is paused now, cannot change (trap 36).
        let may_move = known.state == ReviewState::Rejected && known.category != desired.category.as_str();
        let category = may_move.then_some(desired.category);
        let body =
            wire::edit(desired, &attachments.samples, category).map_err(|_| unprepared(&EDIT_TEMPLATE))?;
        let path = paths::template(self.version(), &known.id);
        let edited = self.order(&GraphRequest::post(&EDIT_TEMPLATE, path, body), mandate).await;
        edited.map_err(|error| self.doubting(attachments, error))?;
        // It was taken; where it cannot be read now, the next poll tells the rest.
        let now = self.template_by_id(&known.id, read).await.ok();
        Ok(Accepted {
            id: known.id.clone(),
            state: now.as_ref().map(|now| now.state),
            category: now.map(|now| now.category),
        })
    }

    async fn set_category_change_paused(&self, _: &Observed, _: bool, _: Mandate<'_>) -> Result<(), Error> {
        Err(unsupported(Change::SetTemplate))
    }

    async fn delete_template(&self, known: &Observed, mandate: Mandate<'_>) -> Result<Deleted, Error> {
        let read = Read::after(&mandate);
        let path = paths::templates(self.version(), self.waba(&DELETE_TEMPLATE)?);
        let request = GraphRequest::delete(&DELETE_TEMPLATE, path, wire::delete(&known.id, &known.name));
        match self.order(&request, mandate).await {
            Ok(()) => Ok(Deleted::Now),
            // What a template that is gone is answered is not documented, so any refusal may be that.
            Err(error @ Error { class: Class::NotFound { .. } | Class::Slow | Class::Terminal, .. }) => {
                let found = self.template_by_name(Which::from(known), read).await;
                // Another one under this name is not the one that was meant.
                deleted(error, found.map(|found| found.filter(|found| found.id == known.id)))
            }
            Err(error) => Err(error),
        }
    }

    async fn unpause_template(&self, known: &Observed, mandate: Mandate<'_>) -> Result<(), Error> {
        let path = paths::unpause(self.version(), &known.id);
        self.order(&GraphRequest::post(&UNPAUSE_TEMPLATE, path, serde_json::json!({})), mandate).await
    }

    async fn archive_template(&self, known: &Observed, mandate: Mandate<'_>) -> Result<(), Error> {
        self.shelve(&ARCHIVE_TEMPLATES, known, mandate).await
    }

    async fn unarchive_template(&self, known: &Observed, mandate: Mandate<'_>) -> Result<(), Error> {
        self.shelve(&UNARCHIVE_TEMPLATES, known, mandate).await
    }
}

/// A bug of ours: the step before was left out, or made for another content.
fn unprepared(operation: &'static Operation) -> Error {
    Error::new(operation.name, "Attachments.Missing", UNPREPARED)
}

const UNPREPARED: Verdict =
    Verdict::refused(Class::Slow, "a sample was not uploaded before the template; report this as a bug");
const EXPIRED: &str = "Meta refuses a header whose sample was uploaded a while ago; waops uploads it again";
const NO_APP: Verdict = Verdict::refused(
    Class::Terminal,
    "the account has no appId, and samples of media headers are uploaded to the app; add it",
);
