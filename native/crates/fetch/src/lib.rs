//! Downloads a file over several connections at once, goes on where a killed run stopped, and checks what it got.
//!
//! Bytes are written where they belong in a file beside the place, `.NAME.fetch`; a journal `.NAME.fetch.json` says which are
//! missing, and of what source. The journal is written behind the bytes, so it never claims what is not on the disk. At the
//! end the file is checked, brought to the disk, and renamed.

#![forbid(unsafe_code)]

mod digests;
mod error;
mod event;
mod fetch;
mod journal;
pub mod limits;
mod pace;
mod parallel;
mod partial;
mod stream;
mod work;

pub use digests::{Digests, Expected};
pub use error::{Error, Result};
pub use event::{Event, Report};
pub use fetch::{Options, Watcher, fetch};

pub use reelway_http::{BadHeader, Client, Source, UrlPolicy};
