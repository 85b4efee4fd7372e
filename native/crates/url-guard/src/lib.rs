//! Which URLs and addresses of users may be connected to: the one rule, the same as the control plane's and the runner's.
//!
//! A URL is judged by its text ([`guard_url`]), the address it leads to where the connection is made ([`is_public_address`]):
//! what a name led to a moment ago says nothing.

#![forbid(unsafe_code)]

mod address;
mod refusal;
mod url_rule;

pub use address::is_public_address;
pub use refusal::Refusal;
pub use url_rule::{UrlPolicy, guard_url};
