//! Samples of media headers: uploaded to the app, referred to by a handle.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
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

/// Where uploads go, with the handles of what went there lately.
#[derive(Debug)]
pub struct Uploads {
    app_id: String,
    handles: Mutex<HashMap<[u8; 32], (Instant, Handle)>>,
}

/// Filled once, however many wait for it.
type Handle = Arc<OnceCell<String>>;

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
    ) -> Result<String, Error> {
        let handle = self.slot(media);
        handle.get_or_try_init(|| self.upload(client, media, lane, deadline)).await.cloned()
    }

    /// The place for this file's handle. Name and type are part of it: Meta keeps them with the file.
    fn slot(&self, media: Media<'_>) -> Handle {
        let mut hash = Sha256::new();
        for part in [media.file_name.as_bytes(), media.content_type.as_bytes(), media.bytes] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        handles.retain(|_, (since, _)| since.elapsed() < LIFETIME);
        let (_, handle) =
            handles.entry(hash.finalize().into()).or_insert_with(|| (Instant::now(), Handle::default()));
        Arc::clone(handle)
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
