//! Templates at Alibaba Cloud: a thin list, and writes that do not say what became of the review.

use std::borrow::Cow;
use std::collections::HashSet;
use std::time::Duration;

use super::account::Alibaba;
use super::operation::{
    CREATE_TEMPLATE, DELETE_TEMPLATE, GET_TEMPLATE, LIST_TEMPLATES, MODIFY_TEMPLATE,
    MODIFY_TEMPLATE_PROPERTIES, Operation,
};
use super::wire::templates::{self as wire, Which as Named};
use super::wire::{self as answers, Parameters};
use crate::api::Category;
use crate::provider::attempt::Mandate;
use crate::provider::budget::Lane;
use crate::provider::error::{Class, Error, Verdict};
use crate::provider::face::{
    Attachments, Change, Deleted, Listing, Read, Templates, Which, deleted, unsupported,
};
use crate::template::{Accepted, Desired, Observed, same_language};

/// How large a page we ask for. No maximum is documented (A3.1), so pages may turn out smaller.
const PAGE: u32 = 100;
/// How often a list is begun again that changed under our hands.
const ATTEMPTS: usize = 3;

impl Alibaba {
    /// Every page, or `None` where the pages do not fit together: somebody deleted a template between two of them, and one
    /// may have slipped through. What was made meanwhile only moves others to where they are read once more, so a list that
    /// grows is whole, and somebody who makes hundreds can list beside that.
    async fn all_templates(&self, read: Read) -> Result<Option<Listing<Observed>>, Error> {
        let (mut templates, mut first) = (Vec::new(), None);
        let (mut entries, mut total) = (0, None);
        for index in 1.. {
            let parameters = wire::list(self.space(), index, PAGE);
            let list = self.client.dated_read(&LIST_TEMPLATES, &parameters, read.lane, read.deadline);
            let (answer, left) = list.await?;
            let page = answers::template_page(&answer)
                .map_err(|why| Error::unreadable(LIST_TEMPLATES.name, &why))?;
            first.get_or_insert((left, page.total));
            if page.total < total {
                return Ok(None);
            }
            total = page.total;
            entries += page.entries as u64;
            templates.extend(page.templates);
            // Without a total only a page with room left is the last one; with one, an empty page says that it is wrong.
            let is_last = match total {
                Some(total) => entries >= total || page.entries == 0,
                None => page.entries < PAGE as usize,
            };
            if is_last {
                break;
            }
        }
        let Some((started, at_first)) = first else { return Ok(None) };
        let read = templates.len();
        let mut seen = HashSet::new();
        // Of what was read twice the second time counts.
        templates.reverse();
        templates.retain(|known| seen.insert((known.id.clone(), known.language.clone())));
        templates.reverse();
        let twins = (read - templates.len()) as u64;
        let fits = if total == at_first {
            twins == 0 && total.is_none_or(|total| entries == total)
        } else {
            entries >= total.unwrap_or_default() && entries - twins >= at_first.unwrap_or_default()
        };
        Ok(fits.then_some(Listing { started, items: templates, complete: true }))
    }

    async fn submit(
        &self,
        operation: &'static Operation,
        parameters: &Parameters,
        mandate: Mandate<'_>,
    ) -> Result<Accepted, Error> {
        let answer = self.client.write(operation, parameters, mandate).await?;
        answers::accepted(&answer).map_err(|why| Error::unreadable(operation.name, &why))
    }
}

impl Templates for Alibaba {
    async fn list_templates(&self, read: Read) -> Result<Listing<Observed>, Error> {
        for _ in 0..ATTEMPTS {
            if let Some(listing) = self.all_templates(read).await? {
                return Ok(listing);
            }
        }
        Err(Error::new(LIST_TEMPLATES.name, "List.Unstable", UNSTABLE))
    }

