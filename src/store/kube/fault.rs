//! What an error of the API server means to the loop.

use k8s_openapi::api::authorization::v1::ResourceAttributes;
use kube::Error;

use crate::engine::store::StoreError;

/// A request, as rules of access name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// `get`, `list`, `watch`, `patch`.
    pub(crate) verb: &'static str,
    /// `whatsappqrcodes.waops.dev/status`, `secrets`.
    pub(crate) resource: &'a str,
    /// Where; none for the whole cluster.
    pub(crate) namespace: Option<&'a str>,
}

/// How long one request may take, the wait for a connection included.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// Makes a request, but not for ever.
pub(crate) async fn ask<T>(
    asked: Asked<'_>,
    request: impl Future<Output = Result<T, Error>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(PATIENCE, request).await {
        Ok(answer) => answer.map_err(|error| asked.meaning(&error)),
        Err(_) => Err(StoreError::Unavailable(format!("the API server did not answer: {asked}"))),
    }
}

impl std::fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        match self.namespace {
            Some(namespace) => write!(f, " in namespace {namespace}"),
            None => write!(f, " in the whole cluster"),
        }
    }
}

impl Asked<'_> {
    /// The same as a review of access takes it.
    pub(crate) fn attributes(&self) -> ResourceAttributes {
        let (whole, subresource) = match self.resource.split_once('/') {
            Some((whole, part)) => (whole, Some(part.to_owned())),
            None => (self.resource, None),
        };
        let (resource, group) = whole.split_once('.').unwrap_or((whole, ""));
        ResourceAttributes {
            group: Some(group.to_owned()),
            resource: Some(resource.to_owned()),
            subresource,
            namespace: self.namespace.map(str::to_owned),
            verb: Some(self.verb.to_owned()),
            ..Default::default()
        }
    }

    /// What an error means; a missing right is named as a rule of access would grant it.
    pub(crate) fn meaning(&self, error: &Error) -> StoreError {
        match error {
            Error::Api(status) if status.is_conflict() => StoreError::Conflict,
            // Of a group that nobody serves, the server says it in plain text.
            Error::Api(status) if status.is_not_found() || status.code == 404 => StoreError::Gone,
            Error::Api(status) if status.is_forbidden() => StoreError::Refused(format!(
                "not allowed to {self}; grant it to whom waops runs as ({})",
                status.message
            )),
            Error::Api(status) if is_too_large(status) => StoreError::Refused(format!(
                "the object is too large to {self}: {}; take away finalizers, owners or annotations that are not needed",
                status.message
            )),
            Error::Api(status) if status.is_invalid() => {
                StoreError::Refused(format!("the API server refused to {self}: {}", status.message))
            }
            Error::Api(status) => {
                StoreError::Unavailable(format!("{self}: {} ({})", status.message, status.code))
            }
            error => StoreError::Unavailable(format!("{self}: {}", whole(error))),
        }
    }
}

/// Whether the object does not fit any more: into a request, or into etcd, whose words are passed on.
fn is_too_large(status: &kube::core::Status) -> bool {
    let words = ["request is too large", "message larger than max"];
    status.code == 413 || words.iter().any(|words| status.message.contains(words))
}

/// An error with what caused it: the outer one alone often says nothing.
pub(crate) fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let said = inner.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    #[test]
    fn what_an_answer_means() {
        let asked =
            Asked { verb: "patch", resource: "whatsappqrcodes.waops.dev/status", namespace: Some("shop") };
        let api = |code: u16, reason: &str| {
            asked.meaning(&Error::Api(Status::failure("no", reason).with_code(code).boxed()))
        };
        assert_eq!(api(409, "Conflict"), StoreError::Conflict);
        assert_eq!(api(404, "NotFound"), StoreError::Gone);
        assert_eq!(api(404, "Failed to parse error data"), StoreError::Gone, "a group that nobody serves");
        assert!(matches!(api(403, "Forbidden"), StoreError::Refused(why)
            if why.contains("patch whatsappqrcodes.waops.dev/status in namespace shop")));
        assert!(matches!(api(422, "Invalid"), StoreError::Refused(_)));
        let etcd = Status::failure("etcdserver: request is too large", "InternalError").with_code(500);
        let message = "rpc error: code = ResourceExhausted desc = trying to send message larger than max (2500416 vs. 2097152)";
        let client = Status::failure(message, "InternalError").with_code(500);
        let too_large = [
            api(413, "RequestEntityTooLarge"),
            asked.meaning(&Error::Api(etcd.boxed())),
            asked.meaning(&Error::Api(client.boxed())),
        ];
        for refused in too_large {
            assert!(matches!(refused, StoreError::Refused(why) if why.contains("take away finalizers")));
        }
        for (code, reason) in
            [(500, "InternalError"), (429, "TooManyRequests"), (401, "Unauthorized"), (504, "Timeout")]
        {
            assert!(matches!(api(code, reason), StoreError::Unavailable(_)), "{code} passes");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_server_does_not_stop_anybody() {
        let asked = Asked { verb: "get", resource: "secrets", namespace: None };
        let silent = std::future::pending::<Result<(), Error>>();
        assert!(
            matches!(ask(asked, silent).await, Err(StoreError::Unavailable(why)) if why.contains("get secrets"))
        );
    }
}
