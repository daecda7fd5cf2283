//! What networks do to a request, and what becomes of it: claims.md 3, traps 25 and 27.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::Version;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::CertifiedKey;

use crate::server::{Act, Server, json, soon, transport};
use reqwest::{Method, Url};
use rustls::pki_types::PrivateKeyDer;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use waops::provider::deadline::Deadline;
use waops::provider::error::{Effect, Error};
use waops::provider::redact::Redactor;
use waops::provider::transport::{Request, Settings, SettingsError, Transport};

async fn get(transport: &Transport, deadline: Deadline) -> Result<Vec<u8>, Error> {
    call(transport, "https://graph.facebook.com/v25.0/1?secret-in-the-address=1", deadline).await
}

async fn call(transport: &Transport, url: &str, deadline: Deadline) -> Result<Vec<u8>, Error> {
    let redactor = Redactor::default();
    let request = Request {
        operation: "Op",
        method: Method::POST,
        url: Url::parse(url).unwrap(),
        headers: vec![("authorization", "Bearer t".to_owned())],
        body: b"{}".to_vec(),
        redactor: &redactor,
    };
    transport.send(request, deadline).await.map(|reply| reply.body)
}

async fn becomes(act: Act) -> (String, Effect) {
    let server = Server::answering([act]).await;
    let error = get(&server.transport(), soon()).await.unwrap_err();
    assert!(!error.to_string().contains("secret-in-the-address"), "trap 25: {error}");
    assert_eq!(server.asked().len(), 1, "never repeated blindly");
    (error.code.to_string(), error.effect)
}

fn unclear(code: &str) -> (String, Effect) {
    (code.to_owned(), Effect::Unclear)
}

