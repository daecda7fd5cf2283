//! Whose an account is, and what becomes of calls when its keys end early.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use waops::api::{ImageFormat, SignatureVersion, WhatsAppAccountSpec};
use waops::provider::face::{Account as _, QrCodes as _};
use waops::provider::session::Session;
use waops::simulator::tenants::AlibabaAccount;
use waops::simulator::{Change as Foreign, Fault, FaultRule, Provider as Face, Scenario, sandbox};

use crate::session::{
    Secret, alibaba_secret, alibaba_spec, as_role, meta_secret, meta_spec, open, open_ambient, read, secret,
    spaceless_spec,
};
use crate::{World, refused};

const OTHER_ROLE: &str = "acs:ram::200000000000002:role/waops";

/// The sandbox with a second user, and an account of somebody else.
fn two_owners() -> Scenario {
    let mut scenario = Scenario::default();
    let own = &mut scenario.alibaba[0];
    let key = |id: &str| waops::simulator::tenants::AccessKey { id: id.to_owned(), ..own.keys[0].clone() };
    let (colleague, stranger) = (key("LTAI5tColleague"), key("LTAI5tStranger"));
    let mut role = own.roles[0].clone();
    OTHER_ROLE.clone_into(&mut role.arn);
    let other = AlibabaAccount {
        uid: "200000000000002".to_owned(),
        keys: vec![stranger],
        roles: vec![role],
        ..own.clone()
    };
    own.keys.push(colleague);
    scenario.alibaba.push(other);
    scenario
}

fn of_key(id: &str) -> Secret {
    secret(&[("accessKeyId", id), ("accessKeySecret", sandbox::ACCESS_KEY_SECRET)])
}

async fn identity(session: &Session) -> String {
    session.identify(read()).await.unwrap().to_string()
}

fn token_file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "service-account-token").unwrap();
    (folder, file)
}

/// The sandbox, called as a role.
async fn world_of_a_role(token_file: &Path) -> World {
    let world = World::of(Face::Alibaba, two_owners()).await;
    let session = open_ambient(as_role(&world.running.url, sandbox::ROLE_ARN, token_file));
    World { session, ..world }
}

#[tokio::test]
async fn claim_16_who_owns_the_credentials_is_who_the_account_is() {
    let world = World::of(Face::Alibaba, two_owners()).await;
    let mut v1 = spaceless_spec();
    v1.alibaba.as_mut().unwrap().signature = Some(SignatureVersion::V1);
    let own = "alibaba/account:100000000000001";
    for (spec, key, want, reason) in [
        (spaceless_spec(), sandbox::ACCESS_KEY_ID, own, "the owner of the key"),
        (spaceless_spec(), "LTAI5tColleague", own, "two users of one owner share everything"),
        (v1, sandbox::ACCESS_KEY_ID, own, "whatever the signature"),
        (
            spaceless_spec(),
            "LTAI5tStranger",
            "alibaba/account:200000000000002",
            "the Secret holds a stranger's key",
        ),
    ] {
        let session = open(&world.running.url, &spec, &of_key(key));
        let before = world.calls();
        assert_eq!(identity(&session).await, want, "{reason}");
        assert_eq!(identity(&session).await, want, "{reason}");
        assert_eq!(world.calls() - before, 1, "{reason}: asked once while the key stays");
    }
}

#[tokio::test]
async fn what_the_manifest_says_of_an_account_is_not_asked() {
    let named = |spec: WhatsAppAccountSpec, secret: Secret, want: &'static str| (spec, secret, want);
    let mut number = meta_spec();
    number.meta.as_mut().unwrap().business_account_id = None;
    let world = World::new(Face::Alibaba).await;
    for (spec, secret, want) in [
        named(alibaba_spec(), alibaba_secret(), "alibaba/cams-simulator"),
        named(meta_spec(), meta_secret(), "meta/102290129340398"),
        named(number, meta_secret(), "meta/account:shop/main"),
    ] {
        assert_eq!(identity(&open(&world.running.url, &spec, &secret)).await, want);
    }
    assert_eq!(world.calls(), 0);
}

#[tokio::test]
async fn claim_16_credentials_that_become_somebody_elses_are_noticed() {
    let (_folder, file) = token_file();
    let world = World::of(Face::Alibaba, two_owners()).await;
    let role = Arc::new(Mutex::new(sandbox::ROLE_ARN.to_owned()));
    let (url, chosen) = (world.running.url.clone(), Arc::clone(&role));
    let session = open_ambient(move |name: &str| as_role(&url, &chosen.lock().unwrap(), &file)(name));
    assert_eq!(identity(&session).await, "alibaba/account:100000000000001");
    // The pod is bound to another role, and the keys of the old one end.
    OTHER_ROLE.clone_into(&mut role.lock().unwrap());
    world.change(&Foreign::EndSessions);
    session.provider.verify(read()).await.unwrap();
    assert_eq!(identity(&session).await, "alibaba/account:200000000000002");
}

#[tokio::test]
async fn an_owner_that_cannot_be_asked_for_is_one_clear_error() {
    let world = World::new(Face::Alibaba).await;
    let session = open(&world.running.url, &spaceless_spec(), &of_key("LTAI5tNobody"));
    refused(session.identify(read()).await, "credentials", "a deleted key");
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn keys_that_end_early_are_renewed_once() {
    let (_folder, file) = token_file();
    let world = world_of_a_role(&file).await;
    world.create_code("Hi").await.unwrap();
    for (rule, want) in [
        // Ended before the call: renewed, and the call is made.
        (FaultRule::once("*MessageQrdl", Fault::ForeignChange(Foreign::EndSessions)), None),
        // Ended again before the second attempt: it is for people to find out why.
        (FaultRule::every("*MessageQrdl", Fault::ForeignChange(Foreign::EndSessions)), Some("credentials")),
    ] {
        world.running.simulator().inject(rule);
        for is_write in [false, true] {
            let before = world.calls();
            let listed = world.session.provider.list_codes(world.phone(), ImageFormat::Svg, read());
            let result =
                if is_write { world.create_code("Ho").await.map(drop) } else { listed.await.map(drop) };
            match want {
                None if is_write => assert_eq!((result, world.calls() - before), (Ok(()), 1)),
                None => assert_eq!((result, world.calls() - before), (Ok(()), 3), "call, assume, call"),
                Some(class) => {
                    let error = refused(result, class, "ended twice");
                    assert_eq!(&*error.code, "InvalidSecurityToken.Expired");
                    assert_eq!(world.calls() - before, 3, "call, assume, call, and no further");
                }
            }
        }
    }
}
