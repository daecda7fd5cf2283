//! A gate in the API server: a deletion waits in it, after the server has looked at the object and before it takes it
//! away, as it does for a moment in a server that has much to do.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::CertifiedKey;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::house::House;

/// Closed until it is opened.
pub(crate) struct Gate {
    waiting: watch::Receiver<usize>,
    open: watch::Sender<bool>,
}

impl Gate {
    /// Whoever deletes a QR code of this house waits in it from now on.
    pub(crate) fn closed(house: &House<'_>) -> Self {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key));
        let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
        let listener = house.runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (arrived, waiting) = watch::channel(0);
        let (open, opened) = watch::channel(false);
        house.runtime.spawn(serve(listener, acceptor, arrived, opened));
        let hook = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": format!("gate-{}", house.name)},
            "webhooks": [{
                "name": "gate.example.com",
                "clientConfig": {
                    "url": format!("https://localhost:{port}/"),
                    "caBundle": BASE64_STANDARD.encode(cert.pem()),
                },
                "rules": [{
                    "apiGroups": ["waops.dev"], "apiVersions": ["*"], "operations": ["DELETE"],
                    "resources": ["whatsappqrcodes"],
                }],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": house.name}},
                "sideEffects": "None", "failurePolicy": "Ignore", "timeoutSeconds": 30,
                "admissionReviewVersions": ["v1"],
            }],
        });
        house.plane.kubectl_stdin(&["apply", "--filename=-"], &hook.to_string()).success();
        Self { waiting, open }
    }

    /// Whether anybody has come to it.
    pub(crate) fn is_reached(&self) -> bool {
        *self.waiting.borrow() > 0
    }

    /// Lets everybody through from now on.
    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    arrived: watch::Sender<usize>,
    opened: watch::Receiver<bool>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, arrived, opened) = (acceptor.clone(), arrived.clone(), opened.clone());
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let (arrived, mut opened) = (arrived.clone(), opened.clone());
                async move {
                    let body = to_bytes(Body::new(request.into_body()), usize::MAX).await;
                    let review: Value = serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default();
                    arrived.send_modify(|count| *count += 1);
                    // Who tests is gone where nobody can open it any more.
                    let _ = opened.wait_for(|is_open| *is_open).await;
                    let answer = json!({
                        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                        "response": {"uid": review["request"]["uid"], "allowed": true},
                    });
                    let answer = Response::builder()
                        .header("content-type", "application/json")
                        .body(answer.to_string());
                    Ok::<_, Infallible>(answer.unwrap())
                }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