#[tokio::test]
async fn a_good_answer_arrives_and_we_say_who_we_are() {
    let server = Server::answering([json(200, &[], "{}")]).await;
    assert_eq!(get(&server.transport(), soon()).await.unwrap(), b"{}");
    let asked = &server.asked()[0];
    assert_eq!(
        asked.header("user-agent"),
        format!("waops/{} (+https://waops.dev)", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!((asked.path.as_str(), asked.header("accept-encoding")), ("/v25.0/1", "gzip"));
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    for head in ["content-length: 1073741824\r\n", "transfer-encoding: identity\r\n", ""] {
        let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n").into_bytes();
        let server = Server::answering([Act::Flood(head)]).await;
        let error = get(&server.transport(), soon()).await.unwrap_err();
        assert_eq!((&*error.code, error.effect), ("Transport.TooLarge", Effect::Unclear));
        server.sees_a_connection_close().await;
    }
}

#[tokio::test]
async fn a_small_answer_that_unpacks_to_a_large_one_is_cut_off() {
    let zeros = include_bytes!("data/nine-mebibytes-of-zeros.gz");
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", zeros.len());
    assert_eq!(becomes(Act::Send([head.as_bytes(), zeros].concat())).await, unclear("Transport.TooLarge"));
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_the_call_unclear() {
    for (bytes, reason) in [
        ("", "before the answer"),
        ("HTTP/1.1 200 OK\r\ncontent-", "within the head"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"Code\":", "within the body"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"Cod", "within a chunk"),
        ("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd", "no gzip at all"),
        ("SSH-2.0-OpenSSH\r\n\r\n", "another protocol"),
    ] {
        let act = Act::SendAndClose(bytes.as_bytes().to_vec());
        assert_eq!(becomes(act).await, unclear("Transport.Lost"), "{reason}");
    }
}

#[tokio::test]
async fn silence_ends_at_the_deadline_and_closes_the_connection() {
    let server = Server::answering([Act::Silence]).await;
    let error = get(&server.transport(), Deadline::after(Duration::from_millis(300))).await.unwrap_err();
    assert_eq!((&*error.code, error.effect), ("Transport.Timeout", Effect::Unclear));
    server.sees_a_connection_close().await;
}

#[tokio::test]
async fn a_drip_ends_at_the_deadline_too() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    let server = Server::answering([Act::Send(head)]).await;
    let error = get(&server.transport(), Deadline::after(Duration::from_millis(300))).await.unwrap_err();
    assert_eq!((&*error.code, error.effect), ("Transport.Timeout", Effect::Unclear));
}

#[tokio::test]
async fn what_was_never_sent_had_no_effect() {
    let server = Server::answering([json(200, &[], "{}")]).await;
    let error = get(&server.transport(), Deadline::after(Duration::ZERO)).await.unwrap_err();
    assert_eq!((&*error.code, error.effect), ("Transport.TooLate", Effect::None));
    assert!(server.asked().is_empty());

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = Some(Url::parse(&format!("http://{nobody}")).unwrap());
    let error = get(&transport(&Settings { endpoint, ca_bundle: None }), soon()).await.unwrap_err();
    assert_eq!((&*error.code, error.effect), ("Transport.Connect", Effect::None));
    assert!(error.vendor_message.as_deref().unwrap().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::answering([json(200, &[], "{}")]).await;
    let location = [("location", elsewhere.origin.as_str())];
    let server = Server::answering([json(307, &location, "")]).await;
    assert_eq!(get(&server.transport(), soon()).await.unwrap(), b"", "the answer itself");
    assert!(elsewhere.asked().is_empty(), "credentials go nowhere else");
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = Server::answering([json(200, &[], "{}")]).await;
    let transport = server.transport();
    for _ in 0..3 {
        get(&transport, soon()).await.unwrap();
    }
    drop(transport);
    server.sees_a_connection_close().await;
    let second = tokio::time::timeout(Duration::from_millis(100), server.sees_a_connection_close()).await;
    assert!(second.is_err(), "there was one");
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_not_shown() {
    let server = Server::answering([json(200, &[], "{}")]).await;
    let redactor = Redactor::default();
    let request = Request {
        operation: "Op",
        method: Method::GET,
        url: server.origin.clone(),
        headers: vec![("authorization", "Bearer to\nken".to_owned())],
        body: Vec::new(),
        redactor: &redactor,
    };
    let error = server.transport().send(request, soon()).await.unwrap_err();
    assert_eq!((error.class.name(), error.effect), ("credentials", Effect::None));
    assert!(!format!("{error:?}").contains("ken\""), "{error:?}");
}

#[test]
fn settings_that_make_no_client_say_why() {
    crate::server::install_crypto();
    let endpoint = |text: &str| Settings { endpoint: Some(Url::parse(text).unwrap()), ca_bundle: None };
    for text in ["ftp://x", "http://x/path", "http://u:p@x", "http://x?q", "http://x#f", "data:x"] {
        assert!(matches!(Transport::new(&endpoint(text)), Err(SettingsError::Endpoint)), "{text}");
    }
    for pem in ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let settings = Settings { ca_bundle: Some(pem.into()), endpoint: None };
        assert!(Transport::new(&settings).is_err(), "{pem}");
    }
}

/// A TLS server that speaks HTTP/2 and HTTP/1.1, as the vendors do: where it is, the certificate to trust, and the
/// protocol of each request it got.
async fn tls_server(protocols: &[&[u8]]) -> (Url, Vec<u8>, mpsc::UnboundedReceiver<Version>) {
    let names = vec!["localhost".to_owned()];
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let mut config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (seen, protocols) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, seen) = (acceptor.clone(), seen.clone());
            tokio::spawn(async move {
                // The client may refuse the certificate; then there is nobody to answer.
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                    seen.send(request.version()).unwrap();
                    async { Ok::<_, Infallible>(hyper::Response::new("{}".to_owned())) }
                });
                let server = auto::Builder::new(TokioExecutor::new());
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (Url::parse(&format!("https://localhost:{port}")).unwrap(), cert.pem().into_bytes(), protocols)
}

#[tokio::test]
async fn both_versions_of_http_are_spoken_and_the_newer_one_where_there_is_a_choice() {
    crate::server::install_crypto();
    let both: &[&[u8]] = &[b"h2", b"http/1.1"];
    for (offered, spoken) in [(both, Version::HTTP_2), (&both[1..], Version::HTTP_11)] {
        let (origin, certificate, mut protocols) = tls_server(offered).await;
        let transport = transport(&Settings { endpoint: Some(origin), ca_bundle: Some(certificate) });
        assert_eq!(get(&transport, soon()).await.unwrap(), b"{}");
        assert_eq!(protocols.recv().await, Some(spoken));
    }
}

#[tokio::test]
async fn a_certificate_of_a_foreign_authority_is_refused_unless_its_bundle_is_given() {
    crate::server::install_crypto();
    let (origin, certificate, _protocols) = tls_server(&[b"http/1.1"]).await;
    let plain = transport(&Settings { endpoint: Some(origin.clone()), ca_bundle: None });
    let error = get(&plain, soon()).await.unwrap_err();
    assert_eq!(
        (&*error.code, error.class.name(), error.effect),
        ("Transport.Tls", "slow", Effect::None),
        "{error}"
    );

    let trusting = transport(&Settings { endpoint: Some(origin), ca_bundle: Some(certificate) });
    assert_eq!(get(&trusting, soon()).await.unwrap(), b"{}");
}

/// Runs one of the ignored tests below in a process of its own, since the environment belongs to a process.
fn with_environment(test: &str, variables: &[(&str, &str)]) {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored"]).envs(variables.iter().copied());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_of_the_environment_is_used_and_no_proxy_is_heeded() {
    let proxy = Server::answering([json(200, &[], "{}")]).await;
    let origin = proxy.origin.to_string();
    let child = move || {
        let variables = [("HTTP_PROXY", &*origin), ("http_proxy", &origin), ("NO_PROXY", "direct.invalid")];
        with_environment("transport::child_calls_through_the_proxy", &variables);
    };
    tokio::task::spawn_blocking(child).await.unwrap();
    assert_eq!(proxy.asked()[0].header("host"), "cams.invalid");
}

#[tokio::test]
#[ignore = "a child of the_proxy_of_the_environment_is_used_and_no_proxy_is_heeded"]
async fn child_calls_through_the_proxy() {
    let transport = transport(&Settings::default());
    assert_eq!(call(&transport, "http://cams.invalid/", soon()).await.unwrap(), b"{}");
    let error = call(&transport, "http://direct.invalid/", soon()).await.unwrap_err();
    assert_eq!(&*error.code, "Transport.Connect", "no such host");
}
