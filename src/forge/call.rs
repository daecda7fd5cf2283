//! One call to a platform, and what its answer means.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, StatusCode, Url, redirect};
use serde_json::Value as Json;

use super::{Place, Platform, Refused, Trouble};
use crate::plan::words::{cut, printable};

/// How long one call may take.
const CALL: Duration = Duration::from_secs(30);
/// A page of the longest comments is below it.
const MOST: usize = 64 << 20;
/// So much of what a platform says is repeated.
const SAID: usize = 300;

/// The way to a platform.
pub(super) struct Client {
    http: reqwest::Client,
    api: Url,
    platform: Platform,
    pub(super) project: String,
    pub(super) request: u64,
}

/// An answer that says that it was done.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) body: Json,
}

impl Client {
    pub(super) fn new(place: &Place) -> Result<Self, Refused> {
        let wrong = |why: String| Refused::Wrong(why);
        let api = Url::parse(&place.api)
            .ok()
            .filter(|api| matches!(api.scheme(), "http" | "https") && api.has_host());
        let api = api.ok_or_else(|| wrong(format!("`{}` is no address of an API", printable(&place.api))))?;
        let (name, value) = match place.platform {
            Platform::GitHub => (AUTHORIZATION, format!("Bearer {}", place.token)),
            Platform::GitLab => (HeaderName::from_static("private-token"), place.token.clone()),
        };
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| wrong("the token has signs that no token has; set it again".to_owned()))?;
        value.set_sensitive(true);
        let mut headers = HeaderMap::from_iter([(name, value)]);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .user_agent(concat!("waops/", env!("CARGO_PKG_VERSION")))
            .timeout(CALL)
            // A redirect would carry the token elsewhere.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| wrong(format!("no client for the platform: {error}")))?;
        let (project, request) = (place.project.clone(), place.request);
        Ok(Self { http, api, platform: place.platform, project, request })
    }

    pub(super) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Answer, Trouble> {
        self.call(Method::GET, path, query, None).await
    }

    pub(super) async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Json>,
    ) -> Result<Answer, Trouble> {
        let mut url = self.api.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url.query_pairs_mut().extend_pairs(query);
        if query.is_empty() {
            url.set_query(None);
        }
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let broken = |error: reqwest::Error| {
            let why = crate::store::kube::whole(&error.without_url());
            Trouble::Passing(None, format!("{} cannot be reached: {why}", self.host()))
        };
        let mut response = request.send().await.map_err(broken)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MOST {
                let why = format!("{} answers with more than anybody wrote", self.host());
                return Err(Trouble::Final(Refused::Wrong(why)));
            }
        }
        let body = serde_json::from_slice(&bytes).unwrap_or(Json::Null);
        if status.is_success() {
            Ok(Answer { headers, body })
        } else {
            Err(self.meaning(status, &headers, &body))
        }
    }

    fn host(&self) -> String {
        self.api.host_str().unwrap_or_default().to_owned()
    }

    fn meaning(&self, status: StatusCode, headers: &HeaderMap, body: &Json) -> Trouble {
        let said = ["message", "error", "error_description"].iter().find_map(|field| body[*field].as_str());
        let said = said.map(|said| format!(": {}", cut(&printable(said), SAID))).unwrap_or_default();
        let told = format!("{} says {}{said}", self.host(), status.as_u16());
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let after =
            header(RETRY_AFTER.as_str()).and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        let throttled = after.is_some() || header("x-ratelimit-remaining") == Some("0");
        match status.as_u16() {
            403 if throttled => Trouble::Passing(after, told),
            429 | 500..=599 => Trouble::Passing(after, told),
            401 => Trouble::Final(Refused::Wrong(format!("{told}; the token is wrong or has expired"))),
            403 => Trouble::Final(Refused::Forbidden(format!("{told}; {}", self.platform.permission()))),
            404 => Trouble::Nothing(format!(
                "{told}; there is no pull request {} in {}, or the token may not see it",
                self.request, self.project
            )),
            _ => Trouble::Final(Refused::Wrong(told)),
        }
    }
}