    async fn read_template(&self, which: Which<'_>, read: Read) -> Result<Option<Observed>, Error> {
        let parameters = wire::detail(self.space(), named(which), which.language);
        match self.client.read(&GET_TEMPLATE, &parameters, read.lane, read.deadline).await {
            Ok(answer) => answers::template(&answer)
                .map(|found| Some(found).filter(|found| same_language(&found.language, which.language)))
                .map_err(|why| Error::unreadable(GET_TEMPLATE.name, &why)),
            Err(Error { class: Class::NotFound { certain: true }, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn reading_takes(&self, templates: usize, lane: Lane) -> Duration {
        self.client.budget().least(GET_TEMPLATE.name, lane, templates)
    }

    /// Alibaba fetches samples itself.
    async fn prepare(&self, _: &Desired, _: Read) -> Result<Attachments, Error> {
        Ok(Attachments::default())
    }

    async fn create_template(
        &self,
        desired: &Desired,
        _: &Attachments,
        mandate: Mandate<'_>,
    ) -> Result<Accepted, Error> {
        // The answer says nothing of the review (trap 38), and the next list does: reading each would let a tenth as many be made.
        let parameters = wire::create(self.space(), desired);
        self.submit(&CREATE_TEMPLATE, &parameters, mandate).await
    }

    async fn edit_template(
        &self,
        known: &Observed,
        desired: &Desired,
        _: &Attachments,
        mandate: Mandate<'_>,
    ) -> Result<Accepted, Error> {
        let desired = under_its_category(known, desired);
        let parameters = wire::modify(self.space(), Named::Code(&known.id), &desired);
        let read = Read::after(&mandate);
        let accepted = self.submit(&MODIFY_TEMPLATE, &parameters, mandate).await?;
        Ok(match self.read_template(Which::from(known), read).await {
            Ok(Some(now)) => Accepted { state: Some(now.state), category: Some(now.category), ..accepted },
            // It was taken; the next poll tells the rest.
            Ok(None) | Err(_) => accepted,
        })
    }

    async fn set_category_change_paused(
        &self,
        known: &Observed,
        paused: bool,
        mandate: Mandate<'_>,
    ) -> Result<(), Error> {
        // The one operation that requires it (A3.4); its refusal would blame us.
        if self.space().is_none() {
            return Err(Error::new(MODIFY_TEMPLATE_PROPERTIES.name, "Account.NoSpace", NO_SPACE));
        }
        let parameters = wire::properties(self.space(), &known.id, &known.language, paused);
        self.client.write(&MODIFY_TEMPLATE_PROPERTIES, &parameters, mandate).await.map(drop)
    }

    async fn delete_template(&self, known: &Observed, mandate: Mandate<'_>) -> Result<Deleted, Error> {
        let parameters = wire::delete(self.space(), Named::Code(&known.id), &known.language);
        match self.client.write(&DELETE_TEMPLATE, &parameters, mandate).await {
            Ok(_) => Ok(Deleted::Now),
            // Its error says exactly that; there is nothing to ask.
            Err(error) => deleted(error, Ok(Some(()))),
        }
    }

    async fn unpause_template(&self, _: &Observed, _: Mandate<'_>) -> Result<(), Error> {
        Err(unsupported(Change::UnpauseTemplate))
    }

    async fn archive_template(&self, _: &Observed, _: Mandate<'_>) -> Result<(), Error> {
        Err(unsupported(Change::ArchiveTemplate))
    }

    async fn unarchive_template(&self, _: &Observed, _: Mandate<'_>) -> Result<(), Error> {
        Err(unsupported(Change::UnarchiveTemplate))
    }
}

fn named(which: Which<'_>) -> Named<'_> {
    which.id.map_or(Named::Name(which.name), Named::Code)
}

/// A modify must name the category and cannot change it (A3.1): where the provider has moved the template, ours
/// would be refused, so its own is sent.
fn under_its_category<'a>(known: &Observed, desired: &'a Desired) -> Cow<'a, Desired> {
    let moved = [Category::Utility, Category::Marketing]
        .into_iter()
        .find(|category| category.as_str() == known.category && *category != desired.category);
    match moved {
        Some(category) if desired.category != Category::Authentication => {
            Cow::Owned(Desired { category, ..desired.clone() })
        }
        _ => Cow::Borrowed(desired),
    }
}

const NO_SPACE: Verdict = Verdict::refused(
    Class::Terminal,
    "Alibaba changes categoryChangePaused by itself only for accounts with custSpaceId; change it together with the \
     template's content, or use such an account",
);
const UNSTABLE: Verdict =
    Verdict::refused(Class::Transient, "the list kept changing while it was read; waops reads it again");
