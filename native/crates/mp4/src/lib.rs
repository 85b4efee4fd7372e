//! Reads and writes the part of ISO-BMFF (ISO/IEC 14496-12) that a packager needs.
//!
//! The reader borrows the file's bytes (usually a memory map), copies nothing and allocates per track, never per sample:
//! [`Movie::parse`] gives the tracks, [`Track::samples`] walks one of them, progressive and fragmented files alike.
//! Input is hostile until proven otherwise: every count is bounded by the bytes that back it, see [`limits`].

#![forbid(unsafe_code)]

pub mod codec;
pub mod limits;
pub mod write;

mod bits;
mod boxes;
mod colour;
mod edits;
mod error;
mod four_cc;
mod fragments;
mod movie;
mod picture;
mod protection;
mod random_access;
mod reader;
mod sample;
mod sample_entry;
mod scan;
mod tables;
mod tags;
mod track;

pub use boxes::{BoxView, Boxes};
pub use colour::{Colour, VideoRange};
pub use edits::Edits;
pub use error::{Error, Result};
pub use four_cc::FourCc;
pub use movie::{Movie, SkippedTrack};
pub use picture::{Chroma, Picture};
pub use protection::{Bytes16, Scheme, TrackEncryption};
pub use sample::{Sample, Samples};
pub use sample_entry::{SampleEntry, Shape};
pub use scan::TrackScan;
pub use tags::Tags;
pub use track::{Track, TrackKind};
