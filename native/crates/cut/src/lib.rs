//! Cuts one chunk of pictures out of a file, from its index alone, as an MP4 that decodes to exactly that chunk's pictures.
//!
//! A chunk goes from one key frame's presentation time to another's. Its samples are those from the first key frame up to
//! the last one shown before the second: with open groups of pictures that takes the second key frame along, because
//! pictures behind it are shown before it. An edit list hides what the chunk does not show, at both ends.

#![forbid(unsafe_code)]

mod borders;
mod chunk;
mod error;
mod pictures;
mod report;

pub use chunk::{Chunk, Request};
pub use error::{Error, Result};
pub use pictures::{Pictures, Span};
pub use report::{Moved, Report};
