//! STS, the service that says whose credentials are and that trades tokens for keys.

use reqwest::Url;

use crate::provider::error::{Class, Error, Verdict};
use crate::provider::secret_data::OPERATION;

/// Version of the API.
pub const VERSION: &str = "2015-04-01";
/// Where it is for everybody whose surroundings say nothing else.
pub const HOST: &str = "sts.aliyuncs.com";

/// Its host in these surroundings, as the vendor's own SDKs choose it.
pub fn host(variable: &impl Fn(&str) -> Option<String>) -> String {
    if let Some(endpoint) = variable("ALIBABA_CLOUD_STS_ENDPOINT") {
        return endpoint;
    }
    let inside = variable("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    match variable("ALIBABA_CLOUD_STS_REGION") {
        Some(region) if inside => format!("sts-vpc.{region}.aliyuncs.com"),
        Some(region) => format!("sts.{region}.aliyuncs.com"),
        None => HOST.to_owned(),
    }
}

/// The address of calls to this host.
pub(super) fn url(host: &str) -> Result<Url, Error> {
    let url = Url::parse(&format!("https://{host}/")).ok();
    let is_origin = |url: &Url| url.path() == "/" && url.username().is_empty() && url.query().is_none();
    url.filter(is_origin).ok_or_else(|| Error::new(OPERATION, "Credentials.StsHost", UNKNOWN_HOST))
}

const UNKNOWN_HOST: Verdict = Verdict::refused(
    Class::Credentials,
    "the environment does not name a host for STS; check ALIBABA_CLOUD_STS_ENDPOINT and ALIBABA_CLOUD_STS_REGION",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surroundings_say_where_sts_is() {
        for (variables, want) in [
            (&[][..], "sts.aliyuncs.com"),
            (&[("ALIBABA_CLOUD_STS_REGION", "cn-hangzhou")][..], "sts.cn-hangzhou.aliyuncs.com"),
            (
                &[
                    ("ALIBABA_CLOUD_STS_REGION", "cn-hangzhou"),
                    ("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "True"),
                ][..],
                "sts-vpc.cn-hangzhou.aliyuncs.com",
            ),
            (&[("ALIBABA_CLOUD_STS_ENDPOINT", "sts.example.com")][..], "sts.example.com"),
        ] {
            let variable = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(host(&variable), want);
        }
        for host in
            ["a b", "", "https://sts.aliyuncs.com", "sts.aliyuncs.com/a", "me@sts.aliyuncs.com", "sts?a"]
        {
            assert_eq!(&*url(host).unwrap_err().code, "Credentials.StsHost", "{host}");
        }
    }
}
