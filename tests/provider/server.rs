//! A provider to misbehave: a server on loopback that answers from a script and keeps what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use waops::provider::attempt::Mandate;
use waops::provider::budget::{Budget, Lane};
use waops::provider::deadline::Deadline;
use waops::provider::record::Asker;
use waops::provider::transport::{Settings, Transport};

/// What a server does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Sends these bytes and keeps the connection.
    Send(Vec<u8>),
    /// Sends these bytes and closes the connection.
    SendAndClose(Vec<u8>),
    /// Sends a head, and then bytes until nobody listens any more.
    Flood(Vec<u8>),
    /// Says nothing at all.
    Silence,
}

/// An answer with a body of JSON.
pub(crate) fn json(status: u16, headers: &[(&str, &str)], body: &str) -> Act {
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    Act::Send(
        format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes(),
    )
}

/// What a server was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) raw_query: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Decides what to do with a request.
type Script = Arc<dyn Fn(&Asked) -> Act + Send + Sync>;

/// A server that lives as long as its runtime.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) origin: Url,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Connections that the client has closed.
    closed: Arc<tokio::sync::Semaphore>,
}

impl Server {
    /// Answers each request with the next of these; the last one for ever.
    pub(crate) async fn answering(acts: impl IntoIterator<Item = Act>) -> Self {
        let acts = Mutex::new(acts.into_iter().collect::<VecDeque<_>>());
        Self::scripted(move |_| {
            let mut acts = acts.lock().unwrap();
            if acts.len() > 1 { acts.pop_front().unwrap() } else { acts[0].clone() }
        })
        .await
    }

    pub(crate) async fn scripted(script: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let closed = Arc::new(tokio::sync::Semaphore::new(0));
        let server = Self { origin, asked: Arc::default(), closed };
        let (asked, closed) = (Arc::clone(&server.asked), Arc::clone(&server.closed));
        let script: Script = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, asked, closed) = (Arc::clone(&script), Arc::clone(&asked), Arc::clone(&closed));
                tokio::spawn(async move {
                    serve(stream, script, asked).await;
                    closed.add_permits(1);
                });
            }
        });
        server
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Waits until the client has closed a connection.
    pub(crate) async fn sees_a_connection_close(&self) {
        let closed = tokio::time::timeout(Duration::from_secs(10), self.closed.acquire()).await;
        closed.expect("the connection is still open").unwrap().forget();
    }

    pub(crate) fn transport(&self) -> Transport {
        transport(&Settings { endpoint: Some(self.origin.clone()), ca_bundle: None })
    }
}

async fn serve(mut stream: TcpStream, script: Script, asked: Arc<Mutex<Vec<Asked>>>) {
    while let Some(request) = read(&mut stream).await {
        let act = script(&request);
        asked.lock().unwrap().push(request);
        let gone = match act {
            Act::Send(bytes) => stream.write_all(&bytes).await.is_err(),
            Act::SendAndClose(bytes) => stream.write_all(&bytes).await.is_ok_and(|()| true),
            Act::Flood(head) => {
                let mut gone = stream.write_all(&head).await.is_err();
                while !gone {
                    gone = stream.write_all(&[b' '; 8192]).await.is_err();
                }
                true
            }
            Act::Silence => stream.read(&mut [0]).await.is_ok_and(|_| true),
        };
        if gone {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let (method, target) = (first.next().unwrap().to_owned(), first.next().unwrap().to_owned());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    let url = Url::parse("http://localhost").unwrap().join(&target).unwrap();
    Some(Asked {
        method,
        path: url.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        raw_query: url.query().unwrap_or_default().to_owned(),
        headers,
        body,
    })
}

pub(crate) fn transport(settings: &Settings) -> Transport {
    install_crypto();
    Transport::new(settings).unwrap()
}

/// What main does first.
pub(crate) fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

pub(crate) fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(10))
}

pub(crate) fn asker() -> Asker {
    Asker { object: "WhatsAppQrCode marketing/poster".to_owned(), generation: 7 }
}

pub(crate) async fn mandate<'a>(budget: &Budget, operation: &'static str, asker: &'a Asker) -> Mandate<'a> {
    Mandate { permit: budget.acquire(operation, Lane::UserEdit).await, deadline: soon(), asker, before: None }
}
