//! Another way to a provider than the network, as [`Transport`](super::transport::Transport) takes it.

use std::fmt;

use futures::future::BoxFuture;
use reqwest::Request;

use super::answer::Reply;

/// Whoever takes a request to a provider and brings its answer back.
pub trait Carrier: fmt::Debug + Send + Sync {
    /// Carries one request, whose address is the vendor's own. Dropped, it closes the connection: what was sent may
    /// have arrived, and nothing comes back.
    fn carry(&self, request: Request) -> BoxFuture<'_, Result<Reply, Broken>>;
}

/// No answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Nothing was sent, and why.
    Unreached(String),
    /// The connection broke in the middle, and how.
    Lost(String),
}
