//! Subtitles as text: reads `WebVTT` and `SubRip`, and writes `WebVTT`, whole or in the segments that HLS wants.
//!
//! [`Document::parse`] takes what files in the wild are like (a byte order mark, any line ends, missing blank lines, commas in
//! times), and refuses what it can't tell the time of: a cue that is lost is noticed by nobody but the audience.
//! [`Segments`] lays a document out on a title's segments.

#![forbid(unsafe_code)]

mod document;
mod error;
pub mod limits;
mod lines;
mod markup;
mod segments;
mod subrip;
mod timing;
mod vtt;
mod write;

pub use document::{Block, Cue, Document};
pub use error::{Error, Result};
pub use segments::Segments;
