//! A file at a URL, of which only what is needed is read: a map of its full length with holes where nothing was asked for.
//!
//! The map lies in an unlinked temporary file that takes as much room as was read. To the parsers it is a file like any
//! other; whoever opens it must load what they will look at.

#![forbid(unsafe_code)]

mod error;
mod headers;
pub mod limits;
mod merge;
mod remote;

pub use error::{Error, Result};
pub use merge::merge_runs;
pub use remote::{RemoteFile, Traffic};
