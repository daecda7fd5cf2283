//! Stand-ins of the platforms' comment APIs: they keep comments, count calls, and page as the platforms do.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

pub(crate) const TOKEN: &str = "ghs_a-token-of-a-workflow";

/// What a platform holds.
#[derive(Default)]
pub(crate) struct Shelf {
    /// Who wrote it, and what; the place in the list is the id.
    pub(crate) comments: Vec<Option<(String, String)>>,
    /// Every call: method and path.
    pub(crate) calls: Vec<String>,
    /// Whether the token may write.
    pub(crate) read_only: bool,
    /// Whether the token may ask who it is.
    pub(crate) anonymous: bool,
    /// So many of the next writes fail with 502, done or not.
    pub(crate) stumbles: usize,
    /// What another run deletes as soon as ours has listed it.
    pub(crate) deleted_meanwhile: Vec<usize>,
}

/// A platform on the loopback, until the process ends.
pub(crate) struct Forge {
    pub(crate) url: String,
    pub(crate) shelf: Arc<Mutex<Shelf>>,
}

struct Call {
    method: String,
    path: String,
    query: String,
    token: String,
    body: Json,
}

impl Forge {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let kept = shelf.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shelf = kept.clone();
                std::thread::spawn(move || serve(&stream, &shelf));
            }
        });
        Self { url, shelf }
    }

    /// The comments that are there, by author.
    pub(crate) fn comments(&self) -> Vec<(String, String)> {
        self.shelf.lock().unwrap().comments.iter().flatten().cloned().collect()
    }

    pub(crate) fn say(&self, who: &str, what: &str) {
        self.shelf.lock().unwrap().comments.push(Some((who.into(), what.into())));
    }

    /// The calls that change something.
    pub(crate) fn writes(&self) -> Vec<String> {
        let held = self.shelf.lock().unwrap();
        held.calls.iter().filter(|call| !call.starts_with("GET")).cloned().collect()
    }
}

fn serve(stream: &TcpStream, shelf: &Mutex<Shelf>) {
    let mut reader = BufReader::new(stream);
    while let Some(call) = read(&mut reader) {
        let (status, headers, body) = answer(&call, &mut shelf.lock().unwrap());
        let body = body.to_string();
        let length = body.len();
        let head = format!("HTTP/1.1 {status} It\r\nContent-Length: {length}\r\n{headers}\r\n");
        if (&*stream).write_all(head.as_bytes()).and_then(|()| (&*stream).write_all(body.as_bytes())).is_err()
        {
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Call> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut token) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => value.trim_start_matches("Bearer ").clone_into(&mut token),
            "private-token" => value.clone_into(&mut token),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    Some(Call { method, path, query, token, body: serde_json::from_slice(&body).unwrap_or_default() })
}

fn answer(call: &Call, shelf: &mut Shelf) -> (u16, String, Json) {
    shelf.calls.push(format!("{} {}", call.method, call.path));
    let refuse = |status, message: &str| (status, String::new(), json!({"message": message}));
    if call.token != TOKEN {
        return refuse(401, "Bad credentials");
    }
    let is_gitlab = call.path.starts_with("/projects/");
    let me = "waops[bot]";
    if call.path == "/user" {
        return if shelf.anonymous {
            refuse(403, "Resource not accessible by integration")
        } else {
            (200, String::new(), json!({"login": me, "id": 7}))
        };
    }
    let list = if is_gitlab {
        "/projects/42/merge_requests/5/notes"
    } else if call.path.starts_with("/repos/shop/texts/issues/comments/") {
        "/repos/shop/texts/issues/comments"
    } else {
        "/repos/shop/texts/issues/5/comments"
    };
    let Some(rest) = call.path.strip_prefix(list) else { return refuse(404, "Not Found") };
    if call.method != "GET" && shelf.read_only {
        return refuse(403, "Resource not accessible by integration");
    }
    let show = |id: usize, (who, what): &(String, String)| {
        let bot = if who.ends_with("[bot]") { "Bot" } else { "User" };
        json!({"id": id, "body": what, "user": {"login": who, "type": bot}, "author": {"id": if who == me { 7 } else { 8 }}})
    };
    let id = rest.trim_start_matches('/').parse::<usize>().ok();
    let text = call.body["body"].as_str().unwrap_or_default().to_owned();
    let most = if is_gitlab { 1_000_000 } else { 65_536 };
    if text.chars().count() > most {
        return refuse(422, "Body is too long");
    }
    let stumbles = call.method != "GET" && shelf.stumbles > 0;
    shelf.stumbles -= usize::from(stumbles);
    let (status, headers, body) = match (call.method.as_str(), id) {
        ("GET", None) => {
            let number = |name: &str| {
                let pair = call.query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
                pair.and_then(|value| value.parse::<usize>().ok()).unwrap_or(1)
            };
            let (size, page) = (number("per_page"), number("page"));
            let all: Vec<Json> = shelf
                .comments
                .iter()
                .enumerate()
                .filter_map(|(id, it)| Some(show(id, it.as_ref()?)))
                .collect();
            let items: Vec<Json> = all.iter().skip(size * (page - 1)).take(size).cloned().collect();
            for id in std::mem::take(&mut shelf.deleted_meanwhile) {
                shelf.comments[id] = None;
            }
            let next = if all.len() > size * page { (page + 1).to_string() } else { String::new() };
            (200, format!("X-Next-Page: {next}\r\n"), json!(items))
        }
        ("POST", None) => {
            shelf.comments.push(Some((me.to_owned(), text)));
            (201, String::new(), json!({"id": shelf.comments.len() - 1}))
        }
        ("PATCH" | "PUT", Some(id)) => match shelf.comments.get_mut(id).and_then(Option::as_mut) {
            Some((who, what)) if who == me => {
                *what = text;
                (200, String::new(), json!({}))
            }
            Some(_) => refuse(403, "Must have admin rights"),
            None => refuse(404, "Not Found"),
        },
        ("DELETE", Some(id)) => match shelf.comments.get_mut(id).and_then(Option::take) {
            Some(_) => (204, String::new(), Json::Null),
            None => refuse(404, "Not Found"),
        },
        _ => refuse(405, "no"),
    };
    // The answer is lost on its way, though it was done.
    if stumbles { refuse(502, "Bad gateway") } else { (status, headers, body) }
}
