//! An import of many templates in the time that the provider's limits allow, under a clock that stands still otherwise.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use waops::import::report::{News, Report, Request};
use waops::import::survey::Survey;
use waops::inside::Inside;
use waops::local::workspace::{Options, Workspace};
use waops::simulator::Simulator;
use waops::store::folder;

use crate::account::{body, tree};
use crate::support::Folder;
use crate::world::{paused, ways};

const TEMPLATES: usize = 6_000;

#[test]
fn templates_are_read_as_fast_as_the_limits_allow_and_never_faster() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = Folder::new();
    let options = Options {
        manifests: folder::Options {
            paths: vec![folder.path().to_owned()],
            namespace: Some("default".to_owned()),
            secrets: None,
            provider: None,
        },
        state: folder.path().join(".waops"),
        prunes: false,
        adopts: false,
        confirmed: Vec::new(),
        settle: jiff::SignedDuration::from_secs(60),
        call: jiff::SignedDuration::from_secs(30),
        environment: Arc::new(|_| None),
    };
    paused(async {
        let inside = Inside::new(Simulator::default());
        for number in 0..TEMPLATES {
            let change = json!({"addTemplate": {"provider": "alibaba", "space": "cams-simulator", "name": format!("parcel_{number}"),
                "language": "en_US", "category": "UTILITY", "components": body("alibaba")}});
            let change = serde_json::from_value(change).unwrap();
            inside.simulator().change(&change, waops::clock::timestamp());
        }
        let workspace = Workspace::look(&options, folder::read(&options.manifests).unwrap()).unwrap();
        let request = Request {
            account: "shop-cn".to_owned(),
            phones: Vec::new(),
            kinds: [waops::api::Kind::Template].into(),
            out: folder.path().to_owned(),
            namespace: "default".to_owned(),
        };
        let survey = Survey::open(&workspace, ways(&inside), request).await.unwrap();
        let (start, mut report, mut told, mut last) = (Instant::now(), Report::default(), None, 0);
        let mut tell = |news: News<'_>| match news {
            News::Reads { calls, at_least } => told = Some((calls, at_least)),
            News::Read { done, all, .. } => {
                assert_eq!((done, all), (last + 1, TEMPLATES), "one after the other");
                last = done;
            }
            _ => {}
        };
        survey.run(&mut report, &mut tell).await.unwrap();
        let took = start.elapsed();
        let (calls, at_least) = told.unwrap();
        assert_eq!((calls, at_least), (TEMPLATES, Duration::from_secs(1_199)), "five in a second");
        assert!(took >= at_least && took < at_least.mul_f64(1.025), "{took:?} for {at_least:?}");
        assert_eq!((last, report.written.len()), (TEMPLATES, TEMPLATES));
        let journal = inside.simulator().journal(0);
        let refused: Vec<_> = journal.iter().filter(|call| call.status != Some(200)).collect();
        assert!(refused.is_empty(), "nobody was throttled: {refused:?}");
        assert_eq!(journal.len(), TEMPLATES + 60, "sixty pages of a hundred, and a call for each");
    });
    assert_eq!(tree(&folder.path().join("templates")).len(), TEMPLATES);
}
