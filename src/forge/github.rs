//! GitHub's comments. A pull request is an issue there.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::call::{Answer, Client};
use super::{Comment, Trouble};

/// So many come in one answer.
const PAGE: usize = 100;

fn path<'a>(client: &'a Client, rest: &[&'a str]) -> Vec<&'a str> {
    ["repos"].into_iter().chain(client.project.split('/')).chain(rest.iter().copied()).collect()
}

/// Every comment, oldest first.
pub(super) async fn comments(client: &Client) -> Result<Vec<Comment>, Trouble> {
    let login = login(client).await?;
    let number = client.request.to_string();
    let (mut comments, size) = (Vec::new(), PAGE.to_string());
    for page in 1.. {
        let page = page.to_string();
        let query = [("per_page", size.as_str()), ("page", page.as_str())];
        let answer = client.get(&path(client, &["issues", &number, "comments"]), &query).await?;
        let items = answer.body.as_array().cloned().unwrap_or_default();
        let is_last = items.len() < PAGE;
        comments.extend(items.iter().filter_map(|item| comment(item, login.as_deref())));
        if is_last {
            break;
        }
    }
    Ok(comments)
}

/// Who we are; the token of a workflow may not ask, and then we are a bot.
async fn login(client: &Client) -> Result<Option<String>, Trouble> {
    match client.get(&["user"], &[]).await {
        Ok(answer) => Ok(answer.body["login"].as_str().map(str::to_owned)),
        Err(Trouble::Final(super::Refused::Forbidden(_))) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

fn comment(item: &Json, login: Option<&str>) -> Option<Comment> {
    let user = &item["user"];
    let ours = match login {
        Some(login) => user["login"].as_str() == Some(login),
        None => user["type"].as_str() == Some("Bot"),
    };
    Some(Comment { id: item["id"].as_u64()?, body: item["body"].as_str()?.to_owned(), ours })
}

pub(super) async fn make(client: &Client, body: &str) -> Result<Answer, Trouble> {
    let number = client.request.to_string();
    let path = path(client, &["issues", &number, "comments"]);
    client.call(Method::POST, &path, &[], Some(json!({"body": body}))).await
}

pub(super) async fn change(client: &Client, id: u64, body: &str) -> Result<Answer, Trouble> {
    let id = id.to_string();
    let path = path(client, &["issues", "comments", &id]);
    client.call(Method::PATCH, &path, &[], Some(json!({"body": body}))).await
}

pub(super) async fn remove(client: &Client, id: u64) -> Result<Answer, Trouble> {
    let id = id.to_string();
    client.call(Method::DELETE, &path(client, &["issues", "comments", &id]), &[], None).await
}
