//! Addresses of media samples and of buttons.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::finding::{Findings, quote};
use super::rule::{ALIBABA_REFUSES, BOTH_REFUSE, BOTH_WARN, lint};
use super::{links, walk};
use crate::api::{ComponentsSpec, HeaderFormat, HeaderSpec};
use crate::manifest::Place;

rules! {
    ADDRESS = lint(
        "media-url-form",
        BOTH_REFUSE,
        links::META_MEDIA,
        "the url of a sample starts with https:// (or http://) and names a host",
        "Somebody must fetch the sample: waops, which uploads it to Meta, or Alibaba itself. Neither sees the files \
         of your machine (file://), and neither takes the media itself (data:). Put it on a web server or into a \
         bucket.",
    );
    VARIABLE = lint(
        "media-url-variable",
        BOTH_REFUSE,
        links::META_MEDIA,
        "the url of a sample has no variable",
        "The url is the sample itself: it is fetched as it is written, when the template is submitted. The media of a \
         message are chosen by whoever sends it and need no variable.",
    );
    PRIVATE = lint(
        "media-url-private",
        ALIBABA_REFUSES,
        links::ALIBABA_CREATE_TEMPLATE,
        "Alibaba fetches samples from the public internet",
        "Alibaba's servers fetch the sample and do not reach hosts of a private network or a cluster. For Meta \
         waops fetches it and uploads it, so there a private host is fine.",
    );
    PLAIN_HTTP = lint(
        "media-url-http",
        BOTH_WARN,
        links::META_MEDIA,
        "a sample is fetched with https",
        "Over http anybody on the way can replace the picture that the reviewer and perhaps the customers see.",
    );
    EXTENSION = lint(
        "media-extension",
        BOTH_WARN,
        links::META_MEDIA,
        "the file of a sample is of the format it is used for",
        "Providers take JPEG and PNG (up to 5 MB) as IMAGE, MP4 (H.264 and AAC, up to 16 MB) as VIDEO and PDF (up to \
         100 MB) as DOCUMENT. The ending of the url says that it is something else.",
    );
}

pub(super) fn check(parts: &ComponentsSpec, place: &Place<'_>, found: &mut Findings) {
    walk::headers(parts, place, |header, place| {
        if let Some(url) = &header.url {
            check_sample(header, url, &place.field("url"), found);
        }
    });
}

fn check_sample(header: &HeaderSpec, source: &str, place: &Place<'_>, found: &mut Findings) {
    if source.contains("{{") || source.contains("$(") {
        let message = format!("{} has a variable", quote(source));
        found.add(&VARIABLE, place, message, "the url is the sample itself: write a real address");
        return;
    }
    let Some(url) = Url::parse(source) else {
        let message = format!("{} is no address that can be fetched", quote(source));
        found.add(&ADDRESS, place, message, "for example https://shop.example/poster.png");
        return;
    };
    if is_private(url.host) {
        let message = format!("Alibaba cannot reach {}", quote(url.host));
        found.add(&PRIVATE, place, message, "put the sample on a public host");
    }
    if !url.is_encrypted {
        found.add(&PLAIN_HTTP, place, "the sample is fetched without encryption", "use https://");
    }
    if let Some(extension) = url.extension()
        && is_other_media(&extension.to_ascii_lowercase(), header.format)
    {
        let message = format!(".{extension} is no {}", header.format.as_str());
        found.add(&EXTENSION, place, message, "JPEG or PNG for IMAGE, MP4 for VIDEO, PDF for DOCUMENT");
    }
}

/// Whether files with this ending are certainly not of the format; a script may make anything.
fn is_other_media(extension: &str, format: HeaderFormat) -> bool {
    match extension {
        "jpg" | "jpeg" | "png" => format != HeaderFormat::Image,
        "mp4" => format != HeaderFormat::Video,
        "pdf" => format != HeaderFormat::Document,
        "gif" | "webp" | "svg" | "bmp" | "heic" | "avif" | "tif" | "tiff" | "mov" | "avi" | "mkv"
        | "webm" | "mp3" | "ogg" | "doc" | "docx" | "xls" | "xlsx" | "ppt" | "pptx" | "txt" | "zip" => true,
        _ => false,
    }
}

/// The parts of an address that rules ask for.
pub(super) struct Url<'a> {
    pub(super) is_encrypted: bool,
    pub(super) host: &'a str,
    path: &'a str,
}

impl<'a> Url<'a> {
    /// Reads an address that a browser can open; none where it is not one.
    pub(super) fn parse(source: &'a str) -> Option<Url<'a>> {
        let (scheme, rest) = source.split_once("://")?;
        let is_encrypted = scheme.eq_ignore_ascii_case("https");
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => address,
            None => host.split(':').next().unwrap_or_default(),
        };
        let fits = (is_encrypted || scheme.eq_ignore_ascii_case("http"))
            && !host.is_empty()
            && !source.contains(char::is_whitespace);
        fits.then_some(Url { is_encrypted, host, path })
    }

    fn extension(&self) -> Option<&'a str> {
        let path = self.path.split(['?', '#']).next()?;
        let (_, extension) = path.rsplit('/').next()?.rsplit_once('.')?;
        Some(extension)
    }
}

fn is_private(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => is_private_v4(address),
        Ok(IpAddr::V6(address)) => is_private_v6(address),
        Err(_) => {
            let host = host.trim_end_matches('.').to_ascii_lowercase();
            let local = ["localhost", "local", "internal", "lan", "svc"];
            !host.contains('.') || host.rsplit('.').next().is_some_and(|last| local.contains(&last))
        }
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || is_shared
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    address.is_loopback()
        || address.is_unspecified()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || address.to_ipv4_mapped().is_some_and(is_private_v4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_rules_ask_for() {
        for (source, want, reason) in [
            ("https://x.example/a.png", Some(("x.example", Some("png"))), "the plain case"),
            ("HTTP://u:p@x.example:80/a/b.c.JPG?d=e.f#g", Some(("x.example", Some("JPG"))), "every part"),
            ("https://[::1]:8080/a", Some(("::1", None)), "an address in brackets"),
            ("https://x.example", Some(("x.example", None)), "the ending of a host is none of a file"),
            ("https://x.example/a.b/c", Some(("x.example", None)), "nor is that of a folder"),
            ("data:image/png;base64,AA==", None, "the media itself"),
            ("file:///tmp/a.png", None, "a file of some machine"),
            ("https:///a.png", None, "no host"),
            ("https://x.example/a b.png", None, "a blank"),
            ("x.example/a.png", None, "no scheme"),
        ] {
            let got = Url::parse(source).map(|url| (url.host, url.extension()));
            assert_eq!(got, want, "{source:?}: {reason}");
        }
    }

    #[test]
    fn knows_private_hosts() {
        for (host, want) in [
            ("localhost", true),
            ("media.shop.svc", true),
            ("minio.media.svc.cluster.local", true),
            ("files", true),
            ("10.1.2.3", true),
            ("169.254.169.254", true),
            ("100.64.0.1", true),
            ("fd00::1", true),
            ("::ffff:127.0.0.1", true),
            ("8.8.8.8", false),
            ("cdn.shop.example", false),
            ("2001:4860:4860::8888", false),
        ] {
            assert_eq!(is_private(host), want, "{host}");
        }
    }
}
