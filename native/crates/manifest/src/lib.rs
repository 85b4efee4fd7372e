//! HLS playlists and DASH manifests from descriptions of segments, without a look at the media.
//!
//! Whoever writes segments describes them ([`Rendition`]); the descriptions of a title's chunks, written by many machines,
//! are joined by [`merge`]; [`hls_files`] and [`dash_manifest`] say it in the players' words, for a title that is whole or
//! for one that still grows.

#![forbid(unsafe_code)]

mod bandwidth;
mod dash;
mod error;
mod growth;
mod hls;
mod key_access;
mod language;
mod merge;
mod merge_subtitles;
pub mod names;
mod presentation;
mod rendition;
mod subtitles;
mod title;

pub use bandwidth::peak_and_average;
pub use dash::dash_manifest;
pub use error::{Error, Result};
pub use growth::Growth;
pub use hls::hls_files;
pub use key_access::KeyAccess;
pub use merge::{merge, merge_growing};
pub use presentation::{Layout, Presentation};
pub use rendition::{ByteRange, ChunkReport, KeyFrame, Kind, Rendition, Segment};
pub use subtitles::{SubtitleLabel, Subtitles, TextSegment};
pub use title::Title;
