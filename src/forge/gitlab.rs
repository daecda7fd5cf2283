//! GitLab's notes.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::call::{Answer, Client};
use super::{Comment, Trouble};

fn path<'a>(client: &'a Client, number: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    let start = ["projects", client.project.as_str(), "merge_requests", number, "notes"];
    start.into_iter().chain(rest.iter().copied()).collect()
}

/// Every note that a person or a program wrote, oldest first.
pub(super) async fn comments(client: &Client) -> Result<Vec<Comment>, Trouble> {
    let me = client.get(&["user"], &[]).await?.body["id"].as_u64();
    let number = client.request.to_string();
    let (mut comments, mut page) = (Vec::new(), "1".to_owned());
    loop {
        let query =
            [("per_page", "50"), ("sort", "asc"), ("order_by", "created_at"), ("page", page.as_str())];
        let answer = client.get(&path(client, &number, &[]), &query).await?;
        let items = answer.body.as_array().into_iter().flatten();
        comments.extend(items.filter_map(|item| comment(item, me)));
        let next = answer.headers.get("x-next-page").and_then(|next| next.to_str().ok()).unwrap_or_default();
        if next.is_empty() {
            return Ok(comments);
        }
        next.clone_into(&mut page);
    }
}

fn comment(item: &Json, me: Option<u64>) -> Option<Comment> {
    let ours = me.is_some() && item["author"]["id"].as_u64() == me && item["system"].as_bool() != Some(true);
    Some(Comment { id: item["id"].as_u64()?, body: item["body"].as_str()?.to_owned(), ours })
}

pub(super) async fn make(client: &Client, body: &str) -> Result<Answer, Trouble> {
    let number = client.request.to_string();
    client.call(Method::POST, &path(client, &number, &[]), &[], Some(json!({"body": body}))).await
}

pub(super) async fn change(client: &Client, id: u64, body: &str) -> Result<Answer, Trouble> {
    let (number, id) = (client.request.to_string(), id.to_string());
    client.call(Method::PUT, &path(client, &number, &[&id]), &[], Some(json!({"body": body}))).await
}

pub(super) async fn remove(client: &Client, id: u64) -> Result<Answer, Trouble> {
    let (number, id) = (client.request.to_string(), id.to_string());
    client.call(Method::DELETE, &path(client, &number, &[&id]), &[], None).await
}
