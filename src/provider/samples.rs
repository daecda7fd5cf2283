//! Samples of media headers, for a provider that does not fetch them itself.
//!
//! The address stands in a manifest, so whoever writes one lets waops fetch it: credentials never go along, no
//! redirect is followed, link-local addresses (where clouds keep their secrets) are refused, and only what looks
//! like the file it should be goes on to the provider.

use std::net::IpAddr;

use futures::future::BoxFuture;
use reqwest::{Method, Url};

use super::deadline::Deadline;
use super::error::{Class, Effect, Error, Verdict};
use super::redact::Redactor;
use super::transport::{Request, Transport};
use crate::template::MediaFormat;

const OPERATION: &str = "FetchSample";

/// A sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The last part of its address.
    pub name: String,
    /// What it is, by its first bytes: what a server says of it is too often wrong.
    pub content_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Whoever can fetch samples: the web, or a test's own.
pub trait SampleSource: Send + Sync {
    /// Fetches one that is fit for this format.
    fn fetch<'a>(
        &'a self,
        format: MediaFormat,
        url: &'a str,
        deadline: Deadline,
    ) -> BoxFuture<'a, Result<Sample, Error>>;
}

/// Samples from where their addresses lead.
#[derive(Clone, Debug)]
pub struct Web(Transport);

impl Web {
    /// The transport must have no endpoint of its own: samples lie anywhere.
    pub fn new(transport: Transport) -> Self {
        Self(transport)
    }

    async fn get(&self, format: MediaFormat, url: &str, deadline: Deadline) -> Result<Sample, Error> {
        let url = Url::parse(url).ok().filter(may_be_fetched);
        let url = url.ok_or_else(|| Error::new(OPERATION, "Sample.Address", ADDRESS))?;
        let last = url.path_segments().and_then(|mut parts| parts.next_back());
        let name = last.filter(|name| !name.is_empty()).unwrap_or("sample").to_owned();
        let request = Request {
            operation: OPERATION,
            method: Method::GET,
            url,
            headers: Vec::new(),
            body: Vec::new(),
            redactor: &Redactor::default(),
        };
        let transport = self.0.clone().with_max_body(largest(format));
        let reply = transport.send(request, deadline).await;
        // Reading a file changes nothing anywhere, however it ends.
        let reply = reply.map_err(|error| Error { effect: Effect::None, ..error })?;
        let status = reply.status;
        let failed = |code, verdict| Error {
            http_status: Some(status.as_u16()),
            ..Error::new(OPERATION, code, verdict)
        };
        if status.is_server_error() {
            return Err(failed("Sample.ServerError", SERVER));
        }
        if !status.is_success() {
            return Err(failed("Sample.Refused", REFUSED));
        }
        sample(format, name, reply.body).ok_or_else(|| failed("Sample.Format", FORMAT))
    }
}

impl SampleSource for Web {
    fn fetch<'a>(
        &'a self,
        format: MediaFormat,
        url: &'a str,
        deadline: Deadline,
    ) -> BoxFuture<'a, Result<Sample, Error>> {
        Box::pin(self.get(format, url, deadline))
    }
}

/// A file as a sample, if it is what the header needs.
pub fn sample(format: MediaFormat, name: String, bytes: Vec<u8>) -> Option<Sample> {
    let content_type = match format {
        MediaFormat::Image if bytes.starts_with(b"\xff\xd8\xff") => "image/jpeg",
        MediaFormat::Image if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => "image/png",
        MediaFormat::Video if bytes.get(4..8) == Some(b"ftyp") => "video/mp4",
        MediaFormat::Document if bytes.starts_with(b"%PDF-") => "application/pdf",
        _ => return None,
    };
    Some(Sample { name, content_type, bytes })
}

/// What Meta takes of each, in bytes.
fn largest(format: MediaFormat) -> usize {
    let mebibytes = match format {
        MediaFormat::Image | MediaFormat::Product => 5,
        MediaFormat::Video => 16,
        MediaFormat::Document => 100,
    };
    mebibytes << 20
}

fn may_be_fetched(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let link_local = match host.parse() {
        Ok(IpAddr::V4(address)) => address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.is_unicast_link_local()
                || address.to_ipv4_mapped().is_some_and(|address| address.is_link_local())
        }
        Err(_) => false,
    };
    matches!(url.scheme(), "https" | "http") && !host.is_empty() && !link_local
}

const ADDRESS: Verdict = Verdict::refused(
    Class::Terminal,
    "the sample of a media header cannot be fetched from this address; use https:// and a host",
);
const SERVER: Verdict =
    Verdict::refused(Class::Transient, "the server that holds a sample has a problem; waops tries again");
const REFUSED: Verdict = Verdict::refused(
    Class::Slow,
    "the server that holds a sample does not give it away; waops needs the file itself, without sign-in or redirect",
);
const FORMAT: Verdict = Verdict::refused(
    Class::Slow,
    "the sample is another kind of file than its header needs (JPEG or PNG, MP4, PDF); put the right one there",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_what_its_first_bytes_say() {
        for (format, bytes, want) in [
            (MediaFormat::Image, &b"\xff\xd8\xff\xe0"[..], Some("image/jpeg")),
            (MediaFormat::Image, b"\x89PNG\r\n\x1a\n...", Some("image/png")),
            (MediaFormat::Video, b"\0\0\0\x18ftypmp42", Some("video/mp4")),
            (MediaFormat::Document, b"%PDF-1.7", Some("application/pdf")),
            (MediaFormat::Image, b"%PDF-1.7", None),
            (MediaFormat::Document, b"{\"AccessKeySecret\": ...}", None),
            (MediaFormat::Product, b"\xff\xd8\xff", None),
            (MediaFormat::Video, b"", None),
        ] {
            let got = sample(format, "x".to_owned(), bytes.to_vec()).map(|sample| sample.content_type);
            assert_eq!(got, want, "{format:?}");
        }
    }

    #[test]
    fn secrets_of_the_cloud_are_out_of_reach() {
        for (url, want) in [
            ("https://assets.example.com/a.png", true),
            ("http://files.svc/a.png", true),
            ("http://169.254.169.254/latest/meta-data", false),
            ("http://[fe80::1]/", false),
            ("http://[::ffff:169.254.169.254]/", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(may_be_fetched(&Url::parse(url).unwrap()), want, "{url}");
        }
    }
}
