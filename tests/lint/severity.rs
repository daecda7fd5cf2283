//! How bad a rule is depends on who the provider is.

use waops::lint::ProviderKind::{Alibaba, Meta};
use waops::lint::Severity::{self, Error, Info, Warning};
use waops::lint::find;

#[test]
fn nothing_is_an_error_that_the_provider_would_take() {
    for (rule, alibaba, meta, unknown, reason) in [
        ("variable-positional", Some(Error), Some(Error), Some(Error), "both refuse it"),
        ("meta-only-header", Some(Error), None, Some(Warning), "it may be Meta"),
        ("otp-zero-tap-terms", None, Some(Error), Some(Warning), "it may be Alibaba"),
        ("variable-no-sample", Some(Warning), Some(Error), Some(Warning), "the milder of the two"),
        ("buttons-mixed", Some(Warning), None, Some(Warning), "a warning stays one"),
        ("ttl-alibaba-allow-list", Some(Info), None, Some(Info), "and so does information"),
        ("qr-phone-id-alibaba", Some(Error), None, Some(Warning), "it may be Meta"),
        ("yaml-syntax", Some(Error), Some(Error), Some(Error), "nobody reads it"),
    ] {
        let rule = find(rule).unwrap_or_else(|| panic!("no rule {rule}"));
        let got: [Option<Severity>; 3] = [Some(Alibaba), Some(Meta), None].map(|who| rule.severity_on(who));
        assert_eq!(got, [alibaba, meta, unknown], "{}: {reason}", rule.id);
    }
}
