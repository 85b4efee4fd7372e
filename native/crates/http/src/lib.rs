//! HTTP for URLs that users gave: GET with ranges, redirects followed by hand, connections to public addresses only.
//!
//! The guard stands where a connection is made: every address that a name leads to, the literal ones, and the far end of the
//! socket are judged before a byte is sent, and every redirect's URL before it is followed. Proxies of the environment are not
//! used.

#![forbid(unsafe_code)]

mod answer;
mod authorities;
mod backoff;
mod client;
mod connector;
mod content_range;
mod error;
mod identity;
pub mod limits;
mod request;
mod retry_after;
mod transport;

pub use answer::{Answer, Extent};
pub use authorities::Authorities;
pub use backoff::backoff_delay;
pub use client::Client;
pub use error::{Error, Result};
pub use identity::Identity;
pub use request::{BadHeader, Source};

pub use reelway_url_guard::{Refusal, UrlPolicy, guard_url};
