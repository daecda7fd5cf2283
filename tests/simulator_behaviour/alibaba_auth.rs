//! Signatures, keys, permissions and rates of Alibaba (providers.md A4 to A7).

use jiff::SignedDuration;
use serde_json::json;
use waops::simulator::{Request, Scenario, sandbox};

use crate::support::{PHONE, Signer, World, qr};

const LIST: (&str, &[(&str, &str)]) = ("ListPhoneMessageQrdl", &[("PhoneNumber", PHONE)]);

fn code(world: &mut World, request: &Request) -> (u16, String) {
    let response = world.respond(request);
    (response.status, response.value()["Code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn both_signatures_are_verified() {
    type Change = fn(&mut Signer);
    let cases: &[(&str, Change, u16, &str)] = &[
        ("nothing wrong", |_| {}, 200, "OK"),
        ("wrong secret", |s| s.secret = "x".into(), 400, "SignatureDoesNotMatch"),
        ("unknown key", |s| s.key = "x".into(), 404, "InvalidAccessKeyId.NotFound"),
        ("fifteen minutes old", |s| s.time -= SignedDuration::from_mins(15), 200, "OK"),
        ("older", |s| s.time -= SignedDuration::from_secs(901), 400, "InvalidTimeStamp.Expired"),
        ("from the future", |s| s.time += SignedDuration::from_secs(901), 400, "InvalidTimeStamp.Expired"),
        (
            "token without need",
            |s| s.token = Some("x".into()),
            400,
            "InvalidSecurityToken.MismatchWithAccessKey",
        ),
    ];
    for (reason, change, status, wanted) in cases {
        let mut world = World::default();
        let mut signer = world.signer();
        change(&mut signer);
        let wanted = (*status, (*wanted).to_owned());
        assert_eq!(code(&mut world, &signer.v3(LIST.0, LIST.1)), wanted, "V3: {reason}");
        signer.nonce.push('b');
        let json = [LIST.1, &[("Format", "JSON")]].concat();
        assert_eq!(code(&mut world, &signer.v1(LIST.0, &json)), wanted, "V1: {reason}");
    }
}

#[test]
fn v3_headers_are_complete_signed_and_true() {
    let cases: &[(&str, &str, &str)] = &[
        ("x-acs-date", "", "MissingParameter"),
        ("x-acs-signature-nonce", "", "MissingParameter"),
        ("x-acs-content-sha256", "", "MissingParameter"),
        ("x-acs-version", "", "NoSuchVersion"),
        ("x-acs-version", "2019-01-01", "NoSuchVersion"),
        ("x-acs-action", "DeletePhoneMessageQrdls", "InvalidApi.NotFound"),
        ("x-acs-action", "DeletePhoneMessageQrdl", "SignatureDoesNotMatch"),
        ("x-acs-date", "yesterday", "InvalidTimeStamp.Format"),
        ("x-acs-content-sha256", "abc", "IncompleteSignature"),
        ("x-acs-odd", "not signed", "IncompleteSignature"),
        ("authorization", "ACS3-HMAC-SHA256 Credential=x", "IncompleteSignature"),
        ("authorization", "Bearer x", "IncompleteSignature"),
        ("authorization", "", "MissingParameter"),
    ];
    for (name, value, wanted) in cases {
        let mut world = World::default();
        let mut request = world.signer().v3(LIST.0, LIST.1);
        request.headers.retain(|(known, _)| known != name);
        if !value.is_empty() {
            request = request.header(name, value);
        }
        let request = request.header("accept", "application/json");
        assert_eq!(code(&mut world, &request).1, *wanted, "{name}: {value}");
    }
}

#[test]
fn a_query_that_was_touched_does_not_match() {
    let mut world = World::default();
    let mut request = world.signer().v3(LIST.0, LIST.1);
    request.query.push_str("&CustSpaceId=cams-simulator");
    assert_eq!(code(&mut world, &request).1, "SignatureDoesNotMatch");
}

#[test]
fn v1_tolerance_and_acceptance_are_switches() {
    for (tolerance, age, wanted) in [
        (15, 14, "OK"),
        (15, 16, "InvalidTimeStamp.Expired"),
        (31, 30, "OK"),
        (31, 32, "InvalidTimeStamp.Expired"),
    ] {
        let mut world = World::with(json!({ "alibaba": { "v1ToleranceMs": tolerance * 60_000 } }));
        let mut signer = world.signer();
        signer.time -= SignedDuration::from_mins(age);
        let request = signer.v1(LIST.0, &[LIST.1, &[("Format", "JSON")]].concat());
        assert_eq!(code(&mut world, &request).1, wanted, "{age} of {tolerance} minutes");
    }
    let mut world = World::with(json!({ "alibaba": { "v1Accepted": false } }));
    let request = world.signer().v1(LIST.0, &[LIST.1, &[("Format", "JSON")]].concat());
    assert_eq!(code(&mut world, &request).1, "IncompleteSignature");
}

#[test]
fn roles_give_keys_that_need_their_token_and_end() {
    let mut world = World::default();
    let target = format!(
        "/?Action=AssumeRoleWithOIDC&Version=2015-04-01&Format=JSON&RoleArn={}&OIDCProviderArn={}&OIDCToken=t\
         &RoleSessionName=waops&DurationSeconds=900",
        sandbox::ROLE_ARN,
        sandbox::OIDC_PROVIDER_ARN
    );
    let answer = world.respond(&Request::new("POST", &target)).value();
    let text = |name: &str| answer["Credentials"][name].as_str().unwrap().to_owned();
    assert_eq!(text("Expiration"), "2026-01-02T03:19:05Z");
    assert!(answer.get("Code").is_none(), "STS says nothing when all is well");
    let journal = json!(world.simulator.journal(0)).to_string();
    assert!(
        journal.contains("AssumeRoleWithOIDC") && !journal.contains(&text("AccessKeySecret")),
        "{journal}"
    );
    let mut signer = world.signer();
    (signer.key, signer.secret) = (text("AccessKeyId"), text("AccessKeySecret"));
    signer.token = Some(text("SecurityToken"));
    let who = signer.sign(Request::new("POST", "/"), "GetCallerIdentity", "2015-04-01");
    let who = world.respond(&who).value();
    assert_eq!(who["IdentityType"], "AssumedRoleUser");
    assert_eq!(who["Arn"], "acs:ram::100000000000001:assumed-role/waops/waops");
    signer.nonce = world.signer().nonce;
    for (token, wait, wanted) in [
        (None, 0, "MissingSecurityToken"),
        (Some("x".to_owned()), 0, "InvalidSecurityToken.Malformed"),
        (Some(text("SecurityToken")), 0, "OK"),
        (Some(text("SecurityToken")), 900, "InvalidSecurityToken.Expired"),
    ] {
        world.pass(wait);
        (signer.token, signer.time) = (token, world.now);
        assert_eq!(code(&mut world, &signer.v3(LIST.0, LIST.1)).1, wanted);
    }
    for (change, wanted) in [
        ("RoleArn=acs", "EntityNotExist.Role"),
        ("DurationSeconds=899", "InvalidParameter"),
        ("OIDCToken=", "MissingParameter"),
    ] {
        let request = Request::new("POST", &format!("{target}&{change}"));
        assert_eq!(code(&mut world, &request).1, wanted, "{change}");
    }
}

#[test]
fn a_caller_is_told_who_it_is() {
    let version = "2015-04-01";
    let ask =
        |signer: &Signer, version: &str| signer.sign(Request::new("POST", "/"), "GetCallerIdentity", version);
    let mut scenario = json!(Scenario::default());
    scenario["alibaba"][0]["keys"][0]["allow"] = json!([]);
    let mut world = World::of(serde_json::from_value(scenario).unwrap());
    let signer = world.signer();
    let answer = world.respond(&ask(&signer, version)).value();
    // The fields of the vendor's sample, and no Code: STS says nothing when all is well.
    let uid = "100000000000001";
    assert_eq!((&answer["AccountId"], &answer["IdentityType"]), (&json!(uid), &json!("RAMUser")));
    assert_eq!(answer["Arn"], format!("acs:ram::{uid}:user/simulator"));
    assert!(
        answer["UserId"].is_string() && answer["PrincipalId"].is_string() && answer["RequestId"].is_string()
    );
    assert!(answer.get("Code").is_none() && answer.get("RoleId").is_none(), "{answer}");
    let wrong = "x".to_owned();
    for (signer, wanted) in [
        (Signer { secret: wrong.clone(), ..world.signer() }, "SignatureDoesNotMatch"),
        (Signer { key: wrong, ..world.signer() }, "InvalidAccessKeyId.NotFound"),
    ] {
        assert_eq!(code(&mut world, &ask(&signer, version)).1, wanted);
    }
    let signer = world.signer();
    assert_eq!(code(&mut world, &ask(&signer, "2020-06-06")).1, "NoSuchVersion");
    let unsigned = Request::new("POST", &format!("/?Action=GetCallerIdentity&Version={version}&Format=JSON"));
    assert_eq!(code(&mut world, &unsigned).1, "MissingParameter");
}

#[test]
fn permissions_subscription_and_keys_are_checked() {
    let cases = [
        (json!({ "allow": ["cams:List*"] }), true, "Ram.PermissionDeny", "a read-only policy"),
        (json!({ "allow": ["cams:CreatePhoneMessageQrdl"] }), true, "OK", "exactly this action"),
        (json!({ "active": false }), true, "InvalidAccessKeyId.Inactive", "a key that was switched off"),
        (json!({}), false, "Product.Unsubscript", "no subscription"),
    ];
    for (change, subscribed, wanted, reason) in cases {
        let mut scenario = json!(Scenario::default());
        for (name, value) in change.as_object().unwrap() {
            scenario["alibaba"][0]["keys"][0][name] = value.clone();
        }
        scenario["alibaba"][0]["subscribed"] = subscribed.into();
        let mut world = World::of(serde_json::from_value(scenario).unwrap());
        assert_eq!(world.code("CreatePhoneMessageQrdl", &qr(&[])), wanted, "{reason}");
    }
}

#[test]
fn rates_slide_and_are_shared_by_the_account() {
    for (switch, limit) in [(5, 5), (50, 50)] {
        let mut world = World::with(json!({ "alibaba": { "qrCallsPerSecond": switch } }));
        let call = |world: &mut World| {
            let request = world.signer().v3(LIST.0, LIST.1);
            world.respond(&request)
        };
        for _ in 0..limit {
            assert_eq!(call(&mut world).status, 200);
        }
        let refused = call(&mut world);
        assert_eq!((refused.status, refused.value()["Code"].as_str()), (400, Some("Throttling.User")));
        assert_eq!(refused.head("x-acs-retry-after"), Some("1000"));
        world.now += SignedDuration::from_millis(999);
        assert_eq!(call(&mut world).status, 400, "a second is not over");
        world.now += SignedDuration::from_millis(1);
        assert_eq!(call(&mut world).status, 200);
    }
    let mut free = World::with(json!({ "limits": false }));
    for _ in 0..20 {
        let request = free.signer().v3(LIST.0, LIST.1);
        assert_eq!(free.respond(&request).status, 200);
    }
}

#[test]
fn methods_and_actions_that_do_not_exist_are_refused() {
    for (method, target, wanted) in [
        ("PUT", "/?Action=ListPhoneMessageQrdl&Format=JSON", "UnsupportedHTTPMethod"),
        ("POST", "/?Action=Fly&Version=2020-06-06&Format=JSON", "InvalidApi.NotFound"),
        ("POST", "/?Format=JSON", "MissingParameter"),
    ] {
        assert_eq!(code(&mut World::default(), &Request::new(method, target)).1, wanted);
    }
}
