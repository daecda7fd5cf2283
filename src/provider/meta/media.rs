//! Samples of media headers: uploaded to the app, referred to by a handle.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Method;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::client::Client;
use super::operation::{Body, GraphRequest, RESUME_UPLOAD, START_UPLOAD, UPLOAD};
use super::wire::{Query, media as wire, paths};
use crate::provider::budget::Lane;
use crate::provider::deadline::Deadline;
use crate::provider::error::{Class, Error};

/// How long a handle is used again. It seems to hold an expiry of its own that nobody documents.
const LIFETIME: Duration = Duration::from_secs(3600);
/// A handle that is younger is not refused for its age.
const YOUNG: Duration = Duration::from_secs(60);
/// How often an upload that broke goes on where it stopped.
const RESUMPTIONS: usize = 5;

/// A sample of a media header.
#[derive(Clone, Copy, Debug)]
pub struct Media<'a> {
    /// What Meta shows as its name.
    pub file_name: &'a str,
    /// `image/jpeg`, `image/png`, `video/mp4` or `application/pdf`.
    pub content_type: &'a str,
    /// The file itself.
    pub bytes: &'a [u8],
}

/// What a header refers to an uploaded file by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle {
    /// Meta's word for it.
    pub word: String,
    uploaded: Instant,
}

impl Handle {
    /// Whether it may have expired by now.
    pub fn is_old(&self) -> bool {
        self.uploaded.elapsed() >= YOUNG
    }
}

/// Where uploads go, with the handles of what went there lately.
#[derive(Debug)]
pub struct Uploads {
    app_id: String,
    handles: Mutex<HashMap<[u8; 32], Slot>>,
}

/// Filled once, however many wait for it.
type Slot = Arc<OnceCell<Handle>>;

impl Uploads {
    /// Uploads to this app: not to the business account.
    pub fn new(app_id: &str) -> Self {
        Self { app_id: app_id.to_owned(), handles: Mutex::default() }
    }

    /// The handle of a file, which is uploaded unless that was done within the hour.
    pub async fn handle(
        &self,
        client: &Client,
        media: Media<'_>,
        lane: Lane,
        deadline: Deadline,
    ) -> Result<Handle, Error> {
        let upload = || async {
            let word = self.upload(client, media, lane, deadline).await?;
            Ok::<_, Error>(Handle { word, uploaded: Instant::now() })
        };
        self.slot(media).get_or_try_init(upload).await.cloned()
    }

    /// Uses these no more: their files are uploaded again.
    pub fn forget(&self, words: &BTreeSet<String>) {
        self.slots().retain(|_, slot| slot.get().is_none_or(|handle| !words.contains(&handle.word)));
    }

    /// The place for this file's handle. Name and type are part of it: Meta keeps them with the file.
    fn slot(&self, media: Media<'_>) -> Slot {
        let mut hash = Sha256::new();
        for part in [media.file_name.as_bytes(), media.content_type.as_bytes(), media.bytes] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let mut slots = self.slots();
        slots.retain(|_, slot| match slot.get() {
            Some(handle) => handle.uploaded.elapsed() < LIFETIME,
            // An upload that failed leaves it to nobody.
            None => Arc::strong_count(slot) > 1,
        });
        Arc::clone(slots.entry(hash.finalize().into()).or_default())
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<[u8; 32], Slot>> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn upload(
        &self,
        client: &Client,
        media: Media<'_>,
        lane: Lane,
        deadline: Deadline,
    ) -> Result<String, Error> {
        // Repeating it leaves a second session behind that nobody uses: no harm, so it counts as a read.
        let start = GraphRequest {
            method: Method::POST,
            ..GraphRequest::get(
                &START_UPLOAD,
                paths::uploads(client.graph_version(), &self.app_id),
                wire::session_query(media.file_name, media.bytes.len(), media.content_type),
            )
        };
        let answer = client.read(&start, lane, deadline).await?;
        let session = wire::session(&answer).map_err(|why| Error::unreadable(START_UPLOAD.name, &why))?;
        let session = paths::upload(client.graph_version(), &session);
        let mut offset = 0;
        for _ in 0..RESUMPTIONS {
            match send(client, &session, media, offset, lane, deadline).await {
                // What arrived before the connection broke need not be sent again.
                Err(error) if error.class == Class::Transient && !deadline.passed() => {
                    offset = arrived(client, &session, lane, deadline).await?.min(media.bytes.len());
                }
                result => return result,
            }
        }
        send(client, &session, media, offset, lane, deadline).await
    }
}

async fn send(
    client: &Client,
    session: &str,
    media: Media<'_>,
    offset: usize,
    lane: Lane,
    deadline: Deadline,
) -> Result<String, Error> {
    let body = Body::File { offset, bytes: media.bytes[offset..].to_vec() };
    let request = GraphRequest {
        method: Method::POST,
        body,
        ..GraphRequest::get(&UPLOAD, session.to_owned(), Query::new())
    };
    let answer = client.once(&request, lane, deadline).await?;
    wire::handle(&answer).map_err(|why| Error::unreadable(UPLOAD.name, &why))
}

async fn arrived(client: &Client, session: &str, lane: Lane, deadline: Deadline) -> Result<usize, Error> {
    let request = GraphRequest::get(&RESUME_UPLOAD, session.to_owned(), Query::new());
    let answer = client.read(&request, lane, deadline).await?;
    let offset = wire::offset(&answer).map_err(|why| Error::unreadable(RESUME_UPLOAD.name, &why))?;
    // More than any file has; the caller cuts it to the length of this one.
    Ok(usize::try_from(offset).unwrap_or(usize::MAX))
}
